"""Who calls from where: sign-ups, callers without a key, keys bound to networks, and proxies in front."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from served import Served, environment
from wire import PASSWORD, Answer, Wire, operator, plan, register, request, usage

METERED = Path(__file__).parent / "metered"
PROXY = "127.0.0.9"
"""Whose word is taken by the server that has proxies; all of 127.0.0.0/8 is this machine."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("callers") / "data"


@pytest.fixture(scope="module")
def direct(data: Path) -> Iterator[Served]:
    """No proxies: the connection says who calls."""
    with Served("--config=parvis.toml", cwd=METERED, data=data) as served:
        yield served


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("behind") / "data"
    env = environment(PARVIS_PROXIES=PROXY, PARVIS_SIGNUPS="3")
    with Served("--config=parvis.toml", cwd=METERED, data=data, env=env) as served:
        yield served


def ask(served: Served, *requests: bytes, address: str = "127.0.0.1") -> list[Answer]:
    async def run() -> list[Answer]:
        async with await Wire.open(served.port, address=address) as wire:
            return [await wire.call(sent) for sent in requests]

    return asyncio.run(run())


def outcomes(answers: list[Answer]) -> list[tuple[int, str]]:
    return [(each.status, each.code) for each in answers]


def find(key: str = "", **headers: str) -> bytes:
    return request("/shop/v1/find", {"number": 0}, key, **headers)


def sign_up(name: str, forwarded: str) -> bytes:
    account = {"email": f"{name}@example.org", "password": PASSWORD, "name": name}
    return request("/parvis/v1/accounts", account, X_Forwarded_For=forwarded)


OK = (200, "")
MISSING = (401, "key-missing")


# Without a key


def test_callers_without_a_key_have_what_their_plan_gives_and_a_rate_by_address(direct: Served, data: Path) -> None:
    price = request("/shop/v1/price", {"number": 0})
    assert [MISSING] == outcomes(ask(direct, find(), address="127.0.1.1"))

    plan(data, "anonymous", rights=["shop.find"], rate=0.01, burst=3, day=6)
    try:
        here = ask(direct, *[find()] * 4, price, address="127.0.1.1")
        there = ask(direct, *[find()] * 3, address="127.0.1.2")
        elsewhere = ask(direct, find(), address="127.0.1.3")
        rows = usage(data, "anonymous")
    finally:
        plan(data, "anonymous", rights=[])

    assert [OK, OK, OK, (429, "rate-limited"), MISSING] == outcomes(here)
    assert [OK, OK, OK] == outcomes(there)
    assert [(429, "quota-exceeded")] == outcomes(elsewhere)  # the day is for all of them together
    assert ["day"] == elsewhere[0].json["violated-policies"]
    assert 6 == len(rows) == sum(row["cost"] for row in rows)
    assert {""} == {row["key"] for row in rows}
    assert [MISSING] == outcomes(ask(direct, find(), address="127.0.1.4"))


def test_a_stream_of_a_caller_without_a_key_ends_when_the_plan_says_no(direct: Served, data: Path) -> None:
    plan(data, "anonymous", rights=["shop.ticks"], rate=10, burst=10, day=1000)

    async def run() -> bytes:
        last = b""
        async with await Wire.open(direct.port, address="127.0.2.1") as wire:
            assert (await wire.begin(request("/shop/v1/ticks", {}))).status == 200
            parts = wire.parts()
            await anext(aiter(parts))
            await asyncio.to_thread(plan, data, "anonymous", rights=[])
            async with asyncio.timeout(1):
                async for part in parts:
                    last = part
        return last

    assert b'{"$problem":' in asyncio.run(run())


# Networks of a key


def test_a_key_opens_nothing_from_outside_its_networks_whatever_a_header_says(direct: Served) -> None:
    key = register(direct.url, networks=["127.0.3.0/24", "2001:db8::/32"]).key

    assert [OK] == outcomes(ask(direct, find(key), address="127.0.3.77"))
    forged: list[dict[str, str]] = [
        {}, {"X_Forwarded_For": "127.0.3.1"}, {"X_Real_IP": "127.0.3.1"}, {"Forwarded": "for=127.0.3.1"},
        {"X_Forwarded_For": "127.0.3.1, 127.0.3.1"}, {"X_Forwarded_For": "2001:db8::1"},
    ]  # fmt: skip
    for headers in forged:
        assert [(403, "network-refused")] == outcomes(ask(direct, find(key, **headers), address="127.0.4.1"))


def test_a_forged_header_gives_no_rate_of_its_own(direct: Served, data: Path) -> None:
    plan(data, "anonymous", rights=["shop.find"], rate=0.01, burst=2, day=1000)
    try:
        answers = ask(direct, *[find(X_Forwarded_For=f"203.0.113.{n}") for n in range(4)], address="127.0.5.1")
    finally:
        plan(data, "anonymous", rights=[])
    assert [OK, OK, (429, "rate-limited"), (429, "rate-limited")] == outcomes(answers)


# Behind a proxy


def test_a_proxy_that_is_named_is_believed_and_nobody_else(behind: Served) -> None:
    key = register(behind.url, networks=["203.0.113.0/24"]).key

    def called(forwarded: str | None, address: str = PROXY) -> tuple[int, str]:
        headers = {} if forwarded is None else {"X_Forwarded_For": forwarded}
        return outcomes(ask(behind, find(key, **headers), address=address))[0]

    refused = (403, "network-refused")
    assert OK == called("203.0.113.7")
    assert OK == called("198.51.100.1, 203.0.113.7")  # what the proxy saw stands at the right
    assert OK == called(f"203.0.113.7, {PROXY}")  # two proxies of ours
    assert refused == called("203.0.113.7, 198.51.100.1")  # the caller wrote the left one
    assert refused == called(None)
    assert refused == called("203.0.113.7", address="127.0.0.1")  # not our proxy
    assert refused == called("no address at all")


def test_sign_ups_are_limited_by_block_of_addresses(behind: Served) -> None:
    def outcome(name: str, forwarded: str, address: str = PROXY) -> Any:
        return ask(behind, sign_up(name, forwarded), address=address)[0]

    first = [outcome(f"a{n}", f"203.0.113.{n}").status for n in range(1, 4)]
    fourth = outcome("a4", "203.0.113.200")
    assert [201, 201, 201] == first
    assert (429, True) == (fourth.status, 3590 < int(fourth.headers["retry-after"]) <= 3600), fourth.body
    # A forged left part moves nobody into another block; another block has its own.
    assert 429 == outcome("a5", "198.51.100.9, 203.0.113.9").status
    assert 201 == outcome("a6", "198.51.100.9").status
    # IPv6 by /48.
    sixes = [outcome(f"b{n}", f"2001:db8:7:{n}::1").status for n in range(4)]
    assert [201, 201, 201, 429] == sixes
    # On this machine there is no such bound.
    assert 201 == outcome("c1", "203.0.113.9", address="127.0.0.1").status


def test_rates_of_callers_without_a_key_go_by_the_address_that_the_proxy_saw(
    behind: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = next(tmp_path_factory.getbasetemp().glob("behind*")) / "data"
    plan(data, "anonymous", rights=["shop.find"], rate=0.01, burst=2)

    def of(*forwarded: str) -> list[int]:
        return [a.status for a in ask(behind, *[find(X_Forwarded_For=each) for each in forwarded], address=PROXY)]

    assert [200, 200, 429] == of(*["192.0.2.1"] * 3)
    assert [200, 200, 429] == of(*["192.0.2.2"] * 3)
    assert [429] == of("198.51.100.1, 192.0.2.1")
    # A /64 is one caller, and so are an IPv4 address and its IPv6 spelling.
    assert [200, 200, 429] == of("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::1")
    assert [429] == of("::ffff:192.0.2.1")


def test_closed_and_approved_registration(tmp_path: Path) -> None:
    with Served(
        "--config=parvis.toml", cwd=METERED, data=tmp_path / "data", env=environment(PARVIS_REGISTRATION="closed")
    ) as served:
        account = {"email": "a@example.org", "password": PASSWORD, "name": "A"}
        (refused,) = ask(served, request("/parvis/v1/accounts", account))
        assert 403 == refused.status
        with operator(tmp_path / "data") as client:
            assert 201 == client.post("/accounts", json=account).status_code
