"""What the server answers is what its OpenAPI document says: status, fields, body, code; and the code has its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from asgi import Answer
from guarded import Guarded
from parvis.access.plans import Plan
from parvis.store.queries import plans

UNTOLD = {"content-type", "content-length", "connection"}
"""Of each message, and told by its content; or of the connection (RFC 9110 section 7.6.1)."""


@dataclass
class Order:
    id: str
    count: int = 1
    note: str | None = None


@dataclass
class Page:
    items: list[str]
    next: str | None = None


class Orders:
    """What was bought."""

    def get(self, id: str) -> Order:
        """One.

        Raises:
            KeyError: There is no such order.
        """
        if id == "broken":
            raise RuntimeError
        if id == "none":
            raise KeyError(id)
        return Order(id)

    def list(self, cursor: str | None = None, limit: int = 10) -> Page:
        return Page(["a"] * limit)

    def create(self, order: Order) -> Order:
        return order

    def delete(self, id: str) -> None: ...


class Photos:
    def get(self, id: str) -> bytes:
        return b"0123456789"


class Counts:
    def old(self) -> int:
        return 1


class Shop:
    orders: Orders
    photos: Photos
    counts: Counts

    def __init__(self) -> None:
        self.orders, self.photos, self.counts = Orders(), Photos(), Counts()

    def names(self, many: int) -> Iterator[str]:
        for n in range(many):
            yield str(n)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    made = Guarded(
        Shop, tmp_path_factory.mktemp("documented"), reads=["orders.get", "orders.list", "photos.*", "counts.*"],
        media={"photos.get": "image/png"}, deprecated={"counts.old": "Use orders."},
        deprecated_since={"counts.old": "2026-09-01"},
        sunset={"counts.old": "2027-03-01"},
    )  # fmt: skip
    yield made
    made.close()


class Document:
    """An OpenAPI document, asked what it says of one answer."""

    def __init__(self, made: dict[str, Any]) -> None:
        self.made = made

    def wrong(self, method: str, path: str, answer: Answer) -> list[str]:
        """What of the answer the document does not say, or says otherwise."""
        told = self.made["paths"][path][method.lower()]["responses"].get(str(answer.status))
        if told is None:
            return [f"{answer.status} is not told"]
        return [*self._headers(self._known(told), answer), *self._content(self._known(told), answer)]

    def _headers(self, told: dict[str, Any], answer: Answer) -> Iterator[str]:
        fields = {name.lower(): self._known(field) for name, field in told["headers"].items()}
        yield from (f"{name} is not told" for name in answer.headers.keys() - fields.keys() - UNTOLD)
        for name, field in fields.items():
            value = answer.headers.get(name)
            if value is None:
                if field.get("required"):
                    yield f"{name} is missing"
                continue
            typed: Any = int(value) if field["schema"]["type"] == "integer" else value
            yield from (f"{name}: {e.message}" for e in self._validator(field["schema"]).iter_errors(typed))

    def _content(self, told: dict[str, Any], answer: Answer) -> Iterator[str]:
        content = told.get("content", {})
        if not answer.body:
            yield from [f"no body, but {', '.join(content)}"] if content else []
            return
        kind = answer.headers["content-type"].partition(";")[0]
        if kind not in content:
            yield f"{kind} is not told"
            return
        bodies = answer.lines if kind == "application/jsonl" else [answer.json] if kind.endswith("json") else []
        for body in bodies:
            yield from (e.message for e in self._validator(content[kind]["schema"]).iter_errors(body))
        if kind == "application/problem+json" and answer.json["code"] not in (
            "declared-error",
            *content[kind]["examples"],
        ):
            yield f"{answer.json['code']} is not told"

    def _known(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        _, kind, name = node["$ref"][2:].split("/")
        found: dict[str, Any] = self.made["components"][kind][name]
        return found

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self.made["components"]})


@pytest.fixture(scope="module")
def shop(server: Guarded) -> Document:
    return Document(server.ask("GET", "/shop/v1/openapi.json").json)


@pytest.fixture(scope="module")
def console(server: Guarded) -> Document:
    return Document(server.ask("GET", "/parvis/v1/openapi.json").json)


@pytest.fixture(scope="module")
def key(server: Guarded) -> str:
    server.plan(rate=1000.0, burst=1000, page=50)
    return server.key()


ASKED: list[tuple[int, str, str, str, Any, dict[str, str]]] = [
    (200, "GET", "/orders/{id}", "/orders/a", None, {}),
    (200, "GET", "/orders/{id}", "/orders/a", None, {"accept": "application/msgpack"}),
    (200, "GET", "/orders", "/orders?limit=50", None, {}),
    (200, "GET", "/photos/{id}", "/photos/a", None, {}),
    (200, "GET", "/photos/{id}", "/photos/a", None, {"accept": "application/json"}),
    (206, "GET", "/photos/{id}", "/photos/a", None, {"range": "bytes=0-3"}),
    (416, "GET", "/photos/{id}", "/photos/a", None, {"range": "bytes=90-"}),
    (304, "GET", "/orders/{id}", "/orders/a", None, {"if-none-match": "*"}),
    (200, "POST", "/names", "/names", {"many": 3}, {}),
    (201, "POST", "/orders", "/orders", {"order": {"id": "a"}}, {"idempotency-key": "one"}),
    (201, "POST", "/orders", "/orders", {"order": {"id": "a"}}, {"idempotency-key": "one"}),
    (422, "POST", "/orders", "/orders", {"order": {"id": "b"}}, {"idempotency-key": "one"}),
    (204, "DELETE", "/orders/{id}", "/orders/a", None, {}),
    (200, "GET", "/counts/old", "/counts/old", None, {}),
    (304, "GET", "/counts/old", "/counts/old", None, {"if-none-match": "*"}),
    (422, "GET", "/counts/old", "/counts/old?x=1", None, {}),
    (404, "GET", "/orders/{id}", "/orders/none", None, {}),
    (500, "GET", "/orders/{id}", "/orders/broken", None, {}),
    (400, "POST", "/orders", "/orders", b'{"order": 1, "order": 2}', {"content-type": "application/json"}),
    (406, "GET", "/orders", "/orders", None, {"accept": "text/html"}),
    (412, "POST", "/orders", "/orders", {"order": {"id": "a"}}, {"if-match": '"a"'}),
    (413, "POST", "/orders", "/orders", b"{" + b" " * 1_100_000 + b"}", {"content-type": "application/json"}),
    (415, "POST", "/orders", "/orders", b"x", {"content-type": "text/plain"}),
    (415, "POST", "/orders", "/orders", b"x", {"content-type": "application/json", "content-encoding": "br"}),
    (422, "POST", "/orders", "/orders", {"order": {}}, {}),
    (422, "GET", "/orders", "/orders?limit=51", None, {}),
    (401, "GET", "/orders", "/orders", None, {"authorization": "Bearer x"}),
    (401, "GET", "/orders", "/orders", None, {"authorization": "Basic YTpi"}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "method", "path", "at", "body", "headers"), ASKED)
def test_an_answer_of_a_service_is_as_its_document_says(
    server: Guarded, shop: Document, key: str,
    status: int, method: str, path: str, at: str, body: Any, headers: dict[str, str],
) -> None:  # fmt: skip
    answer = server.ask(method, f"/shop/v1{at}", body, key=None if "authorization" in headers else key, headers=headers)
    assert status == answer.status, answer.body
    assert [] == shop.wrong(method, path, answer)


@pytest.mark.parametrize(
    ("status", "plan", "rights", "more"),
    [
        (403, "default", ("shop.orders.get",), {}),
        (403, "default", (), {"test": True}),
        (429, "spent", (), {}),
    ],
)
def test_a_refusal_for_rights_a_sandbox_or_limits_is_as_the_document_says(
    server: Guarded, shop: Document, key: str, status: int, plan: str, rights: tuple[str, ...], more: dict[str, Any]
) -> None:
    if plan == "spent":
        server.run(server.context.credentials.change_all(None, plans.add, SPENT))
    name = server.account(f"acc_{status}{len(rights)}", plan=plan)
    answer = server.ask(
        "POST", "/shop/v1/orders", {"order": {"id": "a"}}, key=server.key(*rights, account=name, **more)
    )
    assert status == answer.status, answer.body
    assert [] == shop.wrong("POST", "/orders", answer)


SPENT = Plan("spent", ("*",), rate=1.0, burst=1, concurrent=None, day=0, month=None, keys=1)

CONSOLE: list[tuple[int, str, str, Any, bool, dict[str, str]]] = [
    (422, "/accounts", "/accounts", {"email": "x", "password": "short"}, False, {}),
    (201, "/accounts", "/accounts", {"email": "eve@example.org", "password": "a long enough one"}, False, {}),
    (409, "/accounts", "/accounts", {"email": "eve@example.org", "password": "a long enough one"}, False, {}),
    (400, "/accounts", "/accounts", {"email": "eva@example.org", "password": "a long enough one"}, False,
     {"idempotency-key": "two"}),
    (403, "/accounts/verify", "/accounts/verify", {"token": "x"}, False, {}),
    (409, "/accounts/request_reset", "/accounts/request_reset", {"email": "eve@example.org"}, False, {}),
    (403, "/operators", "/operators", {"email": "eve@example.org", "password": "a long enough one", "link": "x"},
     False, {}),
    (401, "/keys", "/keys", {"label": "x"}, False, {}),
    (403, "/keys", "/keys", {"label": "x"}, True, {}),
    (404, "/keys/{id}/revoke", "/keys/nobody/revoke", {}, True, {}),
    (200, "/limits", "/limits", {}, True, {}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "path", "at", "body", "known", "headers"), CONSOLE)
def test_an_answer_of_the_console_is_as_its_document_says(
    server: Guarded, console: Document, key: str,
    status: int, path: str, at: str, body: Any, known: bool, headers: dict[str, str],
) -> None:  # fmt: skip
    answer = server.ask("POST", f"/parvis/v1{at}", body, key=key if known else None, headers=headers)
    if path not in console.made["paths"]:
        path = path.replace("/accounts/", "/accounts.", 1)
        answer = server.ask("POST", f"/parvis/v1{path}", body, key=key if known else None, headers=headers)
    assert status == answer.status, answer.body
    assert [] == console.wrong("POST", path, answer)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_type_of_every_problem_is_the_address_of_a_page(
    server: Guarded, shop: Document, console: Document, language: str
) -> None:
    examples = shop.made["components"]["examples"] | console.made["components"]["examples"]
    types = {example["value"]["type"] for example in examples.values()} | {"/errors/declared-error"}
    assert len(types) > 40
    for each in types:
        page = server.ask("GET", each, headers={"accept-language": language})
        assert (200, language) == (page.status, page.headers["content-language"]), each
