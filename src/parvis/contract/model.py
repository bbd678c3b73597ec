"""The frozen description of a service: all that a caller may rely on, and nothing of how it is made.

Two rules. Every value is immutable plain data, so a contract is the same in the server, in the file that a publisher
commits and in a client on another machine. Types are written twice, for two readers: as Python text in a small closed
language (:mod:`parvis.contract.types`), from which a client rebuilds values without importing anything by a name from
the wire, and as JSON Schema (draft 2020-12), from which OpenAPI is drawn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import JsonValue, TypeAdapter

FORMAT = 1
"""The version of this model's own JSON form, in the member ``parvis``."""

CONSOLE = "parvis"
"""The service that Parvis itself is, of accounts and keys: it is open to a password too, and its calls cost nothing."""

ParameterKind = Literal["positional_only", "positional_or_keyword", "keyword_only"]
TypeKind = Literal["dataclass", "model", "typeddict", "namedtuple", "enum"]
ReadOrigin = Literal["listed", "name"]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*\Z")
"""A dotted operation name: no part starts with an underscore, so nothing private can be spelt."""


@dataclass(frozen=True, slots=True)
class Default:
    """The default of a parameter: its Python text for readers, and its JSON value where it has one."""

    text: str
    value: JsonValue = None
    exact: bool = True
    """False when the default cannot be written as JSON; then only the server knows it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that a caller may name. A bound parameter is absent from the contract."""

    name: str
    kind: ParameterKind
    type: str
    schema: dict[str, Any]
    default: Default | None = None
    description: str = ""
    simple: bool = False
    """True when the value may stand in a query string or a path (docs/mapping.md, "Simple values")."""

    @property
    def required(self) -> bool:
        return self.default is None


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation gives back: one value, or a stream of items of one type."""

    type: str
    schema: dict[str, Any]
    stream: bool = False
    description: str = ""
    example: JsonValue = None
    """What the call of the operation's ``example`` gives, where a docstring says it; None where nothing does."""


@dataclass(frozen=True, slots=True)
class DeclaredError:
    """An exception that the docstring promises: it crosses the wire with its name, its built-in base and its args."""

    name: str
    base: str
    """The nearest built-in exception it derives from (its own name for a built-in)."""
    status: int
    description: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach an operation over HTTP (docs/mapping.md); the path is below ``/{service}/v{version}``."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    status: int = 200
    id: str | None = None
    """The parameter that stands in the path as ``{id}``."""

    @property
    def query(self) -> bool:
        """True when the arguments stand in the query string, false when they are a JSON object in the body."""
        return self.method in ("GET", "DELETE")


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of an operation of Parvis's own, and of no other."""

    open: bool = False
    """Whether anybody may call it, without a key or password."""
    repeatable: bool = True
    """Whether a call takes an ``Idempotency-Key``: none that is given a secret does, of which nothing is kept."""
    refusals: tuple[str, ...] = ()
    """Codes with which it refuses beside those that any operation may (:mod:`.openapi.operation_errors`)."""
    unlimited: bool = False
    """Whether it is served to a caller whose rate is used up: how long to wait must be there to be asked. Not told."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One public function or method; ``name`` is dotted: ``orders.get``."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    routes: tuple[Route, ...]
    """At least the canonical ``POST``; the first is the one that OpenAPI lists."""
    summary: str = ""
    description: str = ""
    errors: tuple[DeclaredError, ...] = ()
    read: ReadOrigin | None = None
    """Whether it only reads, and who said so: the settings (``listed``) or its name."""
    deprecated: str | None = None
    deprecated_since: str | None = None
    """The day, UTC, as ``2026-09-01``, since which callers should use something else."""
    sunset: str | None = None
    """The day on which it may go."""
    right: str = ""
    """The right that a call needs: the operation's full name (``shop.price``) unless the publisher says another."""
    cost: int = 1
    """As how many calls one counts."""
    public: int | None = None
    """Seconds for which anybody may keep an answer by GET; None when nobody may."""
    bound: dict[str, str] = field(default_factory=dict)
    """Bound parameter -> the source of its value. For the publisher's lock alone: it never leaves the server."""
    media: str | None = None
    """The media type of a result that is bytes, and of the upload; None for any bytes."""
    example: dict[str, JsonValue] | None = None
    """Arguments of a call that works, by parameter name."""
    own: Own | None = None

    def __post_init__(self) -> None:
        if not NAME.match(self.name):
            raise ValueError(f"{self.name!r} is not a dotted operation name")

    @property
    def signature(self) -> str:
        """The Python signature as text, ``(item: str, vat: float = 0.2) -> Decimal``."""
        return f"({', '.join(self.arguments)}) -> {self.returns}"

    @property
    def arguments(self) -> list[str]:
        """What stands between the parentheses of the signature, piece by piece."""
        parts: list[str] = []
        kinds = [p.kind for p in self.parameters]
        for index, p in enumerate(self.parameters):
            if p.kind == "keyword_only" and "keyword_only" not in kinds[:index]:
                parts.append("*")
            default = "" if p.default is None else f" = {p.default.text}"
            parts.append(f"{p.name}: {p.type}{default}")
            if p.kind == "positional_only" and "positional_only" not in kinds[index + 1 :]:
                parts.append("/")
        return parts

    @property
    def returns(self) -> str:
        """What stands behind the arrow of the signature."""
        return f"Iterator[{self.result.type}]" if self.result.stream else self.result.type


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    required: bool = True
    default: Default | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A class of the façade that crosses the wire by value: its fields, or its members when it is an enumeration."""

    name: str
    kind: TypeKind
    fields: tuple[Field, ...] = ()
    members: tuple[Member, ...] = ()
    base: str = ""
    """For an enumeration ``Enum``, ``StrEnum``, ``IntEnum``...; for a dataclass ``frozen`` or nothing."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """A published service: its name, its major version, its operations and the types they speak of."""

    service: str
    operations: tuple[Operation, ...]
    version: int = 1
    title: str = ""
    summary: str = ""
    description: str = ""
    types: tuple[TypeDef, ...] = ()
    schemas: dict[str, Any] = field(default_factory=dict)
    """JSON Schemas by component name; ``$ref`` is always ``#/components/schemas/NAME``."""
    parts: dict[str, str] = field(default_factory=dict)
    """What the sub-façades are, by dotted name: of those whose class says it."""
    parvis: int = FORMAT

    def __post_init__(self) -> None:
        if self.parvis != FORMAT:
            raise ValueError(
                f"this contract has format {self.parvis}, this parvis reads {FORMAT}: use one version on both sides"
            )

    @property
    def prefix(self) -> str:
        """The path below which every operation stands: ``/shop/v1``."""
        return f"/{self.service}/v{self.version}"

    def to_json(self) -> bytes:
        """What callers are told: all but what is bound for them, and what the server alone acts upon."""
        return _adapter().dump_json(self, exclude_defaults=True, exclude={"operations": {"__all__": _UNTOLD}})

    @staticmethod
    def from_json(text: bytes | str) -> Contract:
        """Read a contract. Raises ``ValueError`` when the text is none."""
        return _adapter().validate_json(text)


_UNTOLD: dict[str, Any] = {"bound": True, "own": {"unlimited"}}

_cached: TypeAdapter[Contract] | None = None


def _adapter() -> TypeAdapter[Contract]:
    # Built on first use: a client that only imports parvis pays nothing for it.
    global _cached
    if _cached is None:
        _cached = TypeAdapter(Contract)
    return _cached
