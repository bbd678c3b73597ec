"""Writing a store, so that a build killed at any moment leaves the one before it whole.

The rule: everything is written and synced under a name that nobody reads, then CURRENT is replaced in one rename.
Whoever writes holds `build.lock`, an flock: the kernel lets go of it when its holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BuildError
from ..search.names import NameIndex, ScoredIndex
from .store import CURRENT, FORMAT, GENERATION, MANIFEST, UNFINISHED
from .strings import StringTable


@contextlib.contextmanager
def writing(store: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the store for writing; `waiting` is called once when another build holds it."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = os.open(store / "build.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise BuildError(
            f"The store cannot be written in {store} ({error.strerror}). Name a directory of yours with --store DIR"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


class Draft:
    """A generation being written, in a directory of its own until `publish`."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._files: dict[str, dict[str, int | str]] = {}
        remove_leftovers(store)
        self._directory = Path(tempfile.mkdtemp(prefix="unfinished-", dir=store))
        self._directory.chmod(0o755)

    def array(self, name: str, values: NDArray[Any]) -> None:
        """Add an array."""
        with self._create(f"{name}.npy") as path, open(path, "xb") as file:
            np.save(file, np.ascontiguousarray(values), allow_pickle=False)

    def strings(self, name: str, table: StringTable) -> None:
        """Add a table of strings, as two arrays."""
        blob, starts = table.arrays
        self.array(f"{name}.blob", blob)
        self.array(f"{name}.starts", starts)

    def index(self, name: str, index: NameIndex) -> None:
        """Add an index of names, as six arrays; as seven when it has scores."""
        self.strings(f"{name}.keys", index.keys)
        self.array(f"{name}.starts", index.starts)
        self.array(f"{name}.postings", index.postings)
        self.array(f"{name}.buckets", index.buckets)
        self.array(f"{name}.hashed", index.hashed)
        if isinstance(index, ScoredIndex):
            self.array(f"{name}.scores", index.scores)

    def table(self, name: str, values: Any) -> None:
        """Add a small table."""
        with self._create(f"{name}.json") as path:
            path.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")

    def file(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """Add a file of another format: whoever enters the context writes it at the path given."""
        return self._create(name)

    def publish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest, make this generation the current one, and remove those before it."""
        manifest = {"format": FORMAT, "byteorder": sys.byteorder, **facts, "files": self._files}
        with self._create(MANIFEST) as path:
            path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        _sync(self._directory)
        generation = self._directory.rename(self._store / self._directory.name.replace("unfinished", "generation", 1))
        _sync(self._store)
        pointer = self._store / f"{CURRENT}.new"
        pointer.write_text(generation.name + "\n", encoding="utf-8")
        _sync(pointer)
        pointer.replace(self._store / CURRENT)
        _sync(self._store)
        remove_leftovers(self._store)

    def discard(self) -> None:
        """Forget the draft; does nothing once it is published."""
        shutil.rmtree(self._directory, ignore_errors=True)

    @contextlib.contextmanager
    def _create(self, name: str) -> Iterator[Path]:
        path = self._directory / name
        yield path
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            if name != MANIFEST:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                self._files[name] = {"size": path.stat().st_size, "sha256": digest}


def remove_leftovers(store: Path) -> None:
    """Remove what killed builds left behind, and generations no longer in use."""
    try:
        current = (store / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    for path in store.iterdir():
        ours = GENERATION.fullmatch(path.name) or UNFINISHED.fullmatch(path.name)
        if ours and path.name != current:
            shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
