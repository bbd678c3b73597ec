"""``parvis audit``: read the audit, and prove that nothing was taken from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ...access.audit import is_head
from ..complaint import Complaint
from ..output import moment, reporting_failures, show_rows, waiting
from ..sources import settings_of
from .console_session import operated, where

if TYPE_CHECKING:
    from ...client.session import Session

PAGE = 1000


@click.group()
def audit() -> None:
    """Read the audit: every administrative act and refused log-in."""


@audit.command("verify")
@click.option("--head", metavar="HASH", help="A head that the log kept: entries cut off behind it are missed, too.")
@where
def verify(head: str | None, data: str | None, config: str | None) -> None:
    """Read the whole chain; leave with 1 and name the first entry that was edited, deleted or cut off."""
    settings = settings_of(config, {"data": data})
    if head is not None and not is_head(head):
        raise click.UsageError("--head takes the 64 hexadecimal digits of a `head` in the log.")
    with reporting_failures(), operated(settings) as session, waiting("Reading the audit"):
        verdict: Any = session.call("audit.verify", {"head": head})
    if not verdict.ok:
        raise Complaint(f"the audit is broken: {verdict.problem}")
    click.echo(f"The audit is whole: {verdict.count} entr{'y' if verdict.count == 1 else 'ies'}, head {verdict.head}")


@audit.command("list")
@click.option("--about", metavar="ID", help="Entries alone that name this account or key.")
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="SEQ", help="Entries behind this one alone.")
@where
def list_entries(about: str | None, after: int, data: str | None, config: str | None) -> None:
    """List entries, oldest first: a table on a terminal, else JSON Lines."""
    settings = settings_of(config, {"data": data})
    with reporting_failures(), operated(settings) as session:
        heads = ("", "when (UTC)", "act", "by", "on", "")
        show_rows(heads, _entries(session, after, about), lambda row: (
            row["seq"], moment(row["at"]), row["act"], row["actor"], row["subject"], _readable(row["detail"]),
        ))  # fmt: skip


def _readable(detail: str) -> str:
    """``{"changed":["rate"],"test":false}`` as ``changed=rate test=False``."""
    told = json.loads(detail)
    return " ".join(f"{name}={','.join(v) if isinstance(v, list) else v}" for name, v in told.items())


def _entries(session: Session, after: int, about: str | None) -> Iterator[dict[str, Any]]:
    found = session.operations["audit.list"]
    while True:
        asked = {"after": after, "limit": PAGE, "about": about}
        page = json.loads(session.fetch(found, json.dumps(asked).encode()))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1]["seq"]
