"""How a request may arrive, against a real server with short settings: heads, bodies, times, and odd messages."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from served import Served, environment

SAY = b"POST /echo/v1/say HTTP/1.1\r\nhost: localhost\r\n"
CODE = """
import time
from collections.abc import Iterator

class Echo:
    def say(self, text: str = "") -> int:
        return len(text)
    def get_length(self, text: str = "") -> int:
        return len(text)
    def nap(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds
"""

HEAD_SECONDS, REQUEST_SECONDS, LATE = 1.0, 2.0, 3.2
"""``LATE``: the sweep looks once a second, who still sends has one to read the answer, and this machine may be busy."""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("echo")
    (home / "wares.py").write_text(CODE)
    settings = {"PARVIS_HEADER_TIMEOUT": str(HEAD_SECONDS), "PARVIS_REQUEST_TIMEOUT": str(REQUEST_SECONDS)}
    with Served("wares:Echo", cwd=home, data=home / "data", env=environment(**settings)) as served:
        yield served


class Wire:
    """One connection, byte by byte."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.socket = socket.create_connection(("127.0.0.1", served.port), timeout=10)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        parts = []
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)

    def answer(self) -> tuple[int, bytes]:
        """One answer with a Content-Length, and the connection as it was."""
        read = b""
        while b"\r\n\r\n" not in read:
            part = self.socket.recv(65536)
            if not part:
                return 0, read
            read += part
        head, _, body = read.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        while length and len(body) < int(length[1]):
            body += self.socket.recv(65536)
        return int(head.split()[1]), body


def post(served: Served, body: bytes = b"{}", *, more: bytes = b"", path: bytes = b"/echo/v1/say") -> bytes:
    return (
        b"POST %s HTTP/1.1\r\nhost: localhost:%d\r\nauthorization: Bearer %s\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n%s\r\n%s" % (path, served.port, served.key.encode(), len(body), more, body)
    )


def statuses(data: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def test_a_connection_that_is_silent_or_slow_is_closed_in_its_time(echo: Served) -> None:
    whole = post(echo, b'{"text":"' + b"x" * 50 + b'"}')
    head, _, body = whole.partition(b"\r\n\r\n")

    def silent(wire: Wire) -> None: ...

    def dripped_head(wire: Wire) -> None:
        for byte in head[:60]:
            try:
                wire.send(bytes([byte]))
            except OSError:
                return
            time.sleep(0.1)

    def stalled_body(wire: Wire) -> None:
        wire.send(head + b"\r\n\r\n" + body[:10])

    def dripped_body(wire: Wire) -> None:
        wire.send(head + b"\r\n\r\n")
        for byte in body:
            try:
                wire.send(bytes([byte]))
            except OSError:
                return
            time.sleep(0.1)

    def no_body(wire: Wire) -> None:
        wire.send(head + b"\r\n\r\n")

    def second_head(wire: Wire) -> None:
        wire.send(post(echo))
        assert (200, b"0") == wire.answer()
        wire.send(head[:20])

    def chunked(wire: Wire) -> None:
        wire.send(head.replace(b"content-length: 61", b"transfer-encoding: chunked") + b'\r\n\r\n5\r\n{"tex')

    limits = {
        **dict.fromkeys((silent, dripped_head, second_head), HEAD_SECONDS),
        **dict.fromkeys((stalled_body, dripped_body, no_body, chunked), REQUEST_SECONDS),
    }

    def measure(way: object) -> tuple[str, bool, list[int]]:
        began = time.monotonic()
        with Wire(echo) as wire:
            way(wire)  # type: ignore[operator]
            said = wire.rest()
        took = time.monotonic() - began
        return way.__name__, limits[way] <= took + 0.05 < limits[way] + LATE, statuses(said)  # type: ignore[attr-defined, index]

    with ThreadPoolExecutor(len(limits)) as pool:
        found = list(pool.map(measure, limits))
    assert [(way.__name__, True, [408]) for way in limits] == found


def test_a_call_may_take_longer_than_its_request_may(echo: Served) -> None:
    with Wire(echo) as wire:
        wire.send(post(echo, b'{"seconds":2.6}', path=b"/echo/v1/nap"))
        assert (200, b"2.6") == wire.answer()


def test_a_head_of_a_mebibyte_is_refused_without_being_read(echo: Served) -> None:
    with Wire(echo) as wire:
        with contextlib.suppress(ConnectionError):  # closed while we are still sending
            wire.send(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: " + b"x" * 1_048_576)
        said = wire.rest()
    assert statuses(said) in ([431], [])


@pytest.mark.parametrize("length", [33_000, 64_000, 120_000])
@pytest.mark.parametrize("first", [False, True], ids=["first", "second"])
def test_a_head_over_the_limit_is_refused_on_every_request(echo: Served, length: int, first: bool) -> None:
    with Wire(echo) as wire:
        if first:
            wire.send(post(echo))
            assert (200, b"0") == wire.answer()
        wire.send(post(echo, more=b"x-long: " + b"x" * length + b"\r\n"))
        status, body = wire.answer()
    assert (431, "headers-too-large") == (status, json.loads(body)["code"])
    assert "32768" in json.loads(body)["fix"]


def test_a_small_head_with_a_great_body_is_no_great_head(echo: Served) -> None:
    body = json.dumps({"text": "x" * 200_000}).encode()
    with Wire(echo) as wire:
        for _ in range(3):
            wire.send(post(echo, body))
            assert (200, b"200000") == wire.answer()
        wire.send(post(echo, body) + post(echo, more=b"connection: close\r\n"))
        assert [200, 200] == statuses(wire.rest())


def test_requests_in_one_packet_are_answered_in_order(echo: Served) -> None:
    with Wire(echo) as wire:
        last = post(echo, b'{"text":"abc"}', more=b"connection: close\r\n")
        wire.send(post(echo, b'{"text":"a"}') + post(echo, b'{"text":"ab"}') + last)
        said = wire.rest()
    assert [200, 200, 200] == statuses(said)
    assert [b"1", b"2", b"3"] == re.findall(rb"\r\n\r\n(\d)", said)


def test_too_many_headers_are_refused(echo: Served) -> None:
    with Wire(echo) as wire:
        wire.send(post(echo, more=b"".join(b"x-%d: 1\r\n" % n for n in range(200))))
        status, body = wire.answer()
    assert (431, "headers-too-large") == (status, json.loads(body)["code"])
    with Wire(echo) as wire:
        wire.send(post(echo, more=b"".join(b"x-%d: 1\r\n" % n for n in range(90))))
        assert 200 == wire.answer()[0]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"GET /health/live HTTP/1.1\r\n\r\n", 200),
        (b"GET /echo/v1/get_length HTTP/1.1\r\n\r\n", 400),
        (b"GET /echo/v1/get_length HTTP/1.1\r\nhost: localhost:%(port)d\r\nhost: evil\r\n\r\n", 400),
        (b"GET /echo/v1/get_length HTTP/1.1\r\nhost: evil.example\r\n\r\n", 400),
        (b"GET /echo/v1/get_length HTTP/1.0\r\n\r\n", 400),
        (b"GET /echo/v1/get_length HTTP/1.1\r\nhost: localhost:%(port)d\r\n\r\n", 401),
        (b"GET http://localhost:%(port)d/echo/v1/get_length HTTP/1.1\r\nhost: localhost:%(port)d\r\n\r\n", 401),
        (b"GET /echo/v1/../v1/get_length HTTP/1.1\r\nhost: localhost:%(port)d\r\n\r\n", 400),
        (b"GET /echo//v1/get_length HTTP/1.1\r\nhost: localhost:%(port)d\r\n\r\n", 400),
        (SAY + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (SAY + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (SAY + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (SAY + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}", 400),
        (SAY + b"content-length: -1\r\n\r\n", 400),
        (SAY + b"content-length: +2\r\n\r\n{}", 400),
        (SAY + b"content-length: " + b"9" * 5000 + b"\r\n\r\n{}", 400),
        (SAY + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 401),
        (b"GET / HTTP/1.1\r\nhost : localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\n folded: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: local\x00host\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nhost: localhost\r\n\r\n", 505),
        (b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\nhost: localhost\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"\r\n\r\nnonsense\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_an_odd_message_is_refused_and_never_smuggled(echo: Served, message: bytes, expected: int) -> None:
    with Wire(echo) as wire:
        wire.send(message.replace(b"%(port)d", str(echo.port).encode()))
        status, body = wire.answer()
        assert expected == status
        if status == 400:
            assert json.loads(body)["code"] in ("malformed-request", "host-refused")


def test_nothing_of_a_refused_message_is_taken_for_the_next(echo: Served) -> None:
    smuggled = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with Wire(echo) as wire:
        wire.send(SAY + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled)
        assert [400] == statuses(wire.rest())


def test_a_body_that_is_refused_unread_closes_the_connection(echo: Served) -> None:
    with Wire(echo) as wire:
        wire.send(
            post(echo, b"")[:-2].replace(b"content-length: 0", b"content-length: 99999999") + b"\r\n" + b"x" * 1000
        )
        assert [413] == statuses(wire.rest())


def test_an_expected_continue_comes_before_the_body_and_not_before_a_refusal(echo: Served) -> None:
    asked = post(echo, b"{}", more=b"expect: 100-continue\r\n")
    with Wire(echo) as wire:
        wire.send(asked[:-2])
        assert b"100 Continue" in wire.socket.recv(100)
        wire.send(b"{}")
        assert (200, b"0") == wire.answer()
    with Wire(echo) as wire:
        wire.send(asked[:-2].replace(b"Bearer pv", b"Bearer xx"))
        assert 401 == wire.answer()[0]


def test_an_upgrade_is_not_taken(echo: Served) -> None:
    more = b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n"
    with Wire(echo) as wire:
        wire.send(b"GET /echo/v1/get_length HTTP/1.1\r\nhost: localhost:%d\r\n%s\r\n" % (echo.port, more))
        assert wire.answer()[0] in (400, 401)


def test_after_all_that_the_server_serves(echo: Served) -> None:
    with Wire(echo) as wire:
        wire.send(post(echo, b'{"text":"still"}'))
        assert (200, b"5") == wire.answer()
    lines = [json.loads(line) for line in echo.log().splitlines()]
    assert [] == [line for line in lines if line["level"] == "error"]
    assert echo.key not in echo.log()
