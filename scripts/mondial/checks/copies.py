"""
Copies of the database, made by migrations and filled through the ORM.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

from django.db import connections, transaction
from django.db.models import RestrictedError

from .relations import Dependency, all_models, all_relations, key, listed, rows, sample

# Circular relations, which are set when everything is there, and the columns
# that are null until then.
CIRCULAR = {
    "Country": (["capital", "capital_province"], ["capital_name", "province_name"]),
    "Province": (["capital", "capital_province"], ["capital_name", "capprov"]),
    "River": (["river"], ["river_id"]),
}

# Each returns a number or name of the constraint, its table and the one it
# refers to, and a pair of columns.
FOREIGN_KEYS = {
    "sqlite": """
        SELECT f.id, m.name, f."table", f."from", f."to"
        FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
        WHERE m.type = 'table'
    """,
    "postgresql": """
        SELECT c.conname, a.attrelid::regclass, b.attrelid::regclass,
            a.attname, b.attname
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (x, y)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.x
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.y
        WHERE c.contype = 'f'
    """,
    "mysql": """
        SELECT constraint_name, table_name, referenced_table_name,
            column_name, referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
    """,
}


def foreign_keys(using: str) -> Counter[Dependency]:
    """Ask the database which foreign keys it has."""
    pairs = defaultdict(list)
    for name, table, target, *pair in rows(
        using, FOREIGN_KEYS[connections[using].vendor]
    ):
        pairs[name, table, target].append(tuple(pair))
    return Counter(
        Dependency.make(table, target, found)
        for (_, table, target), found in pairs.items()
    )


@contextmanager
def migrated(using: str) -> Iterator[None]:
    """Make an empty database, migrate it, and remove it in the end."""
    creation = connections[using].creation
    name = connections[using].settings_dict["NAME"]
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        creation.destroy_test_db(name, verbosity=0)


def fill(using: str) -> None:
    """Copy the rows of the file."""
    for model in in_order():
        objs = list(model.objects.using("default"))
        for obj in objs:
            for attname in CIRCULAR.get(model.__name__, ([], []))[1]:
                setattr(obj, attname, None)
        model.objects.using(using).bulk_create(objs)
    for model in all_models():
        names = CIRCULAR.get(model.__name__, ([], []))[0]
        if names:
            objs = list(model.objects.using("default"))
            model.objects.using(using).bulk_update(objs, names)


def in_order() -> list[Any]:
    """Return the models, each after those that its relations refer to."""
    later = {
        f"{model}.{name}" for model, (names, _) in CIRCULAR.items() for name in names
    }
    targets: dict[Any, set[Any]] = {model: set() for model in all_models()}
    for relation in all_relations("default"):
        if str(relation) not in later:
            targets[relation.model].add(relation.target)
    return list(TopologicalSorter(targets).static_order())


def contents(using: str) -> dict[str, list[str]]:
    """Return all rows of all tables."""
    found = {}
    for model in all_models():
        table = model._meta.db_table
        columns = listed(field.column for field in model._meta.concrete_fields)
        # SQLite has dates as text.
        found[table] = sorted(
            repr([str(value) if isinstance(value, date) else value for value in row])
            for row in rows(using, f"SELECT {columns} FROM {table}")
        )
    return found


def break_circles(obj: Any) -> None:
    """
    Have an object, or a country's provinces, not refer to what refers to them.

    Where constraints can't be deferred, no row of a circle could be deleted first.
    """
    model = obj.__class__
    if model.__name__ not in CIRCULAR:
        return
    circles = [model.objects.filter(pk=obj.pk)]
    if model.__name__ == "Country":
        circles.append(obj.province_set.all())
    for circle in circles:
        attnames = CIRCULAR[circle.model.__name__][1]
        circle.using(obj._state.db).update(**dict.fromkeys(attnames))


class RolledBack(Exception):
    pass


def deletions(using: str) -> Iterator[tuple[str, Any, Any]]:
    """
    Delete some objects of each model, one at a time, and put them back.

    Yield (object, what Django says was deleted, which rows are gone).
    """
    for model in all_models():
        for obj in sample(model.objects.using(using), 5):
            name = f"{model.__name__} {key(obj)}"
            before = count_rows(using)
            with suppress(RolledBack), transaction.atomic(using):
                if not connections[using].features.can_defer_constraint_checks:
                    break_circles(obj)
                try:
                    deleted = obj.delete()[1]
                except RestrictedError:
                    deleted = {}
                yield name, +Counter(deleted), before - count_rows(using)
                connections[using].check_constraints()
                raise RolledBack


def count_rows(using: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for model in all_models():
        table = model._meta.db_table
        ((found[model._meta.label],),) = rows(using, f"SELECT COUNT(*) FROM {table}")
    return found


def own_tables(using: str) -> list[str]:
    tables = {model._meta.db_table for model in all_models()}
    return sorted(tables & set(connections[using].introspection.table_names()))
