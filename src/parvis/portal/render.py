"""From a template to an answer: the language, the words, and the headers that every page has."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from parvis.contract.outcomes import PLACES, Refusal
from parvis.i18n import LANGUAGES, Language, translate
from parvis.i18n import language as language_of
from parvis.protocol import problems

from .welcome import Welcome

HERE = Path(__file__).parent

HEADERS = {
    # Our own files alone: no script, style, image or frame from anywhere else, and no page of ours in a frame.
    "content-security-policy": "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # Not no-referrer: with it a browser posts our own forms with `Origin: null`.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "vary": "Accept-Language",
}


class Renderer:
    """Makes pages of the templates. ``base_url`` is the public address of the server; each page knows ``welcome``."""

    def __init__(self, base_url: str, welcome: Welcome) -> None:
        self.base_url = base_url.rstrip("/")
        self.root = urlsplit(self.base_url).path
        self._welcome = welcome
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "host": host,
            "paragraphs": paragraphs,
            "sentence": sentence,
            "ticks": ticks,
            "unbroken": unbroken,
        }

    def page(
        self, request: Request, template: str, *, status: int = 200, secret: bool = False,
        headers: dict[str, str] | None = None, **values: Any,
    ) -> HTMLResponse:  # fmt: skip
        """The page in the reader's language; a ``secret`` one is kept by no cache, nor is one that is no success."""
        language = choose(request)
        asked = request.query_params.get("lang") == language
        html = self._environment.get_template(template).render(
            **values,
            _=partial(say, language),
            base_url=self.base_url,
            root=self.root,
            welcome=self._welcome,
            language=language,
            languages=_languages(request),
            link=self._linker(language if asked else None),
        )
        cache = "no-store" if secret or status >= 400 else "no-cache"
        said = {**HEADERS, "content-language": language, "cache-control": cache, **(headers or {})}
        return HTMLResponse(html, status, said)

    def refusal(self, request: Request, refusal: Refusal) -> dict[str, Any]:
        """What a page shows of a refusal, in the reader's language: its problem."""
        return problems.problem(refusal, request_id="", language=choose(request), links=self.places())

    def places(self) -> dict[str, str]:
        """The addresses that a ``fix`` may name, in full."""
        return {name: self.base_url + path for name, path in PLACES.items()}

    def _linker(self, language: str | None) -> Callable[[str], str]:
        # A language that was asked for stays: each link of the page carries it on.
        query = f"?{urlencode({'lang': language})}" if language else ""

        def link(path: str) -> str:
            address, hash_, anchor = path.partition("#")
            return f"{self.root}{address}{query}{hash_}{anchor}"

        return link


def choose(request: Request) -> Language:
    """``?lang=`` before ``Accept-Language``."""
    asked = request.query_params.get("lang")
    named = next((tag for tag in LANGUAGES if tag == asked), None)
    return named or language_of(request.headers.get("accept-language"))


def _languages(request: Request) -> list[dict[str, str]]:
    """For each language its name and this page's query in it (all else in the query stays: a one-time link)."""
    rest = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    return [
        {"tag": tag, "name": name, "query": "?" + urlencode([*rest, ("lang", tag)])} for tag, name in LANGUAGES.items()
    ]


def say(language: Language, text: str, **values: Any) -> Markup:
    """A text of ours in that language; what is filled in is escaped like all else."""
    said = escape(translate(text, language))
    return said % values if values else said


def host(base_url: str) -> str:
    """The server's name, as a person says it."""
    return urlsplit(base_url).netloc


def ticks(text: str) -> Markup:
    """A sentence of ours with its `code` marked up."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped just before


def unbroken(text: str) -> str:
    """A heading in which no word is broken at its hyphen: ``e-mail``."""
    return text.replace("-", "\N{NON-BREAKING HYPHEN}")


def sentence(text: str) -> str:
    """What is wrong with a field, as a sentence below its label: ``is required`` -> ``Is required.``"""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")


def paragraphs(text: str) -> list[str]:
    """A docstring's text by paragraphs."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
