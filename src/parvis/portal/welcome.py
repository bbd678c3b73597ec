"""What awaits a newcomer: who may register, whether letters go out, and what a test key reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Mode = Literal["open", "approval", "closed"]


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the pages say before anybody asks the console. Raises ``ValueError`` for a mode that is none."""

    registration: Mode = "open"
    letters: bool = False
    """Whether the server sends any: then e-mail addresses are confirmed by one, and lost passwords set anew."""
    sandboxes: frozenset[str] = frozenset()
    """The prefixes (``/shop/v1``) of services that have a sandbox: there a test key may do all, elsewhere it reads."""

    def __post_init__(self) -> None:
        if self.registration not in get_args(Mode):
            raise ValueError(f"{self.registration!r} is no way to register: it is `open`, `approval` or `closed`")

    @property
    def closed(self) -> bool:
        return self.registration == "closed"

    @property
    def approval(self) -> bool:
        return self.registration == "approval"

    @property
    def at_once(self) -> bool:
        """Whether a new account may have live keys."""
        return self.registration == "open" and not self.letters
