"""parvis.portal.forms and what the forms do: registering, setting the operator, and who may post."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from parvis.contract.outcomes import Refusal
from parvis.portal import MemoryConsole, NewKey, portal_app
from parvis.portal.forms import LIMIT

from .conftest import BASE_URL, CONTRACTS

ADA = {"name": "Ada", "email": "ada@example.org", "password": " a long é& password "}


def plain(html: str) -> str:
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]*>", "", html)))


def test_registering_makes_an_account_and_shows_a_key_once(client: TestClient, console: MemoryConsole) -> None:
    response = client.post("/register", data=ADA)
    assert (201, "no-store") == (response.status_code, response.headers["cache-control"])
    assert console.accounts == {"ada@example.org": (" a long é& password ", "Ada")}
    text = unescape(response.text)
    key = re.search(r"pv_live_\w+", text)
    assert key is not None
    assert f'-H "Authorization: Bearer {key[0]}"' in text
    assert f'connect("{BASE_URL}/shop", key="{key[0]}")' in text
    assert "a long é" not in text
    assert 'class="language"' not in text, "to leave this page is to lose the key"


def test_a_refused_registration_keeps_what_was_typed_but_the_password(client: TestClient) -> None:
    client.post("/register", data=ADA)
    response = client.post("/register", data={**ADA, "name": '"><script>'})
    assert (409, "no-store") == (response.status_code, response.headers["cache-control"])
    assert 'value="&#34;&gt;&lt;script&gt;"' in response.text
    assert 'value="ada@example.org"' in response.text
    assert "a long é" not in response.text
    expected = "There is an account with this e-mail. This e-mail is registered already."
    assert expected in plain(response.text)
    assert "Use its password, or register with another e-mail." in response.text


def test_what_is_wrong_with_a_field_stands_beside_it(client: TestClient) -> None:
    response = client.post("/register?lang=fr", data={**ADA, "password": "short"})
    assert response.status_code == 422
    assert "Corrigez ce qui est signalé ci-dessous." in response.text
    assert re.search(r'name="password"[^>]*aria-invalid="true" aria-describedby="password-note"', response.text)
    assert "Le mot de passe compte 5 caractères\u202f; il en faut au moins 8." in plain(response.text)


def test_what_is_wrong_elsewhere_is_told_above_the_form() -> None:
    class Elsewhere(MemoryConsole):
        async def create_account(self, email: str, password: str, name: str) -> object:
            errors = [{"location": "region", "message": "is required", "fix": "Give it."}]
            raise Refusal("invalid-arguments", "One argument is not valid.", members={"errors": errors})

    client = TestClient(portal_app(Elsewhere(), CONTRACTS, BASE_URL))
    assert "Some arguments are not valid." in plain(client.post("/register", data=ADA).text)


def test_an_account_without_its_key_is_told_how_to_make_one() -> None:
    class Keyless(MemoryConsole):
        async def create_key(self, email: str, password: str, label: str) -> NewKey:
            raise Refusal("unavailable", "The store cannot be reached or cannot write.")

    client = TestClient(portal_app(Keyless(), CONTRACTS, BASE_URL))
    response = client.post("/register", data=ADA)
    assert (503, "no-store") == (response.status_code, response.headers["cache-control"])
    assert "Your account stands; its key does not yet" in response.text
    assert f"{BASE_URL}/parvis/v1/keys" in response.text


def test_the_operator_is_set_with_the_link_and_only_once(client: TestClient, console: MemoryConsole) -> None:
    form = {"email": "op@example.org", "password": "a long password"}
    wrong = client.post("/operator", data={**form, "link": "none"})
    assert wrong.status_code == 403
    assert 'value="none"' in wrong.text
    response = client.post("/operator", data={**form, "link": console.link})
    assert (201, "no-store") == (response.status_code, response.headers["cache-control"])
    assert console.operator == ("op@example.org", "a long password")
    assert client.post("/operator", data={**form, "link": console.link}).status_code == 409


def test_the_link_of_the_address_stands_in_the_form_and_in_no_cache(client: TestClient) -> None:
    response = client.get("/operator?link=%22%3Eabc")
    assert '<input type="hidden" name="link" value="&#34;&gt;abc">' in response.text
    assert response.headers["cache-control"] == "no-store"
    assert 'label for="link"' in client.get("/operator").text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"origin": BASE_URL},
        {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"},
        {},
    ],
    ids=str,
)
def test_our_own_pages_and_programs_may_post(
    client: TestClient, console: MemoryConsole, headers: dict[str, Any]
) -> None:
    assert client.post("/register", data=ADA, headers=headers).status_code == 201
    assert console.accounts


@pytest.mark.parametrize("path", ["/register", "/operator"])
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": BASE_URL},
        {"sec-fetch-site": ""},
        {"origin": "https://evil.example"},
        {"origin": "https://api.example.org.evil.example"},
        {"origin": "https://api.example.org:444"},
        {"origin": "null"},
        {"origin": ""},
    ],
    ids=str,
)
def test_another_sites_page_may_not_post(
    client: TestClient, console: MemoryConsole, path: str, headers: dict[str, str]
) -> None:
    response = client.post(path, data={**ADA, "link": console.link}, headers=headers)
    assert response.status_code == 403
    assert "This form came from another site" in response.text
    assert (console.accounts, console.operator) == ({}, None)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("", b"", 415),
        ("application/x-www-form-urlencoded", b"name=" + b"x" * LIMIT, 413),
        ("application/x-www-form-urlencoded", b"name=%ff", 400),
        ("application/x-www-form-urlencoded", b"name=\xff", 400),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 100), 400),
    ],
)
def test_what_is_no_form_of_ours_is_refused(
    client: TestClient, console: MemoryConsole, content_type: str, body: bytes, status: int
) -> None:
    response = client.post("/register", content=body, headers={"content-type": content_type})
    assert status == response.status_code
    assert "<form" in response.text
    assert console.accounts == {}


def test_a_charset_beside_the_content_type_is_taken(client: TestClient) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    body = b"name=A&email=a%40b&password=long+enough"
    assert client.post("/register", content=body, headers=headers).status_code == 201
