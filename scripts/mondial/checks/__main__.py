"""
Compare the Mondial database's models with the database, and with copies of it.

scripts/mondial_check.py runs this, in an environment with the fork in it.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.core.management import call_command

from . import copies
from .questions import GROUPS
from .relations import all_relations, with_implied

FILE = "default"


class Report:
    """Prints a line for each group of checks, and what differed in it."""

    def __init__(self) -> None:
        self.differences = 0

    @contextmanager
    def group(self, name: str) -> Iterator[Group]:
        group = Group()
        try:
            yield group
        except Exception as error:
            group.fail(describe(error))
        result = "ok" if not group.differences else "DIFFERENT"
        note = f" ({group.note})" if group.note else ""
        print(f"{result:9} {name}: {group.count} answers{note}", flush=True)
        for difference in group.differences:
            print(f"    {difference}", flush=True)
        self.differences += len(group.differences)


class Group:
    def __init__(self) -> None:
        self.count = 0
        self.note = ""
        self.differences: list[str] = []

    def equal(self, what: str, found: Any, expected: Any) -> None:
        self.count += 1
        if found != expected:
            self.fail(f"{what}: {summarize(found, expected)}")

    def fail(self, what: str) -> None:
        self.differences.append(what)


def summarize(found: Any, expected: Any) -> str:
    """Tell how two answers differ, of long lists only the first item."""
    if not isinstance(found, list) or not isinstance(expected, list):
        return f"{found!r}, not {expected!r}"
    extra = [item for item in found if item not in expected][:2]
    missing = [item for item in expected if item not in found][:2]
    return (
        f"{len(found)} items, not {len(expected)}; "
        f"too many: {extra!r}; missing: {missing!r}"
    )


def describe(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/django/')[2]}:{frame.lineno}"
    return f"{type(error).__name__}: {error} [{place}]"


def declared(report: Report) -> None:
    """Every foreign key of the file is a relation, and whatever they imply."""
    with report.group("file: foreign keys that it declares or implies") as group:
        found = copies.foreign_keys(FILE)
        expected = with_implied(found)
        relations = {r.dependency for r in constrained(FILE)}
        for dependency in sorted(expected | relations):
            group.equal(str(dependency), dependency in relations, True)
            group.equal(f"{dependency} is implied", dependency in expected, True)
        group.note = f"{len(found)} declared, {len(expected - set(found))} implied"


def constrained(using: str) -> list[Any]:
    return [r for r in all_relations(using) if r.field.db_constraint]


def dangling(report: Report, using: str) -> None:
    """Rows dangle only where the models have no constraint, and some do there."""
    with report.group(f"{using}: dangling rows") as group:
        notes = []
        for relation in all_relations(using):
            found = relation.dangling()
            name = f"{relation} dangles"
            group.equal(name, bool(found), not relation.field.db_constraint)
            if found:
                notes.append(f"{relation} {len(found)}, such as {found[0]}")
        group.note = "; ".join(notes)


Answers = dict[tuple[str, str], Any]


def ask(report: Report, using: str) -> Answers:
    """Ask everything about every relation; return what the ORM answered."""
    answers: Answers = {}
    for name, questions in GROUPS.items():
        with report.group(f"{using}: {name}") as group:
            for relation in all_relations(using):
                try:
                    for what, found, expected in questions(relation):
                        group.equal(f"{relation}: {what}", found, expected)
                        # Databases differ in how they order text.
                        found = sorted(map(repr, found)) if what == "ordered" else found
                        answers[name, f"{relation}: {what}"] = found
                except Exception as error:
                    group.fail(f"{relation}: {describe(error)}")
    return answers


def check_migrations(report: Report) -> None:
    with report.group("makemigrations, and again") as group:
        call_command("makemigrations", "geography", verbosity=0)
        try:
            call_command("makemigrations", check=True, dry_run=True, verbosity=0)
        except SystemExit:
            group.fail("there are changes after makemigrations")


def check_copy(report: Report, using: str, file: Answers, deletions: Answers) -> None:
    """Migrate and fill an empty database, and ask there what was asked before."""
    with report.group(f"{using}: migrate and fill") as copied, copies.migrated(using):
        copies.fill(using)
        contents = copies.contents(using)
        for table, expected in copies.contents(FILE).items():
            copied.equal(table, contents[table], expected)
        check_foreign_keys(report, using)
        dangling(report, using)
        answers = ask(report, using)
        with report.group(f"{using}: the file's answers") as group:
            for (name, what), answer in file.items():
                group.equal(f"{name}: {what}", answers.get((name, what)), answer)
        with report.group(f"{using}: delete") as group:
            for what, deleted, gone in copies.deletions(using):
                group.equal(what, deleted, gone)
                # The file is only read: the first copy says what is right.
                expected = deletions.setdefault(("delete", what), deleted)
                group.equal(f"{what}, on another database", deleted, expected)
        with report.group(f"{using}: migrate to zero and back") as group:
            call_command("migrate", "geography", "zero", database=using, verbosity=0)
            group.equal("tables left", copies.own_tables(using), [])
            call_command("migrate", database=using, verbosity=0)
            check_foreign_keys(report, using)


def check_foreign_keys(report: Report, using: str) -> None:
    with report.group(f"{using}: foreign keys that it has") as group:
        found = copies.foreign_keys(using)
        relations = {r.dependency for r in constrained(using)}
        for dependency in sorted({*found, *relations}):
            expected = int(dependency in relations)
            group.equal(str(dependency), found[dependency], expected)


def main(databases: list[str]) -> int:
    django.setup()
    report = Report()
    with report.group("system checks"):
        call_command("check", stdout=io.StringIO())
    declared(report)
    dangling(report, FILE)
    answers = ask(report, FILE)
    if databases:
        check_migrations(report)
    deletions: Answers = {}
    for using in databases:
        check_copy(report, using, answers, deletions)
    differences = report.differences
    print(f"{differences} differences." if differences else "No differences.")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
