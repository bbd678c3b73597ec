"""An e-mail as the console sees it, and the port through which it goes.

The rule: an :class:`Email` is checked at birth, so whatever is sent has one recipient and cannot hold a header of its
own. A mailer answers at once and never says whether an e-mail arrived: who registers must not learn from the time or
the answer whether an address is known.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

from .address import is_address

SUBJECT_LONGEST = 200
TEXT_LONGEST = 100_000

_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of a surrogate pair, the line breaks of Unicode."""


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail in plain text. Raises ValueError at birth, without repeating what it was given.

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
    """The port: :class:`~parvis.console.email.smtp.SmtpMailer` in a server, :class:`MemoryMailer` in a test."""

    async def send(self, message: Email) -> None:
        """Take the e-mail and answer at once. Never raises: what becomes of it is in the log."""
        ...

    def close(self) -> None:
        """No more e-mails come: send what is under way, within a few seconds."""
        ...


class MemoryMailer:
    """A mailer for tests: it keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[Email] = []

    async def send(self, message: Email) -> None:
        self.sent.append(message)

    def close(self) -> None:
        """Nothing is under way here."""


def _odd(text: str) -> bool:
    return any(unicodedata.category(letter) in _NO_TEXT for letter in text)
