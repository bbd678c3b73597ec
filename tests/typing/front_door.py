"""What type checkers know of the front door: checked by ``mypy --strict``, never run."""

from __future__ import annotations

from typing import Any, assert_type

import parvis
from parvis import Caller, ParvisError, connect
from parvis import publish as mark
from parvis.client import Connecting, TooManyCalls


class Shop:
    @mark.read
    @mark.cost(2)
    @mark.run("inline")
    @mark.timeout(2.5)
    def price(self, item: str, *, vat: float = 0.2) -> float:
        return vat


def a_client_like_a_class_is_of_that_class() -> None:
    shop = connect("http://127.0.0.1:8000/shop", like=Shop)
    assert_type(shop, Shop)
    assert_type(shop.price("tea", vat=0.1), float)


def without_a_class_everything_may_be() -> None:
    assert_type(connect("http://127.0.0.1:8000/shop"), Any)
    assert_type(connect(Shop()), Any)


def decorators_keep_the_signature() -> None:
    assert_type(Shop().price("tea"), float)


def errors_and_callers_are_classes(caller: Caller) -> None:
    assert_type(caller.account, str | None)
    try:
        parvis.serve(Shop)
    except ParvisError as error:
        assert_type(error.status, int | None)


async def an_async_client_is_awaited_or_entered() -> None:
    assert_type(parvis.connect_async("http://127.0.0.1:8000/shop"), Connecting[Any])
    async with parvis.connect_async("http://127.0.0.1:8000/shop", like=Shop, presets={"vat": 0.1}) as shop:
        assert_type(shop, Any)
    assert_type(await parvis.connect_async(Shop()), Any)


def options_are_known() -> None:
    connect("http://127.0.0.1:8000/shop", Shop, "pv_live_x", timeout=None, retries=0, language="fr", uds="/run/shop")
    connect("http://127.0.0.1:8000/shop", presents={})  # type: ignore[call-overload]
    parvis.connect_async("http://127.0.0.1:8000/shop", timeout="2")  # type: ignore[arg-type]


def a_refusal_for_limits_says_when(error: TooManyCalls) -> None:
    assert_type(error.retry_after, float | None)
    assert_type(error.policies, tuple[str, ...])
