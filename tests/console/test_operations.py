"""What the operations of the console declare: codes that it raises, examples that are taken, and who may."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import parvis.console
from parvis.assembly.console import compile_console
from parvis.console.console import Console
from parvis.console.operation import Declaration, declarations, operation
from parvis.console.operations import OPERATIONS
from parvis.contract.openapi.operation_errors import ROWS


def raised() -> set[str]:
    """The codes in ``Refusal("...")`` in the console's own modules."""
    found: set[str] = set()
    for module in Path(parvis.console.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Name("Refusal"), args=[ast.Constant(str() as code), *_]):
                    found.add(code)
    return found


def test_the_codes_it_names_are_those_that_the_console_raises() -> None:
    common = {code for row in ROWS for code in row.codes}
    explained = {"no-sandbox", "concurrency-limited"}  # what `access.explain` tells of, and does not raise
    assert raised() - common - explained == {code for each in OPERATIONS.values() for code in each.refusals}


def test_every_operation_declares_itself_and_says_so_in_its_contract() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    own = {o.name: o.own for o in contract.operations}
    assert OPERATIONS.keys() == own.keys()
    assert {name: each.refusals for name, each in OPERATIONS.items()} == {
        name: told.refusals for name, told in own.items() if told is not None
    }


def test_every_operation_with_a_required_argument_has_an_example() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    needed = {o.name for o in contract.operations if any(p.required for p in o.parameters)}
    assert set() == needed - {name for name, each in OPERATIONS.items() if each.example}


def test_who_gives_a_secret_gets_no_repeat_and_who_has_no_account_may_register() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    own = {o.name: o.own for o in contract.operations if o.own is not None}
    sealed = {"accounts.create", "accounts.reset", "accounts.set_password", "accounts.verify", "keys.report",
              "operators.create", "operators.set"}  # fmt: skip
    assert sealed == {name for name, told in own.items() if not told.repeatable}
    anybody = {"accounts.create", "accounts.request_reset", "accounts.reset", "accounts.verify", "keys.report",
               "operators.create"}  # fmt: skip
    assert anybody == {name for name, told in own.items() if told.open}


def test_what_is_served_to_a_caller_whose_rate_is_used_up_is_how_long_to_wait() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    assert ["limits"] == [o.name for o in contract.operations if o.own is not None and o.own.unlimited]
    assert b"unlimited" not in contract.to_json()


def test_a_public_method_that_declares_nothing_is_refused() -> None:
    class Keys:
        def _help(self) -> None: ...

        @operation(may=("key",))
        def get(self) -> None: ...

    class Front:
        @operation(may=("anonymous",))
        def limits(self) -> None: ...

    assert ["keys.get", "limits"] == list(declarations(Front, {"keys": Keys}))

    class More(Front):
        def close(self) -> None: ...

    with pytest.raises(TypeError, match=r"More\.close is public: say with @operation who may call it"):
        declarations(More, {"keys": Keys})


def test_a_declared_method_is_the_same_method() -> None:
    def get() -> None: ...

    assert operation(may=("key",))(get) is get


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ({"may": ()}, "`may` names one or more of anonymous, password, key, retiring, token, operator"),
        ({"may": ("keys",)}, "`may` names one or more of"),
        ({"may": ("key",), "refusals": ("not-found", "no-such-code")}, "there is no outcome no-such-code"),
        ({"may": ("key",), "read": True, "secret_result": ("token",)}, "a read is a GET too"),
        ({"may": ("key",), "read": True, "secret_arguments": True}, "a read is a GET too"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_at_birth(declared: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Declaration(**declared)
