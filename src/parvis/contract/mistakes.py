"""How much of what a caller got wrong is told to him: enough to correct it, and never as much as he sent.

A problem names at most ``TOLD`` mistakes and says how many more there are; of one name, value or place that came from
outside it repeats at most ``LONGEST`` characters.
"""

from __future__ import annotations

from collections.abc import Sequence

from .outcomes import Refusal

TOLD = 20
"""Mistakes in the ``errors`` of one problem."""

LONGEST = 200
"""Characters of one text of a caller's that a problem repeats."""


def cut(text: str) -> str:
    """A caller's text as it may be told; what was left out is marked."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def invalid(
    errors: Sequence[dict[str, str]], detail: str | None = None, *, count: int | None = None, known: bool = True
) -> Refusal:
    """The refusal of arguments, for mistakes of which each has a ``location``, a ``message`` and a ``fix``.

    ``count`` is how many there are where ``errors`` are but the first of them; ``known`` is false where that is only
    how many were found until the search was given up. ``detail`` is said in place of the number, where all are told.
    """
    told = [{**error, "location": cut(error["location"])} for error in errors[:TOLD]]
    found = len(errors) if count is None else count
    if not known:
        detail = (
            "At least one argument is not valid." if found == 1 else f"At least {found} arguments are not valid; "
            f"{len(told)} are told."
        )  # fmt: skip
    elif found > len(told):
        detail = f"{found} arguments are not valid; {len(told)} are told, and {found - len(told)} more are not."
    elif detail is None:
        detail = "One argument is not valid." if found == 1 else f"{found} arguments are not valid."
    return Refusal("invalid-arguments", detail, members={"errors": told})
