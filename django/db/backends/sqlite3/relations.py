"""
Relations of several columns on SQLite, where a table is made anew to alter what
is in CREATE TABLE (see django.db.backends.base.relations).
"""

from contextlib import suppress

from django.db import IntegrityError, OperationalError
from django.db.backends.base.relations import (
    RelationAlteration,
    get_copied_column,
    get_through_relations,
    is_multicolumn,
    match_columns,
)
from django.db.backends.ddl_references import Statement
from django.db.models import CompositePrimaryKey
from django.db.models.fields.related_columns import RelatedColumn, RelatedColumnsMixin


def get_through_columns(old_field, new_field):
    """
    Return two lists, of the columns of the tables that were created for a
    ManyToManyField before and after it is altered. Those that aren't in both
    tables are left out.
    """
    pairs = [
        (old.column, new.column)
        for relations in get_through_relations(old_field, new_field)
        for old, new in match_columns(*relations)
        if old is not None and new is not None
    ]
    return [["id", *columns] for columns in zip(*pairs)] or [["id"], ["id"]]


class RelationSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    def _check_constraints(self, exc_type):
        """
        SQLite refuses to check a foreign key that doesn't refer to a key or unique
        index: "foreign key mismatch".
        """
        if exc_type is None:
            self._create_referenced_keys()
            self.connection.check_constraints()
        else:
            # There may not be all of them yet, nor all rows that they refer to, but
            # this isn't the error to raise.
            with suppress(IntegrityError, OperationalError):
                self.connection.check_constraints()

    def _create_referenced_keys(self):
        """Create the unique indexes that were deferred."""
        if not RelatedColumnsMixin.is_in_use:
            return
        for sql in list(self.deferred_sql):
            if isinstance(sql, Statement) and sql.template == self.sql_create_unique:
                self.deferred_sql.remove(sql)
                self.execute(sql, None)

    def _remake_relations(self, body, mapping, rename_mapping, fields):
        """
        Have the `body` of a model which a table is remade for contain the columns
        of relations that are altered, given as (old, new) pairs of fields, and
        `mapping` the values to be copied into these.
        """
        # What is handed over from a field to a relation, or back, isn't new.
        handed_over = {
            field
            for pair in fields
            for field in pair
            if isinstance(field, RelatedColumn)
        }
        for old_field, new_field in fields:
            if old_field is None and new_field is None:
                continue
            if is_multicolumn(old_field) or is_multicolumn(new_field):
                pairs = [
                    (old, new)
                    for old, new in match_columns(old_field, new_field)
                    if handed_over.isdisjoint((old, new))
                ]
            else:
                pairs = []
            for old, _ in pairs:
                if old is not None:
                    mapping.pop(old.column, None)
                    if old is not old_field:
                        body.pop(old.name, None)
            for old, new in pairs:
                if new is not None:
                    body[new.name] = new
                    source = old or get_copied_column(old_field, new)
                    mapping[new.column] = self._remake_value(source, new)
            for old, new in [(old_field, new_field), *pairs]:
                if old is not None and new is not None:
                    if old is not old_field:
                        rename_mapping[old.name] = new.name
                    self._rename_member(body, old, new)
        # Relations find their columns in the model when they are added to it.
        for name in [name for name, field in body.items() if is_multicolumn(field)]:
            body[name] = body.pop(name)

    def _rename_member(self, body, old, new):
        """Have a composite primary key name a member as it is named now."""
        pk = body.get("pk")
        if isinstance(pk, CompositePrimaryKey):
            renamed = {old.name: new.name, old.attname: new.attname}
            pk.field_names = tuple(renamed.get(name, name) for name in pk.field_names)

    def _remake_value(self, old, new):
        """Return the SQL for the values of a column when it is copied."""
        if old is not None and (new.null or not old.null):
            return self.quote_name(old.column)
        default = self.prepare_default(self.effective_default(new))
        if old is None:
            return default
        return f"coalesce({self.quote_name(old.column)}, {default})"

    def _alter_relations(self, model, old_field, new_field, strict=False):
        if self._move_references(old_field, new_field):
            return
        alteration = RelationAlteration(self.connection, old_field, new_field)
        if not alteration.is_needed(self):
            return
        relations = [
            (old, new)
            for old, new in alteration.relations
            if old.model is old_field.model
        ]
        self._remake_table(model, alter_fields=[(old_field, new_field), *relations])
        models = {
            new.model: []
            for old, new in alteration.relations
            if old.model is not old_field.model
        }
        for old, new in alteration.relations:
            if new.model in models:
                models[new.model].append((old, new))
        for related_model, relations in models.items():
            self._remake_table(related_model, alter_fields=relations)
