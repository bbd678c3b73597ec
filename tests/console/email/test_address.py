"""An address is one mailbox; a sender is one with or without a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.console.email.address import is_address, parse_sender
from parvis.console.email.message import Email


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
        Email(address, "Hello", "text")


@given(st.text(st.sampled_from('a@.-\r\n <>,;:"\\é\0'), max_size=30))
def test_no_address_holds_what_would_end_a_command_or_begin_another_address(text):
    if is_address(text):
        assert not set(text) & set('\r\n <>,;:"\\\0')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parvis@example.org", "parvis@example.org"),
        ("<parvis@example.org>", "parvis@example.org"),
        (" Parvis <parvis@example.org> ", "Parvis <parvis@example.org>"),
        ('"Parvis, Inc." <parvis@example.org>', '"Parvis, Inc." <parvis@example.org>'),
        ("Géo <geo@example.org>", "Géo <geo@example.org>"),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text, expected):
    assert expected == str(parse_sender(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Parvis",
        "a@b@c",
        "a@b, c@d",
        "x <a@b> y",
        "<a@b",
        "a@b\nBcc: c@d",
        "Par\nvis <a@b>",
        "é@example.org",
        "a@é.org",
    ],
)
def test_a_wrong_sender_is_told_what_to_write(text):
    with pytest.raises(ValueError, match="write the sender of letters as"):
        parse_sender(text)
