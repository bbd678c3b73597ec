"""``parvis.asgi`` under servers that others wrote, alone and mounted in applications that others wrote."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from served import environment

MODULE = """
from collections.abc import Iterator

import parvis
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount


class Shop:
    def get_price(self, item: str, count: int = 1) -> float:
        return 3.5 * count

    def count(self, to: int) -> Iterator[int]:
        yield from range(to)

    def length(self, text: bytes) -> int:
        return len(text)


alone = parvis.asgi(Shop, data="data")
starlette = Starlette(routes=[Mount("/api", parvis.asgi(Shop, data="data"))])
fastapi = FastAPI()
fastapi.mount("/api", parvis.asgi(Shop, data="data"))
"""
SERVERS = {
    "uvicorn": ["uvicorn", "--log-level", "warning", "--host", "127.0.0.1", "--port"],
    "hypercorn": ["hypercorn", "--log-level", "warning", "--bind"],
}


@pytest.fixture(params=[(server, app) for server in SERVERS for app in ("alone", "starlette", "fastapi")],
                ids=lambda each: "-".join(each))  # fmt: skip
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address below which the service stands; the plan ``anonymous`` may call it."""
    server, app = request.param
    (tmp_path / "wares.py").write_text(MODULE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = str(port) if server == "uvicorn" else f"127.0.0.1:{port}"
    command = [sys.executable, "-m", *SERVERS[server], where, f"wares:{app}"]
    (tmp_path / "data").mkdir()
    parvis = [sys.executable, "-c", "from parvis.cli import main; main()"]
    open_to_all = [*parvis, "admin", "--data", "data", "plans.update", "name=anonymous", 'rights:=["*"]', "rate=1000"]
    subprocess.run(open_to_all, cwd=tmp_path, env=environment(), check=True, capture_output=True)
    running = subprocess.Popen(command, cwd=tmp_path, env=environment(PYTHONPATH=str(tmp_path)))
    base = f"http://127.0.0.1:{port}" + ("" if app == "alone" else "/api")
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx2.get(f"{base}/health/ready").status_code == 200:
                    break
            except httpx2.TransportError:
                assert time.monotonic() < deadline, "the server did not start"
                assert running.poll() is None, "the server ended"
                time.sleep(0.1)
        yield base
    finally:
        running.terminate()
        running.wait(20)


def test_calls_streams_bodies_and_refusals_are_the_same_under_every_server(url: str) -> None:
    with httpx2.Client(base_url=url) as client:
        priced = client.get("/shop/v1/get_price", params={"item": "tea", "count": 2})
        assert (200, 7.0, "application/json") == (priced.status_code, priced.json(), priced.headers["content-type"])
        again = client.get("/shop/v1/get_price?item=tea&count=2", headers={"if-none-match": priced.headers["etag"]})
        assert (304, b"") == (again.status_code, again.content)
        assert ["0", "1", "2"] == client.post("/shop/v1/count", json={"to": 3}).text.split()
        long = client.post(
            "/shop/v1/length", content=b"x" * 300_000, headers={"content-type": "application/octet-stream"}
        )
        assert (200, 300_000) == (long.status_code, long.json())
        wrong = client.get("/shop/v1/get_price")
        assert (422, "invalid-arguments") == (wrong.status_code, wrong.json()["code"])
        head = client.head("/shop/v1/get_price?item=tea")
        assert (200, b"") == (head.status_code, head.content)
        assert "shop" == client.get("/shop/contract.json").json()["service"]
        assert (404, "unknown-operation") == (
            (gone := client.get("/shop/v1/nothing")).status_code, gone.json()["code"],
        )  # fmt: skip
