"""An idempotency key is taken once a day, and what is kept of it is bounded."""

import asyncio

import pytest

from guarded import Guarded
from parvis.contract.outcomes import Refusal
from parvis.store.queries import accounts, idempotency
from parvis.store.queries.idempotency import LIFE, SECOND, Taken
from samples import account

pytestmark = pytest.mark.anyio


def id_of(number):
    return f"{number:064x}"


async def take(store, number=1, *, caller="acc_1", fingerprint="f", request="r1", now=10, **more):
    return await store.change(None, idempotency.take, id_of(number), caller, fingerprint, request, now, **more)


async def test_a_key_is_taken_once_and_tells_of_the_call_that_has_it(store):
    assert None is await take(store)
    assert Taken("f", "r1", None, None) == await take(store, fingerprint="g", request="r2")

    await store.change(None, idempotency.finish, id_of(1), "r1", 201, '{"id":"é"}')
    assert Taken("f", "r1", 201, '{"id":"é"}') == await take(store, request="r3")


async def test_of_many_at_once_one_takes_the_key(store):
    taken = await asyncio.gather(*(take(store, request=f"r{number}") for number in range(50)))
    assert 1 == taken.count(None)


async def test_a_call_that_did_not_run_leaves_its_key_and_no_other_call_does_it_for_it(store):
    await take(store)

    await store.change(None, idempotency.forget, id_of(1), "r2")
    await store.change(None, idempotency.finish, id_of(1), "r2", 200, "{}")
    assert Taken("f", "r1", None, None) == await take(store, request="r2")

    await store.change(None, idempotency.forget, id_of(1), "r1")
    assert None is await take(store, request="r2")


async def test_a_key_is_free_again_after_a_day(store):
    await take(store, now=10)
    await store.change(None, idempotency.finish, id_of(1), "r1", 200, "{}")

    assert await take(store, request="r2", now=10 + LIFE - 1)
    assert None is await take(store, request="r2", now=10 + LIFE)
    assert Taken("f", "r2", None, None) == await take(store, request="r3", now=10 + LIFE)


async def test_a_caller_has_so_many_keys_and_is_told_when_there_is_room(store):
    for number in range(3):
        assert None is await take(store, number, now=number * SECOND, most=3)

    with pytest.raises(Refusal) as refused:
        await take(store, 3, now=5 * SECOND, most=3)
    assert ("too-many-idempotency-keys", 3, 24 * 3600 - 5) == (
        refused.value.outcome.code, refused.value.values["limit"], refused.value.values["seconds"],
    )  # fmt: skip

    assert await take(store, 2, now=5 * SECOND, most=3)  # a repeat needs no room
    assert None is await take(store, 3, caller="acc_2", now=5 * SECOND, most=3)
    assert None is await take(store, 4, now=LIFE + SECOND, most=3)  # two of the first three are over


async def test_what_is_over_is_pruned_a_part_at_a_time(store):
    for number in range(5):
        await take(store, number, now=number)

    assert [2, 2, 0] == [await store.change(None, idempotency.prune, LIFE + 3, most=2) for _ in range(3)]
    assert None is await take(store, 3, now=5)
    assert await take(store, 4, now=5)


async def test_erasing_an_account_takes_what_its_calls_were_answered(store):
    await store.change(None, accounts.add, account())
    await take(store)
    await take(store, 2, caller="acc_2")

    await store.change(None, accounts.erase, "acc_1", 20)

    assert None is await take(store)
    assert await take(store, 2, caller="acc_2")


def test_a_whole_server_on_postgresql_answers_a_repeat_after_a_restart(postgresql_url, tmp_path):
    def served(key=None):
        server = Guarded(Shelf, tmp_path, settings={"database": postgresql_url})
        try:
            key = key or server.key()
            answer = server.ask("POST", "/shelf/v1/put", {"item": "tea"}, key=key, headers={"idempotency-key": "k"})
        finally:
            server.close()
        return key, answer

    key, first = served()
    _, again = served(key)

    assert (200, b"1") == (first.status, first.body)
    assert (200, b"1", "true") == (again.status, again.body, again.headers["idempotency-replayed"])
    assert 1 == len(Shelf.held)


class Shelf:
    held: list[str] = []  # noqa: RUF012

    def put(self, item: str) -> int:
        self.held.append(item)
        return len(self.held)
