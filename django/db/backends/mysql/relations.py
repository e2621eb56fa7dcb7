"""
Relations of several columns on MySQL and MariaDB, where each foreign key needs an
index that starts with its columns and creates one if there is none (see
django.db.backends.base.relations).
"""

from django.db.models.columns import get_column_names, unnest


class RelationSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    def _create_missing_relation_index(self, model, fields):
        """
        Create an index for each foreign key of several columns which is left
        without one when an index on `fields` is removed.
        """
        opts = model._meta
        columns = get_column_names(map(opts.get_field, fields))
        by_column = {field.column: field for field in opts.local_fields}
        for needed, indexes in self._get_foreign_key_indexes(model):
            if len(indexes) == 1 and columns[: len(needed)] == needed:
                fields = [by_column[column] for column in needed]
                self.execute(self._create_index_sql(model, fields=fields, suffix="_fk"))

    def _get_foreign_key_indexes(self, model):
        """
        Return (columns, indexes) pairs for the foreign keys of several columns,
        where `indexes` are the lists of columns that start with these.
        """
        with self.connection.cursor() as cursor:
            constraints = self.connection.introspection.get_constraints(
                cursor, model._meta.db_table
            ).values()
        return [
            (
                columns := constraint["columns"],
                [
                    other["columns"]
                    for other in constraints
                    if other["index"] and other["columns"][: len(columns)] == columns
                ],
            )
            for constraint in constraints
            if constraint["foreign_key"] and len(constraint["columns"]) > 1
        ]

    def _delete_relation_unique(self, model, columns):
        self._create_missing_fk_index(model, fields=get_names(model, columns))
        super()._delete_relation_unique(model, columns)

    def _delete_relation_index(self, model, columns):
        if (list(columns), [list(columns)]) in self._get_foreign_key_indexes(model):
            # It is the foreign key's.
            return
        self._create_missing_fk_index(model, fields=get_names(model, columns))
        super()._delete_relation_index(model, columns)


def get_names(model, columns):
    """Return the names of the fields for the columns, as far as there are any."""
    names = {field.column: field.name for field in unnest(model._meta.local_fields)}
    return [names[column] for column in columns if column in names]
