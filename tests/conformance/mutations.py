"""Small changes to the source of a façade, one at a time, as its publisher might make them.

One rule: a mutation changes one place of a module and nothing else. Which of them break callers is not said here: that
is what the two judges are asked.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

Edit = tuple[str, Callable[[Any], None]]
"""What is changed, and what changes it in a copy of the node."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed module: what was changed, and its source."""

    label: str
    source: str


def mutants(source: str, facades: tuple[str, ...], values: tuple[str, ...]) -> Iterator[Mutant]:
    """Every mutation of a module, at the methods of the ``facades`` and at the classes of ``values``."""
    for index, node in enumerate(ast.parse(source).body):
        if not isinstance(node, ast.ClassDef) or node.name not in facades + values:
            continue
        if node.name in facades:
            edits = _facade(node)
        elif any("Enum" in ast.unparse(base) for base in node.bases):
            edits = _enumeration(node)
        else:
            edits = _values(node)
        for label, edit in edits:
            whole = ast.parse(source)
            edit(whole.body[index])
            text = ast.unparse(ast.fix_missing_locations(whole))
            try:
                compile(text, label, "exec")
            except SyntaxError:  # such as a default before a parameter without one
                continue
            yield Mutant(f"{node.name}.{label}", text)


def _facade(node: ast.ClassDef) -> Iterator[Edit]:
    for index, method in enumerate(node.body):
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and method.name != "close":
            yield f"{method.name}: removed", partial(_remove, index)
            for label, edit in _method(method):
                yield f"{method.name}: {label}", partial(_within, index, edit)


def _within(index: int, edit: Callable[[Any], None], node: Any) -> None:
    edit(node.body[index])


def _remove(index: int, node: Any) -> None:
    node.body[index] = ast.Pass()


def _method(method: ast.FunctionDef) -> Iterator[Edit]:
    yield "renamed", lambda m: setattr(m, "name", f"{m.name}_anew")
    yield "an optional parameter more", lambda m: _more(m, "extra: int = 0")
    yield "a required parameter more", lambda m: _more(m, "extra: int")
    if method.returns is not None:
        for label, change in _annotations(method.returns):
            yield f"result {label}", partial(_retype_result, change)
    first_default = len(method.args.args) - len(method.args.defaults)
    for index, arg in enumerate(method.args.args[1:], start=1):
        yield f"{arg.arg} removed", partial(_drop, index)
        yield f"{arg.arg} renamed", lambda m, i=index: setattr(m.args.args[i], "arg", f"{m.args.args[i].arg}_anew")
        yield f"{arg.arg} keyword only", partial(_keyword_only, index)
        if arg.annotation is not None:
            for label, change in _annotations(arg.annotation):
                yield f"{arg.arg} {label}", partial(_retype, index, change)
        if index >= first_default:
            yield f"{arg.arg} required", partial(_require, index - first_default)
            yield f"{arg.arg} another default", partial(_redefault, index - first_default)


def _more(method: Any, text: str) -> None:
    made: Any = ast.parse(f"def f(*, {text}): ...").body[0]
    method.args.kwonlyargs.append(made.args.kwonlyargs[0])
    method.args.kw_defaults.append(made.args.kw_defaults[0])


def _drop(index: int, method: Any) -> None:
    args = method.args
    first_default = len(args.args) - len(args.defaults)
    del args.args[index]
    if index >= first_default:
        del args.defaults[index - first_default]


def _keyword_only(index: int, method: Any) -> None:
    args = method.args
    first_default = len(args.args) - len(args.defaults)
    args.kwonlyargs.append(args.args[index])
    args.kw_defaults.append(args.defaults[index - first_default] if index >= first_default else None)
    _drop(index, method)


def _retype(index: int, change: Callable[[ast.expr], ast.expr], method: Any) -> None:
    method.args.args[index].annotation = change(method.args.args[index].annotation)


def _retype_result(change: Callable[[ast.expr], ast.expr], method: Any) -> None:
    method.returns = change(method.returns)


def _require(place: int, method: Any) -> None:
    """The last default that may go is the first one: what stands behind keeps its own."""
    del method.args.defaults[place]


def _redefault(place: int, method: Any) -> None:
    old = method.args.defaults[place]
    value = old.value if isinstance(old, ast.Constant) else None
    new = value + 1 if isinstance(value, int | float) else "other"
    method.args.defaults[place] = ast.Constant(new)


def _annotations(annotation: ast.expr) -> Iterator[tuple[str, Callable[[ast.expr], ast.expr]]]:
    """The ways to change a type: wider, narrower, another; in what a list or an iterator holds too."""
    text = ast.unparse(annotation)
    if text.startswith(("list[", "Iterator[")) and isinstance(annotation, ast.Subscript):
        for label, change in _annotations(annotation.slice):
            yield f"of {label}", partial(_inside, change)
        if text.startswith("Iterator["):
            return
    if not text.endswith("None"):
        yield "or None", lambda a: _type(f"{ast.unparse(a)} | None")
    elif text != "None":
        yield "not None", lambda a: _type(ast.unparse(a).removesuffix(" | None"))
    if text == "float":
        yield "to int", lambda _: _type("int")
    if text == "int":
        yield "to float", lambda _: _type("float")
    if text != "bool":
        yield "to bool", lambda _: _type("bool")
    if text.startswith("Literal["):
        yield "one value more", lambda a: _type(f"{ast.unparse(a)[:-1]}, 'more']")
        if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
            yield "one value less", lambda a: _type(f"{ast.unparse(a).rpartition(',')[0]}]")


def _inside(change: Callable[[ast.expr], ast.expr], annotation: Any) -> ast.expr:
    inner = copy.deepcopy(annotation)
    inner.slice = change(inner.slice)
    return inner


def _type(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _values(node: ast.ClassDef) -> Iterator[Edit]:
    fields = [(i, each) for i, each in enumerate(node.body) if isinstance(each, ast.AnnAssign)]
    last = fields[-1][0] + 1
    yield "an optional field more", partial(_insert, last, "extra: int = 0")
    yield "a required field more", partial(_insert, fields[0][0], "extra: int")
    for index, field in fields:
        name = ast.unparse(field.target)
        yield f"{name} removed", partial(_remove, index)
        for label, change in _annotations(field.annotation):
            yield f"{name} {label}", partial(_retype_field, index, change)
    if field.value is None:
        yield f"{name} optional", partial(_optional, index)


def _insert(index: int, text: str, node: Any) -> None:
    node.body.insert(index, ast.parse(text).body[0])


def _retype_field(index: int, change: Callable[[ast.expr], ast.expr], node: Any) -> None:
    node.body[index].annotation = change(node.body[index].annotation)


def _optional(index: int, node: Any) -> None:
    """A default of ``None``, which the type need not allow: nothing is built from it here."""
    node.body[index].value = ast.Constant(None)


def _enumeration(node: ast.ClassDef) -> Iterator[Edit]:
    members = [(i, each) for i, each in enumerate(node.body) if isinstance(each, ast.Assign)]
    value = 99 if any("Int" in ast.unparse(base) for base in node.bases) else "extra"
    yield "a member more", partial(_insert, members[-1][0] + 1, f"EXTRA = {value!r}")
    for index, member in members[1:]:
        yield f"{ast.unparse(member.targets[0])} removed", partial(_remove, index)
