"""From what is to be served to compiled façades."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..facade.compile import Facade, compile_facade
from ..facade.errors import TargetError
from ..facade.target import load
from ..protocol.http.addresses import RESERVED
from .launch import ServiceSource


def compile_sources(sources: Iterable[ServiceSource]) -> list[Facade]:
    """Import and compile. Raises :class:`~parvis.facade.target.TargetError`."""
    facades = [compile_facade(load(source.target), source.options, reserved=RESERVED) for source in sources]
    seen: set[str] = set()
    for facade in facades:
        prefix = facade.contract.prefix
        if prefix in seen:
            raise TargetError(f"two services stand at {prefix}: give one another `name` or `version`")
        seen.add(prefix)
    return facades


def sandbox_of(facade: Facade) -> Facade | None:
    """What test keys reach in its place, where there is such a thing. Raises :class:`TargetError` when the two
    differ."""
    target = facade.options.sandbox
    if target is None:
        return None
    options = replace(facade.options, sandbox=None, name=facade.contract.service, settings={})
    sandbox = compile_facade(load(target), options)
    live, other = ({o.name: o for o in f.contract.operations} for f in (facade, sandbox))
    for name, operation in live.items():
        if name not in other or other[name].signature != operation.signature:
            there = f"it has {name}{other[name].signature}" if name in other else f"it has no {name}"
            raise TargetError(
                f"the sandbox of {facade.contract.service} must have the operations of the service itself: {there}, "
                f"and not {name}{operation.signature}"
            )
    return sandbox
