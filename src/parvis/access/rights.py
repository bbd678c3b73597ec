"""Rights: permission to call operations, written as patterns.

A pattern is the full name of an operation (``shop.orders.get``), all below a name (``shop.*``, ``shop.orders.*``), or
``*``: every service. Two rules. The console is no service: only a pattern that begins with ``parvis.`` covers an
operation of ``parvis``, so handing out ``*`` never hands out the keys. And of two patterns either one covers the other
or they have nothing in common, so narrowing is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from parvis.contract.outcomes import Refusal

LOOKS_LIKE = "a right looks like `shop.orders.get`, `shop.orders.*`, `shop.*` or `*`"

_PART = r"[A-Za-z][A-Za-z0-9_]*"
_PATTERN = re.compile(rf"(?:\*|{_PART}(?:\.{_PART})*\.(?:{_PART}|\*))\Z")
_CONSOLE = "parvis."
_LONGEST = 250
_MEMO = 10_000


def check(pattern: str) -> None:
    """Raises ``ValueError``, saying what a right looks like, when ``pattern`` is none."""
    if len(pattern) > _LONGEST or not _PATTERN.match(pattern):
        raise ValueError(f"{pattern[:_LONGEST]!r} is not a right: {LOOKS_LIKE}")


def covers(wider: str, pattern: str) -> bool:
    """True when ``wider`` allows all that ``pattern`` (or the one right of that name) allows."""
    if wider == pattern:
        return True
    if wider == "*":
        return not pattern.startswith(_CONSOLE)
    return wider.endswith(".*") and pattern.startswith(wider[:-1])


class Rights:
    """A set of patterns, immutable; it remembers what it has answered.

    ``patterns`` is sorted and holds nothing twice. Raises ``ValueError`` for a pattern that is none.
    """

    __slots__ = ("_memo", "patterns")

    patterns: tuple[str, ...]

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        if isinstance(patterns, str):
            raise ValueError(f"rights are a list of patterns, not the text {patterns!r}")
        unique = tuple(sorted(set(patterns)))
        for pattern in unique:
            check(pattern)
        object.__setattr__(self, "patterns", unique)
        object.__setattr__(self, "_memo", {})

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(patterns: tuple[str, ...]) -> Rights:
        """The same ``Rights`` for the same patterns: a hundred thousand keys share a few memories."""
        return Rights(patterns)

    def allows(self, right: str) -> bool:
        """Whether these rights hold ``right``, an operation's full name (``shop.orders.get``)."""
        memo: dict[str, bool] = self._memo  # type: ignore[attr-defined]
        try:
            return memo[right]
        except KeyError:
            pass
        if len(memo) >= _MEMO:  # names come from the table of operations and are few; this is the belt to those braces
            memo.clear()
        memo[right] = answer = any(covers(pattern, right) for pattern in self.patterns)
        return answer

    def covers(self, pattern: str) -> bool:
        """Whether these rights hold all that ``pattern`` holds."""
        return any(covers(own, pattern) for own in self.patterns)

    def narrowed(self, by: Rights) -> Rights:
        """What both hold."""
        return Rights.of(
            tuple(sorted({p for p in self.patterns if by.covers(p)} | {p for p in by.patterns if self.covers(p)}))
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("rights do not change: make new ones")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rights) and self.patterns == other.patterns

    def __hash__(self) -> int:
        return hash(self.patterns)

    def __repr__(self) -> str:
        return f"Rights({list(self.patterns)!r})"


def narrow(account: Rights, patterns: Iterable[str]) -> Rights:
    """The rights of a key that asks for ``patterns`` of an account that may give ``account``.

    Raises ``Refusal``: ``invalid-arguments`` when a pattern is none, ``right-missing`` when the account has it not.
    """
    wanted = tuple(patterns)
    errors = []
    for index, pattern in enumerate(wanted):
        try:
            check(pattern)
        except ValueError as error:
            errors.append(
                {"location": f"rights[{index}]", "message": str(error), "fix": "Write it as one of these forms."}
            )
    if errors:
        raise Refusal("invalid-arguments", "Some rights cannot be read.", members={"errors": errors})
    missing = [pattern for pattern in wanted if not account.covers(pattern)]
    if missing:
        names = ", ".join(f"`{pattern}`" for pattern in missing)
        raise Refusal(
            "right-missing",
            f"A key cannot have more rights than its account, which does not hold {names}.",
            members={"right": missing[0]},
            right=missing[0],
        )
    return Rights.of(tuple(sorted(set(wanted))))
