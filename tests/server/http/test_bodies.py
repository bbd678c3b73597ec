"""Forms, uploads, raw results and ranges, from the request to the meter."""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
import io
import json
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from asgi import Message
from guarded import FREE
from parvis.protocol.http import coding
from parvis.server.http.upload import Limits
from parvis.server.spool import KEPT

Serve = Callable[..., Any]
OCTETS = {"content-type": "application/octet-stream"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
LONG = bytes(range(256)) * 1000


class Shop:
    def __init__(self) -> None:
        self.files: list[BinaryIO] = []
        self.entered = threading.Event()

    def put(self, name: str, content: BinaryIO, copies: int = 1, tags: list[str] | None = None) -> str:
        self.files.append(content)
        self.entered.set()
        return f"{name} {copies} {tags} {hashlib.sha256(content.read()).hexdigest()}"

    def fail(self, content: BinaryIO) -> int:
        self.files.append(content)
        raise RuntimeError(content.read())

    def hang(self, content: BinaryIO, gate: bool = False) -> int:
        self.files.append(content)
        threading.Event().wait(5)
        return 1

    def size(self, content: io.BufferedIOBase | None = None) -> int:
        return -1 if content is None else len(content.read())

    def lines(self, content: BinaryIO) -> Iterator[str]:
        self.files.append(content)
        for line in content:
            yield line.decode()

    def weigh(self, data: bytes) -> int:
        return len(data)

    def note(self, text: str, times: float = 1.0, tags: list[str] = [], more: dict[str, int] = {}) -> str:  # noqa: B006
        return f"{text} {times} {tags} {more}"

    def deep(self, more: dict[str, int]) -> int:
        return len(more)

    def get_bytes(self, n: int = 10) -> bytes:
        return (LONG * 10)[:n]

    def make(self) -> bytes:
        return b"made"


class Notes:
    def create(self, text: str) -> str:
        return text

    def update(self, id: int, text: str = "", file: bytes | None = None) -> str:
        return f"{id} {text} {file!r}"


class Desk:
    notes: Notes

    def __init__(self) -> None:
        self.notes = Notes()


def told(name: str, content: bytes, copies: int = 1, tags: Any = None) -> str:
    return f"{name} {copies} {tags} {hashlib.sha256(content).hexdigest()}"


def a_form(content: bytes | None = None, **fields: str) -> bytes:
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    )
    if content is not None:
        body += b'--b\r\nContent-Disposition: form-data; name="content"; filename="x"\r\n\r\n' + content + b"\r\n"
    return body + b"--b--\r\n"


def object_of(services: Any) -> Any:
    return services.host.services[0].operations["put"].method.__self__


# Forms


def test_a_form_has_the_grammar_of_a_query(serve: Serve) -> None:
    shop = serve(Shop)
    body = b"text=a+b%C3%A9&tags=1&tags=2&times=2.5"
    assert "a bé 2.5 ['1', '2'] {}" == shop.ask("POST", "/shop/v1/note", body, headers=FORM).json
    typed = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert "a 1.0 [] {}" == shop.ask("POST", "/shop/v1/note", b"text=a", headers=typed).json
    body = a_form(text="a b", times="3")
    assert "a b 3.0 [] {}" == shop.ask("POST", "/shop/v1/note", body, headers=MULTIPART).json


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"text=a&text=b", 400, "text is given twice"),
        (b"text=a&times=nan", 422, "a number as JSON writes it"),
        (b"text=a&times=1_0", 422, "a number as JSON writes it"),
        (b"text=a&wrong=1", 422, "is not a parameter"),
        (b"text=a&more=1", 422, "cannot stand in a query string or a form"),
        (b"text=%ff", 422, "text in UTF-8"),
        (b"times=1", 422, "is required"),
        (b"a&" * 1000, 400, "more than 1000 fields"),
    ],
)
def test_what_a_query_refuses_a_form_does(body: bytes, status: int, detail: str, serve: Serve) -> None:
    answer = serve(Shop).ask("POST", "/shop/v1/note", body, headers=FORM)
    assert status == answer.status
    assert detail in answer.body.decode()


def test_a_form_has_its_arguments_in_the_body_alone(serve: Serve) -> None:
    answer = serve(Shop).ask("POST", "/shop/v1/note?text=a", b"times=1", headers=FORM)
    assert (400, "malformed-request") == (answer.status, answer.json["code"])


def test_an_operation_that_no_form_can_say_offers_none(serve: Serve) -> None:
    shop = serve(Shop)
    for headers in (FORM, MULTIPART, OCTETS):
        answer = shop.ask("POST", "/shop/v1/deep", b"more=1", headers=headers)
        assert (415, "unsupported-media-type") == (answer.status, answer.json["code"])
        assert "application/json" in answer.json["offered"]
        assert headers["content-type"].partition(";")[0] not in answer.json["offered"]
    answer = shop.ask("POST", "/shop/v1/put", b"x", headers={"content-type": "image/png"})
    assert answer.headers["accept"].split(", ") == answer.json["offered"]
    assert answer.json["offered"][-3:] == [
        "application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream"
    ]  # fmt: skip


def test_forms_go_to_addresses_with_an_id_too(serve: Serve) -> None:
    desk = serve(Desk)
    assert "hi" == desk.ask("POST", "/desk/v1/notes", b"text=hi", headers=FORM).json
    assert "7 hi None" == desk.ask("PATCH", "/desk/v1/notes/7", b"text=hi", headers=FORM).json
    assert "7 hi b'x'" == desk.ask("PATCH", "/desk/v1/notes/7?text=hi", b"x", headers=OCTETS).json
    answer = desk.ask("PATCH", "/desk/v1/notes/7", b"id=8", headers=FORM)
    assert (400, "The parameter id is given twice.") == (answer.status, answer.json["detail"])


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 200),
        ({"origin": "https://localhost"}, 200),
        ({"origin": "https://app.example"}, 200),
        ({"origin": "https://app.example", "sec-fetch-site": "cross-site"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_a_form_of_another_site_is_refused(more: dict[str, str], status: int, guarded: Serve) -> None:
    server = guarded(Shop, settings={"cors": ["https://app.example"]}, media={"weigh": "text/plain"})
    server.plan(**FREE)
    key = server.key()
    for path, body, headers in [
        ("note", b"text=a", FORM),
        ("put", a_form(b"1", name="x"), MULTIPART),
        ("weigh", b"1", {"content-type": "text/plain"}),
    ]:
        answer = server.ask("POST", f"/shop/v1/{path}", body, key=key, headers=headers | more)
        assert status == answer.status
        assert (status == 200) or answer.json["code"] == "origin-refused"
    # What a page must ask leave for is judged by `cors` alone.
    assert 200 == server.ask("POST", "/shop/v1/weigh", b"1", key=key, headers=OCTETS | more).status


# Uploads


@pytest.mark.parametrize("size", [0, 1, KEPT, KEPT + 1, 256_000])
@pytest.mark.parametrize("step", [1000, 65_536])
def test_an_upload_comes_whole_and_is_closed_after_the_call(size: int, step: int, serve: Serve) -> None:
    shop = serve(Shop)
    content = LONG[:size]
    chunks = [content[at : at + step] for at in range(0, size, step)] or [b""]
    answer = shop.ask("POST", "/shop/v1/put?name=a+b&copies=2&tags=x&tags=y", b"x", headers=OCTETS, chunks=chunks)
    assert told("a b", content, 2, ["x", "y"]) == answer.json
    form = a_form(content, name="x")
    chunks = [form[at : at + step] for at in range(0, len(form), step)]
    answer = shop.ask("POST", "/shop/v1/put", b"x", headers=MULTIPART, chunks=chunks)
    assert told("x", content) == answer.json
    assert [True, True] == [file.closed for file in object_of(shop).files]


def test_a_file_is_base64_text_in_json(serve: Serve) -> None:
    shop = serve(Shop)
    assert told("x", b"hello") == shop.post("put", name="x", content="aGVsbG8=").json
    assert -1 == shop.post("size").json
    assert -1 == shop.post("size", content=None).json
    assert 5 == shop.post("size", content="aGVsbG8=").json
    assert [True] == [file.closed for file in object_of(shop).files]


def test_an_absent_upload_has_its_default(serve: Serve) -> None:
    shop = serve(Shop)
    assert -1 == shop.ask("POST", "/shop/v1/size", b"--b--\r\n", headers=MULTIPART).json
    assert 0 == shop.ask("POST", "/shop/v1/size", b"", headers=OCTETS).json


def test_an_upload_of_bytes_is_bytes(serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=1000), media={"weigh": "image/png"})
    assert 1000 == shop.ask("POST", "/shop/v1/weigh", b"x" * 1000, headers=OCTETS).json
    assert 3 == shop.ask("POST", "/shop/v1/weigh", b"\xff\0\xfe", headers={"content-type": "image/png"}).json
    answer = shop.ask("POST", "/shop/v1/weigh", b"x" * 1001, headers=OCTETS)
    assert (413, "body-too-large") == (answer.status, answer.json["code"])


@pytest.mark.parametrize("told_first", [True, False])
@pytest.mark.parametrize("kind", [OCTETS, MULTIPART])
def test_an_upload_has_a_limit_of_its_own(told_first: bool, kind: dict[str, str], serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=1000, upload=2000))
    path = "/shop/v1/put" + ("?name=x" if kind is OCTETS else "")
    for size, status in [(1500, 200), (2500, 413)]:
        body = b"x" * size if kind is OCTETS else a_form(b"x" * size, name="x")
        length = {"content-length": str(len(body))} if told_first else {}
        chunks = [body[at : at + 100] for at in range(0, len(body), 100)]
        answer = shop.ask("POST", path, b"x", headers=kind | length, chunks=chunks)
        assert status == answer.status
    assert ("2000", "close") == (answer.json["fix"].split()[3], answer.headers["connection"])
    assert 1 == len(object_of(shop).files)


def test_the_text_of_a_form_has_the_limit_of_a_body(serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=1000, upload=100_000))
    answer = shop.ask("POST", "/shop/v1/put", a_form(b"x", name="x" * 1001), headers=MULTIPART)
    assert (400, "The form cannot be read: its fields are too long.") == (answer.status, answer.json["detail"])


def test_the_plan_bounds_an_upload_too(guarded: Serve) -> None:
    server = guarded(Shop)
    server.plan(**FREE, body=1000)
    answer = server.ask("POST", "/shop/v1/put?name=x", b"x" * 1001, key=server.key(), headers=OCTETS)
    assert 413 == answer.status


@pytest.mark.parametrize(
    ("query", "status"), [("", 422), ("name=x&copies=x", 422), ("name=x&content=aGk=", 422), ("name=x&name=y", 400)]
)
def test_wrong_arguments_beside_an_upload_are_refused(query: str, status: int, serve: Serve) -> None:
    shop = serve(Shop)
    assert status == shop.ask("POST", f"/shop/v1/put?{query}", b"hi", headers=OCTETS).status
    assert [] == object_of(shop).files


@pytest.mark.parametrize(("named", "pack"), [("gzip", gzip.compress), ("zstd", coding.ZSTD.compress)])
def test_an_upload_may_come_compressed_within_its_bound(
    named: str, pack: Callable[[bytes], bytes], serve: Serve
) -> None:
    shop = serve(Shop, limits=Limits(upload=300_000))
    headers = OCTETS | {"content-encoding": named}
    text = random.Random(1).randbytes(140_000).hex().encode()
    answer = shop.ask("POST", "/shop/v1/put?name=x", pack(text), headers=headers)
    assert told("x", text) == answer.json
    answer = shop.ask("POST", "/shop/v1/put?name=x", pack(text * 2), headers=headers)
    assert 413 == answer.status
    answer = shop.ask("POST", "/shop/v1/put?name=x", pack(LONG), headers=headers)
    assert (400, True) == (answer.status, "100 times" in answer.json["detail"])
    answer = shop.ask("POST", "/shop/v1/put?name=x", pack(text)[:-9], headers=headers)
    assert (400, True) == (answer.status, "cut" in answer.json["detail"])


def test_a_cut_upload_never_runs(serve: Serve) -> None:
    shop = serve(Shop)
    answers: list[Message] = []

    async def cut() -> None:
        parts = [{"type": "http.request", "body": LONG, "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Message:
            return parts.pop(0)

        async def send(message: Message) -> None:
            answers.append(message)

        await shop.application(shop.scope("POST", "/shop/v1/put?name=x", b"", headers=OCTETS), receive, send)

    shop.run(cut())
    assert 400 == answers[0]["status"]
    assert [] == object_of(shop).files


def test_a_slow_upload_holds_no_thread(serve: Serve) -> None:
    shop = serve(Shop)

    async def both() -> Any:
        rest = asyncio.Event()
        parts = [{"type": "http.request", "body": LONG, "more_body": True}, {"type": "http.request", "body": b""}]
        sent: list[Message] = []

        async def receive() -> Message:
            if len(parts) == 1:
                await rest.wait()
            return parts.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = shop.scope("POST", "/shop/v1/put?name=slow", b"", headers=OCTETS)
        slow = asyncio.ensure_future(shop.application(scope, receive, send))
        await asyncio.sleep(0)
        quick = await shop.asked("POST", "/shop/v1/put?name=quick", b"hi", headers=OCTETS)
        rest.set()
        await slow
        return quick.json, json.loads(sent[1]["body"])

    assert (told("quick", b"hi"), told("slow", LONG)) == shop.run(both())


@pytest.mark.parametrize("operation", ["fail", "hang"])
def test_the_file_is_closed_however_the_call_ends(operation: str, serve: Serve) -> None:
    shop = serve(Shop, timeout=0.05)
    answer = shop.ask("POST", f"/shop/v1/{operation}", LONG, headers=OCTETS)
    assert {"fail": 500, "hang": 504}[operation] == answer.status
    assert [True] == [file.closed for file in object_of(shop).files]


def test_the_file_of_a_stream_lasts_as_long_as_the_stream(serve: Serve) -> None:
    shop = serve(Shop)
    lines = b"a\nb\n" * 50_000
    assert ["a\n", "b\n"] * 50_000 == shop.ask("POST", "/shop/v1/lines", lines, headers=OCTETS).lines
    assert [True] == [file.closed for file in object_of(shop).files]


def test_a_full_disk_refuses_and_leaves_nothing(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    shop = serve(Shop, limits=Limits(spool=str(folder)))
    real = tempfile.SpooledTemporaryFile

    class Full(real):  # type: ignore[type-arg, misc, valid-type]
        def write(self, data: bytes) -> int:
            if self.tell() + len(data) > 100_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(super().write(data))

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    answer = shop.ask("POST", "/shop/v1/put?name=x", b"x", headers=OCTETS, chunks=[LONG[:90_000], LONG[:90_000]])
    assert (503, "unavailable", "not run") == (answer.status, answer.json["code"], answer.json["outcome"])
    assert "1" == answer.headers["retry-after"]
    assert ([], []) == (object_of(shop).files, list(folder.iterdir()))


def test_the_content_counts_for_an_idempotency_key(guarded: Serve) -> None:
    server = guarded(Shop)
    server.plan(**FREE)
    key = server.key()

    def put(content: bytes, once: str, kind: dict[str, str] = OCTETS) -> Any:
        path, body = ("/shop/v1/put?name=x", content) if kind is OCTETS else ("/shop/v1/put", a_form(content, name="x"))
        return server.ask("POST", path, body, key=key, headers=kind | {"idempotency-key": once})

    assert told("x", LONG) == put(LONG, "one").json
    again = put(LONG, "one", MULTIPART)
    assert ("true", told("x", LONG)) == (again.headers["idempotency-replayed"], again.json)
    other = put(LONG[:-1], "one")
    assert (422, "idempotency-mismatch") == (other.status, other.json["code"])
    files = server.host.services[0].operations["put"].method.__self__.files
    assert [True] == [file.closed for file in files]


# Raw results and ranges


def test_bytes_go_out_as_they_are_or_as_base64_by_accept(serve: Serve) -> None:
    shop = serve(Shop)
    raw = shop.ask("GET", "/shop/v1/get_bytes?n=300")
    assert ("application/octet-stream", LONG[:300]) == (raw.headers["content-type"], raw.body)
    assert "Accept, Accept-Encoding" == raw.headers["vary"]
    asked = shop.ask("GET", "/shop/v1/get_bytes?n=3", headers={"accept": "application/json"})
    assert ("application/json", "AAEC") == (asked.headers["content-type"], asked.json)
    packed = shop.ask("GET", "/shop/v1/get_bytes?n=3", headers={"accept": "application/msgpack"})
    assert b"\xa4AAEC" == packed.body
    assert 3 == len({each.headers["etag"] for each in (raw, asked, packed)})
    made = shop.ask("POST", "/shop/v1/make")
    assert (b"made", False, False) == (made.body, "etag" in made.headers, "accept-ranges" in made.headers)
    answer = shop.ask("GET", "/shop/v1/get_bytes", headers={"accept": "image/png"})
    assert 406 == answer.status
    assert "application/octet-stream" == answer.json["offered"][0]


def test_media_names_the_type_of_the_bytes(serve: Serve) -> None:
    shop = serve(Shop, media={"get_bytes": "image/png"})
    assert "image/png" == shop.ask("GET", "/shop/v1/get_bytes").headers["content-type"]
    for accept in ("image/png", "image/*", "application/octet-stream"):
        answer = shop.ask("GET", "/shop/v1/get_bytes", headers={"accept": accept})
        assert (accept.replace("*", "png"), LONG[:10]) == (answer.headers["content-type"], answer.body)


def test_raw_bytes_are_never_compressed(serve: Serve) -> None:
    shop = serve(Shop)
    for coded in ("gzip", "zstd"):
        raw = shop.ask("GET", "/shop/v1/get_bytes?n=100000", headers={"accept-encoding": coded})
        assert (None, 100_000) == (raw.headers.get("content-encoding"), len(raw.body))
        text = shop.ask(
            "GET", "/shop/v1/get_bytes?n=100000", headers={"accept-encoding": coded, "accept": "application/json"}
        )
        assert coded == text.headers["content-encoding"]


@pytest.mark.parametrize(
    ("field", "status", "body", "told_range"),
    [
        ("bytes=2-4", 206, LONG[2:5], "bytes 2-4/1000"),
        ("bytes=990-", 206, LONG[990:1000], "bytes 990-999/1000"),
        ("bytes=-3", 206, LONG[997:1000], "bytes 997-999/1000"),
        ("bytes=0-1,5-6", 200, LONG[:1000], None),
        ("bytes=x", 200, LONG[:1000], None),
        ("bytes=1000-", 416, None, "bytes */1000"),
    ],
)
def test_one_range_of_a_read_is_answered(
    field: str, status: int, body: bytes | None, told_range: str | None, serve: Serve
) -> None:
    shop = serve(Shop)
    answer = shop.ask("GET", "/shop/v1/get_bytes?n=1000", headers={"range": field})
    assert (status, told_range) == (answer.status, answer.headers.get("content-range"))
    if body is None:
        assert "range-not-satisfiable" == answer.json["code"]
    else:
        assert (body, "bytes", str(len(body))) == (
            answer.body, answer.headers["accept-ranges"], answer.headers["content-length"]
        )  # fmt: skip
        assert "private, no-store" == answer.headers["cache-control"]


def test_a_part_is_given_while_it_is_of_the_same_whole(serve: Serve) -> None:
    shop = serve(Shop)
    tag = shop.ask("GET", "/shop/v1/get_bytes?n=100").headers["etag"]

    def status(**headers: str) -> int:
        asked = {"range": "bytes=0-9"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return int(shop.ask("GET", "/shop/v1/get_bytes?n=100", headers=asked).status)

    assert [206, 206, 200, 200] == [
        status(), status(if_range=tag), status(if_range='"other"'), status(if_range=f"W/{tag}")
    ]  # fmt: skip
    assert 200 == status(if_range="Tue, 01 Sep 2026 00:00:00 GMT")
    assert [304, 412, 206] == [status(if_none_match=tag), status(if_match='"other"'), status(if_match=tag)]


def test_only_get_has_parts(serve: Serve) -> None:
    shop = serve(Shop)
    head = shop.ask("HEAD", "/shop/v1/get_bytes?n=100", headers={"range": "bytes=0-9"})
    assert (200, "100") == (head.status, head.headers["content-length"])
    assert 200 == shop.ask("POST", "/shop/v1/make", headers={"range": "bytes=0-1"}).status
    json_form = {"range": "bytes=0-1", "accept": "application/json"}
    assert 200 == shop.ask("GET", "/shop/v1/get_bytes", headers=json_form).status


def test_a_part_and_its_refusal_are_counted_as_the_calls_that_they_are(guarded: Serve) -> None:
    server = guarded(Shop)
    server.plan(**FREE)
    key = server.key()
    for field in ("bytes=0-1", "bytes=99-"):
        server.ask("GET", "/shop/v1/get_bytes", key=key, headers={"range": field})
    assert [206, 416] == [call.status for call in server.calls()]


def test_a_replayed_result_of_bytes_is_raw_again(guarded: Serve) -> None:
    server = guarded(Shop)
    server.plan(**FREE)
    key = server.key()
    for replayed in (None, "true"):
        answer = server.ask("POST", "/shop/v1/make", {}, key=key, headers={"idempotency-key": "k"})
        assert (b"made", replayed) == (answer.body, answer.headers.get("idempotency-replayed"))


def test_an_answer_goes_out_as_zstd(serve: Serve) -> None:
    shop = serve(Shop)
    text = "x" * 5000
    plain = shop.ask("POST", "/shop/v1/note", {"text": text})
    coded = shop.ask("POST", "/shop/v1/note", {"text": text}, headers={"accept-encoding": "gzip, zstd"})
    assert "zstd" == coded.headers["content-encoding"]
    assert plain.body == b"".join(coding.Inflater(coding.ZSTD).pieces(coded.body, 1 << 20))
    document = shop.ask("GET", "/shop/v1/openapi.json", headers={"accept-encoding": "zstd"})
    again = shop.ask("GET", "/shop/v1/openapi.json", headers={"accept-encoding": "gzip"})
    assert ["zstd", "gzip"] == [each.headers["content-encoding"] for each in (document, again)]
    assert document.headers["etag"] != again.headers["etag"]


def test_a_body_comes_in_as_zstd(serve: Serve) -> None:
    shop = serve(Shop, limits=Limits(body=1000))
    headers = {"content-type": "application/json", "content-encoding": "zstd"}
    body = coding.ZSTD.compress(b'{"text":"hi"}')
    assert "hi 1.0 [] {}" == shop.ask("POST", "/shop/v1/note", body, headers=headers).json
    bomb = coding.ZSTD.compress(b'{"text":"' + b"x" * 10_000_000 + b'"}')
    assert 413 == shop.ask("POST", "/shop/v1/note", bomb, headers=headers).status
    answer = shop.ask("POST", "/shop/v1/note", body, headers=headers | {"content-encoding": "br"})
    assert (415, ["zstd", "gzip"], "zstd, gzip") == (
        answer.status, answer.json["offered"], answer.headers["accept-encoding"]
    )  # fmt: skip
