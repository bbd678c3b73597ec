"""A server, whole: from settings and façades to a host with its guards and HTTP above it. It gives what it made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from ..access.audit import AuditRecord
from ..access.clock import SystemClock
from ..access.console import run_credential
from ..access.networks import Network, inside, parse_networks
from ..access.plans import DEFAULT, Plan
from ..console.context import ConsoleContext
from ..console.operations import RIGHTS, SECRET_ARGUMENTS, SECRET_RESULTS
from ..console.operators import Fold
from ..console.registration import Registration
from ..console.setup_token import SetupToken
from ..contract.outcomes import Refusal
from ..facade.compile import Facade
from ..facade.errors import TargetError
from ..facade.target import named
from ..protocol.http.addresses import links
from ..protocol.http.cors import Cors
from ..server.admit import Admission
from ..server.guards import Guards
from ..server.host import Beside, Host
from ..server.http.application import Application
from ..server.http.incoming import Incoming, Locate, behind
from ..server.http.router import Router
from ..server.http.upload import Limits
from ..server.identify import Identifier
from ..server.logs import Log
from ..server.mcp.endpoint import McpEndpoint
from ..server.object.service import ServiceInstance
from ..server.repeat import Idempotency
from ..settings import Settings, SettingsError
from ..store.account_cache import AccountCache
from ..store.credentials import Credentials
from ..store.in_hand import InHand, LeftBehind, left_behind
from ..store.lock import DataLock
from ..store.meter import Meter
from ..store.queries import accounts
from ..store.sql import PATIENCE
from .console import compile_console, deprecations, finder, make_console, open_store
from .facades import sandbox_of
from .launch import Secrets
from .pages import pages


@dataclass(frozen=True, slots=True)
class Start:
    """What the banner tells of access."""

    operator_set: bool
    plan: Plan
    registration: Registration


@dataclass(frozen=True, slots=True)
class Server:
    """What was made: not open yet, but for its store."""

    application: Application
    host: Host
    context: ConsoleContext
    """The store and what is known of it, for those who need a piece of it."""
    fold: Fold
    """Brings all records into the tables."""
    start: Start


async def server(
    facades: list[Facade], settings: Settings, *, url: str, hosts: frozenset[str] | None, secrets: Secrets,
    log: Log, run_key: bool, operator_socket: str | None = None, exhausted: Callable[[], None] = lambda: None,
    opened: Callable[[Start], None] = lambda start: None, locate: Locate | None = None, before: str = "",
) -> Server:  # fmt: skip
    """Open the store and put the rooms together. ``opened`` is called once every service is open; ``locate`` tells
    whence a request comes, where that is not for ``proxies`` to say; ``before``, how the process ended in whose place
    this one is.

    Raises what the store raises, ``SettingsError`` and ``TargetError``.
    """
    boot = token_hex(4)
    clock = SystemClock()
    services = [_instance(facade) for facade in facades]
    cors, trusted = _cors(settings), _proxies(settings)
    beside = [_beside(name) for name in settings["protocols"]]

    def audited(entry: AuditRecord) -> None:
        log.event("info", "audit", act=entry.act, actor=entry.actor, subject=entry.subject, seq=entry.seq,
                  head=entry.hash)  # fmt: skip

    async with AsyncExitStack() as opening:
        if settings["database"]:  # the journal and the operator's socket stand in the directory all the same
            opening.callback((await asyncio.to_thread(DataLock, Path(settings["data"]), PATIENCE)).close)
        store = await open_store(settings, audited)
        opening.push_async_callback(store.close)
        account_cache = AccountCache(clock)
        names = [each.name for service in services for each in service.operations.values()]
        meter = Meter(
            store, account_cache, clock, Path(settings["data"]) / "journal", boot=boot, names=names,
            waits=settings["meter_sync"], calls_kept=settings["calls_kept"],
        )  # fmt: skip
        ended, left = left_behind(Path(settings["data"]))
        lost = await meter.open(ended, left)
        opening.push_async_callback(meter.close)
        credentials = Credentials(store, clock, account_cache, RIGHTS)
        await credentials.open()
        watch = asyncio.ensure_future(credentials.watch())
        opening.callback(watch.cancel)
        context = ConsoleContext(store, credentials, clock)
        console, closing = make_console(
            context, settings, url, SetupToken(secrets.link), finder(services), meter.fold, deprecations(facades)
        )
        opening.push_async_callback(closing)
        services.append(ServiceInstance(compile_console(console.console, console.registration), console=True))
        start = Start(
            await store.ask(accounts.operator) is not None, await credentials.plan(DEFAULT.name), console.registration
        )
        run = run_credential(secrets.run, clock.now()) if run_key else None
        in_hand = None
        try:
            in_hand = InHand(Path(settings["data"]), boot)
            opening.callback(in_hand.close)
        except OSError as error:  # calls are refused anyway until there is room
            log.event("warning", "calls-not-held", error=str(error), fix="there is no room on the disk of `data`")
        guards = Guards(
            identifier=Identifier(
                credentials, console.login.authenticate, run, operator_socket, clock=clock,
                anonymous=lambda: credentials.anonymous,
            ),
            log=log,
            links=links(url),
            admission=Admission(meter, clock),
            meter=meter,
            in_hand=in_hand,
            idempotency=Idempotency(store, clock, secret=SECRET_RESULTS, untaken=SECRET_ARGUMENTS),
        )  # fmt: skip
        limits = Limits(body=settings["body_limit"], upload=settings["upload_limit"], spool=settings["data"])
        kept = AsyncExitStack()
        host = Host(
            services, guards, body_limit=limits.body, beside=beside, exhausted=exhausted, closing=kept.aclose,
            opened=lambda: opened(start), boot=boot,
        )  # fmt: skip
        agents = McpEndpoint(host, base_url=url, cors=cors)
        router = Router(
            host, base_url=url, limits=limits, cors=cors, agents=agents, pages=pages(host, console.registration, url)
        )
        _tell(lost, before, host, log)
        incoming = Incoming(
            host.new_id, hosts=hosts, operator_socket=operator_socket,
            locate=locate or (behind(trusted) if trusted else None),
        )  # fmt: skip
        kept.push_async_callback(opening.pop_all().aclose)
    return Server(Application(router, incoming), host, context, meter.fold, start)


def _tell(left: Sequence[LeftBehind], before: str, host: Host, log: Log) -> None:
    """The calls in whose midst the process before this one was killed: each is a line of the log, and counted."""
    for call in left:
        log.event(
            "error", "call-lost", request_id=call.request, operation=call.operation, caller=call.caller,
            began=call.at / 1e6 or None, reason=before or "its process was killed",
        )  # fmt: skip
        with suppress(Refusal):  # it is not served any more
            calls = host.operation(call.operation).calls
            calls[500] = calls.get(500, 0) + 1


def _instance(facade: Facade) -> ServiceInstance:
    """A service, with its sandbox where it has one."""
    sandbox = sandbox_of(facade)
    return ServiceInstance(facade, sandbox=None if sandbox is None else ServiceInstance(sandbox))


def _beside(name: str) -> Beside:
    """A further way to call. Raises :class:`TargetError`."""
    found, called = named(name)
    if called or not callable(found):
        raise TargetError(f"protocols: {name} should name a function of the application, `module:function`")
    made: Beside = found
    return made


def _cors(settings: Settings) -> Cors | None:
    try:
        return Cors(settings["cors"]) if settings["cors"] else None
    except ValueError as error:
        raise SettingsError(f"cors: {error}") from None


def proxy_of(settings: Settings) -> Callable[[str], bool]:
    """Whether an address is that of a proxy, whose word is taken on whom it speaks for."""
    trusted = _proxies(settings)
    return lambda address: inside(address, trusted)


def _proxies(settings: Settings) -> tuple[Network, ...]:
    try:
        return parse_networks(settings["proxies"])
    except ValueError as error:
        raise SettingsError(f"proxies: {error}") from None
