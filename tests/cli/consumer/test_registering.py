"""From registering to a live key, on a real server: by the operator's approval, and by the link of a letter."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parvis.cli import main
from served import Served, environment

EMAIL, PASSWORD = "ada@example.org", "a passphrase that is long"
SHOP = """
class Shop:
    def get_price(self, item: str) -> float:
        \"\"\"The price.\"\"\"
        return 3.5

    def buy(self, item: str) -> float:
        return 3.5
"""


class Caller:
    """Somebody at a shell, with keys of their own."""

    def __init__(self, place: Path, url: str) -> None:
        self.place = place
        self.url = url

    def run(self, *words: str, **variables: str) -> Result:
        own = {"XDG_CONFIG_HOME": str(self.place / "config"), "PARVIS_PASSWORD": PASSWORD, "PARVIS_KEY": None}
        spoken = {"LC_ALL": None, "LC_MESSAGES": None, "LANG": "C.UTF-8"}
        return CliRunner().invoke(main, words, env={**own, **spoken, **variables}, catch_exceptions=False)


def test_under_approval_a_test_key_comes_first_and_a_live_one_with_the_approval(tmp_path: Path) -> None:
    (tmp_path / "wares.py").write_text(SHOP)
    data = tmp_path / "data"
    with Served("wares:Shop", cwd=tmp_path, data=data, env=environment(PARVIS_REGISTRATION="approval")) as served:
        assert "Register  open; live keys when the operator approves the account" in served.banner
        ada = Caller(tmp_path, f"{served.url}/shop")
        registered = ada.run("register", ada.url, "--email", EMAIL)
        assert (0, "") == (registered.exit_code, registered.stdout)
        first, kept, next_, call = registered.stderr.splitlines()
        assert f"Registered {EMAIL} at {served.url}." == first
        assert kept.startswith("Test key ")
        assert (
            "The test key reaches the sandbox of a service, or what only reads. When the operator has approved your "
            f"account, `parvis keys create {ada.url}` makes a live key."
        ) == next_
        assert call.startswith(f"Next: `parvis call {ada.url}`")

        assert (0, "3.5\n") == ((done := ada.run("call", ada.url, "get_price", "item=tea")).exit_code, done.stdout)
        assert "no-sandbox" in ada.run("call", ada.url, "buy", "item=tea").stderr
        early = ada.run("keys", "create", ada.url, "--email", EMAIL)
        assert (1, True) == (early.exit_code, "(403 account-not-approved)" in early.stderr)

        found = json.loads(ada.run("admin", "--data", str(data), "accounts.list").stdout)
        approved = ada.run("admin", "--data", str(data), "accounts.approve", f"id={found[0]['id']}")
        assert json.loads(approved.stdout)["live"]
        made = ada.run("keys", "create", ada.url, "--email", EMAIL, "--expires", "30d", "--network", "127.0.0.0/8",
                       "--right", "shop.*", "--kind", "basic", "--show-key")  # fmt: skip
        username, password = made.stdout.splitlines()
        assert (0, True, False) == (made.exit_code, username.startswith("pv_live_"), "pv_" in password)
        assert "3.5\n" == ada.run("call", ada.url, "buy", "item=tea").stdout

        rotated = ada.run("keys", "rotate", ada.url, "--overlap", "0")
        assert (0, "") == (rotated.exit_code, rotated.stdout)
        assert rotated.stderr.endswith("The secret before works no more.\n")
        assert "3.5\n" == ada.run("call", ada.url, "buy", "item=tea").stdout

        keys = json.loads(ada.run("keys", "list", ada.url, "--email", EMAIL).stdout)
        assert [("string", True), ("basic", False)] == [(key["kind"], key["test"]) for key in keys]
        assert [["127.0.0.0/8"], ["shop.*"]] == [keys[1]["networks"], keys[1]["rights"]]
        rows = [json.loads(line) for line in ada.run("usage", ada.url, "--calls").stdout.splitlines()]
        assert ["shop.buy", "shop.buy", "shop.get_price"] == [row["operation"] for row in rows]


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a mail server, and the folder where its letters go."""
    folder = tmp_path / "letters"
    folder.mkdir()
    program = Path(__file__).parents[2] / "console" / "email" / "smtp_server.py"
    with subprocess.Popen([sys.executable, str(program), str(folder)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline()), folder
        server.kill()


def letter(folder: Path, number: int) -> dict[str, str]:
    path = folder / f"{number:04}.json"
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, "no letter came"
        time.sleep(0.02)
    found: dict[str, str] = json.loads(path.read_text())
    return found


def test_with_letters_an_account_goes_by_its_id_until_its_e_mail_is_verified(
    tmp_path: Path, letters: tuple[int, Path]
) -> None:
    port, folder = letters
    (tmp_path / "wares.py").write_text(SHOP)
    mail = {"PARVIS_SMTP": f"smtp://127.0.0.1:{port}", "PARVIS_MAIL_FROM": "Shop <shop@example.org>"}
    with Served("wares:Shop", cwd=tmp_path, data=tmp_path / "data", env=environment(**mail)) as served:
        assert "Register  open to everybody; live keys when the e-mail is verified by letter" in served.banner
        ada = Caller(tmp_path, f"{served.url}/shop")
        registered = ada.run("register", ada.url, "--email", EMAIL, LANG="fr_FR.UTF-8")
        assert (0, "") == (registered.exit_code, registered.stdout)
        told = registered.stderr
        assert f"A letter is on its way to {EMAIL}: when you have followed its link, `parvis keys create" in told
        account = re.search(r"Until then log in as (acc_\w{12}) in place of the e-mail\.", told)
        assert account is not None
        assert 1 == len(json.loads(ada.run("keys", "list", ada.url, "--email", account[1]).stdout))
        assert "(401 password-wrong)" in ada.run("keys", "list", ada.url, "--email", EMAIL).stderr

        content = letter(folder, 1)["content"].replace("=\n", "").replace("=3D", "=")
        assert "Bonjour" in content
        token = re.search(r"/verify\?token=(\w+)", content)
        assert token is not None
        assert 0 == ada.run("call", f"{served.url}/parvis", "accounts.verify", f"token={token[1]}").exit_code
        assert 0 == ada.run("keys", "create", ada.url, "--email", EMAIL).exit_code
        assert "3.5\n" == ada.run("call", ada.url, "buy", "item=tea").stdout
