"""
Migrations of keys and relations of several columns: the state of a project, what
the autodetector finds and in which order, what the optimizer may do, and whether
the databases follow, forwards and backwards.
"""

from unittest import mock

from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.columns import FieldRename, StateColumns
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation
from django.db.migrations.writer import MigrationWriter
from django.test import SimpleTestCase, TransactionTestCase
from django.test.utils import isolate_apps, override_settings

APP = "relation_migrations"
OTHER_APP = "other_relation_migrations"
# The columns of a relation named "user" to User.
USER = ("user_tenant_id", "user_num")


def model(name, options=None, bases=None, app_label=APP, **fields):
    return ModelState(app_label, name, list(fields.items()), options, bases)


def fk(to, cls=models.ForeignKey, on_delete=models.CASCADE, **kwargs):
    return cls(to if "." in to else f"{APP}.{to}", on_delete, **kwargs)


def tenant(name="Tenant", **fields):
    return model(name, id=models.AutoField(primary_key=True), **fields)


def user(**fields):
    """A model with the usual key."""
    return model(
        "User",
        pk=models.CompositePrimaryKey("tenant", "num"),
        tenant=fk("Tenant"),
        num=models.IntegerField(),
        **fields,
    )


def note(name="Note", options=None, **fields):
    return model(name, options, id=models.AutoField(primary_key=True), **fields)


def make_state(*model_states):
    """Return a project's state, with fields of its own."""
    models = {}
    for model_state in model_states:
        model_state = model_state.clone()
        for name, field in model_state.fields.items():
            model_state.fields[name] = field.clone()
        models[model_state.app_label, model_state.name_lower] = model_state
    return ProjectState(models)


class Questioner(MigrationQuestioner):
    """Says yes to all renames."""

    default = 1

    def ask_initial(self, app_label):
        return True

    def ask_rename(self, model_name, old_name, new_name, field_instance):
        return True

    def ask_rename_model(self, old_model_state, new_model_state):
        return True

    def ask_not_null_addition(self, field_name, model_name):
        return self.default

    ask_not_null_alteration = ask_not_null_addition


def get_changes(before, after, questioner=None):
    """Return the migrations, by app label, that the autodetector makes."""
    autodetector = MigrationAutodetector(
        make_state(*before.models.values()),
        make_state(*after.models.values()),
        questioner or Questioner(),
    )
    return autodetector._detect_changes()


def get_ordered_migrations(changes):
    """Return migrations in the order in which they are applied."""
    migrations = {
        (app_label, migration.name): migration
        for app_label, app_migrations in changes.items()
        for migration in app_migrations
    }
    ordered = []
    while len(ordered) < len(migrations):
        ready = [
            migration
            for migration in migrations.values()
            if migration not in ordered
            and all(
                migrations[dependency] in ordered
                for dependency in migration.dependencies
                if dependency in migrations
            )
        ]
        assert ready, f"Circular dependencies: {changes}"
        ordered.append(ready[0])
    return ordered


class RelationMigrationsMixin:
    def get_operations(self, before, after, app_label=APP):
        """Return the operations of what must be a single migration."""
        changes = get_changes(make_state(*before), make_state(*after))
        self.assertLessEqual(changes.keys(), {app_label})
        if not changes:
            return []
        (migration,) = changes[app_label]
        return migration.operations

    def assertOperations(self, found, expected):
        self.assertEqual([operation.describe() for operation in found], expected)

    def get_created_fields(self, operation):
        return [name for name, _ in operation.fields]


class StateTests(SimpleTestCase):
    """The state of a project knows a relation as one field."""

    @isolate_apps("composite_relations")
    def test_from_model(self):
        class Owner(models.Model):
            pk = models.CompositePrimaryKey("country", "number")
            country = models.CharField(max_length=2)
            number = models.IntegerField()

        class Abstract(models.Model):
            owner = models.ForeignKey(Owner, models.CASCADE)

            class Meta:
                abstract = True

        class Thing(Abstract):
            previous_number = models.IntegerField(null=True)
            previous = models.OneToOneField(
                Owner,
                models.SET_NULL,
                null=True,
                from_fields=["owner_country", "previous_number"],
                related_name="previous_things",
            )

        self.assertIn("owner_number", [f.name for f in Thing._meta.fields])
        state = ModelState.from_model(Thing)
        self.assertEqual(
            list(state.fields), ["id", "owner", "previous_number", "previous"]
        )
        self.assertEqual(
            state.fields["owner"].deconstruct()[1:],
            (
                "django.db.models.ForeignKey",
                [],
                {"on_delete": models.CASCADE, "to": "composite_relations.owner"},
            ),
        )
        self.assertEqual(
            state.fields["previous"].deconstruct()[3],
            {
                "on_delete": models.SET_NULL,
                "to": "composite_relations.owner",
                "null": True,
                "from_fields": ["owner_country", "previous_number"],
                "related_name": "previous_things",
            },
        )
        project_state = ProjectState()
        project_state.add_model(ModelState.from_model(Owner))
        project_state.add_model(state)
        Historical = project_state.apps.get_model("composite_relations", "Thing")
        self.assertEqual(
            [field.attname for field in Historical._meta.fields],
            [field.attname for field in Thing._meta.fields],
        )
        self.assertEqual(
            [field.column for field in Historical._meta.concrete_fields],
            ["id", "owner_country", "owner_number", "previous_number"],
        )
        # Nothing is left in the state of what has been found out for the model.
        self.assertEqual(ModelState.from_model(Historical), state)
        clone = project_state.clone()
        self.assertEqual(clone, project_state)
        self.assertEqual(
            ModelState.from_model(clone.apps.get_model("composite_relations", "Thing")),
            state,
        )

    def test_app_without_migrations(self):
        """Keys that are made of relations have columns in stubs of models."""
        state = ProjectState(real_apps={"composite_relations"})
        Stock = state.apps.get_model("composite_relations", "Stock")
        self.assertEqual(
            [(f.attname, f.column) for f in Stock._meta.pk.composite_fields],
            [("warehouse_id", "warehouse_id"), ("number", "number")],
        )
        state.add_model(note(stock=fk("composite_relations.Stock")))
        Note = state.apps.get_model(APP, "Note")
        self.assertEqual(
            [field.column for field in Note._meta.concrete_fields],
            ["id", "stock_warehouse_id", "stock_number"],
        )
        columns = StateColumns(state).get_columns((APP, "note"), "stock")
        self.assertEqual(
            [name for _, name in columns], ["stock_warehouse_id", "stock_number"]
        )

    def test_rename_field(self):
        """What names a field, its attname or a column of it is renamed with it."""
        state = make_state(
            tenant(),
            model(
                "User",
                pk=models.CompositePrimaryKey("tenant_id", "num"),
                tenant=fk("Tenant"),
                num=models.IntegerField(),
            ),
            model("Colleague", {"proxy": True}, bases=(f"{APP}.user",)),
            model(
                "Group",
                {
                    "unique_together": {("user_num", "rank")},
                    "indexes": [
                        models.Index(fields=["rank", "-user_tenant_id"], name="rm_i")
                    ],
                },
                pk=models.CompositePrimaryKey("user_num", "user_tenant_id", "rank"),
                user=fk("Colleague"),
                rank=models.IntegerField(),
            ),
            note(
                num=models.IntegerField(),
                group=fk("Group"),
                user=fk(
                    "User",
                    from_fields=["group_user_tenant_id", "num"],
                    to_fields=["tenant_id", "num"],
                    related_name="notes",
                ),
            ),
        )
        before = state.clone()
        state.apps
        names = [f.name for f in state.models[APP, "note"].fields.values()]
        state.rename_field(APP, "user", "tenant", "org")
        state.rename_field(APP, "user", "num", "number")
        fields = state.models[APP, "user"].fields
        self.assertEqual(fields["pk"].field_names, ("org_id", "number"))
        group = state.models[APP, "group"]
        self.assertEqual(
            group.fields["pk"].field_names, ("user_number", "user_org_id", "rank")
        )
        self.assertEqual(group.options["unique_together"], {("user_number", "rank")})
        self.assertEqual(group.options["indexes"][0].fields, ["rank", "-user_org_id"])
        kwargs = state.models[APP, "note"].fields["user"].deconstruct()[3]
        self.assertEqual(kwargs["from_fields"], ["group_user_org_id", "num"])
        self.assertEqual(kwargs["to_fields"], ["org_id", "number"])
        self.assertEqual(
            [f.column for f in state.apps.get_model(APP, "Note")._meta.concrete_fields],
            ["id", "num", "group_user_number", "group_user_org_id", "group_rank"],
        )
        state.rename_field(APP, "group", "user", "person")
        self.assertEqual(
            state.models[APP, "group"].fields["pk"].field_names,
            ("person_number", "person_org_id", "rank"),
        )
        kwargs = state.models[APP, "note"].fields["user"].deconstruct()[3]
        self.assertEqual(kwargs["from_fields"], ["group_person_org_id", "num"])
        Note = state.apps.get_model(APP, "Note")
        self.assertEqual(
            [f.column for f in Note._meta.concrete_fields],
            ["id", "num", "group_person_number", "group_person_org_id", "group_rank"],
        )
        self.assertEqual(
            [f.name for f in Note._meta.get_field("user").local_related_fields],
            ["group_person_org_id", "num"],
        )
        self.assertEqual(
            [f.name for f in state.models[APP, "note"].fields.values()], names
        )
        # The state before is as it was.
        self.assertEqual(
            before.models[APP, "group"].fields["pk"].field_names,
            ("user_num", "user_tenant_id", "rank"),
        )
        self.assertEqual(
            [
                f.column
                for f in before.apps.get_model(APP, "Note")._meta.concrete_fields
            ],
            ["id", "num", "group_user_num", "group_user_tenant_id", "group_rank"],
        )

    def test_rename_unique_fields(self):
        """A constraint that a relation depends on is renamed along."""
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="rm_ab"),
            models.UniqueConstraint(fields=["b", "c"], name="rm_bc"),
        ]
        state = make_state(
            note(
                "Target",
                {"constraints": constraints},
                a=models.IntegerField(),
                b=models.IntegerField(),
                c=models.IntegerField(),
            ),
            note(target=fk("Target", to_fields=["b", "a"])),
        )
        state.rename_field(APP, "target", "b", "d")
        ab, bc = state.models[APP, "target"].options["constraints"]
        self.assertEqual(ab.fields, ("a", "d"))
        # Others are dropped and created by operations of their own.
        self.assertEqual(bc.fields, ("b", "c"))
        self.assertEqual(
            state.models[APP, "note"].fields["target"].given_to_fields, ("d", "a")
        )

    def test_reloaded_models(self):
        """Whatever has columns that depend on a member is rendered anew."""
        state = make_state(
            tenant(),
            user(),
            model(
                "Group",
                pk=models.CompositePrimaryKey("user", "rank"),
                user=fk("User"),
                rank=models.IntegerField(),
            ),
            note("A", group=fk("Group")),
            note("B", group=fk("Group"), a=fk("A")),
        )
        state.apps
        # Models next to the one that is altered only.
        state.alter_model_options(APP, "tenant", {"verbose_name": "x"})
        state.alter_field(
            APP, "user", "num", models.CharField(max_length=30), preserve_default=True
        )
        for name in ("A", "B"):
            column = state.apps.get_model(APP, name)._meta.get_field("group_user_num")
            self.assertEqual(column.db_parameters(connection)["type"], "varchar(30)")
            self.assertIs(
                column.relation.related_model, state.apps.get_model(APP, "Group")
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


class OptimizerTests(RelationMigrationsMixin, SimpleTestCase):
    def optimize(self, *found):
        """Return the optimized operations, which must lead to the same state."""
        found = list(found)
        state = self.get_state(found)
        optimized = MigrationOptimizer().optimize(found, APP)
        self.assertEqual(self.get_state(optimized), state)
        return optimized

    def get_state(self, found):
        state = ProjectState()
        for operation in found:
            operation.state_forwards(APP, state)
            # All that is named is there.
            state.clone().apps
            columns = StateColumns(state)
            for model_key, name, field in columns.get_relations():
                for named in field.given_from_fields:
                    self.assertIsNotNone(columns.find_field(model_key, named))
                if field.has_given_to_fields:
                    target = resolve_relation(field.remote_field.model, *model_key)
                    for named in field.given_to_fields:
                        self.assertIsNotNone(columns.find_field(target, named))
        for model_state in state.models.values():
            if sets := model_state.options.get("unique_together"):
                model_state.options["unique_together"] = set(map(tuple, sets))
        return state

    def create(self, model_state):
        model_state = model_state.clone()
        options = {name: value for name, value in model_state.options.items() if value}
        return operations.CreateModel(
            model_state.name,
            [(name, field.clone()) for name, field in model_state.fields.items()],
            options,
        )

    def test_rename_member(self):
        found = self.optimize(
            self.create(tenant()),
            self.create(user()),
            self.create(note(user=fk("User"))),
            operations.RenameField("User", "num", "number"),
            operations.RenameField("User", "tenant", "org"),
        )
        self.assertEqual([type(op).__name__ for op in found], ["CreateModel"] * 3)
        self.assertEqual(dict(found[1].fields)["pk"].field_names, ("org", "number"))

    def test_rename_created_column(self):
        """A model that names a created column is created before it is renamed."""
        found = self.optimize(
            self.create(tenant()),
            self.create(user()),
            self.create(
                model(
                    "Group",
                    pk=models.CompositePrimaryKey("user_num", "user_tenant_id"),
                    user=fk("User"),
                )
            ),
            operations.RenameField("User", "num", "number"),
        )
        self.assertEqual(len(found), 4)

    def test_rename_unique_fields(self):
        fields = {"a": models.IntegerField(), "b": models.IntegerField()}
        constraint = models.UniqueConstraint(fields=["a", "b"], name="rm")
        target = note("Target", {"constraints": [constraint]}, **fields)
        found = self.optimize(
            self.create(target),
            self.create(note(x=fk("Target", to_fields=["a", "b"]))),
            operations.RenameField("Target", "b", "c"),
        )
        self.assertEqual(len(found), 3)
        found = self.optimize(
            self.create(target),
            self.create(note()),
            operations.AddField("note", "x", fk("Target", to_fields=["a", "b"])),
            operations.RenameField("Target", "b", "c"),
        )
        self.assertEqual(
            [type(op).__name__ for op in found],
            ["CreateModel", "CreateModel", "RenameField"],
        )

    def test_self_reference(self):
        found = self.optimize(
            self.create(
                note(
                    options={"unique_together": {("a", "b")}},
                    a=models.IntegerField(),
                    b=models.IntegerField(),
                )
            ),
            operations.AddField("note", "c", models.IntegerField(null=True)),
            operations.AddField(
                "note",
                "parent",
                fk("Note", null=True, from_fields=["a", "c"], to_fields=["a", "b"]),
            ),
            operations.RenameField("note", "a", "x"),
            operations.RenameField("note", "c", "z"),
        )
        (created,) = found
        parent = dict(created.fields)["parent"]
        self.assertEqual(parent.given_from_fields, ("x", "z"))
        self.assertEqual(parent.given_to_fields, ("x", "b"))
        self.assertEqual(created.options["unique_together"], {("x", "b")})

    def test_renamed_constraint(self):
        """The relation that a constraint was renamed for has been removed since."""
        constraint = models.UniqueConstraint(fields=["a", "b"], name="rm")
        target = note(
            "Target",
            {"constraints": [constraint]},
            a=models.IntegerField(),
            b=models.IntegerField(),
        )
        found = self.optimize(
            self.create(target),
            self.create(note()),
            operations.AddField("note", "x", fk("Target", to_fields=["a", "b"])),
            operations.RenameField("Target", "b", "c"),
            operations.RemoveField("note", "x"),
        )
        options = {operation.name: operation.options for operation in found}
        self.assertEqual(options.keys(), {"Target", "Note"})
        self.assertEqual(options["Target"]["constraints"][0].fields, ("a", "c"))

    def test_removed_field(self):
        """A field isn't removed before the relation that is made of it."""
        found = self.optimize(
            self.create(tenant()),
            self.create(user()),
            self.create(note(tenant=fk("Tenant"), a=models.IntegerField())),
            operations.RunPython(operations.RunPython.noop),
            operations.AddField("note", "x", fk("User", from_fields=["tenant", "a"])),
            operations.AddField("note", "b", models.IntegerField()),
            operations.AlterField("note", "x", fk("User", from_fields=["tenant", "b"])),
            operations.RemoveField("note", "a"),
        )
        self.assertOperations(
            found[4:],
            [
                "Add field b to note",
                "Add field x to note",
                "Remove field a from note",
            ],
        )


class DatabaseTests(RelationMigrationsMixin, TransactionTestCase):
    """Migrates the database from one set of models to the next, and back."""

    available_apps = []

    def setUp(self):
        self.tables = self.get_tables()
        self.start()
        self.addCleanup(self.start)

    def start(self):
        """Start from nothing, whatever is left of what was done before."""
        self.state = ProjectState()
        self.applied = []
        tables = self.get_tables() - self.tables
        with connection.constraint_checks_disabled():
            with connection.schema_editor() as editor:
                for table in tables:
                    name = connection.ops.quote_name(table)
                    editor.execute(editor.sql_delete_table % {"table": name})

    def get_tables(self):
        with connection.cursor() as cursor:
            return set(connection.introspection.table_names(cursor))

    def get_columns(self, table):
        with connection.cursor() as cursor:
            return {
                column.name
                for column in connection.introspection.get_table_description(
                    cursor, f"{APP}_{table}"
                )
            }

    def get_constraints(self, table):
        with connection.cursor() as cursor:
            return connection.introspection.get_constraints(cursor, f"{APP}_{table}")

    def assertReferences(self, table, *expected):
        """The foreign keys of several columns that the database knows."""
        if not connection.features.can_introspect_foreign_keys:
            return
        self.assertCountEqual(
            [
                tuple(constraint["columns"])
                for constraint in self.get_constraints(table).values()
                if constraint["foreign_key"] and len(constraint["columns"]) > 1
            ],
            expected,
        )

    def migrate(self, *model_states, default=1):
        """
        Migrate to the models. Return the operations, which must be such that
        nothing is left to be done.
        """
        questioner = Questioner()
        questioner.default = default
        after = make_state(*model_states)
        migrations = get_ordered_migrations(get_changes(self.state, after, questioner))
        for migration in migrations:
            before = self.state.clone()
            with connection.schema_editor(atomic=migration.atomic) as editor:
                self.state = migration.apply(self.state.clone(), editor)
            self.applied.append((migration, before))
        self.assertEqual(
            [
                operation
                for migration in get_ordered_migrations(get_changes(self.state, after))
                for operation in migration.operations
            ],
            [],
        )
        return [op for migration in migrations for op in migration.operations]

    def migrate_back(self):
        """Take back all there is."""
        while self.applied:
            migration, before = self.applied.pop()
            with connection.schema_editor(atomic=migration.atomic) as editor:
                migration.unapply(before, editor)
            self.state = before
        self.assertEqual(self.get_tables(), self.tables)

    def get_model(self, name):
        return self.state.apps.get_model(APP, name)

    def test_create(self):
        self.migrate(tenant(), user(), note(user=fk("User")))
        self.assertEqual(self.get_columns("note"), {"id", "user_tenant_id", "user_num"})
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        Note = self.get_model("Note")
        Note.objects.create(user=user1)
        self.assertEqual(Note.objects.get(user=user1).user_pk, (tenant1.pk, 7))
        self.assertReferences("note", ("user_tenant_id", "user_num"))
        self.migrate_back()

    def test_keys_of_keys(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        award = model(
            "Award",
            pk=models.CompositePrimaryKey("year", "group"),
            year=models.IntegerField(),
            group=fk("Group"),
        )
        self.migrate(award, group, tenant(), user())
        self.assertEqual(
            self.get_columns("award"),
            {"year", "group_user_tenant_id", "group_user_num", "group_rank"},
        )
        self.migrate_back()

    def test_circles(self):
        owned = tenant(owner=fk("User", null=True))
        person = user(
            boss=fk("User", null=True, related_name="subordinates"),
            note=fk("Note", null=True),
        )
        self.migrate(owned, person, note(user=fk("User", related_name="notes")))
        Tenant, User = self.get_model("Tenant"), self.get_model("User")
        tenant1 = Tenant.objects.create()
        boss = User.objects.create(tenant=tenant1, num=1)
        user1 = User.objects.create(tenant=tenant1, num=2, boss=boss)
        user1.note = self.get_model("Note").objects.create(user=boss)
        user1.save()
        tenant1.owner = user1
        tenant1.save()
        self.assertEqual(Tenant.objects.get(owner__boss=boss), tenant1)
        self.migrate(tenant())
        self.migrate_back()

    def test_constraints_of_altered_target(self):
        """Constraints and indexes that name the relation are made anew."""
        options = {
            "constraints": [
                models.UniqueConstraint(fields=["user", "text"], name="unique_note"),
                models.UniqueConstraint(
                    fields=["text"],
                    condition=models.Q(user__isnull=False),
                    name="unique_text_of_user",
                ),
                models.CheckConstraint(
                    condition=models.Q(user__isnull=False) | models.Q(text="a"),
                    name="user_or_a",
                ),
            ],
            "indexes": [models.Index(fields=["text", "user"], name="text_user")],
        }
        text = {"text": models.CharField(max_length=10)}
        single = note(options=options, user=fk("Tenant", null=True), **text)
        several = note(options=options, user=fk("User", null=True), **text)
        expected = {"unique_note", "text_user"}
        if connection.features.supports_partial_indexes:
            expected.add("unique_text_of_user")
        if connection.features.supports_table_check_constraints:
            expected.add("user_or_a")
        self.migrate(tenant(), user(), single)
        for after, of_user in [(several, USER), (single, ("user_id",))]:
            self.migrate(tenant(), user(), after)
            constraints = self.get_constraints("note")
            self.assertLessEqual(expected, set(constraints))
            self.assertEqual(constraints["unique_note"]["columns"], [*of_user, "text"])
            self.assertEqual(constraints["text_user"]["columns"], ["text", *of_user])
        self.migrate_back()

    def get_coded(self, **options):
        """Models which refer to fields that are unique, and are not the key."""
        coded = note(
            "Coded",
            options,
            tenant=fk("Tenant"),
            code=models.IntegerField(),
            parent_code=models.IntegerField(null=True),
            parent=fk(
                "Coded",
                null=True,
                from_fields=["tenant", "parent_code"],
                to_fields=["tenant", "code"],
            ),
            user=fk("User", null=True),
        )
        return (
            tenant(),
            user(),
            coded,
            note(coded=fk("Coded", to_fields=["tenant", "code"])),
        )

    def test_unique_fields(self):
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
            {"unique_together": {names, ("user", "code")}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*self.get_coded(**options))
                Coded = self.get_model("Coded")
                tenant1 = self.get_model("Tenant").objects.create()
                coded = Coded.objects.create(tenant=tenant1, code=3)
                child = Coded.objects.create(tenant=tenant1, code=4, parent=coded)
                note1 = self.get_model("Note").objects.create(coded=child)
                self.assertEqual(note1.coded_pk, (tenant1.pk, 4))
                self.assertEqual(Coded.objects.get(parent=coded), child)
                self.migrate_back()

    def test_unique_fields_deleted(self):
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*self.get_coded(**options))
                self.migrate(note())
                self.assertEqual(self.get_tables() - self.tables, {f"{APP}_note"})
                self.migrate_back()

    def test_unique_fields_added_and_removed(self):
        *others, coded, _ = self.get_coded()
        plain = note(
            "Coded",
            tenant=fk("Tenant"),
            code=models.IntegerField(),
            parent_code=models.IntegerField(null=True),
            user=fk("User", null=True),
        )
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
            {"unique_together": {names, ("parent", "user")}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*others, plain, note())
                Note = self.get_model("Note")
                tenant1 = self.get_model("Tenant").objects.create()
                self.get_model("Coded").objects.create(tenant=tenant1, code=5)
                Note.objects.create()
                self.migrate(*self.get_coded(**options), default=(tenant1.pk, 5))
                self.assertEqual(
                    self.get_model("Note").objects.get().coded_pk, (tenant1.pk, 5)
                )
                self.migrate(*others, plain, note())
                self.get_model("Note").objects.all().delete()
                self.migrate_back()

    def test_rename_member(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user_num", "user_tenant_id", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = (
            tenant(),
            note(user=fk("User", null=True)),
            note("A", group=fk("Group")),
        )
        self.migrate(user(), group, *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("A").objects.create(group=group1)
        self.get_model("Note").objects.create(user=user1)
        renamed_user = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "number"),
            tenant=fk("Tenant"),
            number=models.IntegerField(),
        )
        renamed_group = model(
            "Group",
            pk=models.CompositePrimaryKey("user_number", "user_tenant_id", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        found = self.migrate(renamed_user, renamed_group, *others)
        self.assertOperations(found, ["Rename field num on user to number"])
        self.assertEqual(
            self.get_columns("note"), {"id", "user_tenant_id", "user_number"}
        )
        self.assertReferences("note", ("user_tenant_id", "user_number"))
        self.assertReferences(
            "a", ("group_user_number", "group_user_tenant_id", "group_rank")
        )
        self.assertEqual(
            self.get_columns("a"),
            {"id", "group_user_number", "group_user_tenant_id", "group_rank"},
        )
        self.assertEqual(
            self.get_model("Note").objects.get(user__number=7).user_pk, (tenant1.pk, 7)
        )
        self.assertEqual(self.get_model("A").objects.get().group_pk, (7, tenant1.pk, 2))
        self.migrate_back()

    def test_rename_relation(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = tenant(), user(), note(group=fk("Group"))
        self.migrate(group, *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("Note").objects.create(group=group1)
        renamed = model(
            "Group",
            pk=models.CompositePrimaryKey("person", "rank"),
            person=fk("User"),
            rank=models.IntegerField(),
        )
        found = self.migrate(renamed, *others)
        self.assertOperations(found, ["Rename field user on group to person"])
        self.assertEqual(
            self.get_columns("note"),
            {"id", "group_person_tenant_id", "group_person_num", "group_rank"},
        )
        self.assertEqual(
            self.get_model("Note").objects.get(group=(tenant1.pk, 7, 2)).group.person,
            self.get_model("User").objects.get(),
        )
        self.migrate_back()

    def test_rename_named_fields(self):
        names = ("tenant", "code")
        for options, renamed_options in (
            (
                {"constraints": [models.UniqueConstraint(fields=names, name="rm")]},
                {
                    "constraints": [
                        models.UniqueConstraint(fields=("org", "nr"), name="rm")
                    ]
                },
            ),
            ({"unique_together": {names}}, {"unique_together": {("org", "nr")}}),
        ):
            with self.subTest(options=options):
                self.start()
                models_before = self.get_coded(**options)
                self.migrate(*models_before)
                tenant1 = self.get_model("Tenant").objects.create()
                Coded = self.get_model("Coded")
                coded = Coded.objects.create(tenant=tenant1, code=3)
                Coded.objects.create(tenant=tenant1, code=4, parent=coded)
                self.get_model("Note").objects.create(coded=coded)
                coded = note(
                    "Coded",
                    renamed_options,
                    org=fk("Tenant"),
                    nr=models.IntegerField(),
                    parent_nr=models.IntegerField(null=True),
                    parent=fk(
                        "Coded",
                        null=True,
                        from_fields=["org", "parent_nr"],
                        to_fields=["org", "nr"],
                    ),
                    user=fk("User", null=True),
                )
                found = self.migrate(
                    *models_before[:2],
                    coded,
                    note(coded=fk("Coded", to_fields=["org", "nr"])),
                )
                self.assertOperations(
                    found,
                    [
                        "Rename field code on coded to nr",
                        "Rename field tenant on coded to org",
                        "Rename field parent_code on coded to parent_nr",
                    ],
                )
                self.assertEqual(
                    self.get_columns("note"), {"id", "coded_org_id", "coded_nr"}
                )
                self.assertEqual(
                    self.get_model("Coded").objects.get(parent__nr=3).nr, 4
                )
                self.assertReferences("coded", ("org_id", "parent_nr"), USER)
                self.assertReferences("note", ("coded_org_id", "coded_nr"))
                self.assertEqual(self.get_model("Note").objects.get().coded.nr, 3)
                self.migrate_back()

    def test_rename_model(self):
        def get_models(name):
            return (
                tenant(),
                model(
                    name,
                    pk=models.CompositePrimaryKey("tenant", "num"),
                    tenant=fk("Tenant"),
                    num=models.IntegerField(),
                    boss=fk(name, null=True),
                ),
                note(user=fk(name)),
            )

        self.migrate(*get_models("User"))
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        self.get_model("Note").objects.create(user=user1)
        found = self.migrate(*get_models("Person"))
        self.assertOperations(found, ["Rename model User to Person"])
        person = self.get_model("Person").objects.get()
        self.assertEqual(self.get_model("Note").objects.get().user, person)
        self.assertReferences("note", USER)
        self.assertReferences("person", ("boss_tenant_id", "boss_num"))
        self.migrate_back()

    def test_rename_model_with_relations_to_itself(self):
        def get_models(name):
            return (
                tenant(),
                model(
                    name,
                    pk=models.CompositePrimaryKey("tenant", "num"),
                    tenant=fk("Tenant"),
                    num=models.IntegerField(),
                    boss=fk(name, null=True, related_name="+"),
                    friend=fk(name, null=True, related_name="+"),
                ),
            )

        self.migrate(*get_models("User"))
        found = self.migrate(*get_models("Person"))
        self.assertOperations(found, ["Rename model User to Person"])
        self.assertReferences(
            "person",
            ("boss_tenant_id", "boss_num"),
            ("friend_tenant_id", "friend_num"),
        )
        self.migrate_back()

    def test_alter_member(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = tenant(), group, note(user=fk("User")), note("A", group=fk("Group"))
        self.migrate(user(), *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("A").objects.create(group=group1)
        altered = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "num"),
            tenant=fk("Tenant"),
            num=models.CharField(max_length=20),
        )
        found = self.migrate(altered, *others)
        self.assertOperations(found, ["Alter field num on user"])
        user2 = self.get_model("User").objects.create(tenant_id=tenant1.pk, num="x")
        group2 = self.get_model("Group").objects.create(user=user2, rank=2)
        self.get_model("A").objects.create(group=group2)
        self.assertCountEqual(
            [a.group_pk for a in self.get_model("A").objects.all()],
            [(tenant1.pk, "7", 2), (tenant1.pk, "x", 2)],
        )
        self.get_model("A").objects.get(group=group2).delete()
        group2.delete()
        user2.delete()
        self.migrate_back()

    def test_alter_relation(self):
        others = tenant(), user()
        self.migrate(*others, note(user=fk("User", null=True)))
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        self.get_model("Note").objects.create(user=None)
        self.migrate(*others, note(user=fk("User")), default=(tenant1.pk, 7))
        self.assertEqual(self.get_model("Note").objects.get().user_pk, user1.pk)
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("User", on_delete=models.PROTECT)))
        self.migrate(*others, note(user=fk("User", db_index=False)))
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("User", db_constraint=False)))
        self.assertReferences("note")
        self.migrate(*others, note(user=fk("User", models.OneToOneField)))
        self.migrate(*others, note(user=fk("User")))
        self.migrate(*others, note())
        self.assertEqual(self.get_columns("note"), {"id"})
        self.get_model("Note").objects.all().delete()
        self.migrate_back()

    def test_alter_target(self):
        others = tenant(), user()
        self.migrate(*others, note(user=fk("Tenant", null=True)))
        self.migrate(*others, note(user=fk("User", null=True)))
        self.assertEqual(self.get_columns("note"), {"id", "user_tenant_id", "user_num"})
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("Tenant", null=True)))
        self.assertEqual(self.get_columns("note"), {"id", "user_id"})
        self.migrate_back()

    def test_names_of_relations(self):
        """Constraints, indexes and unique_together may name a relation."""
        options = {
            "unique_together": {("user", "text")},
            "indexes": [models.Index(fields=["text", "user"], name="rm_index")],
            "constraints": [
                models.UniqueConstraint(fields=["user", "other"], name="rm_unique"),
                models.CheckConstraint(
                    condition=models.Q(user_num__gt=0), name="rm_check"
                ),
            ],
        }
        fields = {
            "text": models.CharField(max_length=10),
            "user": fk("User", related_name="notes"),
            "other": fk("User", null=True, related_name="others"),
        }
        others = tenant(), user()
        self.migrate(*others, note(options=options, **fields))
        self.migrate_back()
        self.migrate(*others, note(**fields))
        self.migrate(*others, note(options=options, **fields))
        self.migrate(*others, note(**fields))
        self.migrate_back()

    def test_options(self):
        others = tenant(), user()
        relation = {"user": fk("User")}
        self.migrate(*others, note(**relation))
        self.migrate(*others, note(options={"db_table": f"{APP}_x"}, **relation))
        self.assertReferences("x", USER)
        options = {"order_with_respect_to": "user"}
        self.migrate(*others, note(options=options, **relation))
        self.assertReferences("note", USER)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=1)
        note1 = self.get_model("Note").objects.create(user=user1)
        self.assertSequenceEqual(user1.get_note_order(), [note1.pk])
        note1.delete()
        self.migrate(*others, note(**relation))
        self.migrate_back()
        self.migrate(*others, note(options=options, **relation))
        self.migrate_back()

    def test_renamed_index(self):
        """An index of index_together, which named a relation."""
        found = [
            operations.CreateModel(
                "Tenant", [("id", models.AutoField(primary_key=True))]
            ),
            operations.CreateModel("User", list(user().fields.items())),
            operations.CreateModel(
                "Note",
                [
                    ("id", models.AutoField(primary_key=True)),
                    ("text", models.CharField(max_length=10)),
                    ("user", fk("User", db_index=False)),
                ],
                {"index_together": {("text", "user")}},
            ),
            operations.RenameIndex(
                "Note", new_name="rm_index", old_fields=("text", "user")
            ),
        ]
        state = ProjectState()
        for operation in found:
            before = state.clone()
            operation.state_forwards(APP, state)
            with connection.schema_editor() as editor:
                operation.database_forwards(APP, editor, before, state)
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(
                cursor, f"{APP}_note"
            )
        self.assertEqual(constraints["rm_index"]["columns"], ["text", *USER])

    def test_unique_relations(self):
        """The fields that a relation refers to are a relation and another one."""
        self.migrate(*self.get_seats(["user", "row"]))
        columns = ("seat_user_tenant_id", "seat_user_num", "seat_row")
        self.assertEqual(self.get_columns("note"), {"id", *columns})
        self.assertReferences("note", columns)
        self.migrate_back()

    def test_order_of_unique_fields(self):
        """The fields are referred to in another order than the constraint's."""
        self.migrate(*self.get_seats(["row", "user_num", "user_tenant_id"]))
        self.assertEqual(
            self.get_columns("note"),
            {"id", "seat_row", "seat_user_num", "seat_user_tenant_id"},
        )
        self.migrate_back()

    def get_seats(self, to_fields):
        constraint = models.UniqueConstraint(fields=["user", "row"], name="rm_seat")
        seat = note(
            "Seat",
            {"constraints": [constraint]},
            row=models.IntegerField(),
            user=fk("User"),
        )
        return tenant(), user(), seat, note(seat=fk("Seat", to_fields=to_fields))

    def test_inheritance(self):
        employee = model(
            "Employee",
            bases=(f"{APP}.user",),
            user_ptr=fk(
                "User",
                models.OneToOneField,
                parent_link=True,
                primary_key=True,
                auto_created=True,
                serialize=False,
            ),
            salary=models.IntegerField(null=True),
        )
        proxy = model("Colleague", {"proxy": True}, bases=(f"{APP}.employee",))
        others = tenant(), employee, proxy, note(user=fk("Colleague"))
        self.migrate(user(), *others)
        self.assertEqual(
            self.get_columns("note"),
            {"id", "user_user_ptr_tenant_id", "user_user_ptr_num"},
        )
        tenant1 = self.get_model("Tenant").objects.create()
        employee = self.get_model("Employee").objects.create(tenant=tenant1, num=7)
        renamed = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "number"),
            tenant=fk("Tenant"),
            number=models.IntegerField(),
        )
        found = self.migrate(renamed, *others)
        self.assertOperations(found, ["Rename field num on user to number"])
        self.assertEqual(
            self.get_columns("note"),
            {"id", "user_user_ptr_tenant_id", "user_user_ptr_number"},
        )
        self.migrate_back()
