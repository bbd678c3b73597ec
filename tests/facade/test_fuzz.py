"""Façades that nobody wrote: whatever a call gives in the process, it gives through the wire.

Hypothesis makes signatures of every kind of parameter, types out of the table of kinds, defaults, values, exceptions
declared and not, sync, async and generator methods. A call with arguments of the declared types comes to the same
result, or the same exception, as the call in the process; one with anything else in an argument's place is a problem
of the caller's (4xx) that names the place.

``FUZZ=2000`` makes 2,000 façades in place of a few.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import inspect
import ipaddress
import json
import os
import re
import typing
import uuid
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Optional

import kinds
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_kinds import told

import parvis
from parvis.client.errors import ArgumentsRefused, Refused, ServiceFailed
from parvis.client.facade import facade_of
from parvis.client.sync_runner import each, wait
from parvis.client.transport import Answer
from parvis.client.values.codec import Codec
from parvis.facade.compile import compile_facade
from parvis.facade.target import TargetError, load
from parvis.local import LocalTransport

FACADES = int(os.environ.get("FUZZ", "60"))
KINDS = [row for name, row in kinds.KINDS.items() if name not in ("Any", "object", "bare list", "bare dict")]
NAMES = ["a", "b", "item", "x_1", "self_", "name", "id", "type", "args", "value"]
METHODS = ["plain", "coroutine", "generator", "async_generator", "static", "of_class"]
EMPTY = inspect.Parameter.empty


class OutOfStock(Exception):
    """Declared."""


@dataclasses.dataclass
class Parameter:
    name: str
    kind: Any
    annotation: Any
    values: list[Any]
    default: Any = EMPTY


@dataclasses.dataclass
class Method:
    form: str
    parameters: list[Parameter]
    result: tuple[Any, list[Any]]
    raises: tuple[type[Exception], bool] | None
    """What it raises instead of giving something, and whether it says so."""


@st.composite
def methods(draw: st.DrawFn) -> Method:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    order = sorted(draw(st.lists(st.integers(0, 2), min_size=len(names), max_size=len(names))))
    parameters: list[Parameter] = []
    optional = False
    for name, place in zip(names, order, strict=True):
        annotation, values = draw(st.sampled_from(KINDS))
        kind = [inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD,
                inspect.Parameter.KEYWORD_ONLY][place]  # fmt: skip
        # Python: behind a default there are defaults alone, but for what is named.
        has_default = draw(st.booleans()) or (optional and place < 2)
        optional = optional or (has_default and place < 2)
        default = draw(st.sampled_from(values)) if has_default else EMPTY
        parameters.append(Parameter(name, kind, annotation, values, default))
    form = draw(st.sampled_from(METHODS))
    raises = draw(st.sampled_from([None, None, (OutOfStock, True), (KeyError, True), (OutOfStock, False),
                                   (ValueError, False)]))  # fmt: skip
    return Method(form, parameters, draw(st.sampled_from(KINDS)), raises)


def facade(methods: dict[str, Method]) -> type:
    """A class with these methods; each gives what it was called with to ``calls``, to be compared."""
    calls: list[Any] = []
    namespace: dict[str, Any] = {"calls": staticmethod(calls.append), "__module__": __name__}
    for name, method in methods.items():
        namespace[name] = written(name, method, calls)
    made = type("Made", (), namespace)
    made.seen = calls  # type: ignore[attr-defined]
    del made.calls  # type: ignore[attr-defined]
    return made


def written(name: str, method: Method, calls: list[Any]) -> Any:
    def body(given: dict[str, Any]) -> Any:
        calls.append(given)
        if method.raises is not None:
            raise method.raises[0]("no", 1)
        return method.result[1][len(given) % len(method.result[1])]

    scope: dict[str, Any] = {"body": body}
    parts: list[str] = [] if method.form == "static" else ["cls" if method.form == "of_class" else "self"]
    kind = [p.kind for p in method.parameters]
    for n, p in enumerate(method.parameters):
        if p.kind is p.kind.KEYWORD_ONLY and p.kind not in kind[:n]:
            parts.append("*")
        scope[f"default_{n}"] = p.default
        parts.append(p.name + ("" if p.default is EMPTY else f"=default_{n}"))
        if p.kind is p.kind.POSITIONAL_ONLY and p.kind not in kind[n + 1 :]:
            parts.append("/")
    given = "{" + ", ".join(f"{p.name!r}: {p.name}" for p in method.parameters) + "}"
    asynchronous = "async " if method.form in ("coroutine", "async_generator") else ""
    last = f"return body({given})" if "generator" not in method.form else f"yield body({given})"
    exec(f"{asynchronous}def {name}({', '.join(parts)}):\n    {last}", scope)
    function = scope[name]
    result = method.result[0]
    if "generator" in method.form:
        result = (AsyncIterator if asynchronous else Iterator)[result]  # type: ignore[valid-type]
    function.__annotations__ = {**{p.name: p.annotation for p in method.parameters}, "return": result}
    function.__module__ = __name__
    function.__globals__.update(OutOfStock=OutOfStock)
    if method.raises is not None and method.raises[1]:
        function.__doc__ = f"It is made.\n\nRaises:\n    {method.raises[0].__name__}: Always."
    return {"static": staticmethod, "of_class": classmethod}.get(method.form, lambda f: f)(function)


def directly(method: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The call in the process: what it gives, or raises, in a form that can be compared."""
    try:
        given = method(*args, **kwargs)
        if inspect.iscoroutine(given):
            given = asyncio.run(given)  # type: ignore[arg-type]
        elif inspect.isasyncgen(given):
            given = asyncio.run(_listed(given))
        elif inspect.isgenerator(given):
            given = list(given)
        return "gives", told(given)
    except Exception as error:
        return "raises", type(error).__name__, error.args


async def _listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def remotely(method: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    try:
        given = method(*args, **kwargs)
        return "gives", told(list(given) if inspect.isgenerator(given) else given)
    except ServiceFailed as error:
        return "fails", error.code
    except Refused:
        raise
    except (OutOfStock, KeyError, ValueError) as error:
        return "raises", type(error).__name__, error.args


MANY = settings(
    max_examples=FACADES,
    deadline=None,
    derandomize="FUZZ" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@MANY
@given(st.lists(methods(), min_size=1, max_size=4), st.data())
def test_a_call_through_the_wire_is_the_call_in_the_process(made: list[Method], data: st.DataObject) -> None:
    by_name = {f"m{n}": method for n, method in enumerate(made)}
    shop = facade(by_name)()
    with parvis.connect(shop) as remote:
        for name, method in by_name.items():
            args: list[Any] = []
            kwargs: dict[str, Any] = {}
            for p in method.parameters:
                if p.default is not EMPTY and data.draw(st.booleans(), label=f"leave out {p.name}"):
                    continue
                value = data.draw(st.sampled_from(p.values), label=p.name)
                gap = len(args) < method.parameters.index(p)
                if p.kind is p.kind.POSITIONAL_ONLY and gap:
                    continue  # Python has no word for it
                if p.kind is p.kind.POSITIONAL_ONLY or (
                    p.kind is p.kind.POSITIONAL_OR_KEYWORD and not gap and data.draw(st.booleans(), label="by position")
                ):
                    args.append(value)
                else:
                    kwargs[p.name] = value
            declared = method.raises is not None and method.raises[1]
            shop.seen.clear()
            expected = directly(getattr(shop, name), args, kwargs)
            actual = remotely(getattr(remote, name), args, kwargs)
            if expected[0] == "raises" and not declared:
                expected = ("fails", "internal-error")
            assert expected == actual
            assert told(shop.seen[0]) == told(shop.seen[1])


MOMENTS = st.datetimes(timezones=st.sampled_from([None, kinds.UTC, kinds.PARIS]))
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (str, st.text(st.characters(exclude_categories=["Cs"]))),
    (bytes, st.binary()),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False)),
    (Fraction, st.fractions()),
    (complex, st.complex_numbers(allow_nan=False, allow_infinity=False)),
    (uuid.UUID, st.uuids()),
    (datetime.date, st.dates()),
    (datetime.datetime, MOMENTS),
    (datetime.time, st.times()),
    (datetime.timedelta, st.timedeltas()),
    (ipaddress.IPv4Address, st.ip_addresses(v=4)),
    (ipaddress.IPv6Address, st.ip_addresses(v=6)),
    (ipaddress.IPv4Network, st.ip_addresses(v=4).map(ipaddress.IPv4Network)),
]
# Within a class of the façade's own, pydantic makes an abstract `Set` a frozenset, which is one as well.
LEAVES += [(a, st.sampled_from(values)) for a, values in KINDS if a is not kinds.KINDS["Set"][0]]


@st.composite
def types(draw: st.DrawFn, depth: int = 2) -> tuple[Any, st.SearchStrategy[Any]]:
    """A type made of others, and its values."""
    form = draw(st.sampled_from(["leaf", "list", "tuple", "row", "dict", "optional", "union", "union", "set", "page"]))
    if form == "leaf" or depth == 0:
        return draw(st.sampled_from(LEAVES))
    inner, values = draw(types(depth - 1))
    if form in ("tuple", "union"):
        other, others = draw(types(depth - 1))
        if form == "tuple":
            return tuple[inner, other], st.tuples(values, others)
        return typing.Union[inner, other], values | others  # noqa: UP007
    if form == "set":
        return set[inner], st.lists(values, max_size=3).map(_set)
    made: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
        "list": (list[inner], st.lists(values, max_size=3)),
        "row": (tuple[inner, ...], st.lists(values, max_size=3).map(tuple)),
        "dict": (dict[str, inner], st.dictionaries(st.text('ab"\u2028', max_size=2), values, max_size=2)),
        "optional": (Optional[inner], st.none() | values),  # noqa: UP045
        "page": (kinds.Page[inner], st.lists(values, max_size=2).map(kinds.Page)),
    }
    return made[form]


def _set(items: list[Any]) -> set[Any]:
    try:
        return set(items)
    except TypeError:  # nothing of that type can be in a set
        return set()


@MANY
@given(types(), st.data())
def test_a_type_made_of_others_comes_back_as_it_went_or_is_refused(
    made: tuple[Any, st.SearchStrategy[Any]], data: st.DataObject
) -> None:
    annotation, values = made

    held: list[Any] = []

    class Held:
        def echo(self, x: Any) -> Any:
            return x

        def give(self) -> Any:
            return held[-1]

    Held.echo.__annotations__ = {"x": annotation, "return": annotation}
    Held.give.__annotations__ = {"return": annotation}
    try:
        compiled = compile_facade(load(Held))
    except TargetError as refused:
        if not any(re.search(why, str(refused)) for why in REFUSED):
            raise
        return
    with (
        facade_of(LocalTransport(compiled), classes=compiled.classes) as remote,
        facade_of(LocalTransport(compiled)) as alone,
    ):
        for _ in range(3):
            value = data.draw(values)
            held.append(value)
            assert told(value) == told(remote.echo(value))
            # A caller with the contract alone has classes of the same form, whose values go by the same names.
            given = alone.give()
            assert told(value) == told(given)
            assert told(value) == told(alone.echo(given))


REFUSED = [
    r"JSON does not tell .+ from .+; say one of them",
    r"cannot be in a set; say list, or make a class frozen",
    r"is an Iterable, which can be read once: say list, or Sequence",
]

PARTS = re.compile(r"\[\d+\]|[^.\[]+")
WRONG = st.sampled_from([{"no": "such"}, [[[]]], "\x00 no value of anything", 1e300, -(10**30), True, None, {}, []])


@MANY
@given(methods(), WRONG, st.data())
def test_anything_else_is_a_problem_of_the_caller_s_that_names_the_place(
    method: Method, wrong: Any, data: st.DataObject
) -> None:
    method.raises = None
    shop = facade({"m": method})()
    compiled = compile_facade(load(shop))
    transport = LocalTransport(compiled)
    try:
        operation = compiled.contract.operations[0]
        codec = Codec(compiled.classes)
        whole = {p.name: codec.dump(o.type, p.values[0]) for p, o in
                 zip(method.parameters, operation.parameters, strict=True)}  # fmt: skip
        whole["odd" if not whole or data.draw(st.booleans()) else data.draw(st.sampled_from(sorted(whole)))] = _json(
            wrong
        )
        body = b"{" + b",".join(b'"%s":%s' % (k.encode(), v) for k, v in whole.items()) + b"}"
        answer = wait(transport.stream(operation, body) if operation.result.stream else transport.call(operation, body))
        if not isinstance(answer, Answer) or answer.status == 200:
            assert "odd" not in whole
            list(each(answer)) if not isinstance(answer, Answer) else None
            return
        assert 400 <= answer.status < 500, answer.body
        problem = json.loads(answer.body)
        if problem["code"] == "invalid-arguments":
            wanted = {name for name, value in whole.items() if value == _json(wrong) or name == "odd"}
            given = json.loads(body)
            for error in problem["errors"]:
                # Every place is one in what was sent, or one that is missing there.
                first, *rest = PARTS.findall(error["location"])
                assert first in wanted
                found = given[first]
                for n, part in enumerate(rest):
                    if error["message"].startswith("is required") and n == len(rest) - 1:
                        break
                    found = found[int(part[1:-1]) if part.startswith("[") else part]
    finally:
        wait(transport.close())


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("given", [{}, {"x": 1, "y": 2}, {"x": "1"}, {"x": None}])
def test_a_caller_s_mistake_names_its_place(given: dict[str, Any]) -> None:
    def take(x: int) -> int:
        return x

    with parvis.connect(take) as remote, pytest.raises((TypeError, ArgumentsRefused)):
        remote.take(**given)
