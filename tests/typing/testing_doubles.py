"""What type checkers know of ``parvis.testing``: checked by ``mypy --strict``, never run."""

from __future__ import annotations

from typing import Any, assert_type

from parvis import testing


class Shop:
    def price(self, item: str) -> float:
        return 2.5


def a_double_is_of_the_class_that_it_stands_for() -> None:
    shop = testing.double(Shop, {"price": 2.5})
    assert_type(shop, Shop)
    assert_type(shop.price("tea"), float)
    assert_type(testing.double("contract.json", like=Shop), Shop)
    assert_type(testing.double("contract.json", {"price": 2.5}), Any)
    assert_type(testing.calls(shop)[0].operation, str)


def so_is_what_is_served() -> None:
    with testing.served(Shop, caller=testing.caller(rights=["shop.price"])) as shop:
        assert_type(shop, Shop)
    service = testing.served(Shop, plan=testing.plan(day=3), bind={"whose(owner)": "caller.account"})
    assert_type(service.as_(testing.caller("acc_bob")), Shop)
    with testing.served(Shop()) as one:
        assert_type(one, Any)
