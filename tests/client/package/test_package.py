"""The package that is written of a contract: types and no logic, the same bytes each time, and no text as code."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile import CONTRACT, EVIL, NAMES
from parvis.client.package import write
from parvis.client.package.source import HOMES, docstring, quoted
from parvis.client.values.codec import Codec
from parvis.contract.evolution import lock_reader
from parvis.contract.model import Contract, DeclaredError, Default, Field, Member, TypeDef
from parvis.contract.types import GENERICS
from parvis.contract.types import NAMES as TYPE_NAMES

FILES = ("pyproject.toml", "shop/__init__.py", "shop/api.py", "shop/contract.lock", "shop/errors.py", "shop/py.typed",
         "shop/types.py")  # fmt: skip


def put(files: dict[str, str], folder: Path) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Writes a package of a contract, and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def make(contract: Contract, **options: Any) -> ModuleType:
        files = write(contract, **options)
        put(files, tmp_path)
        importlib.invalidate_caches()
        return importlib.import_module(next(path.partition("/")[0] for path in files if "/" in path))

    yield make
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("shop", "shop_client", "json_client"):
            del sys.modules[name]


def test_a_package_has_these_files(make: Any) -> None:
    assert list(FILES) == sorted(write(make.shop))


def test_methods_have_the_signatures_and_docstrings_of_the_service(make: Any) -> None:
    text = write(make.shop)["shop/api.py"]
    assert (
        """class Shop(ServiceClient):
    \"\"\"A shop.\"\"\"

    orders: ShopOrders

    def price(self, item: str, vat: float = 0.2) -> Decimal:
        \"\"\"The price of an item.

        Args:
            item: What is bought.
            vat: The tax, as a part of one.

        Raises:
            KeyError: There is no such item.
            OutOfStock: It is sold out.
        \"\"\"
        raise NotImplementedError

    def ticks(self, count: int, *, fail: bool = False) -> Generator[Item, None, None]:
"""
        in text
    )
    assert "    def parvis_(self) -> str:\n" in text
    assert "    async def price(self, item: str, vat: float = 0.2) -> Decimal:\n" in text
    assert "    def ticks(self, count: int, *, fail: bool = False) -> AsyncGenerator[Item, None]:\n" in text
    assert "    async def create(self, items: list[Item], *, note: str | None = None) -> Order:\n" in text
    assert "    async def get(self, id: int, /) -> Order:\n" in text


def test_classes_and_exceptions_are_those_of_the_service(make: Any) -> None:
    files = write(make.shop)
    assert """@dataclass(frozen=True)
class Order:
    \"\"\"An order.\"\"\"

    id: int
    items: list[Item]
    total: Decimal
    note: str | None = None
""" in files["shop/types.py"]
    assert 'class Color(StrEnum):\n    RED = "red"\n    BLUE = "blue"\n' in files["shop/types.py"]
    assert "    children: list[Node] = field(default_factory=lambda: [])\n" in files["shop/types.py"]
    assert 'class OutOfStock(LookupError):\n    """It is sold out."""\n' in files["shop/errors.py"]
    assert "KeyError" not in files["shop/errors.py"]


def test_a_package_can_be_installed_and_needs_the_client_alone(make: Any) -> None:
    project = tomllib.loads(write(make.shop, needs="parvis>=1.2")["pyproject.toml"])
    assert {
        "name": "shop", "version": "1", "description": "A shop.", "requires-python": ">=3.11",
        "dependencies": ["parvis>=1.2"],
    } == project["project"]  # fmt: skip
    assert ["shop"] == project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    used = {
        node.module.partition(".")[0]
        for path, text in write(CONTRACT).items() if path.endswith(".py")
        for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }  # fmt: skip
    assert {"parvis", "typing_extensions"} == used - sys.stdlib_module_names


def test_an_address_is_the_default_where_it_is_known(make: Any) -> None:
    assert '\ndef connect(url: str = "http://h/shop/v1", key: str | None = None, ' in write(
        make.shop, url="http://h/shop/v1"
    )["shop/__init__.py"]  # fmt: skip
    assert "\ndef connect(url: str, key: str | None = None, " in write(make.shop)["shop/__init__.py"]


@pytest.mark.parametrize(
    ("service", "expected"), [("json", "json_client"), ("parvis", "parvis_client"), ("tea", "tea")]
)
def test_a_package_hides_no_module_that_it_needs(make: Any, service: str, expected: str) -> None:
    assert f"{expected}/api.py" in write(replace(make.shop, service=service))


def test_a_package_is_called_as_one_wishes(make: Any) -> None:
    assert "tea_shop/api.py" in write(make.shop, name="tea_shop")
    for name in ("json", "parvis", "a-b", "class", "_x", "../x", ""):
        with pytest.raises(ValueError, match=r"cannot be imported|would hide"):
            write(make.shop, name=name)


def test_bytes_are_the_same_in_every_run_and_whatever_way_the_contract_came() -> None:
    program = (
        "import hashlib, json; from hostile import CONTRACT; from parvis.client.package import write;"
        "print(hashlib.sha256(json.dumps(write(CONTRACT)).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert 1 == len(told)
    printable = _with(CONTRACT, "x")
    assert write(printable) == write(Contract.from_json(printable.to_json()))


def test_every_name_of_a_type_is_known_where_it_comes_from() -> None:
    builtin = {"None", "bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
    assert {*TYPE_NAMES, *GENERICS, "Literal"} - {"Optional", "Union"} <= {*HOMES, *builtin}
    for name, home in HOMES.items():
        assert hasattr(importlib.import_module(home), name), name


# What hostile contracts may do: nothing.

REFUSED = r"is not a type|no type that|cannot stand in|is refused|cannot be built|deeper than|[Ii]nvalid|default"


def _with(contract: Contract, text: str) -> Contract:
    """The contract with another text wherever it says ``EVIL``."""

    def told(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(EVIL, text)
        if isinstance(value, tuple | list):
            return type(value)(map(told, value))
        if isinstance(value, dict):
            return {told(k): told(v) for k, v in value.items()}
        if hasattr(value, "__dataclass_fields__"):
            return replace(value, **{name: told(getattr(value, name)) for name in value.__dataclass_fields__})
        return value

    result: Contract = told(contract)
    return result


class _Bones(ast.NodeTransformer):
    """A tree without what its strings say."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node


def bones(text: str) -> str:
    return ast.dump(_Bones().visit(ast.parse(text)))


def strings(text: str) -> set[str]:
    return {n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


CODE = [path for path in FILES if path.endswith(".py")]
SHORT = replace(CONTRACT, operations=tuple(o for o in CONTRACT.operations if o.name in ("str", "part.list", "shop")))
HARMLESS = {path: bones(text) for path, text in write(_with(SHORT, "x")).items() if path in CODE}


def test_a_text_of_a_contract_changes_no_code() -> None:
    written = write(CONTRACT, url="x")
    plain = write(_with(CONTRACT, "x"), url="x")
    assert {path: bones(plain[path]) for path in CODE} == {path: bones(written[path]) for path in CODE}
    assert EVIL in strings(written["shop/types.py"])


@settings(deadline=None)
@given(st.text(min_size=1).map(lambda text: f"x{text}x"))
def test_no_text_whatever_changes_the_code(text: str) -> None:
    written = write(_with(SHORT, text))
    assert HARMLESS == {path: bones(written[path]) for path in CODE}
    assert text in strings(written["shop/types.py"])
    assert "shop" == tomllib.loads(written["pyproject.toml"])["project"]["name"]
    assert ["service"] == [contract.service for contract in lock_reader.read(written["shop/contract.lock"])]


@given(st.text())
def test_a_docstring_says_the_text(text: str) -> None:
    for source, indent in ((docstring(text), "    "), (docstring(text, " " * 8), " " * 8), (docstring(text, ""), "")):
        assert source.startswith(indent)
        (statement,) = ast.parse(f"if 1:\n{source}" if indent else source).body
        told = ast.literal_eval((statement.body[0] if isinstance(statement, ast.If) else statement).value)  # type: ignore[attr-defined]
        assert text in (told, inspect.cleandoc(told))


@given(st.text())
def test_a_quoted_text_is_the_text(text: str) -> None:
    source = quoted(text)
    assert text == ast.literal_eval(source)
    assert source.isprintable()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("One line.", '    """One line."""'),
        ("Two\nlines.", '    """Two\n    lines.\n    """'),
        ("Raises:\n    X", '    """\n    Raises:\n        X\n    """'),
        ('ends with "', '    """ends with \\""""'),
        ('has """ inside', '    """has \\"\\"\\" inside"""'),
        ("back\\slash", '    """back\\\\slash"""'),
        ("bell \x07", '    """bell \\x07"""'),
        ("mark \u202e", '    """mark \\u202e"""'),
        (" \tspaces ", "    \" \\tspaces \""),
        ("", '    """"""'),
    ],
)  # fmt: skip
def test_a_docstring_is_written_as_people_write_one(text: str, written: str) -> None:
    assert written == docstring(text)


HUGE = "a" * 1_000_000


def test_a_docstring_is_bounded(make: Any) -> None:
    contract = replace(make.shop, description=HUGE, operations=(make.operation("a", description=HUGE),))
    assert max(map(len, write(contract).values())) < 50_000


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').abort()", "(lambda: 1)()", "list[__import__('os')]", "Literal[__import__('os')]", "Item.x",
        "Item()", "Literal[f'{1}']", "Literal[()]", "Literal[b'x']", "os.PathLike", "Missing", "int; x",
        "list[int]\nimport os", "", "list[int, str]", "[x for x in y]",
        "list[" * 60 + "int" + "]" * 60, "'Item'[0]", "int if 1 else str", "*int",
    ],
)  # fmt: skip
def test_a_type_that_is_none_is_refused(make: Any, text: str) -> None:
    for contract in (
        replace(make.shop, operations=(make.operation("a", returns=text),)),
        replace(make.shop, operations=(make.operation("a", make.parameter("p", text)),)),
        replace(make.shop, types=(*make.shop.types, TypeDef("T", "dataclass", (Field("x", text),)))),
    ):
        with pytest.raises(ValueError, match=REFUSED):
            write(contract)


@pytest.mark.parametrize(
    "name", ["class", "None", "__x", "__class__", "a b", "a.b", "1a", "", "x\n", "ﬁ", "a" * 201, "x;y"]
)
def test_a_name_that_is_none_is_refused(make: Any, name: str) -> None:
    shop = make.shop
    enum = TypeDef("E", "enum", members=(Member(name, 1),))
    for contract in (
        replace(shop, service=name),
        replace(shop, operations=(make.operation("a", make.parameter(name, "int")),)),
        replace(shop, operations=(make.operation("a", errors=(DeclaredError(name, "ValueError", 422),)),)),
        replace(shop, types=(*shop.types, TypeDef(name, "dataclass"))),
        replace(shop, types=(*shop.types, TypeDef("T", "dataclass", (Field(name, "int"),)))),
        replace(shop, types=(*shop.types, enum)),
    ):
        with pytest.raises(ValueError, match=REFUSED):
            write(contract)


def forced(contract: Contract, name: str) -> Contract:
    """With an operation of any name: what the model itself would refuse."""
    operation = replace(contract.operations[0])
    object.__setattr__(operation, "name", name)
    return replace(contract, operations=(operation,))


@pytest.mark.parametrize("name", ["__init__", "_x", "a.class", "a b", "a()", "a..b", "x\nimport os", "a.__class__", ""])
def test_an_operation_whose_name_is_none_is_refused(make: Any, name: str) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        write(forced(make.shop, name))


@pytest.mark.parametrize(
    "names", [("a", "a.b"), ("a.b", "a"), ("parvis", "parvis_"), ("parvis.x", "parvis"), ("a.b.c", "a.b")]
)
def test_two_things_behind_one_name_are_refused(make: Any, names: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        write(replace(make.shop, operations=tuple(map(make.operation, names))))


@pytest.mark.parametrize(
    "definition",
    [
        TypeDef("E", "enum", members=(Member("a", [1]),)),
        TypeDef("E", "enum", members=(Member("a", {"b": 1}),)),
        TypeDef("E", "enum", members=(Member("mro", 1),)),
        TypeDef("E", "enum", members=(Member("_missing_", 1),)),
        TypeDef("E", "enum", members=(Member("a", "x"),), base="IntEnum"),
        TypeDef("E", "enum", members=(Member("a", float("nan")),)),
        TypeDef("list", "dataclass"),
        TypeDef("Literal", "dataclass"),
        TypeDef("N", "namedtuple", (Field("a", "int", False, Default("1", 1)), Field("b", "int"))),
    ],
)
def test_a_class_that_python_cannot_have_is_refused(make: Any, definition: TypeDef) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        write(replace(make.shop, types=(*make.shop.types, definition)))


def test_a_signature_that_python_cannot_have_is_refused(make: Any) -> None:
    parameters = make.parameter("a", "int", default=Default("1", 1)), make.parameter("b", "int")
    with pytest.raises(ValueError, match="default"):
        write(replace(make.shop, operations=(make.operation("a", *parameters),)))


# What was written is what the runtime makes of the same contract.


def test_a_hostile_package_is_imported_and_its_classes_are_those_of_the_contract(imported: Any) -> None:
    package = imported(CONTRACT)
    types, errors = importlib.import_module("shop.types"), importlib.import_module("shop.errors")
    assert {t.name: t.name for t in CONTRACT.types} == {name: cls.__name__ for name, cls in types.TYPES_.items()}
    assert {"ValueError": LookupError, "Item": ValueError, "Exception": OSError, "Odd": Exception} == {
        name: cls.__base__ for name, cls in errors.ERRORS.items()
    }
    assert [EVIL, "t", "n", "v", "x"] == [member.value for member in types.Color]
    assert {*NAMES, "parvis_"} - {"parvis"} <= set(vars(package.Shop_))
    assert set(dir(package)) >= set(package.__all__)


def test_values_of_a_hostile_package_cross(imported: Any) -> None:
    imported(CONTRACT)
    shapes: Any = importlib.import_module("shop.types")
    codec = Codec(shapes.TYPES_)
    item = shapes.Item(needed=[shapes.Item(needed=[])], str="a")
    assert "a" == json.loads(codec.dump("Item", item))["str"]
    assert {"loose", "untold"}.isdisjoint(json.loads(codec.dump("Item", item)))
    model = codec.load("AsyncShop", b'{"content-type": "a", "1 2": "b", "\xc3\xa9": {"a %s": 1}}'.replace(
        b"{\"a %s\": 1}", json.dumps({f"a {EVIL}": "c", "__x": 1}).encode()))  # fmt: skip
    assert ("a", 0, "b") == (model.content_type, model.from_, model._1_2)
    assert {"content-type": "a", "from": 0, "1 2": "b"}.items() <= json.loads(codec.dump("AsyncShop", model)).items()
    shop = shapes.Shop()
    assert (shapes.Color.RED, None, [(1, "a", shapes.Color.RED, None)], (1, EVIL, shapes.Color.RED, None)) == (
        shop.Color, shop.Shop, shop.rows, shop.row,
    )  # fmt: skip
    for name in shapes.TYPES_:
        codec.dump(f"list[{name}]", [])
