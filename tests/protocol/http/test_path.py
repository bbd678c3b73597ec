"""The path of a request: decoded once, and what two readers could read differently is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.outcomes import Refusal
from parvis.protocol.http.path import canonical


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/", "/"),
        (b"/shop/v1/price", "/shop/v1/price"),
        (b"/shop/v1/orders.get", "/shop/v1/orders.get"),
        (b"/shop/", "/shop/"),
        (b"/shop/v1/orders/%C3%A9t%C3%A9", "/shop/v1/orders/été"),
        (b"/shop/v1/orders/a%20b", "/shop/v1/orders/a b"),
        (b"/shop/v1/orders/a+b", "/shop/v1/orders/a+b"),
        (b"/shop/v1/orders/%2e%2e%2e", "/shop/v1/orders/..."),
        (b"/shop/v1/orders/.hidden", "/shop/v1/orders/.hidden"),
        (b"/shop/v1/orders/%25", "/shop/v1/orders/%"),
        (b"/shop/v1/orders/%252e%252e", "/shop/v1/orders/%2e%2e"),
        (b"/shop/v1/orders/%zz", "/shop/v1/orders/%zz"),
        (b"/shop/v1/orders/a;b=c,d@e:f!$&'()*", "/shop/v1/orders/a;b=c,d@e:f!$&'()*"),
        (b"/a/..b/c", "/a/..b/c"),
    ],
)
def test_a_path_is_decoded_once(raw: bytes, path: str) -> None:
    assert path == canonical(raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"/shop//v1", "malformed-request"),
        (b"//shop/v1", "malformed-request"),
        (b"/shop/v1//", "malformed-request"),
        (b"/shop/../metrics", "malformed-request"),
        (b"/shop/./v1", "malformed-request"),
        (b"/shop/..", "malformed-request"),
        (b"/shop/.", "malformed-request"),
        (b"/shop/%2e%2e/metrics", "malformed-request"),
        (b"/shop/%2E./metrics", "malformed-request"),
        (b"/shop/%2e%2e", "malformed-request"),
        (b"/shop\\v1", "malformed-request"),
        (b"/shop/a%5cb", "malformed-request"),
        (b"/shop/a%00b", "malformed-request"),
        (b"/shop/%ff", "malformed-request"),
        (b"/shop/%c3", "malformed-request"),
        (b"/shop/\xff", "malformed-request"),
        (b"/shop/%C0%AFetc", "malformed-request"),
        (b"/shop/%ed%a0%80", "malformed-request"),
        (b"/shop/a%2fb", "unknown-operation"),
        (b"/shop/a%2Fb", "unknown-operation"),
    ],
)
def test_an_odd_path_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        canonical(raw)
    assert code == caught.value.outcome.code


@given(st.binary(max_size=60).map(lambda tail: b"/" + tail) | st.text("/.%2eEfF5cC~a-", max_size=30).map(str.encode))
def test_whatever_comes_is_one_clean_path_or_refused(raw: bytes) -> None:
    try:
        path = canonical(raw)
    except Refusal:
        return
    parts = path.split("/")[1:]
    assert [] == [p for p in parts if p in (".", "..")]
    assert "" not in parts[:-1]
    assert set() == {"\0", "\\"} & set(path)


def test_a_long_path_takes_linear_time() -> None:
    began = time.process_time()
    with pytest.raises(Refusal):
        canonical(b"/" + b"a/" * 15_000 + b"\\")
    assert time.process_time() - began < 1
