import base64
import json
import os
import pty
import select
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from parvis.cli.client_commands import COMMANDS
from parvis.client import keyring
from parvis.client.keyring import SavedKey
from parvis.contract.model import Contract, Default, Field, TypeDef

EMAIL, PASSWORD = "ada@example.org", "correct horse"
BASIC = "Basic " + base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "laptop")
    group = click.Group("parvis", commands=COMMANDS)

    def run(*words: str, stdin: str | None = None, **variables: str) -> Any:
        return CliRunner().invoke(group, words, input=stdin, env=variables, catch_exceptions=False)

    return run


@pytest.fixture
def console(wire, make):
    """The wire with the service `parvis` beside the shop, which keeps accounts and keys in two dictionaries."""
    p = make.parameter
    optional = {"default": Default("None")}
    kinds = {"id": "str", "label": "str", "rights": "list[str] | None", "created_at": "datetime",
             "revoked_at": "datetime | None"}  # fmt: skip
    key = tuple(Field(name, kind) for name, kind in kinds.items())
    wire.contracts["/parvis/v1"] = Contract(
        "parvis",
        (
            make.operation("accounts.create", p("email", "str"), p("password", "str"),
                           p("name", "str", default=Default("''", "")), returns="Account"),
            make.operation("keys.create", p("label", "str"), p("rights", "list[str] | None", **optional),
                           returns="NewKey"),
            make.operation("keys.list", p("after", "str | None", **optional),
                           p("limit", "int", default=Default("100", 100)), returns="list[Key]"),
            make.operation("keys.revoke", p("id", "str", "positional_only"), returns="Key"),
        ),
        types=(
            TypeDef("Account", "dataclass", (Field("id", "str"), Field("email", "str"))),
            TypeDef("Key", "dataclass", key, base="frozen"),
            TypeDef("NewKey", "dataclass", (*key, Field("secret", "str")), base="frozen"),
        ),
    )  # fmt: skip
    keys: list[dict[str, Any]] = []

    def create(label, rights=None):
        row = {
            "id": f"k{len(keys) + 1}",
            "label": label,
            "rights": rights,
            "created_at": "2026-01-02T03:04:05Z",
            "revoked_at": None,
        }
        keys.append(row)
        return {**row, "secret": f"pv_live_{row['id']}"}

    def page(after=None, limit=100):
        start = next((i + 1 for i, row in enumerate(keys) if row["id"] == after), 0)
        return keys[start : start + limit]

    def revoke(id):
        row = next(row for row in keys if row["id"] == id)
        row["revoked_at"] = "2026-02-03T04:05:06Z"
        return row

    wire.accounts = []
    wire.keys = keys
    wire.operations |= {
        "accounts.create": lambda **given: wire.accounts.append(given) or {"id": "acc_1", "email": given["email"]},
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
     (("prize",), "prize is none of"), (("price", "item=@/nowhere"), "cannot be read")],
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


CHILD = """
import click, fcntl, termios
from parvis.cli.client_commands import COMMANDS
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the password is read from the controlling terminal
click.Group("parvis", commands=COMMANDS)()
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


def test_a_terminal_is_asked_twice_for_a_password_and_does_not_show_it(console):
    asked = (("E-mail: ", EMAIL), ("Password: ", PASSWORD), ("confirmation: ", PASSWORD))
    code, seen = terminal("register", console.url, typed=asked)
    assert (0, PASSWORD) == (code, console.accounts[0]["password"])
    assert (False, True) == (PASSWORD in seen, f"Registered {EMAIL}" in seen)


def test_a_terminal_shows_keys_as_a_table(console):
    console.operations["keys.create"]("[red]laptop[/red]")
    code, seen = terminal("keys", "list", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (0, True, True) == (code, "[red]laptop[/red]" in seen, "2026-01-02 03:04" in seen)


def test_an_answer_that_is_no_json_is_told(wire, run):
    wire.raw["/shop/v1/price"] = lambda handler: handler.send(200, b"<html>")
    result = run("call", wire.url, "price", "item=tea")
    assert (1, "", "Error: The answer is no JSON\n<html>\n") == (result.exit_code, result.stdout, result.stderr)
