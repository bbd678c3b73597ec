import gc
import gzip
import json
import threading
import time

import pytest

from parvis.client import (
    AnswerUnreadable,
    ConnectionFailed,
    KeyRefused,
    ParvisError,
    ServiceFailed,
    connect_url,
)
from parvis.client.http.address import ServiceAddress

SECRET = "pv_live_secret"


def headers_only(handler, status, **headers):
    handler.send(status, b"", **headers)


def test_a_key_goes_as_a_bearer_credential(wire):
    wire.key = SECRET
    with connect_url(wire.url, SECRET) as shop:
        shop.price("tea")
    assert [f"Bearer {SECRET}"] * 2 == wire.credentials


def test_a_name_and_password_go_as_basic(wire):
    with connect_url(wire.url, auth=("é@example.org", "p:ä")):
        pass
    assert ["Basic w6lAZXhhbXBsZS5vcmc6cDrDpA=="] == wire.credentials


def test_a_refused_key_says_what_to_do(wire):
    wire.key = SECRET
    with pytest.raises(KeyRefused) as caught:
        connect_url(wire.url, "pv_live_other")
    assert ("key-unknown", 401, "Make a new key.", "req_9") == (
        caught.value.code, caught.value.status, caught.value.fix, caught.value.request_id,
    )  # fmt: skip
    assert "pv_live_other" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/shop/contract.json", "/shop/v1/price"])
def test_a_key_never_goes_to_another_origin(serve, status, path):
    wire, other = serve(), serve()
    wire.raw[path] = lambda handler: headers_only(handler, status, Location=f"{other.url}/v1/price")
    with (
        pytest.raises(AnswerUnreadable, match="The address has moved") as caught,
        connect_url(wire.url, SECRET) as shop,
    ):
        shop.price("tea")
    assert f"It points to {other.url}/v1/price." == caught.value.detail
    assert [] == other.seen


def test_nothing_is_compressed_on_the_way_within_a_machine(wire):
    with connect_url(wire.url) as shop:
        shop.price("tea")
    assert ["identity"] * 2 == [headers["accept-encoding"] for _, _, headers, *_ in wire.seen]


def test_no_cookie_is_kept(wire):
    wire.raw["/shop/v1/nothing"] = lambda handler: handler.send(200, b"null", **{"Set-Cookie": "a=b"})
    with connect_url(wire.url) as shop:
        shop.nothing()
        shop.price("tea")
    assert "cookie" not in wire.seen[-1][2]


def test_a_proxy_of_the_environment_does_not_see_calls_to_this_machine(wire, serve, monkeypatch):
    proxy = serve()
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.origin)
    with connect_url(wire.url, SECRET) as shop:
        shop.price("tea")
    assert (2, []) == (len(wire.seen), proxy.seen)


def test_a_service_may_be_mounted_deeper(wire, make):
    wire.contracts = {"/api/shop": make.shop}
    with connect_url(f"{wire.origin}/api/shop/") as shop:
        assert f"{wire.origin}/api/shop/v1" == shop.parvis.address
        shop.price("tea")
    assert ["/api/shop/contract.json", "/api/shop/v1/price"] == [path for _, path, *_ in wire.seen]


def test_a_version_may_be_named(wire):
    with connect_url(f"{wire.url}/v1") as shop:
        shop.price("tea")
    assert ["/shop/v1/contract.json", "/shop/v1/price"] == [path for _, path, *_ in wire.seen]


@pytest.mark.parametrize(
    ("url", "reason"),
    [("shop", "no address of a service"), ("ftp://host/shop", "no address of a service"),
     ("http:///shop", "no address"),
     ("http://ada:pw@host/shop", "no user name or password"), ("http://host/shop?a=1", "query or a fragment"),
     ("http://host:99999/shop", "no address"), ("http://host/a/../b", "no address"),
     ("http://ho st/shop", "no address"),
     ("http://host\\@evil/shop", "no user name or password"), ("http://[::1/shop", "no address")],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        connect_url(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "origin", "path", "loopback"),
    [("HTTP://Host:80/shop/", "http://host", "/shop", False), ("https://h:443", "https://h", "", False),
     ("http://[::1]:8000/shop/v1", "http://[::1]:8000", "/shop/v1", True),
     ("http://127.9.0.1", "http://127.9.0.1", "", True),
     ("http://localhost:8000/a/b", "http://localhost:8000", "/a/b", True), ("https://h:80", "https://h:80", "", False)],
)  # fmt: skip
def test_an_origin_has_one_spelling(url, origin, path, loopback):
    address = ServiceAddress.parse(url)
    assert (origin, path, loopback) == (address.origin, address.path, address.loopback)


@pytest.mark.parametrize("key", ["pv live", "pv\r\nX: y", "clé", "\x7f"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(wire, key):
    with pytest.raises(ValueError, match="this is not a key") as caught:
        connect_url(wire.url, key)
    assert (False, []) == (key in str(caught.value), wire.seen)


def test_a_server_that_is_not_there_is_a_connection_failed(serve):
    with pytest.raises(ConnectionFailed, match=r"Cannot connect to http://127.0.0.1:9\b") as caught:
        connect_url("http://127.0.0.1:9/shop")
    assert ("not-sent", True) == (caught.value.outcome, "parvis serve" in caught.value.fix)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"\xff", b"{}", b"[" * 1_000_000, b'{"service": "shop"}', b'{"parvis": 2}'],
    ids=range(9),
)
def test_what_is_no_contract_is_an_unreadable_answer(wire, body):
    wire.raw["/shop/contract.json"] = lambda handler: handler.send(200, body)
    with pytest.raises(AnswerUnreadable, match="There is no Parvis service at"):
        connect_url(wire.url)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"\xff\xff", b'"12', b"1 2", b"[" * 1_000_000], ids=range(7))
def test_a_broken_answer_is_unreadable(wire, body):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, body)
    with connect_url(wire.url) as shop, pytest.raises(AnswerUnreadable, match="The answer is no Decimal"):
        shop.price("tea")


def test_an_error_page_of_a_proxy_is_told_as_one(wire):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(502, b"<html>Bad gateway", "text/html")
    with connect_url(wire.url) as shop, pytest.raises(ServiceFailed, match="none of Parvis's") as caught:
        shop.price("tea")
    assert (502, "<html>Bad gateway") == (caught.value.status, caught.value.detail)


def test_an_answer_has_a_most_size(wire):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b'"' + b"1" * 2_000_000 + b'"')
    with connect_url(wire.url, limit=1_000_000) as shop, pytest.raises(AnswerUnreadable, match="larger than 1000000"):
        shop.price("tea")


def test_an_answer_has_a_most_size_after_decompression(wire):
    bomb = gzip.compress(b"1" * 50_000_000)
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, bomb, **{"Content-Encoding": "gzip"})
    with connect_url(wire.url, limit=1_000_000) as shop, pytest.raises(AnswerUnreadable, match="larger than 1000000"):
        shop.price("tea")


def test_a_compressed_answer_is_read(wire):
    packed = gzip.compress(b'"12.50"')
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, packed, **{"Content-Encoding": "gzip"})
    with connect_url(wire.url) as shop:
        assert "12.50" == str(shop.price("tea"))
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b"not gzip", **{"Content-Encoding": "gzip"})
    with connect_url(wire.url) as shop, pytest.raises(AnswerUnreadable, match="cannot be decompressed"):
        shop.price("tea")


def test_a_line_of_a_stream_has_a_most_size_and_a_stream_has_none(wire):
    wire.operations["ticks"] = lambda count: iter([{"name": "x" * 1_000, "count": n} for n in range(count)])
    with connect_url(wire.url, limit=20_000) as shop:
        assert 100 == len(list(shop.ticks(100)))
        wire.operations["ticks"] = lambda count: iter([{"name": "x" * 40_000, "count": 1}])
        with pytest.raises(AnswerUnreadable, match="larger than 20000"):
            list(shop.ticks(1))


def test_a_server_that_says_nothing_is_given_up(wire):
    release = threading.Event()
    wire.raw["/shop/v1/price"] = lambda handler: release.wait(10)
    with (
        connect_url(wire.url, timeout=0.2) as shop,
        pytest.raises(ConnectionFailed, match="did not answer in time") as caught,
    ):
        shop.price("tea")
    release.set()
    assert "unknown" == caught.value.outcome


def test_a_server_that_drips_is_given_up_after_the_whole_time(wire):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)

    wire.raw["/shop/v1/price"] = lambda handler: _quietly(drip, handler)
    before = time.monotonic()
    with connect_url(wire.url, timeout=0.3) as shop, pytest.raises(ConnectionFailed, match="did not answer in time"):
        shop.price("tea")
    assert time.monotonic() - before < 1.5


def test_a_connection_that_breaks_off_says_that_the_outcome_is_unknown(wire):
    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'"12')
        handler.close_connection = True

    wire.raw["/shop/v1/price"] = cut
    wire.raw["/shop/v1/ticks"] = cut
    with connect_url(wire.url) as shop:
        for call in (lambda: shop.price("tea"), lambda: list(shop.ticks(1))):
            with pytest.raises(ConnectionFailed, match="broke") as caught:
                call()
            assert "unknown" == caught.value.outcome


def test_a_stream_that_is_refused_is_an_error_at_its_first_item(wire):
    with connect_url(wire.url, SECRET) as shop:
        wire.key = "another"
        with pytest.raises(KeyRefused):
            next(shop.ticks(1))


@pytest.mark.parametrize(
    "lines", [b'{"name": 1}\n', b"no json\n", b'{"$problem": 1}\n', b'{"$problem": {}, "a": 1}\n'], ids=range(4)
)
def test_a_broken_line_of_a_stream_is_unreadable(wire, lines):
    wire.raw["/shop/v1/ticks"] = lambda handler: handler.send(200, lines, "application/jsonl")
    with connect_url(wire.url) as shop, pytest.raises(AnswerUnreadable, match="The answer is no Item"):
        list(shop.ticks(1))


def test_a_problem_without_a_known_shape_still_ends_a_stream(wire):
    wire.raw["/shop/v1/ticks"] = lambda handler: handler.send(200, b'{"$problem": {"code": 3}}\n', "application/jsonl")
    with connect_url(wire.url) as shop, pytest.raises(ParvisError):
        list(shop.ticks(1))


def test_a_last_line_needs_no_line_end(wire):
    wire.raw["/shop/v1/ticks"] = lambda handler: handler.send(
        200, b'{"name":"a"}\r\n\n{"name":"b"}', "application/jsonl"
    )
    with connect_url(wire.url) as shop:
        assert ["a", "b"] == [item.name for item in shop.ticks(1)]


def test_a_client_serves_many_threads(wire):
    with connect_url(wire.url) as shop:
        results = []
        threads = [threading.Thread(target=lambda: results.append(shop.price("tea"))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 20 * ["12.00"] == [str(result) for result in results]


def test_a_unix_socket_is_reached(tmp_path, make):
    import socketserver
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_): ...

        def address_string(self):
            return ""

        def do_GET(self):
            body = make.shop.to_json()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b'"1"\n')

    path = str(tmp_path / "s")
    with socketserver.UnixStreamServer(path, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with connect_url("http://operator/shop", uds=path) as shop:
                assert "1" == str(shop.price("tea"))
        finally:
            server.shutdown()
            thread.join()


def test_a_transport_that_is_dropped_lets_go_of_its_connections(wire):
    shop = connect_url(wire.url)
    shop.price("tea")
    assert not wire.left.is_set()
    del shop
    gc.collect()
    assert wire.left.wait(10)


def _quietly(act, handler):
    try:
        act(handler)
    except OSError:
        handler.close_connection = True


def test_the_contract_is_read_as_json_only_once(wire):
    with connect_url(wire.url) as shop:
        shop.price("tea")
        shop.price("pot")
    assert 1 == sum(path.endswith("contract.json") for _, path, *_ in wire.seen)
    assert {"item": "pot"} == json.loads(wire.seen[-1][3])
