import base64
import dataclasses
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from parvis.cli import main
from parvis.client import keyring
from parvis.client.keyring import SavedKey
from parvis.contract.model import Contract, Default, Field, TypeDef

EMAIL, PASSWORD = "ada@example.org", "correct horse"
BASIC = "Basic " + base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """Where what services offer is kept: nobody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "parvis" / "services"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "laptop")

    def run(*words: str, stdin: str | None = None, **variables: str) -> Any:
        return CliRunner().invoke(main, words, input=stdin, env=variables, catch_exceptions=False)

    return run


@pytest.fixture
def console(wire, make):
    """The wire with the service `parvis` beside the shop, which keeps accounts and keys in two dictionaries."""
    p = make.parameter
    optional = {"default": Default("None")}
    kind = "Literal['string', 'basic', 'digits']"
    times = ("expires_at", "rotated_at", "retiring_until", "revoked_at", "last_used_at")
    kinds = {"id": "str", "label": "str", "kind": kind, "rights": "list[str] | None", "networks": "list[str] | None",
             "test": "bool", "created_at": "datetime", **dict.fromkeys(times, "datetime | None")}  # fmt: skip
    key = tuple(Field(name, kind) for name, kind in kinds.items())
    account = {"id": "str", "email": "str", "verified": "bool", "live": "bool"}
    used = {"at": "datetime", "key": "str", "operation": "str", "test": "bool", "calls": "int", "failed": "int",
            "cost": "int", "seconds": "float"}  # fmt: skip
    call = {"id": "str", "at": "datetime", "key": "str", "operation": "str", "test": "bool", "request_id": "str",
            "status": "int", "code": "str", "cost": "int", "seconds": "float"}  # fmt: skip
    since = {"default": Default("'calls'", "calls")}
    wire.contracts["/parvis/v1"] = Contract(
        "parvis",
        (
            make.operation("accounts.create", p("email", "str"), p("password", "str"),
                           p("name", "str", default=Default("''", "")),
                           p("language", "str", default=Default("'en'", "en")), returns="Account"),
            make.operation("keys.create", p("label", "str"), p("rights", "list[str] | None", **optional),
                           p("kind", kind, default=Default("'string'", "string")),
                           p("test", "bool", default=Default("False", False)),
                           p("expires_at", "datetime | None", **optional),
                           p("networks", "list[str] | None", **optional), returns="NewKey"),
            make.operation("keys.rotate", p("id", "str", "positional_only"),
                           p("overlap", "int", default=Default("86400", 86400)), returns="NewKey"),
            make.operation("keys.list", p("after", "str | None", **optional),
                           p("limit", "int", default=Default("100", 100)), returns="list[Key]"),
            make.operation("keys.revoke", p("id", "str", "positional_only"), returns="Key"),
            make.operation("usage.summary", p("by", "Literal['hour', 'day']", **since), returns="Summary"),
            make.operation("usage.calls", p("limit", "int"), p("failed", "bool"), returns="list[Call]"),
            make.operation("usage.export", p("what", "str", **since), p("format", "str", **since), returns="str",
                           stream=True),
        ),
        types=(
            TypeDef("Account", "dataclass", tuple(Field(*each) for each in account.items())),
            TypeDef("Key", "dataclass", key, base="frozen"),
            TypeDef("NewKey", "dataclass", (*key, *(Field(n, "str") for n in ("username", "secret", "password"))),
                    base="frozen"),
            TypeDef("Used", "dataclass", tuple(Field(*each) for each in used.items())),
            TypeDef("Refused", "dataclass", (Field("operation", "str"), Field("code", "str"), Field("calls", "int"))),
            TypeDef("Summary", "dataclass", (Field("used", "list[Used]"), Field("refused", "list[Refused]"))),
            TypeDef("Call", "dataclass", tuple(Field(*each) for each in call.items())),
        ),
    )  # fmt: skip
    keys: list[dict[str, Any]] = []

    def new(row, turn=""):
        secret = f"pv_live_{row['id']}{turn}"
        return {**row, "secret": secret, "username": secret[:-1], "password": secret[-1:]}

    def create(label, rights=None, kind="string", test=False, expires_at=None, networks=None):
        row = {
            "id": f"k{len(keys) + 1}", "label": label, "kind": kind, "rights": rights, "networks": networks,
            "test": test, "created_at": "2026-01-02T03:04:05Z", **dict.fromkeys(times), "expires_at": expires_at,
        }  # fmt: skip
        keys.append(row)
        return new(row)

    def rotate(id, overlap=86400):
        row = next(row for row in keys if row["id"] == id)
        row["retiring_until"] = "2026-01-03T03:04:05Z"
        wire.overlaps.append(overlap)
        return new(row, "new")

    def page(after=None, limit=100):
        start = next((i + 1 for i, row in enumerate(keys) if row["id"] == after), 0)
        return keys[start : start + limit]

    def revoke(id):
        row = next(row for row in keys if row["id"] == id)
        row["revoked_at"] = "2026-02-03T04:05:06Z"
        return row

    def register(**given):
        wire.accounts.append(given)
        return {"id": "acc_1", "email": given["email"], "verified": wire.verified, "live": wire.live}

    wire.accounts, wire.overlaps = [], []
    wire.verified = wire.live = True
    wire.keys = keys
    wire.operations |= {
        "accounts.create": register,
        "keys.rotate": rotate,
        "keys.create": create,
        "keys.list": page,
        "keys.revoke": revoke,
    }
    return wire


def authorization(wire, path):
    return [headers.get("authorization") for _, seen, headers, _ in wire.seen if seen == path]


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


CALLS = [
    {"id": "1-2", "at": "2026-01-02T03:04:05Z", "key": "k1", "operation": "shop.price", "test": True,
     "request_id": "r2", "status": 404, "code": "declared-error", "cost": 0, "seconds": 0.0015},
    {"id": "1-1", "at": "2026-01-02T03:04:04Z", "key": "k1", "operation": "shop.price", "test": False,
     "request_id": "r1", "status": 200, "code": "", "cost": 2, "seconds": 0.25},
]  # fmt: skip
USED = [
    {"at": "2026-01-02T00:00:00Z", "key": "k1", "operation": "shop.price", "test": False, "calls": 1200, "failed": 3,
     "cost": 1197, "seconds": 1.5},
    {"at": "2026-01-03T00:00:00Z", "key": "k1", "operation": "shop.[red]find", "test": False, "calls": 4, "failed": 0,
     "cost": 4, "seconds": 0.25},
]  # fmt: skip


@pytest.fixture
def metered(console, run):
    """The console with a meter that was read, and a key that is kept."""

    def export(what="calls", format="jsonl"):
        rows = CALLS if what == "calls" else USED
        if format == "csv":
            yield ",".join(rows[0])
        for row in rows:
            yield json.dumps(row) if format == "jsonl" else ",".join(map(str, row.values()))

    refused = [{"operation": "shop.price", "code": "rate-limited", "calls": 7}]
    console.operations |= {
        "usage.summary": lambda by: {"used": USED, "refused": refused},
        "usage.calls": lambda limit, failed: [row for row in CALLS if row["status"] >= 400 or not failed],
        "usage.export": export,
    }
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    return console


def asked(wire, name):
    return [json.loads(body) for _, seen, _, body in wire.seen if seen == f"/parvis/v1/{name}"]


def test_usage_into_a_file_is_all_of_it_as_json_lines_by_the_kept_key(metered, run):
    result = run("usage", metered.url)
    assert (0, USED, "") == (result.exit_code, [json.loads(x) for x in result.stdout.splitlines()], result.stderr)
    assert ["Bearer pv_live_k1"] == authorization(metered, "/parvis/v1/usage.export")
    assert [{"what": "day", "format": "jsonl"}] == asked(metered, "usage.export")


def test_usage_with_an_e_mail_is_asked_for_with_the_password(metered, run):
    assert 0 == run("usage", metered.url, "--by", "hour", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD).exit_code
    assert [BASIC] == authorization(metered, "/parvis/v1/usage.export")
    assert [{"what": "hour", "format": "jsonl"}] == asked(metered, "usage.export")


def test_usage_as_csv_has_the_names_of_the_columns_first(metered, run):
    lines = run("usage", metered.url, "--csv").stdout.splitlines()
    assert (3, ",".join(USED[0])) == (len(lines), lines[0])


@pytest.mark.parametrize("words", [("--failed",), ("--failed", "--calls"), ("--failed", "--jsonl")])
def test_calls_that_failed_are_asked_for_alone(metered, run, words):
    rows = [json.loads(line) for line in run("usage", metered.url, *words).stdout.splitlines()]
    assert [CALLS[0]] == rows
    assert [{"what": "calls", "format": "jsonl"}] == asked(metered, "usage.export")


def test_calls_that_failed_come_as_csv_too(metered, run):
    lines = run("usage", metered.url, "--failed", "--csv").stdout.splitlines()
    assert [",".join(CALLS[0]), ",".join(map(str, CALLS[0].values()))] == lines


def test_a_terminal_shows_usage_as_a_table_with_its_sum_and_what_was_refused(metered):
    code, seen = terminal("usage", metered.url, NO_COLOR="1")
    lines = [line.split() for line in _plain(seen).splitlines()]
    assert 0 == code
    assert ["2026-01-02", "shop.price", "k1", "1200", "3", "1197", "1.500"] in lines
    assert ["2026-01-03", "shop.[red]find", "k1", "4", "0", "4", "0.250"] in lines
    assert ["all", "1204", "3", "1201", "1.750"] in lines
    assert ["shop.price", "rate-limited", "7"] in lines


def test_a_terminal_shows_calls_with_the_reason_of_those_that_failed(metered):
    code, seen = terminal("usage", metered.url, "--failed", NO_COLOR="1")
    lines = [line.split() for line in _plain(seen).splitlines()]
    row = ["2026-01-02", "03:04:05", "shop.price", "k1", "(test)", "404", "declared-error", "r2", "0", "1.5"]
    assert (0, True) == (code, row in lines)


def test_a_terminal_is_told_when_there_is_nothing_to_show(metered):
    metered.operations["usage.calls"] = lambda limit, failed: []
    assert (0, True) == ((done := terminal("usage", metered.url, "--calls"))[0], "There are none." in done[1])


def test_a_server_that_keeps_no_usage_is_told_in_a_sentence(metered, run):
    found = metered.contracts["/parvis/v1"]
    kept = tuple(o for o in found.operations if not o.name.startswith("usage."))
    metered.contracts["/parvis/v1"] = dataclasses.replace(found, operations=kept)
    result = run("usage", metered.url)
    assert (1, "") == (result.exit_code, result.stdout)
    assert "is not as this command expects it\nKeyError: 'usage.export'\nWhat to do: " in result.stderr


def _plain(seen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)


def test_call_gives_json(wire, run):
    result = run("call", wire.url, "price", "item=tea", "vat=0.1")
    assert (0, '"11.00"\n', "") == (result.exit_code, result.stdout, result.stderr)
    assert b'{"item":"tea","vat":0.1}' == wire.seen[-1][3]


def test_call_gives_a_line_for_each_item_of_a_stream(wire, run):
    result = run("call", wire.url, "ticks", "count=2")
    assert [0, 1] == [json.loads(line)["count"] for line in result.stdout.split("\n") if line]


def test_call_without_an_operation_lists_what_there_is(wire, run):
    lines = run("call", wire.url).stdout.splitlines()
    assert ("price(item: str, vat: float = 0.2) -> Decimal", 9) == (lines[0], len(lines))


def test_arguments_may_come_from_files(wire, run, tmp_path):
    (tmp_path / "items.json").write_text('[{"name": "tea", "count": 2}]')
    result = run("call", wire.url, "orders.create", f"items:=@{tmp_path / 'items.json'}", "note=@-", stdin="quick")
    assert ("20.00", "quick") == (json.loads(result.stdout)["total"], json.loads(result.stdout)["note"])


def test_a_declared_error_is_told_with_its_name(wire, run):
    result = run("call", wire.url, "price", "item=pan")
    assert (1, "") == (result.exit_code, result.stdout)
    assert (
        "Error: OutOfStock: price: The service answers with an error that it declares (404 declared-error)"
        in result.stderr
    )
    assert "('pan', 3)" in result.stderr


def test_a_refusal_is_told_with_what_to_do(wire, run):
    wire.key = "another"
    result = run("call", wire.url, "price", "item=tea")
    told = "Error: This key is not known here (401 key-unknown)\nWhat to do: Make a new key.\nRequest: req_9\n"
    assert (1, told) == (result.exit_code, result.stderr)


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("price", "item"), "write name=text"), (("price", "vat=much"), "vat should be a number"),
     (("price", "itm=tea"), "itm is not a parameter of this operation\nprice(item: str, vat: float = 0.2) -> Decimal"),
     (("prize",), "prize is no operation of shop. Did you mean price?"),
     (("get",), "get is no operation of shop. Did you mean orders.get?"),
     (("zzz",), "zzz is no operation of shop. Without an operation, all are listed."),
     (("price", "item=@/nowhere"), "/nowhere cannot be read: No such file or directory"),
     (("price", "item=@-", "vat=@-"), "standard input can be the value of one argument only"),
     (("price", "--json", "[]"), "one JSON object"), (("--curl",), "Which operation?"),
     (("price", "--curl", "--python"), "Say one of"), (("price", "--language", "f r"), "names no language")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_command_written_wrongly_leaves_with_2(wire, run, words, reason):
    result = run("call", wire.url, *words)
    assert (2, True) == (result.exit_code, reason in result.stderr)


def test_an_address_that_is_none_is_told(run):
    for words in (("call", "nowhere"), ("register", "nowhere"), ("keys", "list", "nowhere")):
        result = run(*words)
        assert (True, True) == (result.exit_code in (1, 2), "write it as http://host:8000/shop" in result.stderr)


def test_a_server_that_is_not_there_is_told(run):
    result = run("call", "http://127.0.0.1:9/shop", "price")
    assert (1, True) == (result.exit_code, result.stderr.startswith("Error: Cannot connect to http://127.0.0.1:9"))


def test_all_arguments_may_come_as_one_json_object(wire, run, tmp_path):
    (tmp_path / "all.json").write_text('{"item": "tea", "vat": 0.10}')
    for whole, stdin in (('{"item": "tea", "vat": 0.10}', None), (f"@{tmp_path / 'all.json'}", None),
                         ("-", '{"item": "tea", "vat": 0.10}'), ("@-", '{"item": "tea", "vat": 0.10}')):  # fmt: skip
        assert '"11.00"\n' == run("call", wire.url, "price", "--json", whole, stdin=stdin).stdout
        assert b'{"item":"tea","vat":0.10}' == wire.seen[-1][3]


def test_a_file_for_bytes_is_sent_as_it_is(wire, run, tmp_path):
    (tmp_path / "photo").write_bytes(b"\xff\xfe?")
    wire.raw["/shop/v1/seal"] = lambda handler: handler.send(200, b'"sealed"')
    result = run("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}")
    assert (0, '"sealed"\n') == (result.exit_code, result.stdout)
    _, _, headers, body = wire.seen[-1]
    assert ("application/octet-stream", b"\xff\xfe?") == (headers["content-type"], body)


def test_a_refusal_is_told_in_the_language_of_the_locale_or_the_one_that_is_said(wire, run):
    wire.key = "another"
    told = "This key is not known here (401 key-unknown)\n{} Make a new key.\n{} req_9\n"
    french = "Erreur\xa0: " + told.format("Que faire\xa0:", "Requête\xa0:")
    assert french == run("call", wire.url, "price", "--language", "fr").stderr
    assert french == run("call", wire.url, "price", LC_ALL="fr_CA.UTF-8").stderr
    assert "Error: " + told.format("What to do:", "Request:") == run("call", wire.url, "price", LC_ALL="de_DE").stderr


def test_the_spaces_of_french_come_through(wire, run):
    problem = {
        "status": 401,
        "code": "key-malformed",
        "title": "Titre\xa0:",
        "detail": "Un détail\u202f; deux\xa0: oui.",
    }
    wire.raw["/shop/contract.json"] = lambda handler: handler.problem(problem)
    result = run("call", wire.url, "price", "--language", "fr")
    assert "Erreur\xa0: Titre\xa0: (401 key-malformed)\nUn détail\u202f; deux\xa0: oui.\n" == result.stderr


def test_what_no_server_said_is_told_in_french_too(run):
    result = run("call", "http://127.0.0.1:9/shop", "price", "--language", "fr-CA")
    first, _, third, *_ = result.stderr.split("\n")
    assert "Erreur\xa0: Impossible de se connecter à http://127.0.0.1:9" == first
    assert "Que faire\xa0: Vérifiez l’adresse, et que le serveur y tourne (`parvis serve`)." == third


def test_an_error_has_all_of_its_lines_in_french(wire):
    import parvis
    from parvis.cli.client_output import in_words

    wire.key = "another"
    with pytest.raises(parvis.client.ParvisError) as caught:
        parvis.connect(wire.url)
    english, french = str(caught.value), in_words(caught.value, "fr")
    assert (english, len(english.split("\n"))) == (in_words(caught.value, "en"), len(french.split("\n")))


def test_a_call_carries_the_callers_language(wire, run):
    run("call", wire.url, "price", "item=tea", "--language", "pt-BR")
    assert "pt-BR" == wire.seen[-1][2].get("accept-language")
    run("call", wire.url, "price", "item=tea", LC_ALL="fr_CA.UTF-8@euro")
    assert "fr-CA" == wire.seen[-1][2].get("accept-language")
    run("call", wire.url, "price", "item=tea", LC_ALL="C.UTF-8")
    assert None is wire.seen[-1][2].get("accept-language")


def test_a_service_that_was_called_is_kept_for_completion_and_no_key_is(wire, run, cache):
    run("call", wire.url, "price", "item=tea", "--key", "pv_live_secret")
    (kept,) = cache.iterdir()
    assert (0o600, 0o700) == (kept.stat().st_mode & 0o777, cache.stat().st_mode & 0o777)
    url, offered = kept.read_text().split("\n")
    assert (wire.url, 9, False) == (url, len(json.loads(offered)), "pv_live" in offered)


def test_a_call_goes_well_where_nothing_can_be_kept(wire, run, tmp_path):
    (tmp_path / "cache").write_text("a file where a directory belongs")
    assert 0 == run("call", wire.url, "price", "item=tea").exit_code


CHILD = """
import fcntl, termios
from parvis.cli import main
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the password is read from the controlling terminal
main()
"""


def terminal(*words: str, typed: tuple[tuple[str, str], ...] = (), **variables: str) -> tuple[int, str]:
    """What a person at a terminal sees, who types each answer when its question comes."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", **variables}
    command = [sys.executable, "-c", CHILD, *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        seen, answers = "", list(typed)
        try:
            while select.select([ours], [], [], 30)[0]:
                try:
                    seen += os.read(ours, 65536).decode()
                except OSError:  # the other side is gone
                    break
                if answers and seen.endswith(answers[0][0]):
                    os.write(ours, answers.pop(0)[1].encode() + b"\n")
        finally:
            os.close(ours)
            if process.poll() is None and answers:
                process.kill()
    return process.returncode, seen


def test_a_terminal_shows_colours_and_obeys_nothing_of_the_server(wire):
    wire.operations["nothing"] = lambda: {"evil": "\x1b[2J\x9b2J", "n": 1}
    code, seen = terminal("call", wire.url, "nothing")
    assert (0, True, False, False) == (code, "\x1b[" in seen, "\x1b[2J" in seen, "\x9b" in seen)
    assert "\\u009b2J" in seen


def test_a_stream_that_is_slow_tells_how_far_it_is_and_wipes_it(wire):
    wire.operations["ticks"] = lambda count: slowly(count)
    code, seen = terminal("call", wire.url, "ticks", "count=2", "--language", "fr", NO_COLOR="1")
    assert (0, True, True) == (code, "0 reçus" in seen, "1 reçus" in seen)
    assert [{"n": 0}, {"n": 1}] == items(seen)
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h")


def test_nothing_is_drawn_before_it_takes_its_time(monkeypatch):
    from parvis.cli import progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    monkeypatch.setattr(progress, "_TURN", 0.001)
    turned = threading.Event()
    monkeypatch.setattr(progress, "_line", lambda *_: turned.set())
    lines = progress.streaming(iter([b"1", b"2"]))
    assert (b"1", False, b"2", []) == (next(lines), turned.wait(0.1), next(lines), list(lines))
    assert "" == sys.stderr.getvalue()


def test_standard_output_holds_json_alone_while_the_terminal_tells_how_far_it_is(wire):
    wire.operations["ticks"] = lambda count: slowly(count)
    code, seen, piped = shown_apart("call", wire.url, "ticks", "count=2")
    assert (0, '{"n": 0}\n{"n": 1}\n') == (code, piped)
    assert ("1 received, " in seen, seen.endswith("\x1b[2K")) == (True, True)


def test_an_upload_tells_how_much_is_sent_and_then_that_it_waits(wire, tmp_path):
    (tmp_path / "photo").write_bytes(bytes(1000))
    answered = threading.Event()
    wire.raw["/shop/v1/seal"] = lambda handler: answered.wait(1.5) or handler.send(200, b'"sealed"')
    code, seen = terminal("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}", NO_COLOR="1")
    assert (0, True, True) == (code, "sent, waiting for the answer" in seen, seen.endswith('"sealed"\r\n'))


def test_an_upload_of_unknown_length_tells_what_was_sent():
    from parvis.cli.progress import _Counted, _Sent

    sent = _Sent(None, "en")
    counted = _Counted(io.BytesIO(bytes(3_000_000)), sent)
    counted.read(2_000_000)
    assert "2.0 MB sent, 1.0 MB/s" == sent.told(2.0)
    counted.seek(0)
    assert (0, "0 bytes sent, 0 bytes/s") == (sent.count, sent.told(2.0))


def test_ctrl_c_ends_a_stream_with_a_sentence_and_130(wire):
    forever = threading.Event()

    def ticks(count):
        yield {"n": 0}
        forever.wait(30)
        yield {"n": 1}

    wire.operations["ticks"] = ticks
    try:
        code, seen, piped = shown_apart("call", wire.url, "ticks", "count=2", stop_at="received")
    finally:
        forever.set()
    assert (130, '{"n": 0}\n') == (code, piped)
    assert seen.endswith("\r\nStopped. Items received: 1.\r\n")


def test_ctrl_c_ends_a_call_that_may_have_taken_effect_with_that(wire, tmp_path):
    (tmp_path / "photo").write_bytes(b"?")
    held = threading.Event()
    wire.raw["/shop/v1/seal"] = lambda handler: held.wait(30)
    try:
        words = ("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}", "--language", "fr")
        code, seen, piped = shown_apart(*words, stop_at="attendue")
    finally:
        held.set()
    assert (130, "") == (code, piped)
    assert seen.endswith("Arrêté. L’appel a pu prendre effet.\r\n")


def test_a_pipe_that_is_closed_ends_a_stream_in_silence_on_both_sides(wire):
    def ticks(count):
        for number in range(count):
            yield {"n": number, "filler": "x" * 1000}

    wire.operations["ticks"] = ticks
    command = f"'{sys.executable}' -c 'from parvis.cli import main; main()'"
    line = f"{command} call {wire.url} ticks count=100000 | head -1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True)
    assert ("", True) == (done.stderr, done.stdout.startswith('{"n": 0'))
    assert wire.closed.wait(10)


def slowly(count):
    """Items with a pause of a person's patience before each."""
    for number in range(count):
        time.sleep(0.75)
        yield {"n": number}


def items(seen: str) -> list[Any]:
    """The JSON values that stand on a terminal, without what was drawn and wiped."""
    text, found = re.sub(r"[^\r\n]*\r(?!\n)", "", _plain(seen)), []
    for match in re.finditer(r"\{[^}]*\}", text):
        found.append(json.loads(match[0]))
    return found


def shown_apart(*words: str, stop_at: str = "") -> tuple[int, str, str]:
    """The exit code, what a terminal on standard error sees, and what goes into a pipe. Ctrl-C comes when the
    terminal has seen ``stop_at``."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
    command = [sys.executable, "-c", "from parvis.cli import main; main()", *words]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
    ) as process:
        os.close(theirs)
        seen, stopped = "", False
        while select.select([ours], [], [], 30)[0]:
            try:
                seen += os.read(ours, 65536).decode()
            except OSError:  # the other side is gone
                break
            if stop_at and stop_at in seen and not stopped:
                stopped = True
                process.send_signal(signal.SIGINT)
        os.close(ours)
        piped = process.stdout.read()
    return process.returncode, seen, piped


def test_a_terminal_is_asked_twice_for_a_password_and_does_not_show_it(console):
    asked = (("E-mail: ", EMAIL), ("Password: ", PASSWORD), ("confirmation: ", PASSWORD))
    code, seen = terminal("register", console.url, typed=asked)
    assert (0, PASSWORD) == (code, console.accounts[0]["password"])
    assert (False, True) == (PASSWORD in seen, f"Registered {EMAIL}" in seen)


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
    first, second = (line for line in _plain(seen).splitlines() if line.strip().startswith(("k1", "k2")))
    assert [
        "k1", "a", "basic, test", "all of the account, from 192.0.2.0/24", "2026-01-02 03:04", "2026-05-06 07:08",
        "expires 2030-01-01 00:00, kept here",
    ] == re.split("  +", first.strip())  # fmt: skip
    assert ["k2", "b", "string", "shop.*", "2026-01-02 03:04", "revoked 2026-02-03 04:05"] == re.split(
        "  +", second.strip()
    )


def test_an_answer_that_is_no_json_is_told(wire, run):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b"<html>")
    result = run("call", wire.url, "price", "item=tea")
    assert (1, "", "Error: The answer is no JSON\n<html>\n") == (result.exit_code, result.stdout, result.stderr)
