"""Plays the corpus to the servers of a tree, and writes down what each request brought about: one JSON object a line.

A line of a request holds what was sent, the answer, and the log lines and the meter's records that name it. After the
requests of a stage come its tables, its counts and what it said at its start. All of it as ``normalise`` tells it.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from corpus.asks import Ask, Stage, Story
from corpus.normalise import Known, named_requests
from corpus.talk import Answer, Talk
from corpus.tree import Server, Tree

SETTLED = 0.3
"""Seconds after the last request until the server is stopped: what it does at the end of a call is done by then."""

LETTER = 10.0
"""Seconds in which a letter comes."""

TABLES = (
    "refusal", "usage_day", "quota", "idempotency", "audit", "audit_person", "account", "api_key", "token", "plan",
    "letter",
)  # fmt: skip

Line = dict[str, Any]


@dataclass(slots=True)
class Exchange:
    """A request and what came of it."""

    story: Story
    ask: Ask
    answer: Answer | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.story.name}: {self.ask.name}" if len(self.story.asks) > 1 else self.story.name


def record(
    tree: Tree, stages: Iterable[Stage], *, every: int = 1, told: Callable[[str], None] = lambda text: None
) -> Iterator[Line]:
    """All lines, stage by stage. ``every``: of so many stories one is played, and all that are needed."""
    for stage in stages:
        began = time.monotonic()
        lines = list(_stage(tree, stage, every))
        told(f"{stage.name}: {len(lines)} lines in {time.monotonic() - began:.1f} s")
        yield from lines


def _stage(tree: Tree, stage: Stage, every: int) -> Iterator[Line]:
    folder = Path(tempfile.mkdtemp(prefix="pv-"))
    try:
        if stage.script:
            known = Known({"folder": str(folder)})
            for number, found in enumerate(tree.program(stage.script, folder)):
                if number % every == 0:
                    yield {"stage": stage.name, **known.value(found)}
            return
        server = Server(tree, stage, folder)
        try:
            player = Player(server)
            stories = [s for number, s in enumerate(stage.stories) if s.needed or number % every == 0]
            with ThreadPoolExecutor(stage.at_once) as pool:
                for played in pool.map(player.play, stories):
                    player.exchanges += played
            if not stage.app:
                player.count()
            time.sleep(SETTLED)
        finally:
            server.stop()
        yield from _written(stage, server, player)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Player:
    """Plays stories to one server, and remembers what they kept."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.known = Known(server.secrets())
        self.exchanges: list[Exchange] = []
        self.counts: list[str] = []
        self._letters = 0

    def play(self, story: Story) -> list[Exchange]:
        """What came of each of its requests."""
        talks: dict[str, Talk] = {}
        try:
            return [self._ask(story, ask, talks) for ask in story.asks]
        finally:
            for talk in talks.values():
                talk.close()

    def count(self) -> None:
        """What the metrics tell at the end."""
        talk = Talk.tcp(self._server.port, "127.0.0.1")
        talk.send(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % self._server.port)
        page = talk.answer("GET").body.decode()
        talk.close()
        wanted = re.compile(r"parvis_(calls_total|unrouted|facade_threads)")
        self.counts = sorted(line for line in page.splitlines() if wanted.match(line))

    def _ask(self, story: Story, ask: Ask, talks: dict[str, Talk]) -> Exchange:
        if ask.pause:
            time.sleep(ask.pause)
        known = self.known.values
        known["soon"] = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat(timespec="milliseconds")
        exchange = Exchange(story, ask)
        talk = talks.get(ask.on)
        if talk is None or talk.over:
            talk = talks[ask.on] = self._connect(story)
        talk.send(ask.written(known))
        match ask.until:
            case "nothing":
                pass
            case "hang up":
                talk.close()
            case "end":
                exchange.answer = Answer(body=talk.rest())
                talk.over = True
            case "head" if story.by == "lines":
                exchange.answer = Answer(body=talk.line())
                talk.close()
            case _ if story.by == "lines":
                exchange.answer = Answer(body=_lines(talk))
            case _:
                exchange.answer = talk.answer(ask.method, head_only=ask.until == "head")
        if exchange.answer is not None:
            self.known.learn(exchange.name, ask.keep, exchange.answer)
        for name, place in ask.keep.items():
            if place.startswith("letter/"):
                self.known.keep(name, self._letter(place.removeprefix("letter/")))
        return exchange

    def _letter(self, pattern: str) -> str:
        """What the next letter holds; empty where none comes that does."""
        deadline = time.monotonic() + LETTER
        while len(letters := self._server.letters()) <= self._letters:
            if time.monotonic() > deadline:
                return ""
            time.sleep(0.02)
        found = re.search(pattern, letters[self._letters])
        self._letters += 1
        return found[found.lastindex or 0] if found else ""

    def _connect(self, story: Story) -> Talk:
        if story.by == "operator":
            return Talk.unix(self._server.data / "admin.sock")
        if story.by == "lines":
            return Talk.unix(self._server.lines)
        return Talk.tcp(self._server.port, story.address)


def _lines(talk: Talk) -> bytes:
    """An answer by lines: one, or the items of a stream up to their end."""
    found = b""
    while line := talk.line():
        found += line
        with contextlib.suppress(ValueError):
            if "item" not in json.loads(line):
                break
    return found


def _written(stage: Stage, server: Server, player: Player) -> Iterator[Line]:
    known = player.known
    lines, loose = known.log(server.log())
    calls: dict[str, list[Line]] = {}
    if (server.data / "parvis.db").exists():
        known.rows(server.table("account"), server.table("api_key"))
        for row in server.table("call"):
            calls.setdefault(row.pop("request"), []).append(known.row("call", row))
    ids = [named_requests(exchange.answer) for exchange in player.exchanges]
    known.requests({id: e.name for e, each in zip(player.exchanges, ids, strict=True) for id in each})
    known.tags(exchange.answer for exchange in player.exchanges)
    for exchange, own in zip(player.exchanges, ids, strict=True):
        line: Line = {
            "stage": stage.name, "group": exchange.story.group, "ask": exchange.name, "sent": exchange.ask.told(),
        }  # fmt: skip
        if exchange.story.by != "http":
            line["by"] = exchange.story.by
        if exchange.answer is not None:
            line |= known.answer(exchange.ask.method, own, exchange.answer)
        line["log"] = [known.line(each, own) for id in own for each in lines.pop(id, [])]
        line["records"] = [known.value(each) for id in own for each in calls.pop(id, [])]
        yield line
    left = [json.dumps(known.line(each, ())) for found in lines.values() for each in found]
    uncounted = [json.dumps(known.value(each)) for found in calls.values() for each in found]
    # Of requests that nobody waited for: who came first is not told.
    rest: dict[str, list[Any]] = {"log": sorted(left), "call": sorted(uncounted)}
    rest["said"] = [known.text(each) for each in loose]
    rest["banner"] = known.text(server.banner).splitlines()
    rest["counts"] = player.counts
    rest["letters"] = [each for text in server.letters() for each in known.letter(text)]
    rest["lock"] = server.lock().splitlines()
    if (server.data / "parvis.db").exists():
        for name in TABLES:
            rest[name] = known.table(name, server.table(name))
    for name, rows in rest.items():
        yield {"stage": stage.name, "group": "left behind", "ask": name, "rows": rows}
