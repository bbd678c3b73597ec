"""What the publisher says of a façade that Python cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


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
    include: tuple[str, ...] = ()
    """Names published though a rule would leave them out: inherited methods, sub-objects of other packages."""
    threads: int = 1
    """How many calls the façade takes at once: more than 1 is the publisher's word that it is thread-safe."""
    timeout: float = 30.0
    """Seconds after which a call is answered 504."""
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Operation -> the arguments of a call that works, shown wherever a first call is."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for the class or factory."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ValueError(f"threads = {self.threads}: a façade needs at least one thread")
        if not self.timeout > 0:
            raise ValueError(f"timeout = {self.timeout}: give seconds, more than 0")


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
