"""Users with a composite key in the admin."""

import shutil
from pathlib import Path

from composite_auth import test_project


class UserAdminTests(test_project.ProjectTests):
    def test_project(self):
        shutil.copy(Path(__file__).parent / "user_tests.py", self.directory / "users")
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        self.run_command("makemigrations", "users", database=sqlite)
        out = self.run_command(
            "test", "users.user_tests", "--noinput", database=self.get_database()
        )
        self.assertIn("Ran 7 tests", out)
