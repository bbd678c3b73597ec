"""From a URL to a façade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import keyring
from .address import Address
from .facade import facade_of
from .http import ANSWER_BYTES, TOTAL_SECONDS, HttpTransport


def connect_url(
    url: str,
    key: str | None = None,
    *,
    auth: tuple[str, str] | None = None,
    classes: Mapping[str, type] | None = None,
    exceptions: Mapping[str, type] | None = None,
    timeout: float | None = TOTAL_SECONDS,
    limit: int = ANSWER_BYTES,
    uds: str | None = None,
) -> Any:
    """The service at ``url``, as if it were the object that stands behind it.

    Args:
        url: ``http://host:8000/shop`` for the newest stable version, ``http://host:8000/shop/v1`` for that one.
        key: What opens the service; without one, that of ``PARVIS_KEY``, else the one that ``parvis register`` kept
            for this origin. An empty string is no key at all. It goes to this origin only.
        auth: An e-mail and its password, or a key's id and its password, in place of a key.
        classes: Your own classes by name, for values, in place of those rebuilt from the contract.
        exceptions: Your own exceptions by name, likewise.
        timeout: Seconds for a whole call; for a stream, to the next item. None waits for ever.
        limit: The most bytes to accept in one answer, or in one item of a stream.
        uds: The path of a Unix socket to go through.

    Raises:
        ValueError: The address or the key is none, or the contract is one that Python cannot have.
        ParvisError: There is no such service, or it refuses the key.
    """
    address = Address.parse(url)
    found = None if auth is not None else keyring.find(address.origin, key)
    transport = HttpTransport(address, key=found, auth=auth, timeout=timeout, uds=uds, limit=limit)
    return facade_of(transport, classes=classes, exceptions=exceptions)
