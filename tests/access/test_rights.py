"""Patterns of rights: what they cover, and that narrowing is exact, constraints included."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.rights import PATTERN_LONGEST, Constraints, Rights, check, covers, narrow, split_scope
from parvis.contract.outcomes import Refusal

names = st.lists(st.sampled_from(["shop", "parvis", "orders", "get"]), min_size=2, max_size=4).map(".".join)
bare = st.one_of(
    st.just("*"),
    names,
    st.lists(st.sampled_from(["shop", "parvis", "orders"]), min_size=1, max_size=3).map(lambda p: ".".join([*p, "*"])),
)
spellings = st.sampled_from(["FR", '"FR"', "BE", "1", '"1.0"', "true", '"a, b)"'])
constraints = st.dictionaries(
    st.sampled_from(["country", "kind"]), st.lists(spellings, min_size=1, max_size=3), min_size=1
).map(lambda given: ",".join(f"{name} in[{','.join(values)}]" for name, values in given.items()))
patterns = st.one_of(bare, st.builds(lambda name, inside: f"{name} ( {inside} )", bare, constraints))
rights = st.lists(patterns, max_size=4).map(Rights)
values = st.sampled_from(["FR", "BE", "1", "1.0", 1, 1.0, True, "true", "a, b)", None, 2, b"FR"])
arguments = st.dictionaries(
    st.sampled_from(["country", "kind", "limit"]), st.one_of(values, st.lists(values, max_size=3))
)


def allowed(held, right, given):
    verdict = held.verdict(right)
    return verdict is True or any(constraints.admits(given) for constraints in verdict or ())


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
        first.verdicts = {}


def test_the_same_patterns_give_the_same_object():
    assert Rights.of(("shop.*",)) is Rights.of(("shop.*",))


@given(rights, names)
def test_an_answer_is_the_same_the_second_time(held, right):
    expected = any(covers(pattern, right) for pattern in held.patterns)

    assert [expected, expected] == [held.allows(right), held.allows(right)]
    assert held.verdict(right) is held.verdict(right)


def test_memory_of_answers_is_bounded():
    held = Rights(["shop.*"])

    assert all(held.allows(f"shop.n{i}") for i in range(30_000))
    assert len(held.verdicts) <= 10_000


@given(patterns, patterns, names, arguments)
def test_a_pattern_that_covers_another_allows_every_call_that_it_allows(wider, narrower, right, given):
    if covers(wider, narrower) and allowed(Rights([narrower]), right, given):
        assert allowed(Rights([wider]), right, given)


@given(rights, patterns)
def test_rights_that_do_not_cover_a_pattern_refuse_a_call_that_it_allows(held, pattern):
    name, _, inside = Rights([pattern]).patterns[0].partition("(")
    most = {key: sorted(texts) for key, texts in Constraints.of(inside[:-1]).allowed} if inside else {}
    right = {"*": "fresh.name"}.get(name, name.replace("*", "fresh"))

    assert allowed(Rights([pattern]), right, most)
    assert allowed(held, right, most) == held.covers(pattern)


@given(rights, rights, names, arguments)
def test_narrowed_rights_allow_exactly_the_calls_that_both_allow(first, second, right, given):
    both = first.narrowed(second)

    assert (allowed(first, right, given) and allowed(second, right, given)) == allowed(both, right, given)
    assert second.narrowed(first) == both


@given(rights)
def test_one_spelling_reads_back_as_itself(held):
    assert held.patterns == Rights(held.patterns).patterns


@given(rights, st.lists(patterns, max_size=4))
def test_a_key_gets_what_it_asks_for_or_is_refused_but_never_more_than_its_account(account, wanted):
    beyond = [Rights([pattern]).patterns[0] for pattern in wanted if not account.covers(pattern)]

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


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("geo.search(country in[FR,BE])", "geo.search(country in [BE, FR])"),
        ("geo.* ( kind\tin [ city ] ,\n country in [FR, FR] ) ", "geo.*(country in [FR], kind in [city])"),
        ('*(country in ["FR", "a, b", "\\u00e9"])', '*(country in [FR, "a, b", "é"])'),
    ],
)
def test_a_pattern_is_kept_in_one_spelling(written, spelling):
    check(written)

    assert (spelling,) == Rights([written]).patterns
    assert Rights([spelling]) == Rights([written])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("geo.search()", "constraints look like"),
        ("geo.search(country in [FR]", r"do not end in `\)`"),
        ("geo.search(country in [FR]).x", r"do not end in `\)`"),
        ("geo.search(country in [FR]) (kind in [city])", "constraints look like"),
        ("geo.search(country in [FR])x)", "constraints look like"),
        ("geo .search(country in [FR])", "a right looks like"),
        (" geo.search(country in [FR])", "a right looks like"),
        ("shop(country in [FR])", "a right looks like"),
        ("(country in [FR])", "a right looks like"),
    ],
)
def test_a_pattern_whose_constraints_cannot_be_read_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=rf"is not a right: .*{reason}"):
        check(text)
    with pytest.raises(ValueError, match=rf"is not a right: .*{reason}"):
        Rights([text])


def test_a_verdict_tells_free_constrained_and_missing_apart():
    held = Rights(
        ["geo.*(country in [FR])", "geo.search(country in [BE], kind in [city])", "shop.*", "shop.x(a in [1])"]
    )

    assert held.verdict("shop.x") is True
    assert held.verdict("parvis.keys.list") is None
    assert ["country in [FR]"] == [str(constraints) for constraints in held.verdict("geo.ip")]
    assert ["country in [FR]", "country in [BE], kind in [city]"] == [str(c) for c in held.verdict("geo.search")]
    assert [False, True] == [held.allows("geo.search"), held.allows("shop.x")]


def test_constraints_that_two_patterns_share_are_told_once():
    held = Rights(["geo.*(country in [FR])", "geo.search(country in [FR])"])

    assert (Constraints.of("country in [FR]"),) == held.verdict("geo.search")


@pytest.mark.parametrize(
    ("wider", "pattern", "expected"),
    [
        ("geo.*", "geo.search(country in [FR])", True),
        ("geo.search(country in [FR])", "geo.search", False),
        ("geo.*(country in [FR, BE])", "geo.search(country in [FR])", True),
        ("geo.search(country in [FR])", "geo.search(country in [FR, BE])", False),
        ("geo.search(country in [FR])", "geo.search(country in [FR], kind in [city])", True),
        ("geo.search(country in [FR], kind in [city])", "geo.search(country in [FR])", False),
        ("geo.search(country in [FR])", "geo.*(country in [FR])", False),
        ("*(country in [FR])", "parvis.keys.list(country in [FR])", False),
    ],
)
def test_a_constrained_pattern_covers_what_its_constraints_follow_from(wider, pattern, expected):
    assert expected == covers(wider, pattern)


def test_two_lists_do_not_cover_their_union_as_an_argument_can_be_a_list():
    held = Rights(["geo.search(country in [FR])", "geo.search(country in [BE])"])
    union = Rights(["geo.search(country in [FR, BE])"])

    assert not held.covers(union.patterns[0])
    assert allowed(union, "geo.search", {"country": ["FR", "BE"]})
    assert not allowed(held, "geo.search", {"country": ["FR", "BE"]})


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("geo.*(country in [FR, BE])", "geo.search(country in [FR, DE])", ("geo.search(country in [FR])",)),
        ("geo.*(country in [FR])", "geo.search(kind in [city])", ("geo.search(country in [FR], kind in [city])",)),
        ("geo.search(country in [FR])", "geo.search(country in [BE])", ()),
        ("geo.*(country in [FR])", "shop.*", ()),
        ("*", "geo.search(country in [FR])", ("geo.search(country in [FR])",)),
        ("*(country in [FR])", "parvis.*", ()),
    ],
)
def test_narrowing_conjoins_constraints_and_drops_what_nothing_can_meet(first, second, both):
    assert both == Rights([first]).narrowed(Rights([second])).patterns


def test_a_key_cannot_widen_a_constraint_of_its_account():
    account = Rights(["geo.*(country in [FR, BE])"])

    assert ("geo.ip(country in [FR])",) == narrow(account, ["geo.ip( country in [FR] )"]).patterns
    with pytest.raises(Refusal) as refused:
        narrow(account, ["geo.ip(country in [FR])", "geo.ip(country in[FR,DE])"])
    assert {"right": "geo.ip(country in [DE, FR])"} == refused.value.members


def test_a_pattern_is_bounded_as_written_and_in_its_one_spelling():
    longest = f"a.b(x in [{'v' * (PATTERN_LONGEST - 12)}])"
    tight = "a.b(" + ",".join(f"x{index} in[a,b,c]" for index in range(61)) + ")"

    check(longest)
    assert PATTERN_LONGEST == len(longest)
    assert len(tight) < PATTERN_LONGEST < len(Rights([tight]).patterns[0])
    for text in (f"{longest} ", tight):
        with pytest.raises(ValueError, match="longer than 1000 characters"):
            check(text)
        with pytest.raises(Refusal):
            narrow(Rights(["*"]), [text])


def test_what_two_patterns_have_in_common_may_be_longer_than_what_is_written():
    first, second = (Rights([f"a.b({name} in [{'v' * 900}])"]) for name in "xy")
    both = first.narrowed(second)

    assert len(both.patterns[0]) > PATTERN_LONGEST
    assert both == Rights(both.patterns)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", []),
        ("   ", []),
        ("shop.* geo.ip", ["shop.*", "geo.ip"]),
        (" shop.*  geo.ip ", ["shop.*", "geo.ip"]),
        ("geo.*(country in [FR, BE]) shop.*", ["geo.*(country in [FR, BE])", "shop.*"]),
        ('geo.*(name in ["a) b", "\\" ("]) shop.*', ['geo.*(name in ["a) b", "\\" ("])', "shop.*"]),
        ("geo.*  (country in [FR]) shop.*", ["geo.*  (country in [FR])", "shop.*"]),
        ("geo.*(country in [FR] shop.*", ["geo.*(country in [FR] shop.*"]),
        ('geo.*(name in ["x]) shop.*', ['geo.*(name in ["x]) shop.*']),
    ],
)
def test_a_scope_is_split_at_spaces_outside_parentheses_and_quotes(scope, expected):
    assert expected == split_scope(scope)


@given(st.lists(patterns))
def test_a_scope_of_patterns_splits_into_those_patterns(wanted):
    assert wanted == split_scope(" ".join(wanted))


pieces = st.sampled_from(
    [*'()[],"\\ \n*.', "shop.get", "a.b(", " in [", "FR", "x", "1.0", "\\u", "d800", "é", "\x00", "\ud800"]
)


@given(st.one_of(st.text(), st.lists(pieces).map("".join), st.lists(pieces).map(lambda p: f"a.b(x in [{''.join(p)}])")))
def test_a_hostile_text_is_a_right_or_a_value_error(text):
    split_scope(text)
    try:
        held = Rights([text])
    except ValueError:
        return
    assert held.patterns == Rights(held.patterns).patterns
    assert held.patterns[0].isprintable()
    held.patterns[0].encode()


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "a." * 50_000, "(" * 100_000, "a.b(" + "x" * 100_000, "a.b(" + " " * 100_000 + "x)",
     "a.b(x" + " " * 100_000 + ")", "a.b(x in [" + "v," * 50_000 + "])", 'a.b(x in ["' + "\\n" * 50_000 + ")",
     'a.b(x in ["' + "\\" * 100_001 + '"])', "a.b(" + "x in [v]," * 12_000 + ")", "a.b(x in [" + "v" * 100_000 + ")",
     "a.b(" + ",".join(f"x{index} in [v]" for index in range(9_000)) + ")", "a.b(x in [" + "1" * 100_000 + "])",
     '"' * 100_000, " " * 100_000 + "(", "a.b(x in [" + "1" * 100_000 + "e])"],
)  # fmt: skip
def test_a_long_text_is_read_in_linear_time(text):
    started = time.process_time()
    for read in (check, Rights.of, split_scope):
        try:
            read((text,) if read == Rights.of else text)
        except ValueError as error:
            assert len(str(error)) < 2_000

    assert time.process_time() - started < 2
