"""The operator: by a link that works once, or over the operator's own socket."""

import asyncio

import pytest

from parvis.access.clock import ManualClock
from parvis.console.console import Console
from parvis.console.link import OperatorLink
from parvis.contract.caller import Caller
from parvis.store.credentials import MISS, Credentials

pytestmark = pytest.mark.anyio

ANYBODY = Caller()
SOCKET = Caller("operator")
PASSWORD = "correct horse"


async def test_the_link_makes_the_operator_once(site, refuses):
    operators = site.console.operators

    made = await operators.create("op@x", PASSWORD, site.token, caller=ANYBODY)
    await refuses("link-spent", operators.create("other@x", PASSWORD, site.token, caller=ANYBODY))

    assert ("operator", "op@x") == (made.role, made.email)
    assert "operator" == (await site.login.authenticate("op@x", PASSWORD)).kind
    assert 1 == len(await site.store.accounts())


async def test_another_link_is_refused_and_the_right_one_still_works(site, refuses):
    operators = site.console.operators

    for wrong in ("", site.token[:-1], site.token + "a", site.token.swapcase(), "\ud800"):
        await refuses("link-unknown", operators.create("op@x", PASSWORD, wrong, caller=ANYBODY))

    assert "operator" == (await operators.create("op@x", PASSWORD, site.token, caller=ANYBODY)).role


async def test_without_a_link_nobody_becomes_operator_by_it(site, refuses):
    console = Console(site.store, site.credentials, site.clock, site.hashing)

    await refuses("link-unknown", console.operators.create("op@x", PASSWORD, "", caller=ANYBODY))


async def test_wrong_arguments_do_not_spend_the_link(site, refuses):
    operators = site.console.operators
    await site.register("taken@x")

    refusal = await refuses("invalid-arguments", operators.create("op", "short", site.token, caller=ANYBODY))
    await refuses("account-exists", operators.create("Taken@x", PASSWORD, site.token, caller=ANYBODY))

    assert ["email", "password"] == [error["location"] for error in refusal.members["errors"]]
    assert "operator" == (await operators.create("op@x", PASSWORD, site.token, caller=ANYBODY)).role


async def test_of_many_that_use_the_link_at_once_exactly_one_wins(site):
    results = await asyncio.gather(
        *(site.console.operators.create(f"{n}@x", PASSWORD, site.token, caller=ANYBODY) for n in range(4)),
        return_exceptions=True,
    )

    codes = sorted(error.outcome.code for error in results if isinstance(error, Exception))
    assert 3 == len(codes)
    assert set(codes) <= {"link-spent", "operator-exists"}
    assert 1 == len(await site.store.accounts())


async def test_a_link_of_a_later_run_does_not_replace_the_operator(site, refuses):
    await site.console.operators.set("op@x", PASSWORD, caller=SOCKET)

    await refuses("operator-exists", site.console.operators.create("new@x", PASSWORD, site.token, caller=ANYBODY))

    assert "op@x" == (await site.store.operator()).email


async def test_who_opens_the_socket_sets_the_password_anew(site):
    first = await site.console.operators.set("op@x", PASSWORD, caller=SOCKET)

    again = await site.console.operators.set("OP@x", "another password", caller=SOCKET)

    assert first == again
    assert await site.login.authenticate("op@x", PASSWORD) is None
    assert "operator" == (await site.login.authenticate("op@x", "another password")).kind


async def test_who_opens_the_socket_replaces_the_operator(site):
    await site.console.operators.set("op@x", PASSWORD, caller=SOCKET)

    await site.console.operators.set("new@x", PASSWORD, caller=SOCKET)

    assert "password" == (await site.login.authenticate("op@x", PASSWORD)).kind
    assert "operator" == (await site.login.authenticate("new@x", PASSWORD)).kind


async def test_a_stranger_that_registered_the_operator_s_e_mail_first_gains_nothing(site):
    stranger = await site.register("op@x")
    key = await site.console.keys.create("trap", ["parvis.keys.create", "shop.*"], caller=stranger)

    await site.console.operators.set("op@x", "the operator's own", caller=SOCKET)

    assert site.credentials.find(key.id) is MISS
    assert (await site.credentials.load(key.id)).revoked_at is not None
    assert await site.login.authenticate("op@x", PASSWORD) is None


async def test_a_replaced_operator_s_keys_lose_the_console_at_once(site):
    made = await site.console.operators.set("op@x", PASSWORD, caller=SOCKET)
    lister = await site.console.keys.create("lister", ["parvis.accounts.list"], caller=Caller("operator", made.id))
    before = site.credentials.find(lister.id).rights.allows("parvis.accounts.list")

    await site.console.operators.set("new@x", PASSWORD, caller=SOCKET)
    after = (await site.credentials.load(lister.id)).rights.allows("parvis.accounts.list")

    assert (True, False) == (before, after)


@pytest.mark.parametrize("kind", ["anonymous", "key", "password", "run"])
async def test_nobody_else_sets_the_operator(site, refuses, kind):
    refusal = await refuses(
        "right-missing", site.console.operators.set("op@x", PASSWORD, caller=Caller(kind, "acc_1", "k1"))
    )

    assert {"right": "parvis.operators.set"} == refusal.members
    assert await site.store.operator() is None


async def test_a_wrong_default_right_is_found_at_start(site):
    with pytest.raises(ValueError, match="is not a right"):
        Console(site.store, Credentials(site.store, ManualClock()), site.clock, site.hashing, default_rights=("shop",))


def test_a_link_keeps_no_token():
    link, token = OperatorLink.mint()

    assert link.matches(token)
    assert token not in repr(vars(link))
    assert len(token) == 32
