"""Only what ``parvis.lock`` names is public beyond loopback.

The publisher commits it. A new method is never on the net by accident, since only what the lock names is served, and a
method whose signature, types, right, cost, caching, media type or bound parameters changed, or that is no read any
more, stops the start until the publisher has locked it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ..contract.evolution import lock_reader
from ..contract.evolution.normalized import closure, restricted, spoken_of, terms
from ..contract.model import Contract, Operation, TypeDef
from ..contract.routes import Shape, routes_of
from ..contract.settings import PROMISES
from ..facade.compile import Facade
from ..facade.members import LeftOut
from ..settings import Settings


class LockError(ValueError):
    """The lock is absent, unreadable or says something else than the code; the message gives the command."""


def read(path: Path) -> tuple[Contract, ...]:
    """The terms that a lock holds. Raises ``OSError``, and ``ValueError`` when it is none."""
    return lock_reader.read(path.read_text(encoding="utf-8"))


def write(path: Path, text: str) -> None:
    """Write a lock. Whoever reads at the same time sees the old one or the new one, never half of one."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def restrict(facades: list[Facade], settings: Settings) -> list[Facade]:
    """The façades with only what the lock names. Raises :class:`LockError`."""
    path = Path(settings["lock"])
    targets = " ".join(facade.target.text for facade in facades)
    command = f"parvis lock {targets}" if len(facades) == 1 else "parvis lock"
    try:
        lock = {(each.service, each.version): each for each in read(path)}
    except FileNotFoundError:
        raise LockError(
            f"beyond loopback only what {path} names is public, and there is none: run `{command}`, read it, commit it"
        ) from None
    except (OSError, ValueError) as error:
        raise LockError(f"{path} cannot be read: {error}; write it again with `{command}`") from None
    return [
        _restricted(facade, lock.get((facade.contract.service, facade.contract.version)), path, command)
        for facade in facades
    ]


def _restricted(facade: Facade, lock: Contract | None, path: Path, command: str) -> Facade:
    contract = facade.contract
    if lock is None or not lock.operations:
        raise LockError(f"{path} names nothing of {contract.service} v{contract.version}: run `{command}`")
    changed = [f"{name} ({reason})" for name, reason in _changed(lock, terms(contract))]
    if changed:
        raise LockError(f"{', '.join(changed)} is not as {path} has it: run `{command}`, read the diff, commit it")
    reads = {operation.name: operation.read is not None for operation in lock.operations}
    kept = {name: operation for name, operation in facade.operations.items() if name in reads}
    # Only a read that the lock records answers GET.
    routes = routes_of(
        Shape(name, o.spec.parameters, reads[name], o.spec.result.type == "None") for name, o in kept.items()
    )
    operations = {}
    for name, operation in kept.items():
        read = operation.spec.read if reads[name] else None
        operations[name] = replace(operation, spec=replace(operation.spec, read=read, routes=routes[name]))
    left = tuple(LeftOut(name, f"not in {path}") for name in facade.operations if name not in reads)
    return replace(
        facade,
        operations=MappingProxyType(operations),
        contract=restricted(contract, (o.spec for o in operations.values())),
        left_out=(*facade.left_out, *left),
    )


def _changed(lock: Contract, code: Contract) -> Iterator[tuple[str, str]]:
    """The locked operations that the code has no longer, or has otherwise; each with what differs."""
    present = {operation.name: operation for operation in code.operations}
    types, now = _by_name(lock.types), _by_name(code.types)
    for operation in lock.operations:
        found = present.get(operation.name)
        if found is None:
            yield operation.name, "gone"
        elif found.signature != operation.signature:
            yield operation.name, f"now {found.signature}"
        elif other := _other(operation, types, now):
            yield operation.name, f"its type {other}"
        elif broken := [promise.held for field, promise in PROMISES.items() if _broken(field, operation, found)]:
            yield operation.name, ", ".join(filter(None, broken))


def _broken(field: str, locked: Operation, now: Operation) -> bool:
    """Whether the code breaks what a start is held to."""
    promise = PROMISES[field]
    return promise.held is not None and promise.broken(getattr(locked, field), getattr(now, field))


def _other(operation: Operation, types: dict[str, TypeDef], now: dict[str, TypeDef]) -> str | None:
    """The first class of an operation that the code defines otherwise than the lock."""
    names = sorted(closure(spoken_of(operation), types))
    return next((name for name in names if types[name] != now.get(name)), None)


def _by_name(types: Iterable[TypeDef]) -> dict[str, TypeDef]:
    return {each.name: each for each in types}
