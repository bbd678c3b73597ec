"""The service `parvis` beside a small shop, in whose place a real server would keep accounts and keys."""

import base64
from typing import Any

import pytest
from click.testing import CliRunner

from client import conftest as client
from parvis.cli import main
from parvis.contract.model import Contract, Default, Field, TypeDef

# The small shop that the client's own tests call, and nobody's keys.
alone, at_once, make, serve, wire = client.alone, client.at_once, client.make, client.serve, client.wire

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
