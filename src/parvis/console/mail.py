"""Mail as the console sees it: a letter, and the port through which it goes.

The rule: a :class:`Letter` is checked at birth, so whatever is sent has one recipient and cannot hold a header of its
own. A mailer answers at once and never says whether a letter arrived: who registers must not learn from the time or
the answer whether an e-mail is known.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

SUBJECT_LONGEST = 200
TEXT_LONGEST = 100_000

# RFC 5321 section 4.5.3.1, in octets; the whole is that of the path, less its two angle brackets.
_LOCAL_LONGEST, _ADDRESS_LONGEST = 64, 254

# RFC 5322 section 3.2.3, atext, and what RFC 6531 section 3.3 adds. No quoted local part: whoever has one has another
# address, and every parser reads quotes in its own way. No address literal: a name can be looked at.
_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of a surrogate pair, the line breaks of Unicode."""
_INVISIBLE = _NO_TEXT | {"Cf"}


def is_address(text: str) -> bool:
    """Whether it is one mailbox, ``local@domain`` (RFC 5321; RFC 6531 for other letters than ASCII)."""
    local, at, domain = text.rpartition("@")
    if not at or any(letter.isspace() or unicodedata.category(letter) in _INVISIBLE for letter in text):
        return False
    if len(local.encode()) > _LOCAL_LONGEST or len(text.encode()) > _ADDRESS_LONGEST:
        return False
    return _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in plain text. Raises ValueError at birth, without repeating what it was given.

    ``text`` has lines of any length, ended by ``\\n``. It holds links that are as good as a password, so neither it
    nor the address is in the ``repr``.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not is_address(self.to):
            raise ValueError("a letter goes to one address, like name@example.org")
        if not 0 < len(self.subject) <= SUBJECT_LONGEST or _odd(self.subject):
            raise ValueError(f"the subject of a letter is one line of 1 to {SUBJECT_LONGEST} characters")
        if len(self.text) > TEXT_LONGEST or _odd(self.text.replace("\n", "").replace("\t", "")):
            raise ValueError(
                f"the text of a letter is at most {TEXT_LONGEST} characters, none of them a control character"
            )


class Mailer(Protocol):
    """The port: :class:`~parvis.console.mailer.SmtpMailer` in a server, :class:`MemoryMailer` in a test."""

    async def send(self, message: Letter) -> None:
        """Take the letter and answer at once. Never raises: what becomes of it is in the log."""
        ...

    def close(self) -> None:
        """No more letters come: send what is under way, within a few seconds."""
        ...


class MemoryMailer:
    """A mailer for tests: it keeps what was sent."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, message: Letter) -> None:
        self.letters.append(message)

    def close(self) -> None:
        """Nothing is under way here."""


def _odd(text: str) -> bool:
    return any(unicodedata.category(letter) in _NO_TEXT for letter in text)
