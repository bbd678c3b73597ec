"""Where the built data stands on disk, and how it is opened.

    STORE/
      CURRENT            name of the generation in use; replaced in one step, so there is always a whole one
      generation-.../    one build: arrays as .npy, tables as .json, and manifest.json, which lists them all
      build.lock         held while building
      postal/, ip/       postal codes and internet addresses: parts that may come later or never, each a store of
                         its own in the same form

A generation never changes once CURRENT has named it. Readers map its files and keep them, even when a later build
removes them from the directory. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreDamagedError, StoreMissingError

FORMAT: Final = 3
"""Version of the layout and meaning of the files. A store of another version is built again, never converted."""

CURRENT: Final = "CURRENT"
MANIFEST: Final = "manifest.json"
GENERATION: Final = re.compile(r"generation-[a-z0-9_]{8}")
UNFINISHED: Final = re.compile(r"unfinished-[a-z0-9_]{8}")
_ATTEMPTS: Final = 3

T = TypeVar("T")


def locate(store: str | os.PathLike[str] | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """The store's directory: as given, else `GEOLOCATION_STORE`, else in the user's own data directory."""
    if store is not None:
        return Path(store).expanduser()
    if named := environ.get("GEOLOCATION_STORE"):
        return Path(named).expanduser()
    data = environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "parvis-geolocation"


def directory_of(store: Path, part: str) -> Path:
    """Where a part of the store stands."""
    return store if part == "places" else store / part


def build_command(store: Path) -> str:
    """What to type to build this store."""
    return "parvis-geolocation build" + ("" if store == locate() else f" --store {shlex.quote(str(store))}")


class Generation:
    """One complete build, open for reading."""

    def __init__(self, store: Path, directory: Path) -> None:
        self.store = store
        self.directory = directory
        self.manifest: dict[str, Any] = self._read_manifest()

    def array(self, name: str) -> NDArray[Any]:
        """A memory-mapped array of this generation."""
        path = self.directory / f"{name}.npy"
        try:
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (ValueError, EOFError) as error:
            raise self.damaged(f"{path.name} cannot be read ({error})") from error

    def table(self, name: str) -> Any:
        """A small table of this generation, read whole."""
        path = self.directory / f"{name}.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.damaged(f"{path.name} cannot be read ({error})") from error

    def path(self, name: str) -> Path:
        """A file of this generation that is neither an array nor a table."""
        return self.directory / name

    def verify(self) -> None:
        """Read every byte and compare it with the checksums of the manifest.

        Raises:
            StoreDamagedError: When a file is not as it was built.
        """
        for name, entry in self.manifest["files"].items():
            try:
                with open(self.directory / name, "rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise self.damaged(f"{name} cannot be read ({error.strerror})") from error
            if digest != entry["sha256"]:
                raise self.damaged(f"{name} is not as it was built")

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(int(entry["size"]) for entry in self.manifest["files"].values())

    def damaged(self, reason: str) -> StoreDamagedError:
        """The error that says why this store cannot be used, and what to do."""
        return damaged(self.store, reason)

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest: dict[str, Any] = json.loads((self.directory / MANIFEST).read_text(encoding="utf-8"))
            format_, order, files = manifest["format"], manifest["byteorder"], manifest["files"]
            sizes = {name: int(entry["size"]) for name, entry in files.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self.damaged(f"{MANIFEST} cannot be read ({error})") from error
        if format_ != FORMAT:
            raise self.damaged(f"it has format {format_}, and this version reads format {FORMAT}")
        if order != sys.byteorder:
            raise self.damaged(f"it was built on a {order}-endian machine")
        for name, size in sizes.items():
            if (self.directory / name).stat().st_size != size:
                raise self.damaged(f"{name} does not have the size it was built with")
        return manifest


def open_store(store: Path, use: Callable[[Generation], T]) -> T:
    """Open the generation that CURRENT names, and give it to `use`.

    A build may replace the generation while it is being opened; then CURRENT names another one, and that is tried.

    Args:
        store: Directory of the store.
        use: Takes the generation and maps what it needs of it; may run again after a failure.

    Returns:
        What `use` returns.

    Raises:
        StoreMissingError: When there is no store there.
        StoreDamagedError: When there is one that cannot be used.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        generation = store / _current(store)
        try:
            return use(Generation(store, generation))
        except OSError as error:
            if attempt == _ATTEMPTS:
                name = Path(error.filename).name if isinstance(error.filename, str) else generation.name
                raise damaged(store, f"{name} cannot be read ({error.strerror or error})") from error
    raise AssertionError("unreachable")


def damaged(store: Path, reason: str) -> StoreDamagedError:
    """The error that says why a store cannot be used, and what to do."""
    return StoreDamagedError(
        f"The place store in {store} cannot be used: {reason}. Build it again: {build_command(store)}"
    )


def _current(store: Path) -> str:
    try:
        name = (store / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise StoreMissingError(f"No place store in {store}. Build it: {build_command(store)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(store, f"{CURRENT} cannot be read ({error})") from error
    if not GENERATION.fullmatch(name):
        raise damaged(store, f"{CURRENT} names {name[:40]!r}, which is no generation")
    return name
