"""What every address answers beside calls: documents, methods, CORS, hosts, proxies, health; and the pages to read."""

from __future__ import annotations

from corpus.asks import FORM, JSON, Ask, Headers, Story, alone, bearer, get, in_turn, post
from corpus.callers import P

APP = "https://app.example.org"
KEY = bearer("plain")
PROXY = "127.0.0.9"

SETTINGS = {
    "public_url": "https://api.example.org", "hosts": ["shop.lan"], "cors": [APP, "http://localhost:3000"],
    "proxies": [PROXY], "registration": "open", "signups": 3,
}  # fmt: skip

DOCUMENTS = (
    "/market/v1/contract.json", "/market/contract.json", "/market/v1/openapi.json",
    "/market/v1/openapi.json?version=3.0", "/market/v1/openapi.json?version=3.1", "/market/v1/openapi.json?version=2",
    "/market/v1/openapi.json?x=1", "/bazaar/v1/contract.json", "/bazaar/v2/contract.json", "/bazaar/contract.json",
    "/bazaar/v2/openapi.json", "/bazaar/v1/openapi.json", "/gallery/v1/openapi.json", "/till/v1/openapi.json",
    "/noted/v1/contract.json", "/noted/v1/openapi.json", "/booth/v1/openapi.json", "/slow/v1/contract.json",
    "/parvis/v1/contract.json", "/parvis/v1/openapi.json", "/parvis/v1/openapi.json?version=3.0",
    "/.well-known/api-catalog", "/llms.txt",
)  # fmt: skip
NONE = (
    "/market/v2/contract.json", "/market/v1/contract.jsonx", "/market/openapi.json", "/contract.json",
    "/openapi.json", "/nothing/v1/openapi.json", "/llms.txt/", "/.well-known/", "/.well-known/nothing", "/health",
    "/health/", "/health/dead", "/metrics/", "/favicon.ico", "/robots.txt", "/market/v1", "/market/v1/",
    "/market/v1/nothing", "/market/v1/orders/1/2/3", "/a.json", "//", "/%", "/%00", "/market/v1/pri%63e?item=plums",
    "/MARKET/v1/price", "/market/V1/price", "/mcp/x", "/operator.json",
)  # fmt: skip
PLACES = (
    "/market/v1/price", "/market/v1/orders", "/market/v1/orders/1", "/market/v1/orders/1/gift", "/market/v1/find",
    "/market/v1/ticks", "/bazaar/v2/stalls.get", "/bazaar/v2/get_cached", "/bazaar/v1/get_price", "/gallery/v1/turn",
    "/market/v1/nothing", "/market/v1/openapi.json", "/.well-known/api-catalog", "/llms.txt", "/health/live",
    "/health/ready", "/oauth/token", "/mcp", "/metrics", f"{P}/accounts", f"{P}/keys", f"{P}/limits",
    f"{P}/plans/default", "/", "/market/", "/register", "/errors/", "/errors/rate-limited", "/static/parvis.css",
    "/nothing/", "*",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY")
PAGES = (
    "/", "/market/", "/market", "/bazaar/", "/bazaar/?version=1", "/bazaar/?version=2", "/bazaar/?version=9",
    "/bazaar/?version=x", "/gallery/", "/parvis/", "/till/", "/noted/", "/nothing/", "/nothing", "/register",
    "/register?x=1", "/verify", "/verify?token=abc", "/reset", "/reset?token=abc%3Cb%3E", "/operator",
    "/operator?link=abc", "/errors/", "/errors", "/errors/declared-error", "/errors/rate-limited", "/errors/nothing",
    "/static/parvis.css", "/static/nothing", "/static/../pages.py", "/static/", "/market/?version=1&x=%3Cscript%3E",
)  # fmt: skip


def documents() -> list[Story]:
    stories = []
    for path in DOCUMENTS:
        asks = [
            get(path, path),
            Ask(f"HEAD {path}", "HEAD", path),
            get(f"{path} packed", path, ("Accept-Encoding", "gzip")),
        ]
        if "openapi" in path or "llms" in path:
            asks.append(get(f"{path} in zstd", path, ("Accept-Encoding", "zstd, gzip;q=0.5")))
            asks.append(get(f"{path} for a browser", path, ("Accept", "text/html"), ("Accept-Language", "fr")))
        stories += alone("documents", asks)
    stories += alone("documents", [get(f"none: {path}", path) for path in NONE])
    stories += alone("documents", [get(f"none, with a key: {path}", path, KEY) for path in NONE[::3]])
    return stories


def methods() -> list[Story]:
    stories = []
    for path in PLACES:
        for method in METHODS:
            if path == "/metrics" and method in ("GET", "HEAD"):
                continue  # which tells the moment
            if method == "POST" and path == "/register":
                continue  # a form that is posted is another group
            headers: Headers = (JSON, KEY) if method in ("POST", "PUT", "PATCH") else (KEY,)
            body = b"{}" if method in ("POST", "PUT", "PATCH") else None
            stories += alone("methods", [Ask(f"{method} {path}", method, path, headers, body)])
    for path in ("/health/live", "/health/ready"):
        stories += alone(
            "methods", [get(f"{path} for a stranger", path, ("Host", "evil.example")), get(f"{path}?x", f"{path}?x=1")]
        )
    return stories


def shared() -> list[Story]:
    stories = []
    origins = (
        APP,
        "http://localhost:3000",
        "https://evil.example",
        "null",
        f"{APP}.evil.example",
        "HTTPS://APP.EXAMPLE.ORG",
        "",
    )
    asked = {
        "a call": post("", "/market/v1/price", {"item": "plums"}, KEY),
        "a problem": post("", "/market/v1/price", {}, KEY), "nobody": post("", "/market/v1/price", {}),
        "a stream": post("", "/market/v1/ticks", {"count": 1}, KEY),
        "a document": get("", "/market/v1/contract.json"), "nothing": get("", "/market/v1/nothing"),
        "health": get("", "/health/live"), "a page": get("", "/market/"),
        "a token": Ask("", "POST", "/oauth/token", (FORM,), b"grant_type=x"),
        "the methods": Ask("", "OPTIONS", "/market/v1/orders"),
        "a form": Ask("", "POST", "/bazaar/v2/greet", (FORM, KEY), b"name=x"),
        "an agent": Ask("", "POST", "/mcp", (JSON, KEY), b'{"jsonrpc":"2.0","id":1,"method":"ping"}'),
        "a public one": get("", "/market/v1/find", KEY), "deprecated": get("", "/market/v1/average?prices=1", KEY),
    }  # fmt: skip
    for kind, ask in asked.items():
        for origin in origins:
            story = Ask(f"{kind} from {origin}", ask.method, ask.path, (*ask.headers, ("Origin", origin)), ask.body)
            stories += alone("origins", [story])
    for origin in origins:
        for method, fields in (("POST", "authorization,content-type"), ("DELETE", ""), ("BREW", "x"), ("", "")):
            headers = [("Origin", origin), ("Access-Control-Request-Method", method)]
            headers += [("Access-Control-Request-Headers", fields)] if fields else []
            for path in ("/market/v1/orders/1", "/mcp", "/nothing/v1/x"):
                stories += alone(
                    "preflights", [Ask(f"{method} of {path} from {origin}", "OPTIONS", path, tuple(headers))]
                )
    return stories


HOSTS = (
    "api.example.org", "shop.lan", "shop.lan:{{port}}", "SHOP.LAN", "127.0.0.1", "localhost:{{port}}",
    "[::1]:{{port}}", "127.0.0.1:1", "evil.example", "api.example.org.evil.example", "api.example.org:443", "", "a b",
    "api.example.org.", "{{port}}", "\xe9",
)  # fmt: skip


def hosts() -> list[Story]:
    stories = []
    for place in (
        "/market/v1/price?item=plums",
        "/market/v1/contract.json",
        "/",
        "/oauth/token",
        "/mcp",
        "/nothing/v1/x",
    ):
        asks = [get(f"{host} for {place}", place, KEY, ("Host", host)) for host in HOSTS]
        stories += alone("hosts", asks)
    return stories


def proxied() -> list[Story]:
    """What stands behind a proxy that is believed, and behind one that is not."""
    told = (
        "203.0.113.7", "198.51.100.1, 203.0.113.7", "203.0.113.7, 127.0.0.9", "203.0.113.7, 198.51.100.1", "nonsense",
        "", "2001:db8::1", "[2001:db8::1]:80", "::ffff:127.0.9.1", "127.0.9.1", "unknown", "203.0.113.7:80",
        " , ,203.0.113.7",
    )  # fmt: skip
    stories = []
    for address in (PROXY, "127.0.0.1"):
        for each in told:
            for who in ("near", "plain"):
                headers = (bearer(who), ("X-Forwarded-For", each))
                asks = [post(f"who is {who} behind {each} at {address}", "/bazaar/v2/who", {}, *headers)]
                stories += alone("proxies", asks, address=address)
        stories += alone("proxies", [get(f"metrics for {address}", "/metrics", ("X-Forwarded-For", "203.0.113.7"))],
            address=address)  # fmt: skip
        twice = (("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "198.51.100.1"))
        stories += alone(
            "proxies", [post(f"two fields at {address}", "/bazaar/v2/who", {}, KEY, *twice)], address=address
        )
    account = {"password": "a long enough one", "name": "x"}
    for number in range(5):
        ask = post(
            f"sign up {number}",
            f"{P}/accounts",
            {"email": f"n{number}@example.org", **account},
            ("X-Forwarded-For", f"203.0.113.{number}"),
        )
        stories += alone("proxies", [ask], address=PROXY)
    return stories


def pages() -> list[Story]:
    stories = []
    for path in PAGES:
        stories += alone(
            "pages",
            [
                get(path, path),
                get(f"{path} in French", path, ("Accept-Language", "fr-CA")),
                Ask(f"HEAD {path}", "HEAD", path),
            ],
        )
    stories += alone("pages", [
        get("with a key", "/market/", KEY), get("with a wrong key", "/market/", ("Authorization", "Bearer x")),
        get("for JSON", "/market/", ("Accept", "application/json")),
        get("packed", "/market/", ("Accept-Encoding", "gzip")),
        get("a range of the style", "/static/parvis.css", ("Range", "bytes=0-9")),
        get("the style, if new", "/static/parvis.css", ("If-None-Match", "*")),
        get("with a cookie", "/", ("Cookie", "a=b")),
    ])  # fmt: skip
    return stories


def traces() -> list[Story]:
    stories = []
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for number, (name, value) in enumerate((
        ("traceparent", trace), ("traceparent", trace.upper()), ("traceparent", trace[:-1]),
        ("traceparent", "ff" + trace[2:]),
        ("traceparent", "00-" + "0" * 32 + trace[35:]), ("X-Request-Id", "mine-7"), ("X-Request-Id", 'a","status":"x'),
        ("X-Request-Id", ""),
        ("X-Request-Id", "x" * 64), ("X-Request-Id", "x" * 65), ("X-Request-Id", "é"),
    )):  # fmt: skip
        for path in ("/market/v1/price?item=plums", "/market/v1/nothing", "/market/", "/market/v1/contract.json"):
            stories += alone("traces", [get(f"{number} {path}", path, KEY, (name, value))])
    stories += [
        in_turn(
            "traces",
            "two",
            get("a", "/market/v1/price?item=plums", KEY, ("traceparent", trace), ("traceparent", trace)),
        )
    ]
    return stories


def stories() -> list[Story]:
    return [*documents(), *methods(), *shared(), *hosts(), *proxied(), *pages(), *traces()]
