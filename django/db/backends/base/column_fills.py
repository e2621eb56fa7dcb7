"""
Setting columns of a table to values of the rows that it refers to.

When the primary key of a table changes, those that refer to it get columns for the
new one. Their values are found by a join, by the columns that refer to the old one.
"""

import time
from functools import partial

from django.db.backends.base.foreign_keys import name_columns
from django.utils.functional import cached_property


class ColumnFillOperations:
    """Mixin for BaseDatabaseOperations."""

    # e.g.: UPDATE line SET (order_tenant_id, order_number) =
    #       (SELECT V0.tenant_id, V0.number FROM order V0 WHERE V0.id = line.order_id)
    #       WHERE … AND EXISTS (SELECT 1 FROM order V0 WHERE … AND …)
    sql_fill_columns = (
        "UPDATE %(table)s SET (%(columns)s) = (SELECT %(values)s FROM %(source)s "
        "%(alias)s WHERE %(match)s) WHERE %(range)sEXISTS (SELECT 1 FROM "
        "%(source)s %(alias)s WHERE %(match)s AND %(differs)s)"
    )

    def fill_columns_sql(self, fill, batch):
        """
        Return the SQL for a ColumnFill and its parameters. `batch` is the condition
        for the rows to fill, an (sql, params) pair, or None for all of them.
        """
        quote_name = self.quote_name
        alias = quote_name("V0")
        table = quote_name(fill.table)
        columns = [quote_name(column) for column in fill.columns]
        values = [f"{alias}.{quote_name(column)}" for column in fill.columns.values()]
        differs = " OR ".join(
            f"{table}.{column} IS NULL OR {table}.{column} <> {value}"
            for column, value in zip(columns, values)
        )
        batch_sql, params = batch or ("", [])
        return (
            self.sql_fill_columns
            % {
                "table": table,
                "source": quote_name(fill.source),
                "alias": alias,
                "columns": ", ".join(columns),
                "values": ", ".join(values),
                "assignments": ", ".join(
                    [
                        f"{table}.{column} = {value}"
                        for column, value in zip(columns, values)
                    ]
                    + fill.kept_columns_sql
                ),
                "match": " AND ".join(
                    f"{alias}.{quote_name(target)} = {table}.{quote_name(column)}"
                    for column, target in fill.references.items()
                ),
                "differs": f"({differs})",
                "range": batch_sql and f"{batch_sql} AND ",
            },
            params,
        )

    def get_touched_columns(self, table):
        """
        Return the columns that the database sets by itself in each row that is
        updated, unless the statement does.
        """
        return []

    def get_batch_columns(self, cursor, table, key_columns):
        """
        Return the columns by which all rows of a table can be put in an order that
        has an index.
        """
        return key_columns

    def batch_column_sql(self, table, column):
        """Return the SQL to select a value that rows can be compared with."""
        return f"{table}.{self.quote_name(column)}"


class ColumnFill:
    """
    Set columns of a table to values of the rows that it refers to.

    table, key_columns
        The table, and the columns of its primary key. If there are none, all of it
        is filled by one statement.
    columns
        The columns to set, {column: column of the source}.
    source, references
        The table that has the values, and the columns that refer to it, {column:
        column of the source}. The latter are a key of the source, or unique.

    Rows whose columns have the values already are left alone. What was begun can
    thus be done again, and columns follow what has changed since they were filled.
    Columns of rows which don't refer to anything any more are set to NULL.

    References whose values there is no row for are left alone, too: count them by
    count_orphans() before.
    """

    default_batch_size = 10_000

    def __init__(self, connection, table, key_columns, columns, source, references):
        if not columns or not references:
            raise ValueError("ColumnFill requires columns and references.")
        self.connection = connection
        self.table = table
        self.key_columns = list(key_columns or ())
        self.columns = dict(columns)
        self.source = source
        self.references = dict(references)

    def __repr__(self):
        return "<%s: %s.%s from %s>" % (
            self.__class__.__name__,
            self.table,
            name_columns(list(self.columns)),
            self.source,
        )

    @cached_property
    def kept_columns_sql(self):
        """The assignments that have columns keep what the database would set."""
        ops = self.connection.ops
        table = ops.quote_name(self.table)
        columns = [
            f"{table}.{ops.quote_name(name)}"
            for name in ops.get_touched_columns(self.table)
            if name not in self.columns
        ]
        return [f"{column} = {column}" for column in columns]

    def statements(self):
        """Return the statements to fill the table as a whole, e.g. for sqlmigrate."""
        return [
            self.connection.ops.fill_columns_sql(self, None)[0],
            self._clear_sql(None)[0],
        ]

    def run(self, batch_size=None, report=None):
        """
        Fill the table in batches of `batch_size` rows, one statement each. Each is
        committed if there is no transaction. Call `report` with the number of
        rows that were looked at and that of all rows after each of them.
        """
        if batch_size is None:
            batch_size = self.default_batch_size
        if batch_size < 1:
            raise ValueError("batch_size must be a positive integer.")
        ops = self.connection.ops
        with self.connection.cursor() as cursor:
            total = done = 0
            if report is not None:
                cursor.execute(f"SELECT COUNT(*) FROM {ops.quote_name(self.table)}")
                (total,) = cursor.fetchone()
            for batch in self._get_batches(cursor, batch_size):
                cursor.execute(*ops.fill_columns_sql(self, batch))
                cursor.execute(*self._clear_sql(batch))
                if report is not None:
                    done = min(done + batch_size, total)
                    report(done, total)

    def _get_batches(self, cursor, batch_size):
        """Yield the condition for the rows of each batch, None for all rows."""
        ops = self.connection.ops
        table = ops.quote_name(self.table)
        columns = self.key_columns
        if columns:
            columns = ops.get_batch_columns(cursor, self.table, columns)
        if not columns:
            yield None
            return
        names = [f"{table}.{ops.quote_name(column)}" for column in columns]
        # e.g.: SELECT a, b FROM t WHERE (a, b) > (x, y) ORDER BY a, b
        #       LIMIT 1 OFFSET 9999
        select = "SELECT %s FROM %s%%s ORDER BY %s %s" % (
            ", ".join(ops.batch_column_sql(table, column) for column in columns),
            table,
            ", ".join(names),
            ops.limit_offset_sql(batch_size - 1, batch_size),
        )

        def compare(lookup_name, values):
            return ops.tuple_comparison_sql(
                lookup_name,
                [(name, []) for name in names],
                [("%s", [value]) for value in values],
            )

        lower = None
        while True:
            conditions = [] if lower is None else [compare("gt", lower)]
            sql, params = conditions[0] if conditions else ("", [])
            cursor.execute(select % (sql and f" WHERE {sql}"), params)
            upper = cursor.fetchone()
            if upper is not None:
                conditions.append(compare("lte", upper))
            yield ops.join_conditions(conditions, "AND") if conditions else None
            if upper is None:
                return
            lower = upper

    def _clear_sql(self, batch):
        """Return the statement for rows that don't refer to anything any more."""
        quote_name = self.connection.ops.quote_name
        table = quote_name(self.table)
        batch_sql, params = batch or ("", [])
        return (
            "UPDATE %s SET %s WHERE %s(%s) AND (%s)"
            % (
                table,
                ", ".join(
                    [f"{quote_name(column)} = NULL" for column in self.columns]
                    + self.kept_columns_sql
                ),
                batch_sql and f"{batch_sql} AND ",
                " OR ".join(
                    f"{table}.{quote_name(column)} IS NULL"
                    for column in self.references
                ),
                " OR ".join(
                    f"{table}.{quote_name(column)} IS NOT NULL"
                    for column in self.columns
                ),
            ),
            params,
        )

    def orphans_sql(self):
        """
        Return the SQL, without parameters, from FROM on, for the rows which refer
        to a row of the source that doesn't exist.
        """
        quote_name = self.connection.ops.quote_name
        table, alias = quote_name(self.table), quote_name("V0")
        references = [
            (f"{table}.{quote_name(column)}", f"{alias}.{quote_name(target)}")
            for column, target in self.references.items()
        ]
        return "FROM %s WHERE %s AND NOT EXISTS (SELECT 1 FROM %s %s WHERE %s)" % (
            table,
            " AND ".join(f"{column} IS NOT NULL" for column, _ in references),
            quote_name(self.source),
            alias,
            " AND ".join(f"{target} = {column}" for column, target in references),
        )

    def unfilled_sql(self):
        """
        Return the SQL, without parameters, from FROM on, for the rows which refer
        to something, and haven't been filled.
        """
        quote_name = self.connection.ops.quote_name
        return "FROM %s WHERE %s AND (%s)" % (
            quote_name(self.table),
            " AND ".join(f"{quote_name(name)} IS NOT NULL" for name in self.references),
            " OR ".join(f"{quote_name(name)} IS NULL" for name in self.columns),
        )

    def contradictions_sql(self):
        """
        Return the SQL, without parameters, from FROM on, for the rows whose columns
        have values, which aren't those of the row that they refer to.
        """
        quote_name = self.connection.ops.quote_name
        table, alias = quote_name(self.table), quote_name("V0")
        return "FROM %s WHERE EXISTS (SELECT 1 FROM %s %s WHERE %s AND (%s))" % (
            table,
            quote_name(self.source),
            alias,
            " AND ".join(
                f"{alias}.{quote_name(target)} = {table}.{quote_name(column)}"
                for column, target in self.references.items()
            ),
            " OR ".join(
                f"{table}.{quote_name(column)} <> {alias}.{quote_name(target)}"
                for column, target in self.columns.items()
            ),
        )

    def count_orphans(self):
        """Return the number of rows that refer to a row which doesn't exist."""
        return self._count(self.orphans_sql())

    def count_unfilled(self):
        """
        Return the number of rows which refer to something, and haven't been
        filled. There are none after run() if there are no orphans.
        """
        return self._count(self.unfilled_sql())

    def count_contradictions(self):
        """Return the number of rows whose columns have other values than run() sets."""
        return self._count(self.contradictions_sql())

    def _count(self, rows):
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) {rows}")
            return cursor.fetchone()[0]


def get_fill_report(editor, fill):
    """
    Return the `report` argument of fill.run() for a migration that is run by a
    schema editor, or None if there is nobody to tell.
    """
    callback = getattr(editor, "progress_callback", None)
    if callback is None:
        return None
    return FillProgress(partial(callback, "fill_progress")).start(fill)


class FillProgress:
    """
    Tell how far a long fill is, by `write`, a function that takes a line.

    e.g.: Filling shop_line: 250,000 of 1,000,000 rows (25%)

    Nothing is written before `interval` seconds have passed, nor twice in as many.
    """

    interval = 5

    def __init__(self, write, clock=time.monotonic):
        self.write = write
        self.clock = clock

    def start(self, fill):
        """Return the `report` argument of fill.run()."""
        last = self.clock()
        written = False

        def report(done, total):
            nonlocal last, written
            now = self.clock()
            if now - last >= self.interval or (written and done == total):
                last, written = now, True
                percentage = 100 * done // total if total else 100
                self.write(
                    f"Filling {fill.table}: {done:,} of {total:,} rows ({percentage}%)"
                )

        return report
