"""The composition root of a server: from settings to an application that can be opened.

Everything that rooms may not import of one another meets here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..access.clock import Clock, SystemClock
from ..access.console import run_credential
from ..console.console import READS, Console
from ..console.hashing import Hashing
from ..console.link import OperatorLink
from ..console.login import Login
from ..contract.caller import Caller
from ..contract.outcomes import Refusal
from ..facade.compile import Facade, compile_facade
from ..facade.errors import TargetError
from ..facade.options import Options
from ..facade.target import Target, load, of
from ..server.application import Application, Bounds
from ..server.hosted import Hosted
from ..server.identify import CONSOLE, Identifier
from ..server.logs import Log
from ..settings import Settings
from ..store.credentials import Credentials
from ..store.sql import SqlStore
from .plan import Secrets, ServiceSource


@dataclass(frozen=True, slots=True)
class Parts:
    """What the console is made of, for those who need a piece of it."""

    console: Console
    login: Login
    credentials: Credentials
    clock: Clock
    store: SqlStore


def compile_sources(sources: Iterable[ServiceSource]) -> list[Facade]:
    """Import and compile. Raises :class:`~parvis.facade.target.TargetError`."""
    facades = [compile_facade(load(source.target), source.options) for source in sources]
    seen: set[str] = set()
    for facade in facades:
        prefix = facade.contract.prefix
        if prefix in seen:
            raise TargetError(f"two services stand at {prefix}: give one another `name` or `version`")
        seen.add(prefix)
    return facades


async def application(
    facades: list[Facade], settings: Settings, *, url: str, hosts: frozenset[str] | None, secrets: Secrets,
    log: Log, run_key: bool, operator_socket: str | None = None, exhausted: Any = None,
) -> tuple[Application, bool]:  # fmt: skip
    """Open the store and put the rooms together; and whether the operator is set. Raises what the store raises."""
    parts, closing = await _console(settings, OperatorLink(secrets.link))
    own = Hosted(compile_console(parts.console))
    services = [*(Hosted(facade) for facade in facades), own]
    run = run_credential(secrets.run, parts.clock.now()) if run_key else None
    made = Application(
        services=services,
        identifier=Identifier(parts.credentials, parts.login.authenticate, run, operator_socket),
        log=log,
        bounds=Bounds(body=settings["body_limit"], hosts=hosts),
        base_url=url,
        exhausted=exhausted or (lambda: None),
        closing=closing,
    )
    made.pages = _pages(parts.console, parts.login, facades, url)
    return made, await parts.store.operator() is not None


Closing = Callable[[], Awaitable[None]]


async def _console(settings: Settings, link: OperatorLink | None) -> tuple[Parts, Closing]:
    """The console over its opened store, and what closes it."""
    store = await SqlStore.open(settings["database"] or settings["data"])
    clock = SystemClock()
    credentials = Credentials(store, clock)
    hashing = Hashing()

    async def closing() -> None:
        hashing.close()
        await store.close()

    rights = tuple(settings["default_rights"])
    console = Console(store, credentials, clock, hashing, link=link, default_rights=rights)
    return Parts(console, Login(store, hashing), credentials, clock, store), closing


async def open_console(settings: Settings) -> tuple[Console, Closing]:
    """The console alone, for a command that finds no server running. Raises what the store raises."""
    parts, closing = await _console(settings, None)
    return parts.console, closing


def compile_console(console: Console) -> Facade:
    """Parvis's own façade, by the same compiler as any other."""
    target: Target = of(console, text="parvis")
    options = Options(name=CONSOLE, title="Parvis", reads=READS)
    return compile_facade(target, options, reserved=frozenset())


def _pages(console: Console, login: Login, facades: list[Facade], url: str) -> Any:
    from ..portal.app import portal_app

    return portal_app(PortalConsole(console, login), [facade.contract for facade in facades], url)


class PortalConsole:
    """What the pages ask of the console, with the caller that each form stands for."""

    def __init__(self, console: Console, login: Login) -> None:
        self._console = console
        self._login = login

    async def create_account(self, email: str, password: str, name: str) -> Any:
        return await self._console.accounts.create(email, password, name, caller=Caller())

    async def create_key(self, email: str, password: str, label: str) -> Any:
        credential = await self._login.authenticate(email, password)
        if credential is None:
            raise Refusal("password-wrong")
        return await self._console.keys.create(label, caller=Caller("password", credential.account))

    async def create_operator(self, email: str, password: str, link: str) -> Any:
        return await self._console.operators.create(email, password, link, caller=Caller())
