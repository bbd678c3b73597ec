"""The front of the console: the façade that Parvis publishes as its own service ``parvis``, version 1."""

from __future__ import annotations

from parvis.access.clock import Clock
from parvis.access.rights import Rights
from parvis.store.credentials import Credentials
from parvis.store.port import Store

from .accounts import Accounts
from .hashing import Hashing
from .keys import Keys
from .link import OperatorLink
from .operators import Operators

READS = ("accounts.get", "accounts.list", "keys.list")
"""The operations that change nothing: the service's ``reads``."""


class Console:
    """Accounts and keys of this server: register, make keys, revoke them."""

    accounts: Accounts
    keys: Keys
    operators: Operators

    def __init__(
        self,
        store: Store,
        credentials: Credentials,
        clock: Clock,
        hashing: Hashing,
        *,
        link: OperatorLink | None = None,
        default_rights: tuple[str, ...] = ("*",),
    ) -> None:
        Rights(default_rights)  # a wrong pattern in the settings is found at start, not by the first who registers
        self.accounts = Accounts(store, clock, hashing, default_rights)
        self.keys = Keys(store, credentials, clock)
        self.operators = Operators(credentials, clock, hashing, link)
