"""Classes with another name that are otherwise the same: one difference, not one wherever the class is spoken of."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from ..model import Contract, Default, TypeDef
from ..typetree import Node, parse


def renamed_classes(old: Contract, new: Contract) -> dict[str, str]:
    """Old name -> new, of two contracts' terms."""
    before, after = {t.name: t for t in old.types}, {t.name: t for t in new.types}
    free = [name for name in sorted(after) if name not in before]
    found: dict[str, str] = {}
    for name in sorted(before.keys() - after.keys()):
        match = next((each for each in free if _rename(before[name], {name: each}) == after[each]), None)
        if match is not None:
            found[name] = match
            free.remove(match)
    return found


def with_names(contract: Contract, renamed: Mapping[str, str]) -> Contract:
    """The contract with other names for some of its classes."""
    if not renamed:
        return contract
    return replace(
        contract,
        operations=tuple(
            replace(
                o,
                parameters=tuple(
                    replace(p, type=_text(p.type, renamed), default=_default(p.default, renamed)) for p in o.parameters
                ),
                result=replace(o.result, type=_text(o.result.type, renamed)),
            )
            for o in contract.operations
        ),
        types=tuple(_rename(t, renamed) for t in contract.types),
    )


def _rename(definition: TypeDef, renamed: Mapping[str, str]) -> TypeDef:
    fields = tuple(
        replace(f, type=_text(f.type, renamed), default=_default(f.default, renamed)) for f in definition.fields
    )
    return replace(definition, name=renamed.get(definition.name, definition.name), fields=fields)


def _text(text: str, renamed: Mapping[str, str]) -> str:
    def walk(node: Node) -> Node:
        return replace(node, head=renamed.get(node.head, node.head), args=tuple(walk(arg) for arg in node.args))

    return str(walk(parse(text)))


def _default(default: Default | None, renamed: Mapping[str, str]) -> Default | None:
    """A default such as ``Color.RED`` speaks of a class too."""
    if default is None:
        return None
    parsed = ast.parse(default.text, mode="eval")
    for node in ast.walk(parsed):
        if isinstance(node, ast.Name):
            node.id = renamed.get(node.id, node.id)
    return Default(ast.unparse(parsed.body))
