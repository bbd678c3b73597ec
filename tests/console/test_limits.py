"""``limits``: what is left of each bound, asked for nothing."""

import pytest

from console.conftest import PASSWORD


@pytest.fixture
def server(serve):
    server = serve(costs={"price": 3})
    made = server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})
    assert 200 == made.status
    return server


ADA = {"basic": ("ada@x.org", PASSWORD)}


def make(server, **more):
    return server.console("keys.create", body={"label": "one", **more}, **ADA).json["secret"]


def left(server, **who):
    return {each["policy"]: each["remaining"] for each in server.console("limits", **who).json["policies"]}


def test_it_tells_every_bound_of_who_asks(server):
    answer = server.ask("GET", "/parvis/v1/limits", key=make(server))

    assert {
        "plan": "default",
        "test": False,
        "policies": [
            {"policy": "rate", "limit": 50, "remaining": 50, "seconds": 0},
            {"policy": "day", "limit": 10_000, "remaining": 10_000, "seconds": 6400},
        ],
        "concurrent": 50,
        "running": 0,
        "keys": 4,
        "body": None,
        "page": 1000,
    } == answer.json


def test_asking_costs_nothing_however_often(server):
    key = make(server)
    assert 200 == server.call("shop.price", key, item="tea").status
    before = left(server, key=key)

    for _ in range(500):  # and is never limited itself, so that how long to wait can always be asked
        assert 200 == server.console("limits", key=key).status

    assert {"rate": 49, "day": 9997} == before == left(server, key=key)
    assert [1] == [len(server.calls())]


def test_what_the_console_is_asked_else_costs_nothing_either_and_has_a_rate_of_its_own(server):
    key = make(server)
    statuses = [server.console("accounts.get", key=key).status for _ in range(110)]

    assert {200, 429} == set(statuses)
    assert {"rate": 50, "day": 10_000} == left(server, key=key)


def test_keys_of_an_account_share_its_bounds_and_the_password_sees_the_same(server):
    one, two = make(server), make(server)
    assert 200 == server.call("shop.find", one).status

    assert {"rate": 49, "day": 9999} == left(server, key=one) == left(server, key=two) == left(server, **ADA)


def test_test_keys_have_their_own(server):
    live, test = make(server), make(server, test=True)
    answer = server.console("limits", key=test).json

    assert ("test", True, 5, 4) == (answer["plan"], answer["test"], answer["concurrent"], answer["keys"])
    assert {"rate": 20, "day": 1000} == left(server, key=test)
    assert {"rate": 50, "day": 10_000} == left(server, key=live)


def test_a_token_is_told_those_of_its_key(server):
    for test in (False, True):
        key = make(server, test=test)
        token = server.console("tokens.create", key=key).json["token"]
        assert server.console("limits", key=key).json == server.console("limits", key=token).json


def test_what_has_been_used_comes_back_when_its_time_is_over(server):
    key = make(server)
    for _ in range(50):
        assert 200 == server.call("shop.find", key).status
    spent = left(server, key=key)
    server.clock.advance(1)
    later = left(server, key=key)
    server.clock.advance(6400)

    assert ({"rate": 0, "day": 9950}, {"rate": 10, "day": 9950}) == (spent, later)
    assert {"rate": 50, "day": 10_000} == left(server, key=key)


def test_a_plan_without_a_bound_tells_none_of_it(server):
    server.ask("PATCH", "/parvis/v1/plans/default", {"without": ["rate", "day", "concurrent", "page"]}, operator=True)
    answer = server.console("limits", key=make(server)).json

    assert ([], None, None) == (answer["policies"], answer["concurrent"], answer["page"])


def test_an_account_that_has_more_keys_than_its_plan_has_none_left(server):
    for _ in range(3):
        key = make(server)
    server.ask("PATCH", "/parvis/v1/plans/default", {"keys": 2}, operator=True)

    assert 0 == server.console("limits", key=key).json["keys"]
