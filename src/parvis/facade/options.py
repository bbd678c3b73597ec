"""What the publisher says of a façade that Python cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings of one service, ``[service.NAME]`` in ``parvis.toml`` (docs/settings.md)."""

    name: str | None = None
    version: int = 1
    title: str = ""
    reads: tuple[str, ...] | None = None
    """Operations that only read, as names or patterns (``orders.*``); None lets names propose themselves."""
    inline: tuple[str, ...] = ()
    """Operations quick enough to run on the event loop itself."""
    only: tuple[str, ...] = ()
    """When given, nothing else is published, and each must be publishable."""
    hidden: tuple[str, ...] = ()
    """Operations that are not published."""
    include: tuple[str, ...] = ()
    """Names published though a rule would leave them out: inherited methods, sub-objects of other packages."""
    threads: int = 1
    """How many calls the façade takes at once: more than 1 is the publisher's word that it is thread-safe."""
    instances: Literal["shared", "per-call"] = "shared"
    """One object for all calls, or a new one for each."""
    timeout: float = 30.0
    """Seconds after which a call is answered 504."""
    costs: Mapping[str, int] = field(default_factory=dict)
    """Operation -> as how many calls one counts; 1 without it."""
    rights: Mapping[str, str] = field(default_factory=dict)
    """Operation -> the right that a call needs, in place of the operation's own name."""
    public: Mapping[str, int] = field(default_factory=dict)
    """Operation -> seconds for which anybody may keep its answer by GET; without it nobody may."""
    deprecated: Mapping[str, str] = field(default_factory=dict)
    """Operation (or pattern: ``*`` is the whole version) -> what to use in its place."""
    bind: Mapping[str, Any] = field(default_factory=dict)
    """``operation(parameter)`` -> the source of its value (:mod:`parvis.facade.bind`)."""
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Operation -> the arguments of a call that works, shown wherever a first call is."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for the class or factory."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError(f"threads = {self.threads}: a façade needs at least one thread")
        if self.instances not in ("shared", "per-call"):
            raise ValueError(f"instances = {self.instances!r}: it is 'shared' or 'per-call'")
        if not self.timeout > 0:
            raise ValueError(f"timeout = {self.timeout}: give seconds, more than 0")


T = TypeVar("T")


def by_pattern(name: str, table: Mapping[str, T]) -> T | None:
    """What a table of operations or patterns says of one: its own name first, else the last pattern that fits."""
    if name in table:
        return table[name]
    return next((value for pattern, value in reversed(list(table.items())) if fnmatchcase(name, pattern)), None)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
