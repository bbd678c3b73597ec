"""The operator's commands, by the socket of a running server and without one: the same questions, the same answers."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parvis.assembly import console as console_assembly
from parvis.cli import main
from parvis.store.lock import DataInUse
from served import PARVIS, Served, environment

SHOP = """
class Shop:
    def get(self, item: str) -> float:
        return 1.0
"""
EMAIL, PASSWORD = "op@shop.example", "correct horse battery"


class Place:
    """A data directory with an operator in it, and how its commands are run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "wares.py").write_text(SHOP)

    @property
    def file(self) -> Path:
        return self.path / "data" / "parvis.db"

    def run(self, *words: str, **variables: str) -> Result:
        with contextlib.chdir(self.path):
            return CliRunner().invoke(main, [*words, "--data", "data"], env=variables, catch_exceptions=False)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("served"))
    with Served("wares:Shop", cwd=place.path, data=place.path / "data"):
        assert 0 == place.run("operator", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD).exit_code
        yield place


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("alone"))
    done = place.run("operator", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    assert (0, f"{EMAIL} is the operator.\n", "") == (done.exit_code, done.stdout, done.stderr)
    return place


@pytest.fixture(params=["with a server", "without a server"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue("served" if request.param == "with a server" else "alone")
    return found


def test_admin_without_an_operation_lists_them_all(place: Place) -> None:
    done = place.run("admin")
    assert (0, "") == (done.exit_code, done.stderr)
    assert {"accounts.approve(id: str, /) -> Account", "limits() -> Limits"} <= set(done.stdout.splitlines())


def test_admin_calls_an_operation_as_the_operator(place: Place) -> None:
    done = place.run("admin", "plans.update", "name=default", "rate=20", 'rights:=["shop.*"]')
    assert (0, 20.0, ["shop.*"]) == (done.exit_code, (plan := json.loads(done.stdout))["rate"], plan["rights"])
    accounts = json.loads(place.run("admin", "accounts.list").stdout)
    assert [(EMAIL, "operator")] == [(row["email"], row["role"]) for row in accounts]


def test_a_refusal_of_the_console_is_told_and_leaves_with_1(place: Place) -> None:
    done = place.run("admin", "plans.get", "name=none")
    assert (1, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith("Error: plans.get: There is no such thing (404 not-found)\nThere is no plan 'none'.")


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("plans.eat",), "plans.eat is no operation of parvis. Did you mean plans.get"),
     (("plans.get", "x=1"), "x is not a parameter"),
     (("plans.update", "name=default", "rate=much"), "rate should be a number")],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_admin_written_wrongly_leaves_with_2(alone: Place, words: tuple[str, ...], reason: str) -> None:
    done = alone.run("admin", *words)
    assert (2, True) == (done.exit_code, reason in done.stderr)


def test_an_operator_s_e_mail_that_is_none_is_told(place: Place) -> None:
    done = place.run("operator", "--email", "nobody", PARVIS_PASSWORD=PASSWORD)
    assert (1, "") == (done.exit_code, done.stdout)
    assert "  email: is no e-mail address" in done.stderr


def test_the_audit_is_listed_as_json_lines(place: Place) -> None:
    rows = [json.loads(line) for line in place.run("audit", "list").stdout.splitlines()]
    assert (1, "operator.set") == (rows[0]["seq"], rows[0]["act"])
    later = [json.loads(line) for line in place.run("audit", "list", "--after", "1").stdout.splitlines()]
    assert rows[1:] == [row for row in later if row["seq"] <= len(rows)]
    subject = rows[0]["subject"]
    about = [json.loads(line) for line in place.run("audit", "list", "--about", subject).stdout.splitlines()]
    assert [row for row in rows if row["subject"] == subject] == about


def test_a_whole_audit_verifies_also_to_a_head_that_was_kept(place: Place) -> None:
    rows = [json.loads(line) for line in place.run("audit", "list").stdout.splitlines()]
    done = place.run("audit", "verify", "--head", rows[0]["hash"])
    assert (0, "") == (done.exit_code, done.stderr)
    assert done.stdout.startswith("The audit is whole: ")
    assert done.stdout.endswith(f", head {rows[-1]['hash']}\n")


def test_an_audit_without_its_end_is_told_by_the_head_that_was_kept(place: Place) -> None:
    done = place.run("audit", "verify", "--head", "a" * 64)
    assert (1, "") == (done.exit_code, done.stdout)
    assert done.stderr.startswith("parvis: the audit is broken: rows after ")
    assert 1 == len(done.stderr.splitlines())


def test_a_head_that_is_no_hash_is_a_usage_error(alone: Place) -> None:
    done = alone.run("audit", "verify", "--head", "x")
    assert (2, True) == (done.exit_code, "64 hexadecimal digits" in done.stderr)


def test_a_row_that_was_edited_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.run("operator", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    place.run("admin", "plans.update", "name=default", "rate=5")
    with sqlite3.connect(place.file) as connection:
        connection.execute("update audit set subject = 'other' where seq = 2")
    connection.close()
    done = place.run("audit", "verify")
    told = "parvis: the audit is broken: row 2 was edited: its hash is not that of what it holds\n"
    assert (1, "", told) == (done.exit_code, done.stdout, done.stderr)


def test_a_backup_is_a_whole_database_at_a_path_that_may_be_relative(place: Place, tmp_path: Path) -> None:
    relative = os.path.relpath(tmp_path / "copy.db", place.path)
    done = place.run("backup", relative)
    assert (0, f"The copy is {tmp_path / 'copy.db'}.\n", "") == (done.exit_code, done.stdout, done.stderr)
    with sqlite3.connect(tmp_path / "copy.db") as connection:
        assert ("ok",) == connection.execute("pragma integrity_check").fetchone()
        assert [(EMAIL,)] == connection.execute("select email from account").fetchall()
    connection.close()
    assert 0o600 == (tmp_path / "copy.db").stat().st_mode & 0o777
    again = place.run("backup", relative)
    assert (1, "") == (again.exit_code, again.stdout)
    assert "  path: is there already" in again.stderr


@pytest.mark.parametrize("words", [("admin",), ("audit", "verify"), ("audit", "list"), ("backup", "copy.db")])
def test_a_directory_that_is_not_there_is_no_empty_store(words: tuple[str, ...], tmp_path: Path) -> None:
    done = Place(tmp_path).run(*words)
    told = "parvis: there is no data directory data: name the server's with --data, or run this beside it\n"
    assert (1, "", told) == (done.exit_code, done.stdout, done.stderr)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("database", "told"),
    [("mysql://x", "parvis: database: a store is a data directory or a postgresql:// URL, not mysql://\n"),
     ("postgresql://[:x", "parvis: database: "),
     ("", "parvis: the store cannot be opened: DatabaseError: (sqlite3.DatabaseError) file is not a database\n")],
)  # fmt: skip
def test_a_store_that_cannot_be_opened_is_told_in_a_sentence(database: str, told: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.file.parent.mkdir()
    place.file.write_bytes(b"no database" * 1000)
    done = place.run("audit", "verify", PARVIS_DATABASE=database)
    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.stderr.splitlines()))
    assert done.stderr.startswith(told)


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="setpriv is not installed")
def test_a_socket_of_somebody_else_is_told(served: Place) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")
    code = f"import sys; from parvis.cli import main; sys.argv[1:] = ['admin', '--data', {str(served.path / 'data')!r}]"
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", sys.executable, "-c", f"{code}; main()"],
        env=environment(), capture_output=True, text=True, timeout=60, check=False, cwd="/",
    )  # fmt: skip
    if "No module named" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip("this Python is not readable for others")
    assert 1 == done.returncode
    assert "run this as that user" in done.stderr


def test_a_socket_that_a_killed_server_left_is_passed_by(alone: Place) -> None:
    path = alone.path / "data" / "admin.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    try:
        assert 0 == alone.run("admin", "plans.list").exit_code
    finally:
        path.unlink()


def test_a_store_in_use_by_a_server_without_a_socket_is_told(folder, monkeypatch) -> None:
    async def in_use(settings):
        raise DataInUse("another Parvis server is using it")

    monkeypatch.setattr(console_assembly, "open_console", in_use)
    (folder.path / "data").mkdir()
    result = folder.parvis("admin", "--data", "data")
    assert (1, "parvis: another Parvis server is using it\n") == (result.exit_code, result.stderr)


def test_the_operator_s_commands_on_a_terminal(alone: Place) -> None:
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    done = subprocess.run(
        [sys.executable, "-c", script, PARVIS, "audit", "list", "--data", "data"], cwd=alone.path,
        env=environment(COLUMNS="120", TERM="xterm", NO_COLOR="1"), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert 0 == done.returncode
    assert "operator.set" in done.stdout
    assert "{" not in done.stdout
