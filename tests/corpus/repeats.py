"""Calls that name an ``Idempotency-Key``, once and again; and the token endpoint of OAuth."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from corpus.asks import FORM, OCTETS, Ask, Story, alone, basic, bearer, get, in_turn, post
from corpus.callers import of
from corpus.calls import KEY, MSGPACK, packed
from corpus.samples import BAZAAR, GALLERY, TILL

COUNT = f"{BAZAAR}/count_up"


def once(value: str) -> tuple[str, str]:
    return ("Idempotency-Key", value)


def repeats() -> list[Story]:
    stories = []
    again: dict[str, tuple[Ask, ...]] = {
        "a change": (post("", COUNT, {}, KEY),),
        "a change in French": (post("", f"{BAZAAR}/fail", {"kind": "Broken"}, KEY, ("Accept-Language", "fr")),),
        "a declared error": (post("", f"{BAZAAR}/fail", {"kind": "ValueError"}, KEY),),
        "a bug": (post("", f"{BAZAAR}/crash", {}, KEY),),
        "a result that is none": (post("", f"{BAZAAR}/lie", {}, KEY),),
        "wrong arguments": (post("", f"{BAZAAR}/offer", {}, KEY),),
        "a stream": (post("", f"{BAZAAR}/ticks", {"count": 2}, KEY),),
        "a long answer": (post("", f"{GALLERY}/turn", {"value": "YWFh" * 30_000}, KEY),),
        "bytes": (post("", f"{BAZAAR}/make_blob", {"size": 9}, KEY),),
        "nothing": (post("", f"{BAZAAR}/nothing", {}, KEY),),
        "no content": (Ask("", "DELETE", f"{BAZAAR}/stalls/88", (KEY,)),),
        "created": (post("", f"{BAZAAR}/stalls", {"name": "once"}, KEY),),
        "a read": (get("", f"{BAZAAR}/get_price?item=tea", KEY),),
        "a read by POST": (post("", f"{BAZAAR}/get_price", {"item": "tea"}, KEY),),
        "MessagePack": (Ask("", "POST", COUNT, (KEY, MSGPACK, ("Accept", "application/msgpack")), packed({})),),
        "an upload": (Ask("", "POST", f"{BAZAAR}/put?name=x", (KEY, OCTETS), b"content"),),
        "a form": (Ask("", "POST", f"{BAZAAR}/greet", (KEY, FORM), b"name=x"),),
        "a test key": (post("", f"{TILL}/take", {"amount": 1}, bearer("tester2")),),
        "without a key": (post("", COUNT, {}),),
        "by the run's key": (post("", COUNT, {}, bearer("run")),),
        "by a token": (post("", COUNT, {}, bearer("token")),),
        "without the right": (post("", COUNT, {}, bearer("narrow")),),
        "a key of the console": (post("", "/parvis/v1/keys", {"label": "once"}, of("ada")),),
        "a token of the console": (post("", "/parvis/v1/tokens", {}, bearer("plain")),),
        "an account": (post("", "/parvis/v1/accounts", {"email": "x@example.org", "password": "a long enough one"}),),
        "deprecated": (post("", f"{BAZAAR}/old", {}, KEY),),
    }  # fmt: skip
    for place, (name, (ask,)) in enumerate(again.items()):
        headers = (*ask.headers, once(f"once-{place}"))
        pause = 0.4 if "ticks" in ask.path else 0.0  # what is kept of a stream is kept when it is over
        asks = [
            Ask(each, ask.method, ask.path, headers, ask.body, pause=pause) for each in ("first", "again", "once more")
        ]
        asks.append(
            Ask(
                "in JSON",
                ask.method,
                ask.path,
                (*headers, ("Accept", "application/json"), ("Accept-Encoding", "gzip")),
                ask.body,
            )
        )
        stories.append(in_turn("repeats", name, *asks))
    stories += [
        in_turn("repeats", "other arguments", post("first", f"{BAZAAR}/greet", {"name": "a"}, KEY, once("other-1")),
                post("second", f"{BAZAAR}/greet", {"name": "b"}, KEY, once("other-1")),
                post("written otherwise", f"{BAZAAR}/greet", None, KEY, once("other-1")),
                Ask("with spaces", "POST", f"{BAZAAR}/greet",
                    (KEY, ("Content-Type", "application/json"), once("other-1")), b'{ "name" : "a" }')),
        in_turn("repeats", "another operation", post("first", f"{BAZAAR}/greet", {}, KEY, once("other-2")),
            post("second", COUNT, {}, KEY, once("other-2"))),
        in_turn("repeats", "another key of the account", post("first", COUNT, {}, KEY, once("other-3")),
            post("second", COUNT, {}, bearer("digits"), once("other-3"))),
        in_turn("repeats", "another account", post("first", COUNT, {}, KEY, once("other-4")),
            post("second", COUNT, {}, bearer("small"), once("other-4"))),
        in_turn("repeats", "another address", post("first", f"{BAZAAR}/stalls", {"name": "by two"}, KEY,
            once("other-5")),
                post("second", f"{BAZAAR}/stalls.create", {"name": "by two"}, KEY, once("other-5"))),
        in_turn("repeats", "while it runs", post("first", "/slow/v1/nap", {"seconds": 0.6}, KEY, once("other-6"),
            until="nothing"),
                post("second", "/slow/v1/nap", {"seconds": 0.6}, KEY, once("other-6"), on="other", pause=0.25)),
        in_turn("repeats", "the caller has gone", post("first", "/slow/v1/nap", {"seconds": 0.3}, KEY, once("other-7"),
            until="hang up"),
                post("second", "/slow/v1/nap", {"seconds": 0.3}, KEY, once("other-7"), pause=0.8)),
    ]  # fmt: skip
    spelled = ('"quoted"', "un quoted", '"', "", "x" * 255, "x" * 256, "é", "a,b", '"a";b=1', "a\tb", "once-0")
    stories += alone("repeats", [post(f"spelled {n}", COUNT, {}, KEY, once(each)) for n, each in enumerate(spelled)])
    stories += alone("repeats", [post("two fields", COUNT, {}, KEY, once("a"), once("b"))])
    stories += alone("repeats", [post("with a condition", COUNT, {}, KEY, once("cond"), ("If-Match", "*"))])
    return stories


def tokens() -> list[Story]:
    def ask(name: str, fields: Any, *headers: tuple[str, str], **more: Any) -> Ask:
        body = (
            fields
            if isinstance(fields, bytes)
            else urlencode({"grant_type": "client_credentials", **fields}, safe="{}").encode()
        )
        said = headers if any(each == "Content-Type" for each, _ in headers) else (FORM, *headers)
        return Ask(name, "POST", "/oauth/token", said, body, **more)

    mine = basic("{{plain.user}}", "{{plain.rest}}")
    kinds: list[Ask] = [
        ask("all", {}, mine), ask("a scope", {"scope": "bazaar.get_price"}, mine),
        ask("two", {"scope": "bazaar.get_price bazaar.who"}, mine),
        ask("with arguments", {"scope": "bazaar.get_price(item in [tea, jam]) bazaar.quick"}, mine),
        ask("nonsense", {"scope": "nonsense("}, mine),
        ask("more than it has", {"scope": "gallery.* bazaar.staff"}, basic("{{narrow.user}}", "{{narrow.rest}}")),
        ask("of others", {"scope": "other.thing"}, mine), ask("of the console", {"scope": "parvis.keys.create"}, mine),
        ask("an empty scope", {"scope": ""}, mine),
        ask("another grant", {"grant_type": "password"}, mine), ask("no grant", b"scope=x", mine),
        ask("nothing", b"", mine), ask("no form", b"{}", mine, ("Content-Type", "application/json")),
        ask("twice", b"grant_type=client_credentials&grant_type=client_credentials", mine),
        ask("unknown fields", {"x": "y"}, mine),
        ask("nobody", {}), ask("bearer", {}, KEY), ask("a token", {}, bearer("token")),
        ask("in the form", {"client_id": "{{plain.user}}", "client_secret": "{{plain.rest}}"}),
        ask("in both", {"client_id": "{{plain.user}}", "client_secret": "{{plain.rest}}"}, mine),
        ask("half of it", {"client_id": "{{plain.user}}"}),
        ask("wrong", {"client_id": "{{plain.user}}", "client_secret": "x"}), ask("no key", {}, basic("pv_live_x", "y")),
        ask("a password", {}, of("ada")),
        ask("a wrong password", {}, basic("ada@example.org", "wrong")),
        ask("digits", {}, basic("{{digits.user}}", "{{digits.rest}}")), ask("a test key", {}, bearer("tester")),
        ask("revoked", {}, bearer("revoked")), ask("suspended", {}, bearer("suspended")),
        ask("rotated", {}, bearer("rotated")), ask("the run's", {}, bearer("run")), ask("near", {}, bearer("near")),
        ask("long", b"grant_type=client_credentials&scope=" + b"x" * 1_200_000, mine),
        ask("in French", {"scope": "("}, mine, ("Accept-Language", "fr")),
        ask("once", {}, mine, once("token-1")), ask("many fields", b"a=1&" * 1100, mine),
        ask("no UTF-8", b"grant_type=%ff", mine),
    ]  # fmt: skip
    kinds += [Ask(each, each, "/oauth/token", (mine,)) for each in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")]
    kinds += [
        Ask(f"at {path}", "POST", path, (mine, FORM), b"grant_type=client_credentials")
        for path in ("/oauth", "/oauth/", "/oauth/token/", "/oauth/authorize")
    ]
    stories = alone("tokens", kinds)
    made = ask("made", {"scope": "bazaar.get_price(item in [tea])"}, mine, keep={"oauth": "body/access_token"})
    uses = [post("tea", f"{BAZAAR}/get_price", {"item": "tea"}, bearer("oauth")),
        post("jam", f"{BAZAAR}/get_price", {"item": "jam"}, bearer("oauth")),
            post("another", COUNT, {}, bearer("oauth")), post("the console", "/parvis/v1/tokens", {}, bearer("oauth")),
            get("limits", "/parvis/v1/limits", bearer("oauth")),
            ask("again", {}, bearer("oauth"))]  # fmt: skip
    stories.append(in_turn("tokens", "used", made, *uses))
    return stories


def stories() -> list[Story]:
    return [*repeats(), *tokens()]
