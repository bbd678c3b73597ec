"""What the options of a service say of each of its operations, with what decorators say beside the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypedDict

from ..contract import model
from ..contract.settings import OPTIONS, RUN
from . import decorations
from .errors import TargetError
from .members import LeftOut, Published
from .operation import Mode
from .options import Options, by_pattern, matches
from .signature import Signature

READ_WORDS = frozenset({"get", "list", "find", "search", "count", "lookup", "describe", "is", "has"})
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[0-9]+")


def with_decorators(options: Options, found: Iterable[Published | LeftOut]) -> Options:
    """The options with what decorators say of the operations (:mod:`parvis.publish`); the options win.

    Raises :class:`TargetError` for a decorator with a wrong value.
    """
    lists: dict[str, list[str]] = {}
    tables: dict[str, dict[str, Any]] = {}
    for member in found:
        if isinstance(member, Published):
            for name, value in decorations.read(member.function).items():
                setting = OPTIONS[name]
                if setting.scope == "names":
                    lists.setdefault(name, []).append(member.name)
                elif by_pattern(member.name, options.table(setting)) is None:
                    tables.setdefault(name, {})[member.name] = value
    changed: dict[str, Any] = {k: (*(getattr(options, k) or ()), *v) for k, v in lists.items()}
    changed.update({k: {**v, **options.table(OPTIONS[k])} for k, v in tables.items()})
    try:
        return replace(options, **changed)
    except ValueError as error:
        raise TargetError(str(error)) from None


def facts(name: str, options: Options) -> dict[str, Any]:
    """What stands in an operation's contract because the options say so: field -> value."""
    found: dict[str, Any] = {}
    for setting in OPTIONS.values():
        if setting.field is not None and setting.scope == "operations" and setting.patterns:
            value = by_pattern(name, options.table(setting))
            if value is not None:
                found[setting.field] = value if setting.convert is None else setting.convert(value)
    return found


def read_origin(name: str, *, stream: bool, reads: tuple[str, ...] | None) -> model.ReadOrigin | None:
    """Whether an operation only reads: the settings say so, else its name's first whole word."""
    if reads is not None:
        return "listed" if matches(name, reads) else None
    words = [word.lower() for word in _WORD.findall(name.rpartition(".")[2])]
    proposed = bool(words) and words[0] in READ_WORDS and not {"or", "and", "next"} & set(words[1:])
    return "name" if proposed and not stream else None


class Running(TypedDict):
    """How an operation runs: fields of :class:`~parvis.facade.operation.Operation`."""

    mode: Mode
    pool: str
    threads: int
    timeout: float


def running(name: str, read: Signature, options: Options) -> Running:
    """How an operation runs. Raises :class:`TargetError` where an async one is told to run otherwise."""
    seconds = by_pattern(name, options.table(OPTIONS["timeout"]))
    timeout = options.default_timeout if seconds is None else float(seconds)
    if read.coroutine or read.stream_async:
        if name in options.run:
            raise TargetError(f"run: {name} is async, so it runs on the event loop: say nothing of it")
        return Running(mode="loop", pool="", threads=0, timeout=timeout)
    how = by_pattern(name, options.run) or "thread"
    if how == "inline":
        return Running(mode="inline", pool="", threads=0, timeout=timeout)
    size = RUN.fullmatch(how)
    return Running(mode="thread", pool=how, threads=int((size and size[1]) or 1), timeout=timeout)
