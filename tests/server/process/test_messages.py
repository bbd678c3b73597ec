"""RFC 9112, case by case: what is understood, what is refused, and that nothing of a message is taken for the next.

Every row is sent in one piece, byte by byte, and with a good request behind it.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from .carried import Carried, answers, sent, settled

H = b"host: x\r\n"
G = b"GET /a HTTP/1.1\r\n" + H
P = b"POST /a HTTP/1.1\r\n" + H
C = P + b"transfer-encoding: chunked\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\n" + H + b"\r\n"
OK, PO = (200, b"GET /a"), (200, b"POST /a")
BAD = (400, b"malformed-request")
METHOD, CODING, VERSION = (501, b"method-unknown"), (501, b"coding-unknown"), (505, b"version-unknown")
LARGE = (431, b"headers-too-large")


def body(data: bytes) -> tuple[int, bytes]:
    return 200, b"POST /a " + data


UNDERSTOOD: tuple[tuple[str, bytes, list[tuple[int, bytes]]], ...] = (
    # Section 2.2: empty lines before a request line are ignored
    ("empty line before", b"\r\n" + G + b"\r\n", [OK]),
    ("two empty lines before", b"\r\n\r\n" + G + b"\r\n", [OK]),
    # Section 3: methods, case-sensitive; targets in their forms
    *((f"method {m.decode()}", m + b" /a HTTP/1.1\r\n" + H + b"\r\n", [(200, m + b" /a")])
      for m in (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"QUERY", b"PROPFIND", b"PURGE", b"TRACE")),
    ("origin form", G + b"\r\n", [OK]),
    ("origin form with a query", b"GET /a?b=c HTTP/1.1\r\n" + H + b"\r\n", [(200, b"GET /a?b=c")]),
    ("query with a slash and a mark", b"GET /a?b=/c?d HTTP/1.1\r\n" + H + b"\r\n", [(200, b"GET /a?b=/c?d")]),
    ("empty query", b"GET /a? HTTP/1.1\r\n" + H + b"\r\n", [OK]),
    ("percent", b"GET /%41 HTTP/1.1\r\n" + H + b"\r\n", [(200, b"GET /%41")]),
    ("absolute form", b"GET http://x/a HTTP/1.1\r\n" + H + b"\r\n", [OK]),
    ("absolute form of https", b"GET https://x/a HTTP/1.1\r\n" + H + b"\r\n", [OK]),
    ("absolute form, upper case", b"GET HTTP://x/a HTTP/1.1\r\n" + H + b"\r\n", [OK]),
    ("absolute form without a path", b"GET http://x HTTP/1.1\r\n" + H + b"\r\n", [(200, b"GET /")]),
    ("absolute form with a query", b"GET http://x/a?b HTTP/1.1\r\n" + H + b"\r\n", [(200, b"GET /a?b")]),
    ("absolute form with a port", b"GET http://x:81/a HTTP/1.1\r\n" + H + b"\r\n", [OK]),
    ("asterisk form", b"OPTIONS * HTTP/1.1\r\n" + H + b"\r\n", [(200, b"OPTIONS *")]),
    # Section 5: fields
    ("no space after the colon", b"GET /a HTTP/1.1\r\nhost:x\r\n\r\n", [OK]),
    ("spaces around a value", b"GET /a HTTP/1.1\r\nhost: \t x \t \r\n\r\n", [OK]),
    ("an empty value", G + b"x-a:\r\n\r\n", [OK]),
    ("bytes above 127 in a value", G + b"x-a: \xc3\xa9\r\n\r\n", [OK]),
    ("names in any case", b"GET /a HTTP/1.1\r\nHOST: x\r\n\r\n", [OK]),
    ("a tab within a value", G + b"x-a: b\tc\r\n\r\n", [OK]),
    ("every mark of a name", G + b"!#$%&'*+-.^_`|~9: b\r\n\r\n", [OK]),
    ("a hundred fields", G + b"".join(b"x-%d: 1\r\n" % n for n in range(99)) + b"\r\n", [OK]),
    # Section 6: bodies
    ("content-length 0", P + b"content-length: 0\r\n\r\n", [PO]),
    ("content-length", P + b"content-length: 2\r\n\r\nab", [body(b"ab")]),
    ("content-length with a zero before", P + b"content-length: 02\r\n\r\nab", [body(b"ab")]),
    ("content-length with spaces around", P + b"content-length:  2 \r\n\r\nab", [body(b"ab")]),
    ("a body of GET", G + b"content-length: 2\r\n\r\nab", [(200, b"GET /a ab")]),
    ("no body told", P + b"\r\n", [PO]),
    ("a body that names another protocol", P + b"content-length: 8\r\n\r\na RTSP/1", [body(b"a RTSP/1")]),
    ("a body that names one more", P + b"content-length: 8\r\n\r\nab ICE/1", [body(b"ab ICE/1")]),
    ("a body that looks like a request", P + b"content-length: %d\r\n\r\n" % len(NEXT) + NEXT, [body(NEXT)]),
    # Section 7: chunks
    ("no chunk", C + b"0\r\n\r\n", [PO]),
    ("a chunk", C + b"2\r\nab\r\n0\r\n\r\n", [body(b"ab")]),
    ("chunks", C + b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n", [body(b"ab")]),
    ("a size in hexadecimal", C + b"a\r\n0123456789\r\n0\r\n\r\n", [body(b"0123456789")]),
    ("a size in upper case", C + b"A\r\n0123456789\r\n0\r\n\r\n", [body(b"0123456789")]),
    ("a size with zeros before", C + b"0002\r\nab\r\n000\r\n\r\n", [body(b"ab")]),
    ("an extension", C + b"2;a\r\nab\r\n0\r\n\r\n", [body(b"ab")]),
    ("an extension with a value", C + b"2;a=b\r\nab\r\n0;c=d\r\n\r\n", [body(b"ab")]),
    ("an extension with a quoted value", C + b'2;a="b c"\r\nab\r\n0\r\n\r\n', [body(b"ab")]),
    ("a trailer", C + b"2\r\nab\r\n0\r\nx-t: v\r\n\r\n", [body(b"ab")]),
    ("trailers", C + b"0\r\nx-t: v\r\nx-u: w\r\n\r\n", [PO]),
    ("a trailer that says who calls", C + b"0\r\nauthorization: Bearer x\r\n\r\n", [PO]),
    ("a body of chunks with GET", G + b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", [(200, b"GET /a a")]),
    ("the coding in upper case", P + b"transfer-encoding: Chunked\r\n\r\n0\r\n\r\n", [PO]),
    # RFC 9110 section 7.8: what is offered may be ignored
    *((f"offer of {what.decode()}, {name}",
       start + b"connection: upgrade\r\nupgrade: " + what + b"\r\n" + rest, [expected])
      for what in (b"h2c", b"websocket", b"TLS/1.0")
      for name, start, rest, expected in (
          ("without a body", G, b"\r\n", OK),
          ("with a length", P, b"content-length: 2\r\n\r\nab", body(b"ab")),
          ("with chunks", P, b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx-t: v\r\n\r\n", body(b"ab")),
          ("with a request for a body", P, b"content-length: %d\r\n\r\n" % len(NEXT) + NEXT, body(NEXT)),
      )),
    ("curl's offer", P + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
     b"Content-Length: 2\r\n\r\nab", [body(b"ab")]),
    # RFC 9110 section 10.1.1
    ("a wait for 100", P + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\nab", [body(b"ab")]),
    ("an expectation that nobody knows", P + b"expect: 200-ok\r\ncontent-length: 2\r\n\r\nab", [body(b"ab")]),
    # Section 9.3: pipelining
    ("two requests", G + b"\r\n" + P + b"content-length: 1\r\n\r\nb", [OK, body(b"b")]),
    ("requests after chunks", C + b"1\r\na\r\n0\r\n\r\n" + G + b"\r\n", [body(b"a"), OK]),
    ("ten requests", (G + b"\r\n") * 10, [OK] * 10),
)  # fmt: skip

LAST: tuple[tuple[str, bytes, list[tuple[int, bytes]]], ...] = (
    # Understood, and the connection ends with it
    ("connection: close", G + b"connection: close\r\n\r\n", [OK]),
    ("connection: Close, x", G + b"connection: Close, x\r\n\r\n", [OK]),
    ("close with a body", P + b"connection: close\r\ncontent-length: 1\r\n\r\na", [body(b"a")]),
    ("HTTP/1.0", b"GET /a HTTP/1.0\r\n\r\n", [OK]),
    ("HTTP/1.0 with a body", b"POST /a HTTP/1.0\r\ncontent-length: 1\r\n\r\na", [body(b"a")]),
    ("HTTP/1.0 that would stay", b"GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", [OK]),
    ("HTTP/1.0 with a long head", b"GET /a HTTP/1.0\r\nx: " + b"y" * 3_000 + b"\r\n\r\n", [OK]),
    ("HTTP/1.0 with a long target", b"GET /" + b"a" * 3_000 + b" HTTP/1.0\r\n\r\n", [(200, b"GET /" + b"a" * 3_000)]),
    ("HTTP/1.0 after HTTP/1.1", G + b"\r\n" + b"GET /a HTTP/1.0\r\n\r\n", [OK, OK]),
    ("HTTP/1.0 after a body", P + b"content-length: 1\r\n\r\nb" + b"GET /a HTTP/1.0\r\n\r\n", [body(b"b"), OK]),
    ("an offer and close", G + b"connection: upgrade, close\r\nupgrade: h2c\r\n\r\n", [OK]),
    ("bad after good", G + b"\r\n\x00\r\n\r\n", [OK, BAD]),
    ("bad after two", (G + b"\r\n") * 2 + G + b"x y: z\r\n\r\n", [OK, OK, BAD]),
)  # fmt: skip

REFUSED: tuple[tuple[str, bytes, tuple[int, bytes]], ...] = (
    # The request line
    *((f"method {m!r}", m + b" /a HTTP/1.1\r\n" + H + b"\r\n", METHOD)
      for m in (b"BREW", b"get", b"Get", b"GETX", b"POSTS", b"X", b"GE-T", b"QUERYX")),
    ("CONNECT", b"CONNECT x:443 HTTP/1.1\r\n" + H + b"\r\n", METHOD),
    *((f"a method with {byte!r}", b"G" + byte + b"T /a HTTP/1.1\r\n" + H + b"\r\n", BAD)
      for byte in (b"\x00", b"\x7f", b"(", b"/", b"\xe9", b":")),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", BAD),
    ("a space before", b" GET /a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a tab after the method", b"GET\t/a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a space in the target", b"GET /a b HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a space after the version", b"GET /a HTTP/1.1 \r\n" + H + b"\r\n", BAD),
    ("a NUL in the target", b"GET /\x00 HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a control in the target", b"GET /\x01 HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a byte above 127 in the target", b"GET /\xff HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a byte above 127 in the query", b"GET /?\xff HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a fragment", b"GET /a#b HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("a relative target", b"GET a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("an asterisk with GET", b"GET * HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("an absolute form without a host", b"GET http:///a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("an absolute form with a user", b"GET http://u@x/a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    ("an absolute form of another scheme", b"GET ftp://x/a HTTP/1.1\r\n" + H + b"\r\n", BAD),
    *((f"version {v.decode()}", b"GET /a " + v + b"\r\n" + H + b"\r\n", VERSION)
      for v in (b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/9.9", b"HTTP/3.0", b"HTTP/2")),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION),
    *((f"version {v.decode()}", b"GET /a " + v + b"\r\n" + H + b"\r\n", BAD)
      for v in (b"HTTP/1", b"http/1.1", b"HTTP/1.1.1", b"HTTP/ 1.1", b"HTP/1.1", b"HTTP/a.b", b"HTTP/11.1")),
    ("no version", b"GET /a\r\n" + H + b"\r\n", VERSION),
    ("another protocol", b"GET /a RTSP/1.0\r\n" + H + b"\r\n", VERSION),
    *((f"another protocol, {v.decode()}", b"SOURCE /a " + v + b"\r\n" + H + b"\r\n", VERSION)
      for v in (b"ICE/1.0", b"ICE/1.1")),
    ("another protocol, long", b"GET /" + b"a" * 3_000 + b" RTSP/1.1\r\n" + H + b"\r\n", VERSION),
    ("line feeds alone", b"GET /a HTTP/1.1\nhost: x\n\n", BAD),
    ("a carriage return alone", b"GET /a HTTP/1.1\rhost: x\r\r", BAD),
    # Fields
    ("a space before the colon", b"GET /a HTTP/1.1\r\nhost : x\r\n\r\n", BAD),
    ("a tab before the colon", b"GET /a HTTP/1.1\r\nhost\t: x\r\n\r\n", BAD),
    ("no colon", G + b"x\r\n\r\n", BAD),
    ("no name", G + b": x\r\n\r\n", BAD),
    ("a space in a name", G + b"x y: z\r\n\r\n", BAD),
    ("a folded line", G + b"x: y\r\n z\r\n\r\n", BAD),
    ("a folded line with a tab", G + b"x: y\r\n\tz\r\n\r\n", BAD),
    ("a folded first line", b"GET /a HTTP/1.1\r\n host: x\r\n\r\n", BAD),
    ("a line feed after a value", G + b"x: y\n\r\n", BAD),
    *((f"a name with {byte!r}", G + b"x" + byte + b": y\r\n\r\n", BAD)
      for byte in (b"(", b"[", b"@", b'"', b"\x00", b"\x7f", b"\xe9", b"=", b"{")),
    *((f"a value with {byte!r}", G + b"x: a" + byte + b"b\r\n\r\n", BAD)
      for byte in (b"\x00", b"\x01", b"\x0b", b"\x7f", b"\r", b"\x1b")),
    ("more than a hundred fields", G + b"".join(b"x-%d: 1\r\n" % n for n in range(100)) + b"\r\n", LARGE),
    ("a head of 33 kB", G + b"x: " + b"y" * 33_000 + b"\r\n\r\n", LARGE),
    ("a target of 33 kB", b"GET /" + b"y" * 33_000 + b" HTTP/1.1\r\n" + H + b"\r\n", LARGE),
    # Framing: what two readers could read differently
    *((f"content-length {n!r}", P + b"content-length: " + n + b"\r\n\r\nab", BAD)
      for n in (b"", b"-1", b"+2", b"2.0", b"0x2", b"2,2", b"2, 2", b"2 2", b"a", b"1e1", b"\xb2", b"9" * 30, b"2;")),
    ("content-length twice", P + b"content-length: 2\r\ncontent-length: 2\r\n\r\nab", BAD),
    ("two lengths", P + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc", BAD),
    ("length and chunks", P + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    ("chunks and length", P + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", BAD),
    ("length and a hidden coding", P + b"content-length: 2\r\ntransfer-encoding: xchunked\r\n\r\nab", BAD),
    *((f"coding {c!r}", P + b"transfer-encoding: " + c + b"\r\n\r\n0\r\n\r\n", CODING)
      for c in (b"gzip, chunked", b"gzip", b"identity", b"xchunked", b"deflate,chunked", b"chunkedx", b'"chunked"')),
    *((f"coding {c!r}", P + b"transfer-encoding: " + c + b"\r\n\r\n0\r\n\r\n", BAD)
      for c in (b"", b"chunked, identity", b"chunked, chunked", b"\x0bchunked", b"chunked\x00")),
    ("coding twice", P + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    ("coding, then another", P + b"transfer-encoding: chunked\r\ntransfer-encoding: gzip\r\n\r\n0\r\n\r\n", BAD),
    ("a coding with a space before the colon", P + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", BAD),
    ("a folded coding", P + b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n", BAD),
    ("chunks by HTTP/1.0", b"POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", BAD),
    # Chunks
    *((f"size {n!r}", C + n + b"\r\nab\r\n0\r\n\r\n", BAD)
      for n in (b"-2", b"+2", b"0x2", b"g", b"", b" 2", b"2 ", b"2_", b"f" * 17, b"\x002", b"2 ;a")),
    ("a size ended by a line feed", C + b"2\nab\r\n0\r\n\r\n", BAD),
    ("data ended by a line feed", C + b"2\r\nab\n0\r\n\r\n", BAD),
    ("data longer than told", C + b"1\r\nab\r\n0\r\n\r\n", BAD),
    ("data shorter than told", C + b"3\r\nab\r\n0\r\n\r\n", BAD),
    ("an extension ended by a line feed", C + b"2;a\nab\r\n0\r\n\r\n", BAD),
    ("an extension with a control", C + b"2;a\x01\r\nab\r\n0\r\n\r\n", BAD),
    ("an open quote in an extension", C + b'2;a="b\r\nab\r\n0\r\n\r\n', BAD),
    ("a trailer that frames", C + b"0\r\ncontent-length: 99\r\n\r\n", BAD),
    ("a folded trailer", C + b"0\r\nx: y\r\n z\r\n\r\n", BAD),
    ("a trailer with a space before the colon", C + b"0\r\nx : y\r\n\r\n", BAD),
)  # fmt: skip


def asked(data: bytes, size: int) -> tuple[list[tuple[int, bytes]], bool]:
    """What is answered when it comes in pieces of this size, and whether the connection ends."""

    async def ask() -> tuple[list[tuple[int, bytes]], bool]:
        carried = Carried()
        transport = await sent(carried, [data[at : at + size] for at in range(0, len(data), size)])
        assert [] == carried.raised
        return answers(b"".join(transport.writes)), transport.closed or transport.half_closed

    return asyncio.run(ask())


def test_the_table_is_long_and_names_each_case_once() -> None:
    names = [row[0] for table in (UNDERSTOOD, LAST, REFUSED) for row in table]
    assert len(names) == len(set(names))
    assert len(names) >= 150


def sizes(data: bytes) -> tuple[int, ...]:
    return (len(data), 1) if len(data) < 2_000 else (len(data), 997)


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in UNDERSTOOD], ids=[row[0] for row in UNDERSTOOD])
def test_it_is_understood(data: bytes, expected: list[tuple[int, bytes]]) -> None:
    both = [*expected, (200, b"GET /next")]
    assert [(expected, False)] * 2 == [asked(data, size) for size in sizes(data)]
    assert [(both, False)] * 2 == [asked(data + NEXT, size) for size in sizes(data + NEXT)]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in LAST], ids=[row[0] for row in LAST])
def test_it_is_the_last_of_its_connection(data: bytes, expected: list[tuple[int, bytes]]) -> None:
    assert [(expected, True)] * 2 == [asked(data + NEXT, size) for size in sizes(data + NEXT)]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_it_is_refused_and_nothing_is_taken_for_the_next(data: bytes, expected: tuple[int, bytes]) -> None:
    assert [([expected], True)] * 2 == [asked(data + NEXT, size) for size in sizes(data + NEXT)]


@pytest.mark.parametrize(
    "data", [C + b"0\r\nx-t: ", C + b"2;a=", C + b"0\r\n" + b"x-t: v\r\n" * 5_000, C + b"2\r\nab\r\n0\r\nx-t: "],
    ids=["a trailer", "an extension", "trailers", "a trailer after a chunk"],
)  # fmt: skip
def test_what_stands_between_the_bytes_of_a_body_is_bounded(data: bytes) -> None:
    read = 0

    async def ask() -> list[tuple[int, bytes]]:
        nonlocal read
        carried = Carried()
        connection, transport = carried.connected()
        connection.data_received(data)
        while not (transport.closed or transport.half_closed) and read < 1_000_000:
            connection.data_received(b"v" * 1_000)
            read += 1_000
            await asyncio.sleep(0)
        await settled()
        return answers(b"".join(transport.writes))

    assert [LARGE] == asyncio.run(ask())
    assert read <= 40_000


def test_trailers_are_no_fields_of_the_request() -> None:
    async def ask() -> None:
        carried = Carried()
        await sent(carried, [C + b"2\r\nab\r\n0\r\nx-user: mallory\r\nhost: y\r\n\r\n"])
        assert [{b"host": b"x", b"transfer-encoding": b"chunked"}] == [dict(each.fields) for each in carried.seen]

    asyncio.run(ask())


def test_the_address_in_the_target_goes_before_the_host() -> None:
    async def ask() -> None:
        carried = Carried()
        await sent(carried, [b"GET http://evil.example/a HTTP/1.1\r\n" + H + b"\r\n"])
        assert b"evil.example" == carried.seen[0].fields[b"host"]

    asyncio.run(ask())


def test_a_wait_for_100_is_answered_when_the_body_is_read() -> None:
    async def ask() -> list[bytes]:
        head = P + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n"
        return (await sent(Carried(), [head, b"ab"])).writes

    first, second = asyncio.run(ask())
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == first
    assert re.match(rb"HTTP/1\.1 200 OK\r\ndate: [^\r]+ GMT\r\ncontent-length: 10\r\n\r\nPOST /a ab\Z", second)
