"""What a build shows while it runs: a bar on a terminal, one plain line for each step elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .build import Progress as Told

STEPS: Final = {
    "read": "Reading the data packages",
    "fold": "Folding names",
    "index": "Indexing names",
    "write": "Writing the store",
    "publish": "Putting the store in place",
}


@contextlib.contextmanager
def shown(console: Console) -> Iterator[Told]:
    """Show the progress of a build on this console."""
    if not console.is_terminal:
        yield _lines(console)
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
            tasks[step] = bar.add_task(f"{STEPS[step]:<26}", total=total)
        bar.update(tasks[step], completed=done)

    with bar:
        yield tell


def _lines(console: Console) -> Told:
    begun: set[str] = set()

    def tell(step: str, done: int, total: int) -> None:
        if step not in begun:
            begun.add(step)
            console.print(f"{STEPS[step]} ...", highlight=False)

    return tell
