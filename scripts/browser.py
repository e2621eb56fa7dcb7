"""Debian's Chromium for Django's browser tests, also where root runs them."""

from __future__ import annotations

import os
import shutil

from patchqueue.layout import Layout

# Chromium refuses its sandbox as root. The others keep it from looking for
# servers that no test asks for.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def browser_environment(layout: Layout) -> dict[str, str]:
    """
    Return the variables by which Selenium finds Debian's Chromium.

    There are none where there is no such Chromium, or where SE_BROWSER_PATH
    names a browser: then Selenium searches as it always does.
    """
    chromium = shutil.which("chromium")
    if chromium is None or "SE_BROWSER_PATH" in os.environ:
        return {}
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    start = layout.build / "chromium"
    start.write_text(f'#!/bin/sh\nexec {chromium} {" ".join(flags)} "$@"\n')
    start.chmod(0o755)
    # Selenium's own search would try to download a browser.
    return {"SE_BROWSER_PATH": str(start), "SE_OFFLINE": "true"}


def wants_browser(arguments: list[str]) -> bool:
    """Tell whether these arguments of Django's runner ask for browser tests."""
    return any(argument.startswith("--selenium") for argument in arguments)
