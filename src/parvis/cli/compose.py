"""The composition root of a server: from settings to an application that can be opened.

Everything that rooms may not import of one another meets here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlalchemy.exc import ArgumentError

from ..access import console as rights
from ..access.audit import Entry
from ..access.clock import SystemClock
from ..access.console import run_credential
from ..access.limits import DEFAULT, Plan, SignUps
from ..access.networks import Network, parse_networks
from ..console import secrets as secrets_of
from ..console.access import Known, Operations
from ..console.console import READS, Console
from ..console.desk import Desk
from ..console.hashing import Hashing
from ..console.link import OperatorLink
from ..console.login import Login
from ..console.operators import Fold
from ..console.own import EXAMPLES, REFUSALS
from ..console.registration import MODES, Registration
from ..console.usage import Parting
from ..contract.caller import Caller
from ..contract.model import Operation, Own
from ..facade.compile import Facade, compile_facade
from ..facade.errors import TargetError
from ..facade.options import Options
from ..facade.target import Target, load, named, of
from ..protocol.http.cors import Cors
from ..server.admission import Admission
from ..server.application import Application, Bounds, Protocol
from ..server.hosted import Entry as HostedEntry
from ..server.hosted import Hosted
from ..server.idempotency import Idempotency
from ..server.identify import CONSOLE, Identifier
from ..server.logs import Log
from ..settings import Settings, SettingsError
from ..store.credentials import Credentials
from ..store.lock import DataLock
from ..store.meter import Meter
from ..store.queries import accounts
from ..store.sql import PATIENCE, SqlStore
from ..store.standings import Standings
from .plan import Secrets, ServiceSource, base_url


@dataclass(frozen=True, slots=True)
class Parts:
    """What the console is made of, for those who need a piece of it."""

    console: Console
    login: Login
    desk: Desk
    registration: Registration


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
) -> tuple[Application, Start]:  # fmt: skip
    """Open the store and put the rooms together; and what is known of them at the start.

    Raises what the store raises, ``SettingsError`` and ``TargetError``.
    """
    boot = token_hex(4)
    clock = SystemClock()
    hosted = [_hosted(facade) for facade in facades]

    def audited(entry: Entry) -> None:
        log.event("info", "audit", act=entry.act, actor=entry.actor, subject=entry.subject, seq=entry.seq,
                  head=entry.hash)  # fmt: skip

    async with AsyncExitStack() as opening:
        if settings["database"]:  # the journal and the operator's socket stand in the directory all the same
            opening.callback((await asyncio.to_thread(DataLock, Path(settings["data"]), PATIENCE)).close)
        store = await _open_store(settings, audited)
        opening.push_async_callback(store.close)
        standings = Standings(clock)
        names = [entry.name for each in hosted for entry in each.entries.values()]
        meter = Meter(
            store, standings, clock, Path(settings["data"]) / "journal", boot=boot, names=names,
            waits=settings["meter_sync"], calls_kept=settings["calls_kept"],
        )  # fmt: skip
        await meter.open()
        opening.push_async_callback(meter.close)
        credentials = Credentials(store, clock, standings)
        await credentials.open()
        watch = asyncio.ensure_future(credentials.watch())
        opening.callback(watch.cancel)
        parts, closing = _console(
            Desk(store, credentials, clock), settings, url, OperatorLink(secrets.link), _finder(hosted), meter.fold,
            _parting(facades),
        )  # fmt: skip
        opening.push_async_callback(closing)
        own = Hosted(compile_console(parts.console, parts.registration), console=True)
        run = run_credential(secrets.run, clock.now()) if run_key else None
        proxies = _proxies(settings)
        made = Application(
            services=[*hosted, own],
            identifier=Identifier(
                credentials, parts.login.authenticate, run, operator_socket, clock=clock,
                anonymous=lambda: credentials.anonymous, proxies=proxies,
            ),
            log=log,
            bounds=Bounds(
                body=settings["body_limit"], upload=settings["upload_limit"], spool=settings["data"], hosts=hosts
            ),
            base_url=url,
            admission=Admission(meter, clock),
            idempotency=Idempotency(store, clock, secret=secrets_of.RESULTS, untaken=secrets_of.ARGUMENTS),
            cors=_cors(settings),
            protocols=[_protocol(name) for name in settings["protocols"]],
            exhausted=exhausted or (lambda: None),
            boot=boot,
        )  # fmt: skip
        made.pages = _pages(parts, [*hosted, own], url)
        operator = await store.ask(accounts.operator)
        default = await credentials.plan(DEFAULT.name)
        made.closing = opening.pop_all().aclose
    return made, Start(operator is not None, default, parts.registration)


@dataclass(frozen=True, slots=True)
class Start:
    """What the banner tells of access."""

    operator_set: bool
    plan: Plan
    registration: Registration


Closing = Callable[[], Awaitable[None]]


def _hosted(facade: Facade) -> Hosted:
    """A service, with its sandbox where it has one. Raises :class:`TargetError` when the two differ."""
    target = facade.options.sandbox
    if target is None:
        return Hosted(facade)
    options = replace(facade.options, sandbox=None, name=facade.contract.service, settings={})
    sandbox = compile_facade(load(target), options)
    live, other = ({o.name: o for o in f.contract.operations} for f in (facade, sandbox))
    for name, operation in live.items():
        if name not in other or other[name].signature != operation.signature:
            there = f"it has {name}{other[name].signature}" if name in other else f"it has no {name}"
            raise TargetError(
                f"the sandbox of {facade.contract.service} must have the operations of the service itself: {there}, "
                f"and not {name}{operation.signature}"
            )
    return Hosted(facade, sandbox=Hosted(sandbox))


def _finder(hosted: list[Hosted]) -> Operations:
    """Operations by full name, for ``access.explain``: of several versions the newest."""
    table = {
        entry.name: Known(entry.operation.spec, each.sandbox is not None, entry.pages, _named(entry))
        for each in sorted(hosted, key=lambda h: h.contract.version)
        for entry in each.entries.values()
    }
    return table.get


def _parting(facades: Iterable[Facade]) -> Parting:
    """What is deprecated or will go, by full name; of several versions what the oldest says, which goes first."""
    return {
        f"{facade.contract.service}.{operation.name}": operation
        for facade in sorted(facades, key=lambda f: -f.contract.version)
        for operation in facade.contract.operations
        if operation.deprecated or operation.sunset
    }


def _named(entry: HostedEntry) -> Callable[[dict[str, Any], Caller], dict[str, Any]]:
    """What the arguments of a call are, once they are read; what comes from its headers is not known here."""

    def named(arguments: dict[str, Any], who: Caller) -> dict[str, Any]:
        def fill(given: dict[str, Any]) -> None:
            for bound in entry.operation.bound:
                if bound.rule.read(who, {}) is not None:
                    bound.fill(given, who, {})

        return entry.named(*entry.operation.arguments.decode(json.dumps(arguments).encode(), fill))

    return named


async def _open_store(settings: Settings, audited: Callable[[Entry], None] = lambda entry: None) -> SqlStore:
    """Raises what the store raises; ``SettingsError`` where ``database`` is no address of one."""
    try:
        return await SqlStore.open(settings["database"] or settings["data"], audited=audited)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"database: {error}") from None


def _protocol(name: str) -> Protocol:
    """A way to call beside HTTP. Raises :class:`TargetError`."""
    found, called = named(name)
    if called or not callable(found):
        raise TargetError(f"protocols: {name} should name a function of the application, `module:function`")
    protocol: Protocol = found
    return protocol


def _cors(settings: Settings) -> Cors | None:
    try:
        return Cors(settings["cors"]) if settings["cors"] else None
    except ValueError as error:
        raise SettingsError(f"cors: {error}") from None


def _proxies(settings: Settings) -> tuple[Network, ...]:
    try:
        return parse_networks(settings["proxies"])
    except ValueError as error:
        raise SettingsError(f"proxies: {error}") from None


def _console(
    desk: Desk,
    settings: Settings,
    url: str,
    link: OperatorLink | None,
    operations: Operations,
    fold: Fold,
    parting: Parting | None,
) -> tuple[Parts, Closing]:
    """The console, and what closes it."""
    hashing = Hashing()
    registration = _registration(settings, url)

    async def closing() -> None:
        hashing.close()
        if registration.mailer is not None:
            await asyncio.to_thread(registration.mailer.close)

    console = Console(
        desk, hashing, registration=registration, link=link, operations=operations, fold=fold, parting=parting
    )
    return Parts(console, Login(desk, hashing), desk, registration), closing


def _registration(settings: Settings, url: str) -> Registration:
    """Raises :class:`SettingsError`."""
    mode = settings["registration"] or ("approval" if settings["public_url"] else "open")
    if mode not in MODES:
        raise SettingsError(f"registration = {mode!r}: it is `open`, `approval` or `closed`")
    mailer = None
    if settings["smtp"]:
        from ..console.mailer import SmtpMailer

        if not settings["mail_from"]:
            raise SettingsError('smtp is set, so say who sends: mail_from = "Parvis <parvis@example.org>"')
        try:
            mailer = SmtpMailer(settings["smtp"], settings["mail_from"])
        except ValueError as error:
            raise SettingsError(f"smtp or mail_from: {error}") from None
    sign_ups = SignUps(settings["signups"]) if settings["signups"] else None
    return Registration(mode, mailer, url, sign_ups)


async def open_console(settings: Settings) -> tuple[Console, Closing]:
    """The console alone, for a command that finds no server running. Raises what the store raises.

    What the last server wrote into its journal and did not fold stays there for the next one.
    """
    clock = SystemClock()

    async def nothing() -> None: ...

    async with AsyncExitStack() as opening:
        store = await _open_store(settings)
        opening.push_async_callback(store.close)
        desk = Desk(store, Credentials(store, clock, Standings(clock)), clock)
        url = base_url(settings, settings["port"])  # where the server will be, for links
        parts, closing = _console(desk, settings, url, None, lambda name: None, nothing, None)
        opening.push_async_callback(closing)
        return parts.console, opening.pop_all().aclose


def compile_console(console: Console, registration: Registration | None = None) -> Facade:
    """Parvis's own façade, by the same compiler as any other."""
    target: Target = of(console, text="parvis")
    bound = {"accounts.create(language)": {"from": "header.accept-language", "overridable": True}}
    options = Options(name=CONSOLE, title="Parvis", reads=READS, bind=bound, examples=EXAMPLES)
    facade = _respecified(compile_facade(target, options, reserved=frozenset()), _own)
    return _accepting(facade) if registration is not None and registration.verifies else facade


def _accepting(facade: Facade) -> Facade:
    """Where a letter tells what became of a call, its answer is 202: accepted, and no more is said."""

    def accepted(spec: Operation) -> Operation:
        if spec.name not in ("accounts.create", "accounts.request_reset"):
            return spec
        return replace(spec, routes=tuple(replace(route, status=202) for route in spec.routes))

    return _respecified(facade, accepted)


def _own(spec: Operation) -> Operation:
    """An operation of the console, with what its documents say beside its signature."""
    name = f"{CONSOLE}.{spec.name}"
    return replace(
        spec,
        own=Own(
            open=name in rights.CONSOLE["anonymous"],
            repeatable=name not in secrets_of.ARGUMENTS,
            refusals=REFUSALS.get(spec.name, ()),
        ),
    )


def _respecified(facade: Facade, change: Callable[[Operation], Operation]) -> Facade:
    operations = {name: replace(each, spec=change(each.spec)) for name, each in facade.operations.items()}
    listed = tuple(operations[each.name].spec for each in facade.contract.operations)
    return replace(facade, operations=operations, contract=replace(facade.contract, operations=listed))


def _pages(parts: Parts, hosted: list[Hosted], url: str) -> Any:
    from ..portal import Welcome, portal_app

    sandboxes = frozenset(each.contract.prefix for each in hosted if each.sandbox is not None)
    welcome = Welcome(parts.registration.mode, parts.registration.verifies, sandboxes)
    return portal_app(PortalConsole(parts), [each.contract for each in hosted], url, welcome)


class PortalConsole:
    """What the pages ask of the console, with the caller that each form stands for."""

    def __init__(self, parts: Parts) -> None:
        self._console = parts.console
        self._login = parts.login

    async def create_account(self, email: str, password: str, name: str, language: str, address: str) -> Any:
        caller = Caller(address=address)
        return await self._console.accounts.create(email, password, name, language, caller=caller)

    async def create_key(self, name: str, password: str, label: str, test: bool, address: str) -> Any:
        credential = await self._login.authenticate(name, password, address)
        caller = Caller("password", credential.account, address=address)
        return await self._console.keys.create(label, test=test, caller=caller)

    async def create_operator(self, email: str, password: str, link: str, address: str) -> Any:
        return await self._console.operators.create(email, password, link, caller=Caller(address=address))

    async def verify(self, token: str, address: str) -> Any:
        return await self._console.accounts.verify(token, caller=Caller(address=address))

    async def request_reset(self, email: str, address: str) -> None:
        await self._console.accounts.request_reset(email, caller=Caller(address=address))

    async def reset(self, token: str, password: str, address: str) -> None:
        await self._console.accounts.reset(token, password, caller=Caller(address=address))
