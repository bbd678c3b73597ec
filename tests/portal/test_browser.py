"""The portal in a real browser: what a reader sees, presses and copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

import browsing
from browsing import CONTRAST, NARROW, chromium, scheme, seen, sideways, size
from parvis.portal import MemoryConsole

from .conftest import APPROVAL, BOTH, CLOSED, LETTERS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ["/", "/shop/", "/weather/", "/register", "/operator?link=link", "/verify?token=x", "/reset",
         "/reset?token=x", "/errors/", "/errors/key-missing",
         "/errors/declared-error", "/nowhere/"]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as driver:
        yield driver


def complaints(browser: Chrome, status: int = 200) -> list[str]:
    """What the browser's console holds, but that a page that is missing was missing."""
    return [text for text in browsing.complaints(browser) if not (status >= 400 and f"status of {status}" in text)]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_its_language_fits_a_telephone_and_the_console_stays_empty(
    browser: Chrome, served: str, path: str, language: str
) -> None:
    for width, colours in ((1200, "light"), (NARROW, "dark")):
        size(browser, width)
        scheme(browser, colours)
        browser.get(served + path + ("&" if "?" in path else "?") + f"lang={language}")
        assert language == browser.find_element(By.TAG_NAME, "html").get_attribute("lang")
        assert complaints(browser, 404 if path == "/nowhere/" else 200) == []
        assert sideways(browser) <= 0
        assert browser.execute_script("return document.querySelectorAll('h1').length") == 1
        seen(browser, f"{urlsplit(path).path.strip('/').replace('/', '-') or 'front'}-{language}-{colours}")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Chrome, served: str, colours: str) -> None:
    scheme(browser, colours)
    for path in PAGES:
        browser.get(served + path)
        assert (path, []) == (path, browser.execute_script(CONTRAST))
    browser.get(f"{served}/register")
    fill(browser, name="Ada", email="ada@example.org", password="short")
    assert browser.execute_script(CONTRAST) == []


def gone(element: WebElement) -> bool:
    """Whether the page of an element was left. In the moment of leaving the driver says it in other words."""
    try:
        return bool(staleness_of(element)(None))
    except WebDriverException as error:
        if "does not belong to the document" not in str(error.msg):
            raise
        return True


def fill(browser: Chrome, **fields: str) -> None:
    """Types into the form of the page and sends it; the next page is there when this returns."""
    for name, text in fields.items():
        browser.find_element(By.NAME, name).clear()
        browser.find_element(By.NAME, name).send_keys(text)
    page = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    wait = WebDriverWait(browser, 10)
    wait.until(lambda _: gone(page))
    wait.until(lambda _: browser.execute_script("return document.readyState") == "complete")


def title(browser: Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "h1").text.replace("\N{NON-BREAKING HYPHEN}", "-")


def beside(browser: Chrome, name: str) -> None:
    """The same page on a telephone in the dark: it fits, its text stands out, and a picture is kept."""
    for width, colours in ((NARROW, "dark"), (1200, "light")):
        size(browser, width)
        scheme(browser, colours)
        assert sideways(browser) <= 0
        assert browser.execute_script(CONTRAST) == []
        seen(browser, f"{name}-{colours}")


WRONG = {
    "en": "The password has 5 characters; it needs at least 8. "
    "Take 8 to 1024 characters, any, that nobody would guess.",
    "fr": "Le mot de passe compte 5 caractères\u202f; il en faut au moins 8. "
    "Prenez de 8 à 1024 caractères quelconques, que personne ne devinerait.",
}


@pytest.mark.parametrize(("language", "expected"), [("en", "Here is your key"), ("fr", "Voici votre clé")])
def test_a_reader_registers_is_told_what_is_wrong_and_gets_a_key(
    browser: Chrome, served: str, console: MemoryConsole, language: str, expected: str
) -> None:
    scheme(browser, "light")
    size(browser, 1200)
    browser.get(f"{served}/?lang={language}")
    browser.find_element(By.CSS_SELECTOR, ".hero .button").click()
    fill(browser, name="Ada", email="ada@example.org", password="short")
    assert WRONG[language] == browser.find_element(By.ID, "password-note").text
    assert browser.find_element(By.NAME, "email").get_attribute("value") == "ada@example.org"
    assert browser.find_element(By.NAME, "password").get_attribute("value") == ""
    seen(browser, f"refused-{language}-light")
    complaints(browser, 422)
    fill(browser, password="a good & long é%+ password")
    assert expected == title(browser)
    assert [("ada@example.org", "a good & long é%+ password", "Ada")] == [
        (account.email, account.password, account.name) for account in console.accounts.values()
    ]
    assert browser.find_element(By.CSS_SELECTOR, ".secret code").text.startswith("pv_live_")
    assert complaints(browser, 422) == []
    seen(browser, f"registered-{language}-light")


TEST_KEY = {"en": "Here is your test key", "fr": "Voici votre clé d’essai"}
CONFIRM = {"en": "Confirm your e-mail address", "fr": "Confirmez votre adresse e-mail"}
CONFIRMED = {"en": "Your e-mail address is confirmed", "fr": "Votre adresse e-mail est confirmée"}
CHOOSE = {"en": "Choose a new password", "fr": "Choisissez un nouveau mot de passe"}
SET = {"en": "Your password is set", "fr": "Votre mot de passe est enregistré"}
LOOK = {"en": "Look into your mail", "fr": "Consultez votre messagerie"}
ADA = {"name": "Ada", "email": "ada@example.org", "password": "a long password"}

Serve = Callable[[MemoryConsole], str]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_under_approval_a_reader_gets_a_test_key_and_is_told_what_comes_next(
    browser: Chrome, serve: Serve, language: str
) -> None:
    console = MemoryConsole(APPROVAL)
    browser.get(f"{serve(console)}/?lang={language}")
    beside(browser, f"approval-front-{language}")
    browser.find_element(By.CSS_SELECTOR, ".hero .button").click()
    beside(browser, f"approval-register-{language}")
    fill(browser, **ADA)
    assert TEST_KEY[language] == title(browser)
    assert browser.find_element(By.CSS_SELECTOR, ".secret code").text.startswith("pv_test_")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".steps > li")) == 2
    assert [(True, False)] == [(account.verified, account.live) for account in console.accounts.values()]
    beside(browser, f"approval-registered-{language}")
    assert complaints(browser) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_reader_confirms_an_e_mail_by_the_link_of_its_letter(browser: Chrome, serve: Serve, language: str) -> None:
    console = MemoryConsole(BOTH)
    url = serve(console)
    browser.get(f"{url}/register?lang={language}")
    beside(browser, f"both-register-{language}")
    fill(browser, **ADA)
    assert TEST_KEY[language] == title(browser)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".steps > li")) == 3
    beside(browser, f"both-registered-{language}")
    browser.get(f"{url}/verify?token={console.letters[0][2]}&lang={language}")
    assert CONFIRM[language] == title(browser)
    assert [False] == [account.verified for account in console.accounts.values()]
    beside(browser, f"verify-{language}")
    fill(browser)
    assert CONFIRMED[language] == title(browser)
    assert [True] == [account.verified for account in console.accounts.values()]
    beside(browser, f"both-verified-{language}")
    assert complaints(browser) == []
    browser.get(f"{url}/verify?token={console.letters[0][2]}&lang={language}")
    fill(browser)
    assert CONFIRM[language] == title(browser)
    beside(browser, f"verify-spent-{language}")
    assert complaints(browser, 403) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_reader_sets_a_forgotten_password_by_the_link_of_a_letter(
    browser: Chrome, serve: Serve, language: str
) -> None:
    console = MemoryConsole(LETTERS)
    url = serve(console)
    browser.get(f"{url}/register?lang={language}")
    fill(browser, **ADA)
    browser.get(f"{url}/verify?token={console.letters[0][2]}&lang={language}")
    fill(browser)
    beside(browser, f"letters-verified-{language}")
    browser.get(f"{url}/register?lang={language}")
    beside(browser, f"letters-register-{language}")
    browser.find_element(By.CSS_SELECTOR, ".aside a").click()
    beside(browser, f"reset-{language}")
    fill(browser, email="ada@example.org")
    assert LOOK[language] == title(browser)
    beside(browser, f"reset-asked-{language}")
    browser.get(f"{url}/reset?token={console.letters[-1][2]}&lang={language}")
    assert CHOOSE[language] == title(browser)
    fill(browser, password="short")
    assert WRONG[language] == browser.find_element(By.ID, "password-note").text
    beside(browser, f"new-password-wrong-{language}")
    fill(browser, password="another é& password")
    assert SET[language] == title(browser)
    assert ["another é& password"] == [account.password for account in console.accounts.values()]
    beside(browser, f"password-set-{language}")
    assert complaints(browser, 422) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_where_nobody_can_register_the_pages_say_so(browser: Chrome, serve: Serve, language: str) -> None:
    url = serve(MemoryConsole(CLOSED))
    browser.get(f"{url}/?lang={language}")
    assert browser.find_elements(By.CSS_SELECTOR, ".hero .button") == []
    beside(browser, f"closed-front-{language}")
    browser.get(f"{url}/register?lang={language}")
    assert browser.find_elements(By.TAG_NAME, "form") == []
    beside(browser, f"closed-register-{language}")
    assert complaints(browser) == []


def test_the_key_is_copied_with_one_press(browser: Chrome, served: str) -> None:
    granted = {"origin": served, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.execute_cdp_cmd("Browser.grantPermissions", granted)
    browser.get(f"{served}/register")
    fill(browser, name="Ada", email="ada@example.org", password="a long password")
    button = browser.find_element(By.CSS_SELECTOR, ".secret .copy")
    assert button.text == "Copy"
    button.click()
    key = browser.find_element(By.CSS_SELECTOR, ".secret code").text
    assert key == browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert button.text == "Copied"


def test_the_operator_follows_the_link_and_is_set(browser: Chrome, served: str, console: MemoryConsole) -> None:
    browser.get(f"{served}/operator?link={console.link}")
    fill(browser, email="op@example.org", password="a long password")
    assert browser.find_element(By.TAG_NAME, "h1").text == "The operator is set"
    assert console.operator == ("op@example.org", "a long password")
    assert complaints(browser) == []


def test_the_other_language_is_one_press_away_and_stays(browser: Chrome, served: str) -> None:
    browser.get(f"{served}/operator?link=a%26b&lang=en")
    browser.find_element(By.CLASS_NAME, "language").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "Qui exploite ce serveur\u202f?"
    assert browser.find_element(By.NAME, "link").get_attribute("value") == "a&b"
    browser.find_element(By.LINK_TEXT, "S’inscrire").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "S’inscrire"
