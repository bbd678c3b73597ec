"""Who calls: from the ``Authorization`` header to a credential.

A key known to memory is checked without waiting (``recall``); one that is not, or a password, is looked up
(``look_up``). A key's secret is compared in constant time, after its checksum and before anything else is said of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from ..access.clock import Clock, SystemClock
from ..access.console import ANONYMOUS, OPERATOR
from ..access.credential import Credential
from ..access.keys import ParsedKey, looks_like_key, parse, parse_basic
from ..access.networks import Network, client_address
from ..contract.outcomes import Refusal
from ..store.credentials import MISS, Miss
from .call import Call

CONSOLE = "parvis"

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


class Keys(Protocol):
    """The part of :class:`parvis.store.credentials.Credentials` that is asked here."""

    def find(self, id: str) -> Credential | Literal[Miss.MISS] | None: ...

    async def load(self, id: str) -> Credential | None: ...

    async def now(self, id: str) -> Credential | None: ...


Login = Callable[[str, str, str], Awaitable[Credential]]
"""Name, password, address -> who it is. Raises :class:`Refusal`."""


class Identifier:
    """``run`` is the test key of this run, ``operator_socket`` the path of the socket whose opener is the operator;
    ``anonymous`` is who shows nothing, ``proxies`` are the networks whose word is taken on whom they speak for."""

    def __init__(
        self,
        keys: Keys,
        login: Login,
        run: Credential | None = None,
        operator_socket: str | None = None,
        *,
        clock: Clock | None = None,
        anonymous: Callable[[], Credential] = lambda: ANONYMOUS,
        proxies: tuple[Network, ...] = (),
    ) -> None:
        self._keys = keys
        self._login = login
        self._run = run
        self._operator_socket = operator_socket
        self._clock = clock or SystemClock()
        self._anonymous = anonymous
        self._proxies = proxies

    def recall(self, shown: bytes | None, call: Call) -> Credential | None:
        """The credential, where memory alone tells it; None where :meth:`look_up` must. Raises :class:`Refusal`."""
        if self._proxies:
            self.see_through(call)
        if shown is None:
            return OPERATOR if self.by_operator_socket(call) else self._anonymous()
        if shown[:7] != b"Bearer ":
            return None
        key = parse(shown[7:])
        if key is None:
            return None
        credential = self._keys.find(key.id)
        if credential is None or credential is MISS:
            return None
        return self._proven(credential, key, call)

    async def look_up(self, shown: bytes, call: Call) -> Credential:
        """The credential of a key that memory does not know, or of a password. Raises :class:`Refusal`."""
        scheme, _, rest = shown.partition(b" ")
        match scheme.lower():
            case b"bearer":
                return await self._key(parse(rest.strip()), call)
            case b"basic":
                return await self._basic(rest.strip(), call)
        raise Refusal("key-malformed", "The Authorization header is neither Bearer nor Basic.")

    async def again(self, credential: Credential, call: Call) -> Credential:
        """The same credential as it stands now. Raises :class:`Refusal` when it would not be taken any more."""
        if credential.kind == "anonymous":
            return self._anonymous()
        if credential.kind not in ("key", "token"):
            return credential
        now = await self._keys.now(credential.id)
        if now is not None and now.digest != credential.digest:
            now = now.retiring if now.retiring is not None and now.retiring.digest == credential.digest else None
        if now is None:
            raise Refusal("key-rotated", "The key was rotated, and the time of its old secret is over.")
        now.check(self._clock.now(), call.address)
        return now

    async def _key(self, key: ParsedKey | None, call: Call) -> Credential:
        if key is None:
            raise Refusal("key-malformed", "What was sent is not a whole key: its length or its checksum is wrong.")
        if self._run is not None and key.id == self._run.id:
            if not local(call):
                raise Refusal("run-key-elsewhere")
            return self._proven(self._run, key, call)
        credential = self._keys.find(key.id)
        if credential is MISS:
            credential = await self._keys.load(key.id)
        if credential is None:
            raise _unknown(key)
        return self._proven(credential, key, call)

    async def _basic(self, encoded: bytes, call: Call) -> Credential:
        try:
            name, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        except binascii.Error:
            name = colon = password = b""
        if looks_like_key(name):
            return await self._key(parse_basic(name, password), call)
        # Before the password is hashed: a hash costs as much as thousands of calls.
        if call.entry is not None and not call.entry.console:
            raise Refusal("password-not-accepted", "E-mail and password open the console alone.")
        if not colon:
            raise Refusal("password-wrong", "Basic credentials are base64 of `name:password`; these are not.")
        try:
            return await self._login(name.decode(), password.decode(), call.address)
        except UnicodeDecodeError:
            raise Refusal("password-wrong", "Name and password are not UTF-8.") from None

    def by_operator_socket(self, call: Call) -> bool:
        """Whether a call came through the operator's own socket: who can open it is the operator."""
        return self._operator_socket is not None and call.socket == self._operator_socket

    def _proven(self, credential: Credential, key: ParsedKey, call: Call) -> Credential:
        # The secret first: who does not hold it learns nothing of the key, not even that it was revoked.
        if not credential.matches(key):
            if credential.retiring is None or not credential.retiring.matches(key):
                raise _unknown(key)
            credential = credential.retiring
        credential.check(self._clock.now(), call.address)
        return credential

    def see_through(self, call: Call) -> None:
        """Put whom a trusted proxy speaks for in the place of its own address."""
        forwarded = call.headers.get(b"x-forwarded-for")
        told = None if forwarded is None else forwarded.decode("latin-1")
        call.address = client_address(call.address, told, self._proxies)


def _unknown(key: ParsedKey) -> Refusal:
    return Refusal("key-unknown", "There is no such key." if not key.test else "There is no such test key (any more).")


def local(call: Call) -> bool:
    """From this machine, and not through something that forwards for others."""
    if any(name in call.headers for name in _FORWARDED):
        return False
    address = call.address
    return address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")
