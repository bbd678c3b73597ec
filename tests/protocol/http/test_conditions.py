"""parvis.protocol.http.conditions: entity tags."""

from __future__ import annotations

import re

import pytest

from parvis.protocol.http.conditions import RAW, match, none_match, tag

TAG = tag(b"{}")
T = TAG.decode()


def test_a_tag_is_strong_and_of_the_bytes_and_their_form() -> None:
    assert re.fullmatch(rb'"[0-9a-f]{32}"', TAG)
    assert 3 == len({TAG, tag(b"{} "), tag(b"{}", RAW)})
    assert TAG == tag(b"{}")


@pytest.mark.parametrize(
    ("field", "weak", "strong"),
    [
        (T, True, True),
        (f"W/{T}", True, False),
        ("*", True, True),
        (" * ", True, True),
        (f'"a", {T}', True, True),
        (f'W/"a" ,{T},"b"', True, True),
        (f'W/{T}, "b"', True, False),
        (f"W/{T}, {T}", True, True),
        ('"a"', False, False),
        ("", False, False),
        (T.strip('"'), False, False),
        (T[:-1] + '-gz"', False, False),
        ('"*"', False, False),
    ],
)
def test_a_list_of_tags_is_compared_weakly_or_strongly(field: str, weak: bool, strong: bool) -> None:
    assert (weak, strong) == (not none_match(field.encode(), TAG), match(field.encode(), TAG))
