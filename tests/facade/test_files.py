"""parvis.facade.files: file-like parameters."""

from __future__ import annotations

import base64
import io
import typing
from typing import Annotated, Any

import pytest

from parvis.contract.outcomes import Refusal
from parvis.facade.compile import Facade, compile_facade
from parvis.facade.errors import TargetError
from parvis.facade.files import opened
from parvis.facade.options import Options
from parvis.facade.target import load


def compiled(parameter: Any = str, result: Any = int, **options: Any) -> Facade:
    class Shop:
        def put(self, f): ...  # type: ignore[no-untyped-def]

        def other(self) -> int:
            return 1

    Shop.put.__annotations__ = {"f": parameter, "return": result}
    return compile_facade(load(Shop), Options(**options))


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (typing.BinaryIO, "BinaryIO"),
        (typing.IO[bytes], "BinaryIO"),
        (io.IOBase, "BinaryIO"),
        (io.RawIOBase, "BinaryIO"),
        (io.BufferedIOBase, "BinaryIO"),
        (Annotated[typing.BinaryIO, "a note"], "BinaryIO"),
        (typing.BinaryIO | None, "BinaryIO | None"),
        (typing.Optional[io.IOBase], "BinaryIO | None"),  # noqa: UP045
    ],
)
def test_a_file_like_parameter_is_told_as_bytes_and_given_as_a_file(annotation: Any, expected: str) -> None:
    put = compiled(annotation).operations["put"]
    (parameter,) = put.spec.parameters
    assert (expected, ("f",)) == (parameter.type, put.files)
    form = parameter.schema.get("anyOf", [parameter.schema])[0]
    assert {"type": "string", "format": "base64url"} == {k: form[k] for k in ("type", "format")}
    _, given = put.arguments.decode(b'{"f":"%b"}' % base64.b64encode(b"hello\nworld"))
    with opened(given["f"]) as file:
        assert [b"hello\n", b"world", b"", 11] == [*file.readlines(), file.read(), file.tell()]
        assert (0, 5) == (file.seek(0), file.write(b"HELLO"))
        assert file.fileno() >= 0


def test_an_absent_file_is_none() -> None:
    put = compiled(typing.BinaryIO | None).operations["put"]
    assert {"f": None} == put.arguments.decode(b'{"f":null}')[1]


@pytest.mark.parametrize("body", [b"{}", b'{"f":1}', b'{"f":null}', b'{"f":"%"}'])
def test_what_is_no_content_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        compiled(typing.BinaryIO).operations["put"].arguments.decode(body)
    assert ["f"] == [error["location"] for error in refused.value.members["errors"]]


@pytest.mark.parametrize(
    ("parameter", "result", "reason"),
    [
        (typing.TextIO, int, "say BinaryIO"),
        (typing.IO[str], int, "say BinaryIO"),
        (typing.IO, int, "say BinaryIO"),
        (io.StringIO, int, "say BinaryIO"),
        (io.BytesIO, int, "say BinaryIO"),
        (list[typing.BinaryIO], int, "crosses as its content"),
        (dict[str, io.IOBase], int, "crosses as its content"),
        (typing.BinaryIO | str, int, "crosses as its content"),
        (str, typing.BinaryIO, "its result: BinaryIO crosses as its content"),
        (str, typing.BinaryIO | None, "its result: BinaryIO crosses as its content"),
    ],
)
def test_a_file_stands_by_itself_and_comes_in_only(parameter: Any, result: Any, reason: str) -> None:
    (left,) = compiled(parameter, result).left_out
    assert reason in left.reason


@pytest.mark.parametrize(
    "media", ["image", "image/", "IMAGE/png", "image/png; q=1", "application/json", "multipart/form-data", "x/y", "", 1]
)
def test_a_wrong_media_type_is_an_error_at_the_start(media: Any) -> None:
    with pytest.raises(ValueError, match="give a media type like 'image/png'"):
        Options(media={"put": media})


def test_media_of_what_has_no_bytes_is_an_error_at_the_start() -> None:
    with pytest.raises(TargetError, match="media: other neither gives bytes nor takes them as a body"):
        compiled(bytes, media={"other": "image/png"})
    with pytest.raises(TargetError, match="media: there is no operation 'putt'; the nearest is 'put'"):
        compiled(bytes, media={"putt": "image/png"})
    assert "image/png" == compiled(bytes, media={"put": "image/png"}).operations["put"].spec.media
