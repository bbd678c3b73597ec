"""E-mail by SMTP (RFC 5321): a bounded queue, one thread, a few tries.

The rule: the caller never waits and never learns. An e-mail that cannot be sent is a line in the log, which holds
neither its text nor its address, nor the password of the mail server. What is queued is in memory alone: after a
crash its reader asks for another.

An e-mail refused for good (a code of 5yz, RFC 5321 section 4.2.1; an extension that the server lacks) is not tried
again; one that failed otherwise waits its turn without holding up those behind it.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import re
import smtplib
import ssl
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from threading import Condition, Thread

from .address import parse_sender
from .message import Email
from .server import MailServer

log = logging.getLogger("parvis.mail")

QUEUE_MOST = 1000
"""E-mails that wait, those between two tries too. One more is dropped, and the log says so."""

WAITS = (5.0, 30.0, 120.0, 600.0)
"""Seconds between two tries; so five tries in some thirteen minutes, which is past the usual greylisting."""

TIMEOUT = 10.0
"""Seconds that one answer of the mail server may take."""

CLOSING = 5.0
"""Seconds that closing gives to what is queued."""

# 7bit: a body of long lines or other letters is encoded, so no server needs 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")
_POLICY_UTF8 = _POLICY.clone(utf8=True)
_UTF8 = ["SMTPUTF8", "BODY=8BITMIME"]  # RFC 6531 section 3.6: the second comes with the first


@dataclass(order=True, slots=True)
class _Queued:
    """An e-mail on its way: first the one that is due first, then the one that came first."""

    due: float
    number: int
    email: Email = field(compare=False)
    message: EmailMessage | None = field(default=None, compare=False)
    tries: int = field(default=0, compare=False)


class SmtpMailer:
    """A :class:`~parvis.console.email.message.Mailer` that hands e-mail to a mail server.

    ``url`` and ``sender`` are as :meth:`MailServer.parse` and :func:`parse_sender` say, with their ValueErrors.
    ``tls`` replaces the system's certificates; ``waits`` are the seconds between two tries.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        *,
        tls: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        waits: Sequence[float] = WAITS,
        most: int = QUEUE_MOST,
    ) -> None:
        self._server = MailServer.parse(url)
        self._sender = parse_sender(sender)
        self._tls = tls or (None if self._server.security == "none" else ssl.create_default_context())
        self._timeout = timeout
        self._waits = tuple(waits)
        self._most = most
        self._numbers = itertools.count()
        self._changed = Condition()
        # All below is changed under the condition alone.
        self._queue: list[_Queued] = []
        self._held = 0  # e-mails in the queue and in the thread's hand
        self._ends: float | None = None  # when closing gives up
        self._thread: Thread | None = None  # begun by the first e-mail: a fork before it takes no thread along

    def __repr__(self) -> str:
        return f"SmtpMailer({self._server!r})"

    async def send(self, message: Email) -> None:
        """As :meth:`post`: it never waits."""
        self.post(message)

    def post(self, email: Email) -> None:
        """Queue the e-mail. Dropped, with a line in the log, when the queue is full or the mailer closed."""
        with self._changed:
            why = "the mailer is closed" if self._ends is not None else ""
            if self._held >= self._most:
                why = f"{self._held} letters wait already"
            if not why:
                self._held += 1
                heapq.heappush(self._queue, _Queued(time.monotonic(), next(self._numbers), email))
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="parvis-mail", daemon=True)
                    self._thread.start()
                self._changed.notify()
        if why:
            log.error("the letter %s was dropped: %s", _named(email), why)

    def close(self, seconds: float = CLOSING) -> None:
        """Give what is queued one more try, for so many seconds at most, and take no more. Blocks as long."""
        with self._changed:
            if self._ends is not None:
                return
            self._ends = time.monotonic() + seconds
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        with self._changed:
            lost, self._queue = self._held, []
        if lost:
            log.error("closed with %d letters that were not sent", lost)

    def _run(self) -> None:
        while (queued := self._next()) is not None:
            again = self._try(queued)
            with self._changed:
                if again is not None:
                    queued.due = time.monotonic() + again
                    heapq.heappush(self._queue, queued)
                else:
                    self._held -= 1

    def _next(self) -> _Queued | None:
        """Wait for the e-mail that is due next; None when the mailer is closed and done."""
        with self._changed:
            while True:
                now = time.monotonic()
                if self._ends is not None and (now >= self._ends or not self._queue):
                    return None
                wait = self._queue[0].due - now if self._queue else None
                if wait is not None and (wait <= 0 or self._ends is not None):
                    return heapq.heappop(self._queue)
                self._changed.wait(wait)

    def _try(self, queued: _Queued) -> float | None:
        """Send it. Seconds until the next try; None when it is sent or given up."""
        queued.tries += 1
        try:
            queued.message = queued.message or self._message(queued.email)
            self._deliver(queued.message, queued.email.to)
        except Exception as error:  # whatever it is, the thread goes on with the next e-mail
            why, final = _reason(error, self._server.password)
        else:
            log.info("the letter %s was sent", _named(queued.email))
            return None
        if final or queued.tries > len(self._waits) or self._ends is not None:
            log.error("the letter %s was given up at try %d: %s", _named(queued.email), queued.tries, why)
            return None
        wait = self._waits[queued.tries - 1]
        log.warning("the letter %s is tried again in %g s: %s", _named(queued.email), wait, why)
        return wait

    def _message(self, email: Email) -> EmailMessage:
        user, _, domain = email.to.rpartition("@")
        message = EmailMessage(_POLICY)
        message["From"] = self._sender
        message["To"] = Address("", user, domain)
        message["Subject"] = email.subject
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = make_msgid(domain=self._sender.domain)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that no automatic answer comes back
        message.set_content(email.text)
        return message

    def _deliver(self, message: EmailMessage, to: str) -> None:
        server = self._server
        with closing(self._connect()) as smtp:
            if server.security == "starttls":
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            # Not send_message: it would write "From " at the head of a line as ">From ".
            smtp.ehlo_or_helo_if_needed()
            if to.isascii():
                smtp.sendmail(self._sender.addr_spec, [to], message.as_bytes())
            elif smtp.has_extn("smtputf8"):
                smtp.sendmail(self._sender.addr_spec, [to], message.as_bytes(policy=_POLICY_UTF8), _UTF8)
            else:
                raise smtplib.SMTPNotSupportedError("the address is beyond ASCII and the mail server has no SMTPUTF8")
            # It is sent: a server that forgets to say goodbye must not get it a second time.
            with suppress(OSError):
                smtp.quit()

    def _connect(self) -> smtplib.SMTP:
        # EHLO names the sender's domain: the machine's own name may be a secret, and asking for it may take long.
        server, name = self._server, self._sender.domain
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=self._timeout, context=self._tls)
        return smtplib.SMTP(server.host, server.port, name, timeout=self._timeout)


def _named(email: Email) -> str:
    """The e-mail as the log has it: no address, no text."""
    return f"{email.subject!r} to somebody at {email.to.rpartition('@')[2]}"


def _reason(error: Exception, password: str) -> tuple[str, bool]:
    """Why a try failed, in words that can stand in a log, and whether another try is of no use."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return f"the recipient was refused with {_codes(code, words)}", code >= 500
    if isinstance(error, smtplib.SMTPDataError):
        return f"the letter was refused with {_codes(error.smtp_code, error.smtp_error)}", error.smtp_code >= 500
    if isinstance(error, smtplib.SMTPResponseException):
        # Said before the server knew the recipient and the text, so its words can be repeated.
        said = "".join(letter if letter.isprintable() else " " for letter in _text(error.smtp_error))
        said = said.replace(password, "...") if password else said
        return f"the mail server said {error.smtp_code} {said[:200]}", error.smtp_code >= 500
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error), True
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {error}", False
    return type(error).__name__, True


def _codes(code: int, words: bytes | str) -> str:
    """The reply code and the enhanced one (RFC 3463), without the words: they may quote the address or the text."""
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", _text(words))
    return f"{code} {enhanced[0]}" if enhanced else str(code)


def _text(words: bytes | str) -> str:
    return words.decode("ascii", "replace") if isinstance(words, bytes) else words
