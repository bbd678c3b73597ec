"""parvis.console.own: the codes that it names are those which the console raises, and each operation is one."""

from __future__ import annotations

import ast
from pathlib import Path

import parvis.console
from parvis.cli.compose import compile_console
from parvis.console.console import Console
from parvis.console.own import EXAMPLES, REFUSALS
from parvis.contract.refusals import ROWS


def raised() -> set[str]:
    """The codes in ``Refusal("...")`` in the console's own modules."""
    found: set[str] = set()
    for module in Path(parvis.console.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.Call(func=ast.Name("Refusal"), args=[ast.Constant(str() as code), *_]):
                    found.add(code)
    return found


def test_the_codes_it_names_are_those_that_the_console_raises() -> None:
    common = {code for row in ROWS for code in row.codes}
    explained = {"no-sandbox", "concurrency-limited"}  # what `access.explain` tells of, and does not raise
    assert raised() - common - explained == {code for codes in REFUSALS.values() for code in codes}


def test_every_operation_that_it_names_is_one_and_says_so_in_its_contract() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    own = {o.name: o.own for o in contract.operations}
    assert set() == (REFUSALS.keys() | EXAMPLES.keys()) - own.keys()
    assert {name: REFUSALS.get(name, ()) for name in own} == {
        name: told.refusals for name, told in own.items() if told is not None
    }


def test_every_operation_with_a_required_argument_has_an_example() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    assert set() == {o.name for o in contract.operations if any(p.required for p in o.parameters)} - EXAMPLES.keys()


def test_who_gives_a_secret_gets_no_repeat_and_who_has_no_account_may_register() -> None:
    contract = compile_console(Console.__new__(Console)).contract
    own = {o.name: o.own for o in contract.operations if o.own is not None}
    sealed = {"accounts.create", "accounts.reset", "accounts.set_password", "accounts.verify", "keys.report",
              "operators.create", "operators.set"}  # fmt: skip
    assert sealed == {name for name, told in own.items() if not told.repeatable}
    anybody = {"accounts.create", "accounts.request_reset", "accounts.reset", "accounts.verify", "keys.report",
               "operators.create"}  # fmt: skip
    assert anybody == {name for name, told in own.items() if told.open}
