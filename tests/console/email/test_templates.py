"""The e-mails: what each says, in both languages."""

import pytest

from parvis import i18n
from parvis.console.email import templates

TO = "ada@example.org"
LINK = "https://api.example.org/verify?token=" + "k" * 80

WRITERS = {
    "verify": lambda language: templates.verify(TO, LINK, language),
    "known": lambda language: templates.known(TO, LINK, language),
    "reset": lambda language: templates.reset(TO, LINK, language),
    "approved": lambda language: templates.approved(TO, LINK, language),
    "leaked": lambda language: templates.leaked(TO, "AbCdEf123456", language, LINK),
}
LIVES = {"verify": "24", "known": "60", "reset": "60"}

every_letter = pytest.mark.parametrize("name", WRITERS)
both_languages = pytest.mark.parametrize("language", i18n.LANGUAGES)


@every_letter
@both_languages
def test_a_letter_says_who_sent_it_and_holds_its_link_whole_on_a_line_of_its_own(name, language):
    letter = WRITERS[name](language)

    assert TO == letter.to
    assert LINK in letter.text.splitlines()
    assert "api.example.org." in letter.text.splitlines()[-1]
    assert "{" not in letter.subject + letter.text


@every_letter
@both_languages
def test_a_letter_is_short_and_its_lines_fit_a_screen(name, language):
    text = WRITERS[name](language).text

    assert len(text.splitlines()) <= 20
    assert all(len(line) <= 72 for line in text.splitlines() if line != LINK)
    assert text.endswith(".\n")


@pytest.mark.parametrize("name", LIVES)
@both_languages
def test_a_letter_with_a_link_says_how_long_it_lives(name, language):
    unit = {"24": ("hours", "heures"), "60": ("minutes", "minutes")}[LIVES[name]][language == "fr"]

    assert f"{LIVES[name]} {unit}" in " ".join(WRITERS[name](language).text.split())


def test_the_letter_of_a_leaked_key_names_the_key():
    assert "AbCdEf123456" in WRITERS["leaked"]("en").text.splitlines()


def test_a_letter_in_english_as_it_is_read():
    expected = """\
Hello! Somebody, hopefully you, asked api.example.org for a new password
for the account with this e-mail address.

To choose it, open this link:

https://api.example.org/reset/abc

The link works for 60 minutes, and once.

If it was not you, you need do nothing: your password stays as it is.

This message was sent automatically by api.example.org.
"""
    letter = templates.reset(TO, "https://api.example.org/reset/abc", "en")

    assert ("Choose a new password", expected) == (letter.subject, letter.text)


def test_a_letter_in_french_as_it_is_read():
    letter = templates.reset(TO, "https://api.example.org/reset/abc", "fr")

    assert "Choisissez un nouveau mot de passe" == letter.subject
    assert "ouvrez ce lien\N{NO-BREAK SPACE}:\n\nhttps://api.example.org/reset/abc\n" in letter.text


def test_every_text_of_a_letter_is_in_the_catalogue(monkeypatch):
    texts = []

    def noted(text, language):
        texts.append(text)
        return text

    monkeypatch.setattr(templates, "translate", noted)
    for write in WRITERS.values():
        write("fr")
    texts = {text for text in texts if " " in text}

    assert len(texts) > 20
    assert [] == sorted(text for text in texts if not i18n.known(text))


def test_a_link_with_braces_in_its_query_is_left_alone():
    link = "https://api.example.org:8443/v?a={server}&b={0}"

    letter = templates.verify(TO, link, "en")

    assert link in letter.text.splitlines()
    assert "api.example.org:8443." in letter.text
