"""Whether a page of another site sends a request (the header ``Origin``, Fetch standard section 3.1).

Rule: where a request could act without the caller's own program having asked for it, the page that sends it is ours or
one that the operator listed. Programs send no ``Origin``; browsers always do with such a request, and no page can
change it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from .cors import Cors


def foreign(origin: bytes | None, host: bytes, base_url: str, cors: Cors | None) -> bool:
    """Whether ``origin`` is neither ours nor in the operator's list.

    Ours is the one of ``base_url``, and the one of ``host``, which the request names and which has been judged: a name
    of somebody else's that is made to lead here (DNS rebinding) does not come so far.
    """
    if origin is None or (cors is not None and cors.allows(origin)):
        return False
    scheme, separator, name = origin.partition(b"://")
    if scheme not in (b"http", b"https") or not separator:
        return True  # `null` too: of a page that has no origin to name
    # By which scheme we are reached is not known behind a proxy, so either one is ours.
    return name not in (host.lower(), urlsplit(base_url).netloc.encode())
