"""parvis.protocol.http.origin: which pages are ours."""

from __future__ import annotations

import pytest

from parvis.protocol.http.cors import Cors
from parvis.protocol.http.origin import foreign

LISTED = Cors(["https://app.example.org"])


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, False),
        (b"https://api.example.org", False),
        (b"http://127.0.0.1:8000", False),
        (b"https://127.0.0.1:8000", False),
        (b"https://app.example.org", False),
        (b"http://app.example.org", True),
        (b"http://127.0.0.1:8001", True),
        (b"http://127.0.0.1", True),
        (b"https://api.example.org.evil.example", True),
        (b"ftp://api.example.org", True),
        (b"chrome-extension://api.example.org", True),
        (b"null", True),
        (b"", True),
        (b"http://", True),
    ],
)
def test_a_page_is_ours_by_the_address_of_the_server_the_host_that_it_asked_or_the_list(
    origin: bytes | None, expected: bool
) -> None:
    assert expected == foreign(origin, b"127.0.0.1:8000", "https://api.example.org", LISTED)


def test_without_a_list_and_an_address_the_host_alone_is_ours() -> None:
    assert [False, True] == [foreign(o, b"LocalHost", "", None) for o in (b"http://localhost", b"http://other")]


def test_a_list_of_all_takes_every_page() -> None:
    assert not foreign(b"https://anybody.example", b"localhost", "", Cors(["*"]))
