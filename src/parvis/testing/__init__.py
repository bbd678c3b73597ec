"""For tests: a service in memory for who calls one, and a whole one in this process for who publishes one.

``double`` stands for a service that is not there: it answers what the test says, and holds both sides to the contract.
``served`` is the real thing, HTTP and all, before a chosen caller. Neither needs a plugin of a test framework.
"""

from __future__ import annotations

from .answering import Called, Impossible, Unanswered
from .callers import Caller, caller, plan
from .double import answer, calls, declared, double, double_async, refusal
from .served import served

__all__ = [
    "Called",
    "Caller",
    "Impossible",
    "Unanswered",
    "answer",
    "caller",
    "calls",
    "declared",
    "double",
    "double_async",
    "plan",
    "refusal",
    "served",
]
