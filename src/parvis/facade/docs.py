"""What a docstring says: summary, parameters, result, declared errors. Google, NumPy and Sphinx styles, by griffe."""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass, field
from typing import Any

_LOUD = logging.getLogger("griffe")


@dataclass(frozen=True, slots=True)
class Doc:
    summary: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Parameter -> the type that the docstring names, where it names one."""
    returns: str = ""
    returns_type: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    """Exception name as written, and when it is raised."""
    deprecated: str | None = None


def read(documented: Any) -> Doc:
    """The docstring of a function or class; an empty :class:`Doc` where there is none."""
    text = inspect.getdoc(documented) if "__doc__" in dir(documented) else None
    if not text:
        return Doc()
    if ":" not in text and "---" not in text:  # no sections: the common short docstring, without a parser
        return _plain(text)
    return _parse(text)


def _plain(text: str) -> Doc:
    summary, _, rest = text.partition("\n\n")
    return Doc(summary=" ".join(summary.split()), description=rest.strip())


def _parse(text: str) -> Doc:
    from griffe import Docstring

    # griffe warns of every parameter without a type: the annotation has it.
    level, _LOUD.level = _LOUD.level, logging.CRITICAL
    try:
        sections = Docstring(text).parse("auto")
    finally:
        _LOUD.level = level
    prose: list[str] = []
    parameters: dict[str, str] = {}
    kinds: dict[str, str] = {}
    returns, returns_type = "", ""
    raises: list[tuple[str, str]] = []
    deprecated: str | None = None
    for section in sections:
        match section.kind.value:
            case "text":
                prose.append(section.value)
            case "parameters" | "other parameters":
                for p in section.value:
                    parameters[p.name.lstrip("*")] = _line(p.description)
                    if p.annotation is not None:
                        kinds[p.name] = str(p.annotation).removesuffix(", optional")
            case "returns" | "yields":
                returns = " ".join(_line(item.description) for item in section.value)
                first = section.value[0] if section.value else None
                returns_type = str(first.annotation) if first is not None and first.annotation is not None else ""
            case "raises":
                raises.extend((str(item.annotation), _line(item.description)) for item in section.value)
            case "deprecated":
                deprecated = _line(section.value.description)
    plain = _plain("\n\n".join(prose)) if prose else Doc()
    return Doc(plain.summary, plain.description, parameters, kinds, returns, returns_type, tuple(raises), deprecated)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
