"""Every defect that a body or a query can have, for an operation of each kind."""

from __future__ import annotations

import gzip

import msgpack

from corpus.asks import FORM, JSON, Ask, Headers, Story, alone, get
from corpus.calls import KEY, MSGPACK, MULTIPART, multipart, packed
from corpus.samples import BAZAAR, GALLERY


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


GOOD = b'{"ware":{"name":"x"}}'
DEFECTS: dict[str, tuple[Headers, bytes | None]] = {
    "no body": ((JSON,), None), "an empty body": ((JSON,), b""), "an empty object": ((JSON,), b"{}"),
    "a list": ((JSON,), b"[]"), "null": ((JSON,), b"null"), "a number": ((JSON,), b"5"), "cut": ((JSON,), GOOD[:-2]),
    "more after it": ((JSON,), GOOD + b" x"), "two values": ((JSON,), GOOD + GOOD),
    "spaces around": ((JSON,), b" \r\n\t" + GOOD + b"\n "), "a byte order mark": ((JSON,), b"\xef\xbb\xbf" + GOOD),
    "a key twice": ((JSON,), b'{"ware":{"name":"x"},"ware":{"name":"y"}}'),
    "a key twice within": ((JSON,), b'{"ware":{"name":"x","name":"y"}}'),
    "NaN": ((JSON,), b'{"ware":{"name":"x","price":NaN}}'),
    "Infinity": ((JSON,), b'{"ware":{"name":"x","price":-Infinity}}'),
    "a comment": ((JSON,), b'/* hi */ {"ware":{"name":"x"}}'), "single quotes": ((JSON,), b"{'ware':1}"),
    "a comma too much": ((JSON,), b'{"ware":{"name":"x"},}'), "no UTF-8": ((JSON,), b'{"ware":{"name":"\xff"}}'),
    "UTF-16": ((JSON,), GOOD.decode().encode("utf-16")),
    "a lone surrogate": ((JSON,), b'{"ware":{"name":"\\ud800"}}'),
    "a control character": ((JSON,), b'{"ware":{"name":"a\nb"}}'),
    "a null character": ((JSON,), b'{"ware":{"name":"a\\u0000b"}}'), "deep": ((JSON,), b"[" * 5000 + b"]" * 5000),
    "deep objects": ((JSON,), b'{"ware":' * 300 + b"1" + b"}" * 300),
    "a long integer": ((JSON,), b'{"ware":{"name":"x","price":' + b"9" * 5000 + b"}}"),
    "a long number": ((JSON,), b'{"ware":{"name":"x","price":1e999999}}'),
    "a charset": ((("Content-Type", "application/json; charset=utf-8"),), GOOD),
    "another charset": ((("Content-Type", "application/json; charset=latin-1"),), GOOD),
    "a type in capitals": ((("Content-Type", "APPLICATION/JSON"),), GOOD), "no type": ((), GOOD),
    "an empty type": ((("Content-Type", ""),), GOOD), "a wrong type": ((("Content-Type", "text/xml"),), b"<a/>"),
    "text": ((("Content-Type", "text/plain"),), GOOD), "a type that is none": ((("Content-Type", "json"),), GOOD),
    "types twice": ((JSON, ("Content-Type", "text/plain")), GOOD),
    "problem+json": ((("Content-Type", "application/problem+json"),), GOOD),
    "MessagePack that is none": ((MSGPACK,), b"\xc1"),
    "MessagePack cut": ((MSGPACK,), packed({"ware": {"name": "x"}})[:-1]),
    "MessagePack with more": ((MSGPACK,), packed({"ware": {"name": "x"}}) + b"\x01"),
    "MessagePack with bytes": ((MSGPACK,), packed({"ware": {"name": b"x"}})),
    "MessagePack with number keys": ((MSGPACK,), packed({1: 2})),
    "MessagePack with a key twice": ((MSGPACK,), b"\x82\xa4ware\x01\xa4ware\x02"),
    "MessagePack with NaN": ((MSGPACK,), packed({"ware": {"name": "x", "price": float("nan")}})),
    "MessagePack deep": ((MSGPACK,), b"\x91" * 500 + b"\x01"),
    "MessagePack with an extension": ((MSGPACK,), packed({"ware": msgpack.ExtType(5, b"x")})),
    "MessagePack by another name": ((("Content-Type", "application/x-msgpack"),), packed({"ware": {"name": "x"}})),
    "gzip": ((JSON, ("Content-Encoding", "gzip")), _gzip(GOOD)),
    "gzip in capitals": ((JSON, ("Content-Encoding", "GZIP")), _gzip(GOOD)),
    "gzip cut": ((JSON, ("Content-Encoding", "gzip")), _gzip(GOOD)[:-5]),
    "gzip that is none": ((JSON, ("Content-Encoding", "gzip")), GOOD),
    "gzip twice": ((JSON, ("Content-Encoding", "gzip, gzip")), _gzip(_gzip(GOOD))),
    "gzip of two members": ((JSON, ("Content-Encoding", "gzip")), _gzip(GOOD[:5]) + _gzip(GOOD[5:])),
    "a bomb": ((JSON, ("Content-Encoding", "gzip")), _gzip(b" " * 2_000_000)),
    "br": ((JSON, ("Content-Encoding", "br")), GOOD), "identity": ((JSON, ("Content-Encoding", "identity")), GOOD),
    "zstd that is none": ((JSON, ("Content-Encoding", "zstd")), GOOD),
    "too large": ((JSON,), b'{"ware":{"name":"' + b"x" * 1_100_000 + b'"}}'),
    "chunked": ((JSON, ("Transfer-Encoding", "chunked")), _chunks(GOOD[:5], GOOD[5:])),
    "a query beside it": ((JSON,), GOOD), "expecting": ((JSON, ("Expect", "100-continue")), GOOD),
    "expecting something else": ((JSON, ("Expect", "tea")), GOOD), "a form": ((FORM,), b"ware=x"),
    "a form of many": ((FORM,), b"a&" * 1001), "no form": ((FORM,), b"%ff=%"),
    "multipart without a boundary": ((("Content-Type", "multipart/form-data"),), multipart({"a": 1})),
    "multipart cut": ((MULTIPART,), multipart({"ware": 1})[:-9]),
}  # fmt: skip


def stories() -> list[Story]:
    """Each defect of a body, for an operation of each kind; by ``plain``, and with the wrong key first."""
    stories = []
    places = {
        "a change": f"{BAZAAR}/offer", "a read": f"{BAZAAR}/get_price", "a stream": f"{BAZAAR}/ticks",
        "an upload": f"{BAZAAR}/put", "the console": "/parvis/v1/keys.create", "none": f"{GALLERY}/nothing",
    }  # fmt: skip
    for kind, path in places.items():
        for defect, (headers, body) in DEFECTS.items():
            place = path + ("?number=1" if defect == "a query beside it" else "")
            if defect == "too large" and kind not in ("a change", "an upload"):
                continue
            stories += alone("bodies", [Ask(f"{kind}: {defect}", "POST", place, (KEY, *headers), body)])
    queries = (
        "?item=tea&item=jam", "?item", "?item=", "?=tea", "?&&item=tea", "?item=tea&x=1", "?item=t%65a", "?item=%ff",
        "?item=tea&count=1_0", "?item=tea&count=%201", "?item=tea&count=1.0", "?item=tea&count=true",
        "?item=tea;count=2", "?item=tea+", "?ITEM=tea", "?item=%00", "?item=" + "x" * 5000, "?" + "a=1&" * 1200,
        "?count=2", "?item=tea#frag", "?item=tea&count=999999999999999999999999", "?item=tea&count=-0",
        "?item=tea&count=1e2", "?%69tem=tea", "?item=t%C3%A9",
    )  # fmt: skip
    stories += alone("queries", [get(each[:60], f"{BAZAAR}/get_price{each}", KEY) for each in queries])
    stories += alone("queries", [
        get(each, f"{BAZAAR}/lookup{each}", KEY) for each in (
            "?text=a&shares=1&shares=2.5", "?text=a&exact=1", "?text=a&exact=True", "?text=a&day=2001-2-3",
            "?text=a&id=x", "?text=a&colour=green", "?text=a&shares=nan", "?text=a&shares=",
            "?text=a&shares=1e5&shares=x",
        )
    ])  # fmt: skip
    with_body = [Ask(f"{method} {path} with a body", method, path, (KEY, JSON), b"{}") for method, path in (
        ("GET", f"{BAZAAR}/get_price?item=tea"), ("DELETE", f"{BAZAAR}/stalls/9"),
        ("HEAD", f"{BAZAAR}/get_price?item=tea"), ("OPTIONS", f"{BAZAAR}/get_price"),
        ("GET", f"{BAZAAR}/openapi.json"),
    )]  # fmt: skip
    return [*stories, *alone("queries", with_body)]
