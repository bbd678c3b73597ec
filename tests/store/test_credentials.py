"""Keys in memory: never waiting, never wrong about a revoked one."""

import asyncio

import pytest

from parvis.access.clock import ManualClock
from parvis.access.keys import mint, mint_secret, mint_token, parse
from parvis.access.plans import ANONYMOUS, DEFAULT, TEST
from parvis.console.operations import RIGHTS
from parvis.contract.outcomes import Refusal
from parvis.store import credentials as module
from parvis.store.account_cache import ANONYMOUS_ACCOUNT, AccountCache
from parvis.store.credentials import MISS, Credentials
from parvis.store.queries import accounts, keys, plans, usage
from parvis.store.sql import SqlStore
from samples import AT, SECOND, account, key, line, token

pytestmark = pytest.mark.anyio

NEW = bytes([7]) * 32


class SlowStore(SqlStore):
    """Holds back what it has read or written until it is let go; counts the keys it was asked for; fails when told to,
    before a change is made or behind it."""

    def begin(self):
        self.asked = []
        self.read = self.written = 0
        self.reading, self.writing = asyncio.Event(), asyncio.Event()
        self.reading.set()
        self.writing.set()
        self.failing = ""
        return self

    async def ask(self, query, *args, **kwargs):
        if query is keys.find:
            self.asked.append(args[0])
        found = await super().ask(query, *args, **kwargs)
        self.read += 1
        await self.reading.wait()
        if self.failing:
            raise Refusal("unavailable")
        return found

    async def change(self, signed, query, *args, **kwargs):
        if self.failing == "before":
            raise Refusal("unavailable")
        found = await super().change(signed, query, *args, **kwargs)
        self.written += 1
        await self.writing.wait()
        if self.failing:
            raise Refusal("unavailable")
        return found

    async def add(self, *records):
        for record in records:
            add = {"AccountRecord": accounts.add, "KeyRecord": keys.add, "TokenRecord": keys.add_token}
            await self.change(None, add[type(record).__name__], record)


@pytest.fixture
async def slow(anyio_backend):
    store = (await SlowStore.open(":memory:")).begin()
    await store.add(account(), key())
    yield store
    await store.close()


@pytest.fixture
def clock():
    return ManualClock(AT)


@pytest.fixture
def account_cache(clock):
    return AccountCache(clock)


@pytest.fixture
async def credentials(slow, clock, account_cache):
    made = Credentials(slow, clock, account_cache, RIGHTS)
    await made.open()
    return made


async def revoke(credentials, id="k1"):
    return await credentials.change_key(id, None, keys.revoke, id, AT)


async def passing_through(*, until):
    """Let others run until something holds."""
    for _ in range(2000):
        if until():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to that")


async def test_a_key_is_loaded_once_and_then_found(slow, credentials):
    before = credentials.find("k1")
    loaded = await credentials.load("k1")
    found = [credentials.find("k1") for _ in range(3)]

    assert before is MISS
    assert [loaded] * 3 == found
    assert loaded is await credentials.now("k1")
    assert ("k1", "key", "acc_1", "one", None, "k1") == (
        loaded.id, loaded.kind, loaded.account, loaded.label, loaded.revoked_at, loaded.key,
    )  # fmt: skip
    assert loaded.rights.allows("shop.price")
    assert not loaded.rights.allows("other.thing")
    assert ["k1"] == slow.asked


async def test_a_new_key_is_known_at_once(slow, credentials):
    await credentials.change_key("k2", None, keys.add, key("k2", rights=None))

    assert (await credentials.now("k2")).rights.allows("any.thing")


async def test_a_key_that_comes_to_be_after_it_was_unknown_is_known_at_once(slow, credentials):
    await credentials.load("k2")
    unknown = credentials.find("k2")
    await credentials.change_key("k2", None, keys.add, key("k2"))

    assert unknown is None
    assert "k2" == (await credentials.now("k2")).id


async def test_many_that_load_one_key_share_one_query(slow, credentials):
    loaded = await asyncio.gather(*(credentials.load("k1") for _ in range(50)))

    assert ["k1"] == slow.asked
    assert {loaded[0]} == set(loaded)


async def test_a_caller_that_goes_away_does_not_take_the_others_load_with_it(slow, credentials):
    slow.reading.clear()
    first = asyncio.ensure_future(credentials.load("k1"))
    second = asyncio.ensure_future(credentials.load("k1"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    slow.reading.set()

    assert "k1" == (await second).id
    assert ["k1"] == slow.asked


async def test_an_unknown_key_is_remembered_for_a_moment_only(slow, credentials, clock):
    assert await credentials.load("nobody") is None
    at_once = credentials.find("nobody")
    clock.advance(0.999)
    still = credentials.find("nobody")
    clock.advance(0.001)

    assert (None, None, MISS) == (at_once, still, credentials.find("nobody"))


# What a key is made of, and what it may, changed in every way that there is: each is seen at the next call.
CHANGES = {
    "the key is revoked": (
        lambda c: revoke(c), lambda key: key.revoked_at == AT and not key.rights.allows("shop.price"),
    ),
    "the key is narrowed": (
        lambda c: c.change_key("k1", None, keys.change, "k1", {"rights": ("shop.find",)}),
        lambda key: not key.rights.allows("shop.price") and key.rights.allows("shop.find"),
    ),
    "the key is bound to networks": (
        lambda c: c.change_key("k1", None, keys.change, "k1", {"networks": ("192.0.2.0/24",)}),
        lambda key: ["192.0.2.0/24"] == [str(network) for network in key.networks or ()],
    ),
    "the key is rotated": (
        lambda c: c.change_key("k1", None, keys.rotate, "k1", NEW, AT + 5, AT),
        lambda key: key.digest == NEW and (key.retiring.digest, key.retiring.expires_at) == (bytes(range(32)), AT + 5),
    ),
    "the account is suspended": (
        lambda c: c.change_account("acc_1", None, accounts.change, "acc_1", {"suspended_at": AT}),
        lambda key: key.state.suspended,
    ),
    "the account is narrowed": (
        lambda c: c.change_account("acc_1", None, accounts.change, "acc_1", {"rights": (), "plan": "anonymous"}),
        lambda key: not key.rights.allows("shop.price"),
    ),
    "the account gets another plan": (
        lambda c: c.change_account("acc_1", None, accounts.change, "acc_1", {"plan": "anonymous"}),
        lambda key: key.state.plan == ANONYMOUS,
    ),
    "the account is erased": (
        lambda c: c.change_account("acc_1", None, accounts.erase, "acc_1", AT), lambda key: key.revoked_at == AT,
    ),
    "the plan is changed": (
        lambda c: c.change_all(None, plans.change, "default", {"day": 3}), lambda key: key.state.plan.day == 3,
    ),
    "it becomes the operator's": (
        lambda c: c.change_all(None, accounts.set_operator, account(created_at=AT), True),
        lambda key: key.revoked_at == AT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_is_seen_at_the_next_call(credentials, what):
    change, seen = CHANGES[what]
    before = seen(await credentials.load("k1"))

    await change(credentials)

    assert (False, True) == (before, seen(await credentials.now("k1")))
    assert credentials.find("k1") is await credentials.now("k1")


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_is_seen_though_a_load_was_under_way(slow, credentials, what):
    change, seen = CHANGES[what]
    slow.reading.clear()
    read, written = slow.read, slow.written
    loading = asyncio.ensure_future(credentials.load("k1"))
    await passing_through(until=lambda: slow.read > read)  # the key as it was, and the answer is on its way
    changing = asyncio.ensure_future(change(credentials))
    await passing_through(until=lambda: slow.written > written)
    await asyncio.sleep(0.01)  # what changes all plans now waits for an answer too
    slow.reading.set()
    await changing

    assert seen(await loading)
    assert seen(await credentials.now("k1"))


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_is_seen_by_a_load_that_began_before_it_was_told(slow, credentials, what):
    change, seen = CHANGES[what]
    await credentials.load("k1")
    slow.writing.clear()
    written = slow.written
    changing = asyncio.ensure_future(change(credentials))
    await passing_through(until=lambda: slow.written > written)  # and nobody was told
    await credentials.load("k1")
    slow.writing.set()
    await changing

    assert seen(await credentials.now("k1"))


async def test_a_change_of_one_account_leaves_the_keys_of_others_in_memory(slow, credentials):
    await slow.add(account("acc_2", "bob@x"), key("k2", "acc_2"))
    kept = [await credentials.load(id) for id in ("k1", "k2")][1]
    await credentials.change_account("acc_1", None, accounts.change, "acc_1", {"suspended_at": AT})
    await revoke(credentials)

    assert (MISS, kept) == (credentials.find("k1"), credentials.find("k2"))


async def test_revoking_what_is_not_there_is_none(credentials):
    assert await revoke(credentials, "nobody") is None


async def test_a_revocation_is_finished_though_whoever_asked_for_it_went_away(slow, credentials):
    await credentials.load("k1")
    slow.writing.clear()
    revoking = asyncio.ensure_future(revoke(credentials))
    await asyncio.sleep(0.01)
    revoking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await revoking
    slow.writing.set()
    await passing_through(until=lambda: credentials.find("k1") is MISS)

    assert AT == (await credentials.load("k1")).revoked_at


@pytest.mark.parametrize(("when", "revoked_at"), [("before", None), ("behind", AT)])
async def test_when_a_revocation_fails_the_key_is_read_anew_for_it_may_have_been_written(
    slow, credentials, when, revoked_at
):
    await credentials.load("k1")
    slow.failing = when
    with pytest.raises(Refusal):
        await revoke(credentials)
    slow.failing = ""

    assert credentials.find("k1") is MISS
    assert revoked_at == (await credentials.load("k1")).revoked_at


async def test_when_a_change_of_a_plan_fails_every_key_is_read_anew(slow, credentials):
    await credentials.load("k1")
    slow.failing = "behind"
    with pytest.raises(Refusal):
        await credentials.change_all(None, plans.change, "default", {"day": 3})
    slow.failing = ""

    assert credentials.find("k1") is MISS
    assert 3 == (await credentials.load("k1")).state.plan.day


async def test_a_store_that_fails_is_no_unknown_key(slow, credentials):
    slow.failing = "behind"
    with pytest.raises(Refusal) as refused:
        await credentials.load("k1")
    slow.failing = ""

    assert "unavailable" == refused.value.outcome.code
    assert credentials.find("k1") is MISS
    assert "k1" == (await credentials.load("k1")).id


async def test_a_new_operator_changes_what_keys_in_memory_may_do(slow, credentials):
    await credentials.change_all(None, accounts.set_operator, account("acc_op", "op@x"), True)
    await slow.add(key("k2", rights=("parvis.accounts.list",), account="acc_op"))
    before = (await credentials.load("k2")).rights.allows("parvis.accounts.list")

    await credentials.change_all(None, accounts.set_operator, account("acc_new", "new@x"), True)
    assert credentials.find("k2") is MISS
    after = (await credentials.load("k2")).rights.allows("parvis.accounts.list")

    assert (True, False) == (before, after)


async def test_a_key_without_rights_of_its_own_has_those_of_its_plan_and_of_its_account(slow, credentials):
    await slow.change(None, plans.change, "default", {"rights": ("shop.*",)})
    await slow.change(None, accounts.change, "acc_1", {"rights": ("other.find",)})
    await slow.add(key("k2", rights=None))

    rights = (await credentials.load("k2")).rights
    assert [True, True, False] == [rights.allows(right) for right in ("shop.price", "other.find", "other.price")]


# Tokens.


async def test_a_token_is_known_with_the_key_behind_it(slow, credentials):
    await slow.add(token(expires_at=AT + 9, rights=("shop.find",)))

    found = await credentials.load("t1")

    parent = credentials.find("k1")
    assert ("t1", "token", "k1", "acc_1", AT + 9) == (found.id, found.kind, found.key, found.account, found.expires_at)
    assert (parent, parent.state) == (found.parent, found.state)
    assert found is credentials.find("t1")
    assert [True, False] == [found.rights.allows(right) for right in ("shop.find", "shop.price")]
    assert ["t1"] == slow.asked


async def test_a_token_does_no_more_than_its_key_and_lives_no_longer(slow, credentials):
    await slow.add(key("k2", rights=("shop.find",), expires_at=AT + 5), token("t2", "k2", expires_at=AT + 9))

    found = await credentials.load("t2")

    assert (AT + 5, [True, False]) == (
        found.expires_at, [found.rights.allows(right) for right in ("shop.find", "shop.price")],
    )  # fmt: skip


async def test_a_token_dies_with_its_key_at_once(slow, credentials):
    await slow.add(token(expires_at=AT + 9))
    await credentials.load("t1")

    await revoke(credentials)

    assert credentials.find("t1") is MISS
    assert await credentials.now("t1") is None


async def test_a_token_is_narrowed_with_its_key_at_once(slow, credentials):
    await slow.add(token(expires_at=AT + 9))
    before = (await credentials.load("t1")).rights.allows("shop.price")
    await credentials.change_key("k1", None, keys.change, "k1", {"rights": ("shop.find",)})

    after = (await credentials.now("t1")).rights
    assert (True, False, True) == (before, after.allows("shop.price"), after.allows("shop.find"))


async def test_a_token_is_suspended_with_its_account_at_once(slow, credentials):
    await slow.add(token(expires_at=AT + 9))
    await credentials.load("t1")
    await credentials.change_account("acc_1", None, accounts.change, "acc_1", {"suspended_at": AT})

    assert credentials.find("t1") is MISS
    assert (await credentials.now("t1")).state.suspended


async def test_a_token_goes_with_the_secret_it_was_made_with(slow, credentials):
    await slow.add(token(expires_at=AT + 900))
    await credentials.load("t1")

    await credentials.change_key("k1", None, keys.rotate, "k1", NEW, AT + 60, AT)
    retiring = (await credentials.now("t1")).expires_at
    await credentials.change_key("k1", None, keys.rotate, "k1", bytes(32), AT + 60, AT)

    assert (AT + 60, None) == (retiring, await credentials.now("t1"))


async def test_a_token_that_is_loaded_while_its_key_is_revoked_does_not_bring_it_back(slow, credentials):
    await slow.add(token(expires_at=AT + 9))
    slow.reading.clear()
    loading = asyncio.ensure_future(credentials.load("t1"))
    await asyncio.sleep(0.01)
    await revoke(credentials)
    slow.reading.set()

    assert await loading is None
    assert credentials.find("t1") is None


# Rotation, spellings, expiry.


async def test_after_a_rotation_both_secrets_are_known_and_the_old_one_makes_nothing_new(slow, credentials):
    old = mint("live")
    await slow.add(key(old.id, digest=old.digest, rights=("shop.*", "parvis.keys.create", "parvis.tokens.create")))
    new = mint_secret(old.id, "live")
    await credentials.change_key(old.id, None, keys.rotate, old.id, new.digest, AT + 60 * SECOND, AT)

    found = await credentials.now(old.id)

    shown = [parse(each.text.encode()) for each in (old, new)]
    assert [False, True] == [found.matches(each) for each in shown]
    assert [True, False] == [found.retiring.matches(each) for each in shown]
    makes = ("parvis.tokens.create", "parvis.keys.rotate", "parvis.keys.create", "parvis.keys.revoke", "shop.price")
    assert [False, False, False, True, True] == [found.retiring.rights.allows(right) for right in makes]
    assert [True] * 5 == [found.rights.allows(right) for right in makes]
    found.retiring.check(AT + 60 * SECOND - 1, "192.0.2.1")
    found.check(AT + 60 * SECOND, "192.0.2.1")
    with pytest.raises(Refusal) as refused:
        found.retiring.check(AT + 60 * SECOND, "192.0.2.1")
    assert "key-rotated" == refused.value.outcome.code


async def test_a_secret_that_retires_is_revoked_with_its_key(slow, credentials):
    await credentials.change_key("k1", None, keys.rotate, "k1", NEW, AT + 60, AT)
    await credentials.load("k1")
    await revoke(credentials)

    assert (AT, None) == ((found := await credentials.now("k1")).revoked_at, found.retiring)


async def test_a_key_ends_at_its_own_end_and_its_tokens_with_it(slow, credentials):
    await slow.add(key("k2", expires_at=AT + 5), token("t2", "k2", expires_at=AT + 9))
    found = [await credentials.load(id) for id in ("k2", "t2")]

    codes = []
    for credential in found:
        credential.check(AT + 4, "192.0.2.1")
        with pytest.raises(Refusal) as refused:
            credential.check(AT + 5, "192.0.2.1")
        codes.append(refused.value.outcome.code)
    assert ["key-expired", "token-expired"] == codes


async def test_a_token_matches_itself_alone(slow, credentials):
    minted, other = mint_token(), mint_token()
    await slow.add(token(minted.id, digest=minted.digest, expires_at=AT + 9))

    found = await credentials.load(minted.id)

    assert [True, False] == [found.matches(parse(each.text.encode())) for each in (minted, other)]
    as_key = parse(minted.text.encode())._replace(environment="live")
    assert not found.matches(as_key)


# How accounts stand.


async def test_all_keys_of_an_account_share_what_it_has_used_and_test_keys_have_their_own(slow, credentials):
    await slow.add(key("k2"), key("k3", test=True))
    await slow.change(None, usage.fold, [line(0, cost=7), line(1, cost=2, test=True)], (1, 2))
    one, two, test = [await credentials.load(id) for id in ("k1", "k2", "k3")]

    assert one.state is two.state is test.state is await credentials.account_state("acc_1")
    assert (DEFAULT, one.state.live) == one.state.bounds[one.test]
    assert (TEST, one.state.test) == test.state.bounds[test.test]
    left = {name: remaining for name, _, remaining, _ in one.state.live.state(DEFAULT, AT, 0)}
    assert 10_000 - 7 == left["day"]


@pytest.mark.parametrize("what", ["the account gets another plan", "the plan is changed", "the account is suspended"])
async def test_what_was_used_stays_when_an_account_or_a_plan_is_changed(slow, credentials, clock, what):
    allowances = (before := (await credentials.load("k1")).state).live, before.test
    before.live.admit(DEFAULT, 5, clock.now(), clock.tick())

    await CHANGES[what][0](credentials)

    after = (await credentials.now("k1")).state
    assert (True, False) == (before.stale, after.stale)
    assert allowances == (after.live, after.test)


async def test_how_an_account_stands_is_told_without_a_key_and_anew_after_a_change(slow, credentials):
    before = await credentials.account_state("acc_1")
    await CHANGES["the account is suspended"][0](credentials)
    after = await credentials.account_state("acc_1")

    assert (False, True) == (before.suspended, after.suspended)
    assert before.live is after.live
    assert await credentials.account_state("acc_none") is None


async def test_how_an_account_stands_is_told_right_though_it_is_changed_meanwhile(slow, credentials):
    slow.reading.clear()
    asking = asyncio.ensure_future(credentials.account_state("acc_1"))
    await asyncio.sleep(0.01)
    await CHANGES["the account is suspended"][0](credentials)
    slow.reading.set()

    assert (await asking).suspended
    assert (await credentials.now("k1")).state.suspended


async def test_a_plan_is_told_as_the_store_has_it(credentials):
    await CHANGES["the plan is changed"][0](credentials)

    assert 3 == (await credentials.plan("default")).day
    with pytest.raises(Refusal) as refused:
        await credentials.plan("gold")
    assert "not-found" == refused.value.outcome.code


async def test_who_shows_nothing_may_what_the_plan_says_and_is_held_to_it_by_address_and_all_together(
    slow, clock, account_cache
):
    await slow.change(None, plans.change, ANONYMOUS_ACCOUNT, {"rights": ("shop.find",), "day": 9})
    await slow.change(None, usage.fold, [line(0, account=ANONYMOUS_ACCOUNT, key="", cost=2)], (1, 1))
    credentials = Credentials(slow, clock, account_cache, RIGHTS)
    before = credentials.anonymous.rights.allows("shop.find")
    await credentials.open()

    who = credentials.anonymous
    assert (False, True, False) == (before, who.rights.allows("shop.find"), who.rights.allows("shop.price"))
    assert (None, 9, 1) == (who.state.plan.rate, who.state.plan.day, who.state.by_address.rate)
    assert [("day", 9, 7)] == [row[:3] for row in who.state.live.state(who.state.plan, AT, clock.tick())]


async def test_a_change_of_the_anonymous_plan_is_effective_at_once_and_gives_no_used_quota_back(credentials, clock):
    before = credentials.anonymous.state
    before.live.admit(before.plan, 4, clock.now(), clock.tick())

    await credentials.change_all(None, plans.change, ANONYMOUS_ACCOUNT, {"rights": ("shop.*",), "day": 6})

    after = credentials.anonymous
    assert (True, 6) == (after.rights.allows("shop.price"), after.state.plan.day)
    assert [("day", 6, 2)] == [row[:3] for row in after.state.live.state(after.state.plan, AT, clock.tick())]


# The store is gone.


@pytest.fixture
def hurried(monkeypatch):
    """Five seconds are less than half of one."""
    monkeypatch.setattr(module, "UNREACHED_FOR", 0.4)
    monkeypatch.setattr(module, "PING", 0.08)


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_while_the_store_cannot_be_reached_known_keys_are_served_for_a_while_and_then_none(
    slow, credentials, hurried, how
):
    await credentials.load("k1")
    watching = asyncio.ensure_future(credentials.watch())
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.45)  # longer than the while, with a store that answers
    assert "k1" == credentials.find("k1").id

    gone = loop.time()
    if how == "fails":
        slow.failing = "before"
    else:
        slow.reading.clear()
    served = gone
    while True:
        try:
            credentials.find("k1")
        except Refusal as refusal:
            assert "unavailable" == refusal.outcome.code
            break
        served = loop.time()
        assert served - gone < 2
        await asyncio.sleep(0.001)
    with pytest.raises(Refusal):
        credentials.find("unknown")
    slow.failing = ""
    slow.reading.set()
    back = loop.time()
    while credentials._lost:
        assert loop.time() - back < 2
        await asyncio.sleep(0.001)
    watching.cancel()

    # At least most of the while, for a store that stumbles; never more than it, but for a busy machine's delay.
    assert 0.15 <= served - gone <= 0.4 + 0.2
    assert "k1" == credentials.find("k1").id


async def test_a_store_that_stumbles_is_not_lost(slow, credentials, hurried):
    await credentials.load("k1")
    watching = asyncio.ensure_future(credentials.watch())
    for _ in range(4):
        slow.failing = "before"
        await asyncio.sleep(0.06)
        slow.failing = ""
        await asyncio.sleep(0.12)
        assert "k1" == credentials.find("k1").id
    watching.cancel()


def test_the_while_is_five_seconds():
    assert (5.0, 1.0) == (module.UNREACHED_FOR, module.PING)


# Memory is bounded.


async def test_memory_is_bounded_and_keeps_what_is_used(slow, clock, account_cache):
    credentials = Credentials(slow, clock, account_cache, RIGHTS, capacity=20)
    await slow.change(None, lambda connection: [keys.add(connection, key(f"n{n}")) for n in range(100)])
    await credentials.load("k1")
    for n in range(100):
        await credentials.load(f"n{n}")
        assert credentials.find("k1") is not MISS

    held = [n for n in range(100) if f"n{n}" in credentials._young or f"n{n}" in credentials._old]

    assert 8 <= len(held) <= 20
    assert 99 in held


async def test_a_token_that_is_used_stays_though_its_key_is_not_shown(slow, clock, account_cache):
    credentials = Credentials(slow, clock, account_cache, RIGHTS, capacity=20)
    await slow.change(None, lambda connection: [keys.add(connection, key(f"n{n}")) for n in range(100)])
    await slow.add(token(expires_at=AT + 9))
    for n in range(100):
        assert "t1" == (await credentials.now("t1")).id
        await credentials.load(f"n{n}")
    await revoke(credentials)

    assert await credentials.now("t1") is None


async def test_memory_of_unknown_keys_is_bounded(slow, clock, account_cache):
    credentials = Credentials(slow, clock, account_cache, RIGHTS, capacity=20)
    for n in range(100):
        await credentials.load(f"n{n}")

    assert sum(credentials.find(f"n{n}") is None for n in range(100)) <= 20
