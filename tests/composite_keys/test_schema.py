from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.test import TransactionTestCase


class SchemaTests(TransactionTestCase):
    available_apps = ["composite_keys"]
    app_label = "composite_keys"

    def setUp(self):
        self.state = ProjectState()
        self.addCleanup(self.drop)

    def drop(self):
        with connection.schema_editor() as editor:
            for model in self.state.apps.get_models():
                editor.delete_model(model)

    def apply(self, *operations):
        for operation in operations:
            state = self.state.clone()
            operation.state_forwards(self.app_label, state)
            with connection.schema_editor() as editor:
                operation.database_forwards(self.app_label, editor, self.state, state)
            self.state = state
        return self.state.apps.get_model(self.app_label, "Room")

    def create(self):
        return self.apply(
            migrations.CreateModel(
                "Room",
                [
                    ("pk", models.CompositePrimaryKey("house", "number")),
                    ("house", models.IntegerField()),
                    ("number", models.IntegerField()),
                ],
            )
        )

    def get_key_columns(self, model):
        with connection.cursor() as cursor:
            return connection.introspection.get_primary_key_columns(
                cursor, model._meta.db_table
            )

    def test_create(self):
        model = self.create()
        self.assertEqual(self.get_key_columns(model), ["house", "number"])
        model.objects.create(house=1, number=2)
        self.assertEqual(model.objects.get(pk=(1, 2)).pk, (1, 2))
        self.assertEqual(str(model.objects.get().pk), '["1", "2"]')

    def test_rename_member_then_add_field(self):
        """#35991"""
        model = self.create()
        model.objects.create(house=1, number=2)
        model = self.apply(
            migrations.RenameField("room", "house", "building"),
            migrations.AddField("room", "size", models.IntegerField(default=7)),
            migrations.AddField("room", "name", models.TextField(null=True)),
        )
        self.assertEqual(self.get_key_columns(model), ["building", "number"])
        room = model.objects.get(pk=(1, 2))
        self.assertEqual((room.pk, room.size), ((1, 2), 7))
        self.assertEqual(model.objects.get(pk__building=1), room)

    def test_alter_member(self):
        model = self.create()
        model.objects.create(house=1, number=2)
        model = self.apply(
            migrations.AlterField("room", "number", models.BigIntegerField()),
            migrations.AddField("room", "size", models.IntegerField(null=True)),
        )
        self.assertEqual(self.get_key_columns(model), ["house", "number"])
        model.objects.create(house=1, number=2**40)
        self.assertEqual(model.objects.count(), 2)

    def test_check_constraint(self):
        self.create()
        model = self.apply(
            migrations.AddConstraint(
                "room",
                models.CheckConstraint(
                    condition=models.Q(pk__gt=(1, 5)), name="room_above_1_5"
                ),
            ),
        )
        from django.db import IntegrityError, transaction

        model.objects.create(house=1, number=6)
        model.objects.create(house=2, number=1)
        if connection.features.supports_table_check_constraints:
            with self.assertRaises(IntegrityError), transaction.atomic():
                model.objects.create(house=1, number=4)
