"""
The user model in use can't be changed for what refers to it in a database, e.g.
the log entries of the admin. Hence the tests in project/ run in a process, with
a database of their own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.db import connection
from django.test import SimpleTestCase

PROJECT = Path(__file__).parent / "project"


class ProjectTests(SimpleTestCase):
    databases = {"default"}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name) / "project"
        shutil.copytree(PROJECT, self.directory)

    def get_database(self):
        """Return the settings of this database, with another name."""
        name = connection.settings_dict["NAME"]
        test = {}
        if connection.vendor != "sqlite":
            test = {**connection.settings_dict["TEST"], "NAME": f"{name}_users"}
        return {**connection.settings_dict, "NAME": str(name), "TEST": test}

    def run_command(self, *args, database):
        """Run a command in the project, and return its output."""
        paths = [self.directory, Path(django.__file__).parent.parent]
        result = subprocess.run(
            [sys.executable, "-m", "django", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "COMPOSITE_AUTH_DATABASES": json.dumps({"default": database}),
                "DJANGO_SETTINGS_MODULE": "settings",
                "PYTHONPATH": os.pathsep.join(map(str, paths)),
            },
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def test_project(self):
        out = self.run_command("check", database={})
        self.assertIn("System check identified no issues", out)
        # Migrations are the same on all databases.
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        out = self.run_command("makemigrations", "users", database=sqlite)
        self.assertIn("0001_initial.py", out)
        out = self.run_command(
            "test", "users.project_tests", "--noinput", database=self.get_database()
        )
        self.assertIn("Ran 4 tests", out)
