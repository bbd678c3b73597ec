"""Who may call what of the console, and what keys get."""

from typing import get_args

import pytest

from parvis.access.console import ANONYMOUS, CONSOLE, OPERATOR, given, grantable, key_rights, rights_of, run_credential
from parvis.access.keys import mint, parse
from parvis.contract.caller import CallerKind


def test_the_table_has_a_row_for_every_kind_of_caller():
    assert set(get_args(CallerKind)) == set(CONSOLE)


@pytest.mark.parametrize(
    ("kind", "right", "allowed"),
    [
        ("anonymous", "parvis.accounts.create", True),
        ("anonymous", "parvis.operators.create", True),
        ("anonymous", "parvis.accounts.get", False),
        ("anonymous", "parvis.keys.create", False),
        ("anonymous", "shop.price", False),
        ("password", "parvis.accounts.get", True),
        ("password", "parvis.keys.create", True),
        ("password", "parvis.accounts.list", False),
        ("password", "parvis.operators.set", False),
        ("password", "shop.price", False),
        ("key", "parvis.accounts.get", True),
        ("key", "parvis.keys.revoke", True),
        ("key", "parvis.keys.create", False),
        ("key", "parvis.keys.list", False),
        ("operator", "parvis.operators.set", True),
        ("operator", "parvis.accounts.list", True),
        ("operator", "shop.price", True),
        ("run", "shop.price", True),
        ("run", "parvis.accounts.list", True),
    ],
)
def test_a_kind_of_caller_may_what_its_row_says(kind, right, allowed):
    assert allowed == rights_of(kind).allows(right)


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


def test_who_shows_nothing_and_who_opens_the_socket_match_no_key():
    shown = parse(mint("live").text.encode())

    assert not ANONYMOUS.matches(shown)
    assert not OPERATOR.matches(shown)
