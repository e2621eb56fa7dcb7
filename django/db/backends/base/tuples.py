"""
How a comparison of several columns is written.

Lookups say what is compared (django.db.models.fields.tuple_lookups). Each of
them can be written in several ways, which mean the same but differ in whether
a database uses an index on the columns, and in how many values it can take.
The features here say what a database can do, the operations write it.
Databases override either in a module of this name of their own.
"""

from itertools import chain
from operator import itemgetter

from django.db import NotSupportedError
from django.db.backends.base.key_text import BaseKeyTextOperations


class BaseTupleFeatures:
    # Does the backend support (a, b) IN (SELECT x, y …)?
    @property
    def supports_tuple_in_subquery(self):
        return self.supports_tuple_lookups

    # Does the backend turn (a, b) > (x, y) into one range of an index on
    # (a, b)?
    supports_tuple_index_range = True

    # The number of rows from which these are rather joined like a table than
    # listed, or None if the backend has no VALUES() for that.
    min_tuple_values_rows = None

    # The number of different values before the last column up to which rows
    # are looked up as a = x AND b IN (…) for each of them. That is what prunes
    # partitions on every database.
    max_tuple_groups = 10

    # Does the backend support UPDATE … FROM (VALUES …), which names the columns
    # column1, column2, …?
    supports_update_from_values = False

    def supports_tuple_comparison_with_subquery(self, lookup_name):
        """Does the backend support (a, b) > (SELECT x, y …) and the like?"""
        return self.supports_tuple_lookups


def get_columns(rows):
    """
    Return the values of rows by column. zip(*rows) does so with an iterator for
    each of the rows, of which thousands keep the garbage collector busy.
    """
    return [list(map(itemgetter(index), rows)) for index in range(len(rows[0]))]


class TupleRows:
    """
    Rows of values for several columns, ready for the database.

    All values of a column have the same placeholder. `fields` are those of the
    columns, with None for an expression without a type.
    """

    def __init__(self, rows, placeholders, fields):
        self.rows = rows
        self.placeholders = placeholders
        self.fields = fields

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, columns):
        """Return the rows with a slice of their columns only."""
        return self.__class__(
            [row[columns] for row in self.rows],
            self.placeholders[columns],
            self.fields[columns],
        )

    @property
    def params(self):
        return list(chain.from_iterable(self.rows))

    @property
    def num_params(self):
        return len(self.rows) * len(self.placeholders)

    def row_sql(self):
        # e.g.: (%s, %s)
        return "(%s)" % ", ".join(self.placeholders)

    def compile_row(self, index):
        """Return a list of an (sql, params) pair for each value of a row."""
        return [
            (placeholder, [param])
            for placeholder, param in zip(self.placeholders, self.rows[index])
        ]

    def group_by_prefix(self, max_groups):
        """
        Return the rows by what is before their last column, or None if that
        has more different values than is worth it.
        """
        limit = min(max_groups, (len(self.rows) + 1) // 2)
        first = itemgetter(0)
        groups = {}
        try:
            # Most rows that have too many of them show it early.
            if len(set(map(first, self.rows[: limit + 1]))) > limit:
                return None
            for row in self.rows:
                groups.setdefault(row[:-1], []).append(row)
                if len(groups) > limit:
                    return None
        except TypeError:  # Unhashable values.
            return None
        return [
            self.__class__(rows, self.placeholders, self.fields)
            for rows in groups.values()
        ]

    def count_constant_columns(self):
        """Return in how many of their first columns the rows are all equal."""
        width = len(self.placeholders)
        first = self.rows[0]
        for row in self.rows:
            if row[:width] != first[:width]:
                width = next(
                    index for index in range(width) if row[index] != first[index]
                )
                if not width:
                    break
        return width

    def _get_integer_ranges(self, connection):
        from django.db.models.fields.key_text import get_value_field

        for index, field in enumerate(self.fields):
            if field is None or type(self.rows[0][index]) is not int:
                continue
            internal_type = get_value_field(field).get_internal_type()
            if internal_type.endswith(("IntegerField", "AutoField")):
                limits = connection.ops.integer_field_range(internal_type)
                if limits != (None, None):
                    yield index, *limits

    def find_overflow(self, connection):
        """
        Return the position of the first value of the first row which is beyond
        the integers that its column can hold, and the sign of that value.
        """
        (row,) = self.rows
        for index, lower, upper in self._get_integer_ranges(connection):
            if upper is not None and row[index] > upper:
                return index, 1
            if lower is not None and row[index] < lower:
                return index, -1

    def within_range(self, connection):
        """Return the rows without those that no row of the table can equal."""
        rows = self.rows
        for index, lower, upper in self._get_integer_ranges(connection):
            value = itemgetter(index)
            if upper is not None and max(map(value, rows)) > upper:
                rows = [row for row in rows if row[index] <= upper]
            if rows and lower is not None and min(map(value, rows)) < lower:
                rows = [row for row in rows if row[index] >= lower]
            if not rows:
                break
        if rows is self.rows:
            return self
        return self.__class__(rows, self.placeholders, self.fields)


class BaseTupleOperations(BaseKeyTextOperations):
    """
    The SQL for comparisons of several columns.

    Operands are lists of an (sql, params) pair for each column, what is
    returned is such a pair for the condition, which may be combined with
    others as is.
    """

    tuple_operators = {
        "exact": "=",
        "gt": ">",
        "gte": ">=",
        "lt": "<",
        "lte": "<=",
        "in": "IN",
    }
    # The same without the chance of being equal.
    strict_operators = {"gt": ">", "gte": ">", "lt": "<", "lte": "<"}

    def join_conditions(self, conditions, connector):
        """Join (sql, params) pairs by AND or OR."""
        if len(conditions) == 1:
            return conditions[0]
        sql = "(%s)" % f" {connector} ".join(sql for sql, _ in conditions)
        return sql, list(chain.from_iterable(params for _, params in conditions))

    def row_sql(self, operands):
        """e.g.: (a, b)"""
        sql = "(%s)" % ", ".join(sql for sql, _ in operands)
        return sql, list(chain.from_iterable(params for _, params in operands))

    def binary_sql(self, operator, lhs, rhs):
        """e.g.: a = x"""
        lhs_sql, lhs_params = lhs
        rhs_sql, rhs_params = rhs
        return f"{lhs_sql} {operator} {rhs_sql}", [*lhs_params, *rhs_params]

    def tuple_comparison_sql(self, lookup_name, lhs, rhs):
        """Return the SQL for lookups other than "in"."""
        operator = self.tuple_operators[lookup_name]
        if lookup_name == "exact":
            # e.g.: (a, b) = (x, y) as SQL:
            # WHERE (a = x AND b = y)
            equalities = [
                self.binary_sql(operator, col, value) for col, value in zip(lhs, rhs)
            ]
            return self.join_conditions(equalities, "AND")
        features = self.connection.features
        if features.supports_tuple_lookups and features.supports_tuple_index_range:
            if len(lhs) > 1:
                lhs, rhs = [self.row_sql(lhs)], [self.row_sql(rhs)]
            return self.binary_sql(operator, lhs[0], rhs[0])
        return self.tuple_inequality_sql(lookup_name, lhs, rhs)

    def tuple_inequality_sql(self, lookup_name, lhs, rhs):
        """
        Return the SQL for an inequality without comparing rows.

        The alternatives are adjacent ranges of an index on the columns. The
        condition on the first column in front of them is implied, but lets
        databases that cannot combine ranges use one.
        """
        # e.g.: (a, b, c) > (x, y, z) as SQL:
        # WHERE (a >= x AND (a > x OR (a = x AND (b > y OR (b = y AND c > z)))))
        strict = self.strict_operators[lookup_name]
        *pairs, last = zip(lhs, rhs)
        condition = self.binary_sql(self.tuple_operators[lookup_name], *last)
        for col, value in reversed(pairs):
            equal = self.binary_sql("=", col, value)
            condition = self.join_conditions([equal, condition], "AND")
            beyond = self.binary_sql(strict, col, value)
            condition = self.join_conditions([beyond, condition], "OR")
        if pairs:
            bound = self.binary_sql(f"{strict}=", *pairs[0])
            condition = self.join_conditions([bound, condition], "AND")
        return condition

    def tuple_subquery_sql(self, lookup_name, lhs, subquery, fields):
        """Return the SQL to compare columns, which have `fields`, with a subquery."""
        return self.binary_sql(
            self.tuple_operators[lookup_name], self.row_sql(lhs), subquery
        )

    def tuple_exists_sql(self, lhs, subquery):
        """
        Return the SQL for "in" with a subquery where rows cannot be compared.
        `subquery` names its columns col1, col2, ….
        """
        subquery_sql, subquery_params = subquery
        # e.g.: EXISTS(SELECT 1 FROM (SELECT …) V0 WHERE (V0.col1 = a AND …))
        alias = self.quote_name("V0")
        cols = [
            (f"{alias}.{self.quote_name(f'col{index}')}", [])
            for index in range(1, len(lhs) + 1)
        ]
        sql, params = self.tuple_comparison_sql("exact", cols, lhs)
        return (
            f"EXISTS(SELECT 1 FROM ({subquery_sql}) {alias} WHERE {sql})",
            [*subquery_params, *params],
        )

    def tuple_in_sql(self, lhs, rows):
        """
        Return the SQL for "in" with rows of values. Does nothing but choose.
        """
        if len(lhs) == 1:
            return self.single_tuple_in_sql(lhs, rows)
        self.check_tuple_params(lhs, rows)
        return self._tuple_in_sql(lhs, rows)

    def _tuple_in_sql(self, lhs, rows):
        if len(rows) == 1:
            return self.tuple_comparison_sql("exact", lhs, rows.compile_row(0))
        groups = rows.group_by_prefix(self.connection.features.max_tuple_groups)
        if groups is not None:
            # e.g.: ((a = x1 AND b IN (y1, y2)) OR (a = x2 AND b IN (y3, y4)))
            return self.join_conditions(
                [self.prefixed_tuple_in_sql(lhs, rows, -1) for rows in groups], "OR"
            )
        if width := rows.count_constant_columns():
            # e.g.: (a = x AND (b, c) IN ((y1, z1), (y2, z2)))
            return self.prefixed_tuple_in_sql(lhs, rows, width)
        return self.ungrouped_tuple_in_sql(lhs, rows)

    def prefixed_tuple_in_sql(self, lhs, rows, width):
        """
        Return the SQL for rows which are all equal in the first columns: the
        index is searched for these first.
        """
        prefix = rows[:width].compile_row(0)
        conditions = [
            self.binary_sql("=", col, value) for col, value in zip(lhs, prefix)
        ]
        lhs, rows = lhs[width:], rows[width:]
        if len(lhs) == 1:
            conditions.append(self.column_in_sql(lhs[0], rows))
        else:
            conditions.append(self.ungrouped_tuple_in_sql(lhs, rows))
        return self.join_conditions(conditions, "AND")

    def check_tuple_params(self, lhs, rows):
        """Refuse what the database cannot take in one statement."""
        max_params = self.connection.features.max_query_params
        if max_params and rows.num_params > max_params:
            raise NotSupportedError(
                f"'in' lookup of {len(lhs)} columns: {len(rows)} rows need "
                f"{rows.num_params} parameters, but {self.connection.display_name} "
                f"supports {max_params} in one query. Split the rows."
            )

    def single_tuple_in_sql(self, lhs, rows):
        """
        Return the SQL for a relation over one column, which
        prefetch_related() looks up like one over several.
        """
        return self.ungrouped_tuple_in_sql(lhs, rows)

    def column_in_sql(self, col, rows):
        """Return the SQL for what is left to be compared in one column."""
        # e.g.: b IN (y1, y2, …)
        if len(rows) == 1:
            return self.binary_sql("=", col, rows.compile_row(0)[0])
        max_size = self.max_in_list_size() or len(rows)
        col_sql, col_params = col
        conditions = []
        for offset in range(0, len(rows), max_size):
            chunk = rows.rows[offset : offset + max_size]
            placeholders = ", ".join(rows.placeholders * len(chunk))
            conditions.append(
                (
                    f"{col_sql} IN ({placeholders})",
                    [*col_params, *chain.from_iterable(chunk)],
                )
            )
        return self.join_conditions(conditions, "OR")

    def ungrouped_tuple_in_sql(self, lhs, rows):
        """Return the SQL for rows of which too many differ in the first column."""
        features = self.connection.features
        if not features.supports_tuple_lookups:
            return self.tuple_disjunction_sql(lhs, rows)
        min_rows = features.min_tuple_values_rows
        if (
            min_rows is not None
            and len(rows) >= min_rows
            and len(lhs) > 1
            and self.can_join_tuple_values(rows)
        ):
            values = self.tuple_values_sql(rows)
        else:
            # e.g.: ((x1, y1), (x2, y2))
            values = "(%s)" % ", ".join([rows.row_sql()] * len(rows))
        sql, params = self.row_sql(lhs)
        return f"{sql} IN {values}", [*params, *rows.params]

    def can_join_tuple_values(self, rows):
        """Does joining rows of these types use an index?"""
        return True

    def tuple_values_sql(self, rows):
        """Return the SQL for rows as a subquery to look up in."""
        return self.values_sql(rows)

    def values_sql(self, rows):
        # e.g.: (VALUES (x1, y1), (x2, y2))
        return "(VALUES %s)" % ", ".join([rows.row_sql()] * len(rows))

    def max_tuple_values_rows(self, num_cols):
        """Return how many rows VALUES can have, or None if that isn't limited."""
        max_params = self.connection.features.max_query_params
        return max_params and max_params // num_cols

    sql_update_from_values = (
        "UPDATE %(table)s SET %(assignments)s FROM %(values)s %(alias)s "
        "WHERE %(conditions)s"
    )
    sql_update_target = "%(column)s"

    def can_update_from_values(self, keys):
        """Are rows found by an index on the columns of their keys?"""
        return True

    def update_from_values_sql(self, table, key_fields, fields, rows):
        """
        Return the SQL to set columns of the rows that are found by their key,
        and its parameters. The rows of values start with the key.
        """
        # e.g.: UPDATE t SET c = V0.column3 FROM (VALUES (x, y, z), …) V0
        #       WHERE t.a = V0.column1 AND t.b = V0.column2
        quote_name = self.quote_name
        table = quote_name(table)
        alias = quote_name("V0")
        conditions = " AND ".join(
            f"{table}.{quote_name(field.column)} = {alias}.column{index}"
            for index, field in enumerate(key_fields, start=1)
        )
        targets = (
            self.sql_update_target % {"table": table, "column": quote_name(f.column)}
            for f in fields
        )
        assignments = ", ".join(
            f"{target} = {alias}.column{index}"
            for index, target in enumerate(targets, start=len(key_fields) + 1)
        )
        values, params = self.named_values_sql(rows)
        sql = self.sql_update_from_values % {
            "table": table,
            "alias": alias,
            "assignments": assignments,
            "conditions": conditions,
            "values": values,
        }
        return sql, params

    def named_values_sql(self, rows):
        """Return the SQL and parameters for rows with column1, column2, …"""
        return self.values_sql(rows), rows.params

    def tuple_disjunction_sql(self, lhs, rows):
        """Return the SQL for "in" without comparing rows."""
        # e.g.: ((a = x1 AND b = y1) OR (a = x2 AND b = y2))
        sql, _ = self.tuple_comparison_sql(
            "exact", lhs, [(placeholder, []) for placeholder in rows.placeholders]
        )
        params = rows.rows
        if any(col_params for _, col_params in lhs):
            params = (
                chain.from_iterable(
                    (*col_params, value) for (_, col_params), value in zip(lhs, row)
                )
                for row in rows.rows
            )
        params = list(chain.from_iterable(params))
        if len(rows) == 1:
            return sql, params
        return "(%s)" % " OR ".join([sql] * len(rows)), params

    def distinct_row_sql(self, cols):
        """
        Return the SQL for a value that is distinct if the columns are and NULL
        if any of them is. `cols` are tuples of SQL, parameters and field.
        """
        # e.g.: CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN (a, b) END
        conditions = " AND ".join(f"{sql} IS NOT NULL" for sql, _, _ in cols)
        params = list(chain.from_iterable(params for _, params, _ in cols))
        return (
            f"CASE WHEN {conditions} THEN {self.distinct_cols_sql(cols)} END",
            params * 2,
        )

    def distinct_cols_sql(self, cols):
        """Return the SQL for columns, none of them NULL, as one value."""
        members = [self.key_member_text_sql(field, sql) for sql, _, field in cols]
        return self.key_text_sql(members)
