"""Values in and out: JSON to arguments, results to JSON, by pydantic, compiled once.

The port of two classes behind which pydantic stands: nothing else in the project decodes or encodes a façade's value.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import functools
import json
import operator
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typing_extensions
from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json

from ..contract.mistakes import TOLD, cut, invalid
from ..contract.outcomes import Refusal
from ..contract.types import NAMES
from .files import is_file
from .pydantic_hooks import exactly, is_loose
from .schema import Schema
from .shape import Shape
from .wary import LARGE, reader

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

    __slots__ = ("_positional", "_validate", "_validate_large", "adapter")

    def __init__(
        self, name: str, annotations: dict[str, Any], required: set[str], positional: Sequence[tuple[str, Any]]
    ) -> None:
        """``positional`` are the positional-only parameters in order, each with its default."""
        fields = {
            name: concrete(annotation) if name in required else typing_extensions.NotRequired[concrete(annotation)]
            for name, annotation in annotations.items()
        }
        # A name that no class has, or the two would share the name of their schemas.
        shape = typed_dict(f"{name} arguments", fields)
        shape.__pydantic_config__ = CONFIG
        self.adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(shape)
        self._validate = self.adapter.validator.validate_json
        self._validate_large: Callable[..., dict[str, Any]] | None = None
        self._positional = tuple(positional)

    @property
    def positional(self) -> tuple[str, ...]:
        """The names of the positional-only parameters, in order."""
        return tuple(name for name, _ in self._positional)

    def decode(
        self, body: bytes, fill: Callable[[dict[str, Any]], None] | None = None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments to call with. Raises :class:`Refusal` with every error at once; of a large body, with the first
        of each list.

        ``body`` is JSON that :func:`strict_json` (or a writer of ours) has vouched for; ``fill`` adds what does not
        come from it.
        """
        validate = self._validate if len(body) <= LARGE else self._wary()
        try:
            # Strict said again: a pydantic model does not take it from what stands around it.
            named = validate(body, strict=True)
        except ValidationError as error:
            raise refusal(error, body) from None
        if fill is not None:
            fill(named)
        if not self._positional:
            return (), named
        return self._split(named), named

    def _wary(self) -> Callable[..., dict[str, Any]]:
        if self._validate_large is None:
            self._validate_large = reader(self.adapter.core_schema)
        return self._validate_large

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
    except (json.JSONDecodeError, UnicodeDecodeError, _NotStrict) as error:
        raise Refusal("malformed-request", f"The body is not JSON: {error}.") from None
    except ValueError:  # Python reads no longer ones, since that takes quadratic time
        raise Refusal("malformed-request", "The body holds an integer of more than 4300 digits.") from None
    if not isinstance(value, dict):
        raise Refusal("malformed-request", "The body must be one JSON object, keyed by parameter name.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _NotStrict(f"the key {twice[:100]!r} is given twice")
    return unique


class _NotStrict(ValueError):
    """What Python's reader would let pass."""


def _no_constant(name: str) -> None:
    raise _NotStrict(f"{name} is not JSON")


_CONCRETE: dict[Any, type] = {
    collections.abc.Iterable: list, collections.abc.Collection: list,
    collections.abc.Sequence: list, collections.abc.MutableSequence: list,
    collections.abc.Set: set, collections.abc.MutableSet: set,
    collections.abc.Mapping: dict, collections.abc.MutableMapping: dict,
}  # fmt: skip
"""Abstract collections -> what a value of them is made of: pydantic would read some of them only when they are used."""


def concrete(annotation: Any) -> Any:
    """An annotation without abstract collections and files, and with numbers in a ``Literal`` taken strictly."""
    if is_file(annotation):
        return bytes  # its content: the file is made when the call is
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return _CONCRETE.get(annotation, annotation) if isinstance(annotation, type) else annotation
    if origin is typing.Literal and any(type(a) is int for a in args):
        return typing.Annotated[annotation, BeforeValidator(exactly(args))]
    if origin is typing.Annotated:
        return typing.Annotated[(concrete(args[0]), *annotation.__metadata__)]
    if origin in (typing.Union, types.UnionType):
        return typing.Union[tuple(concrete(a) for a in args)]  # noqa: UP007
    if origin in _CONCRETE or origin in (list, tuple, dict, set, frozenset):
        return _CONCRETE.get(origin, origin)[tuple(a if a is ... else concrete(a) for a in args)]
    return annotation


def _collected(annotation: Any) -> type | None:
    """What a result is collected into before it is written, for an abstract collection."""
    origin, args = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if origin is typing.Annotated:
        return _collected(args[0])
    if origin in (typing.Union, types.UnionType):
        found = [_collected(a) for a in args if a is not type(None)]
        return found[0] if len(found) == 1 else None
    return _CONCRETE.get(origin) if isinstance(origin, type) else None


def _exact(annotation: Any) -> Callable[[Any], bool] | None:
    """Tells whether a value is of exactly this type, and so is each field of a dataclass; None where that is not so
    simple."""
    if not isinstance(annotation, type):
        return None
    if annotation in _SCALARS:
        return lambda value: type(value) is annotation
    if not dataclasses.is_dataclass(annotation) or hasattr(annotation, "__pydantic_config__"):
        return None
    if any(type(each).__module__.startswith("pydantic") for made in annotation.__mro__ for each in vars(made).values()):
        return None  # it has a serialiser of its own
    names = [field.name for field in dataclasses.fields(annotation)]
    try:
        hints = typing.get_type_hints(annotation, include_extras=True)
    except (NameError, TypeError):
        return None
    types_of = tuple(hints.get(name) for name in names)
    if len(names) < 2 or any(type(each) is not type or each not in _SCALARS for each in types_of):
        return None
    values = operator.attrgetter(*names)

    def check(value: Any) -> bool:
        try:
            return type(value) is annotation and tuple(map(type, values(value))) == types_of
        except AttributeError:
            return False

    return check


_SCALARS = frozenset({str, int, float, bool})


class Result:
    """The result of one operation, or the items of its stream."""

    __slots__ = ("_collect", "_exact", "_loose", "_nullable", "_shape", "_write", "adapter")

    def __init__(self, annotation: Any, *, loose: bool = False) -> None:
        """``loose`` when pydantic lets wrong values of this type pass, see :mod:`parvis.facade.shape`."""
        # In a list, since pydantic takes no configuration beside a dataclass or model itself.
        declared: Any = concrete(annotation)
        self.adapter: TypeAdapter[list[Any]] = TypeAdapter(list[declared], config=CONFIG)
        self._write: Callable[..., bytes] = self.adapter.serializer.to_json
        schema = self.adapter.json_schema(mode="serialization", schema_generator=Schema)
        self._shape = Shape({**schema["items"], "$defs": schema.get("$defs", {})})
        self._nullable = self._shape.fault(None) is None
        self._loose = loose
        self._collect = _collected(annotation)
        self._exact = _exact(annotation)

    def canonical(self, value: Any) -> Any:
        """A JSON value that somebody wrote by hand, as :meth:`encode` writes it. Raises ``ValueError`` where it is no
        value of this type, and :class:`BrokenResult`."""
        (read,) = self.adapter.validate_json(json.dumps([value]), strict=True)
        return json.loads(self.encode(read))

    def encode(self, value: Any) -> bytes:
        """JSON of the declared fields alone. Raises :class:`BrokenResult`."""
        if value is None:
            if not self._nullable:
                raise BrokenResult("returned None, which its return type does not admit")
            return b"null"
        if self._collect is not None and not isinstance(value, self._collect | str | bytes):
            value = self._collect(value)
        try:
            # Where each type is the very one that is declared, there is nothing to warn of, and to be ready to costs.
            warnings = False if self._exact is not None and self._exact(value) else "error"
            text = self._write([value], by_alias=True, warnings=warnings)[1:-1]
        except (PydanticSerializationError, ValueError, RecursionError) as error:
            raise BrokenResult(f"returned what its return type does not admit: {error}") from None
        if self._loose or b"null" in text or b"NaN" in text or b"Infinity" in text:
            try:
                fault = self._shape.fault(json.loads(text, parse_constant=_no_constant))
            except ValueError as error:
                raise BrokenResult(f"returned {error}") from None
            if fault is not None:
                raise BrokenResult(f"returned what its return type does not admit: {fault}")
        return text


def result_of(annotation: Any, text: str) -> Result:
    """The codec of a result type; operations that give back the same type share one.

    ``text`` is its text in the contract, since ``int | str`` and ``str | int`` are equal to Python.
    """
    try:
        return _shared(annotation, text)
    except TypeError:  # an annotation with something in it that cannot be hashed
        return Result(annotation, loose=is_loose(annotation))


@functools.lru_cache(maxsize=512)
def _shared(annotation: Any, text: str) -> Result:
    return Result(annotation, loose=is_loose(annotation))


def check_schema(annotation: Any, text: str) -> None:
    """Raise what pydantic raises for a type without a JSON Schema."""
    if text not in NAMES:
        try:
            _checked(annotation, text)
        except TypeError:
            _checked.__wrapped__(annotation, text)


@functools.lru_cache(maxsize=512)
def _checked(annotation: Any, text: str) -> None:
    declared: Any = concrete(annotation)
    adapter: TypeAdapter[list[Any]] = TypeAdapter(list[declared], config=CONFIG)
    adapter.json_schema(mode="validation", schema_generator=Schema)


def refusal(error: ValidationError, body: bytes) -> Refusal:
    """The errors of a validation as one refusal, each with its place in the arguments."""
    given: Any = None
    errors: dict[str, dict[str, str]] = {}
    found = error.error_count()
    whole = len(body) <= LARGE  # or the validation gave up at the first one
    for row in _rows(error):
        if row["type"] == "json_invalid":
            fault = str(row["msg"]).removeprefix("Invalid JSON: ")
            return Refusal("malformed-request", f"The body is not JSON: {fault}.")
        if given is None:
            given = from_json(body)
        where, message = place(within(row["loc"], given, row["type"])), _message(row)
        if where not in errors and len(errors) >= TOLD and (not whole or found > COUNTED):
            return invalid(list(errors.values()), count=len(errors) + 1, known=False)
        told = errors.setdefault(where, {"location": where, "message": message, "fix": _fix(row)})
        if message not in told["message"].split(", or "):  # each member of a union has its own
            told["message"] += f", or {message}"
    return invalid(list(errors.values()), known=whole and found <= COUNTED)


COUNTED = 1000
"""Errors of which all are looked at, to tell how many there are."""


def _rows(error: ValidationError) -> Iterator[Any]:
    """The errors one by one: pydantic makes Python objects of all at once, or a text, which it is much quicker at."""
    if error.error_count() <= COUNTED:
        yield from error.errors(include_url=False, include_context=False, include_input=False)
        return
    text = error.json(include_url=False, include_context=False, include_input=False)
    read, at = json.JSONDecoder().raw_decode, 1
    for _ in range(COUNTED):
        row, end = read(text, at)
        yield row
        at = end + 1


def within(loc: Sequence[str | int], given: Any, kind: str) -> Iterator[str | int]:
    """The parts of pydantic's ``loc`` that are places in the JSON: it also names the members of unions that it tried,
    and says when a key is meant."""
    last = len(loc) - 1
    for n, part in enumerate(loc):
        inside: Any = given
        if part in (given if isinstance(given, dict) else range(len(given)) if isinstance(given, list) else ()):
            yield part
            given = inside[part]
        elif n == last and kind.startswith("missing"):
            yield part


def place(loc: Iterable[str | int]) -> str:
    """``("items", 0, "price")`` -> ``items[0].price``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_MESSAGES = {"missing": "is required", "unexpected_keyword_argument": "is not a field of this object"}
_FIXES = dict.fromkeys(("extra_forbidden", "unexpected_keyword_argument"), "Leave it out, or correct its name.")
_FIXES["missing"] = "Give it."


def _message(row: Any) -> str:
    if row["loc"][-1:] == ("[key]",):
        return f"has a key that {_said(row)}"
    if row["type"] == "extra_forbidden":
        return "is not a parameter of this operation" if len(row["loc"]) == 1 else "is not a field of this object"
    return _MESSAGES.get(row["type"]) or _said(row)


def _said(row: Any) -> str:
    said = str(row["msg"]).replace("Input should", "should")
    return said if row["type"] in ("literal_error", "enum") else cut(said)  # those name what is expected, no input


def _fix(row: Any) -> str:
    return _FIXES.get(row["type"], "Give a value of the declared type.")
