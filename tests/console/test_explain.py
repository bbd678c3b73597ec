"""``access.explain`` says what a call is told: compared with the call itself, for keys, operations and arguments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import pytest

from console.conftest import PASSWORD
from parvis.access.clock import as_datetime

ADA = {"basic": ("ada@x.org", PASSWORD)}
SOME = "0a1b2c3d-0000-4000-8000-0123456789ab"


class Market:
    def price(self, item: Literal["tea", "jam"], count: int = 1) -> int:
        return count

    def find(self, name: str = "tea", limit: int = 10) -> str:
        return name

    def on(self, day: date, rate: Decimal = Decimal("1.5"), sure: bool = False, size: float = 1.0) -> str:
        return str(day)

    def at(self, moment: datetime) -> str:
        return str(moment)

    def get(self, id: UUID, /) -> str:
        return str(id)

    def many(self, items: list[str], note: str | None = None) -> int:
        return len(items)

    def mine(self, owner: str, what: str = "x") -> str:
        return owner

    def ship(self, order: str) -> str:
        return order


OPTIONS = {
    "name": "market",
    "reads": ("find", "get"),
    "costs": {"ship": 3},
    "bind": {"mine(owner)": "caller.account"},
}

RIGHTS = {
    "all of its account": None,
    "none": [],
    "some": ["market.find", "market.price", "market.ship"],
    "one item": ["market.price(item in [tea])", "market.find(name in [tea])", "market.ship"],
    "either": ["market.price(item in [jam])", "market.price(item in [tea], count in [1, 2])"],
    "values": [
        "market.on(day in [2026-11-24], rate in [1.5], sure in [false], size in [1])",
        'market.at(moment in ["2026-11-24T12:00:00+00:00"])',
        f"market.get(id in [{SOME}])",
        "market.many(items in [a, b])",
    ],
    "what nobody sends": ["market.many(note in [x])", "market.mine(owner in [nobody])", "market.find(limit in [10])"],
}

CALLS = {
    "price": [{"item": "tea"}, {"item": "jam"}, {"item": "tea", "count": 2}, {"item": "jam", "count": 3},
              {"item": "gold"}, {}],
    "find": [{}, {"name": "tea"}, {"name": "jam"}, {"limit": 1000}, {"limit": 1001}, {"limit": "x"}],
    "on": [{"day": "2026-11-24"}, {"day": "2026-11-24", "rate": "1.50", "size": 1}, {"day": "2026-11-25"},
           {"day": "2026-11-24", "rate": "1.51"}, {"day": "2026-11-24", "sure": True}],
    "at": [{"moment": "2026-11-24T12:00:00Z"}, {"moment": "2026-11-24T13:00:00+01:00"}],
    "get": [{"id": SOME}, {"id": SOME.upper()}, {"id": "10000000-0000-4000-8000-0123456789ab"}, {}],
    "many": [{"items": ["a"]}, {"items": ["a", "b", "a"]}, {"items": ["a", "c"]}, {"items": []},
             {"items": ["c"], "note": "x"}, {"items": ["a"], "note": None}],
    "mine": [{}, {"what": "y"}, {"owner": "acc_another"}],
    "ship": [{"order": "1"}],
}  # fmt: skip
EVERY = [(name, arguments) for name, calls in CALLS.items() for arguments in calls]


@pytest.fixture
def market(serve):
    def start(**options):
        server = serve(Market, **{**OPTIONS, **options})
        server.plan(rate=10_000.0, burst=10_000, day=None, concurrent=None)
        made = server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})
        server.account_id = made.json["id"]
        return server

    return start


def make(server, **more):
    """A key of Ada's, straight from the console."""
    made = server.console("keys.create", body={"label": "one", **more}, **ADA)
    assert 200 == made.status, made.json
    return made.json


def real(server, key, operation, arguments, **more):
    """The code of what a call is told; empty when it runs."""
    answer = server.ask("POST", f"/market/v1/{operation}", arguments, key=key, **more)
    return "" if answer.status == 200 else answer.json["code"]


def explained(server, operation, arguments, *, of=None, account=None, **who):
    """The code in the explanation; that of the question's own refusal when it is not answered."""
    server.clock.advance(0.2)  # the console is called at most ten times a second
    body = {"operation": f"market.{operation}", "arguments": arguments, "key": of, "account": account}
    answer = server.console("access.explain", body={k: v for k, v in body.items() if v is not None}, **who)
    if answer.status != 200:
        return answer.json["code"]
    assert answer.json["allowed"] == (answer.json["code"] == ""), answer.json
    assert bool(answer.json["fix"]) == (not answer.json["allowed"])
    assert "…" not in answer.json["fix"]
    return answer.json["code"]


def told(server, key, shown=None, calls=EVERY):
    """For each call: what it is told, what the key is told that asks, what the operator is told of the key."""
    shown = shown or key["secret"]
    rows = []
    for operation, arguments in calls:
        mine = explained(server, operation, arguments, key=shown)
        operators = explained(server, operation, arguments, of=key["id"], operator=True)
        rows.append((operation, arguments, real(server, shown, operation, arguments), mine, operators))
    return rows


def differing(rows):
    return [row for row in rows if not row[2] == row[3] == row[4]]


@pytest.mark.parametrize("sandbox", [None, Market], ids=["no sandbox", "sandbox"])
@pytest.mark.parametrize("test", [False, True], ids=["live", "test"])
def test_it_equals_what_the_call_is_told(market, sandbox, test):
    server = market(sandbox=sandbox)
    seen = set()
    for rights in RIGHTS.values():
        key = make(server, test=test, rights=rights) if rights is not None else make(server, test=test)
        rows = []
        for call in EVERY:
            server.clock.advance(5)  # a test key calls at most twice a second, whatever the plan
            rows += told(server, key, calls=[call])
        server.console("keys.revoke", body={"id": key["id"]}, **ADA)
        assert [] == differing(rows)
        seen |= {row[2] for row in rows}

    assert {"", "key-right-missing", "argument-refused", "invalid-arguments"} <= seen
    assert ("no-sandbox" in seen) == (test and sandbox is None)


@pytest.mark.parametrize("scope", [["market.find"], ["market.price(item in [tea])", "market.ship"], []])
def test_of_a_token_it_says_what_the_token_is_told_and_not_its_key(market, scope):
    server = market()
    key = make(server)
    token = server.console("tokens.create", body={"scope": scope}, key=key["secret"]).json["token"]

    rows = [(real(server, token, *call), explained(server, *call, key=token)) for call in EVERY]

    assert [] == [(call, row) for call, row in zip(EVERY, rows, strict=True) if row[0] != row[1]]
    assert {"key-right-missing"} < {row[0] for row in rows} if scope else {"key-right-missing"} == {r[0] for r in rows}


def test_of_a_secret_that_is_being_retired_it_says_the_same(market):
    server = market()
    key = make(server, rights=["market.*", "parvis.keys.create"])
    server.console("keys.rotate", body={"id": key["id"]}, **ADA)

    assert [] == differing(told(server, key))


def suspend(server, key):
    server.console("accounts.suspend", body={"id": server.account_id}, operator=True)


def revoke(server, key):
    server.console("keys.revoke", body={"id": key["id"]}, **ADA)


def expire(server, key):
    server.clock.advance(3600)


def narrow(server, key):
    server.console("keys.update", body={"id": key["id"], "rights": ["market.find(name in [tea])"]}, **ADA)


def lose(server, key):
    server.plan(rights=("market.find", "market.price(item in [jam])"))


def spend_day(server, key):
    server.plan(day=10)
    for _ in range(8):  # of ten units two are left: enough for a call that costs one, not for one of three
        assert 200 == server.call("market.many", key["secret"], items=[]).status


def spend_month(server, key):
    server.plan(month=1)
    assert 200 == server.call("market.many", key["secret"], items=[]).status


def crowd(server, key):
    server.plan(concurrent=1)
    state = server.run(server.context.credentials.now(key["id"])).state
    assert state.live.admit(state.plan, 0, server.clock.now(), server.clock.tick()) is None


def shorten(server, key):
    server.plan(page=5)


STATES = {
    suspend: "account-suspended",
    revoke: "key-revoked",
    expire: "key-expired",
    narrow: "argument-refused",
    lose: "right-missing",
    spend_day: "quota-exceeded",
    spend_month: "quota-exceeded",
    crowd: "concurrency-limited",
    shorten: "invalid-arguments",
}


@pytest.mark.parametrize("change", STATES, ids=lambda change: change.__name__)
def test_it_equals_what_the_call_is_told_when_something_has_changed(market, change):
    server = market()
    key = make(server, expires_at=as_datetime(server.clock.now() + 1_800_000_000).isoformat())
    change(server, key)
    calls = [("find", {}), ("find", {"name": "jam"}), ("find", {"limit": 6}), ("price", {"item": "tea"}),
             ("price", {"item": "jam"}), ("ship", {"order": "1"}), ("ship", {})]  # fmt: skip

    rows = []
    for call in calls:
        server.plan()  # nothing is changed, and each is asked of memory that was read anew
        rows += told(server, key, calls=[call])

    # Of a key that does not open the console either, the question is refused as the call is: with the same code.
    assert [] == differing(rows)
    assert STATES[change] in {row[2] for row in rows}


def test_where_the_rate_is_used_up_it_says_so_and_for_how_long(market):
    server = market()
    server.plan(rate=0.1, burst=2)
    key = make(server)
    codes = []
    for _ in range(3):
        body = {"operation": "market.find", "arguments": {}}
        said = server.console("access.explain", body=body, key=key["secret"]).json
        codes.append((said["code"], server.call("market.find", key["secret"]).json if said["allowed"] else ""))
    refused = server.call("market.find", key["secret"])

    assert ["", "", "rate-limited"] == [code for code, _ in codes]
    assert "rate-limited" == refused.json["code"]
    assert "Wait 10 seconds before you repeat it." == said["fix"] == refused.json["fix"]
    server.clock.advance(10)
    assert "" == explained(server, "find", {}, key=key["secret"])


def test_asking_uses_nothing_up(market):
    server = market()
    server.plan(rate=0.1, burst=1, day=1)
    key = make(server)
    before = server.console("limits", key=key["secret"]).json

    for _ in range(20):
        assert "" == explained(server, "find", {}, key=key["secret"])
        assert "" == explained(server, "find", {}, of=key["id"], operator=True)

    assert (
        before["policies"][1]["remaining"]
        == server.console("limits", key=key["secret"]).json["policies"][1]["remaining"]
    )
    assert 200 == server.call("market.find", key["secret"]).status


def test_of_an_account_it_says_what_a_new_live_key_of_it_would_be_told(market):
    server = market()
    server.plan(rights=("market.find", "market.price(item in [tea])", "market.ship"))
    key = make(server)["secret"]

    for call in EVERY:
        expected = real(server, key, *call)
        assert expected == explained(server, *call, **ADA)
        assert expected == explained(server, *call, account=server.account_id, operator=True)


def test_without_arguments_they_are_not_judged_but_where_a_right_holds_for_some_only(market):
    server = market()
    key = make(server, rights=["market.price(item in [tea])", "market.ship", "market.find(name in [tea])"])["secret"]

    codes = [explained(server, name, None, key=key) for name in ("ship", "price", "find", "many")]

    assert ["", "argument-refused", "", "key-right-missing"] == codes


def test_the_networks_of_a_key_are_judged_for_who_asks(market):
    server = market()
    key = make(server, networks=["192.0.2.0/24"])

    for client, code in (("192.0.2.9", ""), ("198.51.100.1", "network-refused")):
        assert code == real(server, key["secret"], "find", {}, client=client)
        assert code == explained(server, "find", {}, key=key["secret"], client=client)
    assert "network-refused" == explained(server, "find", {}, of=key["id"], operator=True), "from no address at all"


def test_it_tells_why_and_who_can_help(market):
    server = market()
    server.plan(rights=("market.price(item in [tea])", "market.find"))
    key = make(server, rights=["market.price(item in [tea])"])

    def ask(operation, **arguments):
        body = {"operation": f"market.{operation}", "arguments": arguments}
        return server.console("access.explain", body=body, key=key["secret"]).json

    price, find, ship = ask("price", item="jam"), ask("find"), ask("ship", order="1")

    assert ["market.price(item in [tea])"] == price["held_by"]
    assert "Keep to `item in [tea]`, or ask the operator of this server for a wider right." == price["fix"]
    assert ("market.find", [], True) == (find["right"], find["held_by"], find["account_holds"])
    assert ("market.ship", [], False) == (ship["right"], ship["held_by"], ship["account_holds"])
    assert "Ask the operator of this server to give your account the right `market.ship`." == ship["fix"]
    assert {"default"} == {each["plan"] for each in (price, find, ship)}


def test_nobody_is_told_of_another_s_keys_or_account(market):
    server = market()
    key = make(server)
    server.console("accounts.create", body={"email": "bob@x.org", "password": PASSWORD})
    bob = {"basic": ("bob@x.org", PASSWORD)}

    for of, account in (
        (key["id"], None),
        ("nobody", None),
        ("nul\0", None),
        (None, server.account_id),
        (None, "acc_x"),
    ):
        assert "not-found" == explained(server, "find", {}, of=of, account=account, **bob)
    assert "not-found" == explained(server, "find", {}, account="acc_x", operator=True)
    assert "account-needed" == explained(server, "find", {}, operator=True)


@pytest.mark.parametrize("operation", ["market.nothing", "nothing", "", "parvis.keys.create", "x" * 10_000])
def test_an_operation_that_is_none_is_not_found(market, operation):
    answer = market().console("access.explain", body={"operation": operation}, **ADA)

    assert (404, "not-found") == (answer.status, answer.json["code"])
