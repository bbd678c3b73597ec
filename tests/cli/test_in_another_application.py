"""``parvis.asgi`` below a prefix of another application: calls, documents and the client work there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

import parvis


class Shop:
    def price(self, item: str) -> float:
        return 3.5


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
