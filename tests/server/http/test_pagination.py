"""A page says where the next one is: addresses are followed, and none is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

Serve = Callable[..., Any]


@dataclass
class Page:
    items: list[int]
    next: str | None = None


@dataclass
class Numbered:
    items: list[int]
    next: int | None = None


class Shop:
    def find(self, text: str = "", cursor: str | None = None, limit: int = 2) -> Page:
        start = int(cursor.removeprefix("a&=é") if cursor else 0)
        end = start + limit
        return Page(list(range(5))[start:end], f"a&=é{end}" if end < 5 else None)

    def numbers(self, cursor: int = 0) -> Numbered:
        return Numbered([cursor], cursor + 1 if cursor < 2 else None)

    def list_all(self, limit: int = 2) -> Page:
        return Page([], "not a page without a cursor")


def followed(shop: Any, path: str) -> list[Any]:
    pages = []
    while path:
        answer = shop.ask("GET", path)
        assert 200 == answer.status
        pages.append(answer.json["items"])
        link = answer.headers.get("link", "")
        assert bool(answer.json["next"]) == bool(link)
        path = link.removeprefix("<").removesuffix('>; rel="next"')
    return pages


def test_links_are_followed_to_the_end(serve: Serve) -> None:
    shop = serve(Shop, reads=["*"])
    assert [[0, 1], [2, 3], [4]] == followed(shop, "/shop/v1/find?text=%C3%A9%26")
    assert [[0, 1, 2], [3, 4]] == followed(shop, "/shop/v1/find?limit=3")
    assert [[0], [1], [2]] == followed(shop, "/shop/v1/numbers")


def test_the_rest_of_the_query_stays_as_it_was_sent(serve: Serve) -> None:
    shop = serve(Shop, reads=["*"])
    answer = shop.ask("GET", "/shop/v1/find?cursor=2&text=%C3%A9%26&limit=1")
    expected = '</shop/v1/find?text=%C3%A9%26&limit=1&cursor=a%26%3D%C3%A93>; rel="next"'
    assert expected == answer.headers["link"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/shop/v1/find"), ("GET", "/shop/v1/list_all")])
def test_what_is_no_page_by_get_says_nothing(serve: Serve, method: str, path: str) -> None:
    shop = serve(Shop, reads=["*"])
    answer = shop.ask(method, path, {} if method == "POST" else None)
    assert (200, None) == (answer.status, answer.headers.get("link"))


def test_an_answer_that_the_caller_has_says_nothing_more(serve: Serve) -> None:
    shop = serve(Shop, reads=["*"])
    tag = shop.ask("GET", "/shop/v1/find").headers["etag"]
    again = shop.ask("GET", "/shop/v1/find", headers={"if-none-match": tag})
    assert (304, None) == (again.status, again.headers.get("link"))


def test_an_address_begins_with_where_the_server_is(guarded: Callable[..., Any]) -> None:
    server = guarded(Shop, reads=["*"])
    answer = server.ask("GET", "/shop/v1/numbers", key=server.key())
    assert '<http://localhost/shop/v1/numbers?cursor=1>; rel="next"' == answer.headers["link"]


def test_in_another_application_an_address_begins_with_its_place(serve: Serve) -> None:
    shop = serve(Shop, reads=["*"])
    answer = shop.ask("GET", "/api/shop/v1/numbers", root="/api")
    assert '</api/shop/v1/numbers?cursor=1>; rel="next"' == answer.headers["link"]


def test_a_plan_bounds_how_much_a_page_holds(guarded: Callable[..., Any]) -> None:
    server = guarded(Shop, reads=["*"])
    server.plan(page=3)
    key = server.key()
    assert 200 == server.ask("GET", "/shop/v1/find?limit=3", key=key).status
    refused = server.ask("GET", "/shop/v1/find?limit=4", key=key)
    assert (422, "limit") == (refused.status, refused.json["errors"][0]["location"])
