"""A letter has one recipient and no header of its own; the double keeps what was sent."""

import asyncio
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.console.mail import SUBJECT_LONGEST, TEXT_LONGEST, Letter, Mailer, MemoryMailer, is_address


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "ada.l+shop@mail.example.org",
        "o'hara@example.org",
        "#!$%&'*+-/=?^_`{|}~@example.org",
        "root@localhost",
        "rené@example.org",
        "用户@例え.jp",
        "a" * 64 + "@example.org",
        "a@" + "b" * 63 + ".org",
    ],
)
def test_an_address_is_one_mailbox(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "a@b@example.org",
        "ada@example.org, bob@example.org",
        "ada@example.org,bob@example.org",
        "Ada <ada@example.org>",
        "<ada@example.org>",
        '"ada lovelace"@example.org',
        "ada(comment)@example.org",
        "group:ada@example.org;",
        "ada\\@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "a..b@example.org",
        "ada@.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@exa_mple.org",
        "ada@[127.0.0.1]",
        "ada@example.org\n",
        "ada@example.org\r\nRCPT TO:<bob@example.org>",
        "ada\0@example.org",
        "ada\u200b@example.org",
        "ada\u202e@example.org",
        "ada\u2028@example.org",
        "ada\ud800@example.org",
        "ada @example.org",
        "ada\u00a0@example.org",
        "a" * 65 + "@example.org",
        "é" * 33 + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_what_is_not_one_mailbox_is_no_address_and_not_repeated(address):
    assert not is_address(address)
    with pytest.raises(ValueError, match=r"^a letter goes to one address, like name@example\.org$"):
        Letter(address, "Hello", "text")


@given(st.text(st.sampled_from('a@.-\r\n <>,;:"\\é\0'), max_size=30))
def test_no_address_holds_what_would_end_a_command_or_begin_another_address(text):
    if is_address(text):
        assert not set(text) & set('\r\n <>,;:"\\\0')


@pytest.mark.parametrize(
    "subject", ["", "a\nBcc: b@c", "a\r\nb", "a\0", "a\x1b[31m", "a\u2028b", "\ud800", "x" * (SUBJECT_LONGEST + 1)]
)
def test_a_subject_is_one_line(subject):
    with pytest.raises(ValueError, match="one line of 1 to 200"):
        Letter("ada@example.org", subject, "text")


@pytest.mark.parametrize("text", ["a\0", "a\rb", "a\x1b[31m", "\udc80", "x" * (TEXT_LONGEST + 1)])
def test_a_text_has_lines_and_no_other_control_characters(text):
    with pytest.raises(ValueError, match="none of them a control character"):
        Letter("ada@example.org", "Hello", text)


def test_a_letter_is_frozen_and_its_repr_holds_neither_address_nor_link():
    letter = Letter("ada@example.org", "Hello", "https://x.test/?token=hush\n\tbye")

    assert "Letter(subject='Hello')" == repr(letter)
    with pytest.raises(dataclasses.FrozenInstanceError):
        letter.to = "bob@example.org"


def test_the_double_keeps_what_was_sent_in_order():
    mailer = MemoryMailer()
    port: Mailer = mailer
    letters = [Letter("ada@example.org", f"Hello {n}", "text") for n in range(3)]

    async def send():
        for letter in letters:
            await port.send(letter)

    asyncio.run(send())
    port.close()

    assert letters == mailer.letters
