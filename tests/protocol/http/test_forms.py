"""parvis.protocol.http.forms: multipart forms as they come."""

from __future__ import annotations

import random
import time

import pytest

from parvis.contract.outcomes import Refusal
from parvis.protocol.http.forms import FIELDS, Multipart, counted

TYPE = b"multipart/form-data; boundary=b"


def a_part(name: str, text: bytes, more: str = "", head: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{head}\r\n'.encode() + text + b"\r\n"


def a_file(text: bytes, name: str = "f", filename: str = "x.png") -> bytes:
    return a_part(name, text, f'; filename="{filename}"', "Content-Type: image/png\r\n")


END = b"--b--\r\n"


def read(
    body: bytes, step: int = 1 << 20, room: int = 10_000, kind: bytes = TYPE, file: bytes | None = b"f"
) -> tuple[list[tuple[bytes, bytes]], bytes | None]:
    form = Multipart(kind, file, room)
    content = b"".join(part for at in range(0, len(body), step) for part in form.feed(body[at : at + step]))
    form.end()
    return form.fields, content if form.found else None


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
@pytest.mark.parametrize("content", [b"", b"hello", b"\r\n--", b"\r\n-b\r\n--", random.Random(1).randbytes(3000)])
def test_a_form_is_read_however_it_is_cut(step: int, content: bytes) -> None:
    body = a_part("a", b"1") + a_file(content) + a_part("b", "é\r\n".encode()) + END
    assert ([(b"a", b"1"), (b"b", "é\r\n".encode())], content) == read(body, step)


def test_a_form_may_have_no_file_and_no_fields() -> None:
    assert ([(b"a", b"")], None) == read(a_part("a", b"") + END)
    assert ([], None) == read(END)


def test_the_file_needs_no_file_name() -> None:
    assert ([], b"hello") == read(a_part("f", b"hello") + END)


def test_a_file_that_nobody_chose_is_absent() -> None:
    assert ([], None) == read(a_file(b"", filename="") + END)
    assert ([], b"x") == read(a_file(b"x", filename="") + END)


def test_a_boundary_may_stand_in_quotes() -> None:
    assert ([(b"a", b"1")], None) == read(a_part("a", b"1") + END, kind=b'multipart/form-data; boundary="b"')


def test_what_follows_the_end_is_passed_over() -> None:
    assert ([(b"a", b"1")], None) == read(a_part("a", b"1") + END + b"epilogue")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "cut"),
        (b"--b\r\n", "cut"),
        (a_part("a", b"1"), "cut"),
        (a_part("a", b"1") + b"--b-", "cut"),
        (b"hello", "form cannot be read"),
        (b"--c\r\n", "form cannot be read"),
        (b"--b\r\n\r\nhello\r\n" + END, "has no name"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n" + END, "has no name"),
        (b'--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n' + END, "has no name"),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" + END, "has no name"),
        (a_file(b"x", name="a") + END, "'a' takes no file"),
        (a_file(b"x") + a_file(b"y") + END, "f is given twice"),
        (a_file(b"x") + a_part("f", b"y") + END, "f is given twice"),
        (a_part("a", b"x" * 10_001) + END, "too long"),
        (a_part("a", b"x" * 9_000) + a_part("b", b"x" * 9_000) + END, "too long"),
        (a_part("a", b"x") * (FIELDS + 1) + END, f"more than {FIELDS} fields"),
        (a_part("a", b"eA==", head="Content-Transfer-Encoding: base64\r\n") + END, "Content-Transfer-Encoding"),
        (a_part("a", b"x", head="X-A: " + "b" * 5000 + "\r\n") + END, "form cannot be read"),
        (a_part("a", b"x", head="X-A: b\r\n" * 20) + END, "form cannot be read"),
    ],
)
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_what_is_no_form_or_too_large_a_one_is_refused(body: bytes, why: str, step: int) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        read(body, step)
    assert "malformed-request" == refused.value.outcome.code


@pytest.mark.parametrize("kind", [b"multipart/form-data", b"multipart/form-data; boundary=", TYPE + b"b" * 70])
def test_a_type_without_a_boundary_is_refused(kind: bytes) -> None:
    with pytest.raises(Refusal, match="has no boundary"):
        read(END, kind=kind)


def test_where_no_field_is_a_file_none_is_taken() -> None:
    with pytest.raises(Refusal, match="'f' takes no file"):
        read(a_file(b"x") + END, file=None)
    assert ([(b"f", b"x")], None) == read(a_part("f", b"x") + END, file=None)


@pytest.mark.parametrize("filler", [b"\r", b"\n", b"\r\n", b"\r\n-", b"\r\n--", b"-", b"\0"])
def test_ten_megabytes_of_near_boundaries_are_read_in_one_pass(filler: bytes) -> None:
    body = a_file(filler * (10_000_000 // len(filler))) + END
    began = time.process_time()
    read(body, 65_536)
    assert time.process_time() - began < 5


def test_a_query_in_a_body_has_a_bounded_number_of_fields() -> None:
    assert b"a=1&b=2" == counted(b"a=1&b=2")
    with pytest.raises(Refusal, match=f"more than {FIELDS} fields"):
        counted(b"a&" * FIELDS)
