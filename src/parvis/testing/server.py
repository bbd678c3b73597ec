"""The server behind a served façade, on a thread of its own: what ``parvis serve`` puts together, without its process.

Rule: nothing is replaced but where a call comes from, which the test says: all of them come from this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shutil
import socket
import tempfile
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..access.keys import mint, parse
from ..access.limits import ANONYMOUS, DEFAULT, Plan
from .callers import ADDRESS, Caller

if TYPE_CHECKING:
    from ..access.credential import Credential
    from ..facade.compile import Facade
    from ..server.application import Application
    from ..server.call import Call
    from ..server.identify import Identifier
    from ..store.credentials import Credentials
    from ..store.sql import SqlStore

R = TypeVar("R")

UNBOUNDED: dict[str, Any] = {"rate": None, "burst": 1, "concurrent": None, "day": None, "month": None, "page": None}


class Server:
    """The server on a thread of its own, from ``with`` to its end."""

    def __init__(self, facade: Facade, plan: Plan | None) -> None:
        self._facade = facade
        self._plan = plan
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Server:
        with contextlib.ExitStack() as opening:
            folder = tempfile.mkdtemp(prefix="parvis-")
            opening.callback(shutil.rmtree, folder, ignore_errors=True)
            runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
            self._loop = runner.get_loop()
            thread = threading.Thread(target=_run, args=(runner,), name="parvis-served", daemon=True)
            thread.start()
            opening.callback(thread.join)
            opening.callback(self._loop.call_soon_threadsafe, self._loop.stop)
            self._do(self._open(Path(folder)))
            opening.callback(lambda: self._do(self._close()))
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def key(self, caller: Caller) -> str:
        """A new key of the caller; its account is made when it is not there."""
        return self._do(self._key(caller))

    def _do(self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self, folder: Path) -> None:
        from uvicorn.server import Server as Uvicorn

        from ..cli import compose
        from ..cli.plan import Secrets
        from ..server.deadlines import BoundedConfig, Deadlines
        from ..settings import read

        nothing = folder / "parvis.toml"  # the test's own settings are no server's
        nothing.touch()
        # By its number, for asyncio looks at that before it sends at once (TCP_NODELAY): else each stream waits 40 ms.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            settings = read({"data": str(folder)}, file=nothing, environment={})
            made, _ = await compose.application(
                [self._facade], settings, url=self.url, hosts=None, secrets=Secrets(), log=_bugs(), run_key=False
            )
        except BaseException:
            listening.close()
            raise
        self._app: Application = made
        console: Any = made.entry("parvis.plans.create").hosted.facade.target.make({})
        self._store: SqlStore = console._desk.store
        self._credentials: Credentials = console._desk.credentials
        made.identifier = cast("Identifier", _Placed(made.identifier, self._addresses))
        try:
            await made.open()
        except BaseException:
            listening.close()
            if made.closing is not None:
                await made.closing()
            raise
        try:
            await self._bound()
            configuration = BoundedConfig(
                made, deadlines=Deadlines(), lifespan="off", log_config=None, access_log=False, server_header=False,
                proxy_headers=False, ws="none",
            )  # fmt: skip
            configuration.load()
            self._http = Uvicorn(configuration)
            self._http.lifespan = configuration.lifespan_class(configuration)
            await self._http.startup(sockets=[listening])
        except BaseException:
            listening.close()
            await made.close()
            raise
        self._ticking = asyncio.ensure_future(self._http.main_loop())

    async def _close(self) -> None:
        # uvicorn's own shutdown waits a tenth of a second for callers; here they are closed already.
        self._ticking.cancel()
        for server in self._http.servers:
            server.close()
        for connection in list(self._http.server_state.connections):
            connection.shutdown()
        await self._app.close()

    async def _bound(self) -> None:
        bounds = UNBOUNDED if self._plan is None else dataclasses.asdict(self._plan)
        changes = {name: value for name, value in bounds.items() if name not in ("name", "rights", "keys")}
        for name in (DEFAULT.name, ANONYMOUS.name):
            await self._change_plan(name, changes)

    async def _change_plan(self, name: str, changes: dict[str, Any]) -> None:
        from ..store.queries import plans

        await self._credentials.change_all(None, plans.change, name, changes)

    async def _key(self, caller: Caller) -> str:
        from ..store.queries import accounts, keys
        from ..store.records import AccountRecord, KeyRecord

        if caller.account is None:
            await self._change_plan(ANONYMOUS.name, {"rights": ("*",) if caller.rights is None else caller.rights})
            self._addresses[""] = caller.address
            return ""
        if await self._store.ask(accounts.by_id, caller.account) is None:
            email = f"{caller.account}@example.org"
            record = AccountRecord(caller.account, email, caller.account, "", 1, verified_at=1, approved_at=1)
            await self._store.change(None, accounts.add, record)
        made = mint("test" if caller.test else "live")
        key = KeyRecord(made.id, caller.account, "", caller.rights, made.digest, caller.test, 1)
        await self._credentials.change_key(made.id, None, keys.add, key)
        self._addresses[made.id] = caller.address
        return made.text


class _Placed:
    """Who calls, as the server finds it; and from where, as the test says."""

    def __init__(self, identifier: Identifier, addresses: dict[str, str]) -> None:
        self._identifier = identifier
        self._addresses = addresses

    def recall(self, shown: bytes | None, call: Call) -> Credential | None:
        key = None if shown is None else parse(shown.removeprefix(b"Bearer "))
        call.address = self._addresses.get("" if key is None else key.id, ADDRESS)
        return self._identifier.recall(shown, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._identifier, name)


def _run(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


def _bugs() -> Any:
    """A log that shows the tracebacks of the façade, whose author runs the test, and nothing else."""
    from ..server.logs import Log

    class Bugs(Log):
        def call(self, call: Call, seconds: float) -> None: ...

        def event(self, level: str, event: str, **fields: Any) -> None:
            if level == "error":
                super().event(level, event, **fields)

    return Bugs(2, terminal=True)
