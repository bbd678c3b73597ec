"""Many strings in two arrays: their UTF-8 bytes end to end, and where each one starts.

The arrays may be memory-mapped: nothing is decoded before it is asked for. When the strings are sorted, `bisect`
works on the table as on any sequence: UTF-8 sorts as code points do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class StringTable:
    """UTF-8 strings by number, given as bytes by `[]` and decoded by `text`."""

    __slots__ = ("_blob", "_starts", "arrays")

    def __init__(self, blob: NDArray[np.uint8], starts: NDArray[np.uint32]) -> None:
        self.arrays = (blob, starts)
        self._blob = blob.data
        self._starts = starts.data

    @classmethod
    def of(cls, strings: Sequence[str]) -> StringTable:
        """A table of these strings, in their order."""
        encoded = [string.encode() for string in strings]
        starts = np.zeros(len(encoded) + 1, dtype=np.uint32)
        np.cumsum([len(string) for string in encoded], out=starts[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, index: int) -> bytes:
        return bytes(self._blob[self._starts[index] : self._starts[index + 1]])

    def text(self, index: int) -> str:
        """The string at this index, decoded."""
        return str(self._blob[self._starts[index] : self._starts[index + 1]], "utf-8")
