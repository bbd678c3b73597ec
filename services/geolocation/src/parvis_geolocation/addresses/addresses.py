"""What is known of an internet address: country, city, network and who announces it.

The rule: of three sets of data that name the country, two say where a network is used and one where it is registered.
A set that differs from the registration knows better than one that repeats it. The city counts only when its country
is that of the answer. A city that is one of our places, by name and within `SAME_PLACE_KM`, has its names, region and
time zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final, Literal, cast

import maxminddb

from ..places import Places
from ..points.distance import distance_and_bearing
from ..storage.store import Generation
from ..values.address import Agreement, IPAddress
from ..values.source import SourceKey
from .special import kind_of

SAME_PLACE_KM: Final = 50.0
"""Kilometres within which a city and a place of the same name are one: a city may be given anywhere in its district."""

_CITIES: Final = "dbip-city"
_NETWORKS: Final = "origin-asn"
_USERS: Final = "user-country"
_REGISTRIES: Final = "iptoasn-country"
"""Measured on 21,909 IPv4 and 5,412 IPv6 networks of five clouds that publish where each one is, the rule names the
right country for 97.4 % and 95.4 %; the cities alone do for 95.8 % and 95.5 %, the users alone for 61.4 % and 36.6 %,
the registries for 32.6 % and 23.5 %, and what most of the three say is right for 60.3 % and 37.0 %."""

_CACHED_CITIES: Final = 16_384

_IP_ONLY: Final[tuple[SourceKey, ...]] = ("ip",)
_IP_AND_PLACE: Final[tuple[SourceKey, ...]] = ("ip", "geonames")


class Addresses:
    """The databases of internet addresses, memory-mapped.

    They may be asked by any number of threads at the same time.
    """

    __slots__ = ("_cities", "_country_name", "_named", "_networks", "_place_of", "_places", "_timezone_at", "_voters")

    def __init__(
        self,
        generation: Generation,
        places: Places,
        named: Callable[[str], Iterable[int]],
        country_name: Callable[[str, int], str],
        timezone_at: Callable[[float, float], str],
    ) -> None:
        """Map the databases of a generation of the part.

        Args:
            generation: The generation.
            places: All places.
            named: Gives the ranks of the places that have this name, the best known first.
            country_name: Gives the name of a country by its alpha-2 code and the number of a language; raises
                KeyError when there is no such country.
            timezone_at: Gives the name of the time zone of a point; raises LookupError when there is none.

        Raises:
            StoreDamagedError: When a database cannot be read.
        """
        self._places = places
        self._named = named
        self._country_name = country_name
        self._timezone_at = timezone_at
        self._cities = _open(generation, _CITIES).get_with_prefix_len
        self._networks = _open(generation, _NETWORKS).get_with_prefix_len
        self._voters = [(name, _open(generation, name).get_with_prefix_len) for name in (_USERS, _REGISTRIES)]
        self._place_of = lru_cache(_CACHED_CITIES)(self._find_place)

    def look_up(self, address: str, language: int = 0) -> IPAddress:
        """What is known of an address, with names in this language.

        Raises:
            ValueError: When it is no address.
        """
        ip = parse(address)
        text = str(ip)
        kind = kind_of(ip)
        if kind != "public":
            return _nowhere(text, ip.version, kind)
        bits = 0
        countries: dict[str, str] = {}
        for name, database in self._voters:
            record, length = database(text)
            if record is not None:
                countries[name] = cast(Any, record)["country_code"]
                bits = max(bits, length)
        city, length = cast("tuple[Any, int]", self._cities(text))
        if city is not None:
            bits = max(bits, length)
            if "country" in city:
                countries[_CITIES] = city["country"]["iso_code"]
        system, length = cast("tuple[Any, int]", self._networks(text))
        if system is not None:
            bits = max(bits, length)
        else:
            system = {}
        named = list(countries.values())
        country = _country(countries.get(_CITIES), countries.get(_USERS), countries.get(_REGISTRIES))
        where = self._where(city, language) if city is not None and countries.get(_CITIES) == country else _UNKNOWN
        place_id = where["place_id"]
        return IPAddress(
            address=text,
            version=ip.version,
            kind=kind,
            network=_network(ip, bits) if bits else None,
            country_code=country,
            country=self._name(country, language) if country else None,
            **where,
            asn=system.get("autonomous_system_number"),
            organisation=system.get("autonomous_system_organization"),
            agreement=Agreement(agree=named.count(cast(str, country)), asked=len(named), countries=countries)
            if named
            else None,
            sources=_IP_ONLY if place_id is None else _IP_AND_PLACE,
        )

    def _where(self, city: Any, language: int) -> dict[str, Any]:
        """What the record of a city tells, in the terms of our places where it is one of them."""
        regions = city.get("subdivisions")
        region = regions[0]["names"]["en"] if regions else None
        name = city["city"]["names"]["en"].partition("(")[0].strip() if "city" in city else None
        location = city.get("location")
        if location is None:
            return {**_UNKNOWN, "region": region, "city": name}
        latitude, longitude = location["latitude"], location["longitude"]
        rank = self._place_of(name, city["country"]["iso_code"], latitude, longitude) if name else None
        if rank is None:
            timezone, place_id = self._timezone(latitude, longitude), None
        else:
            place = self._places.fields(rank, language)
            name, timezone, place_id = place["name"], place["timezone"], place["id"]
            region = place["admin1"] or region
        return {
            "region": region,
            "city": name,
            "latitude": latitude,
            "longitude": longitude,
            "place_id": place_id,
            "timezone": timezone,
        }

    def _timezone(self, latitude: float, longitude: float) -> str | None:
        try:
            return self._timezone_at(latitude, longitude)
        except LookupError:
            return None

    def _name(self, country: str, language: int) -> str | None:
        try:
            return self._country_name(country, language)
        except KeyError:
            return None

    def _find_place(self, name: str, country: str, latitude: float, longitude: float) -> int | None:
        places = self._places
        for rank in self._named(name):
            if places.country_code(places.entries.countries[rank]) == country:
                distance, _ = distance_and_bearing((latitude, longitude), places.coordinates(rank))
                if distance <= SAME_PLACE_KM:
                    return rank
        return None


_UNKNOWN: Final[dict[str, Any]] = dict.fromkeys(("region", "city", "latitude", "longitude", "place_id", "timezone"))


def parse(address: str) -> IPv4Address | IPv6Address:
    """The address a text stands for; the IPv4 address for one that is mapped into IPv6 (RFC 4291, section 2.5.5.2).

    Raises:
        ValueError: When it stands for none.
    """
    text = address.strip()
    try:
        ip = ip_address(text)
    except ValueError:
        raise ValueError(
            f"{address[:60]!r} is no internet address. Give one IPv4 or IPv6 address, such as 192.0.2.1 or 2001:db8::1"
        ) from None
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            raise ValueError(f"{address[:60]!r} names a network interface after %. Give the address alone")
        return ip.ipv4_mapped or ip
    return ip


def _country(of_city: str | None, of_users: str | None, registered: str | None) -> str | None:
    """The country of an address, of those that the sets of data name."""
    if of_city is None or (of_users is not None and registered in (None, of_city)):
        return of_users or of_city or registered
    return of_city


def _open(generation: Generation, name: str) -> maxminddb.Reader:
    path = generation.path(f"{name}.mmdb")
    try:
        return maxminddb.open_database(path)
    except maxminddb.InvalidDatabaseError as error:
        raise generation.damaged(f"{path.name} cannot be read ({error})") from error


def _network(ip: IPv4Address | IPv6Address, bits: int) -> str:
    host = ip.max_prefixlen - bits
    return f"{type(ip)(int(ip) >> host << host)}/{bits}"


def _nowhere(text: str, version: Literal[4, 6], kind: Any) -> IPAddress:
    return IPAddress(
        address=text,
        version=version,
        kind=kind,
        network=None,
        country_code=None,
        country=None,
        **_UNKNOWN,
        asn=None,
        organisation=None,
        agreement=None,
        sources=(),
    )
