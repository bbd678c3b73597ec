"""``__init__.py``, how to connect; and ``pyproject.toml``, by which the package can be installed."""

from __future__ import annotations

import json

from ..errors import printable
from .context import RESERVED, PackageContext
from .source import MARK, Module, called, docstring, quoted

_DOC = """\
The service{where}, {what}.

``key`` is what opens it; without one, that of ``PARVIS_KEY``, else the one that ``parvis register`` kept. The others
are those of ``parvis.connect``. A warning says when the service is no longer what this package was written for.
{more}
Raises:
    ValueError: The address or the key is malformed.
    ParvisError: There is no such service, or it cannot be reached."""

_AWAITED = """
``async with connect_async() as service:``, or ``await connect_async()``.
"""


def text(context: PackageContext, url: str | None) -> str:
    own = {*RESERVED, context.sync, context.awaited}
    shown = [name for name in context.types if name not in own and not name.startswith("_")]
    raised = [name for name in context.errors if not name.startswith("_") and name not in {*own, *context.types}]
    types, errors = context.tables
    siblings = {
        **dict.fromkeys((context.sync, context.awaited), ".api"),
        **dict.fromkeys((*shown, types), ".types"),
        **dict.fromkeys((*raised, errors), ".errors"),
    }
    module = Module(("connect", "connect_async"), siblings)
    exported = sorted([*(module.own(name) for name in (context.sync, context.awaited, *shown, *raised)), *_OWN])
    listed = "".join(f"    {quoted(name)},\n" for name in exported)
    package = f"_PACKAGE = {module.get('Package')}(__name__, {module.own(types)}, {module.own(errors)})"
    body = [
        f"__all__ = [\n{listed}]\n\n{package}",
        _connect(context, module, url, awaited=False),
        _connect(context, module, url, awaited=True),
    ]
    contract = context.contract
    told = (context.root.doc, f"The client of {contract.service}, version {contract.version}.")
    return module.text(printable("\n\n".join(filter(None, told))), body)


_OWN = ("connect", "connect_async")


def _connect(context: PackageContext, module: Module, url: str | None, *, awaited: bool) -> str:
    function = "connect_async" if awaited else "connect"
    name = context.awaited if awaited else context.sync
    result = f"{module.get('Connecting')}[{name}]" if awaited else name
    what = "with coroutine functions for methods" if awaited else "as if it were the object behind it"
    doc = _DOC.format(where=" at ``url``" if url is None else "", what=what, more=_AWAITED if awaited else "")
    text = module.get("str")
    arguments = (
        f"url: {text}" if url is None else f"url: {text} = {quoted(url)}",
        f"key: {text} | None = None",
        f"**options: {module.get('Unpack')}[{module.get('ClientOptions')}]",
    )
    head = called(f"def {function}", arguments, f" -> {result}:")
    kind = quoted(result) if awaited else result
    return f"{head}\n{docstring(doc)}\n    return {module.get('cast')}({kind}, _PACKAGE.{function}(url, key, options))"


def project(context: PackageContext, package: str, needs: str) -> str:
    """TOML, whose strings are JSON's, but for DEL."""
    contract = context.contract
    said = (contract.summary or contract.title or f"The client of {contract.service}").strip().split("\n")[0]
    described = json.dumps(printable(said), ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"""\
# {MARK}
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = {json.dumps(package.replace("_", "-"))}
version = "{contract.version}"
description = {described}
requires-python = ">=3.11"
dependencies = [{json.dumps(needs)}]

[tool.hatch.build.targets.wheel]
packages = [{json.dumps(package)}]
"""
