#!/usr/bin/env python3
"""
Relations to composite keys on real data: the Mondial database.

    python3 scripts/mondial_check.py mondial.sqlite3
    python3 scripts/mondial_check.py mondial.sqlite3 --on sqlite --on postgres

The Django project in scripts/mondial/ has a model for each of the database's
tables, and a relation for each of their dependencies. Every relation is
followed, filtered and counted by, from both ends, and the answers are compared
with those of plain SQL. The same models are then migrated into an empty database
of each kind asked for, which is filled from the file and asked the same.

The file is not part of this repository. It is W. May's MONDIAL (Göttingen, 2021),
as SQLite has it with its referential dependencies declared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import python_version  # NOQA: F401  isort: skip

from environments import ensure_test_environment  # NOQA: E402
from patchqueue.errors import QueueError  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402

PROJECT = Path(__file__).resolve().parent / "mondial"

# What a copy can be made on, and the settings that bring the driver for it.
DRIVERS = {"sqlite": "test_sqlite", "postgres": "test_postgres", "mysql": "test_mysql"}


def check(database: Path, databases: list[str]) -> int:
    """Run the checks in an environment that has the fork and the drivers."""
    python = ensure_test_environment(find_layout(), [DRIVERS[n] for n in databases])
    with tempfile.TemporaryDirectory(prefix="mondial-") as directory:
        migrations = Path(directory, "mondial_migrations")
        migrations.mkdir()
        (migrations / "__init__.py").touch()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "geography.settings",
            "MONDIAL_DATABASE": str(database.resolve()),
            "MONDIAL_MIGRATIONS": directory,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
        }
        command = [str(python), "-m", "checks", *databases]
        return subprocess.run(command, cwd=PROJECT, env=environment).returncode


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Compare relations on the Mondial database with plain SQL."
    )
    parser.add_argument("database", type=Path, help="the database, an SQLite file")
    parser.add_argument(
        "--on",
        action="append",
        choices=list(DRIVERS),
        help="also on a copy in a new database of this kind (default: of each)",
    )
    parser.add_argument(
        "--skip-without-data",
        action="store_true",
        help="succeed where the database isn't there",
    )
    options = parser.parse_args(arguments)
    if not options.database.is_file():
        print(f"mondial_check.py: There is no {options.database}.", file=sys.stderr)
        return 0 if options.skip_without_data else 1
    try:
        return check(options.database, list(dict.fromkeys(options.on or DRIVERS)))
    except (QueueError, OSError) as error:
        print(f"mondial_check.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
