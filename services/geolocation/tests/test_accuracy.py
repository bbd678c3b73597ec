"""The harness that measures accuracy: it must be right itself, whatever the store says."""

from __future__ import annotations

import csv
import gettext
import io
import json
import struct
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from parvis_geolocation import Geolocation

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from accuracy import figure, reversing, searching, sets
from accuracy.figure import Figure
from accuracy.sets import Case

PLACES: Final = {
    "springfield": [(39.8, -89.6, "exact"), (42.1, -72.6, "exact")],
    "springfield, illinois": [(39.8, -89.6, "exact")],
    "aachen": [(50.78, 6.08, "exact")],
    "liege": [(50.63, 5.57, "exact")],
    "hamlet": [],
}


class Store:
    """Finds the places of `PLACES` by name, and refuses a question mark."""

    def search(
        self, text: str, country: str | None = None, bbox: Sequence[float] | None = None, limit: int = 10
    ) -> list[Any]:
        if "?" in text:
            raise ValueError("text holds no letter or digit")
        places = PLACES.get(text.lower(), [])
        if bbox is not None:
            west, south, east, north = bbox
            places = [place for place in places if south <= place[0] <= north and west <= place[1] <= east]
        return [
            SimpleNamespace(
                id=number, latitude=latitude, longitude=longitude, match=match,
                name=text, admin1=None, country_code="US", kind="city",
            )
            for number, (latitude, longitude, match) in enumerate(places)
        ][:limit]  # fmt: skip

    def reverse(self, latitude: float, longitude: float) -> Any:
        code, state = ("US", "Illinois") if latitude < 41 else ("CA", None)
        return SimpleNamespace(country_code=code, admin1=state, id=0, kind="city", name="Somewhere")

    def timezone(self, latitude: float, longitude: float) -> Any:
        return SimpleNamespace(name="Europe/Berlin")

    def country(self, code: str) -> Any:
        raise LookupError(f"No country has the code {code!r}")


@pytest.fixture
def store() -> Geolocation:
    return cast(Geolocation, Store())


def measured(store: Geolocation, cases: Sequence[Case], group: str = "other") -> dict[str, Figure]:
    return {found.what: found for found in searching.searched(store, "set", group, cases)}


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        (Case("Springfield", "", "", 42.1, -72.6), "wrong twin"),
        (Case("Hamlet", "", "", 10.0, 10.0), "missing place"),
        (Case("Liege", "", "", 50.63, 6.0), "too far"),
        (Case("?", "", "", 10.0, 10.0), "refused"),
    ],
)
def test_every_failure_has_its_class(store: Geolocation, case: Case, kind: str) -> None:
    assert dict(measured(store, [case])["name"].failures).keys() == {kind}


def test_a_place_is_right_within_25_km_and_counted_once(store: Geolocation) -> None:
    bare = measured(store, [Case("Aachen", "", "", 50.6, 6.08), Case("Springfield", "", "", 39.8, -89.6)])["name"]
    assert (bare.right, bare.total, dict(bare.failures)) == (2, 2, {})
    assert measured(store, [Case("Aachen", "", "", 50.5, 6.08)])["name"].right == 0


def test_what_the_country_spoils_is_lost(store: Geolocation) -> None:
    figures = measured(store, [Case("Springfield", "Illinois", "", 39.8, -89.6), Case("Aachen", "DE", "", 50.78, 6.08)])
    assert figures["name"].right == 2
    assert (figures["name, country"].right, set(figures["name, country"].failures)) == (1, {"lost"})


def test_of_namesakes_far_apart_one_can_be_right(store: Geolocation) -> None:
    twins = [
        Case("Springfield", "", "", 39.8, -89.6),
        Case("Springfield", "", "", 42.1, -72.6),
        Case("Hamlet", "", "", 1.0, 1.0),
    ]
    figures = measured(store, twins)
    assert (figures["name"].bound, figures["name, first ten"].bound) == (1, 2)
    assert (figures["name"].right, figures["name, first ten"].right) == (1, 2)


def test_a_box_around_the_date_line_or_a_pole_is_one_that_search_takes(store: Geolocation) -> None:
    boxes: list[list[float]] = []

    class Recording(Store):
        def search(self, text: str, *given: Any, bbox: Any = None, **rest: Any) -> list[Any]:
            boxes.extend([bbox] if bbox else [])
            return []

    for latitude, longitude in ((0.0, 179.99), (0.0, -179.99), (89.99, 0.0), (-90.0, 180.0)):
        searching.why(cast(Geolocation, Recording()), Case("x", "", "", latitude, longitude), [])
    assert len(boxes) == 4
    assert all(-180 <= west <= 180 and -180 <= east <= 180 for west, _, east, _ in boxes)
    assert all(-90 <= south < north <= 90 for _, south, _, north in boxes)
    assert boxes[0][0] > 0 > boxes[0][2]


def test_a_typing_error_is_one_edit_and_the_same_each_time() -> None:
    for name in ("Springfield", "São Paulo", "Ho Chi Minh", "Aaaa", "L'Aquila"):
        wrong = searching.misspelt(name)
        assert wrong == searching.misspelt(name) != name
        assert wrong is not None
        assert abs(len(wrong) - len(name)) <= 1
        differing = sum(one != other for one, other in zip(wrong, name, strict=False))
        assert len(wrong) != len(name) or differing in (1, 2)


def test_a_name_too_short_has_no_typing_error() -> None:
    assert [searching.misspelt(name) for name in ("Ur", "Ufa", "12-34", "")] == [None] * 4


def test_only_names_in_latin_letters_are_misspelt(store: Geolocation) -> None:
    assert "typing error" not in measured(store, [Case("Aachen", "", "", 50.78, 6.08)], "ru")
    assert measured(store, [Case("Aachen", "", "", 50.78, 6.08)], "latin")["typing error"].total == 1


def test_points_are_judged_by_country_then_state(store: Geolocation) -> None:
    points = [
        sets.Airport("Springfield", "US", "Illinois", "", True, 39.8, -89.6),
        sets.Airport("Peoria", "US", "Iowa", "", True, 40.7, -89.7),
        sets.Airport("Detroit", "US", "Michigan", "", True, 42.2, -83.4),
    ]
    country, state = reversing.regions(store, points)
    assert (country.right, country.total, set(country.failures)) == (2, 3, {"US as CA"})
    assert (state.right, state.total, set(state.failures)) == (1, 2, {"Iowa as Illinois"})


def test_zones_are_the_same_when_their_clocks_are_all_year(store: Geolocation) -> None:
    points = [(0.0, 0.0, "Europe/Berlin"), (0.0, 0.0, "Europe/Paris"), (0.0, 0.0, "Europe/London")]
    zones = reversing.zones(store, "set", "time zone", points)
    assert (zones.right, set(zones.failures)) == (2, {"Europe/London as Europe/Berlin"})


def test_a_figure_below_its_bar_is_marked(store: Geolocation) -> None:
    low, high = Figure("cldr-ru", "name", right=76, total=100), Figure("cldr-ru", "name", right=77, total=100)
    assert (low.below, high.below) == (True, False)
    lines = figure.table([low, high]).splitlines()
    assert ["BELOW" in line for line in lines] == [False, True, False]


def test_a_sample_is_the_same_each_time() -> None:
    assert figure.drawn(range(1000), 5) == figure.drawn(range(1000), 5)
    assert list(figure.drawn(range(10), 0)) == list(range(10))
    assert list(figure.drawn(range(10), 20)) == list(range(10))


@pytest.mark.parametrize(
    ("position", "point"),
    [("+513030-0000731", (51.508333, -0.125278)), ("-0650+10708", (-6.833333, 107.133333))],
)
def test_positions_of_the_tz_database_are_read(position: str, point: tuple[float, float]) -> None:
    assert sets._iso_6709(position) == pytest.approx(point, abs=1e-6)


def test_rows_of_a_package_are_cases_each_once(tmp_path: Path) -> None:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["icao", "iata", "city", "subd", "country", "lat", "lon", "tz"])
    rows.writerow(["KSPI", "SPI", "Springfield", "Illinois", "US", "39.84", "-89.67", "America/Chicago"])
    rows.writerow(["IL00", "", "Springfield", "Illinois", "US", "39.9", "-89.7", "America/Chicago"])
    rows.writerow(["XX00", "", "", "", "US", "1", "2", ""])
    with zipfile.ZipFile(tmp_path / sets.AIRPORTS, "w") as wheel:
        wheel.writestr("airportsdata/airports.csv", text.getvalue())
    assert sets.cases("airports", tmp_path) == [Case("Springfield", "US", "Illinois", 39.84, -89.67)]
    assert len(sets.airports(tmp_path)) == 3


def test_an_npm_package_is_read_without_installing_it(tmp_path: Path) -> None:
    content = json.dumps(
        [{"city": "Tokyo", "country": "Japan", "admin_name": "Tokyo", "lat": "35.69", "lng": "139.69"}] * 2
    ).encode()
    with tarfile.open(tmp_path / sets.SIMPLEMAPS, "w:gz") as archive:
        member = tarfile.TarInfo("package/data/cities.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    assert sets.cases("simplemaps", tmp_path) == [Case("Tokyo", "Japan", "Tokyo", 35.69, 139.69)]


def test_a_set_whose_package_is_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(sets.SetMissing, match=sets.SIMPLEMAPS):
        sets.cases("simplemaps", tmp_path)


def test_a_data_frame_of_r_is_read() -> None:
    def integer(value: int) -> bytes:
        return struct.pack(">i", value)

    def text(value: str) -> bytes:
        return integer(9 | 64 << 12) + integer(len(value)) + value.encode()

    def strings(*values: str) -> bytes:
        return integer(16) + integer(len(values)) + b"".join(map(text, values))

    names = integer(2 | 1024) + integer(1) + text("names") + strings("name", "lat") + integer(254)
    columns = strings("Aba", "Abo") + integer(14) + integer(2) + struct.pack(">2d", 1.5, 2.5)
    serialized = b"X\n" + integer(2) + integer(0) + integer(0) + integer(19 | 512) + integer(2) + columns + names
    assert sets._r_values(serialized) == {"name": ["Aba", "Abo"], "lat": [1.5, 2.5]}
    with pytest.raises(ValueError, match="binary form"):
        sets._r_values(b"A\n")


def test_translated_names_are_cases_and_untranslated_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = b"""<gweather><region><country><_name>Algeria</_name>
      <city><_name>Algiers</_name><coordinates>36.76 3.05</coordinates></city>
      <city><_name msgctxt="City in Algeria">Oran</_name><coordinates>35.69 -0.64</coordinates></city>
      <state><_name>Batna</_name><city><_name>Batna</_name><coordinates>35.55 6.18</coordinates></city></state>
    </country></region></gweather>"""
    catalogue = {"Algeria": "Алжир", "Algiers": "Алжир", "City in Algeria\x04Oran": "Оран", "Batna": "Batna"}
    monkeypatch.setattr(sets, "_of_deb", lambda packages, name, suffix: xml if suffix.endswith("xml") else b"")
    monkeypatch.setattr(gettext, "GNUTranslations", lambda file: SimpleNamespace(_catalog=catalogue))
    assert list(sets.libgweather(tmp_path, "ru")) == [
        Case("Алжир", "Алжир", "", 36.76, 3.05),
        Case("Оран", "Алжир", "", 35.69, -0.64),
    ]
    plain = [(case.text, case.region) for case in sets.libgweather(tmp_path)]
    assert plain == [("Algiers", ""), ("Oran", ""), ("Batna", "Batna")]
