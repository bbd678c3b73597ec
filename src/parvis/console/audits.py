"""The audit: who changed what, for the operator."""

from __future__ import annotations

from parvis.access.audit import is_head
from parvis.contract.caller import Caller
from parvis.store.queries import audit
from parvis.store.queries.rows import PAGE

from . import values
from .checks import Checks
from .context import ConsoleContext
from .operation import operation
from .values import AuditEntry, AuditVerdict


class Audit:
    """Every administrative act and refused log-in, each entry bound to the one before by its hash."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    @operation(may=("operator",), read=True)
    async def list(
        self, after: int = 0, limit: int = PAGE, about: str | None = None, *, caller: Caller
    ) -> values.AuditEntryList:
        """Entries in order.

        Args:
            after: The number of the last entry of the page before; 0 for the first page.
            limit: How many at most, 1 to 1000.
            about: Those alone that name this id, of an account or a key.

        Returns:
            One page; fewer than `limit` when it is the last.
        """
        checks = Checks()
        checks.limit(limit)
        if not 0 <= after < 2**63:
            checks.wrong("after", "is no number of an entry", "Take the `seq` of the last entry of the page before.")
        checks.done()
        return [AuditEntry.of(entry) for entry in await self._context.store.ask(audit.list_page, after, limit, about)]

    @operation(may=("operator",), read=True)
    async def verify(self, head: str | None = None, *, caller: Caller) -> AuditVerdict:
        """Read the whole chain and say whether it is whole.

        Args:
            head: A hash that a log kept: then entries that were cut off behind it are missed too.

        Returns:
            How many entries are good, and the first thing that is wrong.
        """
        checks = Checks()
        if head is not None and not is_head(head):
            checks.wrong("head", "is no hash", "Give the 64 hexadecimal digits, in small letters, as the log has them.")
        checks.done()
        verdict = await self._context.store.ask(audit.checked, head)
        return AuditVerdict(verdict.ok, verdict.count, verdict.head, verdict.problem)
