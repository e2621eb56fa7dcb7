from django.db.backends.base.foreign_keys import get_violation


class ForeignKeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_foreign_keys(self, cursor, table_name):
        """
        SQLite gives foreign keys no name, so they have the number by which it
        knows them.
        """
        cursor.execute(
            "PRAGMA foreign_key_list(%s)" % self.connection.ops.quote_name(table_name)
        )
        # Each of the rows is a column: id, seq, table, from, to, ….
        rows = sorted(cursor.fetchall(), key=lambda row: row[:2])
        found = self.group_foreign_keys(
            (number, column, to_table, to_column)
            for number, _, to_table, column, to_column, *_ in rows
        )
        return [
            (
                # e.g.: FOREIGN KEY (a, b) REFERENCES parent
                info._replace(
                    to_columns=self.get_primary_key_columns(cursor, info.to_table)
                )
                if None in info.to_columns
                else info
            )
            for info in found
        ]


def get_foreign_key_violation(connection, cursor, violation):
    """Return the error for a row of PRAGMA foreign_key_check."""
    table_name, rowid, _, number = violation
    introspection, quote_name = connection.introspection, connection.ops.quote_name
    (foreign_key,) = (
        info
        for info in introspection.get_foreign_keys(cursor, table_name)
        if info.name == number
    )
    key = introspection.get_primary_key_columns(cursor, table_name)
    row = cursor.execute(
        "SELECT %s FROM %s WHERE rowid = %%s"
        % (
            ", ".join(map(quote_name, [*key, *foreign_key.columns])),
            quote_name(table_name),
        ),
        (rowid,),
    ).fetchone()
    return get_violation(table_name, row[: len(key)], foreign_key, row[len(key) :])
