import inspect

from hypothesis import given
from hypothesis import strategies as st

from parvis.client.binding import Binder
from parvis.contract.model import Default, Parameter

NAMES = ["a", "b", "c", "d", "e"]
KINDS = {
    "positional_only": inspect.Parameter.POSITIONAL_ONLY,
    "positional_or_keyword": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "keyword_only": inspect.Parameter.KEYWORD_ONLY,
}


@st.composite
def parameters(draw):
    kinds = sorted(draw(st.lists(st.sampled_from(list(KINDS)), max_size=5)), key=list(KINDS).index)
    positional = sum(kind != "keyword_only" for kind in kinds)
    first_default = draw(st.integers(0, positional))
    defaults = [
        index >= first_default if kind != "keyword_only" else draw(st.booleans()) for index, kind in enumerate(kinds)
    ]
    return [
        Parameter(name, kind, "int", {}, Default("0", 0) if default else None)
        for name, kind, default in zip(NAMES, kinds, defaults, strict=False)
    ]


def native(parameters):
    """The same method written in Python."""
    spelt = ["self"]
    kinds = [p.kind for p in parameters]
    for index, p in enumerate(parameters):
        if p.kind == "keyword_only" and "keyword_only" not in kinds[:index]:
            spelt.append("*")
        spelt.append(p.name if p.required else f"{p.name}=None")
        if p.kind == "positional_only" and "positional_only" not in kinds[index + 1 :]:
            spelt.append("/")
    space = {}
    body = "return {k: v for k, v in locals().items() if v is not None}"
    exec(f"class Shop:\n def price({', '.join(spelt)}):\n  {body}", space)
    return space["Shop"]().price


@given(
    parameters(), st.lists(st.integers(), max_size=6), st.dictionaries(st.sampled_from([*NAMES, "x"]), st.integers())
)
def test_binding_is_what_python_does_to_the_letter(parameters, args, kwargs):
    try:
        expected = native(parameters)(*args, **kwargs)
        expected.pop("self")
    except TypeError as error:
        expected = str(error).partition(". Did you mean")[0]  # a hint that later versions of Python add
    try:
        actual = Binder("Shop.price", parameters).bind(tuple(args), kwargs)
    except TypeError as error:
        actual = str(error)
    assert expected == actual
