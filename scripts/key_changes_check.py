#!/usr/bin/env python3
"""
Changes of primary keys, as users make them: edit the models, makemigrations, migrate.

    python3 scripts/key_changes_check.py                     on every database
    python3 scripts/key_changes_check.py --on sqlite --only shop
    python3 scripts/key_changes_check.py --quick             what CI has the time for
    python3 scripts/key_changes_check.py --every-kill --timed-kills 20

The histories in scripts/key_changes/ are of models whose keys change, while others
refer to them. Each is migrated forwards, backwards, and forwards again, with rows in
the tables. After each step every row has to belong to what it belonged to, which
plain SQL tells by the foreign keys that the database has then, and the tables have
to be those that the models would make from nothing.

Then migrations are killed in the middle, by SIGKILL. Where they are atomic, the
database has to be as before; on MariaDB, running them again has to finish them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import python_version  # NOQA: F401  isort: skip

from environments import ensure_test_environment  # NOQA: E402
from patchqueue.errors import QueueError  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402

PROJECT = Path(__file__).resolve().parent / "key_changes"

# What a trial can be made on, and the settings that bring the driver for it.
DRIVERS = {"sqlite": "test_sqlite", "postgres": "test_postgres", "mysql": "test_mysql"}

# What CI has the time for, and the kills that go with it.
QUICK = "^(a shop|in steps|the club's story|documentation)$"
FEW_KILLS = 3

# In each direction; enough to have each kind of statement, on any database.
KILLS = 8


def check(vendors: list[str], arguments: list[str], tree: Path | None) -> bool:
    """Run the trials on databases of these kinds, one after another."""
    python = ensure_test_environment(find_layout(), [DRIVERS[n] for n in vendors])
    environment = {"PYTHONPATH": str(tree.resolve())} if tree else {}
    results = [
        subprocess.run(
            [str(python), "-m", "trials", vendor, *arguments],
            cwd=PROJECT,
            env={
                **os.environ,
                **environment,
                "DJANGO_SETTINGS_MODULE": "trials.settings",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONUTF8": "1",
                "TRIAL_VENDOR": vendor,
            },
            stdin=subprocess.DEVNULL,
        ).returncode
        for vendor in vendors
    ]
    return not any(results)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Change primary keys as users do, with rows in the tables."
    )
    add = parser.add_argument
    add("--on", action="append", choices=list(DRIVERS), help="default: each")
    add("--only", metavar="REGEX", help="those with such a name, a regular expression")
    add("--no-histories", action="store_true", help="only kill migrations")
    add(
        "--kills",
        type=int,
        default=KILLS,
        metavar="N",
        help=f"kill after N statements in each direction (default: {KILLS})",
    )
    add("--quick", action="store_true", help="some of all")
    add("--every-kill", action="store_true", help="kill after each statement")
    add(
        "--timed-kills",
        type=int,
        default=0,
        metavar="N",
        help="kill at N moments spread over the run, with many rows",
    )
    add("--orders", type=int, default=5000, metavar="N", help="so many rows")
    add(
        "--update-docs",
        action="store_true",
        help="write the SQL that the documentation shows into it",
    )
    add("--fork-tree", type=Path, metavar="PATH", help="instead of build/django")
    options = parser.parse_args(arguments)
    if options.quick:
        options.only, options.kills = QUICK, FEW_KILLS
    passed = [
        f"--kills={-1 if options.every_kill else options.kills}",
        f"--timed-kills={options.timed_kills}",
        f"--orders={options.orders}",
    ]
    if options.only:
        passed.append(f"--only={options.only}")
    if options.no_histories:
        passed.append("--no-histories")
    if options.update_docs:
        passed += ["--update-docs", "--only=^documentation$", "--kills=0"]
    try:
        vendors = list(dict.fromkeys(options.on or DRIVERS))
        return 0 if check(vendors, passed, options.fork_tree) else 1
    except (QueueError, OSError) as error:
        print(f"key_changes_check.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
