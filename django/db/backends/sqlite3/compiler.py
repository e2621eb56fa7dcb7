from functools import partial

from django.db.backends.sqlite3.auto_members import get_last_number_sql
from django.db.models.fields.auto_members import get_numbered_field
from django.db.models.sql.compiler import (
    SQLAggregateCompiler,
    SQLCompiler,
    SQLDeleteCompiler,
)
from django.db.models.sql.compiler import SQLInsertCompiler as BaseSQLInsertCompiler
from django.db.models.sql.compiler import SQLUpdateCompiler

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLInsertCompiler(BaseSQLInsertCompiler):
    # Others than tables with composite primary keys have as little to do with it as
    # can be: super() would take twice as long as the class.

    def as_sql(self):
        query = self.query
        field = get_numbered_field(query.model)
        if field is None or field in query.fields:
            return BaseSQLInsertCompiler.as_sql(self)
        prefix, last = "", get_last_number_sql(
            query.model, self.connection.ops.quote_name, len(query.objs)
        ).replace("%", "%%")
        if len(query.objs) > 1:
            # It's looked up once.
            prefix, last = f"WITH __last AS ({last}) ", "SELECT number FROM __last"
        fields = query.fields
        query.fields = [*fields, field]
        self.assemble_as_sql = partial(self.assemble_numbered, f"({last})")
        try:
            return [
                (prefix + sql, params)
                for sql, params in BaseSQLInsertCompiler.as_sql(self)
            ]
        finally:
            query.fields = fields
            del self.assemble_as_sql

    def assemble_numbered(self, last_number_sql, fields, value_rows):
        """
        Return what assemble_as_sql() does, with the number for the last of the
        fields, given the SQL of that after which those of the rows start.
        """
        placeholder_rows, param_rows = BaseSQLInsertCompiler.assemble_as_sql(
            self, fields[:-1], [row[:-1] for row in value_rows]
        )
        # Each row has a number of its own, whether it sees those before it or not.
        placeholder_rows = [
            (*placeholders, f"{last_number_sql} + {index}")
            for index, placeholders in enumerate(placeholder_rows, start=1)
        ]
        return placeholder_rows, param_rows

    def execute_sql(self, returning_fields=None):
        rows = BaseSQLInsertCompiler.execute_sql(self, returning_fields)
        if (
            not rows
            or self.connection.features.can_return_columns_from_insert
            or returning_fields[0] is not get_numbered_field(self.query.model)
        ):
            return rows
        # What could be told was the number of the row, which isn't the column's.
        qn = self.connection.ops.quote_name
        column, table = returning_fields[0].column, self.query.get_meta().db_table
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {qn(column)} FROM {qn(table)} WHERE rowid = %s", rows[0]
            )
            return cursor.fetchall()
