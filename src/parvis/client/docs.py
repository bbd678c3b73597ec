"""What ``help()`` and ``inspect`` say of an operation: its signature and its docstring, drawn from the contract."""

from __future__ import annotations

import inspect
import textwrap
import types
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .errors import printable

if TYPE_CHECKING:
    from parvis.contract.model import Operation

    from .values.codec import Codec

WIDTH = 100

KINDS = {
    "positional_only": inspect.Parameter.POSITIONAL_ONLY,
    "positional_or_keyword": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "keyword_only": inspect.Parameter.KEYWORD_ONLY,
}


def signature_of(operation: Operation, codec: Codec, iterator: Any = Iterator) -> inspect.Signature:
    """The signature, without ``self``, as the class has it; a stream is an ``iterator``.

    Raises ``ValueError`` for one that Python cannot have."""
    parameters = [
        inspect.Parameter(
            p.name,
            KINDS[p.kind],
            default=inspect.Parameter.empty if p.default is None else codec.default(p.default, p.type),
            annotation=codec.resolve(p.type),
        )
        for p in operation.parameters
    ]
    return inspect.Signature(parameters, return_annotation=_returned(operation, codec, iterator))


def _returned(operation: Operation, codec: Codec, iterator: Any) -> Any:
    kind = codec.resolve(operation.result.type)
    return types.GenericAlias(iterator, (kind,)) if operation.result.stream else kind


def docstring_of(operation: Operation) -> str | None:
    """The docstring in Google's form, or None when the contract says nothing."""
    paragraphs = [printable(text.strip()) for text in (operation.summary, operation.description) if text.strip()]
    if operation.deprecated:
        paragraphs.append(f"Deprecated: {printable(operation.deprecated)}")
    result = operation.result
    sections = (
        ("Args", [(p.name, p.description) for p in operation.parameters if p.description]),
        ("Yields" if result.stream else "Returns", [("", result.description)] if result.description else []),
        ("Raises", [(e.name, e.description) for e in operation.errors]),
    )
    paragraphs += [section(title, rows) for title, rows in sections if rows]
    return "\n\n".join(paragraphs) or None


def section(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """A section of a docstring: names, each with its text. Without rows it is empty."""
    entries = [_entry(*row) for row in rows]
    return "\n".join([f"{title}:", *entries]) if entries else ""


def _entry(name: str, text: str) -> str:
    text = " ".join(printable(text).split())
    entry = f"{name}: {text}" if name and text else name or text
    return textwrap.fill(entry, WIDTH, initial_indent="    ", subsequent_indent="        ", break_long_words=False)
