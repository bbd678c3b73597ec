"""A console over each kind of store that needs no server, with quick passwords unless a test wants real ones."""

from dataclasses import dataclass

import pytest

from parvis.access.clock import ManualClock
from parvis.access.keys import parse
from parvis.console.console import Console
from parvis.console.hashing import Hashing
from parvis.console.link import OperatorLink
from parvis.console.login import Login
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.store.credentials import Credentials
from parvis.store.memory import MemoryStore
from parvis.store.port import Store
from parvis.store.sql import SqlStore

PASSWORD = "correct horse"
ANYBODY = Caller()


@dataclass
class Site:
    """A console and what it was built of."""

    store: Store
    clock: ManualClock
    credentials: Credentials
    hashing: Hashing
    console: Console
    login: Login
    token: str
    """Of the one-time link."""

    async def register(self, email="ada@example.org", name="Ada"):
        """A new account, as the caller that its password makes."""
        account = await self.console.accounts.create(email, PASSWORD, name, caller=ANYBODY)
        return Caller("password", account.id)

    async def caller(self, new_key):
        """The caller that a key makes, found as the server finds it."""
        parsed = parse(new_key.secret.encode())
        credential = self.credentials.find(parsed.id)
        assert credential.matches(parsed)
        return Caller("key", credential.account, credential.id)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["memory", "sqlite"])
async def site(request, tmp_path, anyio_backend):
    store = MemoryStore() if request.param == "memory" else await SqlStore.open(tmp_path / "data")
    clock, hashing = ManualClock(), Hashing()
    credentials = Credentials(store, clock)
    link, token = OperatorLink.mint()
    console = Console(store, credentials, clock, hashing, link=link, default_rights=("shop.*", "tools.*"))
    yield Site(store, clock, credentials, hashing, console, Login(store, hashing), token)
    hashing.close()
    await store.close()


@pytest.fixture
def refuses():
    """Await a call that is to be refused with a code, and give the refusal."""

    async def check(code, call):
        with pytest.raises(Refusal) as refused:
            await call
        assert code == refused.value.outcome.code
        return refused.value

    return check
