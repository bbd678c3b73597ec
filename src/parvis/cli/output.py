"""What commands print that call a server: results on standard output, failures on standard error.

Rule: all of it comes from a stranger's server, so nothing of it can move a terminal's cursor or change its colours.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from ..i18n import translate

if TYPE_CHECKING:
    from rich.console import Console
    from rich.highlighter import JSONHighlighter

    from parvis.client import ParvisError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey instead of showing."""
_ADDRESS = re.compile(r"https?://[^\s,;()`]+[^\s,;()`.:]")
INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, as a shell gives it: 128 and the number of the signal."""
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
    console, highlight = _colours()
    console.print(highlight(escaped(json.dumps(value, indent=2, ensure_ascii=False))), soft_wrap=True)


def escaped(text: str) -> str:
    """JSON that a terminal does not obey: of control characters it escapes those below 32 only (RFC 8259 section 7)."""
    return _UNESCAPED.sub(lambda c: f"\\u{ord(c[0]):04x}", text)


@cache
def _colours() -> tuple[Console, JSONHighlighter]:
    from rich.console import Console
    from rich.highlighter import JSONHighlighter

    return Console(), JSONHighlighter()


Row = TypeVar("Row")


def show_rows(
    heads: Sequence[str], rows: Iterable[Row], cells: Callable[[Row], Iterable[object]], *, numbers: int = 0
) -> None:
    """Rows as a table on a terminal, each by its ``cells``; else as JSON Lines. ``numbers`` of the last columns are
    numbers."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE, pad_edge=False)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number >= len(heads) - numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean("" if cell is None else str(cell))) for cell in cells(row)))
    if table.row_count:
        Console().print(table)
    else:
        click.echo("There are none.", err=True)


def moment(text: str | None, *, seconds: bool = False) -> str:
    """A time as a table shows it, UTC: to the minute, or to the second."""
    return text[: 19 if seconds else 16].replace("T", " ") if text else ""


@contextmanager
def waiting(what: str, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Tell at a terminal that something takes its time; what is yielded tells how far it is. Goes away at the end."""
    if quiet or not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{what} ...") as status:
        yield lambda text: status.update(f"{what} ... {text}")


def clean(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


@contextmanager
def reporting_failures(language: str = "en") -> Iterator[None]:
    """Tell a failure in full on standard error, and leave with 1; with 130 when it was ended by Ctrl-C."""
    from parvis.client import ParvisError

    try:
        yield
    except ParvisError as error:
        _fail(in_words(error, language), language)
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        stopped("Stopped.", language)
    except Exception as error:
        problem = error.__context__
        if isinstance(problem, ParvisError):  # the service's own, with its problem behind it
            _fail(f"{type(error).__name__}: {in_words(problem, language)}", language)
        if isinstance(error, ValueError):  # a key or an address that is none, a contract that is refused
            _fail(str(error), language)
        raise


def stopped(text: str, language: str, **values: object) -> NoReturn:
    """Tell what Ctrl-C ended, and leave as a shell expects it."""
    told = translate(text, language).format(**values)
    click.echo(f"\n{told}" if sys.stderr.isatty() else told, err=True)  # behind the ^C of the terminal
    raise SystemExit(INTERRUPTED)


def in_words(error: ParvisError, language: str) -> str:
    """All that an error says: the server's words as they came, which are in the caller's language, and ours in it."""
    text = str(error)
    if language == "en":
        return text
    say: Callable[[str], str] = str if error.problem else partial(_our_words, language=language)
    first, *others = text.split("\n")
    lines = [first.replace(error.title, say(error.title), 1)]
    for line in others:
        label = next((label for label in _LABELS if line.startswith(label.removesuffix("{text}"))), "{text}")
        said = say(line.removeprefix(label.removesuffix("{text}")))
        lines.append(translate(label, language).replace("{text}", said))
    return "\n".join(lines)


_LABELS = ("What to do: {text}", "See: {text}", "Request: {text}")


def _our_words(text: str, language: str) -> str:
    """A sentence of the client's, in which an address may stand."""
    found = _ADDRESS.search(text)
    at = found[0] if found else ""
    return translate(text.replace(at, "{origin}") if at else text, language).replace("{origin}", at)


def _fail(text: str, language: str = "en") -> NoReturn:
    first, _, rest = _clean_lines(text).partition("\n")
    click.echo(
        click.style(translate("Error: ", language), fg="red", bold=True) + first + (f"\n{rest}" if rest else ""),
        err=True,
    )
    raise SystemExit(1)


def _clean_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))
