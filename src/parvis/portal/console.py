"""The console as the portal sees it: a port of three operations, and its double in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from parvis.contract.outcomes import Refusal


class NewKey(Protocol):
    """A key at its birth: the only time that its secret is shown."""

    @property
    def id(self) -> str: ...

    @property
    def secret(self) -> str:
        """The whole key, as the caller sends it."""


class Console(Protocol):
    """What the forms ask of the console. Each raises :class:`~parvis.contract.outcomes.Refusal`."""

    async def create_account(self, email: str, password: str, name: str) -> object: ...

    async def create_key(self, email: str, password: str, label: str) -> NewKey: ...

    async def create_operator(self, email: str, password: str, link: str) -> object: ...


@dataclass(frozen=True, slots=True)
class MemoryKey:
    id: str
    secret: str


@dataclass
class MemoryConsole:
    """A console in memory, for tests of pages: it refuses what the real one refuses in these three operations."""

    link: str = "link"
    """The one-time link that sets the operator."""
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """E-mail -> password and name."""
    operator: tuple[str, str] | None = None

    async def create_account(self, email: str, password: str, name: str) -> object:
        if email in self.accounts:
            raise Refusal("account-exists", "This e-mail is registered already.")
        if len(password) < 8:
            message = f"The password has {len(password)} characters; it needs at least 8."
            wrong = {"location": "password", "message": message, "fix": "Take 8 to 1024 characters; any are good."}
            raise Refusal("invalid-arguments", "One argument is not valid.", members={"errors": [wrong]})
        self.accounts[email] = (password, name)
        return email

    async def create_key(self, email: str, password: str, label: str) -> NewKey:
        if self.accounts.get(email, ("", ""))[0] != password:
            raise Refusal("password-wrong")
        return MemoryKey("k1", "pv_live_k1" + "0" * 40)

    async def create_operator(self, email: str, password: str, link: str) -> object:
        if self.operator is not None:
            raise Refusal("operator-exists")
        if link != self.link:
            raise Refusal("link-spent")
        self.operator = (email, password)
        return email
