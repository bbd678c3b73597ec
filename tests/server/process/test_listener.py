"""Connections by TLS that never come to be: they count, the oldest goes first, and each has its time."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from parvis.server.process.connection import Connection
from parvis.server.process.connections import ConnectionBounds, Connections
from parvis.server.process.listener import Listener
from parvis.server.process.sockets import listen

from .carried import Carried

SOON = 5.0


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    home = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", home / "key.pem", "-out", home / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "cert.pem", home / "key.pem")
    return context


async def closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(), SOON) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_who_never_shakes_hands_counts_and_goes_first_and_has_the_time_of_a_head(
    tls: ssl.SSLContext, loop: Callable[[], Any], tmp_path: Path
) -> None:
    async def work() -> None:
        bounds = ConnectionBounds(of_address=2, head_seconds=0.5)
        connections = Connections(bounds, print)
        application = Carried()
        with listen("127.0.0.1", 0) as socket, contextlib.ExitStack() as undo:
            listener = Listener([socket], connections, lambda: Connection(application, connections), tls)  # type: ignore[arg-type]
            listener.start()
            undo.callback(listener.stop)
            port = socket.getsockname()[1]
            made = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            first, second, third = (reader for reader, _ in made)
            began = asyncio.get_running_loop().time()
            assert await closed(first)  # there was no room for the third
            assert asyncio.get_running_loop().time() - began < 0.3
            assert (False, False) == (second.at_eof(), third.at_eof())
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
            assert await closed(second)
            writer.write(b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert (await asyncio.wait_for(reader.read(), SOON)).startswith(b"HTTP/1.1 200")
            writer.close()
            assert await closed(third)  # it had the time of a head
            fourth, held = await asyncio.open_connection("127.0.0.1", port)
            while not connections._half_open:
                await asyncio.sleep(0.01)
            listener.stop()
            await connections.end(1)
            began = asyncio.get_running_loop().time()
            assert await closed(fourth)
            assert asyncio.get_running_loop().time() - began < 0.3
            assert (0, {}) == (connections._half_open, connections._opening)
            for each in (held, *(writer for _, writer in made)):
                each.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())
