"""Revoked means revoked: from the acknowledgement on no call succeeds, and running streams end within a second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kills import EVERYTHING
from served import Served
from wire import PASSWORD, Registered, Wire, operator, plan, register, request, usage

METERED = Path(__file__).parent / "metered"
CONNECTIONS = 16
WITHIN = 1.0
"""Seconds in which a stream ends."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("revocation")
    served = Served("--config=parvis.toml", cwd=METERED, data=folder / "data")
    plan(folder / "data", **EVERYTHING)
    yield served
    served.kill()  # a generator of these tests sleeps for a minute on its thread


@pytest.fixture(scope="module")
def data(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next(tmp_path_factory.getbasetemp().glob("revocation*")) / "data"


def operate(data: Path, method: str, path: str, arguments: dict[str, Any]) -> None:
    with operator(data) as client:
        answer = client.request(method, path, json=arguments)
    assert answer.is_success, answer.text


def rotate(caller: Registered, data: Path) -> None:
    caller.post(f"/keys/{caller.id}/rotate", {"overlap": 0})


def narrow(caller: Registered, data: Path) -> None:
    answer = httpx2.patch(
        f"{caller.url}/parvis/v1/keys/{caller.id}", json={"rights": ["shop.price"]}, auth=(caller.email, PASSWORD)
    )
    assert answer.is_success, answer.text


def move(caller: Registered, data: Path) -> None:
    """To another plan."""
    operate(data, "POST", "/plans", {"name": f"poor-{caller.id}", "rights": ["shop.price"]})
    operate(data, "PATCH", f"/accounts/{caller.account}", {"plan": f"poor-{caller.id}"})


def report(caller: Registered, data: Path) -> None:
    """By somebody who found it."""
    answer = httpx2.post(f"{caller.url}/parvis/v1/keys.report", json={"key": caller.key})
    assert answer.is_success, answer.text


CHANGES: dict[str, tuple[Callable[[Registered, Path], object], tuple[int, str]]] = {
    "revoked": (lambda c, d: c.post(f"/keys/{c.id}/revoke"), (401, "key-revoked")),
    "reported": (report, (401, "key-revoked")),
    "suspended": (lambda c, d: operate(d, "POST", f"/accounts/{c.account}/suspend", {}), (403, "account-suspended")),
    "narrowed": (narrow, (403, "key-right-missing")),
    "rotated": (rotate, (401, "key-rotated")),
    "another plan": (move, (403, "right-missing")),
    "erased": (lambda c, d: c.post("/accounts.erase"), (401, "key-revoked")),
}


@dataclass(frozen=True)
class Made:
    began: float
    status: int
    code: str


async def hammered(port: int, sent: bytes, change: Callable[[], object]) -> tuple[list[Made], float]:
    """Calls on many connections while a change is made, and when that was acknowledged."""
    made: list[Made] = []
    ended = asyncio.Event()

    async def call() -> None:
        wire = await Wire.open(port)
        while not ended.is_set():
            began = time.monotonic()
            answer = await wire.call(sent)
            made.append(Made(began, answer.status, answer.code))
        await wire.close()

    tasks = [asyncio.ensure_future(call()) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.1)
    await asyncio.to_thread(change)
    acknowledged = time.monotonic()
    await asyncio.sleep(0.15)
    ended.set()
    await asyncio.gather(*tasks)
    return made, acknowledged


@pytest.mark.parametrize("what", CHANGES)
def test_after_the_acknowledgement_no_call_succeeds(served: Served, data: Path, what: str) -> None:
    change, expected = CHANGES[what]
    caller = register(served.url)

    made, acknowledged = asyncio.run(
        hammered(
            served.port, request("/shop/v1/find", {"number": 0}, caller.key), lambda: change(caller, data)
        )
    )  # fmt: skip

    assert {(200, ""), expected} == {(each.status, each.code) for each in made}
    after = [each for each in made if each.began > acknowledged]
    assert len(after) >= CONNECTIONS
    assert {expected} == {(each.status, each.code) for each in after}


def test_a_changed_plan_holds_from_its_acknowledgement_on(served: Served, data: Path) -> None:
    caller = register(served.url)
    operate(data, "POST", "/plans", {"name": "rich", "rights": ["*"], "rate": 1_000_000, "burst": 1_000_000})
    operate(data, "PATCH", f"/accounts/{caller.account}", {"plan": "rich"})

    made, acknowledged = asyncio.run(
        hammered(
            served.port, request("/shop/v1/find", {"number": 0}, caller.key),
            lambda: plan(data, "rich", rights=["shop.price"]),
        )
    )  # fmt: skip

    assert {(200, ""), (403, "right-missing")} == {(each.status, each.code) for each in made}
    assert {403} == {each.status for each in made if each.began > acknowledged}


def test_a_token_dies_with_its_key(served: Served, data: Path) -> None:
    caller = register(served.url)
    token = httpx2.post(
        f"{served.url}/oauth/token", data={"grant_type": "client_credentials"}, auth=(caller.username, caller.password)
    ).json()["access_token"]

    made, acknowledged = asyncio.run(
        hammered(
            served.port, request("/shop/v1/find", {"number": 0}, token),
            lambda: caller.post(f"/keys/{caller.id}/revoke"),
        )
    )  # fmt: skip

    assert (200, "") == (made[0].status, made[0].code)
    assert {401} == {each.status for each in made if each.began > acknowledged}


# Streams


@dataclass
class Ended:
    """How a stream ended: after so many seconds since ``began`` of the test, with this last record."""

    at: float
    status: int
    last: bytes


async def read_to_end(port: int, operation: str, key: str, accept: str, opened: asyncio.Event) -> Ended:
    wire = await Wire.open(port)
    last = b""
    if operation == "nothing":
        opened.set()
        answer = await wire.call(request(f"/shop/v1/{operation}", {}, key, Accept=accept))
        await wire.close()
        return Ended(time.monotonic(), answer.status, answer.body)
    head = await wire.begin(request(f"/shop/v1/{operation}", {}, key, Accept=accept))
    async for part in wire.parts():
        opened.set()
        last = part
    await wire.close()
    return Ended(time.monotonic(), head.status, last)


LINES, EVENTS = "application/jsonl", "text/event-stream"
STREAMS = [
    ("ticks", LINES), ("follow", LINES), ("follow", EVENTS), ("silence", LINES), ("silence", EVENTS),
    ("nothing", LINES),
]  # fmt: skip


@pytest.mark.parametrize("what", ["revoked", "suspended", "narrowed", "rotated", "another plan"])
def test_running_streams_end_within_a_second_and_say_why(served: Served, data: Path, what: str) -> None:
    change, (status, code) = CHANGES[what]
    caller = register(served.url)
    streams = [*STREAMS, ("hush", LINES)] if what == "revoked" else STREAMS

    async def run() -> tuple[list[Ended], float]:
        opened = [asyncio.Event() for _ in streams]
        tasks = [
            asyncio.ensure_future(read_to_end(served.port, operation, caller.key, accept, event))
            for (operation, accept), event in zip(streams, opened, strict=True)
        ]
        await asyncio.gather(*(event.wait() for event in opened))
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in tasks)
        await asyncio.to_thread(change, caller, data)
        acknowledged = time.monotonic()
        return list(await asyncio.wait_for(asyncio.gather(*tasks), 10)), acknowledged

    ended, acknowledged = asyncio.run(run())

    for (operation, accept), end in zip(streams, ended, strict=True):
        if operation == "nothing":  # nothing was sent yet: it is a refusal like any other
            assert (status, code) == (end.status, json.loads(end.last)["code"])
        elif accept == EVENTS:
            assert end.last.startswith(b"event: problem\n"), end.last
            assert f'"code": "{code}"'.encode() in end.last
        else:
            assert code == json.loads(end.last.splitlines()[-1])["$problem"]["code"]
    assert WITHIN > max(end.at - acknowledged for end in ended)
    rows = usage(data, caller.account)
    assert {(status, code)} == {(row["status"], row["code"]) for row in rows}
    assert len(streams) == len(rows)


def test_a_stream_that_nobody_reads_ends_too(served: Served, data: Path) -> None:
    caller = register(served.url)

    async def run() -> tuple[float, int]:
        wire = await Wire.open(served.port, limit=1024)
        began = time.monotonic()
        assert (await wire.begin(request("/shop/v1/flood", {}, caller.key))).status == 200
        await asyncio.sleep(0.3)  # its buffers are full
        await asyncio.to_thread(caller.post, f"/keys/{caller.id}/revoke")
        revoked = time.monotonic() - began
        await asyncio.sleep(WITHIN + 0.5)
        read = 0
        with suppress(EOFError, OSError):
            async for part in wire.parts():
                read += len(part)
        await wire.close()
        return revoked, read

    revoked, read = asyncio.run(asyncio.wait_for(run(), 20))

    (row,) = usage(data, caller.account)
    assert (401, "key-revoked") == (row["status"], row["code"])
    assert row["seconds"] < revoked + WITHIN
    assert read < 20_000_000  # what was on its way; the generator has ended


def test_a_stream_whose_right_stays_goes_on(served: Served, data: Path) -> None:
    caller = register(served.url)
    other = caller.post("/keys", {"label": "another"})

    async def run() -> int:
        wire = await Wire.open(served.port)
        assert (await wire.begin(request("/shop/v1/ticks", {}, caller.key))).status == 200
        await asyncio.to_thread(caller.post, f"/keys/{other['id']}/revoke")
        plan(data, "anonymous", burst=11)
        until, items = time.monotonic() + 1.3, 0
        async for part in wire.parts():
            items += part.count(b"\n")
            if time.monotonic() > until:
                break
        await wire.close()
        return items

    assert asyncio.run(run()) > 50
