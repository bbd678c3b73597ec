"""What goes wrong with a target, for its publisher."""

from __future__ import annotations


class TargetError(ValueError):
    """The target cannot be published; the message says what to write instead."""
