"""
Other primary keys for tables on SQLite, where a table is made anew to alter what
is in CREATE TABLE (see django.db.backends.base.key_changes).
"""

from contextlib import contextmanager

from django.db.backends.sqlite3.auto_members import quote_text
from django.db.backends.sqlite3.key_dependents import suspend_dependents
from django.db.models import AutoField
from django.db.models.columns import get_column_names, is_key


@contextmanager
def keep_last_number(editor, table):
    """
    Have rows of a table that is made anew not get the numbers of rows that were
    deleted, if the same AutoField numbers them before and after.

    SQLite forgets the last number along with a table that has AUTOINCREMENT, and
    adds another one for the table's name when it renames such a table.
    """
    fields = [model._meta.auto_field for model in (table.from_model, table.to_model)]
    names = {field.column if field is not None else None for field in fields}
    if editor.collect_sql or None in names or len(names) > 1:
        yield
        return
    where = f"FROM sqlite_sequence WHERE name = {quote_text(table.table)}"
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
        number = None
        if cursor.fetchone():
            (number,) = cursor.execute(f"SELECT MAX(seq) {where}").fetchone()
    yield
    if number is not None:
        editor.execute(f"DELETE {where}", None)
        editor.execute(
            "INSERT INTO sqlite_sequence (name, seq) "
            f"VALUES ({quote_text(table.table)}, {int(number)})",
            None,
        )


class KeyChangeSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    # The names of columns to copy to those of a table that is made anew.
    copied_columns = {}

    def _contract_key_change(self, change):
        tables = [
            table
            for table in change.tables
            if table.relations or table.old_key != table.new_key and table.new_key
        ]
        if not tables:
            return
        with suspend_dependents(self, [table.table for table in tables]):
            for table in tables:
                self.copied_columns = table.temporary
                try:
                    with keep_last_number(self, table):
                        self._remake_table(table.to_model)
                finally:
                    self.copied_columns = {}

    def _change_own_key(self, model, old_field, new_field, old_key, new_key):
        if old_field is not None and new_field is not None:
            self._remake_table(model, alter_fields=[(old_field, new_field)])
        elif new_field is not None:
            self._remake_table(model, create_field=new_field)

    def _remake_relations(self, body, mapping, rename_mapping, fields):
        super()._remake_relations(body, mapping, rename_mapping, fields)
        for column, name in self.copied_columns.items():
            mapping[column] = self.quote_name(name)
        for old_field, new_field in fields:
            if old_field is None and isinstance(new_field, AutoField):
                self._number_rows(body, mapping, new_field)

    def _number_rows(self, body, mapping, field):
        """Have a new AutoField number the rows, in the order of the primary key."""
        pk = body.get("pk")
        if pk is not None and is_key(pk):
            keys = [body[name] for name in pk.field_names if name in body]
            order = ", ".join(map(self.quote_name, get_column_names(keys)))
            mapping[field.column] = f"ROW_NUMBER() OVER (ORDER BY {order or 'NULL'})"
