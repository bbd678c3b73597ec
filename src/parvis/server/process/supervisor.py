"""The process that holds the sockets and keeps one worker alive.

A worker that dies, or whose interpreter is held too long, is replaced; connections wait in the sockets meanwhile. Its
health is watched from when it serves, since an object may take minutes to build. A run that never served ends when its
worker does; after that there is somebody who relies on it, so the supervisor keeps trying, with growing pauses.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

from ...forks import close_in_children

STARTUP_FAILURE = 3
"""The exit code of a worker that has said why it cannot serve."""
MARGIN = 10.0
"""Seconds that a worker has for its end beyond the grace of its calls; then it is killed."""
LOOK = 0.5
"""Seconds between two looks at the worker."""
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before the worker is started again, the first time, the second..."""
STEADY = 30.0
"""Seconds that a worker must have served for the next pause to be the first again."""
STARTING = 10.0
"""Seconds after which it is said that a worker still starts; then again after twice as long."""


class Work(Protocol):
    """What the worker does; it crosses to its process."""

    def __call__(self, sockets: Sequence[socket.socket], ready: Callable[[], None], before: str) -> None:
        """Serve until the end; call ``ready`` once connections are taken. ``before`` is how the worker ended in whose
        place this one is, empty where there was none."""


Tell = Callable[..., None]
"""``tell(level, event, **fields)``: a line for the operator."""


@dataclass(frozen=True, slots=True)
class Care:
    """How a worker is looked after, in seconds: ``grace`` for calls in hand at its end, ``hung`` for a worker that does
    not even answer its supervisor."""

    grace: float = 10.0
    hung: float = 10.0


class WorkerProcess:
    """One worker process, and what is known of it."""

    def __init__(self, work: Work, sockets: Sequence[socket.socket], care: Care, before: str) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._traces = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the worker lives
        trace = _Trace(self._traces)
        self.process = context.Process(target=_main, args=(work, list(sockets), theirs, trace, care.grace, before))
        self.process.start()
        theirs.close()  # only the worker holds its end: a question to one that has ended is answered at once
        self.started = monotonic()
        self.starved = _starved()
        self.hung = ""
        """How, if it did."""
        self.ready: float | None = None
        """When it began to serve."""
        self._asked: float | None = None
        self._next = 0.0
        """When it is asked again."""

    def look(self) -> float:
        """Take what it says, and ask again. How long it has not answered, in seconds."""
        now = monotonic()
        try:
            while self.pipe.poll():
                if self.pipe.recv_bytes() == b"ready":
                    self.ready = now
                else:
                    self._asked = None
            if self.ready is not None and self._asked is None and now >= self._next:
                self._asked, self._next = now, now + LOOK
                self.pipe.send_bytes(b"?")
        except (OSError, EOFError):
            return 0.0  # it has ended, and its end is seen by itself
        return 0.0 if self._asked is None else now - self._asked

    def where(self) -> str:
        """What its threads do now, asked of a worker that answers nothing else."""
        if self.process.pid is not None and hasattr(signal, "SIGUSR2"):
            os.kill(self.process.pid, signal.SIGUSR2)
            sleep(0.2)
        return self.trace()

    def trace(self) -> str:
        """What was written where it crashed, if anything."""
        self._traces.seek(0)
        return self._traces.read(20_000).decode(errors="replace")

    def close(self) -> None:
        self.pipe.close()
        self._traces.close()


class Supervisor:
    """Runs ``work`` in one worker process until a signal; started anew when a file below ``watched`` changes."""

    def __init__(
        self, work: Work, sockets: Sequence[socket.socket], care: Care, tell: Tell, *, watched: Path | None = None
    ) -> None:
        self._work = work
        self._sockets = sockets
        self._care = care
        self._tell = tell
        self._files = None if watched is None else WatchedFiles(watched)
        self._signals: list[int] = []
        self._before = ""
        self._failures = 0
        self._served = False

    def run(self) -> int:
        """The exit code of the whole."""
        wake, poke = os.pipe()
        for each in (wake, poke):
            os.set_blocking(each, False)
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup the end of the terminal is not ours
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        pokes = signal.set_wakeup_fd(poke, warn_on_full_buffer=False)
        try:
            return self._run(wake)
        finally:
            signal.set_wakeup_fd(pokes)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(wake)
            os.close(poke)

    def _signalled(self, number: int, frame: object) -> None:
        self._signals.append(number)

    def _run(self, wake: int) -> int:
        while True:
            worker = WorkerProcess(self._work, self._sockets, self._care, self._before)
            try:
                changed = self._watch(worker, wake)
                if changed or self._signals:
                    self._stop(worker, wake)
                    if self._signals:
                        return 0
                    continue
                code = self._ended(worker)
            finally:
                worker.close()
            if code is not None and self._files is None:
                return code
            if code is not None:
                self._wait(wake, lambda: self._files is not None and self._files.changed())
            elif self._failures:
                self._wait(wake, partial(_passed, monotonic() + self._pause()))
            if self._signals:
                return 0

    def _watch(self, worker: WorkerProcess, wake: int) -> bool:
        """Until the worker has ended, hangs, or should end. True where a file has changed."""
        said = STARTING
        while worker.process.is_alive() and not self._signals:
            connection.wait([worker.process.sentinel, worker.pipe, wake], LOOK)
            _drain(wake)
            silent = worker.look()
            waited = monotonic() - worker.started
            if worker.ready is None and waited > said:
                said *= 2
                self._tell("info", "starting", pid=worker.process.pid, seconds=round(waited))
            if worker.ready is not None and silent > self._care.hung:
                self._tell(
                    "error", "worker-hung", pid=worker.process.pid, seconds=round(silent, 1), trace=worker.where(),
                    fix="something holds the interpreter: run it in a process of its own, or in smaller pieces",
                )  # fmt: skip
                worker.hung = f"held the interpreter for {silent:.1f} s"
                worker.process.kill()
                worker.process.join()
            if self._files is not None and self._files.changed():
                return True
        return False

    def _ended(self, worker: WorkerProcess) -> int | None:
        """Note how the worker ended. The exit code of the whole, where it is over."""
        worker.process.join()
        worker.look()
        code = worker.process.exitcode or 0
        self._before = ""
        lived = 0.0 if worker.ready is None else monotonic() - worker.ready
        self._served = self._served or worker.ready is not None
        if code == STARTUP_FAILURE and not self._served:
            return 1
        if code:
            name = signal.Signals(-code).name if -code in {each.value for each in signal.Signals} else ""
            how: dict[str, Any] = {"signal": name} if name else {"exit_code": code}
            trace = worker.trace()
            if name == "SIGKILL" and _starved() > worker.starved:
                how["reason"] = "the system was out of memory"
            self._before = worker.hung or how.get("reason") or name or f"exit code {code}"
            self._tell("error", "worker-ended", pid=worker.process.pid, **how, **({"trace": trace} if trace else {}))
        if not self._served:
            return 1
        self._failures = 1 if lived > STEADY or not code else self._failures + 1
        if self._failures > 1:
            self._tell("warning", "worker-again", seconds=self._pause(), failures=self._failures)
        return None

    def _pause(self) -> float:
        return PAUSES[min(self._failures, len(PAUSES)) - 1]

    def _wait(self, wake: int, until: Callable[[], bool]) -> None:
        while not self._signals and not until():
            connection.wait([wake], 0.1)
            _drain(wake)

    def _stop(self, worker: WorkerProcess, wake: int) -> None:
        """Wait for the worker's grace. Another signal in the meantime ends it at once; one that hangs is killed."""
        before = len(self._signals)
        process = worker.process
        if process.is_alive():
            process.terminate()
        deadline = monotonic() + self._care.grace + MARGIN
        while process.is_alive():
            connection.wait([process.sentinel, wake], 0.1)
            _drain(wake)
            if len(self._signals) > before or monotonic() > deadline:
                process.kill()
                process.join()


class WatchedFiles:
    """The Python files below a folder, looked at for changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times = self._look()

    def changed(self) -> bool:
        """Whether any was changed, added or taken away since it was last asked."""
        before, self._times = self._times, self._look()
        return before != self._times

    def _look(self) -> dict[str, int]:
        times = {}
        for top, folders, names in os.walk(self._folder):
            folders[:] = [each for each in folders if not each.startswith(".") and each != "__pycache__"]
            for name in names:
                if name.endswith(".py"):
                    path = os.path.join(top, name)
                    try:
                        times[path] = os.stat(path).st_mtime_ns
                    except OSError:
                        continue
        return times


def _passed(moment: float) -> bool:
    return monotonic() >= moment


def _drain(wake: int) -> None:
    try:
        while os.read(wake, 512):
            pass
    except BlockingIOError:
        pass


class _Trace:
    """A file that crosses to the worker by its descriptor."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __getstate__(self) -> Any:
        from multiprocessing.reduction import DupFd

        return DupFd(self._file.fileno())

    def __setstate__(self, state: Any) -> None:
        self._file = os.fdopen(state.detach(), "r+b", buffering=0)
        os.set_inheritable(self._file.fileno(), False)

    def fileno(self) -> int:
        found: int = self._file.fileno()
        return found

    def watch(self) -> None:
        """Write there what all threads do, at a crash and when the supervisor asks."""
        faulthandler.enable(self._file)
        if hasattr(signal, "SIGUSR2"):
            faulthandler.register(signal.SIGUSR2, self._file, all_threads=True)


def _starved() -> int:
    """How many processes the system has ended for want of memory (Linux: proc_vmstat(5))."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _main(
    work: Work, sockets: list[socket.socket], pipe: connection.Connection, trace: _Trace, grace: float, before: str
) -> None:  # fmt: skip
    """The worker's process."""
    os.set_inheritable(pipe.fileno(), False)
    for each in sockets:
        each.set_inheritable(False)
    trace.watch()
    close_in_children(lambda: [pipe.fileno(), trace.fileno()])
    _die_with_parent(grace)
    sending = threading.Lock()

    def say(what: bytes) -> None:
        with sending:
            pipe.send_bytes(what)

    def answer() -> None:
        try:
            while pipe.recv_bytes():
                say(b"!")
        except (OSError, EOFError):
            pass

    threading.Thread(target=answer, name="health", daemon=True).start()
    work(sockets, lambda: say(b"ready"), before)


def _die_with_parent(grace: float) -> None:
    """In a worker: end when the supervisor has died, however it died, so that port and data are free again.

    ``grace`` is what calls in hand have, in seconds; what hangs after it is ended hard.
    """
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        sleep(grace + MARGIN)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
