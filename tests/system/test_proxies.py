"""Behind the proxies that people have: what they forward is answered, and nothing within a body is ever run.

Every proxy here refuses ``/shop/v1/mark``. Each odd message carries a whole request for it, where a proxy and a server
that read the message differently would find one: what is called all the same was smuggled past the proxy.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from served import Served
from wire import register

CODE = """
from collections.abc import Iterator

class Shop:
    def say(self, text: str = "") -> int:
        return len(text)

    def mark(self) -> str:
        return "smuggled"

    def count(self, to: int) -> Iterator[int]:
        yield from range(to)
"""


def nginx(folder: Path, port: int, to: int) -> list[str]:
    temporary = " ".join(f"{each}_temp_path {folder}/{each};" for each in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}}
        http {{ access_log off; client_body_temp_path {folder}/body; {temporary}
          server {{ listen 127.0.0.1:{port}; location = /shop/v1/mark {{ return 403; }} location / {{
            proxy_pass http://127.0.0.1:{to}; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;
            proxy_set_header Host $http_host; proxy_set_header Connection $http_connection;
            proxy_set_header Upgrade $http_upgrade; }} }} }}
    """)
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def caddy(folder: Path, port: int, to: int) -> list[str]:
    (folder / "Caddyfile").write_text(f"""{{
        admin off
        auto_https off
    }}
    http://:{port} {{
        bind 127.0.0.1
        respond /shop/v1/mark 403
        reverse_proxy 127.0.0.1:{to}
    }}
    """)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def haproxy(folder: Path, port: int, to: int) -> list[str]:
    (folder / "haproxy.cfg").write_text(f"""
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:{port}
  http-request deny if {{ path /shop/v1/mark }}
  default_backend back
backend back
  server one 127.0.0.1:{to}
""")
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


PROXIES: dict[str, Callable[[Path, int, int], list[str]]] = {"nginx": nginx, "caddy": caddy, "haproxy": haproxy}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("shop")
    (home / "wares.py").write_text(CODE)
    with Served("wares:Shop", cwd=home, data=home / "data") as served:
        served.key = register(served.url).key  # the run's own key is for this machine, not for who comes by a proxy
        yield served


@pytest.fixture(scope="module", params=PROXIES)
def port(request: pytest.FixtureRequest, shop: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of the proxy in front of the shop."""
    name = request.param
    if shutil.which(name, path="/usr/bin:/usr/sbin:/usr/local/bin") is None:
        pytest.skip(f"there is no {name} here: `apt install {name}`")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        free = int(found.getsockname()[1])
    folder = tmp_path_factory.mktemp(name)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(
        PROXIES[name](folder, free, shop.port), env={"PATH": "/usr/bin:/usr/sbin:/usr/local/bin", **home},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", free), timeout=1):
                break
            assert time.monotonic() < deadline, f"{name} is not ready"
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        yield free
    finally:
        process.terminate()
        process.wait(10)
        if process.stderr is not None:
            process.stderr.close()


def head(shop: Served, path: str, *more: bytes) -> bytes:
    lines = [b"POST %s HTTP/1.1" % path.encode(), b"Host: 127.0.0.1:%d" % shop.port,
             b"Authorization: Bearer %s" % shop.key.encode(), b"Content-Type: application/json", *more]  # fmt: skip
    return b"\r\n".join([*lines, b"", b""])


def told(port: int, *pieces: bytes, until: bytes = b"", within: float = 2.0) -> bytes:
    """What comes back, until ``until`` is there, the connection ends, or for so long."""
    came = b""
    with socket.create_connection(("127.0.0.1", port), timeout=within) as line, contextlib.suppress(OSError):
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.05)
            line.sendall(piece)
        while part := line.recv(65536):
            came += part
            if until and until in came:
                break
    return came


OFFER = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__")


def test_an_offer_of_http_2_keeps_its_body(shop: Served, port: int) -> None:
    body = b'{"text": "four"}'
    sent = head(shop, "/shop/v1/say", b"Content-Length: %d" % len(body), *OFFER)
    assert told(port, sent + body, until=b"\r\n\r\n4").endswith(b"4")
    assert told(port, sent, body, until=b"\r\n\r\n4").endswith(b"4")


def test_chunks_with_extensions_and_trailers_arrive(shop: Served, port: int) -> None:
    sent = head(shop, "/shop/v1/say", b"Transfer-Encoding: chunked", b"Trailer: X-User")
    chunks = b'9;a=b\r\n{"text": \r\n8\r\n"four"} \r\n0\r\nX-User: mallory\r\n\r\n'
    assert told(port, sent + chunks, until=b"\r\n\r\n4").endswith(b"4")


def test_a_stream_ends(shop: Served, port: int) -> None:
    came = told(port, head(shop, "/shop/v1/count", b"Content-Length: 11") + b'{"to": 300}', until=b"299\n", within=5)
    assert b"299\n" in came


def odd(shop: Served) -> dict[str, bytes]:
    """Messages that two readers could read differently."""
    inner = head(shop, "/shop/v1/mark", b"Content-Length: 2") + b"{}"
    length = b"Content-Length: %d" % len(inner)
    chunked = b"Transfer-Encoding: chunked"

    def say(*more: bytes) -> bytes:
        return head(shop, "/shop/v1/say", *more)

    return {
        "an offer with a request for a body": say(length, *OFFER) + inner,
        "an offer of websocket": say(length, b"Connection: Upgrade", b"Upgrade: websocket") + inner,
        "an offer without a length": say(*OFFER) + b"\r\n",
        "length before chunks": say(length, chunked) + b"0\r\n\r\n" + inner,
        "chunks before length": say(chunked, b"Content-Length: 5") + b"0\r\n\r\n" + inner,
        "a coding nobody knows": say(length, b"Transfer-Encoding: xchunked") + inner,
        "two codings": say(length, b"Transfer-Encoding: chunked, identity") + inner,
        "a coding behind a tab": say(length, b"Transfer-Encoding:\tchunked") + b"0\r\n\r\n" + inner,
        "a coding with a space before the colon": say(length, b"Transfer-Encoding : chunked") + b"0\r\n\r\n" + inner,
        "a coding after a line feed": say(length, b"X: y\nTransfer-Encoding: chunked") + b"0\r\n\r\n" + inner,
        "a folded coding": say(length, b"Transfer-Encoding:\r\n chunked") + b"0\r\n\r\n" + inner,
        "two lengths": say(b"Content-Length: 0", length) + inner,
        "a list of lengths": say(b"Content-Length: 0, %d" % len(inner)) + inner,
        "a length with a sign": say(b"Content-Length: +%d" % len(inner)) + inner,
        "a chunk longer than told": say(chunked) + b"0\r\n" + inner,
        "a size in another spelling": say(chunked) + b"0x%x\r\n%b\r\n0\r\n\r\n" % (len(inner), inner),
        "an extension with a line feed": say(chunked) + b"2;\n{}\r\n0\r\n\r\n",
        "a request for a body": say(length) + inner,
        "a request in a trailer": say(chunked)
        + b"2\r\n{}\r\n0\r\nX: y\r\n"
        + inner.replace(b"\r\n\r\n", b"\r\n")
        + b"\r\n",
    }


def test_nothing_within_a_message_is_run(shop: Served, port: int) -> None:
    for name, message in odd(shop).items():
        came = told(port, message, within=0.6)
        assert b"smuggled" not in came, name
    lines = [json.loads(line) for line in shop.log().splitlines() if line.startswith("{")]
    assert [] == [line for line in lines if line.get("operation") == "shop.mark"]
    assert [] == [line for line in lines if line["level"] == "error"]
    body = b'{"text": "after all"}'
    sent = head(shop, "/shop/v1/say", b"Content-Length: %d" % len(body)) + body
    assert told(port, sent, until=b"\r\n\r\n9").endswith(b"9")
