"""Documents, health, metrics and the opening and closing of services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request as PageRequest

from parvis.access.console import ANONYMOUS
from parvis.contract.model import Contract
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.server.guards import Guards
from parvis.server.host import Host
from parvis.server.http.application import Application
from parvis.server.http.asgi import Asgi, Waiting
from parvis.server.http.incoming import Incoming
from parvis.server.http.router import Router
from parvis.server.identify import OneCaller
from parvis.server.logs import Log
from parvis.server.object.service import ServiceInstance

Serve = Callable[..., Any]


class Shop:
    """A shop."""

    def get_price(self, item: str) -> float:
        return 1.0

    def fail(self) -> int:
        raise ValueError


def test_the_documents_of_a_service(serve: Serve) -> None:
    shop = serve(Shop, version=2)
    newest, pinned = shop.ask("GET", "/shop/contract.json"), shop.ask("GET", "/shop/v2/contract.json", key=None)
    assert (200, newest.body) == (pinned.status, pinned.body)
    assert shop.host.services[0].contract == Contract.from_json(pinned.body)
    document = shop.ask("GET", "/shop/v2/openapi.json", key=None).json
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert shop.ask("GET", "/shop/v2/openapi.json?version=3.0").json["openapi"].startswith("3.0")
    assert 404 == shop.ask("GET", "/shop/v1/openapi.json").status
    assert 404 == shop.ask("GET", "/shap/contract.json").status


def test_health_answers_anybody_under_any_host(serve: Serve) -> None:
    shop = serve(Shop)
    for headers in ({}, {"host": "evil.example"}, {"host": None}):
        live, ready = (shop.ask("GET", f"/health/{n}", key=None, headers=headers) for n in ("live", "ready"))
        assert [(200, "live"), (200, "ready")] == [(a.status, a.json["status"]) for a in (live, ready)]
    assert [] == shop.lines()


def test_what_is_not_open_is_not_ready(serve: Serve) -> None:
    shop = serve(Shop)
    shop.host.ready = False
    answer = shop.ask("GET", "/health/ready")
    assert (503, {"status": "starting"}) == (answer.status, answer.json)


def test_the_metrics_are_prometheus_s_and_count_every_call(serve: Serve) -> None:
    shop = serve(Shop)
    for _ in range(3):
        shop.ask("GET", "/shop/v1/get_price?item=tea")
    shop.post("fail")
    shop.ask("GET", "/nowhere")
    answer = shop.ask("GET", "/metrics", key=None)
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["content-type"]
    samples = {
        (s.name, *sorted(s.labels.values())): s.value
        for family in text_string_to_metric_families(answer.body.decode()) for s in family.samples
    }  # fmt: skip
    assert 3 == samples["parvis_calls_total", "1", "200", "get_price", "shop"]
    assert 1 == samples["parvis_calls_total", "1", "500", "fail", "shop"]
    assert 1 == samples["parvis_unrouted_requests_total", "404"]
    assert 1 == samples["parvis_facade_threads", "1", "shop"]
    assert samples["parvis_call_seconds_total", "1", "get_price", "shop"] > 0
    assert samples["process_resident_memory_bytes",] > 0


def test_the_threads_of_a_service_are_those_of_all_its_pools(serve: Serve) -> None:
    text = serve(Shop, run={"fail": "threads:3"}).ask("GET", "/metrics", key=None).body.decode()
    assert 'parvis_facade_threads{service="shop",version="1"} 4.0' in text


@pytest.mark.parametrize("more", [{"client": "192.0.2.1"}, {"headers": {"x-forwarded-for": "192.0.2.1"}}])
def test_the_metrics_are_for_this_machine_alone(serve: Serve, more: dict[str, Any]) -> None:
    assert 404 == serve(Shop).ask("GET", "/metrics", **more).status


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/", None),
        ("/shop", None),
        ("/shop/v1/get_prize", "/shop/v1/get_price"),
        ("/shop/v9/get_price", "/shop/v1/get_price"),
        ("/shop/v1/__init__", None),
        ("/shop/v1/get_price/__class__", None),
        ("/shop/v1/_private", None),
        ("/health", None),
        ("/health/", None),
    ],
)
def test_a_wrong_address_is_a_problem_that_names_the_nearest(serve: Serve, path: str, near: str | None) -> None:
    answer = serve(Shop).ask("POST", path, {})
    if path.startswith("/health/"):
        assert 405 == answer.status
        return
    assert (404, "unknown-operation") == (answer.status, answer.json["code"])
    assert "exception" not in answer.json
    if near:
        assert near in answer.json["detail"]


EVENTS: list[str] = []


class First:
    def ping(self) -> int:
        return 1

    def close(self) -> None:
        EVENTS.append("first closed")
        raise OSError("cannot close")


class Second:
    def ping(self) -> int:
        return 1

    def close(self) -> None:
        EVENTS.append("second closed")


class Fails:
    def __init__(self) -> None:
        raise OSError("no database")

    def ping(self) -> int:
        return 1


def application(*targets: Any, base_url: str = "", agents: Any = None, pages: Any = None, **more: Any) -> Application:
    services = [ServiceInstance(compile_facade(load(target), Options())) for target in targets]
    guards = Guards(identifier=OneCaller(ANONYMOUS), log=Log(2, terminal=False))
    host = Host(services, guards, **more)
    return Application(Router(host, base_url=base_url, agents=agents, pages=pages), Incoming(host.new_id))


def test_services_close_in_the_other_order_and_one_s_trouble_does_not_keep_the_others(
    capfd: pytest.CaptureFixture[str],
) -> None:
    EVENTS.clear()

    async def closing() -> None:
        EVENTS.append("store closed")

    async def life() -> None:
        made = application(First, Second, closing=closing, opened=lambda: EVENTS.append("opened"))
        await made.open()
        assert made.router.host.ready
        await made.close()
        assert not made.router.host.ready

    asyncio.run(life())
    assert ["opened", "second closed", "first closed", "store closed"] == EVENTS
    said = json.loads(capfd.readouterr().err)
    assert ("close-failed", "first", "OSError: cannot close") == (said["event"], said["service"], said["error"])


def test_when_one_service_cannot_start_the_others_are_closed_again() -> None:
    EVENTS.clear()

    async def closing() -> None:
        EVENTS.append("store closed")

    async def life() -> None:
        made = application(Second, Fails, First, closing=closing)
        with pytest.raises(OSError, match="no database"):
            await made.open()

    asyncio.run(life())
    assert ["first closed", "second closed", "store closed"] == EVENTS


def test_what_serves_agents_ends_when_nothing_is_ready_any_more_and_its_trouble_does_not_keep_the_host(
    capfd: pytest.CaptureFixture[str],
) -> None:
    EVENTS.clear()

    class Broken:
        async def answer(self, request: Any) -> Any: ...

        async def close(self) -> None:
            EVENTS.append(f"agents close, ready {made.router.host.ready}")
            raise RuntimeError("the library cannot end")

    async def life() -> None:
        await made.open()
        await made.close()

    made = application(First, agents=Broken())
    asyncio.run(life())
    assert ["agents close, ready False", "first closed"] == EVENTS
    first, _ = capfd.readouterr().err.splitlines()
    assert ("close-failed", "RuntimeError: the library cannot end") == (
        json.loads(first)["event"], json.loads(first)["error"],
    )  # fmt: skip


def test_a_form_that_is_cut_is_no_bug(capfd: pytest.CaptureFixture[str]) -> None:
    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await PageRequest(scope, receive).form()

    async def life() -> list[Any]:
        sent: list[Any] = []
        parts = [{"type": "http.request", "body": b"email=ada", "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return parts.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        made = application(First, pages=pages)
        await made.open()
        scope = {
            "type": "http", "method": "POST", "path": "/register", "raw_path": b"/register", "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded")],
            "client": ("192.0.2.1", 5000), "server": ("127.0.0.1", 80), "root_path": "",
        }  # fmt: skip
        await Asgi(made)(scope, receive, send)
        await made.close()
        return sent

    assert 400 == asyncio.run(life())[0]["status"]
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [("call", 400, "malformed-request")] == [(s["event"], s.get("status"), s.get("code")) for s in said][:1]


async def lifespan(app: Any) -> list[str]:
    sent: list[str] = []
    messages = ["lifespan.startup", "lifespan.shutdown"]

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def receive() -> Any:
        return {"type": messages.pop(0)}

    await app({"type": "lifespan"}, receive, send)
    return sent


def test_a_waiting_application_opens_and_closes_with_the_lifespan() -> None:
    EVENTS.clear()

    async def make() -> Application:
        return application(Second)

    async def life() -> None:
        assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == await lifespan(Waiting(make))

    asyncio.run(life())
    assert ["second closed"] == EVENTS


def test_a_start_that_fails_is_told_to_the_server() -> None:
    async def make() -> Application:
        return application(Fails)

    async def life() -> None:
        with pytest.raises(OSError, match="no database"):
            await lifespan(Waiting(make))

    asyncio.run(life())


def test_without_a_lifespan_the_first_request_opens_once() -> None:
    made: list[Application] = []

    async def make() -> Application:
        await asyncio.sleep(0.01)
        made.append(application(Second))
        return made[-1]

    async def life() -> list[int]:
        waiting = Waiting(make)
        statuses: list[int] = []

        async def ask() -> None:
            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            async def receive() -> Any:
                return {"type": "http.request", "body": b""}

            path = "/second/contract.json"
            scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
                     "query_string": b"", "headers": [], "client": None, "server": None}  # fmt: skip
            await waiting(scope, receive, send)

        await asyncio.gather(*(ask() for _ in range(5)))
        await waiting.close()
        return statuses

    assert ([200] * 5, 1) == (asyncio.run(life()), len(made))


def test_a_web_socket_is_closed(serve: Serve) -> None:
    shop = serve(Shop)
    sent: list[Any] = []

    async def call() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        await shop.application({"type": "websocket", "path": "/", "headers": []}, receive, send)

    shop.run(call())
    assert ["websocket.close"] == [m["type"] for m in sent]
