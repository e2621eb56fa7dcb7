"""
Use the demo's admin in Chromium, and take the screenshots that the README shows.

    python demo_screenshots.py ADDRESS USER PASSWORD DIRECTORY

scripts/demo.py runs this, by the Python that has Selenium.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WIDTH, HEIGHT = 1180, 720

# A README has no room for larger ones.
LARGEST = 150_000


class Screenshots:
    def __init__(self, address: str, directory: Path) -> None:
        self.address = address.rstrip("/")
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        options = webdriver.ChromeOptions()
        for argument in (
            "--headless=new",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--force-device-scale-factor=1",
            f"--window-size={WIDTH},{HEIGHT}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.browser = webdriver.Chrome(options=options)
        # The page, without what headless Chromium takes of the window.
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False},
        )

    def find(self, selector: str) -> Any:
        return WebDriverWait(self.browser, 30).until(
            lambda browser: browser.find_element(By.CSS_SELECTOR, selector)
        )

    def open(self, path: str, selector: str) -> Any:
        """Open a page that has an element, and return that."""
        self.browser.get(self.address + path)
        return self.find(selector)

    def save(self, name: str) -> None:
        file = self.directory / f"{name}.png"
        if not self.browser.save_screenshot(str(file)):
            raise SystemExit(f"{file} could not be written.")
        size = file.stat().st_size
        if size > LARGEST:
            raise SystemExit(f"{file} has {size} bytes, more than {LARGEST}.")
        print(f"  {file.name}: {size // 1024} kB", flush=True)

    def check_log(self) -> None:
        """No script failed and nothing was missing on any of the pages."""
        severe = [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if entry["level"] == "SEVERE" and "favicon.ico" not in entry["message"]
        ]
        if severe:
            raise SystemExit("\n".join(["Chromium complains:", *severe]))

    def take(self, user: str, password: str) -> None:
        self.open("/participations/", ".participations")
        self.save("participations")
        self.open("/sessions/1,112/", ".diary")
        self.save("session")

        self.open("/admin/", "#id_username").send_keys(user)
        self.find("#id_password").send_keys(password + Keys.ENTER)
        self.find("#user-tools")
        # Room for the page: the list of models beside it is closed.
        self.open("/admin/legacy/personcampaign/", "#toggle-nav-sidebar").click()
        self.open("/admin/legacy/personcampaign/", "#result_list")
        self.save("changelist")

        # Choose a participation, by its composite key, as the writer of a session.
        self.open("/admin/legacy/sessionlog/add/", ".select2-selection").click()
        self.find(".select2-search__field").send_keys("bo")
        self.find(".select2-results__option[role=option]:not(.loading-results)")
        WebDriverWait(self.browser, 30).until_not(
            lambda browser: browser.find_elements(By.CSS_SELECTOR, ".loading-results")
        )
        time.sleep(0.5)  # Select2 marks the first result a little later.
        self.save("autocomplete")

        # Change a row, and see that in its history.
        page = "/admin/legacy/personcampaign/6,1"
        field = self.open(f"{page}/change/", "#id_xp")
        xp = field.get_attribute("value")
        self.save("change")
        try:
            self.set_xp(page, "12900")
            self.open(f"{page}/history/", "#change-history")
            self.save("history")
        finally:
            self.set_xp(page, xp)
        inline = self.open("/admin/legacy/campaign/1/change/", ".inline-group")
        self.browser.execute_script("arguments[0].scrollIntoView()", inline)
        self.save("inlines")
        self.check_log()

    def set_xp(self, page: str, value: str) -> None:
        field = self.open(f"{page}/change/", "#id_xp")
        field.clear()
        field.send_keys(value + Keys.ENTER)
        self.find(".messagelist .success")


def main(address: str, user: str, password: str, directory: str) -> None:
    screenshots = Screenshots(address, Path(directory))
    try:
        screenshots.take(user, password)
    finally:
        screenshots.browser.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
