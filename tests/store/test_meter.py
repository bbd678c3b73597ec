"""The meter with a real journal: it loses nothing and counts nothing twice, whenever its process ends."""

import asyncio
import errno
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

import meters
from meters import BOOT, Bench, bench, effect
from parvis.access.plans import DEFAULT
from parvis.access.rights import Rights
from parvis.contract.outcomes import Refusal
from parvis.store import journal as journal_module
from parvis.store import meter as module
from parvis.store.in_hand import ENDED, LeftBehind
from parvis.store.journal import numbers, path_of
from parvis.store.journal_format import NOWHERE, RECORD_BYTES, Position
from parvis.store.meter import CODES
from parvis.store.queries import keys, usage
from parvis.store.records import QuotaUsed
from parvis.store.sql import SqlStore
from samples import AT, HOUR, MINUTE, account

pytestmark = pytest.mark.anyio

ALL = (0, 2**62)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "journal"


@pytest.fixture
def data(tmp_path):
    """Where a quick store that remembers is kept."""
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Segments and batches that are soon full."""
    monkeypatch.setattr(journal_module, "SLOTS", 32)
    monkeypatch.setattr(module, "AT_ONCE", 20)


async def called(store):
    """The numbers of the requests that are in the tables, oldest first."""
    rows = await store.ask(usage.calls, None, limit=100_000)
    return [int(row.request[len(BOOT) :], 16) for row in reversed(rows)]


async def room(made, slots=1):
    while made.meter.room < slots:
        await asyncio.sleep(0.001)


async def write(made, first, last):
    for n in range(first, last + 1):
        await room(made)
        made.call(n)


# Folding.


async def test_what_is_written_is_in_the_tables_once_it_is_folded(data, directory):
    async with bench(data, directory) as made:
        made.call(0xAB, status=404, code="not-found", cost=3)
        before = await called(made.store)
        await made.meter.fold()
        (row,) = await made.store.ask(usage.calls, "acc_1")

    assert [] == before
    assert (AT, "acc_1", "k1", "shop.price", False, f"{BOOT}ab", 404, "not-found", 3, 0, 1500) == (
        row.at, row.account, row.key, row.operation, row.test, row.request, row.status, row.code, row.cost, row.items,
        row.microseconds,
    )  # fmt: skip


async def test_folding_again_changes_nothing_and_goes_on_where_it_was(data, directory):
    async with bench(data, directory) as made:
        await write(made, 1, 100)  # over several segments, in several batches
        await made.meter.fold()
        await made.meter.fold()
        await write(made, 101, 130)
        left = made.meter.unfolded
        await asyncio.gather(*(made.meter.fold() for _ in range(3)))

        assert (30, 0) == (left, made.meter.unfolded)
        assert list(range(1, 131)) == await called(made.store)


async def test_what_is_written_while_others_are_folded_counts_with_the_next_fold(data, directory, monkeypatch):
    reading, go = threading.Event(), threading.Event()
    real = usage.fold

    def fold(*args):
        reading.set()
        assert go.wait(10)
        return real(*args)

    monkeypatch.setattr(usage, "fold", fold)
    async with bench(data, directory) as made:
        await write(made, 1, 30)
        folding = asyncio.ensure_future(made.meter.fold())
        await asyncio.to_thread(reading.wait, 10)
        await write(made, 31, 50)
        go.set()
        await folding
        first = (made.meter.unfolded, await called(made.store))
        await made.meter.fold()

        assert (20, list(range(1, 31))) == first
        assert (0, list(range(1, 51))) == (made.meter.unfolded, await called(made.store))


async def test_what_is_folded_is_dropped_from_the_disk(data, directory):
    async with bench(data, directory) as made:
        await write(made, 1, 100)
        before = numbers(directory)
        await made.meter.fold()

        assert (1, 4) == (before[0], numbers(directory)[0])


async def test_folding_goes_on_by_itself(data, directory, monkeypatch):
    monkeypatch.setattr(module, "FOLD", 0.01)
    async with bench(data, directory) as made:
        for last in (10, 20):
            await write(made, last - 9, last)
            async with asyncio.timeout(10):
                while await called(made.store) != list(range(1, last + 1)):
                    await asyncio.sleep(0.01)


async def test_what_is_kept_long_enough_is_cleared_by_itself(data, directory, monkeypatch):
    monkeypatch.setattr(module, "FOLD", 0.01)
    monkeypatch.setattr(module, "FIRST_PRUNE", 0.05)
    async with bench(data, directory, calls_kept=7) as made:
        made.call(1)
        await made.meter.fold()
        made.clock.advance(7 * 86_400 + 1)
        made.call(2)
        async with asyncio.timeout(10):
            while await called(made.store) != [2]:
                await asyncio.sleep(0.01)
        totals = await made.store.ask(usage.summary, "day", None, *ALL)

    assert 2 == sum(total.calls for total in totals)


async def test_a_stream_opens_goes_on_and_ends_over_several_folds(data, directory):
    async with bench(data, directory) as made:
        opened = made.open(1)
        await made.meter.fold()
        assert made.more(1, opened, 3)
        await made.meter.fold()
        assert made.more(1, opened, 4)
        made.close(1, opened, 2, status=500, code="internal-error")
        await made.meter.fold()
        (row,) = await made.store.ask(usage.calls, None)
        (total,) = await made.store.ask(usage.summary, "day", None, *ALL)

    assert (500, "internal-error", 5, 9, 90) == (row.status, row.code, row.cost, row.items, row.microseconds)
    assert (1, 1, 5, 9, 90) == (total.calls, total.failed, total.cost, total.items, total.microseconds)


async def test_calls_that_a_killed_process_had_in_hand_have_an_end_and_cost_nothing_more(data, directory):
    async with bench(data, directory) as made:
        made.call(1)
        opened = made.open(2)
        assert made.more(2, opened, 3)
    call = LeftBehind(f"{BOOT}3", "shop.price", "k1", "acc_1", "k1", False, AT, NOWHERE)
    left = [
        call, call._replace(request=f"{BOOT}2", operation="shop.ticks", opened=opened),
        call._replace(request=f"{BOOT}4", account=""),  # nothing is recorded of it
        call._replace(request=f"{BOOT}5", operation="gone.by", test=True),
    ]  # fmt: skip
    async with bench(data, directory, "ffff0000", ended=BOOT, left=left) as made:
        made.call(1)
        await made.meter.fold()
        rows = await made.store.ask(usage.calls, None)
        totals = await made.store.ask(usage.summary, "day", None, *ALL)
    assert {
        f"{BOOT}1": (200, "", 1, 0), f"{BOOT}2": (500, ENDED, 5, 3), f"{BOOT}3": (500, ENDED, 0, 0),
        f"{BOOT}5": (500, ENDED, 0, 0), "ffff00001": (200, "", 1, 0),
    } == {row.request: (row.status, row.code, row.cost, row.items) for row in rows}  # fmt: skip
    assert (5, 3, 7) == tuple(sum(getattr(total, name) for total in totals) for name in ("calls", "failed", "cost"))
    async with bench(data, directory) as made:
        assert 5 == len(await made.store.ask(usage.calls, None))


async def test_what_cannot_be_read_of_a_killed_process_keeps_nothing_from_starting(data, directory, caplog):
    call = LeftBehind("not its own", "shop.price", "k1", "acc_1", "k1", False, 2**70, Position(-1, -1))
    async with bench(data, directory, ended=BOOT, left=[call]) as made:
        made.call(1)
        await made.meter.fold()
        assert 1 == len(await made.store.ask(usage.calls, None))
    assert "1 calls of a process that was killed could not be recorded" in caplog.text


async def test_a_code_that_no_table_has_is_none(data, directory):
    async with bench(data, directory) as made:
        made.call(1, status=418, code="teapot")
        await made.meter.fold()

        assert [(418, "")] == [(row.status, row.code) for row in await made.store.ask(usage.calls, None)]
    assert ("", len(CODES)) == (CODES[0], len(set(CODES)))


async def test_calls_that_are_refused_are_counted_by_the_minute_with_the_next_fold(data, directory):
    async with bench(data, directory) as made:
        for account_id, times in (("acc_1", 3), ("", 2)):
            for _ in range(times):
                made.meter.refused(account_id, "shop.price", "rate-limited")
        made.clock.advance(60)
        made.meter.refused("acc_1", "shop.price", "rate-limited")
        await made.meter.fold()
        await made.meter.fold()
        minute = AT - AT % MINUTE

        counted = [
            await made.store.ask(usage.refusals, whose, since, since + MINUTE)
            for whose, since in (("acc_1", minute), ("", minute), ("acc_1", minute + MINUTE))
        ]
    assert [[("shop.price", "rate-limited", n)] for n in (3, 2, 1)] == counted


async def test_a_quota_is_forgotten_by_memory_only_when_the_tables_have_it(data, directory):
    async with bench(data, directory) as made:
        made.call(1, cost=7)
        kept = made.account_cache.held("acc_1")
        made.clock.advance(3600)
        made.account_cache._drop_idle()
        before = kept.stale
        await made.meter.fold()
        made.account_cache._drop_idle()
        found = await made.store.ask(keys.used, "acc_1", "2023-11-14", "2023-11", test=False)

    assert (False, True, QuotaUsed(7, 7)) == (before, kept.stale, found)


# Over a restart.


async def test_what_was_written_is_folded_at_the_end(data, directory):
    async with bench(data, directory) as made:
        await write(made, 1, 50)

    store = await SqlStore.open(data)
    assert list(range(1, 51)) == await called(store)
    await store.close()


async def test_numbers_of_segments_are_never_used_again(data, directory):
    first = []
    for _ in range(3):
        async with bench(data, directory) as made:
            first.append(numbers(directory)[0])
            made.call(1)

    for path in directory.iterdir():  # lost, and what is folded says still up to where it was
        path.unlink()
    async with bench(data, directory) as made:
        made.call(2)
        await made.meter.fold()
        first.append(numbers(directory)[0])
        assert [1, 1, 1, 2] == await called(made.store)

    assert sorted(set(first)) == first


def unclosed(data, directory):
    """A process that ends with its records in the journal alone: the store is closed and nothing is folded."""

    async def run(work):
        store = await SqlStore.open(data)
        made = Bench(store, directory, BOOT)
        await made.meter.open()
        made.know("acc_1")
        await work(made)
        for task in filter(None, (made.meter._running, made.meter._providing)):
            task.cancel()
            await asyncio.wait([task])
        made.meter._journal.close()
        await store.close()

    return run


async def test_what_an_earlier_process_wrote_is_folded_before_the_next_begins(data, directory):
    await unclosed(data, directory)(lambda made: write(made, 1, 70))

    store = await SqlStore.open(data)
    made = Bench(store, directory, "ffffffff")
    await made.meter.open()
    found = await called(store)
    await made.meter.close()
    await store.close()

    assert list(range(1, 71)) == found


async def test_operations_and_codes_keep_their_names_though_the_next_process_has_others(data, directory, monkeypatch):
    async def work(made):
        made.call(1, status=404, code="not-found")
        made.close(2, made.open(2), 1)

    await unclosed(data, directory)(work)
    monkeypatch.setattr(meters, "NAMES", ("other.thing", "shop.ticks", "shop.price"))
    monkeypatch.setattr(module, "CODES", ("", "another"))

    async with bench(data, directory, "ffffffff") as made:
        made.call(3)
        await made.meter.fold()
        rows = await made.store.ask(usage.calls, None)

    assert {
        (f"{BOOT}1", "shop.price", "not-found"), (f"{BOOT}2", "shop.ticks", ""), ("ffffffff3", "shop.price", ""),
    } == {(row.request, row.operation, row.code) for row in rows}  # fmt: skip


async def test_who_called_lately_is_known_after_a_restart_and_so_is_what_was_used(data, directory):
    async def work(made):
        for n in range(DEFAULT.burst):
            await room(made)
            made.call(n, cost=2)

    await unclosed(data, directory)(work)

    async with bench(data, directory) as made:
        found = await made.store.ask(keys.used, "acc_1", "2023-11-14", "2023-11", test=False)
        made.account_cache = type(made.account_cache)(made.clock)
        await made.meter.fold()
    store = await SqlStore.open(data)
    again = Bench(store, directory, "ffffffff")
    await again.meter.open()
    state = again.account_cache.of(account(), DEFAULT, Rights.of(("*",)), found, QuotaUsed())
    left = {row[0]: row[2] for row in state.live.state(DEFAULT, again.meter.now(), again.clock.tick())}
    refused = state.live.admit(DEFAULT, 1, again.meter.now(), again.clock.tick())
    await again.meter.close()
    await store.close()

    assert ({"rate": 0, "day": DEFAULT.day - 2 * DEFAULT.burst}, "rate") == (left, refused.policy)


async def test_time_goes_on_from_the_last_record_though_the_clock_stepped_back(data, directory):
    async def work(made):
        made.clock.advance(3600)
        made.call(1)

    await unclosed(data, directory)(work)

    async with bench(data, directory) as made:
        assert AT + HOUR == made.meter.now()


async def test_a_damaged_record_is_told_and_the_others_are_counted(data, directory, caplog):
    await unclosed(data, directory)(lambda made: write(made, 1, 40))
    path = path_of(directory, 1)
    blob = bytearray(path.read_bytes())
    blob[-10 * RECORD_BYTES + 5] ^= 0xFF
    path.write_bytes(blob)

    async with bench(data, directory, "ffffffff") as made:
        assert [n for n in range(1, 41) if n != 23] == await called(made.store)
    assert "1 records of the journal are damaged and not counted" in caplog.text


# Killed at exact points.


class Child:
    """Processes that were killed, one after the other, over the same data; and what each acknowledged."""

    def __init__(self, where, directory):
        self._command = [sys.executable, "-W", "error", meters.__file__, str(where), str(directory)]
        self._environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self.said: dict[str, int] = {}

    def run(self, point, after=None):
        boot = f"{len(self.said) + 1:08x}"
        with subprocess.Popen([*self._command, boot, point], env=self._environment, stdout=subprocess.PIPE) as process:
            if after is not None:
                process.stdout.read(1)
                killer = threading.Timer(after, process.kill)
                killer.start()
            self.said[boot] = len(process.stdout.read()) + (after is not None)
        assert -signal.SIGKILL == process.returncode

    async def check(self, store):
        """Every acknowledged record counts once; of each process at most one more, which it could not say any more."""
        rows = await store.ask(usage.calls, None, limit=100_000)
        found = {row.request: (row.status, row.items, row.cost) for row in rows}
        assert len(rows) == len(found)
        for boot, records in self.said.items():
            mine = {id: told for id, told in found.items() if id.startswith(boot)}
            assert mine in (effect(boot, records), effect(boot, records + 1)), (boot, records)
        sums = [len(found), sum(items for _, items, _ in found.values()), sum(cost for *_, cost in found.values())]
        for by in ("hour", "day"):
            totals = await store.ask(usage.summary, by, None, *ALL)
            assert sums == [sum(getattr(t, name) for t in totals) for name in ("calls", "items", "cost")]
        assert QuotaUsed(sums[2], sums[2]) == await store.ask(keys.used, "acc_1", "2023-11-14", "2023-11", test=False)
        return rows


async def recovered(where, directory):
    """A store over which a meter was opened and closed, after a crash."""
    async with bench(where, directory, "ffffffff"):
        pass
    return await SqlStore.open(where)


def left(data, directory):
    """What a killed process left: files that are half made, and whether segments are folded and not dropped."""
    with sqlite3.connect(data / "parvis.db") as connection:
        ((segment, slot),) = connection.execute("SELECT segment, slot FROM journal")
    connection.close()
    files = sorted(path.suffix for path in (*directory.iterdir(), *data.parent.iterdir()) if path.is_file())
    return {suffix for suffix in files if suffix != ".seg"}, numbers(directory)[0] < segment, (segment, slot)


LEFT = {
    "a segment is made": ({".new"}, False),
    "a segment has its name": (set(), False),
    "folded, not committed": (set(), False),
    "committed, nothing dropped": (set(), True),
    "a segment is dropped": (set(), False),
    "in the midst of a backup": ({".unfinished", ".unfinished-journal"}, False),
    "the backup has no name yet": ({".unfinished"}, False),
}


@pytest.mark.parametrize("point", LEFT)
async def test_a_process_that_is_killed_at_this_point_loses_and_doubles_nothing(data, directory, point):
    child = Child(data, directory)
    await asyncio.to_thread(child.run, point)
    *behind, folded = left(data, directory)
    assert LEFT[point] == tuple(behind)
    # Of the first folding, fifty records, or of its first batch.
    expected = {"folded, not committed": (1, 20), "a segment is dropped": (2, 18)}.get(point, folded)
    assert expected == folded

    store = await recovered(data, directory)
    rows = await child.check(store)
    if "backup" in point:  # what it left half made is in nobody's way
        await store.backup(str(data.parent / "backup.db"))
    await store.close()

    assert 40 <= len(rows)
    assert [] == [path.name for path in directory.iterdir() if path.suffix != ".seg"]
    assert [] == [path.name for path in data.parent.iterdir() if "unfinished" in path.name]


@pytest.mark.parametrize("point", ["folded, not committed", "committed, nothing dropped"])
async def test_a_process_that_is_killed_at_this_point_loses_and_doubles_nothing_on_postgresql(
    postgresql_url, directory, point
):
    child = Child(postgresql_url, directory)
    await asyncio.to_thread(child.run, point)

    store = await recovered(postgresql_url, directory)
    await child.check(store)
    await store.close()


async def test_a_process_that_is_killed_again_and_again_while_it_recovers_loses_and_doubles_nothing(data, directory):
    child = Child(data, directory)
    for point in (
        "written, not folded",  # two hundred records
        "folded, not committed",  # the next three die at their start: two in the second batch of what there is yet
        "folded, not committed",
        "a segment is dropped",
        "a segment is made",  # and this one writes on before it dies
    ):
        await asyncio.to_thread(child.run, point)
    first, *others, last = child.said.values()

    store = await recovered(data, directory)
    await child.check(store)
    await store.close()

    assert (200, [0, 0, 0]) == (first, others)
    assert last > 0


async def test_a_process_that_is_killed_at_any_moment_loses_and_doubles_nothing(data, directory):
    seed = random.SystemRandom().randrange(2**32)
    moments = random.Random(seed)
    child = Child(data, directory)
    for _ in range(3):
        await asyncio.to_thread(child.run, "never", moments.uniform(0, 0.3))

    store = await recovered(data, directory)
    try:
        await child.check(store)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}") from error
    finally:
        await store.close()


# No room.


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root on Linux, to mount a small tmpfs")
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "parvis-test", str(mount)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"may not mount a tmpfs here: {done.stderr.strip()}")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


def fill(path):
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            assert errno.ENOSPC == error.errno


@pytest.mark.parametrize("by", ["somebody", "folding"])
async def test_a_full_disk_refuses_reservations_loses_no_record_and_recovers_when_there_is_room_made_by(
    data, small_disk, monkeypatch, caplog, by
):
    monkeypatch.setattr(module, "AGAIN", 0.01)
    async with bench(data, small_disk / "journal") as made:
        await room(made, 64)
        fill(small_disk / "filler")
        n = 0
        while made.meter.reserve(1):
            made.meter.release(1)
            n += 1
            made.call(n)
            await asyncio.sleep(0)
        admitted = n
        await asyncio.sleep(0.05)
        still = made.meter.reserve(1)

        if by == "somebody":
            (small_disk / "filler").unlink()
        else:  # the store stands elsewhere, and what it has is dropped from this disk
            await made.meter.fold()
        async with asyncio.timeout(10):
            await room(made, 20)
        await write(made, n + 1, n + 20)
        await made.meter.fold()
        after = await called(made.store)

    assert 64 <= admitted
    assert (False, list(range(1, n + 21))) == (still, after)
    told = [record.message for record in caplog.records if record.name == "parvis.meter"]
    assert ["calls are refused when the journal is full", "there is room for the journal again"] == [
        message.partition(",")[0] for message in told[:2]
    ]


async def test_a_start_on_a_full_disk_refuses_calls_until_there_is_room(data, small_disk, monkeypatch, caplog):
    monkeypatch.setattr(module, "AGAIN", 0.01)
    (small_disk / "journal").mkdir()
    fill(small_disk / "filler")
    async with bench(data, small_disk / "journal") as made:
        refused = made.meter.reserve(1)
        (small_disk / "filler").unlink()
        async with asyncio.timeout(10):
            await room(made)
        made.call(1)
        await made.meter.fold()
        assert (False, [1]) == (refused, await called(made.store))
    assert "calls are refused until there is room" in caplog.text


async def test_where_there_is_no_room_for_how_far_a_stream_has_come_its_end_tells_it(data, directory, monkeypatch):
    async with bench(data, directory) as made:
        await room(made, 64)

        def full(*_):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "posix_fallocate", full)
        opened = made.open(1)
        while made.meter.reserve(1):
            pass
        told = made.more(1, opened, 3)
        made.close(1, opened, 3)
        monkeypatch.undo()
        await made.meter.fold()
        (row,) = await made.store.ask(usage.calls, None)

    assert (False, 200, 3) == (told, row.status, row.items)


async def test_a_record_that_the_disk_refuses_is_told_and_its_slot_is_free_again(data, directory, monkeypatch, caplog):
    async with bench(data, directory) as made:
        await room(made, 64)
        before = made.meter.room

        def broken(*_):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(journal_module, "_pwrite", broken)
        with pytest.raises(Refusal) as refused:
            made.call(1)
        monkeypatch.setattr(journal_module, "_pwrite", os.pwrite)
        there = made.meter.room
        made.call(2)
        await made.meter.fold()
        assert [2] == await called(made.store)

    assert ("unavailable", {"outcome": "unknown"}) == (refused.value.outcome.code, refused.value.members)
    assert before == there
    assert "a record could not be written" in caplog.text


# Waiting for the disk.


@pytest.fixture
def synced(monkeypatch):
    """How often the disk was waited for; the waiting takes as long as a gate is shut."""
    gate = threading.Event()
    gate.set()
    calls = []

    def sync(file):
        calls.append(file)
        assert gate.wait(10)

    monkeypatch.setattr(journal_module, "_sync_data", sync)
    return calls, gate


async def test_many_that_wait_for_the_disk_at_once_share_one_wait(data, directory, synced):
    calls, _ = synced
    async with bench(data, directory, waits=True) as made:
        for n in range(20):
            made.call(n)
        calls.clear()
        await asyncio.gather(*(made.meter.synced() for _ in range(20)))
        once = len(calls)
        await made.meter.synced()

        assert (True, 1, 2) == (made.meter.waits, once, len(calls))


async def test_who_writes_while_others_wait_for_the_disk_waits_for_the_next_time(data, directory, synced):
    calls, gate = synced
    async with bench(data, directory, waits=True) as made:
        made.call(1)
        gate.clear()
        calls.clear()
        first = asyncio.ensure_future(made.meter.synced())
        while not calls:
            await asyncio.sleep(0.001)
        made.call(2)
        rest = [asyncio.ensure_future(made.meter.synced()) for _ in range(10)]
        await asyncio.sleep(0.02)
        early = ([task.done() for task in (first, *rest)], len(calls))
        gate.set()
        await asyncio.gather(first, *rest)

    assert ([False] * 11, 1) == early
    assert 2 == len(calls)


async def test_a_disk_that_fails_is_told_to_all_who_wait_and_to_none_after(data, directory, monkeypatch):
    async with bench(data, directory, waits=True) as made:
        made.call(1)

        def broken(_):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(journal_module, "_sync_data", broken)
        told = await asyncio.gather(*(made.meter.synced() for _ in range(3)), return_exceptions=True)
        monkeypatch.undo()
        await made.meter.synced()

    assert [("unavailable", {"outcome": "unknown"})] * 3 == [(r.outcome.code, r.members) for r in told]


async def test_who_waits_and_goes_away_takes_no_other_s_wait_with_it(data, directory, synced):
    _, gate = synced
    async with bench(data, directory, waits=True) as made:
        made.call(1)
        gate.clear()
        one, two = (asyncio.ensure_future(made.meter.synced()) for _ in range(2))
        await asyncio.sleep(0.01)
        one.cancel()
        gate.set()
        await two

    assert (True, None) == (one.cancelled(), two.exception())


# A store that fails.


@pytest.fixture
def failing(monkeypatch):
    """A switch: while it is on, no change of the store is made."""
    switch = asyncio.Event()
    real = SqlStore.change

    async def change(self, signed, query, *args, **kwargs):
        if switch.is_set():
            raise Refusal("unavailable")
        return await real(self, signed, query, *args, **kwargs)

    monkeypatch.setattr(SqlStore, "change", change)
    return switch


async def test_while_the_store_fails_records_wait_in_the_journal_and_then_count_once(
    data, directory, failing, monkeypatch
):
    monkeypatch.setattr(module, "FOLD", 0.005)
    async with bench(data, directory) as made:
        await write(made, 1, 10)
        failing.set()
        await write(made, 11, 90)
        made.meter.refused("acc_1", "shop.price", "rate-limited")
        with pytest.raises(Refusal):
            await made.meter.fold()
        await asyncio.sleep(0.05)  # it is tried again, and again
        waiting = made.meter.unfolded
        kept = numbers(directory)
        failing.clear()
        async with asyncio.timeout(10):
            while made.meter.unfolded:
                await asyncio.sleep(0.005)

        assert list(range(1, 91)) == await called(made.store)
        assert [("shop.price", "rate-limited", 1)] == await made.store.ask(usage.refusals, None, *ALL)
    assert 80 <= waiting
    assert 3 <= len(kept)


async def test_an_end_while_the_store_fails_leaves_the_records_to_the_next_start(data, directory, failing):
    async with bench(data, directory) as made:
        await write(made, 1, 40)
        failing.set()
    failing.clear()

    async with bench(data, directory, "ffffffff") as made:
        assert list(range(1, 41)) == await called(made.store)


async def test_a_fault_in_folding_is_logged_and_it_is_tried_again(data, directory, monkeypatch, caplog):
    monkeypatch.setattr(module, "FOLD", 0.005)
    real, faults = usage.fold, iter([LookupError("a fault of ours")])

    def fold(*args):
        if fault := next(faults, None):
            raise fault
        return real(*args)

    monkeypatch.setattr(usage, "fold", fold)
    async with bench(data, directory) as made:
        made.call(1)
        async with asyncio.timeout(10):
            while made.meter.unfolded:
                await asyncio.sleep(0.005)
        assert [1] == await called(made.store)
    assert "folding failed; the records wait in the journal" in caplog.text


async def test_who_asks_to_fold_and_goes_away_has_nothing_counted_twice(data, directory, monkeypatch):
    written, go = asyncio.Event(), asyncio.Event()
    real = SqlStore.change

    async def change(self, signed, query, *args, **kwargs):
        result = await real(self, signed, query, *args, **kwargs)
        written.set()
        await go.wait()
        return result

    async with bench(data, directory) as made:
        made.call(1)
        made.meter.refused("acc_1", "shop.price", "rate-limited")
        monkeypatch.setattr(SqlStore, "change", change)
        folding = asyncio.ensure_future(made.meter.fold())
        await written.wait()
        folding.cancel()
        await asyncio.wait([folding])
        go.set()
        await made.meter.fold()

        assert [1] == await called(made.store)
        assert [("shop.price", "rate-limited", 1)] == await made.store.ask(usage.refusals, None, *ALL)
