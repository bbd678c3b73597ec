"""``POST /oauth/token``: OAuth 2.0 client credentials (RFC 6749 sections 4.4 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

Guard = Callable[..., Any]
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Shop:
    def find(self, name: str) -> str:
        return name

    def buy(self, item: str) -> str:
        return item


def ask(server: Any, key: str | None = None, header: dict[str, str] | None = None, **fields: str) -> Any:
    basic = None if key is None else (key[:20], key[20:])
    body = urlencode({"grant_type": "client_credentials", **fields}).encode()
    return server.ask("POST", "/oauth/token", body, basic=basic, headers={**FORM, **(header or {})})


def test_a_key_gives_a_token_that_may_what_the_key_may(guarded: Guard) -> None:
    server = guarded(Shop)
    answer = ask(server, server.key())

    assert 200 == answer.status
    made = answer.json
    assert ("Bearer", 3600, "*") == (made["token_type"], made["expires_in"], made["scope"])
    assert made["access_token"].startswith("pv_tok_")
    assert ("no-store", "no-cache") == (answer.headers["cache-control"], answer.headers["pragma"])
    assert "tea" == server.call("shop.buy", made["access_token"], item="tea").json


def test_a_scope_narrows_also_by_arguments(guarded: Guard) -> None:
    server = guarded(Shop)
    scope = "shop.find shop.buy(item in [tea, jam])"
    made = ask(server, server.key(), scope=scope).json

    assert sorted(["shop.buy(item in [jam, tea])", "shop.find"]) == sorted(
        made["scope"].replace(" shop.find", "|shop.find").split("|")
    )
    assert 200 == server.call("shop.find", made["access_token"], name="x").status
    assert 200 == server.call("shop.buy", made["access_token"], item="jam").status
    assert 403 == server.call("shop.buy", made["access_token"], item="gold").status


def test_client_id_and_secret_may_stand_in_the_form(guarded: Guard) -> None:
    server = guarded(Shop)
    key = server.key()

    assert 200 == ask(server, client_id=key[:20], client_secret=key[20:]).status
    both = ask(server, key, client_id=key[:20], client_secret=key[20:])
    assert (400, "invalid_request") == (both.status, both.json["error"])


def test_a_token_makes_no_token_and_sees_only_its_own(guarded: Guard) -> None:
    server = guarded(Shop)
    token = ask(server, server.key()).json["access_token"]

    again = server.ask("POST", "/oauth/token", b"grant_type=client_credentials", key=token, headers=FORM)
    assert (400, "invalid_scope") == (again.status, again.json["error"])
    assert 403 == server.call("parvis.tokens.create", token).status
    assert 403 == server.call("parvis.keys.create", token, label="x").status
    assert 200 == server.call("parvis.limits", token).status


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "nonsense("}, 400, "invalid_scope"),
        ({"scope": "other.thing"}, 200, ""),
        ({"scope": "parvis.keys.create"}, 400, "invalid_scope"),
    ],
)
def test_what_is_wrong_is_told_in_the_words_of_the_standard(
    guarded: Guard, fields: dict[str, str], status: int, error: str
) -> None:
    server = guarded(Shop)
    answer = ask(server, server.key(), **fields)

    assert (status, error) == (answer.status, answer.json.get("error", ""))


def test_who_is_not_known_is_told_how_to_say_who_he_is(guarded: Guard) -> None:
    server = guarded(Shop)
    unknown = ask(server, "pv_live_" + "0" * 48)

    assert (401, "invalid_client") == (unknown.status, unknown.json["error"])
    assert "Basic" in unknown.headers["www-authenticate"]
    assert (401, "invalid_client") == ((nobody := ask(server)).status, nobody.json["error"])
    assert 405 == server.ask("GET", "/oauth/token").status


def test_a_token_dies_with_its_key_and_with_its_secret(guarded: Guard) -> None:
    from parvis.store.queries import keys

    server = guarded(Shop)
    key = server.key()
    id = key[8:20]
    token = ask(server, key).json["access_token"]
    now = server.context.clock.now()
    change = server.context.credentials.change_key

    server.run(change(id, None, keys.rotate, id, b"1" * 32, now + 60_000_000, now))
    assert 200 == server.call("shop.find", token, name="x").status  # the overlap
    server.run(change(id, None, keys.rotate, id, b"2" * 32, now + 60_000_000, now))
    assert 401 == server.call("shop.find", token, name="x").status
    other = server.key()
    token = ask(server, other).json["access_token"]
    server.run(change(other[8:20], None, keys.revoke, other[8:20], now))
    refused = server.call("shop.find", token, name="x")
    assert (401, True) == (refused.status, refused.json["code"] in ("key-revoked", "key-unknown"))
