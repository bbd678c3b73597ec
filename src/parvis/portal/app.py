"""The portal as one ASGI application: its pages and their addresses."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from parvis.contract.model import Contract

from .console import Console
from .pages import Pages
from .render import HEADERS, HERE
from .welcome import Welcome


def portal_app(
    console: Console, contracts: Iterable[Contract], base_url: str, welcome: Welcome | None = None
) -> Starlette:
    """The portal of these services. ``base_url`` is the server's public address (``https://api.example.org``);
    ``welcome`` is open registration without letters, when left out.

    Every page can be read without the console; only the forms' posts call it.
    """
    pages = Pages(console, contracts, base_url, welcome or Welcome())
    app = Starlette(
        routes=[
            Route("/", pages.front),
            Route("/register", pages.register_form, methods=["GET"]),
            Route("/register", pages.register, methods=["POST"]),
            Route("/verify", pages.verify_form, methods=["GET"]),
            Route("/verify", pages.verify, methods=["POST"]),
            Route("/reset", pages.reset_form, methods=["GET"]),
            Route("/reset", pages.reset, methods=["POST"]),
            Route("/operator", pages.operator_form, methods=["GET"]),
            Route("/operator", pages.operator, methods=["POST"]),
            Route("/errors/", pages.errors),
            Route("/errors/{code}", pages.error),
            Mount("/static", Static(directory=HERE / "static")),
            Route("/{service}/", pages.service),
            Route("/{service}", pages.to_service),
        ],
        exception_handlers={404: pages.missing, 405: pages.wrong_method, 500: pages.broken},
    )
    # Its redirects would take the host from the request.
    app.router.redirect_slashes = False
    return app


class Static(StaticFiles):
    """The portal's own files, with the headers of its pages."""

    async def get_response(self, path: str, scope: dict[str, object]) -> Response:  # type: ignore[override]
        response = await super().get_response(path, scope)
        response.headers.update({k: v for k, v in HEADERS.items() if k != "vary"})
        response.headers["cache-control"] = "no-cache"  # revalidated by ETag: an upgrade shows at once
        return response
