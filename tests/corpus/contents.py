"""What goes in and out beyond one JSON value: uploads, ranges, conditions, streams, resources, pages, repeats."""

from __future__ import annotations

import gzip
import random

from corpus.agents import tool
from corpus.asks import FORM, JSON, OCTETS, Ask, Story, alone, as_json, get, in_turn, patch, post
from corpus.calls import KEY, MULTIPART, multipart
from corpus.samples import BAZAAR, BOOTH, GALLERY, MARKET, SLOW, TILL

NOISE = random.Random(7).randbytes(40_000).hex().encode()
"""A text that no coding makes much smaller: 80,000 bytes."""


def uploads() -> list[Story]:
    put = f"{BAZAAR}/put"
    asks = []
    for size in (0, 1, 1000, 70_000):
        content = NOISE[:size]
        asks += [
            Ask(f"{size} bytes", "POST", f"{put}?name=a+b&copies=2&tags=x&tags=y", (KEY, OCTETS), content),
            Ask(f"{size} bytes in a form", "POST", put, (KEY, MULTIPART),
                multipart({"name": "x"}, {"content": content})),
        ]  # fmt: skip
    asks += [
        Ask("gzip", "POST", f"{put}?name=x", (KEY, OCTETS, GZIP), gzip.compress(NOISE, mtime=0)),
        Ask("gzip cut", "POST", f"{put}?name=x", (KEY, OCTETS, GZIP), gzip.compress(NOISE, mtime=0)[:-9]),
        Ask("gzip of much", "POST", f"{put}?name=x", (KEY, OCTETS, GZIP), gzip.compress(bytes(1_000_000), mtime=0)),
        Ask("image", "POST", f"{put}?name=x", (KEY, ("Content-Type", "image/png")), b"x"),
        Ask("bytes", "POST", f"{BAZAAR}/weigh", (KEY, OCTETS), b"\xff\0\xfe"),
        Ask("bytes by their own type", "POST", f"{BAZAAR}/weigh", (KEY, TEXT), b"abc"),
        Ask("bytes of a form", "POST", f"{BAZAAR}/weigh", (KEY, MULTIPART), multipart({}, {"data": b"abc"})),
        Ask("no file in a form", "POST", f"{BAZAAR}/has_file", (KEY, MULTIPART), b"--b--\r\n"),
        Ask("no bytes", "POST", f"{BAZAAR}/has_file", (KEY, OCTETS), b""),
        Ask("no body at all", "POST", f"{BAZAAR}/has_file", (KEY, OCTETS)),
        Ask("lines", "POST", f"{BAZAAR}/read_lines", (KEY, OCTETS), b"a\nb\n\xc3\xa9"),
        Ask("lines that are no text", "POST", f"{BAZAAR}/read_lines", (KEY, OCTETS), b"a\n\xff\n"),
        Ask("another part with a file", "POST", put, (KEY, MULTIPART),
            multipart({}, {"name": b"x", "content": b"y"})),
        Ask("two files", "POST", put, (KEY, MULTIPART),
            multipart({"name": "x"}, {"content": b"y"})[:-7] + multipart({}, {"content": b"z"})),
        Ask("a file by GET", "GET", f"{put}?name=x", (KEY,)),
        Ask("into the gallery", "POST", f"{GALLERY}/weigh?name=x&times=3", (KEY, OCTETS), b"abc"),
        Ask("a market's stamp", "POST", f"{MARKET}/stamp", (KEY, OCTETS), b"x" * 100),
        Ask("a stamp as it is", "POST", f"{MARKET}/stamp", (KEY, OCTETS, ("Accept", "application/json")), b"xyz"),
        Ask("chunked", "POST", f"{put}?name=x", (KEY, OCTETS, ("Transfer-Encoding", "chunked")),
            b"3\r\nabc\r\n0\r\n\r\n"),
        Ask("without a key", "POST", f"{put}?name=x", (OCTETS,), b"abc"),
    ]  # fmt: skip
    for number, more in enumerate(("", "name=x&copies=x", "name=x&content=aGk=", "name=x&name=y", "name=x&what=1")):
        asks.append(Ask(f"wrong query {number}", "POST", f"{put}?{more}", (KEY, OCTETS), b"hi"))
    for number, kind in enumerate(
        ("multipart/form-data; boundary=", 'multipart/form-data; boundary="b"', "multipart/mixed; boundary=b")
    ):
        body = multipart({"name": "x"}, {"content": b"y"})
        asks.append(Ask(f"boundary {number}", "POST", put, (KEY, ("Content-Type", kind)), body))
    for site, more in ORIGINS.items():
        asks += [
            Ask(f"a form from {site}", "POST", f"{BAZAAR}/greet", (KEY, FORM, *more), b"name=x"),
            Ask(f"text from {site}", "POST", f"{BAZAAR}/weigh", (KEY, TEXT, *more), b"x"),
            Ask(f"bytes from {site}", "POST", f"{BAZAAR}/weigh", (KEY, OCTETS, *more), b"x"),
            Ask(f"JSON from {site}", "POST", f"{BAZAAR}/greet", (KEY, JSON, *more), b"{}"),
        ]
    return alone("uploads", asks)


GZIP = ("Content-Encoding", "gzip")
TEXT = ("Content-Type", "text/plain")
ORIGINS: dict[str, tuple[tuple[str, str], ...]] = {
    "here": (("Origin", "http://127.0.0.1:{{port}}"),),
    "elsewhere": (("Origin", "https://evil.example"),),
    "nowhere": (("Origin", "null"),),
    "an application": (("Origin", "https://app.example.org"),),
    "another site": (("Sec-Fetch-Site", "cross-site"),),
    "this site": (("Sec-Fetch-Site", "same-origin"),),
}

RANGES = (
    "bytes=0-3", "bytes=2-", "bytes=-4", "bytes=0-0", "bytes=5-100", "bytes=99-", "bytes=-0", "bytes=3-1",
    "bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=a-b", "bytes = 0-1", "bytes=0-1 ", "",
)  # fmt: skip


def ranges() -> list[Story]:
    image = f"{BAZAAR}/get_image?size=20"
    asks = [get(f"Range: {each}", image, KEY, ("Range", each)) for each in RANGES]
    asks += [
        get(f"JSON with Range: {each}", f"{BAZAAR}/get_price?item=tea", KEY, ("Range", each)) for each in RANGES[:3]
    ]
    asks += [post("a range of a POST", f"{BAZAAR}/get_image", {"size": 20}, KEY, ("Range", "bytes=0-3"))]
    asks += [Ask("a range of a HEAD", "HEAD", image, (KEY, ("Range", "bytes=0-3")))]
    stories = alone("ranges", asks)
    for name, value in (
        ("the tag", "{{tag}}"), ("a weak tag", "W/{{tag}}"), ("another tag", '"x"'),
        ("a date", "Tue, 01 Jan 2002 00:00:00 GMT"),
    ):  # fmt: skip
        first = get("first", image, KEY, keep={"tag": "header/etag"})
        then = get("then", image, KEY, ("Range", "bytes=0-3"), ("If-Range", value))
        stories.append(in_turn("ranges", f"If-Range with {name}", first, then))
    return stories


CONDITIONS = (
    ("If-None-Match", "{{tag}}"), ("If-None-Match", "W/{{tag}}"), ("If-None-Match", '"x", {{tag}}'),
    ("If-None-Match", '"x"'), ("If-None-Match", "*"), ("If-None-Match", "nonsense"), ("If-None-Match", ""),
    ("If-Match", "{{tag}}"), ("If-Match", "W/{{tag}}"), ("If-Match", '"x"'), ("If-Match", "*"),
    ("If-Modified-Since", "Tue, 01 Jan 2097 00:00:00 GMT"), ("If-Unmodified-Since", "Tue, 01 Jan 2002 00:00:00 GMT"),
)  # fmt: skip
TAGGED = {
    "a value": get("", f"{BAZAAR}/get_price?item=tea", KEY),
    "a long one, packed": get("", f"{BAZAAR}/get_long?size=3000", KEY, ("Accept-Encoding", "gzip")),
    "an image": get("", f"{BAZAAR}/get_image?size=9", KEY),
    "a resource": get("", f"{BAZAAR}/stalls/1", KEY),
    "a public one": get("", f"{BAZAAR}/get_cached", KEY),
    "MessagePack": get("", f"{BAZAAR}/get_price?item=tea", KEY, ("Accept", "application/msgpack")),
    "a document": get("", f"{GALLERY}/contract.json"),
    "OpenAPI": get("", f"{GALLERY}/openapi.json?version=3.0", ("Accept-Encoding", "zstd")),
    "an error": get("", f"{BAZAAR}/stalls/99", KEY),
    "a change": post("", f"{BAZAAR}/greet", {}, KEY),
    "a stream": post("", f"{BAZAAR}/ticks", {"count": 1}, KEY),
}


def conditions() -> list[Story]:
    stories = []
    for kind, ask in TAGGED.items():
        for name, value in CONDITIONS:
            first = Ask("first", ask.method, ask.path, ask.headers, ask.body, keep={"tag": "header/etag"})
            asks = [Ask(f"then by {method}", method, ask.path, (*ask.headers, (name, value)), ask.body)
                    for method in ({"GET", "HEAD"} if ask.method == "GET" else {ask.method})]  # fmt: skip
            asks.sort(key=lambda each: each.name)
            stories.append(in_turn("conditions", f"{kind}: {name}: {value}", first, *asks))
    return stories


OLD = (
    b"POST /bazaar/v2/ticks HTTP/1.0\r\nHost: 127.0.0.1:{{port}}\r\nAuthorization: Bearer {{plain}}\r\n"
    b'Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"count":2}'
)


def streams() -> list[Story]:
    """Streams that are left, cut, or whose reader wants none of them."""
    ticks = f"{BAZAAR}/ticks"
    stories = [
        in_turn("streams", "left after the head", post("a", f"{BAZAAR}/follow", {}, KEY, until="head"),
            get("on another", f"{BAZAAR}/quick?number=1", KEY, on="other", pause=0.15)),
        in_turn("streams", "two on one connection", post("one", ticks, {"count": 2}, KEY),
            post("two", ticks, {"count": 1}, KEY)),
        in_turn("streams", "after one that broke", post("one", ticks, {"count": 1, "fail": "bug"}, KEY),
            get("two", f"{BAZAAR}/quick?number=1", KEY)),
        in_turn("streams", "many", post("one", ticks, {"count": 3000}, KEY)),
        in_turn("streams", "many, as an array",
            post("one", ticks, {"count": 1000}, KEY, ("Accept", "application/json"))),
        in_turn("streams", "many events",
            post("one", f"{BAZAAR}/drift", {"count": 500}, KEY, ("Accept", "text/event-stream"))),
        in_turn("streams", "HTTP/1.0", Ask("one",
            raw=OLD, until="end")),
    ]  # fmt: skip
    for number, last in enumerate(("1", "x", "")):
        stories += alone(
            "streams",
            [
                post(
                    f"Last-Event-ID {number}",
                    ticks,
                    {"count": 2},
                    KEY,
                    ("Accept", "text/event-stream"),
                    ("Last-Event-ID", last),
                )
            ],
        )
    return stories


def resources() -> list[Story]:
    """The life of a resource, by each of its addresses; and the addresses that are none."""
    stalls = f"{BAZAAR}/stalls"
    life = [
        post("create", stalls, {"name": "a", "wares": [{"name": "x"}]}, KEY, keep={"stall": "body/id"}),
        get("get", f"{stalls}/{{{{stall}}}}", KEY),
        patch("update", f"{stalls}/{{{{stall}}}}", {"name": "b"}, KEY),
        Ask("replace", "PUT", f"{stalls}/{{{{stall}}}}", (KEY, JSON), as_json({"name": "c"})),
        post("rename", f"{stalls}/{{{{stall}}}}/rename", {"name": "d"}, KEY),
        get("list", f"{stalls}?limit=9", KEY),
        Ask("delete", "DELETE", f"{stalls}/{{{{stall}}}}", (KEY,)),
        get("gone", f"{stalls}/{{{{stall}}}}", KEY),
        Ask("delete again", "DELETE", f"{stalls}/{{{{stall}}}}", (KEY,)),
        post("create the first again", stalls, {"name": "first"}, KEY),
    ]
    canonical = [
        post("create", f"{BAZAAR}/stalls.create", {"name": "k"}, KEY, keep={"stall": "body/id"}),
        get("get", f"{BAZAAR}/stalls.get?id=1", KEY),
        post("update", f"{BAZAAR}/stalls.update", {"id": 2, "name": "second"}, KEY),
        post("delete", f"{BAZAAR}/stalls.delete", {"id": 777}, KEY),
        post("replace", f"{BAZAAR}/stalls.replace", {"id": 99, "name": "x"}, KEY),
    ]
    orders = [
        post("create", f"{MARKET}/orders", {"item": "figs", "count": 3}, KEY, keep={"order": "body/id"}),
        get("get", f"{MARKET}/orders/{{{{order}}}}", KEY),
        patch("update", f"{MARKET}/orders/{{{{order}}}}", {"note": "ripe"}, KEY),
        post("gift", f"{MARKET}/orders/{{{{order}}}}/gift", {}, KEY),
        Ask("delete", "DELETE", f"{MARKET}/orders/{{{{order}}}}", (KEY,)),
        post("none", f"{MARKET}/orders", {"item": "figs", "count": 0}, KEY),
        post("too many", f"{MARKET}/orders", {"item": "figs", "count": 2_000_000}, KEY),
        get("search", f"{MARKET}/orders/search?text=a", KEY),
    ]
    pictures = [
        post("create", f"{GALLERY}/orders", {"picture": "x"}, KEY, keep={"picture": "body/id"}),
        get("get", f"{GALLERY}/orders/{{{{picture}}}}", KEY),
        patch("update", f"{GALLERY}/orders/{{{{picture}}}}", {"note": "n"}, KEY),
        post("a note", f"{GALLERY}/orders/notes.add", {"order": 1, "text": "t"}, KEY),
        post("a note by its name", f"{GALLERY}/orders.notes.add", {"order": 1, "text": "t", "bold": True}, KEY),
        post("its notes", f"{GALLERY}/orders.notes.of", {"order": 1}, KEY),
        post("rename", f"{GALLERY}/orders/{{{{picture}}}}/rename", {"picture": "y"}, KEY),
    ]
    paths = (
        "/", "/1/", "//1", "/1%2F2", "/%31", "/.", "/..", "/x", "/-1", "/1.0", "/1?id=2", "/1?x=1", "/%C3%A9", "/%ff",
        "/" + "9" * 400, "/1/rename", "/1/nothing", "/find_names", "/list", "/1/2/3",
    )  # fmt: skip
    odd = [get(f"at {path}", f"{stalls}{path}", KEY) for path in paths]
    odd += [
        patch("an id twice", f"{stalls}/1", {"id": 1, "name": "x"}, KEY),
        patch("nothing to change", f"{stalls}/1", {}, KEY),
        Ask("form to a resource", "PATCH", f"{stalls}/1", (KEY, FORM), b"name=first"),
        Ask("form with an id", "PATCH", f"{stalls}/1", (KEY, FORM), b"id=8"),
        Ask("DELETE with a body", "DELETE", f"{stalls}/99", (KEY, JSON), b"{}"),
        Ask("PUT without a body", "PUT", f"{stalls}/1", (KEY,)),
        get("an older version", f"{BAZAAR.replace('2', '1')}/stalls/1", KEY),
        get("no version", "/bazaar/v9/stalls/1", KEY),
        get("no service", "/nothing/v1/stalls/1", KEY),
        get("no number", "/bazaar/vx/get_price?item=tea", KEY),
    ]
    stories = [in_turn("resources", name, *asks) for name, asks in
               (("life", life), ("by names", canonical), ("orders", orders), ("pictures", pictures))]  # fmt: skip
    return [*stories, *alone("resources", odd)]


def pages() -> list[Story]:
    find = f"{BAZAAR}/find"
    asks = [get(each, f"{find}{each}", KEY) for each in (
        "", "?limit=2", "?limit=3&cursor=9", "?cursor=0&limit=100", "?text=1&limit=1&cursor=1", "?text=a+b",
        "?limit=0", "?text=%C3%A9&limit=1",
    )]  # fmt: skip
    asks += [post("by POST", find, {"limit": 2}, KEY), Ask("by HEAD", "HEAD", f"{find}?limit=2", (KEY,))]
    asks += [
        get(f"small: {each}", f"{find}{each}", ("Authorization", "Bearer {{small}}"))
        for each in ("", "?limit=5", "?limit=6", "?limit=-1")
    ]
    asks += [get("behind a host", f"{find}?limit=2", KEY, ("Host", "localhost:{{port}}"))]
    return alone("pages of results", asks)


def late() -> list[Story]:
    """Calls that take longer than they may, and those that just do not."""
    stories = []
    for name, ask in {
        "sync": post("", f"{SLOW}/nap", {"seconds": 1.6}, KEY),
        "async": post("", f"{SLOW}/rest", {"seconds": 5}, KEY),
        "read": get("", f"{SLOW}/get_late?seconds=1.6", KEY),
        "stream": post("", f"{SLOW}/late_items", {"seconds": 5}, KEY),
        "in time": post("", f"{SLOW}/nap", {"seconds": 0.01}, KEY),
        "agent": tool("agent", "slow-rest", {"seconds": 5}, KEY),
    }.items():
        stories += alone("late", [Ask(name, ask.method, ask.path, ask.headers, ask.body)])
    asks = [
        post(name, f"{SLOW}/rest", {"seconds": 5}, KEY, ("Idempotency-Key", "late-1")) for name in ("first", "again")
    ]
    return [*stories, in_turn("late", "repeated", *asks)]


def lives() -> list[Story]:
    """An object for each call: who came and went is seen by the next."""
    asks = [
        post("good", f"{BOOTH}/ask", {"text": "x"}, KEY), get("after it", f"{BOOTH}/get_history", KEY),
        post("bad", f"{BOOTH}/ask", {"text": "bad"}, KEY), get("after that", f"{BOOTH}/get_history", KEY),
        post("bug", f"{BOOTH}/ask", {"text": "bug"}, KEY), get("after the bug", f"{BOOTH}/get_history", KEY),
        post("wrong", f"{BOOTH}/ask", {}, KEY), get("after wrong arguments", f"{BOOTH}/get_history", KEY),
    ]  # fmt: skip
    money = [post(f"take {n}", f"{TILL}/take", {"amount": n}, KEY) for n in (1, 2, 1000)]
    return [
        in_turn("lives", "a booth", *asks),
        in_turn("lives", "a till", *money, get("balance", f"{TILL}/balance", KEY)),
    ]


def stories() -> list[Story]:
    return [*uploads(), *ranges(), *conditions(), *streams(), *resources(), *pages(), *late(), *lives()]
