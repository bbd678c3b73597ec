"""Which scripts may call: by the operator's list, and never by what they say of themselves."""

from __future__ import annotations

import pytest

from parvis.protocol.http.cors import Cors, merged

APP = b"https://app.example.org"


@pytest.mark.parametrize(
    "origin",
    [
        None, b"", b"null", b"https://evil.example", b"https://app.example.org.evil.example",
        b"https://app.example.org/", b"http://app.example.org", b"https://app.example.org:8443", b"https://APP.example.org",
        b"app.example.org", b"*",
        b"https://app.example.org, https://evil.example",
    ],
)  # fmt: skip
def test_a_foreign_origin_is_told_nothing_but_that_answers_vary(origin: bytes | None) -> None:
    cors = Cors(["https://app.example.org"])
    assert [(b"vary", b"Origin")] == cors.headers(origin)
    assert [] == cors.preflight(origin, b"POST")


def test_a_listed_origin_may_read_what_clients_need_and_never_with_cookies() -> None:
    cors = Cors(["https://app.example.org", "http://localhost:5173", "http://[::1]:3000"])
    for origin in (APP, b"http://localhost:5173", b"http://[::1]:3000"):
        told = dict(cors.headers(origin)) | dict(cors.preflight(origin, b"GET, HEAD, OPTIONS"))
        assert (origin, b"Origin") == (told[b"access-control-allow-origin"], told[b"vary"])
        exposed = set(told[b"access-control-expose-headers"].decode().lower().split(", "))
        assert set() == {
            "x-request-id", "ratelimit", "ratelimit-policy", "retry-after", "location", "etag", "link", "deprecation",
            "sunset",
        } - exposed  # fmt: skip
        assert b"Authorization" in told[b"access-control-allow-headers"].split(b", ")
        assert b"GET, HEAD, OPTIONS" == told[b"access-control-allow-methods"]
        assert b"access-control-allow-credentials" not in told


def test_everybody_may_where_the_list_says_so_and_then_nothing_varies() -> None:
    cors = Cors(["*"])
    for origin in (None, APP, b"null"):
        told = dict(cors.headers(origin)) | dict(cors.preflight(origin, b"POST"))
        assert b"*" == told[b"access-control-allow-origin"]
        assert b"Authorization" in told[b"access-control-allow-headers"].split(b", ")
        assert not told.keys() & {b"access-control-allow-credentials", b"vary"}


@pytest.mark.parametrize(
    "wrong",
    [
        ["*", "https://app.example.org"], ["null"], [""], ["app.example.org"], ["https://app.example.org/"],
        ["https://app.example.org/path"], ["https://APP.example.org"], ["https://*.example.org"], ["https://"],
        ["https://app.example.org:443"], ["http://app.example.org:80"], ["https://app.example.org:0"],
        ["https://ada@app.example.org"], ["https://app.example.org\r\nx: y"],
    ],
)  # fmt: skip
def test_what_no_browser_sends_cannot_be_listed(wrong: list[str]) -> None:
    with pytest.raises(ValueError, match=r"origin|port that its scheme"):
        Cors(wrong)


def test_there_is_one_vary_of_all() -> None:
    kind, vary = (b"content-type", b"application/json"), (b"vary", b"Accept")
    assert [kind, (b"vary", b"Accept, Origin")] == merged([vary, kind], [(b"vary", b"Origin")])
    assert [kind, vary] == merged([kind], [vary])
    assert [kind] == merged([kind], [])
