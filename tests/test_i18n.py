"""parvis.i18n and its catalogue: the language asked for, and all that Parvis says in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from parvis import i18n
from parvis.access.passwords import problem_of
from parvis.contract.outcomes import DECLARED_FIX, DECLARED_TITLE, OUTCOMES, Refusal
from parvis.protocol import problems

SOURCE = Path(i18n.__file__).parent
FRENCH = i18n.LOCALE / "fr" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)s|`[^`<:]+`")
"""What a translation keeps as it is: what is filled in, and code (but a key or a password that code shows)."""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CA", "fr"),
        ("fr;q=0.9, en;q=0.8", "fr"),
        ("en;q=0.8, fr;q=0.9", "fr"),
        ("en, fr", "en"),
        ("fr, en", "fr"),
        ("en-GB, fr;q=0.9", "en"),
        ("de", "en"),
        ("de, fr;q=0.1", "fr"),
        ("de, *;q=0.5", "en"),
        ("fr;q=0", "en"),
        ("en;q=0, *", "fr"),
        ("en;q=0", "en"),
        ("fr;q=0, *", "en"),
        ("*, fr;q=0.5", "en"),
        ("en;q=0.5, *", "fr"),
        ("fr ; q=1.000 , en", "fr"),
        ("fr;q=0.001", "fr"),
        ("fr;q=2, en;q=0.1", "en"),
        ("fr;q=inf, en;q=0.1", "en"),
        ("fr;q=nan, en;q=0.1", "en"),
        ("fr;q=-1, en;q=0.1", "en"),
        ("fr;q=, en;q=0.1", "en"),
        ("fr;level=1, en;q=0.1", "en"),
        ("frr", "en"),
        (",,;;q=1,fr", "fr"),
        ("en;q=0.5, fr;q=²", "en"),
        ("de;q=0.1, " * 200 + "fr", "en"),
    ],
)
def test_the_language_is_the_one_most_welcome(header: str | None, expected: str) -> None:
    assert expected == i18n.language(header)


@given(st.text(st.sampled_from("fren-*;q=., 019\x00é"), max_size=40))
def test_no_header_is_too_odd(header: str) -> None:
    assert i18n.language(header) in i18n.LANGUAGES


def test_a_text_is_translated_and_an_unknown_one_stays() -> None:
    assert i18n.translate("This key was revoked", "fr") == "Cette clé a été révoquée"
    assert i18n.translate("This key was revoked", "en") == "This key was revoked"
    assert i18n.translate("no text of ours", "fr") == "no text of ours"


def test_no_text_is_no_catalogue_header() -> None:
    assert i18n.translate("", "fr") == ""
    assert not i18n.known("")


def test_known_tells_our_own_texts_from_all_others() -> None:
    assert i18n.known("This key was revoked")
    assert not i18n.known("this key was revoked")


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (FRENCH / "parvis.po").open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def page_texts() -> Iterator[tuple[str, str]]:
    found = extract_from_dir(SOURCE / "portal" / "templates", [("**.html", "jinja2")], keywords={"_": None})
    for name, _, message, _, _ in found:
        yield f"portal/templates/{name}", str(message)


def constants(called: str, *places: int) -> Iterator[tuple[str, str]]:
    """What is given as a constant at these places to all that is called so; words made with a caller's own cannot be
    in a catalogue."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name == called:
                    for given in (node.args[place] for place in places if place < len(node.args)):
                        yield from ((f"{path.relative_to(SOURCE)}:{node.lineno}", text) for text in texts_of(given))


def texts_of(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts_of(one), *texts_of(other))


def test_the_compiled_catalogue_is_made_from_the_written_one(french: Catalog) -> None:
    with (FRENCH / "parvis.mo").open("rb") as file:
        compiled = {m.id: m.string for m in read_mo(file) if m.id}
    written = {m.id: m.string for m in french if m.id}
    assert written == compiled, "run: pybabel compile -D parvis -d src/parvis/locale"


def test_nothing_in_the_catalogue_is_empty_fuzzy_or_obsolete(french: Catalog) -> None:
    assert [] == [m.id for m in french if m.id and (not m.string or m.fuzzy)]
    assert not french.obsolete


def test_every_title_and_fix_is_in_the_catalogue(french: Catalog) -> None:
    texts = [text for row in OUTCOMES.values() for text in (row.title, row.fix)]
    texts += [DECLARED_TITLE, DECLARED_FIX]
    assert [] == [text for text in texts if text not in french]


def test_every_text_of_a_page_is_in_the_catalogue(french: Catalog) -> None:
    texts = list(page_texts())
    assert len(texts) > 50
    assert [] == [(place, text) for place, text in texts if text not in french]


def test_every_constant_detail_is_in_the_catalogue(french: Catalog) -> None:
    texts = list(constants("Refusal", 1))
    assert len(texts) > 50
    assert [] == [(place, text) for place, text in texts if text not in french]


def test_every_constant_word_on_an_argument_is_in_the_catalogue(french: Catalog) -> None:
    texts = list(constants("wrong", 1, 2))
    assert len(texts) > 20
    assert [] == [(place, text) for place, text in texts if text not in french]


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("The body has more than 1024 bytes.", "Le corps de la requête dépasse 1024 octets."),
        ("should be 0 to 2592000 seconds", "doit être compris entre 0 et 2592000 secondes"),
        ("It has 5 test keys.", "Il a 5 clés d’essai."),
    ],
)
def test_words_with_numbers_are_translated_with_them(english: str, expected: str) -> None:
    refusal = Refusal("invalid-arguments", english)
    assert expected == problems.problem(refusal, request_id="r", language="fr", links={})["detail"]


@pytest.mark.parametrize(
    "password", ["short", "x" * 1025, "password", "Ada Lovelace"], ids=["short", "long", "common", "name"]
)
def test_why_a_password_is_none_is_told_in_french(password: str) -> None:
    english = problem_of(password, known=["Ada Lovelace"])
    error = {"location": "password", "message": english, "fix": ""}
    refusal = Refusal("invalid-arguments", members={"errors": [error]})
    told = problems.problem(refusal, request_id="r", language="fr", links={})["errors"][0]["message"]
    assert told != english
    assert "mot de passe" in told


def test_a_translation_keeps_what_is_filled_in_and_code(french: Catalog) -> None:
    changed = ["`name@example.org`"]  # this is shown in the reader's language too
    for m in french:
        if m.id:
            kept = [part for part in PLACEHOLDER.findall(m.id) if part not in changed]
            assert (m.id, sorted(kept)) == (m.id, sorted(p for p in PLACEHOLDER.findall(m.string) if "nom@" not in p))


def test_french_has_its_spaces_and_apostrophes(french: Catalog) -> None:
    # A plain space before ; : ? ! would let the sign fall to the next line; code in backticks is no French.
    for m in french:
        text = re.sub(r"`[^`]*`", "", m.string)
        assert (m.id, None) == (m.id, re.search(r" [:;?!»]|\w'\w", text))
