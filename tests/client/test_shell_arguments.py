import pytest

from parvis.client.shell_arguments import given
from parvis.contract.model import Contract, Member, TypeDef

FILES = {"text": b"from a file\n", "json": b"[1]", "photo": b"\xff\xfe?", "crlf": b"a\r\n"}
COLOR = TypeDef("Color", "enum", members=(Member("RED", "red"), Member("TWO", 2)))


@pytest.fixture
def spell(make):
    kinds = {"n": "int", "x": "float | None", "ok": "bool", "s": "str", "d": "Decimal", "ns": "list[int]", "c": "Color",
             "any": "Any", "items": "list[dict[str, int]]", "one": "Literal[1, 'a']", "p": "Path"}  # fmt: skip
    operation = make.operation("try", *(make.parameter(name, kind) for name, kind in kinds.items()))
    contract = Contract("shop", (operation,), types=(COLOR,))
    return lambda *words, whole=None: given(words, operation, contract, FILES.__getitem__, whole).json


@pytest.fixture
def uploaded(make):
    """The arguments of an operation with one parameter of bytes, by the type of that and its neighbours."""

    def uploaded(*words, file="BinaryIO", **kinds):
        simple = {"str", "int", "bool", "list[int]"}
        parameters = (make.parameter(name, kind, simple=kind in simple) for name, kind in kinds.items())
        operation = make.operation("take", make.parameter("file", file), *parameters)
        return given(words, operation, Contract("shop", (operation,)), FILES.__getitem__)

    return uploaded


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ((), b"{}"),
        (("n=12", "x=-0.50", "ok=true"), b'{"n":12,"x":-0.50,"ok":true}'),
        (("n=123456789012345678901234567890",), b'{"n":123456789012345678901234567890}'),
        (("s=12", "d=0.10"), b'{"s":"12","d":"0.10"}'),
        (("s=",), b'{"s":""}'),
        (("s=a=b&c %41+\"é",), '{"s":"a=b&c %41+\\"é"}'.encode()),
        (("ns=1", "ns=2"), b'{"ns":[1,2]}'),
        (("c=red",), b'{"c":"red"}'),
        (("c=2", "one=1"), b'{"c":2,"one":1}'),
        (("any=12", "p=/tmp"), b'{"any":"12","p":"/tmp"}'),
        (("any:=12", 'items:=[{"a": 1}]'), b'{"any":12,"items":[{"a": 1}]}'),
        (("s:=null",), b'{"s":null}'),
        (("s=@text", "ns:=@json"), b'{"ns":[1],"s":"from a file\\n"}'),
        (("s=@crlf",), b'{"s":"a\\r\\n"}'),
        (("any=\udcff",), b'{"any":"\\udcff"}'),
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
     (("n:=one",), "takes JSON"), (("n:=" + "[" * 100_000,), "takes JSON"), (("x:=NaN",), "NaN is no JSON"),
     (("any:={\"a\":1,\"a\":2}",), "twice"), (("s=@photo",), "no text in UTF-8"), (("s=\udcff",), "text in UTF-8")],
    ids=lambda value: " ".join(value)[:20] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_that_cannot_be_meant_are_refused(spell, words, reason):
    with pytest.raises(ValueError, match=reason):
        spell(*words)


def test_an_unknown_name_with_json_is_for_the_server_to_refuse(spell):
    assert b'{"later":1}' == spell("later:=1")


@pytest.mark.parametrize(
    ("whole", "words", "body"),
    [
        (b' {"n": 12} ', (), b'{"n":12}'),
        (b'{"x": 1.50, "items": [{"a": 10000000000000000000000}]}', ("n=1",),
         b'{"x":1.50,"items":[{"a":10000000000000000000000}],"n":1}'),
        (b'{"later": null}', (), b'{"later":null}'),
    ],
    ids=str,
)  # fmt: skip
def test_a_whole_object_goes_beside_words_and_keeps_its_numbers(spell, whole, words, body):
    assert body == spell(*words, whole=whole)


@pytest.mark.parametrize(
    ("whole", "words", "reason"),
    [(b"[1]", (), "it is no object"), (b"{", (), "this is none"), (b'{"n":1,"n":2}', (), "twice"),
     (b'{"n":1}', ("n=2",), "n is given twice"), (b'{"n":1}', ("n:=2",), "n is given twice")],
    ids=str,
)  # fmt: skip
def test_a_whole_that_is_no_object_or_says_a_word_again_is_refused(spell, whole, words, reason):
    with pytest.raises(ValueError, match=reason):
        spell(*words, whole=whole)


@pytest.mark.parametrize("file", ["BinaryIO", "BinaryIO | None", "bytes", "bytes | None"])
def test_a_file_of_bytes_goes_as_it_is_beside_the_others(uploaded, file):
    found = uploaded("file=@photo", "name=a b", "ns=1", "ns=2", file=file, name="str", ns="list[int]")
    assert (("file", "photo"), b'{"name":"a b","ns":[1,2]}', "name=a+b&ns=1&ns=2") == (
        found.file, found.json, found.query,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "json"),
    [(('m:={"a":1}',), b'{"m":{"a":1},"file":"__4_"}'), (("name:=null",), b'{"name":null,"file":"__4_"}')],
)
def test_a_file_goes_within_json_where_the_others_cannot_stand_beside_it(uploaded, words, json):
    found = uploaded("file=@photo", *words, m="dict[str, int]", name="str")
    assert (None, json, {"file": "photo"}) == (found.file, found.json, found.files)


def test_of_two_files_each_goes_within_json(uploaded):
    found = uploaded("file=@photo", "other=@json", other="bytes")
    assert (None, b'{"file":"__4_","other":"WzFd"}') == (found.file, found.json)


def test_text_for_bytes_is_their_base64(uploaded):
    assert (None, b'{"file":"aGk="}') == ((found := uploaded("file=aGk=")).file, found.json)


def test_a_file_that_is_given_twice_is_refused(uploaded):
    for words in (("file=@photo", "file=@photo"), ("file=@photo", "file=aGk="), ("file=aGk=", "file=@photo")):
        with pytest.raises(ValueError, match="file is given twice"):
            uploaded(*words)
