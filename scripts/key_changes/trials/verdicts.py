"""What must hold for a history, in a database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .databases import Database, links, schema
from .projects import Prepared, Room, TrialFailed

SHOWN = 12

# Runs what a version must be able to do, and takes it back.
USE = """
from django.db import connection, transaction
with transaction.atomic():
{code}
    connection.check_constraints()
    transaction.set_rollback(True)
"""


def differences(expected: list[str], found: list[str]) -> list[str]:
    lines = [f"- {line}" for line in expected if line not in found]
    lines += [f"+ {line}" for line in found if line not in expected]
    return lines


def expect_same(what: str, expected: list[str], found: list[str]) -> None:
    if expected != found:
        lines = differences(expected, found) or ["(as often as not)"]
        raise TrialFailed("\n    ".join([f"{what} is another one:", *lines[:SHOWN]]))


def described(found: dict[str, list[str]]) -> list[str]:
    return [f"{table}: {line}" for table, lines in found.items() for line in lines]


def indent(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


class Trial:
    """A history in a database of one kind."""

    def __init__(self, prepared: Prepared, vendor: str, room: Path) -> None:
        self.prepared = prepared
        self.history = prepared.history
        self.room = room
        self.database = Database(vendor, "composite_trial", room)
        self.fresh = Database(vendor, "composite_trial_fresh", room)
        self.schemas = [self.fresh_schema(one) for one in prepared.fresh]
        self.links: list[str] = []

    def fresh_schema(self, room: Room) -> list[str]:
        """Return what the tables are if they are made by a version's models."""
        self.fresh.make()
        try:
            room.run(["migrate"], on=self.fresh).expect_success("migrate, from nothing")
            with self.fresh.opened():
                return described(schema())
        finally:
            self.fresh.drop()

    def begin(self) -> None:
        """Make the first version's tables and rows."""
        self.database.make()
        file = self.room / "rows.py"
        file.write_text(self.history.rows)
        first = self.prepared.rooms[0]
        first.run(
            *self.prepared.go(0), ["run", str(file)], on=self.database
        ).expect_success("the first version")
        with self.database.opened():
            self.links = list(map(repr, links()))
        if len(self.links) != self.history.links:
            raise TrialFailed(
                f"{len(self.links)} links at the beginning, not {self.history.links}"
            )

    def check(self, what: str, version: int) -> None:
        with self.database.opened():
            expect_same(
                f"{what}: what belongs together", self.links, [*map(repr, links())]
            )
            expected, found = self.schemas[version], described(schema())
            if self.history.versions[version].expanded:
                found = [line for line in found if line in expected]
            expect_same(f"{what}: the schema", expected, found)

    def using(self, version: int) -> list[list[str]]:
        """Return the command that does what a version's models must be able to do."""
        code = self.history.versions[version].use
        if not code:
            return []
        file = self.room / f"use-{version}.py"
        file.write_text(USE.format(code=indent(code)))
        return [["run", str(file)]]

    def migrate(self, what: str, version: int) -> None:
        """Migrate to a version, with its models, and use them."""
        room = self.prepared.rooms[-1].with_models(self.prepared.rooms[version])
        commands = [*self.prepared.go(version), *self.using(version)]
        room.run(*commands, on=self.database).expect_success(what)
        self.check(what, version)

    def run(self) -> Iterator[str]:
        """Do it all; yield what was done."""
        count = len(self.history.versions)
        try:
            self.begin()
            for version in range(1, count):
                self.migrate(f"forwards to {version}", version)
            yield "forwards"
            for version in reversed(range(count - 1)):
                self.migrate(f"backwards to {version}", version)
            yield "backwards"
            for version in range(1, count):
                self.migrate(f"forwards again to {version}", version)
            yield "forwards again"
            self.print_sql()
            yield "sqlmigrate"
            self.squash()
        finally:
            self.database.drop()

    def print_sql(self) -> None:
        commands = []
        room = self.prepared.rooms[-1]
        for app in room.apps:
            for path in sorted((room.directory / app / "migrations").glob("[0-9]*.py")):
                commands.append(["sqlmigrate", app, path.stem])
                commands.append(["sqlmigrate", app, path.stem, "--backwards"])
        room.run(*commands, on=self.database).expect_success("sqlmigrate")

    def squash(self) -> None:
        if self.prepared.squashed:
            expect_same(
                "squashed: the schema",
                self.schemas[-1],
                self.fresh_schema(self.prepared.squashed),
            )
