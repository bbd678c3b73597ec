"""Bodies that are wrong, each beside a right one of the same type and about the same size; and how they are read.

A shape is made for a number of elements. ``PROTOCOLS`` are the ways by which a body comes to the reader of arguments:
in each it is written as a caller would, and read as the server does.
"""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

import msgpack
import typing_extensions
from pydantic import Field

from parvis.contract.model import Parameter
from parvis.contract.outcomes import Refusal
from parvis.facade.codec import Arguments, strict_json
from parvis.protocol import mcp, messagepack, problems
from parvis.protocol.http.forms import Multipart, counted
from parvis.protocol.http.query import Query

PRIME = 2**61 - 1
"""Its multiples have the hash 0 in CPython."""


@dataclasses.dataclass
class Tea:
    weight: int


@dataclasses.dataclass
class Cup:
    colour: str


@dataclasses.dataclass(frozen=True)
class Place:
    a: int
    b: int = 0


class Pair(NamedTuple):
    a: int
    b: int


class Loose(typing_extensions.TypedDict, total=False):
    a: int


Tree = typing_extensions.TypeAliasType("Tree", "list[Tree] | int")


class Shape(NamedTuple):
    """A wrong value, and a right one of the same type and about the same size."""

    type: Any
    right: Any
    wrong: Any


def multiples(n: int) -> list[int]:
    return [PRIME * i for i in range(n)]


def others(n: int) -> list[int]:
    return [PRIME + 1 + i for i in range(n)]


def orbit(n: int) -> list[int]:
    """Integers of which each is looked for where one before it is, and on to where the next is, in a dict of these."""
    size = 1 << (3 * n // 2).bit_length()
    chain, place = [], 1
    for _ in range(n // 2):
        chain.append(place)
        place = (5 * place + 1) % size
    few = max(n // 64, 1)
    return [*chain, *(chain[i % few] + size * (i // few + 1) for i in range(n - len(chain)))]


def scattered(n: int) -> list[int]:
    """As many, and of about as many digits, which lie anywhere."""
    return [i * 7_919 % 10_000_019 for i in range(1, n + 1)]


def pairs(values: list[int]) -> list[list[int]]:
    return [[value, 1] for value in values]


def fields(values: list[int]) -> list[dict[str, int]]:
    return [{"a": value} for value in values]


def keys(values: list[int]) -> dict[str, int]:
    return {str(value): 1 for value in values}


def uuids(values: list[int]) -> list[str]:
    return [str(uuid.UUID(int=value)) for value in values]


def named(values: Any, count: int) -> dict[str, Any]:
    return {f"n{i}": values for i in range(count)}


def text(n: int) -> str:
    return "é" * (20 * n)


def digits(n: int) -> str:
    return "1" * (20 * n)


Build = Callable[[int], Shape]

HASHED: dict[str, Build] = {
    "set[int]": lambda n: Shape(set[int], others(n), multiples(n)),
    "frozenset[int]": lambda n: Shape(frozenset[int], others(n), multiples(n)),
    "set[int] | None": lambda n: Shape(set[int] | None, others(n), multiples(n)),
    "set[Any]": lambda n: Shape(set[Any], others(n), multiples(n)),
    "set[int], then a text": lambda n: Shape(set[int], others(n), [*multiples(n), "x"]),
    "set[int], 99 and repeats": lambda n: Shape(set[int], others(n), [*multiples(99), *[PRIME * 98] * n, "x"]),
    "set[tuple[int, int]]": lambda n: Shape(set[tuple[int, int]], pairs(others(n)), pairs(multiples(n))),
    "set[Pair]": lambda n: Shape(set[Pair], pairs(others(n)), pairs(multiples(n))),
    "set[Place]": lambda n: Shape(set[Place], fields(others(n)), fields(multiples(n))),
    "set[frozenset[int]]": lambda n: Shape(set[frozenset[int]], [[i] for i in others(n)], [multiples(n)]),
    "dict[str, set[int]]": lambda n: Shape(dict[str, set[int]], {"x": others(n)}, {"x": multiples(n)}),
    "dict[int, int]": lambda n: Shape(dict[int, int], keys(others(n)), keys(multiples(n))),
    "dict[int | bool, int]": lambda n: Shape(dict[int | bool, int], keys(others(n)), keys(multiples(n))),
    "dict[Decimal, int]": lambda n: Shape(dict[Decimal, int], keys(others(n)), keys(multiples(n))),
    "list[dict[int, int]]": lambda n: Shape(list[dict[int, int]], [keys(others(n))], [keys(multiples(n))]),
    "set[Decimal]": lambda n: Shape(set[Decimal], [*map(str, others(n))], [*map(str, multiples(n))]),
    "set[UUID]": lambda n: Shape(set[uuid.UUID], uuids(others(n)), uuids(multiples(n))),
    "dict[int, int], along one orbit": lambda n: Shape(dict[int, int], keys(scattered(n)), keys(orbit(n))),
    "dict[float, int], along one orbit": lambda n: Shape(dict[float, int], keys(scattered(n)), keys(orbit(n))),
}
"""What hashes alike on purpose, and what only looks so; with hashes that differ, and with equal ones."""

UNSAID = {"hashed " + name for name in list(HASHED)[:11]}
"""What no MessagePack says: they hold integers of more than 64 bits."""

LARGE_ONLY = {"hashed " + name for name in HASHED if "orbit" in name}
"""What takes long only where it is large: small, it may be taken."""

OTHERS: dict[str, Build] = {
    "list[int]": lambda n: Shape(list[int], [100] * n, ["x"] * n),
    "list[int], the last": lambda n: Shape(list[int], [100] * n, [*[100] * n, "x"]),
    "list of a union": lambda n: Shape(list[int | float | bool], [100] * n, ["x"] * n),
    "list of a union, the last": lambda n: Shape(list[Tea | Cup], [{"weight": 1}] * n, [*[{"weight": 1}] * n, {}]),
    "list of classes": lambda n: Shape(list[Tea], [{"weight": 1}] * n, [{"height": 1}] * n),
    "union of lists": lambda n: Shape(list[Tea] | list[Cup] | int, [{"weight": 1}] * n, [{"height": 1}] * n),
    "tuple[int, ...]": lambda n: Shape(tuple[int, ...], [100] * n, ["x"] * n),
    "set[str]": lambda n: Shape(set[str], [f"n{i}" for i in range(n)], [*range(n)]),
    "dict[str, int]": lambda n: Shape(dict[str, int], named(1, n), named("x", n)),
    "dict[str, list[int]]": lambda n: Shape(dict[str, list[int]], named([1], n), named(["x"], n)),
    "dict[str, dict[str, int]]": lambda n: Shape(dict[str, dict[str, int]], named({"a": 1}, n), named({"a": "x"}, n)),
    "dict[int, int]": lambda n: Shape(dict[int, int], dict.fromkeys(range(n), 1), named(1, n)),
    "list[list[int]]": lambda n: Shape(list[list[int]], [[1] * 10] * (n // 10), [["x"] * 10] * (n // 10)),
    "a tree": lambda n: Shape(Tree, [[1] * 10] * (n // 10), [["x"] * 10] * (n // 10)),
    "unknown names": lambda n: Shape(dict[str, int] | str, named(1, n), ...),
    "fields that a class has not": lambda n: Shape(Tea | dict[str, int], named(1, n), named("x", n)),
    "fields that a TypedDict has not": lambda n: Shape(Loose | dict[str, int], named(1, n), named("x", n)),
    "such fields in a list": lambda n: Shape(list[Tea | dict[str, int]], [named(1, n)], [named("x", n)]),
    "a long text": lambda n: Shape(str, text(n), [text(n)]),
    "a long text for an int": lambda n: Shape(int | str, text(n), [text(n)]),
    "a long name": lambda n: Shape(dict[str, int], {text(n): 1}, {text(n): "x"}),
    "a long number": lambda n: Shape(Decimal, digits(n), digits(n) + "x"),
    "a long integer": lambda n: Shape(int | str, digits(n), [digits(n)]),
    "long integers": lambda n: Shape(list[int], [10**4000] * (n // 200 + 1), [*[10**4000] * (n // 200 + 1), "x"]),
    "a date that is long": lambda n: Shape(date | str, digits(n), [digits(n)]),
    "dates": lambda n: Shape(list[date], ["2026-01-31"] * n, ["2026-01-32"] * n),
    "times": lambda n: Shape(list[datetime], ["2026-01-31T12:00:00Z"] * n, ["2026-01-31T12:00:99Z"] * n),
    "spans": lambda n: Shape(list[timedelta], ["P1DT1H"] * n, ["P1DT1"] * n),
    "UUIDs": lambda n: Shape(list[uuid.UUID], uuids(others(n)), ["0" * 31] * n),
    "exponents": lambda n: Shape(list[Decimal], ["1e999999"] * n, [*["1e999999"] * n, "1e"]),
    "exponents in a set": lambda n: Shape(
        set[Decimal], [f"{i}e9" for i in range(n)], [*[f"{i}e999999" for i in range(n)], "1e"]
    ),
    "steps of an exponent": lambda n: Shape(
        list[Annotated[Decimal, Field(multiple_of=Decimal("0.01"))]], ["1.25"] * n, ["1e25"] * n + ["0.001"]
    ),
    "digits of an exponent": lambda n: Shape(
        list[Annotated[Decimal, Field(max_digits=9)]], ["1.25"] * n, ["1e999999"] * n
    ),
    "patterns": lambda n: Shape(Annotated[str, Field(pattern="^(a+)+$")], "a" * n, "a" * n + "!"),
    "words": lambda n: Shape(list[Literal["tea", "cup"]], ["tea"] * n, ["pot"] * n),
    "base64": lambda n: Shape(bytes, "AAAA" * n, "AAAA" * n + "!"),
}
"""All else. ``...`` stands for arguments of unknown names in place of ``a``."""

SHAPES = {f"hashed {name}": shape for name, shape in HASHED.items()} | OTHERS

Body = dict[str, Any]
Way = tuple[Callable[[Body], bytes], Callable[[bytes, Arguments, str], bytes]]


def spelt(value: Any, n: int) -> Body:
    return named(1, n) if value is Ellipsis else {"a": value}


def by_json(body: Body) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def read_json(body: bytes, *_: Any) -> bytes:
    strict_json(body)
    return body


def by_messagepack(body: Body) -> bytes:
    packed: bytes = msgpack.packb(json.loads(json.dumps(body)))
    return packed


def read_messagepack(body: bytes, *_: Any) -> bytes:
    return messagepack.to_json(body)


def read_mcp(body: bytes, *_: Any) -> bytes:
    return mcp.given(json.loads(body))


ASKED = Arguments("explain", {"operation": str, "arguments": dict[str, Any] | None}, {"operation"}, ())


def by_explain(body: Body) -> bytes:
    return by_json({"operation": "shop.read", "arguments": body})


def read_explain(body: bytes, *_: Any) -> bytes:
    strict_json(body)
    _, given = ASKED.decode(body)
    return json.dumps(given["arguments"]).encode()


def _texts(body: Body) -> list[tuple[str, str]]:
    return [(name, str(each)) for name, value in body.items() for each in (value if type(value) is list else [value])]


def by_form(body: Body) -> bytes:
    return urlencode(_texts(body)).encode()


def _query(kind: str) -> Query:
    return Query([Parameter("a", "positional_or_keyword", kind, {})], {})


def read_form(body: bytes, _: Arguments, kind: str) -> bytes:
    return _query(kind).read(counted(body))


PART = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'


def by_multipart(body: Body) -> bytes:
    return "".join(PART.format(*pair) for pair in _texts(body)).encode() + b"--b--\r\n"


def read_multipart(body: bytes, _: Arguments, kind: str) -> bytes:
    form = Multipart(b"multipart/form-data; boundary=b", None, 1_048_576)
    for start in range(0, len(body), 65_536):
        form.feed(body[start : start + 65_536])
    form.end()
    return _query(kind).fields(form.fields)


PROTOCOLS: dict[str, Way] = {
    "json": (by_json, read_json),
    "messagepack": (by_messagepack, read_messagepack),
    "mcp": (by_json, read_mcp),
    "explain": (by_explain, read_explain),
    "form": (by_form, read_form),
    "multipart": (by_multipart, read_multipart),
}
"""How a body is written, and how the server makes JSON of it."""

FORMS = {
    "list[int]": "list[int]", "list[int], the last": "list[int]", "unknown names": "list[str]",
    "a long number": "Decimal", "dates": "list[date]", "times": "list[datetime]", "UUIDs": "list[UUID]",
    "exponents": "list[Decimal]",
}  # fmt: skip
"""What a form can say, and its type as a contract says it."""

FIELDS = 900
"""Of a form; one of a thousand is not read."""


def cases() -> list[tuple[str, str]]:
    """Each shape by each protocol that can say it."""
    return [
        (name, protocol)
        for name in SHAPES
        for protocol in PROTOCOLS
        if (protocol != "messagepack" or name not in UNSAID | {"long integers"})
        and (protocol not in ("form", "multipart") or name in FORMS)
    ]


def arguments_of(shape: Shape) -> Arguments:
    arguments = Arguments("read", {"a": shape.type}, {"a"}, ())
    arguments._wary()
    return arguments


def bodies(name: str, protocol: str, n: int) -> tuple[Arguments, bytes, bytes]:
    """The reader of a shape, a right body and a wrong one."""
    form = protocol in ("form", "multipart")
    if form and "long" not in name:
        n = min(n, FIELDS)
    shape, write = SHAPES[name](n), PROTOCOLS[protocol][0]
    if form and shape.wrong is Ellipsis:
        shape = Shape(list[str], ["x"] * n, ...)
    return arguments_of(shape), write(spelt(shape.right, n)), write(spelt(shape.wrong, n))


def work(
    name: str, protocol: str, arguments: Arguments, body: bytes, *, enough: float = 0, times: int = 3
) -> tuple[float, bytes]:
    """Seconds, the best of some unless one is ``enough``, and the problem; empty where the body is taken."""
    read, kind = PROTOCOLS[protocol][1], FORMS.get(name, "str")
    best, told = 1e9, b""
    for _ in range(times):
        began = time.process_time()
        try:
            arguments.decode(read(body, arguments, kind))
            told = b""
        except Refusal as refusal:
            told = problems.to_json(problems.problem(refusal, request_id="req_1", language="en", links={}))
        best = min(best, time.process_time() - began)
        if best < enough:
            break
    return best, told
