from io import StringIO

from django.core.management import call_command
from django.db import connection, models
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps


class InspectDBTests(TransactionTestCase):
    available_apps = ["composite_keys"]

    def inspect(self, table, *statements):
        """Make tables by SQL and return the model inspectdb writes for `table`."""
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            for name, definition in statements:
                cursor.execute(f"CREATE TABLE {quote(name)} ({definition})")
                self.addCleanup(self.drop, name)
        out = StringIO()
        names = [name for name, _ in statements]
        call_command("inspectdb", *names, stdout=out)
        self.source = out.getvalue()
        module = {"__name__": "composite_keys.inspected"}
        exec(self.source, module)
        (model,) = (
            value
            for value in module.values()
            if isinstance(value, type)
            and issubclass(value, models.Model)
            and value._meta.db_table == table
        )
        self.assertEqual(model.check(), [])
        return model

    def drop(self, table):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")

    def definition(self, *columns, key):
        quote = connection.ops.quote_name
        members = ", ".join(map(quote, key))
        lines = [f"{quote(column)} integer NOT NULL" for column in columns]
        return ", ".join([*lines, f"PRIMARY KEY ({members})"])

    @isolate_apps("composite_keys")
    def test_order_of_members(self):
        model = self.inspect(
            "inspected_seat",
            (
                "inspected_seat",
                self.definition("number", "hall", key=["hall", "number"]),
            ),
        )
        self.assertIn("pk = models.CompositePrimaryKey('hall', 'number')", self.source)
        model.objects.create(pk=(1, 12))
        self.assertEqual(model.objects.get().number, 12)

    @isolate_apps("composite_keys")
    def test_one_letter_last_member(self):
        model = self.inspect(
            "inspected_pair",
            ("inspected_pair", self.definition("a", "b", key=["b", "a"])),
        )
        self.assertIn("pk = models.CompositePrimaryKey('b', 'a')", self.source)
        self.assertEqual(model(pk=(2, 1)).a, 1)

    @isolate_apps("composite_keys")
    def test_renamed_columns(self):
        # Field names that differ from the columns' are the members'.
        key = ["class", "Unit price", "x__y", "1st"]
        model = self.inspect(
            "inspected_names", ("inspected_names", self.definition(*key, key=key))
        )
        self.assertIn(
            "pk = models.CompositePrimaryKey('class_field', 'unit_price', 'x_y', "
            "'number_1st')",
            self.source,
        )
        model.objects.create(pk=(1, 2, 3, 4))
        self.assertEqual(model.objects.values_list("pk").get(), ((1, 2, 3, 4),))

    @skipUnlessDBFeature("can_introspect_foreign_keys")
    @isolate_apps("composite_keys")
    def test_members_with_foreign_keys(self):
        quote = connection.ops.quote_name
        references = "".join(
            f", FOREIGN KEY ({quote(column)}) REFERENCES {quote(table)} ({quote('id')})"
            for column, table in (
                ("hall_id", "inspected_hall"),
                ("class", "inspected_class"),
            )
        )
        key = ["class", "hall_id"]
        model = self.inspect(
            "inspected_price",
            ("inspected_hall", self.definition("id", key=["id"])),
            ("inspected_class", self.definition("id", key=["id"])),
            ("inspected_price", self.definition(*key, key=key) + references),
        )
        self.assertIn(
            "pk = models.CompositePrimaryKey('class_field', 'hall')", self.source
        )
        self.assertEqual(model(pk=(3, 1)).hall_id, 1)


@skipUnlessDBFeature("can_introspect_foreign_keys")
class InspectDBOfModelsTests(TransactionTestCase):
    available_apps = ["composite_keys"]

    def inspect(self, model):
        with connection.schema_editor() as editor:
            editor.create_model(model)
        try:
            out = StringIO()
            call_command("inspectdb", model._meta.db_table, stdout=out)
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(model)
        return out.getvalue()

    @isolate_apps("composite_keys", attr_name="apps")
    def test_members(self):
        class Owner(models.Model):
            pass

        class Inspected(models.Model):
            pk = models.CompositePrimaryKey("owner", "number")
            owner = models.ForeignKey(
                Owner, models.DO_NOTHING, db_constraint=False, db_index=False
            )
            number = models.IntegerField()

        output = self.inspect(Inspected)
        self.assertIn("pk = models.CompositePrimaryKey('owner_id', 'number')", output)
        # An integer is no AutoField (#36358), the key no unique_together (#36357).
        integer = connection.features.introspected_field_types["IntegerField"]
        self.assertIn(f"number = models.{integer}()", output)
        self.assertNotIn("AutoField", output)
        self.assertNotIn("unique_together", output)

    def test_existing(self):
        out = StringIO()
        call_command("inspectdb", "composite_keys_stock", stdout=out)
        output = out.getvalue()
        self.assertIn("pk = models.CompositePrimaryKey('warehouse', 'number')", output)
        self.assertIn("warehouse = models.ForeignKey(", output)
