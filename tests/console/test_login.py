"""Name and password: what they open, and what a wrong one tells (nothing)."""

import asyncio
import threading

import pytest

from parvis.access import passwords
from parvis.console.hashing import Hashing
from parvis.contract.outcomes import Refusal

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse"


async def test_an_e_mail_in_any_case_or_the_account_s_id_opens_the_console_and_no_service(site):
    ada = await site.register()

    found = [await site.login.authenticate(name, PASSWORD) for name in ("ADA@example.org", ada.account)]

    assert found[0] == found[1]
    assert ("password", ada.account) == (found[0].kind, found[0].account)
    assert found[0].rights.allows("parvis.keys.create")
    assert not found[0].rights.allows("shop.price")


@pytest.mark.parametrize("name", ["ada@example.org", "bob@example.org", "acc_none", "", "@", "a\0@b", "\ud800"])
@pytest.mark.parametrize("password", ["Correct horse", "correct horse ", "", "x" * 2000, "\ud800"])
async def test_a_wrong_name_or_password_is_none(site, name, password):
    await site.register()

    assert await site.login.authenticate(name, password) is None


async def test_the_right_password_of_nobody_is_none(site):
    await site.register()

    assert await site.login.authenticate("bob@example.org", PASSWORD) is None


async def test_a_name_that_is_not_known_costs_one_verification_like_one_that_is(site, monkeypatch):
    await site.register()
    verified = []
    real = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda kept, password: verified.append(kept) or real(kept, password))

    for name in ("ada@example.org", "bob@example.org", "acc_none"):
        await site.login.authenticate(name, "a wrong one")

    assert [True, False, False] == [kept is not None for kept in verified]


async def test_a_key_s_id_and_secret_are_no_log_in(site):
    made = await site.console.keys.create("one", caller=await site.register())

    assert await site.login.authenticate(made.id, made.secret) is None


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


async def test_logging_in_while_too_many_do_is_unavailable_and_not_wrong(site, monkeypatch):
    await site.register()
    site.login._hashing = full = Hashing(cores=1, waiting=1)
    gate = threading.Event()
    monkeypatch.setattr(passwords, "verify", lambda *_: gate.wait(20))
    first = asyncio.ensure_future(site.login.authenticate("ada@example.org", PASSWORD))
    await asyncio.sleep(0.05)

    with pytest.raises(Refusal) as refused:
        await site.login.authenticate("ada@example.org", PASSWORD)
    gate.set()
    await first
    full.close()

    assert "unavailable" == refused.value.outcome.code
