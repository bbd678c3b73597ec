"""Who makes the call in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CallerKind = Literal["anonymous", "key", "token", "password", "operator", "run"]
"""How the caller proved who it is: not at all, by a key, by a token of a key, by the account's password, over the
operator's own socket, or by the test key of this run."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The account and credential behind a call. A façade that imports Parvis may annotate a parameter with it."""

    kind: CallerKind = "anonymous"
    account: str | None = None
    """The account's id; None for an anonymous caller, the operator's socket and the test key of this run."""
    credential: str | None = None
    """The public id of the key, when a key or a token of it was shown."""
    address: str = ""
    """The caller's network address as text, empty when there is none (in process, Unix socket)."""
    test: bool = False
    """Whether the key is a test key."""
    token: str | None = None
    """The public id of the token, when one was shown; ``credential`` is that of its key."""
