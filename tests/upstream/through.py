"""A plugin of pytest that puts the client in the place of an object, for tests that know nothing of it.

Rule: no test is edited. A class is swapped where it is built: ``Shop(...)`` builds the object as ever and gives its
client, so fixtures, helpers and ``with`` are the tests' own. A module is swapped name by name. What the tests then find
otherwise stands in ``excluded``, with its reason; such a test must fail, and every other one must pass.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import parvis
from parvis import testing

ASKED = json.loads(os.environ.get("THROUGH", "{}"))
"""``swap`` is a list of targets, ``by`` is ``process`` or ``http``, ``options`` are the service's, ``excluded`` maps
tests (or beginnings of their ids) to reasons, ``report`` is the file that is written at the end."""

_building = threading.local()
_opened = ExitStack()
_counts: Counter[str] = Counter()
_outcomes: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    # A search at random is the same in each run here, and a call over the wire takes the time that it takes.
    settings.register_profile("upstream", deadline=None, derandomize=True, max_examples=50, database=None)
    settings.load_profile("upstream")
    for target in ASKED.get("swap", ()):
        module, _, name = target.partition(":")
        found = importlib.import_module(module)
        if name:
            swap_class(getattr(found, name))
        else:
            swap_module(found)


def swap_class(cls: Any) -> None:
    """From now on ``cls(...)`` is the client of such an object."""

    def new(kind: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(_building, "now", False):
            return object.__new__(kind)
        _building.now = True
        try:
            made = kind(*args, **kwargs)
        finally:
            _building.now = False
        return client(made)

    cls.__new__ = new


def swap_module(module: Any) -> None:
    """From now on who imports the module finds functions of its client; the module itself calls its own, as ever."""
    service = client(module)
    stand_in = types.ModuleType(module.__name__, module.__doc__)
    stand_in.__dict__.update(vars(module))
    for name in service.parvis.operations:
        setattr(stand_in, name, getattr(service, name))
    sys.modules[module.__name__] = stand_in


def client(target: Any) -> Any:
    service = parvis.Service(target, **ASKED.get("options", {}))
    if ASKED["by"] == "http":
        made = _opened.enter_context(testing.served(service))
    else:
        made = parvis.connect(service)
        _opened.callback(made.parvis.close)
    if hasattr(target, "close") and not hasattr(made, "close"):
        type(made).close = lambda self: self.parvis.close()  # of the lifecycle, which is no caller's: ends the client
    _counts["clients"] += 1
    _counted(type(made))
    return made


def _counted(kind: Any) -> None:
    """Count the calls, so that nobody takes a run for proof in which nothing went through."""
    for name, member in list(vars(kind).items()):
        if inspect.isfunction(member) and not name.startswith("_"):
            setattr(kind, name, _counting(member))
        elif isinstance(type(member), type) and type(member).__module__ == kind.__module__:
            _counted(type(member))


def _counting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def counted(*args: Any, **kwargs: Any) -> Any:
        _counts["calls"] += 1
        return method(*args, **kwargs)

    return counted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    used = set()
    for item in items:
        for name, reason in ASKED["excluded"].items():
            if item.nodeid == name or item.nodeid.startswith(f"{name}["):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
                used.add(name)
    unknown = set(ASKED["excluded"]) - used
    if unknown:
        raise pytest.UsageError(f"excluded, and not there: {', '.join(sorted(unknown))}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[Any]:
    report = yield
    if report.when == "call" or report.outcome != "passed":
        _outcomes["excluded" if hasattr(report, "wasxfail") else report.outcome] += 1
    return report


def pytest_sessionfinish() -> None:
    _opened.close()
    if "report" in ASKED:
        Path(ASKED["report"]).write_text(json.dumps({**_outcomes, **_counts}))
