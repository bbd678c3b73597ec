"""Accounts that meet their limits: rate, concurrency, quotas, bounds of their plans; and callers without a key."""

from __future__ import annotations

from corpus.agents import tool
from corpus.asks import OCTETS, Ask, Story, alone, bearer, get, in_turn, patch, post
from corpus.callers import P
from corpus.samples import BAZAAR, GALLERY, TILL

PRICE = f"{BAZAAR}/get_price?item=tea"


def by(key: str, name: str) -> Ask:
    return get(name, PRICE, bearer(key))


def meeting() -> list[Story]:
    limits = f"{P}/limits"
    hasty = [by("hasty", f"{n}") for n in range(1, 5)] + [
        post("a change", f"{BAZAAR}/count_up", {}, bearer("hasty")),
        post("wrong", f"{BAZAAR}/get_price", {}, bearer("hasty")),
        post("a stream", f"{BAZAAR}/ticks", {"count": 1}, bearer("hasty")),
        tool("an agent", "bazaar-quick", {"number": 1}, bearer("hasty")), get("its limits", limits, bearer("hasty")),
        get("in French", PRICE, bearer("hasty"), ("Accept-Language", "fr")),
        get("nothing there", f"{BAZAAR}/nothing", bearer("hasty")), Ask("a HEAD", "HEAD", PRICE, (bearer("hasty"),)),
    ]  # fmt: skip
    daily = [
        by("daily", "1"), get("limits", limits, bearer("daily")),
        post("costly", f"{BAZAAR}/costly", {}, bearer("daily")),
        post("costly again", f"{BAZAAR}/costly", {}, bearer("daily")),
        post("a bug is free", f"{BAZAAR}/crash", {}, bearer("daily")),
        post("wrong arguments are free", f"{BAZAAR}/costly", {"number": "x"}, bearer("daily")),
        post("an error that is declared is not", f"{BAZAAR}/get_price", {"item": "pan"}, bearer("daily")),
        by("daily", "8"), get("limits at the end", limits, bearer("daily")),
        tool("an agent", "bazaar-quick", {"number": 1}, bearer("daily")),
        get("explained", f"{P}/access/explain?operation=bazaar.get_price", bearer("daily")),
    ]  # fmt: skip
    monthly = [
        post("a stream", f"{BAZAAR}/drift", {"count": 3}, bearer("monthly")),
        post("a broken one", f"{BAZAAR}/drift", {"count": 1, "fail": "bug"}, bearer("monthly")),
        post("none", f"{BAZAAR}/drift", {"count": 0, "fail": "declared"}, bearer("monthly")),
        by("monthly", "one more"), by("monthly", "and one"), get("limits", limits, bearer("monthly")),
        post("repeated", f"{BAZAAR}/count_up", {}, bearer("monthly"), ("Idempotency-Key", "m")),
        post("repeated again", f"{BAZAAR}/count_up", {}, bearer("monthly"), ("Idempotency-Key", "m")),
        by("monthly", "the last"), Ask("not changed", "GET", PRICE, (bearer("monthly"), ("If-None-Match", "*"))),
        get("limits at the end", limits, bearer("monthly")),
    ]  # fmt: skip
    single = in_turn(
        "limits", "one at a time", post("a stream", f"{BAZAAR}/follow", {}, bearer("single"), until="head"),
        Ask("a second", "GET", PRICE, (bearer("single"),), on="other"),
        Ask("a third", "GET", limits, (bearer("single"),), on="other"),
        Ask("a fourth", "POST", f"{BAZAAR}/ticks", (bearer("single"),), b"", on="other"),
    )  # fmt: skip
    after = in_turn("limits", "one at a time, after it", Ask("now", "GET", PRICE, (bearer("single"),), pause=0.4))
    small = [
        post("fits", f"{BAZAAR}/mirror", {"value": "x" * 200}, bearer("small")),
        post("does not", f"{BAZAAR}/mirror", {"value": "x" * 300}, bearer("small")),
        Ask("a file", "POST", f"{BAZAAR}/put?name=x", (OCTETS, bearer("small")), b"x" * 301),
        Ask("a smaller one", "POST", f"{BAZAAR}/put?name=x", (OCTETS, bearer("small")), b"x" * 300),
        tool("an agent", "bazaar-mirror", {"value": "x" * 300}, bearer("small")),
        get("a page", f"{BAZAAR}/find?limit=6", bearer("small")),
        get("a smaller page", f"{BAZAAR}/find?limit=5", bearer("small")),
        tool("an agent's page", "bazaar-find", {"limit": 6}, bearer("small")),
        post("one without a cursor", f"{BAZAAR}/stalls.list", {"limit": 6}, bearer("small")),
        get("its limits", limits, bearer("small")),
    ]  # fmt: skip
    testing = [get(f"{n}", f"{TILL}/balance", bearer("tester")) for n in range(3)] + [
        post("take", f"{TILL}/take", {"amount": 7}, bearer("tester")),
        post("no sandbox", f"{BAZAAR}/count_up", {}, bearer("tester")),
        post("a read by POST", f"{GALLERY}/a_bool", {"value": True}, bearer("tester")),
        get("limits", limits, bearer("tester")),
    ]  # fmt: skip
    return [
        in_turn("limits", "hasty", *hasty), in_turn("limits", "daily", *daily),
        in_turn("limits", "monthly", *monthly), single, after, in_turn("limits", "small", *small),
        in_turn("limits", "a test key", *testing),
    ]  # fmt: skip


def anonymous() -> list[Story]:
    def opened(**bounds: object) -> Story:
        return in_turn(
            "limits",
            f"open {sorted(bounds)}",
            patch("the plan", f"{P}/plans/anonymous", bounds),
            by="operator",
            needed=True,
        )

    kinds = {
        "a read": get("", PRICE), "a change": post("", f"{BAZAAR}/count_up", {}),
        "who": post("", f"{BAZAAR}/who", {}), "mine": get("", f"{BAZAAR}/get_mine"),
        "a stream": post("", f"{BAZAAR}/ticks", {"count": 2}), "an agent": tool("", "bazaar-quick", {"number": 1}),
        "a document": get("", f"{BAZAAR}/contract.json"), "limits": get("", f"{P}/limits"),
        "once": post("", f"{BAZAAR}/count_up", {}, ("Idempotency-Key", "a")),
        "wrong": post("", f"{BAZAAR}/get_price", {}), "tea": post("", f"{BAZAAR}/offer", {"ware": {"name": "x"}}),
        "public": get("", f"{BAZAAR}/get_cached"),
    }  # fmt: skip
    stories = [opened(rights=["bazaar.*", "till.take(amount in [1])"], rate=0.001, burst=4, day=100)]
    for number, (kind, ask) in enumerate(kinds.items()):
        asks = [Ask(f"{kind} {n}", ask.method, ask.path, ask.headers, ask.body) for n in range(2)]
        stories.append(in_turn("anonymous", kind, *asks, address=f"127.1.{number}.1"))
    stories.append(in_turn("anonymous", "one too many", *(get(str(n), PRICE) for n in range(6)), address="127.1.100.1"))
    stories += alone(
        "anonymous", [post(f"take {n}", f"{TILL}/take", {"amount": n}) for n in (1, 2)], address="127.1.101.1"
    )
    stories.append(opened(rights=["bazaar.get_price"], day=1))
    stories.append(
        in_turn("anonymous", "no more today", *(get(str(n), PRICE) for n in range(2)), address="127.1.102.1")
    )
    return stories


def changed() -> list[Story]:
    """What the operator changes holds at once."""
    wider = in_turn("limits", "a wider plan", patch("the plan", f"{P}/plans/daily", {"day": 9}), by="operator")
    after = in_turn("limits", "after it", by("daily", "1"), by("daily", "2"), by("daily", "3"))
    narrower = in_turn(
        "limits", "a narrower plan", patch("the plan", f"{P}/plans/daily", {"rights": ["gallery.*"]}), by="operator"
    )
    none = in_turn(
        "limits",
        "after that",
        by("daily", "1"),
        get("explained", f"{P}/access/explain?operation=bazaar.get_price", bearer("daily")),
    )
    ends = in_turn("limits", "a stream whose key is revoked",
        post("opens", f"{BAZAAR}/follow", {}, bearer("lasting"), until="head"),
                   post("revoked", f"{P}/keys/{{{{lasting.id}}}}/revoke", {}, bearer("lasting"), on="other"),
                   get("after it", PRICE, bearer("lasting"), on="other", pause=1.5))  # fmt: skip
    return [wider, after, narrower, none, ends]


def stories() -> list[Story]:
    return [*meeting(), *anonymous(), *changed()]
