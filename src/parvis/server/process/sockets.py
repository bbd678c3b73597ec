"""Sockets to listen on, and how many descriptors there are: light, for the process that holds them."""

from __future__ import annotations

import contextlib
import socket

try:
    import resource
except ImportError:  # pragma: no cover - Windows, which counts no descriptors
    resource = None  # type: ignore[assignment]


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(2048)
    except BaseException:
        made.close()
        raise
    return made


def descriptors() -> int:
    """How many files and sockets this process may have open; the soft limit is raised to the hard one first."""
    if resource is None:
        return 65_536
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return soft
