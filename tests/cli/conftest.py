"""A folder with a façade in it, in which the commands run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parvis.cli import main

SHOP = """
from dataclasses import dataclass

@dataclass
class Order:
    id: int
    note: str = ""

class Shop:
    def find_price(self, item: str, count: int = 1) -> float: ...
    def order(self, order: Order) -> int: ...
    def secret(self) -> str: ...
"""


@dataclass(frozen=True)
class Folder:
    path: Path

    @property
    def lock(self) -> Path:
        return self.path / "parvis.lock"

    def code(self, text: str) -> None:
        """What the module ``locked_shop`` says from now on."""
        (self.path / "locked_shop.py").write_text(text, encoding="utf-8")
        sys.modules.pop("locked_shop", None)
        importlib.invalidate_caches()

    def parvis(self, *arguments: str, stdin: str | None = None) -> Result:
        sys.modules.pop("locked_shop", None)
        return CliRunner().invoke(main, arguments, input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A folder with ``locked_shop:Shop``, as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    # A module that is written twice within a second would be read from its first bytecode.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Folder(tmp_path)
    made.code(SHOP)
    yield made
    sys.modules.pop("locked_shop", None)


@pytest.fixture
def shop() -> str:
    return SHOP
