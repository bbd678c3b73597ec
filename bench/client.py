"""What the client costs: CPU of an import, of connecting, and of a call beside the same request by the HTTP library.

Prints one JSON object. The server has the other core, so all that is measured is the caller's. Rounds of the two go one
after the other, and ratios are taken within a round.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from measure import environment, parvis, register, unbound
from processes import LOAD_CORE

BODY = b'{"latitude":48.85,"longitude":2.35}'

CONNECT = """
import json, resource, sys, time
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
empty = spent()
import parvis
imported = spent()
url, key = sys.argv[1:]
times = []
for _ in range(4):
    before = spent()
    parvis.connect(url, key=key)
    times.append(spent() - before)
print(json.dumps([imported - empty, *times]))
"""
"""A program of its own: what is loaded once is paid by the first."""


def connecting(url: str, key: str, times: int) -> dict[str, float]:
    """Seconds of CPU to import, to connect first, and to connect again."""
    command = [sys.executable, "-c", CONNECT, url, key]
    runs = []
    for _ in range(times):
        told = subprocess.run(command, env=environment(), cwd=tempfile.gettempdir(), capture_output=True, check=True)
        runs.append(json.loads(told.stdout))
    return {
        "import": median(run[0] for run in runs),
        "first": median(run[1] for run in runs),
        "later": median(median(run[2:]) for run in runs),
    }


def calling(url: str, key: str, rounds: int, number: int) -> dict[str, dict[str, Any]]:
    """Microseconds of CPU a call of each, and how many times the library's the client's are."""
    import parvis as product

    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}
    asked = {"Content-Type": "application/json", "Accept": "application/json"}
    shop = product.connect(url, key=key)
    library = httpx2.Client(headers=headers, trust_env=False)

    def bare() -> None:
        assert library.post(f"{url}/v1/at", content=BODY, headers=asked).json()["temperature"] == 21.5

    def ours() -> None:
        assert shop.at(48.85, 2.35).temperature == 21.5

    async def awaited() -> tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]:
        later = await product.connect_async(url, key=key)
        other = httpx2.AsyncClient(headers=headers, trust_env=False)

        async def bare() -> None:
            answer = await other.post(f"{url}/v1/at", content=BODY, headers=asked)
            assert answer.json()["temperature"] == 21.5

        async def ours() -> None:
            assert (await later.at(48.85, 2.35)).temperature == 21.5

        return bare, ours

    with asyncio.Runner() as runner:
        a_bare, a_ours = runner.run(awaited())

        async def many(call: Callable[[], Awaitable[None]]) -> None:
            for _ in range(number):
                await call()

        def each(call: Callable[[], None]) -> Callable[[], None]:
            return lambda: [call() for _ in range(number)] and None  # type: ignore[func-returns-value]

        kinds = {"waits": (each(bare), each(ours)),
                 "awaits": (lambda: runner.run(many(a_bare)), lambda: runner.run(many(a_ours)))}  # fmt: skip
        measured: dict[str, dict[str, Any]] = {}
        for name, pair in kinds.items():
            for run in pair:
                run()  # warm
            found = [[_spent(run) / number * 1e6 for run in pair] for _ in range(rounds)]
            measured[name] = {
                "bare_us": median(one for one, _ in found),
                "ours_us": median(other for _, other in found),
                "times": median(other / one for one, other in found),
            }
    return measured


def _spent(run: Callable[[], object]) -> float:
    before = time.process_time()
    run()
    return time.process_time() - before


def main() -> None:
    quick = "--quick" in sys.argv
    os.sched_setaffinity(0, {LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder, parvis(Path(folder) / "data") as server:
        server.first_answer("/health/ready")
        key = register(server)
        unbound(Path(folder) / "data")
        url = f"http://127.0.0.1:{server.port}/weather"
        told = {**connecting(url, key, 3 if quick else 7), **calling(url, key, 3 if quick else 9, 500)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
