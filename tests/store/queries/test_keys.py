"""Keys and tokens: how many there may be, what a rotation leaves working, and what dies with what."""

import asyncio

import pytest

from parvis.access.plans import ANONYMOUS, DEFAULT
from parvis.store.queries import accounts, keys, usage
from parvis.store.queries.keys import AccountFound, AnonymousUsage, Found
from parvis.store.records import IdTaken, QuotaUsed, TooManyKeys, UnknownAccount
from samples import account, key, line, token

pytestmark = pytest.mark.anyio

PERIODS = ("2023-11-14", "2023-11")
NEW, NEWER = bytes([1]) * 32, bytes([2]) * 32


@pytest.fixture
async def store(store):
    await store.change(None, accounts.add, account())
    return store


async def add(store, record, most=None):
    return await store.change(None, keys.add, record, most)


async def find(store, id):
    return await store.ask(keys.find, id, *PERIODS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"rights": None},
        {"rights": ()},
        {"test": True},
        {"kind": "digits", "id": "123456789012"},
        {"networks": ("192.0.2.0/24", "2001:db8::/32"), "kind": "basic"},
        {"expires_at": 25, "rotated_at": 26, "revoked_at": 30, "last_used_at": 27},
        {"retiring_digest": NEW, "retiring_until": 99},
    ],
)
async def test_a_key_comes_back_with_all_it_is_judged_by_as_they_were_given(store, changes):
    given = key(**changes)

    await add(store, given)

    assert given == await store.ask(keys.by_id, given.id)
    assert Found(given, account(), DEFAULT, QuotaUsed(), QuotaUsed()) == await find(store, given.id)


async def test_what_is_not_there_is_none(store):
    assert [None] * 6 == [
        await store.ask(keys.by_id, "k1"),
        await find(store, "k1"),
        await store.ask(keys.account, "acc_2", *PERIODS),
        await store.change(None, keys.revoke, "k1", 5),
        await store.change(None, keys.change, "k1", {"label": "x"}),
        await store.change(None, keys.rotate, "k1", NEW, 9, 5),
    ]
    assert [] == await store.ask(keys.of_account, "acc_1")


@pytest.mark.parametrize("text", ["nul\0", "\ud800", "", "'; DROP TABLE api_key; --", "x" * 100_000, "%", "_"])
async def test_no_text_from_outside_breaks_a_look_up(store, text):
    await add(store, key())

    assert [None] * 4 == [
        await store.ask(keys.by_id, text),
        await find(store, text),
        await store.change(None, keys.revoke, text, 5),
        await store.change(None, keys.change, text, {"label": "x"}),
    ]
    assert [[], []] == [
        await store.ask(keys.of_account, text),
        await store.ask(keys.of_account, "acc_1", text),
    ]


async def test_a_key_of_no_account_is_refused(store):
    with pytest.raises(UnknownAccount):
        await add(store, key(account="acc_none"))

    assert await store.ask(keys.by_id, "k1") is None


async def test_an_account_that_was_erased_meanwhile_gets_no_key(store):
    await store.change(None, accounts.erase, "acc_1", 15)

    with pytest.raises(UnknownAccount):
        await add(store, key())

    assert await store.ask(keys.by_id, "k1") is None


async def test_an_id_is_given_once(store):
    await add(store, key())

    with pytest.raises(IdTaken):
        await add(store, key(label="another"))

    assert key() == await store.ask(keys.by_id, "k1")


async def test_of_many_keys_made_at_once_no_more_are_than_the_plan_allows(store):
    results = await asyncio.gather(*(add(store, key(f"k{i}"), 5) for i in range(20)), return_exceptions=True)

    assert 15 == sum(isinstance(result, TooManyKeys) and result.most == 5 for result in results)
    assert 5 == len(await store.ask(keys.of_account, "acc_1")) == await store.ask(keys.count, "acc_1", False, 20)


async def test_a_key_that_is_revoked_or_expired_makes_room_for_another_and_not_before(store):
    await add(store, key("k1", expires_at=30))
    await add(store, key("k2"))
    await add(store, key("k3", revoked_at=19))
    counted = [await store.ask(keys.count, "acc_1", False, now) for now in (20, 29, 30)]
    for at in (20, 29):
        with pytest.raises(TooManyKeys):
            await add(store, key("k4", created_at=at), 2)
    await add(store, key("k4", created_at=30), 2)
    await store.change(None, keys.revoke, "k2", 31)
    await add(store, key("k5", created_at=32), 2)

    assert [2, 2, 1] == counted
    assert 2 == await store.ask(keys.count, "acc_1", False, 32)


async def test_test_keys_and_those_of_others_are_counted_apart(store):
    await store.change(None, accounts.add, account("acc_2", "bob@x"))
    await add(store, key("k1"), 1)
    await add(store, key("k2", test=True), 1)
    await add(store, key("k3", "acc_2"), 1)
    for record in (key("k4"), key("k5", test=True)):
        with pytest.raises(TooManyKeys):
            await add(store, record, 1)

    assert [1, 1] == [await store.ask(keys.count, "acc_1", test, 20) for test in (False, True)]


async def test_a_key_is_revoked_once_and_keeps_its_time(store):
    await add(store, key())

    first = await store.change(None, keys.revoke, "k1", 30)

    assert key(revoked_at=30) == first == await store.change(None, keys.revoke, "k1", 40)
    assert first == await store.ask(keys.by_id, "k1")


async def test_a_key_is_changed_in_what_is_said_and_in_nothing_else(store):
    await add(store, key())
    await add(store, key("k2"))

    stands = await store.change(
        None, keys.change, "k1", {"label": "new", "rights": ("a.b",), "networks": ("192.0.2.0/24",)}
    )
    freed = await store.change(None, keys.change, "k1", {"networks": None})

    assert key(label="new", rights=("a.b",), networks=("192.0.2.0/24",)) == stands
    assert key(label="new", rights=("a.b",)) == freed == await store.ask(keys.by_id, "k1")
    assert key("k2") == await store.ask(keys.by_id, "k2")


async def test_pages_of_keys_are_of_one_account_with_the_revoked_ones(store):
    await store.change(None, accounts.add, account("acc_2", "bob@x"))
    made = [key(f"k{i}", created_at=100 - i) for i in range(5)]
    for record in (*made, key("other", "acc_2")):
        await add(store, record)
    await store.change(None, keys.revoke, "k2", 7)
    made[2] = key("k2", created_at=98, revoked_at=7)

    assert made[::-1] == await store.ask(keys.of_account, "acc_1")
    assert [made[2], made[1]] == await store.ask(keys.of_account, "acc_1", "k3", limit=2)


async def test_what_was_used_comes_with_a_key_and_with_its_account_live_and_test_apart(store):
    await add(store, key())
    await store.change(
        None, usage.fold, [line(0, cost=3), line(1, cost=4, test=True), line(2, cost=5, account=ANONYMOUS.name)], (1, 3)
    )

    assert Found(
        key(last_used_at=1_699_999_980_000_000), account(), DEFAULT, QuotaUsed(3, 3), QuotaUsed(4, 4)
    ) == await find(store, "k1")
    assert AccountFound(account(), DEFAULT, QuotaUsed(3, 3), QuotaUsed(4, 4)) == await store.ask(
        keys.account, "acc_1", *PERIODS
    )
    assert AccountFound(account(), DEFAULT, QuotaUsed(0, 3), QuotaUsed(0, 4)) == await store.ask(
        keys.account, "acc_1", "2023-11-15", "2023-11"
    )
    assert AnonymousUsage(ANONYMOUS, QuotaUsed(5, 5)) == await store.ask(keys.anonymous, ANONYMOUS.name, *PERIODS)


async def rotate(store, digest, until, at):
    return await store.change(None, keys.rotate, "k1", digest, until, at)


async def test_a_rotation_gives_a_new_secret_and_the_old_one_until_a_time(store):
    await add(store, key())

    stands = await rotate(store, NEW, 500, 40)

    assert key(digest=NEW, retiring_digest=bytes(range(32)), retiring_until=500, rotated_at=40) == stands
    assert stands == await store.ask(keys.by_id, "k1")


async def test_an_overlap_never_goes_past_the_key_s_own_end(store):
    await add(store, key(expires_at=100))

    assert [100, 99] == [
        (await rotate(store, new, until, 40)).retiring_until for new, until in ((NEW, 500), (NEWER, 99))
    ]


async def test_a_second_rotation_kills_the_secret_before_the_last_and_its_tokens(store):
    await add(store, key())
    await store.change(None, keys.add_token, token("t1", expires_at=900))
    await rotate(store, NEW, 500, 40)
    await store.change(None, keys.add_token, token("t2", made_with=NEW, expires_at=950))
    after_one = [(await find(store, id)).token.expires_at for id in ("t1", "t2")]

    stands = await rotate(store, NEWER, 600, 50)

    assert [500, 950] == after_one
    assert (NEWER, NEW, 600) == (stands.digest, stands.retiring_digest, stands.retiring_until)
    assert await find(store, "t1") is None
    assert 600 == (await find(store, "t2")).token.expires_at


async def test_a_token_of_a_secret_that_retires_lives_no_longer_than_it_would_anyway(store):
    await add(store, key())
    await store.change(None, keys.add_token, token(expires_at=300))
    await rotate(store, NEW, 500, 40)

    assert 300 == (await find(store, "t1")).token.expires_at


async def test_a_key_that_is_revoked_is_not_rotated(store):
    await add(store, key(revoked_at=30))

    assert await rotate(store, NEW, 500, 40) is None
    assert key(revoked_at=30) == await store.ask(keys.by_id, "k1")


async def test_a_token_comes_with_its_key_as_they_were_given(store):
    await add(store, key())
    for given in (token(), token("t2", rights=None)):
        assert given == await store.change(None, keys.add_token, given)
        assert Found(key(), account(), DEFAULT, QuotaUsed(), QuotaUsed(), given) == await find(store, given.id)


async def test_a_token_dies_with_its_key_and_leaves_no_row(store):
    await add(store, key())
    await add(store, key("k2"))
    await store.change(None, keys.add_token, token())
    await store.change(None, keys.add_token, token("t2", "k2"))
    await store.change(None, keys.revoke, "k1", 40)

    assert await find(store, "t1") is None
    assert "k2" == (await find(store, "t2")).key.id


async def test_tokens_that_have_expired_are_cleared_when_another_is_made(store):
    await add(store, key())
    await store.change(None, keys.add_token, token("t1", expires_at=100))
    await store.change(None, keys.add_token, token("t2", expires_at=101))
    await store.change(None, keys.add_token, token("t3", created_at=100, expires_at=200))

    assert [None, "t2", "t3"] == [found and found.token.id for found in [await find(store, f"t{n}") for n in (1, 2, 3)]]


async def test_a_token_that_is_overtaken_by_a_rotation_dies_with_the_secret_it_was_made_with(store):
    # Who made it read the key before the rotation, and its row comes behind it.
    await add(store, key())
    await rotate(store, NEW, 500, 40)

    assert token(expires_at=500) == await store.change(None, keys.add_token, token(expires_at=900))
    assert token("t2", expires_at=300) == await store.change(None, keys.add_token, token("t2", expires_at=300))
    await rotate(store, NEWER, 600, 50)
    assert await store.change(None, keys.add_token, token("t3")) is None
    assert [None] * 3 == [await find(store, id) for id in ("t1", "t2", "t3")]


async def test_a_token_that_is_overtaken_by_a_revocation_is_not_made(store):
    await add(store, key())
    await store.change(None, keys.revoke, "k1", 40)

    assert await store.change(None, keys.add_token, token()) is None
    assert await find(store, "t1") is None
