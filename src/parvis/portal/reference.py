"""A contract as the page of a service shows it: operations by sub-façade, each with the lines a reader needs."""

from __future__ import annotations

from dataclasses import dataclass

from parvis.contract.model import Contract, Operation

from .snippets import curl


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation; ``curl`` calls it at its first address."""

    operation: Operation
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    """The operations of one sub-façade; the façade's own have no name."""

    name: str
    entries: tuple[Entry, ...]


def describe(contract: Contract, base_url: str) -> list[Group]:
    """The operations in the order of the contract, the façade's own first."""
    groups: dict[str, list[Entry]] = {"": []}
    for operation in contract.operations:
        entry = Entry(operation, curl(contract, operation, base_url))
        groups.setdefault(operation.name.rpartition(".")[0], []).append(entry)
    return [Group(name, tuple(entries)) for name, entries in groups.items() if entries]
