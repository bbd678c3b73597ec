"""An e-mail has one recipient and no header of its own; the double keeps what was sent."""

import asyncio
import dataclasses

import pytest

from parvis.console.email.message import SUBJECT_LONGEST, TEXT_LONGEST, Email, Mailer, MemoryMailer


@pytest.mark.parametrize(
    "subject", ["", "a\nBcc: b@c", "a\r\nb", "a\0", "a\x1b[31m", "a\u2028b", "\ud800", "x" * (SUBJECT_LONGEST + 1)]
)
def test_a_subject_is_one_line(subject):
    with pytest.raises(ValueError, match="one line of 1 to 200"):
        Email("ada@example.org", subject, "text")


@pytest.mark.parametrize("text", ["a\0", "a\rb", "a\x1b[31m", "\udc80", "x" * (TEXT_LONGEST + 1)])
def test_a_text_has_lines_and_no_other_control_characters(text):
    with pytest.raises(ValueError, match="none of them a control character"):
        Email("ada@example.org", "Hello", text)


def test_an_email_is_frozen_and_its_repr_holds_neither_address_nor_link():
    email = Email("ada@example.org", "Hello", "https://x.test/?token=hush\n\tbye")

    assert "Email(subject='Hello')" == repr(email)
    with pytest.raises(dataclasses.FrozenInstanceError):
        email.to = "bob@example.org"


def test_the_double_keeps_what_was_sent_in_order():
    mailer = MemoryMailer()
    port: Mailer = mailer
    emails = [Email("ada@example.org", f"Hello {n}", "text") for n in range(3)]

    async def send():
        for email in emails:
            await port.send(email)

    asyncio.run(send())
    port.close()

    assert emails == mailer.sent
