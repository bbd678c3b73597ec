"""The console: made over an open store, and compiled like any other façade."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import ArgumentError

from ..access.address_limits import SignUps
from ..access.audit import AuditRecord
from ..access.clock import SystemClock
from ..console.access import FindOperation, KnownOperation
from ..console.console import Console
from ..console.context import ConsoleContext
from ..console.hashing import Hashing
from ..console.login import Login
from ..console.operations import OPERATIONS, RIGHTS
from ..console.operators import Fold
from ..console.registration import MODES, Registration
from ..console.setup_token import SetupToken
from ..console.usage import Deprecations
from ..contract.caller import Caller
from ..contract.model import CONSOLE, Operation
from ..facade.compile import Facade, compile_facade
from ..facade.options import Options
from ..facade.target import of
from ..server.host import nothing
from ..server.object.service import BoundOperation, ServiceInstance
from ..settings import Settings, SettingsError
from ..store.account_cache import AccountCache
from ..store.credentials import Credentials
from ..store.sql import SqlStore
from .launch import base_url

Closing = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console is made of, for those who need a piece of it."""

    console: Console
    login: Login
    context: ConsoleContext
    registration: Registration


def make_console(
    context: ConsoleContext,
    settings: Settings,
    url: str,
    setup_token: SetupToken | None,
    find_operation: FindOperation,
    fold: Fold,
    deprecations: Deprecations | None,
) -> tuple[ConsoleParts, Closing]:
    """The console, and what closes it."""
    hashing = Hashing()
    registration = registration_of(settings, url)

    async def closing() -> None:
        hashing.close()
        if registration.mailer is not None:
            await asyncio.to_thread(registration.mailer.close)

    console = Console(
        context,
        hashing,
        registration=registration,
        setup_token=setup_token,
        find_operation=find_operation,
        fold=fold,
        deprecations=deprecations,
    )
    return ConsoleParts(console, Login(context, hashing), context, registration), closing


def registration_of(settings: Settings, url: str) -> Registration:
    """Raises :class:`SettingsError`."""
    mode = settings["registration"] or ("approval" if settings["public_url"] else "open")
    if mode not in MODES:
        raise SettingsError(f"registration = {mode!r}: it is `open`, `approval` or `closed`")
    mailer = None
    if settings["smtp"]:
        from ..console.email.smtp import SmtpMailer

        if not settings["mail_from"]:
            raise SettingsError('smtp is set, so say who sends: mail_from = "Parvis <parvis@example.org>"')
        try:
            mailer = SmtpMailer(settings["smtp"], settings["mail_from"])
        except ValueError as error:
            raise SettingsError(f"smtp or mail_from: {error}") from None
    sign_ups = SignUps(settings["signups"]) if settings["signups"] else None
    return Registration(mode, mailer, url, sign_ups)


async def open_store(settings: Settings, audited: Callable[[AuditRecord], None] = lambda entry: None) -> SqlStore:
    """Raises what the store raises; ``SettingsError`` where ``database`` is no address of one."""
    try:
        return await SqlStore.open(settings["database"] or settings["data"], audited=audited)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"database: {error}") from None


async def open_console(settings: Settings) -> tuple[Console, Closing]:
    """The console alone, for a command that finds no server running. Raises what the store raises.

    What the last server wrote into its journal and did not fold stays there for the next one.
    """
    clock = SystemClock()

    async with AsyncExitStack() as opening:
        store = await open_store(settings)
        opening.push_async_callback(store.close)
        context = ConsoleContext(store, Credentials(store, clock, AccountCache(clock), RIGHTS), clock)
        url = base_url(settings, settings["port"])  # where the server will be, for links
        parts, closing = make_console(context, settings, url, None, lambda name: None, nothing, None)
        opening.push_async_callback(closing)
        return parts.console, opening.pop_all().aclose


def compile_console(console: Console, registration: Registration | None = None) -> Facade:
    """Parvis's own façade, by the same compiler as any other, with what its operations declare."""
    target = of(console, text="parvis")
    options = Options(
        name=CONSOLE,
        title="Parvis",
        reads=tuple(name for name, each in OPERATIONS.items() if each.read),
        bind={f"{name}({to})": rule for name, each in OPERATIONS.items() for to, rule in each.bind.items()},
        examples={name: each.example for name, each in OPERATIONS.items() if each.example},
    )
    email = registration is not None and registration.verifies
    facade = compile_facade(target, options)
    return _respecified(facade, lambda spec: OPERATIONS[spec.name].described(spec, email=email))


def _respecified(facade: Facade, change: Callable[[Operation], Operation]) -> Facade:
    operations = {name: replace(each, spec=change(each.spec)) for name, each in facade.operations.items()}
    listed = tuple(operations[each.name].spec for each in facade.contract.operations)
    return replace(facade, operations=operations, contract=replace(facade.contract, operations=listed))


def finder(services: Sequence[ServiceInstance]) -> FindOperation:
    """Operations by full name, for ``access.explain``: of several versions the newest."""
    table = {
        each.name: KnownOperation(each.operation.spec, service.sandbox is not None, each.limited, _named(each))
        for service in sorted(services, key=lambda each: each.contract.version)
        for each in service.operations.values()
    }
    return table.get


def deprecations(facades: Iterable[Facade]) -> Deprecations:
    """What is deprecated or will go, by full name; of several versions what the oldest says, which goes first."""
    return {
        f"{facade.contract.service}.{operation.name}": operation
        for facade in sorted(facades, key=lambda f: -f.contract.version)
        for operation in facade.contract.operations
        if operation.deprecated or operation.sunset
    }


def _named(operation: BoundOperation) -> Callable[[dict[str, Any], Caller], dict[str, Any]]:
    """What the arguments of a call are, once they are read; what comes from its headers is not known here."""

    def named(arguments: dict[str, Any], who: Caller) -> dict[str, Any]:
        def fill(given: dict[str, Any]) -> None:
            for bound in operation.operation.bound:
                if bound.rule.read(who, {}) is not None:
                    bound.fill(given, who, {})

        return operation.named(*operation.operation.arguments.decode(json.dumps(arguments).encode(), fill))

    return named
