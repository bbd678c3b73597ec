"""The service as a tree of namespaces: what stands behind which dot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Operation

OWN = "parvis"
"""The attribute of the whole service that is the client's own: an operation of that name is called ``parvis_``."""


@dataclass(slots=True)
class Namespace:
    """A service, or a part of one: its operations and its own parts, by the name that a caller writes."""

    title: str
    """A name for its class, like ``ShopOrders``; that it is nobody else's is for others to see to."""
    doc: str = ""
    operations: dict[str, Operation] = field(default_factory=dict)
    parts: dict[str, Namespace] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.operations, *self.parts})

    def all(self) -> Iterator[Namespace]:
        """Itself, and all that is below it."""
        yield self
        for part in self.parts.values():
            yield from part.all()


def tree(contract: Contract) -> Namespace:
    """The tree of a contract. Raises ``ValueError`` where two things would stand behind one name."""
    texts = (contract.summary or contract.title, contract.description)
    root = Namespace(_title(contract.service), "\n\n".join(text.strip() for text in texts if text.strip()))
    for operation in contract.operations:
        part = root
        *above, leaf = operation.name.split(".")
        for depth, name in enumerate(above, 1):
            told = contract.parts.get(".".join(above[:depth]), "")
            shown = _shown(part is root, name)
            part = part.parts.setdefault(shown, Namespace(part.title + _title(name), told))
        shown = _shown(part is root, leaf)
        if shown in part.operations:
            raise ValueError(f"{operation.name!r} is there twice: this contract is refused")
        part.operations[shown] = operation
    for part in root.all():
        if both := part.operations.keys() & part.parts.keys():
            raise ValueError(f"{min(both)!r} is both an operation and a part of the service: this contract is refused")
    return root


def _shown(outermost: bool, name: str) -> str:
    return f"{name}_" if outermost and name == OWN else name


def _title(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
