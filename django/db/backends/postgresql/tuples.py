import re

from django.db.backends.base.tuples import (
    BaseTupleFeatures,
    BaseTupleOperations,
    get_columns,
)
from django.db.backends.postgresql.key_text import KeyTextOperations
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.models.fields.key_text import get_value_field


class TupleFeatures(BaseTupleFeatures):
    # Long lists of rows take quadratic time, and then overflow the stack.
    min_tuple_array_rows = 20
    # Arrays are given instead, but for a few types.
    min_tuple_values_rows = 20
    max_tuple_groups = 32
    supports_update_from_values = True
    # The wire protocol counts parameters in 16 bits, if they are not merged
    # into the statement by the client.
    max_bound_params = 2**16 - 1


class TupleOperations(KeyTextOperations, BaseTupleOperations):
    def get_column_type(self, field):
        """
        Return the type of a column without its length and precision, as values
        must be compared in full.
        """
        field = field and get_value_field(field)
        db_type = field and field.rel_db_type(self.connection)
        return db_type and re.sub(r"\s*\([^)]*\)", "", db_type)

    def values_sql(self, rows):
        # The first row gives the columns of a VALUES list their types, without
        # which text isn't compared to e.g. a uuid.
        # e.g.: (VALUES (x1::integer, y1::uuid), (x2, y2))
        typed = []
        for placeholder, field in zip(rows.placeholders, rows.fields):
            db_type = self.get_column_type(field)
            typed.append(f"({placeholder})::{db_type}" if db_type else placeholder)
        first = "(%s)" % ", ".join(typed)
        return "(VALUES %s)" % ", ".join(
            [first, *[rows.row_sql()] * (len(rows) - 1)],
        )

    def _tuple_in_sql(self, lhs, rows):
        features = self.connection.features
        if (
            features.uses_server_side_binding
            and rows.num_params > features.max_bound_params // 2
        ):
            return self.ungrouped_tuple_in_sql(lhs, rows)
        return super()._tuple_in_sql(lhs, rows)

    def ungrouped_tuple_in_sql(self, lhs, rows):
        if (
            len(lhs) > 1
            and len(rows) >= self.connection.features.min_tuple_array_rows
            and self.can_unnest(rows)
        ):
            return self.unnest_tuple_in_sql(lhs, rows)
        return super().ungrouped_tuple_in_sql(lhs, rows)

    def can_unnest(self, rows):
        """
        Can the values of each column be given as an array? It must have a type
        and values of one Python type or None, which are no arrays themselves.
        """
        return (
            is_psycopg3
            and set(rows.placeholders) == {"%s"}
            and all(self.get_column_type(field) for field in rows.fields)
            and all(
                len(types := {*map(type, column)} - {type(None)}) == 1
                and types.isdisjoint({list, tuple})
                for column in get_columns(rows.rows)
            )
        )

    def max_tuple_values_rows(self, num_cols):
        features = self.connection.features
        if features.uses_server_side_binding:
            return features.max_bound_params // num_cols

    def unnest_tuple_in_sql(self, lhs, rows):
        """
        Return the SQL for "in" with one parameter for each column, which saves
        the adaptation of each value.
        """
        # e.g.: (a, b) IN (SELECT * FROM unnest([x1, x2]::integer[], …))
        sql, params = self.row_sql(lhs)
        return (
            f"{sql} IN (SELECT * FROM {self.unnest_sql(rows)})",
            [*params, *get_columns(rows.rows)],
        )

    def unnest_sql(self, rows):
        # e.g.: unnest(%s::integer[], %s::uuid[])
        arrays = (f"%s::{self.get_column_type(field)}[]" for field in rows.fields)
        return "unnest(%s)" % ", ".join(arrays)

    def named_values_sql(self, rows):
        min_rows = self.connection.features.min_tuple_array_rows
        if len(rows) < min_rows or not self.can_unnest(rows):
            return super().named_values_sql(rows)
        # e.g.: (SELECT * FROM unnest(%s::integer[], %s::text[])
        #       AS V1 (column1, column2))
        alias = self.quote_name("V1")
        columns = ", ".join(f"column{i}" for i in range(1, len(rows.fields) + 1))
        sql = f"(SELECT * FROM {self.unnest_sql(rows)} AS {alias} ({columns}))"
        return sql, get_columns(rows.rows)

    def distinct_cols_sql(self, cols):
        return "(%s)" % ", ".join(sql for sql, _, _ in cols)
