"""What a key is good for in the hands of who found it: the calls of its account, and nothing that lasts.

Asked of a whole server, with every argument that would do, so that each refusal is that of the right and no other.
"""

import pytest

from console.conftest import PASSWORD

ADA = {"basic": ("ada@x.org", PASSWORD)}


@pytest.fixture
def server(serve):
    server = serve()
    made = server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD, "name": "Ada"})
    server.account_id = made.json["id"]
    return server


def key(server, **more):
    made = server.console("keys.create", body={"label": "one", **more}, **ADA)
    assert 200 == made.status, made.json
    return made.json


def attempts(found, other, account):
    """Operation -> arguments by which whoever found a key would make a credential, widen one or take the account."""
    return {
        "keys.create": {"label": "mine"},
        "keys.update": {"id": found["id"], "rights": ["*"]},
        "keys.list": {},
        "keys.rotate": {"id": other["id"]},
        "keys.revoke": {"id": other["id"]},
        "keys.get": {"id": other["id"]},
        "accounts.set_password": {"password": "the thief's own"},
        "accounts.erase": {},
        "accounts.export": {},
        "accounts.update": {"id": account, "rights": ["*"], "plan": "default"},
        "accounts.approve": {"id": account},
        "accounts.resume": {"id": account},
        "accounts.suspend": {"id": account},
        "accounts.list": {},
        "accounts.reset_link": {"id": account},
        "operators.set": {"email": "thief@x.org", "password": "the thief's own"},
        "operators.backup": {"path": "/tmp/stolen.db"},  # never written: it is refused
        "plans.create": {"name": "mine", "rights": ["*"]},
        "plans.update": {"name": "default", "without": ["day"]},
        "plans.delete": {"name": "default"},
        "audit.list": {},
    }


@pytest.mark.parametrize("how", ["live", "test", "narrow", "token", "retiring"])
def test_a_leaked_key_makes_and_changes_nothing(server, how):
    other = key(server)
    found = key(server, **{"test": {"test": True}, "narrow": {"rights": ["shop.find"]}}.get(how, {}))
    shown = found["secret"]
    if how == "token":
        shown = server.console("tokens.create", key=shown).json["token"]
    if how == "retiring":
        found = server.console("keys.rotate", body={"id": found["id"]}, **ADA).json

    before = server.run(_everything(server))
    for operation, arguments in attempts(found, other, server.account_id).items():
        server.clock.advance(1)
        answer = server.console(operation, body=arguments, key=shown)
        refused = {"right-missing", "key-right-missing", "not-found"}
        assert (True, operation) == (answer.json["code"] in refused, operation), answer.json

    assert before == server.run(_everything(server))


async def _everything(server):
    from console.conftest import _everything as rows

    found = await server.context.store.ask(rows)
    return {name: rows for name, rows in found.items() if name not in ("refusal", "journal")}


def test_a_leaked_key_given_one_right_by_name_has_that_one_and_no_more(server):
    other, found = key(server), key(server, rights=["parvis.keys.list"])
    listed = server.console("keys.list", key=found["secret"])
    seen = server.console("keys.get", body={"id": other["id"]}, key=found["secret"])

    assert [200, 200] == [listed.status, seen.status]
    for operation in ("keys.update", "keys.rotate", "keys.revoke"):
        answer = server.console(operation, body={"id": other["id"]}, key=found["secret"])
        assert answer.json["code"] in ("right-missing", "key-right-missing", "not-found")


def test_a_key_that_makes_keys_makes_none_wider_than_its_account(server):
    maker = key(server, rights=["parvis.keys.create"])["secret"]

    wide = server.console("keys.create", body={"label": "x", "rights": ["parvis.plans.update"]}, key=maker)
    plain = server.console("keys.create", body={"label": "x"}, key=maker)

    assert (403, 200) == (wide.status, plain.status)


def test_a_narrowed_token_or_key_never_calls_what_it_was_not_given(server):
    found = key(server, rights=["shop.price(item in [tea])"])["secret"]
    token = server.console("tokens.create", key=found).json["token"]

    for shown in (found, token):
        assert 200 == server.call("shop.price", shown, item="tea").status
        assert "argument-refused" == server.call("shop.price", shown, item="gold").json["code"]
        assert "key-right-missing" == server.call("shop.find", shown).json["code"]


def test_a_password_opens_no_service(server):
    answer = server.ask("POST", "/shop/v1/price", {"item": "tea"}, **ADA)

    assert (401, "password-not-accepted") == (answer.status, answer.json["code"])
