"""What the packages that ``parvis client`` writes import: all that they do stands here.

A rule: what is here is a promise to packages that were written long ago. It is added to, and nothing is taken away.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict

from .values.server_default import ServerDefault, is_server_default

if TYPE_CHECKING:
    from parvis.contract.model import Contract

    from .connect import Connecting
    from .session import AsyncSession, Session

LOCK = "contract.lock"
"""The file of a package that says what it was written for."""

SHOWN = 3
"""Changes that a warning names."""


class ClientOptions(TypedDict, total=False):
    """What ``connect`` takes beside an address and a key, as :func:`parvis.connect` has it."""

    auth: tuple[str, str] | None
    presets: Mapping[str, Any] | None
    timeout: float | None
    retries: int
    limit: int
    uds: str | None
    language: str | None


class ServiceClient:
    """A service as a package shows it; ``parvis`` holds the client's own things, and ``with`` closes it."""

    parvis: Session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing, in a double."""


class AsyncServiceClient:
    """The same with coroutine functions for methods."""

    parvis: AsyncSession

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing, in a double."""


class OutOfDate(UserWarning):
    """The service no longer is what a package was written for."""


def server_default(text: str) -> Any:
    """The default of a parameter or field that has no literal, or that only the server knows: what is left out."""
    return ServerDefault(text)


def omit_server_default() -> Any:
    """For a field: a value that nobody gave does not go out."""
    from pydantic import Field

    return Field(exclude_if=is_server_default)


def alias(name: str) -> Any:
    """For a field: what it is called on the wire."""
    from pydantic import Field

    return Field(alias=name)


def agreed(contract: Contract) -> str:
    """What callers of a service rely on, as a lock has it; by another name, since none can have ``parvis``."""
    from parvis.contract.evolution.lock_writer import write

    return write([replace(contract, service="service")]).partition("\n")[2]


class Package:
    """One package: its import name, its classes and its exceptions by the names of the contract."""

    def __init__(self, name: str, types: Mapping[str, Any], errors: Mapping[str, type[Exception]]) -> None:
        self._name = name
        self._types = types
        self._errors = errors
        self._compared: set[str] = set()

    def connect(self, url: str, key: str | None, options: ClientOptions) -> Any:
        """The service at ``url`` with the package's classes. Raises what :func:`parvis.connect` does."""
        from .connect import connect_url

        service = connect_url(url, key, classes=self._types, exceptions=self._errors, **options)
        self._compare(service.parvis)
        return service

    def connect_async(self, url: str, key: str | None, options: ClientOptions) -> Connecting[Any]:
        """The same for callers who await."""
        from .connect import Connecting, connect_url_async

        async def connect() -> Any:
            service = await connect_url_async(url, key, classes=self._types, exceptions=self._errors, **options)
            self._compare(service.parvis)
            return service

        return Connecting(connect)

    def _compare(self, session: Session | AsyncSession) -> None:
        """Warn, once for an address, when callers of this package may break at what the service is now."""
        if session.address in self._compared:
            return
        self._compared.add(session.address)
        changes = self._changes(session)
        if changes:
            more = f"; and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
            warnings.warn(
                f"{session.contract.service} at {session.address} is not what {self._name} was written for: "
                f"{'; '.join(changes[:SHOWN])}{more}. Write it again with `parvis client`.",
                OutOfDate,
                stacklevel=4,
            )

    def _changes(self, session: Session | AsyncSession) -> list[str]:
        from parvis.contract.evolution import lock_reader
        from parvis.contract.evolution.diff import compare

        from .errors import printable

        written = (Path(sys.modules[self._name].__file__ or "").with_name(LOCK)).read_text(encoding="utf-8")
        found = agreed(session.contract)
        if written.partition("\n")[2] == found:
            return []
        return [
            printable(f"{change.subject}: {change.text}" if change.subject else change.text)
            for change in compare(lock_reader.read(written), lock_reader.read(found))
            if change.breaking
        ]
