"""
Open every page of a project's admin, and be hostile to it.

    python -m admin_pages [--values N]

Run by scripts/mondial_admin.py and scripts/demo.py, with the project's settings,
on a database of its own: what is written is rolled back, but log entries are not.
"""

from __future__ import annotations

import argparse
import logging
import sys

import django


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=5)
    parser.add_argument("labels", nargs="*", help="of the models; default: all")
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--skip", action="append", default=[])
    options = parser.parse_args()
    django.setup()
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.test.utils import setup_test_environment
    from django.utils import timezone

    from .attack import Attacker
    from .crawl import Crawler
    from .permissions import check_permissions
    from .report import Report

    setup_test_environment(debug=False)
    # What is refused isn't worth a line each.
    logging.disable(logging.CRITICAL)
    users = get_user_model()._default_manager
    user = users.filter(username="crawler").first()
    user = user or users.create_superuser("crawler", password="crawler")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    # Forms have no microseconds.
    now = timezone.now().replace(microsecond=0)
    users.update(last_login=now, date_joined=now)
    report = Report()
    if "permissions" not in options.skip:
        check_permissions(report, user, client)
    if "attack" not in options.skip:
        Attacker(report, client).site(options.labels)
    if "crawl" not in options.skip:
        Crawler(report, client, user, options.values).site(options.labels)
    if options.browser:
        # Selenium isn't needed otherwise.
        from .chromium import open_in_chromium

        open_in_chromium(report, client, options.labels)
    print(f"{report.total} checks, {report.failed} failed.")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
