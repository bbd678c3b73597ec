"""parvis.contract.openapi.formats: the patterns take what goes out and nothing that is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.model import Contract
from parvis.contract.openapi.document import openapi
from parvis.contract.openapi.formats import PATTERNS, patterned
from parvis.contract.outcomes import Refusal
from parvis.facade.codec import Arguments, Result

TYPES: dict[str, Any] = {"base64url": bytes, "decimal": Decimal, "fraction": Fraction}
READ = {name: Arguments(name, {"x": kind}, {"x"}, ()) for name, kind in TYPES.items()}
WRITTEN = {name: Result(kind) for name, kind in TYPES.items()}


@given(st.sampled_from(sorted(TYPES)).flatmap(lambda name: st.tuples(st.just(name), st.from_regex(PATTERNS[name]))))
def test_what_a_pattern_takes_is_read(given: tuple[str, str]) -> None:
    name, text = given
    if not text.endswith("\n"):  # `$` of Python stands before a last line break too; that of JSON Schema does not
        READ[name].decode(json.dumps({"x": text}).encode())


VALUES = {
    "base64url": st.binary(max_size=20),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False),
    "fraction": st.fractions(),
}


@given(st.data(), st.sampled_from(sorted(TYPES)))
def test_what_goes_out_is_taken_by_its_pattern(data: st.DataObject, name: str) -> None:
    text = json.loads(WRITTEN[name].encode(data.draw(VALUES[name])))
    assert re.search(PATTERNS[name], text), text


@pytest.mark.parametrize(
    ("name", "text"),
    [("base64url", "e"), ("base64url", "-_"), ("base64url", "e A="), ("decimal", "NaN"), ("decimal", "1,5"),
     ("decimal", "."), ("fraction", "1/0"), ("fraction", "a")],
)  # fmt: skip
def test_what_is_refused_no_pattern_takes(name: str, text: str) -> None:
    with pytest.raises(Refusal):
        READ[name].decode(json.dumps({"x": text}).encode())
    assert not re.search(PATTERNS[name], text)


def test_a_pattern_of_the_publishers_own_stays() -> None:
    assert "^a$" == patterned({"type": "string", "format": "decimal", "pattern": "^a$"})["pattern"]


def test_the_length_of_bytes_is_told_as_that_of_their_text() -> None:
    bounded = {"type": "string", "format": "base64url", "minLength": 2, "maxLength": 4}
    told = patterned({"type": "array", "items": bounded})["items"]
    assert (3, 8) == (told["minLength"], told["maxLength"])
    assert (2, 4) == (bounded["minLength"], bounded["maxLength"])


def test_the_document_has_them_wherever_such_text_stands(published: Callable[[str], Contract]) -> None:
    made = openapi(
        published(
            "from dataclasses import dataclass\nfrom decimal import Decimal\n"
            "@dataclass\nclass Price:\n    amount: Decimal\n    seal: bytes\n"
            "class Shop:\n    def find(self, least: Decimal) -> dict[str, list[Price]]: ...\n"
        ),
        server_url=None,
    )
    text = json.dumps(made)
    assert text.count(json.dumps(PATTERNS["decimal"])) > 1
    assert '"format": "decimal"' not in text  # generators make code of it that does not run
    assert text.count('"format": "base64url"') == text.count(json.dumps(PATTERNS["base64url"])) > 0
    assert '"format": "binary"' not in text
