"""What a build shows while it runs: a bar on a terminal, one plain line for each step elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .build import Progress as Told
from .sources import PartName

STEPS: Final = {
    "check": "Checking the data packages",
    "read": "Reading the data packages",
    "fold": "Folding names",
    "index": "Indexing names",
    "borders": "Drawing borders",
    "unpack": "Unpacking",
    "write": "Writing the store",
    "publish": "Putting it in place",
}
TITLES: Final[dict[PartName, str]] = {"places": "places", "postal": "postal codes", "ip": "internet addresses"}


@contextlib.contextmanager
def shown(console: Console, part: PartName) -> Iterator[Told]:
    """Show the progress of the build of a part on this console."""
    if not console.is_terminal:
        yield _lines(console, part)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
    )
    tasks: dict[str, TaskID] = {}

    def tell(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bar.add_task(f"{_said(part, step):<48}", total=total)
        bar.update(tasks[step], completed=done)

    with bar:
        yield tell


def _lines(console: Console, part: PartName) -> Told:
    begun: set[str] = set()

    def tell(step: str, done: int, total: int) -> None:
        if step not in begun:
            begun.add(step)
            console.print(f"{_said(part, step)} ...", highlight=False)

    return tell


def _said(part: PartName, step: str) -> str:
    return f"{TITLES[part].capitalize()}: {STEPS[step].lower()}"
