"""Who may call what of the console, and what keys get."""

from typing import get_args

import pytest

from parvis.access.console import ANONYMOUS, OPERATOR, ConsoleRights, Holder, run_credential, services
from parvis.access.keys import mint, parse
from parvis.access.rights import Rights
from parvis.console.operations import OPERATIONS, RIGHTS
from parvis.contract.caller import CallerKind

ITSELF = ("parvis.keys.get", "parvis.keys.revoke", "parvis.keys.rotate", "parvis.tokens.create")
"""What a key may of the console beside seeing its account."""

OPERATORS = sorted(f"parvis.{name}" for name, each in OPERATIONS.items() if each.may == ("operator",))
"""What only the operator may."""

anonymous, given, grantable = RIGHTS.anonymous, RIGHTS.given, RIGHTS.grantable
key_rights, retiring_rights, token_rights = RIGHTS.of_key, RIGHTS.of_retiring_secret, RIGHTS.of_token


def test_there_are_rights_for_every_holder_and_every_kind_of_caller():
    assert set(get_args(Holder)) == set(RIGHTS.patterns)
    assert [] == [kind for kind in get_args(CallerKind) if not RIGHTS.of_kind(kind).patterns]


@pytest.mark.parametrize(
    ("kind", "right", "allowed"),
    [
        ("anonymous", "parvis.accounts.create", True),
        ("anonymous", "parvis.operators.create", True),
        ("anonymous", "parvis.accounts.verify", True),
        ("anonymous", "parvis.accounts.reset", True),
        ("anonymous", "parvis.keys.report", True),
        ("anonymous", "parvis.accounts.get", False),
        ("anonymous", "parvis.limits", False),
        ("anonymous", "parvis.usage.calls", False),
        ("anonymous", "parvis.keys.create", False),
        ("anonymous", "shop.price", False),
        ("password", "parvis.accounts.get", True),
        ("password", "parvis.keys.create", True),
        ("password", "parvis.accounts.erase", True),
        ("password", "parvis.accounts.set_password", True),
        ("password", "parvis.keys.report", True),
        ("password", "parvis.usage.calls", True),
        ("password", "parvis.tokens.create", False),
        ("password", "parvis.accounts.list", False),
        ("password", "parvis.operators.set", False),
        ("password", "shop.price", False),
        ("key", "parvis.accounts.get", True),
        ("key", "parvis.keys.revoke", True),
        ("key", "parvis.keys.rotate", True),
        ("key", "parvis.tokens.create", True),
        ("key", "parvis.limits", True),
        ("key", "parvis.usage.summary", True),
        ("key", "parvis.access.explain", True),
        ("key", "parvis.keys.create", False),
        ("key", "parvis.keys.update", False),
        ("key", "parvis.keys.list", False),
        ("key", "parvis.accounts.erase", False),
        ("key", "parvis.accounts.export", False),
        ("key", "parvis.accounts.set_password", False),
        ("token", "parvis.limits", True),
        ("token", "parvis.usage.summary", True),
        ("token", "parvis.tokens.create", False),
        ("token", "parvis.keys.get", False),
        ("token", "parvis.keys.revoke", False),
        ("operator", "parvis.operators.set", True),
        ("operator", "parvis.accounts.list", True),
        ("operator", "shop.price", True),
        ("run", "shop.price", True),
        ("run", "parvis.accounts.list", True),
    ],
)
def test_a_kind_of_caller_may_what_its_row_says(kind, right, allowed):
    assert allowed == RIGHTS.of_kind(kind).allows(right)


@pytest.mark.parametrize("right", OPERATORS)
def test_what_only_the_operator_may_nobody_else_has_or_can_be_given(right):
    assert {"operator", "run"} == {kind for kind in get_args(CallerKind) if RIGHTS.of_kind(kind).allows(right)}
    assert not grantable("consumer", ("*", right, "parvis.*")[:1]).covers(right)
    assert not key_rights("consumer", ("*",), (right, "parvis.*", "*")).allows(right)


@pytest.mark.parametrize("kind", get_args(CallerKind))
def test_what_anonymous_callers_may_everybody_may(kind):
    assert [] == [right for right in RIGHTS.patterns["anonymous"] if not RIGHTS.of_kind(kind).allows(right)]


@pytest.mark.parametrize("kind", ["password", "key", "token"])
def test_everybody_with_an_account_sees_what_is_its_own(kind):
    seen = [f"parvis.{name}" for name, each in OPERATIONS.items() if "token" in each.may]

    assert [] == [right for right in seen if not RIGHTS.of_kind(kind).allows(right)]
    assert "parvis.limits" in seen


def test_a_key_without_rights_of_its_own_has_its_account_s_services_and_itself():
    rights = key_rights("consumer", ("shop.*", "parvis.keys.create"), None)

    assert rights.allows("shop.price")
    assert rights.allows("parvis.keys.revoke")
    assert not rights.allows("parvis.keys.create")


def test_an_operator_s_key_without_rights_of_its_own_does_not_operate():
    assert not key_rights("operator", ("*",), None).allows("parvis.accounts.list")


def test_a_key_has_a_right_to_the_console_by_name():
    assert key_rights("consumer", ("*",), ("parvis.keys.create",)).allows("parvis.keys.create")
    assert key_rights("operator", ("*",), ("parvis.accounts.list",)).allows("parvis.accounts.list")


def test_a_key_loses_what_its_account_lost():
    made_when_the_account_had_more = ("other.*", "shop.*", "parvis.accounts.list")

    rights = key_rights("consumer", ("shop.orders.*",), made_when_the_account_had_more)

    assert rights.allows("shop.orders.get")
    assert [] == [r for r in ("shop.price", "other.x", "parvis.accounts.list") if rights.allows(r)]


def test_what_every_key_has_is_told_apart_from_what_it_was_given():
    assert not given("consumer", ("*",), None).allows("parvis.keys.revoke")
    assert given("consumer", ("*",), ("parvis.keys.revoke",)).allows("parvis.keys.revoke")


def test_a_consumer_cannot_give_what_is_the_operator_s():
    assert not grantable("consumer", ("*",)).covers("parvis.accounts.list")
    assert not grantable("consumer", ("*",)).covers("parvis.*")
    assert grantable("operator", ("*",)).covers("parvis.*")


def test_the_key_of_a_run_is_a_test_key_that_matches_itself():
    key = mint("test")
    credential = run_credential(key, 5)

    assert credential.matches(parse(key.text.encode()))
    assert ("run", None, True, 5) == (credential.kind, credential.account, credential.test, credential.created_at)


def test_a_key_keeps_the_constraints_of_its_account():
    rights = key_rights("consumer", ("shop.find(kind in [tea])",), ("shop.find(kind in [tea, jam])", "shop.find"))

    (constraints,) = rights.verdict("shop.find")
    assert [True, False, False] == [constraints.admits({"kind": kind}) for kind in ("tea", "jam", None)]


def test_the_secret_before_the_last_rotation_opens_services_and_ends_itself_and_makes_nothing():
    rights = retiring_rights(key_rights("consumer", ("shop.*",), ("shop.*", "parvis.keys.create", "parvis.keys.*")))

    opens = ("shop.price", "parvis.keys.get", "parvis.keys.revoke", *RIGHTS.patterns["anonymous"], "parvis.limits")
    makes = ("parvis.keys.rotate", "parvis.keys.create", "parvis.keys.list", "parvis.tokens.create")
    assert [] == [right for right in opens if not rights.allows(right)]
    assert [] == [right for right in makes if rights.allows(right)]


@pytest.mark.parametrize("pattern", ["parvis.*", "parvis.*(id in [k1])"])
def test_the_retiring_secret_of_an_operator_s_key_operates_no_more(pattern):
    rights = retiring_rights(key_rights("operator", ("*",), (pattern, "shop.*")))

    assert rights.verdict("parvis.keys.rotate") is None
    assert [True, False, False] == [rights.allows(r) for r in ("shop.x", "parvis.keys.rotate", "parvis.plans.create")]


@pytest.mark.parametrize("patterns", [None, ("shop.*",), ("*",), ("shop.*", "parvis.*", "parvis.keys.create")])
def test_a_token_has_no_more_than_its_key_s_services_and_makes_nothing(patterns):
    key = key_rights("consumer", ("*",), ("shop.*", "parvis.keys.create"))
    rights = token_rights(key, patterns)

    assert [True, False] == [rights.allows(right) for right in ("shop.price", "other.price")]
    assert [] == [right for right in (*ITSELF, "parvis.keys.create", *OPERATORS) if rights.allows(right)]


def test_a_token_is_narrowed_by_what_it_was_asked_for():
    key = key_rights("consumer", ("*",), ("shop.*",))
    rights = token_rights(key, ("shop.find(kind in [tea])", "other.*"))

    assert [False, False] == [rights.allows(right) for right in ("shop.price", "other.price")]
    (constraints,) = rights.verdict("shop.find")
    assert constraints.admits({"kind": "tea"})
    assert not token_rights(key, ()).allows("shop.find")


def test_who_shows_nothing_may_what_its_plan_says_and_register():
    who = anonymous(("shop.find",))

    assert [True, False, True] == [who.rights.allows(r) for r in ("shop.find", "shop.price", "parvis.accounts.create")]
    assert not anonymous(()).rights.allows("shop.find")
    assert () == ANONYMOUS.rights.patterns
    assert ("anonymous", None) == (who.kind, who.account)


def test_rights_of_a_kind_are_its_own_and_what_everybody_may_and_no_more():
    for holder in ("password", "key", "token", "operator"):
        own = Rights.of((*RIGHTS.patterns[holder], *RIGHTS.patterns["anonymous"]))
        assert own.patterns == RIGHTS.of_kind(holder).patterns
    assert RIGHTS.of_kind("operator") == RIGHTS.of_kind("run")


def test_what_each_holder_has_is_written_in_few_patterns():
    everybody_with_an_account = (
        "parvis.access.explain", "parvis.accounts.get", "parvis.limits", "parvis.usage.*",
    )  # fmt: skip
    assert {
        "anonymous": (
            "parvis.accounts.create", "parvis.accounts.request_reset", "parvis.accounts.reset",
            "parvis.accounts.verify", "parvis.keys.report", "parvis.operators.create",
        ),
        "password": tuple(sorted((
            *everybody_with_an_account, "parvis.accounts.erase", "parvis.accounts.export",
            "parvis.accounts.set_password", "parvis.keys.*",
        ))),
        "key": tuple(sorted((*everybody_with_an_account, *ITSELF))),
        "retiring": tuple(sorted((*everybody_with_an_account, "parvis.keys.get", "parvis.keys.revoke"))),
        "token": everybody_with_an_account,
        "operator": ("*", "parvis.*"),
    } == RIGHTS.patterns  # fmt: skip


def test_who_may_call_all_of_a_part_has_one_pattern_for_it_until_there_is_an_operation_that_it_may_not_call():
    keys = {"parvis.keys.get": ("password", "key"), "parvis.keys.list": ("password",),
            "parvis.keys.report": ("anonymous",), "parvis.tokens.create": ("key",)}  # fmt: skip

    rights = ConsoleRights.of(keys)

    assert ("parvis.keys.*",) == rights.patterns["password"]
    assert ("parvis.keys.get", "parvis.tokens.create") == rights.patterns["key"]
    assert ("parvis.keys.report",) == rights.patterns["anonymous"]
    assert rights.grantable("consumer", ()).covers("parvis.keys.*")

    more = ConsoleRights.of({**keys, "parvis.keys.purge": ("operator",)})

    assert ("parvis.keys.get", "parvis.keys.list") == more.patterns["password"]
    assert not more.grantable("consumer", ()).covers("parvis.keys.*")
    # A key that was given all of it keeps what its account may still give.
    given = more.given("consumer", (), ("parvis.keys.*",))
    assert [True, True, False] == [given.allows(f"parvis.keys.{each}") for each in ("get", "list", "purge")]


def test_patterns_about_services_are_told_from_those_about_the_console():
    assert ("*", "shop.*") == services(("*", "parvis.*", "parvis.keys.get", "shop.*"))


def test_who_shows_nothing_and_who_opens_the_socket_match_no_key():
    shown = parse(mint("live").text.encode())

    assert not ANONYMOUS.matches(shown)
    assert not OPERATOR.matches(shown)
