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

    def _create_relation_index(self, model, relation):
        if not self._field_should_be_indexed(model, relation):
            return
        columns = get_column_names([relation])
        # e.g. what _create_missing_relation_index() created.
        names = self._get_relation_index_names(model, columns)
        super()._create_relation_index(model, relation)
        # One that InnoDB created by itself is gone by now.
        left = set(self._get_relation_index_names(model, columns)).intersection(names)
        for name in sorted(left):
            self.execute(self._delete_index_sql(model, name))

    def _delete_relation_index(self, model, columns):
        self._discard_deferred_sql(model, columns, "")
        names = self._get_relation_index_names(model, columns)
        if not names:
            # It was the foreign key's, and went when there was another one.
            return
        if any(
            needed == list(columns) and len(indexes) == len(names)
            for needed, indexes in self._get_foreign_key_indexes(model)
        ):
            # The last one is the foreign key's.
            names.pop()
        else:
            self._create_missing_fk_index(model, fields=get_names(model, columns))
        for name in names:
            self.execute(self._delete_index_sql(model, name))


def get_names(model, columns):
    """Return the names of the fields for the columns, as far as there are any."""
    names = {field.column: field.name for field in unnest(model._meta.local_fields)}
    return [names[column] for column in columns if column in names]
