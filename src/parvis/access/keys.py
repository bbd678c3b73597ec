"""The spelling of a key: ``pv_live_<id><secret><checksum>``, ``pv_test_...`` for a test key.

Rules. The id is public: it names the key in lists and logs. The secret is shown once and kept only as its SHA-256,
which is enough because it holds 178 bits (a password would need a slow hash). The checksum, a CRC-32 of all before it,
turns away mistyped and invented keys before anything is looked up, and lets a scanner tell a leaked key from noise.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple
from zlib import crc32

from .base62 import ALPHABET, Entropy, random_text

Environment = Literal["live", "test"]

ID_LENGTH = 12
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6
PREFIXES: dict[Environment, str] = {"live": "pv_live_", "test": "pv_test_"}

KEY_PATTERN = re.compile(r"pv_(?:live|test)_[0-9A-Za-z]{48}")
"""For secret scanners: what a key looks like. A find is a key when :func:`parse` takes it."""

_PREFIX = 8
_SECRET = _PREFIX + ID_LENGTH
_CHECKSUM = _SECRET + SECRET_LENGTH
_LENGTH = _CHECKSUM + CHECKSUM_LENGTH

# A checksum in base 62 is three digits in base 62 * 62: two divisions instead of six.
_PAIRS = [(a + b).encode() for a in ALPHABET for b in ALPHABET]
_PAIR = len(_PAIRS)
_PAIR_PAIR = _PAIR * _PAIR


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A new key. ``text`` is for its owner alone and is shown once; ``digest`` is what is kept."""

    id: str
    text: str = field(repr=False)
    digest: bytes = field(repr=False)


class ParsedKey(NamedTuple):
    """A well-formed key, which may or may not exist: look up ``id`` and compare ``digest`` in constant time."""

    id: str
    digest: bytes
    test: bool

    def __repr__(self) -> str:
        return f"ParsedKey(id={self.id!r}, test={self.test})"


def mint(environment: Environment = "live", entropy: Entropy = secrets.token_bytes) -> MintedKey:
    """A new key with a fresh id and secret."""
    identifier = random_text(ID_LENGTH, entropy)
    secret = random_text(SECRET_LENGTH, entropy).encode()
    body = PREFIXES[environment].encode() + identifier.encode() + secret
    return MintedKey(identifier, (body + _checksum(body)).decode(), sha256(secret).digest())


def parse(text: bytes) -> ParsedKey | None:
    """The parts of a key, or None when it is malformed or its checksum is wrong. Once a call: about 2 µs."""
    if len(text) != _LENGTH:
        return None
    prefix = text[:_PREFIX]
    if prefix == b"pv_live_":
        test = False
    elif prefix == b"pv_test_":
        test = True
    else:
        return None
    # bytes.isalnum() is ASCII's own, exactly base 62: an invented key may hold any bytes under a right checksum.
    if not text[_PREFIX:].isalnum() or _checksum(text[:_CHECKSUM]) != text[_CHECKSUM:]:
        return None
    return ParsedKey(text[_PREFIX:_SECRET].decode(), sha256(text[_SECRET:_CHECKSUM]).digest(), test)


def _checksum(body: bytes) -> bytes:
    crc = crc32(body)
    return _PAIRS[crc // _PAIR_PAIR] + _PAIRS[crc // _PAIR % _PAIR] + _PAIRS[crc % _PAIR]
