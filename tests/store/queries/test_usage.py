"""The meter in the tables: each record counts once, and totals are the sums of calls."""

from collections import Counter
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from parvis.store import engine, schema
from parvis.store.queries import accounts, keys, plans, usage
from parvis.store.queries.usage import CallRow, Line, RefusedCalls, Total, periods
from samples import AT, DAY, HOUR, MINUTE, SECOND, account, key, line

pytestmark = pytest.mark.anyio

ALL = (0, 2**62)


async def fold(store, lines, end=None, refused=None):
    """Bring lines into the tables, up to behind the last of them unless said otherwise."""
    end = end or (lines[-1].segment, lines[-1].slot + 1)
    return await store.change(None, usage.fold, lines, end, refused)


async def calls(store, *args, **options):
    return await store.ask(usage.calls, *(args or (None,)), **options)


async def slots(store, *args, **options):
    return [row.slot for row in await calls(store, *args, **options)]


async def summary(store, by="day", account=None, since=0, until=2**62):
    return await store.ask(usage.summary, by, account, since, until)


def quotas(connection):
    return {(row.account, row.period, row.test): row.used for row in connection.execute(select(schema.quota))}


def total(at, **changes):
    made = {
        "account": "acc_1", "key": "k1", "operation": "shop.price", "test": False, "calls": 1, "failed": 0, "cost": 1,
        "items": 0, "microseconds": 1500,
    }  # fmt: skip
    return Total(at, **(made | changes))


@pytest.mark.parametrize(
    ("at", "named"),
    [
        (0, ("1970-01-01", "1970-01")),
        (AT, ("2023-11-14", "2023-11")),
        (1_709_251_199_999_999, ("2024-02-29", "2024-02")),
        (1_709_251_200_000_000, ("2024-03-01", "2024-03")),
    ],
)
def test_periods_are_days_and_months_of_utc(at, named):
    assert named == periods(at)


async def test_nothing_is_there_at_first(store):
    assert [None, [], [], [], []] == [
        await store.ask(usage.position),
        await calls(store),
        await summary(store),
        await store.ask(usage.recent, HOUR),
        await store.ask(usage.refusals, None, *ALL),
    ]


async def test_a_call_is_a_row_and_counts_in_its_hour_and_its_day_and_its_quotas(store):
    record = line(4, segment=3, status=404, code="not-found", cost=7, microseconds=12)

    assert 1 == await fold(store, [record])

    assert [
        CallRow(3, 4, AT, "acc_1", "k1", "shop.price", False, "0a1b2c3d4", 404, "not-found", 7, 0, 12)
    ] == await calls(store)
    counted = {"failed": 1, "cost": 7, "microseconds": 12}
    assert [total(AT - AT % HOUR, **counted)] == await summary(store, "hour")
    assert [total(AT - AT % DAY, **counted)] == await summary(store, "day")
    assert {("acc_1", "2023-11-14", 0): 7, ("acc_1", "2023-11", 0): 7} == await store.ask(quotas)
    assert (3, 5) == await store.ask(usage.position)


async def test_a_call_that_was_not_charged_is_counted_and_uses_no_quota(store):
    await fold(store, [line(0, cost=0, status=500, code="internal-error")])

    assert [total(AT - AT % DAY, cost=0, failed=1)] == await summary(store)
    assert {} == await store.ask(quotas)


async def test_totals_are_apart_by_account_key_operation_and_test(store):
    lines = [
        line(0), line(1), line(2, account="acc_2"), line(3, key="k2"), line(4, operation="shop.find"),
        line(5, test=True), line(6, account="anonymous", key=""),
    ]  # fmt: skip
    await fold(store, lines)

    begun = AT - AT % DAY
    assert [
        total(begun, operation="shop.find"),
        total(begun, calls=2, cost=2, microseconds=3000),
        total(begun, test=True),
        total(begun, key="k2"),
        total(begun, account="acc_2"),
        total(begun, account="anonymous", key=""),
    ] == await summary(store)
    used = {key: n for key, n in (await store.ask(quotas)).items() if key[1] == "2023-11"}
    assert {
        ("acc_1", "2023-11", 0): 4, ("acc_1", "2023-11", 1): 1, ("acc_2", "2023-11", 0): 1,
        ("anonymous", "2023-11", 0): 1,
    } == used  # fmt: skip


async def test_quotas_are_of_the_day_and_month_in_which_a_call_was_admitted(store):
    month_ends = 1_701_388_800_000_000  # 2023-12-01T00:00Z

    await fold(store, [line(0, at=month_ends - 1, cost=2), line(1, at=month_ends, cost=3)])
    await fold(store, [line(2, at=month_ends - 1, cost=5)])

    assert {
        ("acc_1", "2023-11-30", 0): 7, ("acc_1", "2023-11", 0): 7, ("acc_1", "2023-12-01", 0): 3,
        ("acc_1", "2023-12", 0): 3,
    } == await store.ask(quotas)  # fmt: skip


async def everything(store):
    def read(connection):
        tables = [t for t in schema.metadata.sorted_tables if t.name not in ("account", "plan", "api_key")]
        return {table.name: sorted(map(tuple, connection.execute(select(table)))) for table in tables}

    return await store.ask(read)


async def test_a_batch_counts_once_however_often_it_is_brought(store):
    batch = [
        line(0),
        line(1, status=500),
        line(2, kind="open", status=0, cost=2, microseconds=0),
        line(3, kind="more", items=4, status=0, opened=(1, 2)),
    ]
    assert 4 == await fold(store, batch)
    once = await everything(store)

    assert [0, 0, 0] == [await fold(store, batch) for _ in range(3)]
    assert once == await everything(store)


async def test_of_batches_that_overlap_each_record_counts_once(store):
    batch = [line(n) for n in range(10)]

    assert [4, 3, 0, 3] == [await fold(store, batch[a:b]) for a, b in ((0, 4), (2, 7), (1, 5), (0, 10))]
    assert [total(AT - AT % DAY, calls=10, cost=10, microseconds=15000)] == await summary(store)
    assert list(range(9, -1, -1)) == await slots(store)


async def test_a_batch_from_before_what_is_folded_counts_nothing_and_moves_nothing_back(store):
    await fold(store, [line(0, segment=2)], (2, 1))
    once = await everything(store)

    assert 0 == await fold(store, [line(0), line(1)], (1, 2))
    assert once == await everything(store)
    assert (2, 1) == await store.ask(usage.position)


async def test_the_place_moves_on_over_segments_without_a_record(store):
    await fold(store, [line(0)], (1, 1))
    assert 0 == await fold(store, [], (4, 0))

    assert (4, 0) == await store.ask(usage.position)
    assert 1 == await fold(store, [line(0, segment=4)], (4, 1))


async def test_a_fold_that_fails_counts_nothing_and_moves_nothing(store):
    await fold(store, [line(0)])
    before = await everything(store)

    def half(connection):
        usage.fold(connection, [line(1), line(2)], (1, 3), {RefusedCalls(AT, "acc_1", "shop.price", "rate-limited"): 2})
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await store.change(None, half)

    assert before == await everything(store)
    assert 2 == await fold(store, [line(1), line(2)])


def stream(slot, kind, opened, **changes):
    return line(slot, kind=kind, opened=opened, status=0, cost=0, microseconds=0, **changes)


async def test_a_stream_is_one_call_however_many_folds_it_takes(store):
    opened, hour = (1, 0), AT - AT % HOUR
    await fold(store, [line(0, kind="open", status=0, cost=5, microseconds=0)])
    running = (await calls(store), await summary(store, "hour"), await store.ask(quotas))
    await fold(store, [stream(1, "more", opened, items=10), line(2, key="k2"), stream(3, "more", opened, items=7)])
    further = (await calls(store, "acc_1", (1, 2)), (await summary(store, "hour"))[0])
    await fold(store, [line(0, segment=2, kind="close", opened=opened, status=200, cost=0, items=3, microseconds=90)])

    row = CallRow(1, 0, AT, "acc_1", "k1", "shop.price", False, "0a1b2c3d0", 0, "", 5, 0, 0)
    assert ([row], [total(hour, cost=5, microseconds=0)]) == running[:2]
    assert {("acc_1", "2023-11-14", 0): 5, ("acc_1", "2023-11", 0): 5} == running[2]
    assert 17 == further[0][0].items == further[1].items
    ended = (await calls(store, "acc_1", (1, 2)))[0]
    assert (200, "", 5, 20, 90) == (ended.status, ended.code, ended.cost, ended.items, ended.microseconds)
    assert total(hour, cost=5, items=20, microseconds=90) == (await summary(store, "hour"))[0]
    assert 6 == (await store.ask(quotas))["acc_1", "2023-11", 0]


async def test_a_stream_that_ends_badly_is_one_call_that_failed(store):
    await fold(store, [line(0, kind="open", status=0, microseconds=0)])
    await fold(store, [line(1, kind="close", opened=(1, 0), status=500, code="internal-error", cost=0, items=2)])

    (row,) = await calls(store, failed=True)
    assert (500, "internal-error", 1, 2) == (row.status, row.code, row.cost, row.items)
    assert [total(AT - AT % DAY, failed=1, items=2)] == await summary(store)


async def test_a_stream_that_nobody_closed_counts_once(store):
    await fold(store, [line(0, kind="open", status=0, microseconds=0), stream(1, "more", (1, 0), items=3)])

    assert [(0, 3)] == [(row.status, row.items) for row in await calls(store)]
    assert [total(AT - AT % DAY, items=3, microseconds=0)] == await summary(store)


async def test_two_streams_at_once_are_told_apart(store):
    opens = [line(n, kind="open", status=0, microseconds=0) for n in (0, 1)]
    await fold(store, [*opens, stream(2, "more", (1, 1), items=5), stream(3, "more", (1, 0), items=2)])
    await fold(store, [line(4, kind="close", opened=(1, 0), cost=0, items=1, microseconds=9)])

    assert [(1, 0, 5), (0, 200, 3)] == [(row.slot, row.status, row.items) for row in await calls(store)]


async def test_what_goes_on_from_a_call_that_was_pruned_is_counted_in_the_totals_and_harms_nothing(store):
    await fold(store, [line(0, kind="open", status=0, microseconds=0)])
    await store.change(None, usage.prune, AT + 1, 0)
    await fold(store, [line(1, kind="close", opened=(1, 0), cost=0, items=4, microseconds=9)])

    assert [] == await calls(store)
    assert [total(AT - AT % DAY, items=4, microseconds=9)] == await summary(store)


async def test_a_key_was_last_used_to_the_minute_and_never_earlier_than_before(store):
    await store.change(None, accounts.add, account())
    for id in ("k1", "k2"):
        await store.change(None, keys.add, key(id))

    async def last_used():
        return [(await store.ask(keys.by_id, id)).last_used_at for id in ("k1", "k2")]

    minute = AT - AT % MINUTE
    before = await last_used()
    await fold(store, [line(0, at=minute + 59 * SECOND), line(1, at=minute + 2 * MINUTE + 1), line(2, at=minute)])
    first = await last_used()
    await fold(
        store, [line(3, at=minute), line(4, key="k2"), line(5, key="gone"), line(6, key="", account="anonymous")]
    )

    assert ([None, None], [minute + 2 * MINUTE, None]) == (before, first)
    assert [minute + 2 * MINUTE, minute] == await last_used()


async def test_what_is_refused_before_it_is_admitted_adds_up_by_the_minute(store):
    minute = AT - AT % MINUTE
    limited = RefusedCalls(minute, "acc_1", "shop.price", "rate-limited")
    later = limited._replace(at=minute + MINUTE)
    await fold(store, [line(0)], None, {limited: 3, limited._replace(account=""): 2, later: 1})
    await fold(store, [], (1, 1), {limited: 4, limited._replace(code="key-revoked"): 5})

    refusals = usage.refusals
    assert [("shop.price", "key-revoked", 5), ("shop.price", "rate-limited", 10)] == await store.ask(
        refusals, None, *ALL
    )
    assert [("shop.price", "key-revoked", 5), ("shop.price", "rate-limited", 7)] == await store.ask(
        refusals, "acc_1", minute, minute + MINUTE
    )
    assert [("shop.price", "rate-limited", 1)] == await store.ask(refusals, "acc_1", minute + 1, 2**62)
    assert 1 == len(await calls(store))


async def test_calls_are_newest_first_in_pages_that_neither_miss_nor_repeat_one(store):
    # Several of one moment, and a moment that lies before the one of an earlier record: streams and slow calls.
    ats = [AT, AT + 5, AT + 5, AT + 5, AT + 2, AT + 9, AT + 5]
    await fold(store, [line(n, segment=1 + n // 4, at=at) for n, at in enumerate(ats)])
    whole = await calls(store)

    pages, before = [], None
    while rows := await calls(store, None, before, 2):
        pages.append(rows)
        before = (rows[-1].segment, rows[-1].slot)

    assert [5, 6, 3, 2, 1, 4, 0] == [row.slot for row in whole]
    assert whole == [row for rows in pages for row in rows]
    assert [2, 2, 2, 1] == [len(rows) for rows in pages]


async def test_calls_are_of_one_account_since_a_time_and_those_that_failed_when_asked(store):
    await fold(store, [
        line(0), line(1, account="acc_2"), line(2, at=AT + 10, status=404), line(3, at=AT + 20, status=399),
        line(4, at=AT + 30, status=400, account="acc_2"),
    ])  # fmt: skip

    assert [3, 2, 0] == await slots(store, "acc_1")
    assert [4, 2] == await slots(store, None, failed=True)
    assert [2] == await slots(store, "acc_1", failed=True)
    assert [4, 3, 2] == await slots(store, None, since=AT + 10)
    assert [] == await slots(store, "acc_1", (7, 7))
    assert [] == await slots(store, "nul_or_nobody")


async def test_totals_are_from_a_time_on_and_before_another_and_at_most_so_many(store):
    hours = [AT - AT % HOUR + n * HOUR for n in range(4)]
    await fold(store, [line(n, at=at) for n, at in enumerate(hours)])

    assert hours[1:3] == [t.at for t in await summary(store, "hour", None, hours[1], hours[3])]
    assert hours[:2] == [t.at for t in await store.ask(usage.summary, "hour", "acc_1", 0, 2**62, 2)]
    assert [] == await summary(store, "hour", "acc_2")


async def test_the_last_calls_are_those_that_reach_so_far_back_from_the_very_last(store):
    await fold(store, [line(0, at=AT - 1001), line(1, at=AT - 1000, test=True), line(2, at=AT, account="acc_2")])

    assert [("acc_1", True, AT - 1000), ("acc_2", False, AT)] == sorted(await store.ask(usage.recent, 1000))


async def test_who_called_some_operations_is_told_by_key_whoever_called_last_first(store):
    old = {"operation": "shop.quote"}
    await fold(
        store,
        [
            line(0, **old, at=AT), line(1, **old, at=AT + DAY), line(2, at=AT + DAY), line(3, **old, key="k2", at=AT),
            line(4, **old, account="acc_2", key="k3", at=AT + 2 * DAY), line(5, **old, test=True, at=AT),
            line(6, operation="shop.old", at=AT - 5 * DAY),
        ],
    )  # fmt: skip
    first = AT - AT % DAY
    expected = [
        ("acc_2", "k3", "shop.quote", False, 1, first + 2 * DAY),
        ("acc_1", "k1", "shop.quote", False, 2, first + DAY),
        ("acc_1", "k1", "shop.quote", True, 1, first),
        ("acc_1", "k2", "shop.quote", False, 1, first),
    ]
    names = ("shop.quote", "shop.old")
    assert expected == await store.ask(usage.callers, names, None, first)
    assert expected[1:] == await store.ask(usage.callers, names, "acc_1", first)
    assert expected[:2] == await store.ask(usage.callers, names, None, first, 2)
    assert [] == await store.ask(usage.callers, (), None, 0)


async def test_what_is_old_goes_and_the_totals_of_days_stay(store):
    old, new = AT, AT + 130 * DAY
    refused = {RefusedCalls(at, "acc_1", "shop.price", "rate-limited"): 1 for at in (old, new)}
    await fold(store, [line(0, at=old), line(1, at=new)], None, refused)

    gone = await store.change(None, usage.prune, new - 30 * DAY, new - 90 * DAY)

    assert 1 == gone
    assert [1] == await slots(store)
    assert [new - new % HOUR] == [t.at for t in await summary(store, "hour")]
    assert [old - old % DAY, new - new % DAY] == [t.at for t in await summary(store, "day")]
    assert [("shop.price", "rate-limited", 1)] == await store.ask(usage.refusals, None, *ALL)
    assert {"2024-03-23", "2024-03"} == {period for _, period, _ in await store.ask(quotas)}
    assert 0 == await store.change(None, usage.prune, new - 30 * DAY, new - 90 * DAY)


async def test_the_quotas_of_the_month_that_hours_reach_into_stay(store):
    await fold(store, [line(0, at=AT - 14 * DAY), line(1, at=AT)])
    await store.change(None, usage.prune, AT, AT)

    assert {"2023-11", "2023-11-14"} == {period for _, period, _ in await store.ask(quotas)}


async def test_of_many_old_calls_at_most_so_many_go_at_once_the_oldest_first(store):
    await fold(store, [line(n, at=AT + n) for n in range(5)])

    gone = [await store.change(None, usage.prune, AT + 4, 0, 3) for _ in range(3)]

    assert [3, 1, 0] == gone
    assert [4] == await slots(store)


lines = st.builds(
    Line,
    segment=st.just(1),
    slot=st.just(0),
    kind=st.just("call"),
    at=st.sampled_from([AT, AT + HOUR, AT + DAY, AT + 30 * DAY, AT - 1]),
    account=st.sampled_from(["acc_1", "acc_2"]),
    key=st.sampled_from(["k1", "k2", ""]),
    operation=st.sampled_from(["shop.price", "shop.find"]),
    test=st.booleans(),
    request=st.just("r"),
    status=st.sampled_from([200, 204, 399, 400, 500]),
    code=st.just(""),
    cost=st.integers(0, 5),
    items=st.just(0),
    microseconds=st.integers(0, 2**32 - 1),
)


def naive(records: list[Line], span: int) -> dict[tuple[object, ...], list[int]]:
    sums: dict[tuple[object, ...], list[int]] = {}
    for r in records:
        place = (r.at // span * span, r.account, r.key, r.operation, r.test)
        before = sums.get(place, [0] * 5)
        added = (1, r.status >= 400, r.cost, r.items, r.microseconds)
        sums[place] = [a + b for a, b in zip(before, added, strict=True)]
    return sums


@settings(max_examples=25, deadline=None)
@given(st.lists(lines, max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6))
def test_totals_and_quotas_are_the_sums_of_calls_whatever_the_batches(drawn, cuts):
    records = [record._replace(slot=n, request=f"r{n}") for n, record in enumerate(drawn)]
    database = engine.in_memory()

    def run(work) -> object:
        with database.execution_options(parvis_write=True).begin() as connection:
            return work(connection)

    def folded(connection: Connection) -> None:
        for a, b in sorted((min(pair), max(pair)) for pair in cuts):
            # As they would be brought: none is left out between what is folded and what comes.
            done = (usage.position(connection) or (1, 0))[1]
            usage.fold(connection, records[min(a, done) : b], (1, min(b, len(records))))
        usage.fold(connection, records, (1, len(records)))

    run(schema.metadata.create_all)
    run(plans.seed)
    run(folded)
    rows = run(lambda c: usage.calls(c, None, limit=1000))
    totals = {by: run(lambda c, by=by: usage.summary(c, by, None, *ALL)) for by in ("hour", "day")}
    used = run(quotas)
    database.dispose()

    assert Counter(record.request for record in records) == Counter(row.request for row in rows)
    for by, span in (("hour", HOUR), ("day", DAY)):
        assert naive(records, span) == {astuple(t)[:5]: list(astuple(t)[5:]) for t in totals[by]}
    expected = Counter()
    for record in records:
        for period in periods(record.at):
            expected[record.account, period, int(record.test)] += record.cost
    assert +expected == used
