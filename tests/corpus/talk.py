"""Connections to a server, byte by byte: what was sent is sent as it stands, what came is kept as it came."""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

SILENCE = 6.0
"""Seconds after which an answer that ends with the connection is over, though a server may keep that for longer."""
PATIENCE = 20.0
"""Seconds for an answer; no ask of the corpus takes half of it."""


@dataclass(slots=True)
class Answer:
    """``status`` is 0 where no head came. ``cut`` says how it ended, when not in good order."""

    line: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cut: str = ""
    before: list[str] = field(default_factory=list)
    """First lines of interim answers (1xx)."""

    @property
    def status(self) -> int:
        found = re.match(r"HTTP/1\.[01] (\d{3})", self.line)
        return int(found[1]) if found else 0

    def header(self, name: str) -> str:
        return next((value for each, value in self.fields if each.lower() == name), "")


class Closed(Exception):
    """The server has closed the connection."""


class Talk:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        self._socket = connection
        self._read = b""
        self.over = False

    @classmethod
    def tcp(cls, port: int, address: str) -> Talk:
        made = socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(address, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(made)

    @classmethod
    def unix(cls, path: Path) -> Talk:
        made = socket.socket(socket.AF_UNIX)
        made.connect(str(path))
        return cls(made)

    def close(self) -> None:
        self.over = True
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """False where nobody takes it any more."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    # HTTP

    def answer(self, method: str, *, head_only: bool = False) -> Answer:
        """The whole answer to the request that was sent last."""
        found = Answer()
        try:
            self._head(found)
            while 100 <= found.status < 200:
                found.before.append(found.line)
                found.fields = []
                self._head(found)
            if head_only:
                return found
            if method != "HEAD" and found.status not in (204, 304):
                self._body(found)
        except Closed:
            found.cut = "closed"
        except TimeoutError:
            found.cut = "silent"
        if found.cut or found.header("connection").lower() == "close":
            self.over = True
        return found

    def _head(self, found: Answer) -> None:
        try:
            head = self._until(b"\r\n\r\n").decode("latin-1")
        except Closed:
            found.body, self._read = self._read, b""
            raise
        found.line, *lines = head.split("\r\n")[:-2]
        found.fields = [_field(line) for line in lines]

    def _body(self, found: Answer) -> None:
        if "chunked" in found.header("transfer-encoding"):
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                found.body += self._exactly(size)
                self._exactly(2)
            while self._until(b"\r\n") != b"\r\n":
                pass
        elif length := found.header("content-length"):
            found.body = self._exactly(int(length))
        else:
            found.body = self._rest()

    def rest(self) -> bytes:
        """All that comes until the server closes."""
        return self._rest()

    def line(self) -> bytes:
        """One line; empty when the server has closed."""
        try:
            return self._until(b"\n")
        except Closed:
            return b""

    def _more(self) -> None:
        try:
            part = self._socket.recv(262_144)
        except ConnectionError:
            part = b""
        if not part:
            raise Closed
        self._read += part

    def _until(self, end: bytes) -> bytes:
        while (place := self._read.find(end)) < 0:
            self._more()
        place += len(end)
        found, self._read = self._read[:place], self._read[place:]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        found, self._read = self._read[:size], self._read[size:]
        return found

    def _rest(self) -> bytes:
        self._socket.settimeout(SILENCE)
        with contextlib.suppress(Closed, TimeoutError):
            while True:
                self._more()
        found, self._read = self._read, b""
        return found


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()
