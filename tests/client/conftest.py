"""A small real HTTP server for a hand-made contract: the wire of docs/mapping.md, without Parvis's own server."""

from __future__ import annotations

import base64
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

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


def parameter(name: str, type: str, kind: Any = "positional_or_keyword", **rest: Any) -> Parameter:
    return Parameter(name, kind, type, {}, **rest)


def operation(name: str, *parameters: Parameter, returns: str = "Any", stream: bool = False, **rest: Any) -> Operation:
    return Operation(name, parameters, Result(returns, {}, stream), (Route("POST", f"/{name}"),), **rest)


SHOP = Contract(
    "shop",
    summary="A shop.",
    operations=(
        operation(
            "price",
            parameter("item", "str", description="What is bought."),
            parameter("vat", "float", default=Default("0.2", 0.2), description="The tax, as a part of one."),
            returns="Decimal",
            summary="The price of an item.",
            errors=(
                DeclaredError("KeyError", "KeyError", 404, "There is no such item."),
                DeclaredError("OutOfStock", "LookupError", 404, "It is sold out."),
            ),
        ),
        operation(
            "ticks",
            parameter("count", "int"),
            parameter("fail", "bool", "keyword_only", default=Default("False", False)),
            returns="Item",
            stream=True,
            errors=(DeclaredError("OutOfStock", "LookupError", 404),),
        ),
        operation("seal", parameter("data", "bytes"), returns="bytes"),
        operation("color", parameter("color", "Color", default=Default("Color.RED", "red")), returns="Color"),
        operation("grow", parameter("node", "Node"), returns="Node"),
        operation("nothing", returns="None"),
        operation(
            "orders.create",
            parameter("items", "list[Item]"),
            parameter("note", "str | None", "keyword_only", default=Default("None")),
            returns="Order",
        ),
        operation("orders.get", parameter("id", "int", "positional_only"), returns="Order"),
        operation("parvis", returns="str"),
    ),
    types=(
        TypeDef("Item", "dataclass", (Field("name", "str"), Field("count", "int", False, Default("1", 1)))),
        TypeDef(
            "Order",
            "dataclass",
            (
                Field("id", "int"),
                Field("items", "list[Item]"),
                Field("total", "Decimal"),
                Field("note", "str | None", False, Default("None")),
            ),
            base="frozen",
            description="An order.",
        ),
        TypeDef("Color", "enum", members=(Member("RED", "red"), Member("BLUE", "blue")), base="StrEnum"),
        TypeDef(
            "Node", "dataclass", (Field("value", "int"), Field("children", "list[Node]", False, Default("[]", [])))
        ),
    ),
)

PRICES = {"tea": Decimal("10.00"), "pot": Decimal("25.50")}


class Declared(Exception):
    def __init__(self, status: int, name: str, base: str, *args: Any) -> None:
        self.problem = {
            "status": status, "code": "declared-error", "title": "The service answers with an error that it declares",
            "detail": str(args), "request_id": "req_1", "exception": {"name": name, "base": base, "args": args},
        }  # fmt: skip


@dataclass
class Wire:
    """What the server was asked, and how to make it misbehave."""

    origin: str
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    raw: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """Path -> what answers it in place of the shop."""
    before: dict[str, Callable[[BaseHTTPRequestHandler], bool]] = field(default_factory=dict)
    """Path -> what may answer before the shop does; true when it did."""
    closed: threading.Event = field(default_factory=threading.Event)
    """Set when a caller closed an unfinished stream."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a caller closed a connection."""
    contracts: dict[str, Contract] = field(default_factory=lambda: {"/shop": SHOP, "/shop/v1": SHOP})
    operations: dict[str, Callable[..., Any]] = field(default_factory=dict)
    key: str | None = None

    @property
    def url(self) -> str:
        return f"{self.origin}/shop"

    @property
    def credentials(self) -> list[str | None]:
        return [headers.get("authorization") for _, _, headers, _ in self.seen]


def price(item: str, vat: float = 0.2) -> str:
    if item == "pan":
        raise Declared(404, "OutOfStock", "LookupError", "pan", 3)
    if item not in PRICES:
        raise Declared(404, "KeyError", "KeyError", item)
    return str((PRICES[item] * Decimal(str(1 + vat))).quantize(Decimal("0.01")))


def create(items: list[dict[str, Any]], note: str | None = None) -> dict[str, Any]:
    total = sum((PRICES[i["name"]] * i["count"] for i in items), Decimal())
    return {"id": 7, "items": items, "total": str(total), "note": note, "added_later": True}


def ticks(count: int, fail: bool = False) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"name": f"tick\u2028{number}", "count": number}
    if fail:
        raise Declared(404, "OutOfStock", "LookupError", "ticks", count)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "price": price,
    "orders.create": create,
    "orders.get": lambda id: {"id": id, "items": [], "total": "0.1"},
    "ticks": ticks,
    "seal": lambda data: base64.urlsafe_b64encode(base64.urlsafe_b64decode(data)[::-1]).decode(),
    "color": lambda color="red": color,
    "grow": lambda node: {"value": node["value"] + 1, "children": [node]},
    "nothing": lambda: None,
    "parvis": lambda: "the service's own",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet
    wire: Wire

    def log_message(self, format: str, *args: Any) -> None: ...

    def finish(self) -> None:
        super().finish()
        self.wire.left.set()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.wire.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path in self.wire.before and self.wire.before[self.path](self):
            return None
        if self.path in self.wire.raw:
            return self.wire.raw[self.path](self)
        if self.wire.key and self.headers.get("authorization") != f"Bearer {self.wire.key}":
            return self.problem({"status": 401, "code": "key-unknown", "title": "This key is not known here",
                                 "fix": "Make a new key.", "request_id": "req_9"})  # fmt: skip
        service, _, name = self.path.rpartition("/")
        if name == "contract.json" and service in self.wire.contracts:
            return self.send(200, self.wire.contracts[service].to_json())
        try:
            value = {**OPERATIONS, **self.wire.operations}[name](**json.loads(body))
            if isinstance(value, Iterator):
                return self.stream(value)
            return self.send(200, json.dumps(value).encode())
        except KeyError:
            self.problem({"status": 404, "code": "unknown-operation", "title": "There is nothing at this address"})
        except TypeError as error:
            self.problem({"status": 422, "code": "invalid-arguments", "title": "Some arguments are not valid",
                          "errors": [{"location": "item", "message": str(error)}]})  # fmt: skip
        except Declared as error:
            self.problem(error.problem)

    def stream(self, items: Iterator[Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/jsonl")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            try:
                for item in items:
                    self.chunk(json.dumps(item, ensure_ascii=False).encode() + b"\n")
            except Declared as error:
                self.chunk(json.dumps({"$problem": error.problem}).encode() + b"\n")
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except OSError:
            self.wire.closed.set()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def problem(self, problem: dict[str, Any]) -> None:
        self.send(problem["status"], json.dumps(problem).encode(), "application/problem+json")

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that leave in the midst of an answer are no news; anything else is told as ever."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@pytest.fixture
def make() -> SimpleNamespace:
    """Short spellings for the parts of a contract."""
    return SimpleNamespace(parameter=parameter, operation=operation, shop=SHOP)


@pytest.fixture
def serve() -> Iterator[Callable[[], Wire]]:
    """Starts servers, each on a port of its own."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(context: ssl.SSLContext | None = None) -> Wire:
        handler = type("ShopHandler", (Handler,), {})
        server = Server(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        wire = handler.wire = Wire(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return wire

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def wire(serve: Callable[[], Wire]) -> Wire:
    return serve()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No test sees the keys of the person who runs it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("PARVIS_KEY", raising=False)
    monkeypatch.delenv("PARVIS_PASSWORD", raising=False)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is sent again waits only as long as the server asks for."""
    monkeypatch.setattr("parvis.client.http.retries.uniform", lambda least, most: 0.0)
