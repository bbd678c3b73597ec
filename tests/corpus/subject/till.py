"""Façades that are built for each call, have a sandbox, or say by decorators what others say in the settings."""

from __future__ import annotations

from typing import Any

from parvis import Caller, publish

HISTORY: list[str] = []


class Till:
    """Money."""

    def __init__(self) -> None:
        self._money = 100

    def balance(self) -> int:
        return self._money

    def take(self, amount: int) -> int:
        """Take some.

        Raises:
            ValueError: There is not so much.
        """
        if amount > self._money:
            raise ValueError("not so much")
        self._money -= amount
        return self._money

    def get_rows(self, count: int = 2) -> list[int]:
        return list(range(count))


class Sandbox(Till):
    """Money that is none."""

    def balance(self) -> int:
        return -1

    def take(self, amount: int) -> int:
        """Take some.

        Raises:
            ValueError: There is not so much.
        """
        if amount > 50:
            raise ValueError("not so much, even here")
        return -amount

    def get_rows(self, count: int = 2) -> list[int]:
        return [-1] * count


class Booth:
    """One for each call; who comes and goes is noted."""

    def __enter__(self) -> Booth:
        HISTORY.append("enter")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        HISTORY.append("leave" if kind is None else f"leave by {kind.__name__}")

    def ask(self, text: str) -> str:
        """Ask.

        Raises:
            ValueError: Not that.
        """
        if text == "bad":
            raise ValueError(text)
        if text == "bug":
            raise RuntimeError(text)
        return text

    def count(self, number: int) -> list[int]:
        return list(range(number))

    def items(self, number: int) -> Any:
        return number

    def get_history(self) -> list[str]:
        return HISTORY[-6:]


class Noted:
    """What settings say of others, this one's decorators say."""

    @publish.read
    @publish.public(30)
    @publish.example(item="tea")
    def price(self, item: str, count: int = 1) -> float:
        return 3.5 * count

    @publish.deprecated("Use price.", since="2002-03-04", sunset="2059-01-31")
    def quote(self, item: str) -> str:
        return item

    @publish.right("noted.staff.refund")
    def refund(self, order: int) -> float:
        return 3.5

    @publish.cost(20)
    def stocktake(self) -> list[str]:
        return ["tea", "jam"]

    @publish.hidden
    def audit(self) -> None: ...

    @publish.media("image/png")
    def get_picture(self) -> bytes:
        return b"\x89PNG"

    def caller(self, who: Caller) -> list[Any]:
        """Who calls, as Parvis says it."""
        return [who.kind, who.account, who.credential, who.address, who.test]
