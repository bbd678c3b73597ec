"""One line a call: JSON for programs, columns on a terminal. Written by hand, since a line costs as much as a call.

No header and no argument is ever written, so no secret can be; but for what a caller calls its own request, in the form
that :mod:`parvis.protocol.trace` holds it to. Lines are gathered for a moment and written at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import traceback
import types
from typing import TYPE_CHECKING, Any, NamedTuple

from ..contract.outcomes import as_text, type_name
from ..protocol.trace import REQUEST_ID, TRACEPARENT, client_request_id, trace_id

if TYPE_CHECKING:  # the process that holds the sockets writes here too, and stays light
    from ..access.credential import Credential
    from .object.service import BoundOperation
    from .request import Request

MOMENT = 0.05
"""Seconds that lines are gathered."""

_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class CallLine(NamedTuple):
    """What the log is told of a call; ``operation`` is None where it reached none."""

    request: Request
    operation: BoundOperation | None
    credential: Credential | None
    status: int
    code: str
    seconds: float


class Log:
    """Writes to a file descriptor, standard error by default."""

    def __init__(self, descriptor: int = 2, *, terminal: bool | None = None) -> None:
        self._descriptor = descriptor
        self._terminal = os.isatty(descriptor) if terminal is None else terminal
        self._lines: list[str] = []
        self._clock = time.time
        self._second = 0
        self._stamp = ""

    def call(self, call: CallLine) -> None:
        """The line of one call."""
        request, operation, credential = call.request, call.operation, call.credential
        name = operation.name if operation is not None else ""
        who = (credential.id or credential.kind) if credential is not None else ""
        if self._terminal:
            line = self._readable(call, name, who)
        else:
            # Names, ids and codes are ours and need no escaping; the path of an unknown address is the caller's.
            if operation is not None:
                where = f',"version":{operation.service.contract.version}'
            else:
                where = f',"path":{json.dumps(request.path[:200])}'
            code = f',"code":"{call.code}"' if call.code else ""
            if TRACEPARENT in request.fields or REQUEST_ID in request.fields:
                code += _theirs(request)
            line = (
                f'{{"time":"{self._now()}","level":"info","event":"call","request_id":"{request.id}",'
                f'"method":"{request.method}","operation":"{name}","status":{call.status},'
                f'"ms":{call.seconds * 1000:.3f},"caller":"{who}"{code}{where}}}\n'
            )
        self._write(line)

    def event(self, level: str, event: str, **fields: Any) -> None:
        """A line about the server itself."""
        if self._terminal:
            told = " ".join(f"{name}={value}" for name, value in fields.items() if name != "trace")
            line = f"{level:>7}  {event} {told}\n{fields.get('trace', '')}"
        else:
            line = json.dumps({"time": self._now(), "level": level, "event": event, **fields}, default=str) + "\n"
        self._write(line)

    def error(self, event: str, error: BaseException, **fields: Any) -> None:
        """A bug, whole: this is the only place where a traceback goes. Never fails for what the exception is like."""
        self.event("error", event, error=f"{type_name(error)}: {as_text(error)}", **fields, trace=_trace(error))

    def flush(self) -> None:
        """Write what was gathered. A reader that went away ends the log, never a call."""
        data = "".join(self._lines).encode(errors="backslashreplace")
        self._lines.clear()
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                return

    def _write(self, line: str) -> None:
        self._lines.append(line)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(MOMENT, self.flush)
            except RuntimeError:
                self.flush()

    def _now(self) -> str:
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._stamp}.{int((now - second) * 1000):03d}Z"

    def _readable(self, call: CallLine, name: str, who: str) -> str:
        colour = _COLOURS.get(call.status // 100, "0")
        version = call.operation.service.contract.version if call.operation is not None else 1
        what = (name if version == 1 else f"{name} v{version}") or call.request.path[:200].encode(
            "unicode_escape"
        ).decode()
        code = f"  {call.code}" if call.code else ""
        return (
            f"{time.strftime('%H:%M:%S')}  \x1b[{colour}m{call.status}\x1b[0m  {call.request.method:<6} {what:<32} "
            f"{call.seconds * 1000:8.1f} ms  {who}{code}\n"
        )


def _trace(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except BaseException:  # its ``__cause__``, its notes or its class raise when they are asked
        own: types.TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
        where = "".join(traceback.format_tb(own))
        return f"Traceback (most recent call last):\n{where}{type_name(error)}: {as_text(error)}\n"


def _theirs(request: Request) -> str:
    """What the caller calls its request."""
    told = ""
    if TRACEPARENT in request.fields:
        trace = trace_id(request.fields[TRACEPARENT])
        told += f',"trace_id":"{trace}"' if trace else ""
    own = client_request_id(request.fields.get(REQUEST_ID, b""))
    return told + (f',"client_request_id":"{own}"' if own else "")
