"""The console as a service: what is published, where, and that the table of rights speaks of what there is."""

import pytest

from parvis.access.console import CONSOLE
from parvis.access.rights import Rights
from parvis.console.console import READS, Console
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load


@pytest.fixture(scope="module")
def compiled():
    return compile_facade(
        load("parvis.console.console:Console"), Options(name="parvis", reads=READS), reserved=frozenset()
    )


def test_its_operations_stand_where_the_documentation_says(compiled):
    first = {op.name: (op.routes[0].method, op.routes[0].path) for op in compiled.contract.operations}

    assert {
        "accounts.create": ("POST", "/accounts"),
        "accounts.get": ("POST", "/accounts.get"),
        "accounts.list": ("GET", "/accounts"),
        "keys.create": ("POST", "/keys"),
        "keys.list": ("GET", "/keys"),
        "keys.revoke": ("POST", "/keys/{id}/revoke"),
        "operators.create": ("POST", "/operators"),
        "operators.set": ("POST", "/operators/set"),
    } == first


def test_nothing_of_it_is_left_out_or_doubtful_and_every_parameter_is_explained(compiled):
    operations = compiled.contract.operations

    assert ((), ()) == (compiled.left_out, compiled.warnings)
    assert all(op.summary for op in operations)
    assert all(parameter.description for op in operations for parameter in op.parameters)


def test_the_caller_is_no_argument_of_any_operation(compiled):
    assert {"caller"}.isdisjoint(p.name for op in compiled.contract.operations for p in op.parameters)


def test_the_reads_are_operations_and_all_others_change_something(compiled):
    assert set(READS) == {op.name for op in compiled.contract.operations if op.read}


@pytest.mark.parametrize("kind", CONSOLE)
def test_every_right_of_the_table_covers_an_operation_that_exists(compiled, kind):
    names = [f"parvis.{op.name}" for op in compiled.contract.operations]

    for pattern in CONSOLE[kind]:
        assert pattern == "*" or any(Rights([pattern]).allows(name) for name in names)


def test_no_operation_is_open_to_nobody(compiled):
    names = {f"parvis.{op.name}" for op in compiled.contract.operations}

    assert names == {name for name in names if any(Rights(row).allows(name) for row in CONSOLE.values())}


def test_the_console_needs_no_server_to_be_looked_at():
    assert {"accounts", "keys", "operators"} == set(Console.__annotations__)
