"""How a client program tells what went as it should: one JSON line a call, ``fault`` null or what was wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def call(name: str) -> Iterator[None]:
    """One call and what is expected of it; whatever is raised is the fault, and the next call is made."""
    fault = None
    try:
        yield
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    print(json.dumps({"call": name, "fault": fault}))


def equal(expected: object, actual: object) -> None:
    assert expected == actual, f"expected {expected!r}, got {actual!r}"
