"""Where the documents of a service stand, and the fields that tell it: ``Link`` (RFC 8288), ``Deprecation`` (RFC 9745),
``Sunset`` (RFC 8594).

``base_url`` is the server's public address, without a slash at its end; empty where nobody knows it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import format_datetime
from urllib.parse import quote

from ...contract.model import Contract, Operation
from .addresses import CATALOG, READY
from .answer import Headers


def page(base_url: str, contract: Contract, *, newest: bool) -> str:
    """The page of a service, in this version."""
    return f"{base_url}/{contract.service}/" + ("" if newest else f"?version={contract.version}")


def link(target: str, relation: str, kind: str = "") -> str:
    """One link of a ``Link`` field."""
    return f'<{target}>; rel="{relation}"' + (f'; type="{kind}"' if kind else "")


def of_service(base_url: str, contract: Contract, doc: str | None) -> str:
    """RFC 8631: the service's description, its page where there are pages, the state of the server; and RFC 9727."""
    links = [
        link(f"{base_url}{contract.prefix}/openapi.json", "service-desc", "application/json"),
        *([link(doc, "service-doc", "text/html")] if doc else []),
        link(f"{base_url}{READY}", "status", "application/json"),
        link(f"{base_url}{CATALOG}", "api-catalog", "application/linkset+json"),
    ]
    return ", ".join(links)


def of_server(base_url: str) -> str:
    """What the front page and the catalogue say."""
    return ", ".join([
        link(f"{base_url}{CATALOG}", "api-catalog", "application/linkset+json"),
        link(f"{base_url}{READY}", "status", "application/json"),
    ])  # fmt: skip


def parting(operation: Operation, doc: str | None) -> Headers:
    """What the answers of an operation carry that is to go: nothing for one that stays.

    ``Deprecation`` needs a date (RFC 9745 section 2.1): without one there is the link alone, to the operation's place
    on its ``doc`` page.
    """
    headers: Headers = []
    if operation.deprecated_since:
        headers.append((b"deprecation", b"@%d" % _midnight(operation.deprecated_since).timestamp()))
    if operation.sunset:
        headers.append((b"sunset", format_datetime(_midnight(operation.sunset), usegmt=True).encode()))
    if doc and (operation.deprecated or operation.sunset):
        relation = "deprecation" if operation.deprecated else "sunset"
        headers.append((b"link", link(f"{doc}#{quote(operation.name)}", relation, "text/html").encode()))
    return headers


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
