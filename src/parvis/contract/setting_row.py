"""What a row of the tables of settings says: all that is known of one setting, in one place.

Whoever handles settings reads the rows: the settings file and the environment (:mod:`parvis.settings`), the options
of a service (:mod:`parvis.facade.options`), decorators, the compiler, the lock and its comparison, ``parvis config``
and docs/settings.md. Nothing here is imported but the standard library: :mod:`parvis.publish` costs its users nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import UnionType
from typing import Any, Literal, get_args

from .promise import Promise

Level = Literal["everyday", "rare"]
"""Whether docs/settings.md opens with it."""

Scope = Literal["whole", "names", "operations"]
"""What one setting is said of: of the whole service or server; by a list of names or patterns of operations; or by a
table from names or patterns of operations to values."""

Among = Literal["published", "found", "parts", "anything"]
"""Which names a list or table of operations may use: of what is published; also of what is hidden or left out; also of
the objects on the way to these; or anything, since somebody else checks it."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a value is right, and what to write instead of one that is not."""

    right: Callable[[Any], bool]
    told: str


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    type: type | UnionType
    """As it stands in TOML: ``str``, ``int``, ``float``, ``bool``, ``list`` of texts, ``dict``, or one of several."""
    default: Any
    """As it would stand in TOML; None for nothing."""
    text: str
    """What it does, as one sentence for docs/settings.md."""
    _: KW_ONLY
    level: Level = "rare"
    scope: Scope = "whole"
    check: Check | None = None
    """Of its value; in a table, of each value."""
    among: Among = "published"
    patterns: bool = True
    """Whether a table of operations takes patterns, or names alone."""
    decorator: str | None = None
    """Its function in :mod:`parvis.publish`."""
    field: str | None = None
    """Where it stands in a contract's :class:`~parvis.contract.model.Operation`; None for what callers are not told."""
    convert: Callable[[Any], Any] | None = None
    """The field's value from the setting's, where they differ."""
    promise: Promise | None = None
    """How the lock has it; None for what may change at any time."""

    @property
    def types(self) -> tuple[Any, ...]:
        return get_args(self.type) or (self.type,)

    def validate(self, value: Any) -> None:
        """Check a value that code gives. Raises ``ValueError`` that says what to give instead."""
        if value is None and self.default is None:
            return
        if self.scope == "names":
            # One text is a sequence of letters too, and `hidden = "secret"` would hide nothing.
            if isinstance(value, str) or not all(isinstance(each, str) for each in value):
                raise ValueError(f"{self.name} = {value!r}: give a list of names or patterns")
        elif dict in self.types and isinstance(value, Mapping):
            for operation, each in value.items():
                if self.check is not None and not self.check.right(each):
                    raise ValueError(f"{self.name}: {operation} = {each!r}: {self.check.told}")
        elif self.type is dict:
            raise ValueError(f"{self.name} = {value!r}: give a table")
        elif self.check is not None and not self.check.right(value):
            raise ValueError(f"{self.name} = {value!r}: {self.check.told}")


ROW = "setting"
"""The key of a dataclass field's metadata under which its row stands."""


def option(setting: Setting) -> Any:
    """A dataclass field that is a row: with its default, where lists are tuples."""
    default, metadata = setting.default, {ROW: setting}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=tuple(default) if isinstance(default, list) else default, metadata=metadata)
