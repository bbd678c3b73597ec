"""No operation of the console repeats what is long, whoever sends it."""

import pytest

from console.conftest import PASSWORD
from parvis.assembly.console import compile_console
from parvis.console.console import Console
from parvis.console.operations import OPERATIONS
from parvis.contract.mistakes import LONGEST

LONG = "x" * 5_000
"""Shorter than what e-mail addresses, names and rights may have at most, or it would only be refused for its length."""

VALUES = {
    "text": LONG, "right": f"shop.{LONG}", "constraint": f"shop.price(item in [{LONG}])", "number": 10**4_000,
    "texts": [LONG], "rights": [f"shop.{LONG}"] * 50, "named": {LONG: LONG}, "one": 1, "mail": f"{LONG}@example.org",
    "time": f"2026-01-01T00:00:00{LONG}", "network": f"192.0.2.1/{LONG}",
}  # fmt: skip


def longest(text: str) -> int:
    """The longest run of one character."""
    most = run = 0
    for before, each in zip(" " + text, text, strict=False):
        run = run + 1 if each == before else 1
        most = max(most, run)
    return most


@pytest.mark.parametrize("value", VALUES)
def test_no_operation_of_the_console_repeats_what_is_long(value, serve):
    server = serve()
    told = {}
    for name, operation in compile_console(Console.__new__(Console)).operations.items():
        for parameter in operation.spec.parameters:
            server.clock.advance(1)
            body = {"email": "ada@example.org", "password": PASSWORD, "id": "acc_1", "operation": "shop.price"}
            given = {p.name: body.get(p.name, "x") for p in operation.spec.parameters if p.required}
            answer = server.console(name, body={**given, parameter.name: VALUES[value]}, operator=True)
            if answer.status >= 400 and longest(answer.body.decode()) > LONGEST:
                told[f"{name}({parameter.name})"] = answer.body[:300]
    assert {} == told
    assert OPERATIONS
