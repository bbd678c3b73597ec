"""What stands beside the calls for programs to read: contracts, OpenAPI, the catalogue of both, and a text for agents.

Made once: at start what costs little, OpenAPI at its first request. Each says in ``Link`` where the others are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from ...contract.model import CONSOLE, Contract
from ...contract.openapi.document import openapi
from ...protocol.http import links
from ...protocol.http.addresses import AGENTS, CATALOG, LLMS, READY
from ...protocol.http.answer import JSON, Headers

LINKSET = (
    b"content-type", b'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
)  # fmt: skip
"""RFC 9264 section 4.2, with the profile of RFC 9727 section 4.1."""
TEXT = (b"content-type", b"text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Document:
    body: bytes
    kind: tuple[bytes, bytes] = JSON
    headers: Headers = field(default_factory=list)
    """What it says beside its type: where the others are."""
    lasting: bool = False
    """Whether it is the same at each request: then it has a tag, and a compressed form that is made once."""


class Documents:
    """The documents of these services, by path. ``pages`` is whether there are any for people to read."""

    def __init__(self, contracts: Iterable[Contract], base_url: str, *, pages: bool) -> None:
        self._base_url = base_url
        self._pages = pages
        self._contracts = {contract.prefix: contract for contract in contracts}
        self._newest = {c.service: c for c in sorted(self._contracts.values(), key=lambda c: c.version)}
        self.made: dict[str, Document] = {
            CATALOG: Document(_json(self._catalog()), LINKSET, _link(links.of_server(base_url)), lasting=True),
            LLMS: Document(self._llms().encode(), TEXT, _link(links.of_server(base_url)), lasting=True),
        }
        for contract in self._contracts.values():
            self.made[f"{contract.prefix}/contract.json"] = self._of(contract, contract.to_json())
        for contract in self._newest.values():
            self.made[f"/{contract.service}/contract.json"] = self._of(contract, contract.to_json())

    def find(self, path: str, query: bytes) -> Document | None:
        if path in self.made:
            return self.made[path]
        contract = self._contracts.get(path.removesuffix("/openapi.json")) if path.endswith("/openapi.json") else None
        if contract is None:
            return None
        old = query == b"version=3.0"
        key = path + ("?3.0" if old else "?3.1")  # never the path itself, which would hide the other version
        if key not in self.made:
            version: Literal["3.1", "3.0"] = "3.0" if old else "3.1"
            at = self._base_url or None
            made = openapi(contract, server_url=at, version=version, page=self.page(contract))
            self.made[key] = self._of(contract, _json(made))
        return self.made[key]

    def page(self, contract: Contract) -> str | None:
        """The address of a service's page."""
        if not self._pages:
            return None
        return links.page(self._base_url, contract, newest=self._newest[contract.service] is contract)

    def _of(self, contract: Contract, body: bytes) -> Document:
        return Document(
            body, headers=_link(links.of_service(self._base_url, contract, self.page(contract))), lasting=True
        )

    def _catalog(self) -> dict[str, Any]:
        """RFC 9727: every service in every version, and of each where its description, page and state are."""
        at = self._base_url
        catalog: dict[str, Any] = {"anchor": f"{at}{CATALOG}"}
        catalog["item"] = [{"href": f"{at}{c.prefix}", "title": _title(c)} for c in self._contracts.values()]
        services = []
        for contract in self._contracts.values():
            page = self.page(contract)
            services.append({
                "anchor": f"{at}{contract.prefix}",
                "service-desc": [_href(f"{at}{contract.prefix}/openapi.json", "application/json")],
                "service-meta": [_href(f"{at}{contract.prefix}/contract.json", "application/json")],
                **({"service-doc": [_href(page, "text/html")]} if page else {}),
                "status": [_href(f"{at}{READY}", "application/json")],
            })  # fmt: skip
        return {"linkset": [catalog, *services]}

    def _llms(self) -> str:
        """In the form of https://llmstxt.org: a title, a summary, lists of links."""
        at = self._base_url
        published = [c for c in self._contracts.values() if c.service != CONSOLE]
        lines = [f"# {', '.join(dict.fromkeys(c.title or c.service for c in published)) or 'Parvis'}", ""]
        lines += [
            "> An HTTP API. Every operation is `POST /{service}/v{version}/{operation}` with one JSON object of its",
            "> arguments; every error is application/problem+json whose `fix` says what to do.",
            "",
        ]
        lines += ["## Services", ""]
        for contract in published:
            about = f": {' '.join(contract.summary.split())}" if contract.summary else ""
            lines.append(f"- [{_title(contract)}]({at}{contract.prefix}/openapi.json){about}")
            if page := self.page(contract):
                lines.append(f"- [{_title(contract)}, for people]({page})")
        if any(c.service == CONSOLE for c in self._contracts.values()):
            register = f"by the page {at}/register, or by" if self._pages else "by"
            lines += [
                "", "## To register", "",
                f"- An account: {register} `POST {at}/parvis/v1/accounts` with `email`, `password` and `name`.",
                f"- A key: `POST {at}/parvis/v1/keys` with e-mail and password (Basic) and a `label`; send it as "
                "`Authorization: Bearer <key>`.",
                f"- [Accounts, keys, limits and usage]({at}/parvis/v1/openapi.json)",
            ]  # fmt: skip
        lines += ["", "## More", "", f"- [The same operations as tools, by MCP]({at}{AGENTS})"]
        lines.append(f"- [All services as a linkset]({at}{CATALOG})")
        if self._pages:
            lines.append(f"- [Every error and what to do about it]({at}/errors/)")
        return "\n".join(lines) + "\n"


def _title(contract: Contract) -> str:
    return f"{contract.title or contract.service}, version {contract.version}"


def _href(target: str, kind: str) -> dict[str, str]:
    return {"href": target, "type": kind}


def _link(value: str) -> Headers:
    return [(b"link", value.encode())]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
