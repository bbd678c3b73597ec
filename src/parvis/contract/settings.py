"""Every setting of a service, one row each: what a publisher may say that Python cannot say.

A setting is added here, and used in the one place that obeys it. All the rest is made from its row
(:class:`~parvis.contract.setting_row.Setting`): the reading of ``parvis.toml``, the options of ``Service(...)``, what
decorators note, the field of the compiled operation, the lines of ``parvis.lock``, the differences that ``parvis diff``
tells, ``parvis config`` and the tables of docs/settings.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal

from .promise import Kind, Promise
from .setting_row import ROW, Check, Setting, option

SECONDS = 30.0
"""What a call may take where nobody says otherwise."""
SILENCE = 300.0
"""The same for one item of a stream."""

# What values are right


def day(value: date | str) -> str:
    """A day as ``2026-09-01``. Raises ``ValueError`` for what is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"{value!r} is no day")
    return value.isoformat()


def _is_day(value: Any) -> bool:
    try:
        day(value)
    except ValueError:
        return False
    return True


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


RUN = re.compile(r"(?:thread|inline|threads:([1-9][0-9]*))\Z")
"""How a sync operation may run; the group is the size of a pool."""
_RIGHT = re.compile(r"(?!parvis\.)[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+\Z")
_MEDIA = re.compile(
    r"(?!multipart/|application/(json|msgpack|vnd\.msgpack|x-msgpack|x-www-form-urlencoded)\Z)"
    r"(application|audio|font|image|message|model|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\Z"
)
_DAY = Check(_is_day, "give a day like 2026-09-01")
IS_SECONDS = Check(_is_seconds, "give seconds, more than 0")

# What callers are promised, and what a difference of it means to them


def _read(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    if old and not new:
        yield "read-lost", "is no read any more: `GET` is no longer answered"
    if new and not old:
        yield "read-gained", "is a read now"


def _right(old: str, new: str) -> Iterator[tuple[str, str]]:
    yield "right-changed", f"needs the right `{new}`, needed `{old}`"


def _bound(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name, "the caller"), new.get(name, "the caller")
        if before != now:
            yield "binding-changed", f"takes {name} from {now}, took it from {before}"


def _cost(old: int, new: int) -> Iterator[tuple[str, str]]:
    yield "cost-raised" if new > old else "cost-lowered", f"counts as {_calls(new)}, counted as {_calls(old)}"


def _calls(number: int) -> str:
    return f"{number} call{'s' if number != 1 else ''}"


def _public(old: int | None, new: int | None) -> Iterator[tuple[str, str]]:
    yield "caching-changed", f"may be kept by anybody for {new} s" if new else "may no longer be kept by anybody"


def _media(old: str | None, new: str | None) -> Iterator[tuple[str, str]]:
    yield "media-changed", f"its bytes are {new or 'of no type'}, were {old or 'of no type'}"


def _deprecated(old: str | None, new: str | None) -> Iterator[tuple[str, str]]:
    if new and not old:
        yield "deprecated", f"is deprecated: {new}"
    if old and not new:
        yield "deprecation-lifted", "is no longer deprecated"


def _sources(entry: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(source, str) for source in entry.values()):
        raise ValueError("bound: the source of a parameter is a text")
    return dict(entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The settings of one service, ``[service.NAME]`` in ``parvis.toml``."""

    # fmt: off
    name: str | None = option(Setting(
        "name", str, None, "The service's name in every address, where it is not the section's (two versions).",
        check=Check(_is_text, "give a text"),
    ))
    version: int = option(Setting(
        "version", int, 1, "The major version, in every address.",
        check=Check(_is_count, "give an integer from 1 on"),
    ))
    title: str = option(Setting(
        "title", str, "", "The name on the pages.", check=Check(_is_text, "give a text"),
    ))
    settings: Mapping[str, Any] = option(Setting(
        "settings", dict, {}, "Arguments for the class or factory.", level="everyday",
    ))
    reads: tuple[str, ...] | None = option(Setting(
        "reads", list, None,
        "Operations that only read, as names or patterns; without it names propose themselves.",
        level="everyday", scope="names", among="found", decorator="read", field="read",
        promise=Promise(
            type=bool, always=True, held="no longer a read", differences=_read,
            to_lock=lambda origin: origin is not None, from_lock=lambda read: "listed" if read else None,
            broken=lambda locked, now: bool(locked and not now),
            kinds=(
                Kind("read-lost", True, "a read became an operation that changes something",
                     "it is no longer asked by `GET`, cached or repeated"),
                Kind("read-gained", False, "an operation became a read", "`GET` is a further way; `POST` stays"),
            ),
        ),
    ))
    only: tuple[str, ...] = option(Setting(
        "only", list, [], "Publish these and nothing else.", scope="names", among="anything",
    ))
    hidden: tuple[str, ...] = option(Setting(
        "hidden", list, [], "Do not publish these.", scope="names", among="found", decorator="hidden",
    ))
    include: tuple[str, ...] = option(Setting(
        "include", list, [], "Publish these although a rule would leave them out.", scope="names", among="parts",
    ))
    run: Mapping[str, str] = option(Setting(
        "run", dict, {},
        "Operation, or pattern, to how it runs: `thread` (what is usual), `inline`, or `threads:8` for eight at once.",
        level="everyday", scope="operations", among="found", decorator="run",
        check=Check(
            lambda value: isinstance(value, str) and RUN.match(value) is not None,
            "it is 'thread', 'inline', or 'threads:8' for a pool of eight",
        ),
    ))
    timeout: float | Mapping[str, float] | None = option(Setting(
        "timeout", float | dict, None, "Seconds that a call may take; a table gives them by operation or pattern.",
        level="everyday", scope="operations", among="found", decorator="timeout", check=IS_SECONDS,
    ))
    stream_silence: float = option(Setting(
        "stream_silence", float, SILENCE, "Seconds that one item of a stream may take; `timeout` is for other calls.",
        check=IS_SECONDS,
    ))
    instances: Literal["shared", "per-call"] = option(Setting(
        "instances", str, "shared", "One object for all calls, `shared`, or a new one for each, `per-call`.",
        check=Check(lambda value: value in ("shared", "per-call"), "it is 'shared' or 'per-call'"),
    ))
    rights: Mapping[str, str] = option(Setting(
        "rights", dict, {}, "Operation to the right that a call needs, in place of its own name.",
        scope="operations", decorator="right", field="right",
        check=Check(
            lambda value: isinstance(value, str) and _RIGHT.match(value) is not None,
            "give a dotted name like 'shop.admin'; those that begin with 'parvis.' are Parvis's own",
        ),
        promise=Promise(
            type=str, always=True, held="its right", differences=_right,
            kinds=(Kind("right-changed", True, "an operation needs another right",
                        "keys that do not hold it are refused"),),
        ),
    ))
    bind: Mapping[str, Any] = option(Setting(
        "bind", dict, {}, "`operation(parameter)` to the source of its value, which callers then cannot name.",
        field="bound",
        promise=Promise(
            type=dict, usual={}, held="its bound parameters", differences=_bound, from_lock=_sources,
            kinds=(Kind("binding-changed", True, "a parameter is bound, no longer bound, or bound to another source",
                        "it decides on whose behalf a call works"),),
        ),
    ))
    costs: Mapping[str, int] = option(Setting(
        "costs", dict, {}, "Operation to the number of calls that one counts for.",
        scope="operations", decorator="cost", field="cost",
        check=Check(_is_count, "give the number of calls, an integer from 1 on"),
        promise=Promise(
            type=int, usual=1, held="its cost", differences=_cost,
            kinds=(
                Kind("cost-raised", True, "a call counts as more calls than before",
                     "callers reach their limits sooner"),
                Kind("cost-lowered", False, "a call counts as fewer calls than before",
                     "callers reach their limits later"),
            ),
        ),
    ))
    public: Mapping[str, int] = option(Setting(
        "public", dict, {}, "Operation to the seconds for which anybody may keep its answer by GET.",
        scope="operations", decorator="public", field="public",
        check=Check(_is_count, "give seconds, an integer from 1 on"),
        promise=Promise(
            type=int, held="its caching", differences=_public,
            kinds=(Kind("caching-changed", False, "answers may be kept by anybody, for another time, or no longer",
                        "a call is answered as before"),),
        ),
    ))
    media: Mapping[str, str] = option(Setting(
        "media", dict, {}, "Operation to the media type of the bytes that it gives or takes: `image/png`.",
        scope="operations", decorator="media", field="media",
        check=Check(
            lambda value: isinstance(value, str) and _MEDIA.match(value) is not None,
            "give a media type like 'image/png', in small letters; not one of JSON, MessagePack or forms",
        ),
        promise=Promise(
            type=str, held="its media type", differences=_media,
            kinds=(Kind("media-changed", True, "the bytes that an operation gives or takes have another media type",
                        "callers that look at the type read or send the old one"),),
        ),
    ))
    deprecated: Mapping[str, str] = option(Setting(
        "deprecated", dict, {}, "Operation, or pattern, to what should be used in its place.",
        scope="operations", decorator="deprecated", field="deprecated",
        check=Check(lambda value: isinstance(value, str) and bool(value.strip()),
                    "say in a text what to use in its place"),
        promise=Promise(
            type=str, differences=_deprecated, to_lock=lambda text: text or None,
            kinds=(
                Kind("deprecated", False, "an operation became deprecated", "it still answers, and says so"),
                Kind("deprecation-lifted", False, "an operation is no longer deprecated", "it answers as before"),
            ),
        ),
    ))
    deprecated_since: Mapping[str, date | str] = option(Setting(
        "deprecated_since", dict, {}, "Operation, or pattern, to the date since which it is deprecated.",
        scope="operations", decorator="deprecated", field="deprecated_since", convert=day, check=_DAY,
    ))
    sunset: Mapping[str, date | str] = option(Setting(
        "sunset", dict, {}, "Operation, or pattern, to the date on which it may go.",
        scope="operations", decorator="deprecated", field="sunset", convert=day, check=_DAY,
    ))
    examples: Mapping[str, Mapping[str, Any]] = option(Setting(
        "examples", dict, {}, "Operation to the arguments of a call that works, for pages and documents.",
        scope="operations", patterns=False, decorator="example", field="example",
        check=Check(lambda value: isinstance(value, Mapping), "give a table of arguments"),
    ))
    sandbox: Any = option(Setting(  # noqa: RUF009
        "sandbox", str, None, "What test keys reach in its place: a target with the same operations.",
    ))
    # fmt: on


OPTIONS: dict[str, Setting] = {field.name: field.metadata[ROW] for field in fields(ServiceSettings)}
"""What may be said of a service, by name."""

SERVICE_SETTINGS: tuple[Setting, ...] = (
    Setting(
        "target", str, "", "What is published: `module:Class`, `module:factory()`, `module:instance` or `module`.",
        level="everyday",
    ),
    *OPTIONS.values(),
)  # fmt: skip
"""What may stand in ``[service.NAME]``."""

PROMISES: dict[str, Promise] = {
    row.field: row.promise for row in OPTIONS.values() if row.field is not None and row.promise is not None
}
"""Field of an operation -> what the lock promises of it, in the order in which differences are told."""
