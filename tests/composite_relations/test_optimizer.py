"""
What the optimizer may do with keys and relations of several columns.
"""

from django.db import models
from django.db.migrations import operations
from django.db.migrations.columns import StateColumns
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation
from django.test import SimpleTestCase

from .projects import APP, RelationMigrationsMixin, fk, model, note, tenant, user


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
