"""What the publisher says of a façade that Python cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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
    media: Mapping[str, str] = field(default_factory=dict)
    """Operation -> the media type of the bytes that it gives or takes."""
    deprecated: Mapping[str, str] = field(default_factory=dict)
    """Operation (or pattern: ``*`` is the whole version) -> what to use in its place."""
    deprecated_since: Mapping[str, date | str] = field(default_factory=dict)
    """Operation or pattern -> the day, UTC, since which it is deprecated; as text ``2026-09-01``."""
    sunset: Mapping[str, date | str] = field(default_factory=dict)
    """Operation or pattern -> the day, UTC, on which it may go."""
    bind: Mapping[str, Any] = field(default_factory=dict)
    """``operation(parameter)`` -> the source of its value (:mod:`parvis.facade.bind`)."""
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Operation -> the arguments of a call that works, shown wherever a first call is."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for the class or factory."""
    sandbox: Any = None
    """What test keys reach in its place: a target as for the service itself, with the same operations."""

    def __post_init__(self) -> None:
        if type(self.version) is not int or self.version < 1:
            raise ValueError(f"version = {self.version}: give an integer from 1 on")
        if self.threads < 1:
            raise ValueError(f"threads = {self.threads}: a façade needs at least one thread")
        if self.instances not in ("shared", "per-call"):
            raise ValueError(f"instances = {self.instances!r}: it is 'shared' or 'per-call'")
        if not self.timeout > 0:
            raise ValueError(f"timeout = {self.timeout}: give seconds, more than 0")
        for name in ("reads", "inline", "only", "hidden", "include"):
            names = getattr(self, name)
            # One text is a sequence of letters too, and `hidden = "secret"` would hide nothing.
            if names is not None and (isinstance(names, str) or not all(isinstance(each, str) for each in names)):
                raise ValueError(f"{name} = {names!r}: give a list of names or patterns")
        for name in (*_VALUES, "bind", "settings"):
            if not isinstance(getattr(self, name), Mapping):
                raise ValueError(f"{name} = {getattr(self, name)!r}: give a table")
        for name, (right, told) in _VALUES.items():
            for operation, value in getattr(self, name).items():
                if not right(value):
                    raise ValueError(f"{name}: {operation} = {value!r}: {told}")


def _is_day(value: Any) -> bool:
    try:
        day(value)
    except ValueError:
        return False
    return True


def day(value: date | str) -> str:
    """A day as ``2026-09-01``. Raises ``ValueError`` for what is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"{value!r} is no day")
    return value.isoformat()


_DAY = (_is_day, "give a day like 2026-09-01")
_RIGHT = re.compile(r"(?!parvis\.)[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+\Z")
_MEDIA = re.compile(
    r"(?!multipart/|application/(json|msgpack|vnd\.msgpack|x-msgpack|x-www-form-urlencoded)\Z)"
    r"(application|audio|font|image|message|model|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\Z"
)
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "costs": (lambda v: type(v) is int and v >= 1, "give the number of calls, an integer from 1 on"),
    "rights": (
        lambda v: isinstance(v, str) and _RIGHT.match(v) is not None,
        "give a dotted name like 'shop.admin'; those that begin with 'parvis.' are Parvis's own",
    ),
    "public": (lambda v: type(v) is int and v >= 1, "give seconds, an integer from 1 on"),
    "media": (
        lambda v: isinstance(v, str) and _MEDIA.match(v) is not None,
        "give a media type like 'image/png', in small letters; not one of JSON, MessagePack or forms",
    ),
    "deprecated": (lambda v: isinstance(v, str) and bool(v.strip()), "say in a text what to use in its place"),
    "deprecated_since": _DAY,
    "sunset": _DAY,
    "examples": (lambda v: isinstance(v, Mapping), "give a table of arguments"),
}
"""Table of operations -> which values it takes, and what to write instead of others."""

T = TypeVar("T")


def by_pattern(name: str, table: Mapping[str, T]) -> T | None:
    """What a table of operations or patterns says of one: its own name first, else the last pattern that fits."""
    if name in table:
        return table[name]
    return next((value for pattern, value in reversed(list(table.items())) if fnmatchcase(name, pattern)), None)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
