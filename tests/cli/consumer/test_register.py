"""``parvis register``: an account, and the key that is kept."""

import base64

import pytest

from parvis.client import keyring
from parvis.client.keyring import SavedKey
from terminal import terminal

from .conftest import BASIC, EMAIL, PASSWORD, authorization


def test_register_makes_an_account_and_a_key_and_keeps_the_key(console, run):
    result = run("register", console.url, "--email", EMAIL, "--name", "Ada", PARVIS_PASSWORD=PASSWORD)
    assert (0, "") == (result.exit_code, result.stdout)
    assert [{"email": EMAIL, "password": PASSWORD, "name": "Ada"}] == console.accounts
    assert ([None], [BASIC]) == (
        authorization(console, "/parvis/v1/accounts.create"), authorization(console, "/parvis/v1/keys.create"),
    )  # fmt: skip
    assert SavedKey("k1", "pv_live_k1", EMAIL) == keyring.load(console.origin)
    assert (
        f"Registered {EMAIL} at {console.origin}.\n"
        f"Key k1 is kept in {keyring.path()}, for {console.origin}; only you can read it.\n"
        f'Next: `parvis call {console.url}`, or in Python: parvis.connect("{console.url}")\n'
    ) == result.stderr
    assert ("laptop", False) == (console.keys[0]["label"], PASSWORD in keyring.path().read_text())


def test_what_register_kept_opens_the_service(console, run):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    run("call", console.url, "price", "item=tea")
    assert ["Bearer pv_live_k1"] == authorization(console, "/shop/v1/price")


def test_the_password_may_be_a_line_of_standard_input(console, run):
    assert 0 == run("register", console.url, "--email", EMAIL, stdin=f"{PASSWORD}\n").exit_code
    assert PASSWORD == console.accounts[0]["password"]


def test_no_password_at_all_is_a_usage_error(console, run):
    result = run("register", console.url, "--email", EMAIL, stdin="")
    assert (2, True) == (result.exit_code, "PARVIS_PASSWORD" in result.stderr)


def test_the_key_is_shown_only_when_asked_for(console, run):
    result = run("keys", "create", console.origin, "--email", EMAIL, "--show-key", "--label", "ci", "--right", "shop.*",
                 PARVIS_PASSWORD=PASSWORD)  # fmt: skip
    assert "pv_live_k1\n" == result.stdout
    assert ("ci", ["shop.*"]) == (console.keys[0]["label"], console.keys[0]["rights"])


def test_a_key_that_cannot_be_kept_is_not_lost(console, run, tmp_path):
    (tmp_path / "config").write_text("a file where a directory belongs")
    result = run("keys", "create", console.origin, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (1, "pv_live_k1\n") == (result.exit_code, result.stdout)
    assert "Set XDG_CONFIG_HOME" in result.stderr


def test_a_key_that_may_not_be_live_yet_is_a_test_key_and_what_is_next_is_told(console, run):
    console.live = False
    result = run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (0, [True], [BASIC]) == (
        result.exit_code, [key["test"] for key in console.keys], authorization(console, "/parvis/v1/keys.create"),
    )  # fmt: skip
    assert (
        f"Registered {EMAIL} at {console.origin}.\n"
        f"Test key k1 is kept in {keyring.path()}, for {console.origin}; only you can read it.\n"
        "The test key reaches the sandbox of a service, or what only reads. When the operator has approved your "
        f"account, `parvis keys create {console.url}` makes a live key.\n"
        f'Next: `parvis call {console.url}`, or in Python: parvis.connect("{console.url}")\n'
    ) == result.stderr


def test_an_account_whose_e_mail_is_not_verified_goes_by_its_id(console, run):
    console.verified = console.live = False
    result = run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    by_id = "Basic " + base64.b64encode(f"acc_1:{PASSWORD}".encode()).decode()
    assert ([by_id], EMAIL) == (
        authorization(console, "/parvis/v1/keys.create"), keyring.load(console.origin).email,
    )  # fmt: skip
    assert f"A letter is on its way to {EMAIL}: when you have followed its link, `parvis keys create" in result.stderr
    assert "Until then log in as acc_1 in place of the e-mail.\n" in result.stderr


@pytest.mark.parametrize(
    ("variables", "language"),
    [({"LANG": "fr_CA.UTF-8"}, "fr"), ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, None), ({"LANG": "de_DE"}, None),
     ({}, None), ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_FR.UTF-8"}, "fr")],
)  # fmt: skip
def test_letters_come_in_the_language_of_the_one_who_registers(console, run, variables, language):
    given = {**dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG")), **variables}
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD, **given)
    assert [language] == [account.get("language") for account in console.accounts]


def test_a_terminal_is_asked_twice_for_a_password_and_does_not_show_it(console):
    asked = (("E-mail: ", EMAIL), ("Password: ", PASSWORD), ("confirmation: ", PASSWORD))
    code, seen = terminal("register", console.url, typed=asked)
    assert (0, PASSWORD) == (code, console.accounts[0]["password"])
    assert (False, True) == (PASSWORD in seen, f"Registered {EMAIL}" in seen)
