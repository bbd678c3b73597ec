"""Who calls: the accounts, keys and tokens of a stage, and how each of them says who it is.

Limits hang on accounts, so whoever is to meet one has an account of its own, and nobody else ever meets any.
"""

from __future__ import annotations

from typing import Any

from corpus.asks import PASSWORD, Ask, Headers, Story, basic, bearer, patch, post

P = "/parvis/v1"
WIDE: dict[str, Any] = {
    "rate": 1_000_000, "burst": 1_000_000, "concurrent": 1000, "keys": 1000, "without": ["day", "month", "page"],
}  # fmt: skip
"""So much that no call meets a limit, and what is left of it is not told."""

PLANS: dict[str, dict[str, Any]] = {
    "small": {**WIDE, "body": 300, "page": 5, "without": ["day", "month"]},
    "hasty": {"rate": 0.002, "burst": 3, "day": 1000},
    "single": {"rate": 1000, "burst": 1000, "concurrent": 1},
    "daily": {"rate": 1000, "burst": 1000, "day": 7},
    "monthly": {"rate": 1000, "burst": 1000, "day": 1000, "month": 6},
    "narrow": {"rights": ["bazaar.get_price", "bazaar.stalls.*", "till.*"], "rate": 1_000_000, "burst": 1_000_000},
}

ACCOUNTS: dict[str, str] = {
    "ada": "default", "bob": "default", "carl": "small", "dora": "hasty", "eve": "single", "fay": "daily",
    "guy": "monthly", "hal": "narrow", "ida": "default", "joy": "default", "kim": "default",
}  # fmt: skip
"""Account -> its plan."""

KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("ada", {}), "digits": ("ada", {"kind": "digits"}), "basic": ("ada", {"kind": "basic"}),
    "narrow": ("ada", {"rights": ["bazaar.get_price", "bazaar.ticks", "gallery.*"]}),
    "argued": ("ada", {"rights": ["bazaar.get_price(item in [tea])", "bazaar.find(limit in [1, 2])",
        "bazaar.get_words(language in [fr])", "bazaar.lookup(text in [a])", "bazaar.lookup(exact in [true])",
        "bazaar.stalls.get(id in [1])"]}),
    "console": ("ada", {"rights": ["bazaar.*", "parvis.keys.list", "parvis.accounts.get"]}),
    "near": ("ada", {"networks": ["127.0.9.0/24", "2001:db8::/32"]}),
    "lasting": ("ada", {"expires_at": "2199-01-01T00:00:00Z"}), "expired": ("ada", {"expires_at": "{{soon}}"}),
    "revoked": ("ada", {}), "rotated": ("ada", {}), "retired": ("ada", {}), "tester": ("ida", {"test": True}),
    "tester2": ("joy", {"test": True}), "suspended": ("bob", {}), "small": ("carl", {}), "hasty": ("dora", {}),
    "single": ("eve", {}), "daily": ("fay", {}), "monthly": ("guy", {}), "bounded": ("hal", {}),
}  # fmt: skip
"""Key -> its account, and how it is made."""


def email(account: str) -> str:
    return f"{account}@example.org"


def setup(accounts: tuple[str, ...] = tuple(ACCOUNTS), keys: tuple[str, ...] = tuple(KEYS)) -> list[Story]:
    """What makes them all, as requests like any other."""
    plans = [patch("the default plan", f"{P}/plans/default", WIDE)]
    used = {ACCOUNTS[name] for name in accounts} - {"default"}
    for name in sorted(used):
        bounds = {"rights": ["*"], **PLANS[name]}
        without = bounds.pop("without", None)
        plans.append(post(f"plan {name}", f"{P}/plans", {"name": name, **bounds}))
        if without:
            plans.append(patch(f"plan {name} without", f"{P}/plans/{name}", {"without": without}))
    registered = [
        post(f"account {name}", f"{P}/accounts", {"email": email(name), "password": PASSWORD, "name": name.title()},
             keep={name: "body/id"})
        for name in accounts
    ]  # fmt: skip
    given = [
        patch(f"plan of {name}", f"{P}/accounts/{{{{{name}}}}}", {"plan": ACCOUNTS[name]})
        for name in accounts
        if ACCOUNTS[name] != "default"
    ]
    made = [_key(name, *KEYS[name]) for name in keys if KEYS[name][0] in accounts]
    stories = [
        Story("setup", "plans", tuple(plans), by="operator", needed=True),
        Story("setup", "accounts", tuple(registered), address="127.0.20.1", needed=True),
        Story("setup", "plans of accounts", tuple(given), by="operator", needed=True),
        Story("setup", "keys", tuple(made), address="127.0.20.2", needed=True),
    ]
    later: list[Ask] = []
    if "revoked" in keys:
        later.append(post("revoke", f"{P}/keys/{{{{revoked.id}}}}/revoke", {}, of("ada")))
    if "rotated" in keys:
        later.append(
            post("rotate", f"{P}/keys/{{{{rotated.id}}}}/rotate", {}, of("ada"), keep={"rotated.new": "body/secret"})
        )
    if "retired" in keys:
        later.append(post("retire", f"{P}/keys/{{{{retired.id}}}}/rotate", {"overlap": 0}, of("ada"),
                          keep={"retired.new": "body/secret"}))  # fmt: skip
    if "plain" in keys:
        scoped = {"scope": ["bazaar.get_price", "bazaar.who"]}
        later.append(post("token", f"{P}/tokens", {}, bearer("plain"), keep={"token": "body/token"}))
        later.append(post("narrow token", f"{P}/tokens", scoped, bearer("plain"), keep={"scoped": "body/token"}))
    stories.append(Story("setup", "later", tuple(later), address="127.0.20.3", needed=True))
    if "bob" in accounts:
        # By then the key that lives for a moment has ended.
        suspend = post("suspend", f"{P}/accounts/{{{{bob}}}}/suspend", pause=2.0)
        stories.append(Story("setup", "suspend", (suspend,), by="operator", needed=True))
    return [story for story in stories if story.asks]


def of(account: str) -> tuple[str, str]:
    """The header of an account's e-mail and password."""
    return basic(email(account), PASSWORD)


def _key(name: str, account: str, how: dict[str, Any]) -> Ask:
    keep = {
        name: "body/secret",
        f"{name}.id": "body/id",
        f"{name}.user": "body/username",
        f"{name}.rest": "body/password",
    }
    return post(f"key {name}", f"{P}/keys", {"label": name, **how}, of(account), keep=keep)


UNKNOWN = "pv_live_0123456789ab" + "0" * 30
"""A key without its checksum, which no server ever made."""

SPELLINGS: dict[str, Headers] = {
    "nobody": (),
    "run": (bearer("run"),),
    "plain": (bearer("plain"),),
    "plain in small letters": (("Authorization", "bearer {{plain}}"),),
    "plain with spaces": (("Authorization", "Bearer   {{plain}} "),),
    "plain in two": (("Authorization", "Basic <{{plain.user}}:{{plain.rest}}>"),),
    "plain whole": (("Authorization", "Basic <{{plain}}:>"),),
    "digits": (bearer("digits"),),
    "digits in two": (("Authorization", "Basic <{{digits.user}}:{{digits.rest}}>"),),
    "basic": (("Authorization", "Basic <{{basic.user}}:{{basic.rest}}>"),),
    "basic joined": (("Authorization", "Bearer {{basic.user}}{{basic.rest}}"),),
    "lasting": (bearer("lasting"),),
    "narrow": (bearer("narrow"),),
    "argued": (bearer("argued"),),
    "console": (bearer("console"),),
    "near": (bearer("near"),),
    "token": (bearer("token"),),
    "scoped": (bearer("scoped"),),
    "rotated": (bearer("rotated"),),
    "rotated anew": (bearer("rotated.new"),),
    "retired": (bearer("retired"),),
    "expired": (bearer("expired"),),
    "revoked": (bearer("revoked"),),
    "suspended": (bearer("suspended"),),
    "bounded": (bearer("bounded"),),
    "small": (bearer("small"),),
    "password": (of("ada"),),
    "wrong checksum": (("Authorization", "Bearer {{plain}}x"),),
    "cut": (("Authorization", "Bearer pv_live_abc"),),
    "invented": (("Authorization", f"Bearer {UNKNOWN}"),),
    "never made": (("Authorization", f"Bearer {UNKNOWN}PGGoH"),),
    "empty": (("Authorization", "Bearer "),),
    "no scheme": (("Authorization", "{{plain}}"),),
    "another scheme": (("Authorization", 'Digest username="ada"'),),
    "no base64": (("Authorization", "Basic *"),),
    "no colon": (("Authorization", "Basic YWRh"),),
    "no UTF-8": (("Authorization", "Basic //86/w=="),),
    "wrong user half": (("Authorization", "Basic <{{plain.user}}:x>"),),
    "twice": (bearer("plain"), bearer("narrow")),
}
"""Caller -> what it says. Test keys stand aside: they have twenty calls and no more."""
