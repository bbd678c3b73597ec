"""The fields of limits: what the draft's syntax asks for, and the numbers of the plan."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.limits import Allowance
from parvis.access.plans import ANONYMOUS, DEFAULT, TEST, Plan
from parvis.protocol.http.ratelimit import policy, state

NOON = 1_795_521_600_000_000  # 2026-11-24T12:00:00Z
SECOND = 1_000_000_000

# A List of Strings with parameters that are Integers of at most 15 digits (RFC 9651 sections 3.1 and 3.3.1).
ITEM = r'"(?:rate|day|month)"(?:;[a-z]+=\d{1,15})+'
LIST = re.compile(rf"{ITEM}(?:, {ITEM})*".encode())

plans = st.builds(
    lambda rate, burst, day, month: Plan("p", (), rate=rate, burst=burst, day=day, month=month),
    st.none() | st.floats(1 / 86_400, 1_000_000),
    st.integers(1, 1_000_000),
    st.none() | st.integers(0, 10**15 - 1),
    st.none() | st.integers(0, 10**15 - 1),
)


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        (DEFAULT, b'"rate";q=50;w=5, "day";q=10000;w=86400'),
        (ANONYMOUS, b'"rate";q=10;w=10, "day";q=10000;w=86400'),
        (TEST, b'"rate";q=20;w=10, "day";q=1000;w=86400'),
        (Plan("p", (), rate=3, burst=3, month=5), b'"rate";q=3;w=1, "month";q=5;w=2678400'),
        (Plan("p", (), rate=3, burst=4), b'"rate";q=4;w=2'),
        (Plan("p", (), rate=1_000_000, burst=1), b'"rate";q=1;w=1'),
        (Plan("p", (), concurrent=5), b""),
    ],
)
def test_the_policy_tells_the_plan_s_numbers(plan, value):
    assert policy(plan) == value


def test_the_policy_of_a_plan_is_made_once():
    assert policy(DEFAULT) is policy(dataclasses.replace(DEFAULT))


def test_the_state_is_one_call_with_what_is_left_and_for_how_long():
    allowance = Allowance()
    answers = [state(DEFAULT, allowance, NOON, 0)]
    allowance.admit(DEFAULT, 1, NOON, 0)
    answers.append(state(DEFAULT, allowance, NOON, 0))

    assert [b'"rate";r=50;t=0, "day";r=10000;t=43200', b'"rate";r=49;t=1, "day";r=9999;t=43200'] == answers


@pytest.mark.parametrize(
    ("plan", "value"),
    [
        (Plan("p", ()), b""),
        (Plan("p", (), day=7), b'"day";r=5;t=43200'),
        (Plan("p", (), day=7, month=1), b'"day";r=5;t=43200, "month";r=0;t=561600'),
        (Plan("p", (), rate=0.5, day=7, month=9), b'"rate";r=1;t=0, "day";r=5;t=43200, "month";r=7;t=561600'),
    ],
)
def test_the_state_tells_the_bounds_that_the_plan_has(plan, value):
    allowance = Allowance()
    allowance.admit(Plan("other", ()), 2, NOON, 0)

    assert state(plan, allowance, NOON, 0) == value


@given(plans, st.integers(0, 5), st.integers(0, 10**12), st.integers(0, 4 * 10**15))
def test_both_fields_are_structured_and_name_the_same_bounds(plan, calls, tick, now):
    allowance = Allowance()
    for _ in range(calls):
        allowance.admit(plan, 1, now, tick)
    told = policy(plan), state(plan, allowance, now, tick)

    assert (told == (b"", b"")) == (plan.rate is plan.day is plan.month is None)
    if told[0]:
        assert all(LIST.fullmatch(value) for value in told)
        assert re.findall(rb'"\w+"', told[0]) == re.findall(rb'"\w+"', told[1])
        assert b"w=0" not in told[0]


@pytest.mark.parametrize("plan", [Plan("p", (), rate=0.01, burst=2), Plan("p", (), day=2), Plan("p", (), month=2)])
def test_where_nothing_is_left_the_window_ends_when_the_refusal_says_to_come_back(plan):
    allowance = Allowance()
    answers = [allowance.admit(plan, 1, NOON, 7 * SECOND) for _ in range(3)]
    refused = answers[2]

    assert refused is not None
    assert f'"{refused.policy}";r=0;t={refused.retry_after}'.encode() == state(plan, allowance, NOON, 7 * SECOND)
