"""
What is known of the foreign keys in a database, be they of one column or of
several.
"""

from collections import namedtuple

from django.db import IntegrityError

# A FOREIGN KEY constraint of a table. The columns are lists, in the order in which
# they refer to each other.
ForeignKeyInfo = namedtuple("ForeignKeyInfo", "name columns to_table to_columns")

# A FOREIGN KEY constraint that refers to a table. `schema` is that of the table that
# has the constraint, or None if it's where tables are looked for by their name alone.
ReferencingForeignKeyInfo = namedtuple(
    "ReferencingForeignKeyInfo", "name schema table columns to_columns"
)


class ForeignKeyIntrospection:
    """Mixin for BaseDatabaseIntrospection."""

    def get_foreign_keys(self, cursor, table_name):
        """Return a list of a ForeignKeyInfo for each foreign key of a table."""
        raise NotImplementedError(
            "subclasses of BaseDatabaseIntrospection may require a get_foreign_keys() "
            "method"
        )

    def get_referencing_foreign_keys(self, cursor, table_name):
        """
        Return a list of a ReferencingForeignKeyInfo for each foreign key, in whatever
        table, that refers to a table.
        """
        raise NotImplementedError(
            "subclasses of BaseDatabaseIntrospection may require a "
            "get_referencing_foreign_keys() method"
        )

    def group_referencing_foreign_keys(self, rows):
        """
        Return the foreign keys given rows of a name, the schema, the table and the
        column that it's of, and the column that it refers to.
        """
        found = {}
        for name, schema, table, column, to_column in rows:
            info = found.setdefault(
                (name, schema, table),
                ReferencingForeignKeyInfo(name, schema, table, [], []),
            )
            info.columns.append(column)
            info.to_columns.append(to_column)
        return sorted(found.values(), key=lambda info: (info.table, info.columns))

    def group_foreign_keys(self, rows):
        """
        Return the foreign keys given rows of a name, a column, the table and the
        column that it refers to.
        """
        found = {}
        for name, column, to_table, to_column in rows:
            info = found.setdefault(name, ForeignKeyInfo(name, [], to_table, []))
            info.columns.append(column)
            info.to_columns.append(to_column)
        return list(found.values())

    def as_relations(self, foreign_keys):
        """
        Return what get_relations() returns for the foreign keys: those of several
        columns as {column_names: (ref_column_names, ref_table_name)}, which are
        tuples.
        """
        relations = {}
        for _, columns, to_table, to_columns in foreign_keys:
            if len(columns) == 1:
                relations[columns[0]] = (to_columns[0], to_table)
            else:
                relations[tuple(columns)] = (tuple(to_columns), to_table)
        return relations

    def add_foreign_key_columns(self, cursor, table_name, constraints):
        """
        Add "foreign_key_columns", the list of all columns that are referred to,
        to those `constraints` that are foreign keys of several columns.
        """
        names = [
            name
            for name, info in constraints.items()
            if info["foreign_key"] and len(info["columns"]) > 1
        ]
        if names:
            for info in self.get_foreign_keys(cursor, table_name):
                if info.name in names:
                    constraints[info.name]["foreign_key_columns"] = info.to_columns
        return constraints


def name_columns(columns):
    return columns[0] if len(columns) == 1 else "(%s)" % ", ".join(columns)


def get_violation(table, key, foreign_key, values):
    """
    Return the error for a row of `table` whose `values` for a foreign key there is
    no row for. `key` are the values of its primary key.
    """
    key, values = (
        row[0] if len(row) == 1 else "(%s)" % ", ".join(map(repr, row))
        for row in (key, values)
    )
    columns, to_columns = map(
        name_columns, (foreign_key.columns, foreign_key.to_columns)
    )
    return IntegrityError(
        f"The row in table '{table}' with primary key '{key}' has an invalid foreign "
        f"key: {table}.{columns} contains a value '{values}' that does not have a "
        f"corresponding value in {foreign_key.to_table}.{to_columns}."
    )
