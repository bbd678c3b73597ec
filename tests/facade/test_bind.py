"""Bound parameters: from who calls, and never from the caller's own words."""

from __future__ import annotations

import enum
import inspect
import ipaddress
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parvis
from parvis.contract.caller import Caller
from parvis.contract.openapi.document import openapi
from parvis.contract.outcomes import Refusal
from parvis.facade.bind import SOURCES, rules
from parvis.facade.compile import Facade
from parvis.facade.errors import TargetError

Compile = Callable[..., Facade]
Headers = list[tuple[bytes, bytes]]

ADA = Caller("key", "acc_ada000000001", "k1k1k1k1k1k1", "192.0.2.7", False)
RUN = Caller("run", None, "t1t1t1t1t1t1", "", True)
NOBODY = Caller()


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Desk:
    """Every place that a parameter may stand in."""

    def plain(self, owner: str, text: str = "") -> str:
        """Write.

        Args:
            owner: Whose it is, said to nobody.
            text: What to write.
        """
        return f"{owner}:{text}"

    def first(self, owner: str, id: int, /, text: str = "") -> str:
        return f"{owner}:{id}:{text}"

    def last(self, id: int, owner: str, /) -> str:
        return f"{owner}:{id}"

    def named(self, text: str = "", *, owner: str) -> str:
        return f"{owner}:{text}"

    def open_to_all(self, owner: str = "everybody") -> str:
        return owner

    def perhaps(self, owner: str | None) -> str:
        return str(owner)

    def list_all(self, owner: str, kind: Literal["a", "b"] = "a") -> str:
        return f"{owner}:{kind}"


ALL = {"*(owner)": "caller.account"}


class Typed:
    def address(self, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
        return repr(ip)

    def test(self, flag: bool) -> bool:
        return flag

    def number(self, n: int) -> int:
        return n

    def share(self, x: float | None = None) -> float | None:
        return x

    def money(self, amount: Decimal) -> Decimal:
        return amount

    def level(self, level: Level) -> str:
        return level.name

    def kind(self, kind: Literal["key", "run"]) -> str:
        return kind

    def anything(self, value) -> Any:  # type: ignore[no-untyped-def]
        return value


def arguments(
    facade: Facade, name: str, body: Any, caller: Caller = ADA, headers: Headers | None = None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the façade is called with, by the way that every call goes."""
    operation = facade.operations[name]

    def fill(given: dict[str, Any]) -> None:
        for bound in operation.bound:
            bound.fill(given, caller, headers or {})

    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return operation.arguments.decode(text, fill)


def refused(facade: Facade, name: str, body: Any, **more: Any) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(Refusal) as caught:
        arguments(facade, name, body, **more)
    rows = caught.value.members.get("errors", [])
    return caught.value.outcome.code, [(row["location"], row["message"]) for row in rows]


# What it is filled with


@pytest.mark.parametrize(
    ("source", "caller", "expected"),
    [
        ("caller.account", ADA, "acc_ada000000001"),
        ("caller.account", RUN, "run"),
        ("caller.account", Caller("operator"), "operator"),
        ("caller.address", ADA, "192.0.2.7"),
        ("caller.key", ADA, "k1k1k1k1k1k1"),
        ("caller.key", RUN, "t1t1t1t1t1t1"),
        ("caller.kind", NOBODY, "anonymous"),
        ("caller.kind", RUN, "run"),
        ("header.x-team", ADA, "blue"),
        ("header.X-Team", ADA, "blue"),
    ],
)
def test_a_parameter_is_filled_from_its_source(source: str, caller: Caller, expected: str, compiled: Compile) -> None:
    facade = compiled(Desk, bind={"plain(owner)": source})
    filled = arguments(facade, "plain", {"text": "x"}, caller, {b"accept": b"*/*", b"x-team": b"blue"})
    assert ((), {"owner": expected, "text": "x"}) == filled


def test_the_test_flag_is_a_bool(compiled: Compile) -> None:
    facade = compiled(Typed, bind={"test(flag)": "caller.test"})
    assert [True, False] == [arguments(facade, "test", {}, who)[1]["flag"] for who in (RUN, ADA)]


def test_every_place_of_a_signature_can_be_bound(compiled: Compile) -> None:
    facade = compiled(Desk, bind=ALL)
    own = ADA.account
    assert ((own, 7), {"text": "x"}) == arguments(facade, "first", {"id": 7, "text": "x"})
    assert ((7, own), {}) == arguments(facade, "last", {"id": 7})
    assert ((), {"owner": own}) == arguments(facade, "named", {})
    assert ((), {"owner": own}) == arguments(facade, "open_to_all", {})
    assert [] == [name for name, o in facade.operations.items() if "owner" in o.spec.signature]


def test_without_a_value_the_default_holds_then_none_and_else_the_call_is_refused(compiled: Compile) -> None:
    facade = compiled(Desk, bind=ALL)
    assert ((), {}) == arguments(facade, "open_to_all", {}, NOBODY)
    assert ((), {"owner": None}) == arguments(facade, "perhaps", {}, NOBODY)
    assert ("key-missing", []) == refused(facade, "plain", {}, caller=NOBODY)


def test_a_value_that_the_call_has_not_is_refused_with_its_place(compiled: Compile) -> None:
    facade = compiled(Desk, bind={"plain(owner)": "header.x-team", "named(owner)": "caller.address"})
    assert ("invalid-arguments", [("header x-team", "is required")]) == refused(facade, "plain", {})
    expected = ("invalid-arguments", [("caller.address", "is needed, and this call has none")])
    assert expected == refused(facade, "named", {}, caller=RUN)


# Its type


def test_a_value_becomes_what_the_parameter_is(compiled: Compile) -> None:
    sources = {
        "address(ip)": "caller.address", "number(n)": "header.n", "share(x)": "header.x", "money(amount)": "header.m",
        "level(level)": "header.l", "kind(kind)": "caller.kind", "anything(value)": "header.n",
        "test(flag)": "header.f",
    }  # fmt: skip
    facade = compiled(Typed, bind=sources)
    sent = {b"n": b"12", b"x": b"0.5", b"m": b"1.10", b"l": b"high", b"f": b"true"}
    found = {name: arguments(facade, name, {}, ADA, sent)[1] for name in facade.operations}
    assert {
        "address": {"ip": ipaddress.ip_address("192.0.2.7")},
        "number": {"n": 12},
        "share": {"x": 0.5},
        "money": {"amount": Decimal("1.10")},
        "level": {"level": Level.HIGH},
        "kind": {"kind": "key"},
        "anything": {"value": "12"},
        "test": {"flag": True},
    } == found
    assert () == facade.warnings  # nothing is said of a type that callers do not see


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1_000", "1.0", "true", "0x1", "٣", "nan", "1]", "[1]", '"1"', "01"])
def test_text_that_is_no_json_of_the_type_is_refused(text: str, compiled: Compile) -> None:
    facade = compiled(Typed, bind={"number(n)": "header.n"})
    code, rows = refused(facade, "number", {}, headers={b"n": text.encode()})
    assert ("invalid-arguments", "header n") == (code, rows[0][0])
    assert rows[0][1].startswith("should be a valid integer")


@pytest.mark.parametrize("text", ["nan", "NaN", "Infinity", "-inf", "1e999"])
def test_no_header_makes_a_number_that_is_none(text: str, compiled: Compile) -> None:
    facade = compiled(Typed, bind={"share(x)": "header.x"})
    code, rows = refused(facade, "share", {}, headers={b"x": text.encode()})
    assert ("invalid-arguments", ["header x"]) == (code, [place for place, _ in rows])


@pytest.mark.parametrize(
    ("operation", "source", "kind"),
    [
        ("number(n)", "caller.account", "int"),
        ("number(n)", "caller.test", "int"),
        ("test(flag)", "caller.kind", "bool"),
        ("address(ip)", "caller.key", "IPv4Address | ipaddress.IPv6Address"),
        ("level(level)", "caller.address", "Level"),
    ],
)
def test_a_source_that_can_never_fill_its_parameter_is_an_error_at_the_start(
    operation: str, source: str, kind: str, compiled: Compile
) -> None:
    with pytest.raises(TargetError) as caught:
        compiled(Typed, bind={operation: source})
    assert f"{kind}, which {source} is not" in str(caught.value)


# Nobody names it


TRICKS: list[bytes] = [
    b'{"owner": "acc_bob"}',
    b'{"owner": null}',
    b'{"text": "x", "owner": "acc_bob"}',
    b'{"\\u006fwner": "acc_bob"}',
    '{"\uff4fwner": "acc_bob"}'.encode(),  # NFKC makes `owner` of it, as Python does with names
    '{"o\u200bwner": "acc_bob"}'.encode(),
    b'{"owner ": "acc_bob"}',
    b'{"OWNER": "acc_bob"}',
    b'{"self": {"owner": "acc_bob"}}',
    b'{"kwargs": {"owner": "acc_bob"}}',
    b'{"0": "acc_bob"}',
    b'{"": "acc_bob"}',
]


@pytest.mark.parametrize("body", TRICKS)
@pytest.mark.parametrize("name", ["plain", "named", "open_to_all"])
def test_no_body_names_a_bound_parameter(body: bytes, name: str, compiled: Compile) -> None:
    code, rows = refused(compiled(Desk, bind=ALL), name, body)
    assert "invalid-arguments" == code
    assert "is not a parameter of this operation" in {message for _, message in rows}


def test_a_positional_only_parameter_cannot_be_named_either(compiled: Compile) -> None:
    facade = compiled(Desk, bind=ALL)
    for name in ("first", "last"):
        expected = ("invalid-arguments", [("owner", "is not a parameter of this operation")])
        assert expected == refused(facade, name, {"id": 7, "owner": "acc_bob"})


words = st.text(max_size=8)


@given(st.dictionaries(st.one_of(words, st.sampled_from(["owner", "text", "id", "kind"])), st.one_of(words, st.none())))
def test_whatever_is_sent_the_owner_is_who_calls(body: dict[str, str | None]) -> None:
    from parvis.facade.compile import compile_facade
    from parvis.facade.options import Options
    from parvis.facade.target import load

    facade = _DESK.setdefault("desk", compile_facade(load(Desk), Options(bind=ALL)) if not _DESK else None)
    for name in ("plain", "named", "list_all", "open_to_all", "perhaps"):
        try:
            positional, keywords = arguments(facade, name, body)
        except Refusal:
            continue
        assert ((), ADA.account) == (positional, keywords["owner"])


_DESK: dict[str, Any] = {}


def test_an_overridable_parameter_gives_way_to_an_argument(compiled: Compile) -> None:
    rule = {"from": "caller.address", "overridable": True}
    facade = compiled(Desk, bind={"*(owner)": rule})
    assert "192.0.2.7" == arguments(facade, "plain", {})[1]["owner"]
    assert "198.51.100.1" == arguments(facade, "plain", {"owner": "198.51.100.1"})[1]["owner"]
    assert (("192.0.2.7", 7), {}) == arguments(facade, "first", {"id": 7})
    assert (("a", 7), {}) == arguments(facade, "first", {"id": 7, "owner": "a"})
    assert (("192.0.2.7", 7), {}) == arguments(facade, "first", {"id": 7}, ADA)
    # Before the default, which is for a call that has nothing at all.
    assert "192.0.2.7" == arguments(facade, "open_to_all", {})[1]["owner"]
    assert {} == arguments(facade, "open_to_all", {}, RUN)[1]


def test_an_overridable_parameter_is_optional_in_every_signature(compiled: Compile) -> None:
    rule = {"from": "caller.address", "overridable": True}
    facade = compiled(Desk, bind={"*(owner)": rule})
    assert {
        "plain": "(owner: str = <caller.address>, text: str = '') -> str",
        # Before an argument that is required it can only be named, or Python would not take the signature.
        "first": "(id: int, /, text: str = '', *, owner: str = <caller.address>) -> str",
        "last": "(id: int, owner: str = <caller.address>, /) -> str",
        "named": "(text: str = '', *, owner: str = <caller.address>) -> str",
        "open_to_all": "(owner: str = <caller.address>) -> str",
        "perhaps": "(owner: str | None = <caller.address>) -> str",
        "list_all": "(owner: str = <caller.address>, kind: Literal['a', 'b'] = 'a') -> str",
    } == {name: o.spec.signature for name, o in facade.operations.items()}


def test_the_client_calls_with_and_without_an_overridable_argument() -> None:
    rule = {"from": "caller.kind", "overridable": True}
    with parvis.connect(parvis.Service(Desk, bind={"*(owner)": rule})) as desk:
        assert ["run:1:", "me:1:"] == [desk.first(1), desk.first(1, owner="me")]
        assert ["run:x", "me:x"] == [desk.plain(text="x"), desk.plain("me", "x")]


# Rules


def test_a_name_wins_over_patterns_and_of_patterns_the_last(compiled: Compile) -> None:
    sources = {"plain(owner)": "caller.kind", "*(owner)": "caller.account", "l*(owner)": "caller.key"}
    facade = compiled(Desk, bind=sources)
    found = {name: o.bound[0].rule.source for name, o in facade.operations.items()}
    assert {
        "plain": "caller.kind", "first": "caller.account", "last": "caller.key", "named": "caller.account",
        "open_to_all": "caller.account", "perhaps": "caller.account", "list_all": "caller.key",
    } == found  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"*(proprietor)": "caller.account"}, "fits no parameter of a published operation"),
        ({"price(owner)": "caller.account"}, "fits no parameter"),
        ({"secret(owner)": "caller.account"}, "fits no parameter"),
        ({"plain(self)": "caller.account"}, "fits no parameter"),
        # A pattern of which nothing is left, since others come after it.
        (
            {"pla*(owner)": "caller.key", "*(owner)": "caller.account"},
            r"'pla\*\(owner\)' fits no parameter .* or another",
        ),
        ({"plain": "caller.account"}, r"should be operation\(parameter\)"),
        ({"plain(owner, text)": "caller.account"}, r"should be operation\(parameter\)"),
        ({"plain(owner)": "account"}, "there is no source 'account'; there are caller.account, .*, header.NAME"),
        ({"plain(owner)": "caller.password"}, "there is no source"),
        ({"plain(owner)": "header."}, "there is no source"),
        ({"plain(owner)": "header.a b"}, "there is no source"),
        ({"plain(owner)": 3}, "should be a source"),
        ({"plain(owner)": {"from": "caller.key", "override": True}}, "should be a source"),
        ({"plain(owner)": {"from": "caller.key", "overridable": 1}}, "should be a source"),
        ({"plain(owner)": {"overridable": True}}, "should be a source"),
        ({"plain(owner)": {"from": "caller.account", "overridable": True}}, "keeps tenants apart"),
    ],
)
def test_a_rule_that_means_nothing_is_an_error(rule: dict[str, Any], message: str, compiled: Compile) -> None:
    with pytest.raises(TargetError, match=message):
        compiled(Desk, bind=rule)


@pytest.mark.parametrize("name", ["authorization", "Authorization", "COOKIE", "proxy-authorization"])
def test_a_secret_of_the_caller_is_no_source(name: str) -> None:
    with pytest.raises(TargetError, match=f"header.{name} is a secret"):
        rules({"plain(owner)": f"header.{name}"})


def test_a_parameter_of_a_hidden_operation_is_not_bound(compiled: Compile) -> None:
    with pytest.raises(TargetError, match=r"'plain\(owner\)' fits no parameter of a published operation"):
        compiled(Desk, bind={"plain(owner)": "caller.key"}, hidden=("plain",))


def test_a_parameter_with_a_name_that_is_not_english_can_be_bound(compiled: Compile) -> None:
    class Carnet:
        def lire(self, propriétaire: str) -> str:
            return propriétaire

    facade = compiled(Carnet, bind={"*(propriétaire)": "caller.account"})
    assert {"propriétaire": ADA.account} == arguments(facade, "lire", {})[1]


# Where it is not to be seen


def test_a_bound_parameter_stands_in_no_document(compiled: Compile) -> None:
    contract = compiled(Desk, bind=ALL, reads=("list_all",)).contract
    assert "owner" not in contract.to_json().decode()
    for version in ("3.1", "3.0"):
        assert "owner" not in json.dumps(openapi(contract, server_url=None, version=version))  # type: ignore[arg-type]


def test_a_bound_parameter_is_in_no_signature_and_no_help_of_the_client() -> None:
    with parvis.connect(parvis.Service(Desk, bind=ALL)) as desk:
        assert "(text: str = '') -> str" == str(inspect.signature(desk.plain))
        assert "run:x" == desk.plain("x")
        assert [] == [name for name in dir(desk) if "owner" in str(getattr(desk, name).__doc__)]
        with pytest.raises(TypeError, match="unexpected keyword argument 'owner'"):
            desk.plain(owner="me")


def test_the_type_of_a_bound_parameter_need_not_cross_the_wire(compiled: Compile) -> None:
    class Door:
        def knock(self, value: object, ip: ipaddress.IPv4Address) -> str:
            return f"{value} {ip}"

    facade = compiled(Door, bind={"knock(value)": "caller.key", "knock(ip)": "caller.address"})
    assert ["() -> str"] == [o.spec.signature for o in facade.operations.values()]


def test_the_id_in_a_path_is_the_first_parameter_that_callers_name(compiled: Compile) -> None:
    class Notes:
        def get(self, owner: str, id: int) -> str:
            return f"{owner}:{id}"

        def rename(self, owner: str, id: int, /, name: str) -> None: ...

    Notes.__module__ = __name__
    desk = type("Shelf", (), {"__annotations__": {"notes": Notes}, "__module__": __name__})
    facade = compiled(desk, bind=ALL)
    routes = {name: [(r.method, r.path, r.id) for r in o.spec.routes] for name, o in facade.operations.items()}
    assert ("GET", "/notes/{id}", "id") in routes["notes.get"]
    assert ("POST", "/notes/{id}/rename", "id") in routes["notes.rename"]


def test_every_source_of_the_table_fills_a_parameter(compiled: Compile) -> None:
    for source in SOURCES:
        name, parameter = ("test", "flag") if source == "caller.test" else ("anything", "value")
        facade = compiled(Typed, bind={f"{name}({parameter})": source})
        assert arguments(facade, name, {}, ADA)[1] == {parameter: SOURCES[source](ADA, [])}
