"""Keys in memory: never waiting, never wrong about a revoked one."""

import asyncio

import pytest

from parvis.access.clock import ManualClock
from parvis.contract.outcomes import Refusal
from parvis.store.credentials import MISS, Credentials
from parvis.store.memory import MemoryStore
from parvis.store.records import AccountRecord, KeyRecord

pytestmark = pytest.mark.anyio


def account(id="acc_1", **changes):
    given = {"email": f"{id}@x", "name": "", "password": "", "rights": ("*",), "created_at": 1, **changes}
    return AccountRecord(id=id, **given)


def key(id="k1", rights=("shop.*",), account="acc_1"):
    return KeyRecord(
        id=id, account=account, label="one", rights=rights, digest=bytes(32), test=False, created_at=20
    )  # fmt: skip


class SlowStore(MemoryStore):
    """Holds back what it has read or written until it is let go; counts what it was asked."""

    def __init__(self):
        super().__init__()
        self.reads = 0
        self.read_gate = asyncio.Event()
        self.write_gate = asyncio.Event()
        self.read_gate.set()
        self.write_gate.set()
        self.failing = False

    async def key(self, id):
        self.reads += 1
        found = await super().key(id)
        await self.read_gate.wait()
        if self.failing:
            raise Refusal("unavailable")
        return found

    async def revoke_key(self, id, at):
        found = await super().revoke_key(id, at)
        await self.write_gate.wait()
        if self.failing:
            raise Refusal("unavailable")
        return found


@pytest.fixture
async def slow():
    store = SlowStore()
    await store.add_account(account())
    await store.add_key(key())
    return store


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def credentials(slow, clock):
    return Credentials(slow, clock)


async def test_a_key_is_loaded_once_and_then_found(slow, credentials):
    before = credentials.find("k1")
    loaded = await credentials.load("k1")
    found = [credentials.find("k1") for _ in range(3)]

    assert before is MISS
    assert [loaded] * 3 == found
    assert ("k1", "key", "acc_1", "one", None) == (
        loaded.id, loaded.kind, loaded.account, loaded.label, loaded.revoked_at,
    )  # fmt: skip
    assert loaded.rights.allows("shop.price")
    assert 1 == slow.reads


async def test_a_new_key_is_known_without_asking_the_store(slow, credentials):
    await credentials.add(key("k2", rights=None), account())

    assert credentials.find("k2").rights.allows("any.thing")
    assert 0 == slow.reads
    assert (await slow.key("k2"))[0] == key("k2", rights=None)


async def test_many_that_load_one_key_share_one_query(slow, credentials):
    loaded = await asyncio.gather(*(credentials.load("k1") for _ in range(50)))

    assert 1 == slow.reads
    assert {loaded[0]} == set(loaded)


async def test_a_caller_that_goes_away_does_not_take_the_others_load_with_it(slow, credentials):
    slow.read_gate.clear()
    first = asyncio.ensure_future(credentials.load("k1"))
    second = asyncio.ensure_future(credentials.load("k1"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    slow.read_gate.set()

    assert "k1" == (await second).id


async def test_an_unknown_key_is_remembered_for_a_moment_only(slow, credentials, clock):
    assert await credentials.load("nobody") is None
    at_once = credentials.find("nobody")
    clock.advance(0.999)
    still = credentials.find("nobody")
    clock.advance(0.001)

    assert (None, None, MISS) == (at_once, still, credentials.find("nobody"))


async def test_a_key_that_comes_to_be_after_it_was_unknown_is_known_at_once(slow, credentials):
    await credentials.load("k2")
    await credentials.add(key("k2"), account())

    assert "k2" == credentials.find("k2").id


async def test_a_revoked_key_is_known_as_revoked_at_once_and_may_nothing(slow, credentials, clock):
    await credentials.load("k1")

    record = await credentials.revoke("k1")
    found = credentials.find("k1")

    assert clock.now() == record.revoked_at == found.revoked_at
    assert not found.rights.allows("shop.price")
    assert (await slow.key("k1"))[0].revoked_at == clock.now()


async def test_revoking_what_is_not_there_is_none(credentials):
    assert await credentials.revoke("nobody") is None


async def test_a_load_that_is_overtaken_by_a_revocation_does_not_bring_the_key_back(slow, credentials):
    slow.read_gate.clear()
    loading = asyncio.ensure_future(credentials.load("k1"))
    await asyncio.sleep(0.01)  # the store has read the live key, and its answer is on its way
    await credentials.revoke("k1")
    slow.read_gate.set()
    loaded = await loading

    assert loaded.revoked_at is not None
    assert credentials.find("k1").revoked_at is not None


async def test_a_revocation_is_finished_though_whoever_asked_for_it_went_away(slow, credentials):
    await credentials.load("k1")
    slow.write_gate.clear()
    revoking = asyncio.ensure_future(credentials.revoke("k1"))
    await asyncio.sleep(0.01)
    revoking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await revoking
    slow.write_gate.set()
    await asyncio.sleep(0.01)

    assert credentials.find("k1").revoked_at is not None


async def test_when_a_revocation_fails_the_key_is_read_anew_for_it_may_have_been_written(slow, credentials):
    await credentials.load("k1")
    slow.failing = True
    with pytest.raises(Refusal):
        await credentials.revoke("k1")
    slow.failing = False

    assert credentials.find("k1") is MISS
    assert (await credentials.load("k1")).revoked_at is not None


async def test_a_store_that_fails_is_no_unknown_key(slow, credentials):
    slow.failing = True
    with pytest.raises(Refusal) as refused:
        await credentials.load("k1")
    slow.failing = False

    assert "unavailable" == refused.value.outcome.code
    assert credentials.find("k1") is MISS
    assert "k1" == (await credentials.load("k1")).id


async def test_a_new_operator_changes_what_keys_in_memory_may_do(slow, credentials):
    await credentials.set_operator(account("acc_op"), replace=True)
    await credentials.add(key("k2", rights=("parvis.accounts.list",), account="acc_op"), await slow.account("acc_op"))
    before = credentials.find("k2").rights.allows("parvis.accounts.list")

    await credentials.set_operator(account("acc_new"), replace=True)
    assert credentials.find("k2") is MISS
    after = (await credentials.load("k2")).rights.allows("parvis.accounts.list")

    assert (True, False) == (before, after)


async def test_memory_is_bounded_and_keeps_what_is_used(slow, clock):
    credentials = Credentials(slow, clock, capacity=100)
    await credentials.load("k1")
    for n in range(1000):
        await credentials.add(key(f"n{n}"), account())
        assert credentials.find("k1") is not MISS

    held = sum(credentials.find(f"n{n}") is not MISS for n in range(1000))

    assert 40 <= held <= 100


async def test_memory_of_unknown_keys_is_bounded(slow, clock):
    credentials = Credentials(slow, clock, capacity=100)
    for n in range(1000):
        await credentials.load(f"n{n}")

    assert sum(credentials.find(f"n{n}") is None for n in range(1000)) <= 100
