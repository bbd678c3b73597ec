"""Which argument goes to which parameter, decided on the caller's side as Python decides it.

Rule: a call that Python would refuse never leaves, and is refused in Python's own words, for the method by its
qualified name, ``self`` counted. What was not given stays absent, so the default is the server's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parvis.contract.model import Parameter


class Binder:
    """The parameters of one method, ``name`` being its qualified name (``Shop.price``); ``preset`` are those that need
    not be given."""

    def __init__(self, name: str, parameters: Sequence[Parameter], preset: Collection[str] = ()) -> None:
        self._name = name
        self._positional = [p.name for p in parameters if p.kind != "keyword_only"]
        self._only = frozenset(p.name for p in parameters if p.kind == "positional_only")
        self._keywords = frozenset(p.name for p in parameters if p.kind != "positional_only")
        self._required = [p.name for p in parameters if p.required and p.name not in preset]

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that were given, by parameter name. Raises ``TypeError``, worded as Python's."""
        given = dict(zip(self._positional, args, strict=False))
        for name, value in kwargs.items():
            if name not in self._keywords:
                self._unknown(name, kwargs)
            if name in given:
                raise TypeError(f"{self._name}() got multiple values for argument {name!r}")
            given[name] = value
        if len(args) > len(self._positional):
            self._too_many(len(args), given)
        missing = [name for name in self._required if name not in given]
        if missing:
            self._missing(missing)
        return given

    def _unknown(self, name: str, kwargs: Mapping[str, Any]) -> None:
        wrong = [each for each in self._positional if each in self._only and each in kwargs]
        if wrong:
            raise TypeError(
                f"{self._name}() got some positional-only arguments passed as keyword arguments: '{', '.join(wrong)}'"
            )
        raise TypeError(f"{self._name}() got an unexpected keyword argument {name!r}")

    def _too_many(self, number: int, given: Mapping[str, Any]) -> None:
        most = len(self._positional) + 1  # self
        least = len([name for name in self._positional if name in self._required]) + 1
        takes = f"{most}" if least == most else f"from {least} to {most}"
        plural = "" if most == 1 and least == most else "s"
        keywords = len([name for name in given if name not in self._positional])
        also = ""
        if keywords:
            also = f" positional argument{'s' if number + 1 != 1 else ''} (and {keywords} keyword-only argument"
            also += f"{'s' if keywords != 1 else ''})"
        were = "was" if number + 1 == 1 and not keywords else "were"
        raise TypeError(f"{self._name}() takes {takes} positional argument{plural} but {number + 1}{also} {were} given")

    def _missing(self, names: list[str]) -> None:
        positional = [name for name in names if name in self._positional]
        kind, names = ("positional", positional) if positional else ("keyword-only", names)
        quoted = [repr(name) for name in names]
        listed = f"{', '.join(quoted[:-1])}, and {quoted[-1]}" if len(quoted) > 2 else " and ".join(quoted)
        plural = "s" if len(names) > 1 else ""
        raise TypeError(f"{self._name}() missing {len(names)} required {kind} argument{plural}: {listed}")
