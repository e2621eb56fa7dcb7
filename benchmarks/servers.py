"""
The databases that are measured: where they are, and plain connections to them.

The servers are found by the variables that the tests' settings read as well. A
connection is the driver's own, in the environment of whoever asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SQLITE, POSTGRESQL, MARIADB = "sqlite", "postgresql", "mariadb"
TITLES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL", MARIADB: "MariaDB"}

DRIVERS = {POSTGRESQL: "psycopg[binary]>=3.2", MARIADB: "mysqlclient>=2.2.1"}


@dataclass(frozen=True)
class Server:
    """Where a database server listens, and as whom to log in."""

    host: str
    port: int
    user: str
    password: str


def find_server(vendor: str) -> Server:
    variables = {
        POSTGRESQL: (
            ("PGHOST", "127.0.0.1"),
            ("PGPORT", "5432"),
            ("PGUSER", "postgres"),
            ("PGPASSWORD", ""),
        ),
        MARIADB: (
            ("MYSQL_HOST", "127.0.0.1"),
            ("MYSQL_TCP_PORT", "3306"),
            ("MYSQL_USER", "root"),
            ("MYSQL_PWD", ""),
        ),
    }
    host, port, user, password = (
        os.environ.get(name, default) for name, default in variables[vendor]
    )
    return Server(host, int(port), user, password)


class Connection:
    """A connection in autocommit mode, by the driver alone."""

    def __init__(self, vendor: str, database: str | Path) -> None:
        self.vendor = vendor
        self.raw: Any
        if vendor == SQLITE:
            import sqlite3

            self.raw = sqlite3.connect(database, isolation_level=None)
            return
        server = find_server(vendor)
        if vendor == POSTGRESQL:
            import psycopg

            # A ClientCursor writes the values into the statement, as Django
            # lets it do, and as a MySQL driver always does.
            self.raw = psycopg.connect(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                dbname=str(database) or "postgres",
                autocommit=True,
                cursor_factory=psycopg.ClientCursor,
                connect_timeout=5,
            )
        else:
            import MySQLdb

            self.raw = MySQLdb.connect(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                database=str(database),
                autocommit=True,
                charset="utf8mb4",
                connect_timeout=5,
            )

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Execute a statement and return its rows, none if it has no result."""
        cursor = self.raw.cursor()
        try:
            if parameters:
                cursor.execute(sql, parameters)
            else:
                cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            cursor.close()

    def version(self) -> str:
        function = "sqlite_version()" if self.vendor == SQLITE else "version()"
        return str(self.execute(f"SELECT {function}")[0][0])

    def close(self) -> None:
        self.raw.close()
