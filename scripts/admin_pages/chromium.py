"""Open the main pages of an admin site in Chromium, and see that no script fails."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from selenium import webdriver

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse

from .report import Report


def open_in_chromium(report: Report, client: Client, labels: list[str]) -> None:
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options)
    address = f"http://127.0.0.1:{server.port}"
    try:
        browser.get(address + reverse("admin:login"))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        browser.add_cookie({"name": cookie.key, "value": cookie.value})
        browser.get_log("browser")
        for model in admin.site._registry:
            if not labels or model._meta.label in labels:
                with report.group(f"{model._meta.label} in Chromium"):
                    open_model(report, browser, address, model)
    finally:
        browser.quit()
        server.terminate()
        server.join()
        connections.close_all()


def open_model(report: Report, browser: Any, address: str, model: Any) -> None:
    opts = model._meta
    base = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    paths = [base, f"{base}add/"]
    objects = model._default_manager.order_by("pk")
    for obj in {objects.first(), objects.last()} - {None}:
        key = quote(obj.pk)
        paths += [f"{base}{key}/{page}/" for page in ("change", "delete", "history")]
    for path in paths:
        browser.get(address + path)
        report.check(
            f"{path}: address", unquote(browser.current_url) == address + unquote(path)
        )
        user_tools = browser.execute_script(
            "return document.querySelectorAll('#user-tools, .popup').length"
        )
        report.check(f"{path}: page", user_tools == 1, browser.title)
        severe = [
            entry["message"]
            for entry in browser.get_log("browser")
            if entry["level"] == "SEVERE" and "favicon.ico" not in entry["message"]
        ]
        report.check(f"{path}: log", not severe, severe)
