"""The page for people in a real browser: Debian's Chromium, headless, driven over WebDriver.

`make browser` installs it. With SCREENSHOTS=simulator/docs the picture of the documentation is taken again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from tests.simulator.behaviors import behavior
from tests.simulator.support import Sim

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
NO_BROWSER = "no browser: Debian's packages chromium and chromium-driver are not installed (make browser)"
# Chromium looks for its maker's hosts by itself; a test should not need a network. Root has no sandbox.
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--window-size=1280,1000", "--force-device-scale-factor=1",
)  # fmt: skip
pytestmark = [
    behavior("Page", "It works in Chromium, and keeps itself up to date while somebody reads or types"),
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=NO_BROWSER),
]


class Browser:
    """A window of Chromium, with the few things that these tests do there."""

    def __init__(self, driver: WebDriver, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, path: str) -> None:
        self.driver.get(self.url + path)

    def log_in(self, user: str) -> None:
        self.open("/login")
        self.driver.find_element(By.ID, "user_name").send_keys(user)
        self.driver.find_element(By.ID, "password").send_keys(f"{user}-password")
        self.press("Log in")
        self.wait(lambda: "/login" not in self.driver.current_url)

    def press(self, name: str) -> None:
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{name}']").click()

    def text(self) -> str:
        # By script in one go: an element found now may be replaced a moment later.
        return str(self.driver.execute_script("return document.querySelector('main')?.innerText ?? ''"))

    def wait(self, condition: Callable[[], object]) -> None:
        """For what comes without a click, so within some refreshes."""
        WebDriverWait(self.driver, 15, 0.1).until(lambda _: condition())

    def picture(self, name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            self.driver.save_screenshot(str(Path(folder) / name))


@pytest.fixture(scope="module")
def driver() -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield started
    started.quit()


@pytest.fixture
def browser(driver: WebDriver, sim: Sim) -> Iterator[Browser]:
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    yield Browser(driver, sim.url)
    complaints = [entry["message"] for entry in driver.get_log("browser")]  # type: ignore[no-untyped-call]
    driver.get("about:blank")
    assert complaints == []


def assessed(sim: Sim) -> tuple[str, str]:
    sys_id = sim.new_change(
        short_description="Deploy the shop 4.2", start_date="2030-03-09 08:00:00", end_date="2030-03-09 10:00:00"
    )
    items = ["caf043a3b7fb23000999e4f6ee11a9c0", "06f043a3b7fb23000999e4f6ee11a9c1"]
    sim.call("POST", f"/api/sn_chg_rest/change/{sys_id}/ci", json={
        "association_type": "affected", "cmdb_ci_sys_ids": items, "refresh_impacted_services": True,
    })  # fmt: skip
    sim.control("PUT", "clock", {"now": "2030-03-09T09:00:00Z"})
    assert sim.set_change(sys_id, state="assess", work_notes="Release 4.2 passed its tests").status_code == 200
    return sys_id, sim.change(sys_id)["number"]


def test_an_approver_reads_and_approves(sim: Sim, browser: Browser) -> None:
    sys_id, number = assessed(sim)
    browser.log_in("abel.tuter")
    browser.wait(lambda: "Waiting for your answer" in browser.text())
    browser.driver.find_element(By.LINK_TEXT, number).click()
    browser.wait(lambda: "Your approval is asked for" in browser.text())
    for words in ("web-01", "web-02", "Online Shop", "open now", "Release 4.2 passed its tests"):
        assert words in browser.text()
    browser.picture("change.png")
    browser.driver.find_element(By.ID, "comments").send_keys("Go ahead")
    browser.press("Approve")
    browser.wait(lambda: "You have approved this change." in browser.text())
    assert "Go ahead" in browser.text()
    assert sim.state(sys_id) == "-3"


def test_an_approver_rejects(sim: Sim, browser: Browser) -> None:
    sys_id, number = assessed(sim)
    browser.log_in("abel.tuter")
    browser.open(f"/changes/{number}")
    browser.press("Reject")
    browser.wait(lambda: "takes a comment" in browser.text())
    assert sim.state(sys_id) == "-4"
    browser.driver.back()
    browser.wait(lambda: "Your approval is asked for" in browser.text())
    browser.driver.find_element(By.ID, "comments").send_keys("Not in the sale")
    browser.press("Reject")
    browser.wait(lambda: "You have rejected this change." in browser.text())
    assert sim.change(sys_id)["approval"] == "rejected"
    complaints = browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert all("400" in entry["message"] for entry in complaints)


def test_it_refreshes_by_itself(sim: Sim, browser: Browser) -> None:
    sys_id, number = assessed(sim)
    browser.log_in("abel.tuter")
    browser.open(f"/changes/{number}")
    browser.driver.execute_script("window.same = true")
    sim.approve(sys_id, all=True)
    browser.wait(lambda: "Your approval is asked for" not in browser.text())
    present = browser.driver.execute_script("return document.querySelector('[aria-current=step]').innerText")
    assert present == "Scheduled"
    assert browser.driver.execute_script("return window.same") is True, "it was not loaded anew"


def test_what_somebody_types_stays(sim: Sim, browser: Browser) -> None:
    sys_id, number = assessed(sim)
    browser.log_in("abel.tuter")
    browser.open(f"/changes/{number}")
    browser.driver.find_element(By.ID, "comments").send_keys("I am not done")
    sim.set_change(sys_id, work_notes="Another note")
    browser.wait(lambda: "Another note" in browser.text())
    assert browser.driver.find_element(By.ID, "comments").get_attribute("value") == "I am not done"


def test_a_list_grows_by_itself(sim: Sim, browser: Browser) -> None:
    browser.log_in("abel.tuter")
    assert "Brand new" not in browser.text()
    sim.new_change(short_description="Brand new")
    browser.wait(lambda: "Brand new" in browser.text())
