"""Docstrings of three styles say the same."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import typing_extensions

from parvis.facade.docs import Doc, read

GOOGLE = """The price of an item.

    With the tax that the country asks for.

    Args:
        item: Its name,
            as on the label.
        vat (float): The tax.

    Returns:
        The price, tax included.

    Raises:
        KeyError: There is no such item.
    """

NUMPY = """The price of an item.

    With the tax that the country asks for.

    Parameters
    ----------
    item
        Its name,
        as on the label.
    vat : float
        The tax.

    Returns
    -------
    Decimal
        The price, tax included.

    Raises
    ------
    KeyError
        There is no such item.
    """

SPHINX = """The price of an item.

    With the tax that the country asks for.

    :param item: Its name,
        as on the label.
    :param float vat: The tax.
    :returns: The price, tax included.
    :raises KeyError: There is no such item.
    """


def documented(text: str | None) -> Any:
    def f() -> None: ...

    f.__doc__ = text
    return f


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_every_style_says_the_same(text: str) -> None:
    doc = read(documented(text))
    assert (
        "The price of an item.",
        "With the tax that the country asks for.",
        {"item": "Its name, as on the label.", "vat": "The tax."},
        {"vat": "float"},
        "The price, tax included.",
        (("KeyError", "There is no such item."),),
    ) == (doc.summary, doc.description, doc.parameters, doc.types, doc.returns, doc.raises)


@pytest.mark.parametrize("text", [None, "", "   \n "])
def test_no_docstring_says_nothing(text: str | None) -> None:
    assert Doc() == read(documented(text))


def test_a_short_docstring_is_summary_and_description() -> None:
    assert Doc(summary="Sell one thing.", description="Or two.\n\nOr three.") == read(
        documented("Sell\n    one thing.\n\n    Or two.\n\n    Or three.\n    ")
    )


def test_an_undocumented_object_of_a_documented_class_says_nothing_of_its_class() -> None:
    class Quiet: ...

    assert Doc() == read(Quiet)


@pytest.mark.parametrize(
    "text",
    [
        "Args:\n    : nothing\n\nRaises:\n",
        "Returns:\n    :\n",
        ":param: \n:raises:\n:returns",
        "Parameters\n----------\n",
        "A: b: c:\n  d: ---\n\n>>> 1\n1\n",
        "Raises:\n    not a name at all: but text\n",
        "\u2028:---\x00",
        ":" * 500,
    ],
)
def test_no_docstring_is_an_error(text: str) -> None:
    doc = read(documented(text))
    assert all(isinstance(name, str) for name, _ in doc.raises)


@pytest.mark.parametrize(
    "text",
    [
        "Old.\n\n    .. deprecated:: 1.2\n        Use `new`.\n    ",
        "Old.\n\n    Deprecated\n    ----------\n    1.2\n        Use `new`.\n    ",
        "Old.\n\n    Args:\n        a: A.\n\n    Deprecated:\n        Use `new`.\n    ",
    ],
    ids=["sphinx", "numpy", "google"],
)
def test_a_deprecation_is_read(text: str) -> None:
    doc = read(documented(text))
    assert ("Old.", "", "Use `new`.") == (doc.summary, doc.description, doc.deprecated)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Old.\n\n    :param a: A.\n    :deprecated: Use `new`.\n    ", "Use `new`."),
        ("Old.\n\n    Deprecated: Use `new`.\n    ", "Use `new`."),
        ("Old.\n\n    .. deprecated:: 1.2 Use `new`.\n    ", "Use `new`."),
        ("Old.\n\n    .. deprecated:: Use `new`.\n    ", "Use `new`."),
        ("Old.\n\n    .. deprecated:: 1.2\n    ", "since 1.2"),
        ("Old.\n\n    .. deprecated::\n    ", "use another"),
        ("Old.\n\n    .. deprecated:: 1.2\n        Use\n        `new`.\n\n    More.", "Use `new`."),
    ],
)
def test_a_deprecation_has_a_text_whatever_its_spelling(text: str, told: str) -> None:
    assert told == read(documented(text)).deprecated


def test_what_stands_behind_the_fields_of_sphinx_is_no_part_of_the_last() -> None:
    doc = read(
        documented(
            "Sell.\n    At once.\n    :param a: A,\n        and more.\n\n    In the midst.\n\n"
            "    :raises KeyError: Never.\n\n    At the end.\n    "
        )
    )
    assert ("Sell. At once.", "In the midst.\n\nAt the end.", {"a": "A, and more."}, (("KeyError", "Never."),)) == (
        doc.summary, doc.description, doc.parameters, doc.raises,
    )  # fmt: skip


def test_examples_are_the_statements_behind_the_prompt_each_with_what_is_shown_below() -> None:
    doc = read(
        documented("Sell.\n\n    >>> sell(1,\n    ...      2)\n    [3,\n     4]\n    >>> sell(2)\n\n    More.\n    ")
    )
    assert (("sell(1,\n     2)", "[3,\n4]"), ("sell(2)", "")) == doc.examples


def test_a_function_marked_as_deprecated_is() -> None:
    @typing_extensions.deprecated("Use `new`.")
    def old() -> None:
        """Old."""

    assert Doc(summary="Old.", deprecated="Use `new`.") == read(old)


def test_a_note_stays_in_the_description() -> None:
    doc = read(documented("Sell.\n\n    Note:\n        Not on Sundays.\n\n    Args:\n        a: A.\n    "))
    assert "Note: Not on Sundays." == doc.description


def test_the_parser_is_silent_and_leaves_the_log_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    level = logging.getLogger("griffe").level
    with caplog.at_level(logging.DEBUG):
        read(documented(GOOGLE))
    assert ([], level) == (caplog.records, logging.getLogger("griffe").level)
