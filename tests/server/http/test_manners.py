"""What every answer carries and every address answers: OPTIONS, HEAD, CORS, security, links, tracing, deprecation."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asgi import receiver
from parvis.server.http.asgi import Asgi
from parvis.settings import SettingsError

APP = "https://app.example.org"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
CORS_FIELDS = {
    "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
    "access-control-max-age", "access-control-expose-headers",
}  # fmt: skip


class Orders:
    def get(self, id: int) -> int:
        if id > 9:
            raise LookupError(id)
        return id

    def list(self) -> list[int]:
        return [1]

    def create(self, item: str) -> str:
        return item

    def delete(self, id: int) -> None: ...


class Shop:
    """A shop."""

    orders: Orders

    def __init__(self) -> None:
        self.orders = Orders()
        self.yielded = 0

    def price(self, item: str) -> int:
        """What it costs."""
        return len(item)

    def quote(self, item: str) -> int:
        """What it cost."""
        return len(item)

    def sell(self, item: str) -> None: ...

    def feed(self) -> Iterator[int]:
        while True:
            self.yielded += 1
            yield self.yielded

    def fail(self) -> int:
        raise RuntimeError("bug")


READS = ["price", "quote", "orders.get", "orders.list", "feed"]
Guard = Callable[..., Any]


@pytest.fixture
def shop(guarded: Guard) -> Any:
    return guarded(Shop, reads=tuple(READS))


@pytest.fixture
def shared(guarded: Guard) -> Any:
    return guarded(Shop, reads=tuple(READS), settings={"cors": [APP]})


ALLOWED = {
    "/shop/v1/price": "GET, HEAD, OPTIONS, POST",
    "/shop/v1/sell": "OPTIONS, POST",
    "/shop/v1/orders": "GET, HEAD, OPTIONS, POST",
    "/shop/v1/orders/7": "DELETE, GET, HEAD, OPTIONS",
    "/shop/v1/openapi.json": "GET, HEAD, OPTIONS",
    "/shop/v1/contract.json": "GET, HEAD, OPTIONS",
    "/shop/contract.json": "GET, HEAD, OPTIONS",
    "/.well-known/api-catalog": "GET, HEAD, OPTIONS",
    "/llms.txt": "GET, HEAD, OPTIONS",
    "/health/live": "GET, HEAD, OPTIONS",
    "/health/ready": "GET, HEAD, OPTIONS",
    "/oauth/token": "OPTIONS, POST",
    "/parvis/v1/accounts": "GET, HEAD, OPTIONS, POST",
    "*": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
}


def test_options_tells_all_that_an_address_takes_and_nothing_runs_or_counts(shop: Any) -> None:
    key = shop.key()
    found = {path: shop.ask("OPTIONS", path, key=key) for path in ALLOWED}
    assert ALLOWED == {path: answer.headers["allow"] for path, answer in found.items()}
    assert {(204, b"")} == {(answer.status, answer.body) for answer in found.values()}
    assert [] == shop.calls()


def test_options_asks_no_key_and_takes_a_wrong_one(shop: Any) -> None:
    assert 204 == shop.ask("OPTIONS", "/shop/v1/sell", key="pv_live_wrong").status
    assert 404 == shop.ask("OPTIONS", "/shop/v1/sel").status


def test_every_other_method_is_refused_with_all_that_are_right(shop: Any) -> None:
    for path, allow in ALLOWED.items():
        if path != "*":
            for method in ("TRACE", "CONNECT", "BREW"):
                answer = shop.ask(method, path)
                assert (405, allow) == (answer.status, answer.headers["allow"]), (method, path)


def every_kind_of_answer(shop: Any) -> dict[str, Any]:
    key = shop.key()
    asked = {
        "200": ("POST", "/shop/v1/price", {"item": "tea"}), "204": ("DELETE", "/shop/v1/orders/1", None),
        "201": ("POST", "/shop/v1/orders", {"item": "tea"}), "404": ("GET", "/shop/v1/prize", None),
        "405": ("PUT", "/shop/v1/price", None), "422": ("POST", "/shop/v1/price", {}),
        "500": ("POST", "/shop/v1/fail", {}),
        "contract": ("GET", "/shop/v1/contract.json", None), "openapi": ("GET", "/shop/v1/openapi.json", None),
        "catalog": ("GET", "/.well-known/api-catalog", None), "llms": ("GET", "/llms.txt", None),
        "token": ("POST", "/oauth/token", None), "live": ("GET", "/health/live", None),
        "ready": ("GET", "/health/ready", None), "options": ("OPTIONS", "/shop/v1/price", None),
    }  # fmt: skip
    found = {name: shop.ask(*each, key=key) for name, each in asked.items()}
    assert [200, 204, 201, 404, 405, 422, 500] == [found[n].status for n in asked if n.isdigit()]
    return found | {"401": shop.ask("POST", "/shop/v1/price", {"item": "tea"})}


def test_every_answer_is_locked_and_has_an_id_of_ours(shop: Any) -> None:
    for name, answer in every_kind_of_answer(shop).items():
        told = answer.headers
        assert "nosniff" == told["x-content-type-options"], name
        assert "default-src 'none'; frame-ancestors 'none'" == told["content-security-policy"], name
        assert "no-referrer" == told["referrer-policy"], name
        assert re.fullmatch(r"[0-9a-f]{9,}", told["x-request-id"]), name
        assert "strict-transport-security" not in told, name
        assert not told.keys() & CORS_FIELDS, name
        assert "Origin" not in told.get("vary", ""), name


@pytest.mark.parametrize(("url", "kept"), [("https://api.example.org", True), ("http://api.example.org", False)])
def test_who_came_by_https_is_told_to_stay(url: str, kept: bool) -> None:
    from server.http.test_router import application

    async def asked(path: str) -> list[tuple[bytes, bytes]]:
        app, sent = Asgi(application(Shop, base_url=url)), []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "client": None,
                 "server": None}  # fmt: skip
        await app(scope, receiver([b""]), send)
        return list(sent[0]["headers"])

    wanted = (b"strict-transport-security", b"max-age=31536000")
    answers = [asyncio.run(asked(path)) for path in ("/shop/v1/price", "/nowhere", "/shop/contract.json")]
    assert [kept] * 3 == [wanted in answer for answer in answers]


def test_every_answer_to_a_listed_origin_may_be_read_by_it(shared: Any) -> None:
    ask = shared.ask
    shared.ask = lambda *args, **more: ask(*args, headers={"origin": APP}, **more)
    for name, answer in every_kind_of_answer(shared).items():
        assert APP == answer.headers["access-control-allow-origin"], name
        assert "Origin" in answer.headers["vary"].split(", "), name
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"].split(", "), name
        assert "access-control-allow-credentials" not in answer.headers


def test_a_foreign_origin_is_never_reflected_and_no_origin_varies_too(shared: Any) -> None:
    key = shared.key()
    for origin in ("https://evil.example", "null", f"{APP}.evil.example", None):
        headers = {"origin": origin} if origin else {}
        answer = shared.ask("POST", "/shop/v1/price", {"item": "tea"}, key=key, headers=headers)
        assert (200, set()) == (answer.status, answer.headers.keys() & CORS_FIELDS)
        assert "Origin" in answer.headers["vary"].split(", ")


def test_a_stream_may_be_read_by_a_listed_origin(shared: Any) -> None:
    answer = shared.ask("HEAD", "/shop/v1/feed", key=shared.key(), headers={"origin": APP})
    assert (200, APP) == (answer.status, answer.headers["access-control-allow-origin"])


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "origin": origin, "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type",
    }  # fmt: skip


def test_a_preflight_is_answered_before_anybody_is_identified(shared: Any) -> None:
    answer = shared.ask("OPTIONS", "/shop/v1/orders/7", headers=preflight(APP, "DELETE"))
    told = answer.headers
    assert (204, APP, "7200") == (answer.status, told["access-control-allow-origin"], told["access-control-max-age"])
    assert "DELETE" in told["access-control-allow-methods"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(told["access-control-allow-headers"].split(", "))
    assert [] == shared.calls()


def test_a_preflight_of_a_foreign_origin_is_granted_nothing(shared: Any) -> None:
    answer = shared.ask("OPTIONS", "/shop/v1/price", headers=preflight("https://evil.example"))
    assert (204, set()) == (answer.status, answer.headers.keys() & CORS_FIELDS)
    plain = shared.ask("OPTIONS", "/shop/v1/price", headers={"origin": APP})
    assert "access-control-allow-methods" not in plain.headers


def test_a_preflight_without_a_list_is_granted_nothing(shop: Any) -> None:
    answer = shop.ask("OPTIONS", "/shop/v1/price", headers=preflight(APP))
    assert (204, set()) == (answer.status, answer.headers.keys() & CORS_FIELDS)


def test_pages_are_shared_with_nobody(shared: Any) -> None:
    for path in ("/", "/shop/", "/register", "/static/parvis.css"):
        answer = shared.ask("GET", path, headers={"origin": APP})
        assert set() == answer.headers.keys() & CORS_FIELDS, path


def test_a_wrong_list_stops_the_start(guarded: Guard) -> None:
    with pytest.raises(SettingsError, match=r"cors: 'https://a\.example/' is no origin"):
        guarded(Shop, settings={"cors": ["https://a.example/"]})


def log_of(shop: Any) -> list[dict[str, Any]]:
    shop.host.guards.log.flush()
    lines = [json.loads(line) for line in Path(shop.log.name).read_text().splitlines()]
    return [line for line in lines if line["event"] == "call"]


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"traceparent": PARENT}, {"trace_id": TRACE}),
        ({"traceparent": PARENT, "x-request-id": "mine-7"}, {"trace_id": TRACE, "client_request_id": "mine-7"}),
        ({"x-request-id": "mine-7"}, {"client_request_id": "mine-7"}),
        ({"traceparent": PARENT.upper()}, {}),
        ({"x-request-id": 'a","status":"x'}, {}),
        ({}, {}),
    ],
)
def test_what_a_caller_calls_its_request_stands_in_the_log_and_nowhere_else(
    shop: Any, headers: dict[str, str], kept: dict[str, str]
) -> None:
    answer = shop.ask("POST", "/shop/v1/price", {"item": "tea"}, key=shop.key(), headers=headers)
    line = log_of(shop)[-1]
    assert kept == {name: value for name, value in line.items() if name in ("trace_id", "client_request_id")}
    assert answer.headers["x-request-id"] == line["request_id"] != headers.get("x-request-id")


def test_two_traceparents_are_none(shop: Any) -> None:
    scope = shop.scope("GET", "/shop/v1/prize")
    scope["headers"] += [(b"traceparent", PARENT.encode())] * 2
    shop.run(drive(shop.app, scope))
    assert "trace_id" not in log_of(shop)[-1]


async def drive(app: Any, scope: Any) -> None:
    async def send(message: Any) -> None: ...

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    await app(scope, receive, send)


# What is to go

OLD = {
    "deprecated": {"quote": "Use price."},
    "deprecated_since": {"quote": "2026-09-01"},
    "sunset": {"quote": "2027-01-31"},
}


def test_the_answers_of_what_is_deprecated_say_since_when_and_until_when(guarded: Guard) -> None:
    shop = guarded(Shop, reads=tuple(READS), **OLD)
    key = shop.key()
    for arguments, status in (({"item": "tea"}, 200), ({}, 422)):
        answer = shop.ask("POST", "/shop/v1/quote", arguments, key=key)
        assert status == answer.status
        assert "@1788220800" == answer.headers["deprecation"]
        assert "Sun, 31 Jan 2027 00:00:00 GMT" == answer.headers["sunset"]
        page = '<http://localhost/shop/#quote>; rel="deprecation"; type="text/html"'
        assert page == answer.headers["link"]
    stays = shop.ask("POST", "/shop/v1/price", {"item": "tea"}, key=key)
    assert set() == stays.headers.keys() & {"deprecation", "sunset", "link"}
    assert 'id="quote"' in shop.ask("GET", "/shop/").body.decode()


def test_without_a_day_there_is_the_link_alone_and_a_star_is_the_whole_version(guarded: Guard) -> None:
    shop = guarded(Shop, reads=tuple(READS), deprecated={"*": "Use version 2."})
    for path in ("/shop/v1/price?item=tea", "/shop/v1/orders"):
        answer = shop.ask("GET", path, key=shop.key())
        assert 'rel="deprecation"' in answer.headers["link"]
        assert set() == answer.headers.keys() & {"deprecation", "sunset"}
    stream = shop.ask("HEAD", "/shop/v1/feed", key=shop.key())
    assert 'rel="deprecation"' in stream.headers["link"]


def test_openapi_tells_the_days(guarded: Guard) -> None:
    shop = guarded(Shop, reads=tuple(READS), **OLD)
    paths = shop.ask("GET", "/shop/v1/openapi.json").json["paths"]
    quote, price = paths["/quote"]["post"], paths["/price"]["post"]
    assert {"Deprecation", "Sunset"} <= quote["responses"]["200"]["headers"].keys()
    assert set() == {"Deprecation", "Sunset"} & price["responses"]["200"]["headers"].keys()
    assert quote["description"].endswith("Deprecated since 2026-09-01: Use price.\n\nIt may go on 2027-01-31.")


def test_the_operator_sees_who_still_calls_what_is_deprecated(guarded: Guard) -> None:
    shop = guarded(Shop, reads=tuple(READS), **OLD)
    shop.account("acc_bob")
    ada, bob = shop.key(), shop.key(account="acc_bob")
    for key, times in ((ada, 2), (bob, 1)):
        for _ in range(times):
            assert 200 == shop.ask("POST", "/shop/v1/quote", {"item": "tea"}, key=key).status
    assert 200 == shop.ask("POST", "/shop/v1/price", {"item": "tea"}, key=ada).status
    own = shop.ask("GET", "/parvis/v1/usage/deprecated", key=bob).json
    assert [("acc_bob", "shop.quote", 1, "Use price.", "2027-01-31")] == [
        (row["account"], row["operation"], row["calls"], row["instead"], row["sunset"]) for row in own
    ]
    from parvis.contract.caller import Caller

    console = shop.host.operation("parvis.plans.create").service.facade.target.make({})
    rows = shop.run(console.usage.deprecated(caller=Caller("operator")))
    assert {("acc_ada", 2), ("acc_bob", 1)} == {(row.account, row.calls) for row in rows}
    assert 404 == shop.ask("GET", "/parvis/v1/usage/deprecated?account=acc_ada", key=bob).status


# HEAD, on a real socket: an ASGI test cannot see whether a body goes out

CODE = """
from collections.abc import Iterator

class Orders:
    def get(self, id: int) -> int:
        return id
    def list(self) -> list[int]:
        return [1]

class Shop:
    orders: Orders
    def __init__(self) -> None:
        self.orders = Orders()
    def price(self, item: str) -> int:
        return len(item)
    def feed(self) -> Iterator[int]:
        n = 0
        while True:
            yield n
            n += 1
"""

GETS = (
    "/shop/v1/price?item=tea", "/shop/v1/orders", "/shop/v1/orders/7", "/shop/v1/orders/x", "/shop/v1/nothing",
    "/shop/v1/openapi.json", "/shop/v1/openapi.json?version=3.0", "/shop/v1/contract.json", "/shop/contract.json",
    "/.well-known/api-catalog", "/llms.txt", "/health/live", "/health/ready", "/metrics", "/", "/shop/", "/parvis/",
    "/register", "/errors/", "/errors/rate-limited", "/static/parvis.css", "/nothing/",
)  # fmt: skip
PER_CALL = {"x-request-id", "date", "ratelimit", "content-length"}
"""What differs from one request to the next: also the length of a problem or of the metrics, by an id or a number."""


def test_head_is_get_without_a_body_at_every_address(real: Callable[..., Any], shelf: Path) -> None:
    (shelf / "parvis.toml").write_text('[service.shop]\ntarget = "wares:Shop"\nreads = ["*"]\n')
    served = real(CODE, "Shop", "--config", str(shelf / "parvis.toml"))
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    headers = {"Authorization": f"Bearer {served.key}"}

    def ask(method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    for path in GETS:
        get, head = ask("GET", path), ask("HEAD", path)
        assert (get[0], b"") == (head[0], head[2]), path
        assert get[1].keys() == head[1].keys(), path
        same = get[1].keys() - PER_CALL
        assert {k: get[1][k] for k in same} == {k: head[1][k] for k in same}, path
        if get[0] == 200 and path != "/metrics":
            assert get[1]["content-length"] == head[1]["content-length"], path
    assert 200 == ask("HEAD", "/shop/v1/feed")[0]
    assert 200 == ask("HEAD", "/shop/v1/feed")[0]  # the connection is free again, though the feed has no end
    connection.close()

    async def raw(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(request)
        first = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return first

    def status(method: str, target: str = "/shop/v1/price") -> int:
        request = f"{method} {target} HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\n\r\n".encode()
        return int(asyncio.run(raw(request)).split()[1])

    assert (405, 405, 501) == (status("TRACE"), status("PROPFIND"), status("BREW"))
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as broken:
        broken.sendall(b"BREW / HTTP/1.1\r\n\r\n")
        head = b"".join(iter(lambda: broken.recv(65536), b"")).partition(b"\r\n\r\n")[0].lower()
    for wanted in (b"nosniff", b"frame-ancestors 'none'", b"referrer-policy: no-referrer", b"private, no-store"):
        assert wanted in head
    assert status("CONNECT", "example.org:80") >= 400
    assert 204 == status("OPTIONS")
