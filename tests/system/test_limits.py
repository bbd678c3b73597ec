"""Limits and quotas on a real server: never more than allowed, hardly less, and told truly; a restart gives nothing."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from served import Served
from wire import Answer, Registered, Wire, operator, plan, register, request, usage

METERED = Path(__file__).parent / "metered"


def serve(data: Path, port: int = 0) -> Served:
    return Served("--config=parvis.toml", cwd=METERED, data=data, port=port)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits") / "data"


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[Served]:
    with serve(data) as running:
        yield running


def on_plan(url: str, data: Path, **bounds: Any) -> Registered:
    """A caller on a plan of its own, which bounds nothing but what is said."""
    caller = register(url)
    name = f"of-{caller.account}"
    free = {"rate": 1_000_000, "burst": 1_000_000}
    with operator(data) as client:
        assert client.post("/plans", json={"name": name, "rights": ["*"], **free, **bounds}).is_success
        no = [bound for bound in ("concurrent", "day", "month") if bound not in bounds]
        assert client.patch(f"/plans/{name}", json={"without": no}).is_success
        assert client.patch(f"/accounts/{caller.account}", json={"plan": name}).is_success
    return caller


def at_once(port: int, requests: list[bytes]) -> list[Answer]:
    """All of them at one moment, each on a connection of its own."""

    async def run() -> list[Answer]:
        wires = await asyncio.gather(*(Wire.open(port) for _ in requests))
        answers = await asyncio.gather(*(wire.call(sent) for wire, sent in zip(wires, requests, strict=True)))
        await asyncio.gather(*(wire.close() for wire in wires))
        return list(answers)

    return asyncio.run(run())


def one_by_one(port: int, *requests: bytes) -> list[Answer]:
    async def run() -> list[Answer]:
        wire = await Wire.open(port)
        answers = [await wire.call(sent) for sent in requests]
        await wire.close()
        return answers

    return asyncio.run(run())


def find(key: str) -> bytes:
    return request("/shop/v1/find", {"number": 0}, key)


def limits(key: str) -> bytes:
    return request("/parvis/v1/limits", key=key, method="GET")


def fields(answer: Answer) -> dict[str, tuple[int, int]]:
    """Of each policy, what remains and in how many seconds there is more."""
    found = re.findall(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    return {name: (int(remaining), int(seconds)) for name, remaining, seconds in found}


def statuses(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((each.status, each.code) for each in answers)


def test_the_last_unit_is_used_once_by_200_at_once(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, day=3)
    assert {(200, ""): 2} == statuses(one_by_one(served.port, *[find(caller.key)] * 2))

    # Each takes a moment, so that all are there before the first is settled.
    answers = at_once(served.port, [request("/shop/v1/wait", {"seconds": 0.1}, caller.key)] * 200)

    assert {(200, ""): 1, (429, "quota-exceeded"): 199} == statuses(answers)
    refused = next(each for each in answers if each.status == 429)
    assert ["day"] == refused.json["violated-policies"]
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    assert 0 == fields(refused)["day"][0]
    assert 3 == sum(row["cost"] for row in usage(data, caller.account))


def test_a_call_that_is_not_charged_gives_its_unit_back(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, day=3)
    broken = request("/shop/v1/find", {"number": 3}, caller.key)
    invalid = request("/shop/v1/find", {"number": "x"}, caller.key)
    dear = request("/shop/v1/price", {"number": 0}, caller.key)

    answers = one_by_one(served.port, broken, invalid, broken, invalid, dear, find(caller.key))

    assert [500, 422, 500, 422, 200, 429] == [each.status for each in answers]
    assert [3, 3, 3, 3, 0, 0] == [fields(each)["day"][0] for each in answers]


def test_no_more_run_at_one_time_than_the_plan_says(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, concurrent=5)
    slow = request("/shop/v1/wait", {"seconds": 0.3}, caller.key)

    first, second = (at_once(served.port, [slow] * 20) for _ in range(2))

    for answers in (first, second):
        assert {(200, ""): 5, (429, "concurrency-limited"): 15} == statuses(answers)
    assert ["concurrent"] == next(each for each in first if each.status == 429).json["violated-policies"]
    assert {(200, "")} == set(statuses(one_by_one(served.port, find(caller.key))))


def test_streams_count_as_running(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, concurrent=2)

    async def run() -> list[int]:
        wires = [await Wire.open(served.port) for _ in range(3)]
        ticks = request("/shop/v1/ticks", {}, caller.key)
        heads = [(await wire.begin(ticks)).status for wire in wires]
        for wire in wires:
            await wire.close()
        until = time.monotonic() + 5
        last = await Wire.open(served.port)
        while (answer := await last.call(find(caller.key))).status == 429 and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await last.close()
        return [*heads, answer.status]

    assert [200, 200, 429, 200] == asyncio.run(run())


def test_the_fields_tell_the_truth(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, rate=1, burst=3, day=100)

    answers = one_by_one(served.port, *[find(caller.key)] * 4)

    assert [200, 200, 200, 429] == [each.status for each in answers]
    assert {'"rate";q=3;w=3, "day";q=100;w=86400'} == {each.headers["ratelimit-policy"] for each in answers}
    assert [2, 1, 0, 0] == [fields(each)["rate"][0] for each in answers]
    assert [99, 98, 97, 97] == [fields(each)["day"][0] for each in answers]
    assert {1} == {fields(each)["rate"][1] for each in answers}
    wait = int(answers[-1].headers["retry-after"])
    assert 1 == wait
    time.sleep(wait)
    assert [200, 429] == [each.status for each in one_by_one(served.port, *[find(caller.key)] * 2)]


def test_asking_for_the_limits_changes_nothing(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, rate=1 / 3600, burst=3, day=10)
    one_by_one(served.port, find(caller.key))

    told = one_by_one(served.port, *[limits(caller.key)] * 150)

    assert {200} == {each.status for each in told}
    left = [{p["policy"]: (p["limit"], p["remaining"]) for p in each.json["policies"]} for each in told]
    assert all({"rate": (3, 2), "day": (10, 9)} == each for each in left)
    assert 1 == len(usage(data, caller.account))
    answers = one_by_one(served.port, *[find(caller.key)] * 3)
    assert [200, 200, 429] == [each.status for each in answers]
    (spent,) = one_by_one(served.port, limits(caller.key))  # also when everything is
    assert [("rate", 0), ("day", 7)] == [(each["policy"], each["remaining"]) for each in spent.json["policies"]]


def test_a_test_key_has_a_quota_of_its_own(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, day=2)
    test = caller.post("/keys", {"label": "test", "test": True})["secret"]

    assert [200, 200, 429] == [each.status for each in one_by_one(served.port, *[find(caller.key)] * 3)]
    answers = one_by_one(served.port, *[find(test)] * 21)
    assert [200] * 20 == [each.status for each in answers[:20]]
    assert 980 == fields(answers[19])["day"][0]


def test_a_greater_plan_holds_at_once(served: Served, data: Path) -> None:
    caller = on_plan(served.url, data, day=1)
    assert [200, 429] == [each.status for each in one_by_one(served.port, *[find(caller.key)] * 2)]

    plan(data, f"of-{caller.account}", day=3)

    assert [200, 200, 429] == [each.status for each in one_by_one(served.port, *[find(caller.key)] * 3)]


# Over seconds, and over restarts. These have a server of their own.

RATE, BURST = 20, 60
"""It takes longer to fill the bucket than to start a server: one that began full would show."""


async def hammer(
    port: int, sent: bytes, seconds: float, connections: int = 8, answers: list[Answer] | None = None
) -> list[Answer]:
    """More calls than are allowed, from many connections, until the time is up or the server is gone."""
    answers = [] if answers is None else answers
    until = time.monotonic() + seconds

    async def call() -> None:
        with suppress(OSError, EOFError):
            wire = await Wire.open(port)
            try:
                while time.monotonic() < until:
                    answers.append(await wire.call(sent))
                    if answers[-1].status == 429:
                        await asyncio.sleep(0.002)
            finally:
                await wire.close()

    await asyncio.gather(*(call() for _ in range(connections)))
    return answers


async def hammer_and_kill(served: Served, sent: bytes, calls: int) -> list[Answer]:
    """The same; the server is killed when it has answered so many."""
    answers: list[Answer] = []
    task = asyncio.ensure_future(hammer(served.port, sent, 20, answers=answers))
    while len(answers) < calls and not task.done():
        await asyncio.sleep(0.001)
    await asyncio.to_thread(served.kill)
    return await task


def most_over(moments: list[float]) -> float:
    """By how many calls a span of time holds more than the plan allows; 0 or less: none does."""
    # Of two calls with so many between them: the later may come no sooner than the bucket gives it.
    lowest, worst = -float("inf"), -float("inf")
    for number, at in enumerate(moments):
        owed = number - RATE * at
        lowest = owed if number == 0 else min(lowest, owed)
        worst = max(worst, owed - lowest + 1 - BURST)
    return worst


@pytest.mark.slow
def test_under_overload_the_rate_is_served_and_never_more_not_even_over_kills(tmp_path: Path) -> None:
    data = tmp_path / "data"
    seconds = 4.0
    with ExitStack() as running:
        served = running.enter_context(serve(data))
        caller = on_plan(served.url, data, rate=RATE, burst=BURST)
        began = time.monotonic()
        answers = asyncio.run(hammer(served.port, find(caller.key), seconds))
        took = time.monotonic() - began
        allowed = BURST + RATE * took
        count = statuses(answers)
        assert {(200, ""), (429, "rate-limited")} == set(count)
        assert 0.98 * allowed <= count[200, ""] <= allowed + 1

        # On and on while it dies and comes back, by kill and in good order.
        for kill in (True, False, True):
            if kill:
                again = asyncio.run(hammer_and_kill(served, find(caller.key), 300))
            else:
                again = asyncio.run(hammer(served.port, find(caller.key), 0.4))
                served.stop()
            answers += again
            served = running.enter_context(serve(data, served.port))
        answers += asyncio.run(hammer(served.port, find(caller.key), 0.5))
        rows = usage(data, caller.account)

    # The server's own times of admission, to the microsecond: a client cannot tell them.
    moments = sorted(datetime.fromisoformat(row["at"]).timestamp() for row in rows)
    assert most_over(moments) <= 0.01
    assert {each.id for each in answers if each.status == 200} <= {row["request_id"] for row in rows}


@pytest.mark.slow
def test_a_kill_in_the_middle_gives_no_more_of_a_quota(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with ExitStack() as running:
        served = running.enter_context(serve(data))
        caller = on_plan(served.url, data, day=3000)
        answers: list[Answer] = []
        for calls in (400, 900, 300):
            answers += asyncio.run(hammer_and_kill(served, find(caller.key), calls))
            served = running.enter_context(serve(data, served.port))
        assert 0 < statuses(answers)[200, ""] < 3000
        answers += asyncio.run(hammer(served.port, find(caller.key), 1.5))
        assert {(429, "quota-exceeded")} == set(statuses(answers[-8:]))
        rows = usage(data, caller.account)

    # To the last unit: what was charged is what was used, and those whose answer was lost on the way are few.
    assert 3000 == sum(row["cost"] for row in rows)
    assert 3000 - 3 * 8 <= statuses(answers)[200, ""] <= 3000
