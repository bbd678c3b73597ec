"""The answer to one question of many: its number, and the answer or what is wrong with the question."""

from __future__ import annotations

from dataclasses import dataclass

from .address import IPAddress
from .place import FoundPlace, ReversePlace


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseRow:
    """The answer for one point of many.

    Attributes:
        row: Number of the point in what was sent, from 0.
        place: The answer; None when the point is wrong.
        error: What is wrong with the point; None when nothing is.
    """

    row: int
    place: ReversePlace | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """The answer for one text of many.

    Attributes:
        row: Number of the text in what was sent, from 0.
        place: The best answer; None when nothing was found or the text is wrong.
        error: What is wrong with the text; None when nothing is.
    """

    row: int
    place: FoundPlace | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IPRow:
    """The answer for one address of many.

    Attributes:
        row: Number of the address in what was sent, from 0.
        answer: What is known of it; None when it is no address.
        error: What is wrong with it; None when nothing is.
    """

    row: int
    answer: IPAddress | None
    error: str | None
