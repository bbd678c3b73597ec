"""parvis.contract.bodies: which operations take and give bytes as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parvis.contract.bodies import by_form, raw, upload, uploads
from parvis.contract.model import Contract, Operation

Published = Callable[..., Contract]


def operation(published: Published, signature: str, **options: object) -> Operation:
    source = f"from typing import BinaryIO, IO\nimport io\nclass Shop:\n    def put(self, {signature}: ..."
    return published(source, **options).operations[0]


@pytest.mark.parametrize(
    ("signature", "expected", "form"),
    [
        ("f: BinaryIO) -> int", "f", True),
        ("f: IO[bytes]) -> int", "f", True),
        ("f: io.BufferedIOBase | None = None) -> int", "f", True),
        ("f: bytes) -> int", "f", True),
        ("f: bytes | None = None) -> int", "f", True),
        ("name: str, tags: list[int], f: bytes) -> int", "f", True),
        ("f: bytes, rest: dict[str, int] = {}) -> int", "f", True),
        ("f: bytes, rest: dict[str, int]) -> int", None, False),
        ("f: bytes, g: BinaryIO) -> int", None, False),
        ("f: bytes | None = None, g: bytes | None = None) -> int", None, True),
        ("f: list[bytes]) -> int", None, False),
        ("f: bytes | int) -> int", None, False),
        ("name: str) -> int", None, True),
        ("name: dict[str, int]) -> int", None, False),
    ],
)
def test_the_only_parameter_of_bytes_beside_simple_ones_is_the_upload(
    signature: str, expected: str | None, form: bool, published: Published
) -> None:
    made = operation(published, signature)
    found = upload(made)
    assert expected == (found and found.name)
    assert form == by_form(made)
    assert (("application/octet-stream",) if expected else ()) == uploads(made)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("x: int) -> bytes", "application/octet-stream"),
        ("x: int) -> bytes | None", None),
        ("x: int) -> list[bytes]", None),
        ("x: int) -> str", None),
    ],
)
def test_a_result_that_is_exactly_bytes_is_raw(signature: str, expected: str | None, published: Published) -> None:
    assert expected == raw(operation(published, signature))


def test_items_of_bytes_are_not_raw(published: Published) -> None:
    made = published("from typing import Iterator\nclass Shop:\n    def put(self) -> Iterator[bytes]: ...")
    assert None is raw(made.operations[0])


def test_media_is_the_type_of_the_result_and_one_more_of_the_upload(published: Published) -> None:
    made = operation(published, "f: bytes) -> bytes", media={"put": "image/png"})
    assert ("image/png", ("application/octet-stream", "image/png")) == (raw(made), uploads(made))


def test_a_pattern_of_media_leaves_out_what_has_no_bytes(published: Published) -> None:
    source = "class Shop:\n    def a(self) -> bytes: ...\n    def b(self) -> int: ..."
    assert ["image/png", None] == [o.media for o in published(source, media={"*": "image/png"}).operations]
