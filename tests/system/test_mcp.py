"""Agents: the official Python client against a real server, by `/mcp` and by the command `parvis mcp`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from parvis.protocol.mcp import ITEMS, KEY, PROBLEM
from served import PARVIS, Served, environment, parvis
from wire import Registered, plan, register, usage

HERE = Path(__file__).parent
MODES = ("legacy", "2026-07-28", "auto")
"""The handshake of the older revisions, the newest revision, and what a client does that knows both."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agents") / "data"


@pytest.fixture(scope="module")
def shop(data: Path) -> Iterator[Served]:
    with Served("shop:Shop", cwd=HERE / "service", data=data) as served:
        plan(data, rate=None, day=None)
        yield served


@pytest.fixture
def ada(shop: Served) -> Registered:
    return register(shop.url)


@contextlib.asynccontextmanager
async def agent(served: Served, key: str = "", mode: str = "legacy", **headers: str) -> AsyncIterator[Client]:
    said = {**({"authorization": f"Bearer {key}"} if key else {}), **headers}
    async with (
        httpx2.AsyncClient(headers=said, timeout=30, trust_env=False) as http,
        Client(streamable_http_client(f"{served.url}/mcp", http_client=http), mode=mode) as client,  # type: ignore[arg-type]
    ):
        yield client


def told(result: Any) -> tuple[str, str]:
    assert result.is_error
    return result.meta[PROBLEM]["code"], result.content[0].text


@pytest.mark.parametrize("mode", MODES)
def test_the_official_client_lists_calls_and_is_refused(shop: Served, data: Path, ada: Registered, mode: str) -> None:
    async def run() -> None:
        async with agent(shop, ada.key, mode) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert {"shop-find", "shop-everything", "shop-ticks"} == set(tools)
            assert "Find an item" == tools["shop-find"].title
            assert tools["shop-find"].annotations is not None
            assert tools["shop-find"].annotations.read_only_hint
            # The client checks each result against the tool's schema.
            found = await client.call_tool("shop-find", {"name": "tea"})
            assert {"name": "tea", "price": "3.50"} == found.structured_content
            every = await client.call_tool("shop-everything", {})
            assert 2 == len(every.structured_content["items"])
            ticks = await client.call_tool("shop-ticks", {})
            assert (ITEMS, True) == (len(ticks.structured_content["items"]), ticks.structured_content["truncated"])
            code, text = told(await client.call_tool("shop-find", {"name": "gold"}))
            assert ("declared-error", True) == (code, "SoldOut" in text)
            code, text = told(await client.call_tool("shop-find", {"nam": "tea"}))
            assert ("invalid-arguments", True) == (code, "- name: is required" in text)
            with pytest.raises(MCPError, match="Unknown tool: shop-nothing"):
                await client.call_tool("shop-nothing", {})

    asyncio.run(run())
    rows = usage(data, ada.account)
    assert [
        ("shop.find", 200), ("shop.everything", 200), ("shop.ticks", 200), ("shop.find", 404), ("shop.find", 422)
    ] == [(row["operation"], row["status"]) for row in sorted(rows, key=lambda row: row["at"])]  # fmt: skip
    assert [ada.id] * 5 == [row["key"] for row in rows]


def test_calls_by_http_and_by_mcp_are_counted_together(shop: Served, data: Path, ada: Registered) -> None:
    plan(data, day=3)
    try:
        httpx2.post(f"{shop.url}/shop/v1/find", json={"name": "tea"}, headers={"authorization": f"Bearer {ada.key}"})

        async def run() -> list[Any]:
            async with agent(shop, ada.key) as client:
                return [await client.call_tool("shop-find", {"name": "tea"}) for _ in range(3)]

        results = asyncio.run(run())
        assert [False, False, True] == [result.is_error for result in results]
        assert "quota-exceeded" == told(results[2])[0]
    finally:
        plan(data, day=None)


def test_a_key_sees_its_own_tools_and_nobody_sees_none(shop: Served) -> None:
    narrow = register(shop.url, rights=["shop.find"])

    async def run(key: str) -> list[str]:
        async with agent(shop, key) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert ["shop-find"] == asyncio.run(run(narrow.key))
    assert [] == asyncio.run(run(""))


def test_a_repeat_with_a_key_takes_effect_once(shop: Served, data: Path, ada: Registered) -> None:
    async def run() -> list[Any]:
        async with agent(shop, ada.key) as client:
            return [
                (await client.call_tool("shop-everything", {}, meta={KEY: "k"})).model_dump() for _ in range(2)
            ]  # fmt: skip

    first, again = asyncio.run(run())
    assert not first["is_error"]
    assert "not-replayable" == again["meta"][PROBLEM]["code"]  # of a stream it is known that it was, and no more


def test_a_revoked_key_is_refused_at_the_next_request(shop: Served, ada: Registered) -> None:
    async def run() -> None:
        async with agent(shop, ada.key) as client:
            assert 3 == len((await client.list_tools()).tools)
            ada.post(f"/keys/{ada.id}/revoke")
            with pytest.raises(MCPError):
                await client.call_tool("shop-find", {"name": "tea"})

    asyncio.run(run())
    answer = httpx2.post(f"{shop.url}/mcp", json={}, headers={"authorization": f"Bearer {ada.key}"})
    assert (401, "key-revoked") == (answer.status_code, answer.json()["code"])


def test_a_key_that_is_revoked_while_a_tool_gathers_ends_it(tmp_path: Path) -> None:
    with Served("--config=parvis.toml", cwd=HERE / "metered", data=tmp_path / "data") as served:
        ada = register(served.url)

        async def run() -> Any:
            async with agent(served, ada.key) as client:
                call = asyncio.create_task(client.call_tool("shop-silence", {}))
                await asyncio.sleep(0.3)
                await asyncio.to_thread(ada.post, f"/keys/{ada.id}/revoke")
                async with asyncio.timeout(2):
                    return await call

        result = asyncio.run(run())
        assert "key-revoked" == told(result)[0]
        assert {"items": [0], "truncated": True} == json.loads(result.content[1].text)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({"origin": "http://evil.example"}, 403, "origin-refused"), ({"host": "evil.example"}, 400, "host-refused")],
)
def test_a_foreign_page_or_name_is_refused(
    shop: Served, ada: Registered, headers: dict[str, str], status: int, code: str
) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    said = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {ada.key}"}
    answer = httpx2.post(f"{shop.url}/mcp", json=message, headers=said | headers)
    assert (status, code) == (answer.status_code, answer.json()["code"])


def by_command(url: str, key: str, *more: str, **env: str) -> StdioServerParameters:
    return StdioServerParameters(command=PARVIS, args=["mcp", url, *more], env=environment(PARVIS_KEY=key, **env))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", ["", "/shop"])
def test_the_command_gives_the_same_over_standard_input(
    shop: Served, data: Path, ada: Registered, mode: str, path: str
) -> None:
    async def run() -> None:
        async with Client(by_command(shop.url + path, ada.key), mode=mode) as client:  # type: ignore[arg-type]
            tools = (await client.list_tools()).tools
            assert {"shop-find", "shop-everything", "shop-ticks"} == {tool.name for tool in tools}
            found = await client.call_tool("shop-find", {"name": "tea"})
            assert {"name": "tea", "price": "3.50"} == found.structured_content
            assert "invalid-arguments" == told(await client.call_tool("shop-find", {}))[0]
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("shop-nothing", {})
            ada.post(f"/keys/{ada.id}/revoke")
            code, text = told(await client.call_tool("shop-find", {"name": "tea"}))
            assert ("key-revoked", True) == (code, "Make a new key" in text)

    asyncio.run(run())
    assert 2 == len(usage(data, ada.account))


def test_the_command_gives_the_tools_of_one_service_where_its_address_says_so(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(
        "class Shop:\n    def price(self) -> int: return 1\nclass Desk:\n    def note(self) -> int: return 2\n"
    )
    (tmp_path / "parvis.toml").write_text(
        '[service.shop]\ntarget = "two:Shop"\n[service.desk]\ntarget = "two:Desk"\n', encoding="utf-8"
    )
    with Served("--config=parvis.toml", cwd=tmp_path, data=tmp_path / "data") as served:

        async def run(path: str) -> list[str]:
            async with Client(by_command(served.url + path, served.key)) as client:
                if path == "/desk":
                    with pytest.raises(MCPError, match="Unknown tool: shop-price"):
                        await client.call_tool("shop-price", {})
                    assert {"result": 2} == (await client.call_tool("desk-note", {})).structured_content
                return sorted(tool.name for tool in (await client.list_tools()).tools)

        assert ["desk-note", "shop-price"] == asyncio.run(run("")) == asyncio.run(run("/mcp"))
        assert ["desk-note"] == asyncio.run(run("/desk"))


def test_a_server_that_is_gone_is_told_to_the_agent_in_words(tmp_path: Path) -> None:
    with Served("shop:Shop", cwd=HERE / "service", data=tmp_path / "data") as served:

        async def run() -> None:
            async with Client(by_command(served.url, served.key)) as client:
                assert not (await client.call_tool("shop-find", {"name": "tea"})).is_error
                await asyncio.to_thread(served.kill)
                await client.call_tool("shop-find", {"name": "tea"})  # which may find its old connection broken
                result = await client.call_tool("shop-find", {"name": "tea"})
                assert result.is_error
                assert f"Cannot connect to {served.url}" in result.content[0].text  # type: ignore[union-attr]
                with pytest.raises(MCPError, match="Cannot connect"):
                    await client.list_tools(cache_mode="bypass")

        asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:1", "Cannot connect to http://127.0.0.1:1"),
        ("{url}/nothing", "There is nothing at this address"),
        ("{url}/shop/v1", "give the address as {url}/shop"),
        ("nonsense", "is no address of a service"),
    ],
)
def test_a_start_that_fails_says_why(shop: Served, tmp_path: Path, address: str, said: str) -> None:
    ended = parvis("mcp", address.format(url=shop.url), cwd=tmp_path)
    assert ended.returncode != 0
    assert ("", True) == (ended.stdout, said.format(url=shop.url) in ended.stderr)


def test_a_start_with_a_key_that_opens_nothing_says_so(shop: Served, tmp_path: Path) -> None:
    ended = parvis("mcp", shop.url, "--key", "pv_live_nonsense", cwd=tmp_path)
    assert (1, "", True) == (ended.returncode, ended.stdout, "This is not a key" in ended.stderr)
