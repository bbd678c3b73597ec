from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parvis_geolocation import Geolocation
from parvis_geolocation.build import quiet
from parvis_geolocation.errors import BuildError, PartMissingError
from parvis_geolocation.places import Places
from parvis_geolocation.postal.build import write_postal
from parvis_geolocation.postal.names import tidy
from parvis_geolocation.postal.postal import Postal, PostalHit
from parvis_geolocation.search.fold import fold
from parvis_geolocation.search.spelling import key
from parvis_geolocation.sources import Inputs
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import open_store
from parvis_geolocation.values import PostalCode, PostalPlace

DATA = Path(__file__).parent / "data" / "geonames_all_countries_sorted.tsv"


def written(directory: Path, store: Path, rows: Path) -> dict[str, int]:
    draft = Draft(directory)
    inputs = Inputs(part="postal", files={"postal": rows}, versions={}, missing=(), published=False)
    counts = write_postal(draft, store, inputs, quiet)
    draft.publish({})
    return counts


@pytest.fixture(scope="module")
def postal(tmp_path_factory: pytest.TempPathFactory, store: Path) -> Postal:
    directory = tmp_path_factory.mktemp("postal")
    counts = written(directory, store, DATA)
    rows = [line.split("\t") for line in DATA.read_text(encoding="utf-8").splitlines()]
    assert counts == {"postal_codes": len({(row[0], row[1].replace(" CEDEX", "")) for row in rows})}
    places = open_store(store, Places)
    return open_store(directory, lambda generation: Postal(generation, places))


def test_a_code_has_its_middle_and_its_localities(postal: Postal) -> None:
    paris = [PostalPlace(name=name, admin1="Île-de-France", admin2="Paris", latitude=latitude, longitude=longitude)
             for name, latitude, longitude in (("Paris", 48.8534, 2.3488), ("Paris 11", 48.8574, 2.3795))]  # fmt: skip
    # The point of the whole city, which all districts share, is left out of the middle.
    expected = PostalCode(
        code="75011", country_code="FR", latitude=48.8574, longitude=2.3795, exact=True, places=tuple(paris),
        sources=("geonames-postal",),
    )  # fmt: skip
    assert postal.get("75011", "FR") == expected


def test_the_middle_of_a_code_is_that_of_its_localities(postal: Postal) -> None:
    found = postal.get("01000", "FR")
    assert ([place.name for place in found.places], found.latitude, found.longitude) == (
        ["Bourg-en-Bresse", "Saint-Denis-lès-Bourg"], 46.20395, 5.2075
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "country", "found", "land", "exact"),
    [
        ("75 011", "fr", "75011", "FR", True),
        ("F-75011 CEDEX 11", "FR", "75011", "FR", True),
        ("d-10115", "DE", "10115", "DE", True),
        ("SW1A", "GB", "SW1A", "GB", True),
        ("sw1a1aa", "GB", "SW1A", "GB", False),
        ("IM4 1AA", "GB", "IM4", "IM", False),
        ("97110", "FR", "97110", "GP", True),
        ("1011 AB", "NL", "1011", "NL", False),
        ("K1A 0B1", "CA", "K1A", "CA", False),
        ("D02 AF30", "IE", "D02", "IE", False),
        ("90210-1234", "US", "90210", "US", False),
        ("1210", "LU", "L-1210", "LU", True),
        ("L-1210", "LU", "L-1210", "LU", True),
        ("500", "AD", "AD500", "AD", True),
        ("〒100-0001", "JP", "100-0001", "JP", True),
        ("cr01", "BM", "CR 01", "BM", True),
        ("01002 CEDEX", "FR", "01002 CEDEX", "FR", True),
        ("FL-9490", "LI", "9490", "LI", True),
    ],
)
def test_a_code_is_found_however_it_is_written(
    postal: Postal, code: str, country: str, found: str, land: str, exact: bool
) -> None:
    answer = postal.get(code, country)
    assert (answer.code, answer.country_code, answer.exact) == (found, land, exact)


@pytest.mark.parametrize(
    ("code", "country", "error", "message"),
    [
        ("7501", "FR", ValueError, "'7501' is not in the form of the postal codes of FR. Give one such as 01000"),
        ("", "DE", ValueError, "'' is not in the form of the postal codes of DE. Give one such as 10115"),
        ("9" * 400, "DE", ValueError, f"'{'9' * 40}' is not in the form of the postal codes of DE."),
        ("99999", "FR", LookupError, "The data has no postal code '99999' of FR. Search for the place by its name"),
        ("ZZ9 9ZZ", "GB", LookupError, "The data has no postal code 'ZZ9 9ZZ' of GB."),
        ("00100", "KE", LookupError, "The data has no postal codes of KE. Search for the place by its name"),
    ],
)
def test_what_is_not_there_is_told_apart_from_what_cannot_be(
    postal: Postal, code: str, country: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        postal.get(code, country)
    assert str(raised.value).startswith(message)


def test_a_code_without_a_country_is_found_in_all_that_have_it_the_most_populous_first(postal: Postal) -> None:
    assert [(hit.name, hit.country_code) for hit in postal.find("75001")] == [
        ("75001", "US"), ("75001", "FR"), ("75-001", "PL")
    ]  # fmt: skip
    assert [hit.country_code for hit in postal.find("75001", "FR")] == ["FR"]
    assert [hit.country_code for hit in postal.find("75001", limit=1)] == ["US"]


def test_a_hit_tells_all_that_a_search_shows(postal: Postal) -> None:
    assert postal.find("D-10115") == [
        PostalHit(
            kind="postal_code", name="10115", code="10115", locality="Berlin", country_code="DE", latitude=52.5323,
            longitude=13.3846, admin1="Berlin", admin1_code="DE-BE", admin2=None, timezone="Europe/Berlin", exact=True,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("SW1A 1AA", [("SW1A", False)]),
        ("K1A 0B1", [("K1A", False)]),
        ("1011 AB", [("1011", False)]),
        ("90210-1234", [("90210", False)]),
        ("Paris", []),
        ("", []),
        ("75001" * 90, []),
    ],
)
def test_the_beginning_of_a_code_is_found_where_its_form_cannot_be_mistaken(
    postal: Postal, code: str, found: list[tuple[str, bool]]
) -> None:
    assert [(hit.name, hit.exact) for hit in postal.find(code)] == found


@pytest.mark.parametrize(
    ("latitude", "longitude", "country", "code"),
    [
        (48.8566, 2.3522, "FR", "75004"),  # nearer to the point of the whole city, which tells no district
        (48.8738, 2.295, "FR", "75008"),
        (46.2057, 5.2258, "FR", "01000"),  # not that of a large receiver
        (38.7167, -9.1333, "PT", "1100-000"),  # all codes share the point: the first
        (43.7333, 7.4333, "MC", "98000"),
        (43.7333, 7.4333, "FR", None),
        (0.0, 0.0, "FR", None),
        (48.8566, 2.3522, "KE", None),
    ],
)
def test_the_nearest_code_is_of_the_same_country_and_within_20_km(
    postal: Postal, latitude: float, longitude: float, country: str, code: str | None
) -> None:
    assert postal.nearest(latitude, longitude, country) == code


def test_the_nearest_codes_of_many_points_are_those_of_each(postal: Postal, store: Path) -> None:
    places = open_store(store, Places)
    areas = {places.country_code(area): area for area in range(1, 260)}
    random = np.random.default_rng(1)
    latitude, longitude = random.normal(48.85, 0.2, 500), random.normal(2.35, 0.2, 500)
    countries = random.choice(["FR", "DE", "KE"], 500).tolist()
    numbers = np.array([areas[country] for country in countries])
    single = [postal.nearest(*asked) for asked in zip(latitude.tolist(), longitude.tolist(), countries, strict=True)]
    assert postal.nearest_many(latitude, longitude, numbers) == single
    assert {"75019", None} < set(single)


def names_of(hits: list[PostalHit]) -> list[tuple[str, str, str]]:
    return [(hit.name, hit.code, hit.country_code) for hit in hits]


def test_a_hamlet_is_found_by_its_name(postal: Postal) -> None:
    assert postal.localities(key(fold("Pickworth"))) == [
        PostalHit(
            kind="locality", name="Pickworth", code="NG34", locality="Pickworth", country_code="GB", latitude=52.8895,
            longitude=-0.4513, admin1="England", admin1_code="GB-ENG", admin2="Lincolnshire", timezone="Europe/London",
            exact=True,
        )
    ]  # fmt: skip
    assert names_of(postal.localities(key(fold("Pickworth")), "FR")) == []
    assert names_of(postal.localities(key(fold("no such hamlet")))) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Pozo del Chañar", [("Pozo del Chañar", "2435", "AR")]),  # without the remark, not in capitals
        ("Butrimonių", [("Butrimonių k.", "17014", "LT")]),  # "k." says that it is a village
        ("Andorra la Vella", []),  # a place
        ("Ang Mo Kio Avenue 4", []),  # a street
    ],
)
def test_localities_are_those_the_places_do_not_hold(
    postal: Postal, name: str, found: list[tuple[str, str, str]]
) -> None:
    assert names_of(postal.localities(key(fold(name)))) == found


def test_localities_of_one_name_near_one_another_are_one(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "codes.tsv"
    rows = [("1", "-31.00"), ("2", "-31.05"), ("3", "-31.10"), ("4", "-32.00")]  # 5.6 km apart, then 100 km
    path.write_text("".join(f"AR\t{code}\tLoma\t\t\t\t\t\t\t{latitude}\t-62\t\n" for code, latitude in rows))
    written(tmp_path, store, path)
    places = open_store(store, Places)
    found = open_store(tmp_path, lambda generation: Postal(generation, places)).localities("loma")
    assert [hit.latitude for hit in found] == [-31.1, -32.0]


def test_localities_are_completed_from_their_beginning(postal: Postal) -> None:
    assert ("Pickworth", "NG34", "GB") in names_of(postal.localities_starting("pickw"))
    assert names_of(postal.localities_starting("pickw", "FR")) == []
    assert len(postal.localities_starting("s", limit=3)) == 3


@pytest.mark.parametrize(
    ("name", "written_as"),
    [
        ("POZO DEL CHAJA", "Pozo del Chaja"),
        ("EL TIO", "El Tio"),
        ("Paris", "Paris"),
        ("La  Vega", "La Vega"),
        ("APO", "APO"),
        ("東京都千代田", "東京都千代田"),
    ],
)
def test_names_in_capitals_are_written_as_people_do(name: str, written_as: str) -> None:
    assert tidy(name) == written_as


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "codes.tsv is empty"),
        ("FR\t75001\tParis\n", "codes.tsv, line 1: not the 12 fields of a postal code"),
        ("FR\t75001\tParis\t\t\t\t\t\t\tnorth\t2.35\t\n", "codes.tsv, line 1: not the 12 fields of a postal code"),
        ("FR\t75001\tParis\t\t\t\t\t\t\t148.85\t2.35\t\n", "codes.tsv, line 1: not the 12 fields of a postal code"),
        ("FR\t75001\tParis\t\t\t\t\t\t\tinf\t2.35\t\n", "codes.tsv, line 1: not the 12 fields of a postal code"),
        ("FR\t75001\tParis\t\t\t\t\t\t\tnan\t2.35\t\n", "codes.tsv, line 1: not the 12 fields of a postal code"),
        ("FR\t-\tParis\t\t\t\t\t\t\t48.85\t2.35\t\n", "The postal code '-' has not 1 to 11 letters and digits"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, store: Path, rows: str, message: str) -> None:
    path = tmp_path / "codes.tsv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(BuildError, match=f"^{message}"):
        written(tmp_path, store, path)


def test_a_code_across_the_180th_meridian_lies_between_its_localities(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "codes.tsv"
    path.write_text("FJ\t1\tEast\t\t\t\t\t\t\t-17\t-179.8\t\nFJ\t1\tWest\t\t\t\t\t\t\t-17\t179.6\t\n", encoding="utf-8")
    written(tmp_path, store, path)
    places = open_store(store, Places)
    found = open_store(tmp_path, lambda generation: Postal(generation, places)).get("1", "FJ")
    assert (found.latitude, found.longitude) == (-17.0, 179.9)


@pytest.mark.fulldata
def test_the_codes_of_the_world_are_where_they_should_be(world: Geolocation) -> None:
    try:
        paris = world.postal("75011", "FR")
    except PartMissingError as error:
        pytest.skip(str(error))
    assert (paris.latitude, paris.longitude) == (48.8574, 2.3795)
    assert [world.postal(code, country).places[0].name for code, country in (("D-10115", "DE"), ("90210", "US"))] == [
        "Berlin",
        "Beverly Hills",
    ]
    assert world.reverse(48.8566, 2.3522).postal_code == "75004"
    assert world.about().counts.postal_codes == 890_082
