"""Forms and conditions of answers, from the request to the meter."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgpack
import pytest

from guarded import FREE
from parvis.server.http.upload import Limits
from wire import Wire

Serve = Callable[..., Any]
TYPE = "application/msgpack"
PACKED = {"content-type": TYPE}
LONG = "".join(random.Random(1).choices("abcdefghijklmnop ", k=5000))


@dataclass
class Thing:
    id: str
    price: Decimal
    made: datetime
    photo: bytes


class Shop:
    def __init__(self) -> None:
        self.version = 0
        self.changed = 0

    def get_thing(self, id: str) -> Thing:
        return Thing(id, Decimal("1.50"), datetime(2026, 1, 31, 12, tzinfo=UTC), b"\xff\xfe\xfd")

    def get_version(self) -> int:
        return self.version

    def get_text(self, size: int) -> str:
        return LONG[:size]

    def get_private(self) -> str:
        return "private"

    def get_language(self, language: str = "en") -> str:
        return language

    def count_bits(self, bits: int) -> int:
        return 2**bits - 1

    def echo(self, value: Any = None) -> Any:
        return value

    def change(self) -> int:
        self.changed += 1
        return self.changed

    def drop(self) -> None:
        self.changed += 1

    def fail(self) -> int:
        """Fail.

        Raises:
            LookupError: Always.
        """
        raise LookupError("gone")

    def items(self, count: int, fail: bool = False) -> Iterator[int]:
        """Some.

        Raises:
            LookupError: In the end.
        """
        yield from range(count)
        if fail:
            raise LookupError("gone")

    async def flow(self, count: int) -> AsyncIterator[int]:
        for n in range(count):
            yield n


@pytest.fixture
def shop(serve: Serve) -> Any:
    return serve(Shop, public={"get_text": 60})


def code(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["code"]


# Entity tags


def test_a_read_by_get_has_a_tag_and_is_not_sent_twice(shop: Any) -> None:
    first = shop.ask("GET", "/shop/v1/get_version")
    again = shop.ask("GET", "/shop/v1/get_version", headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert (200, b"0") == (first.status, first.body)
    assert (304, b"") == (again.status, again.body)
    assert {"content-type", "content-length"} == set(first.headers) - set(again.headers)
    kept = ("etag", "cache-control", "vary", "x-content-type-options")
    assert [first.headers[name] for name in kept] == [again.headers[name] for name in kept]


def test_a_changed_answer_is_sent_and_has_another_tag(shop: Any) -> None:
    first = shop.ask("GET", "/shop/v1/get_version").headers["etag"]
    shop.host.operation("shop.get_version").method.__self__.version = 1
    second = shop.ask("GET", "/shop/v1/get_version", headers={"if-none-match": first})
    assert (200, b"1", False) == (second.status, second.body, first == second.headers["etag"])


def test_head_has_the_headers_of_get(shop: Any) -> None:
    get, head = (shop.ask(method, "/shop/v1/get_text?size=3000") for method in ("GET", "HEAD"))
    assert get.headers | {"x-request-id": ""} == head.headers | {"x-request-id": ""}
    assert 304 == shop.ask("HEAD", "/shop/v1/get_version", headers={"if-none-match": "*"}).status


def test_what_is_no_read_by_get_has_no_tag(shop: Any) -> None:
    for answer in (
        shop.post("get_version"),
        shop.post("change"),
        shop.post("drop"),
        shop.post("items", count=1),
        shop.ask("GET", "/shop/v1/get_version?x=1"),
        shop.ask("GET", "/shop/v1/get_version", key=None),
    ):
        assert "etag" not in answer.headers


def test_a_publicly_kept_answer_says_so_unchanged_too(shop: Any) -> None:
    first = shop.ask("GET", "/shop/v1/get_text?size=3")
    again = shop.ask("GET", "/shop/v1/get_text?size=3", headers={"if-none-match": first.headers["etag"]})
    assert ["public, max-age=60"] * 2 == [first.headers["cache-control"], again.headers["cache-control"]]


def test_two_lines_of_a_list_are_one_list(shop: Any) -> None:
    tag = shop.ask("GET", "/shop/v1/get_version").headers["etag"].encode()
    for lines in ([tag, b'"x"'], [b'"x"', tag]):
        more = [(b"if-none-match", line) for line in lines]
        assert 304 == shop.ask("GET", "/shop/v1/get_version", raw_headers=more).status


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("*", 200), ("{tag}", 200), ('"x", {tag}', 200), ("W/{tag}", 412), ('"x"', 412), ("", 412)],
)
def test_a_read_may_be_made_on_the_condition_of_a_tag(shop: Any, condition: str, expected: int) -> None:
    tag = shop.ask("GET", "/shop/v1/get_version").headers["etag"]
    answer = shop.ask("GET", "/shop/v1/get_version", headers={"if-match": condition.format(tag=tag)})
    assert expected == answer.status
    if expected == 412:
        assert "precondition-failed" == answer.json["code"]


@pytest.mark.parametrize("condition", [{"if-match": '"x"'}, {"if-match": "*"}, {"if-none-match": " * "}])
@pytest.mark.parametrize("operation", ["change", "drop", "items"])
def test_a_change_on_a_condition_is_refused_and_not_made(shop: Any, condition: dict[str, str], operation: str) -> None:
    answer = shop.ask(
        "POST", f"/shop/v1/{operation}", {"count": 1} if operation == "items" else None, headers=condition
    )
    assert (412, "precondition-failed") == code(answer)
    assert b"1" == shop.post("change").body


@pytest.mark.parametrize(
    "condition",
    [{"if-none-match": '"x"'}, {"if-unmodified-since": "Sat, 01 Jan 2000 00:00:00 GMT"}, {"if-range": '"x"'},
     {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}],
)  # fmt: skip
def test_what_holds_or_speaks_of_dates_hinders_nothing(shop: Any, condition: dict[str, str]) -> None:
    assert 200 == shop.ask("POST", "/shop/v1/change", headers=condition).status
    assert 200 == shop.ask("GET", "/shop/v1/get_version", headers=condition).status


def test_an_unchanged_read_is_counted_and_charged_like_any(guarded: Callable[..., Any]) -> None:
    shop = guarded(Shop)
    shop.plan(**{**FREE, "day": 100})
    key = shop.key()
    tag = shop.ask("GET", "/shop/v1/get_version", key=key).headers["etag"]
    again = shop.ask("GET", "/shop/v1/get_version", key=key, headers={"if-none-match": tag})
    unmet = shop.ask("GET", "/shop/v1/get_version", key=key, headers={"if-match": '"x"'})
    never = shop.ask("GET", "/shop/v1/get_version", key=key, headers={"accept": "text/html"})
    assert [304, 412, 406] == [again.status, unmet.status, never.status]
    assert {"ratelimit", "ratelimit-policy", "x-request-id"} <= set(again.headers)
    assert [(200, 1), (304, 1), (412, 1), (406, 0)] == [(call.status, call.cost) for call in shop.calls()]


# Documents


@pytest.mark.parametrize(
    "path",
    ["/shop/v1/openapi.json", "/shop/v1/openapi.json?version=3.0", "/shop/v1/contract.json", "/shop/contract.json"],
)
def test_a_document_has_a_tag_for_each_form(shop: Any, path: str) -> None:
    plain = shop.ask("GET", path, key=None)
    zipped = shop.ask("GET", path, key=None, headers={"accept-encoding": "gzip"})
    assert plain.body == gzip.decompress(zipped.body)
    assert ("no-cache", "Accept-Encoding") == (plain.headers["cache-control"], plain.headers["vary"])
    assert plain.headers["etag"] != zipped.headers["etag"]
    for answer, more in ((plain, {}), (zipped, {"accept-encoding": "gzip"})):
        again = shop.ask("GET", path, key=None, headers={"if-none-match": answer.headers["etag"], **more})
        assert (304, b"", answer.headers["etag"]) == (again.status, again.body, again.headers["etag"])
        assert {"content-type", "content-length", "content-encoding"}.isdisjoint(again.headers)
        other = {} if more else {"accept-encoding": "gzip"}
        again = shop.ask("GET", path, key=None, headers={"if-none-match": answer.headers["etag"], **other})
        assert 200 == again.status
    assert (412, "precondition-failed") == code(shop.ask("GET", path, headers={"if-match": '"x"'}))


def test_health_has_no_tag(shop: Any) -> None:
    assert "etag" not in shop.ask("GET", "/health/ready", key=None).headers


# MessagePack


def test_messagepack_says_what_json_says(shop: Any) -> None:
    for ask in (
        lambda headers: shop.ask("GET", "/shop/v1/get_thing?id=a", headers=headers),
        lambda headers: shop.ask("POST", "/shop/v1/get_thing", {"id": "a"}, headers=headers),
    ):
        plain, packed = ask({}), ask({"accept": TYPE})
        assert TYPE == packed.headers["content-type"]
        assert plain.json == msgpack.unpackb(packed.body)
        assert {"id": "a", "price": "1.50", "made": "2026-01-31T12:00:00Z", "photo": "__79"} == plain.json


@pytest.mark.parametrize("name", [TYPE, "application/vnd.msgpack", "application/x-msgpack"])
def test_messagepack_goes_in_and_comes_out_by_the_name_that_was_asked_for(shop: Any, name: str) -> None:
    value = {"a": [1, 1.0, None, True, "é"], "big": 2**64 - 1}
    answer = shop.ask(
        "POST", "/shop/v1/echo", msgpack.packb({"value": value}), headers={"content-type": name, "accept": name}
    )
    assert (200, name) == (answer.status, answer.headers["content-type"])
    assert repr(value) == repr(msgpack.unpackb(answer.body))


def test_messagepack_goes_in_and_json_comes_out(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/get_thing", msgpack.packb({"id": "a"}), headers=PACKED)
    assert (200, "application/json", "a") == (answer.status, answer.headers["content-type"], answer.json["id"])


def test_arguments_are_judged_as_in_json(shop: Any) -> None:
    given = {"id": 1, "more": 2}
    packed = shop.ask("POST", "/shop/v1/get_thing", msgpack.packb(given), headers=PACKED | {"accept": TYPE})
    plain = shop.ask("POST", "/shop/v1/get_thing", given)
    assert "application/problem+json" == packed.headers["content-type"]
    assert (422, plain.json["errors"]) == (packed.status, packed.json["errors"])


def test_what_is_no_messagepack_of_json_is_one_400(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/echo", b"\x82\xa5value\x01\xa5value\x02", headers=PACKED)
    assert (400, "malformed-request") == code(answer)
    assert "The body says no JSON value: the key 'value' is given twice." == answer.json["detail"]


def test_what_messagepack_cannot_say_goes_out_as_json(shop: Any) -> None:
    most, more = (shop.ask("GET", f"/shop/v1/count_bits?bits={bits}", headers={"accept": TYPE}) for bits in (64, 65))
    assert (TYPE, 2**64 - 1) == (most.headers["content-type"], msgpack.unpackb(most.body))
    assert ("application/json", 2**65 - 1) == (more.headers["content-type"], more.json)


def test_each_form_has_its_own_tag(shop: Any) -> None:
    path = "/shop/v1/get_text?size=3000"
    forms = ({}, {"accept": TYPE}, {"accept-encoding": "gzip"})
    tags = [shop.ask("GET", path, headers=form).headers["etag"] for form in forms]
    assert 3 == len(set(tags))
    for form, own in zip(forms, tags, strict=True):
        known = [shop.ask("GET", path, headers={**form, "if-none-match": tag}).status for tag in tags]
        assert [304 if tag == own else 200 for tag in tags] == known


# 406 and 415


def test_a_form_that_is_not_there_is_refused_before_the_method_runs(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/change", headers={"accept": "text/html, application/json;q=0"})
    assert (406, "not-acceptable") == code(answer)
    assert "application/problem+json" == answer.headers["content-type"]
    offered = ["application/json", TYPE, "application/vnd.msgpack", "application/x-msgpack"]
    assert offered == answer.json["offered"]
    assert f"Accept one of these, or send no `Accept`: {', '.join(offered)}." == answer.json["fix"]
    assert b"1" == shop.post("change").body


def test_a_stream_offers_its_own_forms(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/items", {"count": 1}, headers={"accept": TYPE})
    assert (406, "not-acceptable") == code(answer)
    assert ["application/jsonl", "application/x-ndjson", "text/event-stream", "application/json"] == answer.json[
        "offered"
    ]


def test_an_answer_without_a_body_is_acceptable_to_all(serve: Serve) -> None:
    class Orders:
        def get(self, id: str) -> str:
            return id

        def delete(self, id: str) -> None: ...

    class Nested:
        orders: Orders

        def __init__(self) -> None:
            self.orders = Orders()

    Nested.__annotations__["orders"] = Orders
    Orders.__module__ = Nested.__module__ = __name__
    assert 204 == serve(Nested).ask("DELETE", "/nested/v1/orders/1", headers={"accept": "text/html"}).status


def test_a_problem_is_a_problem_whatever_is_accepted(shop: Any) -> None:
    for accepted in (TYPE, "application/json", "*/*"):
        answer = shop.ask("POST", "/shop/v1/fail", headers={"accept": accepted, "accept-encoding": "gzip"})
        assert (404, "application/problem+json") == (answer.status, answer.headers["content-type"])


def test_who_may_not_call_learns_that_first(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/change", key=None, headers={"accept": "text/html"})
    assert (401, "key-missing") == code(answer)


def test_a_body_of_another_type_learns_which_are_taken(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/echo", b"<a/>", headers={"content-type": "text/xml"})
    assert (415, "unsupported-media-type") == code(answer)
    forms = ["application/x-www-form-urlencoded", "multipart/form-data"]
    packed = [TYPE, "application/vnd.msgpack", "application/x-msgpack"]
    assert ["application/json", *packed, *forms] == answer.json["offered"]
    assert ", ".join(answer.json["offered"]) == answer.headers["accept"]
    assert "The body is text/xml." == answer.json["detail"]


# Streams


@pytest.mark.parametrize("operation", ["items", "flow"])
@pytest.mark.parametrize("count", [0, 1, 3, 500])
@pytest.mark.parametrize(
    ("accepted", "kind"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/jsonl; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson; charset=utf-8"),
        ("application/jsonl;q=0.5, text/event-stream;q=0.4", "application/jsonl; charset=utf-8"),
        ("application/jsonl;q=0.4, text/event-stream;q=0.5", "text/event-stream; charset=utf-8"),
    ],
)
def test_a_stream_comes_in_the_form_that_is_asked_for(
    shop: Any, operation: str, count: int, accepted: str, kind: str
) -> None:
    answer = shop.ask(
        "POST", f"/shop/v1/{operation}", {"count": count}, headers={"accept": accepted, "accept-encoding": "gzip"}
    )
    assert (200, kind, "Accept") == (answer.status, answer.headers["content-type"], answer.headers["vary"])
    assert "content-encoding" not in answer.headers
    lines = [line.removeprefix(b"data: ") for line in answer.body.split(b"\n") if line]
    found = answer.json if kind == "application/json" else [json.loads(line) for line in lines]
    assert list(range(count)) == found


def test_an_array_that_fails_ends_with_the_problem(shop: Any) -> None:
    answer = shop.ask("POST", "/shop/v1/items", {"count": 2, "fail": True}, headers={"accept": "application/json"})
    first, second, last = answer.json
    assert (0, 1, "declared-error") == (first, second, last["$problem"]["code"])


# gzip out


@pytest.mark.parametrize(
    ("size", "accepted", "zipped"),
    [
        (3000, "gzip", True),
        (3000, "gzip;q=0.1, br", True),
        (3000, "*;q=0.5, gzip", True),
        (3000, "gzip;q=0", False),
        (3000, "br", False),
        (3000, None, False),
        (1398, "gzip", False),
        (1399, "gzip", True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_answer_is_compressed_for_who_asks(
    shop: Any, method: str, size: int, accepted: str | None, zipped: bool
) -> None:
    path, body = ("/shop/v1/get_text", {"size": size}) if method == "POST" else (f"/shop/v1/get_text?size={size}", None)
    answer = shop.ask(method, path, body, headers={"accept-encoding": accepted})
    assert ("gzip" if zipped else None) == answer.headers.get("content-encoding")
    assert LONG[:size] == json.loads(gzip.decompress(answer.body) if zipped else answer.body)
    assert "Accept, Accept-Encoding" == answer.headers["vary"]


def test_a_very_long_answer_is_compressed_beside_the_loop(shop: Any) -> None:
    value = [LONG[n : n + 50] for n in range(0, 4900, 2)]
    answer = shop.ask("POST", "/shop/v1/echo", {"value": value}, headers={"accept-encoding": "gzip"})
    assert len(json.dumps(value)) > 100_000 > 2 * len(answer.body)
    assert value == json.loads(gzip.decompress(answer.body))


def test_an_answer_varies_by_the_header_that_a_parameter_is_bound_to(serve: Serve) -> None:
    shop = serve(Shop, bind={"get_language(language)": "header.accept-language"})
    answer = shop.ask("GET", "/shop/v1/get_language", headers={"accept-language": "fr"})
    assert ("fr", "Accept, Accept-Encoding, accept-language") == (answer.json, answer.headers["vary"])


def test_a_bound_header_that_is_sent_twice_is_read_as_one_list(serve: Serve) -> None:
    shop = serve(Shop, bind={"get_language(language)": "header.x-team"})
    answer = shop.ask("GET", "/shop/v1/get_language", raw_headers=[(b"x-team", b"red"), (b"x-team", b"blue")])
    assert "red, blue" == answer.json


# gzip in


def sent(shop: Any, body: bytes, coding: str = "gzip", **more: Any) -> Any:
    headers = {"content-encoding": coding, "content-type": "application/json"}
    return shop.ask("POST", "/shop/v1/echo", body, headers=headers | more.pop("headers", {}), **more)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_a_compressed_body_is_taken(shop: Any, coding: str) -> None:
    body = gzip.compress(json.dumps({"value": LONG}).encode())
    assert LONG == sent(shop, body, coding).json
    assert LONG == sent(shop, b" ", coding, chunks=[body[n : n + 7] for n in range(0, len(body), 7)]).json


def test_a_compressed_body_may_be_messagepack(shop: Any) -> None:
    assert 7 == sent(shop, gzip.compress(msgpack.packb({"value": 7})), headers=PACKED).json


def test_a_compressed_nothing_is_no_arguments(shop: Any) -> None:
    assert [b"null", b"null"] == [sent(shop, body).body for body in (b"", gzip.compress(b""))]


@pytest.mark.parametrize("coding", ["br", "deflate", "identity", "gzip, gzip", ""])
def test_another_coding_is_refused_and_told_which_is_taken(shop: Any, coding: str) -> None:
    answer = sent(shop, b"{}", coding)
    assert (415, "unsupported-media-type") == code(answer)
    assert (["zstd", "gzip"], "zstd, gzip") == (answer.json["offered"], answer.headers["accept-encoding"])


def test_a_body_compressed_twice_in_two_lines_is_refused(shop: Any) -> None:
    body = gzip.compress(gzip.compress(b"{}"))
    assert 415 == sent(shop, body, raw_headers=[(b"content-encoding", b"gzip")]).status


@pytest.mark.parametrize("size", [900, 1001, 1_000_000])
def test_the_limit_holds_for_what_a_body_inflates_to(serve: Serve, size: int) -> None:
    shop = serve(Shop, limits=Limits(body=1000))
    text = (LONG * 300)[: size - 12]
    answer = sent(shop, gzip.compress(b'{"value":"' + text.encode() + b'"}'))
    assert (200 if size <= 1000 else 413) == answer.status


def test_the_limit_holds_for_what_was_sent_too(serve: Serve) -> None:
    """A deflate stream may hold empty blocks without end, which inflate to nothing."""
    shop = serve(Shop, limits=Limits(body=1000))
    head = gzip.compress(b"")[:10]
    answer = sent(shop, b" ", chunks=[head, *[b"\x00\x00\x00\xff\xff" * 20] * 20])
    assert (413, "body-too-large") == code(answer)


@pytest.mark.parametrize("body", [b"{}", gzip.compress(b"{}")[:-1], gzip.compress(b"{}") * 2])
def test_what_is_no_gzip_is_one_400(shop: Any, body: bytes) -> None:
    assert (400, "malformed-request") == code(sent(shop, body))


def test_a_bomb_is_refused_long_before_it_is_whole(serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=50_000_000))
    body = gzip.compress(b" " * 40_000_000)
    answer = sent(shop, b" ", chunks=[body[n : n + 1000] for n in range(0, len(body), 1000)])
    assert (400, "The body inflates to more than 100 times what was sent.") == (answer.status, answer.json["detail"])


def test_what_these_say_is_said_in_french(shop: Any) -> None:
    french = {"accept-language": "fr"}
    answers = [
        shop.ask("POST", "/shop/v1/change", headers={"accept": "text/html", **french}),
        shop.ask("POST", "/shop/v1/change", headers={"if-match": "*", **french}),
        shop.ask("GET", "/shop/v1/get_version", headers={"if-match": '"x"', **french}),
        sent(shop, b"{}", "br", headers=french),
        sent(shop, b"{}", headers=french),
    ]
    assert not any(word in a.json["detail"] for a in answers for word in ("The ", "This ", "What ", "A call"))
    assert all("offered" not in a.json["fix"] for a in answers)


# On a socket

CODE = """
class Shop:
    def get_text(self, size: int) -> str:
        return "ab" * size

    def echo(self, value: object = None) -> int:
        return len(str(value))

    def items(self, count: int) -> "Iterator[int]":
        yield from range(count)

from collections.abc import Iterator
"""


def test_all_of_it_on_one_kept_connection(real: Callable[..., Any]) -> None:
    """What is not framed as its status says breaks the answer after it."""
    served = real(CODE, "Shop")

    def said(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        sent = {
            "authorization": f"Bearer {served.key}",
            **({"content-length": str(len(body))} if body else {}),
            **headers,
        }
        lines = [f"{method} /shop/v1/{path} HTTP/1.1", "host: 127.0.0.1"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in sent.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def talk() -> list[Any]:
        async with await Wire.open(served.port) as wire:
            first = await wire.call(said("GET", "get_text?size=1000", accept_encoding="gzip"))
            tag = first.headers["etag"]
            again = await wire.call(said("GET", "get_text?size=1000", accept_encoding="gzip", if_none_match=tag))
            document = await wire.call(said("GET", "openapi.json"))
            kept = await wire.call(said("GET", "openapi.json", if_none_match=document.headers["etag"]))
            body = gzip.compress(b'{"count":3}')
            array = await wire.call(
                said("POST", "items", body, accept="application/json", content_encoding="gzip",
                     content_type="application/json")
            )  # fmt: skip
            packed = await wire.call(said("GET", "get_text?size=2", accept=TYPE))
            return [first, again, document, kept, array, packed]

    first, again, document, kept, array, packed = asyncio.run(talk())
    assert [200, 304, 200, 304, 200, 200] == [a.status for a in (first, again, document, kept, array, packed)]
    assert "ab" * 1000 == json.loads(gzip.decompress(first.body))
    assert all("content-length" not in a.headers and "transfer-encoding" not in a.headers for a in (again, kept))
    assert ([0, 1, 2], "abab") == (array.json, msgpack.unpackb(packed.body))
