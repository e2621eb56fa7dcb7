"""
What else there is in a database that uses the primary key of a table.
"""

import re


def mentions(sql, names):
    """Does the SQL contain any of the names as an identifier?"""
    return any(
        re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", sql, re.IGNORECASE)
        for name in names
    )


class KeyIntrospection:
    """Mixin for BaseDatabaseIntrospection."""

    def get_dependents(self, cursor, table_name, columns, primary_key=False, known=()):
        """
        Return descriptions of what doesn't let the `columns` of a table be dropped,
        nor its primary key if that is asked for, or what would be broken by that.
        Foreign keys are left out, and so are constraints whose names are `known`.

        e.g.: ["view open_orders"]
        """
        return []

    def get_partition_columns(self, cursor, table_name):
        """
        Return the columns that any key of the table has to contain as it is
        partitioned by them, with None for an expression.
        """
        return []

    def get_key_size(self, cursor, table_name, columns):
        """
        Return how many bytes a key over the columns may have at most, and how many
        are allowed, or None if it isn't known before that a key is too large.
        """
        return None
