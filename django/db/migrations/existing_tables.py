"""
Is the table of a model there, as migrate --fake-initial takes it to be?

A table with a single-column key is taken for a model's by its name. If columns of
a composite primary key or of a relation over several columns were missing, nothing
would say so before queries fail, so these are looked at.
"""

from django.db.models import CompositePrimaryKey
from django.db.models.columns import get_column_names, is_composite_field


class ExistingTableError(ValueError):
    """A table is there, but isn't the one that a migration would create."""


def check_table(connection, migration, model):
    """
    Raise ExistingTableError if the table of a model, which exists, has another
    primary key than the composite one of the model, or not all the columns of its
    relations.
    """
    opts = model._meta
    fields = [field for field in opts.local_fields if is_composite_field(field)]
    if not fields:
        return
    with connection.cursor() as cursor:
        introspection = connection.introspection
        description = introspection.get_table_description(cursor, opts.db_table)
        key = introspection.get_primary_key_columns(cursor, opts.db_table)
    names = Names(connection)
    columns = names.fold(column.name for column in description)
    problems = []
    for field in fields:
        expected = get_column_names([field])
        if missing := [c for c in expected if not names.fold([c]) <= columns]:
            problems.append(
                "%r has the columns %s, of which the table has no %s"
                % (field.name, ", ".join(expected), ", ".join(missing))
            )
        elif isinstance(field, CompositePrimaryKey) and (
            names.fold(key or ()) != names.fold(expected)
        ):
            problems.append(
                "the primary key of the model is (%s), that of the table %s"
                % (", ".join(expected), f"({', '.join(key)})" if key else "is missing")
            )
    if problems:
        raise ExistingTableError(
            "%s can't be faked. There is a table %s, but it isn't that of %s: %s. "
            "Change the model and its migration, or the table."
            % (migration, opts.db_table, opts.label, "; ".join(problems))
        )


class Names:
    """Compares names as the database does."""

    def __init__(self, connection):
        self.ignores_case = connection.features.ignores_table_name_case

    def fold(self, names):
        return {name.casefold() if self.ignores_case else name for name in names}
