"""`parvis diff`: what breaks callers first, in words, with an exit code for CI."""

from __future__ import annotations

import json
from typing import Any

import pytest

TARGET = "locked_shop:Shop"


@pytest.fixture
def locked(folder: Any) -> Any:
    """The folder, with a lock of its code."""
    assert 0 == folder.parvis("lock", TARGET).exit_code
    return folder


def test_nothing_differs_from_what_was_just_locked(locked: Any) -> None:
    done = locked.parvis("diff", TARGET)
    assert (0, "Nothing differs.\n") == (done.exit_code, done.output)


def test_what_breaks_comes_first_and_the_exit_code_is_1(locked: Any, shop: str) -> None:
    locked.code(
        shop.replace("count: int = 1", "count: int = 2").replace("    def find", "    def all(self): ...\n    def find")
    )
    done = locked.parvis("diff", TARGET)
    assert [
        "breaking  shop v1 find_price: the default of `count` is `2`, was `1` (default-changed)",
        "additive  shop v1 all: is new: () -> Any (operation-added)",
        "1 breaking, 1 additive.",
    ] == done.output.splitlines()
    assert 1 == done.exit_code


def test_what_is_additive_alone_has_the_exit_code_0(locked: Any, shop: str) -> None:
    locked.code(shop.replace("count: int = 1", "count: int = 1, *, gift: bool = False"))
    done = locked.parvis("diff", TARGET)
    assert (0, "0 breaking, 1 additive.") == (done.exit_code, done.output.splitlines()[-1])


def test_a_change_in_a_class_is_told_of_the_class(locked: Any, shop: str) -> None:
    locked.code(shop.replace("    id: int\n", "    id: int\n    item: str\n"))
    assert locked.parvis("diff", TARGET).output.startswith(
        "breaking  shop v1 Order: the field `item: str` is new (required-field-added)\n"
    )


def test_programs_read_it_as_json(locked: Any, shop: str) -> None:
    locked.code(shop.replace("    def secret(self) -> str: ...\n", ""))
    done = locked.parvis("diff", TARGET, "--format", "json")
    row = {"breaking": True, "kind": "operation-removed", "service": "shop v1", "subject": "secret",
           "text": "is gone: () -> str"}  # fmt: skip
    assert {"breaking": 1, "changes": [row]} == json.loads(done.stdout)
    assert 1 == done.exit_code


@pytest.mark.parametrize("against", ["old.lock", "-"])
def test_another_lock_may_be_given_by_name_or_on_standard_input(locked: Any, against: str) -> None:
    text = locked.lock.read_text().replace('[shop.v1.operations."secret"]', '[shop.v1.operations."open"]')
    (locked.path / "old.lock").write_text(text)
    done = locked.parvis("diff", TARGET, "--against", against, stdin=text if against == "-" else None)
    assert ["operation-removed", "operation-added"] == [
        line.rpartition("(")[2].rstrip(")") for line in done.output.splitlines()[:-1]
    ]


def test_the_services_of_the_settings_file_are_compared_each_with_its_own(locked: Any, shop: str) -> None:
    (locked.path / "parvis.toml").write_text(
        f'[service.shop]\ntarget = "{TARGET}"\n[service.store]\ntarget = "{TARGET}"\n'
    )
    assert "additive  store v1: is new (service-added)" == locked.parvis("diff").output.splitlines()[0]
    assert 0 == locked.parvis("lock").exit_code
    assert "Nothing differs.\n" == locked.parvis("diff").output
    (locked.path / "parvis.toml").write_text(f'[service.shop]\ntarget = "{TARGET}"\n')
    done = locked.parvis("diff")
    assert (1, "breaking  store v1: is gone (service-removed)") == (done.exit_code, done.output.splitlines()[0])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere:Shop"], "there is no module 'nowhere'"),
        ([TARGET, "--against", "none.lock"], "there is no none.lock to compare with"),
        ([TARGET, "--against", "locked_shop.py"], "locked_shop.py cannot be read"),
        ([TARGET, "--format", "xml"], "'xml' is not one of"),
        ([TARGET, "--config", "none.toml"], "none.toml"),
        ([TARGET, "--name", "Two Words"], "cannot be called"),
    ],
)
def test_when_there_is_nothing_to_compare_the_exit_code_is_2(locked: Any, arguments: list[str], why: str) -> None:
    done = locked.parvis("diff", *arguments)
    assert (2, "") == (done.exit_code, done.stdout)
    assert why in done.stderr
    assert "Traceback" not in done.stderr
