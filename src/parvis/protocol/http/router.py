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
    """What stands at a path: by method, the route and whose it is; ``allow`` is the header's value."""

    methods: dict[str, tuple[Route, T]]
    allow: bytes


class Router(Generic[T]):
    """All the addresses of all the services."""

    def __init__(self) -> None:
        self._fixed: dict[str, dict[str, tuple[Route, T]]] = {}
        self._items: dict[tuple[str, str], dict[str, tuple[Route, T]]] = {}
        """(path before the id, path after it) -> methods."""
        self._places: dict[str, Place[T]] = {}
        self._item_places: dict[tuple[str, str], Place[T]] = {}

    def add(self, prefix: str, route: Route, owner: T) -> None:
        if route.id is None:
            key = prefix + route.path
            self._fixed.setdefault(key, {})[route.method] = (route, owner)
            self._places[key] = _place(self._fixed[key])
        else:
            before, _, after = route.path.partition("{id}")
            item = (prefix + before, after)
            self._items.setdefault(item, {})[route.method] = (route, owner)
            self._item_places[item] = _place(self._items[item])

    def find(self, path: str) -> tuple[Place[T], str | None] | None:
        """The place at a path and the id that stood in it, or None where there is nothing."""
        place = self._places.get(path)
        if place is not None:
            return place, None
        before, slash, last = path.rpartition("/")
        if not slash:
            return None
        item = self._item_places.get((before + "/", ""))
        if item is not None and last not in ("", ".", ".."):
            return item, last
        head, slash, identifier = before.rpartition("/")
        item = self._item_places.get((head + "/", "/" + last)) if slash else None
        if item is not None and identifier not in ("", ".", ".."):
            return item, identifier
        return None

    def near(self, path: str) -> list[str]:
        """Addresses that look like ``path``, for the message that it is wrong."""
        known = [*self._places, *(before + "{id}" + after for before, after in self._item_places)]
        return difflib.get_close_matches(path[:200], known, n=3, cutoff=0.75)


def _place(methods: dict[str, tuple[Route, T]]) -> Place[T]:
    names = [*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])]
    return Place(dict(methods), ", ".join(sorted(names)).encode())
