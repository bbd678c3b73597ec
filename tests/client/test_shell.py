import pytest

from parvis.client.shell import body_of
from parvis.contract.model import Contract, Member, TypeDef

COLOR = TypeDef("Color", "enum", members=(Member("RED", "red"), Member("TWO", 2)))


@pytest.fixture
def spell(make):
    kinds = {"n": "int", "x": "float | None", "ok": "bool", "s": "str", "d": "Decimal", "ns": "list[int]", "c": "Color",
             "any": "Any", "items": "list[dict[str, int]]", "one": "Literal[1, 'a']", "p": "Path"}  # fmt: skip
    operation = make.operation("try", *(make.parameter(name, kind) for name, kind in kinds.items()))
    contract = Contract("shop", (operation,), types=(COLOR,))
    files = {"text": "from a file\n", "json": "[1]"}
    return lambda *words: body_of(words, operation, contract, files.__getitem__)


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ((), b"{}"),
        (("n=12", "x=-0.50", "ok=true"), b'{"n":12,"x":-0.50,"ok":true}'),
        (("n=123456789012345678901234567890",), b'{"n":123456789012345678901234567890}'),
        (("s=12", "d=0.10"), b'{"s":"12","d":"0.10"}'),
        (("s=",), b'{"s":""}'),
        (("s=a=b&c %41+\"é",), b'{"s":"a=b&c %41+\\"\\u00e9"}'),
        (("ns=1", "ns=2"), b'{"ns":[1,2]}'),
        (("c=red",), b'{"c":"red"}'),
        (("c=2", "one=1"), b'{"c":2,"one":1}'),
        (("any=12", "p=/tmp"), b'{"any":"12","p":"/tmp"}'),
        (("any:=12", 'items:=[{"a": 1}]'), b'{"any":12,"items":[{"a": 1}]}'),
        (("s:=null",), b'{"s":null}'),
        (("s=@text", "ns:=@json"), b'{"ns":[1],"s":"from a file\\n"}'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_become_one_json_object(spell, words, body):
    assert body == spell(*words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("n=1_000",), "n should be an integer"), (("n=true",), "n should be an integer"),
     (("x=nan",), "x should be a number"),
     (("ok=yes",), "`true` or `false`"), (("c=green",), "one of red, 2"), (("unknown=1",), "not a parameter"),
     (("n",), "write name=text"), (("=1",), "write name=text"), (("n=1", "n=2"), "given twice"),
     (("n=1", "n:=2"), "given twice"), (("n:=1", "n:=2"), "given twice"), (("any=1", "any=2"), "given twice"),
     (("n:=one",), "takes JSON"), (("n:=" + "[" * 100_000,), "takes JSON")],
    ids=lambda value: " ".join(value)[:20] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_that_cannot_be_meant_are_refused(spell, words, reason):
    with pytest.raises(ValueError, match=reason):
        spell(*words)


def test_an_unknown_name_with_json_is_for_the_server_to_refuse(spell):
    assert b'{"later":1}' == spell("later:=1")
