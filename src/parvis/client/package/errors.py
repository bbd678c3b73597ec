"""``errors.py``: the exceptions that the service declares, each below the built-in that it derives from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..declared import BUILTINS
from ..errors import printable
from .source import Module, docstring, quoted

if TYPE_CHECKING:
    from parvis.contract.model import Contract, DeclaredError

    from . import Plan


def declared(contract: Contract) -> Iterator[DeclaredError]:
    """The exceptions to define, each once: by the operation that the runtime takes it from, too."""
    seen: set[str] = set()
    for operation in contract.operations:
        for error in operation.errors:
            if error.name not in seen and not (error.name == error.base and error.name in BUILTINS):
                yield error
            seen.add(error.name)


def own(contract: Contract) -> Iterator[str]:
    return (error.name for error in declared(contract))


def text(plan: Plan) -> str:
    module = Module(plan.errors)
    body = []
    for error in declared(plan.contract):
        base = error.base if error.base in BUILTINS else "Exception"
        said = docstring(printable(error.description)) if error.description.strip() else "    ..."
        body.append(f"class {error.name}({module.get(base)}):\n{said}")
    rows = "".join(f"    {quoted(name)}: {name},\n" for name in plan.errors)
    kind = f"{module.get('dict')}[{module.get('str')}, {module.get('type')}[{module.get('Exception')}]]"
    body.append(f"{plan.tables[1]}: {kind} = {'{'}\n{rows}{'}'}" if rows else f"{plan.tables[1]}: {kind} = {{}}")
    return module.text(f"What {plan.contract.service} declares to raise.", body)
