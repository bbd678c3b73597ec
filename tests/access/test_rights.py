"""Patterns of rights: what they cover, and that narrowing is exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.rights import Rights, covers, narrow
from parvis.contract.outcomes import Refusal

names = st.lists(st.sampled_from(["shop", "parvis", "orders", "get"]), min_size=2, max_size=4).map(".".join)
patterns = st.one_of(
    st.just("*"),
    names,
    st.lists(st.sampled_from(["shop", "parvis", "orders"]), min_size=1, max_size=3).map(lambda p: ".".join([*p, "*"])),
)
rights = st.lists(patterns, max_size=4).map(Rights)


@pytest.mark.parametrize(
    ("pattern", "right", "allowed"),
    [
        ("shop.orders.get", "shop.orders.get", True),
        ("shop.orders.get", "shop.orders.getall", False),
        ("shop.orders.get", "shop.orders", False),
        ("shop.*", "shop.price", True),
        ("shop.*", "shop.orders.get", True),
        ("shop.*", "shopping.list", False),
        ("shop.orders.*", "shop.orders.get", True),
        ("shop.orders.*", "shop.price", False),
        ("*", "shop.orders.get", True),
        ("*", "parvis.keys.create", False),
        ("*", "parvision.look", True),
        ("parvis.*", "parvis.keys.create", True),
        ("parvis.keys.*", "parvis.accounts.get", False),
        ("parvis.*", "shop.price", False),
    ],
)
def test_a_pattern_allows_what_it_names_and_no_more(pattern, right, allowed):
    assert allowed == Rights([pattern]).allows(right)


@pytest.mark.parametrize(
    "text",
    ["", "shop", ".", "shop.", ".shop", "shop..get", "*.get", "shop.*.get", "**", "shop.ge*", "_shop.get", "shop.get ",
     "shop.get\n", "shop.é", "1shop.get", "shop.*\n", "a" * 300 + ".b"],
)  # fmt: skip
def test_what_is_no_right_is_refused_with_what_one_looks_like(text):
    with pytest.raises(ValueError, match=r"is not a right: a right looks like `shop\.orders\.get`"):
        Rights([text])


def test_one_text_is_not_a_list_of_rights():
    with pytest.raises(ValueError, match="a list of patterns"):
        Rights("*")


def test_rights_are_equal_by_what_they_say_and_do_not_change():
    first, second = Rights(["shop.*", "a.b", "shop.*"]), Rights(("a.b", "shop.*"))

    assert first == second
    assert hash(first) == hash(second)
    assert first.patterns == ("a.b", "shop.*")
    assert first != Rights(["a.b"])
    with pytest.raises(AttributeError, match="make new ones"):
        first.patterns = ("*",)
    with pytest.raises(AttributeError, match="make new ones"):
        first._memo = {}


def test_the_same_patterns_give_the_same_object():
    assert Rights.of(("shop.*",)) is Rights.of(("shop.*",))


@given(rights, names)
def test_an_answer_is_the_same_the_second_time(held, right):
    expected = any(covers(pattern, right) for pattern in held.patterns)

    assert [expected, expected] == [held.allows(right), held.allows(right)]


def test_memory_of_answers_is_bounded():
    held = Rights(["shop.*"])

    assert all(held.allows(f"shop.n{i}") for i in range(30_000))
    assert len(held._memo) <= 10_000


@given(patterns, patterns, names)
def test_a_pattern_that_covers_another_allows_all_that_it_allows(wider, narrower, right):
    if covers(wider, narrower) and covers(narrower, right):
        assert covers(wider, right)


@given(rights, rights, names)
def test_narrowed_rights_allow_exactly_what_both_allow(first, second, right):
    assert (first.allows(right) and second.allows(right)) == first.narrowed(second).allows(right)


@given(rights, st.lists(patterns, max_size=4))
def test_a_key_gets_what_it_asks_for_or_is_refused_but_never_more_than_its_account(account, wanted):
    beyond = [pattern for pattern in wanted if not account.covers(pattern)]

    if beyond:
        with pytest.raises(Refusal) as refused:
            narrow(account, wanted)
        assert refused.value.outcome.code == "right-missing"
        assert {"right": beyond[0]} == refused.value.members
    else:
        assert Rights(wanted) == narrow(account, wanted)


def test_all_patterns_that_cannot_be_read_are_named_with_their_place():
    with pytest.raises(Refusal) as refused:
        narrow(Rights(["*"]), ["shop.*", "shop", "a.b", "*.x"])

    assert refused.value.outcome.code == "invalid-arguments"
    assert ["rights[1]", "rights[3]"] == [error["location"] for error in refused.value.members["errors"]]


def test_star_does_not_give_a_key_the_console():
    with pytest.raises(Refusal) as refused:
        narrow(Rights(["*"]), ["shop.*", "parvis.keys.create"])

    assert {"right": "parvis.keys.create"} == refused.value.members
    assert refused.value.values == {"right": "parvis.keys.create"}
