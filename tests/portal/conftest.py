"""A portal of two services over a console in memory, and a browser before it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from parvis.contract.model import (
    Contract,
    DeclaredError,
    Default,
    Field,
    Member,
    Operation,
    Parameter,
    Result,
    Route,
    TypeDef,
)
from parvis.portal import MemoryConsole, Welcome, portal_app

STRING = {"type": "string"}
ITEM = {"$ref": "#/components/schemas/Order"}
BASE_URL = "https://api.example.org"

SHOP = Contract(
    service="shop",
    title="The corner shop",
    summary="Prices and orders of a small shop.",
    description="What it sells changes by season.\n\nPrices hold for the day.",
    operations=(
        Operation(
            "price",
            (
                Parameter("item", "positional_or_keyword", "str", STRING, description="Which item.", simple=True),
                Parameter("vat", "keyword_only", "float", {"type": "number"}, Default("0.2", 0.2), simple=True),
            ),
            Result("Decimal", {"type": "string"}, description="The price in euros."),
            (Route("POST", "/price"), Route("GET", "/price")),
            summary="What an item costs.",
            description="With the value-added tax.\n\nRounded to the cent, for 1 < 2 & so on.",
            errors=(DeclaredError("UnknownItem", "LookupError", 404, "There is no such item."),),
            read="listed",
        ),
        Operation(
            "watch",
            (),
            Result("Order", ITEM, stream=True),
            (Route("POST", "/watch"),),
            summary="Every order as it comes.",
            deprecated="Use the orders' own list.",
        ),
        Operation(
            "orders.list",
            (),
            Result("list[Order]", {"type": "array", "items": ITEM}),
            (Route("GET", "/orders"), Route("POST", "/orders.list"), Route("GET", "/orders.list")),
            summary="All of your orders.",
            read="listed",
        ),
        Operation(
            "orders.create",
            (
                Parameter("item", "positional_or_keyword", "str", STRING, simple=True),
                Parameter("size", "positional_or_keyword", "Size", {"$ref": "#/components/schemas/Size"}, simple=True),
            ),
            Result("Order", ITEM),
            (Route("POST", "/orders", 201), Route("POST", "/orders.create")),
            summary="Order an item.",
        ),
        Operation(
            "orders.rename",
            (
                Parameter("id", "positional_only", "str", STRING, simple=True),
                Parameter("name", "positional_or_keyword", "str", STRING, simple=True),
            ),
            Result("None", {"type": "null"}),
            (Route("POST", "/orders/{id}/rename", id="id"), Route("POST", "/orders.rename")),
            summary="Give an order another name.",
        ),
        Operation(
            "orders.delete",
            (Parameter("id", "positional_only", "str", STRING, simple=True),),
            Result("None", {"type": "null"}),
            (Route("DELETE", "/orders/{id}", 204, "id"), Route("POST", "/orders.delete")),
            summary="Cancel an order.",
        ),
    ),
    types=(
        TypeDef(
            "Order",
            "dataclass",
            (Field("id", "str"), Field("size", "Size", required=False, default=Default("Size.S", "s"))),
            description="One order.",
        ),
        TypeDef("Size", "enum", members=(Member("S", "s"), Member("M", "m")), base="StrEnum"),
    ),
    schemas={
        "Order": {"type": "object", "properties": {"id": STRING, "size": {"$ref": "#/components/schemas/Size"}}},
        "Size": {"type": "string", "enum": ["s", "m"]},
    },
)

WEATHER = Contract(
    service="weather",
    summary="Yesterday's weather, reliably.",
    operations=(Operation("now", (), Result("str", STRING), (Route("POST", "/now"),)),),
)
WEATHER_2 = Contract(service="weather", version=2, summary="Today's weather.", operations=WEATHER.operations)
CONTRACTS = [WEATHER, SHOP, WEATHER_2]

OPEN = Welcome()
LETTERS = Welcome("open", letters=True)
APPROVAL = Welcome("approval")
BOTH = Welcome("approval", letters=True)
CLOSED = Welcome("closed")
CLOSED_LETTERS = Welcome("closed", letters=True)
WELCOMES = [OPEN, LETTERS, APPROVAL, BOTH, CLOSED, CLOSED_LETTERS]


@pytest.fixture
def console() -> MemoryConsole:
    return MemoryConsole()


@pytest.fixture
def client(console: MemoryConsole) -> Iterator[TestClient]:
    with client_of(console) as client:
        yield client


def client_of(console: MemoryConsole, contracts: list[Contract] = CONTRACTS) -> TestClient:
    app = portal_app(console, contracts, BASE_URL, console.welcome)
    return TestClient(app, base_url=BASE_URL, follow_redirects=False)


@pytest.fixture
def serve() -> Iterator[Callable[[MemoryConsole], str]]:
    """Puts the portal of a console on a real socket and gives its address."""
    with ExitStack() as stack:
        yield lambda console: stack.enter_context(running(console))


@pytest.fixture
def served(serve: Callable[[MemoryConsole], str], console: MemoryConsole) -> str:
    """The portal of open registration without letters on a real socket; its address."""
    return serve(console)


@contextmanager
def running(console: MemoryConsole) -> Iterator[str]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = portal_app(console, CONTRACTS, base_url, console.welcome)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield base_url
        server.should_exit = True
        thread.join()
