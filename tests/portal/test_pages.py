"""parvis.portal.pages: every page from the contracts alone, in two languages, with its headers."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

from parvis.contract.outcomes import OUTCOMES
from parvis.portal import MemoryConsole, Welcome, portal_app

from .conftest import APPROVAL, BASE_URL, CLOSED, CONTRACTS, LETTERS, OPEN, SHOP, WELCOMES, client_of

CHANGING = ["/", "/register", "/verify", "/verify?token=x", "/reset", "/reset?token=x"]
"""Pages that are others where registration or letters are."""
PAGES = [*CHANGING, "/shop/", "/weather/", "/weather/?version=1", "/operator", "/operator?link=x", "/errors/",
         "/errors/declared-error", *(f"/errors/{code}" for code in OUTCOMES)]  # fmt: skip
EVERY = [(path, OPEN) for path in PAGES] + [(path, welcome) for path in CHANGING for welcome in WELCOMES[1:]]


class Page(HTMLParser):
    """The tags of a page, and whether they close as they opened."""

    VOID = frozenset({"meta", "link", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("path", "welcome"), EVERY)
def test_every_page_needs_no_console_and_is_whole_html(path: str, welcome: Welcome, language: str) -> None:
    nobody: Any = None
    client = TestClient(portal_app(nobody, CONTRACTS, BASE_URL, welcome), follow_redirects=False)
    response = client.get(path, headers={"accept-language": language})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-language"] == language
    assert response.headers["vary"] == "Accept-Language"
    page = Page(response.text)
    assert ([], []) == (page.wrong, page.open)
    assert [language] == [html["lang"] for html in page.all("html")]
    assert len(page.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {label["for"] for label in page.all("label")}
    shown = [field for field in page.all("input") if field.get("type") != "hidden" and "hidden" not in field]
    assert labels == {field["id"] for field in shown}
    # No script, style or event of the page itself: the policy forbids them.
    assert not page.all("style")
    assert all("src" in script for script in page.all("script"))
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(("path", "welcome"), EVERY)
def test_every_link_of_a_page_leads_somewhere(path: str, welcome: Welcome) -> None:
    client = client_of(MemoryConsole(welcome))
    page = Page(client.get(path).text)
    for link in page.all("a") + page.all("link"):
        address, _, anchor = link["href"].partition("#")
        if address.endswith("/openapi.json"):
            continue  # the server's own
        target = client.get(address or path)
        assert (link["href"], 200) == (link["href"], target.status_code)
        if anchor:
            assert f'id="{anchor}"' in target.text, link["href"]


@pytest.mark.parametrize(
    "path", ["/", "/register", "/verify?token=x", "/reset", "/nowhere/", "/static/parvis.css", "/errors/none"]
)
def test_every_answer_has_the_headers_that_protect_the_reader(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_query_chooses_the_language_before_the_header_does(client: TestClient) -> None:
    french = {"accept-language": "fr"}
    assert client.get("/?lang=en", headers=french).headers["content-language"] == "en"
    assert client.get("/?lang=de", headers=french).headers["content-language"] == "fr"


def test_a_language_that_was_asked_for_stays_on_every_link_and_form(client: TestClient) -> None:
    page = Page(client.get("/register?lang=fr").text)
    own = [a["href"] for a in page.all("a") if a["href"].startswith("/")] + [f["action"] for f in page.all("form")]
    assert own
    assert all("?lang=fr" in address for address in own)
    assert "lang=" not in re.sub(r'href="\?[^"]*"', "", client.get("/register").text).replace('lang="', "")


def test_the_language_link_keeps_the_rest_of_the_query(client: TestClient) -> None:
    page = Page(client.get("/operator?link=a%26b&lang=en").text)
    assert ["?link=a%26b&lang=fr"] == [a["href"] for a in page.all("a") if a.get("class") == "language"]


def test_the_front_page_shows_the_newest_of_each_service_and_how_to_begin(client: TestClient) -> None:
    text = unescape(client.get("/").text)
    assert "The corner shop" in text
    assert "Today's weather." in text
    assert "Yesterday's weather" not in text
    assert f"parvis register {BASE_URL}" in text
    assert "pip install" not in text
    assert f"{BASE_URL}/parvis/v1/accounts" in text
    # A read without an argument to invent is the first call.
    assert f'shop = connect("{BASE_URL}/shop")\nprint(shop.orders.list())' in text


def test_the_front_page_of_a_server_without_services_says_so() -> None:
    nobody: Any = None
    text = TestClient(portal_app(nobody, [], BASE_URL)).get("/").text
    assert "No service is published here yet." in text
    assert "Your first call" not in text


def test_where_live_keys_wait_the_front_page_tells_how_to_begin_all_the_same() -> None:
    approval, letters = (unescape(client_of(MemoryConsole(w)).get("/").text) for w in (APPROVAL, LETTERS))
    assert '{"label": "test", "test": true}' in approval
    assert "its keys are test keys" in approval
    assert '{"label": "first"}' in letters
    assert "open the link in the letter that comes" in letters


def test_where_nobody_can_register_no_page_asks_anybody_to() -> None:
    client = client_of(MemoryConsole(CLOSED))
    for path in ("/", "/shop/", "/reset", "/errors/"):
        assert '"/register"' not in client.get(path).text
    assert "Accounts on this server are made by its operator" in client.get("/").text


def test_a_server_without_letters_says_who_has_the_link_instead() -> None:
    text = client_of(MemoryConsole(APPROVAL)).get("/reset").text
    assert "This server sends no letters. Ask its operator for a link" in text
    assert "<form" not in text


def test_a_forgotten_password_is_one_press_from_the_form_where_letters_are() -> None:
    without, with_letters = (client_of(MemoryConsole(w)).get("/register").text for w in (OPEN, LETTERS))
    assert '<a href="/reset">Forgot your password?</a>' in with_letters
    assert "/reset" not in without


def test_a_way_to_register_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is `open`, `approval` or `closed`"):
        Welcome("ajar")  # type: ignore[arg-type]


def test_a_service_page_tells_every_operation(client: TestClient) -> None:
    text = unescape(client.get("/shop/").text)
    for operation in SHOP.operations:
        assert f'<article id="{operation.name}"' in text
        assert operation.summary in text
        assert all(f"<b>{r.method}</b> /shop/v1{r.path}<" in text for r in operation.routes)
        assert all(f"{p.name}: {p.type}" in text for p in operation.parameters)
    plain = re.sub(r"<[^>]*>", "", text)
    assert "price(item: str, *, vat: float = 0.2) -> Decimal" in plain
    assert "UnknownItem (LookupError) 404" in plain
    assert "Deprecated. Use the orders' own list." in plain
    assert "size: Size = Size.S" in plain
    assert 'M = "m"' in plain


def test_what_a_publisher_wrote_is_shown_and_never_run(client: TestClient) -> None:
    assert "for 1 &lt; 2 &amp; so on." in client.get("/shop/").text


def test_an_older_version_is_shown_when_asked_for(client: TestClient) -> None:
    assert "Today&#39;s weather." in client.get("/weather/").text
    assert "Yesterday&#39;s weather" in client.get("/weather/?version=1").text
    assert client.get("/weather/?version=3").status_code == 404


def test_a_service_without_its_slash_goes_to_its_page_and_nowhere_else(client: TestClient) -> None:
    response = client.get("/shop?lang=fr", headers={"host": "evil.example"})
    assert (308, "/shop/?lang=fr") == (response.status_code, response.headers["location"])
    assert client.get("/nowhere").status_code == 404


def test_the_page_of_an_error_fills_in_what_every_server_knows(client: TestClient) -> None:
    assert f"POST {BASE_URL}/parvis/v1/accounts" in client.get("/errors/key-missing").text
    assert "Send at most … bytes." in client.get("/errors/body-too-large").text


@pytest.mark.parametrize("path", ["/nowhere/", "/errors/none", "/a/b/c", "/static/none.css"])
def test_what_is_not_there_is_a_page_of_its_own_that_nobody_keeps(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (404, "no-store") == (response.status_code, response.headers["cache-control"])
    assert "There is no such page" in response.text


def test_the_front_page_leads_programs_to_the_catalogue_and_a_services_page_to_its_description(
    client: TestClient,
) -> None:
    front, shop = client.get("/").headers["link"], client.get("/shop/").headers["link"]
    assert f'<{BASE_URL}/.well-known/api-catalog>; rel="api-catalog"' in front
    for relation, target in {
        "service-desc": "/shop/v1/openapi.json", "service-doc": "/shop/", "status": "/health/ready",
        "api-catalog": "/.well-known/api-catalog",
    }.items():  # fmt: skip
        assert f'<{BASE_URL}{target}>; rel="{relation}"' in shop
    assert f'<{BASE_URL}/weather/?version=1>; rel="service-doc"' in client.get("/weather/?version=1").headers["link"]


def test_a_page_takes_no_post_and_says_what_it_takes(client: TestClient) -> None:
    response = client.post("/shop/")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "This address does not take this method" in response.text


def test_a_server_below_a_path_links_below_it() -> None:
    nobody: Any = None
    client = TestClient(portal_app(nobody, CONTRACTS, "https://example.org/api/"), follow_redirects=False)
    page = Page(client.get("/").text)
    assert all(a["href"].startswith(("/api/", "?", "#")) for a in page.all("a"))
    assert client.get("/shop").headers["location"] == "/api/shop/"


def test_a_broken_console_is_a_page_that_tells_nothing_of_it() -> None:
    class Broken:
        async def create_account(self, email: str, password: str, name: str, language: str, address: str) -> object:
            raise RuntimeError("secret")

    broken: Any = Broken()
    client = TestClient(portal_app(broken, CONTRACTS, BASE_URL), raise_server_exceptions=False)
    response = client.post("/register", data={"email": "a@b", "password": "p", "name": "n"})
    assert response.status_code == 500
    assert "Something broke on our side" in response.text
    assert "secret" not in response.text
