"""What is asked of a server, as values: a stage is a server with its settings, a story is what one caller does on one
connection, an ask is one request of it. Nothing here knows a server, so the corpus is the same on every machine.

A text may hold ``{{name}}``: what was kept of an earlier answer, or what the recorder knows (``port``).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

PLACE = re.compile(r"\{\{([\w.]+)\}\}")
_BASIC = re.compile(r"Basic <(.*)>\Z", re.DOTALL)

Headers = tuple[tuple[str, str], ...]
JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
OCTETS = ("Content-Type", "application/octet-stream")
PASSWORD = "an honest password"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. With ``raw``, exactly these bytes; else what the other fields say.

    ``keep``: name -> where it stands, in the answer (``body/id``, ``header/etag``) or, as a pattern, in the next letter
    (``letter/token=(.+)``). ``on`` names the connection, where a story has several. ``until``: ``head`` leaves the
    answer's body unread, ``nothing`` reads no answer, ``hang up`` closes the connection in the midst of it, ``end``
    reads until the server closes. ``pause``: seconds before it.
    """

    name: str
    method: str = "GET"
    path: str = "/"
    headers: Headers = ()
    body: bytes | None = None
    raw: bytes | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    on: str = ""
    until: Literal["whole", "head", "nothing", "hang up", "end"] = "whole"
    pause: float = 0.0

    def written(self, known: Mapping[str, str]) -> bytes:
        """The bytes that are sent, with what is ``known`` in its places."""
        if self.raw is not None:
            return filled(self.raw, known)
        body = None if self.body is None else filled(self.body, known)
        names = {name.lower() for name, _ in self.headers}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        if "host" not in names:
            lines.append("Host: 127.0.0.1:{{port}}")
        lines += [f"{name}: {_basic(value, known)}" for name, value in self.headers]
        if body is not None and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""])
        return filled(head.encode("latin-1", "replace"), known) + (body or b"")

    def told(self) -> str:
        """The request for people: its places unfilled, a long one cut."""
        text = self.written({}).decode("utf-8", "backslashreplace")
        return text if len(text) <= 1500 else f"{text[:1400]}... ({len(text)} characters)"


@dataclass(frozen=True, slots=True)
class Story:
    """What one caller does, in order. ``by``: a connection of HTTP, the operator's socket, or the socket of lines.
    ``address`` is where the caller stands: any of 127.0.0.0/8. ``needed``: it is played in every part of the corpus."""

    group: str
    name: str
    asks: tuple[Ask, ...]
    by: Literal["http", "operator", "lines"] = "http"
    address: str = "127.0.0.1"
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One server and what is asked of it.

    ``locked``: what is public is written down first, as it must be where a server has a public address. ``mail``: a
    mail server stands beside it. ``at_once``: so many stories are played at one time, where none heeds another.
    ``app`` is an ASGI application under uvicorn in place of ``parvis serve``; ``script`` is a program that prints what
    it finds, a JSON object a line, and needs no server.
    """

    name: str
    stories: tuple[Story, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    locked: bool = False
    mail: bool = False
    at_once: int = 1
    app: str = ""
    script: str = ""


def filled(text: bytes, known: Mapping[str, str]) -> bytes:
    def value(match: re.Match[bytes]) -> bytes:
        found = known.get(match[1].decode())
        return match[0] if found is None else found.encode()

    return re.sub(PLACE.pattern.encode(), value, text)


def _basic(value: str, known: Mapping[str, str]) -> str:
    """``Basic <name:password>`` as it is sent; the places in it are filled before it becomes base64."""
    match = _BASIC.match(value)
    if match is None or not known:
        return value
    return "Basic " + base64.b64encode(filled(match[1].encode(), known)).decode()


# How requests are written


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def post(name: str, path: str, value: Any = None, *headers: tuple[str, str], **more: Any) -> Ask:
    """A ``POST`` of one JSON value; without one, of an empty object."""
    return Ask(name, "POST", path, (JSON, *headers), as_json({} if value is None else value), **more)


def patch(name: str, path: str, value: Any, *headers: tuple[str, str], **more: Any) -> Ask:
    return Ask(name, "PATCH", path, (JSON, *headers), as_json(value), **more)


def get(name: str, path: str, *headers: tuple[str, str], **more: Any) -> Ask:
    return Ask(name, "GET", path, headers, **more)


def bearer(place: str) -> tuple[str, str]:
    """The header of a key that was kept under this name."""
    return ("Authorization", f"Bearer {{{{{place}}}}}")


def basic(name: str, password: str) -> tuple[str, str]:
    return ("Authorization", f"Basic <{name}:{password}>")


def alone(group: str, asks: list[Ask] | tuple[Ask, ...], **more: Any) -> list[Story]:
    """Each ask as a story of its own."""
    return [Story(group, ask.name, (ask,), **more) for ask in asks]


def in_turn(group: str, name: str, *asks: Ask, **more: Any) -> Story:
    return Story(group, name, asks, **more)
