"""The store that answers come from: opened, told about, let go of.

The rule: an instance never changes what it answers while it is open, but for the parts of the store that were not
built yet when it was opened.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .content import Content
from .storage.store import locate, open_store
from .values.about import About


class Opened:
    """An open store; what is asked of it stands in the classes made from this one."""

    def __init__(self, store: str | None = None) -> None:
        """Open the store, which `parvis-geolocation build` makes once.

        Args:
            store: Directory of the store. Default: the environment variable GEOLOCATION_STORE, else the directory
                parvis-geolocation in the user's own data directory.

        Raises:
            StoreMissingError: When nothing has been built there.
            StoreDamagedError: When what is there cannot be used.
        """
        place = locate(store)
        self._content: Content | None = open_store(place, lambda generation: Content(place, generation))

    def about(self) -> About:
        """Tell where the answers come from: data, versions, licences, what is missing, and the lines to show.

        Returns:
            The sources and how much there is in the store.
        """
        return self._open().about()

    def close(self) -> None:
        """Let go of the store. Calls after this one fail; closing twice does nothing."""
        self._content = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Content:
        if self._content is None:
            raise RuntimeError("This Geolocation is closed. Make another one")
        return self._content
