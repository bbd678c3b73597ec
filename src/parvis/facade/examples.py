"""Examples out of docstrings: a doctest call with literal arguments, as the arguments of a call by name.

Nothing of a docstring is run: it is parsed, and a call that is not understood is no example.
"""

from __future__ import annotations

import ast
import base64
import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any


def calls(sources: Sequence[str], function: Any, *, bound: bool) -> Iterator[dict[str, Any]]:
    """The calls of ``function`` in doctest sources, each as JSON values by parameter name."""
    name = getattr(function, "__name__", "")
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node.func) == name and len(node.args) <= len(positional):
                if not {k.arg for k in node.keywords} <= {p.name for p in parameters}:
                    continue
                try:
                    given = dict(zip(positional, map(ast.literal_eval, node.args), strict=False))
                    given.update({str(k.arg): ast.literal_eval(k.value) for k in node.keywords})
                    # Through text, so that it is what a caller would send: JSON has neither tuples nor NaN.
                    yield json.loads(json.dumps(given, default=_json, allow_nan=False))
                except (ValueError, TypeError, MemoryError, RecursionError):
                    continue


def _called(function: ast.expr) -> str | None:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def _json(value: object) -> object:
    if isinstance(value, bytes):
        return base64.urlsafe_b64encode(value).decode()
    if isinstance(value, set):
        return list(value)
    raise TypeError(f"{value!r} is no JSON")
