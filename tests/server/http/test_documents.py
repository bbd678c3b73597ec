"""What stands beside the calls for programs to read, and how each leads to the others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from parvis.contract.model import Contract, Operation, Result, Route
from parvis.server.http.documents import Documents

AT = "https://api.example.org"
PING = Operation("ping", (), Result("int", {"type": "integer"}), (Route("POST", "/ping"),))
OLD = Contract("shop", (PING,), 1, "The shop", "Prices and\norders.")
NEW = Contract("shop", (PING,), 2, "The shop", "Prices and\norders.")
CONSOLE = Contract("parvis", (PING,), 1, "Parvis")
LINK = re.compile(r'<([^<>]*)>; rel="([a-z-]+)"(?:; type="([a-z+/]+)")?')


def documents(*contracts: Contract, pages: bool = True, at: str = AT) -> Documents:
    return Documents(contracts or (OLD, NEW, CONSOLE), at, pages=pages)


def links(found: Any) -> dict[str, str]:
    value = dict(found.headers)[b"link"].decode()
    matched = LINK.findall(value)
    assert value.count("<") == len(matched)
    return {relation: target for target, relation, _ in matched}


def test_each_document_says_where_the_description_the_page_and_the_state_are() -> None:
    made = documents()
    for path in ("/shop/v1/contract.json", "/shop/v1/openapi.json"):
        assert {
            "service-desc": f"{AT}/shop/v1/openapi.json", "service-doc": f"{AT}/shop/?version=1",
            "status": f"{AT}/health/ready", "api-catalog": f"{AT}/.well-known/api-catalog",
        } == links(made.find(path, b""))  # fmt: skip
    assert f"{AT}/shop/" == links(made.find("/shop/contract.json", b""))["service-doc"]
    assert "service-doc" not in links(documents(pages=False).find("/shop/v1/contract.json", b""))


def test_the_catalogue_lists_every_service_in_every_version() -> None:
    import json

    found = documents().find("/.well-known/api-catalog", b"")
    assert found is not None
    assert b'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"' == found.kind[1]
    assert f"{AT}/.well-known/api-catalog" == links(found)["api-catalog"]
    catalog, *services = json.loads(found.body)["linkset"]
    prefixes = [f"{AT}/shop/v1", f"{AT}/shop/v2", f"{AT}/parvis/v1"]
    assert (f"{AT}/.well-known/api-catalog", prefixes) == (catalog["anchor"], [i["href"] for i in catalog["item"]])
    assert prefixes == [each["anchor"] for each in services]
    assert {
        "anchor": f"{AT}/shop/v2",
        "service-desc": [{"href": f"{AT}/shop/v2/openapi.json", "type": "application/json"}],
        "service-meta": [{"href": f"{AT}/shop/v2/contract.json", "type": "application/json"}],
        "service-doc": [{"href": f"{AT}/shop/", "type": "text/html"}],
        "status": [{"href": f"{AT}/health/ready", "type": "application/json"}],
    } == services[1]


def test_the_text_for_agents_is_short_and_says_how_to_register_and_where_to_read() -> None:
    found = documents().find("/llms.txt", b"")
    assert found is not None
    text = found.body.decode()
    assert text.startswith("# The shop\n\n> ")
    assert len(text) < 2000
    for wanted in (
        f"- [The shop, version 2]({AT}/shop/v2/openapi.json): Prices and orders.\n", f"{AT}/shop/?version=1",
        f"`POST {AT}/parvis/v1/accounts`", f"`POST {AT}/parvis/v1/keys`", f"{AT}/errors/",
    ):  # fmt: skip
        assert wanted in text
    alone = documents(OLD, pages=False).find("/llms.txt", b"")
    assert alone is not None
    assert b"register" not in alone.body


@pytest.mark.parametrize(
    "path", ["/shop/v3/openapi.json", "/openapi.json", "/shop/v1/", "/llms.txt/", "/x/contract.json"]
)
def test_there_is_no_other(path: str) -> None:
    assert None is documents().find(path, b"")


def test_both_versions_of_openapi_are_made_once_each() -> None:
    made = documents()
    new, old = (made.find("/shop/v1/openapi.json", query) for query in (b"", b"version=3.0"))
    assert new is not None
    assert old is not None
    assert (b'"3.1.0"' in new.body, b'"3.1.0"' in old.body) == (True, False)
    assert new is made.find("/shop/v1/openapi.json", b"")
