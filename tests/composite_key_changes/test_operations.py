"""
Which key is in effect in the states of a project, and the operations that prepare
for another one.
"""

from composite_key_changes.shops import AUTO, KEY, line, order, tenant
from composite_key_changes.testcase import KeyMigrationTestCase
from composite_relations.projects import APP, make_state, model

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, migrations, models
from django.db.migrations.keys import is_keyless
from django.db.migrations.writer import OperationWriter
from django.test import SimpleTestCase


class StateTests(SimpleTestCase):
    def get_state(self, *operations):
        state = make_state(tenant(), order(**AUTO), line())
        state.apps
        for operation in operations:
            operation.state_forwards(APP, state)
        return state

    def get_order(self, state):
        return state.apps.get_model(APP, "Order")

    add_key = migrations.AddField("Order", "pk", KEY["pk"])
    remove_key = migrations.RemoveField("Order", "pk")

    def assertColumns(self, state, *columns):
        field = state.apps.get_model(APP, "Line")._meta.get_field("order")
        self.assertEqual(
            tuple(column.column for column in field.local_related_fields), columns
        )

    def test_composite_key_is_in_effect(self):
        state = self.get_state(self.add_key)
        opts = self.get_order(state)._meta
        self.assertEqual(opts.pk.name, "pk")
        self.assertIs(opts.get_field("id").primary_key, False)
        self.assertIs(opts.get_field("id").unique, True)
        self.assertColumns(state, "order_tenant_id", "order_number")
        # It's in the state what it was.
        self.assertIs(state.models[APP, "order"].fields["id"].primary_key, True)
        self.remove_key.state_forwards(APP, state)
        opts = self.get_order(state)._meta
        self.assertEqual(opts.pk.name, "id")
        self.assertColumns(state, "order_id")

    def test_relations_of_relations_are_rendered_anew(self):
        child = model(
            "Gift",
            bases=(f"{APP}.order",),
            order_ptr=models.OneToOneField(
                f"{APP}.Order", models.CASCADE, parent_link=True, primary_key=True
            ),
        )
        wish = model(
            "Wish", **AUTO, gift=models.ForeignKey(f"{APP}.Gift", models.CASCADE)
        )
        state = make_state(tenant(), order(**AUTO), child, wish)
        state.apps
        for operation, expected in (
            (self.add_key, 2),
            (self.remove_key, 1),
        ):
            operation.state_forwards(APP, state)
            field = state.apps.get_model(APP, "Wish")._meta.get_field("gift")
            self.assertEqual(len(field.local_related_fields), expected)

    def test_id_is_restored(self):
        alter = migrations.AlterField("Order", "id", models.IntegerField())
        state = self.get_state(self.add_key, alter, self.remove_key)
        self.assertIs(state.models[APP, "order"].fields["id"].primary_key, True)
        opts = self.get_order(state)._meta
        self.assertEqual(opts.pk.name, "id")
        self.assertIsInstance(opts.pk, models.IntegerField)
        self.assertIs(is_keyless(self.get_order(state)), False)

    def test_no_key(self):
        remove_id = migrations.RemoveField("Order", "id")
        state = self.get_state(self.add_key, remove_id, self.remove_key)
        self.assertIs(is_keyless(self.get_order(state)), True)


class KeyOperationTests(SimpleTestCase):
    expand = migrations.ExpandPrimaryKey("Order", ["tenant", "number"])
    fill = migrations.FillPrimaryKey("Order", ["tenant", "number"])

    def test_written(self):
        for operation, expected in (
            (
                self.expand,
                "migrations.ExpandPrimaryKey(\n    model_name='Order',\n"
                "    fields=['tenant', 'number'],\n),",
            ),
            (
                migrations.FillPrimaryKey("Order", ["id"], batch_size=5),
                "migrations.FillPrimaryKey(\n    model_name='Order',\n"
                "    fields=['id'],\n    batch_size=5,\n),",
            ),
        ):
            written, _ = OperationWriter(operation, indentation=0).serialize()
            self.assertEqual(written, expected)
            name, args, kwargs = operation.deconstruct()
            again = getattr(migrations, name)(*args, **kwargs)
            self.assertEqual(again.deconstruct(), operation.deconstruct())
        self.assertNotIn("batch_size", self.fill.deconstruct()[2])

    def test_described(self):
        self.assertEqual(
            self.expand.formatted_description(),
            "+ Add columns to refer to the primary key tenant, number of Order",
        )
        self.assertEqual(
            self.fill.formatted_description(),
            "~ Fill columns to refer to the primary key tenant, number of Order",
        )
        self.assertEqual(self.expand.migration_name_fragment, "expand_order_pk")
        self.assertEqual(self.fill.migration_name_fragment, "fill_order_pk")

    def test_bad_arguments(self):
        for fields in ("id", [], ()):
            with (
                self.subTest(fields),
                self.assertRaisesMessage(
                    ValueError, "ExpandPrimaryKey.fields must be a list of the names"
                ),
            ):
                migrations.ExpandPrimaryKey("Order", fields)
        for batch_size in (0, -1, None, "1"):
            with (
                self.subTest(batch_size),
                self.assertRaisesMessage(
                    ValueError, "FillPrimaryKey.batch_size must be a positive integer."
                ),
            ):
                migrations.FillPrimaryKey("Order", ["id"], batch_size=batch_size)


class StepTests(KeyMigrationTestCase):
    names = ["tenant", "number"]

    def run_operation(self, operation, backwards=False):
        state = self.state.clone()
        operation.state_forwards(APP, state)
        with connection.schema_editor() as editor:
            if backwards:
                operation.database_backwards(APP, editor, state, self.state)
            else:
                operation.database_forwards(APP, editor, self.state, state)
        self.state = state

    def get_lines(self):
        sql = "SELECT order_tenant_id, order_number FROM {line} ORDER BY id"
        return list(self.fetch(sql))

    def test_steps(self):
        self.migrate(tenant(), order(**AUTO), line())
        orders = self.create_orders()
        for obj in orders:
            self.create("Line", order=obj)
        expand = migrations.ExpandPrimaryKey("Order", self.names)
        fill = migrations.FillPrimaryKey("Order", self.names, batch_size=3)
        self.run_operation(expand)
        self.assertEqual(self.get_lines(), [(None, None)] * 4)
        # The application goes on.
        self.create("Line", order=orders[0])
        self.run_operation(fill)
        keys = [(obj.tenant_id, obj.number) for obj in (*orders, orders[0])]
        self.assertEqual(self.get_lines(), keys)
        self.create("Line", order=orders[3])
        self.run_operation(fill, backwards=True)
        self.run_operation(expand, backwards=True)
        self.assertEqual(self.get_columns("line"), {"id", "order_id"})
        self.run_operation(expand)
        self.run_operation(fill)
        self.create("Line", order=orders[2])
        self.migrate(tenant(), order(**KEY), line())
        keys += [(obj.tenant_id, obj.number) for obj in (orders[3], orders[2])]
        self.assertEqual(self.get_lines(), keys)
        self.assertEqual(
            self.get_columns("line"), {"id", "order_tenant_id", "order_number"}
        )
        connection.check_constraints()

    def test_unknown_fields(self):
        self.migrate(tenant(), order(**AUTO), line())
        for names, error in (
            (["tenant", "nr"], ValueError),
            (["nr"], FieldDoesNotExist),
        ):
            for cls in (migrations.ExpandPrimaryKey, migrations.FillPrimaryKey):
                with (
                    self.subTest(cls=cls, names=names),
                    self.assertRaisesMessage(error, "has no field named 'nr'"),
                ):
                    self.run_operation(cls("Order", names))

    def test_sql(self):
        self.migrate(tenant(), order(**AUTO), line())
        for cls in (migrations.ExpandPrimaryKey, migrations.FillPrimaryKey):
            operation = cls("Order", self.names)
            with connection.schema_editor(collect_sql=True) as editor:
                operation.database_forwards(APP, editor, self.state, self.state)
            self.assertIn("order_tenant_id", "".join(editor.collected_sql))
        self.assertEqual(self.get_columns("line"), {"id", "order_id"})
