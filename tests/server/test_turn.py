"""Records of one turn of the loop go out in one write, then the answers: together where calls come together, at once
where one comes alone; and where the disk fails, none of the answers goes out."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Any

import pytest

from parvis.store.journal_format import RECORD_BYTES

Guard = Callable[..., Any]


class Shop:
    def __init__(self) -> None:
        self.ran = 0

    async def buy(self, item: str) -> int:
        """Buy one.

        Raises:
            LookupError: There is none.
        """
        self.ran += 1
        if item == "gold":
            raise LookupError("no gold")
        return self.ran

    def how_often(self) -> int:
        return self.ran


class Disk:
    """Notes how many records each write had; takes none while it ``fails``."""

    def __init__(self, monkeypatch: Any) -> None:
        self.writes: list[int] = []
        self.fails = False
        monkeypatch.setattr("parvis.store.journal._pwrite", self)

    def __call__(self, file: int, data: bytes, at: int) -> int:
        if self.fails:
            raise OSError(errno.EIO, "Input/output error")
        self.writes.append(len(data) // RECORD_BYTES)
        return os.pwrite(file, data, at)


async def together(server: Any, key: str, number: int, **more: Any) -> list[Any]:
    calls = [server.asked("POST", "/shop/v1/buy", {"item": "tea"}, key=key, **more) for _ in range(number)]
    return list(await asyncio.gather(*calls))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_records_of_one_turn_are_one_write_and_one_that_comes_alone_is_written_at_once(
    guarded: Guard, disk: Disk
) -> None:
    server = guarded(Shop)
    server.plan(rate=None)
    key = server.key()
    answers = server.run(together(server, key, 40))
    assert [(200, number) for number in range(1, 41)] == [(each.status, each.json) for each in answers]
    assert [40] == disk.writes
    disk.writes.clear()
    for _ in range(40):
        assert 200 == server.call("shop.buy", key, item="tea").status
    assert [1] * 40 == disk.writes
    assert 80 == len(server.calls())


def test_a_write_that_fails_makes_of_every_answer_of_its_turn_an_unknown_outcome(guarded: Guard, disk: Disk) -> None:
    server = guarded(Shop)
    server.plan(rate=None)
    key = server.key()
    room = server.host.guards.meter.room
    disk.fails = True
    answers = server.run(together(server, key, 5))
    assert [(503, "unavailable", "unknown")] * 5 == [(a.status, a.json["code"], a.json["outcome"]) for a in answers]
    assert (503, {"status": "starting"}) == ready(server)
    disk.fails = False
    assert 200 == server.call("shop.buy", key, item="tea").status
    assert (200, {"status": "ready"}) == ready(server)
    assert 6 == server.call("shop.how_often", key).json
    assert [200, 200] == [call.status for call in server.calls()]
    assert room - 2 == server.host.guards.meter.room


def test_it_is_ready_again_once_the_disk_takes_anything_though_nobody_calls(guarded: Guard, disk: Disk) -> None:
    server = guarded(Shop)
    key = server.key()
    disk.fails = True
    assert 503 == server.call("shop.buy", key, item="tea").status
    meter = server.host.guards.meter
    meter._probe()
    assert (503, {"status": "starting"}) == ready(server)
    disk.fails = False
    meter._probe()
    assert (200, {"status": "ready"}) == ready(server)
    assert 200 == server.call("shop.buy", key, item="tea").status
    assert [200] == [call.status for call in server.calls()]


@pytest.mark.parametrize("item", ["tea", "gold"], ids=["a result", "a declared error"])
@pytest.mark.parametrize("fails", ["write", "sync"])
def test_a_repeat_of_a_call_whose_outcome_was_unknown_is_told_so(
    guarded: Guard, disk: Disk, monkeypatch: pytest.MonkeyPatch, item: str, fails: str
) -> None:
    server = guarded(Shop, settings={"meter_sync": fails == "sync"})
    key = server.key()
    named = {"headers": {"idempotency-key": "abc"}}

    def broken(file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    disk.fails = fails == "write"
    with monkeypatch.context() as sync:
        sync.setattr("parvis.store.journal._sync_data", broken)
        first = server.run(server.asked("POST", "/shop/v1/buy", {"item": item}, key=key, **named))
    assert (503, "unknown") == (first.status, first.json["outcome"])
    disk.fails = False
    again = server.run(server.asked("POST", "/shop/v1/buy", {"item": item}, key=key, **named))
    assert (409, "outcome-unknown") == (again.status, again.json["code"])
    assert 1 == server.call("shop.how_often", key).json


def ready(server: Any) -> tuple[int, Any]:
    answer = server.ask("GET", "/health/ready")
    return answer.status, answer.json
