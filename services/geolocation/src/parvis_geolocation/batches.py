"""The same questions for many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from .checks import check_rows, check_text
from .errors import PartMissingError  # noqa: F401  (a docstring names it, and who reads that looks for it here)
from .opened import Opened
from .values.place import FoundPlace
from .values.row import IPRow, ReverseRow, SearchRow

T = TypeVar("T")


class Batches(Opened):
    """Many questions in one call, answered row by row: one that is wrong does not spoil the others."""

    def reverse_many(self, points: list[tuple[float, float]], language: str | None = None) -> Iterator[ReverseRow]:
        """Tell where each of many points is; the same answers as `reverse`, many times as fast.

        Args:
            points: Latitude and longitude of each point, in degrees; at most 100,000.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each point, in order; a point that is wrong gives a row that says so.

        Raises:
            ValueError: When there are too many points.

        Examples:
            >>> geolocation.reverse_many([(48.8566, 2.3522), (35.68, 139.69)])
        """
        check_rows(len(points))
        content = self._open()
        return content.reverse.many(points, content.languages.number(language), content.postal.get())

    def search_many(
        self, texts: list[str], country: str | None = None, language: str | None = None
    ) -> Iterator[SearchRow]:
        """Find the best place for each of many texts.

        Args:
            texts: What to find, each as for `search`; at most 100,000.
            country: ISO 3166-1 alpha-2 code of the country to search in; everywhere when left out.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each text, in order; a text that is wrong gives a row that says so.

        Raises:
            ValueError: When there are too many texts, or no country has this code.

        Examples:
            >>> geolocation.search_many(["Paris", "東京"])
        """
        check_rows(len(texts))
        content = self._open()
        filters = content.filters(country, None, None, 0, None)
        number = content.languages.number(language)

        def best(text: str) -> FoundPlace | None:
            check_text(text)
            found = content.found(content.search.find(text, filters, None, 1), number)
            return found[0] if found else None

        return (SearchRow(row=row, place=place, error=error) for row, place, error in _answered(texts, best))

    def ip_many(self, addresses: list[str], language: str | None = None) -> Iterator[IPRow]:
        """Tell what is known of each of many internet addresses.

        Args:
            addresses: IPv4 and IPv6 addresses; at most 100,000.
            language: Language of the names in the answer: a tag such as fr or zh-Hant, or a list as browsers send it.

        Yields:
            One row for each address, in order; one that is no address gives a row that says so.

        Raises:
            ValueError: When there are too many addresses.
            PartMissingError: When the store has no internet addresses.

        Examples:
            >>> geolocation.ip_many(["8.8.8.8", "1.1.1.1"])
        """
        check_rows(len(addresses))
        content = self._open()
        part, number = content.addresses.need(), content.languages.number(language)
        answered = _answered(addresses, lambda address: part.look_up(address, number))
        return (IPRow(row=row, answer=answer, error=error) for row, answer, error in answered)


def _answered(questions: list[str], answer: Callable[[str], T]) -> Iterator[tuple[int, T | None, str | None]]:
    """Each question's number, its answer, and what is wrong with it."""
    for row, question in enumerate(questions):
        try:
            yield row, answer(question), None
        except ValueError as error:
            yield row, None, str(error)
