"""What the page asks of the geolocation service, and what it makes of the answers.

One rule: the service is asked for what only it knows, and for nothing twice that does not change. The name of a city
stays; the time zone of a store stays until the clocks change next, which the answer tells. `geolocation` is the client
that `parvis.connect_async` gives: an object with the methods of the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from stores import State, Store, nearest

SHOWN: Final = 5
"""Stores of an answer."""


@dataclass(frozen=True)
class Where:
    """A place of the world. `id` is what the service knows it by, where it has a number."""

    id: int | None
    name: str
    area: str
    latitude: float
    longitude: float

    @property
    def label(self) -> str:
        return f"{self.name}, {self.area}" if self.area else self.name


@dataclass(frozen=True)
class Near:
    """A store as seen from a place. `bearing` is the direction in which it lies, in degrees clockwise from north."""

    store: Store
    city: str
    km: float
    bearing: float
    local: datetime
    state: State | None


@dataclass(frozen=True)
class Answer:
    """The stores near a place. `others` are the other places that were perhaps meant."""

    place: Where
    others: tuple[Where, ...]
    stores: tuple[Near, ...]


class NothingFound(Exception):
    """No place has that name, or the address tells none. `kind` is what the service calls such an address."""

    def __init__(self, asked: str, kind: str = "") -> None:
        super().__init__(asked)
        self.asked = asked
        self.kind = kind


class Locator:
    """Finds the stores near a place. `now` is the clock; another one makes tests of it."""

    def __init__(
        self, geolocation: Any, stores: Sequence[Store], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._geolocation = geolocation
        self._stores = stores
        self._now = now
        self._cities: dict[tuple[Store, str], str] = {}
        self._zones: dict[Store, Any] = {}

    async def by_text(self, text: str, language: str) -> Answer:
        """Near what a visitor typed. Raises :class:`NothingFound`."""
        try:
            found = await self._geolocation.search(text, limit=SHOWN, language=language)
        except ValueError:  # No letter in it, for one.
            found = []
        if not found:
            raise NothingFound(text)
        first, *others = [where(place) for place in found]
        # Two of one label, in different counties, cannot be told apart here: the better known one stands for both.
        by_label = {first.label: first}
        for place in others:
            by_label.setdefault(place.label, place)
        return Answer(first, tuple(by_label.values())[1:], await self._near(first, language))

    async def by_id(self, id: int, language: str) -> Answer:
        """Near a place that was chosen from a list. Raises :class:`NothingFound`."""
        try:
            place = where(await self._geolocation.place(id, language=language))
        except LookupError:
            raise NothingFound(str(id)) from None
        return Answer(place, (), await self._near(place, language))

    async def by_address(self, address: str, language: str) -> Answer:
        """Near the visitor's internet address. Raises :class:`NothingFound`."""
        try:
            found = await self._geolocation.ip(address, language=language)
        except (ValueError, NotImplementedError):  # No address at all, or a service that knows nothing of addresses.
            raise NothingFound(address, "public") from None
        if found.latitude is None or found.longitude is None:
            raise NothingFound(address, found.kind)
        names = [name for name in (found.city, found.region, found.country) if name]
        area = ", ".join(dict.fromkeys(names[1:]))
        place = Where(found.place_id, names[0] if names else address, area, found.latitude, found.longitude)
        return Answer(place, (), await self._near(place, language))

    async def suggest(self, text: str, language: str) -> list[Where]:
        """Places whose name begins with a text."""
        try:
            return [where(place) for place in await self._geolocation.autocomplete(text, limit=6, language=language)]
        except ValueError:
            return []

    async def _near(self, place: Where, language: str) -> tuple[Near, ...]:
        stores = nearest(self._stores, place.latitude, place.longitude, SHOWN)
        return tuple(await asyncio.gather(*(self._seen(store, place, language) for store in stores)))

    async def _seen(self, store: Store, place: Where, language: str) -> Near:
        way, city, local = await asyncio.gather(
            self._geolocation.distance(place.latitude, place.longitude, store.latitude, store.longitude),
            self._city(store, language),
            self._local(store),
        )
        return Near(store, city, way.km, way.bearing, local, store.state(local))

    async def _city(self, store: Store, language: str) -> str:
        """City and country of a store in a language: of the cities of that name, the one at the store."""
        if (store, language) not in self._cities:
            found = await self._geolocation.search(
                store.city, latitude=store.latitude, longitude=store.longitude, limit=1, language=language
            )
            names = (found[0].name, found[0].country) if found else (store.city,)
            self._cities[store, language] = ", ".join(dict.fromkeys(names))
        return self._cities[store, language]

    async def _local(self, store: Store) -> datetime:
        """What the clocks at a store show."""
        now = self._now()
        zone = self._zones.get(store)
        if zone is None or (zone.next_transition is not None and now >= zone.next_transition.at):
            zone = await self._geolocation.timezone(store.latitude, store.longitude, at=now)
            self._zones[store] = zone
        return now.astimezone(timezone(timedelta(seconds=zone.utc_offset), zone.abbreviation))


def where(place: Any) -> Where:
    """A place of the service, with the area that tells it from others of its name."""
    parts = (place.admin1, place.country)
    area = ", ".join(dict.fromkeys(part for part in parts if part and part != place.name))
    return Where(place.id, place.name, area, place.latitude, place.longitude)
