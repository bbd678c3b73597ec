"""``parvis usage``: what an account called, and what came of it; a table for people, lines for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from ..output import clean, moment, reporting_failures, show_rows, waiting
from .console_client import PAGE, address_of, console_at, login

if TYPE_CHECKING:
    from parvis.client.http.address import ServiceAddress
    from parvis.client.session import Session

STEP = 1000
"""Lines after which whoever waits is told how many there are."""


@click.command()
@click.argument("url")
@click.option(
    "--by", type=click.Choice(["hour", "day"]), default="day", show_default=True, help="Totals by this (UTC)."
)
@click.option("--calls", is_flag=True, help="Single calls in place of totals, newest first.")
@click.option("--failed", is_flag=True, help="Single calls that failed alone, each with its reason.")
@click.option("--csv", "style", flag_value="csv", help="All that is kept, as CSV.")
@click.option("--jsonl", "style", flag_value="jsonl", help="All that is kept, as JSON Lines.")
@click.option("--email", help="Your account's e-mail, or its id; the kept key is used when left out.")
def usage(url: str, by: str, calls: bool, failed: bool, style: str | None, email: str | None) -> None:
    """Print what your account used at the server of URL.

    On a terminal it is a table: of the last two months by day, of the last week by hour, or of the newest calls. Into a
    file goes all that is kept, as JSON Lines unless --csv is given. It takes the kept key, else e-mail and password.
    """
    calls = calls or failed
    with reporting_failures():
        address = address_of(url)
        with _opened(address, email) as console:
            session: Session = console.parvis
            if style is not None or not sys.stdout.isatty():
                _export(session, "calls" if calls else by, style or "jsonl", failed)
            elif calls:
                _calls(session, failed)
            else:
                _totals(session, by)


def _opened(address: ServiceAddress, email: str | None) -> AbstractContextManager[Any]:
    from parvis.client import keyring

    key = keyring.find(address.origin) if email is None else None
    return console_at(address, key=key) if key else console_at(address, auth=login(address, email))


def _export(session: Session, what: str, style: str, failed: bool) -> None:
    found = session.operations["usage.export"]
    lines = session.lines(found, json.dumps({"what": what, "format": style}).encode())
    number = 0
    with waiting("Reading", quiet=sys.stdout.isatty()) as tell:
        texts = (json.loads(line) for line in lines)
        for text in _failures(texts, style) if failed else texts:
            click.echo(clean(text))
            number += 1
            if number % STEP == 0:
                tell(f"{number:,} lines")


def _failures(texts: Iterator[str], style: str) -> Iterator[str]:
    """Of single calls those that failed; the line with the names of the columns stays."""
    if style == "jsonl":
        yield from (text for text in texts if json.loads(text)["status"] >= 400)
        return
    heads = next(texts)
    column = next(csv.reader([heads])).index("status")
    yield heads
    yield from (text for text in texts if int(next(csv.reader([text]))[column]) >= 400)


def _fetch(session: Session, name: str, **arguments: Any) -> Any:
    return json.loads(session.fetch(session.operations[name], json.dumps(arguments).encode()))


def _totals(session: Session, by: str) -> None:
    found = _fetch(session, "usage.summary", by=by)
    heads = (f"{by} (UTC)", "operation", "key", "calls", "failed", "cost", "seconds")
    width = 10 if by == "day" else 16
    used = found["used"]
    rows = [
        (moment(row["at"])[:width], row["operation"], _key(row), row["calls"], row["failed"], row["cost"],
         f"{row['seconds']:.3f}")
        for row in used
    ]  # fmt: skip
    sums = [sum(row[name] for row in used) for name in ("calls", "failed", "cost")]
    show_rows(heads, [*rows, ("all", "", "", *sums, f"{sum(row['seconds'] for row in used):.3f}")], tuple, numbers=4)
    if found["refused"]:
        columns = ("refused before it ran", "because", "calls")
        show_rows(columns, found["refused"], lambda row: (row["operation"], row["code"], row["calls"]), numbers=1)


def _calls(session: Session, failed: bool) -> None:
    found = _fetch(session, "usage.calls", failed=failed, limit=PAGE)
    heads = ("when (UTC)", "operation", "key", "status", "because", "request", "cost", "ms")
    show_rows(heads, found, lambda row: (
        moment(row["at"], seconds=True), row["operation"], _key(row), row["status"] or "running", row["code"],
        row["request_id"], row["cost"], f"{row['seconds'] * 1000:.1f}",
    ), numbers=2)  # fmt: skip
    if len(found) == PAGE:
        click.echo(f"The newest {PAGE}: `--jsonl` or `--csv` gives all.", err=True)


def _key(row: dict[str, Any]) -> str:
    return f"{row['key']} (test)" if row["test"] else str(row["key"])
