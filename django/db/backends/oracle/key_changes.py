"""
Other primary keys for tables on Oracle (see django.db.backends.base.key_changes).
"""

from django.db.backends.base.key_changes import ResumableSchemaEditor


class KeyChangeSchemaEditor(ResumableSchemaEditor):
    """Mixin for DatabaseSchemaEditor."""

    def _swap_primary_key_sql(self, table, objects, state, columns):
        """
        A column that is NOT NULL because of a primary key only isn't any more when
        that is dropped.
        """
        statements = []
        for field in table.added:
            name = table.get_name(field.column)
            if name in columns and state.can_be_null(name):
                statements.append(
                    "ALTER TABLE %s MODIFY %s NOT NULL"
                    % (self.quote_name(table.table), self.quote_name(name))
                )
        return statements + super()._swap_primary_key_sql(
            table, objects, state, columns
        )
