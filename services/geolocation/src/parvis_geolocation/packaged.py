"""The data files that come with this package; `data/README.md` says what each is and where it is from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(str(resources.files(__package__) / "data"))


def packaged(name: str) -> Path:
    """The file of this name."""
    return _FOLDER / name


def all_packaged() -> list[Path]:
    """All of them, without the documents beside them."""
    return sorted(path for path in _FOLDER.iterdir() if path.suffix not in {".md"} and "LICENSE" not in path.name)
