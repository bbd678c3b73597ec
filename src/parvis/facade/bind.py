"""Bound parameters: their values come from who calls, never from the caller's own words.

``"ip(address)" = "caller.address"`` gives the parameter ``address`` of ``ip`` the caller's network address;
``"*(owner)" = "caller.account"`` does it for every operation with a parameter ``owner``. So an unchanged façade serves
many tenants. A bound parameter is absent from the contract; one marked overridable stays in it, optional, and an
argument then wins. ``caller.account`` is never overridable: it is what keeps tenants apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..contract.caller import Caller
from ..contract.outcomes import Refusal
from .errors import TargetError
from .options import matches

Headers = Mapping[bytes, bytes]
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

_PATTERN = re.compile(r"(?P<operations>[\w.*?]+)\((?P<parameter>[A-Za-z_]\w*)\)\Z")
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
    """True when the parameter has no default and does not take None."""
    nullable: bool
    convert: TypeAdapter[Any]

    def fill(self, given: dict[str, Any], caller: Caller, headers: Headers) -> None:
        """Put the value among the arguments. Raises :class:`Refusal` when the call has none and one is needed."""
        if self.rule.overridable and self.name in given:
            return
        value = self.rule.read(caller, headers)
        if value is None:
            if self.required:
                raise self._absent()
            if self.nullable:
                given[self.name] = None
            return
        try:
            given[self.name] = self.convert.validate_python(value)
        except ValidationError as error:
            message = str(error.errors(include_url=False)[0]["msg"]).replace("Input should", "should")
            raise self._refusal(message, "Correct it.") from None

    def _absent(self) -> Refusal:
        if self.rule.source == "caller.account":
            return Refusal("key-missing", "This operation works for an account, and the call has none.")
        return self._refusal("is required", "Send it.")

    def _refusal(self, message: str, fix: str) -> Refusal:
        location = self.rule.source.replace("header.", "header ")
        rows = [{"location": location, "message": message, "fix": fix}]
        return Refusal("invalid-arguments", "One argument is not valid.", members={"errors": rows})


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
    if header is None or header["name"] in _SECRET:
        known = ", ".join([*SOURCES, "header.NAME"])
        raise TargetError(f"bind: {text!r}: there is no source {source!r}; there are {known}")
    name = header["name"].encode()
    return lambda caller, headers: None if name not in headers else headers[name].decode("latin-1")


def bound(operation: str, parameters: Iterable[tuple[str, Any, bool]], known: tuple[Rule, ...]) -> list[Bound]:
    """What of an operation's parameters (name, annotation, required) is bound. The last rule wins, so that a general
    one can stand before its exceptions."""
    found: list[Bound] = []
    for name, annotation, required in parameters:
        rule = next((r for r in reversed(known) if r.parameter == name and matches(operation, (r.operations,))), None)
        if rule is not None:
            try:
                convert: TypeAdapter[Any] = TypeAdapter(annotation)
            except Exception as error:  # a type that pydantic cannot read
                raise TargetError(f"bind: {rule.text!r}: {operation}: {str(error).splitlines()[0]}") from None
            nullable = convert.validator.isinstance_python(None)
            found.append(Bound(name, rule, required and not nullable, nullable, convert))
    return found
