from contextlib import contextmanager

from django.db.backends.base.key_dependents import mentions
from django.db.backends.sqlite3.auto_members import NUMBER_SUFFIX


def find_dependents(cursor, tables):
    """
    Return (type, name, sql) tuples of the views and triggers which use any of the
    tables, or such a view, in the order in which they were created.
    """
    cursor.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master "
        "WHERE type IN ('view', 'trigger') ORDER BY rowid"
    )
    # Those that number rows come and go with the table.
    rows = [row for row in cursor.fetchall() if f"{NUMBER_SUFFIX}_" not in row[1]]
    found, names = {}, list(tables)
    size = -1
    while len(found) > size:
        size = len(found)
        for kind, name, table, sql in rows:
            if name not in found and mentions(f"{table} {sql}", names):
                found[name] = (kind, name, sql)
                if kind == "view":
                    names.append(name)
    return [found[name] for _, name, *_ in rows if name in found]


@contextmanager
def suspend_dependents(editor, tables):
    """
    Drop the views and triggers that use any of the tables, which are going to be
    made anew, and create them again after that. SQLite would drop the triggers of a
    table with it, and refuse to rename the new one for the other ones.
    """
    with editor.connection.cursor() as cursor:
        dependents = find_dependents(cursor, tables)
    for kind, name, _ in reversed(dependents):
        # A view takes its triggers along.
        editor.execute(f"DROP {kind.upper()} IF EXISTS {editor.quote_name(name)}")
    yield
    for *_, sql in dependents:
        editor.execute(sql, None)


class KeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_dependents(self, cursor, table_name, columns, primary_key=False, known=()):
        """
        Return the views and triggers that use the table and mention one of the
        columns. suspend_dependents() deals with the others.
        """
        return [
            f"{kind} {name}"
            for kind, name, sql in find_dependents(cursor, [table_name])
            if mentions(sql, columns)
        ]
