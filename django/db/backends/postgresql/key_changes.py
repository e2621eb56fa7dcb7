"""
Other primary keys for tables on PostgreSQL (see
django.db.backends.base.key_changes).
"""

from contextlib import contextmanager

from django.db.backends.utils import strip_quotes
from django.db.models import AutoField
from django.db.models.columns import get_column_names, unnest

# In bytes.
MAX_NAME_SIZE = 63


def get_object_name(*parts, suffix):
    """
    Return the name of a constraint that the database has given to it: if it would be
    too long, the longest one of its parts is truncated, see makeObjectName().
    """
    parts = [strip_quotes(part).encode() for part in parts]
    size = MAX_NAME_SIZE - len(suffix) - len(parts)
    while sum(map(len, parts)) > size:
        longest = max(reversed(range(len(parts))), key=lambda i: len(parts[i]))
        parts[longest] = parts[longest][:-1]
    return "_".join([*(part.decode(errors="ignore") for part in parts), suffix])


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

    def _get_inline_key_name(self, table):
        return get_object_name(table, suffix="pkey")

    def _get_inline_unique_name(self, table, column):
        return get_object_name(table, column, suffix="key")

    def _swap_primary_key_sql(self, table, objects, state, columns):
        """There is a primary key at all times."""
        if self.collect_sql:
            names = [state.get_key_name()] if table.old_key else []
        else:
            names = state.get_names(primary_key=True)
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

    # Unique constraints over the columns of a key.

    # Those that are bound to another index than the primary key's.
    sql_bound_foreign_keys = """
        SELECT
            conrelid::regclass::text,
            quote_ident(conname),
            pg_get_constraintdef(constraints.oid)
        FROM pg_constraint constraints
        JOIN pg_index ON indrelid = confrelid AND indisprimary
        WHERE contype = 'f' AND conparentid = 0
            AND confrelid = %s::regclass AND conindid != indexrelid
            AND confkey::smallint[] @> indkey::smallint[]
            AND confkey::smallint[] <@ indkey::smallint[]
        ORDER BY 1, 2
    """

    def remove_constraint(self, model, constraint):
        with self._rebind_foreign_keys(model, getattr(constraint, "fields", ())):
            super().remove_constraint(model, constraint)

    def _delete_composed_index(self, model, fields, *args, **kwargs):
        with self._rebind_foreign_keys(model, fields):
            super()._delete_composed_index(model, fields, *args, **kwargs)

    @contextmanager
    def _rebind_foreign_keys(self, model, names):
        """
        Have the foreign keys that refer to a composite primary key depend on that,
        and not on a unique constraint over the same columns, which is removed.

        PostgreSQL binds a foreign key to the oldest index that will do.
        """
        opts = model._meta
        foreign_keys = []
        if (
            names
            and opts.is_composite_pk
            and not self.collect_sql
            and set(get_column_names(map(opts.get_field, names)))
            == set(get_column_names([opts.pk]))
        ):
            with self.connection.cursor() as cursor:
                table = self.quote_name(opts.db_table)
                cursor.execute(self.sql_bound_foreign_keys, [table])
                foreign_keys = cursor.fetchall()
        for table, name, _ in foreign_keys:
            # A table can't be altered as long as constraints have yet to be checked.
            self.execute(
                f"SET CONSTRAINTS {name} IMMEDIATE; "
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
                None,
            )
        yield
        for table, name, definition in foreign_keys:
            self.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}", None
            )
