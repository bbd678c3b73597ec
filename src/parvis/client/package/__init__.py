"""A typed package, written from a contract: ``{path: text}``, the same bytes each time.

Rules. The package holds types and no logic: what it does stands in :mod:`parvis.client.generated_base`, which it
imports. And text of a contract never becomes code: it stands in quotes (:func:`.source.quoted`,
:func:`.source.docstring`), a type is written anew from its tree, a default from its value, and a name is one that
Python could have there (:mod:`parvis.client.values.identifiers`); no name of a contract hides one that the text speaks
of (:class:`.source.Module`).
"""

from __future__ import annotations

import ast
import keyword
import sys
from typing import TYPE_CHECKING

from parvis.contract.evolution import lock_reader

from ..generated_base import agreed
from . import api, classes, entry, errors
from .context import context_of
from .source import MARK

if TYPE_CHECKING:
    from parvis.contract.model import Contract

HIDING = frozenset(
    {*sys.stdlib_module_names, "annotated_types", "httpcore2", "parvis", "pydantic", "typing_extensions"}
)
"""Modules that a package of the same name would take the place of."""


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
    context = context_of(contract)
    package = _name(contract.service if name is None else name, given=name is not None)
    files = {
        "pyproject.toml": entry.project(context, package, needs),
        f"{package}/__init__.py": entry.text(context, url),
        f"{package}/api.py": api.text(context),
        f"{package}/contract.lock": f"# {MARK}\n{agreed(contract)}",
        f"{package}/errors.py": errors.text(context),
        f"{package}/py.typed": "",
        f"{package}/types.py": classes.text(context),
    }
    for path, text in files.items():
        _parses(path, text)
    lock_reader.read(files[f"{package}/contract.lock"])
    return files


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
