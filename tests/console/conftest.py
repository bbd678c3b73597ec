"""A console over a store, with quick passwords; and a whole server around one, called without sockets."""

import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from argon2 import PasswordHasher

from guarded import Guarded
from parvis.access import passwords
from parvis.access.address_limits import SignUps
from parvis.access.clock import ManualClock
from parvis.access.keys import parse
from parvis.assembly import console as console_assembly
from parvis.assembly import server as server_assembly
from parvis.console.console import Console
from parvis.console.context import ConsoleContext
from parvis.console.email.message import MemoryMailer
from parvis.console.hashing import Hashing
from parvis.console.login import Login
from parvis.console.operations import RIGHTS
from parvis.console.registration import Registration
from parvis.console.setup_token import SetupToken
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.account_cache import AccountCache
from parvis.store.credentials import Credentials
from parvis.store.queries import accounts, audit
from parvis.store.queries import keys as key_queries
from parvis.store.sql import SqlStore
from store.conftest import postgresql_server  # noqa: F401

PASSWORD = "an honest passphrase"
ADDRESS = "192.0.2.7"
ANYBODY = Caller(address=ADDRESS)
OPERATOR = Caller("operator")
"""Who opens the operator's socket."""

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOBODY = QUICK.hash("nobody's")


@dataclass
class Site:
    """A console and what it was built of."""

    store: SqlStore
    clock: ManualClock
    account_cache: AccountCache
    credentials: Credentials
    context: ConsoleContext
    hashing: Hashing
    registration: Registration
    console: Console
    login: Login
    token: str
    """Of the one-time link."""
    emails: list = field(default_factory=list)
    """Those that were sent."""
    known: dict = field(default_factory=dict)
    """FindOperation that can be asked about."""
    folds: list = field(default_factory=list)
    """What is done when the console wants the meter up to date."""

    async def register(self, email="ada@example.org", name="Ada", address=ADDRESS):
        """A new account, as the caller that its password makes."""
        made = await self.console.accounts.create(email, PASSWORD, name, caller=Caller(address=address))
        return Caller("password", made.id, address=address)

    async def key(self, owner, *rights, **more):
        """A new key; without ``rights`` it has all services of its account."""
        label = more.pop("label", "one")
        return await self.console.keys.create(label, list(rights) or None, caller=owner, **more)

    async def caller(self, secret, address=ADDRESS):
        """The caller that a key or token makes, found and checked as the server does it."""
        credential = await self.credential(secret, address)
        token = credential.id if credential.kind == "token" else None
        return Caller(credential.kind, credential.account, credential.key, address, credential.test, token)

    async def credential(self, secret, address=ADDRESS):
        shown = parse(getattr(secret, "secret", secret).encode())
        found = await self.credentials.now(shown.id)
        if found is None:
            raise Refusal("key-unknown")
        proven = next((c for c in (found, found.retiring) if c is not None and c.matches(shown)), None)
        if proven is None:
            raise Refusal("key-unknown")
        proven.check(self.clock.now(), address)
        return proven

    async def account(self, id):
        return await self.store.ask(accounts.by_id, id)

    async def accounts(self):
        return await self.store.ask(accounts.list_page)

    async def key_record(self, id):
        return await self.store.ask(key_queries.by_id, id)

    async def acts(self, about=None):
        """The acts of the audit, in order."""
        return [entry.act for entry in await self.store.ask(audit.list_page, 0, 1000, about)]

    async def everything(self):
        """Every row of every table."""
        return await self.store.ask(_everything)

    def link(self, number=-1):
        """The token in the link of a letter."""
        line = next(line for line in self.emails[number].text.splitlines() if "?token=" in line)
        return line.partition("?token=")[2]


def _everything(connection):
    from parvis.store import schema

    return {
        table.name: [tuple(row) for row in connection.execute(table.select())]
        for table in schema.metadata.sorted_tables
    }


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def quick_passwords(monkeypatch):
    """Argon2id all the same, with a memory of 8 KiB."""
    monkeypatch.setattr(passwords, "_hasher", lambda: QUICK)
    monkeypatch.setattr(passwords, "_NOBODY", NOBODY)


@pytest.fixture
async def site_at(anyio_backend, quick_passwords):
    """``await site_at(where, mode="open", mail=False, sign_ups=None)``: a console over an empty store."""
    async with AsyncExitStack() as opened:

        async def make(where=":memory:", *, mode="open", mail=False, sign_ups=None):
            store = await SqlStore.open(where)
            opened.push_async_callback(store.close)
            clock, hashing = ManualClock(), Hashing()
            opened.callback(hashing.close)
            account_cache = AccountCache(clock)
            credentials = Credentials(store, clock, account_cache, RIGHTS)
            await credentials.open()
            context = ConsoleContext(store, credentials, clock)
            mailer = MemoryMailer() if mail else None
            limited = None if sign_ups is None else SignUps(sign_ups)
            registration = Registration(mode, mailer, "https://api.example.org", limited)
            setup_token, token = SetupToken.mint()
            known, folds = {}, []

            async def fold():
                for each in folds:
                    await each()

            console = Console(
                context,
                hashing,
                registration=registration,
                setup_token=setup_token,
                find_operation=known.get,
                fold=fold,
            )
            return Site(
                store, clock, account_cache, credentials, context, hashing, registration, console,
                Login(context, hashing), token, [] if mailer is None else mailer.sent, known, folds,
            )  # fmt: skip

        yield make


@pytest.fixture
async def site(site_at):
    """Registration is open, no letters are sent, and the store is in memory."""
    return await site_at()


@pytest.fixture(scope="session")
def console_database(postgresql_server):  # noqa: F811
    """The URL of a database of a real PostgreSQL, for the console's tests alone."""
    import psycopg

    name = f"parvis_console_{os.getpid()}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    parts = psycopg.conninfo.conninfo_to_dict(postgresql_server)
    yield f"postgresql://{parts['user']}:{parts.get('password', '')}@/{name}?host={parts['host']}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql(console_database):
    """The same, whose tables are empty when they are there."""
    import psycopg

    with psycopg.connect(console_database, autocommit=True) as connection:
        made = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        kept = [name for (name,) in made if not name.startswith("alembic")]
        if kept:
            connection.execute(f"TRUNCATE {', '.join(kept)}")
    return console_database


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def any_site(request, site_at):
    """The same over every kind of store, for what the databases might see differently."""
    if request.param == "memory":
        return await site_at()
    if request.param == "sqlite":
        return await site_at(request.getfixturevalue("tmp_path") / "data")
    return await site_at(request.getfixturevalue("postgresql"))


@pytest.fixture
async def mailed(site_at):
    """Registration is open, and e-mails are verified by letters."""
    return await site_at(mail=True)


@pytest.fixture
def refuses():
    """Await a call that is to be refused with a code, and give the refusal."""

    async def check(code, call):
        with pytest.raises(Refusal) as refused:
            await call
        assert code == refused.value.outcome.code
        return refused.value

    return check


class Shop:
    """What the servers of these tests offer."""

    def price(self, item: str, count: int = 1) -> float:
        return 3.5 * count

    def find(self, name: str = "", limit: int = 10) -> list[str]:
        return [name]


class Server(Guarded):
    """A whole server that tells the time of its ``clock``; the operator's socket is ``operator=True``."""

    clock: ManualClock

    def ask(self, method, path, body=None, *, operator=False, **more):
        if not operator:
            return super().ask(method, path, body, **more)
        self.host.guards.identifier._operator_socket = "admin.sock"
        real = self.scope
        self.scope = lambda *a, **k: {**real(*a, **k), "server": ("admin.sock", None), "client": None}
        try:
            return super().ask(method, path, body, **more)
        finally:
            del self.scope

    def console(self, operation, /, **more):
        """The canonical form of a call to the console: ``body`` is its arguments."""
        return self.ask("POST", f"/parvis/v1/{operation}", more.pop("body", {}), **more)


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path, monkeypatch, quick_passwords):
    """``serve(Shop, settings={...}, reads=["find"])``; ``mail=True`` gives it a mailer that keeps its letters."""
    opened = []

    def start(target=Shop, *, mail=False, **more):
        clock = ManualClock()
        monkeypatch.setattr(server_assembly, "SystemClock", lambda: clock)
        mailers = []
        if mail:
            real = console_assembly.registration_of

            def with_mailer(*a):
                made = real(*a)
                made.mailer = MemoryMailer()
                mailers.append(made.mailer)
                return made

            monkeypatch.setattr(console_assembly, "registration_of", with_mailer)
        folder = tmp_path / f"server{len(opened)}"
        folder.mkdir()
        server = Server(target, folder, **{"name": "shop", "run": {"*": "inline"}, **more})
        server.clock = clock
        server.emails = mailers[0].sent if mailers else []
        opened.append(server)
        return server

    yield start
    for server in opened:
        server.close()
