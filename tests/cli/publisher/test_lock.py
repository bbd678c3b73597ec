"""`parvis lock`, and what is public beyond loopback: what the lock names, as it names it, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

import parvis
from parvis.assembly import enforce_lock as locking
from parvis.assembly.enforce_lock import LockError
from parvis.facade.compile import Facade, compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.settings import read

TARGET = "locked_shop:Shop"


@pytest.fixture
def locked(folder: Any) -> Any:
    """The folder, with a lock of its code."""
    assert 0 == folder.parvis("lock", TARGET).exit_code
    return folder


def served(**options: Any) -> Facade:
    """What would be served beyond loopback. Raises :class:`LockError`."""
    (facade,) = locking.restrict([compile_facade(load(TARGET), Options(name="shop", **options))], read({}))
    return facade


def names(facade: Facade) -> list[str]:
    assert list(facade.operations) == [operation.name for operation in facade.contract.operations]
    return sorted(facade.operations)


def test_it_says_what_it_wrote_and_what_to_do_with_it(folder: Any) -> None:
    done = folder.parvis("lock", TARGET)
    assert (0, "parvis.lock: 3 operations. Read it, then commit it.\n") == (done.exit_code, done.output)
    assert '[shop.v1.operations."secret"]' in folder.lock.read_text()
    assert ["locked_shop.py", "parvis.lock"] == sorted(p.name for p in folder.path.iterdir())


def test_it_is_written_whole_or_not_at_all(locked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = locked.lock.read_text()

    def fail(path: Path, text: str, encoding: str) -> int:
        path.write_bytes(text.encode()[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
    done = locked.parvis("lock", TARGET)
    assert (1, "parvis: parvis.lock cannot be written: No space left on device\n") == (done.exit_code, done.stderr)
    assert before == locked.lock.read_text()


def test_a_lock_speaks_utf8_whatever_the_machine_does(folder: Any, shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.code(shop.replace('note: str = ""', 'note: str = "façade"'))
    monkeypatch.setenv("LC_ALL", "C")
    assert 0 == folder.parvis("lock", TARGET).exit_code
    assert "note = \"str = 'façade'\"" in folder.lock.read_bytes().decode()
    assert "Nothing differs.\n" == folder.parvis("diff", TARGET).output


def test_what_was_locked_is_served(locked: Any) -> None:
    assert ["find_price", "order", "secret"] == names(served())


def test_a_new_method_is_not_public_until_it_is_locked(locked: Any, shop: str) -> None:
    locked.code(shop + "    def fresh(self) -> int: ...\n")
    facade = served()
    assert ["find_price", "order", "secret"] == names(facade)
    assert [("fresh", "not in parvis.lock")] == [(item.name, item.reason) for item in facade.left_out]


def test_a_paragraph_taken_out_takes_its_method_and_its_classes_off_the_net(locked: Any) -> None:
    paragraphs = locked.lock.read_text().split("\n\n")
    locked.lock.write_text("\n\n".join(p for p in paragraphs if '."order"]' not in p))
    facade = served()
    assert ["find_price", "secret"] == names(facade)
    assert ((), {}) == (facade.contract.types, facade.contract.schemas)


@pytest.mark.parametrize(
    ("was", "now", "which"),
    [
        ("count: int = 1", "count: int = 2", r"find_price \(now \(item: str, count: int = 2\) -> float\)"),
        ("-> float", "-> str", "find_price"),
        ("    id: int\n", "    id: str\n", r"order \(its type Order\)"),
        ('note: str = ""', 'note: str = "none"', r"order \(its type Order\)"),
        ("    def secret(self) -> str: ...\n", "", r"secret \(gone\)"),
    ],
)
def test_a_locked_method_that_changed_stops_the_start(locked: Any, shop: str, was: str, now: str, which: str) -> None:
    assert was in shop
    locked.code(shop.replace(was, now))
    with pytest.raises(LockError, match=f"^{which}.* is not as parvis.lock has it: run `parvis lock {TARGET}`"):
        served()


def test_an_unlocked_class_may_change(locked: Any, shop: str) -> None:
    paragraphs = locked.lock.read_text().split("\n\n")
    locked.lock.write_text("\n\n".join(p for p in paragraphs if '."order"]' not in p))
    locked.code(shop.replace("    id: int\n", "    id: str\n"))
    assert ["find_price", "secret"] == names(served())


def test_words_for_people_may_change(locked: Any, shop: str) -> None:
    locked.code(
        shop.replace(
            "-> float: ...", '-> float:\n        """The price.\n\n        Raises:\n            KeyError: None."""'
        )
    )
    assert "The price." == served().contract.operations[0].summary


def test_only_a_locked_read_answers_get(locked: Any) -> None:
    assert {"GET", "POST"} == {route.method for route in served().contract.operations[0].routes}
    locked.lock.write_text(locked.lock.read_text().replace("read = true", "read = false"))
    (operation, *_) = served().contract.operations
    assert (None, {"POST"}) == (operation.read, {route.method for route in operation.routes})


def test_a_locked_read_that_is_none_any_more_stops_the_start(locked: Any) -> None:
    with pytest.raises(LockError, match=r"^find_price \(no longer a read\) is not as"):
        served(reads=())


def test_another_read_is_none_until_it_is_locked(locked: Any) -> None:
    operation = next(o for o in served(reads=("find_price", "secret")).contract.operations if o.name == "secret")
    assert (None, ["POST"]) == (operation.read, [route.method for route in operation.routes])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rights": {"order": "shop.buy"}}, r"order \(its right\)"),
        ({"costs": {"order": 2}}, r"order \(its cost\)"),
        ({"public": {"find_price": 9}}, r"find_price \(its caching\)"),
        ({"rights": {"order": "shop.buy"}, "costs": {"order": 2}}, r"order \(its right, its cost\)"),
    ],
)
def test_what_the_lock_promises_otherwise_stops_the_start(locked: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(LockError, match=f"^{told} is not as"):
        served(**options)


def test_another_media_type_stops_the_start(locked: Any) -> None:
    text = locked.lock.read_text()
    locked.lock.write_text(text.replace('right = "shop.find_price"', 'right = "shop.find_price"\nmedia = "image/png"'))
    with pytest.raises(LockError, match=r"^find_price \(its media type\) is not as"):
        served()


def test_without_a_lock_nothing_is_served_and_the_command_is_told(folder: Any) -> None:
    with pytest.raises(LockError, match=f"there is none: run `parvis lock {TARGET}`, read it, commit it"):
        served()


@pytest.mark.parametrize("text", ["no toml", "", 'parvis = 1\n[shop.v1.operations."a"]\nread = true', "\xff"])
def test_a_lock_that_cannot_be_read_is_no_lock(folder: Any, text: str) -> None:
    folder.lock.write_bytes(text.encode("latin-1"))
    with pytest.raises(LockError, match=f"parvis.lock cannot be read: .*; write it again with `parvis lock {TARGET}`"):
        served()


def test_the_lock_of_another_service_or_version_is_none(locked: Any) -> None:
    with pytest.raises(LockError, match=f"names nothing of shop v2: run `parvis lock {TARGET}`"):
        served(version=2)


def test_in_another_application_the_lock_holds_too(locked: Any, shop: str) -> None:
    locked.code(shop + "    def fresh(self) -> int: ...\n")
    assert ["find_price", "order", "secret"] == asyncio.run(published_by_asgi())


def test_in_another_application_without_a_lock_everything_is_public(folder: Any) -> None:
    assert ["find_price", "order", "secret"] == asyncio.run(published_by_asgi())


def test_in_another_application_with_a_public_address_there_must_be_a_lock(folder: Any) -> None:
    with pytest.raises(LockError, match="there is none: run"):
        asyncio.run(published_by_asgi(public_url="https://shop.example.org"))


async def published_by_asgi(**options: str) -> list[str]:
    application = parvis.asgi(TARGET, data="data", **options)
    transport = httpx2.ASGITransport(app=application)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            contract = (await client.get("/shop/contract.json")).json()
    finally:
        await application.close()
    return sorted(operation["name"] for operation in contract["operations"])
