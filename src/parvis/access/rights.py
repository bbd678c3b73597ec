"""Rights: permission to call operations, written as patterns.

A pattern is the full name of an operation (``shop.orders.get``), all below a name (``shop.*``, ``shop.orders.*``), or
``*``: every service; constraints may follow (``geolocation.search(country in [FR, BE])``). Three rules. The console is
no service: only a pattern that begins with ``parvis.`` covers an operation of ``parvis``, so handing out ``*`` never
hands out the keys. Of two names either one covers the other or they have nothing in common, and constraints are sets:
what two patterns have in common is one pattern or none, so narrowing is exact. And a pattern has one spelling, which is
kept, compared and shown, however it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from parvis.contract.mistakes import TOLD, cut, invalid
from parvis.contract.outcomes import Refusal

from .constraints import Constraints as Constraints

LOOKS_LIKE = (
    "a right looks like `shop.orders.get`, `shop.orders.*`, `shop.*` or `*`, "
    "perhaps with constraints: `geolocation.search(country in [FR, BE])`"
)
PATTERN_LONGEST = 1000
"""Characters of a pattern, as it was written and in its one spelling."""

Verdict: TypeAlias = Literal[True] | tuple[Constraints, ...] | None
"""True: allowed whatever the arguments. A tuple: allowed when any of these admits them. None: not held."""

_PART = r"[A-Za-z][A-Za-z0-9_]*"
_NAME = re.compile(rf"(?:\*|{_PART}(?:\.{_PART})*\.(?:{_PART}|\*))\Z")
_SPACE = " \t\r\n"
_CONSOLE = "parvis."
_NAME_LONGEST = 250
_MEMO = 10_000
_SCOPE_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"?|[()]| +\(?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One pattern, read. Its text is the one spelling."""

    name: str
    constraints: Constraints | None

    @classmethod
    def of(cls, text: str) -> _Pattern:
        """Takes time in proportion to the text. Raises ``ValueError``, saying what is wrong."""
        name, opened, rest = text.partition("(")
        if opened:
            name, rest = name.rstrip(_SPACE), rest.rstrip(_SPACE)
        if len(name) > _NAME_LONGEST or not _NAME.match(name):
            raise ValueError(f"{cut(text)!r} is not a right: {LOOKS_LIKE}")
        if not opened:
            return cls(name, None)
        try:
            if not rest.endswith(")"):
                raise ValueError("the constraints do not end in `)`")
            return cls(name, Constraints.of(rest[:-1]))
        except ValueError as error:
            raise ValueError(f"{cut(text)!r} is not a right: {error}") from None

    def covers(self, other: _Pattern) -> bool:
        if not _covers_name(self.name, other.name):
            return False
        if self.constraints is None:
            return True
        return other.constraints is not None and self.constraints.implied_by(other.constraints)

    def common(self, other: _Pattern) -> _Pattern | None:
        """The pattern that allows what both allow; None when there is nothing."""
        if _covers_name(self.name, other.name):
            name = other.name
        elif _covers_name(other.name, self.name):
            name = self.name
        else:
            return None
        if self.constraints is None or other.constraints is None:
            return _Pattern(name, self.constraints or other.constraints)
        both = self.constraints.joined(other.constraints)
        return None if both is None else _Pattern(name, both)

    def __str__(self) -> str:
        return self.name if self.constraints is None else f"{self.name}({self.constraints})"


def check(pattern: str) -> None:
    """Raises ``ValueError``, saying what is wrong or what a right looks like, when ``pattern`` is none."""
    _written(pattern)


def covers(wider: str, pattern: str) -> bool:
    """True when ``wider`` allows all calls that ``pattern`` (or the one right of that name) allows.

    Raises ``ValueError`` when either is no right.
    """
    return _Pattern.of(wider).covers(_Pattern.of(pattern))


class _Verdicts(dict[str, Verdict]):
    """Remembers, so that a second look costs no more than one in a dictionary."""

    def __init__(self, patterns: tuple[_Pattern, ...]) -> None:
        super().__init__()
        self._patterns = patterns

    def __missing__(self, right: str) -> Verdict:
        held = [own.constraints for own in self._patterns if _covers_name(own.name, right)]
        if len(self) >= _MEMO:  # names come from the table of operations and are few; this is the belt to those braces
            self.clear()
        found: Verdict = True
        if None not in held:
            found = tuple(dict.fromkeys(constraints for constraints in held if constraints is not None)) or None
        self[right] = found
        return found


class Rights:
    """A set of patterns, immutable; it remembers what it has answered.

    ``patterns`` holds each in its one spelling, sorted, nothing twice. Raises ``ValueError`` for one that is no right.
    How long one may be is for :func:`check` to say, where people write: what two have in common may be longer.
    """

    __slots__ = ("_read", "patterns", "verdicts")

    patterns: tuple[str, ...]
    _read: tuple[_Pattern, ...]
    verdicts: Mapping[str, Verdict]
    """Right -> what these rights say to it, worked out when it is first asked."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        if isinstance(patterns, str):
            raise ValueError(f"rights are a list of patterns, not the text {patterns!r}")
        read = {str(pattern): pattern for pattern in map(_Pattern.of, patterns)}
        unique = tuple(sorted(read))
        object.__setattr__(self, "patterns", unique)
        object.__setattr__(self, "_read", tuple(read[text] for text in unique))
        object.__setattr__(self, "verdicts", _Verdicts(self._read))

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(patterns: tuple[str, ...]) -> Rights:
        """The same ``Rights`` for the same patterns: a hundred thousand keys share a few memories."""
        return Rights(patterns)

    def verdict(self, right: str) -> Verdict:
        """What these rights say to ``right``, an operation's full name (``shop.orders.get``)."""
        return self.verdicts[right]

    def allows(self, right: str) -> bool:
        """Whether these rights hold ``right`` whatever the arguments."""
        return self.verdict(right) is True

    def covers(self, pattern: str) -> bool:
        """Whether these rights hold all that ``pattern`` holds.

        Asking each pattern is exact: as an argument may be a list with values of several, no two together hold one
        that neither holds.
        """
        return self._covers(_Pattern.of(pattern))

    def narrowed(self, by: Rights) -> Rights:
        """What both hold: a call is allowed exactly when both allow it."""
        whole = {own for own in self._read if by._covers(own)} | {own for own in by._read if self._covers(own)}
        parts = (
            own.common(other) for own in self._read if own not in whole for other in by._read if other not in whole
        )
        return Rights.of(tuple(sorted(map(str, whole.union(part for part in parts if part is not None)))))

    def _covers(self, pattern: _Pattern) -> bool:
        return any(own.covers(pattern) for own in self._read)

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
    wanted: list[_Pattern] = []
    errors = []
    for index, text in enumerate(patterns):
        try:
            wanted.append(_written(text))
        except ValueError as error:
            errors.append(
                {"location": f"rights[{index}]", "message": str(error), "fix": "Write it as one of these forms."}
            )
    if errors:
        raise invalid(errors, "Some rights cannot be read.")
    missing = [str(pattern) for pattern in wanted if not account._covers(pattern)]
    if missing:
        names = ", ".join(f"`{cut(pattern)}`" for pattern in missing[:TOLD]) + (", …" if len(missing) > TOLD else "")
        raise Refusal(
            "right-missing",
            f"A key cannot have more rights than its account, which does not hold {names}.",
            members={"right": cut(missing[0])},
            right=cut(missing[0]),
        )
    return Rights.of(tuple(sorted(set(map(str, wanted)))))


def split_scope(scope: str) -> list[str]:
    """The patterns of an OAuth scope (RFC 6749 section 3.3), split at spaces outside parentheses and quotes.

    Nothing is judged here: what does not end, or follows a parenthesis, stays with its pattern, which then is none.
    """
    patterns = []
    start = 0
    inside = False
    for mark in _SCOPE_MARK.finditer(scope):
        found = mark[0]
        if found[0] == " " and not inside:
            if found[-1] == "(":  # a space before the parenthesis parts nothing
                inside = True
            else:
                patterns.append(scope[start : mark.start()])
                start = mark.end()
        elif found == ")":
            inside = False
        elif found[-1] == "(":
            inside = True
    patterns.append(scope[start:])
    return [pattern for pattern in patterns if pattern]


def _written(text: str) -> _Pattern:
    """A pattern as people write it, bounded."""
    if len(text) <= PATTERN_LONGEST:
        pattern = _Pattern.of(text)
        if len(str(pattern)) <= PATTERN_LONGEST:
            return pattern
    raise ValueError(f"{cut(text)!r} is not a right: it is longer than {PATTERN_LONGEST} characters")


def _covers_name(wider: str, name: str) -> bool:
    if wider == name:
        return True
    if wider == "*":
        return not name.startswith(_CONSOLE)
    return wider.endswith(".*") and name.startswith(wider[:-1])
