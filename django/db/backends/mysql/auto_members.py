"""
AutoFields in composite primary keys on MySQL and MariaDB, where a column with
AUTO_INCREMENT has to be the first one of an index from the start.
"""

from django.db.models.fields.auto_members import get_auto_member, is_leading

# The name of an index is that within its table, so it can be the same for all.
AUTO_MEMBER_INDEX = "django_auto_member"


def needs_index(field):
    """
    Does the column of an AutoField, which may have yet to be a member of the primary
    key, or be one no longer, need an index besides those it has?
    """
    opts = getattr(getattr(field, "model", None), "_meta", None)
    return (
        opts is not None
        and opts.auto_field is field
        and not (field.unique or is_leading(field))
    )


class AutoMemberSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    def _table_relations_sql(self, model):
        constraints = super()._table_relations_sql(model)
        field = get_auto_member(model)
        if field is not None and needs_index(field):
            constraints.append(
                f"INDEX {self.quote_name(AUTO_MEMBER_INDEX)} "
                f"({self.quote_name(field.column)})"
            )
        return constraints

    def add_field(self, model, field):
        if not needs_index(field):
            return super().add_field(model, field)
        name = self.quote_name(AUTO_MEMBER_INDEX)
        self.sql_create_column += f", ADD INDEX {name} (%(column)s)"
        try:
            super().add_field(model, field)
        finally:
            del self.sql_create_column

    def _alter_field(self, model, old_field, new_field, *args, **kwargs):
        was_needed, is_needed = map(needs_index, (old_field, new_field))
        if is_needed and not was_needed:
            self.execute(self._auto_member_index_sql(model, old_field), None)
        super()._alter_field(model, old_field, new_field, *args, **kwargs)
        if was_needed and not is_needed:
            self.execute(self._delete_index_sql(model, AUTO_MEMBER_INDEX), None)

    def _auto_member_index_sql(self, model, field):
        return self.sql_create_index % {
            "name": self.quote_name(AUTO_MEMBER_INDEX),
            "table": self.quote_name(model._meta.db_table),
            "columns": self.quote_name(field.column),
            "extra": "",
        }

    def _constraint_names(self, *args, **kwargs):
        # It isn't one to be deleted along with the field's options.
        names = super()._constraint_names(*args, **kwargs)
        return [name for name in names if name != AUTO_MEMBER_INDEX]
