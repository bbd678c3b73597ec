"""The portal behind the server: its addresses go to it, and behind a trusted proxy it hears who really posts."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from parvis.access.console import ANONYMOUS
from parvis.access.networks import parse_networks
from parvis.portal import MemoryConsole, portal_app
from parvis.protocol.http.addresses import FIRST, RESERVED
from parvis.server.guards import Guards
from parvis.server.host import Host
from parvis.server.http.application import Application
from parvis.server.http.asgi import Asgi
from parvis.server.http.incoming import Incoming, behind
from parvis.server.http.router import Router
from parvis.server.identify import OneCaller
from parvis.server.logs import Log

from .conftest import BASE_URL, CONTRACTS, LETTERS

PROXY = "192.0.2.1"


def client_behind(console: MemoryConsole, *proxies: str) -> TestClient:
    host = Host([], Guards(identifier=OneCaller(ANONYMOUS), log=Log()))
    router = Router(host, base_url=BASE_URL, pages=portal_app(console, CONTRACTS, BASE_URL, console.welcome))
    app: Any = Asgi(Application(router, Incoming(host.new_id, locate=behind(parse_networks(proxies)))))
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
    pages = {first for first, kind in FIRST.items() if kind == "page"}
    stand = {route.path.split("/")[1] for route in portal_app(MemoryConsole(), CONTRACTS, BASE_URL).routes}  # type: ignore[attr-defined]
    assert pages == stand - {"{service}"}
    assert pages - {""} <= RESERVED
