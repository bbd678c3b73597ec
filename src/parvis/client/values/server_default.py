"""A default that only the server knows."""

from __future__ import annotations


class ServerDefault:
    """The default of a field or parameter that only the server knows; its ``repr`` is the text of the declaration."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type[ServerDefault], tuple[str]]:
        return ServerDefault, (self._text,)


def is_server_default(value: object) -> bool:
    """True for a value that nobody gave: it does not go out."""
    return isinstance(value, ServerDefault)
