"""Keys: making, changing, rotating and revoking those of one's own account; and tokens."""

from __future__ import annotations

import builtins
from dataclasses import replace
from datetime import datetime
from typing import Any

from parvis.access import keys as spelling
from parvis.access.clock import as_datetime, as_microseconds
from parvis.access.console import services
from parvis.access.keys import Kind, MintedKey
from parvis.access.rights import Rights, narrow
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts, keys
from parvis.store.queries.rows import PAGE
from parvis.store.records import AccountRecord, IdTaken, KeyRecord, TokenRecord, TooManyKeys, UnknownAccount

from . import values
from .checks import Checks
from .context import ConsoleContext, own_account
from .email import templates
from .operation import OWN_ACCOUNT, operation
from .registration import Registration
from .values import Key, NewKey, NewToken, Texts

SECOND = 1_000_000
OVERLAP = 86_400
LONGEST_OVERLAP = 30 * 86_400
"""Seconds for which the secret before a rotation goes on working."""
TOKEN_LIFE = 3600
"""Seconds that a token lives at most."""

ID = {"id": "3fJ8sQ1xZt0B"}
"""An argument in examples."""


class Keys:
    """The keys of your account."""

    def __init__(self, context: ConsoleContext, registration: Registration) -> None:
        self._context = context
        self._store = context.store
        self._credentials = context.credentials
        self._registration = registration

    @operation(
        may=("password",),
        refusals=("account-needed", "account-not-approved", "not-found", "too-many-keys"),
        example={"label": "my laptop", "rights": ["shop.orders.get"]},
        secret_result=("secret", "password"),
    )
    async def create(
        self,
        label: str,
        rights: Texts | None = None,
        kind: Kind = "string",
        test: bool = False,
        expires_at: datetime | None = None,
        networks: Texts | None = None,
        *,
        caller: Caller,
    ) -> NewKey:
        """Make a key. Its secret is in this answer and is never shown again.

        Args:
            label: What you will know it by.
            rights: What it may do, like `shop.orders.get` or `shop.*`, within what your account may; none given: all
                that your account may, except managing keys.
            kind: Its spelling: `string`, `basic` (a user name and a password) or `digits`.
            test: A test key reaches the sandbox, or reads alone, under a small quota.
            expires_at: When it stops working; never, when left out.
            networks: Where it is accepted from, like `192.0.2.0/24`; anywhere, when left out.

        Returns:
            The key with its secret.
        """
        account = await self._context.account(own_account(caller))
        now = self._context.clock.now()
        ends = None if expires_at is None else as_microseconds(expires_at)
        checks = Checks()
        checks.name("label", label)
        checks.rights(rights)
        checks.networks(networks)
        if ends is not None and ends <= now:
            checks.wrong("expires_at", "is in the past", "Give a time to come, with its offset.")
        checks.done()
        if not test and account.approved_at is None:
            waits = self._registration.verifies and self._registration.mode == "open"
            what = "Its e-mail is not verified yet." if waits else "The operator has not approved it yet."
            raise Refusal("account-not-approved", what)
        own, most = await self._may_give(account)
        record = KeyRecord(
            id="",
            account=account.id,
            label=label,
            kind=kind,
            rights=None if rights is None else narrow(own, rights).patterns,
            networks=None if networks is None else tuple(networks),
            digest=b"",
            test=test,
            created_at=now,
            expires_at=ends,
        )
        while True:
            try:
                return await self._add(record, most, caller)
            except IdTaken:
                continue

    async def _add(self, draft: KeyRecord, most: int, caller: Caller) -> NewKey:
        minted = spelling.mint("test" if draft.test else "live", draft.kind)
        record = replace(draft, id=minted.id, digest=minted.digest)
        signed = self._context.sign(
            caller, "key.created", record.id, account=record.account, test=record.test, kind=record.kind
        )
        try:
            await self._credentials.change_key(record.id, signed, keys.add, record, most)
        except UnknownAccount:
            raise Refusal("not-found", "This account is no more.") from None
        except TooManyKeys as error:
            what = "test" if record.test else "live"
            raise Refusal("too-many-keys", f"It has {error.most} {what} keys.", limit=error.most) from None
        return _new(record, minted)

    @operation(may=("password", "key", "retiring"), read=True, refusals=OWN_ACCOUNT, example=ID)
    async def get(self, id: str, /, *, caller: Caller) -> Key:
        """One of your keys; a key may see itself.

        Args:
            id: The key's public id.

        Returns:
            The key, without its secret.
        """
        return Key.of(await self._own(caller, id, "parvis.keys.list"))

    @operation(may=("password",), read=True, refusals=("account-needed",))
    async def list(self, after: str | None = None, limit: int = PAGE, *, caller: Caller) -> values.KeyList:
        """Your account's keys, revoked ones too, oldest first.

        Args:
            after: The id of the last key of the page before; none for the first page.
            limit: How many at most, 1 to 1000.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        checks.done()
        return [Key.of(record) for record in await self._store.ask(keys.of_account, own_account(caller), after, limit)]

    @operation(may=("password",), refusals=OWN_ACCOUNT, example={**ID, "label": "my old laptop"})
    async def update(
        self,
        id: str,
        label: str | None = None,
        rights: Texts | None = None,
        networks: Texts | None = None,
        *,
        caller: Caller,
    ) -> Key:
        """Change a key's label, rights or networks, from the next call on.

        Args:
            id: The key's public id.
            label: What you will know it by.
            rights: All that it may do, within what your account may.
            networks: Where it is accepted from; an empty list: from anywhere.

        Returns:
            The key as it stands now; what is left out stays as it is.
        """
        key = await self._own(caller, id, "parvis.keys.update", itself=False)
        checks = Checks()
        if label is not None:
            checks.name("label", label)
        checks.rights(rights)
        checks.networks(networks)
        checks.done()
        changes: dict[str, Any] = {}
        if label is not None:
            changes["label"] = label
        if rights is not None:
            own, _ = await self._may_give(await self._context.account(key.account))
            changes["rights"] = narrow(own, rights).patterns
        if networks is not None:
            changes["networks"] = tuple(networks) or None
        if not changes:
            return Key.of(key)
        signed = self._context.sign(caller, "key.changed", id, changed=sorted(changes))
        return self._stands(await self._credentials.change_key(id, signed, keys.change, id, changes))

    @operation(may=("password", "key"), refusals=OWN_ACCOUNT, example=ID, secret_result=("secret", "password"))
    async def rotate(self, id: str, /, overlap: int = OVERLAP, *, caller: Caller) -> NewKey:
        """Give a key a new secret. Its id, rights, history and quota stay. A key may rotate itself.

        Args:
            id: The key's public id.
            overlap: For how many seconds the secret of now goes on working, at most 30 days and never past the key's
                own end.

        Returns:
            The key with its new secret, which is never shown again.
        """
        key = await self._own(caller, id, "parvis.keys.rotate")
        checks = Checks()
        if not 0 <= overlap <= LONGEST_OVERLAP:
            checks.wrong("overlap", f"should be 0 to {LONGEST_OVERLAP} seconds", "Take a shorter time.")
        checks.done()
        now = self._context.clock.now()
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
            raise Refusal("not-found", "This key has ended: make a new one.")
        minted = spelling.mint_secret(key.id, "test" if key.test else "live", key.kind)
        signed = self._context.sign(caller, "key.rotated", id, overlap=overlap)
        until = now + overlap * SECOND
        rotated = await self._credentials.change_key(id, signed, keys.rotate, id, minted.digest, until, now)
        if rotated is None:
            raise Refusal("not-found", "You have no key with this id.")
        return _new(rotated, minted)

    @operation(may=("password", "key", "retiring"), refusals=OWN_ACCOUNT, example=ID)
    async def revoke(self, id: str, /, *, caller: Caller) -> Key:
        """Revoke a key, for good and at once. A key may revoke itself.

        Args:
            id: The key's public id.

        Returns:
            The key as it stands now; revoking it again changes nothing.
        """
        key = await self._own(caller, id, "parvis.keys.revoke")
        signed = None if key.revoked_at is not None else self._context.sign(caller, "key.revoked", id)
        now = self._context.clock.now()
        return self._stands(await self._credentials.change_key(id, signed, keys.revoke, id, now))

    @operation(may=("anonymous",), example={"key": "the whole key, as it was found"}, secret_arguments=True)
    async def report(self, key: str, *, caller: Caller) -> bool:
        """Report a key or token that was found in the open: it is revoked at once, and its owner is told.

        Args:
            key: The whole key, as it was found.

        Returns:
            Whether it was one of this server's that still worked.
        """
        shown = spelling.parse(key.strip().encode("utf-8", "surrogatepass"))
        found = await self._credentials.now(shown.id) if shown is not None else None
        if shown is None or found is None or found.account is None:
            return False
        now = self._context.clock.now()
        meant = next((c for c in (found, found.retiring) if c is not None and c.matches(shown)), None)
        # A secret that was rotated away and has ended opens nothing: the key that goes on must not die for it.
        if meant is None or meant.revoked_at is not None or (meant.expires_at is not None and meant.expires_at <= now):
            return False
        # By nobody: whoever found it is no account, and the owner need not learn who it was.
        signed = self._context.sign(Caller(), "key.leaked", found.key)
        await self._credentials.change_key(found.key, signed, keys.revoke, found.key, now)
        owner = await self._store.ask(accounts.by_id, found.account)
        if owner is not None and owner.owns_email:
            page = f"{self._registration.base_url}/"
            await self._registration.post(
                owner, lambda to, link, spoken: templates.leaked(to, found.key, spoken, link), page
            )
        return True

    async def _own(self, caller: Caller, id: str, right: str, *, itself: bool = True) -> KeyRecord:
        """A key of the caller's account. A key sees itself alone, unless it was given the right by name; somebody
        else's key is answered like one that does not exist."""
        account = own_account(caller)
        found = await self._store.ask(keys.by_id, id)
        if found is None or found.account != account:
            raise Refusal("not-found", "You have no key with this id.")
        if caller.kind == "key" and not (itself and caller.credential == id):
            own = await self._store.ask(keys.by_id, caller.credential or "")
            owner = await self._context.account(account)
            rights, _ = await self._rights(owner)
            if own is None or not self._credentials.console_rights.given(owner.role, rights, own.rights).allows(right):
                raise Refusal("not-found", "You have no key with this id.")
        return found

    async def _may_give(self, account: AccountRecord) -> tuple[Rights, int]:
        """What an account may give to its keys, and how many it may have."""
        rights, most = await self._rights(account)
        return self._credentials.console_rights.grantable(account.role, rights), most

    async def _rights(self, account: AccountRecord) -> tuple[tuple[str, ...], int]:
        plan = await self._credentials.plan(account.plan)
        return tuple(dict.fromkeys((*plan.rights, *account.rights))), plan.keys

    @staticmethod
    def _stands(key: KeyRecord | None) -> Key:
        if key is None:
            raise Refusal("not-found", "You have no key with this id.")
        return Key.of(key)


class Tokens:
    """Short-lived tokens of a key."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    @operation(may=("key",), example={"scope": ["shop.orders.get"], "seconds": 600}, secret_result=("token",))
    async def create(self, scope: Texts | None = None, seconds: int = TOKEN_LIFE, *, caller: Caller) -> NewToken:
        """Make a token with the key that calls. It may do what the key may, or less, and dies with it.

        Args:
            scope: What it may do, like `shop.orders.get`, within what the key may; none given: all of it.
            seconds: How long it lives, at most an hour.

        Returns:
            The token, which is never shown again.
        """
        checks = Checks()
        checks.rights(scope)
        if not 1 <= seconds <= TOKEN_LIFE:
            checks.wrong("seconds", f"should be 1 to {TOKEN_LIFE}", "Make another token when this one has ended.")
        checks.done()
        context = self._context
        key = await context.credentials.now(caller.credential or "")
        if caller.kind != "key" or key is None:
            right = "parvis.tokens.create"
            raise Refusal("right-missing", "Tokens are made with a key.", members={"right": right}, right=right)
        most = Rights.of(services(key.rights.patterns))
        rights = None if scope is None else narrow(most, scope).patterns
        now = context.clock.now()
        ends = now + seconds * SECOND
        minted = spelling.mint_token()
        record = TokenRecord(
            id=minted.id,
            key=key.id,
            made_with=key.digest,
            digest=minted.digest,
            rights=rights,
            created_at=now,
            expires_at=ends if key.expires_at is None else min(ends, key.expires_at),
        )
        signed = context.sign(caller, "token.created", record.id)
        if await context.credentials.change_key(record.id, signed, keys.add_token, record) is None:
            raise Refusal("key-revoked", "The key was revoked or rotated in this moment.")
        granted = most.patterns if rights is None else rights
        return NewToken(minted.text, as_datetime(now), as_datetime(record.expires_at), builtins.list(granted))


def _new(record: KeyRecord, minted: MintedKey) -> NewKey:
    return NewKey(
        **values.fields_of(record),
        secret=minted.text,
        username=minted.username,
        password=minted.password,
    )
