"""Each case as a user of SQLAlchemy's ORM writes it, by its documentation."""

from __future__ import annotations

import contextlib
import platform
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import (
    URL,
    ForeignKeyConstraint,
    create_engine,
    event,
    func,
    inspect,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    selectinload,
)

from cases import PAGE, Question, page_start, table_of, wanted_rows
from data import COMPOSITE, SINGLE, Data
from servers import MARIADB, POSTGRESQL, SQLITE, find_server
from workers.base import ORM, Absent, Operation


class Base(DeclarativeBase):
    pass


class Columns:
    name: Mapped[str]
    amount: Mapped[int]
    batch: Mapped[int]


class Single(Columns):
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[int]
    num: Mapped[int]


class Composite(Columns):
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    num: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Line:
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[int]


class SingleLine(Line):
    item_id: Mapped[int]


class CompositeLine(Line):
    item_tenant_id: Mapped[int]
    item_num: Mapped[int]


MODELS: dict[tuple[str, str], Any] = {}
LINES: dict[tuple[str, str], Any] = {}


def _define() -> None:
    """Make the classes: the same ones for each table, and for each kind of key."""
    for kind, columns, line, members in (
        (SINGLE, Single, SingleLine, ["id"]),
        (COMPOSITE, Composite, CompositeLine, ["tenant_id", "num"]),
    ):
        for table in ("event", "pair"):
            MODELS[kind, table] = type(
                f"{kind}_{table}", (columns, Base), {"__tablename__": f"{kind}_{table}"}
            )
        for table in ("item", "target"):
            name = f"{kind}_{table}"
            MODELS[kind, table] = type(
                name,
                (columns, Base),
                {
                    "__tablename__": name,
                    "lines": relationship(
                        f"{name}_line",
                        back_populates="item",
                        cascade="all, delete-orphan",
                    ),
                },
            )
            key = ForeignKeyConstraint(
                [f"item_{member}" for member in members],
                [f"{name}.{member}" for member in members],
            )
            LINES[kind, table] = type(
                f"{name}_line",
                (line, Base),
                {
                    "__tablename__": f"{name}_line",
                    "__table_args__": (key,),
                    "item": relationship(name, back_populates="lines"),
                },
            )


_define()


def make_url(vendor: str, database: str) -> URL:
    if vendor == SQLITE:
        return URL.create("sqlite", database=database)
    server = find_server(vendor)
    return URL.create(
        {POSTGRESQL: "postgresql+psycopg", MARIADB: "mysql+mysqldb"}[vendor],
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        database=database,
    )


def total(objects: Any) -> int:
    return sum(obj.amount for obj in objects)


class SQLAlchemyORM(ORM):
    """
    Reads are done in autocommit mode, as Django does them.

    Each operation has a session of its own: one that knew the objects already
    would not load them.
    """

    def __init__(self, vendor: str, database: str, data: Data) -> None:
        super().__init__(vendor, database, data)
        self.engine = create_engine(make_url(vendor, database))
        if vendor == SQLITE:
            event.listen(self.engine, "connect", _enforce_foreign_keys)
        self.connection = self.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        )

    @staticmethod
    def about() -> dict[str, str]:
        return {
            "name": f"SQLAlchemy {sqlalchemy.__version__}",
            "path": sqlalchemy.__path__[0],
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }

    def prepare(self, question: Question) -> Operation:
        method: Callable[[Question], Operation] | None = getattr(
            self, question.case, None
        )
        if method is None:
            raise Absent("SQLAlchemy has no such thing")
        return method(question)

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        # The levels that Django works in.
        level = "SERIALIZABLE" if self.vendor == SQLITE else "READ COMMITTED"
        self.connection.rollback()
        self.connection.execution_options(isolation_level=level)
        try:
            with self.connection.begin() as transaction:
                yield
                transaction.rollback()
        finally:
            self.connection.execution_options(isolation_level="AUTOCOMMIT")

    def execute(self, sql: str) -> None:
        self.connection.exec_driver_sql(sql)

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()

    def session(self) -> Session:
        return Session(self.connection)

    def model(self, question: Question) -> Any:
        return MODELS[question.key, table_of(question.case, self.data).name]

    def key_of(self, model: Any, key: str) -> Any:
        return model.id if key == SINGLE else tuple_(model.tenant_id, model.num)

    # Cases that read.

    def pk_in(self, question: Question) -> Operation:
        model, keys = self.model(question), self.keys(question)
        column = self.key_of(model, question.key)

        def run() -> Any:
            with self.session() as session:
                return session.scalars(select(model).where(column.in_(keys))).all()

        return Operation(run, total)

    pk_in_one_tenant = pk_in_scattered = pk_in

    def pk_in_count(self, question: Question) -> Operation:
        model, keys = self.model(question), self.keys(question)
        column = self.key_of(model, question.key)

        def run() -> Any:
            statement = select(func.count()).select_from(model)
            with self.session() as session:
                return session.scalar(statement.where(column.in_(keys)))

        return Operation(run, int)

    def in_bulk(self, question: Question) -> Operation:
        model, keys = self.model(question), self.keys(question)
        column = self.key_of(model, question.key)
        single = question.key == SINGLE

        def run() -> Any:
            with self.session() as session:
                found = session.scalars(select(model).where(column.in_(keys)))
                if single:
                    return {obj.id: obj for obj in found}
                return {(obj.tenant_id, obj.num): obj for obj in found}

        return Operation(run, lambda found: total(found[key] for key in keys))

    def prefetch_forward(self, question: Question) -> Operation:
        model = LINES[question.key, "item"]
        statement = (
            select(model)
            .where(model.id <= question.size)
            .options(selectinload(model.item))
        )

        def run() -> Any:
            with self.session() as session:
                return session.scalars(statement).all()

        return Operation(run, lambda lines: len({line.item for line in lines}))

    def prefetch_reverse(self, question: Question) -> Operation:
        model = self.model(question)
        statement = (
            select(model).where(model.batch == 1).options(selectinload(model.lines))
        )

        def run() -> Any:
            with self.session() as session:
                return session.scalars(statement).all()

        return Operation(run, lambda items: sum(len(item.lines) for item in items))

    def keyset(self, question: Question) -> Operation:
        model = self.model(question)
        column = self.key_of(model, question.key)
        order = [model.id] if question.key == SINGLE else [model.tenant_id, model.num]
        last: Any = self.data.event.key(question.key, page_start(question.size))

        def run() -> Any:
            bound = last if question.key == SINGLE else tuple_(*last)
            statement = select(model).where(column > bound).order_by(*order)
            with self.session() as session:
                return session.scalars(statement.limit(PAGE)).all()

        return Operation(run, total)

    def get(self, question: Question) -> Operation:
        model, keys = self.model(question), self.keys(question)

        def run() -> Any:
            with self.session() as session:
                return [session.get(model, key) for key in keys]

        return Operation(run, total)

    def load(self, question: Question) -> Operation:
        return Operation(lambda: self.loaded(question), total)

    def loaded(self, question: Question) -> Any:
        model = self.model(question)
        order = [model.id] if question.key == SINGLE else [model.tenant_id, model.num]
        with self.session() as session:
            statement = select(model).order_by(*order).limit(question.size)
            return session.scalars(statement).all()

    # Cases without a database.

    def pk(self, question: Question) -> Operation:
        objects = self.loaded(question)

        def run() -> None:
            for obj in objects:
                inspect(obj).identity

        return Operation(run, no_answer)

    # Cases that write.

    def rows(self, question: Question, first: int) -> list[tuple[Any, ...]]:
        table = self.data.target
        return [
            (row, *table.key(COMPOSITE, row), table.amount(row))  # type: ignore[misc]
            for row in range(first, first + question.size)
        ]

    def values(self, question: Question, rows: Any) -> list[dict[str, Any]]:
        values: list[dict[str, Any]] = [
            {
                "tenant_id": tenant,
                "num": num,
                "name": f"New {row}",
                "amount": amount,
                "batch": 2,
            }
            for row, tenant, num, amount in rows
        ]
        if question.key == SINGLE:
            for (row, *_), one in zip(rows, values):
                one["id"] = row + 1
        return values

    def count(self, condition: Any) -> int:
        statement = select(func.count()).select_from(condition.left.table)
        found = self.connection.scalar(statement.where(condition))
        assert found is not None
        return int(found)

    def bulk_create(self, question: Question) -> Operation:
        model = self.model(question)
        values = self.values(question, self.rows(question, self.data.targets))

        def run() -> None:
            with self.session() as session:
                session.add_all([model(**row) for row in values])
                session.flush()

        return Operation(run, lambda _: self.count(model.batch == 2))

    def upsert(self, question: Question) -> Operation:
        model = self.model(question)
        first = self.data.targets - question.size // 2
        values = self.values(question, self.rows(question, first))
        unique = ["tenant_id", "num"] if question.key == COMPOSITE else ["id"]
        changed = ["name", "amount", "batch"]
        statement: Any
        if self.vendor == MARIADB:
            statement = mysql.insert(model)
            statement = statement.on_duplicate_key_update(
                {name: statement.inserted[name] for name in changed}
            )
        else:
            dialect: Any = postgresql if self.vendor == POSTGRESQL else sqlite
            statement = dialect.insert(model)
            statement = statement.on_conflict_do_update(
                index_elements=unique,
                set_={name: statement.excluded[name] for name in changed},
            )

        def run() -> None:
            with self.session() as session:
                session.execute(statement, values)

        return Operation(run, lambda _: self.count(model.batch == 2))

    def bulk_update(self, question: Question) -> Operation:
        model, table = self.model(question), self.data.target
        values: list[dict[str, Any]] = []
        for row in sorted(wanted_rows(question.case, question.size, self.data)):
            tenant, num = table.key(COMPOSITE, row)  # type: ignore[misc]
            if question.key == SINGLE:
                values.append({"id": row + 1, "amount": 2_000 + num})
            else:
                values.append({"tenant_id": tenant, "num": num, "amount": 2_000 + num})

        def run() -> None:
            with self.session() as session:
                session.execute(update(model), values)

        return Operation(run, lambda _: self.count(model.amount >= 2_000))

    def delete_cascade(self, question: Question) -> Operation:
        model = self.model(question)
        statement = (
            select(model).where(model.batch == 1).options(selectinload(model.lines))
        )

        def run() -> int:
            with self.session() as session:
                deleted = 0
                for obj in session.scalars(statement):
                    deleted += 1 + len(obj.lines)
                    session.delete(obj)
                session.flush()
                return deleted

        return Operation(run, int)


def no_answer(result: Any) -> None:
    return None


def _enforce_foreign_keys(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
