"""The way of a call, from its request to its answer, without a socket."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from parvis import Caller
from parvis.server.endpoint import Endpoint, Protocol
from parvis.server.http.upload import Limits
from parvis.server.refuse import Refused
from parvis.server.request import GONE, Request

Serve = Callable[..., Any]


class OutOfStock(LookupError):
    """Sold."""


class SoldForever(OutOfStock): ...


@dataclasses.dataclass
class Order:
    id: int
    item: str
    note: str = ""


@dataclasses.dataclass
class Named:
    id: str


class Orders:
    def __init__(self) -> None:
        self._all: list[Order] = []

    def create(self, item: str, note: str = "") -> Order:
        number = len(self._all) + 1
        time.sleep(0)
        order = Order(number, item, note)
        self._all.append(order)
        return order

    def get(self, id: int) -> Order:
        """One.

        Raises:
            LookupError: There is none.
        """
        found = next((o for o in self._all if o.id == id), None)
        if found is None:
            raise LookupError(f"no order {id}", id)
        return found

    def list(self, limit: int = 10) -> list[Order]:
        return self._all[:limit]

    def update(self, id: int, note: str) -> Order:
        self.get(id).note = note
        return self.get(id)

    def replace(self, id: int, item: str) -> Order:
        self.get(id).item = item
        return self.get(id)

    def delete(self, id: int) -> None:
        self._all.remove(self.get(id))

    def rename(self, id: int, /, item: str = "?", *, loud: bool = False) -> str:
        return item.upper() if loud else item


class Things:
    def create(self, id: str) -> Named:
        return Named(id)

    def get(self, id: str) -> Named:
        return Named(id)

    def delete(self, id: str) -> str:
        return id


class Usage:
    def summary(self, days: int = 1) -> int:
        return days


class Shop:
    orders: Orders
    things: Things
    usage: Usage

    def __init__(self) -> None:
        self.orders, self.things, self.usage = Orders(), Things(), Usage()

    def price(self, item: str, vat: float = 0.2, *, shelf: dict[str, int] | None = None) -> Decimal:
        return Decimal("1.50")

    def get_price(self, item: str, count: int = 1) -> str:
        return f"{item} {count}"

    def nothing(self) -> None: ...

    def anything(self, value: Any) -> Any:
        return value

    async def wait(self, seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    def fail(self, how: str) -> int:
        """Fail.

        Raises:
            KeyError: A built-in.
            OutOfStock: An own one.
            TimeoutError: A slow one.
        """
        raise {
            "key": KeyError("a", 1),
            "own": SoldForever("tea", {"left": 0}),
            "timeout": TimeoutError("slow"),
            "index": IndexError("secret-1"),
            "value": ValueError("secret-2"),
            "stop": StopIteration(3),
            "exit": SystemExit(3),
            "interrupt": KeyboardInterrupt(),
            "generator": GeneratorExit(),
            "system": OSError("secret-3"),
        }[how]

    async def fail_async(self, how: str) -> int:
        """Fail.

        Raises:
            KeyError: A built-in.
            TimeoutError: A slow one.
        """
        if how == "cancelled":
            raise asyncio.CancelledError
        if how == "group":
            raise BaseExceptionGroup("all", [SystemExit(1)])
        return self.fail(how)

    def who(self, caller: Caller) -> str:
        return f"{caller.kind} {caller.account} {caller.address}"

    def broken(self) -> int:
        return None  # type: ignore[return-value]

    def thread(self) -> str:
        return threading.current_thread().name


def test_every_form_of_the_table_reaches_its_method_with_its_status(serve: Serve) -> None:
    shop = serve(Shop)
    made = shop.ask("POST", "/shop/v1/orders", {"item": "tea"})
    assert (201, "/shop/v1/orders/1", {"id": 1, "item": "tea", "note": ""}) == (
        made.status, made.headers["location"], made.json,
    )  # fmt: skip
    for method, path, body, status, result in [
        ("POST", "/shop/v1/price", {"item": "tea"}, 200, "1.50"),
        ("GET", "/shop/v1/get_price?item=tea&count=2", None, 200, "tea 2"),
        ("POST", "/shop/v1/get_price", {"item": "tea"}, 200, "tea 1"),
        ("GET", "/shop/v1/orders/1", None, 200, {"id": 1, "item": "tea", "note": ""}),
        ("GET", "/shop/v1/orders.get?id=1", None, 200, {"id": 1, "item": "tea", "note": ""}),
        ("POST", "/shop/v1/orders.get", {"id": 1}, 200, {"id": 1, "item": "tea", "note": ""}),
        ("PATCH", "/shop/v1/orders/1", {"note": "x"}, 200, {"id": 1, "item": "tea", "note": "x"}),
        ("PUT", "/shop/v1/orders/1", {"item": "pot"}, 200, {"id": 1, "item": "pot", "note": "x"}),
        ("GET", "/shop/v1/orders?limit=5", None, 200, [{"id": 1, "item": "pot", "note": "x"}]),
        ("GET", "/shop/v1/orders", None, 200, [{"id": 1, "item": "pot", "note": "x"}]),
        ("POST", "/shop/v1/orders.list", {}, 200, [{"id": 1, "item": "pot", "note": "x"}]),
        ("POST", "/shop/v1/orders/1/rename", {"item": "cup", "loud": True}, 200, "CUP"),
        ("POST", "/shop/v1/orders/1/rename", None, 200, "?"),
        ("POST", "/shop/v1/orders/1/rename", {}, 200, "?"),
        ("POST", "/shop/v1/orders.rename", {"id": 1, "item": "cup"}, 200, "cup"),
        ("POST", "/shop/v1/usage/summary", {"days": 3}, 200, 3),
        ("POST", "/shop/v1/usage.summary", {}, 200, 1),
        ("POST", "/shop/v1/nothing", None, 200, None),
        ("POST", "/shop/v1/nothing", {}, 200, None),
        ("DELETE", "/shop/v1/things/a%20b", None, 200, "a b"),
    ]:
        answer = shop.ask(method, path, body)
        assert (status, result, "application/json") == (answer.status, answer.json, answer.headers["content-type"]), (
            path
        )
    gone = shop.ask("DELETE", "/shop/v1/orders/1")
    assert (204, b"", False) == (gone.status, gone.body, "content-type" in gone.headers)


def test_an_answer_says_whose_it_is(serve: Serve) -> None:
    headers = serve(Shop).ask("POST", "/shop/v1/nothing").headers
    secure = {"x-content-type-options", "content-security-policy", "referrer-policy"}
    assert {"content-type", "content-length", "x-request-id", "cache-control", "vary"} | secure == set(headers)
    assert "private, no-store" == headers["cache-control"]


@pytest.mark.parametrize(
    ("identifier", "location"),
    [
        ("ab ?é", "/shop/v1/things/ab%20%3F%C3%A9"),
        ("plain", "/shop/v1/things/plain"),
        ("a\r\nb", "/shop/v1/things/a%0D%0Ab"),
    ],
)
def test_the_location_of_a_new_thing_is_escaped(serve: Serve, identifier: str, location: str) -> None:
    made = serve(Shop).ask("POST", "/shop/v1/things", {"id": identifier})
    assert (201, location) == (made.status, made.headers["location"])


@pytest.mark.parametrize("identifier", ["", ".", "..", "a/b", "a\\b", "a\0b"])
def test_an_id_that_cannot_stand_in_a_path_has_no_location_and_the_canonical_form(
    serve: Serve, identifier: str
) -> None:
    shop = serve(Shop)
    made = shop.ask("POST", "/shop/v1/things", {"id": identifier})
    assert (201, False) == (made.status, "location" in made.headers)
    assert {"id": identifier} == shop.post("things.get", id=identifier).json
    assert shop.ask("GET", f"/shop/v1/things/{quote(identifier, safe='')}").status in (400, 404)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/shop/v1/price", "OPTIONS, POST"),
        ("PUT", "/shop/v1/orders", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/shop/v1/orders/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("TRACE", "/shop/v1/orders/1/rename", "OPTIONS, POST"),
        ("BREW", "/shop/v1/get_price", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/shop/v1/openapi.json", "GET, HEAD, OPTIONS"),
        ("DELETE", "/health/live", "GET, HEAD, OPTIONS"),
        ("POST", "/metrics", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_405_with_all_that_are_right(serve: Serve, method: str, path: str, allow: str) -> None:
    answer = serve(Shop).ask(method, path)
    assert (405, "method-not-allowed", allow) == (answer.status, answer.json["code"], answer.headers["allow"])


def test_head_is_get(serve: Serve) -> None:
    shop = serve(Shop)
    head, get = shop.ask("HEAD", "/shop/v1/get_price?item=tea"), shop.ask("GET", "/shop/v1/get_price?item=tea")
    assert (200, get.headers["content-length"]) == (head.status, head.headers["content-length"])
    assert 405 == shop.ask("HEAD", "/shop/v1/price").status


def test_a_wrong_address_a_refusal_and_a_declared_lookup_error_are_told_apart(serve: Serve) -> None:
    shop = serve(Shop)
    wrong = shop.ask("GET", "/shop/v1/order/1")
    refused = shop.ask("GET", "/shop/v1/orders/seven")
    declared = shop.ask("GET", "/shop/v1/orders/7")
    assert [(404, "unknown-operation", False), (422, "invalid-arguments", False), (404, "declared-error", True)] == [
        (a.status, a.json["code"], "exception" in a.json) for a in (wrong, refused, declared)
    ]
    assert {"name": "LookupError", "base": "LookupError", "args": ["no order 7", 7]} == declared.json["exception"]
    assert "Did you mean /shop/v1/orders or /shop/v1/orders/{id}" in wrong.json["detail"]
    assert {"application/problem+json"} == {a.headers["content-type"] for a in (wrong, refused, declared)}


@pytest.mark.parametrize(
    ("how", "status", "exception"),
    [
        ("key", 404, {"name": "KeyError", "base": "KeyError", "args": ["a", 1]}),
        ("own", 404, {"name": "OutOfStock", "base": "LookupError", "args": ["tea", {"left": 0}]}),
        ("timeout", 504, {"name": "TimeoutError", "base": "TimeoutError", "args": ["slow"]}),
        ("index", 500, None),
        ("value", 500, None),
        ("stop", 500, None),
        ("exit", 500, None),
        ("interrupt", 500, None),
        ("generator", 500, None),
        ("system", 500, None),
    ],
)
@pytest.mark.parametrize("run", ["thread", "inline"])
def test_only_a_declared_exception_crosses_and_nothing_that_is_raised_ends_the_server(
    serve: Serve, how: str, status: int, exception: Any, run: str
) -> None:
    shop = serve(Shop, run={"*": run})
    answer = shop.post("fail", how=how)
    assert (status, exception) == (answer.status, answer.json.get("exception"))
    assert b"secret" not in answer.body
    assert ("declared-error" if exception else "internal-error") == answer.json["code"]
    assert 200 == shop.post("nothing").status
    errors = [line for line in shop.lines() if line["level"] == "error"]
    assert [] == errors if exception else [answer.json["request_id"]] == [line["request_id"] for line in errors]


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("key", 404),
        ("timeout", 504),
        ("index", 500),
        ("stop", 500),
        ("exit", 500),
        ("interrupt", 500),
        ("cancelled", 500),
    ],
)
def test_an_async_method_fails_as_a_sync_one_does(serve: Serve, how: str, status: int) -> None:
    shop = serve(Shop)
    assert status == shop.post("fail_async", how=how).status
    assert 200 == shop.post("nothing").status


def test_a_bug_is_whole_in_the_log_and_absent_from_the_answer(serve: Serve) -> None:
    shop = serve(Shop)
    answer = shop.post("fail", how="value")
    bug = next(line for line in shop.lines() if line["level"] == "error")
    assert ("ValueError: secret-2", "shop.fail", answer.json["request_id"]) == (
        bug["error"], bug["operation"], bug["request_id"],
    )  # fmt: skip
    assert "Traceback" in bug["trace"]
    assert {"type", "title", "status", "code", "request_id", "fix", "links"} == set(answer.json)


def test_a_result_that_is_not_what_is_declared_is_a_bug(serve: Serve) -> None:
    answer = serve(Shop).post("broken")
    assert (500, "The service returned what it does not declare.") == (answer.status, answer.json["detail"])


def test_all_invalid_arguments_are_told_at_once(serve: Serve) -> None:
    answer = serve(Shop).post("price", itm="tea", vat="0.2", shelf={"a": True})
    assert 422 == answer.status
    assert ["item", "itm", "shelf.a", "vat"] == sorted(e["location"] for e in answer.json["errors"])


def test_a_problem_speaks_the_caller_s_language(serve: Serve) -> None:
    shop = serve(Shop)
    english = shop.ask("POST", "/shop/v1/price", {"vat": 1})
    french = shop.ask("POST", "/shop/v1/price", {"vat": 1}, headers={"accept-language": "fr-CA, en;q=0.5"})
    assert english.json["code"] == french.json["code"]
    assert english.json["title"] != french.json["title"]
    assert english.json["errors"][0]["fix"] != french.json["errors"][0]["fix"]
    assert "est obligatoire" == french.json["errors"][0]["message"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"item": "a", "item": "b"}', {}, 400, "malformed-request"),
        (b'{"item": NaN}', {}, 400, "malformed-request"),
        (b"{", {}, 400, "malformed-request"),
        (b'["tea"]', {}, 400, "malformed-request"),
        (b'"tea"', {}, 400, "malformed-request"),
        (b"null", {}, 400, "malformed-request"),
        (b" ", {}, 400, "malformed-request"),
        (b'{"item": "\\ud800"}', {}, 400, "malformed-request"),
        (b'{"item": "\xff"}', {}, 400, "malformed-request"),
        (b'{"item": ' + b"9" * 5000 + b"}", {}, 400, "malformed-request"),
        (b'{"item": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", {}, 400, "malformed-request"),
        (b"item=tea", {"content-type": "application/x-www-form-urlencoded"}, 200, None),
        (b'{"item": "tea"}', {"content-type": "text/plain"}, 415, "unsupported-media-type"),
        (b'{"item": "tea"}', {"content-type": None}, 415, "unsupported-media-type"),
        (b'{"item": "tea"}', {"content-type": "application/jsonp"}, 415, "unsupported-media-type"),
        (b'{"item": "tea"}', {"content-encoding": "br"}, 415, "unsupported-media-type"),
        (b"", {}, 422, "invalid-arguments"),
        (b'{"item": "tea"}', {"content-type": "Application/JSON; charset=utf-8"}, 200, None),
    ],
)
def test_a_body_is_one_json_object_or_refused(
    serve: Serve, body: bytes, headers: dict[str, str], status: int, code: str | None
) -> None:
    answer = serve(Shop).ask("POST", "/shop/v1/price", body, headers=headers)
    assert (status, code) == (answer.status, answer.json["code"] if code else None)


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/shop/v1/price?item=tea", None, "arguments in the body, not in the query"),
        ("POST", "/shop/v1/price?item=tea", {"item": "tea"}, "arguments in the body, not in the query"),
        ("PATCH", "/shop/v1/orders/1", {"id": 1, "note": "x"}, "id stands in the path already"),
        ("GET", "/shop/v1/orders/1?id=2", None, "id is given twice"),
        ("POST", "/shop/v1/orders/1/rename", {"id": 2}, "id stands in the path already"),
    ],
)
def test_an_argument_said_in_two_places_is_refused(serve: Serve, method: str, path: str, body: Any, said: str) -> None:
    answer = serve(Shop).ask(method, path, body)
    assert (400, "malformed-request") == (answer.status, answer.json["code"])
    assert said in answer.json["detail"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("headers", [{"content-length": "2"}, {"transfer-encoding": "chunked"}])
def test_a_body_where_the_arguments_stand_in_the_query_is_refused(
    serve: Serve, method: str, headers: dict[str, str]
) -> None:
    answer = serve(Shop).ask(method, "/shop/v1/things/a", b"{}", headers=headers)
    assert (400, "malformed-request") == (answer.status, answer.json["code"])
    assert 200 == serve(Shop).ask(method, "/shop/v1/things/a", headers={"content-length": "0"}).status


def test_a_body_over_the_bound_is_refused_however_it_comes(serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=100))
    great = {"item": "x" * 100}
    for answer in (
        shop.ask("POST", "/shop/v1/price", great),
        shop.ask("POST", "/shop/v1/price", b"", headers={"content-length": "101"}),
        shop.ask("POST", "/shop/v1/price", b"", chunks=[b'{"item":"', b"x" * 50, b"x" * 50, b'"}']),
    ):
        assert (413, "body-too-large", "close") == (answer.status, answer.json["code"], answer.headers["connection"])
        assert "100" in answer.json["fix"]
    fits = b'{"item":"' + b"x" * 89 + b'"}'
    assert 100 == len(fits)
    assert 200 == shop.ask("POST", "/shop/v1/price", b"", chunks=[fits[:50], fits[50:], b""]).status


def test_a_caller_that_goes_before_its_whole_body_came_calls_nothing(serve: Serve) -> None:
    shop = serve(Shop)

    async def cut() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        parts = [{"type": "http.request", "body": b'{"item":', "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return parts.pop(0)

        await shop.application(shop.scope("POST", "/shop/v1/orders", {}), receive, send)
        return sent

    assert 400 == shop.run(cut())[0]["status"]
    assert [] == shop.ask("GET", "/shop/v1/orders").json


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST", 200), ("shop.example:8000", 200),
        ("evil.example", 400), ("", 400), (None, 400), ("localhost.", 400), ("localhost:1", 400),
        ("localhost,evil", 400),
    ],
)  # fmt: skip
def test_only_listed_hosts_are_served(serve: Serve, host: Any, status: int) -> None:
    shop = serve(Shop, hosts=frozenset({"localhost", "Shop.example:8000"}))
    answer = shop.ask("POST", "/shop/v1/nothing", headers={"host": host})
    assert status == answer.status
    if status == 400:
        assert ("host-refused" if host else "malformed-request") == answer.json["code"]
    for path in ("/metrics", "/shop/v1/openapi.json", "/shop/contract.json"):
        assert status == shop.ask("GET", path, headers={"host": host}).status


@pytest.mark.parametrize("name", ["host", "authorization", "content-type", "content-length"])
def test_a_header_that_must_be_one_is_refused_twice(serve: Serve, name: str) -> None:
    shop = serve(Shop)
    answer = shop.ask(
        "POST", "/shop/v1/price", {"item": "a"}, headers={"content-length": "13"}, raw_headers=[(name.encode(), b"13")]
    )
    assert (400, f"The header {name} is given twice.") == (answer.status, answer.json["detail"])


def test_a_header_that_may_be_many_may_be_twice(serve: Serve) -> None:
    more = [(b"accept", b"*/*"), (b"accept", b"c/d"), (b"cookie", b"a"), (b"cookie", b"b")]
    assert 200 == serve(Shop).ask("POST", "/shop/v1/nothing", raw_headers=more).status


def test_a_call_needs_a_key_that_holds_its_right(serve: Serve) -> None:
    shop = serve(Shop)
    price = shop.key("shop.price")
    missing = shop.ask("POST", "/shop/v1/nothing", key=None)
    narrow = shop.ask("POST", "/shop/v1/nothing", key=price)
    unknown = shop.ask("POST", "/shop/v1/nothing", key=shop.key("*")[:-1] + "x")
    assert [(401, "key-missing"), (403, "right-missing"), (401, "key-malformed")] == [
        (a.status, a.json["code"]) for a in (missing, narrow, unknown)
    ]
    assert "POST" in missing.json["fix"]
    assert "shop.nothing" == narrow.json["right"]
    assert missing.headers["www-authenticate"].startswith("Bearer")
    assert 'error="invalid_token"' in unknown.headers["www-authenticate"]
    assert 200 == shop.ask("POST", "/shop/v1/price", {"item": "a"}, key=price).status


def test_who_has_no_right_learns_nothing_of_the_arguments(serve: Serve) -> None:
    shop = serve(Shop)
    assert 401 == shop.ask("POST", "/shop/v1/price", b"{", key=None).status
    assert 403 == shop.ask("POST", "/shop/v1/price", b"{", key=shop.key("shop.nothing")).status


def test_the_caller_is_told_to_a_method_that_asks(serve: Serve) -> None:
    shop = serve(Shop)
    assert "key acc_1 127.0.0.1" == shop.post("who").json
    assert 422 == shop.post("who", caller={"kind": "operator"}).status


def test_the_test_key_of_a_run_opens_from_this_machine_alone(serve: Serve) -> None:
    shop = serve(Shop)
    key = shop.run_key.text
    assert 200 == shop.ask("POST", "/shop/v1/nothing", key=key).status
    for more in (
        {"client": "192.0.2.1"},
        {"headers": {"x-forwarded-for": "127.0.0.1"}},
        {"headers": {"forwarded": "for=a"}},
    ):
        answer = shop.ask("POST", "/shop/v1/nothing", key=key, **more)
        assert (401, "run-key-elsewhere") == (answer.status, answer.json["code"])


def test_two_hundred_orders_at_once_are_two_hundred_orders(serve: Serve) -> None:
    shop = serve(Shop)

    async def rush() -> list[int]:
        answers = await asyncio.gather(*(shop.asked("POST", "/shop/v1/orders", {"item": f"{n}"}) for n in range(200)))
        return [a.json["id"] for a in answers]

    assert list(range(1, 201)) == sorted(shop.run(rush()))
    assert 200 == len(shop.ask("GET", "/shop/v1/orders?limit=1000").json)


class Till:
    """Holds what only one thread may touch."""

    def __init__(self) -> None:
        self.rows = sqlite3.connect(":memory:")
        self.rows.execute("CREATE TABLE sale (n INTEGER)")

    def ring(self, n: int) -> int:
        with self.rows:
            self.rows.execute("INSERT INTO sale VALUES (?)", (n,))
        found: int = self.rows.execute("SELECT count(*) FROM sale").fetchone()[0]
        return found

    def close(self) -> None:
        self.rows.close()


def test_a_sqlite_connection_just_works(serve: Serve) -> None:
    till = serve(Till)

    async def rush() -> list[int]:
        answers = await asyncio.gather(*(till.asked("POST", "/till/v1/ring", {"n": n}) for n in range(50)))
        return [a.json for a in answers]

    assert list(range(1, 51)) == sorted(till.run(rush()))


def test_calls_run_where_the_settings_say(serve: Serve) -> None:
    here = threading.current_thread().name
    assert "shop-0" == serve(Shop).post("thread").json
    assert here == serve(Shop, run={"thread": "inline"}).post("thread").json


def test_async_calls_wait_side_by_side(serve: Serve) -> None:
    shop = serve(Shop)

    async def rush() -> None:
        await asyncio.gather(*(shop.asked("POST", "/shop/v1/wait", {"seconds": 0.2}) for _ in range(50)))

    began = time.perf_counter()
    shop.run(rush())
    assert time.perf_counter() - began < 1.5


def test_an_async_call_past_its_time_is_cancelled_and_its_outcome_unknown(serve: Serve) -> None:
    shop = serve(Shop, timeout=0.05)
    answer = shop.post("wait", seconds=5)
    assert (504, "call-timeout", "unknown") == (answer.status, answer.json["code"], answer.json["outcome"])
    assert 200 == shop.post("wait", seconds=0).status


class Slow:
    def __init__(self) -> None:
        self.done: list[int] = []

    def nap(self, n: int, seconds: float = 0.3) -> int:
        time.sleep(seconds)
        self.done.append(n)
        return n

    async def ran(self) -> list[int]:
        return self.done


def test_a_call_that_hangs_is_unknown_and_those_behind_it_did_not_run(serve: Serve) -> None:
    slow = serve(Slow, timeout=0.1)
    done = slow.host.services[0].operations["nap"].method.__self__.done

    async def rush() -> list[Any]:
        answers = await asyncio.gather(*(slow.asked("POST", "/slow/v1/nap", {"n": n}) for n in range(3)))
        await asyncio.sleep(0.4)
        return answers

    first, *queued = slow.run(rush())
    assert (504, "call-timeout", "unknown") == (first.status, first.json["code"], first.json["outcome"])
    assert {(503, "unavailable", "not run", "1")} == {
        (a.status, a.json["code"], a.json["outcome"], a.headers["retry-after"]) for a in queued
    }
    assert [0] == done
    assert (200, [7]) == (slow.post("nap", n=7, seconds=0).status, slow.post("ran").json)


def test_with_threads_to_spare_one_that_hangs_is_lost_until_it_comes_back(serve: Serve) -> None:
    drained: list[bool] = []
    slow = serve(Slow, timeout=0.1, run={"*": "threads:2"}, exhausted=lambda: drained.append(True))
    assert 504 == slow.post("nap", n=1).status
    assert (1, []) == (slow.host.services[0].pools["threads:2"].alive, drained)
    assert 200 == slow.post("nap", n=2, seconds=0).status
    slow.run(asyncio.sleep(0.35))
    assert (2, []) == (slow.host.services[0].pools["threads:2"].alive, drained)


def test_each_operation_has_its_own_time(serve: Serve) -> None:
    class Both(Slow):
        async def wait(self, seconds: float) -> int:
            await asyncio.sleep(seconds)
            return 1

    shop = serve(Both, timeout={"*": 5, "nap": 0.1, "wait": 0.05})
    assert "The call took more than 0.05 s." == shop.post("wait", seconds=3).json["detail"]
    assert "The call took more than 0.1 s." == shop.post("nap", n=1).json["detail"]


def test_a_caller_that_is_cancelled_takes_its_call_out_of_the_queue(serve: Serve) -> None:
    slow = serve(Slow)

    async def rush() -> None:
        first = asyncio.ensure_future(slow.asked("POST", "/slow/v1/nap", {"n": 1, "seconds": 0.1}))
        second = asyncio.ensure_future(slow.asked("POST", "/slow/v1/nap", {"n": 2, "seconds": 0.1}))
        await asyncio.sleep(0.02)
        second.cancel()
        await first

    slow.run(rush())
    assert [1] == slow.post("ran").json


def test_a_mounted_application_answers_below_its_root(serve: Serve) -> None:
    shop = serve(Shop)
    assert 200 == shop.ask("POST", "/api/shop/v1/nothing", root="/api").status
    for path in ("/api/shop/contract.json", "/api/shop/v1/openapi.json", "/api/health/ready", "/api/metrics"):
        assert 200 == shop.ask("GET", path, root="/api").status, path


def test_every_call_has_a_line_in_the_log_without_key_or_arguments(serve: Serve) -> None:
    shop = serve(Shop)
    shop.post("price", item="my-argument")
    shop.ask("GET", "/shop/v1/my-path%22%0A?q=my-query")
    shop.ask("POST", "/shop/v1/price", {}, key=None)
    lines = shop.lines()
    assert [("shop.price", 200, ""), ("", 404, "unknown-operation"), ("shop.price", 401, "key-missing")] == [
        (line["operation"], line["status"], line.get("code", "")) for line in lines
    ]
    assert [None, '/shop/v1/my-path"\n', None] == [line.get("path") for line in lines]
    text = shop.log.read_text()
    assert [False] * 3 == [word in text for word in (shop.everyone, "my-argument", "my-query")]
    known = {"time", "level", "event", "request_id", "method", "operation", "status", "ms", "caller", "version"}
    assert known == set(lines[0])


def test_what_stands_in_the_json_of_a_problem_is_the_table_s(serve: Serve) -> None:
    answer = serve(Shop).post("price")
    assert answer.headers["x-request-id"] == answer.json["request_id"]
    assert "/errors/invalid-arguments" == answer.json["type"]
    assert 422 == answer.json["status"]
    json.dumps(answer.json)


def test_the_log_says_once_which_line_helps_when_calls_wait_behind_others(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.server.run.PATIENCE", 0.1)
    slow = serve(Slow)

    async def rush() -> None:
        await asyncio.gather(*(slow.asked("POST", "/slow/v1/nap", {"n": n, "seconds": 0.15}) for n in range(4)))

    slow.run(rush())
    told = [line for line in slow.lines() if line["event"] == "calls-wait"]
    assert [("warning", "slow", "nap")] == [(line["level"], line["service"], line["operation"]) for line in told]
    assert '`run = { "nap" = "threads:8" }` in [service.slow]' in told[0]["fix"]


def test_a_call_that_is_cancelled_is_told_of_as_one_whose_caller_went(serve: Serve) -> None:
    shop = serve(Shop)

    async def leave() -> None:
        task = asyncio.ensure_future(shop.asked("POST", "/shop/v1/wait", {"seconds": 5}))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    shop.run(leave())
    assert [("shop.wait", 499)] == [(line["operation"], line["status"]) for line in shop.lines()]
    assert {499: 1} == shop.host.operation("shop.wait").calls


class Pieces:
    """A body in pieces, and a caller who waits."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [*pieces]

    async def read(self) -> tuple[bytes, bool]:
        return self._pieces.pop(0), bool(self._pieces)

    async def gone(self) -> int:
        await asyncio.Event().wait()
        return GONE


class PlainEndpoint(Endpoint[Any, None]):
    """A protocol of others at its least: the port's own way to read."""

    async def represent(self, request: Request, form: None, result: bytes, status: int, replayed: bool) -> Any:
        return status, (status, result)

    def open(self, request: Request, form: None, stream: Any) -> Any:
        raise ValueError("this protocol has no streams")


class PlainCalls(Protocol[Any]):
    def __init__(self, endpoint: PlainEndpoint) -> None:
        self.endpoint = endpoint

    def find(self, request: Request) -> PlainEndpoint:
        return self.endpoint

    def refuse(self, request: Request, refused: Refused, endpoint: object) -> Any:
        return refused.status, refused.code


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ((b'{"item":', b'"tea"', b"}"), (200, b'"1.50"')),
        ((b'{"item":"tea"}', b""), (200, b'"1.50"')),
        ((b'{"item":', b'"' + b"x" * 100, b'"}'), (413, "body-too-large")),
        ((b'{"item":',), (400, "malformed-request")),
    ],
)
def test_a_protocol_of_others_reads_a_body_in_pieces(serve: Serve, pieces: tuple[bytes, ...], answer: Any) -> None:
    shop = serve(Shop)
    calls = PlainCalls(PlainEndpoint(shop.host.operation("shop.price"), 100))
    fields = {b"authorization": f"Bearer {shop.everyone}".encode()}
    request = Request(shop.host.new_id(), "LINE", "shop.price", fields, "127.0.0.1", body=Pieces(*pieces))

    assert answer == shop.run(shop.host.respond(calls, request))


def test_a_stream_that_a_protocol_cannot_open_is_a_failed_call_as_any_other(serve: Serve) -> None:
    class Feed:
        async def ticks(self) -> AsyncIterator[int]:
            yield 1

    feed = serve(Feed)
    operation = feed.host.operation("feed.ticks")
    fields = {b"authorization": f"Bearer {feed.everyone}".encode()}
    request = Request(feed.host.new_id(), "LINE", "feed.ticks", fields, "127.0.0.1", body=Pieces(b"{}"))

    assert (500, "internal-error") == feed.run(feed.host.respond(PlainCalls(PlainEndpoint(operation, 100)), request))
    assert {500: 1} == operation.calls
