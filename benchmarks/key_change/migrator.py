"""
The process that migrates: a new one for each direction, so that its memory is its own.
"""

from __future__ import annotations

import io
import os
import platform
import resource
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from key_change.rows import statements, violations  # NOQA: E402
from protocol import Message, serve  # NOQA: E402


def peak() -> int:
    """Return the most memory that this process ever had, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


class Migrator:
    """Answers the driver's requests, for one database."""

    def __call__(self, request: Message) -> Message:
        try:
            reply: Message = getattr(self, request.pop("do"))(**request)
        except Exception as error:  # The driver tells.
            return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        return reply

    def about(self) -> Message:
        import django

        return {
            "name": f"Django {django.get_version()}",
            "path": django.__path__[0],
            "python": platform.python_version(),
        }

    def open(self, vendor: str, database: str, orders: int, package: str) -> Message:
        os.environ.update(
            KEY_CHANGE_VENDOR=vendor,
            KEY_CHANGE_DATABASE=database,
            KEY_CHANGE_MIGRATIONS=package,
            DJANGO_SETTINGS_MODULE="key_change.settings",
        )
        import django

        django.setup()
        self.vendor, self.orders = vendor, orders
        return {}

    def load(self) -> Message:
        for sql in statements(self.vendor, self.orders):
            self.execute(sql)
        return {}

    def analyze(self) -> Message:
        from django.db import connection

        tables = connection.introspection.table_names()
        names = ", ".join(name for name in tables if name.startswith("shop_"))
        self.execute(
            {
                "sqlite": "ANALYZE",
                "postgresql": f"VACUUM ANALYZE {names}",
                "mariadb": f"ANALYZE TABLE {names}",
            }[self.vendor]
        )
        return {}

    def migrate(self, target: str) -> Message:
        from django.core.management import call_command
        from django.db import connection

        connection.ensure_connection()
        printed = io.StringIO()
        before, begun = peak(), time.perf_counter()
        cpu = time.process_time()
        call_command(
            "migrate", "shop", target, interactive=False, stdout=printed, verbosity=1
        )
        return {
            "seconds": time.perf_counter() - begun,
            "cpu": time.process_time() - cpu,
            "before": before,
            "peak": peak(),
            "printed": printed.getvalue(),
        }

    def check(self, composite: bool) -> Message:
        return {"violations": violations(self.execute, self.orders, composite)}

    def changes(self) -> Message:
        from django.core.management import call_command

        printed = io.StringIO()
        try:
            call_command("makemigrations", "shop", check_changes=True, stdout=printed)
        except SystemExit:
            return {"changes": " ".join(printed.getvalue().split())}
        return {"changes": ""}

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []


if __name__ == "__main__":
    serve(Migrator())
