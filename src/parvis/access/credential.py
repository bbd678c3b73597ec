"""What a call is identified by, once it is known who calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest

from parvis.contract.caller import CallerKind
from parvis.contract.outcomes import Refusal

from .account_state import AccountState
from .keys import ParsedKey
from .networks import Network, inside
from .rights import Rights


@dataclass(frozen=True, slots=True, eq=False)
class Credential:
    """A proven (or, for a key, still to be compared) identity and what it may do.

    Times are microseconds UTC. ``digest`` is the SHA-256 of the secret of a key or token, empty for the other kinds.
    """

    id: str
    """The public id of the key or token; for a password the account's."""
    kind: CallerKind
    account: str | None
    """None for the operator's socket, the test key of a run and an anonymous caller."""
    rights: Rights
    digest: bytes = field(default=b"", repr=False)
    test: bool = False
    label: str = ""
    created_at: int = 0
    revoked_at: int | None = None
    expires_at: int | None = None
    networks: tuple[Network, ...] | None = None
    state: AccountState | None = None
    """How its account stands; None for callers that have no account."""
    key: str = ""
    """The public id of the key behind it: its own, or for a token the one that made it."""
    parent: Credential | None = field(default=None, repr=False)
    """For a token, the key that made it, as it stood when this was read."""
    retiring: Credential | None = field(default=None, repr=False)
    """The same key by the secret before its last rotation: another digest, an earlier end, fewer rights."""

    replaced: bool = False
    """Whether this is by such a secret."""

    conditional: bool = field(init=False)
    """Whether it depends on the time or the place that it opens anything."""

    def __post_init__(self) -> None:
        bound = (self.revoked_at, self.expires_at, self.networks) != (None, None, None)
        object.__setattr__(self, "conditional", bound)
        # An empty digest would be matched by nothing that is parsed, but let no key exist without one.
        if self.kind in ("key", "run", "token") and len(self.digest) != 32:
            raise ValueError("the credential of a key needs the SHA-256 of its secret")

    def matches(self, shown: ParsedKey) -> bool:
        """Whether the key that was shown is this one, in constant time. A revoked key still matches: :meth:`check`
        comes after. ``pv_test_`` and ``pv_live_`` are told apart, for anybody can compute a checksum."""
        if not compare_digest(self.digest, shown.digest):
            return False
        return shown.environment == ("token" if self.kind == "token" else "test" if self.test else "live")

    def check(self, now: int, address: str) -> None:
        """Raises :class:`Refusal` when what was proven opens nothing (any more), at ``now`` and from ``address``."""
        if self.revoked_at is not None:
            raise Refusal("key-revoked")
        if self.expires_at is not None and now >= self.expires_at:
            if self.replaced:
                raise Refusal("key-rotated", "The key was rotated, and the time of its old secret is over.")
            raise Refusal("token-expired" if self.kind == "token" else "key-expired")
        if self.state is not None and self.state.suspended:
            raise Refusal("account-suspended", "The operator has suspended the account of this key.")
        if self.networks is not None and not inside(address, self.networks):
            raise Refusal("network-refused", "The key is bound to networks, and this address is in none of them.")
