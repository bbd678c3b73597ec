"""``types.py``: the classes that cross the wire by value, as ``client/values/types.py`` makes them at run time."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING

from parvis.contract.typetree import parse

from ..docs import section
from ..errors import printable
from ..values.identifiers import attribute, name
from ..values.types import ENUMS
from .literals import Defaults, literal
from .source import Module, docstring, quoted, type_text

if TYPE_CHECKING:
    from parvis.contract.model import Field, TypeDef

    from .context import PackageContext

HIDING = (
    'mypy: disable-error-code="assignment"',
    "pyright: reportAssignmentType=false, reportIncompatibleMethodOverride=false",
)
"""For the checkers, where a field or a member has the name of a method of its base: Python has that, and so has the
object itself (``count`` in a NamedTuple)."""


def text(context: PackageContext) -> str:
    definitions = {t.name: t for t in context.contract.types}
    inner = {attribute(f.name) for t in definitions.values() for f in t.fields}
    module = Module({*context.types, context.tables[0]}, inner=inner)
    writer = _ClassWriter(module, Defaults(context.codec, context.names, module))
    written = {name: writer.write(definitions[name]) for name in context.types}
    body = []
    for each, piece in written.items():
        alias = module.alias(each)
        body.append(piece if alias is None else f"{piece}\n\n\n{alias} = {each}")
    rows = "".join(f"    {quoted(name)}: {name},\n" for name in context.types)
    kind = f"{module.get('dict')}[{module.get('str')}, {module.get('Any')}]"
    body.append(f"{context.tables[0]}: {kind} = {'{'}\n{rows}{'}'}" if rows else f"{context.tables[0]}: {kind} = {{}}")
    hiding = HIDING if any(map(_hides, definitions.values())) else ()
    return module.text(f"The classes of {context.contract.service} that are given and taken.", body, hiding)


def _hides(definition: TypeDef) -> bool:
    if definition.kind == "enum":
        return any(hasattr(ENUMS.get(definition.base, enum.Enum), member.name) for member in definition.members)
    return definition.kind == "namedtuple" and any(hasattr(tuple, field.name) for field in definition.fields)


class _ClassWriter:
    def __init__(self, module: Module, defaults: Defaults) -> None:
        self._module = module
        self._defaults = defaults

    def write(self, definition: TypeDef) -> str:
        if definition.kind == "enum":
            return self._enum(definition)
        if definition.kind == "namedtuple":
            return self._class(definition, "NamedTuple", (self._item(f, definition) for f in definition.fields))
        if definition.kind != "typeddict":
            return self._dataclass(definition)
        if all(_is_name(f.name) for f in definition.fields):
            return self._class(definition, "TypedDict", (self._key(f, definition) for f in definition.fields))
        return self._keys(definition)

    def _class(self, definition: TypeDef, base: str, lines: Iterable[str], doc: str | None = None) -> str:
        said = _doc(definition) if doc is None else doc
        body = "".join(f"    {line}\n" for line in lines).rstrip("\n")
        pieces = [docstring(said)] if said else []
        pieces += [body] if body else []
        head = f"class {definition.name}({self._module.get(base)}):" if base else f"class {definition.name}:"
        return f"{head}\n" + ("\n\n".join(pieces) or "    ...")

    def _enum(self, definition: TypeDef) -> str:
        base = ENUMS.get(definition.base, enum.Enum).__name__
        lines = []
        for member in definition.members:
            value = literal(member.value, self._module)
            if value is None or isinstance(member.value, list | dict):
                raise ValueError(
                    f"{definition.name}.{member.name} has a value that no member has: this contract is refused"
                )
            lines.append(f"{member.name} = {value}")
        return self._class(definition, base, lines)

    def _dataclass(self, definition: TypeDef) -> str:
        keyword_only = definition.kind == "model"
        given = {"frozen": definition.base == "frozen", "kw_only": keyword_only}
        options = ", ".join(f"{name}=True" for name, is_given in given.items() if is_given)
        decorator = f"@{self._module.get('dataclass')}" + (f"({options})" if options else "")
        scope = frozenset(attribute(f.name) for f in definition.fields)
        lines = []
        after_optional = False
        late = False  # as the runtime has it: a required field after an optional one, and those behind it
        for field in definition.fields:
            optional = field.default is not None or not field.required
            late = late or (after_optional and not optional)
            after_optional = after_optional or optional
            lines.append(self._field(field, scope, optional, late and not keyword_only))
        return f"{decorator}\n{self._class(definition, '', lines)}"

    def _field(self, field: Field, scope: frozenset[str], optional: bool, keyword_only: bool) -> str:
        module, name = self._module, attribute(field.name)
        kind, default = self._defaults.of(field.type, field.default, scope) if optional else (None, None)
        told = kind or type_text(parse(field.type), module, scope)
        notes = [f"{module.get('alias', scope)}({quoted(field.name)})"] if name != field.name else []
        if default is not None and default.server_default:
            notes.append(f"{module.get('omit_server_default', scope)}()")
        if notes:
            told = f"{module.get('Annotated', scope)}[{told}, {', '.join(notes)}]"
        given = {}
        if default is not None:
            given["default_factory" if default.late else "default"] = (
                f"lambda: {default.text}" if default.late else default.text
            )
        if keyword_only:
            given["kw_only"] = "True"
        if not given:
            return f"{name}: {told}"
        if list(given) == ["default"]:
            return f"{name}: {told} = {given['default']}"
        return f"{name}: {told} = {module.get('field', scope)}({', '.join(f'{k}={v}' for k, v in given.items())})"

    def _item(self, field: Field, definition: TypeDef) -> str:
        scope = frozenset(f.name for f in definition.fields)
        if field.default is None and field.required:
            return f"{field.name}: {type_text(parse(field.type), self._module, scope)}"
        kind, default = self._defaults.of(field.type, field.default, scope, now=True)
        return f"{field.name}: {kind} = {default.text}"

    def _key(self, field: Field, definition: TypeDef) -> str:
        return f"{field.name}: {self._keyed(field, frozenset(f.name for f in definition.fields))}"

    def _keyed(self, field: Field, scope: frozenset[str]) -> str:
        told = type_text(parse(field.type), self._module, scope)
        return told if field.required else f"{self._module.get('NotRequired', scope)}[{told}]"

    def _keys(self, definition: TypeDef) -> str:
        """A TypedDict whose keys are no names."""
        rows = "".join(f"        {quoted(f.name)}: {quoted(self._keyed(f, frozenset()))},\n" for f in definition.fields)
        base = self._module.get("TypedDict")
        head = f"{definition.name} = {base}(\n    {quoted(definition.name)},\n    {{\n{rows}    }},\n)"
        said = _doc(definition)
        return f"{head}\n{docstring(said, '')}" if said else head


def _is_name(key: str) -> bool:
    """Whether a key can be written as a field of a class, whose private names Python changes."""
    try:
        return name(key, "key", underscore=True) == key
    except ValueError:
        return False


def _doc(definition: TypeDef) -> str:
    told = section("Attributes", [(f.name, f.description) for f in definition.fields if f.description.strip()])
    return "\n\n".join(t for t in (printable(definition.description).strip(), told) if t)
