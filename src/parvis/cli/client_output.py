"""What the consumer's commands print: results on standard output, failures on standard error.

Rule: all of it comes from a stranger's server, so nothing of it can move a terminal's cursor or change its colours.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey instead of showing."""
_UNESCAPED = re.compile(_CONTROL.pattern.replace(r"\x00-\x1f", ""))


def show(line: bytes) -> None:
    """A JSON value: coloured and indented on a terminal, as it came when piped. Raises ``AnswerUnreadable``."""
    from parvis.client import AnswerUnreadable

    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise AnswerUnreadable("The answer is no JSON", detail=line[:200].decode("utf-8", "replace")) from None
    if not sys.stdout.isatty():
        click.echo(line.strip())
        return
    from rich.console import Console
    from rich.highlighter import JSONHighlighter

    # Of control characters JSON escapes those below 32 only (RFC 8259 section 7).
    text = _UNESCAPED.sub(lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, indent=2, ensure_ascii=False))
    Console().print(JSONHighlighter()(text), soft_wrap=True)


def show_table(rows: list[dict[str, Any]], kept: str) -> None:
    """Keys as a table; ``kept`` is the id of the one that is kept on this machine. A JSON array when piped."""
    if not sys.stdout.isatty():
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "label", "rights", "made", "revoked", "")
    for row in rows:
        rights = row.get("rights")
        cells = [row.get("id"), row.get("label"), "all of the account" if rights is None else ", ".join(rights)]
        cells += [
            _day(row.get("created_at")),
            _day(row.get("revoked_at")),
            "kept here" if row.get("id") == kept else "",
        ]
        table.add_row(*(Text(clean(str(cell or ""))) for cell in cells))
    Console().print(table)


def _day(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else ""


def clean(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


@contextmanager
def told() -> Iterator[None]:
    """Tell a failure in full on standard error, and leave with 1."""
    from parvis.client import ParvisError

    try:
        yield
    except ParvisError as error:
        _fail(str(error))
    except click.ClickException:
        raise
    except Exception as error:
        problem = error.__context__
        if isinstance(problem, ParvisError):  # the service's own, with its problem behind it
            _fail(f"{type(error).__name__}: {problem}")
        if isinstance(error, ValueError):  # a key or an address that is none, a contract that is refused
            _fail(str(error))
        raise


def _fail(text: str) -> NoReturn:
    first, _, rest = _clean_lines(text).partition("\n")
    click.echo(click.style("Error: ", fg="red", bold=True) + first + (f"\n{rest}" if rest else ""), err=True)
    raise SystemExit(1)


def _clean_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))
