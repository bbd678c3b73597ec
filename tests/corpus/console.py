"""The console: each of its operations by each kind of caller, then its stories and what it refuses."""

from __future__ import annotations

from typing import Any

from corpus.asks import PASSWORD, Ask, Headers, Story, alone, as_json, basic, bearer, get, in_turn, patch, post
from corpus.callers import P, email, of

GONE = "acc_000000000000"
OPERATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("accounts.create", {"email": "new@example.org", "password": PASSWORD, "name": "New"}),
    ("accounts.get", {}),
    ("accounts.verify", {"token": "x" * 32}),
    ("accounts.request_reset", {"email": "nobody@example.org"}),
    ("accounts.reset", {"token": "x" * 32, "password": "another long one"}),
    ("accounts.export", {}),
    ("accounts.list", {"limit": 3}),
    ("accounts.approve", {"id": "{{joy}}"}),
    ("accounts.suspend", {"id": "{{joy}}"}),
    ("accounts.resume", {"id": "{{joy}}"}),
    ("accounts.update", {"id": "{{joy}}", "name": "Joy too"}),
    ("accounts.reset_link", {"id": "{{joy}}"}),
    ("keys.create", {"label": "matrix"}),
    ("keys.get", {"id": "{{plain.id}}"}),
    ("keys.list", {}),
    ("keys.update", {"id": "{{plain.id}}", "label": "plain too"}),
    ("keys.rotate", {"id": "{{small.id}}", "overlap": 60}),
    ("keys.revoke", {"id": "000000000000"}),
    ("keys.report", {"key": "pv_live_nothing"}),
    ("tokens.create", {"seconds": 60}),
    ("plans.create", {"name": "matrix", "rights": ["*"]}),
    ("plans.get", {"name": "default"}),
    ("plans.list", {}),
    ("plans.update", {"name": "single", "concurrent": 2}),
    ("plans.delete", {"name": "matrix"}),
    ("usage.summary", {}),
    ("usage.deprecated", {}),
    ("usage.calls", {"limit": 2}),
    ("usage.export", {"what": "calls"}),
    ("access.explain", {"operation": "bazaar.get_price"}),
    ("access.explain", {"operation": "bazaar.get_price", "arguments": {"item": "jam"}}),
    ("access.explain", {"operation": "bazaar.get_price", "account": "{{ada}}"}),
    ("access.explain", {"operation": "till.take", "key": "{{plain.id}}"}),
    ("audit.list", {"limit": 2}),
    ("audit.verify", {}),
    ("operators.create", {"email": "op@example.org", "password": PASSWORD, "link": "nothing"}),
    ("operators.set", {"email": "op", "password": "short"}),
    ("operators.backup", {"path": "copy.db"}),
    ("limits", {}),
    ("nothing", {}),
    ("accounts.nothing", {}),
    ("accounts.set_password", {"password": "short"}),
    ("accounts.erase", {"id": GONE}),
)

CALLERS: dict[str, Headers] = {
    "anybody": (),
    "password": (of("kim"),),
    "key": (bearer("plain"),),
    "ruler": (bearer("ruler"),),
    "token": (bearer("token2"),),
    "tester": (bearer("tester"),),
    "run": (bearer("run"),),
}


def keys() -> list[Story]:
    made = post("ruler", f"{P}/keys", {"label": "ruler", "rights": ["*", "parvis.keys.*", "parvis.accounts.*"]},
        of("fay"),
                keep={"ruler": "body/secret", "ruler.id": "body/id"})  # fmt: skip
    other = post(
        "for tokens",
        f"{P}/keys",
        {"label": "for tokens"},
        of("ida"),
        keep={"maker": "body/secret", "maker.id": "body/id"},
    )
    token = post("token", f"{P}/tokens", {"seconds": 600}, bearer("maker"), keep={"token2": "body/token"})
    return [in_turn("setup", "more keys", made, other, token, address="127.0.21.1", needed=True)]


def matrix() -> list[Story]:
    stories = []
    for place, (who, said) in enumerate(CALLERS.items()):
        for number, (operation, arguments) in enumerate(OPERATIONS):
            shown = {**arguments, "email": f"{who}-new@example.org"} if operation == "accounts.create" else arguments
            ask = post(f"{operation} {number} by {who}", f"{P}/{operation}", shown, *said)
            stories += alone("console", [ask], address=f"127.2.{place}.{number + 1}")
    for number, (operation, arguments) in enumerate(OPERATIONS):
        shown = {**arguments, "email": "made-by-hand@example.org"} if operation == "accounts.create" else arguments
        stories += alone(
            "console", [post(f"{operation} {number} by the operator", f"{P}/{operation}", shown)], by="operator"
        )
    return stories


def explained() -> list[Story]:
    asked: dict[str, dict[str, Any]] = {
        "own": {"operation": "bazaar.get_price"},
        "with arguments": {"operation": "bazaar.get_price", "arguments": {"item": "tea"}},
        "wrong arguments": {"operation": "bazaar.get_price", "arguments": {"item": 5}},
        "of jam": {"operation": "bazaar.get_price", "arguments": {"item": "jam"}},
        "a right of its own": {"operation": "bazaar.staff"}, "unknown": {"operation": "bazaar.get_prize"},
        "no service": {"operation": "x"}, "the console": {"operation": "parvis.keys.create"},
        "a sandbox": {"operation": "till.take", "arguments": {"amount": 1}}, "bound": {"operation": "bazaar.who"},
        "a page": {"operation": "bazaar.find", "arguments": {"limit": 100000}},
        "a bound header": {"operation": "bazaar.labelled"},
    }  # fmt: skip
    stories = []
    for name, arguments in asked.items():
        for who in ("plain", "narrow", "argued", "tester", "token", "run"):
            stories += alone("explained", [post(f"{name} by {who}", f"{P}/access.explain", arguments, bearer(who))])
        for whose in ("narrow", "argued", "revoked", "expired", "tester", "near", "suspended", "bounded"):
            more = {**arguments, "key": f"{{{{{whose}.id}}}}"}
            stories += alone("explained", [post(f"{name} of {whose}", f"{P}/access.explain", more)], by="operator")
        for whose in ("ada", "bob", "hal", "carl"):
            stories += alone(
                "explained",
                [
                    post(
                        f"{name} of account {whose}",
                        f"{P}/access.explain",
                        {**arguments, "account": f"{{{{{whose}}}}}"},
                    )
                ],
                by="operator",
            )
    return stories


def told() -> list[Story]:
    """What is wrong with arguments of the console, one operation after the other."""
    emails = (
        "",
        "@",
        "a@",
        "a@b@c",
        "a b@c",
        "a:b@c",
        "x" * 250 + "@b.cd",
        "a@b..c",
        "用户@例え.jp",
        "ADA@example.org",
    )
    create = f"{P}/accounts"
    asks = [
        post(f"e-mail {n}", create, {"email": each, "password": "a long enough one"}) for n, each in enumerate(emails)
    ]
    asks += [post(f"password {n}", create, {"email": f"p{n}@example.org", "password": each})
             for n, each in enumerate((
                 "", "short", "password", "x" * 1025, f"p{4}@example.org", "\U0001f375" * 8, "        ",
             ))]  # fmt: skip
    asks += [post(f"name {n}", create, {"email": f"n{n}@example.org", "password": "a long enough one", "name": each})
             for n, each in enumerate(("x" * 201, "a\nb", "Ada ☃", "a\u0000", "\u001b[31m"))]  # fmt: skip
    asks += [
        post("all wrong", create, {"email": "x", "password": "y", "name": "a\nb"}),
        post("all wrong, in French", create, {"email": "x", "password": "y"}, ("Accept-Language", "fr")),
        post("a language", create, {"email": "l@example.org", "password": "a long enough one", "language": "fr"}),
        post("a language of the header", create, {"email": "m@example.org", "password": "a long enough one"},
            ("Accept-Language", "fr")),
        post("without anything", create, {}),
    ]  # fmt: skip
    stories = [Story("console: arguments", ask.name, (ask,), address=f"127.3.{n}.1") for n, ask in enumerate(asks)]
    wanted: dict[str, dict[str, Any]] = {
        "no label": {}, "a long label": {"label": "x" * 201}, "a kind": {"label": "x", "kind": "letters"},
        "past": {"label": "x", "expires_at": "2001-01-01T00:00:00Z"},
        "no zone": {"label": "x", "expires_at": "2190-01-01T00:00:00"},
        "no network": {"label": "x", "networks": ["nonsense"]}, "no networks": {"label": "x", "networks": []},
        "many networks": {"label": "x", "networks": ["10.0.0.0/8"] * 200},
        "no right": {"label": "x", "rights": ["("]}, "rights of others": {"label": "x", "rights": ["other.*"]},
        "no rights": {"label": "x", "rights": []}, "the console's": {"label": "x", "rights": ["parvis.*"]},
        "the operator's": {"label": "x", "rights": ["parvis.plans.create"]},
        "many rights": {"label": "x", "rights": [f"a.b{n}" for n in range(101)]},
        "test digits": {"label": "x", "kind": "digits", "test": True},
        "test basic": {"label": "x", "kind": "basic", "test": True},
        "a constraint": {"label": "x", "rights": ["bazaar.find(limit in [1])"]},
        "a wrong constraint": {"label": "x", "rights": ["bazaar.find(limit in 1)"]},
        "an unknown one": {"label": "x", "rights": ["bazaar.nothing"]},
    }  # fmt: skip
    for name, arguments in wanted.items():
        stories += alone("console: arguments", [post(f"a key with {name}", f"{P}/keys", arguments, of("hal"))])
    return stories + _told_the_operator()


def _told_the_operator() -> list[Story]:
    plans: dict[str, dict[str, Any]] = {
        "a rate": {"rate": 0}, "a slow rate": {"rate": 0.000001}, "a burst": {"burst": 0}, "a day": {"day": -1},
        "without": {"without": ["day", "page"]}, "without what it needs": {"without": ["burst"]},
        "without nothing": {"without": ["x"]}, "both": {"day": 1, "without": ["day"]}, "rights": {"rights": ["("]},
        "the console's": {"rights": ["parvis.*"]}, "nothing": {}, "a body": {"body": 0}, "keys": {"keys": 0},
    }  # fmt: skip
    asks = [patch(f"a plan with {name}", f"{P}/plans/narrow", arguments) for name, arguments in plans.items()]
    asks += [
        post("a plan again", f"{P}/plans", {"name": "narrow", "rights": []}),
        post("a plan's name", f"{P}/plans", {"name": "a b", "rights": []}), get("no plan", f"{P}/plans/nothing"),
        Ask("a plan in use", "DELETE", f"{P}/plans/narrow"), Ask("the default plan", "DELETE", f"{P}/plans/default"),
        Ask("no plan to delete", "DELETE", f"{P}/plans/nothing"),
        patch("no such plan", f"{P}/accounts/{{{{joy}}}}", {"plan": "nothing"}),
        patch("rights of an account", f"{P}/accounts/{{{{joy}}}}", {"rights": ["gallery.*"]}),
        patch("no account", f"{P}/accounts/{GONE}", {"name": "x"}),
        get("a page of accounts", f"{P}/accounts?limit=2", keep={"after": "body/1/id"}),
        get("the next", f"{P}/accounts?limit=2&after={{{{after}}}}"),
        get("too many accounts", f"{P}/accounts?limit=1001"), get("no accounts", f"{P}/accounts?limit=0"),
        get("after nobody", f"{P}/accounts?after={GONE}"), get("the audit", f"{P}/audit?limit=500"),
        get("the audit about ada", f"{P}/audit?about={{{{ada}}}}"), get("after it", f"{P}/audit?after=3&limit=2"),
        get("the chain", f"{P}/audit/verify"), get("a head", f"{P}/audit/verify?head={'0' * 64}"),
        get("no head", f"{P}/audit/verify?head=x"),
        post("a backup", f"{P}/operators.backup", {"path": "{{folder}}/copy.db"}),
        post("a backup over it", f"{P}/operators.backup", {"path": "{{folder}}/copy.db"}),
        post("a backup nowhere", f"{P}/operators.backup", {"path": "{{folder}}/no/copy.db"}),
        post("the operator", f"{P}/operators.set", {"email": "op@example.org", "password": PASSWORD}),
        post("the operator again", f"{P}/operators.set", {"email": "op2@example.org", "password": PASSWORD}),
        get("a document", f"{P}/openapi.json"), get("a page", "/"), post("a service", "/bazaar/v2/who", {}),
        post("a service that anybody", "/bazaar/v2/get_price", {"item": "tea"}),
        get("with a key", "/bazaar/v2/get_mine", bearer("plain")),
        get("with a wrong key", "/bazaar/v2/get_mine", ("Authorization", "Bearer x")), get("health", "/health/ready"),
        post("an agent", "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    ]  # fmt: skip
    return [
        Story("console: arguments", ask.name, (ask,), by="operator")
        if "{{after}}" not in ask.path and not ask.keep
        else Story("console: arguments", ask.name, (ask,), by="operator", needed=True)
        for ask in asks
    ]


def lives() -> list[Story]:
    mail, word = "life@example.org", "the first password"
    own = basic(mail, word)
    new = basic(mail, "the second password")
    life = [
        post("register", f"{P}/accounts", {"email": mail, "password": word, "name": "Life"},
            keep={"life": "body/id"}),
        post("register again", f"{P}/accounts", {"email": mail.upper(), "password": word}),
        get("oneself", f"{P}/accounts.get", own), get("by id", f"{P}/accounts.get", basic("{{life}}", word)),
        post("a key", f"{P}/keys", {"label": "one"}, own, keep={"life.key": "body/secret", "life.key.id": "body/id"}),
        get("it", f"{P}/keys/{{{{life.key.id}}}}", own),
        get("it by itself", f"{P}/keys/{{{{life.key.id}}}}", bearer("life.key")),
        get("another", f"{P}/keys/{{{{plain.id}}}}", own), get("all", f"{P}/keys", own),
        patch("narrowed", f"{P}/keys/{{{{life.key.id}}}}", {"rights": ["bazaar.quick"], "label": "narrow"}, own),
        get("used", "/bazaar/v2/quick?number=1", bearer("life.key")),
        get("not allowed", "/bazaar/v2/get_price?item=tea", bearer("life.key")),
        patch("to a network", f"{P}/keys/{{{{life.key.id}}}}", {"networks": ["10.0.0.0/8"]}, own),
        get("from elsewhere", "/bazaar/v2/quick?number=1", bearer("life.key")),
        patch("widened by itself", f"{P}/keys/{{{{life.key.id}}}}", {"rights": ["*"]}, bearer("life.key")),
        post("rotated by itself", f"{P}/keys/{{{{life.key.id}}}}/rotate", {"overlap": 5}, bearer("life.key")),
        patch("from anywhere", f"{P}/keys/{{{{life.key.id}}}}", {"networks": ["0.0.0.0/0"]}, own),
        post("rotated", f"{P}/keys/{{{{life.key.id}}}}/rotate", {"overlap": 60}, bearer("life.key"),
            keep={"life.new": "body/secret"}),
        get("by the old", "/bazaar/v2/quick?number=1", bearer("life.key")),
        get("by the new", "/bazaar/v2/quick?number=1", bearer("life.new")),
        post("rotated by the old", f"{P}/keys/{{{{life.key.id}}}}/rotate", {}, bearer("life.key")),
        post("a token of the old", f"{P}/tokens", {}, bearer("life.key")),
        post("a long overlap", f"{P}/keys/{{{{life.key.id}}}}/rotate", {"overlap": 99999999}, own),
        post("a token", f"{P}/tokens", {"scope": ["bazaar.quick"], "seconds": 30}, bearer("life.new"),
            keep={"life.token": "body/token"}),
        post("a long token", f"{P}/tokens", {"seconds": 99999}, bearer("life.new")),
        get("by the token", "/bazaar/v2/quick?number=1", bearer("life.token")),
        post("reported", f"{P}/keys.report", {"key": "{{life.new}}"}),
        get("by the token after it", "/bazaar/v2/quick?number=1", bearer("life.token")),
        get("by the new after it", "/bazaar/v2/quick?number=1", bearer("life.new")),
        post("reported again", f"{P}/keys.report", {"key": "{{life.new}}"}),
        post("revoked again", f"{P}/keys/{{{{life.key.id}}}}/revoke", {}, own),
        post("rotated after it", f"{P}/keys/{{{{life.key.id}}}}/rotate", {}, own),
        post("a new password", f"{P}/accounts.set_password", {"password": "the second password"}, own),
        get("by the old password", f"{P}/accounts.get", own), get("by the new one", f"{P}/accounts.get", new),
        post("usage", f"{P}/usage.summary", {}, new), post("calls", f"{P}/usage.calls", {}, new),
        post("those that failed", f"{P}/usage.calls", {"failed": True}, new),
        post("exported", f"{P}/usage.export", {"what": "calls", "format": "csv"}, new),
        post("days", f"{P}/usage.export", {"what": "day", "format": "csv"}, new),
        post("in lines", f"{P}/usage.export", {"what": "day"}, new),
        get("calls by a page", f"{P}/usage/calls?limit=1", new, keep={"life.call": "body/items/0/id"}),
        get("and the next", f"{P}/usage/calls?limit=1&after={{{{life.call}}}}", new),
        get("after none", f"{P}/usage/calls?after=x", new), get("deprecated", f"{P}/usage/deprecated", new),
        get("of others", f"{P}/usage/summary?account={{{{ada}}}}", new), get("limits", f"{P}/limits", new),
        post("personal data", f"{P}/accounts.export", {}, new), post("erased", f"{P}/accounts.erase", {}, new),
        get("after it", f"{P}/accounts.get", new),
        post("registered anew", f"{P}/accounts", {"email": mail, "password": word}),
    ]  # fmt: skip
    hand = [
        post("suspended", f"{P}/accounts/{{{{joy}}}}/suspend"),
        post("suspended again", f"{P}/accounts/{{{{joy}}}}/suspend"),
        post("resumed", f"{P}/accounts/{{{{joy}}}}/resume"), post("approved", f"{P}/accounts/{{{{joy}}}}/approve"),
        post("a link", f"{P}/accounts/{{{{joy}}}}/reset_link"),
        post("a link for nobody", f"{P}/accounts/{GONE}/reset_link"),
        post("exported", f"{P}/accounts.export", {"id": "{{joy}}"}),
        post("erased", f"{P}/accounts.erase", {"id": "{{joy}}"}),
        post("erased again", f"{P}/accounts.erase", {"id": "{{joy}}"}),
        post("suspended after it", f"{P}/accounts/{{{{joy}}}}/suspend"),
        get("usage of all", f"{P}/usage/summary?account={{{{ada}}}}"),
        get("who calls what is deprecated", f"{P}/usage/deprecated"),
        post("calls of all", f"{P}/usage.export", {"account": "*"}),
        post("days of all", f"{P}/usage.export", {"account": "{{ada}}", "what": "day", "format": "csv"}),
        get("calls since 2190", f"{P}/usage/calls?since=2190-01-01T00:00:00Z&account=*"),
    ]  # fmt: skip
    wrong = [get(f"wrong {n}", f"{P}/accounts.get", basic(email("fay"), "wrong")) for n in range(8)] + [
        get("right then", f"{P}/accounts.get", of("fay"))
    ]
    return [
        in_turn("console: lives", "an account", *life, address="127.4.1.1"),
        in_turn("console: lives", "the operator's hand", *hand, by="operator"),
        in_turn("console: lives", "wrong passwords", *wrong, address="127.4.2.1"),
    ]  # fmt: skip


def operator() -> list[Story]:
    """Who holds the one-time link becomes the operator, once."""
    link = [
        post("a wrong link", f"{P}/operators", {"email": "boss@example.org", "password": PASSWORD, "link": "x" * 32}),
        post("the link", f"{P}/operators", {"email": "boss@example.org", "password": PASSWORD, "link": "{{link}}"}),
        post("the link again", f"{P}/operators",
            {"email": "boss@example.org", "password": PASSWORD, "link": "{{link}}"}),
        get("accounts by the password", f"{P}/accounts?limit=2", basic("boss@example.org", PASSWORD)),
        post("a key of the operator's", f"{P}/keys", {"label": "op", "rights": ["parvis.plans.*", "*"]},
            basic("boss@example.org", PASSWORD), keep={"boss": "body/secret"}),
        get("plans by it", f"{P}/plans", bearer("boss")), get("accounts by it", f"{P}/accounts", bearer("boss")),
    ]  # fmt: skip
    return [in_turn("console: lives", "the one-time link", *link, address="127.4.3.1")]


def forms() -> list[Story]:
    """The console in other spellings: addresses, forms, MessagePack, conditions."""
    limits = f"{P}/limits"
    asks = [
        get("something old", "/bazaar/v2/list_old", bearer("plain")), get("limits, once", limits, bearer("plain")),
        get("limits in MessagePack", limits, bearer("plain"), ("Accept", "application/msgpack")),
        Ask("limits by HEAD", "HEAD", limits, (bearer("plain"),)),
        get("explained by GET", f"{P}/access/explain?operation=bazaar.quick", bearer("plain")),
        get("a key by its name", f"{P}/keys.get?id={{{{plain.id}}}}", bearer("plain")),
        get("for an image", limits, bearer("plain"), ("Accept", "image/png")),
        Ask("a key by a form", "POST", f"{P}/keys", (of("hal"), ("Content-Type", "application/x-www-form-urlencoded")),
            b"label=form&test=true"),
        post("in French", f"{P}/keys", {"label": 5}, of("hal"), ("Accept-Language", "fr")),
        Ask("an account by a form", "POST", f"{P}/accounts", (("Content-Type", "application/x-www-form-urlencoded"),),
            b"email=f%40example.org&password=a+long+enough+one"),
        Ask("usage events", "POST", f"{P}/usage.export",
            (bearer("plain"), ("Content-Type", "application/json"), ("Accept", "text/event-stream")),
            as_json({"what": "day"})),
        Ask("usage as an array", "POST", f"{P}/usage.export",
            (bearer("plain"), ("Content-Type", "application/json"), ("Accept", "application/json")),
            as_json({"what": "day"})),
    ]  # fmt: skip
    return alone("console: forms", asks)


def stories() -> list[Story]:
    return [*keys(), *operator(), *forms(), *explained(), *told(), *matrix(), *lives()]
