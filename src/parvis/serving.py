"""Serving from code: ``parvis.serve(Shop(db))`` and ``parvis.asgi(Shop)``, with what the settings file would say."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .contract.settings import OPTIONS
from .facade.options import Options

if TYPE_CHECKING:
    from .settings import Settings


class Service:
    """A façade and its options, under the names that ``parvis.toml`` uses.

    ``Service(Shop, reads=["price"], run={"price": "inline"})``. Raises ``TypeError`` for an unknown option and
    ``ValueError`` for a wrong value.
    """

    def __init__(self, target: Any, /, **options: Any) -> None:
        for name in options:
            if name not in OPTIONS:
                near = difflib.get_close_matches(name, OPTIONS, n=1, cutoff=0)
                raise TypeError(f"there is no option {name!r}; the nearest is {near[0]!r}")
        lists: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        self.target = target
        self.options = Options(**lists)


def _services(targets: tuple[Any, ...]) -> list[Service]:
    if not targets:
        raise TypeError("say what to publish: parvis.serve(Shop)")
    return [target if isinstance(target, Service) else Service(target) for target in targets]


def _with(settings: Settings, options: Options) -> Options:
    """What is left to the server's settings where a service says nothing."""
    return replace(options, default_timeout=settings["timeout"])


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
    from .assembly import launch
    from .assembly.enforce_lock import restrict
    from .assembly.facades import compile_sources
    from .assembly.server import server
    from .server.http.asgi import Waiting
    from .server.logs import Log
    from .settings import read

    services = _services(targets)
    settings = read({"data": data, "public_url": public_url or None})
    sources = [launch.ServiceSource(service.target, _with(settings, service.options)) for service in services]

    async def make() -> Any:
        facades = compile_sources(sources)
        if settings["public_url"] or Path(settings["lock"]).exists():
            facades = restrict(facades, settings)
        launch.data_directory(settings)
        secrets = launch.Secrets()
        made = await server(
            facades, settings, url=settings["public_url"], hosts=None, secrets=secrets, log=Log(), run_key=False
        )
        return made.application

    return Waiting(make)


def serve(*targets: Any, **flags: Any) -> None:
    """Serve ``targets`` from this process until Ctrl-C, as ``parvis serve`` does, without its supervisor.

    ``flags`` are settings: ``host``, ``port``, ``data``... Raises ``ValueError`` for a wrong one.
    """
    from .assembly.launch import ServiceSource
    from .assembly.serving import launch
    from .cli.publisher.banner import print_banner
    from .settings import read

    settings = read(flags)
    sources = [ServiceSource(s.target, _with(settings, s.options)) for s in _services(targets)]
    launch(sources, settings, print_banner, supervised=False, reload=False)
