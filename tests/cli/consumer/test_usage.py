"""``parvis usage``: into a file all of it, at a terminal a table."""

import dataclasses
import json

import pytest

from terminal import plain, terminal

from .conftest import BASIC, EMAIL, PASSWORD, authorization

CALLS = [
    {"id": "1-2", "at": "2026-01-02T03:04:05Z", "key": "k1", "operation": "shop.price", "test": True,
     "request_id": "r2", "status": 404, "code": "declared-error", "cost": 0, "seconds": 0.0015},
    {"id": "1-1", "at": "2026-01-02T03:04:04Z", "key": "k1", "operation": "shop.price", "test": False,
     "request_id": "r1", "status": 200, "code": "", "cost": 2, "seconds": 0.25},
]  # fmt: skip

USED = [
    {"at": "2026-01-02T00:00:00Z", "key": "k1", "operation": "shop.price", "test": False, "calls": 1200, "failed": 3,
     "cost": 1197, "seconds": 1.5},
    {"at": "2026-01-03T00:00:00Z", "key": "k1", "operation": "shop.[red]find", "test": False, "calls": 4, "failed": 0,
     "cost": 4, "seconds": 0.25},
]  # fmt: skip


@pytest.fixture
def metered(console, run):
    """The console with a meter that was read, and a key that is kept."""

    def export(what="calls", format="jsonl"):
        rows = CALLS if what == "calls" else USED
        if format == "csv":
            yield ",".join(rows[0])
        for row in rows:
            yield json.dumps(row) if format == "jsonl" else ",".join(map(str, row.values()))

    refused = [{"operation": "shop.price", "code": "rate-limited", "calls": 7}]
    console.operations |= {
        "usage.summary": lambda by: {"used": USED, "refused": refused},
        "usage.calls": lambda limit, failed: [row for row in CALLS if row["status"] >= 400 or not failed],
        "usage.export": export,
    }
    run("register", console.url, "--email", EMAIL, PARVIS_PASSWORD=PASSWORD)
    return console


def asked(wire, name):
    return [json.loads(body) for _, seen, _, body in wire.seen if seen == f"/parvis/v1/{name}"]


def test_usage_into_a_file_is_all_of_it_as_json_lines_by_the_kept_key(metered, run):
    result = run("usage", metered.url)
    assert (0, USED, "") == (result.exit_code, [json.loads(x) for x in result.stdout.splitlines()], result.stderr)
    assert ["Bearer pv_live_k1"] == authorization(metered, "/parvis/v1/usage.export")
    assert [{"what": "day", "format": "jsonl"}] == asked(metered, "usage.export")


def test_usage_with_an_e_mail_is_asked_for_with_the_password(metered, run):
    assert 0 == run("usage", metered.url, "--by", "hour", "--email", EMAIL, PARVIS_PASSWORD=PASSWORD).exit_code
    assert [BASIC] == authorization(metered, "/parvis/v1/usage.export")
    assert [{"what": "hour", "format": "jsonl"}] == asked(metered, "usage.export")


def test_usage_as_csv_has_the_names_of_the_columns_first(metered, run):
    lines = run("usage", metered.url, "--csv").stdout.splitlines()
    assert (3, ",".join(USED[0])) == (len(lines), lines[0])


@pytest.mark.parametrize("words", [("--failed",), ("--failed", "--calls"), ("--failed", "--jsonl")])
def test_calls_that_failed_are_asked_for_alone(metered, run, words):
    rows = [json.loads(line) for line in run("usage", metered.url, *words).stdout.splitlines()]
    assert [CALLS[0]] == rows
    assert [{"what": "calls", "format": "jsonl"}] == asked(metered, "usage.export")


def test_calls_that_failed_come_as_csv_too(metered, run):
    lines = run("usage", metered.url, "--failed", "--csv").stdout.splitlines()
    assert [",".join(CALLS[0]), ",".join(map(str, CALLS[0].values()))] == lines


def test_a_terminal_shows_usage_as_a_table_with_its_sum_and_what_was_refused(metered):
    code, seen = terminal("usage", metered.url, NO_COLOR="1")
    lines = [line.split() for line in plain(seen).splitlines()]
    assert 0 == code
    assert ["2026-01-02", "shop.price", "k1", "1200", "3", "1197", "1.500"] in lines
    assert ["2026-01-03", "shop.[red]find", "k1", "4", "0", "4", "0.250"] in lines
    assert ["all", "1204", "3", "1201", "1.750"] in lines
    assert ["shop.price", "rate-limited", "7"] in lines


def test_a_terminal_shows_calls_with_the_reason_of_those_that_failed(metered):
    code, seen = terminal("usage", metered.url, "--failed", NO_COLOR="1")
    lines = [line.split() for line in plain(seen).splitlines()]
    row = ["2026-01-02", "03:04:05", "shop.price", "k1", "(test)", "404", "declared-error", "r2", "0", "1.5"]
    assert (0, True) == (code, row in lines)


def test_a_terminal_is_told_when_there_is_nothing_to_show(metered):
    metered.operations["usage.calls"] = lambda limit, failed: []
    assert (0, True) == ((done := terminal("usage", metered.url, "--calls"))[0], "There are none." in done[1])


def test_a_server_that_keeps_no_usage_is_told_in_a_sentence(metered, run):
    found = metered.contracts["/parvis/v1"]
    kept = tuple(o for o in found.operations if not o.name.startswith("usage."))
    metered.contracts["/parvis/v1"] = dataclasses.replace(found, operations=kept)
    result = run("usage", metered.url)
    assert (1, "") == (result.exit_code, result.stdout)
    assert "is not as this command expects it\nKeyError: 'usage.export'\nWhat to do: " in result.stderr
