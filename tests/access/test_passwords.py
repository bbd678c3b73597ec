"""Passwords: taken exactly as given, kept as Argon2id, and no answer's time tells who exists."""

import time

import argon2
import pytest

from parvis.access import passwords
from parvis.access.passwords import hash_password, problem_of, verify


@pytest.mark.parametrize(
    "password", ["12345678", "x" * 1024, "  spaces  ", "pässwörd", "a:b:c:d:e", "nul\0nul\0", "\ud800" * 8]
)
def test_any_characters_make_a_password_and_it_is_verified(password):
    kept = hash_password(password)

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify(kept, password)


@pytest.mark.parametrize(
    ("set_as", "tried"),
    [
        ("password ", "password"),
        ("Password", "password"),
        ("cafe\u0301 cafe", "caf\u00e9 cafe"),
        ("x" * 1024, "x" * 1025),
    ],
)
def test_nothing_is_trimmed_folded_composed_or_cut(set_as, tried):
    assert not verify(hash_password(set_as), tried)


def test_the_same_password_is_kept_differently_each_time():
    assert hash_password("password") != hash_password("password")


@pytest.mark.parametrize(("password", "said"), [("1234567", "at least 8"), ("x" * 1025, "at most 1024")])
def test_too_short_and_too_long_are_refused_with_the_bound(password, said):
    assert said in (problem_of(password) or "")
    with pytest.raises(ValueError, match=said):
        hash_password(password)


def test_what_can_be_a_password_has_no_problem():
    assert problem_of("12345678") is None


def test_a_broken_hash_is_an_error_and_not_a_wrong_password():
    with pytest.raises(ValueError, match="no Argon2 hash"):
        verify("plain", "password")


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
    assert argon2.extract_parameters(hash_password("password")) == argon2.extract_parameters(passwords._NOBODY)
