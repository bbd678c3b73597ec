"""What may differ between two contracts, in one table: each kind of difference, whether it breaks callers, and why.

Two rules. A kind is additive only when no caller notices who was written for the old contract, by HTTP or by Python:
positional arguments, names of classes and defaults count as much as addresses. And where a class is both sent and
answered, the direction that breaks decides. docs/versions.md shows this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..promise import Kind
from ..settings import PROMISES

_ROWS = (
    # Services
    Kind("service-removed", True, "a service or a version of it is gone", "every call to it is answered 404"),
    Kind("service-added", False, "there is a new service, or a new version beside the old one", "nobody calls it yet"),
    Kind("version-changed", True, "the version changed", "the version stands in every address"),
    # Operations
    Kind("operation-removed", True, "an operation is gone", "a call to it is answered 404"),
    Kind("operation-added", False, "there is a new operation", "nobody calls it yet"),
    Kind("route-lost", True, "an address or a method is gone", "a call by it is answered 404 or 405"),
    Kind("route-added", False, "there is a further address or method", "the others stay"),
    *(kind for promise in PROMISES.values() for kind in promise.kinds),
    # Parameters
    Kind("required-parameter-added", True, "a new parameter without a default", "calls without it are refused"),
    Kind("optional-parameter-added", False, "a new parameter with a default", "calls without it do what they did"),
    Kind("parameter-removed", True, "a parameter is gone", "calls that give it are refused"),
    Kind("parameter-renamed", True, "a parameter has another name", "calls that give it by name are refused"),
    Kind("parameter-became-required", True, "a parameter lost its default", "calls without it are refused"),
    Kind("parameter-became-optional", False, "a parameter got a default", "calls with it do what they did"),
    Kind("parameters-reordered", True, "a positional parameter stands elsewhere",
         "positional arguments land on another parameter"),
    Kind("parameter-kind-narrowed", True, "a parameter may no longer be given by position, or by name",
         "Python calls that give it so are refused"),
    Kind("parameter-kind-widened", False, "a parameter may now also be given by position, or by name",
         "the other way stays"),
    Kind("parameter-narrowed", True, "a parameter takes less than before", "values that were taken are refused"),
    Kind("parameter-widened", False, "a parameter takes more than before", "values that were taken still are"),
    Kind("parameter-type-changed", True, "a parameter has another type", "values that were taken are refused"),
    Kind("default-changed", True, "the default of a parameter or of a field that is sent changed",
         "calls that leave it out do something else"),
    # Results
    Kind("result-widened", True, "a result may be something that it never was", "callers do not expect it"),
    Kind("result-narrowed", False, "a result is always something that it was before", "callers expect it already"),
    Kind("result-type-changed", True, "a result has another type", "callers read it as the old one"),
    Kind("became-stream", True, "one result became a stream of items", "callers wait for one value"),
    Kind("became-value", True, "a stream of items became one result", "callers read line by line"),
    # Declared errors
    Kind("error-removed", True, "an error is no longer declared", "raised, it is a bug: 500 without its name"),
    Kind("error-added", False, "a further error is declared", "undeclared, it was a 500"),
    Kind("error-changed", True, "a declared error has another base or status",
         "callers catch the old base, or look for the old status"),
    # Classes
    Kind("type-renamed", True, "a class has another name", "Python callers make and match its values by name"),
    Kind("type-kind-changed", True, "a class became another kind of class",
         "its values look otherwise on the wire, or are made otherwise in Python"),
    Kind("type-base-changed", True, "an enumeration has another base, or a dataclass is frozen or no longer",
         "its values compare, hash or change otherwise"),
    Kind("required-field-added", True, "a class that is sent has a new field without a default",
         "values without it are refused"),
    Kind("field-added", False, "a class has a new field; where it is sent, with a default",
         "values without it are taken, and readers pass over it"),
    Kind("item-added", True, "an answered named tuple has a new field", "callers that unpack it find too many values"),
    Kind("field-removed", True, "a field is gone", "values that have it are refused, and readers miss it"),
    Kind("field-became-required", True, "a field that is sent lost its default", "values without it are refused"),
    Kind("field-became-optional", False, "a field that is sent got a default", "values with it are taken as before"),
    Kind("field-may-be-absent", True, "an answered field may now be absent", "readers count on it"),
    Kind("field-always-present", False, "an answered field is now always there", "readers count on less"),
    Kind("fields-reordered", True, "a field of a dataclass or named tuple stands elsewhere",
         "values made or unpacked by position are others"),
    Kind("sent-field-narrowed", True, "a field that is sent takes less than before",
         "values that were taken are refused"),
    Kind("sent-field-widened", False, "a field that is sent takes more than before",
         "values that were taken still are"),
    Kind("answered-field-narrowed", False, "an answered field is always something that it was before",
         "callers expect it already"),
    Kind("answered-field-widened", True, "an answered field may be something that it never was",
         "callers do not expect it"),
    Kind("field-type-changed", True, "a field has another type", "values that were taken or read are not"),
    Kind("sent-member-added", False, "an enumeration that is sent has a new member", "the others are still taken"),
    Kind("answered-member-added", True, "an answered enumeration has a new member", "callers do not know it"),
    Kind("sent-member-removed", True, "an enumeration that is sent lost a member", "it is refused"),
    Kind("answered-member-removed", False, "an answered enumeration lost a member", "it is answered no more"),
    Kind("member-renamed", True, "a member of an enumeration has another name", "Python callers know it by name"),
    Kind("member-value-changed", True, "a member of an enumeration has another value",
         "the old value is refused, and the new one not known"),
)  # fmt: skip

KINDS: dict[str, Kind] = {row.name: row for row in _ROWS}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its kind, what it concerns and what happened there, in words for the publisher."""

    kind: str
    service: str
    """The service with its version: ``shop v1``."""
    subject: str
    """An operation (``orders.get``), a class (``Order``), or nothing for the service itself."""
    text: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of difference")

    @property
    def breaking(self) -> bool:
        return KINDS[self.kind].breaking
