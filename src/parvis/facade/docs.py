"""What a docstring says: summary, parameters, result, declared errors. Google, NumPy and Sphinx styles, by griffe."""

from __future__ import annotations

import inspect
import logging
import re
from dataclasses import dataclass, field, replace
from typing import Any

_LOUD = logging.getLogger("griffe")
# Google's style names the type of a result where it names that of a parameter: `float: The price.`
_STYLES: Any = {"google": {"returns_named_value": False, "returns_multiple_items": False}}
_DIRECTIVE = re.compile(r"^\.\. deprecated::[ \t]*\S*[ \t]*\n?((?:[ \t]+\S.*\n?|\n)*)", re.MULTILINE)


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
    marked = getattr(documented, "__deprecated__", None)  # PEP 702
    if not text:
        doc = Doc()
    elif ":" not in text and "---" not in text:  # no sections: the common short docstring, without a parser
        doc = _plain(text)
    else:
        doc = _parse(text)
    return replace(doc, deprecated=marked) if isinstance(marked, str) else doc


def _plain(text: str) -> Doc:
    summary, _, rest = text.partition("\n\n")
    return Doc(summary=" ".join(summary.split()), description=rest.strip())


def _parse(text: str) -> Doc:
    from griffe import Docstring

    # griffe warns of every parameter without a type: the annotation has it.
    level, _LOUD.level = _LOUD.level, logging.CRITICAL
    try:
        sections = Docstring(text).parse("auto", per_style_options=_STYLES)
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
            case "admonition" if section.value.kind == "deprecated":
                deprecated = _line(section.value.contents)
            case "admonition":
                prose.append(f"{section.title or section.value.kind.capitalize()}: {section.value.contents}")
    told = "\n\n".join(prose)
    if found := _DIRECTIVE.search(told):
        deprecated, told = _line(found[1]), told[: found.start()] + told[found.end() :]
    plain = _plain(told) if told else Doc()
    return Doc(plain.summary, plain.description, parameters, kinds, returns, returns_type, tuple(raises), deprecated)


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
