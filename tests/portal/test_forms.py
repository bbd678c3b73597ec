"""parvis.portal.forms and what the forms do: registering, setting the operator, and who may post."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from parvis.portal import MemoryConsole, Welcome, portal_app
from parvis.portal.console import MemoryAccount, MemoryKey, Visitor, refused
from parvis.portal.forms import LIMIT

from .conftest import APPROVAL, BASE_URL, BOTH, CLOSED, CONTRACTS, LETTERS, WEATHER, client_of

ADA = {"name": "Ada", "email": "ada@example.org", "password": " a long é& password "}


def registered(console: MemoryConsole) -> list[tuple[str, str, str, str]]:
    return [(a.email, a.password, a.name, a.language) for a in console.accounts.values()]


def plain(html: str) -> str:
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]*>", "", html)))


def test_registering_makes_an_account_and_shows_a_key_once(client: TestClient, console: MemoryConsole) -> None:
    response = client.post("/register", data=ADA)
    assert (201, "no-store") == (response.status_code, response.headers["cache-control"])
    assert [("ada@example.org", " a long é& password ", "Ada", "en")] == registered(console)
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
        async def create_account(self, visitor: Visitor, email: str, password: str, name: str) -> MemoryAccount:
            errors = [{"location": "region", "message": "is required", "fix": "Give it."}]
            raise refused(visitor, "invalid-arguments", "One argument is not valid.", members={"errors": errors})

    client = TestClient(portal_app(Elsewhere(), CONTRACTS, BASE_URL))
    assert "Some arguments are not valid." in plain(client.post("/register", data=ADA).text)


@pytest.mark.parametrize(
    ("welcome", "command"),
    [
        (Welcome(), """curl -u ada@example.org \\\n  --json '{"label": "first"}' \\"""),
        (APPROVAL, """curl -u ada@example.org \\\n  --json '{"label": "test", "test": true}' \\"""),
        (LETTERS, """curl -u acc_000000000000 \\\n  --json '{"label": "test", "test": true}' \\"""),
    ],
)
def test_an_account_without_its_key_is_told_how_to_make_one(welcome: Welcome, command: str) -> None:
    class Keyless(MemoryConsole):
        async def create_key(self, visitor: Visitor, name: str, password: str, label: str, test: bool) -> MemoryKey:
            raise refused(visitor, "unavailable", "The store cannot be reached or cannot write.")

    response = client_of(Keyless(welcome)).post("/register", data=ADA)
    assert (503, "no-store") == (response.status_code, response.headers["cache-control"])
    assert "Your account stands; its key does not yet" in response.text
    assert f"{command}\n  {BASE_URL}/parvis/v1/keys" in unescape(response.text)
    assert ("A letter is on its way" in response.text) is welcome.letters


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


@pytest.mark.parametrize("path", ["/register", "/operator", "/verify", "/reset"])
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
    response = client.post(path, data={**ADA, "link": console.link, "token": "x"}, headers=headers)
    assert response.status_code == 403
    assert "This form came from another site" in response.text
    assert (console.accounts, console.operator, console.addresses) == ({}, None, set())


@pytest.mark.parametrize("path", ["/register", "/verify", "/reset"])
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
def test_what_is_no_form_of_ours_is_refused(content_type: str, body: bytes, status: int, path: str) -> None:
    console = MemoryConsole(LETTERS)
    response = client_of(console).post(path, content=body, headers={"content-type": content_type})
    assert status == response.status_code
    assert "<form" in response.text
    assert console.addresses == set()


def test_a_charset_beside_the_content_type_is_taken(client: TestClient) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    body = b"name=A&email=a%40b&password=long+enough"
    assert client.post("/register", content=body, headers=headers).status_code == 201


# Where an account has no live key at once


@pytest.mark.parametrize("welcome", [APPROVAL, LETTERS, BOTH])
def test_an_account_that_waits_gets_a_test_key_and_is_told_what_comes_next(welcome: Welcome) -> None:
    console = MemoryConsole(welcome)
    response = client_of(console).post("/register?lang=fr", data=ADA)
    assert (201, "no-store") == (response.status_code, response.headers["cache-control"])
    assert [("ada@example.org", " a long é& password ", "Ada", "fr")] == registered(console)
    text = plain(client_of(MemoryConsole(welcome)).post("/register", data=ADA).text)
    assert "Here is your test key" in text
    assert "pv_test_" in text
    assert "pv_live_" not in text
    assert ("A letter is on its way to ada@example.org." in text) is welcome.letters
    assert ("you log in with the id of your account, acc_000000000000, in place of" in text) is welcome.letters
    assert ("The operator of this server approves your account" in text) is welcome.approval
    assert ("a letter tells you" in text) is (welcome is BOTH)
    assert """curl -u ada@example.org \\ --json '{"label": "first"}' \\""" in text


def test_where_letters_go_out_a_known_e_mail_is_answered_like_a_new_one() -> None:
    console = MemoryConsole(LETTERS)
    client = client_of(console)
    client.post("/register", data=ADA)
    client.post("/verify", data={"token": console.letters[0][2]})
    known = client.post("/register", data=ADA)
    new = client.post("/register", data={**ADA, "email": "eve@example.org"})
    assert ["verify", "known", "verify"] == [about for _, about, _ in console.letters]
    assert known.status_code == new.status_code
    unlike = re.compile(r"(ada|eve)@example\.org|acc_\d+")
    assert unlike.sub("", known.text) == unlike.sub("", new.text)


def test_the_first_call_of_a_test_key_is_a_read_or_goes_to_a_sandbox() -> None:
    reads = client_of(MemoryConsole(APPROVAL)).post("/register", data=ADA)
    assert "print(shop.orders.list())" in reads.text
    writes = [WEATHER]
    nothing = client_of(MemoryConsole(APPROVAL), writes).post("/register", data=ADA)
    assert "Nothing here can be called with a test key" in nothing.text
    assert "connect(" not in nothing.text
    sandbox = Welcome("approval", sandboxes=frozenset({"/weather/v1"}))
    assert "print(weather.now())" in client_of(MemoryConsole(sandbox), writes).post("/register", data=ADA).text
    assert "Your first call" not in client_of(MemoryConsole(APPROVAL), []).post("/register", data=ADA).text


def test_where_nobody_can_register_the_page_says_so_and_a_post_too() -> None:
    console = MemoryConsole(CLOSED)
    page = client_of(console).get("/register")
    assert (200, False) == (page.status_code, "<form" in page.text)
    assert "Accounts on this server are made by its operator" in page.text
    response = client_of(console).post("/register", data=ADA)
    assert (403, False) == (response.status_code, "<form" in response.text)
    assert "Nobody can register here. Accounts are made by the operator." in plain(response.text)
    assert console.accounts == {}


# Links of letters


@pytest.fixture
def waiting() -> MemoryConsole:
    """A console that Ada registered at; her letter is on its way."""
    console = MemoryConsole(LETTERS)
    client_of(console).post("/register", data=ADA)
    return console


def test_looking_at_a_link_changes_nothing_and_pressing_the_button_verifies_once(waiting: MemoryConsole) -> None:
    client = client_of(waiting)
    token = waiting.letters[0][2]
    for method in ("GET", "HEAD", "GET"):  # as a program that looks through mail does
        response = client.request(method, f"/verify?token={token}")
        assert (200, "no-store") == (response.status_code, response.headers["cache-control"])
    assert [False] == [account.verified for account in waiting.accounts.values()]
    assert f'<input type="hidden" name="token" value="{token}">' in client.get(f"/verify?token={token}").text
    response = client.post("/verify", data={"token": token})
    assert (200, "no-store") == (response.status_code, response.headers["cache-control"])
    assert [(True, True)] == [(account.verified, account.live) for account in waiting.accounts.values()]
    assert "From now on you log in as ada@example.org." in response.text
    assert "Make a live key from a terminal" in response.text
    again = client.post("/verify", data={"token": token})
    assert again.status_code == 403
    assert "This link is not valid any more. The link was used already, or is too old." in plain(again.text)
    assert "the address is confirmed already" in again.text
    assert "<form" not in again.text


def test_where_the_operator_approves_a_verified_account_still_waits() -> None:
    console = MemoryConsole(BOTH)
    client = client_of(console)
    client.post("/register", data=ADA)
    response = client.post("/verify", data={"token": console.letters[0][2]})
    assert [(True, False)] == [(account.verified, account.live) for account in console.accounts.values()]
    assert "The operator of this server approves accounts before they may have live keys" in response.text
    assert "Make a live key" not in response.text


@pytest.mark.parametrize("path", ["/verify", "/reset"])
def test_the_token_of_the_address_stands_in_the_form_and_in_no_cache(path: str, waiting: MemoryConsole) -> None:
    response = client_of(waiting).get(f"{path}?token=%22%3Eabc")
    assert '<input type="hidden" name="token" value="&#34;&gt;abc">' in response.text
    assert response.headers["cache-control"] == "no-store"
    assert '?token=%22%3Eabc&amp;lang=fr"' in response.text


def test_without_a_token_the_form_asks_for_it(waiting: MemoryConsole) -> None:
    assert 'label for="token"' in client_of(waiting).get("/verify").text


def test_a_forgotten_password_is_set_anew_by_the_link_of_a_letter(waiting: MemoryConsole) -> None:
    client = client_of(waiting)
    client.post("/verify", data={"token": waiting.letters[0][2]})
    answers = [client.post("/reset", data={"email": email}) for email in ("ada@example.org", "eve@example.org")]
    assert [202, 202] == [response.status_code for response in answers]
    assert answers[0].text.replace("ada@", "") == answers[1].text.replace("eve@", "")
    to, about, token = waiting.letters[-1]
    assert ("ada@example.org", "reset", 2) == (to, about, len(waiting.letters))
    client.get(f"/reset?token={token}")

    short = client.post("/reset", data={"token": token, "password": "short"})
    assert short.status_code == 422
    assert re.search(r'name="password"[^>]*aria-invalid="true" aria-describedby="password-note"', short.text)
    assert f'<input type="hidden" name="token" value="{token}">' in short.text
    assert 'class="language"' not in short.text, "to read it in another language is to lose the token"

    response = client.post("/reset", data={"token": token, "password": " another é& one "})
    assert (200, "no-store") == (response.status_code, response.headers["cache-control"])
    assert "Your password is set" in response.text
    assert "another" not in response.text
    assert [" another é& one "] == [account.password for account in waiting.accounts.values()]
    spent = client.post("/reset", data={"token": token, "password": "a third password"})
    assert spent.status_code == 403
    assert "<form" not in spent.text
    assert '<a class="button" href="/reset">Ask for a new letter</a>' in spent.text


def test_a_server_without_letters_refuses_to_send_one_but_takes_the_operators_link() -> None:
    console = MemoryConsole()
    client = client_of(console)
    client.post("/register", data=ADA)
    response = client.post("/reset", data={"email": "ada@example.org"})
    assert response.status_code == 409
    assert "This server sends no letters." in plain(response.text)
    assert "<form" not in response.text
    assert 'name="password"' in client.get("/reset?token=x").text


def test_a_token_is_of_use_for_what_its_letter_was_about_alone(waiting: MemoryConsole) -> None:
    client = client_of(waiting)
    token = waiting.letters[0][2]
    assert client.post("/reset", data={"token": token, "password": "a long password"}).status_code == 403
    assert client.post("/verify", data={"token": token}).status_code == 200


def test_every_form_says_from_which_address_it_came() -> None:
    posts = {
        "/register": ADA,
        "/operator": {**ADA, "link": "link"},
        "/verify": {"token": "x"},
        "/reset": {"token": "x", "password": "a long password"},
    }
    for path, form in [*posts.items(), ("/reset", {"email": "ada@example.org"})]:
        console = MemoryConsole(LETTERS)
        app = portal_app(console, CONTRACTS, BASE_URL, LETTERS)
        TestClient(app, client=("192.0.2.7", 50000)).post(path, data=form)
        assert (path, {"192.0.2.7"}) == (path, console.addresses)
