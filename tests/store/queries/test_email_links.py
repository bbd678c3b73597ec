"""What a letter's link carries is good once, for one purpose, until it expires."""

import asyncio

import pytest

from parvis.store.queries import accounts, email_links, plans
from samples import account

pytestmark = pytest.mark.anyio

LINK, OTHER = bytes(32), bytes([1]) * 32


@pytest.fixture
async def store(store):
    await store.change(None, accounts.add, account())
    return store


async def add(store, digest=LINK, purpose="verify", now=10, expires_at=100, whose="acc_1"):
    await store.change(None, email_links.add, digest, whose, purpose, now, expires_at)


async def take(store, digest=LINK, purpose="verify", now=50):
    return await store.change(None, email_links.take, digest, purpose, now)


async def test_a_link_is_good_once(store):
    await add(store)

    assert ["acc_1", None] == [await take(store), await take(store)]


async def test_a_link_can_be_looked_at_without_being_spent(store):
    await add(store)

    async def whose(digest=LINK, purpose="verify", now=50):
        return await store.ask(email_links.whose, digest, purpose, now)

    assert ["acc_1", "acc_1"] == [await whose(), await whose()]
    assert [None] * 3 == [await whose(OTHER), await whose(purpose="reset"), await whose(now=100)]
    assert "acc_1" == await take(store)
    assert await whose() is None


async def test_pretending_to_send_a_link_clears_what_has_expired_and_makes_none(store):
    await store.change(None, accounts.add, account("acc_2", "bob@x"))
    await add(store, expires_at=100)
    await add(store, OTHER, expires_at=200, whose="acc_2")
    before = await store.ask(plans.every)
    await store.change(None, email_links.pretend, 100)

    assert [None, "acc_2"] == [await take(store), await take(store, OTHER)]
    assert before == await store.ask(plans.every)


async def test_of_many_that_follow_a_link_at_once_exactly_one_comes_through(store):
    await add(store)

    taken = await asyncio.gather(*(take(store) for _ in range(10)))

    assert (1, 9) == (taken.count("acc_1"), taken.count(None))


@pytest.mark.parametrize(("now", "whose"), [(99, "acc_1"), (100, None), (101, None)])
async def test_a_link_is_good_until_it_expires(store, now, whose):
    await add(store, expires_at=100)

    assert whose == await take(store, now=now)


async def test_a_link_that_has_expired_is_not_good_for_a_clock_that_steps_back(store):
    await add(store, expires_at=100)

    assert [None, None] == [await take(store, now=100), await take(store, now=50)]


async def test_a_link_is_good_for_its_own_purpose_and_not_spent_by_another(store):
    await add(store)

    assert [None, "acc_1"] == [await take(store, purpose="reset"), await take(store)]


async def test_a_link_that_nobody_sent_is_none(store):
    await add(store)

    assert await take(store, OTHER) is None


async def test_a_new_link_takes_the_place_of_the_one_before_of_that_purpose_and_account_alone(store):
    await store.change(None, accounts.add, account("acc_2", "bob@x"))
    await add(store, LINK)
    await add(store, bytes([2]) * 32, "reset")
    await add(store, bytes([3]) * 32, whose="acc_2")
    await add(store, OTHER)

    taken = [await take(store, LINK), await take(store, OTHER), await take(store, bytes([2]) * 32, "reset")]
    assert [None, "acc_1", "acc_1"] == taken
    assert "acc_2" == await take(store, bytes([3]) * 32)


async def test_links_that_have_expired_are_cleared_when_another_is_made(store):
    await store.change(None, accounts.add, account("acc_2", "bob@x"))
    await add(store, expires_at=100)
    await add(store, OTHER, now=100, expires_at=200, whose="acc_2")

    assert await take(store, now=50) is None
