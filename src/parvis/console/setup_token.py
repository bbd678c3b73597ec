"""The token of the one-time link by which the first operator is set, printed by the server when there is none."""

from __future__ import annotations

import secrets
from hashlib import sha256
from hmac import compare_digest

from parvis.access.base62 import Entropy, random_text

LENGTH = 32


class SetupToken:
    """One token of one run of the server: in memory, as its digest, until it is spent or the process ends."""

    def __init__(self, token: str) -> None:
        self._digest = sha256(token.encode()).digest()
        self.spent = False

    @classmethod
    def mint(cls, entropy: Entropy = secrets.token_bytes) -> tuple[SetupToken, str]:
        """A new one and its text, which is to be shown on the operator's terminal and nowhere else."""
        token = random_text(LENGTH, entropy)
        return cls(token), token

    def matches(self, token: str) -> bool:
        """Whether this is the token, in constant time."""
        return compare_digest(self._digest, sha256(token.encode("utf-8", "surrogatepass")).digest())
