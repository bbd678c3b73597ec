from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from parvis_geolocation import Geolocation
from parvis_geolocation.entries import Filters
from parvis_geolocation.places import Places
from parvis_geolocation.points.distance import EARTH_RADIUS_KM, distance_and_bearing, unit_vector
from parvis_geolocation.points.nearest import Nearest
from parvis_geolocation.points.pool import BLUR, DETOUR, Pool, write_pool
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import Generation, open_store

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def places(store: Path) -> Places:
    return open_store(store, Places)


@pytest.fixture(scope="module")
def nearest(store: Path) -> Nearest:
    return open_store(store, Nearest)


def pool_of(directory: Path, group: Any, latitude: Floats, longitude: Floats, reach: Floats) -> Pool:
    draft = Draft(directory)
    write_pool(draft, "pool", group, latitude, longitude, reach)
    draft.publish({})
    return open_store(directory, lambda generation: Pool(generation, "pool"))


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pool, NDArray[np.int64], Floats, Floats, Floats]:
    """3,000 points in two groups: clusters, the poles, both sides of the date line, and some at the same place."""
    anywhere = np.random.default_rng(2)
    latitude: Floats = np.concatenate(
        (anywhere.uniform(-90, 90, 1000), anywhere.normal(48, 1, 1500), [90, -90, 89.9, -89.9])
    )
    longitude: Floats = np.concatenate(
        (anywhere.uniform(-180, 180, 1000), anywhere.normal(2, 1, 1500), [0, 10, 179, -90])
    )
    latitude = np.concatenate((latitude, anywhere.normal(-17, 0.5, 246), latitude[:250]))
    longitude = np.concatenate((longitude, (anywhere.normal(180, 1, 246) + 180) % 360 - 180, longitude[:250]))
    latitude, longitude = np.round(latitude, 5), np.round(longitude, 5)
    group, reach = anywhere.integers(5, 7, 3000), anywhere.uniform(2, 60, 3000)
    pool = pool_of(tmp_path_factory.mktemp("pool"), group, latitude, longitude, reach)
    return pool, group, latitude, longitude, reach


def questions(count: int) -> list[tuple[int, float, float]]:
    anywhere = random.Random(4)
    near = [(48, 2), (-17, 180), (90, 0), (-90, 50), (0, -180)]
    points = [(anywhere.uniform(-90, 90), anywhere.uniform(-180, 180)) for _ in range(count)]
    points += [(lat + anywhere.gauss(0, 1), lon + anywhere.gauss(0, 1)) for lat, lon in near * count]
    return [(anywhere.randint(5, 6), max(-90, min(90, lat)), (lon + 180) % 360 - 180) for lat, lon in points]


def test_the_best_of_a_group_is_the_one_that_comparing_all_gives(scattered: Any) -> None:
    pool, group, latitude, longitude, reach = scattered
    for own, lat, lon in questions(60):
        members = np.flatnonzero(group == own)
        straight = [
            2 * EARTH_RADIUS_KM * math.sin(distance_and_bearing((lat, lon), there)[0] / EARTH_RADIUS_KM / 2)
            for there in zip(latitude[members].tolist(), longitude[members].tolist(), strict=True)
        ]
        least = min(straight)
        scores = {
            int(member): (far + BLUR) / reach[member]
            for member, far in zip(members, straight, strict=True)
            if far <= least + DETOUR
        }
        found = pool.best(own, lat, unit_vector(lat, lon), math.inf)
        assert scores[found] == pytest.approx(min(scores.values()), rel=1e-6)
        assert pool.best(own, lat, unit_vector(lat, lon), least - 0.001) == -1
        assert pool.best(own, lat, unit_vector(lat, lon), least + 0.001) == found


def test_many_get_the_answers_of_one(scattered: Any) -> None:
    pool = scattered[0]
    asked = questions(400)
    groups, latitudes, longitudes = (np.array(column) for column in zip(*asked, strict=True))
    vectors = np.array([unit_vector(lat, lon) for _, lat, lon in asked]).T
    for within in (math.inf, 150.0):
        alone = [pool.best(own, lat, unit_vector(lat, lon), within) for own, lat, lon in asked]
        assert pool.best_of_many(groups, latitudes, longitudes, vectors, within).tolist() == alone
    assert pool.best(4, 0.0, (1.0, 0.0, 0.0), math.inf) == -1
    assert pool.best_of_many(groups * 0, latitudes, longitudes, vectors, math.inf).tolist() == [-1] * len(asked)


def test_the_points_around_are_those_within_the_radius(scattered: Any) -> None:
    pool, group, latitude, longitude, _ = scattered
    for radius in (1, 30, 500):
        for own, lat, lon in questions(8):
            ranks, distances = pool.around(own, lat, lon, radius)
            there = {
                number: distance_and_bearing((lat, lon), (float(latitude[number]), float(longitude[number])))[0]
                for number in np.flatnonzero(group == own).tolist()
            }
            assert set(ranks.tolist()) == {number for number, far in there.items() if far <= radius}
            assert distances.tolist() == pytest.approx([there[rank] for rank in ranks.tolist()], abs=1e-4)


def test_a_point_in_a_city_is_in_the_city(geolocation: Geolocation) -> None:
    assert geolocation.reverse(48.8566, 2.3522).name == "Paris"


def test_the_middle_of_a_suburb_is_in_the_suburb(geolocation: Geolocation) -> None:
    assert geolocation.reverse(48.8638, 2.4485).name == "Montreuil"


def test_population_never_moves_an_answer_across_a_border(geolocation: Geolocation) -> None:
    kehl = geolocation.reverse(48.575, 7.812)
    assert (kehl.name, kehl.country_code) == ("Kehl", "DE"), "Strasbourg is larger, and across the Rhine"


@pytest.mark.parametrize("point", [(90, 0), (-90, 0), (90, 180), (0, 0), (-48.9, -123.4)])
def test_every_point_of_the_globe_has_a_place(nearest: Nearest, places: Places, point: tuple[float, float]) -> None:
    assert 0 <= nearest.rank(*point, 0, 0) < len(places)


def test_ranks_are_those_of_one_point_in_any_area(nearest: Nearest, places: Places) -> None:
    anywhere, of = random.Random(9), places.entries
    areas = [
        (0, 0),
        *set(zip(of.countries[: len(places)], of.regions[: len(places)], strict=True)),
        (10_000, 0),
        (1, 9999),
    ]
    rows = [(anywhere.uniform(-90, 90), anywhere.uniform(-180, 180), *anywhere.choice(areas)) for _ in range(1000)]
    many = nearest.ranks(*(np.array(column) for column in zip(*rows, strict=True)))
    assert many.tolist() == [nearest.rank(*row) for row in rows]


def test_the_places_around_a_point_are_filtered_and_the_nearest_come_first(nearest: Nearest, places: Places) -> None:
    def around(radius: float, limit: int = 100, **filters: Any) -> list[str]:
        ranks = nearest.around(48.8566, 2.3522, radius, places.entries, Filters(**filters), limit)
        return [places.name(rank) for rank in ranks]

    everything = around(15)
    assert everything[0] == "Paris"
    assert set(everything) > {"Montreuil", "Boulogne-Billancourt"}
    assert around(15, limit=3) == everything[:3]
    assert around(15, min_population=1_000_000) == ["Paris"]
    assert around(15, kind="village") == []
    assert around(
        500, country=int(places.entries.countries[nearest.rank(51.5, -0.1, 0, 0)]), min_population=5_000_000
    ) == ["London"]
    assert around(0.001) == []


def test_a_generation_without_the_places_is_damaged_not_empty(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    draft.publish({})
    with pytest.raises(OSError, match="near"):
        Nearest(open_store(tmp_path, lambda generation: Generation(generation.store, generation.directory)))
