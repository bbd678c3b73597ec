"""A refusal that HTTP has a field for: ``Allow`` on a 405, ``Accept`` on a 415, ``Content-Range`` on a 416."""

from __future__ import annotations

from typing import Any

from ...contract.outcomes import Refusal
from .answer import Headers


class HttpRefusal(Refusal):
    """``fields`` go into the head of the problem's answer."""

    def __init__(self, fields: Headers, code: str, detail: str = "", /, **more: Any) -> None:
        super().__init__(code, detail, **more)
        self.fields = fields


def not_allowed(path: str, method: str, allow: bytes) -> HttpRefusal:
    """405, with all that is allowed (RFC 9110 section 15.5.6)."""
    return HttpRefusal([(b"allow", allow)], "method-not-allowed", f"{path[:200]} does not take {method[:40]}.")
