"""Bound parameters: their values come from who calls, never from the caller's own words.

``"ip(address)" = "caller.address"`` gives the parameter ``address`` of ``ip`` the caller's network address;
``"*(owner)" = "caller.account"`` does it for every operation with a parameter ``owner``. So an unchanged façade serves
many tenants. A bound parameter is absent from the contract; one marked overridable stays in it, optional, and an
argument then wins. ``caller.account`` is never overridable: it is what keeps tenants apart. Where a call has nothing
for a parameter, its default holds, else None if it takes that; else the call is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from ..contract.caller import Caller, CallerKind
from ..contract.mistakes import cut
from ..contract.outcomes import Refusal
from .codec import CONFIG, concrete
from .errors import TargetError
from .options import by_pattern

Headers = Mapping[bytes, bytes]
"""Names in small letters; one that was sent twice is there once, as a list (RFC 9110 section 5.3)."""
Source = Callable[[Caller, Headers], Any]
"""What a source gives for a call; None where the call has nothing of the kind."""

NAMELESS = ("run", "operator")
"""Callers without an account that may be served all the same; their kind stands for one, and is no account's id."""


def _account(caller: Caller, headers: Headers) -> str | None:
    return caller.account or (caller.kind if caller.kind in NAMELESS else None)


SOURCES: dict[str, Source] = {
    "caller.account": _account,
    "caller.address": lambda caller, headers: caller.address or None,
    "caller.key": lambda caller, headers: caller.credential,
    "caller.kind": lambda caller, headers: caller.kind,
    "caller.test": lambda caller, headers: caller.test,
}
"""Name in the settings -> what it gives. Beside them ``header.NAME``, the text of a request's header."""

_SAMPLES: dict[str, tuple[str | bool, ...]] = {
    "caller.account": ("acc_0a1b2c3d4e5f",),
    "caller.address": ("192.0.2.1", "2001:db8::1"),
    "caller.key": ("0a1B2c3D4e5F",),
    "caller.kind": get_args(CallerKind),
    "caller.test": (True, False),
}
"""What each source gives: a parameter that takes none of it could never be filled."""

_PATTERN = re.compile(r"(?P<operations>[\w.*?]+)\((?P<parameter>[^\W\d]\w*)\)\Z")
_HEADER = re.compile(r"header\.(?P<name>[a-z0-9-]+)\Z")
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of ``[service.NAME.bind]``."""

    text: str
    operations: str
    parameter: str
    source: str
    overridable: bool
    read: Source


@dataclass(frozen=True, slots=True)
class Bound:
    """One parameter of one operation and where its value comes from."""

    name: str
    rule: Rule
    required: bool
    """True when the parameter has no default."""
    nullable: bool
    """True when it takes None."""
    convert: TypeAdapter[list[Any]]

    def fill(self, given: dict[str, Any], caller: Caller, headers: Headers) -> None:
        """Put the value among the arguments. Raises :class:`Refusal` when the call has none and one is needed."""
        if self.rule.overridable and self.name in given:
            return
        value = self.rule.read(caller, headers)
        if value is not None:
            try:
                given[self.name] = _converted(self.convert, value)
            except ValidationError as error:
                message = cut(str(error.errors(include_url=False)[0]["msg"]).replace("Input should", "should"))
                raise self._refusal(message, "Correct it.") from None
        elif self.required:
            if not self.nullable:
                raise self._absent()
            given[self.name] = None

    def _absent(self) -> Refusal:
        if self.rule.source == "caller.account":
            return Refusal("key-missing", "This operation works for an account, and the call has none.")
        if self.rule.source.startswith("header."):
            return self._refusal("is required", "Send it.")
        return self._refusal("is needed, and this call has none", "Call in another way.")

    def _refusal(self, message: str, fix: str) -> Refusal:
        location = self.rule.source.replace("header.", "header ")
        rows = [{"location": location, "message": message, "fix": fix}]
        return Refusal("invalid-arguments", "One argument is not valid.", members={"errors": rows})


def _converted(convert: TypeAdapter[list[Any]], value: str | bool) -> Any:
    """A value as its parameter takes it, by the strict reader of arguments: text as it is, else as JSON writes it."""
    try:
        return convert.validate_json(f"[{json.dumps(value)}]", strict=True)[0]
    except ValidationError:
        if not isinstance(value, str) or not _SCALAR.match(value):
            raise
        try:
            return convert.validate_json(f"[{value}]", strict=True)[0]
        except ValidationError:
            pass
        raise


_SCALAR = re.compile(r"(true|false|-?(0|[1-9][0-9]*+)(\.[0-9]++)?([eE][+-]?[0-9]++)?)\Z", re.ASCII)
"""Text that is a JSON number or boolean: no ``1_000``, no ``nan``, no blanks around."""


def rules(settings: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of ``[service.NAME.bind]``. Raises :class:`TargetError` for one that cannot be read."""
    return tuple(_rule(text, value) for text, value in settings.items())


def _rule(text: str, value: Any) -> Rule:
    match = _PATTERN.match(text)
    if match is None:
        raise TargetError(f'bind: {text!r} should be operation(parameter), as in "ip(address)" or "*(owner)"')
    table = value if isinstance(value, Mapping) else {"from": value}
    source, overridable = table.get("from"), table.get("overridable", False)
    if set(table) - {"from", "overridable"} or not isinstance(source, str) or not isinstance(overridable, bool):
        raise TargetError(f'bind: {text!r} should be a source, or {{ from = "SOURCE", overridable = true }}')
    if overridable and source == "caller.account":
        raise TargetError(f"bind: {text!r}: caller.account keeps tenants apart, so it cannot be overridable")
    return Rule(text, match["operations"], match["parameter"], source, overridable, _source(text, source))


def _source(text: str, source: str) -> Source:
    if source in SOURCES:
        return SOURCES[source]
    header = _HEADER.match(source.lower())
    if header is None:
        known = ", ".join([*SOURCES, "header.NAME"])
        raise TargetError(f"bind: {text!r}: there is no source {source!r}; there are {known}")
    if header["name"] in _SECRET:
        raise TargetError(f"bind: {text!r}: {source} is a secret of the caller's, and no façade gets it")
    name = header["name"].encode()

    def read(caller: Caller, headers: Headers) -> str | None:
        sent = headers.get(name)
        return None if sent is None else sent.decode("latin-1")

    return read


def bound(operation: str, parameters: Iterable[tuple[str, Any, bool]], known: tuple[Rule, ...]) -> list[Bound]:
    """What of an operation's parameters (name, annotation, required) is bound. A rule that names the operation wins
    over patterns, and of these the last, so that a general one can stand before its exceptions.

    Raises :class:`TargetError` for a parameter that its source can never fill."""
    return list(_bound(operation, parameters, known))


def _bound(operation: str, parameters: Iterable[tuple[str, Any, bool]], known: tuple[Rule, ...]) -> Iterator[Bound]:
    for name, annotation, required in parameters:
        rule = by_pattern(operation, {r.operations: r for r in known if r.parameter == name})
        if rule is None:
            continue
        declared: Any = Any if annotation is object else concrete(annotation)
        try:
            convert: TypeAdapter[list[Any]] = TypeAdapter(list[declared], config=CONFIG)
        except Exception as error:  # a type that pydantic cannot read
            raise TargetError(f"bind: {rule.text!r}: {operation}: {str(error).splitlines()[0]}") from None
        samples = _SAMPLES.get(rule.source, ())
        if samples and not any(_fits(convert, sample) for sample in samples):
            shown = getattr(annotation, "__name__", str(annotation))
            raise TargetError(f"bind: {rule.text!r}: {operation} takes {name} as {shown}, which {rule.source} is not")
        yield Bound(name, rule, required, convert.validator.isinstance_python([None]), convert)


def _fits(convert: TypeAdapter[list[Any]], sample: str | bool) -> bool:
    try:
        _converted(convert, sample)
    except ValidationError:
        return False
    return True
