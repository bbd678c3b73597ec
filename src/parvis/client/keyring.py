"""Where keys are kept on the caller's machine: one file in the user's configuration directory, by origin.

Rules. Only its owner can read the file (0600, in a directory of 0700); a looser one is tightened before it is read, one
that belongs to somebody else is refused. It is replaced whole or not at all. Passwords are never kept.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import KeyringError

VARIABLE = "PARVIS_KEY"


@dataclass(frozen=True, slots=True)
class SavedKey:
    """A key with its public id and the e-mail of its account."""

    id: str
    key: str
    email: str = ""

    def __repr__(self) -> str:
        return f"<key {self.id}>"  # never the secret, not even in a traceback


def find(origin: str, key: str | None = None) -> str | None:
    """The key for calls to ``origin``: the one given, else that of ``PARVIS_KEY``, else the one kept for it.

    An empty string given is the wish for no key. Raises ``KeyringError`` when the file cannot be used.
    """
    if key is not None:
        return key or None
    if value := os.environ.get(VARIABLE):
        return value
    saved = load(origin)
    return saved.key if saved else None


def path() -> Path:
    """The file: ``$XDG_CONFIG_HOME/parvis/keys.json``, else ``~/.config/parvis/keys.json``."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    # The base directory specification: a relative path there is to be ignored.
    base = Path(home) if os.path.isabs(home) else Path.home() / ".config"
    return base / "parvis" / "keys.json"


def load(origin: str) -> SavedKey | None:
    """The key that is kept for an origin (``http://host:8000``), or None. Raises ``KeyringError``."""
    row = _read().get(origin)
    return SavedKey(**row) if row is not None else None


def save(origin: str, saved: SavedKey) -> Path:
    """Keep a key for an origin, in place of an earlier one; gives the file. Raises ``KeyringError``."""
    with _locked():
        _write({**_read(), origin: asdict(saved)})
    return path()


def forget(origin: str) -> bool:
    """Drop the key of an origin; whether there was one. Raises ``KeyringError``."""
    with _locked():
        keys = _read()
        found = keys.pop(origin, None) is not None
        if found:
            _write(keys)
    return found


def _read() -> dict[str, dict[str, str]]:
    file = path()
    with _trouble(file):
        try:
            descriptor = os.open(file, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            return {}
        with open(descriptor, encoding="utf-8") as opened:
            _tighten(descriptor, file)
            text = opened.read()
    try:
        return {str(origin): _row(row) for origin, row in json.loads(text)["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise KeyringError(
            f"{file} is not a file of keys",
            fix="Repair it, or move it away and make new keys with `parvis keys create`.",
        ) from None


def _row(row: dict[str, Any]) -> dict[str, str]:
    values = {name: row[name] for name in ("id", "key", "email")}
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError("a key is made of strings")
    return values


def _tighten(descriptor: int, file: Path) -> None:
    if os.name != "posix":
        return
    found = os.fstat(descriptor)
    if found.st_uid != os.geteuid():
        raise KeyringError(
            f"{file} belongs to another user", fix="Move it away, or set XDG_CONFIG_HOME to a directory of yours."
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.fchmod(descriptor, 0o600)


def _write(keys: dict[str, dict[str, str]]) -> None:
    file = path()
    with _trouble(file):
        # mkstemp makes the file with 0600: the keys are never in a looser one, not even for a moment.
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".keys-")
        try:
            with open(descriptor, "w", encoding="utf-8") as opened:
                json.dump({"version": 1, "keys": keys}, opened, indent=2)
                opened.flush()
                os.fsync(descriptor)
            os.replace(name, file)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise


@contextmanager
def _locked() -> Iterator[None]:
    """One writer at a time, so that two commands at once lose no key."""
    folder = path().parent
    with _trouble(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.name == "posix":
            import fcntl

            with _trouble(folder):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _trouble(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeyringError(
            f"Keys cannot be kept in {where}",
            detail=str(error),
            fix="Set XDG_CONFIG_HOME to a directory that you can write, or give the key by PARVIS_KEY.",
        ) from None
    except UnicodeDecodeError:
        raise KeyringError(f"{where} is not a file of keys", fix="Move it away and make new keys.") from None
