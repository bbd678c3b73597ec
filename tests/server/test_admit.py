"""Limits, quotas and the meter around a call: what is let in, what is charged, what is written."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from parvis.access.clock import ManualClock

Guard = Callable[..., Any]


class Shop:
    def __init__(self) -> None:
        self.ran = 0

    def find(self, name: str, limit: int = 10) -> list[str]:
        self.ran += 1
        return [name] * limit

    def buy(self, item: str, country: str = "FR") -> str:
        """Buy one.

        Raises:
            LookupError: There is none.
        """
        self.ran += 1
        if item == "gold":
            raise LookupError("no gold")
        if item == "bug":
            raise RuntimeError("a bug")
        return item

    def how_often(self) -> int:
        return self.ran

    async def wait(self, seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "done"

    def items(self, number: int) -> Iterator[int]:
        yield from range(number)

    async def ticks(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number
        raise RuntimeError("a bug in the middle")


def code(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json.get("code", "") if isinstance(answer.json, dict) else ""


def test_the_burst_is_served_and_then_the_rate_refuses_with_the_violated_policy(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(rate=1, burst=3, day=None)
    key = server.key()

    answers = [server.call("shop.buy", key, item="tea") for _ in range(4)]

    assert [200, 200, 200, 429] == [answer.status for answer in answers]
    last = answers[-1]
    assert "rate-limited" == last.json["code"]
    assert ["rate"] == last.json["violated-policies"]
    assert "1" == last.headers["retry-after"]
    assert '"rate";q=3;w=3' == last.headers["ratelimit-policy"]
    assert '"rate";r=0;t=1' == last.headers["ratelimit"]
    assert '"rate";r=2;t=1' == answers[0].headers["ratelimit"]
    assert 3 == server.call("shop.how_often", server.key(account="acc_bob")).json


def test_the_last_unit_of_a_quota_is_given_once_to_many_callers(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(rate=1000, burst=1000, day=1)
    key = server.key()

    async def all_at_once() -> list[int]:
        asked = (server.asked("POST", "/shop/v1/wait", {"seconds": 0.01}, key=key) for _ in range(200))
        return [answer.status for answer in await asyncio.gather(*asked)]

    server.plan(concurrent=None)
    statuses = server.run(all_at_once())

    assert 1 == statuses.count(200)
    assert 199 == statuses.count(429)
    assert [200] == [call.status for call in server.calls()]


def test_a_quota_that_is_used_up_says_which_and_until_when(guarded: Guard) -> None:
    server = guarded(Shop, costs={"buy": 3})
    server.plan(rate=1000, burst=1000, day=7, month=100)
    key = server.key()

    answers = [server.call("shop.buy", key, item="tea") for _ in range(3)]

    assert [(200, ""), (200, ""), (429, "quota-exceeded")] == [code(answer) for answer in answers]
    assert ["day"] == answers[-1].json["violated-policies"]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 86_400
    assert (200, "") == code(server.call("shop.find", key, name="tea"))  # one unit is left, and this costs one


def test_calls_at_one_time_are_bounded_and_make_room_again(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(rate=1000, burst=1000, concurrent=2)
    key = server.key()

    async def three() -> list[Any]:
        asked = (server.asked("POST", "/shop/v1/wait", {"seconds": 0.05}, key=key) for _ in range(3))
        return list(await asyncio.gather(*asked))

    answers = server.run(three())

    assert [200, 200, 429] == sorted(answer.status for answer in answers)
    refused = next(answer for answer in answers if answer.status == 429)
    assert "concurrency-limited" == refused.json["code"]
    assert ["concurrent"] == refused.json["violated-policies"]
    assert (200, "") == code(server.call("shop.wait", key, seconds=0))


def test_what_is_charged_is_a_call_whose_method_ran_and_was_answered_below_500(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    answers = [
        server.call("shop.buy", key, item="tea"),
        server.call("shop.buy", key, item="gold"),
        server.call("shop.buy", key, item="bug"),
        server.call("shop.buy", key, item=7),
    ]

    assert [200, 404, 500, 422] == [answer.status for answer in answers]
    records = [(c.status, c.code, c.cost) for c in server.calls("acc_ada")]
    expected = [(200, "", 1), (404, "declared-error", 1), (500, "internal-error", 0), (422, "invalid-arguments", 0)]
    assert expected == records
    left = server.ask("GET", "/parvis/v1/limits", key=key).json["policies"]
    assert [("day", 10_000 - 2)] == [(p["policy"], p["remaining"]) for p in left if p["policy"] == "day"]


def test_the_record_names_request_key_operation_and_time(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    answer = server.call("shop.buy", key, item="tea")

    [call] = server.calls()
    assert answer.headers["x-request-id"] == call.request
    assert ("acc_ada", key[8:20], "shop.buy", False) == (call.account, call.key, call.operation, call.test)
    assert 0 < call.microseconds < 5_000_000


def test_what_is_refused_before_it_is_admitted_is_counted_by_the_minute(guarded: Guard) -> None:
    server = guarded(Shop)
    narrow = server.key("shop.find")
    for _ in range(3):
        server.call("shop.buy", narrow, item="tea")
    server.call("shop.buy", None, item="tea")

    from parvis.store.queries import usage

    assert [] == server.calls()
    ask = server.context.store.ask
    assert [("shop.buy", "key-right-missing", 3)] == server.run(ask(usage.refusals, "acc_ada", 0, 2**62))
    assert [("shop.buy", "key-missing", 1)] == server.run(ask(usage.refusals, "anonymous", 0, 2**62))


def test_calls_of_the_console_are_not_charged_and_have_a_rate_of_their_own(
    guarded: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()  # which stands still: on a busy machine a hundred calls take longer than the rate's second
    monkeypatch.setattr("parvis.assembly.server.SystemClock", lambda: clock)
    server = guarded(Shop)
    server.plan(rate=1, burst=1)
    key = server.key()

    answers = [server.ask("GET", "/parvis/v1/accounts.get", key=key) for _ in range(101)]

    assert [200] * 100 == [answer.status for answer in answers[:100]]
    assert (429, "rate-limited") == code(answers[100])
    assert (200, "") == code(server.ask("GET", "/parvis/v1/limits", key=key))
    assert (200, "") == code(server.call("shop.buy", key, item="tea"))
    assert ["shop.buy"] == [call.operation for call in server.calls()]


def test_a_right_holds_for_the_arguments_that_it_names(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key("shop.buy(country in [FR, BE])")

    assert (200, "") == code(server.call("shop.buy", key, item="tea", country="BE"))
    assert (200, "") == code(server.call("shop.buy", key, item="tea"))  # the default is in the list
    refused = server.call("shop.buy", key, item="tea", country="DE")
    assert (403, "argument-refused") == code(refused)
    assert "shop.buy(country in [BE, FR])" == refused.json["right"]
    assert "`country in [BE, FR]`" in refused.json["fix"]


def test_a_403_says_whether_the_account_has_the_right_that_the_key_has_not(guarded: Guard) -> None:
    server = guarded(Shop)
    narrow = server.key("shop.find")
    server.plan(rights=("shop.find",))

    missing = server.call("shop.buy", narrow, item="tea")
    assert (403, "right-missing") == code(missing)
    assert "operator" in missing.json["fix"]
    server.plan(rights=("shop.*",))
    assert (403, "key-right-missing") == code(server.call("shop.buy", narrow, item="tea"))


def test_a_plan_bounds_the_body_and_the_page(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(body=100, page=20)
    key = server.key()

    assert (413, "body-too-large") == code(server.call("shop.find", key, name="x" * 100))
    too_many = server.call("shop.find", key, name="x", limit=21)
    assert (422, "invalid-arguments") == code(too_many)
    assert ["limit"] == [error["location"] for error in too_many.json["errors"]]
    assert 200 == server.call("shop.find", key, name="x", limit=20).status


def test_a_test_key_only_reads_where_there_is_no_sandbox(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key(test=True)

    assert (403, "no-sandbox") == code(server.call("shop.buy", key, item="tea"))
    answer = server.call("shop.find", key, name="tea")
    assert 200 == answer.status
    assert '"rate";q=20;w=10, "day";q=1000;w=86400' == answer.headers["ratelimit-policy"]
    assert [("shop.find", True)] == [(call.operation, call.test) for call in server.calls()]


def test_a_test_key_reaches_the_sandbox_and_a_live_one_does_not(guarded: Guard) -> None:
    class Fake(Shop):
        def buy(self, item: str, country: str = "FR") -> str:
            return f"no real {item}"

    server = guarded(Shop, sandbox=Fake)

    assert "no real tea" == server.call("shop.buy", server.key(test=True), item="tea").json
    assert "tea" == server.call("shop.buy", server.key(), item="tea").json
    metrics = server.ask("GET", "/metrics", client="127.0.0.1").body.decode()
    assert 'parvis_calls_total{operation="buy",service="shop",status="200",version="1"} 2.0' in metrics


def test_a_sandbox_must_have_the_operations_of_the_service(guarded: Guard) -> None:
    from parvis.facade.errors import TargetError

    class Other:
        def buy(self, item: int) -> str:
            return str(item)

    with pytest.raises(TargetError, match="the sandbox of shop must have the operations"):
        guarded(Shop, sandbox=Other)


def test_callers_without_a_key_are_let_in_where_their_plan_says_so_and_bounded_by_address(guarded: Guard) -> None:
    server = guarded(Shop)

    def ask(address: str) -> tuple[int, str]:
        return code(server.ask("GET", "/shop/v1/find?name=x", client=address))

    assert (401, "key-missing") == ask("192.0.2.1")
    server.plan("anonymous", rights=("shop.find",), rate=1, burst=2, day=5)
    assert [(200, ""), (200, ""), (429, "rate-limited")] == [ask("192.0.2.1") for _ in range(3)]
    # One household, one block: the addresses of a /64 count as one.
    assert [(200, ""), (200, ""), (429, "rate-limited")] == [ask(f"2001:db8::{n}") for n in range(1, 4)]
    assert [(200, ""), (429, "quota-exceeded")] == [ask(f"198.51.100.{n}") for n in range(2)]
    assert (401, "key-missing") == code(server.call("shop.buy", None, item="tea"))
    assert {"anonymous"} == {call.account for call in server.calls()}


def test_a_stream_counts_when_it_opens_and_its_items_when_they_went_out(guarded: Guard) -> None:
    server = guarded(Shop, costs={"items": 5})
    key = server.key()

    assert 200 == server.call("shop.items", key, number=7).status
    assert 200 == server.call("shop.ticks", key).status

    records = [(c.operation, c.status, c.code, c.cost, c.items) for c in server.calls()]
    assert [("shop.items", 200, "", 5, 7), ("shop.ticks", 500, "internal-error", 1, 3)] == records


def test_an_expired_key_one_from_elsewhere_and_a_suspended_account_are_told_apart(guarded: Guard) -> None:
    from parvis.store.queries import accounts

    server = guarded(Shop)
    expired = server.key(expires_at=5)
    elsewhere = server.key(networks=("198.51.100.0/24",))
    fine = server.key()

    assert (401, "key-expired") == code(server.call("shop.buy", expired, item="tea"))
    assert (403, "network-refused") == code(server.call("shop.buy", elsewhere, item="tea"))
    ours = server.ask("POST", "/shop/v1/buy", {"item": "tea"}, key=elsewhere, client="198.51.100.7")
    assert (200, "") == code(ours)
    change = server.context.credentials.change_account
    server.run(change("acc_ada", None, accounts.change, "acc_ada", {"suspended_at": 1}))
    assert (403, "account-suspended") == code(server.call("shop.buy", fine, item="tea"))


def test_who_speaks_for_others_is_believed_only_where_the_settings_say_so(guarded: Guard) -> None:
    forged = {"x-forwarded-for": "198.51.100.7"}
    for settings, client, expected in (
        ({}, "127.0.0.1", (403, "network-refused")),
        ({"proxies": ["127.0.0.1/32"]}, "127.0.0.1", (200, "")),
        ({"proxies": ["127.0.0.1/32"]}, "192.0.2.9", (403, "network-refused")),
    ):
        server = guarded(Shop, settings=settings)
        key = server.key(networks=("198.51.100.0/24",))
        answer = server.ask("POST", "/shop/v1/buy", {"item": "tea"}, key=key, client=client, headers=forged)
        assert expected == code(answer)


def test_without_room_for_its_record_a_call_does_not_run(guarded: Guard, monkeypatch: Any) -> None:
    server = guarded(Shop)
    key = server.key()
    meter = server.host.guards.meter
    monkeypatch.setattr(meter, "reserve", lambda slots: False)

    refused = server.call("shop.buy", key, item="tea")

    assert (503, "unavailable") == code(refused)
    assert "not run" == refused.json["outcome"]
    assert "retry-after" in refused.headers
    monkeypatch.undo()
    assert 0 == server.call("shop.how_often", key).json


def test_what_a_call_has_taken_is_given_back_when_its_caller_goes(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(concurrent=1)
    key = server.key()

    async def leave() -> None:
        task = asyncio.ensure_future(server.asked("POST", "/shop/v1/wait", {"seconds": 5}, key=key))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    server.run(leave())

    assert (200, "") == code(server.call("shop.wait", key, seconds=0))
    assert [499, 200] == [call.status for call in server.calls()]


def test_an_answer_waits_for_the_disk_where_the_settings_say_so(guarded: Guard, monkeypatch: Any) -> None:
    server = guarded(Shop, settings={"meter_sync": True})
    key = server.key()
    journal = server.host.guards.meter._journal
    synced: list[Any] = []
    sync = journal.sync

    def watched() -> None:
        synced.append(journal.position())
        sync()

    monkeypatch.setattr(journal, "sync", watched)

    assert 200 == server.call("shop.buy", key, item="tea").status
    assert [journal.position()] == synced


@pytest.mark.parametrize("waits", [False, True])
def test_a_call_whose_record_cannot_be_written_is_a_problem_and_gives_back_what_it_took(
    guarded: Guard, monkeypatch: Any, waits: bool
) -> None:
    server = guarded(Shop, settings={"meter_sync": waits})
    server.plan(concurrent=1)
    key = server.key()
    room = server.host.guards.meter.room
    for operation, arguments in (("ticks", {}), ("buy", {"item": "tea"})):
        with monkeypatch.context() as broken:
            broken.setattr("parvis.store.journal._pwrite", _Fails(times=1))
            answer = server.call(f"shop.{operation}", key, **arguments)
        assert (503, "unavailable") == code(answer), operation

    assert (200, "") == code(server.call("shop.buy", key, item="tea"))
    assert [503, 200] == [call.status for call in server.calls()]  # the one by its second place, the other has none
    assert room - 2 == server.host.guards.meter.room, "only what was written is taken"


class _Fails:
    """A disk that takes nothing, so many times."""

    def __init__(self, times: int) -> None:
        self._times = times

    def __call__(self, file: int, data: bytes, at: int) -> int:
        if self._times:
            self._times -= 1
            raise OSError(errno.EIO, "Input/output error")
        return os.pwrite(file, data, at)
