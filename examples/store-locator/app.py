"""The store locator: a web page of its own, in front of `stores.csv` and a geolocation service somewhere else.

One rule: the service is one object, and that of this process: `parvis.connect_async` made it, with this application's
own key. Browsers speak to this page alone, never to the service, and see neither its address nor the key.

    GEOLOCATION_URL=http://127.0.0.1:8000/geolocation uvicorn --factory app:from_environment
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import stores
import worldmap
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from locator import Answer, Locator, NothingFound
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from words import LANGUAGES, Words, choose

import parvis
from parvis.client import TooManyCalls

HERE: Final = Path(__file__).parent
LONGEST: Final = 200
"""Characters of a place that is typed; no name is longer."""

MAP: Final = "Made with Natural Earth"

HEADERS: Final = {
    # Nothing from anywhere else, and a place that somebody looks for is told to nobody by a link that is followed.
    "content-security-policy": "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
    "vary": "Accept-Language",
}

log = logging.getLogger("store-locator")


def from_environment() -> Starlette:
    """The page before the service at GEOLOCATION_URL; its key is in PARVIS_KEY."""
    url = os.environ["GEOLOCATION_URL"]
    return application(lambda: parvis.connect_async(url, timeout=5, retries=1))


def application(
    connect: Callable[[], Awaitable[Any]], now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Starlette:
    """The page. `connect` gives the client of the service, `now` is the clock."""
    page = Page(connect, now)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await page.close()

    return Starlette(
        routes=[
            Route("/", page.show),
            Route("/suggest", page.suggest),
            Mount("/static", Static(directory=HERE / "static")),
        ],
        exception_handlers={404: page.missing},
        lifespan=lifespan,
    )


class Page:
    """The one page, and the suggestions for its field."""

    def __init__(self, connect: Callable[[], Awaitable[Any]], now: Callable[[], datetime]) -> None:
        self._connect, self._now = connect, now
        self._stores = stores.read(HERE / "stores.csv")
        self._geolocation: Any = None
        self._credits = {MAP: "https://www.naturalearthdata.com/"}
        self._attempt: asyncio.Task[Locator] | None = None
        self._template = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        ).get_template("page.html")  # fmt: skip

    async def _ready(self) -> Locator:
        """The locator. The service is connected to when it is first needed, and so may start after this page.

        Visitors who come meanwhile share the attempt, and the next one after a failure makes another.
        """
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._reach())
        attempt = self._attempt
        try:
            return await asyncio.shield(attempt)
        except parvis.ParvisError:
            if self._attempt is attempt:
                self._attempt = None
            raise

    async def _reach(self) -> Locator:
        self._geolocation = await self._connect()
        sources = (await self._geolocation.about()).sources
        self._credits = {source.attribution: source.url for source in sources if source.attribution} | self._credits
        return Locator(self._geolocation, self._stores, self._now)

    async def close(self) -> None:
        """Let go of the service."""
        if self._geolocation is not None:
            await self._geolocation.parvis.close()

    async def show(self, request: Request) -> Response:
        """The page, with the stores near the place or the address that its query asks for."""
        words = words_of(request)
        try:
            answer = await self._find(request, words.language)
        except NothingFound as error:
            kind = {"": "unknown", "public": "no_place"}.get(error.kind, "private")
            return self._page(request, words, notice=(words(kind, asked=error.asked), words(f"{kind}_hint")))
        except TooManyCalls as error:
            log.warning("%s", error)
            return self._trouble(request, words, "busy", error.retry_after)
        except parvis.ParvisError as error:
            log.error("%s", error)
            return self._trouble(request, words, "down")
        return self._page(request, words, answer=answer)

    async def _find(self, request: Request, language: str) -> Answer | None:
        query = request.query_params
        text, number = query.get("place", "").strip()[:LONGEST], query.get("id", "")
        if "from" in query:
            return await (await self._ready()).by_address(request.client.host if request.client else "", language)
        if number.isascii() and number.isdecimal() and len(number) < 10:
            return await (await self._ready()).by_id(int(number), language)
        return await (await self._ready()).by_text(text, language) if text else None

    async def suggest(self, request: Request) -> Response:
        """Places whose name begins with what was typed so far, as JSON."""
        words = words_of(request)
        text = request.query_params.get("place", "").strip()[:LONGEST]
        try:
            places = await (await self._ready()).suggest(text, words.language) if text else []
        except parvis.ParvisError as error:
            log.warning("%s", error)
            return JSONResponse([], 503, HEADERS)
        rows = [{"label": p.label, "name": p.name, "area": p.area, "href": self._link(request, p)} for p in places]
        return JSONResponse(rows, headers={**HEADERS, "cache-control": "private, max-age=300"})

    async def missing(self, request: Request, error: Exception) -> Response:
        """An address that is none of ours."""
        words = words_of(request)
        return self._page(request, words, 404, notice=(words("missing"), ""))

    def _trouble(self, request: Request, words: Words, key: str, wait: float | None = None) -> Response:
        """The service does not answer, which is not the visitor's fault: they may try the same again."""
        notice = (words(key), words(f"{key}_hint", when=words.wait(wait)))
        response = self._page(request, words, 503, notice=notice, again=str(request.url.include_query_params().query))
        if wait is not None:
            response.headers["retry-after"] = str(-int(-wait // 1))
        return response

    def _page(
        self, request: Request, words: Words, status: int = 200, *, answer: Answer | None = None,
        notice: tuple[str, str] | None = None, again: str | None = None,
    ) -> Response:  # fmt: skip
        if answer is None:
            view = worldmap.world([(store.latitude, store.longitude) for store in self._stores])
        else:
            near = [(seen.store.latitude, seen.store.longitude) for seen in answer.stores]
            view = worldmap.around((answer.place.latitude, answer.place.longitude), near)
        query = request.query_params
        other = next(language for language in LANGUAGES if language != words.language)
        return HTMLResponse(
            self._template.render(
                words=words,
                answer=answer,
                notice=notice,
                again=again,
                view=view,
                width=worldmap.WIDTH,
                count=len(self._stores),
                asked=answer.place.label if answer else query.get("place", ""),
                address=request.client.host if request.client and "from" in query else None,
                language_asked="lang" in query,
                other=other,
                other_link="?" + urlencode({**query, "lang": other}),
                link=lambda place: self._link(request, place),
                credits=self._credits,
            ),
            status,
            {**HEADERS, "content-language": words.language},
        )

    @staticmethod
    def _link(request: Request, place: Any) -> str:
        """The page of a place, in the language that was asked for."""
        query = {"place": place.label} if place.id is None else {"place": place.label, "id": place.id}
        if "lang" in request.query_params:
            query["lang"] = request.query_params["lang"]
        return "?" + urlencode(query)


class Static(StaticFiles):
    """The files beside the page: the map, the style, the script. A browser asks whether its copy is still good."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**HEADERS, "cache-control": "no-cache"})
        return response


def words_of(request: Request) -> Words:
    """The words in the language of the visitor."""
    return Words(choose(request.query_params.get("lang"), request.headers.get("accept-language", "")))
