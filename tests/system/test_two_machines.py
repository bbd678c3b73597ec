"""The server on this machine, the client on another one, where the service's code is not installed."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from served import DidNotStart, Served, environment, parvis

pytestmark = pytest.mark.namespaces

SERVICE = Path(__file__).parent / "service"
PASSWORD = "an honest password"


@dataclass(frozen=True)
class Client:
    """Somebody on the other machine, with a home of their own."""

    inside: tuple[str, ...]
    home: Path
    url: str

    def env(self, **more: str) -> dict[str, str]:
        clean = {k: v for k, v in environment().items() if k != "PYTHONPATH"}
        return {**clean, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / ".config"), **more}

    def parvis(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return parvis(*arguments, cwd=self.home, prefix=self.inside, env=self.env(**env))

    def python(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.inside, sys.executable, "-W", "error", "-c", program, self.url, *arguments],
            cwd=self.home, env=self.env(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def curl(self, path: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = subprocess.run(
            [*self.inside, "curl", "-sS", "-m", "20", "-w", "\n%{http_code}", *arguments, f"{self.url}{path}"],
            cwd=self.home, env=self.env(), capture_output=True, text=True, timeout=30, check=True,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(body)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The publisher's folder: the code, and the lock that they committed."""
    folder = tmp_path_factory.mktemp("publisher")
    shutil.copy(SERVICE / "shop.py", folder)
    return folder


@pytest.fixture(scope="module")
def server(machine: Any, folder: Path) -> Iterator[Served]:
    assert 0 == parvis("lock", "shop:Shop", cwd=folder).returncode
    with Served("shop:Shop", "--host", machine.host, cwd=folder, data=folder / "data") as running:
        yield running


@pytest.fixture(scope="module")
def client(machine: Any, server: Served, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Registered, with a key that is kept in their home."""
    client = Client(machine.inside, tmp_path_factory.mktemp("consumer"), server.url)
    done = client.parvis("register", f"{server.url}/shop", "--email", "ann@example.org", PARVIS_PASSWORD=PASSWORD)
    assert 0 == done.returncode, done.stderr
    return client


def test_without_a_lock_nothing_is_served_beyond_loopback(machine: Any, tmp_path: Path) -> None:
    folder = tmp_path / "publisher"
    folder.mkdir()
    shutil.copy(SERVICE / "shop.py", folder)

    with pytest.raises(DidNotStart, match="parvis lock shop:Shop"):
        Served("shop:Shop", "--host", machine.host, cwd=folder, data=folder / "data")


def test_beyond_loopback_the_server_prints_no_key(server: Served) -> None:
    assert "" == server.key
    assert "PARVIS_KEY" not in server.banner


def test_only_what_the_lock_names_is_served(machine: Any, tmp_path: Path) -> None:
    folder = tmp_path / "publisher"
    folder.mkdir()
    shutil.copy(SERVICE / "shop.py", folder)
    assert 0 == parvis("lock", "shop:Shop", cwd=folder).returncode
    lock = folder / "parvis.lock"
    sections = lock.read_text().split("\n\n")
    kept = [section for section in sections if '."ticks"]' not in section]
    assert len(sections) - 1 == len(kept)
    lock.write_text("\n\n".join(kept))

    with Served("shop:Shop", "--host", machine.host, cwd=folder, data=folder / "data") as running:
        contract = Client(machine.inside, tmp_path, running.url).curl("/shop/contract.json")[1]

    assert ["find", "everything"] == [operation["name"] for operation in contract["operations"]]


def test_the_other_machine_has_neither_the_code_nor_this_one_s_loopback(client: Client, server: Served) -> None:
    program = (
        "import importlib.util, socket\n"
        "print(importlib.util.find_spec('shop'))\n"
        "try:\n"
        f"    socket.create_connection(('127.0.0.1', {server.port}), timeout=5)\n"
        "except ConnectionRefusedError:\n"
        "    print('refused')\n"
    )

    assert "None\nrefused\n" == client.python(program).stdout


def test_a_stranger_is_told_how_to_register(client: Client) -> None:
    status, problem = client.curl("/shop/v1/find", "-d", '{"name":"tea"}', "-H", "Content-Type: application/json")

    assert (401, "key-missing") == (status, problem["code"])
    assert f"{client.url}/parvis/v1/accounts" in problem["fix"]


def test_the_key_is_kept_for_its_owner_alone_and_the_password_nowhere(client: Client) -> None:
    files = [path for path in client.home.rglob("*") if path.is_file()]
    kept = next(path for path in files if path.name == "keys.json")

    assert 0o600 == stat.S_IMODE(kept.stat().st_mode)
    assert 0o700 == stat.S_IMODE(kept.parent.stat().st_mode)
    assert [client.url] == list(json.loads(kept.read_text())["keys"])
    assert not [path for path in files if PASSWORD in path.read_text()]


def test_the_command_line_calls(client: Client) -> None:
    found = client.parvis("call", f"{client.url}/shop", "find", "name=tea")
    streamed = client.parvis("call", f"{client.url}/shop", "everything")
    missing = client.parvis("call", f"{client.url}/shop", "find", "name=gold")

    assert ({"name": "tea", "price": "3.50"}, 0) == (json.loads(found.stdout), found.returncode)
    assert ["tea", "pot"] == [json.loads(line)["name"] for line in streamed.stdout.splitlines()]
    assert (1, "") == (missing.returncode, missing.stdout)
    assert "SoldOut" in missing.stderr


def test_curl_calls(client: Client) -> None:
    key = json.loads((client.home / ".config/parvis/keys.json").read_text())["keys"][client.url]["key"]
    bearer = ("-H", f"Authorization: Bearer {key}")

    assert (200, {"name": "pot", "price": "19.90"}) == client.curl("/shop/v1/find?name=pot", *bearer)
    status, problem = client.curl("/shop/v1/find?name=gold", *bearer)
    assert (404, {"name": "SoldOut", "base": "LookupError", "args": ["gold", 0]}) == (status, problem["exception"])


def test_python_holds_the_object(client: Client) -> None:
    program = """
import inspect, itertools, sys, parvis
shop = parvis.connect(sys.argv[1] + "/shop")
item = shop.find("tea")
print(type(item).__name__, repr(item.price), inspect.signature(shop.find))
print([each.name for each in shop.everything()])
print(list(itertools.islice(shop.ticks(), 3)))
try:
    shop.find(name="gold")
except LookupError as error:
    print(type(error).__name__, type(error).__mro__[1].__name__, error.args)
try:
    shop.find("nothing")
except LookupError as error:
    print(type(error).__name__, error.args)
"""
    done = client.python(program)

    assert ("", 0) == (done.stderr, done.returncode)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Item Decimal('3.50') (name: str) -> ")
    assert [
        "['tea', 'pot']", "[0, 1, 2]", "SoldOut LookupError ('gold', 0)", "LookupError ('no such item', 'nothing')",
    ] == lines[1:]  # fmt: skip


def test_the_test_key_of_a_run_opens_nothing_from_elsewhere(client: Client, tmp_path: Path) -> None:
    body = ("-d", '{"name":"tea"}', "-H", "Content-Type: application/json")
    with Served("shop:Shop", cwd=SERVICE, data=tmp_path / "data") as local:
        bearer = ("-H", f"Authorization: Bearer {local.key}")
        here = Client((), client.home, local.url)

        # On another server it is no key at all; on its own not when something forwards it from elsewhere.
        assert (401, "key-unknown") == _refusal(client.curl("/shop/v1/find", *bearer, *body))
        for header in ("X-Forwarded-For: 198.18.0.2", "Forwarded: for=198.18.0.2", "X-Real-IP: 127.0.0.1"):
            assert (401, "run-key-elsewhere") == _refusal(here.curl("/shop/v1/find", *bearer, *body, "-H", header))
        assert 200 == here.curl("/shop/v1/find", *bearer, *body)[0]


def test_a_host_name_that_nobody_published_is_refused(client: Client) -> None:
    status, problem = client.curl("/shop/contract.json", "-H", "Host: shop.example.org")

    assert (400, "host-refused") == (status, problem["code"])


def _refusal(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


def test_the_key_may_be_revoked_and_made_anew_from_there(client: Client) -> None:
    shop = f"{client.url}/shop"
    login = {"PARVIS_PASSWORD": PASSWORD}

    assert 0 == client.parvis("keys", "revoke", shop).returncode
    assert 1 == client.parvis("call", shop, "find", "name=tea").returncode
    assert 0 == client.parvis("keys", "create", shop, "--email", "ann@example.org", **login).returncode
    assert 0 == client.parvis("call", shop, "find", "name=tea").returncode
    rows = json.loads(client.parvis("keys", "list", shop, "--email", "ann@example.org", **login).stdout)
    assert [True, False] == [row["revoked_at"] is not None for row in rows]
