"""Arguments that are no JSON: a form, or the content of a file with the others in the query.

The content of a file-like parameter goes to the disk as it comes, so an upload takes no memory whatever its length; the
method runs when all of it is there. Its bytes stand in the arguments by their digest, so that a repeat is known.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from ...contract.outcomes import Refusal
from ...protocol.http import accept
from ...protocol.http.forms import Multipart, counted
from ...protocol.http.origin import foreign
from .arriving import body_of, pieces
from .content import inflater

if TYPE_CHECKING:
    from ..application import Application
    from .call import HttpCall

KEPT = 65_536
"""Bytes of a file that stay in memory."""


async def read(app: Application, call: HttpCall, kind: bytes) -> bytes:
    """The arguments as one JSON object, from a body of one of the further types. Raises :class:`Refusal`."""
    entry, route = call.entry, call.route
    assert entry is not None
    assert route is not None
    if kind in accept.UNASKED:
        _own(app, call)
    identifier = None if call.identifier is None else (str(route.id).encode(), call.identifier)
    query = call.scope["query_string"]
    if kind in entry.uploads:
        arguments = entry.query.read(query, identifier)  # before the content: it may be refused for less
        content = _Content(app, call)
        async for piece in pieces(call, content.limit, inflater(call)):
            await content.write(piece)
        return await content.beside(arguments)
    if query:
        raise Refusal("malformed-request", "A form has its arguments in the body, not in the query.")
    if kind == accept.URLENCODED:
        return entry.query.read(counted(await body_of(app, call, inflater(call))), identifier)
    file = None if entry.upload is None else entry.upload.encode()
    form = Multipart(call.headers[b"content-type"], file, call.body_limit(app))
    content = _Content(app, call)
    async for piece in pieces(call, content.limit, inflater(call)):
        for part in form.feed(piece):
            await content.write(part)
    form.end()
    arguments = entry.query.fields(form.fields, identifier)
    return await content.beside(arguments) if form.found else arguments


def _own(app: Application, call: HttpCall) -> None:
    """A body that any page may send here is taken from our pages and the listed ones, and from programs.

    Programs send neither header. A browser sends ``Origin`` with every such request, but for very old ones.
    """
    origin = call.headers.get(b"origin")
    strange = foreign(origin, call.headers.get(b"host", b""), app.base_url, app.cors)
    if strange or (origin is None and call.headers.get(b"sec-fetch-site") == b"cross-site"):
        shown = "another site" if origin is None else origin.decode(errors="replace")[:100]
        raise Refusal("origin-refused", f"This form comes from a page of {shown}.")


class _Content:
    """The content of an upload: on the disk for a file-like parameter, in memory for one of bytes."""

    def __init__(self, app: Application, call: HttpCall) -> None:
        assert call.entry is not None
        self._call = call
        self._name = call.entry.upload or ""
        self._parts: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256() if b"idempotency-key" in call.headers else None
        self.limit = call.body_limit(app)
        if call.entry.streamed:
            bound = call.plan.body if call.plan is not None else None
            self.limit = app.bounds.upload if bound is None else min(app.bounds.upload, bound)
            spool = tempfile.SpooledTemporaryFile(KEPT, dir=app.bounds.spool)  # noqa: SIM115 - the call's end closes it
            self._file = cast(BinaryIO, spool)
            call.files = [self._file]

    async def write(self, part: bytes) -> None:
        self._size += len(part)
        if self._file is None:
            self._parts.append(part)
        elif self._size <= KEPT:
            self._kept(part)
        else:
            await asyncio.to_thread(self._kept, part)

    def _kept(self, part: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(part)
            if self._digest is not None:
                self._digest.update(part)
        except OSError as error:
            raise _full(error) from error

    async def beside(self, arguments: bytes) -> bytes:
        """The arguments, with this one among them."""
        if self._file is None:
            content = base64.urlsafe_b64encode(b"".join(self._parts))
        else:
            try:
                self._file.seek(0)  # which writes what is left
            except OSError as error:
                raise _full(error) from error
            self._call.upload = self._file
            content = b"" if self._digest is None else base64.urlsafe_b64encode(self._digest.digest())
        more = b"," if arguments != b"{}" else b""
        return b'%b%b%b:"%b"}' % (arguments[:-1], more, json.dumps(self._name).encode(), content)


def _full(error: OSError) -> Refusal:
    return Refusal("unavailable", f"The upload cannot be kept: {error.strerror}.", members={"outcome": "not run"})
