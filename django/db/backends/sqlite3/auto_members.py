"""
Numbers for AutoFields in composite primary keys on SQLite, which numbers rows by
itself for a single-column INTEGER PRIMARY KEY only.

The INSERT statement takes the number after the highest one (see
django.db.backends.sqlite3.compiler): as it has the lock for writing, no other
can take the same. It finds the highest one by an index on the column.

A number isn't used again after its row is deleted, just as AUTOINCREMENT has it:
triggers note the highest number that is deleted in sqlite_sequence, the table
where AUTOINCREMENT keeps its own.
"""

import re
from functools import partial

from django.db.backends.ddl_references import Columns, Statement, Table
from django.db.backends.utils import strip_quotes
from django.db.models.fields.auto_members import (
    get_auto_member,
    get_numbered_field,
    is_auto_member,
    is_leading,
)

# What makes a number disappear, by the end of the name of its trigger.
TRIGGER_EVENTS = {"delete": "DELETE", "update": "UPDATE OF %(column)s"}

MAX_NUMBER = 2**63 - 1


def quote_text(table):
    """Return the name of a table, which may be quoted, as an SQL string."""
    return "'%s'" % strip_quotes(table).replace("'", "''")


# The names are the same whatever the column is called.


NUMBER_SUFFIX = "__autoincrement"


def get_index_name(table):
    return f"{strip_quotes(table)}{NUMBER_SUFFIX}"


def get_trigger_name(table, event):
    return f"{get_index_name(table)}_{event}"


def get_last_number_sql(model, quote_name, count):
    """
    Return the query of the highest number that a row of the table has, or had. It
    finds none if there aren't `count` numbers left.
    """
    opts = model._meta
    field = get_numbered_field(model)
    column = quote_name(field.column)
    last = f"COALESCE((SELECT MAX({column}) FROM {quote_name(opts.db_table)}), 0)"
    # An unmanaged table need not have the triggers, nor the database sqlite_sequence,
    # and one whose key is about to change doesn't have them yet, or not any more.
    if opts.managed and is_auto_member(field):
        name = quote_text(opts.db_table)
        noted = f"(SELECT MAX(seq) FROM sqlite_sequence WHERE name = {name})"
        last = f"MAX({last}, COALESCE({noted}, 0))"
    # SQLite would go on with floating point numbers.
    return (
        f"SELECT number FROM (SELECT {last} AS number) "
        f"WHERE number <= {MAX_NUMBER - count}"
    )


class NumbersStatement(Statement):
    """CREATE INDEX, or CREATE TRIGGER, for the numbers of a table."""


class AutoMemberSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    sql_create_number_index = "CREATE INDEX %(name)s ON %(table)s (%(column)s)"
    # The row is gone by now. If it wasn't the last one, there is nothing to note.
    sql_create_number_trigger = (
        "CREATE TRIGGER %(name)s AFTER {event} ON %(table)s "
        "WHEN OLD.%(column)s > "
        "COALESCE((SELECT MAX(%(column)s) FROM %(table)s), 0) "
        "BEGIN "
        "INSERT INTO sqlite_sequence (name, seq) SELECT %(text)s, 0 "
        "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %(text)s); "
        "UPDATE sqlite_sequence SET seq = OLD.%(column)s "
        "WHERE name = %(text)s AND seq < OLD.%(column)s; "
        "END"
    )

    def create_model(self, model):
        if get_auto_member(model) is not None:
            self._create_sequence_table()
        super().create_model(model)
        self.deferred_sql.extend(self._numbers_sql(model, model._meta.db_table))

    def delete_model(self, model):
        # This isn't called for a table that is made anew.
        super().delete_model(model)
        if get_auto_member(model) is not None:
            name = quote_text(model._meta.db_table)
            self.execute(f"DELETE FROM sqlite_sequence WHERE name = {name}", None)

    def alter_db_table(self, model, old_db_table, new_db_table):
        super().alter_db_table(model, old_db_table, new_db_table)
        if (
            old_db_table == new_db_table
            or get_auto_member(model) is None
            or any(
                isinstance(sql, NumbersStatement) and sql.references_table(new_db_table)
                for sql in self.deferred_sql
            )
        ):
            return
        # SQLite has changed the name in sqlite_sequence, and that of the table of
        # the triggers, but neither their names nor what they look for.
        for kind, name in self._get_number_objects(old_db_table):
            self.execute(f"DROP {kind} IF EXISTS {self.quote_name(name)}", None)
        for sql in self._numbers_sql(model, new_db_table):
            self.execute(sql, None)

    def alter_field(self, model, old_field, new_field, strict=False):
        super().alter_field(model, old_field, new_field, strict)
        for sql in self.deferred_sql:
            if isinstance(sql, NumbersStatement):
                sql.rename_column_references(
                    model._meta.db_table, old_field.column, new_field.column
                )

    def _get_number_objects(self, table):
        return [
            ("INDEX", get_index_name(table)),
            *(("TRIGGER", get_trigger_name(table, event)) for event in TRIGGER_EVENTS),
        ]

    def _numbers_sql(self, model, table):
        """Return the statements that create the index and the triggers."""
        field = get_auto_member(model)
        if field is None or not model._meta.managed:
            return []
        statements = []
        if not (is_leading(field) or field.db_index or field.unique):
            statements.append(
                self._numbers_statement(
                    self.sql_create_number_index, get_index_name, table, field
                )
            )
        for event, event_sql in TRIGGER_EVENTS.items():
            statements.append(
                self._numbers_statement(
                    self.sql_create_number_trigger.format(event=event_sql),
                    partial(get_trigger_name, event=event),
                    table,
                    field,
                )
            )
        return statements

    def _numbers_statement(self, template, get_name, table, field):
        return NumbersStatement(
            template,
            name=Table(table, lambda table: self.quote_name(get_name(table))),
            table=Table(table, self.quote_name),
            column=Columns(table, [field.column], self.quote_name),
            text=Table(table, quote_text),
        )

    def _create_sequence_table(self):
        """
        Have SQLite create sqlite_sequence, which it does for the first table with
        AUTOINCREMENT. It stays when that is dropped.
        """
        if not self.collect_sql:
            with self.connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"
                )
                if cursor.fetchone():
                    return
        self.execute(
            "CREATE TABLE __autoincrement (id integer PRIMARY KEY AUTOINCREMENT)", None
        )
        self.execute("DROP TABLE __autoincrement", None)


def get_sequence_column(introspection, cursor, table_name):
    """Return the column of the table's primary key which is numbered, if any is."""
    columns = introspection.get_primary_key_columns(cursor, table_name)
    if len(columns) > 1:
        return get_numbered_column(cursor, table_name)
    return columns[0] if columns else None


def get_numbered_column(cursor, table_name):
    """
    Return the column of a table with a composite primary key that is numbered, as
    the triggers say, or None.
    """
    cursor.execute(
        "SELECT sql FROM sqlite_master "
        "WHERE type = 'trigger' AND tbl_name = %s AND name = %s",
        [table_name, get_trigger_name(table_name, "update")],
    )
    if row := cursor.fetchone():
        column = re.search(r'UPDATE OF "((?:[^"]|"")+)"', row[0])
        return column and column[1]
