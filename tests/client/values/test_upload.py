"""Files and long bytes on their way out: beside the other arguments, as they are read."""

import base64
import io
import os
import tracemalloc

import pytest

from parvis.client import MemoryTransport, facade_of
from parvis.client.values.codec import Codec
from parvis.client.values.upload import CHUNK, LARGE, Unread, Upload, query_of
from parvis.contract.model import Contract, Default


@pytest.fixture
def put(make):
    return make.operation(
        "put",
        make.parameter("name", "str", simple=True),
        make.parameter("file", "BinaryIO"),
        make.parameter("tags", "list[str]", simple=True, default=Default("[]", [])),
        make.parameter("more", "dict[str, int]", default=Default("{}", {})),
        returns="str",
    )


@pytest.fixture
def weigh(make):
    return make.operation("weigh", make.parameter("data", "bytes"), returns="int")


def test_a_file_goes_beside_the_others(put):
    made = Codec({}).arguments(put, {"name": "a b&", "file": io.BytesIO(b"hi"), "tags": ["x", "y"]})
    assert isinstance(made, Upload)
    assert ("file", b'{"name":"a b&","tags":["x","y"]}', "name=a+b%26&tags=x&tags=y", [b"hi"]) == (
        made.name, made.arguments, made.query, list(made.chunks()),
    )  # fmt: skip


def test_what_no_query_can_say_takes_the_file_along_as_text(put):
    for more in ({"more": {"a": 1}}, {"tags": []}):
        made = Codec({}).arguments(put, {"name": "x", "file": io.BytesIO(b"hi"), **more})
        assert isinstance(made, bytes)
        assert b'"file":"aGk="' in made


def test_two_files_go_as_text(make):
    both = make.operation("both", make.parameter("a", "BinaryIO"), make.parameter("b", "BinaryIO | None"))
    assert b'{"a":"aGk=","b":null}' == Codec({}).arguments(both, {"a": io.BytesIO(b"hi"), "b": None})


@pytest.mark.parametrize("size", [0, LARGE, LARGE + 1])
def test_long_bytes_go_as_they_are(weigh, size):
    made = Codec({}).arguments(weigh, {"data": b"x" * size})
    if size > LARGE:
        assert b"x" * size == b"".join(made.chunks())
    else:
        assert b'{"data":"%b"}' % base64.urlsafe_b64encode(b"x" * size) == made


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("x", "a str cannot be read as a file"),
        (b"x", "a bytes cannot be read as a file"),
        (1, "a int cannot be read as a file"),
        (io.StringIO("x"), "open it in mode 'rb'"),
    ],
)
def test_what_is_no_file_of_bytes_does_not_leave(put, value, why):
    with pytest.raises(TypeError, match=why):
        Codec({}).arguments(put, {"name": "x", "file": value})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ""),
        ({"a": 1, "b": True, "c": 1.5, "d": "é"}, "a=1&b=true&c=1.5&d=%C3%A9"),
        ({"a": [1, 2]}, "a=1&a=2"),
        ({"a": None}, None),
        ({"a": {}}, None),
        ({"a": [[1]]}, None),
        ({"a": []}, None),
    ],
)
def test_a_query_says_simple_values_and_lists_of_them(arguments, expected):
    assert expected == query_of(arguments)


def test_a_file_is_read_from_where_it_stands_in_bounded_chunks():
    content = io.BytesIO(b"x" * (3 * CHUNK))
    content.seek(CHUNK)
    made = Upload("f", content, b"{}", "")
    assert 2 * CHUNK == made.length
    assert [CHUNK, CHUNK] == [len(chunk) for chunk in made.chunks()]
    assert (False, 3 * CHUNK) == (content.closed, content.tell())


def test_the_length_of_a_pipe_is_not_known():
    read, write = os.pipe()
    os.write(write, b"hi")
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        made = Upload("f", pipe, b"{}", "")
        assert (None, [b"hi"]) == (made.length, list(made.chunks()))


def test_what_the_callers_file_raises_is_kept_apart():
    content = io.BytesIO(b"x")
    content.close()
    with pytest.raises(Unread) as caught:
        list(Upload("f", content, b"{}", "").chunks())
    assert isinstance(caught.value.error, ValueError)


def test_the_double_gives_a_handler_the_content_as_text(make, put):
    transport = MemoryTransport(Contract("shop", (put,)), {"put": lambda a: f"{a['name']} {a['file']}"})
    with facade_of(transport) as shop:
        assert "x aGk=" == shop.put("x", io.BytesIO(b"hi"))
    assert [("put", {"name": "x", "file": "aGk="})] == transport.calls


class Endless(io.RawIOBase):
    """So many zeros, which stand nowhere."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def test_a_file_is_never_whole_in_memory():
    tracemalloc.start()
    assert 50_000_000 == sum(len(chunk) for chunk in Upload("f", Endless(50_000_000), b"{}", "").chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
