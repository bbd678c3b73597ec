"""A real server and its worker: signals, kills, hung threads, and starts that fail."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from served import PARVIS, Served, environment, parvis

CODE = """
import os, pathlib, sqlite3, threading, time
from collections.abc import AsyncIterator

class Shop:
    def __init__(self):
        self.rows = sqlite3.connect(":memory:")
        self.lock = threading.Lock()

    def __enter__(self):
        self.note("enter")
        return self

    def __exit__(self, *_):
        self.rows.execute("SELECT 1")
        self.note("exit")

    def note(self, text: str) -> None:
        with open("notes", "a") as notes:
            notes.write(f"{text}\\n")

    def pid(self) -> int:
        return os.getpid()

    def nap(self, seconds: float) -> float:
        self.note("napping")
        time.sleep(seconds)
        self.note("napped")
        return seconds

    async def ticks(self) -> AsyncIterator[int]:
        import asyncio
        n = 0
        while True:
            yield n
            n += 1
            await asyncio.sleep(0.05)

class Stubborn:
    def pid(self) -> int:
        return os.getpid()

    def hang(self) -> int:
        time.sleep(60)
        return 1

    def close(self) -> None:
        time.sleep(60)
"""

Real = Callable[..., Served]


def later(served: Served, operation: str, **arguments: Any) -> Future[tuple[int, Any]]:
    """The call, in hand: it has reached the object when this returns."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(served.call, operation, **arguments)
    pool.shutdown(wait=False)
    time.sleep(0.8)
    return future


def interrupt(served: Served) -> None:
    """Ctrl-C, as a terminal gives it: to the supervisor and to the worker at once."""
    os.killpg(served.process.pid, signal.SIGINT)


def ended(served: Served, within: float) -> float:
    began = time.monotonic()
    served.process.wait(within)
    return time.monotonic() - began


def gone(pid: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def notes(shelf: Path) -> list[str]:
    return (shelf / "notes").read_text().split()


def test_an_idle_server_stops_at_once_and_leaves_its_object_once(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    served.call("shop.pid")
    interrupt(served)
    assert ended(served, 5) < 3.0
    assert ["enter", "exit"] == notes(shelf)
    assert [] == list(Path(served._errors.name).parent.glob("data0/admin.sock*"))


def test_a_ctrl_c_is_one_in_whatever_order_its_signals_come(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    worker = served.call("shop.pid")[1]
    napping = later(served, "shop.nap", seconds=0.8)
    os.kill(worker, signal.SIGTERM)
    os.kill(worker, signal.SIGINT)
    assert (200, 0.8) == napping.result()
    assert gone(worker, 5)
    assert ["enter", "napping", "napped", "exit"] == notes(shelf)[:4]


def test_a_call_in_hand_is_finished_first(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    napping = later(served, "shop.nap", seconds=1.2)
    interrupt(served)
    assert (200, 1.2) == napping.result()
    assert ended(served, 5) < 3.0
    assert ["enter", "napping", "napped", "exit"] == notes(shelf)
    assert 0 == served.process.returncode


def test_a_second_ctrl_c_stops_at_once(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    napping = later(served, "shop.nap", seconds=20)
    interrupt(served)
    time.sleep(0.5)
    interrupt(served)
    assert ended(served, 5) < 1.5
    with pytest.raises((OSError, http.client.HTTPException)):
        napping.result()


@pytest.mark.parametrize("grace", ["0.5"])
def test_a_call_longer_than_the_grace_does_not_hold_the_server(real: Real, grace: str) -> None:
    served = real(CODE, "Shop", "--grace", grace)
    later(served, "shop.nap", seconds=20)
    interrupt(served)
    assert ended(served, 15) < float(grace) + 2.5


def test_a_stream_does_not_hold_the_server_beyond_its_grace(real: Real) -> None:
    served = real(CODE, "Shop", "--grace", "0.5")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as reader:
        reader.sendall(b"POST /shop/v1/ticks HTTP/1.1\r\nhost: localhost:%d\r\nauthorization: Bearer %s\r\n\r\n"
                       % (served.port, served.key.encode()))  # fmt: skip
        assert reader.recv(10_000).startswith(b"HTTP/1.1 200")
        interrupt(served)
        assert ended(served, 10) < 2.0


def test_a_worker_that_is_killed_is_replaced_and_the_run_goes_on(real: Real) -> None:
    served = real(CODE, "Shop")
    first = served.call("shop.pid")[1]
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    status, second = served.call("shop.pid")  # waits in the socket
    assert (200, True) == (status, second != first)
    assert time.monotonic() - began < 5
    assert served.process.poll() is None


def test_a_supervisor_that_is_killed_takes_its_worker_with_it_and_frees_port_and_data(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    worker = served.call("shop.pid")[1]
    os.kill(served.process.pid, signal.SIGKILL)
    assert gone(worker, 5)
    data = Path(served._errors.name).parent / "data0"
    with Served("wares:Shop", cwd=shelf, data=data, port=served.port) as again:
        assert 200 == again.call("shop.pid")[0]


def test_a_service_whose_threads_all_hang_serves_again_in_the_same_process(real: Real, shelf: Path) -> None:
    (shelf / "parvis.toml").write_text('timeout = 0.5\ngrace = 0.5\n[service.stubborn]\ntarget = "wares:Stubborn"\n')
    served = real(CODE, "Stubborn")
    first = served.call("stubborn.pid")[1]
    status, problem = served.call("stubborn.hang")
    assert (504, "call-timeout", "unknown") == (status, problem["code"], problem["outcome"])
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        status, answer = served.call("stubborn.pid")
        if status == 200:
            break
        assert (503, "unavailable", "not run") == (status, answer["code"], answer["outcome"])
        time.sleep(0.05)
    assert (200, first) == (status, answer)


@pytest.mark.slow
def test_an_end_that_hangs_is_given_up(real: Real) -> None:
    served = real(CODE, "Stubborn")
    interrupt(served)
    assert ended(served, 15) < 8


@pytest.mark.slow
def test_the_end_of_the_terminal_is_the_end_of_the_server_but_not_under_nohup(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    worker = served.call("shop.pid")[1]
    os.killpg(served.process.pid, signal.SIGHUP)
    assert ended(served, 5) < 3
    assert gone(worker, 3)
    kept = real(CODE, "Shop", prefix=["nohup"])
    for number in (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU):
        os.kill(kept.process.pid, number)
    time.sleep(1.2)
    assert 200 == kept.call("shop.pid")[0]
    assert 2 <= len(kept.workers()) <= 3  # itself, its worker, and the one that minds shared memory


def refused(shelf: Path, *arguments: str) -> str:
    """What a command says that ends with exit code 1 and one sentence."""
    done = parvis(*arguments, cwd=shelf)
    assert (1, "") == (done.returncode, done.stdout)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("parvis: ")
    return done.stderr


@pytest.mark.parametrize("command", ["serve", "describe"])
def test_a_broken_target_is_a_sentence_and_exit_code_one(shelf: Path, tmp_path: Path, command: str) -> None:
    (shelf / "wares.py").write_text(CODE)
    (shelf / "broken.py").write_text("class Shop(:\n")
    (shelf / "exits.py").write_text("import sys\nsys.exit(3)\n")
    expected = {
        "absent:Shop": "there is no module 'absent': run from the folder that holds it, or install it",
        "wares:Shpo": "'wares' has no 'Shpo'; it has Shop, Stubborn",
        "broken:Shop": "'broken' cannot be imported: invalid syntax",
        "exits:Shop": "'exits' cannot be imported: SystemExit: 3",
    }

    def say(target: str) -> str:
        more = ["--port", "0", "--data", str(tmp_path / target.replace(":", "_"))] if command == "serve" else []
        return refused(shelf, command, target, *more)

    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(expected, pool.map(say, expected), strict=True))
    assert expected == {target: sentence for target, sentence in expected.items() if sentence in said[target]}
    assert [] == [text for text in said.values() if "Traceback" in text]


@pytest.mark.slow
def test_a_port_that_is_taken_and_a_directory_in_use_are_told(real: Real, shelf: Path, tmp_path: Path) -> None:
    served = real(CODE, "Shop")
    other = subprocess.Popen(
        [PARVIS, "serve", "wares:Shop", "--port", "0", "--data", str(tmp_path / "data0")], cwd=shelf, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    taken = refused(shelf, "serve", "wares:Shop", "--port", str(served.port), "--data", str(tmp_path / "other"))
    assert f"parvis: port {served.port} is taken: stop what uses it, or give another with --port\n" == taken
    assert 200 == served.call("shop.pid")[0]
    done = subprocess.run(
        [PARVIS, "operator", "--data", str(tmp_path / "data0"), "--email", "op@shop.example"], cwd=shelf, text=True,
        env=environment(PARVIS_PASSWORD="correct horse battery"), capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert (0, "op@shop.example is the operator.\n") == (done.returncode, done.stdout)
    output, in_use = other.communicate(timeout=30)
    assert (1, "") == (other.returncode, output)
    assert in_use.splitlines()[-1].startswith("parvis: another Parvis server is using the data directory")


def test_two_workers_are_refused_with_the_reason(shelf: Path) -> None:
    assert "one worker for now" in refused(shelf, "serve", "wares:Shop", "--workers", "2")


def test_the_operator_is_set_without_a_server_and_kept(shelf: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for email in ("one@shop.example", "two@shop.example"):
        done = subprocess.run(
            [PARVIS, "operator", "--data", str(data), "--email", email], cwd=shelf, capture_output=True, text=True,
            env=environment(PARVIS_PASSWORD="correct horse battery"), timeout=30, check=False,
        )  # fmt: skip
        assert (0, f"{email} is the operator.\n") == (done.returncode, done.stdout)
    (shelf / "wares.py").write_text(CODE)
    with Served("wares:Shop", cwd=shelf, data=data) as served:
        assert "operator?link=" not in served.banner


def test_the_operator_s_link_opens_once(real: Real) -> None:
    served = real(CODE, "Shop")
    link = served.banner.split("operator?link=")[1].split()[0]
    arguments = {"email": "op@shop.example", "password": "correct horse battery", "link": link}
    assert [403, 200, 403] == [
        served.call("parvis.operators.create", **{**arguments, "link": "wrong"})[0],
        served.call("parvis.operators.create", **arguments)[0],
        served.call("parvis.operators.create", **{**arguments, "email": "other@shop.example"})[0],
    ]
    assert link not in served.log()
