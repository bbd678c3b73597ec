"""What all files of a package agree on: which classes there are, and how each is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..values import identifiers, types
from ..values.codec import Codec
from ..values.declared_errors import BUILTINS
from .namespaces import Namespace, tree
from .source import free

if TYPE_CHECKING:
    from parvis.contract.model import Contract, DeclaredError

RESERVED = frozenset({"api", "connect", "connect_async", "errors", "types"})
"""What ``__init__.py`` has whatever the contract says: no class is exported by one of these names."""


@dataclass(frozen=True, slots=True)
class PackageContext:
    """What all files of a package agree on."""

    contract: Contract
    codec: Codec
    """With the classes that the runtime makes of the contract; ``names`` says which is which."""
    names: Mapping[type, str]
    root: Namespace
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


def context_of(contract: Contract) -> PackageContext:
    """What the files of a contract's package agree on. Raises ``ValueError`` for a contract that Python cannot have."""
    identifiers.check(contract)
    built = types.build(contract)
    root = tree(contract)
    defined = tuple(t.name for t in sorted(contract.types, key=lambda t: t.kind != "enum"))
    raised = tuple(error.name for error in custom_errors(contract))
    taken = {*defined, *raised, *RESERVED}
    sync = free(root.title, taken)
    return PackageContext(
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


def custom_errors(contract: Contract) -> Iterator[DeclaredError]:
    """The exceptions to define, each once: by the operation that the runtime takes it from, too."""
    seen: set[str] = set()
    for operation in contract.operations:
        for error in operation.errors:
            if error.name not in seen and not (error.name == error.base and error.name in BUILTINS):
                yield error
            seen.add(error.name)
