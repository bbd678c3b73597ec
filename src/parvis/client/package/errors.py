"""``errors.py``: the exceptions that the service declares, each below the built-in that it derives from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import printable
from ..values.declared_errors import BUILTINS
from .context import PackageContext, custom_errors
from .source import Module, docstring, quoted

if TYPE_CHECKING:
    pass


def text(context: PackageContext) -> str:
    module = Module(context.errors)
    body = []
    for error in custom_errors(context.contract):
        base = error.base if error.base in BUILTINS else "Exception"
        said = docstring(printable(error.description)) if error.description.strip() else "    ..."
        body.append(f"class {error.name}({module.get(base)}):\n{said}")
    rows = "".join(f"    {quoted(name)}: {name},\n" for name in context.errors)
    kind = f"{module.get('dict')}[{module.get('str')}, {module.get('type')}[{module.get('Exception')}]]"
    body.append(f"{context.tables[1]}: {kind} = {'{'}\n{rows}{'}'}" if rows else f"{context.tables[1]}: {kind} = {{}}")
    return module.text(f"What {context.contract.service} declares to raise.", body)
