"""A service may take minutes to start: the others are served meanwhile, and its own calls wait a moment or are told."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from parvis.server import run
from served import DidNotStart, Served

CODE = """
import os, time
from pathlib import Path

class Shop:
    def pid(self) -> int:
        return os.getpid()

    def close(self) -> None:
        Path("shop closed").touch()

class Slow:
    def __init__(self):
        while not Path("go").exists():
            time.sleep(0.02)

    def pid(self) -> int:
        return os.getpid()

class Late(Slow):
    def __init__(self):
        super().__init__()
        raise OSError("the disk is away")

class Fragile:
    def __init__(self):
        if Path("broken").exists():
            raise OSError("the disk is away")

    def pid(self) -> int:
        return os.getpid()
"""

Two = Callable[..., Served]


@pytest.fixture
def two(shelf: Path, tmp_path: Path) -> Iterator[Two]:
    """``two("Shop", "Slow")``: a server of these classes."""
    running: list[Served] = []

    def start(*names: str) -> Served:
        (shelf / "wares.py").write_text(CODE)
        (shelf / "parvis.toml").write_text(
            "".join(f'[service.{name.lower()}]\ntarget = "wares:{name}"\n' for name in names)
        )
        running.append(Served("--config=parvis.toml", cwd=shelf, data=tmp_path / "data"))
        return running[-1]

    yield start
    for served in running:
        served.stop()


def ready(served: Served) -> tuple[int, str]:
    answer = httpx2.get(f"{served.url}/health/ready")
    return answer.status_code, answer.json()["status"]


def until(true: Callable[[], bool], within: float = 10) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_others_are_served_while_one_starts_and_it_is_not_ready_before_all_are_built(two: Two, shelf: Path) -> None:
    served = two("Shop", "Slow")  # which waits for the banner: there is something to call
    assert 200 == served.call("shop.pid")[0]
    assert (503, "starting") == ready(served)
    came: list[Any] = []
    asking = threading.Thread(target=lambda: came.append(served.call("slow.pid")))
    asking.start()
    assert 200 == served.call("shop.pid")[0]
    (shelf / "go").touch()
    asking.join(10)
    assert [200] == [status for status, _ in came]
    until(lambda: ready(served) == (200, "ready"))
    assert [] == served.told("worker-ended")


def test_a_call_of_a_service_that_starts_is_told_after_a_moment(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shop:
        def price(self) -> int:
            return 3

    monkeypatch.setattr(run, "BUILDS", 0.05)
    shop = serve(Shop)
    (service,) = shop.host.services
    service.away = True
    service.built.clear()
    answer = shop.post("price")
    assert (503, "unavailable", "not run") == (answer.status, answer.json["code"], answer.json["outcome"])
    assert "This service is still starting." == answer.json["detail"]
    assert "1" == answer.headers["retry-after"]
    service.away = False
    service.built.set()
    assert (200, 3) == ((answer := shop.post("price")).status, answer.json)


def test_a_first_start_that_fails_ends_the_run_though_others_are_served(two: Two, shelf: Path) -> None:
    served = two("Shop", "Late")
    assert 200 == served.call("shop.pid")[0]
    (shelf / "go").touch()
    assert 1 == served.process.wait(15)
    assert "the disk is away" in served.log()
    assert (shelf / "shop closed").exists()


def test_a_service_that_cannot_be_built_again_is_tried_again_while_the_others_are_served(two: Two, shelf: Path) -> None:
    served = two("Shop", "Fragile")
    first = served.call("shop.pid")[1]
    (shelf / "broken").touch()
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        try:
            return bool(served.call("shop.pid", 5)[1] != first)
        except (OSError, http.client.HTTPException):
            return False

    until(back)
    until(lambda: bool(served.told("service-failed")))
    failed = served.told("service-failed")[0]
    assert ("fragile", "OSError: the disk is away", 1.0) == (failed["service"], failed["error"], failed["again_in"])
    assert (503, "starting") == ready(served)
    (shelf / "broken").unlink()
    assert 200 == served.call("fragile.pid")[0]
    until(lambda: ready(served) == (200, "ready"))


def test_a_signal_while_a_service_starts_ends_it_in_good_order(two: Two, shelf: Path) -> None:
    served = two("Shop", "Slow")
    began = time.monotonic()
    os.kill(served.process.pid, signal.SIGTERM)
    assert 0 == served.process.wait(15)
    assert time.monotonic() - began < 5
    assert (shelf / "shop closed").exists()
    assert [] == served.told("worker-ended")


def test_a_single_service_whose_start_fails_is_no_server(two: Two, shelf: Path) -> None:
    (shelf / "broken").touch()
    with pytest.raises(DidNotStart, match="the disk is away"):
        two("Fragile")
