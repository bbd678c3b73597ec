"""The portal behind the server: its addresses go to it, and behind a trusted proxy it hears who really posts."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from parvis.access.networks import parse_networks
from parvis.facade.compile import RESERVED
from parvis.portal import MemoryConsole, portal_app
from parvis.server.application import PAGES, Application
from parvis.server.identify import Identifier
from parvis.server.logs import Log

from .conftest import BASE_URL, CONTRACTS, LETTERS

PROXY = "192.0.2.1"


def client_behind(console: MemoryConsole, *proxies: str) -> TestClient:
    nobody: Any = None
    identifier = Identifier(nobody, nobody, proxies=parse_networks(proxies))
    app = Application(services=[], identifier=identifier, log=Log(), base_url=BASE_URL)
    app.pages = portal_app(console, CONTRACTS, BASE_URL, console.welcome)
    return TestClient(app, base_url=BASE_URL, client=(PROXY, 50000))


@pytest.mark.parametrize(
    ("proxies", "expected"), [((), PROXY), ((PROXY,), "203.0.113.9"), (("198.51.100.0/24",), PROXY)]
)
def test_a_form_comes_from_whom_a_trusted_proxy_speaks_for_and_from_nobody_else(
    proxies: tuple[str, ...], expected: str
) -> None:
    console = MemoryConsole()
    form = {"name": "Ada", "email": "ada@example.org", "password": "a long password"}
    headers = {"x-forwarded-for": "198.51.100.66, 203.0.113.9"}
    response = client_behind(console, *proxies).post("/register", data=form, headers=headers)
    assert response.status_code == 201
    assert {expected} == console.addresses


@pytest.mark.parametrize("path", ["/verify?token=x", "/reset?token=x", "/register", "/errors/", "/operator"])
def test_the_server_sends_the_addresses_of_pages_to_the_pages(path: str) -> None:
    response = client_behind(MemoryConsole(LETTERS)).get(path)
    assert (200, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])


def test_no_service_can_be_called_like_a_page() -> None:
    assert PAGES - {""} <= RESERVED
