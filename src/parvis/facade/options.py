"""What the publisher says of a façade that Python cannot say, and of which operations it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from ..contract.setting_row import Setting
from ..contract.settings import OPTIONS, SECONDS, ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ServiceSettings):
    """The settings of one service, checked. Raises ``ValueError`` for a value that is wrong by itself."""

    default_timeout: float = SECONDS
    """The server's own ``timeout``, for operations of which the service says nothing."""

    def __post_init__(self) -> None:
        for name, setting in OPTIONS.items():
            setting.validate(getattr(self, name))

    def table(self, setting: Setting) -> Mapping[str, Any]:
        """What is said of operations, by name or pattern. One value that may stand for a table is said of all."""
        value = getattr(self, setting.name)
        if value is None:
            return {}
        return value if isinstance(value, Mapping) else {"*": value}


T = TypeVar("T")


def by_pattern(name: str, table: Mapping[str, T]) -> T | None:
    """What a table of operations or patterns says of one: its own name first, else the last pattern that fits."""
    if name in table:
        return table[name]
    return next((value for pattern, value in reversed(list(table.items())) if fnmatchcase(name, pattern)), None)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
