"""contract/openapi/operation_errors: no outcome is forgotten, and a name of a response stands for one list of codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parvis.assembly.console import compile_console
from parvis.console.console import Console
from parvis.console.operations import OPERATIONS
from parvis.contract.model import Contract
from parvis.contract.openapi.operation_errors import ELSEWHERE, ROWS, refusals
from parvis.contract.outcomes import OUTCOMES

COMMON = {code for row in ROWS for code in row.codes}
OWN = {code for each in OPERATIONS.values() for code in each.refusals}


@pytest.fixture(scope="module")
def console() -> Contract:
    return compile_console(Console.__new__(Console)).contract


def test_every_outcome_is_an_operations_or_said_to_be_none() -> None:
    assert set(OUTCOMES) == COMMON | OWN | ELSEWHERE
    assert set() == (COMMON | OWN) & ELSEWHERE
    assert set() == COMMON & OWN


SHOP = """
from typing import Iterator
class Photos:
    def get(self, id: str) -> bytes: ...
    def list(self, first: int = 0) -> list[str]: ...
    def create(self, content: bytes, name: str = "") -> str: ...
    def delete(self, id: str) -> None: ...
    def turn(self, id: str, /, by: dict[str, int]) -> str: ...
    def watch(self) -> Iterator[str]: ...
class Shop:
    photos: Photos
    def price(self, item: str) -> float: ...
"""


def test_each_name_of_a_response_stands_for_one_list_of_codes_in_one_document(
    console: Contract, published: Callable[[str], Contract]
) -> None:
    for contract in (published(SHOP), console):
        found: dict[str, set[tuple[str, ...]]] = {}
        for operation in contract.operations:
            for refused in refusals(contract, operation).values():
                found.setdefault(refused.name, set()).add(refused.codes)
        assert {} == {name: codes for name, codes in found.items() if len(codes) > 1}


def test_the_codes_of_a_response_have_its_status(console: Contract) -> None:
    for operation in console.operations:
        for status, refused in refusals(console, operation).items():
            assert {status} == {OUTCOMES[code].status for code in refused.codes}
