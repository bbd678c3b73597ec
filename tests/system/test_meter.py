"""The meter loses nothing and counts nothing twice: through ``kill -9`` at any moment, and on a full disk."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kills import EVERYTHING, SETTINGS, Trial, told
from served import Served, environment
from wire import Answer, Wire, operator, plan, register, request, usage

METERED = Path(__file__).parent / "metered"
KILLS = 20


@pytest.mark.slow
def test_every_answered_call_is_counted_once_through_kills_at_any_moment(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)  # other moments each time
    print("seed", seed)
    chance = random.Random(seed)
    trial = Trial(tmp_path, seed)
    trial.prepare()
    for number in range(KILLS):
        trial.kill_under_load(chance.uniform(0.03, 0.4), backup=number % 4 == 3)
        if number % 5 == 0:
            trial.kill_at_start()
    trial.check_all()

    print(told(trial))
    assert sorted(trial.rates)[KILLS // 2] > 200
    assert trial.kills["under load"] + trial.kills["backing up"] == KILLS
    assert trial.kills["while starting"] == 4
    # What only the journal held was counted after the next start: else this test has proved nothing.
    assert trial.kills["with records in the journal alone"] > 0
    assert trial.recovered > 0
    assert trial.streams > 0


@pytest.mark.slow
def test_a_stream_that_the_server_died_in_counts_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Served(SETTINGS, cwd=METERED, data=data) as served:
        caller = register(served.url)

        async def open_and_die() -> str:
            wire = await Wire.open(served.port)
            head = await wire.begin(request("/shop/v1/ticks", {}, caller.key))
            assert head.status == 200
            await anext(aiter(wire.parts()))
            served.kill()
            await wire.close()
            return head.id

        id = asyncio.run(open_and_die())

    with Served(SETTINGS, cwd=METERED, data=data):
        rows = usage(data)
    assert [(id, "shop.ticks", 500, 1)] == [
        (row["request_id"], row["operation"], row["status"], row["cost"]) for row in rows
    ]


def test_a_stream_is_one_call_with_its_items(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Served(SETTINGS, cwd=METERED, data=data) as served:
        caller = register(served.url)

        async def read_some() -> int:
            wire = await Wire.open(served.port)
            await wire.begin(request("/shop/v1/ticks", {}, caller.key))
            items = 0
            async for part in wire.parts():
                items += part.count(b"\n")
                if items >= 150:
                    break
            await wire.close()
            return items

        items = asyncio.run(read_some())
        until = time.monotonic() + 5
        while not (rows := usage(data))[0]["seconds"] and time.monotonic() < until:
            time.sleep(0.02)
    assert [("shop.ticks", 200, 1)] == [(row["operation"], row["status"], row["cost"]) for row in rows]
    assert items <= rows[0]["items"] <= items + 64  # what was sent and not read any more


# A full disk


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for a small disk of its own")
    place = tmp_path / "small"
    place.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine mounts no tmpfs")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def fill(place: Path) -> Path:
    """Take all of the disk that is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65536, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


def test_on_a_full_disk_calls_are_refused_before_they_run_until_there_is_room(small: Path, tmp_path: Path) -> None:
    noted = tmp_path / "orders"
    noted.touch()
    with Served(SETTINGS, cwd=METERED, data=small / "data", env=environment(ORDERS=str(noted))) as served:
        plan(small / "data", **EVERYTHING)
        caller = register(served.url)
        answers: dict[int, Answer] = {}

        async def order(calls: int, connections: int = 8) -> list[Answer]:
            """Each a number of its own."""
            numbers = iter(range(len(answers), len(answers) + calls))

            async def some() -> list[Answer]:
                wire = await Wire.open(served.port)
                mine = []
                for number in numbers:
                    answers[number] = await wire.call(request("/shop/v1/order", {"number": number}, caller.key))
                    mine.append(answers[number])
                await wire.close()
                return mine

            return [each for mine in await asyncio.gather(*(some() for _ in range(connections))) for each in mine]

        def ran() -> set[int]:
            return {int(line) for line in noted.read_text().split()}

        assert {200} == {each.status for each in asyncio.run(order(50))}
        filler = fill(small)
        until = time.monotonic() + 20
        while 200 in {each.status for each in asyncio.run(order(200))}:
            assert time.monotonic() < until  # what was there in advance is used up
        refused = asyncio.run(order(100))
        assert {(503, "unavailable", "not run")} == {(r.status, r.code, r.json["outcome"]) for r in refused}
        assert all("retry-after" in each.headers for each in refused)

        filler.unlink()
        until = time.monotonic() + 20
        while asyncio.run(order(1, 1))[0].status == 503:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert {200} == {each.status for each in asyncio.run(order(600))}

        answered = {number for number, each in answers.items() if each.status == 200}
        assert answered == ran()
        rows = usage(small / "data")
        assert {answers[number].id for number in answered} == {row["request_id"] for row in rows}
        assert len(answered) == len(rows) == sum(row["cost"] for row in rows)
        assert "there is room for the journal again" in served.log()
        assert "Traceback" not in served.log()


def test_a_server_killed_on_a_full_disk_has_counted_everything_when_there_is_room(small: Path) -> None:
    data = small / "data"
    with Served(SETTINGS, cwd=METERED, data=data) as served:
        plan(data, **EVERYTHING)
        caller = register(served.url)
        answered = set()

        async def call_until_refused() -> None:
            wire = await Wire.open(served.port)
            while True:
                answer = await wire.call(request("/shop/v1/find", {"number": 0}, caller.key))
                if answer.status == 503:
                    break
                answered.add(answer.id)
            await wire.close()

        filler = fill(small)
        asyncio.run(call_until_refused())
        served.kill()
    filler.unlink()

    with Served(SETTINGS, cwd=METERED, data=data):
        assert answered == {row["request_id"] for row in usage(data)}
    assert len(answered) > 256


def test_a_backup_holds_what_was_answered_before_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Served(SETTINGS, cwd=METERED, data=data) as served:
        caller = register(served.url)

        async def call() -> set[str]:
            wire = await Wire.open(served.port)
            sent = request("/shop/v1/find", {"number": 0}, caller.key)
            ids = {(await wire.call(sent)).id for _ in range(40)}
            await wire.close()
            return ids

        ids = asyncio.run(call())
        copy = tmp_path / "restored"
        copy.mkdir()
        with operator(data) as client:
            assert client.post("/operators.backup", json={"path": str(copy / "parvis.db")}).status_code == 200

    with Served(SETTINGS, cwd=METERED, data=copy):  # another server, that never had this journal
        assert ids == {row["request_id"] for row in usage(copy)}
