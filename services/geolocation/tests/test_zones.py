from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta, timezone

import pytest

from parvis_geolocation.points.zones import Zones
from parvis_geolocation.values import TimeZone, Transition


@pytest.fixture(scope="module")
def zones() -> Zones:
    return Zones()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_zone_tells_its_offset_and_its_next_change(zones: Zones) -> None:
    assert zones.at(48.85, 2.35, utc(2026, 7, 1, 12)) == TimeZone(
        name="Europe/Paris",
        at=datetime(2026, 7, 1, 14, tzinfo=timezone(timedelta(hours=2))),
        utc_offset=7200,
        abbreviation="CEST",
        daylight_saving=True,
        next_transition=Transition(at=utc(2026, 10, 25, 1), utc_offset=3600, abbreviation="CET"),
    )


@pytest.mark.parametrize(
    ("name", "moment", "following"),
    [
        ("Asia/Tokyo", utc(2026, 1, 1), None),
        ("Asia/Tokyo", utc(1940, 1, 1), Transition(at=utc(1948, 5, 1, 15), utc_offset=36000, abbreviation="JDT")),
        ("America/New_York", utc(2026, 3, 8, 6, 59, 59),
         Transition(at=utc(2026, 3, 8, 7), utc_offset=-14400, abbreviation="EDT")),
        ("America/New_York", utc(2026, 3, 8, 7),
         Transition(at=utc(2026, 11, 1, 6), utc_offset=-18000, abbreviation="EST")),
        ("Etc/GMT+3", utc(2026, 1, 1), None),
        ("Europe/Paris", utc(9997, 12, 31), Transition(at=utc(9998, 3, 29, 1), utc_offset=7200, abbreviation="CEST")),
    ],
)  # fmt: skip
def test_the_next_change_is_known(zones: Zones, name: str, moment: datetime, following: Transition | None) -> None:
    assert zones.describe(name, moment).next_transition == following


def test_nothing_changes_before_the_next_change(zones: Zones) -> None:
    names = sorted(zoneinfo.available_timezones())[::17]
    for number, name in enumerate(names):
        moment = utc(1900 + 3 * number, 1 + number % 12, 1)
        asked = zones.describe(name, moment)
        change = asked.next_transition
        end = change.at if change else moment + timedelta(days=800)
        while moment < min(end, asked.at + timedelta(days=1200)):
            between = zones.describe(name, moment)
            assert (between.utc_offset, between.abbreviation) == (asked.utc_offset, asked.abbreviation), (name, moment)
            moment += timedelta(days=20)
        if change:
            after = zones.describe(name, change.at)
            assert (after.utc_offset, after.abbreviation) == (change.utc_offset, change.abbreviation)
            assert (after.utc_offset, after.abbreviation) != (asked.utc_offset, asked.abbreviation)


@pytest.mark.parametrize(
    ("name", "summer", "winter"), [("Europe/Paris", True, False), ("Europe/Dublin", True, False), ("UTC", False, False)]
)
def test_daylight_saving_is_in_force_in_summer_also_where_winter_is_the_exception(
    zones: Zones, name: str, summer: bool, winter: bool
) -> None:
    kept = [zones.describe(name, utc(2026, month, 1)).daylight_saving for month in (7, 1)]
    assert kept == [summer, winter]


def test_the_moment_may_be_given_in_any_offset(zones: Zones) -> None:
    there = datetime(2026, 7, 1, 21, tzinfo=timezone(timedelta(hours=9)))
    assert zones.describe("Europe/Paris", there) == zones.describe("Europe/Paris", utc(2026, 7, 1, 12))


def test_now_is_the_moment_when_none_is_given(zones: Zones) -> None:
    before = datetime.now(UTC)
    assert before <= zones.at(35.68, 139.69).at <= datetime.now(UTC)


def test_a_moment_without_an_offset_is_refused(zones: Zones) -> None:
    with pytest.raises(ValueError, match="no offset from UTC"):
        zones.at(48.85, 2.35, datetime(2026, 7, 1))


@pytest.mark.parametrize("year", [1, 9998, 9999])
def test_a_moment_at_the_ends_of_time_is_refused(zones: Zones, year: int) -> None:
    with pytest.raises(ValueError, match=f"year {year}"):
        zones.at(48.85, 2.35, datetime(year, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", ["Nowhere/Nothing", "", "../../etc/passwd", "/etc/passwd", "Europe", "x" * 5000])
def test_an_unknown_zone_is_not_found(zones: Zones, name: str) -> None:
    with pytest.raises(LookupError, match="IANA") as error:
        zones.describe(name)
    assert len(str(error.value)) < 150
