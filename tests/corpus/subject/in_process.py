"""Calls of objects in this process, by ``parvis.connect`` and ``parvis.connect_async``: what they give, or raise."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import logging
import re
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import bazaar
import gallery
import till
from expressions import BAZAAR, BOOTH, GALLERY, NOTED

import parvis
from parvis import testing

SAID = {
    "Decimal": Decimal, "UUID": uuid.UUID, "date": date, "datetime": datetime, "time": time, "timedelta": timedelta,
    "timezone": timezone,
    "UTC": UTC, "Path": Path, "io": io, "gallery": gallery, "bazaar": bazaar,
}  # fmt: skip

BIND = {
    "*(owner)": "caller.account", "who(address)": "caller.address", "who(key)": "caller.key",
    "who(kind)": "caller.kind",
    "who(test)": "caller.test", "labelled(label)": "header.x-label",
    "get_words(language)": {"from": "header.accept-language", "overridable": True},
    "get_words(agent)": "header.user-agent",
}  # fmt: skip
SERVICES: dict[str, tuple[Any, str]] = {
    "gallery": (gallery.Gallery, GALLERY),
    "bazaar": (parvis.Service(bazaar.Bazaar, name="bazaar", bind=BIND, deprecated={"old": "Use count_up."}), BAZAAR),
    "booth": (parvis.Service(till.Booth, instances="per-call"), BOOTH),
    "noted": (till.Noted, NOTED),
}


def told(value: Any) -> str:
    """What a result is, of which two runs say the same."""
    text = repr(sorted(value) if isinstance(value, set | frozenset) else value)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return text if len(text) < 3000 else f"{text[:2900]}... ({len(text)})"


def raised(error: BaseException) -> dict[str, Any]:
    id = getattr(error, "request_id", None)

    def blank(text: str) -> str:
        text = text.replace(id, "<request>") if isinstance(id, str) and id else text
        text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:<port>", text)
        return re.sub(r"\b[0-9a-f]{9,12}\b", "<id>", text)

    more = {name: blank(told(value)) for name, value in sorted(vars(error).items()) if not name.startswith("_")}
    if more.get("retry_after", "None") != "None":
        more["retry_after"] = "<seconds>"
    lines = [cls.__name__ for cls in type(error).__mro__[:-2]]
    return {
        "raised": lines,
        "text": blank(str(error)),
        "args": blank(told(error.args)),
        **({"fields": more} if more else {}),
    }


def evaluated(client: Any, expression: str) -> Any:
    return eval(f"client.{expression}", {**SAID, "client": client})


def sync(client: Any, expression: str) -> dict[str, Any]:
    try:
        found = evaluated(client, expression)
        if inspect.isawaitable(found):
            found = asyncio.run(_awaited(found))
        if inspect.isasyncgen(found):
            items: list[Any] = []
            asyncio.run(_gathered(found, items))
            return {"items": [told(each) for each in items]}
        if hasattr(found, "__next__"):
            items = []
            try:
                items.extend(told(each) for each in found)
            except Exception as error:
                return {"items": items, **raised(error)}
            return {"items": items}
        return {"gave": told(found)}
    except Exception as error:
        return raised(error)


async def _awaited(found: Any) -> Any:
    return await found


async def _gathered(found: Any, items: list[Any]) -> None:
    async for each in found:
        items.append(each)


async def awaited(client: Any, expression: str) -> dict[str, Any]:
    items: list[Any] = []
    try:
        found = evaluated(client, expression)
        if hasattr(found, "__anext__"):
            await _gathered(found, items)
            return {"items": [told(each) for each in items]}
        return {"gave": told(await found if inspect.isawaitable(found) else found)}
    except Exception as error:
        return {**({"items": [told(each) for each in items]} if items else {}), **raised(error)}


def say(group: str, ask: str, found: dict[str, Any]) -> None:
    if "gave" in found and ("who()" in ask or "caller()" in ask):
        found["gave"] = re.sub(r"'[0-9A-Za-z]{12}'", "<key>", found["gave"])
    print(json.dumps({"group": group, "ask": ask, **found}), flush=True)


async def by_awaiting(name: str, target: Any, expressions: list[str]) -> None:
    async with parvis.connect_async(target) as client:
        for expression in expressions:
            say("in process, awaited", f"{name}.{expression}", await awaited(client, expression))


def main() -> None:
    logging.disable()
    for name, (target, text) in SERVICES.items():
        expressions = [line for line in text.strip().splitlines() if line]
        with parvis.connect(target) as client:
            say(
                "in process",
                f"{name} itself",
                {"gave": told(client), "doc": told(client.__doc__), "names": told(dir(client))},
            )
            for expression in expressions:
                say("in process", f"{name}.{expression}", sync(client, expression))
        say("in process", f"{name} closed", sync(client, expressions[0]))
        asyncio.run(by_awaiting(name, target, expressions))
    tested()
    doubled()


def tested() -> None:
    """By ``parvis.testing.served``: several callers of one service."""
    callers = {
        "everybody's": testing.caller("acc_ada"), "narrow": testing.caller("acc_bob",
            rights=["bazaar.get_price", "bazaar.ticks"]),
        "nobody": testing.caller(None), "a test": testing.caller("acc_ida", test=True),
        "elsewhere": testing.caller("acc_eve", address="192.0.2.9"),
    }  # fmt: skip
    options = {"name": "bazaar", "bind": BIND, "reads": ["get_*", "quick"]}
    service = testing.served(bazaar.Bazaar, plan=testing.plan(day=40), **options)
    asked = (
        "get_price('tea')",
        "get_price('pan')",
        "get_price(5)",
        "quick(1)",
        "ticks(2)",
        "who()",
        "staff()",
        "crash()",
        "get_mine()",
        "put('x', io.BytesIO(b'abc'))",
    )
    with service:
        for name, caller in callers.items():
            with service.as_(caller) as client:
                for expression in asked:
                    found = sync(client, expression)
                    say("tested", f"{expression} by {name}", found)
    with testing.served(bazaar.Bazaar, plan=testing.plan(day=2), caller=testing.caller("acc_ada"), **options) as client:
        for number in range(3):
            say("tested", f"day {number}", sync(client, "quick(1)"))


def doubled() -> None:
    """By ``parvis.testing.double``: what a test says in place of the service."""
    answers: dict[str, Any] = {
        "get_price": Decimal("2.5"), "find": {"items": ["a"], "next": None},
        "ticks": [bazaar.Ware("x"), testing.declared("SoldOut", "y")],
        "quick": lambda number: number + 1, "greet": testing.refusal("quota-exceeded", retry_after=60),
        "crash": testing.refusal("internal-error"),
    }  # fmt: skip
    double = testing.double(bazaar.Bazaar, answers)
    for expression in (
        "get_price('tea')",
        "get_price(1)",
        "find()",
        "ticks(2)",
        "quick(4)",
        "quick('x')",
        "greet()",
        "crash()",
        "costly()",
        "nothing_there()",
    ):
        say("doubled", expression, sync(double, expression))
    say("doubled", "calls", {"gave": told(testing.calls(double))})
    for name, wrong in (("get_price", "cheap"), ("get_price", KeyError("x")), ("nothing", 1), ("nobody", 1)):
        try:
            testing.double(bazaar.Bazaar, {name: wrong})
            say("doubled", f"{name} = {wrong!r}", {"gave": "a double"})
        except Exception as error:
            say("doubled", f"{name} = {wrong!r}", raised(error))


if __name__ == "__main__":
    main()
