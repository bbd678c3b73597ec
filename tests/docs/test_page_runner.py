"""The runner of pages fails where a page and what happens differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_runner import Differs, agrees, blocks, run_page


def page(tmp_path: Path, *fences: str) -> Path:
    path = tmp_path / "page.md"
    path.write_text("# A page\n\n" + "\n\n".join(fences) + "\n")
    return path


def test_right_output_passes(tmp_path: Path) -> None:
    run_page(page(tmp_path, "```console\n$ echo one; echo two\none\ntwo\n```"), tmp_path)


def test_wrong_output_fails_and_shows_both(tmp_path: Path) -> None:
    with pytest.raises(Differs, match=r"line 4: `echo one` shows\ntwo\n--- and really gives\none"):
        run_page(page(tmp_path, "```console\n$ echo one\ntwo\n```"), tmp_path)


def test_missing_output_fails(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="really gives"):
        run_page(page(tmp_path, "```console\n$ true\nout\n```"), tmp_path)


def test_a_failing_command_without_shown_output_fails(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="ended with 3"):
        run_page(page(tmp_path, "```console\n$ exit 3\n```"), tmp_path)


def test_a_wrong_python_session_fails(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="Expected:\n    3\nGot:\n    2"):
        run_page(page(tmp_path, "```pycon\n>>> 1 + 1\n3\n```"), tmp_path)


def test_a_python_session_lasts_and_sees_what_the_shell_exports(tmp_path: Path) -> None:
    fences = (
        "```console\n$ export WHO=Ada\n```",
        "```pycon\n>>> import os\n>>> who = os.environ['WHO']\n```",
        "```pycon\n>>> who\n'Ada'\n```",
    )
    run_page(page(tmp_path, *fences), tmp_path)


def test_a_named_block_is_a_file_and_a_bare_one_a_program(tmp_path: Path) -> None:
    named = "```python\n# one.py\nvalue = 1\n```"
    run_page(page(tmp_path, named, "```python\nimport one\n\nassert one.value == 1\n```"), tmp_path)


def test_a_failing_program_fails(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="AssertionError"):
        run_page(page(tmp_path, "```python\nassert 1 == 2\n```"), tmp_path)


def test_a_block_of_another_language_fails_rather_than_not_running(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="'sh' is not run"):
        run_page(page(tmp_path, "```sh\necho one\n```"), tmp_path)


def test_a_server_that_refuses_to_start_is_compared_too(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="there is no module 'nothing_here'"):
        run_page(page(tmp_path, "```console\n$ parvis serve nothing_here:Shop\nit serves\n```"), tmp_path)


def test_a_question_mark_is_filled_in_and_reported(tmp_path: Path) -> None:
    assert {5: "one"} == run_page(page(tmp_path, "```console\n$ echo one\n?\n```"), tmp_path)


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ("a ... c", "a b c"),
        ("a\n...\nd", "a\nb\nc\nd"),
        ("a\n...\nd", "a\nd"),
        ("a\n...", "a"),
        ("...\nb", "a\nb"),
        ("│ ...   │", "│ abcdef │"),
        ("a", "\na  \n\n"),
    ],
)
def test_an_ellipsis_stands_for_anything(shown: str, actual: str) -> None:
    assert agrees(shown, actual)


@pytest.mark.parametrize(
    ("shown", "actual"),
    [("a ... c", "a b d"), ("a ... c", "a\nc"), ("a\n...\nd", "a\nb"), ("a", "a\nb"), ("a.c", "abc"), ("a", "b")],
)
def test_all_else_is_taken_to_the_letter(shown: str, actual: str) -> None:
    assert not agrees(shown, actual)


def test_what_needs_the_place_store_is_a_run_of_its_own() -> None:
    one, two, three, four = (f"```text\n{number}\n```\n" for number in range(1, 5))
    text = f"# A\n{one}## B\n<!-- needs: places -->\n{two}### C\n{three}## D\n{four}"
    assert ["1\n", "4\n"] == [block.text for block in blocks(text)]
    assert ["2\n", "3\n"] == [block.text for block in blocks(text, places=True)]
