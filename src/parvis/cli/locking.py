"""``parvis.lock``: exactly what is public beyond loopback.

The publisher commits it. A new method is never on the net by accident, since only what the lock names is served, and a
method whose signature changed stops the start until the publisher has locked it again.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..contract.routes import Shape, routes_of
from ..facade.compile import Facade
from ..facade.members import LeftOut
from ..settings import Settings

HEAD = """\
# What is public, and nothing else. Written by `parvis lock`; commit it, and read its diff in review.
"""


class LockError(ValueError):
    """The lock is absent, unreadable or says something else than the code; the message gives the command."""


def write(facades: Iterable[Facade]) -> str:
    """The lock's text: one paragraph an operation, in the order of names."""
    parts = [HEAD]
    for facade in facades:
        contract = facade.contract
        for name in sorted(facade.operations):
            spec = facade.operations[name].spec
            parts.append(
                f"[{contract.service}.v{contract.version}.{json.dumps(name)}]\n"
                f"signature = {json.dumps(spec.signature, ensure_ascii=False)}\n"
                f"read = {'true' if spec.read else 'false'}\n"
            )
    return "\n".join(parts)


def restrict(facades: list[Facade], settings: Settings) -> list[Facade]:
    """The façades with only what the lock names. Raises :class:`LockError`."""
    path = Path(settings["lock"])
    targets = " ".join(facade.target.text for facade in facades)
    command = f"parvis lock {targets}" if len(facades) == 1 else "parvis lock"
    try:
        lock = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise LockError(
            f"beyond loopback only what {path} names is public, and there is none: run `{command}`, read it, commit it"
        ) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise LockError(f"{path} cannot be read: {error}; write it again with `{command}`") from None
    return [_restricted(facade, lock, path, command) for facade in facades]


def _restricted(facade: Facade, lock: dict[str, Any], path: Path, command: str) -> Facade:
    contract = facade.contract
    locked: dict[str, Any] = lock.get(contract.service, {}).get(f"v{contract.version}", {})
    changed = [
        name
        for name, entry in locked.items()
        if name not in facade.operations or facade.operations[name].spec.signature != entry.get("signature")
    ]
    if changed:
        raise LockError(f"{', '.join(changed)} is not as {path} has it: run `{command}`, read the diff, commit it")
    if not locked:
        raise LockError(f"{path} names nothing of {contract.service} v{contract.version}: run `{command}`")
    kept = {name: operation for name, operation in facade.operations.items() if name in locked}
    # Only a read that the lock records answers GET.
    routes = routes_of(
        Shape(n, o.spec.parameters, bool(locked[n].get("read")), o.spec.result.type == "None") for n, o in kept.items()
    )
    operations = {}
    for name, operation in kept.items():
        read = operation.spec.read if locked[name].get("read") else None
        operations[name] = replace(operation, spec=replace(operation.spec, read=read, routes=routes[name]))
    left = tuple(LeftOut(name, f"not in {path}") for name in facade.operations if name not in locked)
    return replace(
        facade,
        operations=MappingProxyType(operations),
        contract=replace(contract, operations=tuple(o.spec for o in operations.values())),
        left_out=(*facade.left_out, *left),
    )
