"""The step *settle*, and the end of every call: its record is written before the first byte of its answer, what was not
used is given back; then it is counted and logged, and its place is free again.

A stream has several records: one when it opens, from which on it counts, others while it goes on, and a last one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import BinaryIO

from ..access.credential import Credential
from ..contract.outcomes import Refusal
from ..store.in_hand import SLOT
from ..store.journal_format import CALL, CLOSE, MORE, NOWHERE, OPEN
from ..store.meter import Meter
from .admit import FREELY, Admitted, Ticket
from .guards import Guards
from .logs import CallLine
from .object.service import BoundOperation
from .repeat import Claim
from .request import GONE, Request


@dataclass(slots=True, eq=False)
class Progress:
    """How far a call has come: what is told of it at its end. Steps do not read it; each is given what it needs."""

    operation: BoundOperation | None = None
    credential: Credential | None = None
    admitted: Admitted = FREELY
    claim: Claim | None = None
    executed: bool = False
    """True from when the method was called on."""
    status: int = 0
    code: str = ""
    """The problem's, empty for a success."""
    files: list[BinaryIO] = field(default_factory=list)
    """What is closed at the end."""
    place: int = 0
    """Its slot among the calls in hand; 0 where it has none."""
    silent: bool = False
    """Whether it has no line and no place of its own: it is asked every few seconds, or carried a call that has."""


def hold(guards: Guards, request: Request, progress: Progress) -> None:
    """From now on the method may run: whoever comes after this process, should it be killed, knows of the call. Again
    once a stream has opened."""
    table, operation, credential = guards.in_hand, progress.operation, progress.credential
    if table is None or operation is None or credential is None or operation.console:
        return
    ticket, who = progress.admitted.ticket, credential.id or credential.kind
    if ticket is None:
        told = "\n\n0\n0\n0\n0\n"
    else:
        segment, slot = ticket.opened or NOWHERE
        told = f"{ticket.account}\n{ticket.key}\n{ticket.test:d}\n{ticket.at}\n{segment}\n{slot}\n"
    entry = f"{request.id}\n{operation.name}\n{who}\n{told}".encode()
    if len(entry) < SLOT and (progress.place or table.free):
        if progress.place:
            table.memory[progress.place] = 0
        place = progress.place = progress.place or table.free.pop()
        table.memory[place + 1 : place + 1 + len(entry)] = entry
        table.memory[place] = 1


def settle(guards: Guards, progress: Progress) -> None:
    """Write the record of a call that ends now, once, whoever asks: it is with the kernel once ``meter.written()`` says
    so. Raises :class:`Refusal` when the disk fails."""
    meter, ticket = guards.meter, progress.admitted.ticket
    if meter is None or ticket is None or ticket.settled:
        return
    ticket.settled = True
    status, code = progress.status, progress.code
    took = int((perf_counter() - ticket.began) * 1_000_000)
    if ticket.opened is not None:
        items, ticket.items = ticket.items, 0
        meter.write(ticket.record(CLOSE, status, code, items=items, took=took, opened=ticket.opened))
        return
    charged = progress.executed and status < 500
    ticket.allowance.settle(ticket.cost, charged, ticket.at)
    if ticket.stream:
        meter.release(1)
    meter.write(ticket.record(CALL, status, code, cost=ticket.cost if charged else 0, took=took))


def open_stream(guards: Guards, request: Request, progress: Progress) -> None:
    """Write the first record of a stream: from now on it counts, and is charged, whatever happens."""
    meter, ticket = guards.meter, progress.admitted.ticket
    if meter is None or ticket is None:
        return
    ticket.stream = False  # of its two places one is used now, written or not; the other is its last record's
    ticket.opened = meter.write(ticket.record(OPEN, cost=ticket.cost))
    hold(guards, request, progress)


def go_on(meter: Meter, ticket: Ticket) -> None:
    """Write how far a stream has come, where it has, and there is room for a record."""
    if ticket.opened is not None and ticket.items and not ticket.settled and meter.reserve(1):
        items, ticket.items = ticket.items, 0
        meter.write(ticket.record(MORE, items=items, opened=ticket.opened))


def finish(guards: Guards, request: Request, progress: Progress) -> None:
    """Also of a call whose caller went before its answer."""
    for file in progress.files:
        with suppress(OSError):  # a full disk: what was not written is not wanted any more
            file.close()
    if progress.claim is not None:
        progress.claim.leave()
    progress.status = progress.status or GONE
    operation, ticket = progress.operation, progress.admitted.ticket
    if ticket is not None and guards.meter is not None:
        ticket.allowance.leave()  # the call has ended, and makes room for another at its time
        if not ticket.settled:  # nobody is there to be told any more
            try:
                settle(guards, progress)
                guards.meter.go_out()
            except Refusal as failure:
                guards.refusals.report(failure, request, operation)
    if progress.place and guards.in_hand is not None:
        guards.in_hand.memory[progress.place] = 0
        guards.in_hand.free.append(progress.place)
    seconds = perf_counter() - request.began
    if operation is not None:
        operation.calls[progress.status] = operation.calls.get(progress.status, 0) + 1
        operation.seconds += seconds
    else:
        guards.unrouted[progress.status] = guards.unrouted.get(progress.status, 0) + 1
    guards.log.call(CallLine(request, operation, progress.credential, progress.status, progress.code, seconds))
