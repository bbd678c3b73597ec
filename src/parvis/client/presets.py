"""Values that a caller sets once for every operation that has a parameter of their name.

Rule: they are checked when they are set, by every operation that they are for, so that no later call fails by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from parvis.contract.bodies import FILES

if TYPE_CHECKING:
    from parvis.contract.model import Contract

    from .values.codec import Codec


def checked(presets: Mapping[str, Any], contract: Contract, codec: Codec) -> dict[str, dict[str, Any]]:
    """Operation -> the presets for its parameters. Raises ``ValueError``, naming the preset and the operations."""
    made: dict[str, dict[str, Any]] = {}
    for name, value in presets.items():
        takers = [(o, p) for o in contract.operations for p in o.parameters if p.name == name]
        if not takers:
            raise ValueError(
                f"the preset {name!r} is for nothing: no operation of {contract.service} has such a parameter"
            )
        by_type: dict[str, list[str]] = {}
        for operation, parameter in takers:
            by_type.setdefault(parameter.type, []).append(operation.name)
            made.setdefault(operation.name, {})[name] = value
        for kind, operations in by_type.items():
            if not _fits(codec, kind, value):
                take = "takes" if len(operations) == 1 else "take"
                raise ValueError(f"the preset {name!r} is no {kind}, which {listed(operations)} {take}")
    return made


def _fits(codec: Codec, kind: str, value: object) -> bool:
    """Whether a value goes out as one of a type, and would come back as one."""
    if kind in FILES:  # a file is read once, and presets are for every call
        return value is None and kind != "BinaryIO"
    try:
        codec.load(kind, codec.dump(kind, value))
    except ValueError:
        return False
    return True


def listed(names: list[str]) -> str:
    """Names as a sentence has them; of many the first ones."""
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} others"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
