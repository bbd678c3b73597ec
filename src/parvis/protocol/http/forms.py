"""``multipart/form-data`` (RFC 7578), as it comes: the fields of text, and the content of at most one file.

Nothing of the file is kept here: what has come of it is handed on. Fields, their text and the heads of parts are
bounded, so a form takes memory by those bounds whatever its length.
"""

from __future__ import annotations

import logging

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ...contract.outcomes import Refusal

FIELDS = 1000
"""Fields that a form may have, or a query in a body: what a person fills in has fewer, and each wrong one is told."""

_QUIET = logging.getLogger(__name__)
_QUIET.disabled = True
"""What is wrong with a form is told to who sent it; the library would tell it to the operator, too."""


class Multipart:
    """One form. ``file`` is the name of the field that may be a file; ``room`` the bytes that all text may have.

    ``fields`` are the names and texts that came, whole when the form is; ``found`` whether the file did.
    """

    def __init__(self, content_type: bytes, file: bytes | None, room: int) -> None:
        """Raises :class:`Refusal` where the type names no boundary."""
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        if not 0 < len(boundary) <= 70:  # RFC 2046 section 5.1.1
            raise _unreadable("its type has no boundary")
        self.fields: list[tuple[bytes, bytes]] = []
        self.found = False
        self._file = file
        self._room = room
        self._parts = 0
        self._whole = False
        self._head: list[bytes] = [b"", b""]
        self._name = b""
        self._inside = self._blank = False
        self._text = bytearray()
        self._content: list[bytes] = []
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin, "on_header_field": self._header_name, "on_header_value": self._header_value,
            "on_header_end": self._header_end, "on_headers_finished": self._head_end, "on_part_data": self._data,
            "on_part_end": self._end, "on_end": self._last,
        })  # fmt: skip
        self._parser.logger = _QUIET

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes of the body; gives the content of the file that came with them. Raises
        :class:`Refusal`."""
        self._content = []
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _unreadable(str(error)[:200]) from None
        return self._content

    def end(self) -> None:
        """Raises :class:`Refusal` where the form is cut."""
        if not self._whole:
            raise _unreadable("it is cut before its end")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > FIELDS:
            raise _unreadable(f"it has more than {FIELDS} fields")
        self._name, self._inside, self._blank, self._text = b"", False, False, bytearray()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._head[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._head[1] += data[start:end]

    def _header_end(self) -> None:
        name, value = self._head
        self._head = [b"", b""]
        if name.lower() == b"content-transfer-encoding" and value.lower() not in (b"binary", b"8bit", b"7bit"):
            raise _unreadable("a part has a Content-Transfer-Encoding (RFC 7578 section 4.7)")
        if name.lower() != b"content-disposition":
            return
        kind, said = parse_options_header(value)
        # The library reads bytes as Latin-1, and gives them back so.
        self._name = said.get(b"name", b"")
        if kind != b"form-data" or not self._name:
            raise _unreadable("a part has no name")
        self._inside = self._name == self._file
        self._blank = said.get(b"filename") == b""
        if b"filename" in said and not self._inside:
            raise _unreadable(f"{self._name.decode(errors='replace')[:100]!r} takes no file here")

    def _head_end(self) -> None:
        if not self._name:
            raise _unreadable("a part has no name")
        if self._inside and self.found:
            raise Refusal("malformed-request", f"The parameter {self._name.decode(errors='replace')} is given twice.")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._blank = False
            self._content.append(data[start:end])
        else:
            self._room -= end - start
            if self._room < 0:
                raise _unreadable("its fields are too long")
            self._text += data[start:end]

    def _end(self) -> None:
        if not self._inside:
            self.fields.append((self._name, bytes(self._text)))
        elif not self._blank:  # a browser sends a file that nobody chose as an empty one without a name
            self.found = True

    def _last(self) -> None:
        self._whole = True


def counted(body: bytes) -> bytes:
    """An urlencoded body, as it is. Raises :class:`Refusal` where it has too many fields."""
    if body.count(b"&") >= FIELDS:
        raise _unreadable(f"it has more than {FIELDS} fields")
    return body


def _unreadable(why: str) -> Refusal:
    return Refusal("malformed-request", f"The form cannot be read: {why}.")
