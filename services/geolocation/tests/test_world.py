"""Facts of the full store, for machines that have built it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from parvis_geolocation import Geolocation

pytestmark = pytest.mark.fulldata


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("Paris", 2988507),
        ("東京", 1850147),
        ("München", 2867714),
        ("Munich", 2867714),
        ("Springfield", 4250542),
        ("Springfield, IL", 4250542),
        ("Paris, Texas", 4717560),
        ("Washington, D.C.", 4140963),
        ("القاهرة", 360630),
        ("Köln", 2886242),
        ("cologne", 2886242),
        ("sao paulo", 3448439),
        ("St. John's", 6324733),
        ("北京", 1816670),
        ("서울", 1835848),
        ("Αθήνα", 264371),
        ("תל אביב", 293397),
    ],
)
def test_well_known_names_find_the_place_people_mean(world: Geolocation, text: str, identifier: int) -> None:
    assert world.search(text)[0].id == identifier


@pytest.mark.parametrize(
    ("point", "name", "country"),
    [
        ((48.8566, 2.3522), "Paris", "FR"),
        ((48.8638, 2.4485), "Montreuil", "FR"),
        ((51.5074, -0.1278), "London", "GB"),
        ((52.52, 13.405), "Berlin", "DE"),
        ((40.75, -73.98), "New York City", "US"),
        ((48.575, 7.812), "Kehl", "DE"),
        ((-33.87, 151.21), "Sydney", "AU"),
        ((43.7384, 7.4246), "Monaco", "MC"),
        ((-54.8, -68.3), "Ushuaia", "AR"),
    ],
)
def test_well_known_points_are_where_people_say(
    world: Geolocation, point: tuple[float, float], name: str, country: str
) -> None:
    answer = world.reverse(*point)
    assert (answer.name, answer.country_code) == (name, country)


def test_the_store_holds_the_world(world: Geolocation) -> None:
    counts = world.about().counts
    assert counts.places > 230_000
    assert counts.names > 900_000
    assert counts.countries == 250
    assert counts.timezones > 380


def test_the_readme_counts_what_the_store_holds(world: Geolocation) -> None:
    counts = world.about().counts
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert f"{counts.places:,} cities" in readme
    assert f"{counts.names:,} names" in readme
    assert f"{counts.countries} countries" in readme


def test_the_time_zone_of_the_point_is_that_of_the_place_nearly_always(world: Geolocation) -> None:
    places = [place for letter in "abcdefghijklmnopqrstuvwxyz" for place in world.autocomplete(letter, limit=100)]
    places = [place for place in places if place.kind in ("city", "town", "village")]
    assert len(places) > 1000
    same = sum(world.timezone(place.latitude, place.longitude).name == place.timezone for place in places)
    assert same / len(places) > 0.98


def test_opening_and_answering_are_quick(world: Geolocation) -> None:
    begun = time.perf_counter()
    with Geolocation() as again:
        opened = time.perf_counter() - begun
        begun = time.perf_counter()
        for _ in range(200):
            again.reverse(48.8566, 2.3522)
            again.search("s", country="FR")
            again.timezone(48.8566, 2.3522)
        each = (time.perf_counter() - begun) / 600
    assert opened < 0.5
    assert each < 0.001, "generous: a busy machine is no failure, a scan of the world is"
