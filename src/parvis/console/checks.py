"""What the console takes as an e-mail, a password, a name. All that is wrong is said at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from parvis.access.networks import parse_networks
from parvis.access.passwords import LONGEST, SHORTEST, problem_of
from parvis.contract.mistakes import invalid
from parvis.store.records import keepable

from .email.address import is_address

EMAIL_LONGEST = 254
"""RFC 5321 section 4.5.3.1.3, less the two angle brackets."""

NAME_LONGEST = 200
PAGE_LONGEST = 1000
RIGHTS_MOST = 100


class Checks:
    """Collects what is wrong with the arguments of one call; :meth:`done` refuses them all together."""

    def __init__(self) -> None:
        self._errors: list[dict[str, str]] = []

    def wrong(self, location: str, message: str, fix: str) -> None:
        self._errors.append({"location": location, "message": message, "fix": fix})

    def email(self, email: str) -> None:
        """Whether the address exists is for a message to find out; here is what every address has, and what would
        break elsewhere: a colon ends the name in Basic authentication (RFC 7617 section 2)."""
        local, at, domain = email.partition("@")
        fix = "Give an address like `name@example.org`."
        if not at or not local or not domain or "@" in domain:
            self.wrong("email", "is no e-mail address: it needs one @ with text on both sides", fix)
        elif len(email) > EMAIL_LONGEST:
            self.wrong("email", f"has {len(email)} characters; at most {EMAIL_LONGEST} are taken", fix)
        elif ":" in email or not keepable(email) or any(_blank(letter) for letter in email):
            self.wrong("email", "holds a space, a colon or a control character", fix)
        elif not is_address(email):
            self.wrong("email", "is no address that a letter can be sent to", fix)

    def password(self, password: str, *known: str) -> None:
        """``known``: what everybody knows of the account, its e-mail and name, which is no password."""
        if problem := problem_of(password, known=known):
            self.wrong("password", problem, f"Take {SHORTEST} to {LONGEST} characters, any, that nobody would guess.")

    def name(self, location: str, text: str) -> None:
        fix = f"Take at most {NAME_LONGEST} characters, on one line."
        if len(text) > NAME_LONGEST:
            self.wrong(location, f"has {len(text)} characters; at most {NAME_LONGEST} are taken", fix)
        elif not keepable(text) or any(unicodedata.category(letter) in _NO_LINE for letter in text):
            self.wrong(location, "holds a line break or a control character", fix)

    def rights(self, rights: list[str] | None) -> None:
        """How many; what each must look like is :func:`parvis.access.rights.narrow`'s to say."""
        if rights is not None and len(rights) > RIGHTS_MOST:
            message = f"has {len(rights)} patterns; at most {RIGHTS_MOST} are taken"
            self.wrong("rights", message, "Take wider patterns, like `shop.*`, or several keys.")

    def networks(self, networks: list[str] | None) -> None:
        try:
            parse_networks(networks or ())
        except ValueError as error:
            self.wrong("networks", str(error), "Write networks like `192.0.2.0/24` or `2001:db8::/32`.")

    def right(self, location: str, pattern: str, check: Callable[[str], None]) -> None:
        try:
            check(pattern)
        except ValueError as error:
            self.wrong(location, str(error), "Write it as one of these forms.")

    def limit(self, limit: int) -> None:
        if not 1 <= limit <= PAGE_LONGEST:
            self.wrong("limit", f"should be 1 to {PAGE_LONGEST}", "Ask for what follows with `after`.")

    def done(self) -> None:
        """Raises ``Refusal("invalid-arguments")`` when anything was wrong."""
        if self._errors:
            raise invalid(self._errors)


_NO_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _blank(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Cs")
