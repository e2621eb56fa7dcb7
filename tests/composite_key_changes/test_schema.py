"""
What changing a primary key does to tables: rows are compared by plain SQL, and
what tables consist of by introspection.
"""

import os
import re
from functools import partial
from unittest import mock, skipUnless

from composite_relations.test_schema import Objects

from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Upper
from django.test import TransactionTestCase, skipIfDBFeature, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

CASCADE = models.CASCADE


def auto_key():
    return models.BigAutoField(primary_key=True)


def order(**fields):
    return {
        "id": auto_key(),
        "tenant": models.ForeignKey("key_changes.Tenant", CASCADE),
        "number": models.IntegerField(),
        **fields,
    }


def reference(model="key_changes.Order", field=models.ForeignKey, **options):
    return field(model, CASCADE, **options)


class KeyChangeTestCase(TransactionTestCase):
    available_apps = ["composite_key_changes"]
    app_label = "key_changes"

    to_composite = migrations.AddField(
        "Order", "pk", models.CompositePrimaryKey("tenant", "number")
    )
    to_single = migrations.RemoveField("Order", "pk")

    def setUp(self):
        self.state = ProjectState()
        self.history = []
        self.addCleanup(self.drop)

    def drop(self):
        connection.disable_constraint_checking()
        try:
            with connection.schema_editor() as editor:
                existing = connection.introspection.table_names()
                for model in self.state.apps.get_models(include_auto_created=True):
                    if model._meta.db_table in existing:
                        editor.execute(
                            editor.sql_delete_table
                            % {"table": editor.quote_name(model._meta.db_table)}
                        )
        finally:
            connection.enable_constraint_checking()

    def add_models(self, **definitions):
        for name, fields in definitions.items():
            fields = dict(fields)
            options = fields.pop("Meta", {})
            bases = fields.pop("bases", (models.Model,))
            self.state.add_model(
                ModelState(self.app_label, name, list(fields.items()), options, bases)
            )

    def create(self, **definitions):
        self.add_models(**definitions)
        with connection.schema_editor() as editor:
            for name in definitions:
                editor.create_model(self.get_model(name))

    def create_shop(self, **definitions):
        self.create(
            **{
                "Tenant": {"id": auto_key(), "name": models.CharField(max_length=9)},
                "Order": order(),
                **definitions,
            }
        )

    def get_model(self, name):
        return self.state.apps.get_model(self.app_label, name)

    def apply(self, *operations):
        """Apply operations, each by a schema editor of its own."""
        for operation in operations:
            state = self.state.clone()
            operation.state_forwards(self.app_label, state)
            with connection.schema_editor() as editor:
                operation.database_forwards(self.app_label, editor, self.state, state)
            self.history.append((operation, self.state))
            self.state = state

    def unapply(self, count=1):
        """Unapply operations, the last one first."""
        for _ in range(count):
            operation, state = self.history.pop()
            with connection.schema_editor() as editor:
                operation.database_backwards(self.app_label, editor, self.state, state)
            self.state = state

    def insert(self, name, *rows):
        """Insert rows of values for the first of the columns."""
        opts = self.get_model(name)._meta
        quote = connection.ops.quote_name
        for row in rows:
            columns = [f.column for f in opts.local_concrete_fields][: len(row)]
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO %s (%s) VALUES (%s)"
                    % (
                        quote(opts.db_table),
                        ", ".join(map(quote, columns)),
                        ", ".join(["%s"] * len(row)),
                    ),
                    row,
                )

    def select(self, name, *columns):
        quote = connection.ops.quote_name
        names = ", ".join(map(quote, columns))
        table = quote(self.get_model(name)._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {table} ORDER BY {names}")
            return [tuple(row) for row in cursor.fetchall()]

    def get_objects(self, name):
        return Objects(self.get_model(name))

    def assertSameObjects(self, objects, others):
        self.assertEqual(
            {**objects, "columns": sorted(objects["columns"])},
            {**others, "columns": sorted(others["columns"])},
        )

    def insert_orders(self):
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", (10, 1, 1), (11, 1, 2), (12, 2, 1))


class RelationTests(KeyChangeTestCase):
    def assertRoundTrip(self, name, single, composite):
        """
        Have the key of the orders be composite, and single again, by two operations
        and then by unapplying the first. `single` and `composite` are columns and
        values of a table. Return what it consists of if the key is composite.
        """
        before = self.get_objects(name)
        for go_back in (self.unapply, lambda: self.apply(self.to_single)):
            self.apply(self.to_composite)
            self.assertEqual(
                self.get_objects("Order")["primary_key"], ("tenant_id", "number")
            )
            columns, rows = composite
            self.assertEqual(self.select(name, *columns), rows)
            objects = self.get_objects(name)
            go_back()
            self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))
            columns, rows = single
            self.assertEqual(self.select(name, *columns), rows)
            self.assertSameObjects(self.get_objects(name), before)
        return objects

    def test_foreign_key(self):
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 10), (3, 12))
        objects = self.assertRoundTrip(
            "Line",
            (["id", "order_id"], [(1, 10), (2, 10), (3, 12)]),
            (
                ["id", "order_tenant_id", "order_number"],
                [(1, 1, 1), (2, 1, 1), (3, 2, 1)],
            ),
        )
        self.assertEqual(objects["columns"], ["id", "order_tenant_id", "order_number"])
        self.assertEqual(
            objects["foreign_key"],
            [(("order_tenant_id", "order_number"), "order", ("tenant_id", "number"))],
        )
        self.assertEqual(objects["index"], [("order_tenant_id", "order_number")])
        self.assertIs(objects.null["order_number"], False)

    def test_null(self):
        self.create_shop(Note={"id": auto_key(), "order": reference(null=True)})
        self.insert_orders()
        self.insert("Note", (1, 10), (2, None))
        objects = self.assertRoundTrip(
            "Note",
            (["id", "order_id"], [(1, 10), (2, None)]),
            (["id", "order_tenant_id", "order_number"], [(1, 1, 1), (2, None, None)]),
        )
        self.assertIs(objects.null["order_number"], True)

    def test_one_to_one(self):
        self.create_shop(
            Shipment={"id": auto_key(), "order": reference(field=models.OneToOneField)}
        )
        self.insert_orders()
        self.insert("Shipment", (1, 10), (2, 12))
        objects = self.assertRoundTrip(
            "Shipment",
            (["id", "order_id"], [(1, 10), (2, 12)]),
            (["id", "order_tenant_id", "order_number"], [(1, 1, 1), (2, 2, 1)]),
        )
        self.assertEqual(objects["unique"], [("order_tenant_id", "order_number")])

    def test_many_to_many(self):
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Tag={"id": auto_key()},
            Order=order(tags=models.ManyToManyField("key_changes.Tag")),
        )
        self.insert_orders()
        self.insert("Tag", (1,), (2,))
        self.insert("Order_tags", (1, 10, 1), (2, 10, 2), (3, 12, 1))
        objects = self.assertRoundTrip(
            "Order_tags",
            (["id", "order_id", "tag_id"], [(1, 10, 1), (2, 10, 2), (3, 12, 1)]),
            (
                ["id", "order_tenant_id", "order_number", "tag_id"],
                [(1, 1, 1, 1), (2, 1, 1, 2), (3, 2, 1, 1)],
            ),
        )
        self.assertEqual(
            objects["unique"], [("order_tenant_id", "order_number", "tag_id")]
        )

    def test_self(self):
        self.create_shop(Order=order(parent=reference(null=True)))
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", (10, 1, 1, None), (11, 1, 2, 10), (12, 2, 1, 10))
        objects = self.assertRoundTrip(
            "Order",
            (["id", "parent_id"], [(10, None), (11, 10), (12, 10)]),
            (
                ["id", "parent_tenant_id", "parent_number"],
                [(10, None, None), (11, 1, 1), (12, 1, 1)],
            ),
        )
        self.assertIn(("id",), objects["unique"])

    def test_through(self):
        """The rows of a table between, with a unique constraint, stay."""
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Tag={"id": auto_key()},
            Order=order(
                tags=models.ManyToManyField(
                    "key_changes.Tag", through="key_changes.Tagging"
                )
            ),
            Tagging={
                "id": auto_key(),
                "note": models.CharField(max_length=9),
                "order": reference(),
                "tag": reference("key_changes.Tag"),
                "Meta": {
                    "constraints": [
                        models.UniqueConstraint(
                            fields=["tag", "order"], name="tagging_once"
                        ),
                    ],
                    "indexes": [models.Index(fields=["order", "-note"], name="notes")],
                },
            },
        )
        self.insert_orders()
        self.insert("Tag", (1,), (2,))
        self.insert("Tagging", (1, "x", 10, 1), (2, "y", 10, 2), (3, "z", 12, 1))
        objects = self.assertRoundTrip(
            "Tagging",
            (
                ["id", "note", "order_id", "tag_id"],
                [(1, "x", 10, 1), (2, "y", 10, 2), (3, "z", 12, 1)],
            ),
            (
                ["id", "note", "order_tenant_id", "order_number", "tag_id"],
                [(1, "x", 1, 1, 1), (2, "y", 1, 1, 2), (3, "z", 2, 1, 1)],
            ),
        )
        self.assertEqual(
            objects["unique"], [("tag_id", "order_tenant_id", "order_number")]
        )
        self.assertIn(("order_tenant_id", "order_number", "note"), objects["index"])

    def test_to_field(self):
        """A relation that names the old key stays as it is."""
        self.create_shop(
            Line={
                "id": auto_key(),
                "order": reference(to_field="id"),
            }
        )
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        before = self.get_objects("Line")
        self.apply(self.to_composite)
        self.assertSameObjects(self.get_objects("Line"), before)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])
        self.apply(self.to_single)
        self.assertSameObjects(self.get_objects("Line"), before)

    def test_indirectly_related_model_altered(self):
        """The lines are found although a model that orders refer to was altered."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 11))
        self.apply(
            migrations.AlterField("Tenant", "name", models.CharField(max_length=8)),
            migrations.ExpandPrimaryKey("Order", ["tenant", "number"]),
            migrations.FillPrimaryKey("Order", ["tenant", "number"]),
            self.to_composite,
        )
        (expected,) = self.select("Order", "id", "tenant_id", "number")[1:2]
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, *expected[1:])],
        )

    def test_no_constraint(self):
        self.create_shop(
            Line={
                "id": auto_key(),
                "order": reference(db_constraint=False, db_index=False),
            }
        )
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        objects = self.assertRoundTrip(
            "Line",
            (["id", "order_id"], [(1, 10), (2, 12)]),
            (["id", "order_tenant_id", "order_number"], [(1, 1, 1), (2, 2, 1)]),
        )
        self.assertEqual(objects["foreign_key"], [])
        self.assertEqual(objects["index"], [])

    def test_identifying(self):
        """What refers to a key that is made of the relation follows as well."""
        self.create_shop(
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
            },
            Check={
                "id": auto_key(),
                "part": reference("key_changes.Part", null=True),
                "order": reference(null=True),
            },
            Seal={
                "part": reference(
                    "key_changes.Part", models.OneToOneField, primary_key=True
                ),
            },
            Wax={"id": auto_key(), "seal": reference("key_changes.Seal")},
        )
        self.insert_orders()
        self.insert("Part", (10, 1), (10, 2), (12, 1))
        self.insert("Check", (1, None, None, None), (2, 10, 2, 10), (3, 12, 1, 11))
        self.insert("Seal", (10, 2), (12, 1))
        self.insert("Wax", (1, 12, 1))
        before = {n: self.get_objects(n) for n in ("Part", "Check", "Seal", "Wax")}
        self.apply(self.to_composite)
        self.assertEqual(
            self.select("Part", "order_tenant_id", "order_number", "position"),
            [(1, 1, 1), (1, 1, 2), (2, 1, 1)],
        )
        self.assertEqual(
            self.get_objects("Part")["primary_key"],
            ("order_tenant_id", "order_number", "position"),
        )
        key = "part_order_tenant_id", "part_order_number", "part_position"
        self.assertEqual(
            self.select("Check", "id", *key, "order_tenant_id", "order_number"),
            [
                (1, None, None, None, None, None),
                (2, 1, 1, 2, 1, 1),
                (3, 2, 1, 1, 1, 2),
            ],
        )
        self.assertEqual(self.select("Seal", *key), [(1, 1, 2), (2, 1, 1)])
        self.assertEqual(self.get_objects("Seal")["primary_key"], key)
        self.assertEqual(
            self.select("Wax", "id", *(f"seal_{name}" for name in key)),
            [(1, 2, 1, 1)],
        )
        self.assertEqual(len(self.get_objects("Wax").relations[0][0]), 3)
        self.unapply()
        for name, objects in before.items():
            self.assertSameObjects(self.get_objects(name), objects)
        self.assertEqual(
            self.select("Check", "id", "part_order_id", "part_position", "order_id"),
            [(1, None, None, None), (2, 10, 2, 10), (3, 12, 1, 11)],
        )
        self.assertEqual(
            self.select("Wax", "id", "seal_part_order_id", "seal_part_position"),
            [(1, 12, 1)],
        )

    def test_inherited(self):
        """The links of tables that inherit from it, and what refers to these."""
        self.create_shop(
            Express={
                "order_ptr": models.OneToOneField(
                    "key_changes.Order",
                    CASCADE,
                    auto_created=True,
                    parent_link=True,
                    primary_key=True,
                    serialize=False,
                ),
                "hours": models.IntegerField(),
                "bases": ("key_changes.order",),
            },
            Ride={"id": auto_key(), "express": reference("key_changes.Express")},
        )
        self.insert_orders()
        self.insert("Express", (10, 24), (12, 48))
        self.insert("Ride", (1, 12), (2, 12))
        before = {name: self.get_objects(name) for name in ("Express", "Ride")}
        self.apply(self.to_composite)
        self.assertEqual(
            self.select("Express", "order_ptr_tenant_id", "order_ptr_number", "hours"),
            [(1, 1, 24), (2, 1, 48)],
        )
        self.assertEqual(
            self.get_objects("Express")["primary_key"],
            ("order_ptr_tenant_id", "order_ptr_number"),
        )
        self.assertEqual(
            self.select(
                "Ride", "express_order_ptr_tenant_id", "express_order_ptr_number", "id"
            ),
            [(2, 1, 1), (2, 1, 2)],
        )
        self.unapply()
        for name, objects in before.items():
            self.assertSameObjects(self.get_objects(name), objects)
        self.assertEqual(
            self.select("Express", "order_ptr_id", "hours"), [(10, 24), (12, 48)]
        )
        self.assertEqual(self.select("Ride", "id", "express_id"), [(1, 12), (2, 12)])

    def test_circle(self):
        """Two tables refer to each other, one of them by its key."""
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Order=order(),
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
            },
        )
        self.apply(
            migrations.AddField(
                "Order",
                "main",
                reference("key_changes.Part", null=True, related_name="+"),
            )
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", (10, 1, 1), (12, 2, 1))
        self.insert("Part", (10, 1), (12, 7))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE key_changes_order SET main_order_id = 12, main_position = 7 "
                "WHERE id = 12"
            )
        objects = self.assertRoundTrip(
            "Order",
            (
                ["id", "main_order_id", "main_position"],
                [(10, None, None), (12, 12, 7)],
            ),
            (
                ["id", "main_order_tenant_id", "main_order_number", "main_position"],
                [(10, None, None, None), (12, 2, 1, 7)],
            ),
        )
        self.assertIn(
            (
                ("main_order_tenant_id", "main_order_number", "main_position"),
                "part",
                ("order_tenant_id", "order_number", "position"),
            ),
            objects.relations,
        )


class ColumnNameTests(KeyChangeTestCase):
    """New columns with the names of old ones."""

    def create_codes(self, **options):
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Order={
                "code": models.CharField(max_length=5, primary_key=True),
                "tenant": reference("key_changes.Tenant"),
                "id": models.IntegerField(),
            },
            Line={"number": auto_key(), "order": reference(), **options},
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", ("x", 1, 7), ("y", 2, 7), ("z", 2, 8))
        self.insert("Line", (1, "x"), (2, "z"), (3, "z"))

    def test_kept(self):
        """A column that refers to the same one is left alone."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        before = self.get_objects("Line")
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            )
        )
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_id"),
            [(1, 1, 10), (2, 2, 12)],
        )
        objects = self.get_objects("Line")
        self.assertEqual(
            objects.relations,
            [(("order_tenant_id", "order_id"), "order", ("tenant_id", "id"))],
        )
        self.assertEqual(objects["index"], [("order_tenant_id", "order_id")])
        self.unapply()
        self.assertSameObjects(self.get_objects("Line"), before)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])

    def test_replaced(self):
        self.create_codes()
        before = self.get_objects("Line")
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            )
        )
        self.assertEqual(
            self.select("Line", "number", "order_tenant_id", "order_id"),
            [(1, 1, 7), (2, 2, 8), (3, 2, 8)],
        )
        objects = self.get_objects("Line")
        self.assertCountEqual(
            objects["columns"], ["number", "order_tenant_id", "order_id"]
        )
        self.assertEqual(
            objects.relations,
            [(("order_tenant_id", "order_id"), "order", ("tenant_id", "id"))],
        )
        self.unapply()
        self.assertSameObjects(self.get_objects("Line"), before)
        self.assertEqual(
            self.select("Line", "number", "order_id"), [(1, "x"), (2, "z"), (3, "z")]
        )

    @skipUnlessDBFeature("supports_table_check_constraints")
    def test_replaced_check(self):
        """A constraint says the same of the column before and after."""
        condition = models.Q(order_id__isnull=False) | models.Q(size=5)
        check = models.CheckConstraint(condition=condition, name="line_check")
        self.create_codes(
            size=models.IntegerField(null=True), Meta={"constraints": [check]}
        )
        operation = migrations.AddField(
            "Order", "pk", models.CompositePrimaryKey("tenant", "id")
        )
        for change in (lambda: self.apply(operation), self.unapply):
            change()
            with connection.cursor() as cursor:
                constraints = connection.introspection.get_constraints(
                    cursor, "key_changes_line"
                )
            self.assertIn("line_check", constraints)
            self.assertCountEqual(
                constraints["line_check"]["columns"], ["order_id", "size"]
            )


class KeyTests(KeyChangeTestCase):
    """To, from and within composite primary keys."""

    def create_composite(self, members=("tenant", "number"), **fields):
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Order={
                "pk": models.CompositePrimaryKey(*members),
                "tenant": reference("key_changes.Tenant"),
                "number": models.IntegerField(),
                "version": models.IntegerField(default=1),
                "code": models.CharField(max_length=5),
                **fields,
            },
            Line={"id": auto_key(), "order": reference()},
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", (2, 1, 1, "z"), (1, 1, 3, "x"), (1, 2, 3, "y"))

    def insert_lines(self, *rows):
        self.insert("Line", *((n, *row) for n, row in enumerate(rows, 1)))

    def test_to_auto_field(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1), (2, 1))
        self.apply(
            migrations.AddField("Order", "id", auto_key()),
            migrations.RemoveField("Order", "pk"),
        )
        ids = {row[1:]: row[0] for row in self.select("Order", "id", "code")}
        self.assertEqual(sorted(ids.values()), [1, 2, 3])
        self.assertEqual(
            self.select("Line", "id", "order_id"),
            [(1, ids["y",]), (2, ids["z",]), (3, ids["z",])],
        )
        self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))
        self.assertEqual(self.get_objects("Order")["unique"], [])
        order = self.get_model("Order").objects.create(
            tenant_id=1, number=9, code="new"
        )
        self.assertGreater(order.pk, 3)
        self.unapply(2)
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1), (3, 2, 1)],
        )
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )
        self.assertNotIn("id", self.get_objects("Order")["columns"])

    def test_to_field(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        self.apply(
            migrations.AlterField(
                "Order", "code", models.CharField(max_length=5, primary_key=True)
            ),
            migrations.RemoveField("Order", "pk"),
        )
        self.assertEqual(self.get_objects("Order")["primary_key"], ("code",))
        self.assertEqual(self.get_objects("Order")["unique"], [])
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, "y"), (2, "z")])
        self.unapply(2)
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1)],
        )

    def test_from_composite_only(self):
        """Without a relation to it, the key may go before another one comes."""
        self.create_composite()
        self.apply(
            migrations.DeleteModel("Line"),
            migrations.RemoveField("Order", "pk"),
            migrations.AlterField(
                "Order", "code", models.CharField(max_length=5, primary_key=True)
            ),
        )
        self.assertEqual(self.get_objects("Order")["primary_key"], ("code",))

    def alter(self, *members):
        return migrations.AlterField(
            "Order", "pk", models.CompositePrimaryKey(*members)
        )

    def test_add_member(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        self.apply(self.alter("tenant", "number", "version"))
        self.assertEqual(
            self.select(
                "Line", "id", "order_tenant_id", "order_number", "order_version"
            ),
            [(1, 1, 2, 3), (2, 2, 1, 1)],
        )
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number", "version")
        )
        self.unapply()
        objects = self.get_objects("Line")
        self.assertEqual(objects["columns"], ["id", "order_tenant_id", "order_number"])
        self.assertEqual(
            objects.relations,
            [(("order_tenant_id", "order_number"), "order", ("tenant_id", "number"))],
        )
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1)],
        )

    def test_replace_member(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        self.apply(self.alter("tenant", "code"))
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_code"),
            [(1, 1, "y"), (2, 2, "z")],
        )
        self.unapply()
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1)],
        )

    def test_reorder_members(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        self.apply(self.alter("number", "tenant"))
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("number", "tenant_id")
        )
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1)],
        )
        self.assertEqual(
            self.get_objects("Line").relations,
            [(("order_number", "order_tenant_id"), "order", ("number", "tenant_id"))],
        )
        self.unapply()
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )

    def test_duplicates(self):
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        before = self.get_objects("Order"), self.get_objects("Line")
        with self.assertRaisesMessage(ValueError, "2 rows of key_changes_order share"):
            self.apply(self.alter("tenant", "version"))
        self.assertEqual((self.get_objects("Order"), self.get_objects("Line")), before)

    def test_from_fields(self):
        self.create_composite()
        self.create(
            Note={
                "id": auto_key(),
                "tenant": reference("key_changes.Tenant"),
                "number": models.IntegerField(),
                "order": reference(from_fields=["tenant", "number"]),
            }
        )
        for members in (("number", "tenant"), ("tenant", "number", "version")):
            with (
                self.subTest(members=members),
                self.assertRaisesMessage(
                    ValueError, "key_changes.Note.order refers to it by columns"
                ),
            ):
                self.apply(self.alter(*members))
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )

    def test_missing_member(self):
        self.create_composite()
        with self.assertRaisesMessage(ValueError, "It has no field named 'serial'."):
            self.apply(self.alter("tenant", "serial"))

    def test_not_atomic(self):
        """The tables are as before if it fails when the key is being changed."""
        if not connection.features.can_rollback_ddl:
            self.skipTest("This database can't roll back.")
        self.create_composite()
        self.insert_lines((1, 2), (2, 1))
        operation = self.alter("tenant", "code")
        state = self.state.clone()
        operation.state_forwards(self.app_label, state)
        with (
            self.assertRaises(ZeroDivisionError),
            connection.schema_editor(atomic=False) as editor,
        ):
            contract = editor._contract_key_change

            def fail(change):
                contract(change)
                raise ZeroDivisionError

            editor._contract_key_change = fail
            operation.database_forwards(self.app_label, editor, self.state, state)
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )
        self.assertEqual(len(self.get_objects("Line").relations), 1)
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 2), (2, 2, 1)],
        )
        self.apply(operation)
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_code"),
            [(1, 1, "y"), (2, 2, "z")],
        )

    def test_prepared(self):
        """Expanded, filled and contracted one after the other."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        fields = ["tenant", "number"]
        self.apply(migrations.ExpandPrimaryKey("Order", fields))
        self.insert("Line", (3, 12))
        self.assertEqual(
            self.select("Line", "id", "order_id", "order_number"),
            [(1, 10, None), (2, 12, None), (3, 12, None)],
        )
        self.apply(migrations.FillPrimaryKey("Order", fields, batch_size=2))
        self.insert("Line", (4, 10))
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"),
            [(1, 1, 1), (2, 2, 1), (3, 2, 1), (4, None, None)],
        )
        self.apply(self.to_composite)
        rows = [(1, 1, 1), (2, 2, 1), (3, 2, 1), (4, 1, 1)]
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_number"), rows
        )
        self.unapply(3)
        objects = self.get_objects("Line")
        self.assertEqual(sorted(objects["columns"]), ["id", "order_id"])
        self.assertEqual(
            self.select("Line", "id", "order_id"), [(1, 10), (2, 12), (3, 12), (4, 10)]
        )

    def test_remove_referenced_key(self):
        self.create_composite()
        with self.assertRaisesMessage(ValueError, "Add the new key first."):
            self.apply(migrations.RemoveField("Order", "pk"))
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )


class OptionTests(KeyChangeTestCase):
    """What isn't about the key is as it was."""

    def get_constraint_names(self, name):
        with connection.cursor() as cursor:
            return connection.introspection.get_constraints(
                cursor, self.get_model(name)._meta.db_table
            )

    def test_constraints(self):
        self.create_shop(
            Order=order(
                code=models.CharField(max_length=5, db_index=True, default="x"),
                total=models.PositiveIntegerField(db_default=3),
                Meta={
                    "unique_together": {("number", "code")},
                    "indexes": [
                        models.Index(fields=["total", "code"], name="order_total")
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(number__gt=0), name="order_number"
                        ),
                        models.UniqueConstraint(
                            fields=["code", "id"], name="order_code"
                        ),
                    ],
                },
            ),
            Line={
                "id": auto_key(),
                "order": reference(null=True),
                "position": models.IntegerField(),
                "Meta": {
                    "unique_together": {("order", "position")},
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(position__gt=0), name="line_position"
                        ),
                    ],
                },
            },
        )
        self.insert("Tenant", (1, "a"))
        self.insert("Order", (10, 1, 1, "x", 5), (11, 1, 2, "y", 6))
        self.insert("Line", (1, 11, 1), (2, 11, 2))
        before = {n: self.get_objects(n) for n in ("Order", "Line")}
        names = {n: set(self.get_constraint_names(n)) for n in ("Order", "Line")}
        self.apply(self.to_composite)
        constraints = self.get_constraint_names("Order")
        self.assertLessEqual(
            {"order_total", "order_code"}
            | (
                {"order_number"}
                if connection.features.supports_table_check_constraints
                else set()
            ),
            constraints.keys(),
        )
        self.assertEqual(constraints["order_code"]["columns"], ["code", "id"])
        self.assertEqual(
            self.get_objects("Line")["unique"],
            [("order_tenant_id", "order_number", "position")],
        )
        self.assertIn("line_position", self.get_constraint_names("Line"))
        self.insert("Tenant", (2, "b"))
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO %s (id, tenant_id, number, code) VALUES (12, 2, 1, 'z')"
                % quote("key_changes_order")
            )
        self.assertIn((12, 3), self.select("Order", "id", "total"))
        self.unapply()
        for name, objects in before.items():
            self.assertSameObjects(self.get_objects(name), objects)
            # Names are those that the columns give, but that of a primary key, and
            # of an index that MySQL had created for a foreign key by itself.
            after = set(self.get_constraint_names(name))
            self.assertFalse(
                [
                    name
                    for name in names[name] ^ after
                    if not name.endswith(("_pk", "_pkey", "_fk"))
                ]
            )
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 11), (2, 11)])

    def test_unsupported(self):
        """What Django doesn't create on a database isn't created for a new key."""
        Q, Index, Unique = models.Q, models.Index, models.UniqueConstraint
        options = {
            "line_upper": Index(Upper("kind"), "order", name="line_upper"),
            "line_desc": Index("order", models.F("kind").desc(), name="line_desc"),
            "line_partial": Index(
                fields=["order"], condition=Q(kind="x"), name="line_partial"
            ),
            "line_include": Index(
                fields=["order"], include=["kind"], name="line_include"
            ),
            "line_expr": Unique(Upper("kind"), "order", name="line_expr"),
            "line_cond": Unique(
                fields=["order"], condition=Q(kind="x"), name="line_cond"
            ),
            "line_covers": Unique(
                fields=["kind", "order"], include=["id"], name="line_covers"
            ),
            "line_deferred": Unique(
                fields=["order", "id"],
                deferrable=models.Deferrable.DEFERRED,
                name="line_deferred",
            ),
            "line_nulls": Unique(
                fields=["id", "order"], nulls_distinct=False, name="line_nulls"
            ),
        }
        self.create_shop(
            Line={
                "id": auto_key(),
                "order": reference(),
                "kind": models.CharField(max_length=3),
                "Meta": {
                    "indexes": [o for o in options.values() if type(o) is Index],
                    "constraints": [o for o in options.values() if type(o) is Unique],
                },
            },
        )
        before = options.keys() & self.get_constraint_names("Line").keys()
        self.insert_orders()
        self.insert("Line", (1, 10, "x"))
        for change in (partial(self.apply, self.to_composite), self.unapply):
            change()
            found = options.keys() & self.get_constraint_names("Line").keys()
            self.assertEqual(found, before)

    @skipUnlessDBFeature("supports_table_check_constraints")
    def test_check_of_columns(self):
        """One of a relation and something else is replaced, and not in the way."""
        condition = models.Q(order__isnull=True) | models.Q(position__gt=0)
        self.create_shop(
            Line={
                "id": auto_key(),
                "order": reference(null=True),
                "position": models.IntegerField(),
                "Meta": {
                    "constraints": [
                        models.CheckConstraint(condition=condition, name="line_check")
                    ]
                },
            },
        )
        self.insert_orders()
        self.insert("Line", (1, 11, 1), (2, None, 0))
        for change in (lambda: self.apply(self.to_composite), self.unapply):
            change()
            self.assertIn("line_check", self.get_constraint_names("Line"))
            with (
                self.assertRaises(IntegrityError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute("UPDATE key_changes_line SET position = 0 WHERE id = 1")

    @skipUnlessDBFeature("supports_comments")
    def test_comments(self):
        self.create_shop(
            Line={
                "id": models.BigAutoField(primary_key=True, db_comment="The line"),
                "order": reference(db_comment="What it is of"),
            },
            Order=order(note=models.IntegerField(null=True, db_comment="Noted")),
        )

        def get_comments(name):
            table = self.get_model(name)._meta.db_table
            with connection.cursor() as cursor:
                return {
                    info.name: info.comment or ""
                    for info in connection.introspection.get_table_description(
                        cursor, table
                    )
                }

        self.apply(self.to_composite)
        self.assertEqual(
            get_comments("Line"),
            {
                "id": "The line",
                "order_tenant_id": "What it is of",
                "order_number": "What it is of",
            },
        )
        self.assertEqual(get_comments("Order")["note"], "Noted")
        self.unapply()
        self.assertEqual(
            get_comments("Line"), {"id": "The line", "order_id": "What it is of"}
        )

    @skipUnlessDBFeature("supports_collation_on_charfield")
    def test_collation(self):
        collation = connection.features.test_collations.get("non_default")
        if not collation:
            self.skipTest("This database has no other collation.")
        self.create_shop(
            Order=order(
                code=models.CharField(max_length=5, db_collation=collation),
            ),
            Line={"id": auto_key(), "order": reference()},
        )
        self.insert("Tenant", (1, "a"))
        self.insert("Order", (10, 1, 1, "x"))
        self.insert("Line", (1, 10))
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "code")
            )
        )
        with connection.cursor() as cursor:
            description = connection.introspection.get_table_description(
                cursor, "key_changes_line"
            )
        self.assertEqual(
            [info.collation for info in description if info.name == "order_code"],
            [collation],
        )
        self.assertEqual(self.select("Line", "order_code"), [("x",)])

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_types(self):
        """Columns are of the types of those they refer to, whatever models say."""
        expected = [
            ("int(10) unsigned", None),
            ("varchar(7)", "utf8mb4_bin"),
            ("varchar(9)", "latin1_general_cs"),
        ]
        self.create(
            Order={
                "id": auto_key(),
                "number": models.IntegerField(),
                "code": models.CharField(max_length=5),
                "kind": models.CharField(max_length=5),
                "parent": reference(null=True),
            },
            Line={"id": auto_key(), "order": reference()},
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
            },
            Seal={"id": auto_key(), "part": reference("key_changes.Part")},
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE key_changes_order MODIFY number INT UNSIGNED NOT NULL, "
                "MODIFY code VARCHAR(7) COLLATE utf8mb4_bin NOT NULL, "
                "MODIFY kind VARCHAR(9) CHARACTER SET latin1 "
                "COLLATE latin1_general_cs NOT NULL"
            )
        self.insert(
            "Order",
            (10, 1, "a", "longerkin", None),
            (11, 1, "A", "longerkin", 10),
            (12, 1, "A", "LONGERKIN", 11),
        )
        self.insert("Line", (1, 11), (2, 12))
        self.insert("Part", (10, 1), (11, 1))
        self.insert("Seal", (1, 10, 1))
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("number", "code", "kind")
            )
        )
        for name, prefix, null in (
            ("Order", "parent", True),
            ("Line", "order", False),
            ("Part", "order", False),
            ("Seal", "part_order", False),
        ):
            with self.subTest(name=name), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT column_type, collation_name, is_nullable "
                    "FROM information_schema.columns WHERE table_schema = DATABASE() "
                    "AND table_name = %s AND column_name LIKE %s "
                    "ORDER BY ordinal_position",
                    [f"key_changes_{name.lower()}", f"{prefix}%"],
                )
                found = [
                    # MySQL has no display widths.
                    (re.sub("^int unsigned", "int(10) unsigned", db_type), *others)
                    for db_type, *others in cursor.fetchall()
                ]
                self.assertEqual(
                    found, [(*column, "YES" if null else "NO") for column in expected]
                )
        self.assertEqual(
            self.select("Line", "id", "order_number", "order_code", "order_kind"),
            [(1, 1, "A", "longerkin"), (2, 1, "A", "LONGERKIN")],
        )
        self.unapply()
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 11), (2, 12)])
        self.assertEqual(self.select("Seal", "part_order_id"), [(10,)])

    def test_sequence(self):
        """Numbers go on where they were."""
        self.create_shop()
        tenant = self.get_model("Tenant").objects.create(name="a")
        Order = self.get_model("Order")
        for number in range(3):
            last = Order.objects.create(tenant_id=tenant.pk, number=number)
        self.apply(self.to_composite)
        self.unapply()
        created = self.get_model("Order").objects.create(tenant_id=tenant.pk, number=9)
        self.assertGreater(created.pk, last.pk)

    def test_old_key_removed(self):
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        self.apply(self.to_composite, migrations.RemoveField("Order", "id"))
        objects = self.get_objects("Order")
        self.assertEqual(objects["columns"], ["tenant_id", "number"])
        self.assertEqual(objects["unique"], [])
        self.unapply(2)
        ids = {
            row[1:]: row[0] for row in self.select("Order", "id", "tenant_id", "number")
        }
        self.assertEqual(
            self.select("Line", "id", "order_id"), [(1, ids[1, 1]), (2, ids[2, 1])]
        )
        self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))

    def test_old_key_altered(self):
        """It's an ordinary field, without numbers of its own."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        self.apply(
            self.to_composite,
            migrations.AlterField("Order", "id", models.BigIntegerField()),
        )
        self.assertEqual(self.get_objects("Order")["unique"], [])
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])
        objects = self.get_objects("Order")
        self.assertEqual(objects["primary_key"], ("id",))
        self.assertEqual(objects["unique"], [])
        created = self.get_model("Order").objects.create(tenant_id=1, number=9)
        self.assertGreater(created.pk, 12)

    def test_member_of_new_key(self):
        """The old key is a member of the new one."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            ),
            migrations.AlterField("Order", "id", models.BigIntegerField()),
        )
        objects = self.get_objects("Order")
        self.assertEqual(objects["primary_key"], ("tenant_id", "id"))
        self.assertEqual(objects["unique"], [])
        self.assertEqual(
            self.get_objects("Line").relations,
            [(("order_tenant_id", "order_id"), "order", ("tenant_id", "id"))],
        )
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_id"),
            [(1, 1, 10), (2, 2, 12)],
        )
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])
        self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))

    def test_auto_member_of_new_key(self):
        """The old key is a member of the new one, and numbered as before."""
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        before = self.get_objects("Order")
        self.apply(
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            ),
            migrations.AlterField("Order", "id", models.BigAutoField()),
            migrations.AlterField(
                "Order", "pk", models.CompositePrimaryKey("id", "tenant")
            ),
            migrations.AlterField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            ),
        )
        objects = self.get_objects("Order")
        self.assertEqual(objects["primary_key"], ("tenant_id", "id"))
        self.assertEqual(objects["unique"], [])
        self.assertEqual(
            self.select("Line", "id", "order_tenant_id", "order_id"),
            [(1, 1, 10), (2, 2, 12)],
        )
        self.unapply(4)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])
        self.assertSameObjects(self.get_objects("Order"), before)


class AfterwardsTests(KeyChangeTestCase):
    """Other operations after the key was changed."""

    def setUp(self):
        super().setUp()
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        self.insert_orders()
        self.insert("Line", (1, 10), (2, 12))
        self.apply(self.to_composite)

    def assertLines(self, *names):
        self.assertEqual(self.select("Line", "id", *names), [(1, 1, 1), (2, 2, 1)])
        self.assertEqual(len(self.get_objects("Line").relations), 1)

    def test_rename_model(self):
        self.apply(migrations.RenameModel("Order", "Purchase"))
        self.assertLines("order_tenant_id", "order_number")
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])

    def test_alter_model_table(self):
        self.apply(migrations.AlterModelTable("Order", "key_changes_purchase"))
        self.assertLines("order_tenant_id", "order_number")
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])

    def test_rename_member(self):
        self.apply(migrations.RenameField("Order", "number", "serial"))
        self.assertLines("order_tenant_id", "order_serial")
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "serial")
        )
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])

    def test_alter_member(self):
        self.apply(migrations.AlterField("Order", "number", models.BigIntegerField()))
        self.assertLines("order_tenant_id", "order_number")
        self.unapply(2)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])

    def test_add_field(self):
        self.apply(
            migrations.AddField("Order", "total", models.IntegerField(default=5)),
            migrations.AddField("Line", "amount", models.IntegerField(default=1)),
        )
        self.assertLines("order_tenant_id", "order_number")
        self.assertEqual(self.select("Order", "total"), [(5,)] * 3)
        self.assertEqual(
            self.get_objects("Order")["primary_key"], ("tenant_id", "number")
        )
        self.assertIn(("id",), self.get_objects("Order")["unique"])
        self.unapply(3)
        self.assertEqual(self.select("Line", "id", "order_id"), [(1, 10), (2, 12)])


class SQLTests(KeyChangeTestCase):
    """sqlmigrate shows what is going to be done, without doing it."""

    def collect(self, operation):
        state = self.state.clone()
        operation.state_forwards(self.app_label, state)
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(self.app_label, editor, self.state, state)
        return editor.collected_sql

    def get_statements(self, create):
        definitions = {
            "Tenant": {"id": auto_key(), "name": models.CharField(max_length=9)},
            "Order": order(parent=reference(null=True)),
            "Line": {
                "id": auto_key(),
                "order": reference(),
                "position": models.IntegerField(),
                "Meta": {"unique_together": {("order", "position")}},
            },
            # CREATE TABLE has its unique constraint, without a name.
            "Gift": {"id": auto_key(), "order": reference(field=models.OneToOneField)},
        }
        if create:
            self.create(**definitions)
        else:
            self.add_models(**definitions)
        with CaptureQueriesContext(connection) as context:
            statements = self.collect(self.to_composite)
        self.assertFalse(
            [
                query["sql"]
                for query in context
                if query["sql"].startswith(("ALTER", "UPDATE", "DROP", "CREATE"))
            ]
        )
        return statements

    def assertDone(self, statements, context):
        """The statements that were collected have been executed, but for fills."""
        kinds = ("ALTER", "DROP", "CREATE")
        done = [q["sql"] for q in context if q["sql"].startswith(kinds)]
        for statement in statements:
            if statement.startswith(kinds):
                self.assertIn(statement.removesuffix(";"), done)

    def test_tables(self):
        statements = self.get_statements(create=True)
        before = self.get_objects("Line")
        with CaptureQueriesContext(connection) as context:
            self.apply(self.to_composite)
        self.assertNotEqual(self.get_objects("Line"), before)
        self.assertDone(statements, context)

    def test_no_tables(self):
        statements = self.get_statements(create=False)
        for start in (
            r"ALTER TABLE \W?key_changes_line\W? ADD COLUMN \W?order_number",
            r"UPDATE \W?key_changes_line",
            r"UPDATE \W?key_changes_order",
        ):
            self.assertTrue(
                [sql for sql in statements if re.match(start, sql)], (start, statements)
            )

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_backwards(self):
        """Of a migration that isn't applied yet."""
        self.get_statements(create=True)
        states = [self.state]
        operations = [self.to_composite, migrations.RemoveField("Order", "id")]
        for operation in operations:
            states.append(states[-1].clone())
            operation.state_forwards(self.app_label, states[-1])
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            for index in (1, 0):
                operations[index].database_backwards(
                    self.app_label, editor, states[index + 1], states[index]
                )
        self.apply(*operations)
        with CaptureQueriesContext(connection) as context:
            self.unapply(2)
        self.assertDone(editor.collected_sql, context)

    def test_undone(self):
        self.get_statements(create=True)
        self.apply(self.to_composite)
        statements = self.collect(self.to_single)
        self.assertTrue(
            [sql for sql in statements if re.match(r"UPDATE \W?key_changes_line", sql)]
        )


class SchemaEditorTests(KeyChangeTestCase):
    """Schema editors are given fields, not states."""

    def create_plain(self, pk=None):
        fields = {"a": models.IntegerField(), "b": models.IntegerField()}
        if pk is None:
            fields["a"] = models.IntegerField(primary_key=True)
        else:
            fields["pk"] = pk
        self.create(Plain=fields)
        self.insert("Plain", (1, 2), (2, 1))
        return self.get_model("Plain")

    def make_model(self, **fields):
        state = ProjectState()
        state.add_model(ModelState(self.app_label, "Plain", list(fields.items())))
        return state.apps.get_model(self.app_label, "Plain")

    def assertKey(self, *columns):
        objects = self.get_objects("Plain")
        self.assertEqual(objects.get("primary_key", ()), columns)
        self.assertEqual(objects["columns"], ["a", "b"])
        self.assertEqual(self.select("Plain", "a", "b"), [(1, 2), (2, 1)])

    def test_add_field(self):
        model = self.create_plain()
        field = models.CompositePrimaryKey("a", "b")
        field.set_attributes_from_name("pk")
        with connection.schema_editor() as editor:
            editor.add_field(model, field)
        self.assertKey("a", "b")

    def test_add_field_of_model(self):
        model = self.create_plain()
        new_model = self.make_model(
            pk=models.CompositePrimaryKey("a", "b"),
            a=models.IntegerField(),
            b=models.IntegerField(),
        )
        with connection.schema_editor() as editor:
            editor.add_field(model, new_model._meta.pk)
        self.assertKey("a", "b")

    def test_alter_field(self):
        model = self.create_plain(models.CompositePrimaryKey("a", "b"))
        field = models.CompositePrimaryKey("b", "a")
        field.set_attributes_from_name("pk")
        with connection.schema_editor() as editor:
            editor.alter_field(model, model._meta.pk, field)
        self.assertKey("b", "a")

    def test_remove_field(self):
        model = self.create_plain(models.CompositePrimaryKey("a", "b"))
        with connection.schema_editor() as editor:
            editor.remove_field(model, model._meta.pk)
        # There can't be a table without a primary key to SQLite's editor.
        self.assertKey(*["ab", ""][connection.vendor != "sqlite"])

    def test_referenced(self):
        self.create_shop(Line={"id": auto_key(), "order": reference()})
        field = models.CompositePrimaryKey("tenant", "number")
        field.set_attributes_from_name("pk")
        with (
            self.assertRaisesMessage(ValueError, "(key_changes.Line.order) become"),
            connection.schema_editor() as editor,
        ):
            editor.add_field(self.get_model("Order"), field)
        self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))


class Interrupted(Exception):
    pass


@skipIfDBFeature("can_rollback_ddl")
class ResumeTests(KeyChangeTestCase):
    """
    A change that was interrupted after any of its statements is done when it's run
    again, if the database can't roll it back. Some of the statements are tried, all
    of them if the environment has INTERRUPT_EVERY_STATEMENT.
    """

    def create_tables(self):
        self.state = ProjectState()
        self.history = []
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Tag={"id": auto_key()},
            Order=order(
                parent=reference(null=True),
                tags=models.ManyToManyField("key_changes.Tag"),
            ),
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
                "Meta": {
                    "constraints": [
                        models.UniqueConstraint(
                            fields=["position", "order"], name="part_order"
                        )
                    ]
                },
            },
            Seal={
                "id": auto_key(),
                "part": reference("key_changes.Part", models.OneToOneField, null=True),
            },
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Tag", (1,))
        self.insert("Order", (10, 1, 1, None), (11, 1, 2, 10), (12, 2, 1, 10))
        self.insert("Order_tags", (1, 10, 1), (2, 12, 1))
        self.insert("Part", (10, 1), (12, 7))
        self.insert("Seal", (1, 12, 7), (2, None, None))

    def create_codes(self):
        """The new columns of relations have the names of old ones."""
        self.state = ProjectState()
        self.history = []
        self.create(
            Tenant={"id": auto_key(), "name": models.CharField(max_length=9)},
            Order={
                "code": models.CharField(max_length=5, primary_key=True),
                "tenant": reference("key_changes.Tenant"),
                "id": models.IntegerField(),
            },
            Line={"number": auto_key(), "order": reference()},
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
            },
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", ("x", 1, 7), ("y", 2, 7), ("z", 2, 8))
        self.insert("Line", (1, "x"), (2, "z"), (3, "z"))
        self.insert("Part", ("x", 1), ("z", 1), ("z", 2))

    def get_result(self):
        result = {}
        for name in "Order", "Order_tags", "Tag_orders", "Part", "Seal", "Line":
            try:
                self.get_model(name)
            except LookupError:
                continue
            objects = self.get_objects(name)
            objects["columns"].sort()
            result[name] = objects, self.select(name, *objects["columns"])
        return result

    def interrupt(self, apply, operations, number):
        """
        Have operations be interrupted after a number of statements, and return
        whether they were.
        """
        execute = connection.SchemaEditorClass.execute
        count = 0

        def execute_some(editor, *args, **kwargs):
            nonlocal count
            if count == number:
                raise Interrupted
            execute(editor, *args, **kwargs)
            count += 1

        with mock.patch.object(connection.SchemaEditorClass, "execute", execute_some):
            try:
                apply(*operations)
            except Interrupted:
                return True
        return False

    def migrate(self, *operations):
        migration = type(
            "Migration", (migrations.Migration,), {"operations": operations}
        )("0001", self.app_label)
        state = self.state.clone()
        with connection.schema_editor() as editor:
            state = migration.apply(state, editor)
        self.state = state

    def test_migration(self):
        """Other operations of the migration are done as well."""
        operations = [
            migrations.AddField("Order", "serial", models.IntegerField(null=True)),
            migrations.AddField(
                "Order", "kind", models.CharField(max_length=3, default="x")
            ),
            migrations.AddField(
                "Order",
                "owner",
                models.ForeignKey("key_changes.Tenant", CASCADE, "+", null=True),
            ),
            self.to_composite,
            migrations.RemoveField("Order", "id"),
            migrations.AddField(
                "Order", "rank", models.IntegerField(null=True, db_index=True)
            ),
        ]
        self.assertResumed(lambda: None, *operations, apply=self.migrate)

    def test_many_to_many(self):
        """Tables come and go with the fields of many-to-many relations."""
        operations = [
            self.to_composite,
            migrations.RemoveField("Order", "tags"),
            migrations.AddField(
                "Tag", "orders", models.ManyToManyField("key_changes.Order")
            ),
        ]
        self.create_tables()
        self.migrate(*operations)
        self.assertEqual(self.get_link_tables(), {"key_changes_tag_orders"})
        self.drop()
        self.assertResumed(lambda: None, *operations, apply=self.migrate)
        self.assertEqual(self.get_link_tables(), set())

    def get_link_tables(self):
        return {"key_changes_tag_orders", "key_changes_order_tags"}.intersection(
            connection.introspection.table_names()
        )

    def test_many_to_many_is_finished(self):
        """What is missing of the table when a migration is interrupted is made."""
        field = models.ManyToManyField("key_changes.Order")
        operations = [self.to_composite, migrations.AddField("Tag", "orders", field)]
        self.create_tables()
        self.migrate(*operations)
        expected = self.get_objects("Tag_orders")
        self.drop()
        self.create_tables()
        with mock.patch.object(
            connection.SchemaEditorClass, "__exit__", return_value=None
        ):
            # What was deferred isn't done.
            state, _ = self.state.clone(), self.migrate(*operations)
        self.assertNotEqual(self.get_objects("Tag_orders"), expected)
        self.state = state
        self.migrate(*operations)
        self.assertEqual(self.get_objects("Tag_orders"), expected)

    def assertResumed(self, prepare, *operations, apply=None, create=None):
        apply = apply or self.apply
        create = create or self.create_tables
        create()
        prepare()
        with mock.patch.object(
            connection.SchemaEditorClass,
            "execute",
            autospec=True,
            side_effect=connection.SchemaEditorClass.execute,
        ) as execute:
            apply(*operations)
        total = execute.call_count
        self.assertGreater(total, 10)
        expected = self.get_result()
        self.drop()
        # Each of them takes minutes where creating tables takes long.
        step = 1 if os.environ.get("INTERRUPT_EVERY_STATEMENT") else total // 4
        for number in range(0, total, step):
            create()
            prepare()
            self.assertTrue(self.interrupt(apply, operations, number))
            apply(*operations)
            with self.subTest(number=number):
                self.assertEqual(self.get_result(), expected)
            self.drop()

    def test_to_composite(self):
        self.assertResumed(lambda: None, self.to_composite)

    def test_to_single(self):
        self.assertResumed(lambda: self.apply(self.to_composite), self.to_single)

    def test_kept_columns(self):
        self.assertResumed(
            lambda: None,
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            ),
        )

    def test_replaced_columns(self):
        self.assertResumed(
            lambda: None,
            migrations.AddField(
                "Order", "pk", models.CompositePrimaryKey("tenant", "id")
            ),
            create=self.create_codes,
        )

    def test_replaced_columns_again(self):
        self.assertResumed(
            lambda: self.apply(
                migrations.AddField(
                    "Order", "pk", models.CompositePrimaryKey("tenant", "id")
                )
            ),
            self.to_single,
            create=self.create_codes,
        )


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
class ConstraintNameTests(TransactionTestCase):
    available_apps = []

    def test_names(self):
        """The names that the database gives to constraints are known."""
        from django.db.backends.postgresql.key_changes import get_object_name

        for table, column in [
            ("kc_names", "number"),
            ("kc_" + "n" * 60, "number"),
            ("kc_names", "c" * 63),
            ("k" * 40, "c" * 40),
            ("k" * 41, "c" * 40),
            ("ü" * 31, "c" * 31),
        ]:
            with self.subTest(table=table, column=column):
                with connection.cursor() as cursor:
                    cursor.execute(
                        f'CREATE TABLE "{table}" (id int PRIMARY KEY, "{column}" int '
                        "UNIQUE)"
                    )
                    try:
                        constraints = connection.introspection.get_constraints(
                            cursor, table
                        )
                    finally:
                        cursor.execute(f'DROP TABLE "{table}"')
                self.assertCountEqual(
                    constraints,
                    [
                        get_object_name(table, suffix="pkey"),
                        get_object_name(table, column, suffix="key"),
                    ],
                )
