"""A plan: what it may be, and how it is told."""

from __future__ import annotations

import dataclasses
import math

import pytest

from parvis.access.plans import ANONYMOUS, DEFAULT, TEST, Plan


def test_the_three_plans_say_what_they_allow_in_one_line():
    assert DEFAULT.told() == "10 calls a second (burst 50), 10,000 a day, 5 keys"
    assert ANONYMOUS.told() == "1 call a second (burst 10), 10,000 a day"
    assert TEST.told() == "2 calls a second (burst 20), 1,000 a day"


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ({}, "no rate limit, no quota"),
        ({"keys": 1}, "no rate limit, no quota, 1 key"),
        ({"rate": 0.5, "burst": 1000}, "0.5 calls a second (burst 1,000), no quota"),
        ({"rate": 1_000_000}, "1,000,000 calls a second (burst 1), no quota"),
        ({"day": 5, "month": 100_000}, "no rate limit, 5 a day, 100,000 a month"),
    ],
)
def test_what_a_plan_leaves_open_is_said_too(bounds, told):
    assert Plan("p", (), **bounds).told() == told


def test_nobody_without_a_key_has_a_right_until_the_operator_says_so():
    assert ((), ("*",)) == (ANONYMOUS.rights, DEFAULT.rights)


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"rate": 0}, "`rate` is 0: write calls a second from"),
        ({"rate": -1.0}, "`rate` is -1.0"),
        ({"rate": math.nan}, "`rate` is nan"),
        ({"rate": math.inf}, "`rate` is inf"),
        ({"rate": 1e-5}, "for fewer calls use `day` or `month`"),
        ({"rate": 1_000_001}, "to 1,000,000, or none for no bound"),
        ({"rate": True}, "`rate` is True"),
        ({"rate": "10"}, "`rate` is '10'"),
        ({"burst": 0}, "`burst` is 0: write a whole number from 1 to 1,000,000$"),
        ({"burst": None}, "`burst` is None: write a whole number"),
        ({"burst": 2.0}, "`burst` is 2.0"),
        ({"concurrent": 0}, "`concurrent` is 0: write a whole number from 1 .*, or none for no bound"),
        ({"day": -1}, "`day` is -1: write a whole number from 0"),
        ({"month": 10**15}, "`month` is 1000000000000000"),
        ({"keys": -1}, "`keys` is -1"),
        ({"keys": None}, "`keys` is None"),
        ({"keys": True}, "`keys` is True"),
        ({"body": 0}, "`body` is 0"),
        ({"page": 0}, "`page` is 0"),
        ({"name": ""}, "'' is no name of a plan: write letters"),
        ({"name": "a b"}, "'a b' is no name of a plan"),
        ({"name": "a\n"}, "is no name of a plan"),
        ({"rights": ("shop",)}, "'shop' is not a right"),
        ({"rights": "*"}, "a list of patterns"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_what_to_write(bounds, said):
    with pytest.raises(ValueError, match=said):
        Plan(**{"name": "p", "rights": (), **bounds})


def test_a_plan_is_its_fields_and_comes_back_from_them():
    fields = dataclasses.asdict(DEFAULT)

    assert ["name", "rights", "rate", "burst", "concurrent", "day", "month", "keys", "body", "page"] == [*fields]
    assert Plan(**fields) == DEFAULT
    assert dataclasses.replace(DEFAULT, rate=None).rate is None
