"""Accounts: registering, seeing and leaving; for the operator approving, suspending and changing them."""

from __future__ import annotations

import secrets
from typing import Any

from parvis.access.address_limits import SignUps
from parvis.access.base62 import Entropy, random_text
from parvis.access.rights import check
from parvis.contract.caller import Caller
from parvis.contract.mistakes import cut
from parvis.contract.outcomes import Refusal
from parvis.i18n import language as spoken
from parvis.store.queries import accounts, audit, email_links, keys
from parvis.store.queries.rows import PAGE
from parvis.store.records import AccountRecord, EmailTaken, UnknownPlan

from . import values
from .checks import RIGHTS_MOST, Checks
from .context import ConsoleContext, own_account
from .email import templates
from .hashing import Hashing
from .operation import ACCOUNT, EXAMPLE_EMAIL, EXAMPLE_PASSWORD, OWN_ACCOUNT, WHOLE, operation
from .registration import Registration, digest
from .values import Account, PersonalData, Texts

RESETS = 5
"""Letters with a link for a new password that an account gets in an hour."""
MOST_KEYS = 10_000
MOST_ACTS = 10_000
"""Of each that a person's data may hold in one answer."""

ID = {"id": "acc_7Kq2mX9bTfLw"}
TOKEN = {"token": "the-part-behind-token-in-the-link"}
"""Arguments in examples."""


def new_account_id(entropy: Entropy = secrets.token_bytes) -> str:
    """``acc_`` and twelve letters: 71 random bits, so that ids are neither guessed nor counted."""
    return "acc_" + random_text(12, entropy)


class Accounts:
    """Registered accounts."""

    def __init__(self, context: ConsoleContext, hashing: Hashing, registration: Registration) -> None:
        self._context = context
        self._store = context.store
        self._hashing = hashing
        self._registration = registration
        self._resets = SignUps(RESETS)

    @operation(
        may=("anonymous",),
        refusals=("registration-closed", "account-exists", "too-many-sign-ups"),
        example={"email": EXAMPLE_EMAIL, "password": EXAMPLE_PASSWORD, "name": "Ada"},
        bind={"language": {"from": "header.accept-language", "overridable": True}},
        secret_arguments=True,
        status_with_email=202,  # an e-mail tells what became of it: the answer is the same for one that is known
    )
    async def create(
        self, email: str, password: str, name: str = "", language: str = "en", *, caller: Caller
    ) -> Account:
        """Register.

        Args:
            email: Where you can be reached; with it and the password you make keys.
            password: 8 to 1024 characters, any, taken exactly as given; the commonest are refused.
            name: You, or your organisation.
            language: Of the letters you get, `en` or `fr`, or a list as browsers send it.

        Returns:
            The new account. Where the server sends letters, one is on its way to the e-mail; until it is verified, log
            in with the account's id.
        """
        checks = Checks()
        checks.email(email)
        checks.password(password, email, name)
        checks.name("name", name)
        checks.done()
        registration, clock = self._registration, self._context.clock
        registration.admit(caller, clock)
        made = caller.kind == "operator"
        now = clock.now()
        record = AccountRecord(
            id=new_account_id(),
            email=email,
            name=name,
            password=await self._hashing.hash(password),
            created_at=now,
            language=spoken(language),
            owns_email=made or not registration.verifies,
            approved_at=now if made or (registration.mode == "open" and not registration.verifies) else None,
        )
        try:
            signed = self._context.sign(caller, "account.created", record.id, person=record.id)
            await self._store.change(signed, accounts.add, record)
        except EmailTaken:
            raise Refusal("account-exists", "This e-mail is registered already.") from None
        if not record.owns_email:
            # The same work for an e-mail that is known and for one that is not: neither the answer nor its time tells.
            link = await registration.link(self._store, clock, record.id, "verify")
            if await self._store.ask(accounts.by_email, email) is None:
                await registration.post(record, templates.verify, link)
            else:
                await registration.post(record, templates.known, f"{registration.base_url}/reset")
        return Account.of(record)

    @operation(may=ACCOUNT, read=True, refusals=OWN_ACCOUNT)
    async def get(self, *, caller: Caller) -> Account:
        """Your own account.

        Returns:
            The account that calls.
        """
        return Account.of(await self._context.account(own_account(caller)))

    @operation(may=("anonymous",), refusals=("mail-link-unknown",), example=TOKEN, secret_arguments=True)
    async def verify(self, token: str, *, caller: Caller) -> Account:
        """Say that the e-mail is yours, by the link that was sent there.

        Args:
            token: What the link carries.

        Returns:
            The account, which logs in with its e-mail from now on.
        """
        now = self._context.clock.now()
        id = await self._store.change(None, email_links.take, digest(token), "verify", now)
        if id is None:
            raise Refusal("mail-link-unknown", "The link was used already, or is too old.")
        approve = self._registration.mode == "open"
        signed = self._context.sign(Caller("anonymous", address=caller.address), "account.verified", id, person=id)
        try:
            account = await self._context.credentials.change_account(id, signed, accounts.verify, id, now, approve)
        except EmailTaken:
            raise Refusal("mail-link-unknown", "This e-mail belongs to another account by now.") from None
        if account is None:
            raise Refusal("mail-link-unknown", "There is no such account any more.")
        return Account.of(account)

    @operation(may=("anonymous",), refusals=("no-mail",), example={"email": EXAMPLE_EMAIL}, status_with_email=202)
    async def request_reset(self, email: str, *, caller: Caller) -> None:
        """Ask for a letter with a link to set a new password. The answer is the same for every e-mail.

        Args:
            email: The account's e-mail.
        """
        registration = self._registration
        if registration.mailer is None:
            raise Refusal("no-mail", "This server has no mail server to send by.")
        account = await self._store.ask(accounts.by_email, email)
        # Nobody's mailbox is flooded by whoever knows its address.
        if account is None or self._resets.admit(account.id, self._context.clock.tick()):
            await self._store.change(None, email_links.pretend, self._context.clock.now())
            return
        link = await registration.link(self._store, self._context.clock, account.id, "reset")
        await registration.post(account, templates.reset, link)

    @operation(
        may=("anonymous",),
        refusals=("mail-link-unknown",),
        example={**TOKEN, "password": EXAMPLE_PASSWORD},
        secret_arguments=True,
    )
    async def reset(self, token: str, password: str, *, caller: Caller) -> None:
        """Set a new password, by the link of a letter or of the operator.

        Args:
            token: What the link carries.
            password: The new one.
        """
        # Whose it is, first: nobody makes this server hash with a link that is none, and a password that is refused
        # does not spend one that is.
        now = self._context.clock.now()
        whose = await self._store.ask(email_links.whose, digest(token), "reset", now)
        account = None if whose is None else await self._store.ask(accounts.by_id, whose)
        if account is None:
            raise Refusal("mail-link-unknown", "The link was used already, or is too old.")
        checks = Checks()
        checks.password(password, account.email, account.name)
        checks.done()
        hashed = await self._hashing.hash(password)
        id = await self._store.change(None, email_links.take, digest(token), "reset", now)
        if id is None:
            raise Refusal("mail-link-unknown", "The link was used already, or is too old.")
        signed = self._context.sign(Caller("anonymous", address=caller.address), "password.reset", id, person=id)
        await self._context.credentials.change_account(id, signed, accounts.change, id, {"password": hashed})

    @operation(may=("password",), refusals=OWN_ACCOUNT, example={"password": EXAMPLE_PASSWORD}, secret_arguments=True)
    async def set_password(self, password: str, *, caller: Caller) -> None:
        """Change the password of your account; the keys stay.

        Args:
            password: The new one.
        """
        id = own_account(caller)
        account = await self._context.account(id)
        checks = Checks()
        checks.password(password, account.email, account.name)
        checks.done()
        hashed = await self._hashing.hash(password)
        signed = self._context.sign(caller, "password.changed", id)
        await self._context.credentials.change_account(id, signed, accounts.change, id, {"password": hashed})

    @operation(may=("password",), refusals=OWN_ACCOUNT)
    async def export(self, id: str | None = None, *, caller: Caller) -> PersonalData:
        """All personal data that is kept of an account.

        Args:
            id: The account; for the operator alone another than the own.

        Returns:
            The account, its keys, the addresses it acted from, and what was done by it and to it.
        """
        account = await self._context.account(self._context.whose(caller, id))
        owned = await self._store.ask(keys.of_account, account.id, None, MOST_KEYS)
        addresses = await self._store.ask(audit.addresses, account.id)
        acts = await self._store.ask(audit.list_page, 0, MOST_ACTS, account.id)
        await self._store.record(self._context.sign(caller, "account.exported", account.id))
        return PersonalData(
            account=Account.of(account),
            language=account.language,
            keys=[values.Key.of(key) for key in owned],
            addresses=[values.Address(number, address) for number, address in addresses],
            acts=[values.AuditEntry.of(entry) for entry in acts],
        )

    @operation(may=("password",), refusals=OWN_ACCOUNT)
    async def erase(self, id: str | None = None, *, caller: Caller) -> None:
        """Take e-mail, name, password and addresses of an account away, for good, and revoke its keys.

        Args:
            id: The account; for the operator alone another than the own.
        """
        account = await self._context.account(self._context.whose(caller, id))
        # No address beside this entry: it would be personal data of an account that has none any more.
        signed = self._context.sign(
            Caller(caller.kind, caller.account, caller.credential), "account.erased", account.id
        )
        now = self._context.clock.now()
        await self._context.credentials.change_account(account.id, signed, accounts.erase, account.id, now)

    # For the operator

    @operation(may=("operator",), read=True)
    async def list(self, after: str | None = None, limit: int = PAGE, *, caller: Caller) -> values.AccountList:
        """All accounts, oldest first, for the operator.

        Args:
            after: The id of the last account of the page before; none for the first page.
            limit: How many at most, 1 to 1000.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        checks.done()
        return [Account.of(record) for record in await self._store.ask(accounts.list_page, after, limit)]

    @operation(may=("operator",), refusals=("not-found",), example=ID)
    async def approve(self, id: str, /, *, caller: Caller) -> Account:
        """Let an account have live keys, for the operator.

        Args:
            id: The account.

        Returns:
            The account as it stands now.
        """
        account = await self._context.account(id)
        if account.approved_at is not None:
            return Account.of(account)
        changed = await self._change(caller, "account.approved", id, approved_at=self._context.clock.now())
        if account.owns_email:  # else it may be somebody else's, who never heard of this server
            await self._registration.post(account, templates.approved, f"{self._registration.base_url}/")
        return changed

    @operation(may=("operator",), refusals=("not-found",), example=ID)
    async def suspend(self, id: str, /, *, caller: Caller) -> Account:
        """Refuse an account's keys, tokens and password from the next call on, for the operator.

        Args:
            id: The account.

        Returns:
            The account as it stands now.
        """
        account = await self._context.account(id)
        if account.role == "operator":
            raise Refusal("right-missing", "The operator cannot be suspended.", right="parvis.operators.set")
        if account.suspended_at is not None:
            return Account.of(account)
        return await self._change(caller, "account.suspended", id, suspended_at=self._context.clock.now())

    @operation(may=("operator",), refusals=("not-found",), example=ID)
    async def resume(self, id: str, /, *, caller: Caller) -> Account:
        """End the suspension of an account, for the operator.

        Args:
            id: The account.

        Returns:
            The account as it stands now.
        """
        account = await self._context.account(id)
        if account.suspended_at is None:
            return Account.of(account)
        return await self._change(caller, "account.resumed", id, suspended_at=None)

    @operation(may=("operator",), refusals=("not-found",), example={**ID, "plan": "large"})
    async def update(
        self,
        id: str,
        plan: str | None = None,
        rights: Texts | None = None,
        name: str | None = None,
        *,
        caller: Caller,
    ) -> Account:
        """Change an account's plan, or the rights that it has beside the plan's, for the operator.

        Args:
            id: The account.
            plan: The name of its plan.
            rights: All rights that it has beside its plan's.
            name: Its name.

        Returns:
            The account as it stands now; what is left out stays as it is.
        """
        await self._context.account(id)
        checks = Checks()
        checks.rights(rights)
        for index, pattern in enumerate((rights or [])[:RIGHTS_MOST]):
            checks.right(f"rights[{index}]", pattern, check)
        if name is not None:
            checks.name("name", name)
        checks.done()
        changes: dict[str, Any] = {}
        if plan is not None:
            changes["plan"] = plan
        if rights is not None:
            changes["rights"] = tuple(rights)
        if name is not None:
            changes["name"] = name
        if not changes:
            return Account.of(await self._context.account(id))
        return await self._change(caller, "account.changed", id, **changes)

    @operation(may=("operator",), refusals=("not-found",), example=ID, secret_result=(WHOLE,))
    async def reset_link(self, id: str, /, *, caller: Caller) -> str:
        """A link by which the account's owner sets a new password, for the operator to hand over.

        Args:
            id: The account.

        Returns:
            The link; it works once, for an hour.
        """
        account = await self._context.account(id)
        link = await self._registration.link(self._store, self._context.clock, account.id, "reset")
        await self._store.record(self._context.sign(caller, "account.changed", id, changed=["reset-link"]))
        return link

    async def _change(self, caller: Caller, act: str, id: str, **changes: Any) -> Account:
        told = {"changed": sorted(changes), **{k: v for k, v in changes.items() if k == "plan"}}
        signed = self._context.sign(caller, act, id, **(told if act == "account.changed" else {}))
        try:
            account = await self._context.credentials.change_account(id, signed, accounts.change, id, changes)
        except UnknownPlan as error:
            raise Refusal("not-found", f"There is no plan {cut(str(error))!r}.") from None
        if account is None:
            raise Refusal("not-found", "There is no such account.")
        return Account.of(account)
