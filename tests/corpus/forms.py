"""The pages' forms, as browsers post them: registering, verifying, a new password, the operator.

A group of its own, ``posted``: pages ask the console, and what that writes down beside the answer is the console's.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from corpus.asks import FORM, JSON, PASSWORD, Ask, Story, alone, in_turn


def posted(name: str, path: str, fields: dict[str, str] | bytes, *headers: tuple[str, str], **more: Any) -> Ask:
    body = fields if isinstance(fields, bytes) else urlencode(fields, safe="{}").encode()
    return Ask(name, "POST", path, (FORM, *headers), body, **more)


def stories() -> list[Story]:
    new = {"email": "page@example.org", "password": PASSWORD, "name": "Page"}
    asks = [
        posted("registered", "/register", new), posted("again", "/register", new),
        posted("in French", "/register", {**new, "email": "fr@example.org"}, ("Accept-Language", "fr")),
        posted("all wrong", "/register", {"email": "x", "password": "y", "name": "a\nb"}),
        posted("all wrong, in French", "/register", {"email": "x", "password": "y"}, ("Accept-Language", "fr")),
        posted("nothing", "/register", b""),
        posted("markup", "/register", {"email": "<b>@x", "password": "short", "name": "<script>"}),
        posted("a common password", "/register", {**new, "email": "c@example.org", "password": "password"}),
        posted("its e-mail as password", "/register",
            {**new, "email": "its-own@example.org", "password": "its-own@example.org"}),
        posted("a strange e-mail", "/register", {**new, "email": "用户@例え.jp"}),
        posted("a fake token", "/verify", {"token": "x" * 32}), posted("no token", "/verify", {}),
        posted("a fake reset", "/reset", {"token": "x" * 32, "password": "a long enough one"}),
        posted("a reset without a password", "/reset", {"token": "x" * 32}),
        posted("a letter", "/reset", {"email": "page@example.org"}),
        posted("a letter to nobody", "/reset", {"email": "nobody@example.org"}),
        posted("no letter", "/reset", {"email": "x"}),
        posted("a fake link", "/operator", {"email": "op@example.org", "password": PASSWORD, "link": "x" * 32}),
        posted("no link", "/operator", {"email": "op@example.org", "password": PASSWORD}),
        posted("a short password", "/operator", {"email": "op@example.org", "password": "x", "link": "{{link}}"}),
        posted("the operator", "/operator", {"email": "op@example.org", "password": PASSWORD, "link": "{{link}}"}),
        posted("the operator again", "/operator",
            {"email": "op@example.org", "password": PASSWORD, "link": "{{link}}"}),
        Ask("JSON", "POST", "/register", (JSON,), b"{}"), posted("no UTF-8", "/register", b"email=%ff"),
        posted("many fields", "/register", b"a=1&" * 30), posted("long", "/register", b"email=" + b"x" * 20_000),
        posted("raw bytes", "/register", b"email=\xff"),
        posted("twice the same field", "/register", b"email=a%40b&email=c%40d&password=short"),
        posted("to the front", "/", {}), posted("to a service", "/bazaar/", {}),
        posted("to the errors", "/errors/", {}), posted("to nothing", "/nothing/", {}),
    ]  # fmt: skip
    for site, headers in {
        "this site": (("Sec-Fetch-Site", "same-origin"),), "the address bar": (("Sec-Fetch-Site", "none"),),
        "another site": (("Sec-Fetch-Site", "cross-site"),), "a sibling": (("Sec-Fetch-Site", "same-site"),),
        "our origin": (("Origin", "http://127.0.0.1:{{port}}"),),
        "a foreign origin": (("Origin", "https://evil.example"),), "no origin": (("Origin", "null"),),
    }.items():  # fmt: skip
        for path in ("/register", "/reset", "/verify", "/operator"):
            asks.append(posted(f"{path} from {site}", path, {"email": "x", "token": ""}, *headers))
    stories = [Story("posted", ask.name, (ask,), address=f"127.5.{n}.1") for n, ask in enumerate(asks)]
    stories += [
        in_turn(
            "posted", "and then the form", posted("posted", "/register", {"email": "x"}), Ask("got", "GET", "/register")
        )
    ]
    return stories + alone(
        "posted",
        [
            Ask("by PUT", "PUT", "/register", (FORM,), b"a=b"),
            Ask("by DELETE", "DELETE", "/verify"),
            Ask("OPTIONS", "OPTIONS", "/register"),
        ],
    )
