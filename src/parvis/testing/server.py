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
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..access.keys import mint, parse
from ..access.plans import ANONYMOUS, DEFAULT, Plan
from .callers import ADDRESS, Caller

if TYPE_CHECKING:
    from ..facade.compile import Facade

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
        from ..assembly.launch import Secrets
        from ..assembly.server import server
        from ..server.process.connections import ConnectionBounds
        from ..server.process.worker import Serving, Taking
        from ..settings import read

        nothing = folder / "parvis.toml"  # the test's own settings are no server's
        nothing.touch()
        log = _bugs()
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        async with contextlib.AsyncExitStack() as opening:
            opening.callback(listening.close)
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            made = await server(
                [self._facade], read({"data": str(folder)}, file=nothing, environment={}), url=self.url, hosts=None,
                secrets=Secrets(), log=log, run_key=False, locate=self._locate,
            )  # fmt: skip
            opening.push_async_callback(made.application.close)
            self._app = made.application
            self._store, self._credentials = made.context.store, made.context.credentials
            await made.application.open()
            await self._bound()
            self._taking = Taking(
                Serving(made.application, ConnectionBounds(), lambda error: log.error("", error)), [listening]
            )
            self._listening = listening
            opening.pop_all()

    def _locate(self, peer: str, fields: Mapping[bytes, bytes]) -> str:
        """Whence a call comes, as the test says: all of them come from this machine."""
        shown = fields.get(b"authorization")
        key = None if shown is None else parse(shown.removeprefix(b"Bearer "))
        return self._addresses.get("" if key is None else key.id, ADDRESS)

    async def _close(self) -> None:
        await self._taking.end(0)
        self._listening.close()
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


def _run(runner: asyncio.Runner) -> None:
    with runner:
        runner.get_loop().run_forever()


def _bugs() -> Any:
    """A log that shows the tracebacks of the façade, whose author runs the test, and nothing else."""
    from ..local import Bugs

    return Bugs()
