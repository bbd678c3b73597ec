"""A contract that means ill, or was made by one who never thought that it might become code. All of it is allowed."""

from __future__ import annotations

from typing import Any

from parvis.contract.model import (
    Contract,
    DeclaredError,
    Default,
    Field,
    Member,
    Operation,
    Parameter,
    Result,
    Route,
    TypeDef,
)

EVIL = "\"\"\"\\\n'''\r\nimport os; os.abort()\n\x00\u202e{0}%s"
"""A text with all that ends a string, a line or a docstring."""

NAMES = (
    "str", "int", "list", "dict", "type", "property", "match", "case", "self", "cls", "Any", "annotations", "Service",
    "parvis", "dataclass", "field", "server_default", "deprecated", "Decimal", "Item", "list_", "NotImplementedError",
)  # fmt: skip
"""Names that a package itself needs, and that a service may give to its methods, parameters and fields."""

TYPES = (
    "TYPES", "ERRORS", "connect", "connect_async", "Package", "Options", "Enum", "NamedTuple", "TypedDict", "object",
    "types", "cast", "Connecting", "Exception", "Service", "Generator", "Annotated", "_Private",
)  # fmt: skip
"""Names that a package itself needs, and that a service may give to its classes."""


def parameter(name: str, kind: str, how: Any = "positional_or_keyword", **rest: Any) -> Parameter:
    return Parameter(name, how, kind, {}, **rest)


def operation(name: str, *parameters: Parameter, returns: str = "Any", stream: bool = False, **rest: Any) -> Operation:
    return Operation(name, parameters, Result(returns, {}, stream), (Route("POST", f"/{name}"),), **rest)


NONE = Default("None")
RED = Default(EVIL, EVIL)
"""What an enumeration's member is on the wire."""

ERRORS = (
    DeclaredError("ValueError", "LookupError", 404, EVIL),
    DeclaredError("KeyError", "KeyError", 404, EVIL),
    DeclaredError("Item", "ValueError", 404),
    DeclaredError("Exception", "OSError", 404),
    DeclaredError("Odd", "NoBase", 404),
)


def method(name: str) -> Operation:
    return operation(
        name,
        parameter(name, "Item", description=EVIL),
        parameter("d", "Decimal", default=Default(EVIL, "1.50")),
        parameter("texts", "list[str] | None", default=Default(EVIL, [EVIL])),
        parameter("row", "Row", default=Default(EVIL, [1])),
        parameter("loose", "int", default=NONE),
        parameter("wrong", "int", default=Default(EVIL, EVIL)),
        parameter("when", "datetime", "keyword_only", default=Default(EVIL, exact=False)),
        returns="dict[str, list[Item]]",
        summary=EVIL,
        description=EVIL,
        deprecated=EVIL,
        errors=ERRORS,
    )


CONTRACT = Contract(
    "shop",
    title=EVIL,
    description=EVIL,
    parts={"part": EVIL},
    operations=(
        *(method(name) for name in NAMES),
        *(operation(f"part.{name}", parameter(name, "Item | None", default=NONE), returns="Item", stream=True)
          for name in NAMES),
        operation("a.b_c.d"),
        operation("a_b.c.d"),
        operation("deep.list", returns="list[list_]"),
        operation("Shop", parameter("_self", "int"), parameter("self", "int")),
        operation("shop", parameter("_", "Literal['\"\"\"', 'a\\n', -1, True, None]", "positional_only")),
    ),
    types=(
        TypeDef("Item", "dataclass", (
            *(Field(name, "str", False, Default(EVIL, EVIL), EVIL) for name in (*NAMES, "_x")),
            Field("d", "Decimal", False, Default("1", "1")),
            Field("needed", "list[Item]"),
            Field("loose", "date", False, Default(EVIL, exact=False)),
            Field("untold", "date", False),
        ), description=EVIL),
        TypeDef("Color", "enum", members=(
            Member("RED", EVIL), Member("title", "t"), Member("name", "n"), Member("value", "v"), Member("_x", "x"),
        ), base="StrEnum", description=EVIL),
        TypeDef("Number", "enum", members=(Member("real", 1), Member("B", -2)), base="IntEnum"),
        TypeDef("Mixed", "enum", members=(Member("A", 1.5), Member("B", True), Member("C", EVIL)), base=EVIL),
        TypeDef("Row", "namedtuple", (
            Field("count", "int"), Field("index", "str", False, Default(EVIL, EVIL)),
            Field("Color", "Color", False, RED), Field("row", "Row | None", False, NONE),
        )),
        TypeDef("Shop", "dataclass", (
            Field("Color", "Color", False, RED), Field("Shop", "Shop | None", False, NONE),
            Field("rows", "list[Row]", False, Default(EVIL, [[1, "a"]])),
            Field("row", "Row", False, Default(EVIL, [1])),
            Field("said", "dict[str, Any]", False, Default(EVIL, {EVIL: [None, 1.5, {"a": EVIL}]})),
        ), base="frozen"),
        TypeDef("AsyncShop", "model", (
            Field("content-type", "str", description=EVIL), Field("from", "int", False, Default("0", 0)),
            Field("def", "date", False, Default(EVIL, exact=False)), Field("1 2", "str"), Field("é", "ShopPart | None"),
        )),
        TypeDef("ShopPart", "typeddict", (
            Field(f"a {EVIL}", "str"), Field("class", "Keys", False), Field("__x", "int"),
        )),
        TypeDef("Keys", "typeddict", (Field("keys", "str"), Field("str", "str"), Field("Keys", "Keys", False)),
                description=EVIL),
        TypeDef("list_", "dataclass", (Field("list", "list[int]"), Field("list_", "list_ | None", False, NONE))),
        TypeDef("Héé", "dataclass", (Field("é", "Counter"), Field("x", "tuple[()]"), Field("y", "Optional[list]"))),
        *(TypeDef(name, "dataclass") for name in TYPES),
    ),
)  # fmt: skip
