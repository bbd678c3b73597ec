"""Examples out of docstrings: a doctest call with literal arguments, as the arguments of a call by name, and what is
shown below it, as JSON.

Nothing of a docstring is run: it is parsed, and what is not understood is no example.
"""

from __future__ import annotations

import ast
import base64
import inspect
import json
from collections.abc import Iterator, Sequence
from typing import Any


def calls(examples: Sequence[tuple[str, str]], function: Any, *, bound: bool) -> Iterator[tuple[dict[str, Any], str]]:
    """The calls of ``function`` in doctest examples, each as JSON values by parameter name; and what is shown below,
    where the call is all that the statement is."""
    name = getattr(function, "__name__", "")
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for source, shown in examples:
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
                    told = json.loads(json.dumps(given, default=_json, allow_nan=False))
                except (ValueError, TypeError, MemoryError, RecursionError):
                    continue
                whole = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and tree.body[0].value is node
                yield told, shown if whole else ""


WRITTEN = frozenset({"Decimal", "UUID", "Path", "PosixPath", "PurePosixPath"})
"""Classes whose ``repr`` is a call with the text that JSON has for them."""


def value(shown: str) -> Any:
    """What Python shows of a value, as JSON: literals, and of a class with fields its ``repr``, ``Item(price=2)``.

    Raises ``ValueError`` for what is no such thing.
    """
    try:
        return _value(ast.parse(shown, mode="eval").body)
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"{shown[:100]!r} is no value") from error


def _value(node: ast.expr) -> Any:
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            return {ast.literal_eval(key): _value(item) for key, item in zip(keys, values, strict=True) if key}
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as text)], keywords=[]) if name in WRITTEN:
            return text
        case ast.Call(func=ast.Name(), args=[], keywords=fields) if all(each.arg for each in fields):
            return {str(each.arg): _value(each.value) for each in fields}
    literal = ast.literal_eval(node)
    return _json(literal) if isinstance(literal, bytes) else literal


def _called(function: ast.expr) -> str | None:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def _json(value: object) -> object:
    if isinstance(value, bytes):
        return base64.urlsafe_b64encode(value).decode()
    if isinstance(value, set):
        return list(value)
    raise TypeError(f"{value!r} is no JSON")
