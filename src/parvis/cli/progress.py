"""How far an upload or a stream is, on a terminal's standard error, once it takes its time.

Rule: who does not watch pays nothing, and who watches a number a part. Standard output is never touched, and what was
drawn goes away. Where the items themselves are seen, it is drawn between them alone: while one waits.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from ..i18n import translate

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 0.5
"""Seconds without a sign that nobody minds."""
_TURN = 0.1


@contextmanager
def uploading(file: BinaryIO, total: int | None, language: str = "en") -> Iterator[BinaryIO]:
    """The file; how much of it was read is drawn. ``total`` is its bytes, where they are known."""
    if not sys.stderr.isatty():
        yield file
        return
    with _Sent(total, language) as drawn:
        yield cast(BinaryIO, _Counted(file, drawn))


def streaming(lines: Iterable[bytes], language: str = "en") -> Generator[bytes, None, None]:
    """The items of a stream; how many came is drawn."""
    if not sys.stderr.isatty():
        yield from lines
        return
    among = sys.stdout.isatty()
    with _Came(None, language) as drawn:
        for line in lines:
            drawn.count += 1
            if among:
                drawn.make_room()
            yield line


class _Drawn:
    """A line that a thread of its own draws; ``count`` is how far it is, of ``total``."""

    def __init__(self, total: int | None, language: str) -> None:
        self.total = total
        self.count = 0
        self._language = language
        self._began = self._quiet_since = time.monotonic()
        self._lock = threading.Lock()
        self._line: Progress | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Drawn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.make_room()

    def make_room(self) -> None:
        """Take the line away, for what is about to be printed; it comes back when nothing is for a while."""
        with self._lock:
            self._quiet_since = time.monotonic()
            if self._line is not None:
                self._line.stop()
                self._line = None

    def told(self, seconds: float) -> str:
        """The words of the line."""
        raise NotImplementedError

    def _run(self) -> None:
        while not self._over.wait(_TURN):
            with self._lock:
                now = time.monotonic()
                if self._line is None and now - self._quiet_since < PATIENCE:
                    continue
                told = self.told(now - self._began)
                if self._line is None:
                    self._line = _line(told, self.total)
                    self._line.start()
                else:
                    self._line.update(self._line.task_ids[0], completed=self.count, description=told, refresh=True)


class _Sent(_Drawn):
    def told(self, seconds: float) -> str:
        from rich.filesize import decimal

        if self.count == self.total:
            return translate("sent, waiting for the answer", self._language)
        text = translate(
            "{sent} sent, {rate}/s" if self.total is None else "{sent} of {total}, {rate}/s", self._language
        )
        rate = decimal(int(self.count / seconds))
        return text.format(sent=decimal(self.count), total=decimal(self.total or 0), rate=rate)


class _Came(_Drawn):
    def told(self, seconds: float) -> str:
        text = translate("{count} received, {rate}/s, {seconds} s", self._language)
        return text.format(count=self.count, rate=f"{self.count / seconds:.1f}", seconds=int(seconds))


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, drawn: _Drawn) -> None:
        self._file = file
        self._drawn = drawn
        try:
            self._start = file.tell()
        except OSError:  # a pipe
            self._start = 0

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._drawn.count += len(part)
        return part

    def seekable(self) -> bool:
        return self._file.seekable()

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, to: int, whence: int = 0) -> int:
        here = self._file.seek(to, whence)
        self._drawn.count = here - self._start  # its length is asked for, or the call is repeated
        return here


def _line(told: str, total: int | None) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    bar = [] if total is None else [BarColumn()]
    columns = (SpinnerColumn(), *bar, TextColumn("{task.description}", markup=False))
    line = Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=False, redirect_stdout=False,
        redirect_stderr=False,
    )  # fmt: skip
    line.add_task(told, total=total)
    return line
