"""
What else there is in a database that uses the primary key of a table.
"""


class KeyIntrospection:
    """Mixin for BaseDatabaseIntrospection."""

    def get_dependents(self, cursor, table_name, columns, primary_key=False):
        """
        Return descriptions of what doesn't let the `columns` of a table be dropped,
        nor its primary key if that is asked for, other than foreign keys.

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
