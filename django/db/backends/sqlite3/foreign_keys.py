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
        # The last one that was declared comes first.
        rows = sorted(cursor.fetchall(), key=lambda row: (-row[0], row[1]))
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

    def get_referencing_foreign_keys(self, cursor, table_name):
        # Each of the rows is a column: table, id, from, to.
        cursor.execute(
            """
            SELECT source.name, pair.id, pair."from", pair."to"
            FROM sqlite_master source, pragma_foreign_key_list(source.name) pair
            WHERE source.type = 'table' AND pair."table" = %s COLLATE NOCASE
            ORDER BY source.name, pair.id DESC, pair.seq
            """,
            [table_name],
        )
        rows = cursor.fetchall()
        key = None
        found = []
        for info in self.group_referencing_foreign_keys(
            (number, None, table, column, to_column)
            for table, number, column, to_column in rows
        ):
            if None in info.to_columns:
                # e.g.: FOREIGN KEY (a, b) REFERENCES parent
                key = key or self.get_primary_key_columns(cursor, table_name)
                info = info._replace(to_columns=key)
            found.append(info)
        return found

    def add_unnamed_uniques(self, cursor, table_name, constraints):
        """
        Add to `constraints`, which were parsed from the SQL of a table, the unique
        constraints over several columns that have no name.
        """
        uniques = [info["columns"] for info in constraints.values() if info["unique"]]
        quote_name = self.connection.ops.quote_name
        cursor.execute(f"PRAGMA index_list({quote_name(table_name)})")
        # Each of the rows is an index: seq, name, unique, origin, ….
        names = [name for _, name, _, origin, *_ in cursor.fetchall() if origin == "u"]
        for number, name in enumerate(names, start=1):
            cursor.execute(f"PRAGMA index_info({quote_name(name)})")
            columns = [column for _, _, column in cursor.fetchall()]
            if len(columns) > 1 and columns not in uniques:
                constraints[f"__unnamed_unique_{number}__"] = {
                    "unique": True,
                    "columns": columns,
                    "primary_key": False,
                    "foreign_key": None,
                    "check": False,
                    "index": False,
                }
        return constraints


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
