"""What came, made a request, whoever carries it: our own connections, or an ASGI server.

What is wrong with a head is found out when the request is made: the host is ours (RFC 9112 section 3.2: one Host), the
path is canonical, and no field that says one thing is given twice. Who calls is the peer, or whom a trusted proxy
speaks for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from ...access.networks import Network, client_address
from ...contract.outcomes import Refusal
from ...protocol.http.path import PLAIN, canonical
from ...protocol.trace import TRACEPARENT
from ..request import Body, Request

_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key")
"""Fields that say one thing. Any other that is given several times is a list (RFC 9110 section 5.3)."""

Locate = Callable[[str, Mapping[bytes, bytes]], str]
"""The peer's address and the fields of a request -> the address of who calls."""


def behind(proxies: tuple[Network, ...]) -> Locate:
    """Who calls, where the word of these ``proxies`` is taken on whom they speak for."""

    def locate(peer: str, fields: Mapping[bytes, bytes]) -> str:
        forwarded = fields.get(b"x-forwarded-for")
        return client_address(peer, None if forwarded is None else forwarded.decode("latin-1"), proxies)

    return locate


class Incoming:
    """Makes requests. ``hosts`` are the host names served, with and without a port; None inside another application,
    which sees to it itself. Who comes by ``operator_socket`` may name any."""

    def __init__(
        self, new_id: Callable[[], str], *, hosts: frozenset[str] | None = None, operator_socket: str | None = None,
        locate: Locate | None = None,
    ) -> None:  # fmt: skip
        self._new_id = new_id
        self._hosts = None if hosts is None else frozenset(name.lower().encode() for name in hosts)
        self._operator_socket = operator_socket
        self._locate = locate

    def request(
        self, method: str, raw_path: bytes, query: bytes, fields: dict[bytes, bytes],
        raw: Sequence[tuple[bytes, bytes]], body: Body, *, address: str, socket: str, began: float, root: str = "",
        authority: bytes | None = None,
    ) -> Request:  # fmt: skip
        """``raw`` are the fields as they came, names in lower case, ``fields`` a dict of them. ``authority`` is that of
        a target in absolute form, which goes before any Host (RFC 9112 section 3.2.2)."""
        fault = None
        try:
            if len(fields) != len(raw):
                _together(fields, raw)
            if authority is not None:
                fields[b"host"] = authority
            if self._hosts is not None and fields.get(b"host", b"").lower() not in self._hosts:
                self._check_host(fields.get(b"host"), socket)
            # Nearly every path is plain.
            path = raw_path.decode("ascii") if PLAIN.match(raw_path) else canonical(raw_path)
        except Refusal as refusal:
            fault = refusal
            path = unquote(raw_path.decode("latin-1"))
        if root:
            path = path.removeprefix(root)
        if self._locate is not None:
            address = self._locate(address, fields)
        return Request(
            self._new_id(), method, path, fields, address, socket, query, body, root, fault=fault, began=began
        )

    def _check_host(self, host: bytes | None, socket: str) -> None:
        """A host that is not in the list as it stands: none, one over the operator's socket, or a stranger's."""
        if self._operator_socket is not None and socket == self._operator_socket:
            return
        if not host:
            raise Refusal("malformed-request", "There is no Host header.")
        raise Refusal("host-refused", f"{host.decode(errors='replace')[:100]!r} is not a name of this server.")


def _together(fields: dict[bytes, bytes], raw: Sequence[tuple[bytes, bytes]]) -> None:
    """What a field that is given several times means: nothing that we would guess at."""
    names = [name for name, _ in raw]
    for name in {name for name in names if names.count(name) > 1}:
        if name in _ONCE:
            raise Refusal("malformed-request", f"The header {name.decode()} is given twice.")
        if name == TRACEPARENT:
            del fields[name]  # more than one is none (W3C Trace Context section 3.2.2.2)
        else:
            fields[name] = b", ".join(value for given, value in raw if given == name)
