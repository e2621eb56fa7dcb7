"""
Makes the tables and fills them, inside the database, by plain SQL.

The rows are computed by the database from their numbers: nothing is sent to it,
and each row is what ``data`` says it is.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data import COMPOSITE, KEYS, SINGLE, Data, Table
from servers import MARIADB, POSTGRESQL, SQLITE, Connection

_COLUMNS = "tenant_id, num, name, amount, batch"
_COLUMN_TYPES = """
    tenant_id integer NOT NULL,
    num integer NOT NULL,
    name varchar(40) NOT NULL,
    amount integer NOT NULL,
    batch integer NOT NULL"""

# Seconds for statements that were given up to end.
PATIENCE = 60


class StillBusy(Exception):
    """A database cannot be dropped now."""


@contextlib.contextmanager
def temporary_database(vendor: str, name: str, directory: Path) -> Iterator[str]:
    """
    Make an empty database, and drop it in the end; yield what to connect to.

    A database of that name left by a run that was killed is replaced.
    """
    if vendor == SQLITE:
        file = directory / f"{name}.sqlite3"
        _remove(file)
        try:
            yield str(file)
        finally:
            _remove(file)
        return
    _drop(vendor, name)
    _execute(vendor, f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        _drop(vendor, name)


def _drop(vendor: str, name: str) -> None:
    """
    Drop a database that may be there, with the connections that are left to it.

    PostgreSQL lets everybody wait while a session that does not listen is to be
    ended, as it does not while it compiles an expression: such a session is given
    time, and if that is not enough, the database stays.
    """
    force = ""
    if vendor == POSTGRESQL:
        force = " WITH (FORCE)"
        busy = (
            "SELECT count(*) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND state = 'active'"
        )
        deadline = time.monotonic() + PATIENCE
        while _execute(vendor, busy)[0][0]:
            if time.monotonic() > deadline:
                raise StillBusy(
                    f"The database {name} is left, as a statement in it does not end."
                )
            time.sleep(0.5)
    _execute(vendor, f"DROP DATABASE IF EXISTS {name}{force}")


def _execute(vendor: str, sql: str) -> list[Any]:
    """Execute a statement on the server, by a connection of its own."""
    connection = Connection(vendor, "")
    try:
        return connection.execute(sql)
    finally:
        connection.close()


def load(connection: Connection, data: Data) -> None:
    """Make all tables and fill them."""
    if connection.vendor == MARIADB:
        name = (
            "max_recursive_iterations"
            if "MariaDB" in connection.version()
            else "cte_max_recursion_depth"
        )
        connection.execute(f"SET SESSION {name} = {data.events + 1}")
    for table in data.tables:
        _load_table(connection, data, table)
    for table in (data.item, data.target):
        for kind in KEYS:
            _load_lines(connection, kind, table)
    refresh_statistics(connection, [name for name in table_names(data)])


def table_names(data: Data) -> list[str]:
    names = [table.name for table in data.tables] + ["item_line", "target_line"]
    return [f"{kind}_{name}" for kind in KEYS for name in names]


def refresh_statistics(connection: Connection, tables: list[str]) -> None:
    """Let the planner know what is in the tables, and remove dead rows from them."""
    if connection.vendor == SQLITE:
        connection.execute("ANALYZE")
    elif connection.vendor == POSTGRESQL:
        connection.execute(f"VACUUM ANALYZE {', '.join(tables)}")
    else:
        connection.execute(f"ANALYZE TABLE {', '.join(tables)}")


def _load_table(connection: Connection, data: Data, table: Table) -> None:
    single, composite = f"{SINGLE}_{table.name}", f"{COMPOSITE}_{table.name}"
    connection.execute(
        f"CREATE TABLE {single} (id integer NOT NULL PRIMARY KEY,{_COLUMN_TYPES})"
    )
    connection.execute(
        f"CREATE TABLE {composite} ({_COLUMN_TYPES}, PRIMARY KEY (tenant_id, num))"
    )
    size, step = table.per_tenant, data.batch_step(table)
    name = "CONCAT('Item ', i)" if connection.vendor == MARIADB else "'Item ' || i"
    connection.execute(
        f"INSERT INTO {single} (id, {_COLUMNS}) "
        "WITH RECURSIVE numbers (i) AS ("
        "SELECT 0 UNION ALL "
        f"SELECT i + 1 FROM numbers WHERE i < {table.rows - 1}) "
        f"SELECT i + 1, (i - i % {size}) / {size} + 1, i % {size} + 1, {name}, "
        # Without the first reduction this would leave the range of an integer.
        f"i % 1000 * 7919 % 1000, CASE WHEN i % {step} = 0 THEN 1 ELSE 0 END "
        "FROM numbers ORDER BY i"
    )
    connection.execute(
        f"INSERT INTO {composite} ({_COLUMNS}) "
        f"SELECT {_COLUMNS} FROM {single} ORDER BY id"
    )
    if table in (data.item, data.target):
        for name in (single, composite):
            connection.execute(f"CREATE INDEX {name}_batch ON {name} (batch)")


def _load_lines(connection: Connection, kind: str, table: Table) -> None:
    """
    Give two lines to each row of the table that has ``batch = 1``.

    The first lines of all rows come first, in an order that is not that of
    the rows.
    """
    target = f"{kind}_{table.name}"
    name = f"{target}_line"
    members = {SINGLE: ["id"], COMPOSITE: ["tenant_id", "num"]}[kind]
    columns = [f"item_{member}" for member in members]
    types = ", ".join(f"{column} integer NOT NULL" for column in columns)
    # As Django makes them; MariaDB has no deferrable constraints.
    deferred = "" if connection.vendor == MARIADB else "DEFERRABLE INITIALLY DEFERRED"
    connection.execute(
        f"CREATE TABLE {name} (id integer NOT NULL PRIMARY KEY, {types}, "
        f"quantity integer NOT NULL, FOREIGN KEY ({', '.join(columns)}) "
        f"REFERENCES {target} ({', '.join(members)}) {deferred})"
    )
    connection.execute(f"CREATE INDEX {name}_item ON {name} ({', '.join(columns)})")
    selected = ", ".join(f"item.{member}" for member in members)
    connection.execute(
        f"INSERT INTO {name} (id, {', '.join(columns)}, quantity) "
        "SELECT ROW_NUMBER() OVER (ORDER BY half.n, (item.num * 7919) % 1009, "
        f"item.tenant_id, item.num), {selected}, half.n "
        f"FROM {target} item CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2) half "
        "WHERE item.batch = 1"
    )


def _remove(file: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
