"""Numbers that several processes and threads take at the same time."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.db import connection
from django.test import TransactionTestCase

from . import worker
from .models import Tenant, Ticket


class ConcurrencyTests(TransactionTestCase):
    available_apps = ["composite_autofields"]
    processes, count = 3, 10

    def start(self, **todo):
        paths = [Path(__file__).parent.parent, Path(django.__file__).parent.parent]
        process = subprocess.Popen(
            [sys.executable, worker.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        )
        self.addCleanup(process.kill)
        process.stdin.write(json.dumps({"database": self.database, **todo}))
        process.stdin.close()
        process.stdin = None
        return process

    def finish(self, process):
        output, errors = process.communicate(timeout=120)
        self.assertEqual((process.returncode, errors), (0, ""))
        return json.loads(output) if output else None

    def get_database(self):
        names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
        return {name: connection.settings_dict[name] for name in names}

    def check(self, tenants):
        processes = [
            self.start(action="work", tenants=tenants, count=self.count)
            for _ in range(self.processes)
        ]
        numbers = [number for process in processes for number in self.finish(process)]
        taken = 3 + 3 * connection.features.can_return_rows_from_bulk_insert
        self.assertEqual(len(numbers), self.processes * self.count * taken * 2)
        # None was taken twice, though rows were deleted in between.
        self.assertEqual(len(set(numbers)), len(numbers))
        return numbers

    def test_server(self):
        if connection.vendor == "sqlite":
            self.skipTest("Is in the memory of this process.")
        self.database = self.get_database()
        tenants = [Tenant.objects.create(name=name).pk for name in "ab"]
        numbers = self.check(tenants)
        stored = set(Ticket.objects.values_list("id", flat=True))
        self.assertLess(stored, set(numbers))

    def check_sqlite(self, journal_mode):
        if connection.vendor != "sqlite":
            self.skipTest("SQLite only.")
        with tempfile.TemporaryDirectory() as directory:
            self.database = {
                "ENGINE": connection.settings_dict["ENGINE"],
                "NAME": str(Path(directory, "db.sqlite3")),
                "OPTIONS": {
                    "timeout": 120,
                    "init_command": f"PRAGMA journal_mode={journal_mode};"
                    "PRAGMA synchronous=off;",
                },
            }
            self.finish(self.start(action="create", tenants=[1, 2]))
            self.check([1, 2])

    def test_sqlite(self):
        self.check_sqlite("delete")

    def test_sqlite_wal(self):
        self.check_sqlite("wal")
