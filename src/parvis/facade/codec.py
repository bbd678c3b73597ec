"""Values in and out: JSON to arguments, results to JSON, by pydantic, compiled once.

The port of two classes behind which pydantic stands: nothing else in the project decodes or encodes a façade's value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import typing_extensions
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from ..contract.outcomes import Refusal

CONFIG = ConfigDict(
    strict=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants",
    allow_inf_nan=False,
)  # fmt: skip
"""Strict, so ``"12"`` and ``true`` are no integers; NaN is caught on the way out, not turned into null."""


typed_dict: Any = typing_extensions.TypedDict
"""Made from names and types that are known at run time alone, which type checkers do not follow."""


class BrokenResult(Exception):
    """The façade gave back something else than it declares: a bug of the service."""


class Arguments:
    """The parameters of one operation, as one JSON object keyed by name."""

    __slots__ = ("_positional", "_validate", "adapter")

    def __init__(
        self, name: str, annotations: dict[str, Any], required: set[str], positional: Sequence[tuple[str, Any]]
    ) -> None:
        """``positional`` are the positional-only parameters in order, each with its default."""
        fields = {
            name: annotation if name in required else typing_extensions.NotRequired[annotation]
            for name, annotation in annotations.items()
        }
        shape = typed_dict(name, fields)
        shape.__pydantic_config__ = CONFIG
        self.adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(shape)
        self._validate = self.adapter.validator.validate_json
        self._positional = tuple(positional)

    def decode(self, body: bytes) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments to call with. Raises :class:`Refusal` with every error at once.

        ``body`` is JSON that :func:`strict_json` (or a writer of ours) has vouched for.
        """
        try:
            named = self._validate(body)
        except ValidationError as error:
            raise refusal(error) from None
        if not self._positional:
            return (), named
        return self._split(named), named

    def _split(self, named: dict[str, Any]) -> tuple[Any, ...]:
        last = max((i for i, (name, _) in enumerate(self._positional) if name in named), default=-1)
        # A gap before the last one given is filled with Python's own default: there is no other way to say it.
        return tuple(named.pop(name, default) for name, default in self._positional[: last + 1])


def strict_json(body: bytes) -> None:
    """Check that a body from outside is one JSON object without a repeated key, NaN or absurd depth.

    Raises :class:`Refusal`. JSON readers take the last of two equal keys and so disagree with one another (RFC 8259
    section 4): a call that means two things is refused.
    """
    try:
        value = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise Refusal("malformed-request", "The body is nested too deeply.") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal("malformed-request", f"The body is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Refusal("malformed-request", "The body must be one JSON object, keyed by parameter name.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        twice = next(name for i, (name, _) in enumerate(pairs) if any(name == other for other, _ in pairs[:i]))
        raise ValueError(f"the key {twice!r} is given twice")
    return unique


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Result:
    """The result of one operation, or the items of its stream."""

    __slots__ = ("_nullable", "_write", "adapter")

    def __init__(self, annotation: Any, *, nullable: bool) -> None:
        # In a list, since pydantic takes no configuration beside a dataclass or model itself.
        self.adapter: TypeAdapter[list[Any]] = TypeAdapter(list[annotation], config=CONFIG)
        self._write: Callable[..., bytes] = self.adapter.serializer.to_json
        self._nullable = nullable

    def encode(self, value: Any) -> bytes:
        """JSON of the declared fields alone. Raises :class:`BrokenResult`."""
        if value is None and not self._nullable:
            raise BrokenResult("returned None, which its return type does not admit")
        try:
            text = self._write([value], by_alias=True, warnings="error")[1:-1]
        except (PydanticSerializationError, ValueError, RecursionError) as error:
            raise BrokenResult(f"returned what its return type does not admit: {error}") from None
        if b"NaN" in text or b"Infinity" in text:
            try:
                json.loads(text, parse_constant=_no_constant)
            except ValueError as error:
                raise BrokenResult(f"returned {error}") from None
        return text


def refusal(error: ValidationError) -> Refusal:
    """All errors of a validation as one refusal, each with its place in the arguments."""
    rows = error.errors(include_url=False, include_context=False, include_input=False)
    if rows and rows[0]["type"] == "json_invalid":
        return Refusal("malformed-request", f"The body is not JSON: {rows[0]['msg'].removeprefix('Invalid JSON: ')}.")
    errors = [{"location": place(row["loc"]), "message": _message(row), "fix": _fix(row)} for row in rows]
    count = f"{len(errors)} arguments are" if len(errors) > 1 else "One argument is"
    return Refusal("invalid-arguments", f"{count} not valid.", members={"errors": errors})


def place(loc: Sequence[str | int]) -> str:
    """``("items", 0, "price")`` -> ``items[0].price``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_MESSAGES = {"missing": "is required", "extra_forbidden": "is not a parameter of this operation"}
_FIXES = {"missing": "Give it.", "extra_forbidden": "Leave it out, or correct its name."}


def _message(row: Any) -> str:
    return _MESSAGES.get(row["type"]) or str(row["msg"]).replace("Input should", "should")


def _fix(row: Any) -> str:
    return _FIXES.get(row["type"], "Give a value of the declared type.")
