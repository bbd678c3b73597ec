"""From the Authorization header to a credential."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from parvis.access.credential import Credential
from parvis.access.keys import mint
from parvis.access.rights import Rights

Serve = Callable[..., Any]


class Shop:
    def ping(self) -> int:
        return 1


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "key-malformed"),
        ("Bearer", "key-malformed"),
        ("Bearer ", "key-malformed"),
        ("Bearer x", "key-malformed"),
        ("Bearer pv_live_short", "key-malformed"),
        ("Token abc", "key-malformed"),
        ("Digest username=x", "key-malformed"),
        ("Basic !!!", "password-not-accepted"),
        (basic("a@b.example:secret"), "password-not-accepted"),
        ("Bearer " + "a" * 5000, "key-malformed"),
        ("Bearer é", "key-malformed"),
    ],
)
def test_what_is_no_key_is_refused_in_its_own_words(serve: Serve, header: str, code: str) -> None:
    answer = serve(Shop).ask("POST", "/shop/v1/ping", key=None, headers={"authorization": header})
    assert (401, code) == (answer.status, answer.json["code"])
    assert "www-authenticate" in answer.headers
    assert "secret" not in answer.body.decode()


def test_an_unknown_a_forged_and_a_revoked_key_are_told_apart(serve: Serve) -> None:
    shop = serve(Shop)
    unknown, forged, revoked = mint("live"), mint("live"), mint("live")
    shop.keys.known[forged.id] = Credential(forged.id, "key", "a", Rights.of(("*",)), b"x" * 32)
    shop.keys.known[revoked.id] = Credential(revoked.id, "key", "a", Rights.of(("*",)), revoked.digest, revoked_at=1)
    codes = [shop.ask("POST", "/shop/v1/ping", key=key.text).json["code"] for key in (unknown, forged, revoked)]
    assert ["key-unknown", "key-unknown", "key-revoked"] == codes


@pytest.mark.parametrize("spelt", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", "Bearer {} "])
def test_the_scheme_is_read_in_any_case(serve: Serve, spelt: str) -> None:
    shop = serve(Shop)
    headers = {"authorization": spelt.format(shop.everyone)}
    assert 200 == shop.ask("POST", "/shop/v1/ping", key=None, headers=headers).status
