"""TPC-C by SQLAlchemy's ORM."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import create_engine, event, insert, inspect
from sqlalchemy.orm import Session

from servers import SQLITE
from tpcc.alchemy import models, transactions
from tpcc.contestant import SQLITE_PRAGMAS, Contestant, batches
from tpcc.inputs import Input
from tpcc.population import TABLES, rows
from tpcc.rules import Output
from tpcc.values import Scale
from workers.sqlalchemy_orm import make_url


class SQLAlchemyContestant(Contestant):
    def __init__(self, vendor: str, database: str, scale: Scale) -> None:
        super().__init__(vendor, database, scale)
        url = make_url(vendor, database)
        if vendor == SQLITE:
            self.engine = create_engine(url)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        else:
            # The level that Django works in.
            self.engine = create_engine(url, isolation_level="READ COMMITTED")

    @staticmethod
    def about() -> dict[str, str]:
        return {
            "name": f"SQLAlchemy {sqlalchemy.__version__}",
            "path": sqlalchemy.__path__[0],
            "python": platform.python_version(),
        }

    def load(self, seed: int) -> int:
        loaded = 0
        for table in TABLES:
            model: Any = getattr(models, table)
            for batch in batches(rows(table, self.scale, seed)):
                with Session(self.engine) as session, session.begin():
                    session.execute(insert(model), batch)
                loaded += len(batch)
        return loaded

    def perform(self, asked: Input) -> Output:
        with Session(self.engine) as session, session.begin():
            return transactions.BY_KIND[asked.kind](session, asked)

    @contextlib.contextmanager
    def counting(self) -> Iterator[list[str]]:
        sent: list[str] = []

        def count(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
            # One for many sets of values is one, whatever the driver makes of it.
            if not statement.startswith("BEGIN"):
                sent.append(statement)

        event.listen(self.engine, "before_cursor_execute", count)
        try:
            yield sent
        finally:
            event.remove(self.engine, "before_cursor_execute", count)

    def driver_error(self, error: Exception) -> BaseException | None:
        return getattr(error, "orig", None)

    def differences(self) -> Iterator[str]:
        """Yield where the tables are not what the classes say."""
        inspector = inspect(self.engine)
        for table in models.Base.metadata.sorted_tables:
            found = {c["name"]: c for c in inspector.get_columns(table.name)}
            if set(found) != {column.name for column in table.columns}:
                yield f"{table.name} has the columns {', '.join(sorted(found))}"
                continue
            for column in table.columns:
                one, other = _shape(column), _shape_of_found(found[column.name])
                if one != other:
                    yield f"{column} is {other}, not {one}"
            key = inspector.get_pk_constraint(table.name)["constrained_columns"]
            if key != [column.name for column in table.primary_key]:
                yield f"the key of {table.name} is {', '.join(key)}"
            targets = {
                (
                    *key["constrained_columns"],
                    key["referred_table"],
                    *key["referred_columns"],
                )
                for key in inspector.get_foreign_keys(table.name)
            }
            expected = {
                (
                    *key.column_keys,
                    key.referred_table.name,
                    *(element.column.name for element in key.elements),
                )
                for key in table.foreign_key_constraints
            }
            if targets != expected:
                yield f"{table.name} has the foreign keys {sorted(targets)}"
            indexes = {
                tuple(index["column_names"])
                for index in inspector.get_indexes(table.name)
            }
            if indexes != {tuple(index.columns.keys()) for index in table.indexes}:
                yield f"{table.name} has the indexes {sorted(indexes)}"


def _shape(column: Any) -> tuple[Any, ...]:
    """Return what all databases tell of a column."""
    return column.type._type_affinity, column.nullable, _length(column.type)


def _shape_of_found(column: Any) -> tuple[Any, ...]:
    kind = column["type"]
    return kind._type_affinity, column["nullable"], _length(kind)


def _length(kind: Any) -> int | None:
    return getattr(kind, "length", None)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver would begin transactions by itself, and too late.
    connection.isolation_level = None
    connection.executescript(f"{SQLITE_PRAGMAS} PRAGMA foreign_keys = ON")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
