"""Honest calls beside silent and greedy connections: what others cost one caller, and what they cost the server.

``scripts/experiments connection [SECONDS]`` serves a small shop and measures the calls of one caller three times:
alone, beside 300 connections that say nothing, beside 300 that ask for large answers and read none. Prints the
median and the 99th percentile of each in milliseconds, the latter's ratio to that of the first, the memory.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CODE = '''
class Shop:
    def get_price(self, item: str) -> float:
        """The price of an item."""
        return 3.5
'''
CROWD = 300


@contextlib.contextmanager
def served() -> Iterator[tuple[int, str, int]]:
    """Its port, its key and the id of its process."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "wares.py").write_text(CODE)
        parvis = Path(sys.executable).with_name("parvis")
        process = subprocess.Popen(
            [parvis, "serve", "wares:Shop", "--port", "0"], cwd=folder, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        said = ""
        try:
            assert process.stdout is not None
            while "Ctrl-C" not in said:
                line = process.stdout.readline()
                assert line, "the server did not start"
                said += line
            port = int(re.findall(r"http://127\.0\.0\.1:(\d+)", said)[0])
            yield port, re.findall(r"pv_test_\w+", said)[0], process.pid
        finally:
            process.terminate()
            process.wait(20)


def megabytes(pid: int) -> float:
    """The memory of a process and its children."""
    total = int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1024
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        total += megabytes(int(child))
    return total


def measured(port: int, key: str, seconds: float) -> tuple[float, float, int]:
    """Median and 99th percentile of calls in a row, in milliseconds, and how many failed."""
    times, failed = [], 0
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        try:
            line.request("GET", "/shop/v1/get_price?item=tea", headers={"Authorization": f"Bearer {key}"})
            answer = line.getresponse()
            answer.read()
            failed += answer.status not in (200, 429)
        except (OSError, http.client.HTTPException):
            failed += 1
            line.close()
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(0.01)
    line.close()
    return statistics.median(times), statistics.quantiles(times, n=100)[98], failed


@contextlib.contextmanager
def crowd(port: int, sent: bytes) -> Iterator[None]:
    """So many connections that send this and read nothing."""
    with contextlib.ExitStack() as open:
        for number in range(CROWD):
            line = socket.socket()
            open.callback(line.close)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.bind((f"127.0.0.{2 + number % 100}", 0))
            line.connect(("127.0.0.1", port))
            with contextlib.suppress(OSError):
                line.sendall(sent)
        yield


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    greedy = b"GET /shop/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
    with served() as (port, key, pid):
        measured(port, key, 2)
        print(f"{'':>28} {'median':>8} {'p99':>8} {'of alone':>9} {'failed':>7} {'MB':>6}")
        alone = None
        for name, sent in (("alone", None), ("beside 300 silent", b""), ("beside 300 greedy", greedy)):
            with crowd(port, sent) if sent is not None else contextlib.nullcontext():
                time.sleep(1)
                median, late, failed = measured(port, key, seconds)
                alone = alone or late
                print(f"{name:>28} {median:8.2f} {late:8.2f} {late / alone:9.2f} {failed:7} {megabytes(pid):6.0f}")


if __name__ == "__main__":
    if not os.path.exists("/proc"):
        sys.exit("this experiment looks at /proc: run it on Linux")
    main()
