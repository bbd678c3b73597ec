"""What goes over the wire: by proxies, with TLS, in time, and unpacked within bounds."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import shutil
import ssl
import subprocess
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest

import parvis
from parvis.client import AnswerUnreadable, ConnectionFailed, connect_url
from parvis.client.http.address import ServiceAddress
from parvis.client.http.connections import host, target

PRICE = "/shop/v1/price"


def both(url: str, **how: Any) -> list[str]:
    """The price of tea, as each kind of client gets it."""

    async def awaited() -> str:
        async with parvis.connect_async(url, **how) as shop:
            return str(await shop.price("tea"))

    with parvis.connect(url, **how) as shop:
        return [str(shop.price("tea")), asyncio.run(awaited())]


@pytest.fixture
def proxy(wire, make, monkeypatch):
    """A proxy for plain connections gets the whole address (RFC 9112 section 3.2.2)."""
    wire.contracts = {"http://shop.example/shop": make.shop}
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("http_proxy", wire.origin.replace("http://", "http://ada:p%40ss@"))
    return wire


def test_a_proxy_of_the_environment_is_used(proxy):
    assert ["12.00"] * 2 == both("http://shop.example/shop")
    seen = {(path, headers["host"], headers["proxy-authorization"]) for _, path, headers, _ in proxy.seen[1:2]}
    assert {("http://shop.example/shop/v1/price", "shop.example", "Basic YWRhOnBAc3M=")} == seen


def test_a_name_that_no_proxy_excepts_goes_by_none(proxy, monkeypatch):
    monkeypatch.setenv("no_proxy", "shop.example")
    with pytest.raises(ConnectionFailed):
        connect_url("http://shop.example/shop", timeout=3)
    assert [] == proxy.seen


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt install openssl")
    made = tmp_path / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(made), "-out", str(tmp_path / "cert")],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_text(made.read_text() + (tmp_path / "cert").read_text())
    return made


def test_a_certificate_is_checked_and_a_good_one_taken(serve, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    wire = serve(context)
    url = wire.url.replace("http://127.0.0.1", "https://localhost")
    with pytest.raises(ConnectionFailed, match=r"(?i)certificate") as caught:
        both(url, key="pv_live_secret")
    assert ("not-sent", []) == (caught.value.outcome, wire.seen)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert ["12.00"] * 2 == both(url)
    with pytest.raises(ConnectionFailed, match=r"(?i)certificate"):
        connect_url(url.replace("localhost", "127.0.0.1"))


def test_a_head_that_drips_is_given_up_after_the_whole_time(wire):
    def drip(handler: Any) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            handler.close_connection = True

    wire.raw[PRICE] = drip
    before = time.monotonic()
    for call in (
        lambda: connect_url(wire.url, timeout=0.4, retries=0).price("tea"),
        lambda: both(wire.url, timeout=0.4, retries=0),
    ):
        with pytest.raises(ConnectionFailed, match="did not answer in time"):
            call()
    assert time.monotonic() - before < 3


def test_every_item_of_a_stream_has_the_whole_time(wire):
    def slow(count: int) -> Any:
        for number in range(count):
            time.sleep(0.15)
            yield {"name": "a", "count": number}

    wire.operations["ticks"] = slow
    with connect_url(wire.url, timeout=0.4) as shop:
        assert 5 == len(list(shop.ticks(5)))


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd"])
def test_what_is_packed_as_nobody_asked_is_unreadable(wire, coding):
    wire.raw[PRICE] = lambda handler: handler.send(200, b"x", **{"Content-Encoding": coding})
    with connect_url(wire.url) as shop, pytest.raises(AnswerUnreadable, match="cannot be decompressed"):
        shop.price("tea")


def test_what_is_packed_and_ends_too_early_is_unreadable(wire):
    packed = gzip.compress(b'"' + b"1" * 5_000 + b'"')[:-9]
    wire.raw[PRICE] = lambda handler: handler.send(200, packed, **{"Content-Encoding": "gzip"})
    with connect_url(wire.url) as shop, pytest.raises(AnswerUnreadable, match="It ends too early"):
        shop.price("tea")


def test_a_packed_stream_is_read_line_by_line(wire):
    packed = gzip.compress(b'{"name": "a"}\n{"name": "b"}\n')
    wire.raw["/shop/v1/ticks"] = lambda handler: handler.send(
        200, packed, "application/jsonl", **{"Content-Encoding": "gzip"}
    )
    with connect_url(wire.url) as shop:
        assert ["a", "b"] == [item.name for item in shop.ticks(2)]


def test_a_bomb_is_given_up_before_it_is_unpacked(wire):
    squeezed = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([squeezed.compress(bytes(1 << 24)) for _ in range(32)] + [squeezed.flush()])
    assert len(bomb) < 1_000_000
    wire.raw["/shop/v1/ticks"] = lambda handler: handler.send(200, bomb, **{"Content-Encoding": "gzip"})
    wire.raw[PRICE] = wire.raw["/shop/v1/ticks"]
    with connect_url(wire.url, limit=2_000_000) as shop:
        tracemalloc.start()
        try:
            for call in (lambda: shop.price("tea"), lambda: list(shop.ticks(1))):
                with pytest.raises(AnswerUnreadable, match="larger than 2000000"):
                    call()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 12_000_000


def test_a_reference_elsewhere_is_never_followed(serve, make):
    wire, other = serve(), serve()
    schema = {"$ref": f"{other.origin}/schema.json#/a", "$schema": f"{other.origin}/draft"}
    price = dataclasses.replace(
        make.shop.operations[0],
        parameters=tuple(dataclasses.replace(p, schema=schema) for p in make.shop.operations[0].parameters),
        result=dataclasses.replace(make.shop.operations[0].result, schema=schema),
    )
    wire.contracts = {"/shop": dataclasses.replace(make.shop, operations=(price,), schemas={"Order": schema})}
    with connect_url(wire.url) as shop:
        assert "12.00" == str(shop.price("tea"))
        help_of = shop.price.__doc__
    assert ([], True) == (other.seen, "What is bought." in help_of)


def test_the_language_of_errors_can_be_said(wire):
    both(wire.url, language="fr, en;q=0.5")
    assert ["fr, en;q=0.5"] * 4 == [headers["accept-language"] for _, _, headers, _ in wire.seen]
    for wrong in ("fr\r\nX: y", "é"):
        with pytest.raises(ValueError, match="Accept-Language"):
            connect_url(wire.url, language=wrong)


def test_an_option_that_there_is_not_is_a_type_error(wire):
    class Shop:
        def price(self) -> int:
            return 1

    for where in (wire.url, Shop()):
        with pytest.raises(TypeError, match="unexpected keyword argument 'presents'"):
            parvis.connect(where, presents={})
        with pytest.raises(TypeError, match="unexpected keyword argument 'presents'"):
            asyncio.run(_awaited(where))
    assert [] == wire.seen


async def _awaited(where: Any) -> Any:
    return await parvis.connect_async(where, presents={})


@pytest.mark.parametrize(("url", "name", "path"), [
    ("http://host:8000/shop", b"host:8000", b"/shop"),
    ("https://[::1]:8443/a/b", b"[::1]:8443", b"/a/b"),
    ("http://bücher.example/caf\u00e9", b"xn--bcher-kva.example", b"/caf%C3%A9"),
    ("http://host", b"host", b"/"),
    ("http://host/a%20b", b"host", b"/a%20b"),
])  # fmt: skip
def test_an_address_is_spelt_as_http_has_it(url, name, path):
    address = ServiceAddress.parse(url)
    assert (name, path) == (host(address.origin), target(address.url, address.origin))
