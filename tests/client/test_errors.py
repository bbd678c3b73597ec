import copy
import pickle

import pytest

from parvis import client
from parvis.client import ConnectionFailed, ParvisError
from parvis.client.problems import error_of
from parvis.client.transport import Answer

NATIVE = (LookupError, ValueError, PermissionError, TimeoutError, OSError, TypeError, ArithmeticError, RuntimeError)
CLASSES = [cls for cls in vars(client).values() if isinstance(cls, type) and issubclass(cls, ParvisError)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_no_error_of_ours_is_taken_for_one_of_the_service(cls):
    assert not issubclass(cls, NATIVE)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_stands_in_the_drawn_tree(cls):
    assert f"── {cls.__name__} " in client.errors.__doc__


def test_an_error_reads_from_what_happened_to_what_to_do():
    error = ParvisError(
        "Some arguments are not valid", code="invalid-arguments", status=422, detail="One is not.", operation="price",
        fix="Correct it.", request_id="req_1", errors=[{"location": "item", "message": "is required"}],
    )  # fmt: skip
    assert (
        "price: Some arguments are not valid (422 invalid-arguments)\nOne is not.\n  item: is required\n"
        "What to do: Correct it.\nRequest: req_1"
    ) == str(error)


def test_an_error_shows_no_control_characters_and_is_bounded():
    text = str(ParvisError("a\x1b[2J", detail="x" * 100_000))
    assert ("a\ufffd[2J", True) == (text.split("\n")[0], len(text) < 3_000)


def test_an_error_survives_copy_and_pickle():
    error = ConnectionFailed("Gone", outcome="not-sent", fix="Wait.", status=503)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(error), vars(error)) == (str(twin), vars(twin))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(422, "invalid-arguments", "ArgumentsRefused"), (401, "key-revoked", "KeyRefused"),
     (403, "right-missing", "NotAllowed"), (404, "unknown-operation", "Refused"),
     (429, "limit", "TooManyCalls"), (500, "internal-error", "ServiceFailed"),
     (504, "call-timeout", "ServiceFailed"), (302, "odd", "AnswerUnreadable")],
)  # fmt: skip
def test_the_class_says_whose_fault_it_is(status, code, expected):
    error = error_of(Answer(status, b'{"code": "%s", "title": "T", "right": "shop.*"}' % code.encode()), "price")
    assert (expected, code, status, "price") == (type(error).__name__, error.code, error.status, error.operation)
    assert "shop.*" == error.problem["right"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"code": 1}', b"\xff\xfe", b"[" * 100_000, b"null"], ids=range(8)
)
def test_a_broken_body_still_gives_an_error_with_its_status(body):
    error = error_of(Answer(502, body))
    assert ("ServiceFailed", 502, "The answer is none of Parvis's") == (type(error).__name__, error.status, error.title)


def test_members_of_a_wrong_type_are_left_out():
    body = b'{"code": "a", "title": 1, "detail": [], "fix": {}, "errors": [1, {"location": "x"}], "links": 3}'
    error = error_of(Answer(400, body))
    assert ("a", "", "", ({"location": "x"},), {}, 400) == (
        error.title, error.detail, error.fix, error.errors, error.links, error.status,
    )  # fmt: skip
    assert str(error)
