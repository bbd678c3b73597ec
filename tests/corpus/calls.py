"""Calls by HTTP: every operation in every spelling, by every caller, answered in every form."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import msgpack

from corpus.asks import FORM, JSON, Ask, Story, alone, as_json, bearer, get, post
from corpus.callers import SPELLINGS
from corpus.samples import BAZAAR, CALLS, TILL, WRONG_CALLS, Call

KEY = bearer("plain")
LABEL = ("X-Label", "7")
MSGPACK = ("Content-Type", "application/msgpack")
AGENT = ("User-Agent", "corpus")


def query(arguments: dict[str, Any]) -> str:
    pairs = [
        (name, _text(each))
        for name, value in arguments.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return "?" + urlencode(pairs, quote_via=quote) if pairs else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def packed(value: Any) -> bytes:
    made: bytes = msgpack.packb(value)
    return made


def _packable(value: Any) -> bool:
    return "1" + "0" * 20 not in json.dumps(value)


def _form(arguments: dict[str, Any]) -> bytes:
    return query(arguments)[1:].encode()


def multipart(fields: dict[str, Any], files: dict[str, bytes] | None = None) -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{_text(each)}\r\n'.encode()
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    parts += [
        f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n'.encode() + content + b"\r\n"
        for name, content in (files or {}).items()
    ]
    return b"".join(parts) + b"--b--\r\n"


MULTIPART = ("Content-Type", "multipart/form-data; boundary=b")


def every_operation() -> list[Story]:
    """Each call in each form that it can be asked in."""
    stories = []
    for call in [*CALLS, *WRONG_CALLS]:
        name, arguments, path = call.name, call.arguments, call.path
        told = (KEY, AGENT, LABEL) if call.operation == "labelled" else (KEY, AGENT)
        stories += alone("json", [post(name, path, arguments, *told)])
        if call.simple:
            stories += alone("query", [get(name, path + query(arguments), *told)])
            stories += alone("form", [Ask(name, "POST", path, (*told, FORM), _form(arguments))])
    for call in CALLS:
        if _packable(call.arguments):
            told = (KEY, AGENT, MSGPACK, ("Accept", "application/msgpack"))
            stories += alone("msgpack", [Ask(call.name, "POST", call.path, told, packed(call.arguments))])
    for call in CALLS[::4]:
        if call.simple:
            asks = [Ask(call.name, "HEAD", call.path + query(call.arguments), (KEY, AGENT))]
            stories += alone("head", asks)
            stories += alone(
                "multipart", [Ask(call.name, "POST", call.path, (KEY, MULTIPART), multipart(call.arguments))]
            )
    for call in CALLS[::3]:
        more = (("Accept-Language", "fr"), ("X-Request-Id", "mine-1"), ("traceparent", TRACE))
        stories += alone("french", [post(call.name, call.path, call.arguments, KEY, *more)])
    for call in WRONG_CALLS[::2]:
        stories += alone(
            "french", [post(call.name, call.path, call.arguments, KEY, ("Accept-Language", "fr, en;q=0.1"))]
        )
    return stories


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

KINDS: dict[str, Ask] = {
    "a read by GET": get("", f"{BAZAAR}/get_price?item=tea"),
    "a read by GET, of jam": get("", f"{BAZAAR}/get_price?item=jam&count=2"),
    "inline": get("", f"{BAZAAR}/quick?number=1"), "async": post("", f"{BAZAAR}/later", {"number": 2}),
    "a change": post("", f"{BAZAAR}/offer", {"ware": {"name": "x"}}),
    "a stream": post("", f"{BAZAAR}/ticks", {"count": 2}), "who": post("", f"{BAZAAR}/who", {}),
    "words": get("", f"{BAZAAR}/get_words?language=fr"), "a right of its own": post("", f"{BAZAAR}/staff", {}),
    "a resource": get("", f"{BAZAAR}/stalls/1"), "with a sandbox": post("", f"{TILL}/get_rows", {"count": 1}),
    "wrong arguments": post("", f"{BAZAAR}/get_price", {"item": 1}),
    "nothing there": post("", f"{BAZAAR}/get_prize", {}),
    "an agent": Ask("", "POST", "/mcp",
        (JSON, ("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2025-11-25")),
        as_json({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "bazaar-get_price", "arguments": {"item": "tea"}}})),
    "the console": get("", "/parvis/v1/limits"),
}  # fmt: skip


def every_caller() -> list[Story]:
    """Each kind of operation by each caller. Wrong passwords are told apart by where they come from."""
    stories = []
    for place, (who, said) in enumerate(SPELLINGS.items()):
        for number, (kind, ask) in enumerate(KINDS.items()):
            asked = Ask(f"{kind} by {who}", ask.method, ask.path, (*ask.headers, *said), ask.body)
            stories += alone("callers", [asked], address=f"127.0.{60 + place}.{number + 1}")
    for address, who in (("127.0.9.7", "near"), ("127.0.10.7", "near"), ("127.0.9.7", "run")):
        for kind in ("a read by GET", "a stream", "who", "the console"):
            ask = KINDS[kind]
            asked = Ask(
                f"{kind} by {who} from {address}", ask.method, ask.path, (*ask.headers, *SPELLINGS[who]), ask.body
            )
            stories += alone("callers", [asked], address=address)
    for name, value in (("Forwarded", "for=127.0.9.1"), ("X-Forwarded-For", "127.0.9.1"), ("X-Real-IP", "127.0.9.1")):
        for who in ("near", "run", "plain"):
            asks = [get(f"{who} with {name}", f"{BAZAAR}/get_price?item=tea", *SPELLINGS[who], (name, value))]
            stories += alone("callers", asks)
    for number, (kind, ask) in enumerate(KINDS.items()):
        for who in ("tester", "tester2"):
            if kind != "an agent" or who == "tester":
                asked = Ask(f"{kind} by {who}", ask.method, ask.path, (*ask.headers, bearer(who)), ask.body)
                stories += alone("callers", [asked], address=f"127.0.59.{number + 1}")
    for amount in (5, 60):
        stories += alone(
            "callers", [post(f"take {amount} by tester2", f"{TILL}/take", {"amount": amount}, bearer("tester2"))]
        )
    return stories


ACCEPTS = (
    "*/*", "application/json", "application/msgpack", "application/vnd.msgpack", "application/x-msgpack",
    "application/*", "image/png", "text/html", "application/jsonl", "application/x-ndjson", "text/event-stream",
    "application/octet-stream", "text/plain", "application/json;q=0", "application/json;q=0.1, application/msgpack",
    "application/msgpack;q=0.5, */*;q=0.1", "*/*;q=0", "application/problem+json", "nonsense", "", "a/b;q=x, */*",
    "application/json;q=0.5, text/event-stream;q=0.9, application/jsonl;q=0.7",
)  # fmt: skip
CODINGS = (
    "gzip", "zstd", "gzip, zstd", "br", "*", "gzip;q=0", "identity;q=0", "gzip;q=0.5, zstd;q=0.4",
    "identity, gzip;q=0.1", "zstd;q=0, *",
)  # fmt: skip
FORMS: dict[str, Call] = {
    "value": Call(BAZAAR, "get_long", {"size": 3000}, True),
    "small value": Call(BAZAAR, "get_price", {"item": "tea"}, True),
    "stream": Call(BAZAAR, "ticks", {"count": 3}, True),
    "broken stream": Call(BAZAAR, "drift", {"count": 2, "fail": "declared"}, True),
    "stream with a bug": Call(BAZAAR, "ticks", {"count": 1, "fail": "bug"}, True),
    "spoilt stream": Call(BAZAAR, "spoilt", {}, True),
    "empty stream": Call(BAZAAR, "drift", {"count": 0}, True),
    "bytes": Call(BAZAAR, "get_image", {"size": 2000}, True),
    "blob": Call(BAZAAR, "make_blob", {"size": 3}, True),
    "huge": Call(BAZAAR, "get_huge", {}, True),
    "none": Call(BAZAAR, "nothing", {}, True),
    "error": Call(BAZAAR, "fail", {"kind": "Broken"}, True),
    "204": Call(BAZAAR, "stalls.delete", {"id": 88}, True),
}


def every_form() -> list[Story]:
    stories = []
    for kind, call in FORMS.items():
        for accept in ACCEPTS:
            asks = [post(f"{kind}: Accept: {accept}", call.path, call.arguments, KEY, ("Accept", accept))]
            stories += alone("accept", asks)
        for coding in CODINGS[: len(CODINGS) if kind in ("value", "bytes", "stream") else 3]:
            asks = [
                post(f"{kind}: Accept-Encoding: {coding}", call.path, call.arguments, KEY, ("Accept-Encoding", coding))
            ]
            stories += alone("accept encoding", asks)
    delete = Ask("DELETE with no acceptable form", "DELETE", f"{BAZAAR}/stalls/88", (KEY, ("Accept", "image/png")))
    return [*stories, *alone("accept", [delete])]


def stories() -> list[Story]:
    return [*every_operation(), *every_caller(), *every_form()]
