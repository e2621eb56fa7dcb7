from contextlib import suppress

from django.db import OperationalError


class ColumnFillOperations:
    """Mixin for DatabaseOperations."""

    def get_batch_columns(self, cursor, table, key_columns):
        """
        Return the row's number: unlike a key it is never NULL, and rows are found by
        it without another index.
        """
        quote_name = self.quote_name
        cursor.execute(f"PRAGMA table_info({quote_name(table)})")
        names = {name.lower() for _, name, *_ in cursor.fetchall()}
        for name in ("rowid", "_rowid_", "oid"):
            if name not in names:
                # A table may have been created WITHOUT ROWID.
                with suppress(OperationalError):
                    cursor.execute(
                        f"SELECT {quote_name(table)}.{quote_name(name)} "
                        f"FROM {quote_name(table)} LIMIT 0"
                    )
                    return [name]
        return key_columns

    def batch_column_sql(self, table, column):
        # An expression has no type that the database driver would convert it by,
        # e.g. to a date, which may not be what it was written as.
        return f"+{super().batch_column_sql(table, column)}"
