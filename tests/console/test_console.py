"""The console as a service: what is published, where, and how it is explained. Who may call what: test_matrix.py."""

import pytest

from parvis.assembly.console import compile_console
from parvis.console.console import Console
from parvis.console.email.message import MemoryMailer
from parvis.console.operations import OPERATIONS
from parvis.console.registration import Registration


@pytest.fixture(scope="module")
def compiled():
    return compile_console(Console.__new__(Console))


def test_its_operations_stand_where_the_documentation_says(compiled):
    first = {
        op.name: (op.routes[0].method, op.routes[0].path, op.routes[0].status) for op in compiled.contract.operations
    }

    assert {
        "access.explain": ("GET", "/access/explain", 200),
        "accounts.approve": ("POST", "/accounts/{id}/approve", 200),
        "accounts.create": ("POST", "/accounts", 201),
        "accounts.erase": ("POST", "/accounts.erase", 200),
        "accounts.export": ("POST", "/accounts.export", 200),
        "accounts.get": ("POST", "/accounts.get", 200),
        "accounts.list": ("GET", "/accounts", 200),
        "accounts.request_reset": ("POST", "/accounts.request_reset", 200),
        "accounts.reset": ("POST", "/accounts.reset", 200),
        "accounts.reset_link": ("POST", "/accounts/{id}/reset_link", 200),
        "accounts.resume": ("POST", "/accounts/{id}/resume", 200),
        "accounts.set_password": ("POST", "/accounts.set_password", 200),
        "accounts.suspend": ("POST", "/accounts/{id}/suspend", 200),
        "accounts.update": ("PATCH", "/accounts/{id}", 200),
        "accounts.verify": ("POST", "/accounts.verify", 200),
        "audit.list": ("GET", "/audit", 200),
        "audit.verify": ("GET", "/audit/verify", 200),
        "keys.create": ("POST", "/keys", 201),
        "keys.get": ("GET", "/keys/{id}", 200),
        "keys.list": ("GET", "/keys", 200),
        "keys.report": ("POST", "/keys.report", 200),
        "keys.revoke": ("POST", "/keys/{id}/revoke", 200),
        "keys.rotate": ("POST", "/keys/{id}/rotate", 200),
        "keys.update": ("PATCH", "/keys/{id}", 200),
        "limits": ("POST", "/limits", 200),
        "operators.backup": ("POST", "/operators/backup", 200),
        "operators.create": ("POST", "/operators", 201),
        "operators.set": ("POST", "/operators/set", 200),
        "plans.create": ("POST", "/plans", 201),
        "plans.delete": ("DELETE", "/plans/{id}", 204),
        "plans.get": ("GET", "/plans/{id}", 200),
        "plans.list": ("GET", "/plans", 200),
        "plans.update": ("PATCH", "/plans/{id}", 200),
        "tokens.create": ("POST", "/tokens", 201),
        "usage.calls": ("GET", "/usage/calls", 200),
        "usage.deprecated": ("GET", "/usage/deprecated", 200),
        "usage.export": ("POST", "/usage/export", 200),
        "usage.summary": ("GET", "/usage/summary", 200),
    } == first


def test_nothing_of_it_is_left_out_or_doubtful_and_every_parameter_is_explained(compiled):
    operations = compiled.contract.operations

    assert ((), ()) == (compiled.left_out, compiled.warnings)
    assert all(op.summary for op in operations)
    assert all(parameter.description for op in operations for parameter in op.parameters)


def test_the_caller_is_no_argument_of_any_operation(compiled):
    assert {"caller"}.isdisjoint(p.name for op in compiled.contract.operations for p in op.parameters)


def test_the_reads_are_operations_and_all_others_change_something(compiled):
    reads = {
        "access.explain", "accounts.get", "accounts.list", "audit.list", "audit.verify", "keys.get", "keys.list",
        "limits", "plans.get", "plans.list", "usage.calls", "usage.deprecated", "usage.summary",
    }  # fmt: skip
    assert reads == {op.name for op in compiled.contract.operations if op.read}
    assert reads == {name for name, each in OPERATIONS.items() if each.read}


def test_none_of_it_takes_a_thread(compiled):
    assert {"loop"} == {operation.mode for operation in compiled.operations.values()}


def test_where_letters_go_out_two_operations_say_accepted_and_no_more():
    compiled = compile_console(Console.__new__(Console), Registration(mailer=MemoryMailer()))
    without = compile_console(Console.__new__(Console), Registration())

    def statuses(facade):
        return {o.name: {route.status for route in o.routes} for o in facade.contract.operations}

    changed = {n: s for n, s in statuses(compiled).items() if s != statuses(without)[n]}
    assert {"accounts.create": {202}, "accounts.request_reset": {202}} == changed
    assert statuses(compiled) == {
        name: {route.status for route in operation.spec.routes} for name, operation in compiled.operations.items()
    }


def test_the_console_needs_no_server_to_be_looked_at():
    parts = {"accounts", "keys", "tokens", "plans", "usage", "access", "audit", "operators"}

    assert parts == set(Console.__annotations__)
