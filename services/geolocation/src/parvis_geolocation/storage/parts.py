"""The parts of a store that may come while it already answers: postal codes and internet addresses.

The rule: a part that was open stays open; one that was not there is looked for again at most once a second, so that a
service which began with the places alone has the rest as soon as it is built, without being started again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from ..errors import PartMissingError, StoreMissingError
from ..sources import PACKAGES, PartName
from .store import Generation, build_command, directory_of, open_store

LOOK_AGAIN_S: Final = 1.0

T = TypeVar("T")


class Part(Generic[T]):
    """A part of a store, open as soon as it is there."""

    __slots__ = ("_clock", "_content", "_generation", "_lock", "_looked", "_name", "_store", "_use")

    def __init__(
        self, store: Path, name: PartName, use: Callable[[Generation], T], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._name = name
        self._use = use
        self._clock = clock
        self._lock = threading.Lock()
        self._content: T | None = None
        self._generation: Generation | None = None
        self._looked = float("-inf")
        self.get()

    def get(self) -> T | None:
        """What the part holds; None while it is not there.

        Raises:
            StoreDamagedError: When it is there and cannot be used.
        """
        if self._content is None and self._clock() - self._looked >= LOOK_AGAIN_S:
            with self._lock:
                if self._content is None:
                    self._open()
        return self._content

    def need(self) -> T:
        """What the part holds.

        Raises:
            PartMissingError: When it is not there.
            StoreDamagedError: When it is there and cannot be used.
        """
        content = self.get()
        if content is None:
            raise PartMissingError(self.lack or "")
        return content

    @property
    def generation(self) -> Generation | None:
        """The generation that is open."""
        self.get()
        return self._generation

    @property
    def lack(self) -> str | None:
        """What is lacking and what to do; None when the part is there."""
        if self.get() is not None:
            return None
        packages = {name: package for name, package in PACKAGES.items() if package.part == self._name}
        what = " and ".join(package.without for package in packages.values())
        wanted = " ".join(f"{name}=={package.version}" for name, package in packages.items())
        return (
            f"This store has no {what}. If they are not being built now: pip install --no-deps {wanted}, then "
            f"{build_command(self._store)}"
        )

    def _open(self) -> None:
        self._looked = self._clock()
        try:
            opened = open_store(
                directory_of(self._store, self._name), lambda generation: (generation, self._use(generation))
            )
        except StoreMissingError:
            return
        self._generation, self._content = opened
