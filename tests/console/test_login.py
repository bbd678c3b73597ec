"""Name and password: what they open, how often they may be tried, and what a wrong one tells (nothing)."""

import asyncio
import threading
import time

import pytest

from console.conftest import ADDRESS, OPERATOR, PASSWORD
from parvis.access import passwords
from parvis.console.hashing import Hashing
from parvis.contract.outcomes import Refusal

pytestmark = pytest.mark.anyio

WRONG = "a wrong one"
ELSEWHERE = "198.51.100.9"


@pytest.fixture
def verified(monkeypatch):
    """What was hashed to compare, in order: what was kept, None for nobody."""
    asked, real = [], passwords.verify

    def verify(kept, password):
        asked.append(kept)
        return real(kept, password)

    monkeypatch.setattr(passwords, "verify", verify)
    return asked


async def attempts(site, names, password=WRONG, address=ADDRESS):
    """The codes of what each attempt is told; empty for one that opened."""
    codes = []
    for name in names:
        try:
            await site.login.authenticate(name, password, address)
            codes.append("")
        except Refusal as refusal:
            codes.append(refusal.outcome.code)
    return codes


async def test_an_e_mail_in_any_case_or_the_account_s_id_opens_the_console_and_no_service(any_site):
    ada = await any_site.register()

    found = [await any_site.login.authenticate(name, PASSWORD, ADDRESS) for name in ("ADA@example.org", ada.account)]

    assert found[0].account == found[1].account == ada.account
    assert {"password"} == {each.kind for each in found}
    assert found[0].rights.allows("parvis.keys.create")
    assert not found[0].rights.allows("shop.price")


@pytest.mark.parametrize("password", [PASSWORD.upper(), f"{PASSWORD} ", "", "x" * 2000, "\ud800"])
async def test_a_wrong_name_or_password_is_told_alike(site, refuses, password):
    await site.register()

    for name in ("ada@example.org", "bob@example.org", "acc_none", "", "@", "a\0@b", "\ud800"):
        refusal = await refuses("password-wrong", site.login.authenticate(name, password, ADDRESS))
        assert ("", {}, {}) == (refusal.detail, refusal.values, refusal.members)


async def test_the_right_password_of_nobody_opens_nothing(site):
    await site.register()

    assert ["password-wrong"] * 2 == await attempts(site, ["bob@example.org", "acc_none"], PASSWORD)


async def test_a_name_that_is_not_known_costs_one_hash_like_one_that_is(site, verified):
    ada = await site.register()
    gone = await site.register("gone@example.org")
    await site.console.accounts.erase(caller=gone)

    await attempts(site, ["ada@example.org", ada.account, "bob@example.org", "acc_none", gone.account])

    assert [True, True, False, False, False] == [kept is not None for kept in verified]


async def test_both_take_as_long():
    """With real passwords: the hash is nearly all of it, and it is the same work for nobody."""
    hashed = passwords.hash_password(PASSWORD)
    spans = {None: [], hashed: []}
    for _ in range(5):
        for kept, taken in spans.items():
            began = time.process_time()
            assert not passwords.verify(kept, WRONG)
            taken.append(time.process_time() - began)

    unknown, known = (min(taken) for taken in spans.values())
    assert 0.5 < unknown / known < 2


async def test_a_key_s_id_and_secret_are_no_log_in(site):
    made = await site.key(await site.register())

    assert ["password-wrong"] == await attempts(site, [made.id], made.secret)


# How often


async def test_five_failures_are_free_and_then_nothing_is_hashed_until_the_wait_is_over(site, refuses, verified):
    await site.register()

    assert ["password-wrong"] * 6 == await attempts(site, ["ada@example.org"] * 6)
    refusal = await refuses("too-many-attempts", site.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    hashed = len(verified)
    site.clock.advance(refusal.values["seconds"])
    assert [""] == await attempts(site, ["ada@example.org"], PASSWORD)

    assert 6 == hashed
    assert {"seconds": 1} == refusal.values


async def test_the_waits_double_up_to_an_hour(site):
    await site.register()
    await attempts(site, ["ada@example.org"] * 6)
    waits = []
    for _ in range(14):
        with pytest.raises(Refusal) as refused:
            await site.login.authenticate("ada@example.org", WRONG, ADDRESS)
        waits.append(refused.value.values["seconds"])
        site.clock.advance(waits[-1])
        assert ["password-wrong"] == await attempts(site, ["ada@example.org"])

    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600] == waits


async def test_an_unknown_name_waits_like_a_known_one(site):
    await site.register()

    known = await attempts(site, ["ada@example.org"] * 8)
    unknown = await attempts(site, ["bob@example.org"] * 8)

    assert known == unknown == ["password-wrong"] * 6 + ["too-many-attempts"] * 2


async def test_another_case_of_a_name_is_no_other_name(site):
    await site.register()

    codes = await attempts(site, ["ada@example.org", "ADA@example.org", "Ada@Example.Org"] * 3)

    assert ["password-wrong"] * 6 + ["too-many-attempts"] * 3 == codes


async def test_a_stranger_s_failures_do_not_lock_out_who_logged_in_from_elsewhere(site):
    await site.register()
    assert [""] == await attempts(site, ["ada@example.org"], PASSWORD)
    for number in range(30):
        await attempts(site, ["ada@example.org"] * 6, address=f"198.51.100.{number}")

    assert ["too-many-attempts"] == await attempts(site, ["ada@example.org"], PASSWORD, "203.0.113.1")
    assert [""] == await attempts(site, ["ada@example.org"], PASSWORD)


async def test_a_success_forgets_the_failures_before_it(site):
    await site.register()
    for _ in range(3):
        await attempts(site, ["ada@example.org"] * 4)
        assert [""] == await attempts(site, ["ada@example.org"], PASSWORD)


async def test_who_guesses_many_names_from_one_block_waits_for_all_of_them(site):
    await site.register()
    codes = await attempts(site, [f"{number}@example.org" for number in range(60)], address="2001:db8:1:2::1")

    assert {"password-wrong", "too-many-attempts"} == set(codes)
    assert 51 == codes.index("too-many-attempts")
    assert ["too-many-attempts"] == await attempts(site, ["ada@example.org"], PASSWORD, "2001:db8:1:2:ffff::9")
    assert [""] == await attempts(site, ["ada@example.org"], PASSWORD, "2001:db8:1:3::1")


# The audit


async def test_every_refused_log_in_is_an_entry_that_names_the_account_and_no_name(any_site):
    ada = await any_site.register()
    acts = await any_site.acts()

    await attempts(any_site, ["ada@example.org", ada.account, "bob@example.org"], address=ELSEWHERE)
    entries = (await any_site.console.audit.list(caller=OPERATOR))[len(acts) :]

    assert ["login.refused"] * 3 == [entry.act for entry in entries]
    assert [ada.account, ada.account, "unknown"] == [entry.subject for entry in entries]
    assert {("anonymous", "{}")} == {(entry.actor, entry.detail) for entry in entries}
    assert [ELSEWHERE] * 2 == [
        row.address
        for row in (await any_site.console.accounts.export(caller=ada)).addresses
        if row.address == ELSEWHERE
    ]


async def test_one_that_opens_and_one_that_is_made_to_wait_are_none(site):
    await site.register()
    await attempts(site, ["ada@example.org"], PASSWORD)
    await attempts(site, ["ada@example.org"] * 9)

    assert 6 == (await site.acts()).count("login.refused")


# On the wire


def test_basic_takes_the_e_mail_or_the_id(serve):
    server = serve()
    id = server.console("accounts.create", body={"email": "ada@x.org", "password": PASSWORD}).json["id"]

    answers = [server.console("accounts.get", basic=(name, PASSWORD)) for name in ("ada@x.org", "ADA@x.org", id)]

    assert [(200, id)] * 3 == [(answer.status, answer.json["id"]) for answer in answers]


def test_a_password_with_a_colon_and_other_letters_than_ascii_opens(serve):
    server = serve()
    password = "mot: de: passe é☃"
    server.console("accounts.create", body={"email": "ada@x.org", "password": password})

    assert 200 == server.console("accounts.get", basic=("ada@x.org", password)).status


def test_too_many_attempts_are_429_with_the_time_to_wait(serve):
    server = serve()
    answers = [server.console("accounts.get", basic=("ada@x.org", WRONG)) for _ in range(7)]

    assert [401] * 6 + [429] == [answer.status for answer in answers]
    assert ("too-many-attempts", "1") == (answers[-1].json["code"], answers[-1].headers["retry-after"])
    assert "Wait 1 seconds before you try again." == answers[-1].json["fix"]


def test_a_password_is_not_hashed_for_a_service(serve, verified):
    server = serve()
    answer = server.ask("POST", "/shop/v1/find", {}, basic=("ada@x.org", PASSWORD))

    assert (401, "password-not-accepted", []) == (answer.status, answer.json["code"], verified)


# The threads that hash


async def test_hashing_leaves_the_event_loop_free():
    hashing, turns = Hashing(cores=1), 0
    hash = asyncio.ensure_future(hashing.hash(PASSWORD))
    while not hash.done():
        turns += 1
        await asyncio.sleep(0.001)
    hashing.close()

    assert await hashing_verifies(await hash)
    assert turns > 3


async def hashing_verifies(kept):
    hashing = Hashing(cores=1)
    answer = await hashing.verify(kept, PASSWORD)
    hashing.close()
    return answer


async def test_at_most_one_hash_a_core_runs_and_a_full_queue_is_refused(monkeypatch):
    gate, running, most = threading.Event(), [], []

    def slow(kept, password):
        running.append(password)
        most.append(len(running))
        gate.wait(20)
        running.remove(password)
        return True

    monkeypatch.setattr(passwords, "verify", slow)
    hashing = Hashing(cores=2, waiting=5)
    asked = [asyncio.ensure_future(hashing.verify(None, str(n))) for n in range(8)]
    await asyncio.sleep(0.1)
    refused = [task.exception() for task in asked if task.done()]
    gone = asked[4]
    gone.cancel()  # one that was queued hangs up: there is room for another
    await asyncio.sleep(0.05)
    late = asyncio.ensure_future(hashing.verify(None, "late"))
    still_full = asyncio.ensure_future(hashing.verify(None, "too late"))
    await asyncio.sleep(0.05)
    gate.set()
    results = await asyncio.gather(*asked, late, still_full, return_exceptions=True)
    hashing.close()

    assert ["unavailable"] * 3 == [error.outcome.code for error in refused]
    assert 2 == max(most)
    assert [True, True, True, True] == results[:4]
    assert isinstance(results[4], asyncio.CancelledError)
    assert results[8] is True
    assert isinstance(results[9], Refusal)


async def test_one_who_hangs_up_in_the_midst_of_a_hash_makes_no_room_that_is_not_there(monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(passwords, "verify", lambda *_: gate.wait(20))
    hashing = Hashing(cores=1, waiting=1)
    asked = asyncio.ensure_future(hashing.verify(None, "x"))
    await asyncio.sleep(0.05)
    asked.cancel()
    await asyncio.sleep(0.05)

    with pytest.raises(Refusal):
        await hashing.verify(None, "y")
    gate.set()
    hashing.close()


async def test_logging_in_while_too_many_do_is_unavailable_and_no_failure(site, monkeypatch):
    await site.register()
    site.login._hashing = full = Hashing(cores=1, waiting=1)
    gate = threading.Event()
    monkeypatch.setattr(passwords, "verify", lambda *_: gate.wait(20))
    first = asyncio.ensure_future(site.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    await asyncio.sleep(0.05)

    assert ["unavailable"] * 9 == await attempts(site, ["ada@example.org"] * 9, PASSWORD)
    gate.set()
    await first
    full.close()

    assert "login.refused" not in await site.acts()
