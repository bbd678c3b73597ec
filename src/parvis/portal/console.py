"""The console as the portal sees it: a port of six operations, and its double in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from parvis.contract.outcomes import Refusal
from parvis.protocol import problems

from .welcome import Welcome


class NewAccount(Protocol):
    """An account as it stands after the operation."""

    @property
    def id(self) -> str:
        """What it logs in with until its e-mail is verified, and after."""

    @property
    def email(self) -> str: ...

    @property
    def live(self) -> bool:
        """Whether it may have live keys."""

    @property
    def verified(self) -> bool:
        """Whether the e-mail is known to be its own; it logs in with it then."""


class NewKey(Protocol):
    """A key at its birth: the only time that its secret is shown."""

    @property
    def id(self) -> str: ...

    @property
    def secret(self) -> str:
        """The whole key, as the caller sends it."""


class Visitor(NamedTuple):
    """Who looks at a page: the network address that they come from, and the language that they read."""

    address: str
    language: str


class Problem(Exception):
    """The console refuses; ``told`` is the problem (RFC 9457), in the visitor's language."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["code"])
        self.told = told


class Console(Protocol):
    """What the forms ask of the console, for a visitor. Each raises :class:`Problem`.

    ``token`` is what the link of a letter carries.
    """

    async def create_account(self, visitor: Visitor, email: str, password: str, name: str) -> NewAccount: ...

    async def create_key(self, visitor: Visitor, name: str, password: str, label: str, test: bool) -> NewKey:
        """``name`` is the account's id, or its verified e-mail."""

    async def create_operator(self, visitor: Visitor, email: str, password: str, link: str) -> object: ...

    async def verify(self, visitor: Visitor, token: str) -> NewAccount: ...

    async def request_reset(self, visitor: Visitor, email: str) -> None:
        """Tells nobody whether there is such an account."""

    async def reset(self, visitor: Visitor, token: str, password: str) -> None: ...


@dataclass(slots=True)
class MemoryAccount:
    id: str
    email: str
    password: str
    name: str
    language: str
    live: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class MemoryKey:
    id: str
    secret: str


@dataclass
class MemoryConsole:
    """A console in memory, for tests of pages: it refuses what the real one refuses in these operations."""

    welcome: Welcome = field(default_factory=Welcome)
    link: str = "link"
    """The one-time link that sets the operator."""
    accounts: dict[str, MemoryAccount] = field(default_factory=dict)
    """By id."""
    letters: list[tuple[str, Literal["verify", "known", "reset"], str]] = field(default_factory=list)
    """To whom, about what, the token within."""
    operator: tuple[str, str] | None = None
    addresses: set[str] = field(default_factory=set)
    """Where the calls came from."""
    _tokens: dict[str, tuple[str, MemoryAccount]] = field(default_factory=dict)

    async def create_account(self, visitor: Visitor, email: str, password: str, name: str) -> MemoryAccount:
        self.addresses.add(visitor.address)
        if self.welcome.closed:
            raise refused(visitor, "registration-closed", "Accounts are made by the operator.")
        _check(visitor, password)
        known = self._owner(email) is not None
        letters = self.welcome.letters
        if known and not letters:
            raise refused(visitor, "account-exists", "This e-mail is registered already.")
        id = f"acc_{len(self.accounts):012}"
        made = MemoryAccount(
            id, email, password, name, visitor.language, live=self.welcome.at_once, verified=not letters
        )
        self.accounts[id] = made
        if letters:
            self._post("known" if known else "verify", made)
        return made

    async def create_key(self, visitor: Visitor, name: str, password: str, label: str, test: bool) -> MemoryKey:
        self.addresses.add(visitor.address)
        account = self._owner(name) if "@" in name else self.accounts.get(name)
        if account is None or account.password != password:
            raise refused(visitor, "password-wrong")
        if not test and not account.live:
            raise refused(visitor, "account-not-approved", "The operator has not approved it yet.")
        return MemoryKey("k1", f"pv_{'test' if test else 'live'}_k1" + "0" * 46)

    async def create_operator(self, visitor: Visitor, email: str, password: str, link: str) -> object:
        self.addresses.add(visitor.address)
        if self.operator is not None:
            raise refused(visitor, "operator-exists", "Somebody set it before.")
        if link != self.link:
            raise refused(visitor, "link-unknown", "The server did not print this link.")
        self.operator = (email, password)
        return email

    async def verify(self, visitor: Visitor, token: str) -> MemoryAccount:
        self.addresses.add(visitor.address)
        account = self._take(visitor, "verify", token)
        if self._owner(account.email) is not None:
            raise refused(visitor, "mail-link-unknown", "This e-mail belongs to another account by now.")
        account.verified = True
        account.live = account.live or not self.welcome.approval
        return account

    async def request_reset(self, visitor: Visitor, email: str) -> None:
        self.addresses.add(visitor.address)
        if not self.welcome.letters:
            raise refused(visitor, "no-mail", "This server has no mail server to send by.")
        account = self._owner(email)
        if account is not None:
            self._post("reset", account)

    async def reset(self, visitor: Visitor, token: str, password: str) -> None:
        self.addresses.add(visitor.address)
        _check(visitor, password)
        self._take(visitor, "reset", token).password = password

    def _owner(self, email: str) -> MemoryAccount | None:
        return next((a for a in self.accounts.values() if a.verified and a.email == email), None)

    def _post(self, about: Literal["verify", "known", "reset"], account: MemoryAccount) -> None:
        token = f"token{len(self.letters)}"
        self.letters.append((account.email, about, token))
        self._tokens[token] = (about, account)

    def _take(self, visitor: Visitor, about: str, token: str) -> MemoryAccount:
        purpose, account = self._tokens.get(token, ("", None))
        if account is None or purpose != about:
            raise refused(visitor, "mail-link-unknown", "The link was used already, or is too old.")
        del self._tokens[token]
        return account


def _check(visitor: Visitor, password: str) -> None:
    if len(password) < 8:
        message = f"The password has {len(password)} characters; it needs at least 8."
        fix = "Take 8 to 1024 characters, any, that nobody would guess."
        wrong = {"location": "password", "message": message, "fix": fix}
        raise refused(visitor, "invalid-arguments", "One argument is not valid.", members={"errors": [wrong]})


def refused(visitor: Visitor, code: str, detail: str = "", **more: Any) -> Problem:
    """What a double refuses with, as the console would tell it."""
    refusal = Refusal(code, detail, **more)
    return Problem(problems.problem(refusal, request_id="", language=visitor.language, links={}))
