"""Rates that plans may have, pauses between calls that matter to them, and moments."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import strategies as st

from parvis.access.plans import Plan

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOON = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()) * 1_000_000

rates = st.one_of(st.sampled_from([1 / 86_400, 0.1, 1, 3, 7.3, 10, 999_999, 1_000_000]), st.floats(0.001, 1_000_000))
rated = st.builds(lambda rate, burst: Plan("rated", (), rate=rate, burst=burst), rates, st.integers(1, 5))


def at(text: str) -> int:
    """Microseconds of a moment of UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def gaps_of(plan: Plan) -> st.SearchStrategy[list[int]]:
    """Pauses between calls that matter to this plan: none, about a call's interval, up to more than a burst's."""
    interval = plan.lookback // (2 * plan.burst)
    near = st.integers(max(0, interval - 2), interval + 2)
    return st.lists(st.one_of(st.just(0), near, st.integers(0, plan.lookback)), min_size=1, max_size=40)


def assert_no_window_holds_more(plan: Plan, ticks: list[int]) -> None:
    assert plan.rate is not None
    for first, begin in enumerate(ticks):
        for last in range(first, len(ticks)):
            allowed = plan.burst + Fraction(plan.rate) * Fraction(ticks[last] - begin, SECOND)
            assert last - first + 1 <= allowed
