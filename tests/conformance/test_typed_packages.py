"""What `parvis client` writes, to the two type checkers that others wrote, both in their strictest mode.

Of a gallery of all shapes, of a market, of Parvis's own service, and of a contract that means ill. Pyright runs as
basedpyright, which is it with the Node that it needs; its own additions are off.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import install
from hostile import CONTRACT
from parvis.assembly.console import compile_console
from parvis.client.package import write
from parvis.console.console import Console
from parvis.contract.model import Contract
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]
SOURCES = TESTS.parent / "src"

PROGRAM = """\
import asyncio
from collections.abc import AsyncGenerator, Generator
from decimal import Decimal
from typing import assert_type

from gallery_client import AsyncGallery, Frame, Gallery, Order, Picture, Sold, Visitor, connect, connect_async


def total(gallery: Gallery, items: list[str]) -> Decimal:
    return sum((gallery.price(item) for item in items), Decimal())


def sync() -> None:
    with connect("http://127.0.0.1:8000/gallery", "pv_live_x", retries=0, presets={"vat": 0.1}) as gallery:
        assert_type(gallery, Gallery)
        assert_type(gallery.price("tea", gift=True), Decimal)
        assert_type(gallery.orders.create("a", note="b"), Order)
        assert_type(gallery.orders.list(limit=1), list[Order])
        assert_type(gallery.orders.notes.of(1), list[str])
        assert_type(gallery.a_frame(Frame(1.5)), tuple[Frame, str])
        assert_type(gallery.a_visitor(Visitor(name="Ada")), tuple[Visitor, str])
        for picture in gallery.pictures(3):
            assert_type(picture, Picture)
        gallery.pictures(3).close()
        gallery.parvis.close()
        try:
            gallery.price("tea")
        except Sold as error:
            assert_type(error, Sold)


async def awaited() -> None:
    async with connect_async("http://127.0.0.1:8000/gallery") as gallery:
        assert_type(gallery, AsyncGallery)
        assert_type(await gallery.price("tea"), Decimal)
        assert_type(await gallery.orders.list(), list[Order])
        async for picture in gallery.pictures(3):
            assert_type(picture, Picture)
    kept = await connect_async("http://127.0.0.1:8000/gallery")
    assert_type(await kept.double(2), int)
    await kept.parvis.close()


class Double(Gallery):
    def double(self, number: int) -> int:
        return 2 * number

    def pictures(self, count: int, fail: bool = False) -> Generator[Picture, None, None]:
        yield from ()


class AsyncDouble(AsyncGallery):
    async def double(self, number: int) -> int:
        return 2 * number

    async def endless(self) -> AsyncGenerator[int, None]:
        yield 1


total(Double(), [])
sync()
asyncio.run(awaited())
"""

WRONG = (
    'total(Gallery(), ["tea"], 1)',
    "gallery.price(1)",
    "gallery.missing()",
    'gallery.orders.get("1")',
    "gallery.placed(a=1, d=4)",
    'connect("http://127.0.0.1:8000/gallery", retires=3)',
    'Picture(title="a")',
    'Visitor("Ada")',
    "awaited_gallery.double(2) + 1",
)
"""What a checker must find in a program, or else it looks at nothing."""

HEAD = """\
from gallery_client import AsyncGallery, Gallery, Picture, Visitor, connect
from program import total

gallery = Gallery()
awaited_gallery = AsyncGallery()
"""


def contracts() -> dict[str, Contract]:
    folders = [str(TESTS / "equal"), str(TESTS / "conformance")]
    sys.path[:0] = folders
    try:
        made = {
            name: compile_facade(load(target), Options(name=name)).contract
            for name, target in (("gallery", "gallery:Gallery"), ("market", "market:Market"))
        }
    finally:
        del sys.path[: len(folders)]
    console = compile_console(Console.__new__(Console)).contract
    return {**made, "parvis": console, "hostile": replace(CONTRACT, service="hostile")}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the four packages, a program that uses one of them, and one that does it wrongly."""
    folder = tmp_path_factory.mktemp("packages")
    for name, contract in contracts().items():
        for path, text in write(contract, name=f"{name}_client").items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    (folder / "program.py").write_text(PROGRAM)
    (folder / "wrong.py").write_text(HEAD + "".join(f"{line}\n" for line in WRONG))
    return folder


Complaints = dict[tuple[str, int], str]
"""File and line -> what a checker says there."""


def mypy(folder: Path) -> Complaints:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--no-incremental",
        "--no-error-summary",
        ".",
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, "MYPYPATH": str(SOURCES)}, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    found = re.findall(r"^([^:\n]+):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return {(file, int(line)): text for file, line, text in found}


def pyright(folder: Path) -> Complaints:
    install.kit("python")
    site = next(Path(sys.prefix).glob("lib/python3.*/site-packages"))
    options = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "extraPaths": [str(SOURCES), str(site)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(options))
    done = subprocess.run(
        install.python("basedpyright", "--outputjson"), cwd=folder, capture_output=True, text=True, check=False,
        env=install.environment(),
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] >= 18
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"]
        for each in told["generalDiagnostics"]
    }


@pytest.mark.timeout(600)  # the first one installs
@pytest.mark.parametrize("check", [mypy, pyright])
def test_a_checker_minds_nothing_but_what_is_wrong(check: Callable[[Path], Complaints], packages: Path) -> None:
    found = check(packages)
    first = HEAD.count("\n") + 1
    expected = [("wrong.py", first + number) for number in range(len(WRONG))]
    assert expected == sorted(found), found
