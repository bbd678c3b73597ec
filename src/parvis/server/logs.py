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
from typing import Any

from ..protocol.trace import REQUEST_ID, TRACEPARENT, client_request_id, trace_id
from .call import Call

MOMENT = 0.05
"""Seconds that lines are gathered."""

_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}


class Log:
    """Writes to a file descriptor, standard error by default."""

    def __init__(self, descriptor: int = 2, *, terminal: bool | None = None) -> None:
        self._descriptor = descriptor
        self._terminal = os.isatty(descriptor) if terminal is None else terminal
        self._lines: list[str] = []
        self._clock = time.time
        self._second = 0
        self._stamp = ""

    def call(self, call: Call, seconds: float) -> None:
        """The line of one call."""
        entry, credential = call.entry, call.credential
        name = entry.name if entry is not None else ""
        who = (credential.id or credential.kind) if credential is not None else ""
        if self._terminal:
            line = self._readable(call, name, who, seconds)
        else:
            # Names, ids and codes are ours and need no escaping; the path of an unknown address is the caller's.
            if entry is not None:
                where = f',"version":{entry.hosted.contract.version}'
            else:
                where = f',"path":{json.dumps(call.path[:200])}'
            code = f',"code":"{call.code}"' if call.code else ""
            if TRACEPARENT in call.headers or REQUEST_ID in call.headers:
                code += _theirs(call)
            line = (
                f'{{"time":"{self._now()}","level":"info","event":"call","request_id":"{call.id}",'
                f'"method":"{call.method}","operation":"{name}","status":{call.status},"ms":{seconds * 1000:.3f},'
                f'"caller":"{who}"{code}{where}}}\n'
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
        """A bug, whole: this is the only place where a traceback goes."""
        trace = "".join(traceback.format_exception(error))
        self.event("error", event, error=f"{type(error).__name__}: {error}", **fields, trace=trace)

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

    def _readable(self, call: Call, name: str, who: str, seconds: float) -> str:
        colour = _COLOURS.get(call.status // 100, "0")
        version = entry.hosted.contract.version if (entry := call.entry) is not None else 1
        what = (name if version == 1 else f"{name} v{version}") or call.path[:200].encode("unicode_escape").decode()
        code = f"  {call.code}" if call.code else ""
        return (
            f"{time.strftime('%H:%M:%S')}  \x1b[{colour}m{call.status}\x1b[0m  {call.method:<6} {what:<32} "
            f"{seconds * 1000:8.1f} ms  {who}{code}\n"
        )


def _theirs(call: Call) -> str:
    """What the caller calls its request."""
    told = ""
    if TRACEPARENT in call.headers:
        trace = trace_id(call.headers[TRACEPARENT])
        told += f',"trace_id":"{trace}"' if trace else ""
    own = client_request_id(call.headers.get(REQUEST_ID, b""))
    return told + (f',"client_request_id":"{own}"' if own else "")
