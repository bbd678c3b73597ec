"""Requests that bring about each kind of answer, for the tools that look at answers alone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from conformance.subject import Answer, Subject

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request below a service's address; ``signed``: with the key."""

    service: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    signed: bool = True

    @property
    def label(self) -> str:
        more = ", ".join(f"{name}: {value}" for name, value in self.headers.items() if name != "Content-Type")
        return f"{self.service} {self.method} {self.path}" + (f" ({more})" if more else "")


MARKET = "market"
KINDS: tuple[Ask, ...] = (
    Ask(MARKET, "GET", "/openapi.json", signed=False),
    Ask(MARKET, "GET", "/openapi.json?version=3.0", headers={"Accept-Encoding": "gzip"}, signed=False),
    Ask(MARKET, "GET", "/contract.json", signed=False),
    Ask("parvis", "GET", "/limits"),
    Ask("parvis", "GET", "/accounts.get"),
    Ask(MARKET, "GET", "/orders?limit=50", headers={"Accept-Encoding": "gzip"}),
    Ask(MARKET, "GET", "/orders", headers={"Accept": "application/msgpack"}),
    Ask(MARKET, "HEAD", "/orders/1"),
    Ask(MARKET, "GET", "/find?quality=fresh"),
    Ask(MARKET, "POST", "/ticks", {"count": 2}, {"Accept": "text/event-stream"}),
    Ask(MARKET, "POST", "/ticks", {"count": 2}, {"Accept": JSON}),
    Ask(MARKET, "OPTIONS", "/orders"),
    Ask(MARKET, "TRACE", "/orders"),
    Ask(MARKET, "GET", "/offer"),
    Ask(MARKET, "GET", "/nothing"),
    Ask(MARKET, "GET", "/orders/999999999"),
    Ask(MARKET, "GET", "/orders", signed=False),
    Ask(MARKET, "GET", "/orders", headers={"Authorization": "Bearer pv_live_wrong"}, signed=False),
    Ask(MARKET, "GET", "/orders", headers={"Accept": "image/png"}),
    Ask(MARKET, "GET", "/orders/1", headers={"If-Match": '"another"'}),
    Ask(MARKET, "GET", "/orders/x"),
    Ask(MARKET, "GET", "/price?item=plums&kilos=-1"),
    Ask(MARKET, "POST", "/price", b"{", {"Content-Type": JSON}),
    Ask(MARKET, "POST", "/price", b"<a/>", {"Content-Type": "text/xml"}),
    Ask(MARKET, "POST", "/price", b"\x8b\x00\x80{}\x03", {"Content-Encoding": "br", "Content-Type": JSON}),
    Ask("parvis", "GET", "/accounts"),
)  # fmt: skip
"""Beside one call of each operation with the arguments of its example."""


@dataclass(frozen=True, slots=True)
class Exchange:
    ask: Ask
    headers: tuple[tuple[str, str], ...]
    sent: bytes
    uri: str
    answer: Answer

    def line(self) -> str:
        """As JSON, for a program that runs elsewhere."""
        told = {
            "method": self.ask.method, "uri": self.uri, "asked": self.headers, "status": self.answer.status,
            "reason": self.answer.reason, "fields": self.answer.fields,
            "sent": base64.b64encode(self.sent).decode(), "body": base64.b64encode(self.answer.body).decode(),
        }  # fmt: skip
        return json.dumps(told)


def exchanges(subject: Subject) -> list[Exchange]:
    made = [_made(subject, ask) for ask in (*examples(subject), *KINDS)]
    tagged = next(each for each in made if each.ask.method == "HEAD")
    again = {"If-None-Match": {n.lower(): v for n, v in tagged.answer.fields}.get("etag", "none")}
    return [*made, _made(subject, Ask(MARKET, "GET", "/orders/1", headers=again))]


def examples(subject: Subject) -> list[Ask]:
    """Each operation of the sample, called as its document shows, where that gives an example."""
    asks = []
    for path, item in subject.document(MARKET)["paths"].items():
        for method, operation in item.items():
            query, place = [], path
            for parameter in operation.get("parameters", ()):
                if parameter.get("in") == "path":
                    place = place.replace("{id}", str(parameter["example"]))
                elif parameter.get("in") == "query" and "example" in parameter:
                    query.append(f"{parameter['name']}={parameter['example']}")
            body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("example")
            asks.append(Ask(MARKET, method.upper(), place + ("?" + "&".join(query) if query else ""), body))
    return asks


def _made(subject: Subject, ask: Ask) -> Exchange:
    uri = subject.base(ask.service) + ask.path
    headers = {"User-Agent": "conformance", **ask.headers}
    if ask.signed:
        headers["Authorization"] = f"Bearer {subject.key}"
    sent = b""
    if ask.body is not None:
        sent = ask.body if isinstance(ask.body, bytes) else json.dumps(ask.body).encode()
        headers.setdefault("Content-Type", JSON)
    answer = subject.ask(ask.method, uri.removeprefix(subject.url), sent or None, headers)
    said = (("Host", subject.url.rpartition("/")[2]), *headers.items())
    return Exchange(ask, said, sent, uri, answer)
