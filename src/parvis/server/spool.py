"""The content of an upload, as it comes: on the disk for a file-like parameter, so that it takes no memory whatever its
length; in memory for a parameter of bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import tempfile
from typing import BinaryIO, cast

from ..contract.outcomes import Refusal
from .bind import Arguments

KEPT = 65_536
"""Bytes of a file that stay in memory."""


class Spool:
    """What comes beside the other arguments, for the parameter ``name``."""

    def __init__(
        self, name: str, *, on_disk: bool, directory: str | None, files: list[BinaryIO], digested: bool
    ) -> None:
        """``files`` gets what is closed at the call's end. ``digested``: a digest of the content stands in the
        arguments, so that a repeat is known."""
        self._name = name
        self._parts: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256() if digested else None
        if on_disk:
            spool = tempfile.SpooledTemporaryFile(KEPT, dir=directory)  # noqa: SIM115 - the call's end closes it
            self._file = cast(BinaryIO, spool)
            files.append(self._file)

    async def write(self, part: bytes) -> None:
        """Raises :class:`Refusal` when the disk is full."""
        self._size += len(part)
        if self._file is None:
            self._parts.append(part)
        elif self._size <= KEPT:
            self._keep(self._file, part)
        else:
            await asyncio.to_thread(self._keep, self._file, part)

    def _keep(self, file: BinaryIO, part: bytes) -> None:
        try:
            file.write(part)
            if self._digest is not None:
                self._digest.update(part)
        except OSError as error:
            raise _full(error) from error

    def beside(self, arguments: bytes) -> Arguments:
        """All arguments, when all of it is there. Raises :class:`Refusal` when the disk is full."""
        if self._file is None:
            content = base64.urlsafe_b64encode(b"".join(self._parts))
        else:
            try:
                self._file.seek(0)  # which writes what is left
            except OSError as error:
                raise _full(error) from error
            content = b"" if self._digest is None else base64.urlsafe_b64encode(self._digest.digest())
        more = b"," if arguments != b"{}" else b""
        return Arguments(b'%b%b%b:"%b"}' % (arguments[:-1], more, json.dumps(self._name).encode(), content), self._file)


def _full(error: OSError) -> Refusal:
    return Refusal("unavailable", f"The upload cannot be kept: {error.strerror}.", members={"outcome": "not run"})
