"""Base 62: digits, capitals, small letters. One word to a double click, and safe in URLs, headers and shells."""

from __future__ import annotations

import secrets
from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""So many random bytes; ``secrets.token_bytes`` unless a test says otherwise."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_LETTERS = ALPHABET.encode()
_FAIR = 4 * len(ALPHABET)
"""Bytes from here on are thrown away: 256 is no multiple of 62, so taking them modulo 62 would favour eight letters."""


def random_text(length: int, entropy: Entropy = secrets.token_bytes) -> str:
    """``length`` letters, each of the 62 equally likely: 5.95 bits a letter."""
    letters = bytearray()
    while len(letters) < length:
        # Half as many again as needed, so that one round is nearly always enough (3 % are thrown away).
        letters += bytes(_LETTERS[byte % 62] for byte in entropy(length + length // 2 + 4) if byte < _FAIR)
    return letters[:length].decode()
