"""What a method of the console declares beside its signature: who may call it, what it refuses, what of it is secret.

One decorator is the only place where such a fact is written; :mod:`.operations` collects what the methods declare, and
all who need to know read it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any, TypeVar, get_args

from parvis.access.console import Holder
from parvis.contract.model import Operation, Own
from parvis.contract.outcomes import OUTCOMES

F = TypeVar("F", bound=Callable[..., Any])

ACCOUNT: tuple[Holder, ...] = ("password", "key", "retiring", "token")
"""``may``: everybody with an account, by whatever proves it."""
OWN_ACCOUNT = ("account-needed", "not-found")
"""``refusals`` of operations on one's own account: a caller may have none, and it may be erased by now."""
WHOLE = ""
"""In ``secret_result``, in the place of a field's name: the result itself is the secret."""

EXAMPLE_EMAIL = "ada@example.org"
EXAMPLE_PASSWORD = "four words of your own"  # noqa: S105

_NOTE = "__parvis_declaration__"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of an operation of the console beside its signature.

    Raises ``ValueError`` for one that cannot be, so a slip ends the import and not a call.
    """

    may: tuple[Holder, ...]
    """By what a caller may call it. The operator may call everything, and what ``anonymous`` may, everybody may."""
    read: bool = False
    """Whether it changes nothing: then it is also a ``GET``."""
    refusals: tuple[str, ...] = ()
    """The codes with which it refuses, beside those that every operation may answer with."""
    example: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of a call."""
    bind: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameter -> where its value comes from, as in the settings of a service."""
    secret_arguments: bool = False
    """Whether it is given a password, a link or a key. Of such a call nothing is kept, so it takes no
    ``Idempotency-Key``: people choose passwords, so even a digest of the arguments could be guessed at by whoever gets
    a copy of the store."""
    secret_result: tuple[str, ...] = ()
    """The fields of its result that are shown once, and are blank in a repeat."""
    status_with_email: int | None = None
    """The status of its answer where this server sends e-mail; None: the same as elsewhere."""
    unlimited: bool = False
    """Whether a caller whose rate is used up may call it all the same."""

    def __post_init__(self) -> None:
        if not self.may or not set(self.may) <= set(get_args(Holder)):
            raise ValueError(f"`may` names one or more of {', '.join(get_args(Holder))}, not {self.may!r}")
        if unknown := set(self.refusals) - set(OUTCOMES):
            raise ValueError(f"there is no outcome {', '.join(sorted(unknown))}")
        if self.read and (self.secret_arguments or self.secret_result):
            raise ValueError("a read is a GET too, and neither an address nor a cache is a place for a secret")

    def described(self, operation: Operation, *, email: bool) -> Operation:
        """The compiled operation with what its contract says of this; ``email``: the server sends some."""
        own = Own(
            open="anonymous" in self.may,
            repeatable=not self.secret_arguments,
            refusals=self.refusals,
            unlimited=self.unlimited,
        )
        routes = operation.routes
        if email and self.status_with_email is not None:
            routes = tuple(replace(route, status=self.status_with_email) for route in routes)
        return replace(operation, own=own, routes=routes)


def operation(
    *,
    may: Iterable[Holder],
    read: bool = False,
    refusals: Iterable[str] = (),
    example: Mapping[str, Any] | None = None,
    bind: Mapping[str, Mapping[str, Any]] | None = None,
    secret_arguments: bool = False,
    secret_result: Iterable[str] = (),
    status_with_email: int | None = None,
    unlimited: bool = False,
) -> Callable[[F], F]:
    """Note a :class:`Declaration` on a method, and give the method back as it is."""
    declaration = Declaration(
        tuple(may), read, tuple(refusals), example or {}, bind or {}, secret_arguments, tuple(secret_result),
        status_with_email, unlimited,
    )  # fmt: skip

    def note(method: F) -> F:
        setattr(method, _NOTE, declaration)
        return method

    return note


def declarations(facade: type, parts: Mapping[str, type]) -> dict[str, Declaration]:
    """Operation (``keys.create``) -> what its method declares, of a façade and its sub-façades by their names.

    Raises ``TypeError`` for a public method that declares nothing.
    """
    found: dict[str, Declaration] = {}
    for prefix, part in [("", facade), *((f"{name}.", part) for name, part in parts.items())]:
        for name, method in vars(part).items():
            if name.startswith("_") or not isinstance(method, FunctionType):
                continue
            declaration = vars(method).get(_NOTE)
            if declaration is None:
                raise TypeError(f"{part.__name__}.{name} is public: say with @operation who may call it")
            found[f"{prefix}{name}"] = declaration
    return dict(sorted(found.items()))
