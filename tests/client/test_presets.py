"""Values that are set once: for every operation with such a parameter, checked when they are set."""

from __future__ import annotations

import asyncio
import inspect
import json

import pytest

import parvis
from parvis.client import MemoryTransport, connect_url, facade_of
from parvis.contract.model import Contract, Default


@pytest.fixture
def contract(make):
    p = make.parameter
    return Contract(
        "shop",
        (
            make.operation("find", p("text", "str"), p("language", "str", default=Default("'en'", "en"))),
            make.operation("show", p("language", "str"), p("page", "int", default=Default("1", 1))),
            make.operation("count", p("page", "int | None", default=Default("None"))),
            make.operation("ticks", p("language", "str"), stream=True),
            make.operation("put", p("content", "BinaryIO")),
            make.operation("level", p("size", "Literal['s', 'm']")),
        ),
    )


@pytest.fixture
def held(contract):
    def hold(**presets: object):
        handlers = {o.name: (lambda a: [a]) if o.result.stream else (lambda a: a) for o in contract.operations}
        return facade_of(MemoryTransport(contract, handlers), presets=presets)

    return hold


def test_an_argument_goes_before_a_preset_and_a_preset_before_the_default(held):
    shop = held(language="fr")
    assert {"text": "tea", "language": "fr"} == shop.find("tea")
    assert {"text": "tea", "language": "en"} == shop.find("tea", "en")
    assert {} == shop.count()
    assert {"text": "tea"} == held().find("tea")


def test_a_preset_stands_in_for_a_required_argument(held):
    shop = held(language="fr", page=2)
    assert {"language": "fr", "page": 2} == shop.show()
    assert [{"language": "fr"}] == list(shop.ticks())
    assert "(language: str, page: int = 1) -> Any" == str(inspect.signature(shop.show))
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'text'"):
        shop.find()


def test_they_hold_for_calls_by_name_too(held):
    assert {"language": "fr"} == held(language="fr").parvis.call("show", {})


def test_they_can_be_read_and_not_changed(held):
    given = {"language": "fr"}
    shop = held(**given)
    assert given == shop.parvis.presets
    with pytest.raises(TypeError):
        shop.parvis.presets["language"] = "en"


@pytest.mark.parametrize(("presets", "reason"), [
    ({"colour": 1}, "the preset 'colour' is for nothing: no operation of shop has such a parameter"),
    ({"language": 12}, "the preset 'language' is no str, which find, show and ticks take"),
    ({"page": "2"}, "the preset 'page' is no int, which show takes"),
    ({"page": None}, "the preset 'page' is no int, which show takes"),
    ({"size": "xl"}, r"the preset 'size' is no Literal\['s', 'm'\], which level takes"),
    ({"content": b"x"}, "the preset 'content' is no BinaryIO, which put takes"),
    ({"language": object()}, "the preset 'language' is no str"),
])  # fmt: skip
def test_one_that_could_not_be_sent_is_refused_when_it_is_set(held, presets, reason):
    with pytest.raises(ValueError, match=reason):
        held(**presets)


def test_a_refused_one_leaves_no_connection(contract):
    transport = MemoryTransport(contract, {})
    with pytest.raises(ValueError, match="colour"):
        facade_of(transport, presets={"colour": 1})
    assert transport.closed


def test_they_go_over_the_wire_of_both_kinds_and_in_process(wire):
    with connect_url(wire.url, presets={"vat": 0.1}) as shop:
        assert "11.00" == str(shop.price("tea"))

    async def main() -> str:
        async with parvis.connect_async(wire.url, presets={"vat": 0.1}) as shop:
            return str(await shop.price("tea"))

    assert "11.00" == asyncio.run(main())
    assert {"item": "tea", "vat": 0.1} == json.loads(wire.seen[-1][3])

    class Greeter:
        def greet(self, name: str, language: str = "en") -> str:
            return f"{language}: {name}"

    with parvis.connect(Greeter, presets={"language": "fr"}) as greeter:
        assert "fr: Ada" == greeter.greet("Ada")
