"""The portal in a real browser: what a reader sees, presses and copies."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from parvis.portal import MemoryConsole

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ["/", "/shop/", "/weather/", "/register", "/operator?link=link", "/errors/", "/errors/key-missing",
         "/errors/declared-error", "/nowhere/"]  # fmt: skip
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
NARROW = 360
"""Pixels: a small telephone."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def seen(browser: Chrome, name: str) -> None:
    """Keeps a picture of the whole page where ``SCREENSHOTS`` says."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        Path(folder, f"{name}.png").write_bytes(b64decode(picture["data"]))


def size(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def scheme(browser: Chrome, name: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": name}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def complaints(browser: Chrome, status: int = 200) -> list[str]:
    """What the browser's console holds, but that a page that is missing was missing."""
    told = [entry["message"] for entry in browser.get_log("browser")]
    return [text for text in told if not (status >= 400 and f"status of {status}" in text)]


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
        sideways = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.execute_script(sideways) <= 0
        assert browser.execute_script("return document.querySelectorAll('h1').length") == 1
        seen(browser, f"{urlsplit(path).path.strip('/').replace('/', '-') or 'front'}-{language}-{colours}")


# WCAG 2.2, 1.4.3: the contrast of every text that is shown, with the colours as the browser computed them.
CONTRAST = """
function channel(v) { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }
function parse(c) { const m = c.match(/[\\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m[3] ?? 1 }; }
function light(rgb) { return 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]); }
function ground(e) { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
  if (c.a > 0) return c.rgb; } return [255, 255, 255]; }
const poor = [];
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const a = light(parse(getComputedStyle(e).color).rgb), b = light(ground(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
}
return poor;
"""


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Chrome, served: str, colours: str) -> None:
    scheme(browser, colours)
    for path in PAGES:
        browser.get(served + path)
        assert (path, []) == (path, browser.execute_script(CONTRAST))
    browser.get(f"{served}/register")
    fill(browser, name="Ada", email="ada@example.org", password="short")
    assert browser.execute_script(CONTRAST) == []


def fill(browser: Chrome, **fields: str) -> None:
    for name, text in fields.items():
        browser.find_element(By.NAME, name).clear()
        browser.find_element(By.NAME, name).send_keys(text)
    browser.find_element(By.CSS_SELECTOR, "button[type=submit]").click()


WRONG = {
    "en": "The password has 5 characters; it needs at least 8. Take 8 to 1024 characters; any are good.",
    "fr": "Le mot de passe compte 5 caractères\u202f; il en faut au moins 8. "
    "Prenez de 8 à 1024 caractères\u202f; tous conviennent.",
}


@pytest.mark.parametrize(("language", "title"), [("en", "Here is your key"), ("fr", "Voici votre clé")])
def test_a_reader_registers_is_told_what_is_wrong_and_gets_a_key(
    browser: Chrome, served: str, console: MemoryConsole, language: str, title: str
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
    assert title == browser.find_element(By.TAG_NAME, "h1").text
    assert console.accounts == {"ada@example.org": ("a good & long é%+ password", "Ada")}
    assert browser.find_element(By.CSS_SELECTOR, ".secret code").text.startswith("pv_live_")
    assert complaints(browser, 422) == []
    seen(browser, f"registered-{language}-light")


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
