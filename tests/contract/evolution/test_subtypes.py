"""contract/evolution/subtypes and typetree: which values are values of another type, in Python and on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.contract.evolution.subtypes import relation, within
from parvis.contract.model import TypeDef
from parvis.contract.typetree import Node, parse

TYPES = {
    "Order": TypeDef("Order", "dataclass"),
    "Colour": TypeDef("Colour", "enum", base="Enum"),
    "Mood": TypeDef("Mood", "enum", base="StrEnum"),
    "Size": TypeDef("Size", "enum", base="IntEnum"),
}


def related(old: str, new: str) -> str:
    return relation(parse(old), parse(new), TYPES)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("int", "float"),
        ("int", "int | None"),
        ("int", "Any"),
        ("int | str", "str | int | None"),
        ("int | None", "Any"),
        ("list[int]", "list[float]"),
        ("list[int]", "list"),
        ("dict[str, int]", "dict[str, int | None]"),
        ("dict[str, int]", "dict"),
        ("tuple[int, int]", "tuple[int, ...]"),
        ("tuple[()]", "tuple[str, ...]"),
        ("tuple[int, str]", "tuple[float, str]"),
        ("Literal['a']", "Literal['b', 'a']"),
        ("Literal['a', 'b']", "str"),
        ("Literal[1, 2]", "float"),
        ("Literal[True]", "bool"),
        ("Literal['a', None]", "Literal['a'] | int | None"),
        ("Literal[3]", "Annotated[int, Field(ge=1)]"),
        ("Literal['abc']", "Annotated[str, Field(max_length=3)]"),
        ("Mood", "str"),
        ("Size", "int"),
        ("Size", "float | None"),
        ("Annotated[int, Field(ge=1)]", "int"),
        ("Annotated[int, Field(ge=1)]", "Annotated[int, Field(ge=0)]"),
        ("Annotated[int, Field(gt=1)]", "Annotated[int, Field(ge=1)]"),
        ("Annotated[int, Field(ge=2)]", "Annotated[int, Field(gt=1)]"),
        ("Annotated[int, Field(le=9)]", "Annotated[int, Field(lt=10)]"),
        ("Annotated[int, Field(lt=9)]", "Annotated[int, Field(le=9)]"),
        ("Annotated[int, Field(ge=1, le=9)]", "Annotated[float, Field(le=10)]"),
        ("Annotated[int, Field(multiple_of=10)]", "Annotated[int, Field(multiple_of=5)]"),
        ("Annotated[str, Field(min_length=2, max_length=3)]", "Annotated[str, Field(min_length=1)]"),
        ("Annotated[str, Field(pattern='a', min_length=1)]", "Annotated[str, Field(pattern='a')]"),
        ("list[Annotated[int, Field(ge=1)]]", "list[int]"),
    ],
)
def test_a_type_is_wider_than_those_whose_values_it_has(narrow: str, wide: str) -> None:
    assert ("wider", "narrower") == (related(narrow, wide), related(wide, narrow))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("date", "str"),
        ("UUID", "str"),
        ("Decimal", "float"),
        ("int", "Decimal"),
        ("bool", "int"),
        ("Literal[1]", "Literal[True]"),
        ("Literal[True]", "int"),
        ("list[int]", "set[int]"),
        ("list[int]", "tuple[int, ...]"),
        ("tuple[int, int]", "tuple[int, int, int]"),
        ("Order", "Colour"),
        ("Colour", "str"),
        ("dict[str, int]", "dict[int, int]"),
        ("int | str", "int | None"),
        ("Annotated[int, Field(ge=1)]", "Annotated[int, Field(le=9)]"),
        ("Annotated[str, Field(pattern='a')]", "Annotated[str, Field(pattern='b')]"),
        ("Literal['abcd', 'a']", "Annotated[str, Field(max_length=3)]"),
    ],
)
def test_types_of_which_neither_has_all_values_of_the_other_are_two(one: str, other: str) -> None:
    assert ("changed", "changed") == (related(one, other), related(other, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("int | str", "str | int"),
        ("Optional[int]", "None | int"),
        ("Union[int, str, int]", "int | str"),
        ("list", "list[Any]"),
        ("dict", "dict[Any, Any]"),
        ("tuple", "tuple[Any, ...]"),
        ("datetime.date", "date"),
        ("'int'", "int"),
        ("int | float", "float"),
        ("Literal['a', 'b']", "Literal['b'] | Literal['a']"),
        ("Any", "Any | None"),
    ],
)
def test_two_ways_to_write_a_type_are_one(one: str, other: str) -> None:
    assert "same" == related(one, other)


@pytest.mark.parametrize(
    "text", ["", "int]", "lambda: 0", "int()", "f[int]", "a.b", "Annotated[int, 3]", "Annotated[int, Field(3)]",
             "Annotated[int, Field(title='x')]", "Annotated[int, Other(ge=1)]", "Literal[1.5]", "Literal[x]",
             "list[" * 40 + "int" + "]" * 40, "[int]"]
)  # fmt: skip
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a type|is refused|no limit|cannot stand"):
        parse(text)


def test_a_type_tells_its_classes_and_can_do_without_its_limits() -> None:
    node = parse("dict[str, list[Order | None]] | Annotated[Colour, Field(ge=1)] | Literal['Mood']")
    assert {"Order", "Colour"} == set(node.names())
    assert "dict[str, list[Order | None]] | Colour | Literal['Mood']" == str(node.plain)


LIMITED = ["Annotated[int, Field(ge=0)]", "Annotated[int, Field(ge=1, le=5)]", "Annotated[float, Field(lt=2.5)]"]
NODES = st.recursive(
    st.sampled_from(
        [
            "int",
            "float",
            "str",
            "bool",
            "None",
            "Any",
            "date",
            "Order",
            "Mood",
            "Literal['a']",
            "Literal[1, 2]",
            *LIMITED,
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda t: f"list[{t}]"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]} | {t[1]}"),
        st.tuples(inner, inner).map(lambda t: f"tuple[{t[0]}, {t[1]}]"),
        inner.map(lambda t: f"tuple[{t}, ...]"),
    ),
    max_leaves=4,
).map(parse)


@settings(max_examples=100, deadline=None)
@given(NODES)
def test_any_type_is_read_back_as_it_is_written_and_is_within_itself(node: Node) -> None:
    assert node == parse(str(node))
    assert within(node, node, TYPES)
    assert within(node, parse("Any"), TYPES)


@settings(max_examples=300, deadline=None)
@given(NODES, NODES, NODES)
def test_within_is_transitive(a: Node, b: Node, c: Node) -> None:
    wider, widest = Node("|", (a, b)), Node("|", (a, b, c))
    assert within(a, wider, TYPES)
    assert within(wider, widest, TYPES)
    if within(a, b, TYPES) and within(b, c, TYPES):
        assert within(a, c, TYPES)


@given(NODES, NODES)
def test_the_way_back_is_the_other_way_round(a: Node, b: Node) -> None:
    other = {"same": "same", "wider": "narrower", "narrower": "wider", "changed": "changed"}
    assert other[relation(a, b, TYPES)] == relation(b, a, TYPES)
