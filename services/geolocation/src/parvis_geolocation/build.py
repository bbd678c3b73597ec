"""Building a part of a store: read its data packages once, sort, write.

The steps, in order: take the lock; keep the part if it is current; check the files; read; index; write; publish.
Whatever happens before `publish` returns, the part that was there answers as before. The places are built first, since
the other parts look places up; those may be built while the places already answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from .addresses.detector import write_ip
from .errors import BuildError, StoreError
from .gazetteer import read
from .identifiers import write_identifiers
from .languages import tagged_names, write_languages
from .places import write_places
from .points.borders import write_borders
from .points.nearest import write_nearest
from .postal.build import write_postal
from .search.importance import feature_codes
from .search.index import write_names
from .sources import Inputs, PartName
from .storage.draft import Draft, writing
from .storage.store import Generation, directory_of, open_store


class Progress(Protocol):
    """Told of each step of a build; `done` out of `total` within the step."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did.

    Attributes:
        part: The part that was built.
        kept: Whether the part was current already, and nothing was written.
        counts: How much there is in it.
        size: Bytes on disk.
        seconds: How long it took.
    """

    part: PartName
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
    """Build a part of the store, or keep it when it is current and whole.

    Args:
        store: Directory of the store; made when it is not there.
        inputs: The files to build from, which tell the part.
        force: Build even when the part is current.
        progress: Told of each step.
        waiting: Called when another build of this part is under way, before waiting for it.

    Raises:
        BuildError: When the data is not what this version reads, or the store cannot be written.
    """
    begun = time.monotonic()
    part, directory = inputs.part, directory_of(store, inputs.part)
    with writing(directory, waiting):
        if not force and (kept := whole(directory, inputs.fingerprint)):
            return Built(part, True, kept.manifest["counts"], kept.size, time.monotonic() - begun)
        try:
            counts = _build(store, directory, inputs, progress)
        except OSError as error:
            raise BuildError(
                f"The store in {directory} could not be built: {error}. The store that was there, if any, is as it was"
            ) from error
        size = open_store(directory, lambda generation: generation.size)
        return Built(part, False, counts, size, time.monotonic() - begun)


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


def _build(store: Path, directory: Path, inputs: Inputs, progress: Progress) -> dict[str, int]:
    progress("check", 0, 1)
    inputs.check()
    progress("check", 1, 1)
    draft = Draft(directory)
    try:
        counts = _WRITERS[inputs.part](draft, store, inputs, progress)
        progress("publish", 0, 1)
        built_at = datetime.now(UTC).isoformat(timespec="seconds")
        draft.publish(
            {
                "fingerprint": inputs.fingerprint,
                "built_at": built_at,
                "counts": counts,
                "sources": inputs.sources(),
                "missing": inputs.missing,
            }
        )
        progress("publish", 1, 1)
    finally:
        draft.discard()
    return counts


def _write_places_part(draft: Draft, store: Path, inputs: Inputs, progress: Progress) -> dict[str, int]:
    progress("read", 0, 1)
    gazetteer = read(inputs)
    progress("read", 1, 1)

    codes = feature_codes(gazetteer)
    tagged = list(tagged_names())
    names = write_names(draft, gazetteer, codes, tagged, progress)

    progress("borders", 0, 1)
    write_borders(draft, gazetteer)
    write_nearest(draft, gazetteer)
    progress("borders", 1, 1)

    progress("write", 0, 1)
    timezones = write_places(draft, gazetteer, codes)
    known = {place["geonameid"] for place in gazetteer.places} | {area.id for area in gazetteer.areas}
    write_languages(draft, tagged, known, gazetteer.places)
    write_identifiers(draft, gazetteer)
    progress("write", 1, 1)
    return {
        "places": len(gazetteer.places),
        "names": names,
        "countries": len(gazetteer.countries),
        "subdivisions": len(gazetteer.areas) - 1 - len(gazetteer.countries),
        "timezones": timezones,
    }


_WRITERS: Final[dict[PartName, Callable[[Draft, Path, Inputs, Progress], dict[str, int]]]] = {
    "places": _write_places_part,
    "postal": write_postal,
    "ip": write_ip,
}
