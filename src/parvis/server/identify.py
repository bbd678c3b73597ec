"""The step *identify*: who calls, from the ``Authorization`` field to a credential.

A key known to memory is checked without waiting (``recall``); one that is not, or a password, is looked up
(``look_up``). A key's secret is compared in constant time, after its checksum and before anything else is said of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Literal, NamedTuple, Protocol

from ..access.clock import Clock, SystemClock
from ..access.console import ANONYMOUS, OPERATOR
from ..access.credential import Credential
from ..access.keys import AFTER_ID, ID_LENGTH, ParsedKey, looks_like_key, parse, parse_basic
from ..contract.outcomes import Refusal
from ..store.credentials import MISS, Miss
from .request import Request

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


class Keys(Protocol):
    """The part of :class:`parvis.store.credentials.Credentials` that is asked here."""

    def find(self, id: str) -> Credential | Literal[Miss.MISS] | None: ...

    async def load(self, id: str) -> Credential | None: ...

    async def now(self, id: str) -> Credential | None: ...


class Proven(NamedTuple):
    """A key that was shown, and the SHA-256 of all that was shown."""

    credential: Credential
    digest: bytes


REMEMBERED = 50_000
"""Keys that were shown, at some 300 bytes each."""
REST = ID_LENGTH + AFTER_ID
"""Characters at the end of a key, its id first of them; the same for every spelling."""


class Identifies(Protocol):
    """Says who calls."""

    def recall(self, shown: bytes | None, request: Request) -> Credential | None:
        """The credential, where memory alone tells it; None where :meth:`look_up` must. Raises :class:`Refusal`."""

    async def look_up(self, shown: bytes, request: Request, *, console: bool) -> Credential:
        """The credential of what memory does not know. A password opens the ``console`` alone. Raises
        :class:`Refusal`."""

    async def again(self, credential: Credential, request: Request) -> Credential:
        """The same credential as it stands now. Raises :class:`Refusal` when it would not be taken any more."""


class OneCaller:
    """Who calls is always the same, whatever is shown: an object in this process."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def recall(self, shown: bytes | None, request: Request) -> Credential:
        return self._credential

    async def look_up(self, shown: bytes, request: Request, *, console: bool) -> Credential:
        return self._credential

    async def again(self, credential: Credential, request: Request) -> Credential:
        return credential


Login = Callable[[str, str, str], Awaitable[Credential]]
"""Name, password, address -> who it is. Raises :class:`Refusal`."""


class Identifier:
    """``run`` is the test key of this run, ``operator_socket`` the path of the socket whose opener is the operator;
    ``anonymous`` is who shows nothing."""

    def __init__(
        self,
        keys: Keys,
        login: Login,
        run: Credential | None = None,
        operator_socket: str | None = None,
        *,
        clock: Clock | None = None,
        anonymous: Callable[[], Credential] = lambda: ANONYMOUS,
    ) -> None:
        self._keys = keys
        self._login = login
        self._run = run
        self._operator_socket = operator_socket
        self._clock = clock or SystemClock()
        self._anonymous = anonymous
        self._proven: dict[bytes, Proven] = {}
        """By public id, the keys that were shown lately: what is shown again byte by byte needs no checksum."""

    def recall(self, shown: bytes | None, request: Request) -> Credential | None:
        """The credential, where memory alone tells it; None where :meth:`look_up` must. Raises :class:`Refusal`."""
        if shown is None:
            return OPERATOR if self.by_operator_socket(request) else self._anonymous()
        if shown[:7] != b"Bearer ":
            return None
        proven = self._proven.get(shown[-REST:-AFTER_ID])
        if proven is not None and compare_digest(proven.digest, sha256(shown).digest()):
            if self._keys.find(proven.credential.id) is proven.credential:
                return self._standing(proven.credential, request)
            del self._proven[shown[-REST:-AFTER_ID]]
        key = parse(shown[7:])
        if key is None:
            return None
        credential = self._keys.find(key.id)
        if credential is None or credential is MISS:
            return None
        found = self._proven_by(credential, key, request)
        if found is credential:
            if len(self._proven) >= REMEMBERED:
                self._proven.clear()
            self._proven[shown[-REST:-AFTER_ID]] = Proven(credential, sha256(shown).digest())
        return found

    async def look_up(self, shown: bytes, request: Request, *, console: bool) -> Credential:
        """The credential of a key that memory does not know, or of a password, which opens the console alone. Raises
        :class:`Refusal`."""
        scheme, _, rest = shown.partition(b" ")
        match scheme.lower():
            case b"bearer":
                return await self._key(parse(rest.strip()), request)
            case b"basic":
                return await self._basic(rest.strip(), request, console)
        raise Refusal("key-malformed", "The Authorization header is neither Bearer nor Basic.")

    async def again(self, credential: Credential, request: Request) -> Credential:
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
        now.check(self._clock.now(), request.address)
        return now

    async def _key(self, key: ParsedKey | None, request: Request) -> Credential:
        if key is None:
            raise Refusal("key-malformed", "What was sent is not a whole key: its length or its checksum is wrong.")
        if self._run is not None and key.id == self._run.id:
            if not local(request):
                raise Refusal("run-key-elsewhere")
            return self._proven_by(self._run, key, request)
        credential = self._keys.find(key.id)
        if credential is MISS:
            credential = await self._keys.load(key.id)
        if credential is None:
            raise _unknown(key)
        return self._proven_by(credential, key, request)

    async def _basic(self, encoded: bytes, request: Request, console: bool) -> Credential:
        try:
            name, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
        except binascii.Error:
            name = colon = password = b""
        if looks_like_key(name):
            return await self._key(parse_basic(name, password), request)
        # Before the password is hashed: a hash costs as much as thousands of calls.
        if not console:
            raise Refusal("password-not-accepted", "E-mail and password open the console alone.")
        if not colon:
            raise Refusal("password-wrong", "Basic credentials are base64 of `name:password`; these are not.")
        try:
            return await self._login(name.decode(), password.decode(), request.address)
        except UnicodeDecodeError:
            raise Refusal("password-wrong", "Name and password are not UTF-8.") from None

    def by_operator_socket(self, request: Request) -> bool:
        """Whether a call came through the operator's own socket: who can open it is the operator."""
        return self._operator_socket is not None and request.socket == self._operator_socket

    def _proven_by(self, credential: Credential, key: ParsedKey, request: Request) -> Credential:
        # The secret first: who does not hold it learns nothing of the key, not even that it was revoked.
        if not credential.matches(key):
            if credential.retiring is None or not credential.retiring.matches(key):
                raise _unknown(key)
            credential = credential.retiring
        return self._standing(credential, request)

    def _standing(self, credential: Credential, request: Request) -> Credential:
        """What was proven, where it still opens something."""
        state = credential.state
        if credential.conditional or (state is not None and state.suspended):
            credential.check(self._clock.now(), request.address)
        return credential


def _unknown(key: ParsedKey) -> Refusal:
    return Refusal("key-unknown", "There is no such key." if not key.test else "There is no such test key (any more).")


def local(request: Request) -> bool:
    """From this machine, and not through something that forwards for others."""
    if any(name in request.fields for name in _FORWARDED):
        return False
    address = request.address
    return address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")
