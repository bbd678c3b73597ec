"""A real worker and what befalls it: crashes, held interpreters, slow starts, forks; other loops, and TLS."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from served import PARVIS, DidNotStart, Served, environment

CODE = """
import ctypes, os, signal, sys, time

class Shop:
    def pid(self) -> int:
        return os.getpid()

    def segfault(self) -> int:
        ctypes.string_at(0)
        return 1

    def hold(self, seconds: int) -> int:
        ctypes.PyDLL(None).sleep(seconds)  # with the interpreter in hand
        return seconds

    def nap(self, seconds: int) -> int:
        open("napping", "w").close()
        time.sleep(seconds)
        return seconds

    def fork(self) -> int:
        child = os.fork()
        if child == 0:
            time.sleep(20)
            os._exit(0)
        return child

    def end_child(self, child: int) -> int:
        os.kill(child, signal.SIGTERM)
        return os.waitpid(child, 0)[1]

class Slow:
    def __init__(self):
        ctypes.PyDLL(None).sleep(4)

    def pid(self) -> int:
        return os.getpid()

class Dies:
    def __init__(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def pid(self) -> int:
        return os.getpid()
"""

Real = Callable[..., Served]


def again(served: Served, within: float = 10) -> int:
    """The id of the worker that answers, once one does."""
    deadline = time.monotonic() + within
    while True:
        try:
            status, pid = served.call("shop.pid", 5)
            assert 200 == status
            return int(pid)
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_crash_is_told_with_its_signal_and_where_and_the_next_worker_serves(real: Real) -> None:
    served = real(CODE, "Shop")
    first = again(served)
    with pytest.raises((OSError, http.client.HTTPException)):
        served.call("shop.segfault")
    assert first != again(served)
    (ended,) = served.told("worker-ended")
    assert ("error", first, "SIGSEGV") == (ended["level"], ended["pid"], ended["signal"])
    assert "in segfault" in ended["trace"]


def test_an_interpreter_that_is_held_is_told_with_where_and_the_worker_is_replaced(real: Real, shelf: Path) -> None:
    (shelf / "parvis.toml").write_text("hung_after = 2.0\n")
    served = real(CODE, "Shop")
    first = again(served)
    with pytest.raises((OSError, http.client.HTTPException)):
        served.call("shop.hold", seconds=30)
    assert first != again(served)
    (hung,) = served.told("worker-hung")
    assert first == hung["pid"]
    assert "in hold" in hung["trace"]


def test_a_start_may_hold_the_interpreter_longer_than_a_call_may(real: Real, shelf: Path) -> None:
    (shelf / "parvis.toml").write_text("hung_after = 2.0\n")
    served = real(CODE, "Slow")
    assert 200 == served.call("slow.pid")[0]
    assert [] == served.told("worker-ended")


def test_a_worker_that_dies_before_it_ever_served_ends_the_run_with_the_reason(real: Real) -> None:
    with pytest.raises(DidNotStart, match="SIGKILL"):
        real(CODE, "Dies")


def test_a_run_that_served_keeps_trying_with_growing_pauses(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop")
    first = again(served)
    (shelf / "wares.py").write_text("raise OSError('the disk is away')\n")
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while len(served.told("worker-again")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert served.process.poll() is None
    (shelf / "wares.py").write_text(CODE)
    assert first != again(served, 20)
    pauses = [line["seconds"] for line in served.told("worker-again")]
    assert sorted(pauses) == pauses
    assert len(set(pauses)) > 1


def test_a_forked_child_holds_neither_socket_nor_lock_nor_journal_and_its_signals_are_its_own(
    real: Real, shelf: Path
) -> None:
    served = real(CODE, "Shop")
    first = again(served)
    child = served.call("shop.fork")[1]

    def holds() -> list[str]:
        held = []
        for file in Path(f"/proc/{child}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                held.append(os.readlink(file))
        return held

    deadline = time.monotonic() + 5  # it answers as soon as there is a child, which has yet to run
    while any(name.endswith(("/lock", ".seg")) for name in holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    held = holds()
    assert [] == [name for name in held if name.endswith(("/lock", ".seg"))]
    mine = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"}
    assert [] == [name for name in held if name.startswith("socket:[") and name[8:-1] in mine]
    assert signal.SIGTERM == served.call("shop.end_child", child=child)[1]  # ended by it, not deaf to it
    child = served.call("shop.fork")[1]
    os.kill(first, signal.SIGKILL)
    assert first != again(served)
    assert Path(f"/proc/{child}").exists()
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_it_serves_by_https_and_on_either_loop(shelf: Path, tmp_path: Path, loop: str) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    (shelf / "wares.py").write_text(CODE)
    (shelf / "parvis.toml").write_text(f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n')
    if loop == "asyncio":  # as where there is no uvloop
        (shelf / "sitecustomize.py").write_text("import sys\nsys.modules['uvloop'] = None\n")
    env = environment(PYTHONPATH=str(shelf))
    with Served("wares:Shop", cwd=shelf, data=tmp_path / "data", env=env) as served:
        assert served.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", served.port, timeout=10, context=trusting)
        for _ in range(2):
            connection.request("POST", "/shop/v1/pid", "{}", {
                "authorization": f"Bearer {served.key}", "content-type": "application/json",
            })  # fmt: skip
            answer = connection.getresponse()
            assert (200, True) == (answer.status, int(answer.read()) > 0)
        connection.close()
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert not plain.recv(100).startswith(b"HTTP/1.1 200")


def test_a_certificate_that_cannot_be_read_is_a_sentence(shelf: Path, tmp_path: Path) -> None:
    (shelf / "wares.py").write_text(CODE)
    env = environment(PARVIS_TLS_CERTIFICATE=str(shelf / "none.pem"))
    command = [PARVIS, "serve", "wares:Shop", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=shelf, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.splitlines()[-1].startswith("parvis: tls_certificate: ")
    assert sys.executable not in done.stderr


def test_a_server_that_nobody_calls_does_next_to_nothing(real: Real) -> None:
    served = real(CODE, "Shop")
    again(served)

    def ticks() -> int:
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in served.workers()]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats)

    time.sleep(0.5)
    before = ticks()
    time.sleep(2)
    assert ticks() - before <= 20  # a tenth of a core


def test_a_changed_file_starts_the_server_again_and_a_broken_one_waits_for_its_mending(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop", "--reload")
    first = again(served)
    (shelf / "wares.py").write_text("class Shop(:\n")
    deadline = time.monotonic() + 15
    while "cannot be imported" not in served.log():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert served.process.poll() is None
    (shelf / "wares.py").write_text(CODE)
    assert first != again(served, 15)
    assert "Traceback" not in served.log()


def test_ctrl_c_while_a_changed_file_is_taken_up_ends_it(real: Real, shelf: Path) -> None:
    served = real(CODE, "Shop", "--reload")
    again(served)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(served.call, "shop.nap", seconds=8)
        deadline = time.monotonic() + 10
        while not (shelf / "napping").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        (shelf / "wares.py").write_text(CODE + "\n")
        while taken(served):  # until the old worker takes nothing more
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(served.process.pid, signal.SIGINT)
        assert 0 == served.process.wait(5)
        with pytest.raises((OSError, http.client.HTTPException)):
            held.result()


def taken(served: Served) -> bool:
    try:
        served.call("shop.pid", 0.5)
    except TimeoutError:
        return False
    return True


def test_what_one_keeper_cannot_say_any_more_keeps_no_other_from_closing_in_a_child() -> None:
    code = """
import os
from parvis.forks import close_in_children
mine, other = os.pipe()

def closed():
    raise ValueError("I/O operation on closed file")

close_in_children(closed)
close_in_children(lambda: [mine])
child = os.fork()
if child == 0:
    try:
        os.fstat(mine)
    except OSError:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert ("7\n", "") == (done.stdout, done.stderr)
