"""`parvis client`: where a contract comes from, and what it overwrites: its own, whole, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from parvis.contract.model import Contract
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load

TARGET = "locked_shop:Shop"
FILES = ["pyproject.toml", "shop/__init__.py", "shop/api.py", "shop/contract.lock", "shop/errors.py", "shop/py.typed",
         "shop/types.py"]  # fmt: skip


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def contract_of() -> Contract:
    return compile_facade(load(TARGET), Options(name="shop")).contract


def test_it_writes_a_package_and_says_what_to_do_with_it(folder: Any) -> None:
    done = folder.parvis("client", TARGET, "-o", "package/")
    assert (
        "package: shop, 3 methods, 1 type. Next: `pip install package`, then in Python: `from shop import connect`.\n"
        == done.output
    )
    assert 0 == done.exit_code
    assert FILES == files(folder.path / "package")
    assert ["locked_shop.py", "package"] == sorted(p.name for p in folder.path.iterdir())


def test_running_it_again_writes_the_same_bytes(folder: Any) -> None:
    folder.parvis("client", TARGET, "-o", "package")
    before = contents(folder.path / "package")
    assert 0 == folder.parvis("client", TARGET, "-o", "package").exit_code
    assert before == contents(folder.path / "package")


def test_a_contract_in_a_file_will_do(folder: Any) -> None:
    folder.parvis("client", TARGET, "-o", "one")
    (folder.path / "contract.json").write_bytes(contract_of().to_json())
    assert 0 == folder.parvis("client", "contract.json", "-o", "two").exit_code
    assert contents(folder.path / "one") == contents(folder.path / "two")


def test_what_is_bound_for_callers_stays_here(folder: Any) -> None:
    folder.code(
        "class Shop:\n    def ip(self, address: str) -> str: ...\n    def other(self, x: int) -> int: ...\n"
    )  # fmt: skip
    (folder.path / "parvis.toml").write_text(
        f'[service.shop]\ntarget = "{TARGET}"\n[service.shop.bind]\n"ip(address)" = "caller.address"\n'
    )
    assert 0 == folder.parvis("client", TARGET, "-o", "package").exit_code
    assert not any(
        b"address" in text for name, text in contents(folder.path / "package").items() if "__init__" not in name
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "contract.json holds no contract: give the contract.json of a service"),
        ("\x00", "contract.json holds no contract: give the contract.json of a service"),
        ('{"service": "a", "operations": [], "parvis": 9}', "contract.json holds no contract"),
    ],
)
def test_a_file_that_holds_no_contract_is_refused(folder: Any, text: str, message: str) -> None:
    (folder.path / "contract.json").write_text(text)
    done = folder.parvis("client", "contract.json", "-o", "package")
    assert 1 == done.exit_code
    assert message in done.stderr
    assert not (folder.path / "package").exists()


def test_a_contract_that_python_cannot_have_is_refused(folder: Any) -> None:
    text = contract_of().to_json().replace(b'"item"', b'"import os"')
    (folder.path / "contract.json").write_bytes(text)
    done = folder.parvis("client", "contract.json", "-o", "package")
    assert (1, "Error: 'import os' cannot name a parameter in Python: this contract is refused\n") == (
        done.exit_code, done.stderr,
    )  # fmt: skip
    assert not (folder.path / "package").exists()


def test_a_target_that_is_none_is_told(folder: Any) -> None:
    done = folder.parvis("client", "no_such_module:Shop", "-o", "package")
    assert 1 == done.exit_code
    assert "no_such_module" in done.stderr
    assert not (folder.path / "package").exists()


def test_the_package_is_called_as_one_wishes(folder: Any) -> None:
    assert 0 == folder.parvis("client", TARGET, "-o", "package", "--name", "tea").exit_code
    assert (folder.path / "package/tea/api.py").exists()
    done = folder.parvis("client", TARGET, "-o", "package", "--name", "json")
    assert (1, "Error: 'json' would hide the module of that name: give another\n") == (done.exit_code, done.stderr)


def test_another_name_leaves_nothing_of_the_old_one(folder: Any) -> None:
    folder.parvis("client", TARGET, "-o", "package", "--name", "tea")
    folder.parvis("client", TARGET, "-o", "package")
    assert FILES == files(folder.path / "package")


@pytest.mark.parametrize("name", ["notes.txt", "shop/more.py", "shop/py.typed", ".git/config", "__pycache__/x.py"])
def test_what_it_did_not_write_is_never_overwritten(folder: Any, name: str) -> None:
    folder.parvis("client", TARGET, "-o", "package")
    other = folder.path / "package" / name
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    before = contents(folder.path / "package")
    done = folder.parvis("client", TARGET, "-o", "package")
    assert (1, f"parvis: {other} was not written by this command: give a directory for the package alone\n") == (
        done.exit_code, done.stderr,
    )  # fmt: skip
    assert before == contents(folder.path / "package")
    assert ["locked_shop.py", "package"] == sorted(p.name for p in folder.path.iterdir())


def test_a_file_in_its_place_is_not_overwritten(folder: Any) -> None:
    (folder.path / "package").write_text("mine")
    assert 1 == folder.parvis("client", TARGET, "-o", "package").exit_code
    assert "mine" == (folder.path / "package").read_text()


@pytest.mark.parametrize("name", ["shop/types.py", "shop/link.py"])
def test_a_link_is_not_its_own(folder: Any, name: str) -> None:
    folder.parvis("client", TARGET, "-o", "package")
    (folder.path / "package" / name).unlink(missing_ok=True)
    os.symlink(folder.path / "package/shop/api.py", folder.path / "package" / name)
    done = folder.parvis("client", TARGET, "-o", "package")
    assert 1 == done.exit_code
    assert f"{name} was not written by this command" in done.stderr


def test_what_python_compiled_of_it_is_no_hindrance(folder: Any) -> None:
    folder.parvis("client", TARGET, "-o", "package")
    (folder.path / "package/shop/__pycache__").mkdir()
    (folder.path / "package/shop/__pycache__/api.cpython-311.pyc").write_bytes(b"\x00")
    assert 0 == folder.parvis("client", TARGET, "-o", "package").exit_code
    assert FILES == files(folder.path / "package")


@pytest.mark.parametrize("output", [".", ".."])
def test_the_directory_where_one_is_is_not_moved_away(folder: Any, output: str) -> None:
    done = folder.parvis("client", TARGET, "-o", output)
    assert (1, f"parvis: {output} is where you are: give a directory for the package alone, like ./package\n") == (
        done.exit_code, done.stderr,
    )  # fmt: skip


@pytest.mark.parametrize("failing", [1, 2])
def test_what_was_there_stays_when_writing_fails(folder: Any, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    folder.parvis("client", TARGET, "-o", "package", "--name", "tea")
    before = contents(folder.path / "package")
    rename, calls = Path.rename, []

    def fail(path: Path, to: Path) -> Path:
        calls.append(path)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail)
    done = folder.parvis("client", TARGET, "-o", "package")
    assert (1, "parvis: package cannot be written: No space left on device\n") == (done.exit_code, done.stderr)
    assert before == contents(folder.path / "package")
    assert ["locked_shop.py", "package"] == sorted(p.name for p in folder.path.iterdir())
