"""A call that names an Idempotency-Key runs once, however often it is sent, and whatever happens in between."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import httpx2
import pytest
from sqlalchemy import select

from parvis.console.console import Console
from parvis.console.operation import WHOLE
from parvis.console.operations import OPERATIONS, SECRET_ARGUMENTS, SECRET_RESULTS
from parvis.contract.caller import Caller
from parvis.contract.outcomes import Refusal
from parvis.server.repeat import LARGEST
from parvis.store.schema import idempotency
from served import Served

Guard = Callable[..., Any]


class Shop:
    def __init__(self) -> None:
        self.done: list[str] = []

    def buy(self, item: str, note: str | None = None, price: float = 1.0) -> int:
        """Buy one.

        Raises:
            LookupError: There is none.
        """
        self.done.append(item)
        if item == "gold":
            raise LookupError("no gold")
        if item == "bug":
            raise RuntimeError("a bug")
        return len(self.done)

    def print(self, size: int) -> str:
        self.done.append("print")
        return "x" * size

    async def hold(self, seconds: float) -> int:
        self.done.append("hold")
        await asyncio.sleep(seconds)
        return len(self.done)

    def count(self) -> int:
        return len(self.done)

    def roll(self, number: int) -> Iterator[int]:
        """Roll.

        Raises:
            ValueError: Less than one.
        """
        self.done.append("roll")
        if number < 1:
            raise ValueError(number)
        yield from range(number)


class Orders:
    def __init__(self) -> None:
        self.names: list[str] = []

    def create(self, name: str) -> dict[str, int]:
        self.names.append(name)
        return {"id": len(self.names)}

    def get(self, id: int) -> dict[str, int]:
        return {"id": id}

    def delete(self, id: int) -> None:
        self.names.remove(self.names[id - 1])


class Tenants:
    """What its methods are told of a call beside its JSON."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def team(self, item: str, told: str = "none") -> str:
        return self._did(f"{item} for {told}")

    async def team_async(self, item: str, told: str = "none") -> str:
        return self._did(f"{item} for {told}")

    def own(self, item: str, told: str) -> str:
        return self._did(f"{item} for {told}")

    def address(self, item: str, told: str) -> str:
        return self._did(f"{item} for {told}")

    def key(self, item: str, told: str) -> str:
        return self._did(f"{item} for {told}")

    def ask(self, item: str, who: Caller) -> str:
        return self._did(f"{item} for {who.credential} at {who.address}")

    def _did(self, what: str) -> str:
        self.done.append(what)
        return f"{len(self.done)}: {what}"


class Store:
    orders: Orders

    def __init__(self) -> None:
        self.orders = Orders()


def post(server: Any, path: str, key: str | None, once: str | None = "k", /, **arguments: Any) -> Any:
    headers = {} if once is None else {"idempotency-key": once}
    return server.ask("POST", path, arguments, key=key, headers=headers)


def buy(server: Any, key: str | None, once: str | None = "k", /, **arguments: Any) -> Any:
    return post(server, "/shop/v1/buy", key, once, **arguments)


def told(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def done(server: Any, key: str) -> int:
    return int(server.call("shop.count", key).json)


def test_a_repeat_is_answered_the_same_and_neither_runs_nor_costs(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    first = buy(server, key, item="tea", note="ü")
    again = server.ask(
        "POST", "/shop/v1/buy", b' {"note": "\\u00fc", "item": "tea"}', key=key,
        headers={"idempotency-key": '"k"', "content-type": "application/json"},
    )  # fmt: skip

    assert (200, b"1", False) == (first.status, first.body, "idempotency-replayed" in first.headers)
    assert (200, b"1", "true") == (again.status, again.body, again.headers["idempotency-replayed"])
    assert first.headers["x-request-id"] != again.headers["x-request-id"]
    assert [(200, 1), (200, 0)] == [(row.status, row.cost) for row in server.calls("acc_ada")]
    assert 2 == buy(server, key, "other", item="tea", note="ü").json
    assert 3 == buy(server, key, None, item="tea", note="ü").json


def test_the_resource_form_gets_the_same_status_and_location(guarded: Guard) -> None:
    server = guarded(Store)
    key = server.key()

    made = [post(server, "/store/v1/orders", key, name="a") for _ in range(2)]
    named = post(server, "/store/v1/orders.create", key, name="a")
    gone = [
        server.ask("DELETE", "/store/v1/orders/1", key=key, headers={"idempotency-key": "k"}) for _ in range(2)
    ]  # fmt: skip

    assert [(201, b'{"id":1}', "/store/v1/orders/1")] * 3 == [
        (each.status, each.body, each.headers["location"]) for each in (*made, named)
    ]
    assert [(204, b"", None), (204, b"", "true")] == [
        (each.status, each.body, each.headers.get("idempotency-replayed")) for each in gone
    ]


def test_other_arguments_by_the_same_key_are_refused(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    first = buy(server, key, item="tea")

    refused = [buy(server, key, item="milk"), buy(server, key, item="tea", note="x"), buy(server, key, item="tea")]

    assert [422, 422, 200] == [each.status for each in refused]
    assert ("idempotency-mismatch", first.headers["x-request-id"]) == (
        refused[0].json["code"], refused[0].json["first_request_id"],
    )  # fmt: skip
    assert 1 == done(server, key)


def test_a_fraction_that_a_float_cannot_tell_from_another_is_another_argument(guarded: Guard) -> None:
    server = guarded(Shop)
    key, said = server.key(), {"idempotency-key": "k", "content-type": "application/json"}
    bodies = (
        b'{"price":1.1,"item":"tea"}',
        b'{ "item":"tea", "price":1.1 }',
        b'{"item":"tea","price":1.10000000000000000001}',
    )
    answers = [server.ask("POST", "/shop/v1/buy", body, key=key, headers=said) for body in bodies]
    assert [200, 200, 422] == [each.status for each in answers]
    assert 1 == done(server, key)


BIND = {
    "team*(told)": "header.x-team",
    "own(told)": {"from": "header.x-team", "overridable": True},
    "address(told)": "caller.address",
    "key(told)": "caller.key",
}


def test_a_key_stands_for_what_the_method_is_told_beside_its_arguments_too(guarded: Guard) -> None:
    server = guarded(Tenants, bind=BIND)
    keys = [server.key(), server.key()]

    def send(once: int, operation: str, key: int = 0, team: str = "", client: str = "192.0.2.1") -> Any:
        headers = {"idempotency-key": f"k{once}"} | ({"x-team": team} if team else {})
        return server.ask("POST", f"/tenants/v1/{operation}", {"item": "a"}, key=keys[key], headers=headers,
                          client=client)  # fmt: skip

    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("team", {"team": "red"}, {"team": "blue"}),
        ("team", {"team": "red"}, {}),
        ("team_async", {}, {"team": "red"}),
        ("own", {"team": "red"}, {"team": "blue"}),
        ("address", {"client": "192.0.2.1"}, {"client": "192.0.2.2"}),
        ("key", {"key": 0}, {"key": 1}),
        ("ask", {"client": "192.0.2.1"}, {"client": "192.0.2.2"}),
        ("ask", {"key": 0}, {"key": 1}),
    ]
    for number, (operation, one, other) in enumerate(cases, 1):
        first, refused, again = (send(number, operation, **told_of) for told_of in (one, other, one))
        assert (200, (422, "idempotency-mismatch")) == (first.status, told(refused)), (operation, other)
        assert first.headers["x-request-id"] == refused.json["first_request_id"]
        assert (first.body, "true") == (again.body, again.headers["idempotency-replayed"])
        assert f"{number}: a for" == first.json[:8]


def test_a_key_does_not_stand_for_what_the_method_is_not_told(guarded: Guard) -> None:
    server = guarded(Tenants, bind=BIND)
    calls = zip([server.key(), server.key()], ("192.0.2.1", "192.0.2.2"), ("red", "blue"), strict=True)
    answers = [
        server.ask(
            "POST", "/tenants/v1/own", {"item": "a", "told": "me"}, key=key, client=client,
            headers={"idempotency-key": "k", "x-team": team, "x-other": team},
        )
        for key, client, team in calls
    ]  # fmt: skip
    assert [(200, "1: a for me")] * 2 == [(each.status, each.json) for each in answers]


def test_a_narrower_key_is_not_told_what_another_was_answered(guarded: Guard) -> None:
    server = guarded(Shop)
    wide, narrow = server.key(), server.key("shop.buy(item in [tea])")
    for item in ("milk", "gold", "bug"):
        first = buy(server, wide, item, item=item)
        refused = buy(server, narrow, item, item=item)
        assert (403, "argument-refused") == told(refused)
        assert first.headers["x-request-id"].encode() not in refused.body
        again = buy(server, wide, item, item=item)
        assert (first.status, first.body) == (again.status, again.body)


def test_a_constraint_holds_for_a_repeat_with_bound_arguments(guarded: Guard) -> None:
    server = guarded(Tenants, bind=BIND)
    wide, narrow = server.key(), server.key("tenants.team(told in [red])")

    def send(key: str, team: str) -> Any:
        headers = {"idempotency-key": "k", "x-team": team}
        return server.ask("POST", "/tenants/v1/team", {"item": "a"}, key=key, headers=headers)

    assert 200 == send(wide, "blue").status
    assert (403, "argument-refused") == told(send(narrow, "blue"))
    assert (422, "idempotency-mismatch") == told(send(narrow, "red"))


def test_fifty_at_once_take_effect_once(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    scope = {"key": key, "headers": {"idempotency-key": "k"}}

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(server.asked("POST", "/shop/v1/hold", {"seconds": 0.2}, **scope) for _ in range(50))
        )

    answers = server.run(all_at_once())

    assert 1 == [each.status for each in answers].count(200)
    assert {(409, "idempotency-in-progress", "1")} == {
        (*told(each), each.headers["retry-after"]) for each in answers if each.status != 200
    }
    assert 1 == done(server, key)
    assert b"1" == server.ask("POST", "/shop/v1/hold", {"seconds": 0.2}, **scope).body
    assert 1 == sum(row.cost for row in server.calls("acc_ada") if row.operation == "shop.hold")


def test_a_key_means_nothing_to_another_account_operation_or_environment(guarded: Guard) -> None:
    server = guarded(Shop, sandbox=Shop)
    ada, other = server.key(), server.key(account="acc_bob")
    test = server.key(test=True)

    assert 1 == buy(server, ada, item="tea").json
    assert 2 == buy(server, other, item="milk").json
    assert 1 == buy(server, test, item="milk").json
    assert 200 == post(server, "/shop/v1/print", ada, size=3).status
    assert 1 == buy(server, server.key(), item="tea").json  # another key of the same account
    assert "true" == buy(server, other, item="milk").headers["idempotency-replayed"]


def test_what_was_refused_before_it_ran_leaves_the_key_free(guarded: Guard) -> None:
    server = guarded(Shop)
    key, narrow = server.key(), server.key("shop.buy(item in [tea])")

    assert (422, "invalid-arguments") == told(buy(server, key, item=1))
    assert (403, "argument-refused") == told(buy(server, narrow, item="milk"))
    server.plan(rate=1, burst=1)
    answers = [buy(server, key, "other", item=1) for _ in range(3)]
    assert "rate-limited" == answers[-1].json["code"]
    server.plan(rate=1000, burst=1000)

    assert 1 == buy(server, key, item="milk").json


def test_what_the_service_answered_with_an_error_is_told_again_and_a_bug_too(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    for item, status, code in (("gold", 404, "declared-error"), ("bug", 500, "internal-error")):
        first, again = (buy(server, key, item, item=item) for _ in range(2))
        assert (status, code, None) == (*told(first), first.headers.get("idempotency-replayed"))
        assert (status, first.body, "true") == (again.status, again.body, again.headers["idempotency-replayed"])
        assert first.headers["x-request-id"] == again.json["request_id"] != again.headers["x-request-id"]
    assert 2 == done(server, key)
    assert [1, 0, 0, 0, 1] == [row.cost for row in server.calls("acc_ada")]


def test_a_call_past_its_time_is_told_again_as_such(guarded: Guard) -> None:
    server = guarded(Shop, timeout=0.1)
    key = server.key()

    answers = [post(server, "/shop/v1/hold", key, seconds=5) for _ in range(2)]

    assert [(504, "call-timeout", "unknown")] * 2 == [(*told(each), each.json["outcome"]) for each in answers]
    assert 1 == done(server, key)


class Slow:
    def __init__(self) -> None:
        self.ran = 0

    def nap(self, seconds: float) -> int:
        self.ran += 1
        time.sleep(seconds)
        return self.ran


def test_a_call_that_never_got_its_turn_leaves_the_key_free(guarded: Guard) -> None:
    server = guarded(Slow, timeout=0.3)
    key = server.key()
    wait = {"idempotency-key": "k"}

    async def two() -> list[Any]:
        first = asyncio.ensure_future(server.asked("POST", "/slow/v1/nap", {"seconds": 0.7}, key=key))
        await asyncio.sleep(0.1)
        queued = await server.asked("POST", "/slow/v1/nap", {"seconds": 0}, key=key, headers=wait)
        return [await first, queued]

    answers = server.run(two())

    assert [(504, "unknown"), (503, "not run")] == [(each.status, each.json["outcome"]) for each in answers]
    kept = server.run(server.context.store.ask(lambda connection: connection.execute(select(idempotency)).all()))
    assert [] == kept


def test_a_stream_takes_effect_once_and_is_not_told_again(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    first = post(server, "/shop/v1/roll", key, number=3)
    again = post(server, "/shop/v1/roll", key, number=3)
    refused = [post(server, "/shop/v1/roll", key, "none", number=0) for _ in range(2)]

    assert [0, 1, 2] == first.lines
    assert (409, "not-replayable", first.headers["x-request-id"]) == (*told(again), again.json["first_request_id"])
    assert [(422, "declared-error")] * 2 == [told(each) for each in refused]
    assert refused[0].body == refused[1].body
    assert 2 == done(server, key)


def test_a_large_result_takes_effect_once_and_is_not_told_again(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    for size, status in ((LARGEST - 2, 200), (LARGEST - 1, 409)):
        answers = [post(server, "/shop/v1/print", key, str(size), size=size) for _ in range(2)]
        assert [200, status] == [each.status for each in answers]
    assert "not-replayable" == answers[1].json["code"]
    assert 2 == done(server, key)


@pytest.mark.parametrize("header", ["", "a b", '"a', "x" * 256])
def test_a_malformed_key_is_refused_and_nothing_runs(guarded: Guard, header: str) -> None:
    server = guarded(Shop)
    key = server.key()
    assert (400, "malformed-request") == told(buy(server, key, header, item="tea"))
    assert 0 == done(server, key)


def test_a_key_given_twice_is_refused(guarded: Guard) -> None:
    server = guarded(Shop)
    scope = server.scope("POST", "/shop/v1/buy", {}, key=server.key(), headers={"idempotency-key": "a"})
    scope["headers"].append((b"idempotency-key", b"a"))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b'{"item": "tea"}', "more_body": False}

    server.run(server.app(scope, receive, send))
    assert 400 == sent[0]["status"]


def test_a_read_takes_no_notice_of_a_key(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    counted = [
        server.ask("GET", "/shop/v1/count", key=key, headers={"idempotency-key": "not one"}),
        post(server, "/shop/v1/count", key),
        buy(server, key, item="tea"),
        post(server, "/shop/v1/count", key),
    ]
    assert [0, 0, 1, 1] == [each.json for each in counted]


def test_a_caller_without_a_key_is_told_that_it_can_have_none(guarded: Guard) -> None:
    server = guarded(Shop)
    account = {"email": "a@example.org", "password": "an honest password", "name": "A"}

    refused = server.ask("POST", "/parvis/v1/accounts", account, headers={"idempotency-key": "k"})

    assert (400, "no-idempotency") == told(refused)


def test_what_is_given_a_secret_takes_no_key(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key("*", "parvis.*")
    for name in ("accounts.create", "keys.report"):
        arguments = {"key": "pv_live_x"} if name == "keys.report" else {"email": "x", "password": "y", "name": "z"}
        assert (400, "no-idempotency") == told(post(server, f"/parvis/v1/{name}", key, **arguments))


def test_a_secret_is_answered_once_and_kept_nowhere(guarded: Guard, tmp_path: Path) -> None:
    server = guarded(Shop)
    key = server.key("*", "parvis.keys.create", "parvis.tokens.create", "parvis.keys.rotate")

    def both(path: str, **arguments: Any) -> tuple[Any, Any]:
        first, again = (post(server, f"/parvis/v1/{path}", key, "a-key-of-its-own", **arguments) for _ in range(2))
        assert first.status == again.status, again.body
        assert "true" == again.headers["idempotency-replayed"]
        return first.json, again.json

    made, told_again = both("keys", label="a label")
    assert {**made, "secret": "", "password": ""} == told_again
    token, told_again = both("tokens")
    assert {**token, "token": ""} == told_again
    rotated, told_again = both(f"keys/{made['id']}/rotate")
    assert {**rotated, "secret": "", "password": ""} == told_again

    buy(server, key, item="a very private item")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "server0" / "data").glob("parvis.db*"))
    assert b"a label" in stored
    for secret in (made["secret"], made["password"], token["token"], rotated["secret"], "a-key-of-its-own",
                   "a very private item"):  # fmt: skip
        assert secret.encode() not in stored


def test_every_operation_with_a_secret_declares_it() -> None:
    """Fields that a value of the console does not show of itself (``repr=False``) are its secrets."""
    results: dict[str, tuple[str, ...]] = {}
    arguments = set()
    parts = {"": Console, **{f"{name}.": part for name, part in get_type_hints(Console).items()}}
    names = {"password", "token", "link", "key"}
    for prefix, part in parts.items():
        for name, method in vars(part).items():
            full = f"{prefix}{name}"
            if name.startswith("_") or not callable(method) or OPERATIONS[full].read:
                continue
            hints = get_type_hints(method)
            given = hints.get("return")
            if is_dataclass(given):
                hidden = tuple(each.name for each in fields(given) if not each.repr)
                if hidden:
                    results[f"parvis.{full}"] = hidden
            if names & hints.keys():
                arguments.add(f"parvis.{full}")
    results["parvis.accounts.reset_link"] = (WHOLE,)
    assert results == SECRET_RESULTS
    assert arguments == SECRET_ARGUMENTS


def test_the_console_itself_refuses_without_spending_the_key(guarded: Guard) -> None:
    server = guarded(Shop)
    server.plan(keys=1)
    key = server.key("*", "parvis.keys.create")

    assert (409, "too-many-keys") == told(post(server, "/parvis/v1/keys", key, label="x"))
    server.plan(keys=5)
    assert 201 == post(server, "/parvis/v1/keys", key, label="x").status


def test_a_caller_has_so_many_keys_a_day_and_a_repeat_needs_no_room(guarded: Guard) -> None:
    server = guarded(Shop)
    server.host.guards.idempotency._most = 3
    key = server.key()

    answers = [buy(server, key, str(number), item="tea") for number in range(4)]

    assert [200, 200, 200, 429] == [each.status for each in answers]
    assert "too-many-idempotency-keys" == answers[3].json["code"]
    assert 86_000 < int(answers[3].headers["retry-after"]) <= 86_400
    assert 200 == buy(server, key, "1", item="tea").status
    assert 3 == done(server, key)


def test_nothing_runs_when_the_key_cannot_be_kept_first(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    server = guarded(Shop)
    key = server.key()
    buy(server, key, None, item="tea")

    async def broken(*_: Any, **__: Any) -> None:
        raise Refusal("unavailable", "The store is closed.")

    with monkeypatch.context() as patch:
        patch.setattr(server.host.guards.idempotency._store, "change", broken)
        assert (503, "unavailable") == told(buy(server, key, item="tea"))
    assert 1 == done(server, key)
    assert 2 == buy(server, key, item="tea").json


def test_an_answer_that_could_not_be_kept_goes_out_and_its_call_never_runs_again(
    guarded: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = guarded(Shop)
    key = server.key()
    store = server.host.guards.idempotency._store
    change = type(store).change

    async def lost(signed: Any, query: Any, *args: Any) -> Any:
        if query.__name__ == "finish":
            raise Refusal("unavailable", "The store is closed.")
        return await change(store, signed, query, *args)

    with monkeypatch.context() as patch:
        patch.setattr(store, "change", lost)
        assert 1 == buy(server, key, item="tea").json
    assert (409, "outcome-unknown") == told(buy(server, key, item="tea"))
    assert 1 == done(server, key)


def test_a_repeat_is_told_in_french(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()
    buy(server, key, item="tea")
    refused = server.ask(
        "POST", "/shop/v1/buy", {"item": "milk"}, key=key, headers={"idempotency-key": "k", "accept-language": "fr"}
    )
    assert "Cet Idempotency-Key a déjà été envoyé avec d’autres arguments." == refused.json["detail"]


KILLED = """
import pathlib, time

class Shop:
    def put(self, item: str, seconds: float = 0.0) -> int:
        with open("effects", "a") as file:
            file.write(item + "\\n")
        time.sleep(seconds)
        return len(pathlib.Path("effects").read_text().splitlines())
"""


def test_a_server_that_is_killed_in_mid_call_never_runs_it_again(shelf: Path, tmp_path: Path) -> None:
    (shelf / "wares.py").write_text(KILLED)
    effects = shelf / "effects"

    def put(served: Served, once: str, **arguments: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {served.key}", "Idempotency-Key": once}
        return httpx2.post(f"{served.url}/shop/v1/put", json=arguments, headers=headers, timeout=20)

    with Served("wares:Shop", cwd=shelf, data=tmp_path / "data") as served:
        first = put(served, '"answered"', item="a")
        assert (200, 1) == (first.status_code, first.json())
        failed: list[Exception] = []

        def cut_off() -> None:
            try:
                put(served, "cut-off", item="b", seconds=30)
            except httpx2.HTTPError as error:
                failed.append(error)

        calling = threading.Thread(target=cut_off)
        calling.start()
        deadline = time.monotonic() + 10
        while effects.read_text() != "a\nb\n":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        served.kill()
        calling.join()
        assert failed
    with closing(sqlite3.connect(tmp_path / "data" / "parvis.db")) as database:
        assert [(200,), (None,)] == database.execute("SELECT status FROM idempotency ORDER BY expires_at").fetchall()
    with Served("wares:Shop", cwd=shelf, data=tmp_path / "data") as served:
        repeated = put(served, '"answered"', item="a")
        unknown = [put(served, "cut-off", item="b", seconds=30) for _ in range(2)]
    assert (200, 1, "true") == (repeated.status_code, repeated.json(), repeated.headers["Idempotency-Replayed"])
    assert [(409, "outcome-unknown")] * 2 == [(each.status_code, each.json()["code"]) for each in unknown]
    assert "a\nb\n" == effects.read_text()
