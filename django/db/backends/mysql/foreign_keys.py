from django.db.backends.base.foreign_keys import ForeignKeyInfo, get_violation


class ForeignKeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_foreign_keys(self, cursor, table_name):
        cursor.execute(
            """
            SELECT constraint_name, column_name, referenced_table_name,
                referenced_column_name
            FROM information_schema.key_column_usage
            WHERE table_name = %s
                AND table_schema = DATABASE()
                AND referenced_table_schema = DATABASE()
                AND referenced_table_name IS NOT NULL
            ORDER BY constraint_name, ordinal_position
            """,
            [table_name],
        )
        return self.group_foreign_keys(cursor.fetchall())

    def get_referencing_foreign_keys(self, cursor, table_name):
        # Those of other databases, too.
        cursor.execute(
            """
            SELECT constraint_name, NULLIF(table_schema, DATABASE()), table_name,
                column_name, referenced_column_name
            FROM information_schema.key_column_usage
            WHERE referenced_table_schema = DATABASE()
                AND referenced_table_name = %s
            ORDER BY table_schema, table_name, constraint_name, ordinal_position
            """,
            [table_name],
        )
        return self.group_referencing_foreign_keys(cursor.fetchall())


def check_relations(connection, cursor, table_name, relations):
    """
    Check a table for rows with invalid foreign keys of several columns, and
    remove these from `relations`, which get_relations() returned.

    A row in which any of the columns is NULL refers to nothing.
    """
    introspection, quote_name = connection.introspection, connection.ops.quote_name
    for columns in [key for key in relations if isinstance(key, tuple)]:
        to_columns, to_table = relations.pop(columns)
        key = introspection.get_primary_key_columns(cursor, table_name) or []

        def referring(column):
            return f"REFERRING.{quote_name(column)}"

        # e.g.: SELECT REFERRING.id, REFERRING.a, REFERRING.b FROM child AS REFERRING
        # LEFT JOIN parent AS REFERRED ON (REFERRING.a = REFERRED.x AND
        # REFERRING.b = REFERRED.y) WHERE REFERRING.a IS NOT NULL AND
        # REFERRING.b IS NOT NULL AND REFERRED.x IS NULL
        cursor.execute(
            "SELECT %s FROM %s AS REFERRING LEFT JOIN %s AS REFERRED ON (%s) "
            "WHERE %s AND REFERRED.%s IS NULL LIMIT 1"
            % (
                ", ".join(map(referring, [*key, *columns])),
                quote_name(table_name),
                quote_name(to_table),
                " AND ".join(
                    f"{referring(column)} = REFERRED.{quote_name(to_column)}"
                    for column, to_column in zip(columns, to_columns)
                ),
                " AND ".join(f"{referring(column)} IS NOT NULL" for column in columns),
                quote_name(to_columns[0]),
            )
        )
        for row in cursor.fetchall():
            foreign_key = ForeignKeyInfo(None, columns, to_table, to_columns)
            raise get_violation(
                table_name, row[: len(key)], foreign_key, row[len(key) :]
            )
