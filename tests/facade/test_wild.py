"""Code that was not written for us: every operation is published, or left out with a sentence.

What came of each target stands in ``wild/``, a file for the standard library and one for each distribution, headed by
the version that it was read from. ``WRITE_WILD=write`` writes them anew. With another version the outcome may be
another, and then only the rules are checked: no target breaks, every reason is one of :data:`REASONS`, the contract is
sound and ``parvis describe`` says it all.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from parvis.cli import main
from parvis.contract.model import Contract
from parvis.contract.openapi.document import openapi
from parvis.facade.compile import Facade, compile_facade
from parvis.facade.options import Options
from parvis.facade.target import TargetError, load

HERE = Path(__file__).parent / "wild"
BUILT_IN_OR_NOT = {"enable_load_extension", "load_extension"}
"""What a Python has or not as it was built."""
METHODS = {"get", "post", "put", "patch", "delete"}
STDLIB = [
    "statistics",
    "sqlite3",
    "sqlite3:Connection",
    "sqlite3:Cursor",
    "zoneinfo:ZoneInfo",
    "ipaddress",
    "ipaddress:IPv4Network",
    "json",
    "math",
    "cmath",
    "calendar",
    "calendar:Calendar",
    "calendar:TextCalendar",
    "fractions:Fraction",
    "decimal:Decimal",
    "decimal:Context",
    "datetime:datetime",
    "random:Random",
    "string:Formatter",
    "textwrap",
    "colorsys",
    "base64",
    "pathlib:Path",
    "collections:Counter",
    "collections:OrderedDict",
    "collections:deque",
    "uuid",
    "uuid:UUID",
    "bisect",
    "heapq",
    "operator",
    "itertools",
    "functools",
    "shutil",
    "fnmatch",
    "hashlib",
    "hmac",
    "secrets",
    "urllib.parse",
    "html",
    "csv",
    "configparser:ConfigParser",
    "difflib:SequenceMatcher",
    "graphlib:TopologicalSorter",
    "shlex",
    "struct",
    "zlib",
    "zipfile:ZipFile",
    "tempfile",
    "http.client:HTTPConnection",
    "smtplib:SMTP",
    "email.message:EmailMessage",
    "email.utils",
    "queue:Queue",
    "asyncio:Queue",
    "threading:Lock",
    "concurrent.futures:ThreadPoolExecutor",
    "logging:Logger",
    "argparse:ArgumentParser",
    "unittest:TestCase",
    "ast",
    "typing",
    "enum:Enum",
    "dataclasses",
    "builtins",
    "builtins:int",
    "builtins:type",
    "builtins:object",
    "gettext:NullTranslations",
    "mimetypes:MimeTypes",
]
DISTRIBUTIONS = {
    "alembic": "alembic.command alembic.config:Config",
    "argon2-cffi": "argon2:PasswordHasher",
    "babel": "babel:Locale babel.dates babel.numbers",
    "click": "click click:Command click:Context",
    "fastapi": "fastapi:FastAPI",
    "httpx2": "httpx2 httpx2:Client httpx2:AsyncClient httpx2:URL",
    "hypothesis": "hypothesis.strategies",
    "jinja2": "jinja2:Environment jinja2:Template jinja2.filters",
    "jsonschema": "jsonschema:Draft202012Validator",
    "markdown-it-py": "markdown_it:MarkdownIt",
    "numpy": "numpy.linalg",
    "openapi-spec-validator": "openapi_spec_validator",
    "packaging": "packaging.version:Version packaging.specifiers:SpecifierSet",
    "prometheus-client": "prometheus_client:Counter prometheus_client:CollectorRegistry",
    "pydantic": "pydantic:BaseModel pydantic:TypeAdapter",
    "requests": "requests requests:Session",
    "rich": "rich.console:Console rich.table:Table rich.text:Text",
    "scipy": "scipy.spatial.distance scipy.stats scipy.fft",
    "sphinx": "sphinx.util",
    "sqlalchemy": "sqlalchemy:Engine sqlalchemy:MetaData sqlalchemy.orm:Session",
    "starlette": "starlette.applications:Starlette starlette.requests:Request starlette.datastructures:URL",
    "uvicorn": "uvicorn:Config",
}
"""Distribution -> targets. scipy and numpy have docstrings in NumPy's style, requests in Sphinx's, pydantic in
Google's, starlette hardly any."""

REASONS = {
    "a class by itself": r"a class: publish it by itself, as \S+",
    "a property": r"a property: publish a method that returns it",
    "inherited": r"inherited from \S+; list it in `include`",
    "lifecycle": r"runs at start or stop, never by a caller",
    "not in __all__": r"not in __all__; list it in `include`",
    "no plain method": r"a \w+, not a plain method: publish a method that calls it",
    "a circle": r"leads back to \w+",
    "no signature": r"Python cannot tell its signature: wrap it in a function that has one",
    "no self": r"takes no self: Python itself cannot call it on an object",
    "* and **": r"takes \*\*?\w+: a caller cannot know what to send; name its parameters",
    "a private parameter": r"needs the private parameter \w+",
    "overloads": r"has \d+ overloads: one operation has one signature; publish a method for each",
    "annotations that cannot be resolved": r"(.+: )*its annotations? cannot be resolved: .+",
    "a class that cannot cross": r"(.+: )*\S.* is a plain class: its values cannot cross the wire; make it a "
                                 r"dataclass, or publish methods that take and return its fields",
    "a type that cannot cross": r"(.+: )*\S.* cannot cross the wire: (no JSON value stands for it|say \w+|a class "
                                r"stays where it is; take its name instead|code stays where it is; take values "
                                r"instead)",
    "what a value can do": r"(.+: )*\S.* says what a value can do, not what it is: say its type",
    "a name that cannot be resolved": r"(.+: )*the name .+ cannot be resolved: define or import it in the same module",
    "no values": r"(.+: )*(Never|NoReturn) has no values: there is nothing to send, and nothing to wait for",
    "a type variable": r"(.+: )*\w+ stands for any type: say which one",
    "itself": r"(.+: )*Self is the façade itself, which stays where it is: return a value",
    "a union": r"(.+: )*.+ \| .+: JSON does not tell .+ from .+; say one of them",
    "a model that cannot cross": r"(.+: )*it (has no fields of its own: say which model|takes fields that it does not "
                                 r"declare .+: only declared fields cross)",
    "keys": r"(.+: )*.+ cannot cross the wire: the keys of a JSON object are text",
}  # fmt: skip
"""Each reason that a publisher may read, as a pattern of the whole sentence."""


def class_of(reason: str) -> str:
    """The first of :data:`REASONS` that a sentence is."""
    found = [name for name, pattern in REASONS.items() if re.fullmatch(pattern, reason)]
    assert found, f"{reason!r} is none of the sentences that a publisher is promised"
    return found[0]


def outcome(text: str) -> tuple[list[str], Facade | None]:
    try:
        facade = compile_facade(load(text), Options(name="service"))
    except TargetError as refused:
        if not re.fullmatch(re.escape(text) + r" has nothing to publish \(.+\)", str(refused)):
            raise
        return [text, "  nothing"], None
    lines = [text]
    by_class: dict[str, list[str]] = defaultdict(list)
    for item in facade.left_out:
        by_class[class_of(item.reason)].append(item.name)
    lines.append("  published: " + " ".join(sorted(set(facade.operations) - BUILT_IN_OR_NOT)))
    lines += [f"  {name}: {' '.join(sorted(names))}" for name, names in sorted(by_class.items())]
    return lines, facade


def check(file: str, version: str, targets: list[str]) -> None:
    told: list[str] = [version]
    for text in targets:
        lines, facade = outcome(text)
        told += lines
        if facade is not None:
            contract = facade.contract
            assert contract == Contract.from_json(contract.to_json())
            paths = openapi(contract, server_url=None)["paths"].values()
            assert len(contract.operations) == sum(len(METHODS & set(path)) for path in paths)
    path = HERE / file
    if os.environ.get("WRITE_WILD") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(told) + "\n")
    expected = path.read_text().splitlines()
    assert [t for t in expected[1:] if not t.startswith(" ")] == targets
    if expected[0] == version:
        assert expected == told


@pytest.mark.filterwarnings("ignore")
def test_the_standard_library() -> None:
    check("stdlib.txt", "Python " + ".".join(platform.python_version_tuple()[:2]), STDLIB)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_a_distribution(distribution: str) -> None:
    try:
        version = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} is not installed")
    python = ".".join(platform.python_version_tuple()[:2])
    check(f"{distribution}.txt", f"{distribution} {version}, Python {python}", DISTRIBUTIONS[distribution].split())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("text", [*STDLIB[:24], "click:Context", "jinja2.filters", "httpx2:Client", "rich.text:Text"])
def test_describe_says_all_of_it(text: str) -> None:
    said = CliRunner().invoke(main, ["describe", text, "--name", "service"])
    _, facade = outcome(text)
    if facade is None:
        assert (1, True) == (said.exit_code, f"{text} has nothing to publish" in said.output)
        return
    assert 0 == said.exit_code, said.output
    for name in [*facade.operations, *(item.name for item in facade.left_out)]:
        assert f"\n  {name}" in said.output
    for item in facade.left_out:
        assert item.reason in said.output


def test_sixty_targets_at_least() -> None:
    assert len(STDLIB) + sum(len(targets.split()) for targets in DISTRIBUTIONS.values()) >= 60


def test_what_a_caller_would_expect_of_some_is_there() -> None:
    mean = compile_facade(load("statistics")).operations["mean"].spec
    assert ("(data: Any) -> Any", ["POST"]) == (mean.signature, [r.method for r in mean.routes])
    assert {"data": [1, 2, 3, 4, 4]} == mean.example
    colours = compile_facade(load("colorsys")).operations
    assert "(r: Any, g: Any, b: Any) -> Any" == colours["rgb_to_hsv"].spec.signature
    calendar = compile_facade(load("calendar:Calendar")).operations
    assert calendar["itermonthdates"].spec.result.stream
