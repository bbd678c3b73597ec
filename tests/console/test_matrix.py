"""Every operation of the console by every kind of caller, asked of a whole server.

The table below says it once more than the code does: an operation that is new stands in no row here, and fails until
somebody has decided who may call it.
"""

from dataclasses import dataclass, field

import pytest

from console.conftest import PASSWORD
from parvis.access.rights import Rights
from parvis.assembly.console import compile_console
from parvis.console.console import Console
from parvis.console.operations import OPERATIONS, RIGHTS

ANYBODY = {
    "accounts.create", "accounts.request_reset", "accounts.reset", "accounts.verify", "keys.report", "operators.create",
}  # fmt: skip
SEES = {"access.explain", "accounts.get", "limits", "usage.calls", "usage.deprecated", "usage.export", "usage.summary"}
"""What everybody with an account may, by whatever it proves it."""
POSSESSION = {"keys.get", "keys.revoke", "keys.rotate", "tokens.create"}
"""What a key may do with itself."""
OWNER = {
    "accounts.erase", "accounts.export", "accounts.set_password", "keys.create", "keys.get", "keys.list", "keys.revoke",
    "keys.rotate", "keys.update",
}  # fmt: skip
"""What takes the password, or a key that was given it by name."""
OPERATES = {
    "accounts.approve", "accounts.list", "accounts.reset_link", "accounts.resume", "accounts.suspend",
    "accounts.update", "audit.list", "audit.verify", "operators.backup", "operators.set", "plans.create",
    "plans.delete", "plans.get", "plans.list", "plans.update",
}  # fmt: skip

MAY = {
    "anonymous": ANYBODY,
    "password": ANYBODY | SEES | OWNER,
    "key": ANYBODY | SEES | POSSESSION,
    "test key": ANYBODY | SEES | POSSESSION,
    "retiring secret": ANYBODY | SEES | {"keys.get", "keys.revoke"},
    "token": ANYBODY | SEES,
    "named key": ANYBODY | SEES | POSSESSION | OWNER,
    "retiring secret of a named key": ANYBODY | SEES | {"keys.get", "keys.revoke"},
    "token of a named key": ANYBODY | SEES,
    "operator": ANYBODY | SEES | POSSESSION | OWNER | OPERATES,
    "operator's password": ANYBODY | SEES | POSSESSION | OWNER | OPERATES,
    "operator's key": ANYBODY | SEES | POSSESSION,
    "operator's named key": ANYBODY | SEES | POSSESSION | OWNER | OPERATES,
}
"""Who -> what is not refused for want of a right."""

REFUSED = {"key-missing", "right-missing", "key-right-missing"}


@pytest.fixture(scope="module")
def compiled():
    return compile_console(Console.__new__(Console))


@dataclass
class Callers:
    """One account of a consumer and the operator's, with all that they could show."""

    server: object
    shown: dict = field(default_factory=dict)

    def make(self):
        ask = self.server.console
        ask("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})
        ask("operators.set", body={"email": "op@x.org", "password": PASSWORD}, operator=True)
        ada, op = {"basic": ("ada@x.org", PASSWORD)}, {"basic": ("op@x.org", PASSWORD)}
        names = sorted(f"parvis.{name}" for name in OWNER | POSSESSION | SEES)
        all_of_them = sorted(f"parvis.{name}" for name in OWNER | POSSESSION | SEES | OPERATES)
        keys = {
            "key": (ada, {}),
            "test key": (ada, {"test": True}),
            "retiring secret": (ada, {}),
            "token": (ada, {}),
            "named key": (ada, {"rights": names}),
            "retiring secret of a named key": (ada, {"rights": names}),
            "token of a named key": (ada, {"rights": names, "test": True}),
            "operator's key": (op, {}),
            "operator's named key": (op, {"rights": all_of_them}),
        }
        self.shown = {"anonymous": {}, "password": ada, "operator": {"operator": True}, "operator's password": op}
        for kind, (owner, more) in keys.items():
            made = ask("keys.create", body={"label": kind, **more}, **owner)
            assert 200 == made.status, made.json
            self.shown[kind] = {"key": made.json["secret"]}
            if kind.startswith("retiring"):
                assert 200 == ask("keys.rotate", body={"id": made.json["id"]}, **owner).status
            if kind.startswith("token"):
                token = ask("tokens.create", key=made.json["secret"])
                assert 200 == token.status, token.json
                self.shown[kind] = {"key": token.json["token"]}
        return self

    def refused(self, kind, operation):
        """The code of the refusal for want of a right; empty when what was wrong were the arguments."""
        self.server.clock.advance(0.2)  # the console is called at most ten times a second
        answer = self.server.console(operation, body={"no such argument": 1}, **self.shown[kind])
        code = answer.json["code"]
        if code in REFUSED:
            assert code == "key-missing" or f"parvis.{operation}" == answer.json["right"]
            return code
        assert "invalid-arguments" == code, (kind, operation, answer.json)
        return ""


def test_every_operation_by_every_kind_of_caller(serve, compiled):
    callers = Callers(serve()).make()

    may = {kind: {name for name in compiled.operations if not callers.refused(kind, name)} for kind in callers.shown}

    assert MAY == may


def test_whoever_shows_nothing_is_told_to_show_a_key_and_whoever_does_which_right_is_missing(serve, compiled):
    callers = Callers(serve()).make()

    codes = {
        kind: {callers.refused(kind, name) for name in compiled.operations if name not in MAY[kind]} for kind in MAY
    }

    assert codes.pop("anonymous") == {"key-missing"}
    assert codes.pop("operator") == codes.pop("operator's password") == codes.pop("operator's named key") == set()
    # What the account could give to a key is told apart from what only the operator may.
    assert codes.pop("password") == {"right-missing"}
    assert codes.pop("named key") == {"right-missing"}
    assert codes.pop("operator's key") == {"key-right-missing"}
    assert all(each == {"right-missing", "key-right-missing"} for each in codes.values())


def test_no_consumer_gives_a_key_what_only_the_operator_may(serve):
    server = serve()
    server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})

    for name in sorted(OPERATES):
        server.clock.advance(1)
        body = {"label": "more", "rights": [f"parvis.{name}"]}
        answer = server.console("keys.create", body=body, basic=("ada@x.org", PASSWORD))
        assert (403, f"parvis.{name}") == (answer.status, answer.json["right"])


def test_every_operation_is_anybodys_or_an_account_holders_or_the_operators_alone(compiled):
    assert compiled.operations.keys() == OPERATIONS.keys()
    for name, each in OPERATIONS.items():
        account_holders = {"password", "key", "retiring", "token"} & set(each.may)
        stands = [each.may == ("anonymous",), bool(account_holders), each.may == ("operator",)]
        assert 1 == sum(stands), f"{name} says that {each.may} may call it"


def test_the_declarations_say_what_the_table_above_says():
    def may(*holders):
        return {name for name, each in OPERATIONS.items() if set(holders) & set(each.may)}

    assert (ANYBODY, OPERATES) == (may("anonymous"), may("operator"))
    assert (SEES, SEES | POSSESSION) == (may("token"), may("key"))
    assert SEES | OWNER == may("password")
    assert SEES | {"keys.get", "keys.revoke"} == may("retiring")


def test_every_pattern_is_of_operations_that_there_are(compiled):
    there = {f"parvis.{name}" for name in compiled.operations}

    for patterns in RIGHTS.patterns.values():
        for pattern in patterns:
            assert pattern == "*" or any(Rights([pattern]).allows(right) for right in there), pattern


def test_a_right_is_asked_for_by_the_operation_s_own_name(compiled):
    assert {f"parvis.{name}" for name in compiled.operations} == {o.spec.right for o in compiled.operations.values()}
