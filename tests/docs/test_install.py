"""The steps of each page that installs, followed on a bare machine in two terminals, as far as its first calls."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from newcomer import Machine
from page_runner import ROOT, Differs, run_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the network's time too
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt install curl"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is not a clone"),
]

PAGES = {
    "README.md": None,
    "README.fr.md": None,
    "docs/tutorial.md": "Register, as a stranger would",
    "docs/api-in-ten-commands.md": "5. The protocol",
    "docs/api-en-dix-commandes.md": "5. Le protocole",
}
"""A page that installs, and the first heading below its first calls; None when nothing is below them."""

STEPS = "```console\n$ python3 -m venv .venv\n$ . .venv/bin/activate\n$ pip install .\n```"


@pytest.fixture(scope="session")
def shared_machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def machine(shared_machine: Machine) -> Iterator[Machine]:
    yield shared_machine
    shared_machine.tidy()


def follow(page: Path, tmp_path: Path, machine: Machine, until: str | None = None) -> None:
    try:
        run_page(page, tmp_path, machine=machine, until=until)
    except Differs as differs:
        if "after connection broken by" in str(differs):
            pytest.skip("the package index cannot be reached")
        raise


@pytest.mark.parametrize("name", PAGES)
def test_a_newcomer_who_follows_a_page_gets_an_answer(name: str, tmp_path: Path, machine: Machine) -> None:
    follow(ROOT / name, tmp_path, machine, PAGES[name])


def test_no_page_asks_a_package_index_for_what_it_does_not_have() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/*/README.md")]
    assert [] == [page.name for page in pages if "pip install parvis" in page.read_text()]


def test_without_an_environment_the_first_step_fails(tmp_path: Path, machine: Machine) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ pip install .\n```\n")
    with pytest.raises(Differs, match=r"`pip install \.` ended with"):
        follow(page, tmp_path, machine)


def test_in_a_second_terminal_nothing_is_found_before_the_environment_is_activated(
    tmp_path: Path, machine: Machine
) -> None:
    page = tmp_path / "page.md"
    serving = "```console\n$ parvis serve textwrap:TextWrapper\n...\n  Ctrl-C stops.\n```"
    page.write_text(f"{STEPS}\n\n{serving}\n\n```console\n$ parvis --version\n```\n")
    with pytest.raises(Differs, match=r"(?s)`parvis --version` ended with 127:.*parvis: command not found"):
        follow(page, tmp_path, machine)
