"""How accounts come to be: for whom registration is open, and the e-mails that go out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from parvis.access.address_limits import SignUps
from parvis.access.base62 import random_text
from parvis.access.clock import Clock
from parvis.access.networks import wide_block_of
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.queries import email_links
from parvis.store.records import AccountRecord, Purpose
from parvis.store.sql import SqlStore

from .email import templates
from .email.address import is_address
from .email.message import Email, Mailer

Mode = Literal["open", "approval", "closed"]
MODES: tuple[Mode, ...] = ("open", "approval", "closed")

TOKEN = 32
"""Letters of what a link carries: 190 bits."""
SECOND = 1_000_000
LIVES: dict[Purpose, int] = {
    "verify": templates.VERIFY_HOURS * 3600 * SECOND,
    "reset": templates.RESET_MINUTES * 60 * SECOND,
}
"""Microseconds."""

_OWN_MACHINE = ("127.", "::1", "::ffff:127.")


@dataclass(slots=True)
class Registration:
    """The operator's choices. ``mailer`` None: none is sent, so an e-mail is taken at its word."""

    mode: Mode = "open"
    mailer: Mailer | None = None
    base_url: str = ""
    sign_ups: SignUps | None = None

    @property
    def verifies(self) -> bool:
        """Whether an e-mail is an account's only once it is verified."""
        return self.mailer is not None

    def admit(self, caller: Caller, clock: Clock) -> None:
        """Raises :class:`Refusal` when this caller cannot register now."""
        if caller.kind == "operator":
            return
        if self.mode == "closed":
            raise Refusal("registration-closed", "Accounts are made by the operator.")
        if self.sign_ups is None or not caller.address or caller.address.startswith(_OWN_MACHINE):
            return
        if seconds := self.sign_ups.admit(wide_block_of(caller.address), clock.tick()):
            raise Refusal("too-many-sign-ups", seconds=seconds)

    async def link(self, store: SqlStore, clock: Clock, account: str, purpose: Purpose) -> str:
        """A new link for an account; the one before is void."""
        token = random_text(TOKEN)
        now = clock.now()
        await store.change(None, email_links.add, digest(token), account, purpose, now, now + LIVES[purpose])
        return f"{self.base_url}/{purpose}?token={token}"

    async def post(self, account: AccountRecord, write: templates.Template, link: str) -> None:
        """Send an e-mail to an account, in its language. An address that none can go to gets none."""
        if self.mailer is not None and is_address(account.email):
            email: Email = write(account.email, link, account.language)
            await self.mailer.send(email)


def digest(token: str) -> bytes:
    """What is kept of a link."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
