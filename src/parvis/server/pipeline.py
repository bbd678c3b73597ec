"""The way of a call: a flat list of steps, in order, each a function of the call in hand.

    find       the address -> an operation
    identify   what the caller shows -> a credential
    authorise  the credential holds the operation's right; a test key goes to the sandbox
    admit      limits and quotas have room for it, and so has the meter: what it needs is taken
    negotiate  there is a form of the answer that the caller takes
    read       the arguments -> JSON, bounded
    bind       JSON -> arguments, the caller among them where the façade asks for it
    constrain  the right holds for these arguments too
    repeat     a call that was made before, by its Idempotency-Key, is answered again and does not run
    run        the façade's method, where it may run; its result -> JSON
    settle     the record is written, what was not used is given back
    answer     the result goes out

Steps that differ from protocol to protocol are methods of the call (:class:`parvis.server.call.Call`): find, negotiate,
read, answer. The others stand here, once.
Whatever goes wrong is a :class:`Refusal` or an exception of the façade, and ``refuse`` makes one problem of it.
``end`` ends every call, whatever happened: its place is free again, the log line, the counts.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .. import i18n
from ..access.credential import Credential
from ..contract.caller import Caller
from ..contract.outcomes import Refusal
from ..facade import files
from ..facade.codec import BrokenResult
from ..protocol import problems
from . import stream
from .call import Call
from .invoke import Failed, run

if TYPE_CHECKING:
    from .application import Application

GONE = 499
"""The status in the records of a call whose caller went before the answer began; nothing was sent."""


async def respond(app: Application, call: Call) -> None:
    """Carry one call from its request to its answer."""
    try:
        call.find(app)
        if not identify(app, call):
            call.credential = await app.identifier.look_up(call.headers.get(b"authorization", b""), call)
        authorise(app, call)
        admit(app, call)
        call.negotiate()
        await call.read(app)
        bind(call)
        constrain(call)
        if b"idempotency-key" in call.headers and await repeat(app, call):
            await answer(app, call)
        elif call.entry is not None and call.entry.stream:
            await stream.send(app, call)
            if call.once is not None:
                await call.once.answered(call)
        else:
            await run(call)
            await answer(app, call)
    except Exception as error:
        await refuse(app, call, error)
    finally:
        end(app, call)


def identify(app: Application, call: Call) -> bool:
    """Who calls, where memory knows it. False when the store or a password hash must be asked."""
    call.credential = app.identifier.recall(call.headers.get(b"authorization"), call)
    return call.credential is not None


def authorise(app: Application, call: Call) -> None:
    entry, credential = call.entry, call.credential
    assert entry is not None
    assert credential is not None
    verdict = credential.rights.verdict(entry.right)
    if verdict is None:
        raise missing(credential, entry.right)
    if verdict is not True:
        call.constraints = verdict
    if credential.test and not entry.console and credential.kind != "run":
        if entry.sandbox is not None:
            call.entry = entry.sandbox
        elif entry.operation.spec.read is None:
            raise Refusal("no-sandbox", f"{entry.name} may change something, and {entry.hosted.contract.service} has "
                          "no sandbox for test keys.")  # fmt: skip


def missing(credential: Credential, right: str) -> Refusal:
    """Why a right is missing: nobody called, the key was not given it, or the account does not have it."""
    if credential.kind == "anonymous":
        return Refusal("key-missing", f"{right} is not open to callers without a key.")
    standing = credential.standing
    held = standing is not None and standing.rights.verdict(right) is not None
    code = "key-right-missing" if held and credential.kind in ("key", "token") else "right-missing"
    detail = f"This {credential.kind} does not hold the right {right}."
    return Refusal(code, detail, members={"right": right}, right=right)


def admit(app: Application, call: Call) -> None:
    if app.admission is not None:
        app.admission.admit(call)


def constrain(call: Call) -> None:
    """What could not be judged before the arguments were known: a right's constraints, the plan's largest page."""
    entry = call.entry
    assert entry is not None
    if call.constraints is not None:
        given = entry.named(call.arguments, call.keywords)
        if not any(each.admits(given) for each in call.constraints):
            allowed = " or ".join(f"`{each}`" for each in call.constraints)
            right = f"{entry.right}({call.constraints[0]})"
            raise Refusal("argument-refused", f"The right {entry.right} is held with {allowed} only.",
                          members={"right": right}, allowed=allowed)  # fmt: skip
    if entry.pages and call.plan is not None and call.plan.page is not None:
        asked = call.keywords.get("limit", entry.defaults.get("limit"))
        if type(asked) is int and asked > call.plan.page:
            error = {"location": "limit", "message": f"should be at most {call.plan.page}, by your plan",
                     "fix": "Ask for less at a time."}  # fmt: skip
            raise Refusal("invalid-arguments", "One argument is not valid.", members={"errors": [error]})


def bind(call: Call) -> None:
    assert call.entry is not None
    operation = call.entry.operation
    fill = partial(_fill, call) if operation.bound or operation.files else None
    call.arguments, call.keywords = operation.arguments.decode(call.body, fill)
    if operation.caller is not None:
        call.keywords[operation.caller] = caller(call)


def _fill(call: Call, given: dict[str, Any]) -> None:
    """What of the arguments does not stand in the body: files that came beside it, and what is bound."""
    assert call.entry is not None
    operation = call.entry.operation
    for name in operation.files:
        if call.upload is not None:
            given[name] = call.upload
        elif given.get(name) is not None:
            given[name] = files.opened(given[name])
            call.files = [*(call.files or ()), given[name]]
    if operation.bound:
        who = caller(call)
        for bound in operation.bound:
            bound.fill(given, who, call.headers)


def caller(call: Call) -> Caller:
    credential = call.credential
    assert credential is not None
    shown = credential.key or (credential.id if credential.kind == "run" else None)
    token = credential.id if credential.kind == "token" else None
    return Caller(credential.kind, credential.account, shown, call.address, credential.test, token)


async def repeat(app: Application, call: Call) -> bool:
    """Whether an earlier call with the same Idempotency-Key answers this one. If not, the key is this one's now, and
    that is on the disk. A read is repeated at will, and needs no key."""
    assert call.entry is not None
    if app.idempotency is None or call.entry.operation.spec.read is not None:
        return False
    return await app.idempotency.begin(call)


class Replayed(Exception):
    """The problem that an earlier call with the same Idempotency-Key ended with: told again, byte by byte."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class Cut(Exception):
    """A stream is over, and its reader takes nothing any more: the connection is closed, with nothing to report."""


async def settle(app: Application, call: Call, *, opens: bool = False) -> None:
    """Before the first byte of an answer: its record is written, the last one, or the first of a stream that opens."""
    if app.admission is None or call.ticket is None:
        return
    write = app.admission.open if opens else app.admission.settle
    write(call, call.ticket)
    if app.admission.waits:
        await app.admission.synced()


async def answer(app: Application, call: Call) -> None:
    call.status = call.replayed or call.success
    if call.once is not None:
        await call.once.answered(call)
    await call.represent()
    await settle(app, call)
    call.started = True
    await call.answer(app)


async def refuse(app: Application, call: Call, error: Exception) -> None:
    """One problem (RFC 9457) for whatever went wrong."""
    if call.started:
        if not isinstance(error, Cut):
            app.report(call, error)  # the answer has begun: nothing more can be said than by breaking it off
        if call.once is not None:
            await call.once.answered(call)
        raise error
    call.status, body = problem(app, call, error)
    if call.once is not None:
        await call.once.failed(call, error, call.status, body)
    if app.admission is not None and call.ticket is None:
        app.admission.refused(call)
    try:
        await settle(app, call)
    except Refusal as failure:  # the record of a call that failed anyway: what failed last is told
        error = failure
        call.status, body = problem(app, call, failure)
    call.started = True
    await call.refuse(app, error, body)


def problem(app: Application, call: Call, error: BaseException) -> tuple[int, bytes]:
    """The status and body of the problem that an exception becomes; a bug of the façade goes to the log whole."""
    if isinstance(error, Replayed):
        call.code = json.loads(error.body)["code"]
        return error.status, error.body
    spoken = i18n.language(call.headers.get(b"accept-language", b"").decode("latin-1"))
    if isinstance(error, Failed) and call.entry is not None:
        raised = call.entry.operation.declared(error.error)
        if raised is not None:
            call.code = "declared-error"
            body = problems.declared(raised.spec, error.error, request_id=call.id, language=spoken)
            return raised.spec.status, problems.to_json(body)
        error = error.error
    if not isinstance(error, Refusal):
        app.report(call, error)
        detail = "The service returned what it does not declare." if isinstance(error, BrokenResult) else ""
        error = Refusal("internal-error", detail)
    call.code = error.outcome.code
    body = problems.problem(error, request_id=call.id, language=spoken, links=app.links)
    return error.outcome.status, problems.to_json(body)


def end(app: Application, call: Call) -> None:
    """The end of every call, also of one whose caller went before its answer: settled, counted and logged."""
    if call.files is not None:
        for file in call.files:
            with suppress(OSError):  # a full disk: what was not written is not wanted any more
                file.close()
    if call.once is not None:
        call.once.leave()
    if app.admission is not None and call.ticket is not None:
        call.status = call.status or GONE
        app.admission.leave(call.ticket)
        try:
            app.admission.settle(call, call.ticket)
        except Refusal as failure:  # nobody is there to be told any more
            app.report(call, failure)
    seconds = perf_counter() - call.began
    if call.entry is not None:
        counts = call.entry.calls
        counts[call.status] = counts.get(call.status, 0) + 1
        call.entry.seconds += seconds
    else:
        app.unrouted[call.status] = app.unrouted.get(call.status, 0) + 1
    app.log.call(call, seconds)
