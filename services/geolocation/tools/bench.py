"""How long answers take, beside other libraries that do the same work in the same run.

    pip install reverse-geocode reverse_geocoder localis
    python tools/bench.py [STORE]

The rule: peers answer the same questions, one after the other in one process on one core, and what counts is the ratio
of the middles; a peer that is not installed is left out, and said so. Questions are drawn from the places of the store
by a fixed seed. Times are of `Geolocation` itself: with the checks of arguments and the making of answers.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address
from typing import Any, Final

COUNT: Final = 10_000
WARM: Final = 500
"""Questions answered before the clock runs, so that what is mapped from the disk is in memory."""
LARGEST: Final = 50_000
"""Places that questions are drawn from, the most populous of the world."""
ADDRESS_SPACE: Final = 1 << 32

Question = tuple[Any, ...]


def main(store: str | None) -> None:
    """Print a line for each subject and each of its peers."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    from parvis_geolocation import Geolocation

    chance = random.Random(7)
    begun = time.perf_counter()
    with Geolocation(store) as geolocation:
        print(f"{'open':<26} {(time.perf_counter() - begun) * 1000:.0f} ms")
        names, points = _places(geolocation, chance)
        ours = _ours(geolocation, names, points, chance)
        print(f"{'resident, all but peers':<26} {_resident():.0f} MB")
        _peers(ours, names, points, chance)
        _addresses(geolocation, store, chance)
        _batches(geolocation, points)


def _places(geolocation: Any, chance: random.Random) -> tuple[list[tuple[str, str]], list[tuple[float, float]]]:
    """Names with their countries, and points near places."""
    places = geolocation._content.places
    names, points = [], []
    for rank in (chance.randrange(LARGEST) for _ in range(COUNT)):
        place = places.place(rank)
        names.append((place.name, place.country))
        latitude, longitude = place.latitude + chance.gauss(0, 0.05), place.longitude + chance.gauss(0, 0.05)
        points.append((min(90.0, max(-90.0, latitude)), min(180.0, max(-180.0, longitude))))
    return names, points


def _ours(
    geolocation: Any, names: list[tuple[str, str]], points: list[tuple[float, float]], chance: random.Random
) -> dict[str, list[float]]:
    long = [name for name, _ in names if len(name) >= 4]
    begun = [(name[: chance.randint(2, len(name))],) for name in long]
    subjects: dict[str, tuple[Callable[..., object], Sequence[Question]]] = {
        "search, name": (geolocation.search, [(name,) for name, _ in names]),
        "search, name and country": (geolocation.search, [(f"{name}, {country}",) for name, country in names]),
        "search, typing error": (geolocation.search, [(_mistyped(name, chance),) for name in long]),
        "autocomplete, 3 letters": (geolocation.autocomplete, [(name[:3],) for name, _ in names]),
        "autocomplete, any length": (geolocation.autocomplete, begun),
        "reverse": (geolocation.reverse, points),
        "nearby": (geolocation.nearby, points),
        "timezone": (geolocation.timezone, points),
    }
    taken = {name: _times(answer, questions) for name, (answer, questions) in subjects.items()}
    for name, each in taken.items():
        _print(name, each)
    return taken


def _peers(
    ours: dict[str, list[float]],
    names: list[tuple[str, str]],
    points: list[tuple[float, float]],
    chance: random.Random,
) -> None:
    if localis := _peer("localis"):
        found = localis.cities.search
        long = [name for name, _ in names if len(name) >= 4][:1000]
        _print("  localis, name", _times(found, [(name,) for name in long], 20), ours["search, name"])
        mistyped = _times(found, [(_mistyped(name, chance),) for name in long], 20)
        _print("  localis, typing error", mistyped, ours["search, typing error"])
    if reverse_geocode := _peer("reverse_geocode"):
        _print("  reverse_geocode", _times(lambda *point: reverse_geocode.get(point), points), ours["reverse"])
    if reverse_geocoder := _peer("reverse_geocoder"):
        of_one = reverse_geocoder.RGeocoder(mode=1, verbose=False)
        _print("  reverse_geocoder", _times(lambda *point: of_one.query([point]), points), ours["reverse"])
    if timezonefinder := _peer("timezonefinder"):
        finder = timezonefinder.TimezoneFinder(in_memory=True)
        named = _times(lambda latitude, longitude: finder.timezone_at(lat=latitude, lng=longitude), points)
        _print("  timezonefinder, name only", named, ours["timezone"])


def _addresses(geolocation: Any, store: str | None, chance: random.Random) -> None:
    from parvis_geolocation.addresses.special import kind_of
    from parvis_geolocation.storage.store import directory_of, locate, open_store

    drawn = (IPv4Address(chance.randrange(ADDRESS_SPACE)) for _ in range(4 * COUNT))
    public = [(str(address),) for address in drawn if kind_of(address) == "public"][:COUNT]
    answered = _times(geolocation.ip, public)
    _print("ip, IPv4", answered)
    path = open_store(directory_of(locate(store), "ip"), lambda generation: generation.path("dbip-city.mmdb"))
    if maxminddb := _peer("maxminddb"):
        with maxminddb.open_database(path) as cities:
            _print("  maxminddb, city only", _times(cities.get, public), answered)
    codes = [(f"{chance.randrange(100, 9600) * 10:05}", "FR") for _ in range(COUNT)]
    _print("postal", _times(_forgiving(geolocation.postal), codes))


def _batches(geolocation: Any, points: list[tuple[float, float]]) -> None:
    many = points * 10
    ours = _rate(lambda: geolocation.reverse_many(many), len(many))
    print(f"{'reverse_many':<26} {ours:>9,.0f} points a second")
    if reverse_geocoder := _peer("reverse_geocoder"):
        of_many = reverse_geocoder.RGeocoder(mode=1, verbose=False)
        theirs = _rate(lambda: of_many.query(many), len(many))
        print(f"{'  reverse_geocoder':<26} {theirs:>9,.0f} points a second, name of the nearest city only")
    if reverse_geocode := _peer("reverse_geocode"):
        theirs = _rate(lambda: reverse_geocode.search(many), len(many))
        print(f"{'  reverse_geocode':<26} {theirs:>9,.0f} points a second, nearest city only")


def _peer(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"  {name} is not installed: left out")
        return None


def _forgiving(answer: Callable[..., object]) -> Callable[..., None]:
    def asked(*question: object) -> None:
        with contextlib.suppress(LookupError):
            answer(*question)

    return asked


def _mistyped(name: str, chance: random.Random) -> str:
    at = chance.randrange(len(name) - 1)
    edits = (
        name[:at] + name[at + 1 :],
        name[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + name[at:],
        name[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    )
    return chance.choice(edits)


def _times(answer: Callable[..., object], questions: Sequence[Question], warm: int = WARM) -> list[float]:
    """Microseconds for each question, sorted."""
    for question in questions[:warm]:
        answer(*question)
    taken = []
    for question in questions:
        begun = time.perf_counter_ns()
        answer(*question)
        taken.append((time.perf_counter_ns() - begun) / 1000)
    return sorted(taken)


def _rate(answer: Callable[[], Iterable[object]], count: int) -> float:
    best = 0.0
    for _ in range(3):
        begun = time.perf_counter()
        for _ in answer():
            pass
        best = max(best, count / (time.perf_counter() - begun))
    return best


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _print(name: str, taken: list[float], ours: list[float] | None = None) -> None:
    middle, high = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    ratio = f"   {middle / ours[len(ours) // 2]:8.2f} times ours" if ours else ""
    print(f"{name:<26} p50 {middle:9.1f} µs   p99 {high:10.1f} µs{ratio}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
