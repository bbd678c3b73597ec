"""Passwords: taken exactly as given, kept as Argon2id, and no answer's time tells who exists."""

import time
from pathlib import Path

import argon2
import pytest

from parvis.access import passwords
from parvis.access.passwords import hash_password, problem_of, verify


@pytest.mark.parametrize(
    "password", ["8 ft 7 in", "x" * 1024, "  spaces  ", "pässwörd", "a:b:c:d:e", "nul\0nul\0", "\ud800" * 8]
)
def test_any_characters_make_a_password_and_it_is_verified(password):
    kept = hash_password(password)

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(kept, password)


@pytest.mark.parametrize(
    ("set_as", "tried"),
    [
        ("my password ", "my password"),
        ("My password", "my password"),
        ("cafe\u0301 cafe", "caf\u00e9 cafe"),
        ("x" * 1024, "x" * 1025),
    ],
)
def test_nothing_is_trimmed_folded_composed_or_cut(set_as, tried):
    assert not verify(hash_password(set_as), tried)


def test_the_same_password_is_kept_differently_each_time():
    assert hash_password("my password") != hash_password("my password")


@pytest.mark.parametrize(("password", "said"), [("1234567", "at least 8"), ("x" * 1025, "at most 1024")])
def test_too_short_and_too_long_are_refused_with_the_bound(password, said):
    assert said in (problem_of(password) or "")
    with pytest.raises(ValueError, match=said):
        hash_password(password)


def test_what_can_be_a_password_has_no_problem():
    assert problem_of("8ft 7in.") is None
    assert problem_of("correct horse battery", known=["ada@example.org", "Ada Lovelace", ""]) is None


@pytest.mark.parametrize("password", ["password", "12345678", "Password", "QWERTYUIOP", "iloveyou", "1qaz2wsx"])
def test_the_most_common_are_refused_in_capitals_too(password):
    assert "one of the most common" in (problem_of(password) or "")
    assert "take a few words" in (problem_of(password) or "")
    with pytest.raises(ValueError, match="most common"):
        hash_password(password)


@pytest.mark.parametrize("password", ["ada@example.org", "ADA@example.org", "ada lovelace", "STRASSENBAU"])
def test_what_an_account_is_called_is_not_its_password(password):
    known = ["ada@example.org", "Ada Lovelace", "Straßenbau"]

    assert "the e-mail or the name of its account" in (problem_of(password, known=known) or "")
    assert problem_of(f"{password}!", known=known) is None


def test_the_length_is_said_first_and_the_list_is_not_read_for_it(monkeypatch):
    monkeypatch.setattr(passwords, "_common", lambda: pytest.fail("the list was read"))

    assert "at least 8" in (problem_of("short", known=["short"]) or "")
    assert "at most 1024" in (problem_of("x" * 1025, known=["x" * 1025]) or "")


def test_the_list_holds_ten_thousand_folded_passwords_that_the_bounds_would_let_pass():
    common = passwords._common()

    assert 10_000 == len(common)
    assert [] == [entry for entry in common if not 8 <= len(entry) <= 1024 or entry != entry.casefold().strip()]


def test_the_list_is_read_once_and_then_asked_in_no_time():
    passwords._common()
    start = time.process_time()
    for _ in range(1000):
        problem_of("correct horse battery")

    assert time.process_time() - start < 1
    assert passwords._common() is passwords._common()


def test_where_the_list_is_from_and_its_licence_stand_in_the_file():
    head, dashes, _ = Path(passwords.__file__).with_name("common-passwords.txt").read_text().partition("\n--------\n")

    assert dashes
    for said in ("@zxcvbn-ts/language-common 4.1.3", "Permission is hereby granted, free of charge"):
        assert said in head


def test_a_broken_hash_is_an_error_and_not_a_wrong_password():
    with pytest.raises(ValueError, match="no Argon2 hash"):
        verify("plain", "my password")


def test_nobody_s_password_is_never_right_and_costs_what_a_real_one_costs():
    def seconds(kept):
        best = 9.0
        for _ in range(4):
            start = time.process_time()
            assert not verify(kept, "a wrong password")
            best = min(best, time.process_time() - start)
        return best

    real = seconds(hash_password("the right password"))

    assert real / 2 < seconds(None) < real * 2


def test_the_hash_of_nobody_has_the_parameters_of_every_other():
    assert argon2.extract_parameters(hash_password("my password")) == argon2.extract_parameters(passwords._NOBODY)
