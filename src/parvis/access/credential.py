"""What a call is identified by, once it is known who calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest

from parvis.contract.caller import CallerKind

from .keys import ParsedKey
from .rights import Rights


@dataclass(frozen=True, slots=True)
class Credential:
    """A proven (or, for a key, still to be compared) identity and what it may do.

    Times are microseconds UTC. ``digest`` is the SHA-256 of a key's secret, empty for the other kinds.
    """

    id: str
    """The key's public id; for a password the account's."""
    kind: CallerKind
    account: str | None
    """None for the operator's socket, the test key of a run and an anonymous caller."""
    rights: Rights
    digest: bytes = field(default=b"", repr=False)
    test: bool = False
    label: str = ""
    created_at: int = 0
    revoked_at: int | None = None

    def __post_init__(self) -> None:
        # An empty digest would be matched by nothing that is parsed, but let no key exist without one.
        if self.kind in ("key", "run") and len(self.digest) != 32:
            raise ValueError("the credential of a key needs the SHA-256 of its secret")

    def matches(self, shown: ParsedKey) -> bool:
        """Whether the key that was shown is this one, in constant time. A revoked key still matches: ask
        ``revoked_at`` too. ``pv_test_`` and ``pv_live_`` are told apart, for anybody can compute a checksum."""
        return compare_digest(self.digest, shown.digest) and self.test is shown.test
