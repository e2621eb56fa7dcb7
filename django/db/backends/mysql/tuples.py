from itertools import chain

from django.db.backends.base.tuples import (
    BaseTupleFeatures,
    BaseTupleOperations,
)
from django.db.backends.mysql.key_text import KeyTextOperations
from django.utils.functional import cached_property


class TupleFeatures(BaseTupleFeatures):
    # (a, b) > (x, y) scans the whole index.
    supports_tuple_index_range = False
    max_tuple_groups = 32

    @cached_property
    def supports_update_from_values(self):
        # MySQL wasn't tried.
        return self.connection.mysql_is_mariadb

    @cached_property
    def min_tuple_values_rows(self):
        if self.connection.mysql_is_mariadb:
            return 200
        # The ranges of a longer list don't fit into the memory for them
        # (range_optimizer_max_mem_size).
        return 10000 if self.connection.mysql_version >= (8, 0, 19) else None

    @cached_property
    def requires_row_in_tuple_values(self):
        """Are rows spelled VALUES ROW(x, y) rather than VALUES (x, y)?"""
        return not self.connection.mysql_is_mariadb


def has_integers(rows):
    return all(isinstance(value, int) for value in rows.rows[0])


def is_diverse(row):
    """Are all values of the row different?"""
    return len(set(row)) == len(row)


class TupleOperations(KeyTextOperations, BaseTupleOperations):
    def can_join_tuple_values(self, rows):
        # Text in a VALUES list has the collation of the connection, which may
        # not be that of the column.
        return has_integers(rows) and (
            self.connection.features.requires_row_in_tuple_values
            or any(map(is_diverse, rows.rows))
        )

    def tuple_values_sql(self, rows):
        if not self.connection.features.requires_row_in_tuple_values:
            # MariaDB names the columns by the values in the first row, hence
            # these must differ.
            index = next(
                index for index, row in enumerate(rows.rows) if is_diverse(row)
            )
            rows.rows.insert(0, rows.rows.pop(index))
            return super().tuple_values_sql(rows)
        # e.g.: (SELECT * FROM (VALUES ROW(x1, y1), ROW(x2, y2)) V0)
        values = ", ".join([f"ROW{rows.row_sql()}"] * len(rows))
        return f"(SELECT * FROM (VALUES {values}) {self.quote_name('V0')})"

    # e.g.: UPDATE t JOIN (SELECT x AS column1, … UNION ALL VALUES (…), …) V0
    #       ON t.a = V0.column1 AND t.b = V0.column2 SET t.c = V0.column3
    sql_update_from_values = (
        "UPDATE %(table)s JOIN %(values)s %(alias)s ON %(conditions)s "
        "SET %(assignments)s"
    )
    sql_update_target = "%(table)s.%(column)s"

    def can_update_from_values(self, keys):
        # The same goes for the collation of text that is joined.
        return has_integers(keys)

    def named_values_sql(self, rows):
        # VALUES has no names of columns of its own that could be relied on.
        names = enumerate(rows.placeholders, start=1)
        first = ", ".join(f"{sql} AS column{index}" for index, sql in names)
        others = ", ".join([rows.row_sql()] * (len(rows) - 1))
        union = f" UNION ALL VALUES {others}" if others else ""
        return f"(SELECT {first}{union})", rows.params

    def distinct_row_sql(self, cols):
        # e.g.: COUNT(DISTINCT a, b), which ignores NULL.
        params = list(chain.from_iterable(params for _, params, _ in cols))
        return ", ".join(sql for sql, _, _ in cols), params
