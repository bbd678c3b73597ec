"""The store locator as `examples/store-locator/run` starts it, before the real service, in a real browser."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from browsing import CONTRAST, NARROW, chromium, complaints, scheme, seen, sideways, size
from served import environment

RUN = Path(__file__).parents[2] / "examples" / "store-locator" / "run"

pytestmark = [pytest.mark.slow, pytest.mark.fulldata]


class Running:
    """The example, started by its one command. ``page`` and ``service`` are the addresses that it told."""

    def __init__(self, data: Path, *arguments: str) -> None:
        store = os.environ.get("GEOLOCATION_STORE")
        if store is None or not Path(store, "CURRENT").exists():
            pytest.skip("GEOLOCATION_STORE names no place store: build one with `parvis-geolocation build`")
        pytest.importorskip("parvis_geolocation", reason="services/geolocation is not installed")
        self.data = data
        # The server refuses settings that it does not know; PARVIS_BIN is read and taken away by the command.
        self.env = environment(
            GEOLOCATION_STORE=str(Path(store).resolve()), STORE_LOCATOR_DATA=str(data),
            PARVIS_BIN=os.environ.get("PARVIS_BIN", str(Path(sys.executable).parent)),
        )  # fmt: skip
        self.process = subprocess.Popen(
            ["bash", str(RUN), "--port", "0", *arguments], env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            self.said = self._read()
            self.page, self.service = re.findall(r"http://[\d.]+:\d+[\w/]*", self.said)
        except BaseException:
            self.stop()
            raise
        self.key = (data / "key").read_text().strip()

    def _read(self) -> str:
        assert self.process.stdout is not None
        said, until = b"", time.monotonic() + 60
        while b"Ctrl-C" not in said and time.monotonic() < until:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                part = os.read(self.process.stdout.fileno(), 4096)
                if not part:
                    break
                said += part
        assert b"Ctrl-C" in said, self.process.communicate(timeout=20)[1].decode()
        return said.decode()

    def stop(self) -> int:
        """Ctrl-C, once."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            raise
        return self.process.returncode

    def operate(self, *arguments: str) -> None:
        parvis = shutil.which("parvis", path=self.env["PARVIS_BIN"])
        env = {name: value for name, value in self.env.items() if name != "PARVIS_BIN"}
        subprocess.run(
            [str(parvis), "admin", "--data", str(self.data / "service"), *arguments],
            env=env, cwd=self.data, check=True, capture_output=True, timeout=30,
        )  # fmt: skip


def get(url: str, language: str = "en") -> str:
    request = urllib.request.Request(url, headers={"Accept-Language": language})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text: str = answer.read().decode()
        return text


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("locator") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as browser:
        yield browser


def wait(browser: Chrome) -> WebDriverWait[Chrome]:
    return WebDriverWait(browser, 10)


def found(browser: Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def come_from(browser: Chrome, address: str | None) -> None:
    """Makes the visits come from an address, as a proxy on this machine tells it."""
    browser.execute_cdp_cmd("Network.enable", {})
    headers = {"X-Forwarded-For": address} if address else {}
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": headers})


ASKED = {
    "en": ("London", "Near London, England, United Kingdom", "Tea and jam", "Paris, France"),
    "fr": ("Londres", "Près de Londres, Angleterre, Royaume-Uni", "Thé et confiture", "Paris, France"),
}


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_visitor_types_a_place_and_sees_the_nearest_stores(browser: Chrome, running: Running, language: str) -> None:
    text, near, title, second = ASKED[language]
    size(browser, 1200)
    scheme(browser, "light")
    browser.get(f"{running.page}?lang={language}")
    assert found(browser, "h1").startswith(title)
    assert language == browser.find_element(By.TAG_NAME, "html").get_attribute("lang")
    seen(browser, f"locator-{language}-light")
    field = browser.find_element(By.ID, "place")
    assert field == browser.switch_to.active_element
    field.send_keys(text + Keys.ENTER)
    wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".stores"))
    assert near == found(browser, "#near")
    names = [name.text for name in browser.find_elements(By.TAG_NAME, "h3")]
    assert (5, "Covent Garden", True) == (len(names), names[0], "Le Marais" in names)
    assert second in [e.text for e in browser.find_elements(By.CLASS_NAME, "city")]
    markers = [e.text for e in browser.find_elements(By.CSS_SELECTOR, ".map .store text")]
    assert ["1", "2", "3", "4", "5"] == sorted(markers)
    for width, colours in ((NARROW, "dark"), (1200, "light")):
        size(browser, width)
        scheme(browser, colours)
        assert sideways(browser) <= 0
        assert [] == browser.execute_script(CONTRAST)
        seen(browser, f"locator-{text}-{colours}")
    assert [] == complaints(browser)


@pytest.mark.browser
def test_the_clocks_of_a_store_are_those_of_its_city(browser: Chrome, running: Running) -> None:
    for place, name, zone in (("東京", "Shimokitazawa", "Asia/Tokyo"), ("Honolulu", "Kakaako", "Pacific/Honolulu")):
        before = datetime.now(ZoneInfo(zone))
        browser.get(f"{running.page}?lang=en&place={quote(place)}")
        after = datetime.now(ZoneInfo(zone))
        assert name == found(browser, ".stores h3")
        assert found(browser, ".stores .local") in {f"{moment:%H:%M} there" for moment in (before, after)}
        assert re.match(r"Open until \d\d:\d\d|Closed, opens ", found(browser, ".stores .state"))


@pytest.mark.browser
def test_suggestions_are_chosen_by_keyboard(browser: Chrome, running: Running) -> None:
    browser.get(f"{running.page}?lang=en")
    field = browser.find_element(By.ID, "place")
    field.send_keys("reykj")
    rows = wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, "#suggestions:not([hidden]) li"))
    assert rows[0].text.startswith("Reykjav")
    assert "true" == field.get_attribute("aria-expanded")
    assert f"Suggestions: {len(rows)}. The arrows choose one" == found(browser, "#suggested")
    seen(browser, "locator-suggestions")
    field.send_keys(Keys.ESCAPE)
    assert "false" == field.get_attribute("aria-expanded")
    field.send_keys("a")
    wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, "#suggestions:not([hidden]) li"))
    field.send_keys(Keys.ARROW_DOWN)
    assert "suggestion-0" == field.get_attribute("aria-activedescendant")
    assert [] == browser.execute_script(CONTRAST)
    field.send_keys(Keys.ENTER)
    wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".stores"))
    assert found(browser, "#near").startswith("Near Reykjav")
    assert "id=3413829" in browser.current_url
    assert [] == complaints(browser)


@pytest.mark.browser
def test_the_page_does_its_work_without_scripts(browser: Chrome, running: Running) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{running.page}?lang=en")
        browser.find_element(By.ID, "place").send_keys("Nairobi")
        browser.find_element(By.CSS_SELECTOR, "form button").click()
        wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".stores"))
        assert "Kilimani" == found(browser, ".stores h3")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.browser
def test_a_visitor_uses_their_address(browser: Chrome, running: Running) -> None:
    browser.get(f"{running.page}?lang=en")
    browser.find_element(By.CSS_SELECTOR, "form button.quiet").click()
    wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".notice"))
    assert "Your address, 127.0.0.1, tells no place" == found(browser, ".notice h2")
    seen(browser, "locator-private")
    come_from(browser, "130.237.28.40")  # the university of Stockholm
    try:
        browser.get(f"{running.page}?lang=fr&from=address")
        told = found(browser, "main")
        if "Nul ne sait" in told:
            pytest.skip("the store has no internet addresses: parvis-geolocation build --part ip")
        assert found(browser, "#near").startswith("Près de Stockholm")
        assert "130.237.28.40" in told
        assert "Södermalm" == found(browser, ".stores h3")
        seen(browser, "locator-address")
    finally:
        come_from(browser, None)


@pytest.mark.browser
def test_what_is_not_found_and_what_is_used_up_is_told(browser: Chrome, running: Running) -> None:
    browser.get(f"{running.page}?lang=en&place=qqqqzzzzxxxx")
    assert "No place is called “qqqqzzzzxxxx”" == found(browser, ".notice h2")
    assert [] == browser.execute_script(CONTRAST)
    running.operate("plans.update", "name=applications", "day=1")
    try:
        browser.get(f"{running.page}?lang=fr&place=Lyon")
        assert "Trop de visiteurs cherchent en ce moment" == found(browser, ".notice h2")
        assert re.search(r"de nouveau de la place dans \d+ (heures|minutes|secondes)\.", found(browser, ".notice"))
        seen(browser, "locator-busy")
    finally:
        running.operate("plans.update", "name=applications", "day=1000000")
    complaints(browser)  # the status of that page
    browser.find_element(By.CSS_SELECTOR, ".notice .button").click()
    wait(browser).until(lambda _: browser.find_elements(By.CSS_SELECTOR, ".stores"))
    assert "Bellecour" == found(browser, ".stores h3")


@pytest.mark.browser
def test_a_browser_speaks_to_the_page_alone(browser: Chrome, running: Running) -> None:
    browser.get_log("performance")
    browser.get(f"{running.page}?lang=en&place=Lima")
    browser.find_element(By.ID, "place").send_keys("x")
    wait(browser).until(lambda _: any("/suggest" in url for url in requested(browser)) or None)
    browser.get(f"{running.page}?lang=en&place=Lima")
    urls = requested(browser)
    assert urls
    assert [] == [url for url in urls if not url.startswith((running.page, "data:"))]


def requested(browser: Chrome) -> list[str]:
    return [
        url for entry in browser.get_log("performance")
        for url in re.findall(r'"Network.requestWillBeSent".*?"request":{.*?"url":"([^"]+)"', entry["message"])
    ]  # fmt: skip


def test_the_key_is_kept_for_its_owner_and_shown_nowhere(running: Running) -> None:
    assert 0o600 == stat.S_IMODE((running.data / "key").stat().st_mode)
    assert 0o700 == stat.S_IMODE(running.data.stat().st_mode)
    assert running.key.startswith("pv_live_")
    page = get(f"{running.page}?place=Lyon") + get(f"{running.page}static/suggest.js")
    logs = (running.data / "page.log").read_text() + (running.data / "service.log").read_text()
    assert running.key not in page + logs + running.said
    assert running.service not in page
    assert "Lyon" not in logs


def test_a_second_run_keeps_the_key_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        running = Running(tmp_path / "data")
        keys.append(running.key)
        assert "Bellecour" in get(f"{running.page}?place=Lyon")
        assert 0 == running.stop()
        for url in (running.page, running.service):
            with pytest.raises(urllib.error.URLError):
                get(url)
    assert keys[0] == keys[1]


@pytest.mark.namespaces
def test_the_service_and_the_page_run_on_two_machines(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    before = namespaces()
    running = Running(tmp_path / "data", "--namespaces")
    try:
        assert 2 == len(namespaces() - before)
        page = get(f"{running.page}?place=Lyon", "fr")
        assert "Bellecour" in page
        assert "tells no place" in get(f"{running.page}?from=address")
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(running.service, timeout=3)
    finally:
        assert 0 == running.stop()
    assert before == namespaces()


def namespaces() -> set[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True, timeout=10).stdout
    return {line.split()[0] for line in listed.splitlines() if line.startswith(("store-locator-", "geolocation-"))}


@pytest.mark.parametrize(("arguments", "message"), [(["--ports"], "there is no option --ports")])
def test_a_wrong_option_is_told(arguments: list[str], message: str) -> None:
    done: Any = subprocess.run(["bash", str(RUN), *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert 1 == done.returncode
    assert message in done.stderr
