import dataclasses
import enum
import inspect
import typing
from datetime import date
from decimal import Decimal

import pytest

from parvis.client.values.codec import Codec
from parvis.client.values.server_default import ServerDefault
from parvis.client.values.types import build
from parvis.contract.model import Contract, Default, Field, Member, TypeDef


def classes(*definitions, native=None):
    return build(Contract("shop", (), types=definitions), native)


def roundtrip(built, text, value):
    codec = Codec(built)
    body = codec.dump(text, value)
    return body, codec.load(text, body)


def test_a_dataclass_comes_back_with_its_fields_defaults_and_description():
    built = classes(TypeDef("Item", "dataclass", (Field("name", "str"), Field("count", "int", False, Default("1", 1))),
                            description="One thing."))  # fmt: skip
    Item = built["Item"]
    assert "(name: str, count: int = 1) -> None" == str(inspect.signature(Item))
    assert ("Item", "shop", "One thing.") == (Item.__name__, Item.__module__, Item.__doc__)
    assert Item("tea") == Item("tea", 1)
    assert (b'{"name":"tea","count":2}', Item("tea", 2)) == roundtrip(built, "Item", Item("tea", 2))


def test_a_frozen_dataclass_is_frozen():
    Item = classes(TypeDef("Item", "dataclass", (Field("name", "str"),), base="frozen"))["Item"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        Item("tea").name = "pot"
    assert 1 == len({Item("tea"), Item("tea")})


def test_a_model_takes_keywords_and_keeps_aliases_that_are_no_names():
    built = classes(
        TypeDef("Mail", "model", (Field("from", "str"), Field("content-type", "str", False, Default("'a'", "a"))))
    )
    Mail = built["Mail"]
    with pytest.raises(TypeError):
        Mail("ada")
    assert (b'{"from":"ada","content-type":"b"}', Mail(from_="ada", content_type="b")) == roundtrip(
        built, "Mail", Mail(from_="ada", content_type="b")
    )


def test_a_typeddict_comes_back_with_optional_keys():
    built = classes(TypeDef("Row", "typeddict", (Field("from", "str"), Field("next", "Row", required=False))))
    body, value = roundtrip(built, "Row", {"from": "a", "next": {"from": "b"}})
    assert (b'{"from":"a","next":{"from":"b"}}', {"from": "a", "next": {"from": "b"}}) == (body, value)
    with pytest.raises(ValueError, match="Field required"):
        Codec(built).load("Row", b"{}")


def test_a_namedtuple_is_an_array_of_its_fields():
    built = classes(
        TypeDef("Pair", "namedtuple", (Field("x", "int"), Field("rest", "Pair | None", False, Default("None"))))
    )
    Pair = built["Pair"]
    assert (b"[1,[2,null]]", Pair(1, Pair(2))) == roundtrip(built, "Pair", Pair(1, Pair(2)))
    assert {"rest": None} == Pair._field_defaults


def test_classes_may_speak_of_each_other():
    built = classes(
        TypeDef("Tree", "dataclass", (Field("leaves", "dict[str, Leaf]"),)),
        TypeDef("Leaf", "dataclass", (Field("tree", "Tree | None"), Field("day", "date"))),
    )
    Tree, Leaf = built["Tree"], built["Leaf"]
    value = Tree({"a": Leaf(Tree({}), date(2026, 1, 2))})
    assert (b'{"leaves":{"a":{"tree":{"leaves":{}},"day":"2026-01-02"}}}', value) == roundtrip(built, "Tree", value)
    assert {"tree": Tree | None, "day": date} == typing.get_type_hints(Leaf)


@pytest.mark.parametrize(
    ("base", "expected", "values"),
    [("Enum", enum.Enum, ("a", 1)), ("StrEnum", enum.StrEnum, ("a", "b")), ("IntEnum", enum.IntEnum, (1, 2))],
)
def test_an_enumeration_has_its_base(base, expected, values):
    built = classes(TypeDef("E", "enum", members=(Member("A", values[0]), Member("B", values[1])), base=base))
    E = built["E"]
    assert (True, "shop", [*values]) == (issubclass(E, expected), E.__module__, [e.value for e in E])
    assert E.B is roundtrip(built, "E", E.B)[1]


def test_defaults_are_real_values():
    built = classes(
        TypeDef("Order", "dataclass", (
            Field("total", "Decimal", False, Default("Decimal('0.10')", "0.10")),
            Field("color", "Color", False, Default("Color.RED", "red")),
            Field("items", "list[Item]", False, Default("[Item('tea')]", [{"name": "tea"}])),
            Field("best", "Item", False, Default("Item('tea')", {"name": "tea"})),
        )),
        TypeDef("Item", "dataclass", (Field("name", "str"),)),
        TypeDef("Color", "enum", members=(Member("RED", "red"),), base="StrEnum"),
    )  # fmt: skip
    Order, Item = built["Order"], built["Item"]
    made = Order()
    assert (Decimal("0.10"), built["Color"].RED) == (made.total, made.color)
    assert ([Item("tea")], Item("tea")) == (made.items, made.best)
    assert made.items is not Order().items


def test_a_default_that_only_the_server_knows_does_not_cross():
    built = classes(TypeDef("Order", "dataclass", (Field("item", "str"),
                            Field("id", "UUID", False, Default("uuid4()", exact=False)))))  # fmt: skip
    Order = built["Order"]
    assert (ServerDefault, "Order(item='tea', id=uuid4())") == (type(Order("tea").id), repr(Order("tea")))
    assert b'{"item":"tea"}' == Codec(built).dump("Order", Order("tea"))


def test_a_required_field_after_an_optional_one_takes_a_keyword():
    Item = classes(TypeDef("Item", "dataclass", (Field("count", "int", False, Default("1", 1)), Field("name", "str"))))[
        "Item"
    ]
    assert "(count: int = 1, *, name: str) -> None" == str(inspect.signature(Item))


def test_a_native_class_stands_where_it_is_spoken_of():
    @dataclasses.dataclass
    class Item:
        data: bytes

    built = classes(TypeDef("Order", "dataclass", (Field("items", "list[Item]"),)), TypeDef("Item", "dataclass"),
                    native={"Item": Item})  # fmt: skip
    order = built["Order"]([Item(b"\xff\x00")])
    assert order == roundtrip(built, "Order", order)[1]
    assert Item is type(roundtrip(built, "Order", order)[1].items[0])
