"""The standard library as a façade: whatever is named, it is compiled, or refused with a reason."""

from __future__ import annotations

import pytest

from parvis.contract.model import Contract
from parvis.contract.openapi import openapi
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import TargetError, load

TARGETS = [
    "statistics", "sqlite3:Connection", "sqlite3", "zoneinfo:ZoneInfo", "ipaddress", "ipaddress:IPv4Network", "json",
    "math", "calendar:Calendar", "calendar:TextCalendar", "fractions:Fraction", "decimal:Decimal", "decimal:Context",
    "datetime:datetime", "random:Random", "random:random", "string", "string:Formatter", "textwrap", "colorsys",
    "base64",
    "pathlib:Path", "collections:Counter", "collections:deque", "uuid:UUID", "uuid:uuid4", "bisect", "operator",
    "itertools", "builtins", "builtins:int", "builtins:type", "builtins:object", "typing", "enum:Enum", "ast",
    "unittest:TestCase", "email.message:EmailMessage", "asyncio:Queue", "dataclasses",
]  # fmt: skip


@pytest.mark.parametrize("text", TARGETS)
def test_it_is_published_or_refused_with_reasons(text: str) -> None:
    try:
        facade = compile_facade(load(text), Options(name="service"))
    except TargetError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert refused.startswith(f"{text} has nothing to publish (")
        return
    assert facade.operations
    assert [] == [item.name for item in facade.left_out if not item.reason]
    contract = facade.contract
    assert contract == Contract.from_json(contract.to_json())
    assert len(contract.operations) == len(openapi(contract, server_url=None)["paths"])


def test_what_a_caller_would_expect_of_some_is_there() -> None:
    mean = compile_facade(load("statistics")).operations["mean"].spec
    assert ("(data: Any) -> Any", ["POST"]) == (mean.signature, [r.method for r in mean.routes])
    colours = compile_facade(load("colorsys")).operations
    assert "(r: Any, g: Any, b: Any) -> Any" == colours["rgb_to_hsv"].spec.signature
    calendar = compile_facade(load("calendar:Calendar")).operations
    assert calendar["itermonthdates"].spec.result.stream
