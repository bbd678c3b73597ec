"""Serving from code: ``parvis.serve(Shop(db))`` and ``parvis.asgi(Shop)``, with what the settings file would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .facade.options import Options


class Service:
    """A façade and its options, under the names that ``parvis.toml`` uses.

    ``Service(Shop, reads=["price"], inline=["price"])``. Raises ``TypeError`` for an unknown option and ``ValueError``
    for a wrong value.
    """

    def __init__(self, target: Any, /, **options: Any) -> None:
        lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        self.target = target
        self.options = Options(**lists)


def _services(targets: tuple[Any, ...]) -> list[Service]:
    if not targets:
        raise TypeError("say what to publish: parvis.serve(Shop)")
    return [target if isinstance(target, Service) else Service(target) for target in targets]


def asgi(*targets: Any, data: str | None = None, public_url: str = "") -> Any:
    """An ASGI application that serves ``targets``, for any ASGI server, or to be mounted in Starlette or FastAPI.

    Args:
        targets: Classes, instances, modules, functions, text as for ``parvis serve``, or :class:`Service`.
        data: The directory of accounts and keys; ``parvis-data`` without it.
        public_url: The address under which callers reach it, for links.

    The host of a request is not checked: that is the outer server's. Only what ``parvis.lock`` names is public, as
    beyond loopback, since what stands in front cannot be known; without the file, everything is, and with
    ``public_url`` the start fails.
    """
    from .cli import compose, locking, plan
    from .server.application import Waiting
    from .server.logs import Log
    from .settings import read

    services = _services(targets)
    settings = read({"data": data, "public_url": public_url or None})
    sources = [plan.ServiceSource(service.target, service.options) for service in services]

    async def make() -> Any:
        facades = compose.compile_sources(sources)
        if settings["public_url"] or Path(settings["lock"]).exists():
            facades = locking.restrict(facades, settings)
        plan.data_directory(settings)
        made, _ = await compose.application(
            facades, settings, url=settings["public_url"], hosts=None, secrets=plan.Secrets(), log=Log(), run_key=False
        )
        return made

    return Waiting(make)


def serve(*targets: Any, **flags: Any) -> None:
    """Serve ``targets`` from this process until Ctrl-C, as ``parvis serve`` does, without its supervisor.

    ``flags`` are settings: ``host``, ``port``, ``data``... Raises ``ValueError`` for a wrong one.
    """
    from .cli.plan import ServiceSource
    from .cli.serve import serve_here
    from .settings import read

    sources = [ServiceSource(s.target, s.options) for s in _services(targets)]
    serve_here(sources, read(flags))
