"""What was called: totals, single calls and exports, of one's own account alone."""

import csv
import dataclasses
import io
import json
from datetime import timedelta

import pytest

from console.conftest import OPERATOR, PASSWORD
from parvis.access.clock import as_datetime
from parvis.contract.caller import Caller
from parvis.store.queries import usage
from parvis.store.queries.usage import DAY, HOUR, MINUTE
from samples import line

pytestmark = pytest.mark.anyio

ADA, BOB = Caller("password", "acc_ada"), Caller("password", "acc_bob")


async def metered(site, *lines, refused=None):
    """These records folded in; those without a time are of now."""
    await site.store.change(None, usage.fold, lines, (1, len(lines)), refused)


def at(site, seconds=0):
    return site.clock.now() + seconds * 1_000_000


async def exported(call):
    return [text async for text in call]


async def test_totals_are_by_time_key_and_operation(any_site):
    site = any_site
    ada = {"account": "acc_ada", "at": at(site)}
    await metered(
        site,
        line(0, **ada, cost=2),
        line(1, **ada, status=422, code="invalid-arguments"),
        line(2, **ada, operation="shop.find", test=True, cost=0),
        line(3, **{**ada, "at": at(site, -3600)}, key="k2"),
        line(4, account="acc_bob", at=at(site)),
    )

    by_hour = await site.console.usage.summary("hour", caller=ADA)
    by_day = await site.console.usage.summary(caller=ADA)

    def told(summary):
        return [(u.at, u.key, u.operation, u.test, u.calls, u.failed, u.cost, u.seconds) for u in summary.used]

    this, before = (as_datetime(moment - moment % HOUR) for moment in (at(site), at(site, -3600)))
    today = as_datetime(at(site) - at(site) % DAY)
    assert [
        (before, "k2", "shop.price", False, 1, 0, 1, 0.0015),
        (this, "k1", "shop.find", True, 1, 0, 0, 0.0015),
        (this, "k1", "shop.price", False, 2, 1, 3, 0.003),
    ] == told(by_hour)
    assert [today] * 3 == [used.at for used in by_day.used]
    assert [2, 1, 1] == sorted((used.calls for used in by_day.used), reverse=True)


async def test_a_summary_begins_and_ends_where_it_is_told_to(site):
    lines = [line(n, account="acc_ada", at=at(site, -n * 3600)) for n in range(5)]
    await metered(site, *lines)
    now = as_datetime(site.clock.now())

    async def hours(**span):
        return len((await site.console.usage.summary("hour", **span, caller=ADA)).used)

    assert 5 == await hours()
    assert 3 == await hours(since=now - timedelta(hours=2)), "the hour that it begins in is whole"
    assert 2 == await hours(until=now - timedelta(hours=2, minutes=30))
    assert 0 == await hours(since=now + timedelta(hours=1))


async def test_what_was_refused_before_it_ran_is_told_beside(any_site):
    site = any_site
    minute = site.clock.now() - site.clock.now() % MINUTE
    refused = {
        usage.RefusedCalls(minute, "acc_ada", "shop.price", "rate-limited"): 3,
        usage.RefusedCalls(minute - MINUTE, "acc_ada", "shop.price", "rate-limited"): 4,
        usage.RefusedCalls(minute, "acc_bob", "shop.price", "rate-limited"): 5,
        usage.RefusedCalls(minute, "", "", "unknown-operation"): 1,
    }
    await metered(site, refused=refused)

    mine = await site.console.usage.summary(caller=ADA)
    every = await site.console.usage.summary(account="*", caller=OPERATOR)

    assert [("shop.price", "rate-limited", 7)] == [dataclasses.astuple(each) for each in mine.refused]
    assert [("", "unknown-operation", 1), ("shop.price", "rate-limited", 12)] == [
        dataclasses.astuple(each) for each in every.refused
    ]


async def test_single_calls_are_newest_first_with_the_reason_of_those_that_failed(any_site):
    site = any_site
    ada = {"account": "acc_ada"}
    await metered(
        site,
        line(0, **ada, at=at(site, 1)),
        line(1, **ada, at=at(site, 2), status=404, code="declared-error"),
        line(2, **ada, at=at(site, 3), status=503, code="unavailable", cost=0),
        line(3, account="acc_bob", at=at(site, 4), status=500, code="internal-error"),
    )

    calls = await site.console.usage.calls(caller=ADA)
    failed = await site.console.usage.calls(failed=True, caller=ADA)
    since = await site.console.usage.calls(since=as_datetime(at(site, 2)), caller=ADA)

    assert [("1-2", 503, "unavailable", 0), ("1-1", 404, "declared-error", 1), ("1-0", 200, "", 1)] == [
        (call.id, call.status, call.code, call.cost) for call in calls
    ]
    assert calls[:2] == failed == since
    assert ("acc_ada", "k1", "shop.price", "0a1b2c3d2") == (
        calls[0].account, calls[0].key, calls[0].operation, calls[0].request_id
    )  # fmt: skip


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("limit", [1, 5, 100])
async def test_pages_leave_no_gap_and_tell_nothing_twice(any_site, limit, failed):
    """Also where many calls were made in the same moment, and others come in between two pages."""
    site = any_site
    lines = [
        line(slot, segment, account="acc_ada", at=at(site, slot // 5), status=500 if slot % 2 else 200)
        for segment in (1, 2) for slot in range(12)
    ]  # fmt: skip
    await site.store.change(None, usage.fold, lines, (3, 0))
    expected = [call.id for call in await site.console.usage.calls(failed=failed, caller=ADA)]

    found, after = [], None
    while page := await site.console.usage.calls(after, limit, failed, caller=ADA):
        found += [call.id for call in page]
        after = page[-1].id
        newer = line(len(found), 9, account="acc_ada", at=at(site, 100), status=500)
        await site.store.change(None, usage.fold, [newer], (9, len(found) + 1))

    assert 12 * (1 if failed else 2) == len(expected)
    assert expected == found


@pytest.mark.parametrize("after", ["", "x", "1", "1-", "-1", "1-2-3", "1-x", "²-1", "1" * 50 + "-1", "nul\0"])
async def test_what_is_no_id_of_a_call_is_refused(site, refuses, after):
    refusal = await refuses("invalid-arguments", site.console.usage.calls(after, caller=ADA))

    assert ["after"] == [error["location"] for error in refusal.members["errors"]]


async def test_after_a_call_that_is_not_there_comes_nothing(any_site):
    await metered(any_site, line(0, account="acc_ada", at=at(any_site)))

    for after in ("7-7", "0-0", "9" * 18 + "-" + "9" * 19):
        assert [] == await any_site.console.usage.calls(after, caller=ADA)


async def test_everybody_sees_its_own_and_the_operator_all(any_site, refuses):
    site = any_site
    await metered(site, *(line(n, account=who, at=at(site)) for n, who in enumerate(["acc_ada", "acc_bob", "acc_ada"])))
    see = site.console.usage

    for caller in (ADA, Caller("key", "acc_ada", "k1"), Caller("token", "acc_ada", "k1")):
        assert {"acc_ada"} == {call.account for call in await see.calls(caller=caller)}
        assert await see.calls(caller=caller) == await see.calls(account="acc_ada", caller=caller)
        for other in ("acc_bob", "*", "acc_none", ""):
            for call in (see.calls(account=other, caller=caller), see.summary(account=other, caller=caller)):
                await refuses("not-found", call)
            await refuses("not-found", exported(see.export(account=other, caller=caller)))
    assert 3 == len(await see.calls(account="*", caller=OPERATOR))
    assert 1 == len(await see.calls(account="acc_bob", caller=OPERATOR))
    assert 2 == len((await see.summary(account="*", caller=OPERATOR)).used)
    assert 3 == len(await exported(see.export(account="*", caller=OPERATOR)))
    assert [] == await see.calls(account="acc_none", caller=OPERATOR)
    assert [] == (await see.summary(account="acc_none", caller=OPERATOR)).used
    for impossible in ("nul\0", "\ud800"):
        await refuses("not-found", see.calls(account=impossible, caller=OPERATOR))
        await refuses("not-found", see.summary(account=impossible, caller=OPERATOR))


async def test_what_was_recorded_up_to_now_is_folded_in_first(site):
    folded = []

    async def fold():
        folded.append(1)

    site.folds.append(fold)
    await site.console.usage.summary(caller=ADA)
    await site.console.usage.calls(caller=ADA)
    await exported(site.console.usage.export(caller=ADA))

    assert [1, 1, 1] == folded


# Exports


@pytest.mark.parametrize("what", ["calls", "hour", "day"])
async def test_json_lines_and_csv_hold_the_same_rows_as_the_answers(any_site, what):
    site = any_site
    await metered(site, *(line(n, account="acc_ada", at=at(site, n), key=f"k{n % 2}", test=n > 4) for n in range(7)))
    export = site.console.usage.export

    objects = [json.loads(text) for text in await exported(export(what, caller=ADA))]
    texts = await exported(export(what, "csv", caller=ADA))
    rows = list(csv.DictReader(io.StringIO("\r\n".join(texts))))
    if what == "calls":
        answers = await site.console.usage.calls(caller=ADA)
    else:
        answers = (await site.console.usage.summary(what, caller=ADA)).used

    plain = [{name: _plain(value) for name, value in dataclasses.asdict(answer).items()} for answer in answers]
    assert plain == objects
    assert [{name: str(value) for name, value in row.items()} for row in plain] == rows
    assert not [text for text in texts if "\n" in text or "\r" in text]


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


async def test_an_export_is_whole_however_long_it_is(site):
    lines = [line(n, account="acc_ada", at=at(site, n // 7)) for n in range(2500)]
    await metered(site, *lines)

    ids = [json.loads(text)["id"] for text in await exported(site.console.usage.export(caller=ADA))]

    assert [f"1-{n}" for n in reversed(range(2500))] == ids


async def test_an_export_of_nothing_is_nothing_but_the_names_of_the_columns(site):
    export = site.console.usage.export

    assert [] == await exported(export(caller=ADA))
    assert ["id,at,account,key,operation,test,request_id,status,code,cost,items,seconds"] == await exported(
        export("calls", "csv", caller=ADA)
    )


async def test_an_export_begins_where_it_is_told_to(site):
    await metered(site, *(line(n, account="acc_ada", at=at(site, n)) for n in range(4)))

    texts = await exported(site.console.usage.export(since=as_datetime(at(site, 2)), caller=ADA))

    assert ["1-3", "1-2"] == [json.loads(text)["id"] for text in texts]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "|", "%"])
async def test_no_cell_of_csv_is_run_by_a_spreadsheet(site, begins):
    """However it came into the table: an id may name anything."""
    bad = f"{begins}cmd|' /C calc'!A0"
    await metered(site, line(0, account="acc_ada", at=at(site), operation=bad, key=bad, code=bad))

    for what in ("calls", "day"):
        header, row = await exported(site.console.usage.export(what, "csv", caller=ADA))
        cells = dict(zip(next(csv.reader([header])), next(csv.reader(io.StringIO(row, newline=""))), strict=True))
        assert {f"'{bad}"} == {cells["operation"], cells["key"]}
        assert not [cell for cell in cells.values() if cell.startswith(begins)]


# On the wire


def test_calls_by_a_key_are_told_to_who_made_them(serve):
    server = serve(costs={"price": 3})
    server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD})
    ada = {"basic": ("ada@x.org", PASSWORD)}
    made = server.console("keys.create", body={"label": "one", "rights": ["shop.price", "shop.find"]}, **ada).json
    answers = [server.call("shop.price", made["secret"], item="tea"), server.call("shop.price", made["secret"])]
    server.clock.advance(60)
    refused = server.ask("POST", "/shop/v1/find", {"limit": 5000}, key=made["secret"])

    calls = server.ask("GET", "/parvis/v1/usage/calls", key=made["secret"]).json
    failed = server.ask("GET", "/parvis/v1/usage/calls?failed=true&limit=1", key=made["secret"]).json
    summary = server.ask("GET", "/parvis/v1/usage/summary", **ada).json
    listed = server.ask("GET", "/parvis/v1/keys", **ada).json

    assert [200, 422, 422] == [answer.status for answer in (*answers, refused)]
    assert [(422, "invalid-arguments", 0), (422, "invalid-arguments", 0), (200, "", 3)] == [
        (call["status"], call["code"], call["cost"]) for call in calls
    ]
    assert [answer.headers["x-request-id"] for answer in (refused, *reversed(answers))] == [
        call["request_id"] for call in calls
    ]
    assert calls[:1] == failed
    assert {"shop.find": (1, 1, 0), "shop.price": (2, 1, 3)} == {
        used["operation"]: (used["calls"], used["failed"], used["cost"]) for used in summary["used"]
    }
    assert ["2023-11-14T22:14:00Z"] == [key["last_used_at"] for key in listed]


def test_an_export_goes_out_as_lines(serve):
    server = serve()
    key = server.key()
    for _ in range(3):
        server.call("shop.find", key)

    answer = server.console("usage.export", key=key)

    assert ["1-2", "1-1", "1-0"] == [json.loads(each)["id"] for each in answer.lines]


async def test_without_a_running_server_nobody_knows_what_is_deprecated(site, refuses):
    await refuses("unavailable", site.console.usage.deprecated(caller=OPERATOR))
