"""How long an answer on an internet address takes, beside what its databases take alone; and a postal code.

    python tools/bench_addresses.py [STORE]

The rule: peers answer the same questions in the same run, and what counts is the ratio. The peer of `ip` is maxminddb
reading the set of cities only, as an application does that wants no more than city and country.
"""

from __future__ import annotations

import contextlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import maxminddb

from parvis_geolocation import Geolocation
from parvis_geolocation.special import kind_of
from parvis_geolocation.store import directory_of, locate, open_store

COUNT: Final = 20_000
# The first sixteen bits of some blocks that registries have given out.
_IPV6: Final = (0x2001, 0x2400, 0x2409, 0x240E, 0x2600, 0x2607, 0x2800, 0x2804, 0x2A00, 0x2A02, 0x2C00)


def main(store: str | None) -> None:
    """Print a line for each subject."""
    chance = random.Random(1)
    four = [str(address) for address in _public(lambda: IPv4Address(chance.getrandbits(32)))]
    six = [
        str(address) for address in _public(lambda: IPv6Address(chance.choice(_IPV6) << 112 | chance.getrandbits(112)))
    ]
    path = open_store(directory_of(locate(store), "ip"), lambda generation: generation.path("dbip-city.mmdb"))
    with Geolocation(store) as geolocation, maxminddb.open_database(path) as cities:
        for name, addresses in (("IPv4", four), ("IPv6", six)):
            alone = _times(cities.get, addresses)
            _print(f"maxminddb, city, {name}", alone, None)
            _print(f"ip, {name}", _times(geolocation.ip, addresses), alone)
        codes = [f"{number:05}" for number in chance.choices(range(1000, 100_000, 10), k=COUNT)]
        _print("postal, FR", _times(lambda code: _postal(geolocation, code), codes), None)


def _postal(geolocation: Geolocation, code: str) -> None:
    with contextlib.suppress(LookupError):
        geolocation.postal(code, "FR")


def _public(draw: Callable[[], IPv4Address | IPv6Address]) -> list[IPv4Address | IPv6Address]:
    found: list[IPv4Address | IPv6Address] = []
    while len(found) < COUNT:
        if kind_of(address := draw()) == "public":
            found.append(address)
    return found


def _times(answer: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Seconds for each question, sorted."""
    seconds = []
    for question in questions:
        begun = time.perf_counter()
        answer(question)
        seconds.append(time.perf_counter() - begun)
    return sorted(seconds)


def _print(name: str, seconds: list[float], peer: list[float] | None) -> None:
    middle, high = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100]
    ratio = f"{middle / peer[len(peer) // 2]:6.1f} times the peer" if peer else ""
    print(f"{name:<24} p50 {middle * 1e6:7.1f} µs  p99 {high * 1e6:8.1f} µs  {ratio}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
