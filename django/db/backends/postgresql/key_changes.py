"""
Other primary keys for tables on PostgreSQL (see
django.db.backends.base.key_changes).
"""

from django.db.models import AutoField
from django.db.models.columns import unnest


class KeyChangeSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    # A column that wasn't numbered so far has a sequence that starts at 1.
    sql_advance_sequence = (
        "SELECT setval(sequence, last) FROM (SELECT MAX(%(column)s) AS last, "
        "pg_get_serial_sequence(%(table_text)s, %(column_text)s)::regclass "
        "AS sequence FROM %(table)s) numbers "
        "WHERE last > COALESCE(pg_sequence_last_value(sequence), 0)"
    )

    def _contract_key_change(self, change):
        super()._contract_key_change(change)
        root = change.root
        for field in unnest([root.to_model._meta.pk] if root.new_key else []):
            if isinstance(field, AutoField):
                table = self.quote_name(root.table)
                self.execute(
                    self.sql_advance_sequence
                    % {
                        "column": self.quote_name(field.column),
                        "column_text": self.quote_value(field.column),
                        "table": table,
                        "table_text": self.quote_value(table),
                    },
                    None,
                )

    def _lock_key_change(self, change):
        # Columns may have been added, and filled, by another migration: altering
        # the tables hasn't locked them yet.
        if self.connection.in_atomic_block or self.collect_sql:
            tables = sorted(self.quote_name(table.table) for table in change.tables)
            self.execute(
                f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE", None
            )

    def _finish_fills(self):
        # A table can't be altered as long as constraints have yet to be checked.
        self.execute("SET CONSTRAINTS ALL IMMEDIATE", None)

    def _swap_primary_key_sql(self, table, objects, state, columns):
        """There is a primary key at all times."""
        names = state.get_names(primary_key=True)
        if not names and self.collect_sql and table.old_key:
            names = [f"{table.table}_pkey"]
        actions = [f"DROP CONSTRAINT {self.quote_name(name)}" for name in names]
        if columns:
            actions.append(
                "ADD CONSTRAINT %s PRIMARY KEY (%s)"
                % (
                    self.quote_name(self._get_primary_key_name(table, columns)),
                    self._quote_names(columns),
                )
            )
        if not actions:
            return []
        return [
            "ALTER TABLE %s %s" % (self.quote_name(table.table), ", ".join(actions))
        ]
