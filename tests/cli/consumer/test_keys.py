"""``parvis keys``: who may do what to which key, and what is kept here."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from parvis.client import keyring
from parvis.client.keyring import SavedKey
from terminal import plain, terminal

from .conftest import BASIC, EMAIL, PASSWORD, authorization


def test_keys_are_listed_page_by_page(console, run):
    for number in range(205):
        console.operations["keys.create"](f"label {number}")
    result = run("keys", "list", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert 205 == len(json.loads(result.stdout))
    assert [BASIC] * 3 == authorization(console, "/parvis/v1/keys.list")


def test_the_kept_key_revokes_itself_and_is_forgotten(console, run):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    result = run("keys", "revoke", console.url)
    assert (0, "Revoked k1, and forgot it here.\n") == (result.exit_code, result.stderr)
    assert ["Bearer pv_live_k1"] == authorization(console, "/parvis/v1/keys.revoke")
    assert (None, True) == (keyring.load(console.origin), console.keys[0]["revoked_at"] is not None)


def test_another_key_is_revoked_with_the_password(console, run):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    console.operations["keys.create"]("other")
    result = run("keys", "revoke", console.url, "k2", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert "Revoked k2.\n" == result.stderr
    assert ([BASIC], "k1") == (authorization(console, "/parvis/v1/keys.revoke"), keyring.load(console.origin).id)


def test_revoking_without_a_kept_key_asks_for_its_id(console, run):
    result = run("keys", "revoke", console.url)
    assert (2, True) == (result.exit_code, "say which by its id" in result.stderr)


def test_a_key_of_every_kind_is_asked_for_in_one_command(console, run):
    words = ("--kind", "basic", "--test", "--expires", "2030-02-01", "--network", "192.0.2.0/24", "--network",
             "2001:db8::/32", "--show-key")  # fmt: skip
    result = run("keys", "create", console.url, "--email", EMAIL, *words, PARVIS_PASSWORD=PASSWORD)
    assert (0, "pv_live_k\n1\n") == (result.exit_code, result.stdout)
    made = console.keys[0]
    assert ("basic", True, ["192.0.2.0/24", "2001:db8::/32"]) == (made["kind"], made["test"], made["networks"])
    assert datetime(2030, 2, 1, tzinfo=UTC) == datetime.fromisoformat(made["expires_at"])
    assert SavedKey("k1", "pv_live_k1", EMAIL) == keyring.load(console.origin)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("2030-02-01T12:00+01:00", "2030-02-01T11:00:00+00:00"), ("2030-02-01T12:00", "2030-02-01T12:00:00+00:00")],
)
def test_an_expiry_may_be_a_time(console, run, written, expected):
    run("keys", "create", console.url, "--email", EMAIL, "--expires", written, PARVIS_PASSWORD=PASSWORD)
    assert datetime.fromisoformat(expected) == datetime.fromisoformat(console.keys[0]["expires_at"])


def test_an_expiry_in_days_counts_from_now(console, run):
    run("keys", "create", console.url, "--email", EMAIL, "--expires", "30d", PARVIS_PASSWORD=PASSWORD)
    left = datetime.fromisoformat(console.keys[0]["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=30, minutes=-1) < left <= timedelta(days=30)


@pytest.mark.parametrize("written", ["soon", "30", "d", "30 d", "-1d", "999999999d", "2030-02-30", "²d", ""])
def test_an_expiry_that_is_no_time_is_a_usage_error(console, run, written):
    result = run("keys", "create", console.url, "--email", EMAIL, f"--expires={written}", PARVIS_PASSWORD=PASSWORD)
    assert (2, True, []) == (result.exit_code, "is no time: write 30d, 2030-01-31" in result.stderr, console.keys)


def test_the_kept_key_rotates_itself_and_the_new_secret_takes_its_place(console, run):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    result = run("keys", "rotate", console.url)
    assert (0, "", [86400]) == (result.exit_code, result.stdout, console.overlaps)
    assert ["Bearer pv_live_k1"] == authorization(console, "/parvis/v1/keys.rotate")
    assert SavedKey("k1", "pv_live_k1new", EMAIL) == keyring.load(console.origin)
    assert result.stderr.endswith("The secret before works until 2026-01-03 03:04 (UTC).\n")


def test_another_key_is_rotated_with_the_password_and_its_secret_printed(console, run):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    console.operations["keys.create"]("other")
    result = run("keys", "rotate", console.url, "k2", "--overlap", "0", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (0, "pv_live_k2new\n", "The secret before works no more.\n") == (
        result.exit_code, result.stdout, result.stderr,
    )  # fmt: skip
    assert ([BASIC], [0]) == (authorization(console, "/parvis/v1/keys.rotate"), console.overlaps)
    assert "pv_live_k1" == keyring.load(console.origin).key


def test_a_rotated_secret_that_cannot_be_kept_is_not_lost(console, run, monkeypatch):
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)

    def full(*_):
        raise keyring.KeyringError("The disk is full")

    monkeypatch.setattr(keyring, "save", full)
    result = run("keys", "rotate", console.url)
    assert (1, "pv_live_k1new\n") == (result.exit_code, result.stdout)


def test_an_overlap_below_0_is_a_usage_error(console, run):
    assert 2 == run("keys", "rotate", console.url, "--overlap", "-1").exit_code


def test_a_terminal_shows_keys_as_a_table(console):
    console.operations["keys.create"]("[red]laptop[/red]")
    code, seen = terminal("keys", "list", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (0, True, True) == (code, "[red]laptop[/red]" in seen, "2026-01-02 03:04" in seen)


def test_the_table_of_keys_says_what_each_is_and_how_long(console):
    console.operations["keys.create"]("a", None, "basic", True, "2030-01-01T00:00:00Z", ["192.0.2.0/24"])
    console.operations["keys.create"]("b", ["shop.*"])
    console.keys[0]["last_used_at"] = "2026-05-06T07:08:00Z"
    console.operations["keys.revoke"]("k2")
    keyring.save(console.origin, SavedKey("k1", "pv_live_k1", EMAIL))
    wide = {"COLUMNS": "200", "NO_COLOR": "1"}
    _, seen = terminal("keys", "list", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD, **wide)
    first, second = (line for line in plain(seen).splitlines() if line.strip().startswith(("k1", "k2")))
    assert [
        "k1", "a", "basic, test", "all of the account, from 192.0.2.0/24", "2026-01-02 03:04", "2026-05-06 07:08",
        "expires 2030-01-01 00:00, kept here",
    ] == re.split("  +", first.strip())  # fmt: skip
    assert ["k2", "b", "string", "shop.*", "2026-01-02 03:04", "revoked 2026-02-03 04:05"] == re.split(
        "  +", second.strip()
    )
