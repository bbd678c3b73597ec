"""``api.py``: the service and its parts as classes, once with methods and once with coroutine functions.

Their methods are there for people and checkers, and for those who write a double of the service: who calls one that was
not overridden gets ``NotImplementedError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from parvis.contract.typetree import parse

from ..docs import docstring_of, signature_of
from ..errors import printable
from .literals import Defaults
from .namespaces import OWN, Namespace
from .source import Module, called, docstring, free, quoted, type_text

if TYPE_CHECKING:
    from parvis.contract.model import Operation, Parameter

    from .context import PackageContext


def text(context: PackageContext) -> str:
    parts = list(context.root.all())
    taken = {*context.types, context.sync, context.awaited}
    titles: dict[tuple[bool, int], str] = {
        (False, id(context.root)): context.sync,
        (True, id(context.root)): context.awaited,
    }
    for awaited in (False, True):
        for part in parts[1:]:
            titles[awaited, id(part)] = free(f"Async{part.title}" if awaited else part.title, taken)
            taken.add(titles[awaited, id(part)])
    module = Module(
        titles.values(),
        siblings=dict.fromkeys(context.types, ".types"),
        inner={OWN, *(name for part in parts for name in part.names)},
    )
    writer = _ApiWriter(module, Defaults(context.codec, context.names, module), context, titles)
    body = [writer.write(part, awaited) for awaited in (False, True) for part in parts]
    private = any(name.startswith("_") for name in context.types)
    return module.text(
        f"The methods of {context.contract.service}. What ``connect`` gives has them; a double derives from these.",
        body,
        ["pyright: reportPrivateUsage=false"] if private else [],
    )


class _ApiWriter:
    def __init__(
        self, module: Module, defaults: Defaults, context: PackageContext, titles: dict[tuple[bool, int], str]
    ) -> None:
        self._module = module
        self._defaults = defaults
        self._context = context
        self._titles = titles

    def write(self, part: Namespace, awaited: bool) -> str:
        outermost = part is self._context.root
        scope = part.names | {OWN} if outermost else part.names
        base = f"({self._module.get('AsyncServiceClient' if awaited else 'ServiceClient')})" if outermost else ""
        pieces = [docstring(printable(part.doc))] if part.doc.strip() else []
        pieces += list(self._attributes(part, awaited))
        pieces += [self._method(name, operation, awaited, scope) for name, operation in part.operations.items()]
        return f"class {self._titles[awaited, id(part)]}{base}:\n" + ("\n\n".join(pieces) or "    ...")

    def _attributes(self, part: Namespace, awaited: bool) -> Iterator[str]:
        lines = [f"    {name}: {self._titles[awaited, id(below)]}" for name, below in part.parts.items()]
        if lines:
            yield "\n".join(lines)

    def _method(self, name: str, operation: Operation, awaited: bool, scope: frozenset[str]) -> str:
        signature_of(operation, self._context.codec)  # that Python can have it
        stream = operation.result.stream
        result = type_text(parse(operation.result.type), self._module, scope)
        if stream and awaited:
            result = f"{self._module.get('AsyncGenerator', scope)}[{result}, None]"
        elif stream:
            result = f"{self._module.get('Generator', scope)}[{result}, None, None]"
        head = f"    {'async def' if awaited and not stream else 'def'} {name}"
        pieces = [called(head, list(self._arguments(operation.parameters, scope)), f" -> {result}:")]
        if operation.deprecated:
            pieces.insert(0, f"    @{self._module.get('deprecated', scope)}({quoted(printable(operation.deprecated))})")
        doc = docstring_of(operation)
        pieces += [docstring(doc, " " * 8)] if doc else []
        pieces.append(f"        raise {self._module.get('NotImplementedError', scope)}")
        return "\n".join(pieces)

    def _arguments(self, parameters: tuple[Parameter, ...], scope: frozenset[str]) -> Iterator[str]:
        names = {p.name for p in parameters}
        yield "self" if "self" not in names else free("_self", names)
        kinds = [p.kind for p in parameters]
        for index, p in enumerate(parameters):
            if p.kind == "keyword_only" and "keyword_only" not in kinds[:index]:
                yield "*"
            if p.default is None:
                yield f"{p.name}: {type_text(parse(p.type), self._module, scope)}"
            else:
                kind, default = self._defaults.of(p.type, p.default, scope)
                yield f"{p.name}: {kind} = {default.text}"
            if p.kind == "positional_only" and "positional_only" not in kinds[index + 1 :]:
                yield "/"
