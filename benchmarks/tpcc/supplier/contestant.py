"""TPC-C by Django's ORM, and what only Django is asked for: schema and fixtures."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from servers import MARIADB, POSTGRESQL, SQLITE
from tpcc.contestant import Contestant, batches
from tpcc.inputs import Input
from tpcc.population import TABLES, rows
from tpcc.rules import Output
from tpcc.values import TINY, Scale

APP = "supplier"
# Statements that are not what a transaction consists of.
_BOUNDARIES = ("BEGIN", "COMMIT", "ROLLBACK")


class DjangoContestant(Contestant):
    def __init__(self, vendor: str, database: str, scale: Scale) -> None:
        super().__init__(vendor, database, scale)
        os.environ.update(
            TPCC_VENDOR=vendor,
            TPCC_DATABASE=database,
            DJANGO_SETTINGS_MODULE="tpcc.supplier.settings",
        )
        django.setup()
        from django.db import connection
        from tpcc.supplier import transactions

        self.connection = connection
        self.transactions: dict[str, Callable[[Any], Output]] = transactions.BY_KIND

    @staticmethod
    def about() -> dict[str, str]:
        return {
            "name": f"Django {django.get_version()}",
            "path": django.__path__[0],
            "python": platform.python_version(),
        }

    def load(self, seed: int) -> int:
        return self.load_scale(self.scale, seed)

    def load_scale(self, scale: Scale, seed: int) -> int:
        from django.apps import apps

        loaded = 0
        for table in TABLES:
            model = apps.get_model(APP, table)
            for batch in batches(rows(table, scale, seed)):
                model.objects.bulk_create([model(**row) for row in batch])
                loaded += len(batch)
        return loaded

    def perform(self, asked: Input) -> Output:
        return self.transactions[asked.kind](asked)

    @contextlib.contextmanager
    def counting(self) -> Iterator[list[str]]:
        sent: list[str] = []

        def wrapper(execute: Any, sql: str, *arguments: Any) -> Any:
            if not sql.startswith(_BOUNDARIES):
                sent.append(sql)
            return execute(sql, *arguments)

        with self.connection.execute_wrapper(wrapper):
            yield sent

    def driver_error(self, error: Exception) -> BaseException | None:
        return error.__cause__

    # What is done to the databases of both contestants.

    def migrate(self) -> None:
        self.command("migrate")

    def clean(self) -> None:
        """Remove dead rows, and let the planner know what is in the tables."""
        tables = ", ".join(self.tables())
        sql = {
            SQLITE: "ANALYZE",
            POSTGRESQL: f"VACUUM ANALYZE {tables}",
            MARIADB: f"ANALYZE TABLE {tables}",
        }[self.vendor]
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def violations(self) -> Iterator[str]:
        from tpcc.supplier.conditions import violations

        return violations()

    def tables(self) -> list[str]:
        return [
            name
            for name in self.connection.introspection.table_names()
            if name.startswith(f"{APP}_")
        ]

    # The app, in an empty database, which is empty again in the end.

    def schema_findings(self, seed: int) -> Iterator[str]:
        """
        Yield what is wrong with migrations and fixtures, if anything is.

        The app is migrated forwards and backwards; a fixture of a few rows is
        dumped, loaded into empty tables, and dumped again.
        """
        self.migrate()
        if changes := self.command("makemigrations", APP, check_changes=True):
            yield f"makemigrations --check: {changes}"
        self.load_scale(TINY, seed)
        # Which database it is has no part in what the others would show.
        forms = ["json", "jsonl", "xml"] if self.vendor == SQLITE else ["json"]
        for form in forms:
            if finding := self.fixture_finding(form):
                yield f"{form} fixture: {finding}"
        self.command("migrate", APP, "zero")
        if left := self.tables():
            yield f"migrated backwards, there still are: {', '.join(left)}"

    def fixture_finding(self, form: str) -> str | None:
        with tempfile.TemporaryDirectory() as room:
            files = [Path(room, f"{name}.{form}") for name in ("first", "second")]
            try:
                self.command("dumpdata", APP, format=form, output=str(files[0]))
                self.empty()
                self.command("loaddata", str(files[0]))
                self.command("dumpdata", APP, format=form, output=str(files[1]))
            except Exception as error:
                return f"{type(error).__name__}: {error}"[:300]
            first, second = (file.read_bytes() for file in files)
        return None if first == second else "it is another one after it was loaded"

    def empty(self) -> None:
        from django.apps import apps

        for table in reversed(TABLES):
            apps.get_model(APP, table).objects.all()._raw_delete("default")

    def command(self, name: str, *arguments: str, **options: Any) -> str:
        """Call one of Django's commands; return what it printed if it failed."""
        from django.core.management import call_command

        printed = io.StringIO()
        options.setdefault("verbosity", 0 if name != "makemigrations" else 1)
        if name == "migrate":
            options["interactive"] = False
        try:
            call_command(name, *arguments, stdout=printed, stderr=printed, **options)
        except SystemExit:
            return " ".join(printed.getvalue().split()) or "it failed"
        return ""
