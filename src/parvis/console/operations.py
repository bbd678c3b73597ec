"""The operations of the console and what they declare, collected once: the one table that all others are read from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_type_hints

from parvis.access.console import ConsoleRights
from parvis.contract.model import CONSOLE

from .console import Console
from .operation import Declaration, declarations

OPERATIONS: Mapping[str, Declaration] = MappingProxyType(declarations(Console, get_type_hints(Console)))
"""Operation (``keys.create``) -> what its method declares."""

RIGHTS = ConsoleRights.of({f"{CONSOLE}.{name}": each.may for name, each in OPERATIONS.items()})
"""Who may call what, as the rooms below ask it."""

SECRET_RESULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {f"{CONSOLE}.{name}": each.secret_result for name, each in OPERATIONS.items() if each.secret_result}
)
"""Right -> the fields of its result that are shown once."""

SECRET_ARGUMENTS = frozenset(f"{CONSOLE}.{name}" for name, each in OPERATIONS.items() if each.secret_arguments)
"""The rights to operations that are given a secret."""
