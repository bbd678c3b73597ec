"""Options that cannot be meant: names that no operation has, and words that do not fit the operation they are said of.

Most of them are a slip of the pen, so each is an error that says what would be right.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from ..contract import bodies
from ..contract.setting_row import Setting
from ..contract.settings import OPTIONS
from . import bind
from .errors import TargetError
from .members import LeftOut
from .operation import Operation
from .options import Options, by_pattern, matches


def check_only(options: Options, published: Sequence[str], left_out: Iterable[LeftOut]) -> None:
    """Whether all that is to be published is."""
    for wanted in options.only:
        if not any(matches(name, (wanted,)) for name in published):
            reason = next((item.reason for item in left_out if item.name == wanted), "there is no such method")
            raise TargetError(f"only = {wanted!r} cannot be published: {reason}")


def check_names(options: Options, found: Sequence[str], published: Sequence[str]) -> None:
    """Whether each name or pattern that the publisher wrote fits an operation."""
    parents = [".".join(parts[:n]) for parts in (name.split(".") for name in found) for n in range(1, len(parts))]
    # Of what is hidden or left out it may still be said that it is a read; of a sub-object, that it is included.
    known = {"published": published, "found": found, "parts": [*found, *parents]}
    for setting in OPTIONS.values():
        if setting.scope != "whole" and setting.among != "anything":
            _check_names(setting, options, known[setting.among])


def _check_names(setting: Setting, options: Options, names: Sequence[str]) -> None:
    for wanted in options.table(setting) if setting.scope == "operations" else getattr(options, setting.name) or ():
        if wanted == "*" and setting.patterns:
            continue  # of all, which may be none
        if not (any(matches(name, (wanted,)) for name in names) if setting.patterns else wanted in names):
            near = difflib.get_close_matches(wanted, names, n=1, cutoff=0)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise TargetError(f"{setting.name}: there is no operation {wanted!r}{hint}")


def check_bound(
    options: Options, rules: Iterable[bind.Rule], bound: Mapping[str, Sequence[bind.Bound]], callers: Iterable[str]
) -> None:
    """Whether each rule fills a parameter, and what depends on who calls is kept by nobody else.

    ``bound`` is of each published operation; ``callers`` are those that are given the caller.
    """
    for rule in rules:
        if not any(b.rule is rule for each in bound.values() for b in each):
            raise TargetError(
                f"bind: {rule.text!r} fits no parameter of a published operation, or another rule takes its place"
            )
    for name, each in bound.items():
        if by_pattern(name, options.public) is not None and (each or name in callers):
            raise TargetError(f"public: {name} depends on who calls, so nobody else may keep its answers")


def check_operations(options: Options, operations: Mapping[str, Operation]) -> None:
    """Whether what is said of operations fits what they are."""
    _check_public(options, operations)
    _check_media(options, operations)
    _check_deprecation(operations)


def _check_public(options: Options, operations: Mapping[str, Operation]) -> None:
    """Only answers by GET are kept: to say it of nothing that has one is a mistake."""
    for wanted in options.public:
        fits = [operation.spec for name, operation in operations.items() if matches(name, (wanted,))]
        if fits and all(spec.result.stream for spec in fits):
            raise TargetError(f"public: {wanted} gives its items as they come, and nobody keeps those")
        if fits and not any(route.method == "GET" for spec in fits for route in spec.routes):
            raise TargetError(
                f"public: {wanted} is not asked by GET, so its answers are never kept: list it in `reads`"
            )


def _check_media(options: Options, operations: Mapping[str, Operation]) -> None:
    for wanted in options.media:
        fits = [operation.spec for name, operation in operations.items() if matches(name, (wanted,))]
        if not any(bodies.raw(spec) or bodies.upload(spec) for spec in fits):
            raise TargetError(f"media: {wanted} neither gives bytes nor takes them as a body")


def _check_deprecation(operations: Mapping[str, Operation]) -> None:
    """A day needs a word beside it that says what to use; and nothing goes before it is deprecated (RFC 9745)."""
    for name, operation in operations.items():
        spec = operation.spec
        if spec.deprecated_since and not spec.deprecated:
            raise TargetError(
                f"deprecated_since: {name} is not deprecated: say in `deprecated` what to use in its place"
            )
        if spec.deprecated_since and spec.sunset and spec.sunset < spec.deprecated_since:
            raise TargetError(f"sunset: {name} would go on {spec.sunset}, before it is deprecated: "
                              f"{spec.deprecated_since}")  # fmt: skip
