"""Parts of a representation: ``Range`` and ``If-Range`` (RFC 9110 sections 13.1.5 and 14).

One range is answered, several are passed over, as section 14.2 lets a server do: their answer is no shorter, and a
hundred small ones cost more than the whole.
"""

from __future__ import annotations

import re

from ...contract.outcomes import Refusal
from .refusal import HttpRefusal

ACCEPTED = (b"accept-ranges", b"bytes")

_FIELD = re.compile(rb"bytes=[ \t,]*([0-9]{0,18})-([0-9]{0,18})[ \t,]*\Z", re.IGNORECASE)


def part(field: bytes, length: int) -> tuple[int, int] | None:
    """The first byte and the one after the last that are asked of ``length``; None where the whole is to go out.

    Raises :class:`Refusal` where none of it is there (416).
    """
    found = _FIELD.match(field.strip())
    if found is None or not (found[1] or found[2]):
        return None  # another unit, several ranges, or nothing of the kind: as if the field were not there
    if not found[1]:
        last = int(found[2])
        if last == 0:
            raise _beyond(field, length)
        return (max(0, length - last), length) if length else None
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return None  # an invalid range is none (section 14.1.1)
    if first >= length:
        raise _beyond(field, length)
    return first, min(int(found[2]) + 1, length) if found[2] else length


def holds(field: bytes, current: bytes) -> bool:
    """Whether ``If-Range`` lets a part go out: the very tag, compared strongly. A date never holds, since there are
    none here."""
    return field.strip() == current


def told(first: int, end: int, length: int) -> tuple[bytes, bytes]:
    """The field ``Content-Range`` of a part."""
    return (b"content-range", b"bytes %d-%d/%d" % (first, end - 1, length))


def _beyond(field: bytes, length: int) -> Refusal:
    shown = field.decode(errors="replace")[:100]
    detail = f"There are {length} bytes, none of them in {shown!r}."
    return HttpRefusal([(b"content-range", b"bytes */%d" % length)], "range-not-satisfiable", detail, length=length)
