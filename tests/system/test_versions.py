"""Two versions of a service side by side, and what the settings say of each, over a real server."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import parvis
from served import DidNotStart, Served
from served import parvis as command

SHOPS = """
from decimal import Decimal


class ShopV1:
    \"\"\"The first shop.\"\"\"

    def price(self, item: str) -> float:
        \"\"\"The price, as a float.\"\"\"
        return 3.5

    def stock(self, item: str) -> int:
        return 1


class Shop:
    \"\"\"The second shop.\"\"\"

    def price(self, item: str, count: int = 1) -> Decimal:
        \"\"\"The price, to the cent.\"\"\"
        return Decimal("3.50") * count

    def restock(self, item: str) -> int:
        return 2

    def teas(self) -> list[str]:
        return ["assam"]

    def audit(self) -> str:
        return "kept"
"""

SETTINGS = """
[service.old_shop]
target = "shops:ShopV1"
name = "shop"
deprecated = { "*" = "Use version 2." }
reads = ["price"]

[service.shop]
target = "shops:Shop"
version = 2
title = "The shop"
reads = ["price", "teas"]
hidden = ["audit"]
rights = { restock = "shop.staff.restock" }
costs = { price = 5 }
public = { teas = 60 }
examples = { price = { item = "jam" } }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("versions")
    (made / "shops.py").write_text(SHOPS)
    (made / "parvis.toml").write_text(SETTINGS)
    return made


@pytest.fixture(scope="module")
def served(place: Path) -> Iterator[Served]:
    with Served("--config=parvis.toml", cwd=place, data=place / "data") as running:
        yield running


def ask(served: Served, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        shown = served.key if key is None else key
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {**headers, **({"Content-Type": "application/json"} if text else {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def contract(served: Served, path: str) -> dict[str, Any]:
    status, _, text = ask(served, "GET", path)
    assert 200 == status
    found: dict[str, Any] = json.loads(text)
    return found


def test_each_version_answers_at_its_own_address(served: Served) -> None:
    assert (200, "3.5") == ask(served, "POST", "/shop/v1/price", {"item": "tea"})[::2]
    assert (200, '"7.00"') == ask(served, "POST", "/shop/v2/price", {"item": "tea", "count": 2})[::2]
    assert (200, "1") == ask(served, "POST", "/shop/v1/stock", {"item": "tea"})[::2]
    assert [404, 404, 422] == [
        ask(served, "POST", path, body)[0]
        for path, body in (
            ("/shop/v2/stock", {"item": "tea"}),
            ("/shop/v1/restock", {"item": "tea"}),
            ("/shop/v1/price", {"item": "tea", "count": 2}),
        )
    ]


def test_the_contract_without_a_version_is_the_newest(served: Served) -> None:
    whole = [contract(served, f"/shop/{where}contract.json") for where in ("", "v2/", "v1/")]
    assert whole[0] == whole[1]
    assert [2, 1] == [each.get("version", 1) for each in whole[1:]]
    assert [["price", "restock", "teas"], ["price", "stock"]] == [
        [operation["name"] for operation in each["operations"]] for each in whole[1:]
    ]


def test_a_client_takes_the_newest_or_the_one_it_names(served: Served) -> None:
    with parvis.connect(f"{served.url}/shop", key=served.key) as newest:
        assert "7.00" == str(newest.price("tea", 2))
        assert not hasattr(newest, "stock")
    with parvis.connect(f"{served.url}/shop/v1", key=served.key) as old:
        assert (3.5, 1) == (old.price("tea"), old.stock("tea"))
        assert "Deprecated: Use version 2." in old.price.__doc__


def test_a_whole_version_is_deprecated_everywhere_it_is_described(served: Served) -> None:
    operations = contract(served, "/shop/v1/contract.json")["operations"]
    assert ["Use version 2."] * 2 == [each["deprecated"] for each in operations]
    for version, expected in (("v1", {True}), ("v2", {None})):
        paths = json.loads(ask(served, "GET", f"/shop/{version}/openapi.json")[2])["paths"]
        assert expected == {each.get("deprecated") for path in paths.values() for each in path.values()}
    assert 2 == ask(served, "GET", "/shop/?version=1")[2].count("Use version 2.")
    page = ask(served, "GET", "/shop/")[2]
    assert ("The shop" in page, "Use version 2." in page, "?version=1" in page) == (True, False, True)


def test_the_banner_shows_both_and_calls_the_newest(served: Served) -> None:
    assert f"  shop v1  {served.url}/shop/v1\n" in served.banner
    assert f"  shop v2  {served.url}/shop/v2\n" in served.banner
    assert "shop.price(item='jam')" in served.banner
    assert f"{served.url}/shop/v2/price" in served.banner.partition("Try it")[2]


def counted(served: Served) -> dict[str, float]:
    """The refused calls of `price` so far, by version."""
    page = ask(served, "GET", "/metrics")[2]
    rows = [row for row in page.splitlines() if 'price",service="shop",status="422"' in row]
    return {row.partition('version="')[2][0]: float(row.rpartition(" ")[2]) for row in rows}


def logged(served: Served) -> list[tuple[str, int]]:
    lines = [json.loads(line) for line in served.log().splitlines()]
    return sorted((line["operation"], line["version"]) for line in lines if line.get("status") == 422)


def test_metrics_and_log_tell_the_versions_apart(served: Served) -> None:
    before = counted(served)
    for version in ("v1", "v2", "v2"):
        assert 422 == ask(served, "POST", f"/shop/{version}/price", {"itme": "tea"})[0]
    after = counted(served)
    assert {"1": 1.0, "2": 2.0} == {version: count - before.get(version, 0.0) for version, count in after.items()}
    expected = [("shop.price", int(version)) for version in sorted(after) for _ in range(int(after[version]))]
    until = time.monotonic() + 5
    while len(logged(served)) < len(expected) and time.monotonic() < until:
        time.sleep(0.02)  # lines are gathered for a moment
    assert expected == logged(served)


# What the settings of the second say


@pytest.fixture(scope="module")
def keys(served: Served) -> dict[str, str]:
    """Live keys by their rights."""
    account = {"email": "ada@example.org", "password": "a long password for ada", "name": "Ada"}
    assert 201 == ask(served, "POST", "/parvis/v1/accounts", account, "")[0]
    wanted = {
        "all": None, "price": ["shop.price"], "shop": ["shop.*"], "staff": ["shop.staff.*"], "name": ["shop.restock"],
    }  # fmt: skip
    auth = (account["email"], account["password"])
    with parvis.connect(f"{served.url}/parvis", auth=auth) as console:
        return {name: console.keys.create(name, rights).secret for name, rights in wanted.items()}


def test_a_key_needs_the_right_that_the_settings_name(served: Served, keys: dict[str, str]) -> None:
    def statuses(path: str) -> dict[str, int]:
        return {name: ask(served, "POST", path, {"item": "tea"}, key)[0] for name, key in keys.items()}

    assert {"all": 200, "price": 403, "shop": 200, "staff": 200, "name": 403} == statuses("/shop/v2/restock")
    problem = json.loads(ask(served, "POST", "/shop/v2/restock", {"item": "tea"}, keys["name"])[2])
    assert ("key-right-missing", "shop.staff.restock") == (problem["code"], problem["right"])
    # The others keep their own, in both versions.
    for version in ("v1", "v2"):
        expected = {"all": 200, "price": 200, "shop": 200, "staff": 403, "name": 403}
        assert expected == statuses(f"/shop/{version}/price")


def test_rights_costs_and_seconds_are_in_the_contract(served: Served) -> None:
    found = {each["name"]: each for each in contract(served, "/shop/v2/contract.json")["operations"]}
    assert "shop.staff.restock" == found["restock"]["right"]
    assert {"price": 5, "restock": None, "teas": None} == {name: each.get("cost") for name, each in found.items()}
    assert {"price": None, "restock": None, "teas": 60} == {name: each.get("public") for name, each in found.items()}
    assert {"item": "jam"} == found["price"]["example"]


def test_anybody_may_keep_a_public_answer_by_get_and_nothing_else(served: Served) -> None:
    kept = {
        (method, path): ask(served, method, path, body, key)[1]["cache-control"]
        for method, path, body, key in (
            ("GET", "/shop/v2/teas", None, None),
            ("HEAD", "/shop/v2/teas", None, None),
            ("POST", "/shop/v2/teas", {}, None),
            ("GET", "/shop/v2/teas?x=1", None, None),
            ("GET", "/shop/v2/price?item=tea", None, None),
        )
    }
    private = "private, no-store"
    assert ["public, max-age=60", "public, max-age=60", private, private, private] == list(kept.values())
    assert private == ask(served, "GET", "/shop/v2/teas", None, "")[1]["cache-control"]  # the refusal, to a stranger


def test_what_is_hidden_is_nowhere(served: Served) -> None:
    assert 404 == ask(served, "POST", "/shop/v2/audit", {})[0]
    for path in ("/shop/contract.json", "/shop/v2/openapi.json", "/shop/"):
        assert "audit" not in ask(served, "GET", path)[2]


def test_what_is_hidden_is_not_suggested_to_who_mistypes(served: Served) -> None:
    assert "audit" not in ask(served, "POST", "/shop/v2/audi", {})[2]


# Before it serves


def test_the_lock_names_both(place: Path) -> None:
    locked = command("lock", cwd=place)
    assert (0, "") == (locked.returncode, locked.stderr)
    text = (place / "parvis.lock").read_text()
    paragraphs = [line for line in text.splitlines() if line.startswith("[shop.")]
    assert [
        '[shop.v1.operations."price"]', '[shop.v1.operations."stock"]', '[shop.v2.operations."price"]',
        '[shop.v2.operations."restock"]', '[shop.v2.operations."teas"]',
    ] == paragraphs  # fmt: skip
    assert 2 == text.count('deprecated = "Use version 2."')


def test_describe_shows_both(place: Path) -> None:
    told = command("describe", cwd=place)
    assert (0, "") == (told.returncode, told.stderr)
    assert ["shop v1  The first shop.", "shop v2  The second shop."] == [
        line for line in told.stdout.splitlines() if line.startswith("shop ")
    ]
    assert "  audit: hidden by the publisher\n" in told.stdout


def test_two_of_one_name_and_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "shops.py").write_text(SHOPS)
    (tmp_path / "parvis.toml").write_text(SETTINGS.replace("version = 2\n", ""))
    with pytest.raises(DidNotStart) as caught:
        Served("--config=parvis.toml", cwd=tmp_path, data=tmp_path / "data")
    assert "parvis: two services stand at /shop/v1: give one another `name` or `version`\n" == str(caught.value)
