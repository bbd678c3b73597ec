"""A real server behind a network that fails in every way: nothing takes effect twice, nothing hangs, and the caller is
told of every outcome by name."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

import parvis
import proxy as faults
from parvis.client import AnswerUnreadable, ConnectionFailed, ParvisError, ServiceFailed
from proxy import Proxy
from served import Served

pytestmark = pytest.mark.slow

SHOP = '''
import time
from collections import Counter
from collections.abc import Iterator

class Shop:
    def __init__(self) -> None:
        self._made: Counter[str] = Counter()

    def order(self, tag: str, seconds: float = 0.0) -> str:
        """Takes effect, and tells."""
        self._made[tag] += 1
        time.sleep(seconds)
        return f"ordered {tag}"

    def count(self, tag: str) -> int:
        return self._made[tag]

    def ticks(self, tag: str, to: int) -> Iterator[str]:
        self._made[tag] += 1
        for number in range(to):
            yield f"{number:05d}" * 200
'''

tags = (f"t{n}" for n in itertools.count())


@pytest.fixture(scope="module")
def port() -> int:
    """Of the proxy: the server has to know by which name it is called."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found: int = taken.getsockname()[1]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("network")
    (folder / "shop.py").write_text(SHOP)
    settings = f'hosts = ["127.0.0.1:{port}"]\n[service.shop]\ntarget = "shop:Shop"\nreads = ["count"]\n'
    settings += 'run = { "*" = "threads:4" }\n'
    (folder / "parvis.toml").write_text(settings)
    with Served("shop:Shop", cwd=folder, data=folder / "data") as running:
        yield running


@pytest.fixture
def proxy(server: Served, port: int) -> Iterator[Proxy]:
    made = Proxy(server.port, at=port)
    yield made
    made.close()


@pytest.fixture
def shop(server: Served, proxy: Proxy) -> Iterator[Any]:
    with parvis.connect(f"{proxy.url}/shop", key=server.key, timeout=10) as shop:
        yield shop


def length(shop: Any) -> int:
    """Bytes of an answer of ``order``, about."""
    shop.order(next(tags))
    return 40 + len("ordered t1") + sum(len(k) + len(v) + 4 for k, v in shop.parvis.last.headers.items())


@pytest.mark.parametrize("how", [faults.cut, faults.reset], ids=["cut", "reset"])
def test_an_answer_that_is_cut_anywhere_is_asked_for_again_and_takes_effect_once(shop, proxy, how):
    whole = length(shop)
    for at in [*range(0, whole - 20, 41), *range(whole - 30, whole - 10, 3)]:
        tag = next(tags)
        proxy.answers.append(how(at))
        assert f"ordered {tag}" == shop.order(tag), at
        assert (1, []) == (shop.count(tag), proxy.answers)


@pytest.mark.parametrize("how", [faults.cut, faults.reset], ids=["cut", "reset"])
def test_a_request_that_is_cut_anywhere_is_sent_again_and_takes_effect_once(shop, proxy, how):
    for at in range(0, 400, 29):
        tag = next(tags)
        proxy.requests.append(how(at))
        assert f"ordered {tag}" == shop.order(tag), at
        assert 1 == shop.count(tag)


def test_without_repeats_a_cut_answer_is_an_unknown_outcome(server, proxy):
    with parvis.connect(f"{proxy.url}/shop", key=server.key, retries=0) as shop:
        whole = length(shop)
        for at in range(0, whole - 60, 97):
            tag = next(tags)
            proxy.answers.append(faults.cut(at))
            with pytest.raises(ConnectionFailed) as caught:
                shop.order(tag)
            assert ("unknown", "order", 1) == (caught.value.outcome, caught.value.operation, shop.count(tag))


def test_a_corrupted_answer_never_hangs_and_is_a_value_or_a_named_error(server, proxy):
    with parvis.connect(f"{proxy.url}/shop", key=server.key, timeout=0.6) as shop:
        whole = length(shop)
        for at in range(0, whole, 13):
            tag = next(tags)
            proxy.answers.append(faults.corrupt(at))
            before = time.monotonic()
            try:
                assert isinstance(shop.order(tag), str)
            except ParvisError as error:
                assert ("order", True) == (error.operation, bool(error.title))
            assert time.monotonic() - before < 3
            proxy.answers.clear()
            assert 1 == shop.count(tag)


def test_an_answer_that_is_slow_arrives(shop, proxy):
    for how in (faults.delay(0.3), faults.drip(0.5)):
        tag = next(tags)
        proxy.answers.append(how)
        assert f"ordered {tag}" == shop.order(tag)
        assert (1, 1) == (shop.parvis.last.attempts, shop.count(tag))


@pytest.mark.parametrize("how", [faults.swallow, faults.drip(5), faults.delay(3)], ids=["silent", "dripping", "late"])
def test_an_answer_that_is_too_slow_is_given_up_in_time(server, proxy, how):
    with parvis.connect(f"{proxy.url}/shop", key=server.key, timeout=0.5) as shop:
        tag = next(tags)
        proxy.answers.append(how)
        before = time.monotonic()
        with pytest.raises(ConnectionFailed) as caught:
            shop.order(tag)
        assert ("unknown", True) == (caught.value.outcome, time.monotonic() - before < 1.5)
        assert 1 == shop.count(tag)


def test_a_gateway_that_loses_the_answer_hides_no_effect(shop, proxy):
    tag = next(tags)
    proxy.answers += [faults.instead(faults.BAD_GATEWAY)] * 2
    assert f"ordered {tag}" == shop.order(tag)
    assert 1 == shop.count(tag)

    proxy.answers += [faults.instead(faults.BAD_GATEWAY)] * 3
    with pytest.raises(ServiceFailed, match="none of Parvis's") as caught:
        shop.order(tag := next(tags))
    assert (502, 3, "order", 1) == (caught.value.status, caught.value.attempts, caught.value.operation, shop.count(tag))


def test_a_call_that_still_runs_is_waited_for_and_not_run_again(shop, proxy):
    def lose(sink: Any, data: bytes) -> bool:
        """The request has arrived, and the connection ends."""
        sink.sendall(data)
        time.sleep(0.3)
        return False

    tag = next(tags)
    proxy.requests.append(lose)
    assert f"ordered {tag}" == shop.order(tag, seconds=1.0)
    assert (1, True) == (shop.count(tag), shop.parvis.last.operation == "count")


def test_a_stream_that_breaks_off_gives_what_came_and_is_not_begun_again(shop, proxy):
    passed = [0]

    def later(sink: Any, data: bytes) -> bool:
        passed[0] += len(data)
        sink.sendall(data[:-1])
        proxy.answers.append(later)
        return passed[0] < 50_000 and not sink.sendall(data[-1:])

    tag = next(tags)
    proxy.answers.append(later)
    came = []
    with pytest.raises(ConnectionFailed) as caught:
        came.extend(shop.ticks(tag, 5000))
    assert [f"{n:05d}" * 200 for n in range(len(came))] == came
    assert ("unknown", "ticks", True, 1) == (
        caught.value.outcome,
        caught.value.operation,
        len(came) > 30,
        proxy.answers.clear() or shop.count(tag),
    )


def test_a_corrupted_stream_ends_with_a_named_error_or_with_its_end(server, proxy):
    for at in range(0, 3000, 211):
        with parvis.connect(f"{proxy.url}/shop", key=server.key, timeout=0.6) as shop:
            tag = next(tags)
            proxy.answers.append(faults.corrupt(at))
            try:
                assert all(isinstance(each, str) for each in shop.ticks(tag, 5))
            except ParvisError as error:
                assert "ticks" == error.operation
            proxy.answers.clear()
            assert 1 == shop.count(tag)


def test_a_contract_that_is_cut_is_asked_for_again(server, proxy):
    proxy.answers += [faults.cut(500), faults.reset(900)]
    with parvis.connect(f"{proxy.url}/shop", key=server.key) as shop:
        assert 0 == shop.count(next(tags))
    for at in range(300, 1500, 83):
        proxy.answers.append(faults.corrupt(at))
        with contextlib.suppress(ParvisError, ValueError):
            parvis.connect(f"{proxy.url}/shop", key=server.key, timeout=0.5).close()
        proxy.answers.clear()


def test_sixteen_threads_on_one_client_lose_and_double_nothing(shop, proxy):
    from concurrent.futures import ThreadPoolExecutor

    stop = time.monotonic() + 20
    mine = [next(tags) for _ in range(320)]

    def work(part: list[str]) -> list[str]:
        made = []
        for n, tag in enumerate(part):
            if part[0] == mine[0]:
                proxy.answers.append(faults.cut(n * 37))
            made.append(shop.order(tag))
            assert "order" == shop.parvis.last.operation
        return made

    with ThreadPoolExecutor(16) as pool:
        made = [each for part in pool.map(work, [mine[n::16] for n in range(16)]) for each in part]
    proxy.answers.clear()
    assert sorted(f"ordered {tag}" for tag in mine) == sorted(made)
    assert {1} == {shop.count(tag) for tag in mine}
    assert time.monotonic() < stop


def test_tasks_on_one_client_lose_and_double_nothing_either(server, proxy):
    mine = [next(tags) for _ in range(60)]

    async def main() -> list[int]:
        async with parvis.connect_async(f"{proxy.url}/shop", key=server.key) as shop:
            proxy.answers += [faults.cut(n) for n in (0, 100, 300)] + [faults.instead(faults.BAD_GATEWAY)]
            made = await asyncio.gather(*(shop.order(tag) for tag in mine))
            assert [f"ordered {tag}" for tag in mine] == made
            return [await shop.count(tag) for tag in mine]

    assert {1} == set(asyncio.run(main()))


def test_a_server_that_is_away_for_a_moment_is_tried_again(server, port, monkeypatch):
    waits: list[float] = []
    made: list[Proxy] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            made.append(Proxy(server.port, at=port))

    monkeypatch.setattr("parvis.client.http.connections.time.sleep", sleep)
    with parvis.connect(f"http://127.0.0.1:{port}/shop", key=server.key) as shop:
        assert 0 == shop.count(next(tags))
    made[0].close()
    assert 2 == len(waits)
    with pytest.raises(ConnectionFailed) as caught:
        parvis.connect(f"http://127.0.0.1:{port}/shop", key=server.key)
    assert ("not-sent", 3) == (caught.value.outcome, caught.value.attempts)


def test_what_does_not_unpack_is_unreadable(shop, proxy):
    broken = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"
    proxy.answers.append(faults.instead(broken))
    with pytest.raises(AnswerUnreadable, match="cannot be decompressed") as caught:
        shop.order(tag := next(tags))
    assert ("order", 1) == (caught.value.operation, shop.count(tag))
