import json
import sqlite3
from itertools import chain

from django.db.backends.base.tuples import (
    BaseTupleFeatures,
    BaseTupleOperations,
)
from django.db.backends.sqlite3.key_text import KeyTextOperations
from django.db.models.fields.key_text import get_value_field
from django.utils.functional import cached_property


class TupleFeatures(BaseTupleFeatures):
    # A list of rows isn't compared by an index, whatever its length.
    min_tuple_values_rows = 2
    # Is the index used for (a, b) IN (VALUES …)? Before SQLite 3.41 it is for
    # (a, b) IN (SELECT * FROM (VALUES …)) only.
    supports_tuple_values_index = sqlite3.sqlite_version_info >= (3, 41)

    supports_update_from_values = sqlite3.sqlite_version_info >= (3, 33)

    @cached_property
    def max_variables(self):
        """
        The number of parameters a statement can have. max_query_params is the
        least that SQLite can be compiled with.
        """
        self.connection.ensure_connection()
        try:
            return self.connection.connection.getlimit(
                sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
            )
        except AttributeError:  # Python < 3.11.
            return self.max_query_params


class TupleOperations(KeyTextOperations, BaseTupleOperations):
    # An expression may be 1,000 deep, and each OR makes it one deeper. What is
    # left is for the other conditions of the query.
    max_disjunction_size = 990

    def check_tuple_params(self, lhs, rows):
        # Beyond the limit rows are given as one parameter.
        pass

    def is_too_many_params(self, rows):
        # The rest of the statement needs parameters as well. Values that are
        # converted by SQL have to be parameters nonetheless.
        max_params = self.connection.features.max_variables * 3 // 4
        return rows.num_params > max_params and set(rows.placeholders) == {"%s"}

    def max_tuple_values_rows(self, num_cols):
        return self.connection.features.max_variables // num_cols

    def single_tuple_in_sql(self, lhs, rows):
        if len(rows) <= self.max_disjunction_size:
            return self.tuple_disjunction_sql(lhs, rows)
        return self.column_in_sql(lhs[0], rows)

    def _tuple_in_sql(self, lhs, rows):
        if self.is_too_many_params(rows):
            # The groups would exceed the limit together.
            if width := rows.count_constant_columns():
                width = min(width, len(lhs) - 1)
                return self.prefixed_tuple_in_sql(lhs, rows, width)
            return self.ungrouped_tuple_in_sql(lhs, rows)
        return super()._tuple_in_sql(lhs, rows)

    def column_in_sql(self, col, rows):
        if self.is_too_many_params(rows):
            # e.g.: a IN (SELECT value FROM json_each('[x1, x2]'))
            values = list(map(adapt, chain.from_iterable(rows.rows)))
            if is_json(values):
                sql, params = col
                return (
                    f"{sql} IN (SELECT value FROM json_each(%s))",
                    [*params, json.dumps(values)],
                )
        return super().column_in_sql(col, rows)

    def tuple_subquery_sql(self, lookup_name, lhs, subquery, fields):
        if lookup_name == "in" and has_mixed_affinity(self.connection, fields):
            sql, params = subquery
            return self.tuple_in_select_sql(lhs, fields, f"* FROM {sql}", params)
        return super().tuple_subquery_sql(lookup_name, lhs, subquery, fields)

    def tuple_in_select_sql(self, lhs, fields, select, select_params):
        """Return the SQL for (a, b) IN (SELECT …)."""
        sql, params = self.row_sql(lhs)
        if has_mixed_affinity(self.connection, fields):
            # SQLite searches an index by those columns only that have the
            # affinity of the first, unless that has none.
            # e.g.: (1, a, b) IN (SELECT 1, * FROM (VALUES …))
            sql = f"(1, {sql[1:]}"
            select = f"1, {select}"
        return f"{sql} IN (SELECT {select})", [*params, *select_params]

    def ungrouped_tuple_in_sql(self, lhs, rows):
        features = self.connection.features
        if (
            not features.supports_tuple_lookups
            or features.min_tuple_values_rows is None
        ):
            return super().ungrouped_tuple_in_sql(lhs, rows)
        if not self.is_too_many_params(rows):
            values = ", ".join([rows.row_sql()] * len(rows))
            return self.tuple_in_values_sql(lhs, rows.fields, values, rows.params)
        values = rows.rows
        if not is_json(chain.from_iterable(values)):
            values = [list(map(adapt, row)) for row in values]
        if is_json(chain.from_iterable(values)):
            # e.g.: (a, b) IN (
            #     SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]')
            #     FROM json_each('[[x1, y1], [x2, y2]]')
            # )
            members = ", ".join(
                f"json_extract(value, '$[{index}]')" for index in range(len(lhs))
            )
            return self.tuple_in_select_sql(
                lhs, rows.fields, f"{members} FROM json_each(%s)", [json.dumps(values)]
            )
        # e.g.: (a, b) IN (SELECT * FROM (VALUES (1, X'00'), (2, 'text')))
        values = ", ".join("(%s)" % ", ".join(map(literal_sql, row)) for row in values)
        return self.tuple_in_values_sql(lhs, rows.fields, values, ())

    def tuple_in_values_sql(self, lhs, fields, values, values_params):
        if self.connection.features.supports_tuple_values_index and (
            not has_mixed_affinity(self.connection, fields)
        ):
            # e.g.: (a, b) IN (VALUES (x1, y1), (x2, y2))
            sql, params = self.row_sql(lhs)
            return f"{sql} IN (VALUES {values})", [*params, *values_params]
        # e.g.: (a, b) IN (SELECT * FROM (VALUES (x1, y1), (x2, y2)))
        select = f"* FROM (VALUES {values})"
        return self.tuple_in_select_sql(lhs, fields, select, values_params)

    def distinct_cols_sql(self, cols):
        # e.g.: quote(a) || ',' || quote(b)
        return " || ',' || ".join(f"quote({sql})" for sql, _, _ in cols)


def has_mixed_affinity(connection, fields):
    """Are some of the columns compared as text and others as numbers?"""
    affinities = set()
    for field in fields:
        db_type = field and get_value_field(field).rel_db_type(connection)
        if not db_type:
            return True
        db_type = db_type.upper()
        affinities.add(
            "TEXT"
            if any(name in db_type for name in ("CHAR", "CLOB", "TEXT"))
            else "BLOB" if "BLOB" in db_type else "NUMERIC"
        )
    return len(affinities) > 1


JSON_TYPES = frozenset([bool, int, float, str])


def is_json(values):
    """Does JSON keep the values and their types as SQLite compares them?"""
    return set(map(type, values)) <= JSON_TYPES


def adapt(value):
    """Return a value as the database driver would give it to SQLite."""
    if isinstance(value, (int, float, str, bytes, bytearray, memoryview)):
        return value
    return sqlite3.adapt(value)


def literal_sql(value):
    """Return a value as it is written in SQL that is given parameters."""
    if isinstance(value, str) and "\0" not in value:
        return "'%s'" % value.replace("'", "''").replace("%", "%%")
    if isinstance(value, str):
        return f"CAST(X'{value.encode().hex()}' AS TEXT)"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"X'{bytes(value).hex()}'"
    return repr(int(value) if isinstance(value, bool) else value)
