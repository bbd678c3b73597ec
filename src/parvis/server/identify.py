"""Who calls: from the ``Authorization`` header to a credential.

A key known to memory is checked without waiting (``recall``); one that is not, or a password, is looked up
(``look_up``). A key's secret is compared in constant time, after its checksum and before anything else is said of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from ..access.console import ANONYMOUS, OPERATOR
from ..access.credential import Credential
from ..access.keys import ParsedKey, parse
from ..contract.outcomes import Refusal
from ..store.credentials import MISS, Miss
from .call import Call, Scope

CONSOLE = "parvis"

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


class Keys(Protocol):
    """The part of :class:`parvis.store.credentials.Credentials` that is asked here."""

    def find(self, id: str) -> Credential | Literal[Miss.MISS] | None: ...

    async def load(self, id: str) -> Credential | None: ...


class Identifier:
    """``run`` is the test key of this run, ``operator_socket`` the path of the socket whose opener is the operator."""

    def __init__(
        self,
        keys: Keys,
        login: Callable[[str, str], Awaitable[Credential | None]],
        run: Credential | None = None,
        operator_socket: str | None = None,
    ) -> None:
        self._keys = keys
        self._login = login
        self._run = run
        self._operator_socket = operator_socket

    def recall(self, shown: bytes | None, call: Call) -> Credential | None:
        """The credential, where memory alone tells it; None where :meth:`look_up` must. Raises :class:`Refusal`."""
        if shown is None:
            return OPERATOR if self.by_operator_socket(call.scope) else ANONYMOUS
        if shown[:7] != b"Bearer ":
            return None
        key = parse(shown[7:])
        if key is None:
            return None
        credential = self._keys.find(key.id)
        if credential is None or credential is MISS:
            return None
        return _proven(credential, key)

    async def look_up(self, shown: bytes, call: Call) -> Credential:
        """The credential of a key that memory does not know, or of a password. Raises :class:`Refusal`."""
        scheme, _, rest = shown.partition(b" ")
        match scheme.lower():
            case b"bearer":
                return await self._key(rest.strip(), call)
            case b"basic":
                return await self._password(rest.strip(), call)
        raise Refusal("key-malformed", "The Authorization header is neither Bearer nor Basic.")

    async def _key(self, text: bytes, call: Call) -> Credential:
        key = parse(text)
        if key is None:
            raise Refusal("key-malformed", "What was sent is not a whole key: its length or its checksum is wrong.")
        if self._run is not None and key.id == self._run.id:
            if not local(call):
                raise Refusal("run-key-elsewhere")
            return _proven(self._run, key)
        credential = self._keys.find(key.id)
        if credential is MISS:
            credential = await self._keys.load(key.id)
        if credential is None and key.test:
            raise Refusal("key-unknown", "A test key ends with the run of the server that printed it.")
        if credential is None:
            raise Refusal("key-unknown", "There is no such key.")
        return _proven(credential, key)

    async def _password(self, encoded: bytes, call: Call) -> Credential:
        # Before the password is hashed: a hash costs as much as thousands of calls.
        if call.entry is not None and call.entry.hosted.contract.service != CONSOLE:
            raise Refusal("password-not-accepted", "E-mail and password open the console alone.")
        try:
            name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = colon = password = ""
        if not colon:
            raise Refusal("password-wrong", "Basic credentials are base64 of `e-mail:password`; these are not.")
        credential = await self._login(name, password)
        if credential is None:
            raise Refusal("password-wrong")
        return credential

    def by_operator_socket(self, scope: Scope) -> bool:
        """Whether a request came through the operator's own socket: who can open it is the operator."""
        if self._operator_socket is None:
            return False
        server = scope.get("server")
        return server is not None and bool(server[0] == self._operator_socket)


def _proven(credential: Credential, key: ParsedKey) -> Credential:
    # The secret first: who does not hold it learns nothing of the key, not even that it was revoked.
    if not credential.matches(key):
        raise Refusal("key-unknown", "There is no such key.")
    if credential.revoked_at is not None:
        raise Refusal("key-revoked")
    return credential


def local(call: Call) -> bool:
    """From this machine, and not through something that forwards for others."""
    if any(name in call.headers for name in _FORWARDED):
        return False
    address = call.address
    return address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")
