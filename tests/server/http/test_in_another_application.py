"""``parvis.asgi`` below a prefix of another application: calls, documents and the client work there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import parvis
from parvis.assembly.facades import compile_sources
from parvis.assembly.launch import ServiceSource


class Shop:
    def price(self, item: str) -> float:
        return 3.5


def test_the_timeout_of_the_server_is_that_of_services_that_say_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    served: list[ServiceSource] = []
    monkeypatch.setattr("parvis.assembly.serving.launch", lambda sources, *_, **__: served.extend(sources))
    parvis.serve(Shop, parvis.Service(Shop, name="other", timeout=2), timeout=7)
    facades = compile_sources(served)
    assert [7.0, 2.0] == [facade.operations["price"].timeout for facade in facades]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/shop/v1/openapi.json", 200),
        ("/api/shop/v1/contract.json", 200),
        ("/api/shop/contract.json", 200),
        ("/api/health/ready", 200),
        ("/api/shop/v1/nothing", 404),
        ("/shop/v1/openapi.json", 404),
    ],
)
def test_documents_stand_below_the_prefix(path: str, status: int, tmp_path: Path) -> None:
    async def ask() -> int:
        inner = parvis.asgi(Shop, data=str(tmp_path / "data"))
        outer = Starlette(routes=[Mount("/api", inner)])
        transport = httpx2.ASGITransport(app=outer)
        try:
            async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
                return (await client.get(path)).status_code
        finally:
            await inner.close()

    assert status == asyncio.run(ask())
