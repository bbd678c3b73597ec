"""Bodies of nearly a megabyte that are wrong: refused for about the work of a right one, in few words."""

from __future__ import annotations

import gc
import json
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes, urlencode

import msgpack
import pytest
from pydantic import AfterValidator, BeforeValidator, Field

from bad_input import LARGE_ONLY, PART, Place, Tree, bodies, by_json, cases, multiples, named, work
from parvis.contract import mistakes
from parvis.contract.outcomes import Refusal
from parvis.facade import codec, hashing
from parvis.facade.codec import Arguments
from parvis.protocol import messagepack, problems
from parvis.protocol.http.query import unquote
from parvis.server.mcp import endpoint

FACTOR = 4
LARGEST = 20_000
"""Bytes of an answer: twenty mistakes of two hundred characters, each told with what to do."""
N = 10_000


def repeated(text: str) -> int:
    """The longest run of one character: what these bodies are long by."""
    longest = run = 0
    for before, each in zip(" " + text, text, strict=False):
        run = run + 1 if each == before else 1
        longest = max(longest, run)
    return longest


@pytest.fixture(autouse=True, scope="module")
def nothing_to_collect() -> Iterator[None]:
    """The collector would look at all that the tests hold, again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize(("name", "protocol"), cases())
def test_a_wrong_body_costs_about_what_a_right_one_costs(name: str, protocol: str) -> None:
    arguments, right, wrong = bodies(name, protocol, N)
    usual, told = work(name, protocol, arguments, right, enough=1)
    assert b"" == told
    most = FACTOR * usual + 0.02  # a text of one piece is read in no time at all
    seconds, told = work(name, protocol, arguments, wrong, enough=most)
    assert seconds < most, (seconds, usual)
    if told or name not in LARGE_ONLY:
        problem = json.loads(told)
        assert (problem["status"] in (400, 422), len(told) < LARGEST) == (True, True)
        assert len(problem.get("errors", ())) <= mistakes.TOLD
        assert repeated(told.decode()) <= mistakes.LONGEST


def ratio(name: str, n: int) -> float:
    """A wrong body's work to a right one's."""
    arguments, right, wrong = bodies(name, "json", n)
    usual, _ = work(name, "json", arguments, right)
    seconds, _ = work(name, "json", arguments, wrong, times=1)
    return (seconds - 0.02) / usual


@pytest.mark.parametrize(
    ("guards", "name", "n"),
    [
        (("alike", "far"), "hashed set[int]", 5_000),
        (("alike", "far"), "hashed dict[int, int]", 5_000),
        (("far",), "hashed dict[int, int], along one orbit", 80_000),
    ],
)
def test_without_its_guard_a_chosen_hash_takes_the_square(
    guards: tuple[str, ...], name: str, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ratio(name, n) < FACTOR
    for guard in guards:
        monkeypatch.setattr(hashing, guard, lambda *_: False)
    assert ratio(name, n) > FACTOR


def test_without_the_bound_every_mistake_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "LARGE", 10**9)
    monkeypatch.setattr(codec, "COUNTED", 10**9)
    monkeypatch.setattr(mistakes, "TOLD", 10**9)
    arguments, right, wrong = bodies("unknown names", "json", N)
    usual, _ = work("unknown names", "json", arguments, right)
    seconds, told = work("unknown names", "json", arguments, wrong, times=1)
    assert (True, True) == (len(told) > 50 * LARGEST, seconds > FACTOR * usual)


@pytest.mark.parametrize(
    ("body", "english", "french"),
    [
        ({"a": ["x"]}, "One argument is not valid.", "Un argument n’est pas valable."),
        ({"a": ["x"] * 20}, "20 arguments are not valid.", "20 arguments ne sont pas valables."),
        (
            {"a": ["x"] * 35},
            "35 arguments are not valid; 20 are told, and 15 more are not.",
            "35 arguments ne sont pas valables\u202f; 20 sont indiqués, et 15 autres ne le sont pas.",
        ),
        ({"a": ["x"] * N}, "At least one argument is not valid.", "Un argument au moins n’est pas valable."),
        (
            {"a": [], **named(1, N)},
            "At least 21 arguments are not valid; 20 are told.",
            "21 arguments au moins ne sont pas valables\u202f; 20 sont indiqués.",
        ),
    ],
)
def test_a_problem_says_how_many_mistakes_it_does_not_tell(body: Any, english: str, french: str) -> None:
    with pytest.raises(Refusal) as caught:
        Arguments("read", {"a": list[int]}, {"a"}, ()).decode(by_json(body))
    told = [
        problems.problem(caught.value, request_id="req_1", language=language, links={})["detail"]
        for language in ("en", "fr")
    ]
    assert [english, french] == told


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (set[int], [3, 1, 3]),
        (set[int], multiples(3)),
        (set[int | str], [1, "1", 1]),
        (set[Any], [1, [2]]),
        (set[Any], [1, 1.0, True]),
        (frozenset[Decimal], ["1.0", "1"]),
        (Annotated[set[int], Field(max_length=2)], [1, 2, 2]),
        (Annotated[set[int], Field(max_length=2)], [1, 2, 3]),
        (Annotated[frozenset[int], Field(min_length=2)], [1, 1]),
        (dict[int, str], {"2": "a", "1": "b", "02": "c"}),
        (dict[int, str], {"x": "a"}),
        (dict[int, str], {"1": 1}),
        (Annotated[dict[int, str], Field(max_length=1)], {"1": "a", "2": "b"}),
        (set[int] | list[int], [1, 1]),
        (list[int] | set[int], [1, 1]),
        (set[float] | set[int], [1, 2]),
        (dict[int, int] | dict[str, int], {"1": 1}),
        (dict[str, set[Place]] | None, {"x": [{"a": 1}, {"a": 1, "b": 0}]}),
        (set[Place], [{"a": 1}, {"c": 1}]),
        (set[uuid.UUID], ["00000000-0000-0000-0000-000000000001"]),
        (set[int], {"a": 1}),
        (set[int], "x"),
        (tuple[set[int], int], [[1], 2]),
        (Tree, [[[1], 2], 3]),
        (Counter[int], {"1": 2}),
        (defaultdict[int, set[int]], {"1": [2]}),
        (Annotated[set[int], BeforeValidator(set)], [1, 2]),
        (Annotated[set[int], AfterValidator(sorted)], [2, 1]),
        (Annotated[list[int], BeforeValidator(lambda value: value)], [1]),
        (dict[timedelta, dict[int, set[Decimal]]], {"PT1H": {"1": ["1"], "2": []}, "PT2H": {"1": ["2"]}}),
    ],
)
def test_a_large_body_means_what_a_small_one_means(kind: Any, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def read() -> Any:
        try:
            arguments = Arguments("read", {"a": kind}, {"a"}, ()).decode(by_json({"a": value}))
        except Refusal as refusal:
            return refusal.members
        return arguments, repr(arguments)

    small = read()
    monkeypatch.setattr(codec, "LARGE", 0)
    assert small == read()


def test_messagepack_refuses_keys_that_are_numbers_before_it_hashes_them() -> None:
    body = b"\x81\xa1a\xdf" + N.to_bytes(4, "big") + b"".join(msgpack.packb(i % 2**63) + b"\x01" for i in multiples(N))
    began = time.process_time()
    with pytest.raises(Refusal, match="malformed-request"):
        messagepack.to_json(body)
    assert time.process_time() - began < 0.05


class Shop:
    def note(self, text: str, tags: list[int] | None = None) -> int:
        """Any."""
        return len(text)


def by_http(server: Any, kind: str, body: bytes) -> Any:
    answer = server.ask("POST", "/shop/v1/note", body, headers={"content-type": kind})
    return len(answer.body), answer.json


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", ["x" * 300_000, "é" * 300_000])
def test_no_protocol_repeats_what_is_long(name: str, serve: Callable[..., Any]) -> None:
    server = serve(Shop)
    for kind, body in [
        ("application/json", json.dumps({name: 1, "text": [name]}).encode()),
        ("application/json", b'{"a":1,"a":2,' + json.dumps({name: name}).encode()[1:]),
        ("application/json", f'{{"{name}":1,"{name}":2}}'.encode()),
        ("application/json", name.encode()),
        ("application/msgpack", msgpack.packb({name: 1, "text": [name]})),
        (FORM, urlencode({name: 1, "text": name, "tags": name}).encode()),
        (FORM, urlencode([(f"{i}{name[:300]}", 1) for i in range(900)]).encode()),
        ("multipart/form-data; boundary=b", PART.format(name[:2000], 1).encode() + b"--b--\r\n"),
        (name[:1000].encode().decode("latin-1"), b"{}"),
    ]:
        size, problem = by_http(server, kind, body)
        assert (True, True) == (problem["status"] >= 400, size < LARGEST)
        assert repeated(json.dumps(problem, ensure_ascii=False)) <= mistakes.LONGEST


@pytest.mark.parametrize("form", ["200", "é", "=\n\r=3D%", "%zz%%41%4"])
def test_text_without_escapes_is_what_the_standard_library_makes_of_it(form: str) -> None:
    for text in (form.encode() * 3, form.encode()[1:] + b"+%0a%", urlencode({"a": form * 9})[2:].encode(), b"%" * 9):
        assert unquote_to_bytes(text.replace(b"+", b" ")) == unquote(text)


def test_escapes_cost_about_what_letters_cost() -> None:
    usual, _ = work("a long text for an int", "json", *bodies("a long text", "json", N)[:2])
    for text in (b"%C3%A9" * 75_000, b"%" * 450_000, b"%4" * 225_000):
        began = time.process_time()
        unquote(text)
        assert time.process_time() - began < FACTOR * usual + 0.1


@pytest.mark.parametrize(
    "message", [{"id": "x" * 300}, {"method": "x" * 300}, {"id": 10**300}, {"i\\u0064": "é" * 300}]
)
def test_a_message_that_would_have_to_be_repeated_is_refused(message: Any, serve: Callable[..., Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", **message}).replace("\\\\", "\\")
    answer = serve(Shop).ask("POST", "/mcp", body.encode(), headers={"content-type": "application/json"})
    assert (400, "malformed-request") == (answer.status, answer.json["code"])
    assert repeated(answer.body.decode()) <= mistakes.LONGEST


def test_without_that_refusal_it_is_repeated(serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "check_envelope", lambda body: None)
    body = by_json({"jsonrpc": "2.0", "id": "x" * 300, "method": "ping"})
    said = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    answer = serve(Shop).ask("POST", "/mcp", body, headers={**said, "mcp-protocol-version": "2025-11-25"})
    assert repeated(answer.body.decode()) > mistakes.LONGEST


def test_an_agent_may_send_as_much_as_anybody_else(serve: Callable[..., Any]) -> None:
    text = "é" * 500_000
    params = {"name": "shop-note", "arguments": {"text": text}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}, ensure_ascii=False)
    said = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    answer = serve(Shop).ask("POST", "/mcp", body.encode(), headers={**said, "mcp-protocol-version": "2025-11-25"})
    assert {"result": 500_000} == answer.json["result"]["structuredContent"]


@pytest.mark.parametrize(
    "name",
    [
        "accept",
        "content-encoding",
        "host",
        "if-match",
        "mcp-protocol-version",
        "origin",
        "prefer",
        "range",
        "idempotency-key",
        "authorization",
        "accept-language",
    ],
)
def test_no_refusal_repeats_a_long_field(name: str, serve: Callable[..., Any]) -> None:
    server = serve(Shop)
    for value in ("x" * 5_000, f"bytes={'x' * 5_000}", f"http://{'x' * 5_000}", "1" * 5_000, f"Bearer {'x' * 5_000}"):
        for path in ("/shop/v1/note", "/mcp"):
            said = {"accept": "application/json, text/event-stream", "content-type": "application/json", name: value}
            assert repeated(server.ask("POST", path, b"{}", headers=said).body.decode()) <= mistakes.LONGEST


def test_no_refusal_repeats_a_long_path_or_method(serve: Callable[..., Any]) -> None:
    server, long = serve(Shop), "x" * 5_000
    for method, path in [
        ("GET", f"/{long}"), ("GET", f"/shop/v1/{long}"), ("POST", f"/shop/v1/note/{long}"), (long, "/shop/v1/note"),
        ("GET", f"/shop/v1/openapi.json?version={long}"), ("GET", f"/shop/v{'9' * 4_000}/note"), (long, "/mcp"),
    ]:  # fmt: skip
        assert repeated(server.ask(method, path).body.decode()) <= mistakes.LONGEST


@pytest.mark.parametrize(
    "params",
    [
        {"name": "shop-note", "arguments": {"TEXT": 1, "text": ["TEXT"]}},
        {"name": "shop-note", "arguments": {"text": "a", "tags": ["TEXT"] * 3}},
        {"name": "TEXT", "arguments": {}},
        {"name": ["TEXT"], "arguments": {}},
        {"name": "shop-note", "arguments": "TEXT"},
        {"name": "shop-note", "arguments": {"text": "a"}, "TEXT": "TEXT", "_meta": "TEXT"},
    ],
)
def test_no_agent_is_told_again_what_is_long(params: Any, serve: Callable[..., Any]) -> None:
    server = serve(Shop)
    message = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    body = json.dumps(message).replace("TEXT", "x" * 100_000).encode()
    said = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    answer = server.ask("POST", "/mcp", body, headers={**said, "mcp-protocol-version": "2025-11-25"})
    assert len(answer.body) < LARGEST
    assert repeated(answer.body.decode()) <= mistakes.LONGEST
