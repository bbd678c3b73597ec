"""`/mcp` in process: tools by key, calls through the one pipeline, and what is refused before the SDK sees it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from asgi import Answer
from parvis.access.clock import ManualClock
from parvis.protocol import mcp

Guard = Callable[..., Any]

REVISION = "2025-11-25"


class Orders:
    def __init__(self) -> None:
        self.names: list[str] = []

    def create(self, name: str) -> dict[str, int]:
        """Order one."""
        self.names.append(name)
        return {"id": len(self.names)}

    def get(self, id: int) -> str:
        """One order.

        Raises:
            LookupError: There is no such order.
        """
        if id > len(self.names):
            raise LookupError("no such order", id)
        return self.names[id - 1]


class Shop:
    """A shop."""

    orders: Orders

    def __init__(self) -> None:
        self.orders = Orders()
        self.closed = threading.Event()
        self.made = 0

    def price(self, item: str, count: int = 1) -> float:
        """The price of so many pieces."""
        return {"tea": 3.5}[item] * count

    def get_text(self, size: int) -> str:
        return "x" * size

    def print(self, size: int) -> str:
        self.made += 1
        return "x" * size

    async def wait(self) -> int:
        await asyncio.sleep(0)
        return self.made

    def list_sizes(self, count: int, size: int = 1, fail: bool = False) -> Iterator[str]:
        """Texts.

        Raises:
            LookupError: At the end.
        """
        try:
            for _ in range(count):
                self.made += 1
                yield "x" * size
            if fail:
                raise LookupError("gone")
        finally:
            self.closed.set()

    async def feed(self, first: int) -> AsyncIterator[int]:
        try:
            for number in range(first):
                yield number
            await asyncio.Event().wait()
        finally:
            self.closed.set()


def ask(server: Any, method: str, key: str | None, headers: dict[str, str] | None = None, **params: Any) -> Answer:
    said = {"accept": "application/json, text/event-stream", "mcp-protocol-version": REVISION, **(headers or {})}
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    answer: Answer = server.ask("POST", "/mcp", message, key=key, headers=said)
    return answer


def listed(server: Any, key: str | None) -> list[str]:
    return [tool["name"] for tool in ask(server, "tools/list", key).json["result"]["tools"]]


def call(server: Any, name: str, key: str | None, /, **arguments: Any) -> Any:
    """The ``CallToolResult``."""
    return ask(server, "tools/call", key, name=name, arguments=arguments).json["result"]


def value(result: Any) -> Any:
    assert not result["isError"], result["content"]
    return result["structuredContent"]


def told(result: Any) -> tuple[str, str]:
    """The code of a refusal, and what the agent reads of it."""
    assert result["isError"]
    return result["_meta"][mcp.PROBLEM]["code"], result["content"][0]["text"]


def of(server: Any) -> Any:
    """The object that is served."""
    return server.host.services[0].operations["price"].method.__self__


ALL = [
    "shop-feed", "shop-get_text", "shop-list_sizes", "shop-orders-create", "shop-orders-get", "shop-price",
    "shop-print", "shop-wait",
]  # fmt: skip


def test_a_key_sees_the_tools_that_it_may_call(guarded: Guard) -> None:
    server = guarded(Shop)
    assert ALL == sorted(listed(server, server.key()))
    assert ["shop-orders-create", "shop-orders-get", "shop-price"] == sorted(
        listed(server, server.key("shop.price", "shop.orders.*"))
    )
    assert [] == listed(server, None)


def test_who_has_no_key_sees_what_is_open_to_anybody(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan("anonymous", rights=("shop.price",))
    assert ["shop-price"] == listed(server, None)
    assert {"result": 7.0} == value(call(server, "shop-price", None, item="tea", count=2))


def test_a_test_key_without_a_sandbox_sees_what_only_reads(guarded: Guard) -> None:
    server = guarded(Shop, reads=("orders.get", "get_text"))
    key = server.key(test=True)
    assert ["shop-get_text", "shop-orders-get"] == sorted(listed(server, key))
    assert "no-sandbox" == told(call(server, "shop-price", key, item="tea"))[0]


def test_a_test_key_reaches_the_sandbox(guarded: Guard) -> None:
    server = guarded(Shop, sandbox=Shop)
    test, live = server.key(test=True), server.key()
    assert ALL == sorted(listed(server, test))
    value(call(server, "shop-orders-create", test, name="tea"))
    assert "declared-error" == told(call(server, "shop-orders-get", live, id=1))[0]
    assert {"result": "tea"} == value(call(server, "shop-orders-get", test, id=1))


def test_what_is_not_listed_is_refused_as_by_http(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key("shop.price")
    code, text = told(call(server, "shop-print", key, size=1))
    assert "key-right-missing" == code
    assert "Your account has the right `shop.print`" in text
    assert "key-missing" == told(call(server, "shop-print", None, size=1))[0]


def test_neither_the_console_nor_older_versions_are_tools(guarded: Guard) -> None:
    server = guarded(Shop)
    names = [name for name in server.host.services[1].operations if name.startswith("keys.")]
    assert names
    assert not [name for name in listed(server, server.key("*")) if not name.startswith("shop-")]
    answer = ask(server, "tools/call", server.key("*"), name="parvis-keys-list", arguments={})
    assert "Unknown tool: parvis-keys-list" == answer.json["error"]["message"]


def test_a_call_is_a_call_like_any_other(guarded: Guard, tmp_path: Any) -> None:
    server = guarded(Shop)
    key = server.key()
    answer = ask(server, "tools/call", key, name="shop-price", arguments={"item": "tea", "count": 2})
    assert {"result": 7.0} == value(answer.json["result"])
    assert '{"result":7.0}' == answer.json["result"]["content"][0]["text"]
    (row,) = server.calls("acc_ada")
    assert ("shop.price", 200, 1, answer.headers["x-request-id"]) == (row.operation, row.status, row.cost, row.request)
    assert "ratelimit" in answer.headers
    assert "private, no-store" == answer.headers["cache-control"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    server.host.guards.log.flush()
    lines = [json.loads(line) for line in (tmp_path / "server0" / "log").read_text().splitlines()]
    assert [("MCP", "shop.price", 200)] == [
        (line["method"], line["operation"], line["status"])
        for line in lines
        if line.get("request_id") == answer.headers["x-request-id"]
    ]


def test_results_keep_to_their_schemas(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    schemas = {t["name"]: t["outputSchema"] for t in ask(server, "tools/list", key).json["result"]["tools"]}
    for name, arguments in (
        ("shop-price", {"item": "tea"}), ("shop-orders-create", {"name": "a"}), ("shop-orders-get", {"id": 1}),
        ("shop-list_sizes", {"count": 3}), ("shop-wait", {}),
    ):  # fmt: skip
        Draft202012Validator(schemas[name]).validate(value(call(server, name, key, **arguments)))


def test_invalid_arguments_are_named_each_with_what_to_do(guarded: Guard) -> None:
    server = guarded(Shop)
    code, text = told(call(server, "shop-price", server.key(), count="2", colour="red"))
    assert "invalid-arguments" == code
    assert "- item: is required" in text
    assert "- count: should be a valid integer" in text
    assert "- colour: is not a parameter" in text
    assert [(422, 0)] == [(row.status, row.cost) for row in server.calls("acc_ada")]


def test_a_bug_tells_nothing_but_its_request(guarded: Guard) -> None:
    server = guarded(Shop)
    answer = ask(server, "tools/call", server.key(), name="shop-price", arguments={"item": "secret"})
    code, text = told(answer.json["result"])
    assert ("internal-error", False, True) == (code, "secret" in text, answer.headers["x-request-id"] in text)


def test_a_declared_error_is_told(guarded: Guard) -> None:
    server = guarded(Shop)
    code, text = told(call(server, "shop-orders-get", server.key(), id=9))
    assert ("declared-error", True) == (code, "LookupError" in text and "no such order" in text)


def test_limits_are_those_of_the_account(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(day=2)
    key = server.key()
    assert 200 == server.call("shop.price", key, item="tea").status
    value(call(server, "shop-price", key, item="tea"))
    code, text = told(call(server, "shop-price", key, item="tea"))
    assert ("quota-exceeded", True) == (code, "limits: http://localhost/parvis/v1/limits" in text)
    assert 429 == server.call("shop.price", key, item="tea").status


def test_tools_are_listed_for_nothing_but_not_without_bound(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()  # which stands still: on a busy machine the rate would let all of them pass
    monkeypatch.setattr("parvis.assembly.server.SystemClock", lambda: clock)
    server = guarded(Shop)
    key = server.key("shop.price")
    answers = [ask(server, "tools/list", key).json for _ in range(140)]
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert "result" in answers[99]
    assert {(-32000, "rate-limited")} == {(error["code"], error["data"]["code"]) for error in refused}
    assert "before you repeat it" in refused[0]["message"]
    assert [] == server.calls("acc_ada")
    value(call(server, "shop-price", key, item="tea"))


def test_a_right_holds_for_its_arguments(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key("shop.price(item in [tea])")
    assert ["shop-price"] == listed(server, key)
    value(call(server, "shop-price", key, item="tea"))
    assert "argument-refused" == told(call(server, "shop-price", key, item="jam"))[0]


def test_problems_are_in_the_language_that_is_asked_for(guarded: Guard) -> None:
    server = guarded(Shop)
    answer = ask(server, "tools/call", None, {"accept-language": "fr"}, name="shop-print", arguments={"size": 1})
    assert "Cet appel demande une clé" in told(answer.json["result"])[1]


def test_an_unknown_tool_is_an_error_of_the_protocol_and_no_call(guarded: Guard) -> None:
    server = guarded(Shop)
    answer = ask(server, "tools/call", server.key(), name="shop-nothing", arguments={})
    assert {"code": -32602, "message": "Unknown tool: shop-nothing"} == answer.json["error"]
    assert [] == server.calls("acc_ada")


@pytest.mark.parametrize("where", ["header", "meta"])
def test_a_call_with_an_idempotency_key_takes_effect_once(guarded: Guard, where: str) -> None:
    server = guarded(Shop)
    key = server.key()
    headers = {"idempotency-key": "once"} if where == "header" else {}
    meta = {"_meta": {mcp.KEY: "once"}} if where == "meta" else {}

    def create(name: str) -> Any:
        return ask(
            server, "tools/call", key, headers, name="shop-orders-create", arguments={"name": name}, **meta
        ).json["result"]  # fmt: skip

    assert [{"id": 1}, {"id": 1}] == [value(create("tea")), value(create("tea"))]
    assert "idempotency-mismatch" == told(create("jam"))[0]
    assert {"id": 2} == value(call(server, "shop-orders-create", key, name="tea"))
    by_http = server.ask("POST", "/shop/v1/orders", {"name": "tea"}, key=key, headers={"idempotency-key": "once"})
    assert (201, {"id": 1}) == (by_http.status, by_http.json)


@pytest.mark.parametrize("key", ["é", "", 7, ["a"]])
def test_a_key_that_is_none_is_refused(guarded: Guard, key: Any) -> None:
    server = guarded(Shop)
    answer = ask(
        server, "tools/call", server.key(), name="shop-orders-create", arguments={"name": "a"}, _meta={mcp.KEY: key}
    )
    assert "malformed-request" == told(answer.json["result"])[0]
    assert [] == of(server).orders.names


def test_a_large_result_of_a_read_is_refused_and_one_that_took_effect_is_told_so(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    fits = mcp.LARGEST - 2
    assert fits == len(value(call(server, "shop-get_text", key, size=fits))["result"])
    code, text = told(call(server, "shop-get_text", key, size=fits + 1))
    assert ("result-too-large", True) == (code, "narrower arguments" in text)
    done = call(server, "shop-print", key, size=fits + 1)
    assert done["isError"]
    assert "do not repeat it" in done["content"][0]["text"]
    assert 1 == of(server).made
    assert [(200, 1), (422, 1), (200, 1)] == [(row.status, row.cost) for row in server.calls("acc_ada")]


@pytest.mark.parametrize(
    ("count", "size", "given", "truncated"),
    [(0, 1, 0, False), (3, 1, 3, False), (mcp.ITEMS, 1, mcp.ITEMS, False), (mcp.ITEMS + 1, 1, mcp.ITEMS, True),
     (300, 1000, 261, True)],
)  # fmt: skip
def test_a_stream_is_gathered_within_its_bounds_and_then_closed(
    guarded: Guard, count: int, size: int, given: int, truncated: bool
) -> None:
    server = guarded(Shop)
    found = value(call(server, "shop-list_sizes", server.key(), count=count, size=size))
    assert (given, truncated) == (len(found["items"]), found["truncated"])
    assert of(server).closed.is_set()
    (row,) = server.calls("acc_ada")
    assert (200, 1, given) == (row.status, row.cost, row.items)


def test_a_stream_that_fails_is_an_error_with_what_came_before(guarded: Guard) -> None:
    server = guarded(Shop)
    result = call(server, "shop-list_sizes", server.key(), count=2, fail=True)
    assert "declared-error" == told(result)[0]
    assert {"items": ["x", "x"], "truncated": True} == json.loads(result["content"][1]["text"])


@pytest.mark.parametrize("first", [0, 2])
def test_a_feed_without_end_is_left_after_a_while(guarded: Guard, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    monkeypatch.setattr(mcp, "SECONDS", 0.05)
    server = guarded(Shop)
    found = value(call(server, "shop-feed", server.key(), first=first))
    assert {"items": list(range(first)), "truncated": True} == found
    assert of(server).closed.is_set()
    (row,) = server.calls("acc_ada")
    assert (200, 1, first) == (row.status, row.cost, row.items)


def test_a_feed_ends_when_its_reader_has_gone(guarded: Guard) -> None:
    server = guarded(Shop)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
               "params": {"name": "shop-feed", "arguments": {"first": 2}}}  # fmt: skip
    scope = server.scope(
        "POST", "/mcp", message, key=server.key(),
        headers={"accept": "application/json", "mcp-protocol-version": REVISION},
    )  # fmt: skip
    waiting = [{"type": "http.request", "body": json.dumps(message).encode(), "more_body": False}]

    async def receive() -> Any:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None: ...

    server.run(server.app(scope, receive, send))
    assert of(server).closed.wait(2)


def test_calls_at_once_do_not_mix(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    async def one(count: int) -> Any:
        message = {"jsonrpc": "2.0", "id": count, "method": "tools/call",
                   "params": {"name": "shop-price", "arguments": {"item": "tea", "count": count}}}  # fmt: skip
        headers = {"accept": "application/json", "mcp-protocol-version": REVISION}
        return (await server.asked("POST", "/mcp", message, key=key, headers=headers)).json

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*map(one, range(1, 9)))

    answers = server.run(all_of_them())
    assert [(n, {"result": 3.5 * n}) for n in range(1, 9)] == [(a["id"], value(a["result"])) for a in answers]


def test_a_wrong_key_is_refused_before_anything_else(guarded: Guard) -> None:
    server = guarded(Shop)
    answer = ask(server, "tools/list", "pv_live_nonsense")
    assert (401, "key-malformed", True) == (answer.status, answer.json["code"], "www-authenticate" in answer.headers)


def test_a_password_opens_no_tools_and_is_not_hashed(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    server = guarded(Shop)
    monkeypatch.setattr(server.host.guards.identifier, "_login", None)
    answer = server.ask("POST", "/mcp", {}, basic=("ada@example.org", "correct horse"))
    assert (401, "password-not-accepted") == (answer.status, answer.json["code"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "PATCH", "TRACE"])
def test_there_is_nothing_but_post(guarded: Guard, method: str) -> None:
    answer = guarded(Shop).ask(method, "/mcp")
    assert (405, "OPTIONS, POST") == (answer.status, answer.headers["allow"])


def test_the_methods_are_told_to_whoever_asks(guarded: Guard) -> None:
    answer = guarded(Shop).ask("OPTIONS", "/mcp")
    assert (204, "OPTIONS, POST") == (answer.status, answer.headers["allow"])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, 200),
        ("http://localhost", 200),
        ("https://localhost", 200),
        ("https://app.example.org", 200),
        ("https://evil.example", 403),
        ("http://localhost:3000", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_page_of_another_origin_is_refused(guarded: Guard, origin: str | None, expected: int) -> None:
    server = guarded(Shop, settings={"cors": ["https://app.example.org"]})
    headers = {} if origin is None else {"origin": origin}
    answer = ask(
        server, "tools/call", server.key(), headers, name="shop-orders-create", arguments={"name": "a"}
    )  # fmt: skip
    assert expected == answer.status
    assert (["a"] if expected == 200 else []) == of(server).orders.names
    if expected == 403:
        assert "origin-refused" == answer.json["code"]
    shared = answer.headers.get("access-control-allow-origin")
    assert (origin if origin == "https://app.example.org" else None) == shared


def test_a_listed_origin_may_send_what_mcp_needs(guarded: Guard) -> None:
    server = guarded(Shop, settings={"cors": ["https://app.example.org"]})
    headers = {"origin": "https://app.example.org", "access-control-request-method": "POST"}
    granted = server.ask("OPTIONS", "/mcp", headers=headers).headers["access-control-allow-headers"].split(", ")
    assert {"Authorization", "Content-Type", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"} <= set(granted)


def test_a_foreign_host_is_refused(guarded: Guard) -> None:
    server = guarded(Shop)
    server.app.application.request.__self__._hosts = frozenset({b"localhost"})
    answer = ask(server, "tools/list", server.key(), {"host": "evil.example"})
    assert (400, "host-refused") == (answer.status, answer.json["code"])


def test_a_body_has_the_bound_that_every_body_has(guarded: Guard) -> None:
    server = guarded(Shop, settings={"body_limit": 1000})
    answer = ask(server, "tools/call", server.key(), name="shop-price", arguments={"item": "x" * 1000})
    assert (413, "body-too-large") == (answer.status, answer.json["code"])


def test_a_plan_bounds_the_arguments(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(body=100)
    assert "body-too-large" == told(call(server, "shop-price", server.key(), item="x" * 100))[0]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, -32700),
        (b"[]", 400, None),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, None),
        (b'{"jsonrpc":"2.0","id":1,"method":"nothing"}', 200, -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"resources/list"}', 200, -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}', 200, -32602),
    ],
)
def test_what_is_no_request_of_the_protocol_is_its_error(
    guarded: Guard, body: bytes, status: int, code: int | None
) -> None:
    server = guarded(Shop)
    headers = {"accept": "application/json", "mcp-protocol-version": REVISION, "content-type": "application/json"}
    answer = server.ask("POST", "/mcp", body, key=server.key(), headers=headers)
    assert status == answer.status
    assert code is None or code == answer.json["error"]["code"]
    assert "error" in answer.json
    assert [] == server.calls("acc_ada")


@pytest.mark.parametrize("arguments", [b'{"item":NaN}', b'{"item":' + b"[" * 150 + b"]" * 150 + b"}"])
def test_arguments_that_http_would_not_take_are_not_taken(guarded: Guard, arguments: bytes) -> None:
    server = guarded(Shop)
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"shop-price","arguments":%s}}' % arguments
    headers = {"accept": "application/json", "mcp-protocol-version": REVISION}
    answer = server.ask("POST", "/mcp", body, key=server.key(), headers=headers)
    assert told(answer.json["result"])[0] in ("malformed-request", "invalid-arguments")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_could_send_runs_nothing(guarded: Guard, kind: str) -> None:
    server = guarded(Shop)
    answer = ask(
        server, "tools/call", server.key(), {"content-type": kind}, name="shop-orders-create", arguments={"name": "a"}
    )
    assert answer.status in (400, 415)
    assert [] == of(server).orders.names


def test_a_notification_is_taken_and_forgotten(guarded: Guard) -> None:
    server = guarded(Shop)
    message = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": REVISION}
    assert (202, b"") == (lambda a: (a.status, a.body))(server.ask("POST", "/mcp", message, headers=headers))


MODERN = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    }
}


def modern(server: Any, method: str, key: str | None, **params: Any) -> Answer:
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": method}
    if "name" in params:
        headers["mcp-name"] = params["name"]
    return ask(server, method, key, headers, **params, **MODERN)


def test_the_newest_revision_needs_no_handshake(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key("shop.price", "shop.wait")
    assert {"shop-price", "shop-wait"} == {
        tool["name"] for tool in modern(server, "tools/list", key).json["result"]["tools"]
    }
    answer = modern(server, "tools/call", key, name="shop-price", arguments={"item": "tea"})
    assert {"result": 3.5} == value(answer.json["result"])
    assert "tools" in modern(server, "server/discover", key).json["result"]["capabilities"]
    assert ["shop.price"] == [row.operation for row in server.calls("acc_ada")]


def test_an_application_that_no_agent_asked_has_not_loaded_the_sdk() -> None:
    script = "import sys, parvis.assembly.server; print('mcp' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert "False\n" == said.stdout
