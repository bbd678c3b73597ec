"""A proxy that does to connections what networks do: it delays, cuts, resets, corrupts, drips, and answers by itself.

Each fault is used once, on the next answer (or request) that passes; without one everything passes as it is.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

PAGE = b"<html>Bad gateway</html>"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE)

Fault = Callable[[socket.socket, bytes], bool]
"""Gets where the bytes go and the bytes; false when the connection ends here."""


class Proxy:
    """Stands before ``port`` of this machine; ``url`` is its own. ``answers`` and ``requests`` hold faults to come."""

    def __init__(self, port: int, at: int = 0) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", at))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.answers: list[Fault] = []
        self.requests: list[Fault] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(5)
        for each in self._open:
            end(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            self.connections += 1
            for each in (near, far):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [near, far]
            for source, sink, faults in ((near, far, self.requests), (far, near, self.answers)):
                threading.Thread(target=self._pump, args=(source, sink, faults), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, faults: list[Fault]) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                if faults:
                    if not faults.pop(0)(sink, data):
                        break
                else:
                    sink.sendall(data)
        end(source)
        end(sink)


def end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def cut(at: int) -> Fault:
    """So many bytes pass, then the connection ends."""

    def fault(sink: socket.socket, data: bytes) -> bool:
        sink.sendall(data[:at])
        return False

    return fault


def reset(at: int) -> Fault:
    """The same, by a reset."""

    def fault(sink: socket.socket, data: bytes) -> bool:
        sink.sendall(data[:at])
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sink.shutdown(socket.SHUT_RD)  # nobody waits there any more, so it is closed, and nothing lingers
        sink.close()
        return False

    return fault


def corrupt(at: int) -> Fault:
    """One bit of one byte is another."""

    def fault(sink: socket.socket, data: bytes) -> bool:
        changed = bytearray(data)
        changed[at % len(data)] ^= 0x10
        sink.sendall(changed)
        return True

    return fault


def delay(seconds: float) -> Fault:
    def fault(sink: socket.socket, data: bytes) -> bool:
        time.sleep(seconds)
        sink.sendall(data)
        return True

    return fault


def drip(seconds: float) -> Fault:
    """A byte at a time, so that all of them take so long."""

    def fault(sink: socket.socket, data: bytes) -> bool:
        for n in range(len(data)):
            sink.sendall(data[n : n + 1])
            time.sleep(seconds / len(data))
        return True

    return fault


def instead(answer: bytes) -> Fault:
    """The server has answered, and something else arrives."""

    def fault(sink: socket.socket, data: bytes) -> bool:
        sink.sendall(answer)
        return True

    return fault


def swallow(sink: socket.socket, data: bytes) -> bool:
    """Nothing arrives, and the connection stays."""
    return True
