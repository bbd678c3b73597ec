"""What means ill, or does not know better: bytes that are no request, or one that is too long, too slow, too odd."""

from __future__ import annotations

import json

from corpus.asks import JSON, OCTETS, Ask, Story, alone, bearer, get, in_turn, post
from corpus.calls import MULTIPART, multipart
from corpus.samples import BAZAAR

SETTINGS = {
    "header_limit": 4096,
    "body_limit": 2000,
    "upload_limit": 3000,
    "header_timeout": 1.0,
    "request_timeout": 1.5,
}
RUN = bearer("run")
HOST = b"Host: 127.0.0.1:{{port}}\r\n"
KEY = b"Authorization: Bearer {{run}}\r\n"
QUICK = b"GET /bazaar/v2/quick?number=1 HTTP/1.1\r\n" + HOST + KEY
SAY = b"POST /bazaar/v2/mirror HTTP/1.1\r\n" + HOST + KEY + b"Content-Type: application/json\r\n"
PUT = b"POST /bazaar/v2/put?name=x HTTP/1.1\r\n" + HOST + KEY
PUT += b"Content-Type: application/octet-stream\r\nContent-Length: 9\r\n\r\n"
CHUNK = b'c\r\n{"value": 1}\r\n'
WEBSOCKET = b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
LAST = b"Connection: close\r\n\r\n"

RAW: dict[str, bytes] = {
    "no host": b"GET /bazaar/v2/quick?number=1 HTTP/1.1\r\n\r\n",
    "no host for health": b"GET /health/live HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /bazaar/v2/quick HTTP/1.1\r\n" + HOST + b"Host: evil\r\n\r\n",
    "an evil host": b"GET /bazaar/v2/quick HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "HTTP/1.0": b"GET /bazaar/v2/quick?number=1 HTTP/1.0\r\n" + HOST + KEY + b"\r\n",
    "HTTP/1.0 without a host": b"GET /bazaar/v2/quick HTTP/1.0\r\n\r\n",
    "HTTP/1.0 kept": QUICK.replace(b"1.1", b"1.0") + b"Connection: keep-alive\r\n\r\n" + QUICK + LAST,
    "an absolute address": b"GET http://127.0.0.1:{{port}}/bazaar/v2/quick?number=1 HTTP/1.1\r\n" + HOST + KEY + LAST,
    "an absolute address elsewhere": QUICK.replace(b"/bazaar", b"http://evil.example/bazaar") + LAST,
    "dots": b"GET /bazaar/v2/../v2/quick?number=1 HTTP/1.1\r\n" + HOST + KEY + LAST,
    "encoded dots": b"GET /bazaar/%2e%2e/bazaar/v2/quick?number=1 HTTP/1.1\r\n" + HOST + KEY + LAST,
    "two slashes": b"GET /bazaar//v2/quick?number=1 HTTP/1.1\r\n" + HOST + KEY + LAST,
    "a backslash": b"GET /bazaar\\v2\\quick?number=1 HTTP/1.1\r\n" + HOST + KEY + LAST,
    "a fragment": b"GET /bazaar/v2/quick?number=1#x HTTP/1.1\r\n" + HOST + KEY + LAST,
    "a star": b"OPTIONS * HTTP/1.1\r\n" + HOST + LAST, "a star by GET": b"GET * HTTP/1.1\r\n" + HOST + LAST,
    "an authority": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + LAST,
    "length and chunks": SAY + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "smuggled": SAY + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + QUICK + LAST,
    "chunked, identity": SAY + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "xchunked": SAY + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": SAY + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": SAY + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "two like lengths": SAY + b"Content-Length: 2\r\nContent-Length: 2\r\n" + LAST + b"{}",
    "a list of lengths": SAY + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length below zero": SAY + b"Content-Length: -1\r\n\r\n",
    "a length with a plus": SAY + b"Content-Length: +2\r\n\r\n{}",
    "a length in hex": SAY + b"Content-Length: 0x2\r\n\r\n{}",
    "a length of nothing": SAY + b"Content-Length: \r\n\r\n{}",
    "a length beyond all": SAY + b"Content-Length: " + b"9" * 3000 + b"\r\n\r\n{}",
    "a length beyond the limit": SAY + b"Content-Length: 99999999\r\n\r\n{}",
    "a wrong chunk": SAY + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk below zero": SAY + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk without an end": SAY + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
    "an extension of a chunk": SAY + b"Transfer-Encoding: chunked\r\n" + LAST + b"c;x=y\r\n{\"value\": 1}\r\n0\r\n\r\n",
    "trailers": SAY + b"Transfer-Encoding: chunked\r\nTrailer: X\r\n" + LAST + CHUNK + b"0\r\nX: y\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a null in a header": b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    "a lone line feed": b"GET /health/live HTTP/1.1\n" + HOST.replace(b"\r", b"") + b"Connection: close\n\n",
    "a lone return": b"GET /health/live HTTP/1.1\r" + HOST + LAST, "HTTP/9.9": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "no version": b"GET /health/live\r\n\r\n",
    "a raw byte": b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the address": b"GET /health/live x HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown method": b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in small letters": b"get /health/live HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "nonsense": b"\r\n\r\nnonsense\r\n\r\n",
    "empty lines first": b"\r\n\r\n" + QUICK + LAST, "two at once": QUICK + b"\r\n" + QUICK + LAST,
    "three at once": QUICK + b"\r\n" + SAY + b"Content-Length: 11\r\n\r\n{\"value\":1}" + QUICK + LAST,
    "good, then nonsense": QUICK + b"\r\n" + b"nonsense\r\n\r\n",
    "an upgrade": QUICK + WEBSOCKET + QUICK + LAST,
    "an upgrade to h2c": QUICK + H2C + QUICK + LAST,
    "closing": QUICK + LAST, "closing in capitals": QUICK + b"CONNECTION: CLOSE\r\n\r\n",
    "expecting": SAY + b"Expect: 100-continue\r\nContent-Length: 11\r\n" + LAST + b"{\"value\":1}",
    "expecting without a right": SAY.replace(b"{{run}}",
        b"x") + b"Expect: 100-continue\r\nContent-Length: 11\r\n" + LAST + b"{\"value\":1}",
    "a large head": QUICK + b"X-Long: " + b"x" * 5000 + b"\r\n\r\n",
    "a large address": b"GET /bazaar/v2/quick?number=" + b"1" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "many headers": QUICK + b"".join(b"X-%d: 1\r\n" % n for n in range(120)) + b"\r\n",
    "a hundred headers": QUICK + b"".join(b"X-%d: 1\r\n" % n for n in range(90)) + LAST,
    "a large second head": QUICK + b"\r\n" + QUICK + b"X-Long: " + b"x" * 5000 + b"\r\n\r\n",
}  # fmt: skip


def raw() -> list[Story]:
    """Each is read until the server closes: where it does not by itself, its patience for the next head ends it."""
    return alone("hostile", [Ask(name, raw=sent, until="end") for name, sent in RAW.items()])


def slow() -> list[Story]:
    """What never comes whole is ended in time."""
    started: dict[str, bytes] = {
        "nothing": b"", "half a line": b"GET /bazaar", "half a head": QUICK,
        "no body": SAY + b"Content-Length: 11\r\n\r\n", "half a body": SAY + b"Content-Length: 11\r\n\r\n{\"val",
        "half a chunk": SAY + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"va",
        "half a second head": QUICK + b"\r\nGET /ba",
        "half an upload": PUT + b"abc",
    }  # fmt: skip
    return alone("hostile", [Ask(f"slow: {name}", raw=sent, until="end") for name, sent in started.items()])


def cut() -> list[Story]:
    """Whoever hangs up in the midst of it; and the server serves on."""
    after = get("after it", f"{BAZAAR}/quick?number=1", RUN, on="other", pause=0.2)
    parts = {
        "a head": QUICK, "a body": SAY + b"Content-Length: 99\r\n\r\n{",
        "an upload": PUT + b"abc",
    }  # fmt: skip
    return [
        in_turn("hostile", f"cut: {name}", Ask("cut", raw=sent, until="hang up"), after) for name, sent in parts.items()
    ]


def large() -> list[Story]:
    asks = []
    for size in (1900, 2001, 2990, 3001, 9000):
        asks += [
            post(f"JSON of {size}", f"{BAZAAR}/mirror", {"value": "x" * size}, RUN),
            Ask(f"chunks of {size}", "POST", f"{BAZAAR}/mirror", (RUN, JSON, ("Transfer-Encoding", "chunked")),
                b"%x\r\n%b\r\n0\r\n\r\n" % (size, json.dumps({"value": "x" * (size - 13)}).encode())),
            Ask(f"a file of {size}", "POST", f"{BAZAAR}/put?name=x", (RUN, OCTETS), b"x" * size),
            Ask(f"bytes of {size}", "POST", f"{BAZAAR}/weigh", (RUN, OCTETS), b"x" * size),
            Ask(f"a form with {size}", "POST", f"{BAZAAR}/put", (RUN, MULTIPART),
                multipart({"name": "x"}, {"content": b"x" * size})),
            Ask(f"fields of {size}", "POST", f"{BAZAAR}/put", (RUN, MULTIPART),
                multipart({"name": "x" * size}, {"content": b"x"})),
            Ask(f"an agent with {size}", "POST", "/mcp", (RUN, JSON), b'{"x":"' + b"x" * size + b'"}'),
            Ask(f"a token with {size}", "POST", "/oauth/token",
                (RUN, ("Content-Type", "application/x-www-form-urlencoded")), b"x" * size),
        ]  # fmt: skip
    return alone("hostile", asks)


def stories() -> list[Story]:
    return [*raw(), *large(), *cut(), *slow()]
