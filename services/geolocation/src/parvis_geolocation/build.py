"""Building a store: read the data packages once, fold, sort, write.

The steps, in order: take the lock; keep the store if it is current; read; fold; index; write; publish. Whatever
happens before `publish` returns, the store that was there answers as before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .draft import Draft, writing
from .errors import BuildError, StoreError
from .gazetteer import COORDINATE_SCALE, Gazetteer, read
from .hot import hot_prefixes
from .names import NameIndex
from .sources import Inputs
from .store import Generation, open_store
from .strings import StringTable

_FOLDING_STEP: Final = 5000


class Progress(Protocol):
    """Told of each step of a build; `done` out of `total` within the step."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did.

    Attributes:
        kept: Whether the store was current already, and nothing was written.
        counts: How much there is in the store.
        size: Bytes on disk.
        seconds: How long it took.
    """

    kept: bool
    counts: dict[str, int]
    size: int
    seconds: float


def quiet(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def build(
    store: Path,
    inputs: Inputs,
    *,
    force: bool = False,
    progress: Progress = quiet,
    waiting: Callable[[], None] = lambda: None,
) -> Built:
    """Build the store, or keep it when it is current and whole.

    Args:
        store: Directory of the store; made when it is not there.
        inputs: The files to build from.
        force: Build even when the store is current.
        progress: Told of each step.
        waiting: Called when another build of this store is under way, before waiting for it.

    Raises:
        BuildError: When the data is not what this version reads, or the store cannot be written.
    """
    begun = time.monotonic()
    with writing(store, waiting):
        if not force and (kept := whole(store, inputs.fingerprint)):
            return Built(True, kept.manifest["counts"], kept.size, time.monotonic() - begun)
        try:
            counts = _build(store, inputs, progress)
        except OSError as error:
            raise BuildError(
                f"The store in {store} could not be built: {error}. The store that was there, if any, is as it was"
            ) from error
        size = open_store(store, lambda generation: generation.size)
        return Built(False, counts, size, time.monotonic() - begun)


def whole(store: Path, fingerprint: dict[str, Any] | None = None) -> Generation | None:
    """The generation in place, if every byte of it is whole and, where one is given, its data has this fingerprint."""
    try:
        generation = open_store(store, lambda generation: generation)
        if fingerprint is not None and generation.manifest["fingerprint"] != fingerprint:
            return None
        generation.verify()
    except (StoreError, KeyError):
        return None
    return generation


def _build(store: Path, inputs: Inputs, progress: Progress) -> dict[str, int]:
    draft = Draft(store)
    try:
        counts = _write(draft, inputs, progress)
        progress("publish", 0, 1)
        built_at = datetime.now(UTC).isoformat(timespec="seconds")
        sources = inputs.sources()
        draft.publish({"fingerprint": inputs.fingerprint, "built_at": built_at, "counts": counts, "sources": sources})
        progress("publish", 1, 1)
    finally:
        draft.discard()
    return counts


def _write(draft: Draft, inputs: Inputs, progress: Progress) -> dict[str, int]:
    progress("read", 0, 1)
    gazetteer = read(inputs)
    progress("read", 1, 1)

    pairs: list[tuple[str, int]] = []
    total = len(gazetteer.places)
    for rank in range(total):
        if rank % _FOLDING_STEP == 0:
            progress("fold", rank, total)
        pairs += [(name, rank) for name in gazetteer.folded_names(rank)]
    progress("fold", total, total)

    progress("index", 0, 3)
    names = NameIndex.of(pairs)
    del pairs
    progress("index", 1, 3)
    areas = np.array(gazetteer.place_areas, dtype=np.uint32)
    codes = ["", *(country["iso"] for country in gazetteer.countries)]
    hot = hot_prefixes(names, areas[:, 0], codes)
    progress("index", 2, 3)
    contexts = NameIndex.of(gazetteer.area_aliases)
    progress("index", 3, 3)

    progress("write", 0, 1)
    draft.index("names", names)
    draft.index("hot", hot)
    draft.index("contexts", contexts)
    timezones = _write_places(draft, gazetteer, areas)
    progress("write", 1, 1)
    return {
        "places": total,
        "names": len(names),
        "countries": len(gazetteer.countries),
        "subdivisions": len(gazetteer.area_names) - 1 - len(gazetteer.countries),
        "timezones": timezones,
    }


def _write_places(draft: Draft, gazetteer: Gazetteer, areas: NDArray[np.uint32]) -> int:
    places = gazetteer.places
    timezones = sorted({place["timezone"] for place in places})
    numbers = {name: number for number, name in enumerate(timezones)}
    latitude = np.array([place["latitude"] for place in places])
    longitude = np.array([place["longitude"] for place in places])
    draft.array("place.id", np.array([place["geonameid"] for place in places], dtype=np.uint32))
    draft.array("place.population", np.array([place["population"] for place in places], dtype=np.uint32))
    draft.array("place.latitude", np.rint(latitude * COORDINATE_SCALE).astype(np.int32))
    draft.array("place.longitude", np.rint(longitude * COORDINATE_SCALE).astype(np.int32))
    draft.array("place.timezone", np.array([numbers[place["timezone"]] for place in places], dtype=np.uint16))
    draft.array("place.areas", areas)
    draft.strings("place.name", StringTable.of([place["name"] for place in places]))
    draft.array("place.point", unit_vectors(latitude, longitude))
    draft.strings("area.name", StringTable.of(gazetteer.area_names))
    draft.table("countries", gazetteer.countries)
    draft.table("timezones", timezones)
    return len(timezones)


def unit_vectors(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the unit sphere: straight distances between them order as great-circle distances do."""
    phi, lam = latitude * (math.pi / 180), longitude * (math.pi / 180)
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
