"""What access costs: CPU of limits and meter for one call, and keys by the million.

``python bench/access.py [KEYS]`` prints one JSON line of the first, then one each for stores of 1,000 and of KEYS
(1,000,000) keys. Of every key's account there are ten keys in the store; those that are verified are of accounts of
their own, so that nothing is shared between them.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
import secrets
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from processes import Server, free_port
from sqlalchemy import Connection

from parvis.access.clock import SystemClock
from parvis.access.keys import MintedKey, mint
from parvis.console.operations import RIGHTS
from parvis.facade.compile import compile_facade
from parvis.facade.target import load
from parvis.protocol.http import ratelimit
from parvis.server.admit import Admission
from parvis.server.identify import Identifier
from parvis.server.object.service import ServiceInstance
from parvis.server.request import Request
from parvis.server.settle import settle
from parvis.store.account_cache import AccountCache
from parvis.store.credentials import Credentials
from parvis.store.meter import Meter
from parvis.store.queries import plans
from parvis.store.sql import SqlStore

SUBJECTS = Path(__file__).resolve().parent / "subjects"
NO_BOUNDS = {"rate": 1_000_000, "burst": 1_000_000, "concurrent": None, "day": 10**12}
CALLS = 200_000
AT_ONCE = 5_000
SAMPLE = 2_000
"""Keys that are verified."""


def put(connection: Connection, accounts: int, keys: int, minted: list[MintedKey]) -> None:
    """Accounts and keys in the store: ``keys`` that nobody shows, ten of each account, and those that were minted, each
    of an account of its own."""
    own = [f"acc_{n:012d}" for n in range(accounts + len(minted))]
    connection.exec_driver_sql(
        "INSERT INTO account (id, email, email_owned, name, password, rights, plan, role, language, created_at,"
        " verified_at, approved_at) VALUES (?, ?, ?, 'Bench', 'none', '[]', 'default', 'consumer', 'en', 1, 1, 1)",
        [(id, f"{id}@example.org", f"{id}@example.org") for id in own],
    )
    chance = random.Random(1)
    rows = [(f"k{n:011d}", own[n % accounts], f"{chance.getrandbits(256):064x}") for n in range(keys)]
    rows += [(k.id, account, k.digest.hex()) for k, account in zip(minted, own[accounts:], strict=True)]
    connection.exec_driver_sql(
        "INSERT INTO api_key (id, account, label, kind, digest, test, created_at) VALUES (?, ?, 'bench', 'string', ?,"
        " 0, 1)",
        sorted(rows),
    )
    plans.change(connection, "default", NO_BOUNDS)


def request_of(key: MintedKey | None = None) -> Request:
    fields = {} if key is None else {b"authorization": b"Bearer " + key.text.encode()}
    return Request("000000001", "GET", "", fields, address="127.0.0.1")


async def limits_and_meter(folder: Path) -> dict[str, float]:
    """CPU microseconds a call of admitting, settling, the record and the fields: on the event loop, and with all that
    is done for it later (segments of the journal, folding into SQLite)."""
    sys.path.insert(0, str(SUBJECTS))
    from weather import Weather  # type: ignore[import-not-found]

    clock = SystemClock()
    store = await SqlStore.open(folder / "data")
    key = mint()
    await store.change(None, put, 1, 1, [key])
    account_cache = AccountCache(clock)
    meter = Meter(store, account_cache, clock, folder / "data" / "journal", boot="00000000", names=["weather.at"])
    await meter.open()
    admission = Admission(meter, clock)
    credential = await Credentials(store, clock, account_cache, RIGHTS).load(key.id)
    assert credential is not None
    operation = ServiceInstance(compile_facade(load(Weather))).operations["at"]
    request = request_of()

    whole, loop = time.process_time(), 0.0
    for _ in range(CALLS // AT_ONCE):
        began = time.thread_time()
        for _ in range(AT_ONCE):
            bounds, ticket = admission.admit(request, operation, credential)
            settle(meter, ticket, 200, "", executed=True)
            ratelimit.fields(*bounds, *admission.now())
            ticket.allowance.leave()
        loop += time.thread_time() - began
        await asyncio.sleep(0.05)  # for those who make segments and fold
    await meter.close()
    whole = time.process_time() - whole
    await store.close()
    return {"loop_us": loop / CALLS * 1e6, "whole_us": whole / CALLS * 1e6}


async def fill(data: Path, keys: int) -> list[MintedKey]:
    store = await SqlStore.open(data)
    minted = [mint() for _ in range(SAMPLE)]
    await store.change(None, put, max(1, keys // 10), keys, minted)
    await store.close()
    return minted


async def keys_of(data: Path, minted: list[MintedKey]) -> dict[str, float]:
    """Microseconds to verify a key from memory and from the store, and bytes that a key takes in memory."""
    clock = SystemClock()
    store = await SqlStore.open(data)
    credentials = Credentials(store, clock, AccountCache(clock), RIGHTS, capacity=4 * SAMPLE)
    await credentials.open()

    async def no_login(name: str, password: str, address: str) -> Any:
        raise AssertionError

    identifier = Identifier(credentials, no_login, clock=clock)
    await credentials.load(secrets.token_hex(6))  # the first question costs more than the others
    shown = [(b"Bearer " + key.text.encode(), request_of(key)) for key in minted]
    cold: list[float] = []
    for header, request in shown:
        began = time.perf_counter()
        assert identifier.recall(header, request) is None
        await identifier.look_up(header, request, console=False)
        cold.append(time.perf_counter() - began)

    def warm(part: list[tuple[bytes, Request]], times: int) -> float:
        best = []
        for _ in range(5):
            began = time.thread_time()
            for _ in range(times):
                for header, request in part:
                    identifier.recall(header, request)
            best.append((time.thread_time() - began) / times / len(part))
        return min(best) * 1e6

    found = {
        "one_us": warm(shown[:1], 20_000),
        "any_us": warm(shown, 4),
        "store_us": median(cold) * 1e6,
    }
    again = Credentials(store, clock, AccountCache(clock), RIGHTS, capacity=4 * SAMPLE)
    tracemalloc.start()
    for key in minted:
        await again.load(key.id)
    gc.collect()
    found["bytes"] = tracemalloc.get_traced_memory()[0] / len(minted)
    tracemalloc.stop()
    await store.close()
    return found


def start(data: Path) -> dict[str, float]:
    """Seconds of a start on this data, to the first answer, and the bytes that the server has then."""
    walls, cpus = [], []
    for _ in range(2):
        port = free_port()
        command = [str(Path(sys.executable).with_name("parvis")), "serve", "--port", str(port), "--data", str(data)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        began = time.perf_counter()
        with Server(command, port, SUBJECTS, env) as server:
            cpus.append(server.first_answer("/weather/v1/at", 401))
            walls.append(time.perf_counter() - began)
            memory = server.resident()
    return {"start_seconds": min(walls), "start_cpu_seconds": min(cpus), "server_bytes": memory}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with folder() as place:
        print(json.dumps(asyncio.run(limits_and_meter(place))), flush=True)
    for keys in (1_000, most):
        with folder() as place:
            minted = asyncio.run(fill(place / "data", keys))
            found = asyncio.run(keys_of(place / "data", minted))
            print(json.dumps({"keys": keys + SAMPLE, **found, **start(place / "data")}), flush=True)


if __name__ == "__main__":
    main()
