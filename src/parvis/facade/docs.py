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
_DEPRECATED = re.compile(
    r"^(?:\.\. deprecated::[ \t]*(?P<since>v?\d\S*)?|:deprecated:|Deprecated:)[ \t]*"
    r"(?P<text>.*\n?(?:[ \t]+\S.*\n?|\n(?=[ \t]))*)",
    re.MULTILINE,
)
"""A directive, a field, or a section of that name, with what is indented below it."""
_FIELD = re.compile(r"^:\w+[^:\n]*:", re.MULTILINE)
"""Sphinx: ``:param name: ...``."""


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
    examples: tuple[tuple[str, str], ...] = ()
    """What stands behind ``>>>``, statement by statement, each with what is shown below it."""


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
    if isinstance(marked, str):
        doc = replace(doc, deprecated=marked)
    return replace(doc, examples=_examples(text)) if text and ">>>" in text else doc


def _examples(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    below = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith(">>> "):
            found.append((line[4:], ""))
            below = True
        elif below and line.startswith("... ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[4:]}", "")
        elif below and line:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}".lstrip("\n"))
        else:
            below = False  # as doctest has it: what is shown ends at an empty line
    return tuple(found)


def _plain(text: str) -> Doc:
    summary, _, rest = text.partition("\n\n")
    return Doc(summary=" ".join(summary.split()), description=rest.strip())


def _parse(text: str) -> Doc:
    from griffe import Docstring

    deprecated: str | None = None
    if found := _DEPRECATED.search(text):
        deprecated = _line(found["text"]) or (f"since {found['since']}" if found["since"] else "use another")
        text = text[: found.start()] + text[found.end() :]
    if _FIELD.search(text):
        text = _fields_last(text)
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
            case "admonition" if section.value.kind == "example" and ">>>" in section.value.contents:
                pass  # told as an example of the operation
            case "admonition":
                prose.append(f"{section.title or section.value.kind.capitalize()}: {section.value.contents}")
    told = "\n\n".join(prose)
    plain = _plain(told) if told else Doc()
    return Doc(plain.summary, plain.description, parameters, kinds, returns, returns_type, tuple(raises), deprecated)


def _fields_last(text: str) -> str:
    """A Sphinx docstring with its fields behind all else: griffe takes what follows the last one for a part of it."""
    prose: list[str] = []
    fields: list[str] = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        first = _FIELD.search(paragraph)
        if first:  # what stands above the first field, line on line, is prose too
            prose.append(paragraph[: first.start()].rstrip())
            fields.append(paragraph[first.start() :])
        elif fields and paragraph[:1].isspace():
            fields.append(paragraph)
        else:
            prose.append(paragraph)
    return "\n\n".join([p for p in prose if p] + ["\n".join(fields)])


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
