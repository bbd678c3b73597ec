"""The corpus holds what it says, two recordings of one tree agree, and a difference is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from corpus.asks import Stage
from corpus.compare import differences
from corpus.record import record
from corpus.stages import stages
from corpus.tree import HERE, Tree

ROOT = HERE.parents[1]
GROUPS = {
    "json", "query", "form", "multipart", "msgpack", "callers", "accept", "bodies", "uploads", "ranges", "conditions",
    "streams", "resources", "pages of results", "late", "lives", "agents: tools", "agents: messages", "lines",
    "repeats", "tokens", "documents", "methods", "origins", "preflights", "hosts", "proxies", "pages", "traces",
    "limits", "anonymous", "console", "console: lives", "explained", "hostile", "posted", "mounted",
}  # fmt: skip


def slice_of(folder: Path, name: str) -> Path:
    """A recording of a small part of the corpus: some calls of every kind, by each protocol of a server."""
    file = folder / name
    chosen = [stage for stage in stages() if stage.name == "calls"]
    with file.open("w") as out:
        for line in record(Tree(ROOT), chosen, every=30):
            out.write(json.dumps(line) + "\n")
    return file


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("recordings")
    with ThreadPoolExecutor() as pool:
        one, two = (pool.submit(slice_of, folder, name) for name in ("one", "two"))
        return one.result(), two.result()


def test_the_corpus_has_requests_of_every_kind() -> None:
    groups = Counter(story.group for stage in stages() for story in stage.stories for _ in story.asks)
    assert groups.total() > 5000
    assert set() == GROUPS - groups.keys()


def test_the_corpus_is_the_same_in_every_process() -> None:
    show = (
        "import hashlib; from corpus.stages import stages; print(hashlib.sha256(repr(stages()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", show], capture_output=True, text=True, check=True,
            env={"PYTHONPATH": str(HERE.parent), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert 1 == len(digests)


def test_each_request_has_a_name_of_its_own_in_its_group() -> None:
    for stage in stages():
        names = Counter((story.group, story.name, ask.name) for story in stage.stories for ask in story.asks)
        assert {} == {name: count for name, count in names.items() if count > 1}, stage.name


def test_two_recordings_of_one_tree_agree(recordings: tuple[Path, Path]) -> None:
    requests, told = differences(*recordings)
    assert [] == told
    assert requests > 150


def test_how_an_operation_runs_is_said_in_the_words_that_a_tree_knows(tmp_path: Path) -> None:
    stage = Stage("x", services={"till": {"target": "till:Till", "run": {"*": "threads:4", "balance": "inline"}}})
    told = Tree(ROOT).settings(stage, tmp_path)
    before = 'inline = ["balance"]\nthreads = 4\n'
    assert before in told or 'run = { "*" = "threads:4", "balance" = "inline" }\n' in told


def lines(recording: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in recording.read_text().splitlines()]


def test_a_recording_holds_answers_log_lines_records_and_tables(recordings: tuple[Path, Path]) -> None:
    found = lines(recordings[0])
    answered = [line for line in found if line.get("answer")]
    assert len([line for line in answered if line["log"]]) > 150
    assert len([line for line in answered if line["records"]]) > 80
    left = {str(line["ask"]): line["rows"] for line in found if "rows" in line}
    assert left.keys() >= {"refusal", "usage_day", "audit", "account", "api_key", "counts", "banner"}
    assert all(left[name] for name in ("refusal", "usage_day", "audit", "counts", "banner"))


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("answer", lambda rows: rows[:-1]),
        ("answer", lambda rows: [f"{rows[0]}!", *rows[1:]]),
        ("answer", lambda rows: [rows[0], rows[2], rows[1], *rows[3:]]),
        ("body", lambda text: text.replace(":", ": ", 1)),
        ("log", lambda rows: [{**rows[0], "caller": "another"}]),
        ("log", lambda rows: rows * 2),
        ("records", lambda rows: [{**rows[0], "cost": 7}]),
        ("records", lambda rows: []),
    ],
    ids=["a header less", "another reason", "another order", "a space", "another caller", "a line twice", "a cost",
         "no record"],
)  # fmt: skip
def test_a_difference_is_told_with_its_request(what: str, change: object, recordings: tuple[Path, Path]) -> None:
    old, _ = recordings
    changed = lines(old)
    one = next(line for line in changed if line["group"] == "json" and line["records"] and ":" in str(line["body"]))
    one[what] = change(one[what])  # type: ignore[operator]
    new = old.with_name("changed")
    new.write_text("".join(json.dumps(line) + "\n" for line in changed))
    _, (told,) = differences(old, new)
    assert str(one["ask"]) in told
    assert [f"   {sign}{what}:" in told for sign in "-+"] != [False, False]


def test_what_is_in_one_recording_alone_is_a_difference(recordings: tuple[Path, Path]) -> None:
    old, _ = recordings
    new = old.with_name("shorter")
    new.write_text("".join(json.dumps(line) + "\n" for line in lines(old)[:-1]))
    _, told = differences(old, new)
    assert ["only in the old recording"] == [each.splitlines()[-1].strip() for each in told]
    assert "only in the new recording" in differences(new, old)[1][0]
