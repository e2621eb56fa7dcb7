"""Changes of keys that are refused before the first operation of a migration."""

from django.db import connection, migrations, models
from django.db.migrations.exceptions import KeyChangeError
from django.db.migrations.key_forecasts import check_key_changes
from django.test import skipIfDBFeature, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .test_schema import KeyChangeTestCase, auto_key, order, reference

Key = models.CompositePrimaryKey


def add_key(*names):
    return migrations.AddField("Order", "pk", Key(*names))


def make_migration(*operations):
    return type("Migration", (migrations.Migration,), {"operations": operations})(
        "0002", KeyChangeTestCase.app_label
    )


class ForecastTests(KeyChangeTestCase):
    create_gift = migrations.CreateModel("Gift", [("id", auto_key())])

    def setUp(self):
        super().setUp()
        self.create_shop(
            Order=order(code=models.CharField(max_length=3, unique=True)),
            Line={
                "id": auto_key(),
                "order": reference(db_constraint=False),
                "code": models.ForeignKey(
                    "key_changes.Order",
                    models.CASCADE,
                    "+",
                    to_field="code",
                    null=True,
                ),
            },
        )
        self.insert("Tenant", (1, "a"))

    def insert_duplicates(self):
        self.insert("Order", (10, 1, 1, "a"), (11, 1, 1, "b"))

    def check(self, *operations, backwards=False):
        with connection.schema_editor() as editor:
            check_key_changes(
                editor, make_migration(*operations), self.state.clone(), backwards
            )

    def assertRefused(self, message, *operations, **kwargs):
        with self.assertRaises(KeyChangeError) as caught:
            self.check(*operations, **kwargs)
        self.assertEqual([p.message for p in caught.exception.problems], [message])

    def assertDuplicates(self, names, *operations, **kwargs):
        message = (
            f"2 rows of key_changes_order share 1 value of {names}, which must be "
            "unique."
        )
        self.assertRefused(message, *operations, **kwargs)

    def test_known(self):
        """Operations that are none on the members."""
        self.insert_duplicates()
        name = ("name", models.CharField(max_length=3, default="x"))
        for operation in (
            self.create_gift,
            migrations.AddField("Order", *name),
            migrations.AlterField("Tenant", *name),
            migrations.RemoveField("Line", "code"),
            migrations.RenameField("Order", "code", "name"),
            migrations.DeleteModel("Line"),
            migrations.AlterUniqueTogether("Order", {("id", "number")}),
            migrations.AddIndex("Order", models.Index(fields=["number"], name="n")),
            migrations.AlterModelOptions("Order", {"ordering": ["number"]}),
        ):
            with self.subTest(operation=operation):
                self.assertDuplicates(
                    "(tenant_id, number)", operation, self.to_composite
                )

    def test_added_member(self):
        """A column with the same value in each row doesn't tell them apart."""
        self.insert_duplicates()
        text = models.CharField(max_length=3, default="x")
        self.assertDuplicates(
            "(tenant_id, number)",
            migrations.AddField("Order", "kind", text),
            add_key("tenant", "kind", "number"),
        )
        self.insert("Order", (12, 1, 2, "c"))
        self.assertRefused(
            "3 rows of key_changes_order share 1 value of tenant_id, which must be "
            "unique.",
            migrations.AddField("Order", "kind", text, preserve_default=False),
            add_key("tenant", "kind"),
        )

    def test_added_member_is_there(self):
        """It's what an interrupted migration has added."""
        self.insert_duplicates()
        add_kind = migrations.AddField("Order", "kind", models.IntegerField(default=1))
        state = self.state
        self.apply(add_kind)
        added, self.state = self.state, state
        key = add_key("tenant", "number", "kind")
        self.assertRefused(
            "2 rows of key_changes_order share 1 value of (tenant_id, number, kind), "
            "which must be unique.",
            add_kind,
            key,
        )
        Order = added.apps.get_model(self.app_label, "Order")
        Order.objects.filter(id=10).update(kind=2)
        self.check(add_kind, key)

    def test_renamed_member(self):
        self.insert_duplicates()
        rename = migrations.RenameField("Order", "number", "position")
        again = migrations.RenameField("Order", "position", "place")
        self.assertDuplicates(
            "(tenant_id, number)", rename, add_key("tenant", "position")
        )
        self.assertDuplicates(
            "(tenant_id, number)", rename, again, add_key("tenant", "place")
        )
        # It's another one.
        add = migrations.AddField("Order", "number", models.IntegerField(default=1))
        self.check(rename, add, self.to_composite)

    def test_unknown(self):
        """It's up to the operation itself."""
        self.insert_duplicates()
        null, alter_null = (
            operation("Order", name, models.IntegerField(null=True))
            for operation, name in (
                (migrations.AddField, "kind"),
                (migrations.AlterField, "number"),
            )
        )
        for operations in (
            [migrations.RunPython(migrations.RunPython.noop)],
            [migrations.RunSQL("DELETE FROM nothing")],
            [migrations.SeparateDatabaseAndState([self.create_gift])],
            [alter_null],
            [migrations.AlterModelTable("Order", "key_changes_purchase")],
            [
                migrations.RemoveField("Order", "number"),
                migrations.AddField("Order", "number", models.IntegerField(default=1)),
            ],
        ):
            with self.subTest(operations=operations):
                self.check(*operations, self.to_composite)
        self.check(null, add_key("tenant", "number", "kind"))

    @skipUnlessDBFeature("supports_expression_defaults")
    def test_unknown_default(self):
        self.insert_duplicates()
        field = models.IntegerField(db_default=models.functions.Random())
        self.check(
            migrations.AddField("Order", "kind", field),
            add_key("tenant", "number", "kind"),
        )

    def test_created_table(self):
        """A squashed migration creates tables before it changes a key."""
        fields = [("id", auto_key()), ("a", models.IntegerField())]
        self.check(
            migrations.CreateModel("Gift", [*fields, ("b", models.IntegerField())]),
            migrations.AddField("Gift", "pk", Key("a", "b")),
        )

    def test_fields(self):
        with self.assertRaisesMessage(KeyChangeError, "no field named 'color'"):
            self.check(self.create_gift, add_key("tenant", "color"))

    def test_orphans(self):
        self.insert("Order", (10, 1, 1, "a"))
        self.insert("Line", (1, 10), (2, 7))
        self.assertRefused(
            "1 row of key_changes_line refers to a row of key_changes_order that "
            "doesn't exist by order_id, and can't be moved to the new key.",
            self.create_gift,
            self.to_composite,
        )
        alter = migrations.AlterField("Line", "order", reference(null=True))
        for operation in (
            migrations.RemoveField("Line", "order"),
            migrations.DeleteModel("Line"),
            alter,
        ):
            with self.subTest(operation=operation):
                self.check(operation, self.to_composite)

    @skipUnlessDBFeature("supports_foreign_keys", "can_introspect_foreign_keys")
    def test_references(self):
        """Foreign keys that are dropped before aren't in the way."""
        self.create(Note={"id": auto_key(), "order": reference()})
        alter = migrations.AlterField("Note", "order", models.BigIntegerField())
        unconstrained = reference(db_constraint=False)
        for operation in (
            migrations.RemoveField("Note", "order"),
            migrations.DeleteModel("Note"),
            migrations.RenameModel("Note", "Remark"),
            migrations.RenameField("Note", "order", "purchase"),
            migrations.AlterField("Note", "order", unconstrained),
            alter,
        ):
            with self.subTest(operation=operation):
                self.check(operation, self.to_composite)
        # One that no model knows is.
        del self.state.models[self.app_label, "note"]
        state = self.state.clone()
        del state.__dict__["apps"]
        with self.assertRaisesMessage(KeyChangeError, "no managed model"):
            with connection.schema_editor() as editor:
                migration = make_migration(self.create_gift, self.to_composite)
                check_key_changes(editor, migration, state)

    def test_second_change(self):
        """Columns that the first one adds aren't there yet."""
        self.create(
            Part={
                "id": auto_key(),
                "order": reference(),
                "position": models.IntegerField(),
            }
        )
        self.insert("Order", (10, 1, 1, "a"))
        self.insert("Part", (1, 10, 1), (2, 10, 1))
        self.check(
            self.to_composite,
            migrations.AddField("Part", "pk", Key("order", "position")),
        )
        self.assertRefused(
            "2 rows of key_changes_part share 1 value of (order_id, position), which "
            "must be unique.",
            self.create_gift,
            migrations.AddField("Part", "pk", Key("order", "position")),
            self.to_composite,
        )

    def test_backwards(self):
        self.insert_duplicates()
        self.state.add_field(
            self.app_label, "order", "pk", Key("tenant", "number"), True
        )
        add = migrations.AddIndex("Order", models.Index(fields=["number"], name="n"))
        remove = migrations.RemoveField("Line", "code")
        for operation in (add, remove):
            operations = [self.to_single, operation]
            with self.subTest(operation=operation):
                self.assertDuplicates(
                    "(tenant_id, number)", *operations, backwards=True
                )
                self.check(*operations)
        for operation in (
            migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop),
            # It can't be unapplied, which is said by the migration.
            migrations.RunPython(migrations.RunPython.noop),
        ):
            with self.subTest(operation=operation):
                self.check(self.to_single, operation, add, backwards=True)

    def test_state_is_left_alone(self):
        rename = migrations.RenameField("Order", "code", "name")
        self.check(rename, self.to_composite)
        field = self.state.models[self.app_label, "line"].fields["code"]
        self.assertEqual(field.remote_field.field_name, "code")

    def test_no_queries(self):
        """What has no part in it costs nothing, nor what is checked first."""
        for operations in (
            [self.to_composite],
            [self.to_composite, self.create_gift],
            [self.create_gift],
        ):
            with self.subTest(operations=operations):
                with CaptureQueriesContext(connection) as queries:
                    migration = make_migration(*operations)
                    check_key_changes(None, migration, None)
                self.assertEqual(len(queries), 0)

    @skipIfDBFeature("can_rollback_ddl")
    def test_migration(self):
        """A migration that is refused can be run again."""
        self.insert_duplicates()
        migration = make_migration(
            self.create_gift,
            migrations.AddField("Order", "kind", models.IntegerField(default=1)),
            migrations.RenameField("Order", "number", "place"),
            add_key("tenant", "place", "kind"),
            migrations.RemoveField("Order", "id"),
        )
        before = self.get_objects("Order")

        def migrate():
            with connection.schema_editor() as editor:
                return migration.apply(self.state.clone(), editor)

        with self.assertRaises(KeyChangeError):
            migrate()
        self.assertEqual(self.get_objects("Order"), before)
        self.assertNotIn("key_changes_gift", connection.introspection.table_names())
        self.get_model("Order").objects.filter(id=11).update(number=2)
        self.state = migrate()
        self.assertEqual(
            self.select("Order", "tenant_id", "place", "kind"), [(1, 1, 1), (1, 2, 1)]
        )
