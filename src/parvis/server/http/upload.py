"""Arguments that are no JSON: a form, or the content of a file with the others in the query.

The content of a file-like parameter goes to the disk as it comes, and the method runs when all of it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from ...access.account_state import Bounds
from ...contract import bodies
from ...contract.model import Operation
from ...contract.outcomes import Refusal
from ...protocol.http import accept
from ...protocol.http.cors import Cors
from ...protocol.http.forms import Multipart, counted
from ...protocol.http.origin import foreign
from ...protocol.http.query import Query
from ..bind import Arguments
from ..endpoint import body_limit
from ..request import Request
from ..spool import Spool
from .body import body_of, pieces
from .content import inflater


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may be."""

    body: int = 1_048_576
    upload: int = 104_857_600
    spool: str | None = None
    """The directory of uploads that are in hand; None for the system's own."""


class BodyTypes:
    """What the body of one operation may be, beside JSON."""

    def __init__(self, spec: Operation) -> None:
        forms = accept.FORMS if bodies.by_form(spec) else ()
        upload = bodies.upload(spec)
        self.upload = None if upload is None else upload.name
        """The parameter whose value may be a body as it is."""
        self.streamed = upload is not None and bodies.is_file(upload)
        """Whether that one is file-like, and so may be larger than memory."""
        self.uploads = tuple(kind.encode() for kind in bodies.uploads(spec))
        """The types in which the upload is the body."""
        self.beside = frozenset((*forms, *self.uploads))
        """All that are no JSON in other words."""
        self.taken = (*accept.TAKEN, *forms, *self.uploads)


class Uploads:
    """Reads bodies of those types. Bodies that any page may send here are taken from our pages, those of ``cors``, and
    from programs."""

    def __init__(self, limits: Limits, base_url: str, cors: Cors | None) -> None:
        self._limits = limits
        self._base_url = base_url
        self._cors = cors

    async def read(
        self, request: Request, kind: bytes, types: BodyTypes, query: Query, identifier: tuple[bytes, bytes] | None,
        bounds: Bounds | None, files: list[BinaryIO],
    ) -> Arguments:  # fmt: skip
        """The arguments, from a body of the type ``kind``. Raises :class:`Refusal`."""
        if kind in accept.UNASKED:
            self._own(request)
        limit = body_limit(self._limits.body, bounds)
        if kind in types.uploads:
            arguments = query.read(request.query, identifier)  # before the content: it may be refused for less
            content, largest = self._content(request, types, limit, bounds, files)
            async for piece in pieces(request, largest, inflater(request)):
                await content.write(piece)
            return content.beside(arguments)
        if request.query:
            raise Refusal("malformed-request", "A form has its arguments in the body, not in the query.")
        if kind == accept.URLENCODED:
            return Arguments(query.read(counted(await body_of(request, limit, inflater(request))), identifier))
        file = None if types.upload is None else types.upload.encode()
        form = Multipart(request.fields[b"content-type"], file, limit)
        content, largest = self._content(request, types, limit, bounds, files)
        async for piece in pieces(request, largest, inflater(request)):
            for part in form.feed(piece):
                await content.write(part)
        form.end()
        arguments = query.fields(form.fields, identifier)
        return content.beside(arguments) if form.found else Arguments(arguments)

    def _content(
        self, request: Request, types: BodyTypes, limit: int, bounds: Bounds | None, files: list[BinaryIO]
    ) -> tuple[Spool, int]:
        """Where the content goes, and how many bytes it may have."""
        if types.streamed:
            limit = body_limit(self._limits.upload, bounds)
        content = Spool(
            types.upload or "", on_disk=types.streamed, directory=self._limits.spool, files=files,
            digested=b"idempotency-key" in request.fields,
        )  # fmt: skip
        return content, limit

    def _own(self, request: Request) -> None:
        """Programs send neither header. A browser sends ``Origin`` with every such request, but for very old ones."""
        origin = request.fields.get(b"origin")
        strange = foreign(origin, request.fields.get(b"host", b""), self._base_url, self._cors)
        if strange or (origin is None and request.fields.get(b"sec-fetch-site") == b"cross-site"):
            shown = "another site" if origin is None else origin.decode(errors="replace")[:100]
            raise Refusal("origin-refused", f"This form comes from a page of {shown}.")
