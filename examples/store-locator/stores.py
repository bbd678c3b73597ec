"""The stores, as `stores.csv` has them: name, city, position, and the opening hours of each weekday.

One rule: hours are what hangs on the door, in the local time of the store. No zone is written down; who asks whether a
store is open brings the local time. A week is counted in minutes from Monday 00:00, so that an evening may run past
midnight, and a Sunday past the end of the week.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class State:
    """Whether a store is open, and when that changes: `minute` of the day, `days` from today (0 is today)."""

    open: bool
    minute: int
    days: int


@dataclass(frozen=True)
class Store:
    """One store. `hours` are the spans in which it is open, in minutes of the week, each from one up to another."""

    name: str
    city: str
    latitude: float
    longitude: float
    hours: tuple[tuple[int, int], ...]

    def state(self, local: datetime) -> State | None:
        """Whether it is open at this moment of its local time; None for a store that never is."""
        now = local.weekday() * DAY + local.hour * 60 + local.minute
        for begin, end in self.hours:
            since = (now - begin) % WEEK
            if since < end - begin:
                return State(True, end % DAY, (now % DAY + end - begin - since) // DAY)
        waits = [(begin - now) % WEEK for begin, _ in self.hours]
        if not waits:
            return None
        return State(False, (now + min(waits)) % DAY, (now % DAY + min(waits)) // DAY)

    def week(self) -> list[list[tuple[int, int]]]:
        """The spans of each weekday, in minutes of the day; an empty list for a day on which it is closed."""
        days: list[list[tuple[int, int]]] = [[] for _ in DAYS]
        for begin, end in self.hours:
            days[begin // DAY].append((begin % DAY, end % DAY))
        return days


def clock(minute: int) -> str:
    """A minute of the day or of the week as 09:05."""
    return f"{minute % DAY // 60:02}:{minute % 60:02}"


def read(path: Path) -> tuple[Store, ...]:
    """Read the stores.

    Raises:
        ValueError: A cell is wrong; the message has its line and column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(_store(row, f"{path.name}, line {rows.line_num}") for row in rows)


def _store(row: dict[str, str], where: str) -> Store:
    for column in ("name", "city"):
        if not row[column]:
            raise ValueError(f"{where}: the store has no {column}")
    return Store(
        row["name"],
        row["city"],
        _degrees(row["latitude"], 85, f"{where}, latitude"),
        _degrees(row["longitude"], 180, f"{where}, longitude"),
        tuple(span for day, name in enumerate(DAYS) for span in _spans(row[name], day * DAY, f"{where}, {name}")),
    )


def _degrees(cell: str, most: int, where: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not abs(number) <= most:
        raise ValueError(f"{where} is {cell!r}. Write degrees from -{most} to {most}")
    return number


def _spans(cell: str, midnight: int, where: str) -> Iterable[tuple[int, int]]:
    for span in cell.split():
        match = _HOURS.fullmatch(span)
        if match is None:
            raise ValueError(f"{where} is {cell!r}. Write 09:00-12:30 14:00-19:00, or nothing when it is closed")
        hour, minute, last, past = map(int, match.groups())
        begin, end = hour * 60 + minute, last * 60 + past
        yield midnight + begin, midnight + (end if end > begin else end + DAY)


def nearest(stores: Iterable[Store], latitude: float, longitude: float, count: int) -> list[Store]:
    """The stores nearest to a point, nearest first, by the haversine on a sphere."""

    def closeness(store: Store) -> float:
        a, b = math.radians(latitude), math.radians(store.latitude)
        across = math.radians(store.longitude - longitude)
        return math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2

    return sorted(stores, key=closeness)[:count]
