"""The way of a call: a flat list of steps, in order. Each takes what those before it gave, and gives what it found.

    find       the request -> an endpoint: an operation at one address of one protocol
    identify   what the caller shows -> a credential
    authorise  the credential holds the operation's right; a test key goes to the sandbox
    admit      limits and quotas have room for it, and so has the meter: what it needs is taken
    negotiate  there is a form of the answer that the caller takes
    read       the arguments -> JSON, bounded
    bind       JSON -> arguments, the caller among them where the façade asks for it
    constrain  the right holds for these arguments too
    repeat     a call that was made before, by its Idempotency-Key, is answered again and does not run
    run        the façade's method, where it may run; its result -> JSON
    represent  the result -> an answer
    settle     the record is written, what was not used is given back

Find, negotiate, read and represent differ from protocol to protocol (:mod:`.endpoint`); each of the others is a module
of its name. Whatever goes wrong is a :class:`Refusal` or an exception of the façade, and becomes one problem
(:mod:`.refuse`). Every call is finished, whatever happened (:mod:`.settle`): its place is free again, the log line, the
counts.
"""

from __future__ import annotations

from typing import TypeVar

from ..access.account_state import Bounds
from ..contract.outcomes import Refusal
from .admit import NotAdmitted
from .authorise import authorise
from .bind import bind
from .constrain import constrain
from .endpoint import Endpoint, Protocol
from .guards import Guards
from .refuse import Refused
from .repeat import Answered
from .request import CallerGone, Request
from .run import in_task, present, run
from .settle import Progress, finish, hold, settle
from .stream import Stream

A = TypeVar("A")


async def respond(guards: Guards, protocol: Protocol[A], request: Request) -> A:
    """Carry one call from its request to its answer.

    Raises :class:`~.request.CallerGone` where there is nobody to answer any more. The answer to a stream is not the end
    of its call: whoever takes it has the stream carried.
    """
    progress = Progress()
    endpoint: Endpoint[A, object] | None = None
    opened = False
    try:
        if request.fault is not None:
            raise request.fault
        endpoint = protocol.find(request)
        operation = progress.operation = endpoint.operation
        shown = request.fields.get(b"authorization")
        credential = guards.identifier.recall(shown, request)
        if credential is None:
            await in_task()
            credential = await guards.identifier.look_up(shown or b"", request, console=operation.console)
        progress.credential = credential
        operation, constraints = authorise(operation, credential)
        progress.operation = operation
        if guards.admission is not None:
            progress.admitted = guards.admission.admit(request, operation, credential)
        bounds = progress.admitted.bounds
        if operation.in_task:
            await in_task()
        form = endpoint.negotiate(request)
        given = await endpoint.read(request, bounds, progress.files)
        bound = bind(operation.operation, given, credential, request, progress.files)
        if constraints is not None or operation.limited:
            constrain(operation, constraints, bounds, bound)
        earlier = None
        if b"idempotency-key" in request.fields and guards.idempotency is not None and not operation.read:
            await in_task()
            taken = await guards.idempotency.begin(request, operation, credential, given.json)
            if isinstance(taken, Answered):
                earlier = taken
            else:
                progress.claim = taken
        if earlier is None and operation.service.away:
            await in_task()
            await present(operation.service)
        if earlier is None and operation.stream:
            stream = Stream(guards, request, progress, operation, credential, bound)
            await stream.open()
            try:
                answer = _told(endpoint, endpoint.open(request, form, stream), bounds)
            except BaseException:
                await stream.drop()
                raise
            opened = True
            return answer
        if earlier is None:
            progress.executed = True
            hold(guards, request, progress)
            # An answer that is kept for a repeat is made, though its caller went.
            caller = request.body if progress.claim is None else None
            status, result = endpoint.status, await run(operation, bound, caller)
            if progress.claim is not None:
                await progress.claim.answered(operation, status, result)
        else:
            status, result = earlier
        progress.status, answer = await endpoint.represent(request, form, result, status, earlier is not None)
        await _recorded(guards, progress)
        return _told(endpoint, answer, bounds)
    except CallerGone as gone:
        progress.status = gone.status
        if progress.claim is not None and progress.operation is not None:
            await progress.claim.answered(progress.operation, progress.status, None)
        raise
    except Exception as error:
        refused = await refuse(guards, request, progress, error)
        return protocol.refuse(request, refused, endpoint)
    finally:
        if not opened:
            finish(guards, request, progress)


def _told(endpoint: Endpoint[A, object], answer: A, bounds: Bounds | None) -> A:
    if bounds is not None:
        endpoint.tell(answer, bounds)
    return answer


async def _recorded(guards: Guards, progress: Progress) -> None:
    """Write the record of a call, and wait until it stands. Raises :class:`Refusal` where the disk fails: the caller is
    told that nobody knows how the call ended, and so is whoever repeats it."""
    meter = guards.meter
    if meter is None or progress.admitted.ticket is None:
        return
    try:
        settle(guards, progress)
        await meter.written()
        if meter.waits:
            await meter.synced()
    except Refusal:
        if progress.claim is not None:
            await progress.claim.unknown()
        raise


async def refuse(guards: Guards, request: Request, progress: Progress, error: Exception) -> Refused:
    """The problem that a call ends with; its record is written, and where it has none it is counted."""
    refused = guards.refusals.of(error, request, progress.operation)
    progress.status, progress.code = refused.status, refused.code
    if progress.claim is not None and progress.operation is not None:
        await progress.claim.failed(
            progress.operation, error, refused.status, refused.problem, executed=progress.executed
        )
    ticket = progress.admitted.ticket
    if ticket is None:
        if guards.admission is not None:
            guards.admission.refused(progress.operation, progress.credential, refused.code)
    else:
        try:
            await _recorded(guards, progress)
        except Refusal as failure:  # the record of a call that failed anyway: what failed last is told
            refused = guards.refusals.of(failure, request, progress.operation)
            progress.status, progress.code = refused.status, refused.code
    bounds = error.bounds if isinstance(error, NotAdmitted) else progress.admitted.bounds
    return refused._replace(bounds=bounds)
