"""``parvis.asgi`` as others run it: alone under a server of ASGI, and below a prefix of another application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import bazaar
import till
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

import parvis

READS = ["get_price", "quick", "get_*", "find", "stalls.get", "stalls.list"]


def _inner() -> Any:
    return parvis.asgi(
        parvis.Service(
            bazaar.Bazaar, name="bazaar", version=2, reads=READS, media={"get_image": "image/png"},
            bind={"*(owner)": "caller.account", "who(address)": "caller.address", "who(key)": "caller.key",
                  "who(kind)": "caller.kind", "who(test)": "caller.test"},
        ),
        parvis.Service(till.Till, sandbox=till.Sandbox, reads=["balance", "get_rows"]),
        data="data",
    )  # fmt: skip


def alone() -> Any:
    return _inner()


def below() -> Any:
    inner = _inner()

    async def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse("outside")

    @contextlib.asynccontextmanager
    async def life(app: Any) -> AsyncIterator[None]:
        yield
        await inner.close()

    return Starlette(routes=[Route("/hello", hello), Mount("/api", inner)], lifespan=life)
