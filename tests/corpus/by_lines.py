"""Calls by the third protocol, the example ``lines.py``: the same operations, one JSON object a line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from corpus.asks import Ask, Story, as_json
from corpus.samples import CALLS, WRONG_CALLS


def line(name: str, call: Any, arguments: Any = None, *, key: str = "plain", id: Any = 1, **more: Any) -> Ask:
    said = {"id": id, "call": call, "arguments": arguments or {}, **({"key": f"{{{{{key}}}}}"} if key else {}), **more}
    return raw(name, as_json(said))


def raw(name: str, text: bytes, **more: Any) -> Ask:
    return Ask(name, raw=text + b"\n", **more)


def stories() -> list[Story]:
    made = [
        Story("lines", call.name, (line(call.name, call.full, call.arguments),), by="lines")
        for call in [*CALLS, *WRONG_CALLS[::4]]
    ]
    for who in (
        "run",
        "narrow",
        "argued",
        "token",
        "scoped",
        "revoked",
        "expired",
        "suspended",
        "digits",
        "near",
        "small",
        "retired",
        "rotated.new",
        "",
    ):
        for name in ("bazaar.get_price", "bazaar.who", "bazaar.staff", "bazaar.ticks"):
            arguments = {"bazaar.get_price": {"item": "tea"}, "bazaar.ticks": {"count": 2}}.get(name, {})
            made.append(
                Story("lines", f"{name} by {who or 'nobody'}", (line("", name, arguments, key=who),), by="lines")
            )
    odd = [
        raw("no JSON", b"nope"), raw("nothing", b""), raw("null", b"null"), raw("a list", b"[1]"),
        raw("a number", b"5"), raw("an empty object", b"{}"),
        raw("a key twice", b'{"call": "bazaar.quick", "call": "bazaar.later"}'),
        raw("NaN", b'{"call": "bazaar.quick", "id": NaN}'), raw("no UTF-8", b'{"call": "\xff"}'),
        raw("deep", b"[" * 500 + b"]" * 500), line("a call that is a number", 7),
        line("an unknown member", "bazaar.quick", {}, other=1), line("an unknown call", "bazaar.quik"),
        line("no service", "nothing.at_all"), line("another version", "bazaar.get_price", {"item": "tea"}, version=1),
        line("no version", "bazaar.get_price", {"item": "tea"}, version=9),
        line("a version of text", "bazaar.quick", version="1"),
        line("an id of text", "bazaar.quick", {"number": 1}, id="é"),
        line("an id of null", "bazaar.quick", {"number": 1}, id=None),
        line("an id that is a list", "bazaar.quick", {"number": 1}, id=[1]),
        line("arguments that are a list", "bazaar.quick", [1]), line("in French", "bazaar.quick", {}, language="fr"),
        line("a language that is none", "bazaar.quick", {}, language=5),
        line("no key", "bazaar.quick", {"number": 1}, key=""),
        raw("a key that is none", b'{"call":"bazaar.quick","key":"x"}'), line("the console", "parvis.limits"),
        line("keys", "parvis.keys.create", {"label": "x"}),
        line("a long text", "bazaar.mirror", {"value": "x" * 100_000}),
    ]  # fmt: skip
    made += [
        Story("lines", f"odd: {ask.name}", (ask, line("and on", "bazaar.quick", {"number": 2})), by="lines")
        for ask in odd
    ]
    made += [
        Story("lines", "repeated", (line("first", "bazaar.count_up", idempotency_key="line-1"),
            line("again", "bazaar.count_up", idempotency_key="line-1"),
            line("another", "bazaar.greet", {"name": "x"}, idempotency_key="line-1"),
            line("other arguments", "bazaar.greet", {"name": "y"}, idempotency_key="line-1"),
            line("a stream", "bazaar.ticks", {"count": 1}, idempotency_key="line-2"),
            replace(line("a stream again", "bazaar.ticks", {"count": 1}, idempotency_key="line-2"), pause=0.4)),
            by="lines"),
        Story("lines", "two at once", (Ask("both",
            raw=as_json({"id": 1, "call": "bazaar.quick", "arguments": {"number": 1},
            "key": "{{plain}}"}) + b"\n" + as_json({"id": 2, "call": "bazaar.later", "arguments": {"number": 2},
            "key": "{{plain}}"}) + b"\n"), Ask("and the second", raw=b"")), by="lines"),
        Story("lines", "too long", (Ask("a line", raw=b"x" * 2_200_000, until="end"),), by="lines"),
        Story("lines", "left", (Ask("a stream", raw=as_json({"call": "bazaar.follow", "key": "{{plain}}"}) + b"\n",
            until="head"), replace(line("after it", "bazaar.quick", {"number": 1}), pause=0.15)), by="lines"),
    ]  # fmt: skip
    return made
