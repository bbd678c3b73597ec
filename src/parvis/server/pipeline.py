"""The way of a call: a flat list of steps, in order, each a function of the call in hand.

    bound      the host and the path are ones we serve
    route      the address -> an operation
    identify   the Authorization header -> a credential
    authorise  the credential holds the operation's right; a test key goes to the sandbox
    admit      limits and quotas have room for it, and so has the meter: what it needs is taken
    negotiate  there is a form of the answer that the caller takes
    read       the body or the query -> JSON, bounded
    bind       JSON -> arguments, the caller among them where the façade asks for it
    constrain  the right holds for these arguments too
    repeat     a call that was made before, by its Idempotency-Key, is answered again and does not run
    run        the façade's method, where it may run; its result -> JSON
    settle     the record is written, what was not used is given back
    answer     the head and the body go out

Whatever goes wrong is a :class:`Refusal` or an exception of the façade, and ``refuse`` makes one problem of it.
``end`` ends every call, whatever happened: its place is free again, the log line, the counts.
"""

from __future__ import annotations

import json
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .. import i18n
from ..access.credential import Credential
from ..contract.caller import Caller
from ..contract.outcomes import Refusal
from ..facade.codec import BrokenResult
from ..protocol import problems
from ..protocol.http import answer as heads
from ..protocol.http import coding
from ..protocol.http.answer import Headers
from ..protocol.http.path import canonical
from . import stream
from .call import Call
from .content import negotiate, represent
from .invoke import Failed, run
from .reading import read

if TYPE_CHECKING:
    from .application import Application

GONE = 499
"""The status in the records of a call whose caller went before the answer began; nothing was sent."""

_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key")
_LISTS = (b"accept", b"accept-encoding", b"accept-language", b"content-encoding", b"if-match", b"if-none-match")
"""Fields that we read whose value is a list: several are one (RFC 9110 section 5.3)."""


async def respond(app: Application, call: Call) -> None:
    """Carry one call from its request to its answer."""
    try:
        bound(app, call)
        route(app, call)
        if not identify(app, call):
            call.credential = await app.identifier.look_up(call.headers.get(b"authorization", b""), call)
        authorise(app, call)
        admit(app, call)
        negotiate(call)
        await read(app, call)
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


def bound(app: Application, call: Call) -> None:
    """The host is ours (RFC 9112 section 3.2: one Host), the path is canonical, no single header is given twice."""
    raw = call.scope["headers"]
    call.headers = headers = dict(raw)
    if len(headers) != len(raw):
        names = [name for name, _ in raw]
        twice = next((name for name in _ONCE if names.count(name) > 1), None)
        if twice is not None:
            raise Refusal("malformed-request", f"The header {twice.decode()} is given twice.")
        for name in _LISTS:
            if names.count(name) > 1:
                headers[name] = b", ".join(value for given, value in raw if given == name)
    if app.hosts is not None and headers.get(b"host", b"").lower() not in app.hosts:
        app.check_host(headers.get(b"host"), call.scope)
    call.path = canonical(call.scope.get("raw_path") or quote(call.scope["path"]).encode())
    if root := call.scope.get("root_path"):
        call.path = call.path.removeprefix(root)


def route(app: Application, call: Call) -> None:
    found = app.router.find(call.path)
    if found is None:
        near = app.router.near(call.path)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise Refusal("unknown-operation", f"There is nothing at {call.path[:200]}.{hint}", docs=app.docs_of(call.path))
    place, identifier = found
    chosen = place.methods.get("GET" if call.method == "HEAD" else call.method)
    if chosen is None:
        call.problem_headers.append((b"allow", place.allow))
        raise Refusal("method-not-allowed", f"{call.path[:200]} does not take {call.method}.")
    call.route, call.entry = chosen
    if identifier is not None:
        call.identifier = identifier.encode()


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
    fill = partial(_fill, call) if operation.bound else None
    call.arguments, call.keywords = operation.arguments.decode(call.body, fill)
    if operation.caller is not None:
        call.keywords[operation.caller] = caller(call)


def _fill(call: Call, given: dict[str, Any]) -> None:
    assert call.entry is not None
    who = caller(call)
    for bound in call.entry.operation.bound:
        bound.fill(given, who, call.scope["headers"])


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


async def settle(app: Application, call: Call, *, opens: bool = False) -> Headers:
    """Before the first byte of an answer: its record is written, the last one, or the first of a stream that opens.
    Gives the fields on what is left."""
    if app.admission is None:
        return []
    if call.ticket is not None:
        write = app.admission.open if opens else app.admission.settle
        write(call, call.ticket)
        if app.admission.waits:
            await app.admission.synced()
    return app.admission.fields(call)


async def answer(app: Application, call: Call) -> None:
    route, entry = call.route, call.entry
    assert route is not None
    assert entry is not None
    call.status = call.replayed or route.status
    if call.once is not None:
        await call.once.answered(call)
    body, headers = b"", []
    if call.status != 204:
        body, headers = call.outcome, [heads.JSON, entry.vary]
        if call.form or route.method == "GET" or len(body) > coding.LEAST:
            body, headers = await represent(call)
    fields = await settle(app, call)
    if call.status == 204:
        headers = [(b"x-request-id", call.id.encode()), heads.PRIVATE]
    else:
        if call.status != 304:
            headers.append((b"content-length", b"%d" % len(body)))
        headers += [
            (b"x-request-id", call.id.encode()),
            heads.PRIVATE if entry.operation.spec.public is None else heads.kept(entry.operation.spec.public, route),
        ]
        if call.status == 201:
            headers += _location(call)
    call.started = True
    if call.replayed:
        headers.append(heads.REPLAYED)
    headers += entry.manners
    await call.send({"type": "http.response.start", "status": call.status, "headers": headers + fields})
    await call.send({"type": "http.response.body", "body": body})


def _location(call: Call) -> heads.Headers:
    """Where the new thing stands, when it has an id and can be got (RFC 9110 section 10.2.2)."""
    assert call.entry is not None
    parent = call.entry.operation.spec.name.rpartition(".")[0]
    sibling = call.entry.hosted.entries.get(f"{parent}.get")
    get = sibling and next((r for r in sibling.operation.spec.routes if r.id is not None), None)
    made = json.loads(call.outcome)
    identifier = made.get("id") if isinstance(made, dict) else None
    if not get or not isinstance(identifier, str | int) or isinstance(identifier, bool):
        return []
    path = (call.entry.hosted.contract.prefix + get.path.replace("{id}", quote(str(identifier), safe=""))).encode()
    try:
        canonical(path)
    except Refusal:
        return []  # an id that no path may hold: it goes by the canonical form
    return [(b"location", path)] if identifier != "" else []


async def refuse(app: Application, call: Call, error: Exception) -> None:
    """One problem (RFC 9457) for whatever went wrong."""
    if call.started:
        if not isinstance(error, Cut):
            app.report(call, error)  # the head is out: nothing more can be said than by closing
        if call.once is not None:
            await call.once.answered(call)
        raise error
    status, body = problem(app, call, error)
    call.status = status
    if call.once is not None:
        await call.once.failed(call, error, status, body)
    retry_after(call, error)
    if app.admission is not None and call.ticket is None:
        app.admission.refused(call)
    try:
        fields = await settle(app, call)
    except Refusal as failure:  # the record of a call that failed anyway: what failed last is told
        (status, body), fields = problem(app, call, failure), []
        call.status = status
    headers: heads.Headers = [
        heads.PROBLEM,
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", call.id.encode()),
        heads.PRIVATE,
        *(app.manners if call.entry is None else call.entry.manners),
        *call.problem_headers,
        *fields,
    ]
    if status == 401:
        challenge = heads.CHALLENGE if call.code == "key-missing" else heads.CHALLENGE_INVALID
        headers.append((b"www-authenticate", challenge))
    elif status == 503:
        headers.append((b"retry-after", b"1"))
    call.started = True
    await call.send({"type": "http.response.start", "status": status, "headers": headers})
    await call.send({"type": "http.response.body", "body": body})


def retry_after(call: Call, error: BaseException) -> None:
    """A 429 says when to come again, whoever refuses (RFC 6585 section 4)."""
    if isinstance(error, Refusal) and error.outcome.status == 429 and "seconds" in error.values:
        field = b"retry-after", b"%d" % error.values["seconds"]
        if field not in call.problem_headers:
            call.problem_headers.append(field)


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
