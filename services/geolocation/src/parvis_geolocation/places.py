"""The places of a store, by rank: columns in, `Place` out."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from .gazetteer import COORDINATE_SCALE
from .store import Generation
from .strings import StringTable
from .values import Place


class PlaceFields(TypedDict):
    """The fields of a `Place`."""

    id: int
    name: str
    latitude: float
    longitude: float
    population: int
    country_code: str
    country: str
    admin1: str | None
    admin2: str | None
    timezone: str


class Places:
    """Columns of all places, mapped from the store; the number of a row is the rank of its place."""

    __slots__ = (
        "_area_names", "_area_numbers", "_countries", "_ids", "_latitude", "_longitude", "_names", "_populations",
        "_timezone_names", "_timezones", "areas", "countries", "points", "populations",
    )  # fmt: skip

    def __init__(self, generation: Generation) -> None:
        array = generation.array
        self.areas: NDArray[np.uint32] = array("place.areas")
        self.countries: NDArray[np.uint32] = np.ascontiguousarray(self.areas[:, 0])
        self.points: NDArray[np.float64] = array("place.point")
        self.populations: NDArray[np.uint32] = array("place.population")
        # Its memoryview gives a plain int for an index, several times faster than an array gives its own scalar.
        self._ids = array("place.id").data
        self._populations = self.populations.data
        self._latitude = array("place.latitude").data
        self._longitude = array("place.longitude").data
        self._timezones = array("place.timezone").data
        self._names = StringTable(array("place.name.blob"), array("place.name.starts"))
        self._area_names = StringTable(array("area.name.blob"), array("area.name.starts"))
        self._timezone_names: list[str] = generation.table("timezones")
        countries: list[dict[str, Any]] = generation.table("countries")
        self._countries = {row["area"]: (row["iso"], row["name"]) for row in countries}
        self._area_numbers = np.ascontiguousarray(self.areas).data
        rows = {len(column) for column in (self._ids, self._latitude, self._longitude, self._timezones, self._names)}
        if rows != {len(self.areas)} or {len(self.points), len(self.populations)} != rows:
            raise generation.damaged("its columns differ in length")

    def __len__(self) -> int:
        return len(self.areas)

    def coordinates(self, rank: int) -> tuple[float, float]:
        """Latitude and longitude, exactly as GeoNames has them."""
        return self._latitude[rank] / COORDINATE_SCALE, self._longitude[rank] / COORDINATE_SCALE

    def country_code(self, area: int) -> str | None:
        """The alpha-2 code of an area that is a country."""
        found = self._countries.get(area)
        return found[0] if found else None

    def fields(self, rank: int) -> PlaceFields:
        """What is known of the place of this rank."""
        areas = self._area_numbers
        admin1, admin2 = areas[rank, 1], areas[rank, 2]
        code, country = self._countries[areas[rank, 0]]
        area = self._area_names.text
        return {
            "id": self._ids[rank],
            "name": self._names.text(rank),
            "latitude": self._latitude[rank] / COORDINATE_SCALE,
            "longitude": self._longitude[rank] / COORDINATE_SCALE,
            "population": self._populations[rank],
            "country_code": code,
            "country": country,
            "admin1": area(admin1) if admin1 else None,
            "admin2": area(admin2) if admin2 else None,
            "timezone": self._timezone_names[self._timezones[rank]],
        }

    def place(self, rank: int) -> Place:
        """The place of this rank."""
        return Place(**self.fields(rank))
