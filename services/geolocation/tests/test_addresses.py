from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from parvis_geolocation import Geolocation
from parvis_geolocation.addresses.addresses import Addresses, _country, parse
from parvis_geolocation.addresses.detector import write_ip
from parvis_geolocation.build import quiet
from parvis_geolocation.errors import PartMissingError, StoreDamagedError
from parvis_geolocation.places import Places
from parvis_geolocation.search.search import Search
from parvis_geolocation.sources import Inputs
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import Generation, open_store
from parvis_geolocation.values import Agreement, IPAddress

DATA = Path(__file__).parent / "data"
FILES = {
    "manifest": "MANIFEST.json",
    "dbip-city": "dbip-city-lite.mmdb.bz",
    "origin-asn": "origin-asn.mmdb.bz",
    "iptoasn-country": "iptoasn-country.mmdb.bz",
    "user-country": "user-country.mmdb.bz",
}
NAMES = {"AU": "Australia", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "NL": "Netherlands"}


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("ip")
    files = {role: DATA / name for role, name in FILES.items()}
    draft = Draft(directory)
    write_ip(draft, directory, Inputs(part="ip", files=files, versions={}, missing=(), published=False), quiet)
    draft.publish({})
    return directory


@pytest.fixture(scope="module")
def addresses(part: Path, store: Path) -> Addresses:
    def opened(generation: Generation) -> tuple[Places, Search]:
        places = Places(generation)
        return places, Search(generation, places)

    places, search = open_store(store, opened)

    def timezone_at(latitude: float, longitude: float) -> str:
        raise LookupError("no zone")

    return open_store(
        part, lambda generation: Addresses(generation, places, search.named, lambda code, _: NAMES[code], timezone_at)
    )


def test_an_address_has_its_country_city_network_and_who_announces_it(addresses: Addresses) -> None:
    expected = IPAddress(
        address="2a01:e0a::1",
        version=6,
        kind="public",
        network="2a01:e0a::/47",
        country_code="FR",
        country="France",
        region="Île-de-France",
        city="Paris",
        latitude=48.8575,
        longitude=2.35138,
        place_id=2988507,
        timezone="Europe/Paris",
        asn=12322,
        organisation="Free SAS",
        agreement=Agreement(
            agree=3, asked=3, countries={"user-country": "FR", "iptoasn-country": "FR", "dbip-city": "FR"}
        ),
        sources=("ip", "geonames"),
    )
    assert addresses.look_up("2a01:e0a::1") == expected


@pytest.mark.parametrize(
    ("of_city", "of_users", "registered", "country"),
    [
        ("FR", "FR", "FR", "FR"),
        ("SG", "US", "US", "SG"),  # a network of a firm of the United States, used in Singapore
        ("US", "DE", "US", "DE"),
        ("IN", "IE", "US", "IN"),
        ("SE", "GB", None, "GB"),
        ("SE", None, "GB", "SE"),
        (None, "GB", "US", "GB"),
        (None, None, "US", "US"),
        (None, None, None, None),
    ],
)
def test_a_set_of_data_that_differs_from_the_registration_knows_better(
    of_city: str | None, of_users: str | None, registered: str | None, country: str | None
) -> None:
    assert _country(of_city, of_users, registered) == country


def test_the_agreement_tells_how_many_sets_of_data_name_the_country(addresses: Addresses) -> None:
    found = addresses.look_up("1.1.1.1")
    assert found.agreement is not None
    assert (found.country_code, found.city, found.agreement.agree, found.agreement.asked) == ("AU", "Sydney", 2, 3)
    assert found.agreement.countries["iptoasn-country"] == "US"


def test_one_set_of_data_alone_may_name_the_country(addresses: Addresses) -> None:
    found = addresses.look_up("2001:4860:4860::8888")
    assert found.agreement is not None
    assert (found.country_code, found.agreement.agree, found.agreement.asked) == ("CA", 1, 3)
    assert (found.asn, found.organisation) == (15169, "Google LLC")


def test_the_district_in_brackets_is_no_part_of_the_name_of_a_city(addresses: Addresses) -> None:
    found = addresses.look_up("5.6.7.8")
    assert (found.place_id, found.network) == (2867714, "5.6.0.0/16")


def test_a_city_that_is_no_place_of_ours_keeps_its_own_name_and_region(addresses: Addresses) -> None:
    found = addresses.look_up("193.0.6.139")  # the extract does not hold Amsterdam
    assert (found.city, found.region, found.place_id, found.timezone) == ("Amsterdam", "North Holland", None, None)
    assert (found.latitude, found.sources) == (52.3717, ("ip",))


def test_a_country_that_has_no_name_is_still_named_by_its_code(addresses: Addresses) -> None:
    found = addresses.look_up("8.8.8.8")
    assert (found.country_code, found.country) == ("US", None)


@pytest.mark.parametrize("address", ["::ffff:5.6.7.8", " 5.6.7.8 ", "::FFFF:506:708"])
def test_an_ipv4_address_is_found_however_it_is_written(addresses: Addresses, address: str) -> None:
    assert addresses.look_up(address) == addresses.look_up("5.6.7.8")


def test_an_ipv6_address_is_given_in_its_canonical_form(addresses: Addresses) -> None:
    assert addresses.look_up("2A01:0E0A:0000::0001").address == "2a01:e0a::1"


def test_an_address_that_is_not_public_has_a_kind_and_nothing_else(addresses: Addresses) -> None:
    found = addresses.look_up("192.168.1.1")
    told = {name for name in IPAddress.__dataclass_fields__ if getattr(found, name) not in (None, ())}
    assert (found.kind, told) == ("private", {"address", "version", "kind"})


def test_a_public_address_that_no_set_of_data_holds_has_no_country(addresses: Addresses) -> None:
    found = addresses.look_up("200.1.1.1")
    assert (found.kind, found.country_code, found.network, found.agreement) == ("public", None, None, None)


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/24", "1.2.3.4:80", "[::1]", "::1::", "x" * 500]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no internet address\. Give one IPv4 or IPv6 address"):
        parse(text)


def test_an_address_with_a_network_interface_is_refused() -> None:
    with pytest.raises(ValueError, match=r"names a network interface after %\. Give the address alone"):
        parse("fe80::1%eth0")


def test_many_threads_may_ask_at_the_same_time(addresses: Addresses) -> None:
    asked = ["1.1.1.1", "5.6.7.8", "2a01:e0a::1", "10.0.0.1"] * 250
    expected = [addresses.look_up(address) for address in asked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(addresses.look_up, asked)) == expected


def test_a_database_that_cannot_be_read_means_a_damaged_store(tmp_path: Path, store: Path) -> None:
    draft = Draft(tmp_path)
    with draft.file("dbip-city.mmdb") as path:
        path.write_bytes(b"nothing")
    draft.publish({})
    places = open_store(store, Places)
    with pytest.raises(StoreDamagedError, match=r"dbip-city\.mmdb cannot be read"):
        open_store(
            tmp_path,
            lambda generation: Addresses(generation, places, lambda _: [], lambda code, _: code, lambda *_: ""),
        )


@pytest.mark.fulldata
@pytest.mark.parametrize(
    ("address", "country", "asn"),
    [
        ("1.1.1.1", "AU", 13335),
        ("8.8.8.8", "US", 15169),
        ("20.205.243.166", "SG", 8075),
        ("193.0.6.139", "NL", 3333),
        ("129.132.19.216", "CH", 559),
        ("200.160.2.3", "BR", 22548),
        ("168.126.63.1", "KR", 4766),
    ],
)
def test_well_known_addresses_are_where_they_should_be(
    world: Geolocation, address: str, country: str, asn: int
) -> None:
    try:
        found = world.ip(address)
    except PartMissingError as error:
        pytest.skip(str(error))
    assert (found.country_code, found.asn) == (country, asn)
