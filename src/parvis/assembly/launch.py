"""What is to be served, before it is imported or opened: light enough for the process that only holds the socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..access.keys import MintedKey, mint
from ..console.setup_token import SetupToken
from ..facade.options import Options
from ..settings import Settings, SettingsError

SOCKET = "admin.sock"
"""The operator's own socket, in the data directory."""


class CannotServe(Exception):
    """Why nothing can be served; a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ServiceSource:
    """One service to serve, not yet imported: it crosses to the worker process as it is."""

    target: Any
    options: Options


@dataclass(slots=True)
class Secrets:
    """What is made once for a run and survives the replacement of its worker; never written anywhere."""

    run: MintedKey = field(default_factory=lambda: mint("test"))
    link: str = field(default_factory=lambda: SetupToken.mint()[1], repr=False)


def options_of(settings: Settings, name: str) -> Options:
    """The options of a service of the settings file. Raises :class:`SettingsError` for a wrong one."""
    try:
        return _options(settings, name)
    except ValueError as error:
        raise SettingsError(f"[service.{name}] {error}") from None


def _options(settings: Settings, name: str) -> Options:
    given = settings.service(name)
    del given["target"]  # all others are options, by the same names
    given["name"] = given["name"] or name
    given["sandbox"] = given["sandbox"] or None
    given["default_timeout"] = settings["timeout"]
    options: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Options(**options)


def is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def everywhere(settings: Settings) -> bool:
    """Whether the server listens on every address of the machine, none of which is a name by which it is called."""
    return settings["host"] in ("0.0.0.0", "::")  # noqa: S104


def host_names(settings: Settings, port: int) -> frozenset[str]:
    """The values of ``Host`` that are served."""
    names = {"127.0.0.1", "localhost", "[::1]", *settings["hosts"]}
    host = settings["host"]
    if not everywhere(settings):
        names.add(f"[{host}]" if ":" in host else host)
    if settings["public_url"]:
        names.add(urlsplit(settings["public_url"]).netloc)
    return frozenset(name for each in names for name in (each, f"{each}:{port}"))


def base_url(settings: Settings, port: int) -> str:
    if settings["public_url"]:
        return str(settings["public_url"]).rstrip("/")
    host = settings["host"]
    if everywhere(settings):
        host = next((name for name in settings["hosts"] if ":" not in name), "127.0.0.1")
    scheme = "https" if settings["tls_certificate"] else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def data_directory(settings: Settings) -> Path:
    """The data directory, made when it is not there, for its owner alone."""
    path = Path(settings["data"])
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)
        # Accounts and keys do not belong into version control.
        (path / ".gitignore").write_text("*\n")
    return path
