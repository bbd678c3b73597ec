"""A call is sent again where that does no harm, and nowhere else; then the caller is told what became of it."""

from __future__ import annotations

import dataclasses
import io
import json
import time
from typing import Any

import pytest

from parvis.client import ConnectionFailed, Refused, ServiceFailed, TooManyCalls, connect_url
from parvis.client.http.retries import pause
from parvis.client.transport import Answer
from parvis.contract.model import Contract

KEY = "pv_live_secret"
PRICE = "/shop/v1/price"
GET = "/shop/v1/orders.get"


@pytest.fixture
def shop(wire, make):
    """``orders.get`` is a read that the publisher listed, ``price`` is anything."""
    listed = [dataclasses.replace(o, read="listed") if o.name == "orders.get" else o for o in make.shop.operations]
    wire.contracts = {"/shop": dataclasses.replace(make.shop, operations=tuple(listed))}
    with connect_url(wire.url, KEY) as shop:
        wire.seen.clear()
        yield shop


def keys(wire) -> list[str | None]:
    return [headers.get("idempotency-key") for _, _, headers, _ in wire.seen]


def first(times: int, answer: Any) -> Any:
    """Gives ``answer`` so many times, and then nothing: the shop itself answers."""
    left = [answer] * times

    def answers(handler: Any) -> bool:
        if not left:
            return False
        left.pop()(handler)
        return True

    return answers


def problem(status: int, code: str, **headers: str) -> Any:
    body = json.dumps({"status": status, "code": code, "title": code, "violated-policies": ["rate", 1]}).encode()
    return lambda handler: handler.send(status, body, "application/problem+json", **headers)


def page(status: int, **headers: str) -> Any:
    return lambda handler: handler.send(status, b"<html>Bad gateway", "text/html", **headers)


def cut(handler: Any) -> None:
    handler.close_connection = True


BROKEN = [cut, page(502), page(503), page(504), problem(503, "unavailable", **{"Retry-After": "0"})]


@pytest.mark.parametrize("answer", BROKEN, ids=["cut", "502", "503", "504", "unavailable"])
def test_a_read_is_sent_again(shop, wire, answer):
    wire.before[GET] = first(2, answer)
    assert 7 == shop.orders.get(7).id
    assert ([None] * 3, 3) == (keys(wire), shop.parvis.last.attempts)


@pytest.mark.parametrize("answer", BROKEN, ids=["cut", "502", "503", "504", "unavailable"])
def test_a_call_that_changes_something_is_sent_again_under_one_idempotency_key(shop, wire, answer):
    wire.before[PRICE] = first(2, answer)
    assert "12.00" == str(shop.price("tea"))
    assert (3, 1) == (len(keys(wire)), len(set(keys(wire))))


def test_each_call_has_an_idempotency_key_of_its_own(shop, wire):
    shop.price("tea")
    shop.price("tea")
    assert (2, True) == (len(set(keys(wire))), None not in keys(wire))


@pytest.mark.parametrize("answer", BROKEN, ids=["cut", "502", "503", "504", "unavailable"])
def test_a_call_that_is_neither_is_sent_once(wire, answer):
    wire.before[PRICE] = first(1, answer)
    with connect_url(wire.url) as anybody, pytest.raises((ConnectionFailed, ServiceFailed)) as caught:
        anybody.price("tea")
    assert (2, 1, "price") == (len(wire.seen), caught.value.attempts, caught.value.operation)


def test_what_was_refused_for_limits_is_sent_again_whoever_calls(wire):
    wire.before[PRICE] = first(2, problem(429, "rate-limited", **{"Retry-After": "0"}))
    with connect_url(wire.url) as anybody:
        assert "12.00" == str(anybody.price("tea"))


def test_at_most_two_repeats_are_made(shop, wire):
    wire.before[PRICE] = first(9, problem(429, "rate-limited", **{"Retry-After": "0"}))
    with pytest.raises(TooManyCalls) as caught:
        shop.price("tea")
    assert (3, 3, 0.0, ("rate",)) == (
        len(wire.seen),
        caught.value.attempts,
        caught.value.retry_after,
        caught.value.policies,
    )


def test_a_long_wait_is_the_callers(shop, wire):
    wire.before[PRICE] = first(1, problem(429, "quota-exceeded", **{"Retry-After": "6"}))
    before = time.monotonic()
    with pytest.raises(TooManyCalls) as caught:
        shop.price("tea")
    assert (1, 6.0, True) == (len(wire.seen), caught.value.retry_after, time.monotonic() - before < 1)


def test_a_date_to_wait_for_is_not_taken(shop, wire):
    wire.before[PRICE] = first(1, problem(429, "rate-limited", **{"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}))
    assert "12.00" == str(shop.price("tea"))


def test_a_wait_that_is_longer_than_the_call_has_is_not_begun(wire):
    wire.before[PRICE] = first(1, problem(429, "rate-limited", **{"Retry-After": "3"}))
    before = time.monotonic()
    with connect_url(wire.url, KEY, timeout=2) as shop, pytest.raises(TooManyCalls):
        shop.price("tea")
    assert time.monotonic() - before < 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "malformed-request"), (401, "key-revoked"), (403, "right-missing"), (404, "unknown-operation"),
     (409, "outcome-unknown"), (409, "not-replayable"), (422, "idempotency-mismatch"), (500, "internal-error"),
     (502, "declared-error"), (504, "call-timeout")],
)  # fmt: skip
def test_an_answer_that_would_be_the_same_again_is_raised(shop, wire, status, code):
    for path in (PRICE, GET):
        wire.before[path] = first(1, problem(status, code))
    for call in (lambda: shop.price("tea"), lambda: shop.orders.get(1)):
        with pytest.raises((Refused, ServiceFailed)) as caught:
            call()
        assert (status, code, 1) == (caught.value.status, caught.value.code, caught.value.attempts)
    assert 2 == len(wire.seen)


def test_a_call_whose_first_attempt_still_runs_waits_for_it(shop, wire, monkeypatch):
    monkeypatch.setattr("parvis.client.http.retries.FIRST", 0.0)
    running = first(5, problem(409, "idempotency-in-progress", **{"Retry-After": "0"}))
    broken = first(1, cut)
    wire.before[PRICE] = lambda handler: broken(handler) or running(handler)
    assert "12.00" == str(shop.price("tea"))
    assert (7, 1) == (len(wire.seen), len(set(keys(wire))))


def test_where_no_idempotency_key_is_taken_the_call_goes_without(shop, wire):
    wire.before[PRICE] = first(1, problem(400, "no-idempotency"))
    assert ["12.00"] * 2 == [str(shop.price("tea")), str(shop.price("tea"))]
    assert [False, True, True] == [key is None for key in keys(wire)]


def test_where_too_many_are_kept_calls_go_without_for_a_while(shop, wire):
    wire.before[PRICE] = first(1, problem(429, "too-many-idempotency-keys", **{"Retry-After": "3600"}))
    shop.price("tea")
    shop.seal(b"x")
    assert [False, True, True] == [key is None for key in keys(wire)]


def test_parvis_s_own_operations_go_without(wire, make):
    from parvis.contract.model import Own

    own = tuple(dataclasses.replace(o, own=Own()) for o in make.shop.operations)
    wire.contracts = {"/shop": dataclasses.replace(make.shop, operations=own)}
    with connect_url(wire.url, KEY) as shop:
        shop.price("tea")
    assert None is keys(wire)[-1]


def test_callers_without_a_key_and_those_who_want_no_repeats_send_none(wire):
    for how in ({"key": ""}, {"key": KEY, "retries": 0}):
        with connect_url(wire.url, **how) as shop:
            shop.price("tea")
            assert None is keys(wire)[-1]


def test_no_repeats_are_made_where_none_are_wanted(wire):
    wire.before[GET] = first(1, cut)
    with connect_url(wire.url, KEY, retries=0) as shop, pytest.raises(ConnectionFailed):
        shop.orders.get(1)
    with pytest.raises(ValueError, match="0 or more"):
        connect_url(wire.url, retries=-1)


def test_the_contract_is_asked_for_again(wire):
    wire.before["/shop/contract.json"] = first(2, page(503))
    with connect_url(wire.url) as shop:
        assert "12.00" == str(shop.price("tea"))


def test_a_stream_is_opened_again_but_never_repeated(shop, wire):
    wire.before["/shop/v1/ticks"] = first(2, problem(429, "rate-limited", **{"Retry-After": "0"}))
    assert 2 == len(list(shop.ticks(2)))
    assert ([None] * 3, 3) == (keys(wire), shop.parvis.last.attempts)

    wire.seen.clear()
    wire.raw["/shop/v1/ticks"] = half
    ticks = shop.ticks(2)
    assert "a" == next(ticks).name
    with pytest.raises(ConnectionFailed) as caught:
        next(ticks)
    assert ("unknown", "ticks", 1) == (caught.value.outcome, caught.value.operation, len(wire.seen))


def half(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"name": "a"}\n{"name"')
    handler.close_connection = True


@pytest.fixture
def files(wire, make):
    contract = Contract("shop", (make.operation("put", make.parameter("content", "BinaryIO"), returns="int"),))
    wire.contracts = {"/shop": contract}
    wire.raw["/shop/v1/put"] = lambda handler: handler.send(200, b"%d" % len(wire.seen[-1][3]))
    with connect_url(wire.url, KEY) as shop:
        wire.seen.clear()
        yield shop


def test_a_file_is_sent_again_from_where_it_stood(files, wire):
    wire.before["/shop/v1/put"] = first(2, cut)
    content = io.BytesIO(b"left" + b"x" * 200_000)
    content.seek(4)
    assert 200_000 == files.put(content)
    assert ([200_000] * 3, 1) == ([len(body) for *_, body in wire.seen], len(set(keys(wire))))


def test_a_file_that_can_be_read_only_once_is_sent_once(files, wire):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError("a pipe")

    close = {"Connection": "close"}
    for answer in (page(503, **close), problem(429, "rate-limited", **{"Retry-After": "0"}, **close)):
        wire.seen.clear()
        wire.before["/shop/v1/put"] = first(1, answer)
        with pytest.raises((ServiceFailed, TooManyCalls)) as caught:
            files.put(Pipe(b"x" * 10))
        assert ([None], 1) == (keys(wire), caught.value.attempts)


def test_a_file_takes_the_time_that_it_takes(wire, make):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            time.sleep(0.15 if size else 0)
            return super().read(min(size or 0, 1000) if size else 0)

    wire.contracts = {"/shop": Contract("shop", (make.operation("put", make.parameter("content", "BinaryIO")),))}
    wire.raw["/shop/v1/put"] = lambda handler: handler.send(200, b"%d" % len(wire.seen[-1][3]))
    with connect_url(wire.url, timeout=0.4) as shop:
        assert 4000 == shop.put(Slow(b"x" * 4000))
        wire.raw["/shop/v1/put"] = lambda handler: time.sleep(1)
        before = time.monotonic()
        with pytest.raises(ConnectionFailed, match="did not answer in time"):
            shop.put(io.BytesIO(b"x"))
        assert time.monotonic() - before < 0.9


@pytest.mark.parametrize(("attempt", "most"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 5.0), (9, 5.0)])
def test_the_wait_doubles_up_to_five_seconds_and_is_a_random_part_of_that(monkeypatch, attempt, most):
    monkeypatch.setattr("parvis.client.http.retries.uniform", lambda least, greatest: (least, greatest)[1])
    assert most == pause(ConnectionFailed("x", outcome="not-sent"), attempt, safe=False)
    assert max(3.0, most) == pause(Answer(429, b"", {"retry-after": "3"}), attempt, safe=False)
