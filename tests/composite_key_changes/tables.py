"""Tables for the tests of what knows of tables and columns, and not of models."""

from django.db import connection, models
from django.test import TransactionTestCase
from django.test.utils import isolate_apps


class TablesTestCase(TransactionTestCase):
    """Orders and the lines that refer to them, with columns for another key."""

    available_apps = ["composite_key_changes"]

    def setUp(self):
        self.models = []
        self.quote_name = connection.ops.quote_name

    def create_table(self, name, **fields):
        """Create a table with columns like fields, and return its model."""
        options = {"app_label": "composite_key_changes", "db_table": name}
        meta = type("Meta", (), {**options, **fields.pop("options", {})})
        with isolate_apps("composite_key_changes"):
            model = type(
                name.title().replace("_", ""),
                (models.Model,),
                {"Meta": meta, "__module__": __name__, **fields},
            )
        with connection.schema_editor() as editor:
            editor.create_model(model)
        self.addCleanup(self.drop_table, model)
        return model

    def drop_table(self, model):
        with connection.schema_editor() as editor:
            editor.delete_model(model)

    def create_orders(self, **fields):
        self.order = self.create_table(
            "kc_order",
            id=models.IntegerField(primary_key=True),
            tenant=models.IntegerField(null=True),
            number=models.CharField(max_length=20, null=True),
            **fields,
        )
        self.line = self.create_table(
            "kc_line",
            id=models.IntegerField(primary_key=True),
            order_id=models.IntegerField(null=True, db_index=True),
            order_tenant=models.IntegerField(null=True),
            order_number=models.CharField(max_length=20, null=True),
        )

    def execute(self, sql, *params):
        """Execute SQL with quoted names in {}, e.g. "DROP TABLE {kc_order}"."""
        parts = sql.replace("{", "}").split("}")
        parts[1::2] = map(self.quote_name, parts[1::2])
        with connection.cursor() as cursor:
            cursor.execute("".join(parts), params or None)
            return cursor.fetchall() if cursor.description else None

    def add_foreign_key(self, table, column, to_table, to_column, name):
        self.execute(
            "ALTER TABLE {%s} ADD CONSTRAINT {%s} FOREIGN KEY ({%s}) REFERENCES "
            "{%s} ({%s})" % (table, name, column, to_table, to_column)
        )
