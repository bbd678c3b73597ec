"""What callers give, checked: what is out of its range is a ValueError that says what to give instead."""

from __future__ import annotations

from typing import Final

from .points.reverse import wrong_with
from .search.fold import fold

MAX_LIMIT: Final = 100
MAX_TEXT: Final = 250
"""Characters of a search; the longest name in the data has fewer than 200."""
MAX_ROWS: Final = 100_000
MAX_RADIUS_KM: Final = 500.0


def check_point(latitude: float, longitude: float) -> None:
    if error := wrong_with(latitude, longitude):
        raise ValueError(error)


def check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit is {limit}. Give a number from 1 to {MAX_LIMIT}")


def check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise ValueError(f"There are {count:,} rows. Give at most {MAX_ROWS:,} at once")


def check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise ValueError(f"text has {len(text)} characters. Give at most {MAX_TEXT}")
    if not fold(text):
        raise ValueError("text holds no letter or digit. Give a name or the beginning of a name")


def favoured_point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """The point whose surroundings a search favours; None when none is given."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise ValueError("Only one of latitude and longitude is given. Give both, or none")
    check_point(latitude, longitude)
    return latitude, longitude
