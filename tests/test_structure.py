"""The shape of the source: no wide import circle, no names from the package root, no long file, few assertions of what
a type could say, and a pipeline that knows no protocol.

Imports for types alone and inside functions count like any other: whoever reads one file has to know the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"

PIPELINE = (
    "parvis.server.pipeline",
    "parvis.server.endpoint",
    "parvis.server.request",
    "parvis.server.guards",
    "parvis.server.host",
    "parvis.server.identify",
    "parvis.server.authorise",
    "parvis.server.admit",
    "parvis.server.bind",
    "parvis.server.constrain",
    "parvis.server.repeat",
    "parvis.server.run",
    "parvis.server.settle",
    "parvis.server.refuse",
    "parvis.server.stream",
    "parvis.server.stream_watchdog",
    "parvis.server.spool",
    "parvis.server.logs",
    "parvis.server.metrics",
    "parvis.server.object.service",
    "parvis.server.object.live",
    "parvis.server.object.lifecycle",
    "parvis.server.object.threads",
    "parvis.server.object.generators",
)
"""The host, the list of steps, the steps, and all that they stand on."""

PROTOCOLS = ("parvis.protocol.http", "parvis.protocol.mcp", "parvis.server.http", "parvis.server.mcp")

CIRCLE = 3
"""Files that may import each other in a circle, at most."""
LINES = 400
"""Of one file, at most."""
ASSERTIONS = 10
"""Of ``assert ... is not None`` in all, at most."""

Graph = Mapping[str, frozenset[str]]
"""Module -> the modules that it imports."""


def test_no_import_circle_is_wide() -> None:
    assert "" == told(" ".join(circle) for circle in wide_circles(imports(SOURCE)))


def test_no_module_imports_names_from_the_package_root() -> None:
    assert "" == told(from_the_root(SOURCE))


@pytest.mark.parametrize("source", ["src", "services/geolocation/src"])
def test_no_file_is_long(source: str) -> None:
    assert "" == told(f"{module}: {lines} lines" for module, lines in long_files(ROOT / source))


def test_assertions_stand_in_for_types_in_few_places() -> None:
    found = assertions(SOURCE)
    assert len(found) <= ASSERTIONS, told(found)


def test_the_pipeline_knows_no_protocol() -> None:
    graph = imports(SOURCE)
    assert "" == told(f"there is no {module}" for module in PIPELINE if module not in graph)
    assert "" == told(chains(graph, PIPELINE, PROTOCOLS))


def told(lines: Iterable[str]) -> str:
    """One a line, so that a failure shows all of them."""
    return "\n".join(lines)


# What is checked


@dataclass(frozen=True)
class Module:
    """What is read of one file. Its syntax tree is not kept: so many objects slow down every collection of garbage."""

    package: bool
    imported: tuple[tuple[str, str], ...]
    """From where, and which name; of ``import a.b`` no name."""
    assertions: tuple[int, ...]
    """The lines in which it is asserted that something is not None."""


@cache
def sources(source: Path) -> dict[str, tuple[Path, str]]:
    """Module -> its file, and the text of it."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[module] = (path, path.read_text(encoding="utf-8"))
    return found


@cache
def modules(source: Path) -> dict[str, Module]:
    return {module: _read(module, path, text) for module, (path, text) in sources(source).items()}


def _read(module: str, path: Path, text: str) -> Module:
    package = path.name == "__init__.py"
    home = module if package else module.rpartition(".")[0]
    imported: list[tuple[str, str]] = []
    assertions: list[int] = []
    for node in statements(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(home.split(".")[: len(home.split(".")) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, (above, node.module)))
            imported += [(base, alias.name) for alias in node.names]
        elif isinstance(node, ast.Assert) and any(map(_is_not_none, ast.walk(node.test))):
            assertions.append(node.lineno)
    return Module(package, tuple(imported), tuple(assertions))


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement, however deep. No expression holds one, so none is looked into: that is most of a tree."""
    waiting: list[ast.AST] = [tree]
    for node in waiting:
        if isinstance(node, ast.stmt):
            yield node
        waiting += (
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case)
        )


@cache
def imports(source: Path) -> dict[str, frozenset[str]]:
    """The import graph. A name that is a module counts as that module, not as the package in which it stands."""
    known = modules(source)
    graph = {}
    for module, read in known.items():
        seen = set()
        for base, name in read.imported:
            whole = f"{base}.{name}"
            seen.add(whole if whole in known else base)
        graph[module] = frozenset((seen & known.keys()) - {module})
    return graph


def circles(graph: Graph) -> list[list[str]]:
    """The sets of modules that reach each other, of more than one (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []
    for start in graph:
        if start in number:
            continue
        work = [(start, iter(sorted(graph[start])))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while work:
            module, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[module])
                if low[module] == number[module]:
                    circle = stack[stack.index(module) :]
                    del stack[stack.index(module) :]
                    found.append(sorted(circle))
            elif following not in number:
                number[following] = low[following] = len(number)
                stack.append(following)
                work.append((following, iter(sorted(graph[following]))))
            elif following in stack:
                low[module] = min(low[module], number[following])
    return [circle for circle in found if len(circle) > 1]


def wide_circles(graph: Graph) -> list[list[str]]:
    return [circle for circle in circles(graph) if len(circle) > CIRCLE]


def from_the_root(source: Path) -> list[str]:
    """Imports of a name from the outermost package. Its own file, which says what is public, may do as it likes."""
    known = modules(source)
    return [
        f"{module}: from {base} import {name}" if name else f"{module}: import {base}"
        for module, read in known.items()
        if "." in module
        for base, name in read.imported
        if base in known and "." not in base
    ]


def long_files(source: Path) -> list[tuple[str, int]]:
    counted = ((module, len(text.splitlines())) for module, (_, text) in sources(source).items())
    return [(module, lines) for module, lines in counted if lines > LINES]


def assertions(source: Path) -> list[str]:
    """Where it is asserted that something is not None."""
    return [f"{module}:{line}" for module, read in modules(source).items() for line in read.assertions]


def _is_not_none(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.IsNot) for operator in node.ops)
        and any(isinstance(side, ast.Constant) and side.value is None for side in node.comparators)
    )


def chains(graph: Graph, starts: Iterable[str], forbidden: tuple[str, ...]) -> list[str]:
    """For each forbidden module that is reached, a shortest way to it: ``a -> b -> c``."""
    before: dict[str, str | None] = dict.fromkeys(starts)
    found = []
    waiting = list(before)
    for module in waiting:
        if any(module == name or module.startswith(f"{name}.") for name in forbidden):
            found.append(" -> ".join(_way(before, module)))
            continue  # what that one imports is its own business
        for following in sorted(graph.get(module, ())):
            if following not in before:
                before[following] = module
                waiting.append(following)
    return sorted(found)


def _way(before: Mapping[str, str | None], module: str) -> list[str]:
    earlier = before[module]
    return [module] if earlier is None else [*_way(before, earlier), module]


# That each check can fail


def package(at: Path, files: Mapping[str, str]) -> Path:
    """A folder with the package ``shop``, of files by path."""
    for name, text in {"__init__.py": "", **files}.items():
        path = at / "shop" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    return at


@pytest.mark.parametrize(
    "last",
    [
        "from .a import one",
        "from . import a",
        "from shop.a import one",
        "from shop import a",
        "import shop.a",
        "def later():\n    from .a import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .a import One",
        "class Later:\n    async def run(self):\n        async with b:\n            from .a import one",
        "if b:\n    pass\nelif c:\n    pass\nelse:\n    import shop.a",
        "for b in c:\n    pass\nelse:\n    while b:\n        from .a import one",
        "try:\n    pass\nexcept OSError:\n    from .a import one",
        "try:\n    pass\nexcept* OSError:\n    pass\nelse:\n    from .a import one",
        "try:\n    pass\nfinally:\n    from .a import one",
        "match b:\n    case 1:\n        from .a import one",
    ],
)
def test_a_circle_is_found_however_its_last_import_is_written(tmp_path: Path, last: str) -> None:
    files = {"a.py": "from . import b", "b.py": "from .c import one", "c.py": "from .d import one", "d.py": last}
    assert [["shop.a", "shop.b", "shop.c", "shop.d"]] == wide_circles(imports(package(tmp_path, files)))


def test_a_small_circle_and_what_hangs_on_it_are_no_wide_one(tmp_path: Path) -> None:
    files = {
        "a.py": "from . import b",
        "b.py": "from . import c",
        "c.py": "from . import a, d",
        "d.py": "import shop.e",
    }
    graph = imports(package(tmp_path, {**files, "e.py": ""}))
    assert ([], [["shop.a", "shop.b", "shop.c"]]) == (wide_circles(graph), circles(graph))


def test_two_circles_that_share_no_file_are_two(tmp_path: Path) -> None:
    files = {
        "a.py": "from . import b",
        "b.py": "from . import a, c",
        "c.py": "from . import d",
        "d.py": "from . import c",
    }
    assert [["shop.a", "shop.b"], ["shop.c", "shop.d"]] == sorted(circles(imports(package(tmp_path, files))))


def test_a_package_whose_modules_import_from_it_is_in_a_circle_with_them(tmp_path: Path) -> None:
    files = {"part/__init__.py": "from . import a\nPlan = 1", "part/a.py": "from . import Plan"}
    assert [["shop.part", "shop.part.a"]] == circles(imports(package(tmp_path, files)))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from . import words", "shop.a: from shop import words"),
        ("from shop import words", "shop.a: from shop import words"),
        ("def f():\n    from . import words", "shop.a: from shop import words"),
        ("import shop", "shop.a: import shop"),
    ],
)
def test_a_name_from_the_root_is_found(tmp_path: Path, line: str, told: str) -> None:
    assert [told] == from_the_root(package(tmp_path, {"a.py": line, "words.py": ""}))


def test_a_name_from_where_it_is_defined_is_none_from_the_root(tmp_path: Path) -> None:
    files = {"__init__.py": "from . import words", "words.py": "", "part/__init__.py": "", "part/c.py": ""}
    assert [] == from_the_root(package(tmp_path, {**files, "part/b.py": "from ..words import say\nfrom . import c"}))


def test_a_long_file_is_found(tmp_path: Path) -> None:
    made = package(tmp_path, {"a.py": "\n" * LINES, "b.py": "\n" * (LINES + 1)})
    assert [("shop.b", LINES + 1)] == long_files(made)


def test_an_assertion_that_something_is_not_none_is_found(tmp_path: Path) -> None:
    text = "assert a is not None\nassert a and b.c is not None, 'so'\nassert a is None\nassert isinstance(a, int)"
    text += "\nif a:\n    assert next(b for b in c if b is not None)"
    assert ["shop.a:1", "shop.a:2", "shop.a:6"] == assertions(package(tmp_path, {"a.py": text}))


def test_a_protocol_that_is_reached_by_a_detour_is_found_with_the_way_to_it(tmp_path: Path) -> None:
    files = {
        "steps.py": "from . import values",
        "values.py": "def f():\n    from .web.router import route",
        "webs.py": "",
    }
    graph = imports(package(tmp_path, {**files, "web/router.py": "from . import answer", "web/answer.py": ""}))
    assert ["shop.steps -> shop.values -> shop.web.router"] == chains(graph, ["shop.steps"], ("shop.web",))
    assert [] == chains(graph, ["shop.webs"], ("shop.web",))
