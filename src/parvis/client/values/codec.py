"""Values to JSON and back, by the types of a contract.

Rules. An argument is written by its declared type, so that only declared fields leave; whether it is *valid* is for the
server to say, which says it for all arguments at once. A result is read strictly, but a field that the contract does
not know is passed over: a service may grow. Adapters are built on first use and kept by the text of their type.
"""

from __future__ import annotations

import io
import json
import threading
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from parvis.contract.bodies import FILES, upload
from parvis.contract.types import resolve

from ..errors import AnswerUnreadable
from .server_default import ServerDefault, is_server_default
from .upload import LARGE, Upload, query_of, readable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from parvis.contract.model import Default, Operation, Parameter

_BUILDING = threading.RLock()
"""Adapters of classes that speak of one another are built by one thread at a time."""

PLAIN = frozenset({bool, int, float, str, type(None), Any})
"""Types whose JSON value is the Python value."""


class Codec:
    """Reads and writes the values of one contract, whose classes are ``classes``."""

    def __init__(self, classes: Mapping[str, Any]) -> None:
        self._classes = classes
        self._types: dict[str, Any] = {}
        self._adapters: dict[str, TypeAdapter[list[Any]]] = {}
        self._uploads: dict[str, Parameter | None] = {}

    def resolve(self, text: str) -> Any:
        """The Python type that a contract's text names. Raises ``ValueError``."""
        if text not in self._types:
            self._types[text] = resolve(text, self._classes)
        return self._types[text]

    def dump(self, text: str, value: object) -> bytes:
        """``value`` as JSON. Raises ``ValueError`` when JSON cannot hold it."""
        # A value of another type than declared goes out by its own: the server refuses it with the full reason.
        body = self._adapter(text).dump_json([value], by_alias=True, warnings="none")[1:-1]
        if b"NaN" in body or b"Infinity" in body:
            json.loads(body, parse_constant=_no_constant)
        return body

    def load(self, text: str, body: bytes) -> Any:
        """The value that JSON stands for. Raises ``ValueError`` when it is not of the type."""
        values = self._adapter(text).validate_json(b"[" + body + b"]", strict=True)
        if len(values) != 1:
            raise ValueError(f"{len(values)} values where one belongs")
        return values[0]

    def arguments(self, operation: Operation, given: Mapping[str, object]) -> bytes | Upload:
        """The body of a call: one JSON object of the arguments that were given; an upload where one of them is a file,
        or long bytes, and the others can be said beside it. Raises ``TypeError`` for one that cannot cross."""
        upload = self._upload(operation)
        if upload is not None and given.get(upload.name) is not None:
            made = self._beside(operation, upload, given)
            if made is not None:
                return made
        kinds = {p.name: p.type for p in operation.parameters}
        members = []
        for name, value in given.items():
            if is_server_default(value):  # the signature's own default, passed by hand
                continue
            kind = kinds[name]
            if kind in FILES and value is not None:
                kind, value = "bytes", readable(operation.name, name, value).read()
            try:
                written = self.dump(kind if kind not in FILES else "None", value)
            except ValueError as error:
                raise TypeError(f"{operation.name}() argument {name!r} cannot cross: {error}") from None
            members.append(json.dumps(name).encode() + b":" + written)
        return b"{" + b",".join(members) + b"}"

    def _upload(self, operation: Operation) -> Parameter | None:
        """The parameter that may go beside the others; found at an operation's first call."""
        if operation.name not in self._uploads:
            self._uploads[operation.name] = upload(operation)
        return self._uploads[operation.name]

    def _beside(self, operation: Operation, parameter: Parameter, given: Mapping[str, object]) -> Upload | None:
        value: Any = given[parameter.name]
        if parameter.type in FILES:
            content = readable(operation.name, parameter.name, value)
        elif isinstance(value, bytes) and len(value) > LARGE:
            content = io.BytesIO(value)
        else:
            return None
        rest = {name: each for name, each in given.items() if name != parameter.name}
        said = {name for name, each in rest.items() if not is_server_default(each)}
        if not all(p.simple for p in operation.parameters if p.name in said):
            return None
        arguments = self.arguments(operation, rest)
        assert isinstance(arguments, bytes)
        query = query_of(json.loads(arguments))
        return None if query is None else Upload(parameter.name, content, arguments, query)

    def result(self, operation: Operation, body: bytes) -> Any:
        """An answer's value, or one item of a stream. Raises ``AnswerUnreadable``."""
        try:
            return self.load(operation.result.type, body)
        except ValueError as error:
            raise AnswerUnreadable(
                f"The answer is no {operation.result.type}",
                detail=_reason(error),
                operation=operation.name,
                fix="Connect again: the service may have changed since. If it stays, tell its publisher.",
            ) from None

    def default(self, default: Default, text: str) -> Any:
        """The default as a real value; where only the server knows it, an object that shows its text.

        Raises ``ValueError`` when the type is unknown."""
        kind = self.resolve(text)
        if not default.exact:
            return ServerDefault(default.text)
        if default.value is None or (_plain(kind) and not isinstance(default.value, (list, dict))):
            return default.value
        try:
            return self.load(text, json.dumps(default.value).encode())
        except ValueError:
            return ServerDefault(default.text)

    def _adapter(self, text: str) -> TypeAdapter[list[Any]]:
        adapter = self._adapters.get(text)
        if adapter is None:
            with _BUILDING:
                adapter = self._adapters[text] = self._adapters.get(text) or _build(self.resolve(text))
        return adapter


def _build(kind: Any) -> TypeAdapter[list[Any]]:
    from pydantic import ConfigDict, PydanticUserError, TypeAdapter

    config = ConfigDict(
        ser_json_bytes="base64",
        val_json_bytes="base64",
        ser_json_inf_nan="constants",  # seen in dump() and refused, where the default would send null
    )
    try:
        # The list around it hands the settings down to dataclasses, which take none of their own.
        return TypeAdapter(list[kind], config=config)
    except (PydanticUserError, TypeError, RecursionError) as error:
        raise ValueError(f"values of this type cannot cross: {error}") from None


def _plain(kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Literal:
        return True
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return all(_plain(each) for each in typing.get_args(kind))
    try:
        return kind in PLAIN
    except TypeError:
        return False


def _no_constant(name: str) -> float:
    raise ValueError(f"JSON has no {name}")


def _reason(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    found = errors(include_url=False, include_context=False, include_input=False)
    places = [(".".join(str(part) for part in each["loc"][1:]), each["msg"]) for each in found[:3]]
    return "; ".join(f"{place}: {message}" if place else message for place, message in places)
