"""Calls by MCP: every operation as a tool, what is no message, and who may see what."""

from __future__ import annotations

import json
from typing import Any

from corpus.asks import JSON, Ask, Story, alone, as_json, basic, bearer, in_turn
from corpus.callers import SPELLINGS
from corpus.calls import KEY
from corpus.samples import CALLS, WRONG_CALLS

REVISION = "2025-11-25"
BOTH = ("Accept", "application/json, text/event-stream")
VERSION = ("MCP-Protocol-Version", REVISION)
NEWEST = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": NEWEST,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "corpus", "version": "1"},
}
KEPT = "parvis/idempotency-key"


def say(name: str, message: Any, *headers: tuple[str, str], **more: Any) -> Ask:
    body = message if isinstance(message, bytes) else as_json(message)
    said = {each.lower() for each, _ in headers}
    usual = [each for each in (JSON, BOTH, VERSION) if each[0].lower() not in said]
    return Ask(name, "POST", "/mcp", (*usual, *headers), body, **more)


def message(method: str, /, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


def tool(name: str, tool: str, arguments: Any, *headers: tuple[str, str], **more: Any) -> Ask:
    return say(name, message("tools/call", name=tool, arguments=arguments, **more), *headers)


def newest(name: str, method: str, /, *headers: tuple[str, str], **params: Any) -> Ask:
    told = [("MCP-Protocol-Version", NEWEST), ("Mcp-Method", method)]
    if "name" in params:
        told.append(("Mcp-Name", params["name"]))
    return say(name, message(method, **params, _meta=META), *told, *headers)


def calls() -> list[Story]:
    stories = []
    for call in [*CALLS, *WRONG_CALLS[::3]]:
        label = (("X-Label", "7"),) if call.operation == "labelled" else ()
        stories += alone("agents: tools", [tool(call.name, call.tool, call.arguments, KEY, *label)])
    for call in CALLS[::7]:
        asks = [
            newest(f"{call.name}, newest", "tools/call", KEY, name=call.tool, arguments=call.arguments),
            tool(f"{call.name}, in French", call.tool, call.arguments, KEY, ("Accept-Language", "fr")),
        ]
        stories += alone("agents: tools", asks)
    return stories


def callers() -> list[Story]:
    stories = []
    for place, (who, said) in enumerate(SPELLINGS.items()):
        asks = [say(f"list by {who}", message("tools/list"), *said), tool(f"who by {who}", "bazaar-who", {}, *said)]
        stories += alone("agents: callers", asks, address=f"127.0.{120 + place}.1")
    stories += alone("agents: callers", [say("list by tester", message("tools/list"), bearer("tester"))])
    return stories


def _call(operation: str, arguments: bytes) -> bytes:
    """A call whose arguments are no JSON that Python would write."""
    told = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bazaar-%b","arguments":%b}}'
    return told % (operation.encode(), arguments)


def messages() -> list[Story]:
    start = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "corpus", "version": "1"}}
    wrong: dict[str, Any] = {
        "nothing": b"", "no JSON": b"{", "a list": b"[]", "a batch": [message("tools/list"), message("ping")],
        "a number": b"5", "null": b"null", "an empty object": {}, "no version": {"id": 1, "method": "tools/list"},
        "another version": {"jsonrpc": "1.0", "id": 1, "method": "tools/list"},
        "no method": {"jsonrpc": "2.0", "id": 1}, "no id": {"jsonrpc": "2.0", "method": "tools/list"},
        "an id of text": {**message("tools/list"), "id": "é"}, "an id of null": {**message("ping"), "id": None},
        "an id that is a list": {**message("ping"), "id": [1]}, "a half id": {**message("ping"), "id": 1.5},
        "params that are a list": {**message("ping"), "params": [1]}, "an unknown method": message("tools/nothing"),
        "ping": message("ping"), "prompts": message("prompts/list"), "resources": message("resources/list"),
        "a level": message("logging/setLevel", level="debug"), "an answer": {"jsonrpc": "2.0", "id": 1, "result": {}},
        "an error": {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
        "initialized": {"jsonrpc": "2.0", "method": "notifications/initialized"},
        "cancelled": {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}},
        "an unknown notification": {"jsonrpc": "2.0", "method": "notifications/nothing"},
        "initialize": message("initialize", **start),
        "initialize, old": message("initialize", **{**start, "protocolVersion": "2024-11-05"}),
        "initialize, unknown": message("initialize", **{**start, "protocolVersion": "1999-01-01"}),
        "initialize, without anything": message("initialize"), "discover": message("server/discover"),
        "list with a cursor": message("tools/list", cursor="x"),
        "an unknown tool": message("tools/call", name="bazaar-nothing", arguments={}),
        "a tool of the console": message("tools/call", name="parvis-keys-list", arguments={}),
        "a tool without a name": message("tools/call", arguments={}),
        "a tool without arguments": message("tools/call", name="bazaar-count_up"),
        "arguments that are a list": message("tools/call", name="bazaar-quick", arguments=[1]),
        "arguments that are text": message("tools/call", name="bazaar-quick", arguments="{}"),
        "a name that is a number": message("tools/call", name=5, arguments={}),
        "a key twice": _call("quick", b'{"number":1,"number":2}'), "NaN": _call("quick", b'{"number":NaN}'),
        "deep": _call("mirror", b'{"value":' + b"[" * 150 + b"]" * 150 + b"}"),
        "no UTF-8": b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', "large": b'{"x":"' + b"x" * 1_100_000 + b'"}',
        "much": message("tools/call", name="bazaar-get_long", arguments={"size": 300_000}),
        "much that took effect": message("tools/call", name="bazaar-mirror", arguments={"value": "x" * 280_000}),
        "many items": message("tools/call", name="bazaar-ticks", arguments={"count": 1001}),
    }  # fmt: skip
    stories = alone("agents: messages", [say(name, each, KEY) for name, each in wrong.items()])
    asked = message("tools/call", name="bazaar-quick", arguments={"number": 1})
    headers: dict[str, tuple[tuple[str, str], ...]] = {
        "no accept": (("Accept", ""),), "anything": (("Accept", "*/*"),),
        "events alone": (("Accept", "text/event-stream"),), "JSON alone": (("Accept", "application/json"),),
        "an image": (("Accept", "image/png"),), "an old revision": (("MCP-Protocol-Version", "2025-03-26"),),
        "no revision": (("MCP-Protocol-Version", ""),),
        "an unknown revision": (("MCP-Protocol-Version", "1999-01-01"),), "a session": (("Mcp-Session-Id", "x"),),
        "text": (("Content-Type", "text/plain"),), "a form": (("Content-Type", "application/x-www-form-urlencoded"),),
        "no type": (("Content-Type", ""),), "gzip": (("Content-Encoding", "gzip"),),
        "gzip wanted": (("Accept-Encoding", "gzip"),),
        "an origin of ours": (("Origin", "http://127.0.0.1:{{port}}"),),
        "a foreign origin": (("Origin", "https://evil.example"),), "an origin of null": (("Origin", "null"),),
        "another host": (("Host", "evil.example"),), "traced": (("X-Request-Id", "agent-1"),),
        "a condition": (("If-None-Match", "*"),), "a range": (("Range", "bytes=0-1"),),
    }  # fmt: skip
    stories += alone("agents: messages", [say(f"with {name}", asked, KEY, *said) for name, said in headers.items()])
    for method in ("GET", "HEAD", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"):
        stories += alone("agents: messages", [Ask(method, method, "/mcp", (KEY, BOTH, VERSION))])
    stories += alone("agents: messages", [
        newest("newest: list", "tools/list", KEY), newest("newest: discover", "server/discover", KEY),
        newest("newest: unknown", "tools/nothing", KEY), newest("newest: without a key", "tools/list"),
        say("newest: without its headers", message("tools/list", _meta=META), KEY, ("MCP-Protocol-Version", NEWEST)),
        say("newest: another name", message("tools/call", name="bazaar-quick", arguments={"number": 1}, _meta=META),
            KEY, ("MCP-Protocol-Version", NEWEST), ("Mcp-Method", "tools/call"), ("Mcp-Name", "bazaar-later")),
        say("by a password", message("tools/list"), basic("ada@example.org", "wrong")),
        Ask("below it", "POST", "/mcp/", (KEY, JSON), json.dumps(asked).encode()),
        Ask("with a query", "POST", "/mcp?x=1", (KEY, JSON, BOTH, VERSION), json.dumps(asked).encode()),
    ])  # fmt: skip
    return stories


def repeats() -> list[Story]:
    stories = []
    for name, first, again in (
        ("by a header", {}, {}), ("by its meta", {"_meta": {KEPT: "agent-2"}}, {"_meta": {KEPT: "agent-2"}}),
    ):  # fmt: skip
        headers = () if first else (("Idempotency-Key", "agent-1"),)
        asks = [
            tool("first", "bazaar-count_up", {}, KEY, *headers, **first),
            tool("again", "bazaar-count_up", {}, KEY, *headers, **again),
        ]
        other = Ask(
            "by HTTP",
            "POST",
            "/bazaar/v2/count_up",
            (KEY, JSON, ("Idempotency-Key", "agent-2" if first else "agent-1")),
            b"{}",
        )
        stories.append(in_turn("agents: repeats", name, *asks, other))
    for number, key in enumerate(("é", "", 7, ["a"], "x" * 300)):
        stories += alone(
            "agents: repeats", [tool(f"a key that is none {number}", "bazaar-count_up", {}, KEY, _meta={KEPT: key})]
        )
    return stories


def stories() -> list[Story]:
    return [*calls(), *callers(), *messages(), *repeats()]
