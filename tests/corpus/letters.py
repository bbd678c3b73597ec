"""Where a mail server is set: what is answered while a letter is on its way, and what the letters say."""

from __future__ import annotations

from corpus.asks import PASSWORD, Story, basic, get, in_turn, post
from corpus.callers import P
from corpus.forms import posted

SETTINGS = {"smtp": "smtp://127.0.0.1:{{smtp}}", "mail_from": "Bazaar <bazaar@example.org>"}
NEW = "another honest one"
TOKEN = r"letter/token=\s*([\w-]+)"


def stories() -> list[Story]:
    """Each letter is waited for, so they come in order: what is asked to send one says so by keeping its token."""
    mail = "ada@example.org"
    ada = {"email": mail, "password": PASSWORD, "name": "Ada"}
    life = [
        post("registered", f"{P}/accounts", ada, keep={"one": TOKEN}),
        post("again, unverified", f"{P}/accounts", ada, keep={"two": TOKEN}),
        get("by an e-mail that is not verified", f"{P}/accounts.get", basic(mail, PASSWORD)),
        post("a wrong token", f"{P}/accounts.verify", {"token": "x" * 32}),
        post("verified", f"{P}/accounts.verify", {"token": "{{one}}"}, keep={"ada": "body/id"}),
        post("verified again", f"{P}/accounts.verify", {"token": "{{one}}"}),
        post("the other's token", f"{P}/accounts.verify", {"token": "{{two}}"}),
        get("by its e-mail", f"{P}/accounts.get", basic(mail, PASSWORD)),
        post("again, verified", f"{P}/accounts", ada, keep={"three": "letter/new password"}),
        post("a key", f"{P}/keys", {"label": "x"}, basic(mail, PASSWORD)),
        post("a lost password", f"{P}/accounts.request_reset", {"email": mail}, keep={"four": TOKEN}),
        post("of nobody", f"{P}/accounts.request_reset", {"email": "nobody@example.org"}),
        post("a short one", f"{P}/accounts.reset", {"token": "{{four}}", "password": "x"}),
        post("a new one", f"{P}/accounts.reset", {"token": "{{four}}", "password": NEW}),
        post("a new one again", f"{P}/accounts.reset", {"token": "{{four}}", "password": NEW}),
        get("by the old", f"{P}/accounts.get", basic(mail, PASSWORD)),
        get("by the new", f"{P}/accounts.get", basic(mail, NEW)),
        post("in French", f"{P}/accounts", {**ada, "email": "fr@example.org", "language": "fr"}, keep={"five": TOKEN}),
        get("a document", f"{P}/openapi.json"),
    ]
    return [in_turn("letters", "an account", *life)]


def by_pages() -> list[Story]:
    page = {"email": "page@example.org", "password": PASSWORD, "name": "Page"}
    pages = [
        posted("registered", "/register", page, keep={"six": TOKEN}),
        get("the form of a token", "/verify?token={{six}}"),
        posted("verified", "/verify", {"token": "{{six}}"}),
        posted("verified again", "/verify", {"token": "{{six}}"}),
        posted("registered again", "/register", page, keep={"seven": "letter/new password"}),
        posted("a lost password", "/reset", {"email": "page@example.org"}, keep={"eight": TOKEN}),
        posted("of nobody", "/reset", {"email": "nobody@example.org"}),
        posted("a new one", "/reset", {"token": "{{eight}}", "password": NEW}),
        get("by the new", f"{P}/accounts.get", basic("page@example.org", NEW)),
    ]
    return [in_turn("posted", "by pages", *pages, address="127.5.1.1")]
