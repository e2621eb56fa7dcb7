#!/usr/bin/env python3
"""
The admin on real data with composite keys: the Mondial database.

    python3 scripts/mondial_admin.py mondial.sqlite3
    python3 scripts/mondial_admin.py mondial.sqlite3 geography.City --browser

Every model of scripts/mondial/ is registered with the admin. Every changelist is
opened, sorted, searched and filtered by each value of each filter; of each model
the first and the last object's pages, what those link to, popups and answers for
autocompletion. All must be there, saving an object as it is must change nothing,
and a longer page of a changelist must not take more queries. Then the admin is
given keys and forms that it must refuse.

A copy of the file is used, which isn't part of this repository (see
scripts/mondial_check.py). `python3 scripts/demo.py --check` does the same on the
database of the demo.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import python_version  # NOQA: F401  isort: skip

from browser import browser_environment  # NOQA: E402
from environments import ensure_test_environment  # NOQA: E402
from patchqueue.errors import QueueError  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402

SCRIPTS = Path(__file__).resolve().parent


def check(database: Path, arguments: list[str]) -> int:
    layout = find_layout()
    python = ensure_test_environment(layout)
    with tempfile.TemporaryDirectory(prefix="mondial-") as directory:
        copy = Path(directory, "mondial.sqlite3")
        shutil.copyfile(database, copy)
        environment = {
            **os.environ,
            **browser_environment(layout),
            "DJANGO_SETTINGS_MODULE": "geography.admin_settings",
            "MONDIAL_DATABASE": str(copy),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(SCRIPTS),
            "PYTHONUTF8": "1",
        }
        for command in (["django", "migrate", "-v0"], ["admin_pages", *arguments]):
            result = subprocess.run(
                [str(python), "-m", *command],
                cwd=SCRIPTS / "mondial",
                env=environment,
            )
            if result.returncode:
                return result.returncode
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Open every page of Mondial's admin.")
    parser.add_argument("database", type=Path, help="the database, an SQLite file")
    parser.add_argument("labels", nargs="*", help="models; all, if there are none")
    parser.add_argument(
        "--browser", action="store_true", help="open the main pages in Chromium, too"
    )
    options = parser.parse_args(arguments)
    if not options.database.is_file():
        print(f"mondial_admin.py: There is no {options.database}.", file=sys.stderr)
        return 1
    chosen = ["--browser", *options.labels] if options.browser else options.labels
    try:
        return check(options.database, chosen)
    except (QueueError, OSError) as error:
        print(f"mondial_admin.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
