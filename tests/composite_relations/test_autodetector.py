"""
What the autodetector finds out about keys and relations of several columns, and
in which order.
"""

from unittest import mock

from django.db import models
from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.columns import FieldRename, StateColumns
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter
from django.test import SimpleTestCase
from django.test.utils import override_settings

from .projects import (
    APP,
    OTHER_APP,
    Questioner,
    RelationMigrationsMixin,
    fk,
    get_changes,
    get_ordered_migrations,
    make_state,
    model,
    note,
    tenant,
    user,
)


class AutodetectorTests(RelationMigrationsMixin, SimpleTestCase):
    def assertCreated(self, found, expected):
        self.assertEqual(
            [
                (operation.name, [name for name, _ in operation.fields])
                for operation in found
                if isinstance(operation, operations.CreateModel)
            ],
            expected,
        )

    def test_members_are_created_with_the_model(self):
        """
        A model that comes first in the alphabet, whose key refers to one that is
        created in the same migration.
        """
        award = model(
            "Award",
            pk=models.CompositePrimaryKey("user_pk", "year"),
            user=fk("User"),
            year=models.IntegerField(),
            note=fk("Note"),
        )
        found = self.get_operations([], [award, note(), user(), tenant()])
        self.assertCreated(
            found,
            [
                ("Note", ["id"]),
                ("Tenant", ["id"]),
                ("User", ["pk", "tenant", "num"]),
                ("Award", ["pk", "user", "year", "note"]),
            ],
        )
        self.assertEqual(len(found), 4)

    def test_members_that_share_a_column(self):
        """What refers to such a key has that column once."""
        models_ = [
            tenant(),
            user(),
            model(
                "Zeal",
                pk=models.CompositePrimaryKey("giver", "taker"),
                tenant=fk("Tenant"),
                giver_num=models.IntegerField(),
                taker_num=models.IntegerField(),
                giver=fk("User", from_fields=["tenant", "giver_num"]),
                taker=fk("User", from_fields=["tenant", "taker_num"]),
            ),
            model("Zone", zeal=fk("Zeal")),
        ]
        found = self.get_operations([], models_)
        self.assertEqual([type(o) for o in found], [operations.CreateModel] * 4)
        self.assertEqual(self.get_operations(models_, models_), [])
        columns = StateColumns(make_state(*models_))
        self.assertEqual(
            [name for _, name in columns.get_columns((APP, "zone"), "zeal")],
            ["zeal_tenant_id", "zeal_giver_num", "zeal_taker_num"],
        )

    def test_from_fields_of_members(self):
        """What a member's columns are has to be there as well."""
        award = model(
            "Award",
            pk=models.CompositePrimaryKey("user", "year"),
            tenant=fk("Tenant"),
            number=models.IntegerField(),
            user=fk("User", from_fields=["tenant", "number"]),
            year=models.IntegerField(),
        )
        found = self.get_operations([], [award, user(), tenant()])
        self.assertCreated(
            found[-1:], [("Award", ["pk", "tenant", "number", "user", "year"])]
        )

    def test_circles(self):
        found = self.get_operations(
            [],
            [
                tenant(owner=fk("User", null=True)),
                user(boss=fk("User", null=True), best=fk("Note", null=True)),
                note(user=fk("User")),
            ],
        )
        self.assertOperations(
            found,
            [
                "Create model Note",
                "Create model Tenant",
                "Create model User",
                "Add field owner to tenant",
                "Add field user to note",
            ],
        )

    def test_circular_keys(self):
        def get_model(name, to, **kwargs):
            return model(
                name,
                pk=models.CompositePrimaryKey("other", "n"),
                other=fk(to, **kwargs),
                n=models.IntegerField(),
                code=models.IntegerField(unique=True),
            )

        msg = (
            "The primary keys of relation_migrations.B and relation_migrations.A are "
            "made of each other, by relation_migrations.B.other, "
            "relation_migrations.A.other: none of the tables can be created first. "
            "Declare the columns of one of the relations as fields of their own and "
            "leave the relation out of the key."
        )
        for kwargs in ({}, {"to_field": "code"}):
            with self.subTest(kwargs), self.assertRaisesMessage(ValueError, msg):
                self.get_operations(
                    [], [get_model("A", "B", **kwargs), get_model("B", "A", **kwargs)]
                )
        msg = (
            "The primary key of relation_migrations.A is made of itself, by "
            "relation_migrations.A.other: its columns can't be known. Declare the "
            "columns of the relation as fields of their own and pass them to it as "
            "from_fields."
        )
        with self.assertRaisesMessage(ValueError, msg):
            self.get_operations([], [get_model("A", "A")])
        # What the message says.
        a = model(
            "A",
            pk=models.CompositePrimaryKey("other_code", "n"),
            other_code=models.IntegerField(),
            other=fk("B", from_fields=["other_code"], to_fields=["code"]),
            n=models.IntegerField(),
            code=models.IntegerField(unique=True),
        )
        b = get_model("B", "A", to_field="code")
        self.assertOperations(
            self.get_operations([], [a, b]),
            ["Create model A", "Create model B", "Add field other to a"],
        )
        # A member that refers to another field of the model itself.
        self.assertCreated(
            self.get_operations([], [get_model("A", "A", to_field="code")]),
            [("A", ["pk", "other", "n", "code"])],
        )

    def test_apps(self):
        """The key's models, and what makes fields unique, may be of another app."""
        region = model(
            "Region",
            {"constraints": [models.UniqueConstraint(fields=["user", "x"], name="u")]},
            app_label=OTHER_APP,
            pk=models.CompositePrimaryKey("tenant", "code"),
            tenant=fk("Tenant"),
            code=models.IntegerField(),
            user=fk("User", null=True),
            x=models.IntegerField(),
        )
        person = user(
            region=fk(f"{OTHER_APP}.Region", to_fields=["user", "x"]),
        )
        after = make_state(tenant(), person, region)
        migrations = get_ordered_migrations(get_changes(ProjectState(), after))
        found = [
            (migration.app_label, operation.describe())
            for migration in migrations
            for operation in migration.operations
        ]
        self.assertEqual(
            found,
            [
                (APP, "Create model Tenant"),
                (APP, "Create model User"),
                (OTHER_APP, "Create model Region"),
                (APP, "Add field region to user"),
            ],
        )
        state = ProjectState()
        for migration in migrations:
            state = migration.mutate_state(state)
        state.apps
        self.assertEqual(get_changes(state, after), {})
        # Backwards.
        self.assertEqual(
            [
                operation.describe()
                for migration in get_ordered_migrations(
                    get_changes(after, make_state(tenant()))
                )
                for operation in migration.operations
                if isinstance(operation, operations.DeleteModel)
            ],
            ["Delete model Region", "Delete model User"],
        )

    @override_settings(AUTH_USER_MODEL=f"{APP}.User")
    def test_swappable(self):
        account = model(
            "User",
            {"swappable": "AUTH_USER_MODEL"},
            pk=models.CompositePrimaryKey("tenant", "num"),
            tenant=fk("Tenant"),
            num=models.IntegerField(),
        )
        profile = model(
            "Profile",
            app_label=OTHER_APP,
            pk=models.CompositePrimaryKey("user", "n"),
            user=fk(f"{APP}.User"),
            n=models.IntegerField(),
            boss_num=models.IntegerField(),
            boss=fk(
                f"{APP}.User",
                from_fields=["user_tenant_id", "boss_num"],
                to_fields=["tenant", "num"],
            ),
        )
        changes = get_changes(ProjectState(), make_state(tenant(), account, profile))
        (migration,) = changes[OTHER_APP]
        self.assertEqual(migration.dependencies, [("__setting__", "AUTH_USER_MODEL")])
        self.assertCreated(
            migration.operations, [("Profile", ["pk", "user", "n", "boss_num", "boss"])]
        )
        self.assertIn(
            "to=settings.AUTH_USER_MODEL", MigrationWriter(migration).as_string()
        )

    def test_unmanaged(self):
        unmanaged = model(
            "Unmanaged",
            {"managed": False},
            pk=models.CompositePrimaryKey("tenant", "num"),
            tenant=fk("Tenant"),
            num=models.IntegerField(),
        )
        found = self.get_operations(
            [], [tenant(), unmanaged, note(unmanaged=fk("Unmanaged"))]
        )
        self.assertIn(
            ("Unmanaged", ["pk", "tenant", "num"]),
            [(op.name, [name for name, _ in op.fields]) for op in found],
        )
        state = ProjectState()
        for operation in found:
            operation.state_forwards(APP, state)
        self.assertEqual(
            [f.column for f in state.apps.get_model(APP, "note")._meta.concrete_fields],
            ["id", "unmanaged_tenant_id", "unmanaged_num"],
        )

    def test_nothing_to_ask(self):
        """A relation with from_fields adds no column that needs a default."""
        fields = {"tenant": fk("Tenant"), "num": models.IntegerField()}
        relation = fk("User", from_fields=["tenant", "num"])
        others = [tenant(), user()]
        with mock.patch.object(Questioner, "ask_not_null_addition") as ask:
            found = self.get_operations(
                [*others, note(**fields)], [*others, note(user=relation, **fields)]
            )
        ask.assert_not_called()
        self.assertOperations(found, ["Add field user to note"])
        self.assertIs(found[0].preserve_default, True)
        with mock.patch.object(
            Questioner, "ask_not_null_addition", return_value=(1, 2)
        ):
            found = self.get_operations(
                [*others, note()], [*others, note(user=fk("User"))]
            )
        self.assertIs(found[0].preserve_default, False)
        self.assertEqual(found[0].field.default, (1, 2))

    def test_columns_precede_relations(self):
        """Fields are added before what is made of them, and removed after."""
        others = [tenant(), user()]
        fields = {
            "tenant": fk("Tenant", null=True),
            "z": models.IntegerField(null=True),
            "a": fk("User", null=True, from_fields=["tenant", "z"]),
        }
        found = self.get_operations([*others, note()], [*others, note(**fields)])
        self.assertEqual(found[-1].name, "a")
        found = self.get_operations([*others, note(**fields)], [*others, note()])
        self.assertEqual(found[0].name, "a")

    def test_unique_fields(self):
        """What makes the fields unique comes before the relation and goes after."""
        fields = {
            "a": models.IntegerField(null=True),
            "b": models.IntegerField(null=True),
        }
        plain = note("Target", **fields)
        relation = fk("Target", null=True, to_fields=["a", "b"])
        constraint = models.UniqueConstraint(fields=["a", "b"], name="rm")
        for options, operation_class in (
            ({"constraints": [constraint]}, "constraint"),
            ({"unique_together": {("a", "b")}}, "unique_together"),
        ):
            with self.subTest(options):
                target = note("Target", options, **fields)
                after = [note("A", x=relation), target]
                found = self.get_operations([note("A"), plain], after)
                self.assertIn(operation_class, found[0].describe())
                self.assertEqual(found[1].describe(), "Add field x to a")
                self.assertEqual(len(found), 2)
                found = self.get_operations(after, [note("A"), plain])
                self.assertEqual(found[0].describe(), "Remove field x from a")
                self.assertIn(operation_class, found[1].describe())
                self.assertEqual(len(found), 2)

    def test_other_unique_fields(self):
        """A relation that is to refer to other fields, which become unique."""
        fields = {name: models.IntegerField(null=True) for name in "abc"}
        for old, new in (
            ({"unique_together": {("a", "b")}}, {"unique_together": {("a", "c")}}),
            (
                {"constraints": [models.UniqueConstraint(fields=["a", "b"], name="o")]},
                {"constraints": [models.UniqueConstraint(fields=["a", "c"], name="n")]},
            ),
        ):
            with self.subTest(old=old):
                found = self.get_operations(
                    [
                        note("Target", old, **fields),
                        note(x=fk("Target", null=True, to_fields=["a", "b"])),
                    ],
                    [
                        note("Target", new, **fields),
                        note(x=fk("Target", null=True, to_fields=["a", "c"])),
                    ],
                )
                self.assertEqual(
                    [type(operation).__name__ for operation in found],
                    (
                        ["AlterUniqueTogether", "AlterField", "AlterUniqueTogether"]
                        if "unique_together" in old
                        else ["AddConstraint", "AlterField", "RemoveConstraint"]
                    ),
                )
                if "unique_together" in old:
                    self.assertEqual(
                        [op.option_value for op in found[::2]],
                        [{("a", "b"), ("a", "c")}, {("a", "c")}],
                    )

    def test_rename_and_alter(self):
        """A relation that is altered is altered with the new names."""

        def get_models(name, **kwargs):
            return [
                note(
                    "Target",
                    {"unique_together": {("a", name)}},
                    **{
                        "a": models.IntegerField(),
                        name: models.CharField(max_length=5),
                    },
                ),
                note(x=fk("Target", to_fields=["a", name], **kwargs)),
            ]

        found = self.get_operations(get_models("b"), get_models("c", related_name="xs"))
        self.assertOperations(
            found, ["Rename field b on target to c", "Alter field x on note"]
        )
        self.assertEqual(found[1].field.deconstruct()[3]["to_fields"], ["a", "c"])

    def test_deleted_models(self):
        award = model(
            "Award",
            pk=models.CompositePrimaryKey("user", "year"),
            user=fk("User"),
            year=models.IntegerField(),
        )
        self.assertOperations(
            self.get_operations(
                [award, tenant(award=fk("Award", null=True)), user()], [tenant()]
            ),
            [
                "Remove field award from tenant",
                "Delete model Award",
                "Delete model User",
            ],
        )

    def test_single_columns(self):
        """Migrations of projects without fields of several columns are as ever."""
        target = note("Target", code=models.IntegerField(unique=True))
        before = [target, note(x=fk("Target", to_field="code"))]
        autodetector = MigrationAutodetector(
            make_state(), make_state(*before), Questioner()
        )
        autodetector._detect_changes()
        self.assertIs(autodetector.columns.is_needed, False)
        self.assertEqual(self.get_operations(before, before), [])
        with (
            mock.patch.object(StateColumns, "get_columns", side_effect=AssertionError),
            mock.patch.object(FieldRename, "rename", side_effect=AssertionError),
        ):
            renamed = note("Target", key=models.IntegerField(unique=True))
            found = self.get_operations(
                before, [renamed, note(x=fk("Target", to_field="key"))]
            )
            state = make_state(*before)
            found[0].state_forwards(APP, state)
        self.assertOperations(found, ["Rename field code on target to key"])

    def test_written(self):
        (migration,) = get_changes(
            ProjectState(),
            make_state(
                tenant(),
                user(),
                note(
                    default=fk("User", default=(1, 2), related_name="x"),
                    number=models.IntegerField(),
                    user=fk(
                        "User",
                        from_fields=["default_tenant_id", "number"],
                        to_fields=["tenant", "num"],
                    ),
                ),
            ),
        )[APP]
        text = MigrationWriter(migration).as_string()
        self.assertIn(
            "('pk', models.CompositePrimaryKey('tenant', 'num', blank=True, "
            "editable=False, primary_key=True)),",
            text,
        )
        self.assertIn(
            "('default', models.ForeignKey(default=(1, 2), "
            "on_delete=django.db.models.deletion.CASCADE, related_name='x', "
            "to='relation_migrations.user')),",
            text,
        )
        self.assertIn(
            "('user', models.ForeignKey("
            "from_fields=['default_tenant_id', 'number'], "
            "on_delete=django.db.models.deletion.CASCADE, "
            "to='relation_migrations.user', to_fields=['tenant', 'num'])),",
            text,
        )
        self.assertNotIn("user_tenant_id", text)
