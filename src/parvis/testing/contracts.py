"""What a test names, and the contract behind it: a file, an address, or the code itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..contract.model import Contract
    from ..facade.compile import Facade


@dataclass(frozen=True, slots=True)
class Known:
    """A contract, and of its classes and exceptions those that this process has, by name."""

    contract: Contract
    classes: Mapping[str, type] = field(default_factory=dict)
    exceptions: Mapping[str, type] = field(default_factory=dict)


def known(named: Any, like: type[Any] | None = None) -> Known:
    """The contract that ``named`` stands for. ``like`` is the class that it was made from, where the test has it.

    Raises ``ValueError`` for what is none, ``OSError`` for a file that cannot be read, ``ParvisError`` where an
    address does not answer.
    """
    from ..contract.model import Contract
    from ..facade.compile import compile_facade
    from ..facade.target import load
    from ..serving import Service

    native = Known(Contract("none", ())) if like is None else native_of(compile_facade(load(like)))
    if isinstance(named, Contract):
        return Known(named, native.classes, native.exceptions)
    if isinstance(named, str) and "://" in named:
        return Known(_asked(named), native.classes, native.exceptions)
    if isinstance(named, PathLike) or (isinstance(named, str) and named.endswith(".json")):
        return Known(_read(Path(named)), native.classes, native.exceptions)
    service = named if isinstance(named, Service) else Service(named)
    return native_of(compile_facade(load(service.target), service.options))


def native_of(facade: Facade) -> Known:
    """A façade's contract with its own classes and exceptions."""
    errors = {r.cls.__name__: r.cls for operation in facade.operations.values() for r in operation.errors}
    return Known(facade.contract, facade.classes, errors)


def _read(path: Path) -> Contract:
    from ..contract.model import Contract

    try:
        return Contract.from_json(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} is no contract: save the `contract.json` of a service there ({error})") from None


def _asked(url: str) -> Contract:
    from ..front_door import connect

    with connect(url) as service:
        contract: Contract = service.parvis.contract
        return contract
