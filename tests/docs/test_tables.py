"""Every setting, error, metric, command and dependency stands in the pages, as the code has it."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from page_runner import ROOT, blocks, steps

from parvis.cli import COMMANDS, main
from parvis.client import errors
from parvis.contract.outcomes import OUTCOMES
from parvis.contract.setting_row import Setting
from parvis.contract.settings import SERVICE_SETTINGS
from parvis.server.metrics import METRICS
from parvis.settings import SETTINGS


def rows(page: str, heading: str = "") -> list[list[str]]:
    """The cells of the tables of a page, below a heading up to the next, without their heads."""
    text = (ROOT / page).read_text()
    if heading:
        text = re.split(r"^## ", text.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| |")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def row(setting: Setting) -> list[str]:
    default = "" if setting.default in (None, "") else f"`{json.dumps(setting.default)}`"
    return [f"`{setting.name}`", default, setting.text]


def of(level: str, table: tuple[Setting, ...]) -> list[list[str]]:
    return [row(setting) for setting in table if setting.level == level]


def test_the_settings_page_opens_with_the_everyday_ones() -> None:
    """In two tables: what is published, and where it is served."""
    expected = of("everyday", SERVICE_SETTINGS) + of("everyday", SETTINGS)
    assert expected == [cells for cells in rows("docs/settings.md", "The everyday ones") if cells[0] != "setting"]

    assert 10 == len(expected)
    headings = re.findall(r"^## (.*)$", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    assert "The everyday ones" == headings[0]


@pytest.mark.parametrize(
    ("heading", "table"), [("More of the server", SETTINGS), ("More of a service", SERVICE_SETTINGS)]
)
def test_the_settings_page_has_each_other_setting_as_the_code_has_it(heading: str, table: tuple[Setting, ...]) -> None:
    assert of("rare", table) == rows("docs/settings.md", heading)[1:]


def test_the_errors_page_has_each_error_as_the_code_has_it() -> None:
    expected = [[f"`{o.code}`", str(o.status), o.title, o.fix] for o in OUTCOMES.values()]
    assert expected == [cells for cells in rows("docs/errors.md") if len(cells) == 4][1:]


def test_the_errors_page_names_each_error_of_the_client() -> None:
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.ParvisError) and value is not errors.ParvisError
    }
    named = set(re.findall(r"^\| `parvis\.client\.(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))
    assert classes == named


def test_the_operating_page_has_each_metric_as_the_code_has_it() -> None:
    assert [[f"`{name}`", text] for name, text in METRICS.items()] == rows("docs/operating.md", "Metrics")[1:]


def test_the_commands_page_shows_the_help_of_each_command() -> None:
    import click

    expected = []
    with click.Context(main) as context:
        for name in COMMANDS:
            command = main.get_command(context, name)
            names = list(command.commands) if isinstance(command, click.Group) else []
            expected += [f"parvis {name} --help", *(f"parvis {name} {sub} --help" for sub in names)]
    page = blocks((ROOT / "docs/commands.md").read_text())
    assert expected == [step.command for block in page for step in steps(block)]


def names(path: str, *tables: str) -> list[str]:
    project = tomllib.loads((ROOT / path).read_text())["project"]
    found = list(project["dependencies"])
    for table in tables:
        found += project["optional-dependencies"][table]
    return [re.match(r"[\w.-]+", requirement)[0] for requirement in found]  # type: ignore[index]


def data_packages() -> list[str]:
    text = (ROOT / "services/geolocation/requirements-data.txt").read_text()
    return re.findall(r"^([\w-]+)==", text, re.MULTILINE)


def test_the_why_page_has_a_reason_and_a_licence_for_each_dependency() -> None:
    table = [cells for cells in rows("docs/why.md", "What it depends on, and why") if cells[0] != "package"]
    expected = names("pyproject.toml", "postgresql") + names("services/geolocation/pyproject.toml")
    expected += [name for name in data_packages() if name not in expected]
    assert [f"`{name}`" for name in expected] == [cells[0] for cells in table]
    assert all(len(cells) == 3 and cells[1] and cells[2] for cells in table)


@pytest.mark.parametrize(
    "name", sorted(str(p.relative_to(ROOT)) for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
)
def test_every_link_between_pages_leads_somewhere(name: str) -> None:
    page = ROOT / name
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    targets = [t.partition("#")[0] for t in re.findall(r"\]\(([^)]+)\)", text) if "://" not in t]
    assert [] == [target for target in targets if target and not (page.parent / target).exists()]


def test_every_path_that_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"`([\w/.-]+/[\w.-]+\.(?:py|md)|[\w/]+/[\w]+\.py)`", text)
    assert paths
    assert [] == [path for path in paths if not (ROOT / "src/parvis" / path).exists() and not (ROOT / path).exists()]


def test_the_readmes_speak_of_class_method_and_key_only() -> None:
    for name in ("README.md", "README.fr.md"):
        words = set(re.findall(r"\w+", (ROOT / name).read_text().lower()))
        assert set() == words & {"façade", "facade", "contract", "contrat", "room", "rooms", "operation", "pièce"}


def test_the_examples_of_what_is_served_import_nothing_of_parvis() -> None:
    for path in Path(ROOT / "examples").glob("*.py"):
        if path.name == "lines.py":  # a protocol, and no service
            continue
        tree = ast.parse(path.read_text())
        imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not any(name.partition(".")[0] == "parvis" for name in imported)
