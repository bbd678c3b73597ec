"""Where a service is: the URL that a user types, taken apart once.

Rule: the origin is the only thing that a key belongs to, so it has one spelling (lower case, no default port), and an
address that smuggles a user name, a query or a fragment is refused.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """``http://host:8000/shop/v1``: ``origin`` is ``http://host:8000``, ``path`` is ``/shop/v1``."""

    origin: str
    path: str
    host: str

    @staticmethod
    def parse(url: str) -> ServiceAddress:
        """Read a URL. Raises ``ValueError``, saying what to write instead."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise ValueError(f"{url!r} is no address: {error}") from None
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a service: write it as http://host:8000/shop")
        if parts.username is not None or parts.password is not None:
            raise ValueError("an address holds no user name or password: give the key as key=...")
        if parts.query or parts.fragment:
            raise ValueError(f"{url!r} has a query or a fragment: give only the address, as http://host:8000/shop")
        if not all(c.isalnum() or c in "-._~%/:[]" for c in parts.netloc + parts.path) or "/../" in parts.path + "/":
            raise ValueError(f"{url!r} is no address of a service: write it as http://host:8000/shop")
        host = parts.hostname
        spelt = f"[{host}]" if ":" in host else host
        shown = "" if port is None or port == PORTS[parts.scheme] else f":{port}"
        return ServiceAddress(f"{parts.scheme}://{spelt}{shown}", parts.path.rstrip("/"), host)

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def loopback(self) -> bool:
        """True when the address never leaves this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def mount(self, prefix: str) -> str:
        """The address below which a service's ``prefix`` (``/shop/v1``) stands: the origin, and the path before the
        service's own part where it is mounted deeper (``http://host/api/shop``)."""
        service = prefix.rpartition("/")[0]
        for tail in (prefix, service):
            if self.path.endswith(tail):
                return self.origin + self.path[: -len(tail)]
        return self.origin
