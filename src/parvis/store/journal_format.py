"""What stands in a file of the journal: a header that says what the numbers mean, then records of 128 bytes each.

Rules. A record holds numbers and two ids, never text of a caller. Its checksum is taken over the record, its place and
the header it stands under: a record that is torn, older than its file, or in another's place never passes. No record is
all zeros, so what was never written is known by its zeros. A record never crosses a page, so it is written whole or not
at all, however the process ends.

::

    header   magic 6, version u16, length of the JSON u32, CRC-32 of all that u32; the JSON; zeros up to 128 * n
    record   kind u8, flags u8, status u16, operation u16, code u16, cost u32, items u64, microseconds u32, at i64,
             request u64, place of the opening u64 + u32, account 32, credential 32, 8 unused, CRC-32 u32

All little-endian; ids are ASCII, filled up with NUL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from struct import Struct
from typing import Any, BinaryIO, Final, Literal, NamedTuple
from zlib import crc32

CALL: Final = 1
OPEN: Final = 2
MORE: Final = 3
CLOSE: Final = 4

KINDS: Mapping[int, Literal["call", "open", "more", "close"]] = {
    CALL: "call",  # a call that was answered at once
    OPEN: "open",  # a stream began
    MORE: "more",  # a stream came so much further
    CLOSE: "close",  # a stream ended
}

TEST: Final = 1
"""Flag: by a test key."""
CHARGED: Final = 2
"""Flag: the cost was charged."""

RECORD_BYTES: Final = 128
ID_BYTES: Final = 32
"""The longest id of an account or credential; what makes ids keeps well below."""

_MAGIC = b"parvis"
_VERSION = 1
_LEAD = Struct("<6sHI")
_CRC = Struct("<I")
_BODY = Struct(f"<BBHHHIQIqQQI{ID_BYTES}s{ID_BYTES}s8x")
_MOST = 2**16
LONGEST = 2**32 - 1

pack = _BODY.pack
_unpack = _BODY.unpack_from


class UnknownFormat(Exception):
    """A segment was written by a newer version of Parvis; the text says what to do. Nothing is wrong with the file."""


class DamagedHeader(Exception):
    """A file does not begin with a header that holds together; the text says what is wrong with it."""


class Position(NamedTuple):
    """The place of a record. Positions are in the order in which records were written."""

    segment: int
    slot: int


NOWHERE: Final = Position(0, 0)
"""Before all records: segments are counted from 1."""


class Record(NamedTuple):
    """One record. ``operation`` and ``code`` are indexes into the tables of its :class:`Header`."""

    kind: int
    flags: int
    status: int
    operation: int
    code: int
    cost: int
    items: int
    microseconds: int
    """How long the call took; 2**32 - 1 also when it was longer."""
    at: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    request: int
    """The counter in the request's id; the other half is ``boot`` of the header."""
    opened: Position
    """Of MORE and CLOSE, where the stream's OPEN stands; of the others :data:`NOWHERE`."""
    account: str
    credential: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a segment says of itself. ``codes[0]`` is the empty text: no code."""

    segment: int
    boot: str
    slots: int
    names: tuple[str, ...] = field(repr=False)
    """Full names of the operations."""
    codes: tuple[str, ...] = field(repr=False)
    """Codes of the outcomes."""

    def __post_init__(self) -> None:
        if not 1 <= self.segment < 2**64:
            raise ValueError(f"segments are counted from 1, not {self.segment}")
        if not 1 <= self.slots < 2**32:
            raise ValueError(f"a segment has 1 to 2**32 - 1 slots, not {self.slots}")
        if not self.codes or self.codes[0]:
            raise ValueError("the first of the codes must be the empty text, which stands for none")
        if len(self.names) > _MOST or len(self.codes) > _MOST:
            raise ValueError(f"a segment has room for {_MOST} names and as many codes")


def encode_header(header: Header) -> tuple[bytes, int]:
    """The header's bytes, a multiple of 128, and its seed, without which no record under it can be read or written."""
    text = json.dumps(
        {
            "segment": header.segment,
            "boot": header.boot,
            "slots": header.slots,
            "names": header.names,
            "codes": header.codes,
        },
        separators=(",", ":"),
    ).encode()
    lead = _LEAD.pack(_MAGIC, _VERSION, len(text))
    seed = crc32(text, crc32(lead))
    whole = lead + _CRC.pack(seed) + text
    return whole + bytes(-len(whole) % RECORD_BYTES), seed


def read_header(file: BinaryIO, segment: int) -> tuple[Header, int]:
    """The header of an open file that should be this segment, and its seed; ``file`` stands at slot 0 afterwards.

    Raises :class:`DamagedHeader`, or :class:`UnknownFormat` when a newer version wrote it.
    """
    lead = file.read(_LEAD.size + _CRC.size)
    if len(lead) < _LEAD.size + _CRC.size:
        raise DamagedHeader("the file is too short")
    magic, version, length = _LEAD.unpack_from(lead)
    (seed,) = _CRC.unpack_from(lead, _LEAD.size)
    if magic != _MAGIC:
        raise DamagedHeader("it does not begin as a segment does")
    text = file.read(length)
    if len(text) < length or crc32(text, crc32(lead[: _LEAD.size])) != seed:
        raise DamagedHeader("its checksum is wrong")
    if version != _VERSION:
        raise UnknownFormat(
            f"segment {segment} of the journal has format {version}, and this version of Parvis knows {_VERSION}: "
            "start the newer version again"
        )
    told = json.loads(text)
    header = Header(told["segment"], told["boot"], told["slots"], tuple(told["names"]), tuple(told["codes"]))
    if header.segment != segment:
        raise DamagedHeader(f"it is segment {header.segment} under another's name")
    file.seek(-file.tell() % RECORD_BYTES, 1)
    return header, seed


def unpack(seed: int, slot: int, data: bytes) -> tuple[Any, ...] | None:
    """The fields in 128 bytes that stood in this slot, in the order of the format; None when they are not what was
    written there. :func:`record` gives them names."""
    body = data[:-4]
    # The kind as well: of some slot, 128 zeros have the right sum.
    if crc32(body, seed ^ slot) != int.from_bytes(data[-4:], "little") or body[0] not in KINDS:
        return None
    return _unpack(body)


def record(fields: tuple[Any, ...]) -> Record:
    """What :func:`unpack` gave, as a record."""
    (
        kind, flags, status, operation, code, cost, items, microseconds, at, request, open_segment, open_slot,
        account, credential,
    ) = fields  # fmt: skip
    return Record(
        kind, flags, status, operation, code, cost, items, microseconds, at, request,
        Position(open_segment, open_slot), text_of(account), text_of(credential),
    )  # fmt: skip


def decode(seed: int, slot: int, data: bytes) -> Record | None:
    """The record in 128 bytes that stood in this slot, or None when they are not what was written there."""
    fields = unpack(seed, slot, data)
    return None if fields is None else record(fields)


@lru_cache(maxsize=4096)
def text_of(id: bytes) -> str:
    """An id without what fills it up. The same few stand in most records."""
    return id.rstrip(b"\0").decode(errors="replace")  # the checksum was right: whatever it is, reading goes on
