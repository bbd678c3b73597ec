"""Measures what a call costs, side by side within one run, and writes docs/benchmarks.md.

CPU time, not latency: it is what the machine's owner pays, and it depends less on what else the machine does.
Rounds are interleaved, so that what disturbs one subject disturbs all; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
from processes import LOAD_CORE, SERVER_CORE, Server, free_port, load

HERE = Path(__file__).resolve().parent
SUBJECTS = HERE / "subjects"
PAGE = HERE.parent / "docs" / "benchmarks.md"
QUERY = "?latitude=48.85&longitude=2.35"


@dataclass(frozen=True)
class Subject:
    name: str
    server: Server
    path: str


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    return {**clean, **more}


def asgi(app: str, **env: str) -> Server:
    port = free_port()
    return Server([sys.executable, str(HERE / "serve_asgi.py"), app, str(port)], port, SUBJECTS,
                  environment(PYTHONPATH=str(SUBJECTS), **env))  # fmt: skip


def parvis(data: Path, *arguments: str) -> Server:
    port = free_port()
    command = [str(Path(sys.executable).with_name("parvis")), "serve", "--port", str(port), "--data", str(data)]
    return Server([*command, *arguments], port, SUBJECTS, environment())


def post(server: Server, path: str, body: dict[str, str], **headers: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", json.dumps(body).encode(),
        {"Content-Type": "application/json", **headers},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:
        made: dict[str, str] = json.load(answer)
    return made


def register(server: Server) -> str:
    """A real key of a real account: the test key of a run takes another way."""
    login = {"email": "bench@example.org", "password": "an honest password"}
    post(server, "/parvis/v1/accounts", {**login, "name": "Bench"})
    basic = b64encode(f"{login['email']}:{login['password']}".encode()).decode()
    return post(server, "/parvis/v1/keys", {"label": "bench"}, Authorization=f"Basic {basic}")["secret"]


def unbound(data: Path) -> None:
    """Bounds that no load reaches, in the plan that accounts get: as the operator, at the server's own socket."""
    transport = httpx2.HTTPTransport(uds=str(data / "admin.sock"))
    with httpx2.Client(transport=transport, base_url="http://localhost") as operator:
        bounds = {"rate": 1_000_000, "burst": 1_000_000, "day": 10**12, "without": ["concurrent"]}
        answer = operator.patch("/parvis/v1/plans/default", json=bounds)
    if not answer.is_success:
        raise SystemExit(f"the plan cannot be changed: {answer.text}")


@contextlib.contextmanager
def subjects(data: Path) -> Iterator[list[Subject]]:
    """All servers at once, on one core; whoever is not asked sleeps."""
    bare = asgi("bare:app")
    guarded = parvis(data / "metered")
    unmetered = parvis(data / "unmetered", "--config", "unmetered.toml")
    usual = asgi("usual:app", BENCH_KEY="a-key-of-some-length-0123456789")
    usual.headers["X-API-Key"] = "a-key-of-some-length-0123456789"
    with bare, guarded, unmetered, usual:
        for server in (guarded, unmetered):
            server.first_answer("/health/ready")
            server.headers["Authorization"] = f"Bearer {register(server)}"
        unbound(data / "metered")
        made = [
            Subject("bare", bare, f"/weather/v1/at{QUERY}"),
            Subject("async", guarded, f"/weather/v1/at{QUERY}"),
            Subject("inline", guarded, f"/weather/v1/at_inline{QUERY}"),
            Subject("thread", guarded, f"/weather/v1/at_thread{QUERY}"),
            Subject("unmetered", unmetered, f"/weather/v1/at{QUERY}"),
            Subject("fastapi async", usual, f"/weather/v1/at{QUERY}"),
            Subject("fastapi thread", usual, f"/weather/v1/at_thread{QUERY}"),
        ]
        for each in made:
            each.server.first_answer(each.path)
        same_answer(made)
        yield made


def same_answer(made: list[Subject]) -> None:
    """All give the same bytes; the bare server has Parvis's very headers, in length too."""
    answers = {each.name: each.server.ask(each.path) for each in made}
    bodies = {name: body for name, (_, _, body) in answers.items()}
    if len(set(bodies.values())) != 1:
        raise SystemExit(f"the answers differ: {bodies}")
    ours, floor = ({n: v for n, v in answers[name][1].items() if n != "date"} for name in ("async", "bare"))
    changing = ("x-request-id", "ratelimit")
    if ours.keys() != floor.keys() or any(ours[n] != floor[n] for n in ours if n not in changing):
        raise SystemExit(f"the headers differ: {ours} and {floor}")


def calls(rounds: int, seconds: float) -> dict[str, list[float]]:
    """CPU microseconds of one call, by subject, one for each round."""
    with tempfile.TemporaryDirectory() as folder, subjects(Path(folder) / "data") as made:
        for each in made:
            load(each.server, each.path, 1.0)  # warm: caches, and Python's own specialisation
        measured: dict[str, list[float]] = {each.name: [] for each in made}
        for number in range(rounds):
            # Every other round backwards: nobody always follows the same neighbour.
            for each in made if number % 2 == 0 else reversed(made):
                measured[each.name].append(load(each.server, each.path, seconds))
            print(
                f"round {number + 1}: " + ", ".join(f"{n} {v[-1]:.1f} µs" for n, v in measured.items()), file=sys.stderr
            )
    return measured


def starts(times: int) -> dict[str, float]:
    """CPU seconds from the start to the first answer."""
    measured: dict[str, list[float]] = {"bare": [], "parvis, first start": [], "parvis, later": [], "fastapi": []}
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            for name in ("parvis, first start", "parvis, later"):
                with parvis(data) as server:
                    # A call without a key is answered by the whole way up to the rights.
                    measured[name].append(server.first_answer(f"/weather/v1/at{QUERY}", 401))
        for name, app in (("bare", "bare:app"), ("fastapi", "usual:app")):
            with asgi(app, BENCH_KEY="x") as server:
                measured[name].append(server.first_answer(f"/weather/v1/at{QUERY}", 200 if name == "bare" else 401))
    return {name: median(values) for name, values in measured.items()}


def imports(times: int) -> dict[str, float]:
    """CPU seconds that a program spends on an import, above those of an empty one."""

    def spent(program: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True, env=environment(), cwd=tempfile.gettempdir())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    programs = {
        "import parvis": "import parvis",
        "from parvis import connect": "from parvis import connect",
        "import fastapi": "import fastapi",
    }
    empty = median(spent("pass") for _ in range(times))
    return {name: median(spent(program) for _ in range(times)) - empty for name, program in programs.items()}


def ratio(measured: dict[str, list[float]], one: str, other: str) -> float:
    return median(a / b for a, b in zip(measured[one], measured[other], strict=True))


def compiled() -> list[dict[str, Any]]:
    """CPU seconds and bytes for 1,000 operations, by ``bench/compile.py`` in a process of its own."""
    script = Path(__file__).with_name("compile.py")
    told = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in told.splitlines()]


def access(keys: int) -> list[dict[str, float]]:
    """What limits, meter and keys cost, by ``bench/access.py`` in a process of its own."""
    command = [sys.executable, str(HERE / "access.py"), str(keys)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in told.splitlines()]


def client(quick: bool) -> dict[str, Any]:
    """What the client costs, by ``bench/client.py`` in a process of its own."""
    command = [sys.executable, str(HERE / "client.py"), *(["--quick"] if quick else [])]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return told


CLIENT_GOALS = (
    ("`import parvis`, seconds of CPU", "import", 0.06, "{:.3f}"),
    ("first `connect`, seconds of CPU", "first", 0.4, "{:.3f}"),
    ("later `connect`, seconds of CPU", "later", 0.03, "{:.3f}"),
)


def client_goals(told: dict[str, Any]) -> list[tuple[str, float, float, str]]:
    """The goals of the client, with what was measured."""
    rows = [(name, told[key], goal, form) for name, key, goal, form in CLIENT_GOALS]
    times = {"waits": "a call by the client, times `httpx2`", "awaits": "an awaited call, times `httpx2`"}
    return [*rows, *((name, told[key]["times"], 1.15, "{:.2f}") for key, name in times.items())]


def client_section(told: dict[str, Any]) -> list[str]:
    """The lines about the client."""
    names = {"waits": "`client.post(...)` of `httpx2`", "awaits": "`await client.post(...)` of its async one"}
    ours = {"waits": "the client", "awaits": "the async client"}
    rows = []
    for key in names:
        rows += [
            f"| {names[key]} | {told[key]['bare_us']:.0f} | 1.00 |",
            f"| {ours[key]} | {told[key]['ours_us']:.0f} | {told[key]['times']:.2f} |",
        ]
    return [
        "## The client",
        "",
        "The caller's own CPU for one call of the same read: by the HTTP library alone, which gives a dict, and by an",
        "object from `parvis.connect`, which binds the arguments, checks the result and gives the class's own value.",
        "",
        "| of one call | µs of CPU | times `httpx2` |",
        "|---|---|---|",
        *rows,
        "",
    ]


def page(
    measured: dict[str, list[float]],
    started: dict[str, float],
    imported: dict[str, float],
    tables: list[dict[str, Any]],
    accessed: list[dict[str, float]],
    clients: dict[str, Any],
    seconds: float,
) -> str:
    middle = {name: median(values) for name, values in measured.items()}
    names = {
        "bare": "uvicorn alone: the same bytes, the same headers",
        "async": "Parvis, async method, with a key",
        "inline": "Parvis, `inline` method, with a key",
        "thread": "Parvis, method on its own thread, with a key",
        "unmetered": "Parvis, async method, with a key, without limits and meter",
        "fastapi async": "FastAPI, `async def`, with the same guard",
        "fastapi thread": "FastAPI, `def` (thread pool), with the same guard",
    }
    rows = [
        f"| {names[name]} | {middle[name]:.1f} | {min(values):.1f} - {max(values):.1f} | "
        f"{ratio(measured, name, 'bare'):.2f} |"
        for name, values in measured.items()
    ]
    meter, *stores = accessed
    many = stores[-1]
    added = median(m - u for m, u in zip(measured["async"], measured["unmetered"], strict=True))
    above = median(t - b for t, b in zip(measured["thread"], measured["bare"], strict=True))
    goals = [
        ("async read, times bare", ratio(measured, "async", "bare"), 1.3, "{:.2f}"),
        ("inline read, times bare", ratio(measured, "inline", "bare"), 1.3, "{:.2f}"),
        ("async read, part of FastAPI's", ratio(measured, "async", "fastapi async"), 0.25, "{:.2f}"),
        ("threaded read, µs above bare", above, 60.0, "{:.1f}"),
        ("first answer, seconds of CPU", started["parvis, later"], 1.5, "{:.2f}"),
        ("limits and meter, µs above the same server without", added, 10.0, "{:.1f}"),
        (f"start with {many['keys']:,} keys, seconds", many["start_seconds"], 2.0, "{:.2f}"),
        *client_goals(clients),
    ]
    versions = ", ".join(
        f"{n} {version(n)}" for n in ("parvis", "uvicorn", "uvloop", "httptools", "pydantic", "fastapi")
    )
    return "\n".join([
        "# What a call costs",
        "",
        "Measured by `bench/run`, which writes this page: the CPU time of the whole server process tree for one call,",
        "from the kernel's own books (`/proc/PID/stat`), divided by the calls that were answered. It is what the",
        "machine's owner pays, and depends less than latency on what else the machine does. The server has one core,",
        "the load (`wrk`, 16 connections) another. Rounds are interleaved within one run; numbers are medians, ratios",
        "are taken within a round.",
        "",
        f"{time.strftime('%Y-%m-%d')}; {machine()}; Python {platform.python_version()}; {versions}.",
        f"{len(measured['bare'])} rounds of {seconds:g} s each.",
        "",
        "The call: `GET /weather/v1/at?latitude=48.85&longitude=2.35`, two numbers in, a small dataclass out. Guarded",
        "means: the key is checked (checksum, SHA-256, constant-time comparison), so is the right, the arguments and",
        "the result are validated, a JSON line is logged, the call is counted.",
        "",
        "| | µs of CPU | range | times bare |",
        "|---|---|---|---|",
        *rows,
        "",
        "## Goals",
        "",
        "| | measured | goal | |",
        "|---|---|---|---|",
        *(f"| {n} | {s.format(v)} | at most {g:g} | {'met' if v <= g else 'not yet'} |" for n, v, g, s in goals),
        "",
        "## Start",
        "",
        "| | seconds of CPU |",
        "|---|---|",
        *(f"| to the first answer: {name} | {value:.2f} |" for name, value in started.items()),
        *(f"| `{name}` | {value:.3f} |" for name, value in imported.items()),
        f"| the first `parvis.connect(url)` | {clients['first']:.3f} |",
        f"| a later one | {clients['later']:.3f} |",
        "",
        "## A thousand operations",
        "",
        "What it costs to compile a class of 1,000 methods, once, at start.",
        "",
        "| methods with | seconds of CPU | bytes an operation |",
        "|---|---|---|",
        *(f"| {TABLES[t['facade']]} | {t['cpu_seconds']:.2f} | {t['bytes_per_operation']} |" for t in tables),
        "",
        "## Limits, meter and keys",
        "",
        "Limits and quotas are checked, a record is written into the journal before the answer, and RateLimit fields",
        "are sent; later the records are folded into SQLite. The first two are measured in a loop of their own, the",
        "third as a difference of two servers, rounds of which are above.",
        "",
        "| of one call | µs of CPU |",
        "|---|---|",
        f"| before its answer, on the event loop | {meter['loop_us']:.1f} |",
        f"| with what comes later: folding, new segments of the journal | {meter['whole_us']:.1f} |",
        f"| a server with limits and meter, above the same without | {added:.1f} |",
        "",
        "Keys are loaded when they are first shown, so a start does not depend on how many there are.",
        "",
        row("keys in the store", "keys", 1, "{:,.0f}", stores),
        f"|---{'|---' * len(stores)}|",
        *(row(told, name, unit, form, stores) for told, name, unit, form in KEYS),
        "",
        *client_section(clients),
        "## How to run it",
        "",
        "```console",
        "$ bench/run           # some five minutes; writes this page",
        "$ bench/run --quick   # a minute; prints, writes nothing",
        "```",
        "",
        "It needs two cores and `wrk` (Debian's package, installed when run as root). The subjects stand in",
        "`bench/subjects/`: the class that is served, the bare application, and the FastAPI one as its documentation",
        "teaches it (`APIKeyHeader`, `Depends`, `@app.middleware`, `logging`).",
        "",
    ])  # fmt: skip


KEYS = (
    ("start to the first answer, seconds", "start_seconds", 1, "{:.2f}"),
    ("the same, seconds of CPU", "start_cpu_seconds", 1, "{:.2f}"),
    ("memory of the server then, MB", "server_bytes", 1e6, "{:.0f}"),
    ("bytes in memory for a key that was shown, and its account", "bytes", 1, "{:.0f}"),
    ("verifying one key, µs", "one_us", 1, "{:.1f}"),
    ("verifying any of 2,000 in turn, µs", "any_us", 1, "{:.1f}"),
    ("loading one from the store, µs", "store_us", 1, "{:.0f}"),
)
"""What is said, name in ``bench/access.py``, unit, form."""


def row(told: str, name: str, unit: float, form: str, columns: list[dict[str, float]]) -> str:
    """One row of a table."""
    return "| " + " | ".join([told, *(form.format(column[name] / unit) for column in columns)]) + " |"


TABLES = {"plain": "plain parameters", "classes": "classes in every signature", "told": "a long docstring"}
"""Name in ``bench/compile.py`` -> words."""


def machine() -> str:
    text = Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")
    return f"{model or platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute; writes nothing")
    quick = parser.parse_args().quick
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise SystemExit("two cores are needed: one for the server, one for the load")
    rounds, seconds, times = (3, 1.0, 1) if quick else (7, 3.0, 5)
    keys = 20_000 if quick else 1_000_000
    clients = client(quick)
    written = page(calls(rounds, seconds), starts(times), imports(times), compiled(), access(keys), clients, seconds)
    if quick:
        print(written)
    else:
        PAGE.write_text(written)
        print(f"{PAGE} is written", file=sys.stderr)


if __name__ == "__main__":
    main()
