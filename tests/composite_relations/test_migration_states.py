"""
The state of a project with keys and relations of several columns.
"""

from django.db import connection, models
from django.db.migrations.columns import StateColumns
from django.db.migrations.state import ModelState, ProjectState
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from .projects import APP, fk, make_state, model, note, tenant, user


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
