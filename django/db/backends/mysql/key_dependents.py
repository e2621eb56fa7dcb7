import re

from django.db.backends.base.key_dependents import mentions


def quote(name):
    """Quote a name as it is in what information_schema has of views."""
    return "`%s`" % name.replace("`", "``")


def selects(definition, database, table, columns):
    """
    Does the definition of a view use any of the columns of a table? The database
    keeps it with all columns qualified by the table or its alias.
    """
    table = rf"(?:{re.escape(quote(database))}\.)?{re.escape(quote(table))}"
    aliases = re.findall(rf"{table} (`(?:[^`]|``)+`)", definition, re.IGNORECASE)
    qualifiers = "|".join([table, *map(re.escape, aliases)])
    names = "|".join(re.escape(quote(name)) for name in columns)
    return re.search(rf"(?:{qualifiers})\.(?:{names})", definition, re.IGNORECASE)


class KeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    # InnoDB's, with pages of the default size and the row format DYNAMIC.
    max_key_size = 3072

    def get_dependents(self, cursor, table_name, columns, primary_key=False, known=()):
        """
        Return the generated columns and the check constraints that don't let the
        columns be dropped, and the views and triggers that would be broken.
        """
        if not columns:
            return []
        return [
            *self.get_dependent_columns(cursor, table_name, columns),
            *self.get_dependent_checks(cursor, table_name, columns, known),
            *self.get_dependent_views(cursor, table_name, columns),
            *self.get_dependent_triggers(cursor, table_name, columns),
        ]

    def get_dependent_columns(self, cursor, table_name, columns):
        cursor.execute(
            """
            SELECT column_name, generation_expression
            FROM information_schema.columns
            WHERE
                table_schema = DATABASE() AND
                table_name = %s AND
                generation_expression <> ''
            ORDER BY ordinal_position
            """,
            [table_name],
        )
        quoted = [quote(name).lower() for name in columns]
        return [
            f"generated column {name}"
            for name, expression in cursor.fetchall()
            if any(column in expression.lower() for column in quoted)
        ]

    def get_dependent_checks(self, cursor, table_name, columns, known):
        columns, known = set(columns), set(known)
        return [
            f"check constraint {name}"
            for name, info in self.get_constraints(cursor, table_name).items()
            if info["check"] and name not in known
            # One on a single column goes along with that.
            and len(info["columns"]) > 1 and not columns.isdisjoint(info["columns"])
        ]

    def get_dependent_views(self, cursor, table_name, columns):
        cursor.execute("""
            SELECT DATABASE(), table_name, view_definition
            FROM information_schema.views
            WHERE table_schema = DATABASE()
            ORDER BY table_name
            """)
        return [
            f"view {name}"
            for database, name, definition in cursor.fetchall()
            # It is empty if the user has no right to see it.
            if definition and selects(definition, database, table_name, columns)
        ]

    def get_dependent_triggers(self, cursor, table_name, columns):
        """Return triggers that use the table and mention one of the columns."""
        cursor.execute("""
            SELECT trigger_name, event_object_table, action_statement
            FROM information_schema.triggers
            WHERE trigger_schema = DATABASE()
            ORDER BY trigger_name
            """)
        return [
            f"trigger {name}"
            for name, table, statement in cursor.fetchall()
            if mentions(f"{table} {statement}", [table_name])
            and mentions(statement, columns)
        ]

    def get_key_size(self, cursor, table_name, columns):
        # Numbers and dates are small enough to be left out.
        cursor.execute(
            """
            SELECT column_name, character_octet_length
            FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = %s
            """,
            [table_name],
        )
        sizes = dict(cursor.fetchall())
        return sum(sizes.get(name) or 0 for name in columns), self.max_key_size
