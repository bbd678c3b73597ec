"""The spellings of keys and tokens. One text, one record, one parser.

========  =============================================  ==========================================
spelling  whole, as Bearer                               cut in two, as Basic
========  =============================================  ==========================================
string    ``pv_live_<id><secret><checksum>``             any key may be: the id with all before it
basic     the same                                       is the user name, the rest the password
digits    ``1<id's 11 digits><34 digits><2 digits>``     the same; 48 digits in all
token     ``pv_tok_<id><secret><checksum>``              the same
========  =============================================  ==========================================

A test key begins with ``pv_test_``, or with the digit 2. The user name and the password of a key, put together, are its
text; so whole keys are also taken as a user name with an empty password.

Rules. The id is public: it names the key in lists and logs. The secret is shown once and kept only as its SHA-256,
which is enough because it holds 178 bits, or 112.9 in digits (OWASP ASVS 5.0, 6.5.2, asks for 112; a password would
need a slow hash). The check, of all before it, turns away mistyped and invented keys before anything is hashed or
looked up: a CRC-32 in letters, which also lets a scanner tell a leaked key from noise, or in digits ISO 7064 MOD 97-10,
which catches every wrong digit and every two neighbours swapped. Each key has exactly one text.
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
Kind = Literal["string", "basic", "digits"]

ID_LENGTH = 12
SECRET_LENGTH = 30
CHECKSUM_LENGTH = 6
DIGITS_SECRET_LENGTH = 34
DIGITS_CHECK_LENGTH = 2
PREFIXES: dict[Literal["live", "test", "token"], str] = {"live": "pv_live_", "test": "pv_test_", "token": "pv_tok_"}
FIRST_DIGITS: dict[Environment, str] = {"live": "1", "test": "2"}
"""The first digit of the id of a key in digits: never 0, so that no spreadsheet shortens a key."""

KEY_PATTERN = re.compile(r"pv_(?:live|test|tok)_[0-9A-Za-z]{48}")
"""For secret scanners: what a key or a token looks like. A find is one when :func:`parse` takes it. Keys in digits have
no pattern: nothing tells 48 digits in a text from any other number but the check, which one number in 97 passes."""

_BODY = ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH
AFTER_ID = SECRET_LENGTH + CHECKSUM_LENGTH
"""In every spelling the same: 30 + 6 letters, 34 + 2 digits."""
_DIGITS = ID_LENGTH + DIGITS_SECRET_LENGTH + DIGITS_CHECK_LENGTH
_LONGEST = _BODY + max(map(len, PREFIXES.values()))

_BY_PREFIX = {prefix.encode(): environment for environment, prefix in PREFIXES.items()}
_BY_DIGIT = {digit.encode(): environment for environment, digit in FIRST_DIGITS.items()}

# A checksum in base 62 is three digits in base 62 * 62: two divisions instead of six.
_PAIRS = [(a + b).encode() for a in ALPHABET for b in ALPHABET]
_PAIR = len(_PAIRS)
_PAIR_PAIR = _PAIR * _PAIR

_FAIR = 250
"""Bytes from here on are thrown away: 256 is no multiple of 10, so taking them modulo 10 would favour six digits."""


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A new key. ``text`` is for its owner alone and is shown once; ``digest`` is what is kept."""

    id: str
    text: str = field(repr=False)
    digest: bytes = field(repr=False)

    @property
    def username(self) -> str:
        """For Basic: the id with all before it, the public part of ``text``."""
        return self.text[:-AFTER_ID]

    @property
    def password(self) -> str:
        """For Basic: the rest of ``text``, as secret as the whole."""
        return self.text[-AFTER_ID:]


class ParsedKey(NamedTuple):
    """A well-formed key, which may or may not exist: look up ``id`` and compare ``digest`` in constant time."""

    id: str
    digest: bytes
    environment: Literal["live", "test", "token"]

    @property
    def test(self) -> bool:
        return self.environment == "test"

    def __repr__(self) -> str:
        return f"ParsedKey(id={self.id!r}, environment={self.environment!r})"


def mint(environment: Environment = "live", kind: Kind = "string", entropy: Entropy = secrets.token_bytes) -> MintedKey:
    """A new key with a fresh id and secret.

    An id in letters never comes twice (71 bits). One in digits has 11 free digits, so among a million keys it is taken
    already once in 100,000 times: whoever keeps keys refuses an id that is taken, and mints again.
    """
    if kind == "digits":
        identifier = FIRST_DIGITS[environment] + _random_digits(ID_LENGTH - 1, entropy)
    else:
        identifier = random_text(ID_LENGTH, entropy)
    return mint_secret(identifier, environment, kind, entropy)


def mint_secret(
    id: str, environment: Environment = "live", kind: Kind = "string", entropy: Entropy = secrets.token_bytes
) -> MintedKey:
    """A new secret for a key that keeps its id: rotation.

    Raises ``ValueError`` when no key of this environment and kind can have this id.
    """
    if not _is_id(id, environment, kind):
        raise ValueError(f"{id!r} is no id of a {environment} key of the kind {kind}")
    if kind != "digits":
        return _in_letters(PREFIXES[environment], id, entropy)
    secret = _random_digits(DIGITS_SECRET_LENGTH, entropy)
    body = id + secret
    return MintedKey(id, f"{body}{_check_digits(int(body)):02}", sha256(secret.encode()).digest())


def mint_token(entropy: Entropy = secrets.token_bytes) -> MintedKey:
    """A new token with a fresh id and secret."""
    return _in_letters(PREFIXES["token"], random_text(ID_LENGTH, entropy), entropy)


def parse(text: bytes) -> ParsedKey | None:
    """The parts of a key or token, or None when it is malformed or its check is wrong. Once a call: about 2 µs."""
    if len(text) > _LONGEST:
        return None
    environment = _BY_PREFIX.get(text[:-_BODY])
    if environment is None:
        return _parse_digits(text)
    # bytes.isalnum() is ASCII's own, exactly base 62: an invented key may hold any bytes under a right checksum.
    if not text[-_BODY:].isalnum() or _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    secret = text[-AFTER_ID:-CHECKSUM_LENGTH]
    return ParsedKey(text[-_BODY:-AFTER_ID].decode(), sha256(secret).digest(), environment)


def parse_basic(username: bytes, password: bytes) -> ParsedKey | None:
    """The key that was sent as user name and password (RFC 7617), or whole as the user name; None when they are none.

    Whether they were meant as one, :func:`looks_like_key` tells.
    """
    return parse(username + password) if looks_like_key(username) else None


def looks_like_key(username: bytes) -> bool:
    """Whether this user name was meant as a key's, well-formed or not: an e-mail has an @, an account's id neither
    begins like a key nor is all digits."""
    return b"@" not in username and (username.startswith(b"pv_") or username.isdigit())


def _parse_digits(text: bytes) -> ParsedKey | None:
    environment = _BY_DIGIT.get(text[:1])
    if environment is None or len(text) != _DIGITS or not text.isdigit():
        return None
    body, check = divmod(int(text), 100)
    # Compared, not tested for a remainder of 1: 00, 01 and 99 would pass for 97, 98 and 02.
    if check != _check_digits(body):
        return None
    secret = text[ID_LENGTH:-DIGITS_CHECK_LENGTH]
    return ParsedKey(text[:ID_LENGTH].decode(), sha256(secret).digest(), environment)


def _in_letters(prefix: str, id: str, entropy: Entropy) -> MintedKey:
    secret = random_text(SECRET_LENGTH, entropy).encode()
    body = prefix.encode() + id.encode() + secret
    return MintedKey(id, (body + _checksum(body)).decode(), sha256(secret).digest())


def _is_id(id: str, environment: Environment, kind: Kind) -> bool:
    if len(id) != ID_LENGTH or not id.isascii():
        return False
    return id.isdigit() and id[0] == FIRST_DIGITS[environment] if kind == "digits" else id.isalnum()


def _checksum(body: bytes) -> bytes:
    crc = crc32(body)
    return _PAIRS[crc // _PAIR_PAIR] + _PAIRS[crc // _PAIR % _PAIR] + _PAIRS[crc % _PAIR]


def _check_digits(body: int) -> int:
    """ISO 7064 MOD 97-10: the two digits, 02 to 98, after which the whole number leaves 1 when divided by 97."""
    return 98 - body * 100 % 97


def _random_digits(length: int, entropy: Entropy) -> str:
    """``length`` digits, each of the ten equally likely: 3.32 bits a digit."""
    digits = bytearray()
    while len(digits) < length:
        # A quarter more than needed, so that one round is nearly always enough (2 % are thrown away).
        digits += bytes(48 + byte % 10 for byte in entropy(length + length // 4 + 4) if byte < _FAIR)
    return digits[:length].decode()
