"""What a child that the façade forks must not keep: our sockets, our lock on the data, our journal.

A forked child has every descriptor of its parent. Did it keep them, the port and the data would stay taken after its
parent's death, and callers would wait for the end of connections that are long closed. It also shares the pipe by which
signals wake the event loop: a signal to the child would stop the server. Programs that a façade starts (``subprocess``)
inherit nothing: Python's descriptors are closed at exec (PEP 446).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable

_kept: dict[object, Callable[[], Iterable[int]]] = {}
_watching = False


def close_in_children(descriptors: Callable[[], Iterable[int]]) -> Callable[[], None]:
    """A forked child closes what ``descriptors`` gives then. Returns what takes that back."""
    global _watching
    if not _watching and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_in_child)
        _watching = True
    key = object()
    _kept[key] = descriptors

    def back() -> None:
        _kept.pop(key, None)

    return back


def _in_child() -> None:
    if not _kept:
        return
    for descriptors in list(_kept.values()):
        found: list[int] = []
        with contextlib.suppress(OSError, ValueError):  # what one had is closed already: the others' is closed too
            found.extend(descriptors())
        for descriptor in found:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    _kept.clear()
    with contextlib.suppress(ValueError):  # not the main thread: there the pipe is not looked at
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
