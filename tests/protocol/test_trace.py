"""What a caller calls its request: exactly of its form, or not at all."""

from __future__ import annotations

import pytest

from parvis.protocol.trace import client_request_id, trace_id

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize("text", [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-ff", f"cc-{TRACE}-{SPAN}-01-what-comes"])
def test_a_valid_traceparent_gives_its_trace(text: str) -> None:
    assert TRACE == trace_id(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "", "00", f"00-{TRACE}-{SPAN}", f"00-{TRACE}-{SPAN}-01-", f"00-{TRACE}-{SPAN}-01-more", f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0g",
        f"00-{TRACE[:-1]}-{SPAN}-01", f" 00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01\n", f"cc-{TRACE}-{SPAN}-01.more",
        f'00-{TRACE}-{SPAN}-01","x":"y',
    ],
)  # fmt: skip
def test_any_other_is_ignored(text: str) -> None:
    assert None is trace_id(text.encode())


@pytest.mark.parametrize(("text", "kept"), [
    ("a", True), ("order-7_B.2", True), ("x" * 64, True),
    ("", False), ("x" * 65, False), ("a b", False), ('a","b":"', False), ("a\n", False), ("é", False),
])  # fmt: skip
def test_a_request_id_of_the_callers_own_is_short_and_plain(text: str, kept: bool) -> None:
    assert (text if kept else None) == client_request_id(text.encode())
