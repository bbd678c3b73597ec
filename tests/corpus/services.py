"""What the stages serve: settings that are used by several of them."""

from __future__ import annotations

from typing import Any

MARKET: dict[str, Any] = {
    "target": "market:Market",
    "reads": ["price", "find", "average", "orders.get", "orders.list", "orders.search"],
    "deprecated": {"average": "Use `price`."},
    "deprecated_since": {"average": "2001-10-01"},
    "sunset": {"average": "2060-10-01"},
    "public": {"find": 60},
    "examples": {"price": {"item": "plums", "kilos": 2.5}, "orders.get": {"id": 1}},
}
GALLERY: dict[str, Any] = {
    "target": "gallery:Gallery",
    "run": {"*": "threads:2"},
    "reads": ["a_*", "by_number", "maybe", "either", "price", "listen", "double", "titled", "later", "orders.list"],
}
BAZAAR: dict[str, Any] = {
    "target": "bazaar:Bazaar", "name": "bazaar", "version": 2, "title": "The bazaar",
    "run": {"*": "threads:4", "quick": "inline", "crash_quickly": "inline", "get_words": "inline"},
    "reads": ["get_price", "quick", "lookup", "get_image", "find", "get_*", "list_*", "labelled", "stalls.get",
        "stalls.list", "stalls.find_names"],
    "costs": {"costly": 5, "drift": 2}, "rights": {"staff": "bazaar.keepers.staff"},
    "public": {"get_cached": 60, "get_image": 3600}, "media": {"get_image": "image/png", "weigh": "text/plain"},
    "deprecated": {"old": "Use count_up.", "list_old": "Use find."}, "deprecated_since": {"old": "2001-09-01"},
    "sunset": {"old": "2059-12-31"},
    "bind": {"*(owner)": "caller.account", "who(address)": "caller.address", "who(key)": "caller.key",
        "who(kind)": "caller.kind", "who(test)": "caller.test", "labelled(label)": "header.x-label",
        "get_words(language)": {"from": "header.accept-language", "overridable": True},
        "get_words(agent)": "header.user-agent"},
    "examples": {"get_price": {"item": "jam", "count": 2}, "stalls.get": {"id": 1}},
    "settings": {"greeting": "good day", "most": 3},
}  # fmt: skip
OLD: dict[str, Any] = {
    "target": "bazaar:OldBazaar", "name": "bazaar", "deprecated": {"*": "Use version 2."},
    "deprecated_since": {"*": "2003-01-01"},
}  # fmt: skip
SLOW: dict[str, Any] = {"target": "bazaar:Slow", "timeout": 1.0, "run": {"*": "threads:8"}, "reads": ["get_late"]}
TILL: dict[str, Any] = {"target": "till:Till", "sandbox": "till:Sandbox", "reads": ["balance", "get_rows"]}
BOOTH: dict[str, Any] = {"target": "till:Booth", "instances": "per-call", "run": {"*": "threads:2"}}
NOTED: dict[str, Any] = {"target": "till:Noted"}

ALL: dict[str, dict[str, Any]] = {
    "market": MARKET, "gallery": GALLERY, "bazaar": BAZAAR, "bazaar_old": OLD, "slow": SLOW, "till": TILL,
    "booth": BOOTH, "noted": NOTED,
}  # fmt: skip
