"""parvis.protocol.problems: the members of a problem, and that making one never fails and tells no bug's text."""

from __future__ import annotations

import enum
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.contract.model import DeclaredError
from parvis.contract.outcomes import DECLARED_CODE, OUTCOMES, Refusal, fill
from parvis.protocol.problems import LONGEST_INTEGER, declared, problem, to_json

LINKS = {"register": "https://api.example.org/parvis/v1/accounts", "docs": "https://api.example.org/shop/"}
UNKNOWN_ITEM = DeclaredError("UnknownItem", "LookupError", 404, "There is no such item.")


def refused(refusal: Refusal, language: str = "en", links: dict[str, str] | None = None) -> dict[str, Any]:
    return problem(refusal, request_id="r1", language=language, links=LINKS if links is None else links)


def raised(error: BaseException, language: str = "en") -> dict[str, Any]:
    return declared(UNKNOWN_ITEM, error, request_id="r1", language=language)


def test_a_refusal_becomes_a_problem_with_all_of_its_members() -> None:
    errors = [{"location": "items[0].price", "message": "is required", "fix": "Give it."}]
    refusal = Refusal("invalid-arguments", "One argument is not valid.", members={"errors": errors})
    assert {
        "type": "/errors/invalid-arguments",
        "title": "Some arguments are not valid",
        "status": 422,
        "detail": "One argument is not valid.",
        "code": "invalid-arguments",
        "request_id": "r1",
        "fix": "Correct each argument that `errors` names.",
        "links": LINKS,
        "errors": errors,
    } == refused(refusal)


def test_what_there_is_not_is_left_out() -> None:
    assert {"type", "title", "status", "code", "request_id", "fix"} == set(refused(Refusal("key-missing"), links={}))


def test_a_fix_is_filled_from_the_refusal_before_the_links_before_the_places_of_every_server() -> None:
    key = "https://api.example.org/k"
    fix = refused(Refusal("key-missing", keys=key))["fix"]
    expected = f"Register with `POST {LINKS['register']}`, make a key with `POST {key}`"
    assert f"{expected}, and send it as `Authorization: Bearer <key>`." == fix
    assert "`POST /parvis/v1/accounts`" in refused(Refusal("key-missing"), links={})["fix"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code", OUTCOMES)
def test_a_fix_without_its_values_is_still_a_sentence(code: str, language: str) -> None:
    fix = refused(Refusal(code), language, links={})["fix"]
    assert "{" not in fix
    assert fix.endswith(".")


def test_an_unknown_field_becomes_an_ellipsis_and_nothing_is_evaluated() -> None:
    assert fill("Send at most {limit} bytes.", {}) == "Send at most … bytes."
    assert fill("{a.__class__} {a[0]} {} {{a}}", {"a": "x"}) == "{a.__class__} {a[0]} {} {x}"


def test_a_value_with_a_field_in_it_is_not_filled_again() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": 1}) == "{b} 1"


def test_title_detail_fix_and_the_errors_are_french_for_a_french_reader() -> None:
    errors = [{"location": "a", "message": "is required", "fix": "Give it."},
              {"location": "b", "message": "has 300 characters; at most 200 are taken", "fix": "quoi"}]  # fmt: skip
    made = refused(Refusal("invalid-arguments", "2 arguments are not valid.", members={"errors": errors}), "fr")
    assert made["title"] == "Certains arguments ne sont pas valables"
    assert made["detail"] == "2 arguments ne sont pas valables."
    assert made["fix"] == "Corrigez chaque argument que `errors` indique."
    assert [
        {"location": "a", "message": "est obligatoire", "fix": "Donnez-le."},
        {"location": "b", "message": "compte 300 caractères\u202f; au plus 200 sont acceptés", "fix": "quoi"},
    ] == made["errors"]
    assert errors[0]["message"] == "is required", "the refusal itself stays as it was"


def test_the_numbers_of_a_sentence_stay_in_their_places() -> None:
    assert refused(Refusal("call-timeout", "The call took more than 2.5 s."), "fr")["detail"] == (
        "L’appel a pris plus de 2.5 s."
    )


def test_a_callers_own_words_stay_as_they_are() -> None:
    detail = "There is nothing at /{docs}/42."
    assert detail == refused(Refusal("unknown-operation", detail, docs="x"), "fr")["detail"]


def test_members_never_hide_the_problems_own() -> None:
    refusal = Refusal("right-missing", members={"status": 200, "code": "x", "right": "shop.price"}, right="shop.price")
    made = refused(refusal)
    assert (403, "right-missing", "shop.price") == (made["status"], made["code"], made["right"])


def test_of_a_bug_nothing_goes_out_but_our_own_words() -> None:
    secret = "could not open /etc/shop/password"
    refusal = Refusal("internal-error", secret, members={"trace": secret}, request_id=secret, detail=secret)
    refusal.__cause__ = RuntimeError(secret)
    made = refused(refusal)
    assert secret not in json.dumps(made)
    assert {"type", "title", "status", "code", "request_id", "fix", "links"} == set(made)
    ours = "The service returned what it does not declare."
    assert ours == refused(Refusal("internal-error", ours))["detail"]


def test_a_declared_error_tells_its_name_base_and_arguments() -> None:
    assert {
        "type": "/errors/declared-error",
        "title": "The service answers with an error that it declares",
        "status": 404,
        "detail": "('tea', 3)",
        "code": DECLARED_CODE,
        "request_id": "r1",
        "fix": "Look at what the service says of `UnknownItem`; `exception` holds its arguments.",
        "exception": {"name": "UnknownItem", "base": "LookupError", "args": ["tea", 3]},
    } == raised(LookupError("tea", 3))


def test_a_declared_error_is_told_in_french_with_the_services_own_words() -> None:
    made = raised(KeyError("tea"), "fr")
    assert made["title"] == "Le service répond par une erreur qu’il déclare"
    assert made["detail"] == "tea", "not with the quotes of str(KeyError)"


def test_a_declared_error_without_arguments_is_told_by_its_description() -> None:
    assert raised(LookupError())["detail"] == "There is no such item."
    bare = declared(DeclaredError("E", "Exception", 400), Exception(), request_id="r1", language="en")
    assert "detail" not in bare


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=3))
def test_arguments_that_are_json_come_out_equal(args: list[Any]) -> None:
    read = json.loads(to_json(raised(LookupError(*args))))
    assert args == read["exception"]["args"]


class Colour(enum.StrEnum):
    RED = "red"


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def deep(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ((1, 2), "(1, 2)"),
        ({1: 2}, "{1: 2}"),
        (b"x", "b'x'"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (Odd(), "<Odd>"),
        (Colour.RED, "red"),
        ([1, {"a": (2,)}], [1, {"a": "(2,)"}]),
        (10**20, 10**20),
        (1 << LONGEST_INTEGER, f"<integer of {LONGEST_INTEGER + 1} bits>"),
        ("\ud800", "\ud800"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_an_argument_that_is_no_json_is_written_as_text(argument: object, expected: object) -> None:
    assert [expected] == json.loads(to_json(raised(LookupError(argument))))["exception"]["args"]


def test_an_argument_that_holds_itself_ends() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert b"[...]" in to_json(raised(LookupError(loop)))
    assert to_json(raised(LookupError(deep(5000))))


def test_an_exception_whose_str_fails_is_told_all_the_same() -> None:
    class Wordless(LookupError):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert raised(Wordless(1))["detail"] == "<Wordless>"


def test_the_bytes_are_utf8_and_readable() -> None:
    assert "déclare".encode() in to_json(raised(LookupError("thé"), "fr"))
