"""An ASGI application under uvicorn: the same calls where Parvis has no socket of its own, and below a prefix."""

from __future__ import annotations

from corpus import agents
from corpus.asks import FORM, JSON, OCTETS, PASSWORD, Ask, Story, basic, bearer, get, post

MAIL = "mounted@example.org"


def stories(root: str = "") -> tuple[Story, ...]:
    """``root`` is where the application is mounted. Plans are as they are made: a few calls for each account."""
    p, bazaar, till = f"{root}/parvis/v1", f"{root}/bazaar/v2", f"{root}/till/v1"
    made: list[Story] = []
    for number in range(4):
        mail = f"{number}-{MAIL}"
        made.append(Story("mounted: setup", f"account {number}", (
            post("account", f"{p}/accounts", {"email": mail, "password": PASSWORD, "name": "x"},
                keep={f"account{number}": "body/id"}),
            post("key", f"{p}/keys", {"label": "x"}, basic(mail, PASSWORD), keep={f"key{number}": "body/secret"}),
        ), needed=True))  # fmt: skip
    key, other, third, last = (bearer(f"key{number}") for number in range(4))
    asks = [
        get("a read", f"{bazaar}/get_price?item=tea", key),
        post("a call", f"{bazaar}/get_price", {"item": "jam", "count": 2}, key),
        post("wrong", f"{bazaar}/get_price", {"item": 5}, key),
        post("sold out", f"{bazaar}/get_price", {"item": "pan"}, key), post("a bug", f"{bazaar}/crash", {}, key),
        post("nobody", f"{bazaar}/who", {}), post("who", f"{bazaar}/who", {}, key),
        post("a stream", f"{bazaar}/ticks", {"count": 3}, key),
        post("events", f"{bazaar}/drift", {"count": 2}, key, ("Accept", "text/event-stream")),
        post("broken", f"{bazaar}/ticks", {"count": 1, "fail": "bug"}, key),
        post("sold out in a stream", f"{bazaar}/ticks", {"count": 1, "fail": "declared"}, key),
        Ask("an image", "GET", f"{bazaar}/get_image?size=9", (key,)),
        Ask("a range", "GET", f"{bazaar}/get_image?size=9", (key, ("Range", "bytes=2-4"))),
        Ask("an upload", "POST", f"{bazaar}/put?name=x", (key, OCTETS), b"x" * 100_000),
        Ask("a form", "POST", f"{bazaar}/greet", (key, FORM), b"name=x"),
        Ask("packed", "GET", f"{bazaar}/get_long", (key, ("Accept-Encoding", "gzip"))),
        Ask("in MessagePack", "GET", f"{bazaar}/quick?number=1", (key, ("Accept", "application/msgpack"))),
        post("created", f"{bazaar}/stalls", {"name": "new"}, key), get("a page", f"{bazaar}/find?limit=2", key),
        Ask("deleted", "DELETE", f"{bazaar}/stalls/9", (key,)), get("nothing there", f"{bazaar}/nothing", key),
        get("no service", f"{root}/nothing/v1/x", key), Ask("the methods", "OPTIONS", f"{bazaar}/get_price"),
        Ask("a head", "HEAD", f"{bazaar}/get_price?item=tea", (key,)),
        Ask("a wrong method", "PUT", f"{bazaar}/get_price", (key,)),
        get("a wrong key", f"{bazaar}/quick?number=1", ("Authorization", "Bearer x")),
        get("an evil host", f"{bazaar}/quick?number=1", key, ("Host", "evil.example")),
        get("no host", f"{bazaar}/quick?number=1", key, ("Host", "")),
        Ask("a broken body", "POST", f"{bazaar}/get_price", (key, JSON), b"{"),
        post("large", f"{bazaar}/mirror", {"value": "x" * 1_100_000}, key),
        post("chunked", f"{bazaar}/quick", {"number": 2}, key),
        post("once", f"{bazaar}/count_up", {}, other, ("Idempotency-Key", "1")),
        post("again", f"{bazaar}/count_up", {}, other, ("Idempotency-Key", "1")),
        post("take", f"{till}/take", {"amount": 5}, other), get("balance", f"{till}/balance", other),
        get("limits", f"{p}/limits", other), get("usage", f"{p}/usage/calls", other),
        get("explained", f"{p}/access/explain?operation=bazaar.staff", other), get("audit", f"{p}/audit", other),
        Ask("a token", "POST", f"{root}/oauth/token", (FORM, other), b"grant_type=client_credentials"),
        *(get(path, f"{root}{path}") for path in ("/bazaar/v2/contract.json", "/bazaar/v2/openapi.json",
            "/till/contract.json", "/llms.txt", "/.well-known/api-catalog", "/health/live", "/health/ready", "/",
            "/bazaar/", "/register", "/errors/rate-limited", "/static/parvis.css", "/nothing/")),
        get("outside", "/hello"), get("beside it", "/bazaar/v2/openapi.json"), get("the root", "/"),
        get("no slash", root or "/x"),
    ]  # fmt: skip
    for name, arguments in (
        ("bazaar-get_price", {"item": "tea"}),
        ("bazaar-get_price", {}),
        ("bazaar-ticks", {"count": 2}),
        ("till-take", {"amount": 1}),
        ("bazaar-crash", {}),
    ):
        ask = agents.tool(f"agent: {name} {arguments}", name, arguments, third)
        asks.append(Ask(ask.name, ask.method, f"{root}{ask.path}", ask.headers, ask.body))
    ask = agents.say("agent: list", agents.message("tools/list"), third)
    asks += [
        Ask(ask.name, ask.method, f"{root}{ask.path}", ask.headers, ask.body),
        post("revoked", f"{p}/keys.report", {"key": "{{key3}}"}),
        get("after it", f"{bazaar}/quick?number=1", last),
    ]
    return (*made, *(Story("mounted", each.name, (each,)) for each in asks))
