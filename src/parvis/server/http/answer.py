"""An answer by HTTP, as a value; the head that every problem has; and the answering of what is no call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ...contract.outcomes import Refusal
from ...protocol.http import answer as heads
from ...protocol.http import ratelimit
from ...protocol.http.answer import Headers
from ...protocol.http.cors import Cors
from ...protocol.http.frames import JsonLines
from ...protocol.http.refusal import HttpRefusal
from ..guards import Guards
from ..pipeline import refuse
from ..refuse import Refused, Replayed
from ..request import Request
from ..settle import Progress, finish
from ..stream import Stream

Now = Callable[[], tuple[int, int]]
"""The time for quotas and the time for rates: microseconds UTC, and the clock's tick."""


@dataclass(slots=True, eq=False)
class Answer:
    """What goes out. ``fields`` are its own list; ``body`` is whole, or a stream in a form."""

    status: int
    fields: Headers
    body: bytes | FramedStream = b""
    shared: bool = True
    """Whether scripts of the listed origins may read it."""
    lead: bytes = b""
    """Fields before those, written already, the length of the body among them (:func:`~...answer.written`)."""

    def all_fields(self) -> Headers:
        """Those that are written already, and the others."""
        return [*heads.read(self.lead), *self.fields] if self.lead else self.fields


@dataclass(slots=True, eq=False)
class FramedStream:
    """A stream that has opened, and how its items are strung together."""

    stream: Stream
    frames: JsonLines
    wanted: bool = True
    """False for ``HEAD``, which asks for the head alone, and a stream may have no end."""


def problem(request: Request, refused: Refused, common: Headers, now: Now | None) -> Answer:
    """``common`` is what every answer of the address carries."""
    error, status = refused.error, refused.status
    fields: Headers = [
        heads.PROBLEM,
        (b"content-length", b"%d" % len(refused.problem)),
        (b"x-request-id", request.id.encode()),
        heads.PRIVATE,
        *common,
        *(error.fields if isinstance(error, HttpRefusal) else ()),
        *again(error),
    ]
    if refused.bounds is not None and now is not None:
        fields += ratelimit.fields(*refused.bounds, *now())
    if isinstance(error, Replayed):
        fields.append(heads.REPLAYED)
    if status == 401:
        challenge = heads.CHALLENGE if refused.code == "key-missing" else heads.CHALLENGE_INVALID
        fields.append((b"www-authenticate", challenge))
    elif status == 503:
        fields.append((b"retry-after", b"1"))
    return Answer(status, fields, refused.problem)


def again(error: BaseException) -> Headers:
    """When it is of use to ask again, where a refusal knows it, whoever refuses (RFC 9110 section 10.2.3)."""
    if isinstance(error, Refusal) and error.outcome.status in (409, 429) and "seconds" in error.values:
        return [(b"retry-after", b"%d" % error.values["seconds"])]
    return []


async def answered(
    guards: Guards, request: Request, common: Headers, now: Now | None, work: Callable[[Progress], Awaitable[Answer]],
    *, silent: bool = False,
) -> Answer:  # fmt: skip
    """What ``work`` answers to a request that is no call, or the problem that it ends with. It has its line in the log
    and its place in the counts all the same."""
    progress = Progress(silent=silent)
    try:
        if request.fault is not None:
            raise request.fault
        answer = await work(progress)
        progress.status = answer.status
        return answer
    except Exception as error:
        return problem(request, await refuse(guards, request, progress, error), common, now)
    finally:
        if not progress.silent:
            finish(guards, request, progress)


def options(request: Request, allow: bytes, common: Headers, cors: Cors | None) -> Answer:
    """What an address takes, and whether a script of another origin may ask it. Answered before anybody is identified,
    since a browser sends no key with it; so nothing runs and nothing is metered."""
    fields = [(b"allow", allow), (b"x-request-id", request.id.encode()), heads.PRIVATE, *common]
    if cors is not None and b"access-control-request-method" in request.fields:
        fields += cors.preflight(request.fields.get(b"origin"), allow)
    return Answer(204, fields)
