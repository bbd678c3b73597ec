"""A typed package, written from a contract: ``{path: text}``, the same bytes each time.

Rules. The package holds types and no logic: what it does stands in :mod:`parvis.client.typed`, which it imports. And
text of a contract never becomes code: it stands in quotes (:func:`.source.quoted`, :func:`.source.docstring`), a type
is written anew from its tree, a default from its value, and a name is one that Python could have there
(:mod:`parvis.client.names`); no name of a contract hides one that the text speaks of (:class:`.source.Module`).
"""

from __future__ import annotations

import ast
import keyword
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parvis.contract import locked

from .. import names, types
from ..codec import Codec
from ..typed import agreed
from . import api, classes, errors, front
from .parts import Part, tree
from .source import MARK, free

if TYPE_CHECKING:
    from parvis.contract.model import Contract

FRONT = frozenset({"api", "connect", "connect_async", "errors", "types"})
"""What ``__init__.py`` has whatever the contract says: no class is exported by one of these names."""

HIDING = frozenset(
    {*sys.stdlib_module_names, "annotated_types", "httpcore2", "parvis", "pydantic", "typing_extensions"}
)
"""Modules that a package of the same name would take the place of."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What all files of a package agree on."""

    contract: Contract
    codec: Codec
    """With the classes that the runtime makes of the contract; ``names`` says which is which."""
    names: Mapping[type, str]
    root: Part
    sync: str
    """The class of the whole service."""
    awaited: str
    """The same with coroutine functions."""
    types: tuple[str, ...]
    """The classes of the contract, as they are defined: an enumeration stands before what has it for a default."""
    errors: tuple[str, ...]
    """The exceptions that are no built-ins."""
    tables: tuple[str, str]
    """How the tables of classes and of exceptions are called."""


def write(
    contract: Contract, *, name: str | None = None, url: str | None = None, needs: str = "parvis"
) -> dict[str, str]:
    """The files of a package, by path below its directory.

    Args:
        contract: What a server says of the service.
        name: What is imported; the service's name when left out.
        url: Where the service is, when its address is known: what ``connect`` takes when it is given none.
        needs: The requirement of the client (PEP 508).

    Raises:
        ValueError: The contract is one that Python cannot have, or ``name`` is none.
    """
    plan = _plan(contract)
    package = _name(contract.service if name is None else name, given=name is not None)
    files = {
        "pyproject.toml": front.project(plan, package, needs),
        f"{package}/__init__.py": front.text(plan, url, FRONT),
        f"{package}/api.py": api.text(plan),
        f"{package}/contract.lock": f"# {MARK}\n{agreed(contract)}",
        f"{package}/errors.py": errors.text(plan),
        f"{package}/py.typed": "",
        f"{package}/types.py": classes.text(plan),
    }
    for path, text in files.items():
        _parses(path, text)
    locked.read(files[f"{package}/contract.lock"])
    return files


def _plan(contract: Contract) -> Plan:
    names.check(contract)
    built = types.build(contract)
    root = tree(contract)
    defined = tuple(t.name for t in sorted(contract.types, key=lambda t: t.kind != "enum"))
    raised = tuple(errors.own(contract))
    taken = {*defined, *raised, *FRONT}
    sync = free(root.title, taken)
    return Plan(
        contract=contract,
        codec=Codec(built),
        names={made: name for name, made in built.items()},
        root=root,
        sync=sync,
        awaited=free(f"Async{root.title}", {*taken, sync}),
        types=defined,
        errors=raised,
        tables=(free("TYPES", {*defined, sync}), free("ERRORS", {*raised, sync})),
    )


def _name(text: str, *, given: bool) -> str:
    """What is imported: never what hides a module that Python or the client needs."""
    if not text.isidentifier() or keyword.iskeyword(text) or text.startswith("_"):
        raise ValueError(f"{text!r} cannot be imported: give a name like shop_client")
    if text not in HIDING:
        return text
    if given:
        raise ValueError(f"{text!r} would hide the module of that name: give another")
    return f"{text}_client"


def _parses(path: str, text: str) -> None:
    """Python has bounds of its own, on digits and depth, which no rule of ours need know."""
    if path.endswith(".py"):
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise ValueError(f"{path} cannot be written, this contract is refused: {error}") from None
