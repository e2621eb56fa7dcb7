"""
A database of a trial, and what is in it, as its own catalogues say.

Nothing here asks Django's introspection, which is on trial as well.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from .settings import database_settings

Rows = list[tuple[Any, ...]]

# Django's own, which differ from run to run.
_IGNORED = {"django_migrations", "sqlite_sequence"}

_FOREIGN_KEYS = {
    "sqlite": """
        SELECT f.id || '/' || m.name, m.name, f."table", f."from", f."to"
        FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
        WHERE m.type = 'table' ORDER BY 1, f.seq
    """,
    "postgresql": """
        SELECT c.oid, c.conrelid::regclass::text, c.confrelid::regclass::text,
            a.attname, b.attname
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (x, y)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = pair.x
        JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pair.y
        WHERE c.contype = 'f' ORDER BY 1, 4
    """,
    "mysql": """
        SELECT constraint_name, table_name, referenced_table_name,
            column_name, referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
        ORDER BY 2, 1, ordinal_position
    """,
}


class Database:
    """An empty database of one kind, which is there from `make` to `drop`."""

    def __init__(self, vendor: str, name: str, room: Path) -> None:
        self.vendor = vendor
        self.name = str(room / f"{name}.sqlite3") if vendor == "sqlite" else name

    @property
    def environment(self) -> dict[str, str]:
        return {"TRIAL_VENDOR": self.vendor, "TRIAL_DATABASE": self.name}

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Let this process's connection be one to this database."""
        connection.close()
        wanted = database_settings(self.vendor, self.name)
        if connection.settings_dict["ENGINE"] != wanted["ENGINE"]:
            raise ValueError("A process can look at databases of one kind only.")
        connection.settings_dict.update(wanted)
        try:
            yield
        finally:
            connection.close()

    def make(self) -> None:
        self.drop()
        if self.vendor != "sqlite":
            charset = " CHARACTER SET utf8mb4" if self.vendor == "mysql" else ""
            self._execute(f"CREATE DATABASE {self.name}{charset}")

    def drop(self) -> None:
        if self.vendor == "sqlite":
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(self.name + suffix).unlink(missing_ok=True)
            return
        force = " WITH (FORCE)" if self.vendor == "postgres" else ""
        self._execute(f"DROP DATABASE IF EXISTS {self.name}{force}")

    def _execute(self, sql: str) -> None:
        with self.opened(), connection._nodb_cursor() as cursor:
            cursor.execute(sql)

    def wait_until_left(self, seconds: float = 300) -> None:
        """Wait until the sessions of processes that were killed have ended."""
        question = {
            "postgres": "SELECT count(*) FROM pg_stat_activity "
            f"WHERE datname = '{self.name}' AND pid <> pg_backend_pid()",
            "mysql": "SELECT count(*) FROM information_schema.processlist "
            f"WHERE db = '{self.name}' AND id <> connection_id()",
        }.get(self.vendor)
        deadline = time.monotonic() + seconds
        with self.opened():
            while question and rows(question)[0][0]:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"A session in {self.name} does not end.")
                time.sleep(0.05)


def rows(sql: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def tables() -> list[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
        "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        "mysql": "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = DATABASE()",
    }[connection.vendor]
    return sorted(name for (name,) in rows(sql) if name not in _IGNORED)


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(table)} WHERE 1 = 0")
        return [column[0] for column in cursor.description]


def quote(name: str) -> str:
    return str(connection.ops.quote_name(name))


def contents() -> dict[str, list[str]]:
    """Return all rows of all tables."""
    found = {}
    for table in tables():
        listed = ", ".join(map(quote, sorted(columns(table))))
        found[table] = sorted(map(repr, rows(f"SELECT {listed} FROM {quote(table)}")))
    return found


def dump() -> list[str]:
    """
    Return everything that is in the database, to the letter.

    Left out is what Django's table of migrations has but their names: times, and
    numbers that are never given back.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        lines = [
            line
            for line in connection.connection.iterdump()
            if "django_migrations" not in line
        ]
    else:
        lines = [
            f"{table}: {x}" for table, found in schema(True).items() for x in found
        ]
        lines += [f"{table}: {x}" for table, found in contents().items() for x in found]
    lines += map(repr, rows("SELECT app, name FROM django_migrations ORDER BY 1, 2"))
    if connection.vendor == "postgresql":
        lines += map(
            repr,
            rows(
                "SELECT sequencename, data_type, start_value, increment_by, last_value "
                "FROM pg_sequences WHERE sequencename NOT LIKE 'django_migrations%' "
                "ORDER BY 1"
            ),
        )
    return lines


def schema(names: bool = False) -> dict[str, list[str]]:
    """
    Return what each table consists of, in no order but the alphabet's.

    The names of indexes and constraints are left out unless `names` is true.
    """
    describe = {
        "sqlite": _describe_sqlite,
        "postgresql": _describe_postgresql,
        "mysql": _describe_mysql,
    }[connection.vendor]
    return {table: sorted(describe(table, names)) for table in tables()}


def _describe_sqlite(table: str, names: bool) -> Iterator[str]:
    for _, name, kind, not_null, default, pk, hidden in rows(
        f"PRAGMA table_xinfo({quote(table)})"
    ):
        yield f"column {name} {kind} {not_null} {default} key {pk} {hidden}"
    ((source,),) = rows(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
    if "AUTOINCREMENT" in source:
        yield "autoincrement"
    for check in re.findall(r"CHECK \((.*?)\)(?=[,)\s])", source):
        yield f"check {check}"
    yield from _foreign_keys(table)
    for _, name, unique, origin, partial in rows(f"PRAGMA index_list({quote(table)})"):
        found = rows(f"PRAGMA index_xinfo({quote(name)})")
        # What belongs to the index, in its order; not the key that SQLite adds.
        listed = [(row[2], row[3], row[4]) for row in found if row[5]]
        shown = f" {name}" if names else ""
        yield f"index{shown} {listed} {unique} {origin == 'pk'} {partial}"


def _foreign_keys(table: str) -> Iterator[str]:
    found = defaultdict(list)
    targets = {}
    for name, source, target, *pair in rows(_FOREIGN_KEYS[connection.vendor]):
        if source == table:
            found[name].append(tuple(pair))
            targets[name] = target
    for name, pairs in found.items():
        yield f"foreign key {sorted(pairs)} {targets[name]}"


def _describe_postgresql(table: str, names: bool) -> Iterator[str]:
    for row in rows(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, "
        "a.attidentity, pg_get_expr(d.adbin, d.adrelid), a.attcollation, "
        "col_description(a.attrelid, a.attnum) FROM pg_attribute a "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        f"WHERE a.attrelid = '{quote(table)}'::regclass AND a.attnum > 0 "
        "AND NOT a.attisdropped"
    ):
        yield f"column {row}"
    for name, definition in rows(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        f"WHERE conrelid = '{quote(table)}'::regclass"
    ):
        yield f"constraint {name if names else ''} {definition}"
    for name, definition in rows(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid "
        f"WHERE i.indrelid = '{quote(table)}'::regclass"
    ):
        if not names:
            definition = re.sub(r"INDEX \S+ ON", "INDEX ON", definition)
        yield definition
    for (comment,) in rows(
        f"SELECT obj_description('{quote(table)}'::regclass) "
        f"WHERE obj_description('{quote(table)}'::regclass) IS NOT NULL"
    ):
        yield f"comment {comment}"


def _describe_mysql(table: str, names: bool) -> Iterator[str]:
    ((_, source),) = rows(f"SHOW CREATE TABLE {quote(table)}")
    for line in source.splitlines()[1:]:
        line = line.strip().rstrip(",")
        line = re.sub(r" AUTO_INCREMENT=\d+", "", line)
        if not names:
            line = re.sub(r"^(CONSTRAINT|(UNIQUE )?KEY) `\w+`", r"\1", line)
        yield line


def links() -> list[tuple[str, ...]]:
    """
    Return which row belongs to which, whatever the keys are.

    Rows are known by the column whose name ends with "label". A table without one
    is between two others, and a row of it is the pair of those. Foreign keys are
    those of the database: a link without one isn't found.
    """
    found: list[tuple[str, ...]] = []
    keys: dict[Any, list[tuple[str, str]]] = defaultdict(list)
    ends = {}
    for name, source, target, *pair in rows(_FOREIGN_KEYS[connection.vendor]):
        keys[source, name].append(tuple(pair))
        ends[source, name] = target
    labels = {
        table: next((c for c in sorted(columns(table)) if c.endswith("label")), "")
        for table in tables()
    }
    between = defaultdict(list)
    for (source, name), pairs in keys.items():
        target = ends[source, name]
        if not labels[target]:
            continue
        condition = " AND ".join(f"c.{quote(a)} = p.{quote(b)}" for a, b in pairs)
        if not labels[source]:
            between[source].append((target, condition.replace("p.", "{0}.")))
            continue
        sql = (
            f"SELECT c.{quote(labels[source])}, p.{quote(labels[target])} "
            f"FROM {quote(source)} c JOIN {quote(target)} p ON {condition}"
        )
        found += rows(sql)
    for source, parents in between.items():
        joins = " ".join(
            f"JOIN {quote(target)} p{i} ON {condition.format(f'p{i}')}"
            for i, (target, condition) in enumerate(parents)
        )
        listed = ", ".join(
            f"p{i}.{quote(labels[target])}" for i, (target, _) in enumerate(parents)
        )
        found += [
            tuple(sorted(row))
            for row in rows(f"SELECT {listed} FROM {quote(source)} c {joins}")
        ]
    return sorted(found)
