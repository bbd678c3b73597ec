"""The façade on the caller's side: a class made for the contract, with real methods.

Rules. All that is the client's own stands behind one attribute, ``parvis``, of the outermost façade; every other public
name is the service's. An operation of that very name is called ``parvis_`` here. A sub-façade is an attribute.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .binding import Binder
from .docs import docstring_of, signature_of
from .errors import printable
from .session import Session

if TYPE_CHECKING:
    from parvis.contract.model import Operation

    from .transport import Transport

OWN = "parvis"


class Facade:
    """A service, or a part of one, on the caller's side."""

    # No name of a service begins with an underscore.
    _shown = ""

    def __repr__(self) -> str:
        return self._shown


class Service(Facade):
    """A service on the caller's side; ``parvis`` holds the client's own things, and ``with`` closes it."""

    parvis: Session

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.parvis.close()


def facade_of(
    transport: Transport,
    *,
    classes: Mapping[str, type] | None = None,
    exceptions: Mapping[str, type] | None = None,
) -> Any:
    """A façade over a transport.

    ``classes`` and ``exceptions`` are the caller's own, by name, and stand in place of rebuilt ones. Raises
    ``ParvisError`` when the service cannot be asked, ``ValueError`` when its contract is none that Python can have.
    The transport is closed when this fails.
    """
    try:
        session = Session(transport, transport.contract(), classes=classes, exceptions=exceptions)
        tree: dict[str, Any] = {}
        for operation in session.contract.operations:
            _plant(tree, operation)
        contract = session.contract
        text = "\n\n".join(printable(t) for t in (contract.summary or contract.title, contract.description) if t)
        name = "".join(part[:1].upper() + part[1:] for part in contract.service.split("_"))
        return _instance(name, text, tree, session, (Service,))
    except BaseException:
        transport.close()
        raise


def _plant(tree: dict[str, Any], operation: Operation) -> None:
    *parents, leaf = operation.name.split(".")
    node = tree
    for part in parents:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise ValueError(f"{operation.name!r} stands below an operation: this contract is refused")
    if leaf in node:
        raise ValueError(f"{operation.name!r} is both an operation and a sub-façade: this contract is refused")
    node[leaf] = operation


def _instance(name: str, doc: str, tree: Mapping[str, Any], session: Session, bases: tuple[type, ...]) -> Any:
    count = _count(tree)
    shown = f"<{name} at {printable(session.address)}, {count} operation{'s' if count != 1 else ''}>"
    namespace: dict[str, Any] = {
        "__module__": session.contract.service,
        "__qualname__": name,
        "__doc__": doc or None,
        "_shown": shown,
    }
    for key, value in tree.items():
        key = f"{key}_" if key == OWN and Service in bases else key
        if key in namespace:
            raise ValueError(f"{key!r} is there twice: this contract is refused")
        if isinstance(value, dict):
            namespace[key] = _instance(f"{name}.{key}", "", value, session, (Facade,))
        else:
            namespace[key] = _method(key, f"{name}.{key}", value, session)
    if Service in bases:
        namespace[OWN] = session
    return types.new_class(name.rpartition(".")[2], bases, exec_body=lambda body: body.update(namespace))()


def _method(name: str, qualname: str, operation: Operation, session: Session) -> Callable[..., Any]:
    binder = Binder(qualname, operation.parameters)
    signature = signature_of(operation, session.codec)
    dotted = operation.name

    def method(self: Facade, /, *args: Any, **kwargs: Any) -> Any:
        return session.call(dotted, binder.bind(args, kwargs))

    method.__name__ = name
    method.__qualname__ = qualname
    method.__module__ = session.contract.service
    method.__doc__ = docstring_of(operation)
    method.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    method.__annotations__["return"] = signature.return_annotation
    method.__signature__ = _with_self(signature)  # type: ignore[attr-defined]
    return method


def _with_self(signature: inspect.Signature) -> inspect.Signature:
    parameters = list(signature.parameters.values())
    only = any(p.kind is p.POSITIONAL_ONLY for p in parameters)
    kind = inspect.Parameter.POSITIONAL_ONLY if only else inspect.Parameter.POSITIONAL_OR_KEYWORD
    # A plain function may have a parameter of that name; this one is seen on the class alone.
    name = "self_" if "self" in signature.parameters else "self"
    return signature.replace(parameters=[inspect.Parameter(name, kind), *parameters])


def _count(tree: Mapping[str, Any]) -> int:
    return sum(_count(value) if isinstance(value, dict) else 1 for value in tree.values())
