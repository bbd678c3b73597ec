"""Every snippet of every page runs, and shows what it says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from page_runner import ROOT, blocks, run_page

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt install curl")

FAST = ("README.md", "docs/mapping.md")
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"), ROOT / "CONTRIBUTING.md"]
)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in FAST else [pytest.mark.slow]) for n in PAGES])
def test_a_page_shows_what_happens(name: str, tmp_path: Path) -> None:
    assert {} == run_page(ROOT / name, tmp_path)


@pytest.mark.slow
@pytest.mark.fulldata
@pytest.mark.parametrize("name", [name for name in PAGES if blocks((ROOT / name).read_text(), places=True)])
def test_the_part_of_a_page_on_real_places_shows_what_happens(name: str, tmp_path: Path) -> None:
    store = os.environ.get("GEOLOCATION_STORE")
    if store is None or not Path(store, "CURRENT").exists():
        pytest.skip("GEOLOCATION_STORE names no place store: build one with `parvis-geolocation build`")
    pytest.importorskip("parvis_geolocation", reason="services/geolocation is not installed")
    assert {} == run_page(ROOT / name, tmp_path, places=True, extra={"GEOLOCATION_STORE": str(Path(store).resolve())})


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_what_the_pages_show(example: Path) -> None:
    included = [
        (ROOT / "docs" / block.argument).resolve()
        for name in PAGES
        for block in blocks((ROOT / name).read_text())
        if block.language == "{literalinclude}"
    ]
    if example in included:
        return
    shown = [
        block.text
        for name in PAGES
        for block in blocks((ROOT / name).read_text())
        if block.text.startswith(f"# {example.name}\n")
    ]
    code = example.read_text()
    assert shown
    for text in shown:
        assert f"# {example.name}\n{code}" == text


def test_both_readmes_run_the_same_snippets() -> None:
    def run(name: str) -> list[str]:
        text = (ROOT / name).read_text()
        return [block.text for places in (False, True) for block in blocks(text, places=places)]

    assert run("README.md") == run("README.fr.md")
