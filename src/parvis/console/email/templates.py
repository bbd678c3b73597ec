"""The e-mails that Parvis writes, in English and French.

The rule: an e-mail says who sent it, what happened, what to do, how long its link lives, and what to do when it was
somebody else. The English paragraph is the key of its translation (:mod:`parvis.i18n`). Links are built by the
caller; the name of the server is the host in them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from urllib.parse import urlsplit

from parvis.i18n import translate

from .message import Email

VERIFY_HOURS = 24
RESET_MINUTES = 60
"""How long the links live: whoever makes one takes its end from here."""

Template = Callable[[str, str, str], Email]
"""To whom, the link in it, the language -> the e-mail."""

_WIDTH = 72


def verify(to: str, link: str, language: str) -> Email:
    """To an address that was registered: open the link to confirm it."""
    return _email(
        to,
        link,
        language,
        "Confirm your e-mail address",
        "Hello! Somebody, hopefully you, registered at {server} with this e-mail address.",
        "To confirm that it is yours, open this link:",
        "{link}",
        "The link works for {hours} hours, and once.",
        "If it was not you, you need do nothing: the address will not be confirmed.",
    )


def known(to: str, reset_link_or_page: str, language: str) -> Email:
    """To an address that somebody tried to register a second time."""
    return _email(
        to,
        reset_link_or_page,
        language,
        "You already have an account",
        "Hello! Somebody, hopefully you, tried to register at {server} with this e-mail address. You already have an "
        "account there; nothing about it was changed.",
        "If it was you, log in as usual. If you no longer know your password, choose a new one here:",
        "{link}",
        "A link for a new password works for {minutes} minutes, and once.",
        "If it was not you, you need do nothing: nobody was told that you have an account.",
    )


def reset(to: str, link: str, language: str) -> Email:
    """To the owner of an account who asked for a new password."""
    return _email(
        to,
        link,
        language,
        "Choose a new password",
        "Hello! Somebody, hopefully you, asked {server} for a new password for the account with this e-mail address.",
        "To choose it, open this link:",
        "{link}",
        "The link works for {minutes} minutes, and once.",
        "If it was not you, you need do nothing: your password stays as it is.",
    )


def approved(to: str, page: str, language: str) -> Email:
    """To the owner of an account that the operator approved. ``page`` is where keys are made."""
    return _email(
        to,
        page,
        language,
        "Your account is approved",
        "Good news: the operator of {server} approved your account. You can now make live keys.",
        "Make one here:",
        "{link}",
    )


def leaked(to: str, key_id: str, language: str, page: str) -> Email:
    """To the owner of a key that was found in the open. ``page`` is where keys are made."""
    return _email(
        to,
        page,
        language,
        "One of your keys was found and revoked",
        "Hello! Somebody found one of your keys in the open and reported it to {server}. It was revoked at once, so "
        "nobody can call with it any more, nor can your own programs. It is the key with this id:",
        "{key}",
        "Make a new key here, and give it to your programs:",
        "{link}",
        "Then look for where the old one could be read (a repository, a log, a web page), and whether your usage "
        "shows calls that are not yours.",
        key=key_id,
    )


def _email(to: str, link: str, language: str, subject: str, *paragraphs: str, key: str = "") -> Email:
    filled = {"link": link, "server": urlsplit(link).netloc, "key": key}
    filled |= {"hours": str(VERIFY_HOURS), "minutes": str(RESET_MINUTES)}
    texts = [*paragraphs, "This message was sent automatically by {server}."]
    written = [_wrapped(translate(text, language).format(**filled)) for text in texts]
    return Email(to, translate(subject, language), "\n\n".join(written) + "\n")


def _wrapped(paragraph: str) -> str:
    """Lines that fit a screen; a link stays whole, however long."""
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)
