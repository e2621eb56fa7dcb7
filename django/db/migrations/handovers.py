"""
Columns that are handed over between a field and a relation.

A relation of several columns may use those of fields that are declared, its
``from_fields``, or create its own: ``author`` has ``author_number`` then. If a
field was declared by this name, it's the column of both as long as there are both,
which is so in between: the relation is altered before the field is removed, and
the field is added before the relation is altered. Removing or adding the field is
no more than altering the column then, and no value is lost.
"""

from functools import wraps

from django.db.models import NOT_PROVIDED
from django.db.models.columns import has_column
from django.db.models.fields.related_columns import RelatedColumn, RelatedColumnsMixin


def get_created_column(model, field):
    """
    Return the column that a relation of the model has created by the name of
    `field`, which is one of the same model in another state, or None.
    """
    if has_column(field):
        for column in model._meta.local_fields:
            if isinstance(column, RelatedColumn) and column.name in (
                field.name,
                field.attname,
            ):
                return column


def hands_over_columns(method):
    """
    Have a method of an operation that alters the database, and adds or removes a
    field, alter the column if a relation has it when the field is not there.
    """

    @wraps(method)
    def alter_database(self, app_label, schema_editor, from_state, to_state):
        if not RelatedColumnsMixin.is_in_use:
            return method(self, app_label, schema_editor, from_state, to_state)
        states = (from_state, to_state)
        is_declared = [
            self.name in state.models[app_label, self.model_name_lower].fields
            for state in states
        ]
        models = [state.apps.get_model(app_label, self.model_name) for state in states]
        field = models[is_declared.index(True)]._meta.get_field(self.name)
        column = get_created_column(models[is_declared.index(False)], field)
        if column is None:
            return method(self, app_label, schema_editor, from_state, to_state)
        if not self.allow_migrate_model(schema_editor.connection.alias, models[1]):
            return
        has_default = not getattr(self, "preserve_default", True)
        if has_default:
            # Where the column is NULL.
            field.default = self.field.default
        fields = [field, column] if is_declared[0] else [column, field]
        schema_editor.alter_field(models[0], *fields)
        if has_default:
            field.default = NOT_PROVIDED

    return alter_database
