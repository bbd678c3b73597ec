"""parvis.protocol.oauth: the request for a token, and answers as RFC 6749 section 5 has them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.rights import Rights, split_scope
from parvis.contract.outcomes import OUTCOMES, Refusal
from parvis.protocol.oauth import ERRORS, FIELDS, TokenRequest, UnsupportedGrant, failed, granted, read, unsupported

FORM = b"application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}

LISTED = {
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope",
}  # fmt: skip
"""RFC 6749 section 5.2."""


def form(**fields: str) -> bytes:
    return urlencode({**GRANT, **fields}).encode()


def refused(content_type: bytes, body: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        read(content_type, body)
    return refusal.value.outcome.code


# What is asked


def test_the_least_that_can_be_asked() -> None:
    assert TokenRequest(None, None) == read(FORM, form())


@pytest.mark.parametrize(
    "content_type",
    [FORM, b"Application/X-WWW-Form-URLencoded", FORM + b"; charset=UTF-8", FORM + b" ;charset=utf-8"],
)
def test_a_form_is_a_form_however_its_type_is_written(content_type: bytes) -> None:
    assert TokenRequest(None, None) == read(content_type, form())


@pytest.mark.parametrize("content_type", [b"", b"application/json", b"multipart/form-data", b"text/plain"])
def test_what_is_no_form_is_refused(content_type: bytes) -> None:
    assert "unsupported-media-type" == refused(content_type, form())


def test_the_client_may_stand_in_the_form() -> None:
    asked = read(FORM, form(client_id="pv_live_abc", client_secret="x y+z&é"))
    assert (b"pv_live_abc", "x y+z&é".encode()) == asked.client
    assert "abc" not in repr(asked)
    assert (b"whole", b"") == read(FORM, form(client_id="whole")).client
    assert (b"", b"whole") == read(FORM, form(client_secret="whole")).client


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("shop.find", ("shop.find",)),
        ("shop.find  shop.price", ("shop.find", "shop.price")),
        ("shop.price(item in [tea, jam]) shop.find", ("shop.price(item in [tea, jam])", "shop.find")),
        ('shop.price(item in ["a) b", c])', ('shop.price(item in ["a) b", c])',)),
        ("", None),
        ("   ", None),
    ],
)
def test_a_scope_is_a_list_of_rights(scope: str, expected: tuple[str, ...] | None) -> None:
    assert expected == read(FORM, form(scope=scope)).scope


def test_parameters_that_nobody_knows_are_ignored() -> None:
    """RFC 6749 section 3.2."""
    assert TokenRequest(None, None) == read(FORM, form(audience="https://api.example.org", resource="x"))


@pytest.mark.parametrize("name", ["grant_type", "scope", "client_id"])
def test_a_parameter_that_is_given_twice_is_refused(name: str) -> None:
    body = f"grant_type=client_credentials&scope=a.b&client_id=x&{name}=other".encode()
    assert "malformed-request" == refused(FORM, body)


@pytest.mark.parametrize(
    "body",
    [b"", b"scope=a.b", b"\xff=1", b"grant_type=client_credentials&scope=%ff", "grant_type=é".encode(),
     b"&".join(b"p%d=1" % n for n in range(FIELDS + 1))],
    ids=["empty", "no grant", "bytes", "not UTF-8", "not ASCII", "too many"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    assert "malformed-request" == refused(FORM, body)


@pytest.mark.parametrize(
    "grant", ["", "password", "authorization_code", "refresh_token", "CLIENT_CREDENTIALS", "x" * 999]
)
def test_another_grant_is_unsupported(grant: str) -> None:
    with pytest.raises(UnsupportedGrant):
        read(FORM, f"grant_type={quote_plus(grant)}".encode())


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_refused_or_unsupported(body: bytes) -> None:
    for sent in (body, b"grant_type=client_credentials&scope=" + body, b"grant_type=client_credentials&" + body):
        try:
            assert isinstance(read(FORM, sent), TokenRequest)
        except Refusal as refusal:
            assert refusal.outcome.code == "malformed-request"
        except UnsupportedGrant:
            pass


# What is answered


def told(made: bytes) -> Any:
    return json.loads(made)


def test_a_token_is_granted_as_the_standard_has_it() -> None:
    assert {
        "access_token": "pv_tok_x",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "shop.find shop.price(item in [jam, tea])",
    } == told(granted("pv_tok_x", 3600, ["shop.find", "shop.price(item in [jam, tea])"]))


def test_the_scope_that_is_granted_reads_back_as_the_same_rights() -> None:
    patterns = Rights(["a.b", 'c.d(x in ["a b", "(", "]"], y in [1])', "e.*(z in [true])"]).patterns
    scope = told(granted("t", 1, list(patterns)))["scope"]
    assert list(patterns) == split_scope(scope)


@pytest.mark.parametrize("code", ERRORS)
def test_a_refusal_that_is_in_the_table_is_an_error_of_the_standard(code: str) -> None:
    status, body = failed(Refusal(code), "r1", "Do this.")
    answer = told(body)
    assert (ERRORS[code], LISTED & {answer["error"]}) == ((status, answer["error"]), {answer["error"]})
    assert (code, "Do this.", "r1") == (answer["code"], answer["fix"], answer["request_id"])
    assert status == (401 if answer["error"] == "invalid_client" else 400)


def test_the_table_speaks_of_outcomes_that_there_are() -> None:
    assert set(OUTCOMES) >= set(ERRORS)


def test_whoever_is_not_who_it_says_is_an_invalid_client() -> None:
    """All 401s, so that a client asks for another credential and for nothing else."""
    # Signing up is the one thing that an outcome of 401 could mean beside.
    of_401 = {code for code, row in OUTCOMES.items() if row.status == 401}
    assert of_401 == {code for code, (status, _) in ERRORS.items() if status == 401}


@pytest.mark.parametrize(
    "code", sorted(c for c, row in OUTCOMES.items() if c not in ERRORS and row.status in (413, 429, 500, 503))
)
def test_what_is_not_in_the_standard_keeps_its_status(code: str) -> None:
    status, body = failed(Refusal(code), "r1", "Wait.")
    assert (OUTCOMES[code].status, "temporarily_unavailable", code) == (status, told(body)["error"], told(body)["code"])


@pytest.mark.parametrize("detail", ['say "a\\b"', "é☃\n\0", "\ud800", "plain"])
def test_a_description_holds_what_the_standard_lets_it_hold(detail: str) -> None:
    """RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E."""
    description = told(failed(Refusal("invalid-arguments", detail), "r1", "")[1])["error_description"]
    assert len(description) == len(detail)
    assert all(
        letter in "\x20\x21" or "\x23" <= letter <= "\x5b" or "\x5d" <= letter <= "\x7e" for letter in description
    )


def test_a_refusal_without_a_detail_is_described_by_its_title() -> None:
    assert "This key has expired" == told(failed(Refusal("key-expired"), "r1", "")[1])["error_description"]


def test_another_grant_is_answered_by_its_own_error() -> None:
    status, body = unsupported("r1")
    assert (400, "unsupported_grant_type", "r1") == (status, told(body)["error"], told(body)["request_id"])
