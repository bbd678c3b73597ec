"""parvis.protocol.http.accept: which form an answer takes."""

from __future__ import annotations

import time

import pytest

from parvis.protocol.http.accept import STREAM, VALUE, chosen, coding

PACKED = "application/msgpack"
J, M = "application/json", PACKED


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (J, J),
        ("*/*", J),
        ("application/*", J),
        ("APPLICATION/JSON", J),
        (M, M),
        ("application/vnd.msgpack", "application/vnd.msgpack"),
        ("application/x-msgpack", "application/x-msgpack"),
        (f"{M}, {J}", J),
        (f"{M}, {J};q=0.9", M),
        (f"{J};q=0.1, {M};q=0.2", M),
        (f"{M}, */*", M),
        (f"{M};q=0.5, */*", J),
        (f"{J};q=0, */*", M),
        ("application/json;q=0, application/*;q=0.5", M),
        (f"{J};q=0", None),
        ("*/*;q=0", None),
        ("text/html", None),
        ("text/*", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", J),
        ("text/html, image/gif, *; q=.2, */*; q=.2", J),
        ("application/json, text/plain, */*", J),
        ("application/json; charset=utf-8", J),
        ('application/json;profile="a,b;q=0", text/html', J),
        ('text/html;x="application/json', None),
        ("application/jsonp", None),
        ("application/problem+json", None),
        ("", J),
        (" , ;q=1,", J),
        ("nonsense", J),
        ("application/json;q=2", J),
        ("application/json;q=nan, text/html", None),
        ("application/json;q=1e0, text/html", None),
        ("application/json ; Q=0.5 , application/msgpack;q=0.4", J),
        ("application/json;q=0.5;ext=1, application/msgpack;q=0.6", M),
        (f"{M};q=0.001", M),
    ],
)
def test_a_value_is_answered_in_the_best_of_what_is_asked_for(header: str, expected: str | None) -> None:
    found = chosen(header.encode(), VALUE)
    assert expected == (found and found.decode())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("*/*", "application/jsonl"),
        ("application/*", "application/jsonl"),
        ("application/jsonl, application/problem+json", "application/jsonl"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/event-stream", "text/event-stream"),
        ("text/*", "text/event-stream"),
        ("text/event-stream, */*", "text/event-stream"),
        ("application/json, text/event-stream", "text/event-stream"),
        ("application/json, text/event-stream;q=0.9", "application/json"),
        ("application/json, */*", "application/json"),
        (PACKED, None),
        ("text/html", None),
    ],
)
def test_a_stream_is_lines_events_or_an_array(header: str, expected: str | None) -> None:
    found = chosen(header.encode(), STREAM)
    assert expected == (found and found.decode())


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd, gzip", "zstd"),
        ("gzip;q=1.0, zstd;q=0.9", "gzip"),
        ("gzip;q=0.4, zstd;q=0.5", "zstd"),
        ("*", "zstd"),
        ("*;q=0.5, gzip", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("br, gzip;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", "zstd"),
        ("gzip;q=0, zstd;q=0, *", None),
        ("*;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5, zstd;q=0.9", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0.5, zstd;q=0.5, gzip;q=0.6", "gzip"),
        ("gzip, identity;q=0.5", "gzip"),
        ("identity;q=0", None),
        ("br", None),
        ("gzipped", None),
        ("gzip;q=x", None),
    ],
)
def test_the_coding_of_the_highest_quality_is_taken_and_zstd_of_two(header: str, expected: str | None) -> None:
    found = coding(header.encode())
    assert expected == (found and found.decode())


@pytest.mark.parametrize("piece", [b'"', b'\\"', b"a/b;", b",", b";q=", b"a/b,", b'a/b;x="\\', b" ", b"*/*;q=0,"])
def test_a_long_header_is_read_in_one_pass(piece: bytes) -> None:
    """32 kB, as long as a head may be; what is quadratic takes seconds for it."""
    field = piece * (32_000 // len(piece))
    began = time.process_time()
    chosen(field, VALUE)
    coding(field)
    assert time.process_time() - began < 1
