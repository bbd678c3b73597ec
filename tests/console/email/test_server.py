"""Where e-mail is handed in, read from a URL that holds a password."""

import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.console.email.server import MailServer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.test", MailServer("none", "mail.test", 25)),
        ("smtp://mail.test/", MailServer("none", "mail.test", 25)),
        ("smtp://mail.test:2525", MailServer("none", "mail.test", 2525)),
        ("SMTP://Mail.Test", MailServer("none", "mail.test", 25)),
        ("smtp+starttls://mail.test", MailServer("starttls", "mail.test", 587)),
        ("smtps://mail.test", MailServer("tls", "mail.test", 465)),
        ("smtps://[::1]:99", MailServer("tls", "::1", 99)),
        ("smtps://ada:se%2Fcr%40t@mail.test", MailServer("tls", "mail.test", 465, "ada", "se/cr@t")),
        ("smtps://ada%40example.org:a:b@mail.test", MailServer("tls", "mail.test", 465, "ada@example.org", "a:b")),
        ("smtps://ada:se@cret@mail.test", MailServer("tls", "mail.test", 465, "ada", "se@cret")),
    ],
)
def test_a_url_says_how_the_connection_is_made(url, expected):
    assert expected == MailServer.parse(url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "its scheme"),
        ("mail.test", "its scheme"),
        ("http://ada:hush@mail.test", "its scheme"),
        ("smtp:ada:hush@mail.test", "it names no host"),
        ("smtp://", "it names no host"),
        ("smtp://ada:hush@", "it names no host"),
        ("smtp://ada:hush@ma il", "it names no host"),
        ("smtp://ada:hush@mail.test:0", "no server listens on port 0"),
        ("smtp://ada:hush@mail.test:99999", "its host or port"),
        ("smtp://ada:hush@mail.test:hush", "its host or port"),
        ("smtp://ada:hush/hush@mail.test", "its host or port"),
        ("smtp://ada:hush[@mail.test", "its host or port"),
        ("smtp://ada:hush@mail℀.test", "its host or port"),
        ("smtp://ada:hush@mail.test/hush", "something stands behind the host"),
        ("smtp://ada:hush@mail.test?hush", "something stands behind the host"),
        ("smtp://ada:hush@mail.test#", "something stands behind the host"),
        ("smtp://ada@mail.test", "user and password come together"),
        ("smtp://:hush@mail.test", "user and password come together"),
        ("smtp://ada:hushé@mail.test", "printable ASCII"),
        ("smtp://ada:hush%00@mail.test", "printable ASCII"),
        ("smtp://ada:hush%ff@mail.test", "printable ASCII"),
        ("smtp://ada:hush\n@mail.test", "a control character"),
    ],
)
def test_a_wrong_url_is_told_what_to_write_in_one_line_without_the_password(url, problem):
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        MailServer.parse(url)

    said = str(refused.value)
    assert said.startswith("write the mail server as smtp://user:password@host:25, ")
    assert "\n" not in said
    assert "hush" not in "".join(traceback.format_exception_only(refused.value))
    # Nor behind it, where a crash report would look.
    assert (None, None) == (refused.value.__cause__, refused.value.__context__)


@given(st.text(max_size=20), st.sampled_from(["smtp://", "smtps://u:", "smtp+starttls://u:p@", ""]))
def test_no_url_raises_anything_else(text, start):
    try:
        server = MailServer.parse(start + text)
    except ValueError as error:
        assert str(error).startswith("write the mail server as ")
    else:
        assert server.host


def test_the_password_is_in_no_repr():
    server = MailServer.parse("smtps://ada:hush@mail.test")

    assert "MailServer(security='tls', host='mail.test', port=465, user='ada')" == repr(server)
