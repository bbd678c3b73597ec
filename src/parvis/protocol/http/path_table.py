"""From a path to what stands there. One look-up for most; two more where an id may stand in the path.

Authorisation and routing read the same canonical path, so they cannot disagree about what is asked for.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...contract.model import Route

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """What stands at a path, by method; ``allow`` is the header's value."""

    methods: dict[str, T]
    allow: bytes


class PathTable(Generic[T]):
    """All the addresses of all the services."""

    def __init__(self) -> None:
        self.fixed: dict[str, Place[T]] = {}
        """Path without an id -> what stands there."""
        self._items: dict[tuple[str, str], Place[T]] = {}
        """(path before the id, path after it) -> what stands there."""

    def add(self, prefix: str, route: Route, owner: T) -> None:
        if route.id is None:
            path = prefix + route.path
            self.fixed[path] = _with(self.fixed.get(path), route.method, owner)
        else:
            before, _, after = route.path.partition("{id}")
            item = (prefix + before, after)
            self._items[item] = _with(self._items.get(item), route.method, owner)

    def find(self, path: str) -> Place[T] | None:
        """The place at a path, or None where there is nothing."""
        place = self.fixed.get(path)
        if place is not None:
            return place
        before, slash, last = path.rpartition("/")
        if not slash:
            return None
        item = self._items.get((before + "/", ""))
        if item is not None and last not in ("", ".", ".."):
            return item
        head, slash, identifier = before.rpartition("/")
        item = self._items.get((head + "/", "/" + last)) if slash else None
        return item if identifier not in ("", ".", "..") else None

    def near(self, path: str) -> list[str]:
        """Addresses that look like ``path``, for the message that it is wrong."""
        known = [*self.fixed, *(before + "{id}" + after for before, after in self._items)]
        return difflib.get_close_matches(path[:200], known, n=3, cutoff=0.75)


def _with(place: Place[T] | None, method: str, owner: T) -> Place[T]:
    methods = {**(place.methods if place is not None else {}), method: owner}
    names = [*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])]
    return Place(methods, ", ".join(sorted(names)).encode())
