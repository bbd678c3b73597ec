from __future__ import annotations

import hashlib
import io
import json
import struct
from pathlib import Path

import maxminddb
import pytest
from backports import zstd

from parvis_geolocation.addresses.detector import DATABASES, count_networks, unpacked, write_ip
from parvis_geolocation.build import quiet
from parvis_geolocation.errors import BuildError
from parvis_geolocation.sources import Inputs
from parvis_geolocation.storage.draft import Draft
from parvis_geolocation.storage.store import Generation, open_store

DATA = Path(__file__).parent / "data"
FILES = {name: DATA / (f"{name}-lite.mmdb.bz" if name == "dbip-city" else f"{name}.mmdb.bz") for name in DATABASES}


def inputs(**files: Path) -> Inputs:
    named = {name.replace("_", "-"): path for name, path in files.items()}
    found = {"manifest": DATA / "MANIFEST.json", **FILES, **named}
    return Inputs(part="ip", files=found, versions={}, missing=(), published=False)


def container(content: bytes, block: int = 100, magic: bytes = b"DETBLK01", lost: int = 0) -> bytes:
    blocks = [zstd.compress(content[at : at + block]) for at in range(0, len(content), block)]
    head = struct.pack(">8sIII", magic, block, len(blocks), len(content) + lost)
    return head + struct.pack(f">{len(blocks)}I", *map(len, blocks)) + b"".join(blocks)


def test_a_container_gives_back_what_was_packed() -> None:
    content = bytes(range(256)) * 5
    assert b"".join(unpacked(io.BytesIO(container(content)), "x")) == content


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"", "it does not begin as a container does"),
        (container(b"x" * 300, magic=b"DETBLK02"), "it does not begin as a container does"),
        (struct.pack(">8sIII", b"DETBLK01", 0, 1, 5), "the sizes in its header do not fit together"),
        (struct.pack(">8sIII", b"DETBLK01", 1 << 30, 1, 5), "the sizes in its header do not fit together"),
        (container(b"x" * 300, lost=1), "the sizes in its header do not fit together"),
        (container(b"x" * 350, lost=1), "a block does not have its size"),
        (container(b"x" * 300)[:-1], "a block"),
        (container(b"x" * 300) + b"more", "it is cut short, or something follows its last block"),
        (container(b"x" * 300)[:-4] + b"zzzz", "a block"),
    ],
)
def test_a_container_that_is_not_whole_is_refused(broken: bytes, reason: str) -> None:
    with pytest.raises(BuildError, match=f"^x cannot be used: {reason}"):
        list(unpacked(io.BytesIO(broken), "x"))


def test_a_block_that_would_be_larger_than_stated_is_not_unpacked() -> None:
    packed = zstd.compress(bytes(1 << 22))
    bomb = struct.pack(">8sIII", b"DETBLK01", 100, 1, 100) + struct.pack(">I", len(packed)) + packed
    with pytest.raises(BuildError, match="a block does not have its size"):
        list(unpacked(io.BytesIO(bomb), "x"))


def test_the_part_holds_the_databases_and_counts_the_networks_that_have_a_place(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    counts = write_ip(draft, tmp_path, inputs(), quiet)
    draft.publish({"counts": counts})
    generation = open_store(tmp_path, lambda generation: generation)
    generation.verify()
    paths = [generation.path(f"{name}.mmdb") for name in DATABASES]
    stated = json.loads((DATA / "MANIFEST.json").read_text())["sha256"]
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths} == set(stated.values())
    with maxminddb.open_database(paths[0]) as database:
        assert counts == {"networks": sum(1 for _ in database)}


def test_content_with_another_checksum_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "user-country.mmdb.bz"
    other.write_bytes(container(b"x" * 300))
    draft = Draft(tmp_path)
    with pytest.raises(BuildError, match="does not have the checksum that the manifest states"):
        write_ip(draft, tmp_path, inputs(user_country=other), quiet)


def test_a_manifest_without_checksums_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "MANIFEST.json"
    manifest.write_text("{}")
    with pytest.raises(BuildError, match=r"MANIFEST\.json cannot be used: it states no checksums"):
        write_ip(Draft(tmp_path), tmp_path, inputs(manifest=manifest), quiet)


def test_what_is_no_database_cannot_be_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(b"nothing")
    with pytest.raises(BuildError, match=r"x\.mmdb cannot be used"):
        count_networks(path)


def test_a_generation_gives_the_path_of_any_file(tmp_path: Path) -> None:
    draft = Draft(tmp_path)
    with draft.file("note.txt") as path:
        path.write_text("kept")
    draft.publish({})
    generation: Generation = open_store(tmp_path, lambda generation: generation)
    assert (generation.path("note.txt").read_text(), generation.size) == ("kept", 4)
