"""
Histories in which keys change, squashed: the same models with fewer operations, and
nothing moved to where the key is another one.
"""

from composite_key_changes.shops import AUTO, line
from composite_relations.projects import (
    APP,
    Questioner,
    fk,
    get_changes,
    get_ordered_migrations,
    make_state,
    model,
)

from django.db import migrations, models
from django.db.migrations.optimizer import MigrationOptimizer
from django.db.migrations.state import ProjectState
from django.test import SimpleTestCase

KEY = {"pk": models.CompositePrimaryKey("year", "number")}


def order(**fields):
    number = {"year": models.IntegerField(), "number": models.IntegerField()}
    return model("Order", **number, **fields)


def do_nothing(apps, schema_editor):
    pass


class OptimizerTests(SimpleTestCase):
    def get_history(self, *versions):
        """Return the operations that makemigrations writes for one after another."""
        state = ProjectState()
        operations = []
        for version in versions:
            after = make_state(*version)
            for migration in get_ordered_migrations(
                get_changes(state, after, Questioner())
            ):
                state = migration.mutate_state(state)
                operations += migration.operations
        return operations

    def get_state(self, operations):
        state = ProjectState()
        for operation in operations:
            operation.state_forwards(APP, state)
            # As the database is altered by each of them.
            state.clone().apps
        return {
            key: sorted(
                (name, *field.deconstruct()[1:3])
                for name, field in model_state.fields.items()
            )
            for key, model_state in state.models.items()
        }

    def optimize(self, operations):
        optimized = MigrationOptimizer().optimize(operations, APP)
        self.assertEqual(self.get_state(optimized), self.get_state(operations))
        return [
            f"{type(operation).__name__} {getattr(operation, 'name', '')}".strip()
            for operation in optimized
        ]

    single = [order(**AUTO), line()]
    composite = [order(**KEY), line()]
    created = ["CreateModel Order", "CreateModel Line"]

    def test_folded(self):
        for versions in (
            [self.single, self.composite],
            [self.composite, self.single],
            [self.single, self.composite, self.single],
            [self.composite, self.single, self.composite],
        ):
            with self.subTest(len(versions)):
                operations = self.get_history(*versions)
                self.assertGreater(len(operations), 2)
                self.assertCountEqual(self.optimize(operations), self.created)

    def test_members_folded(self):
        single = [model("Order", **AUTO), line()]
        part = models.IntegerField(default=0)
        key = {"pk": models.CompositePrimaryKey("year", "number", "part")}
        operations = self.get_history(
            single, self.composite, [order(**key, part=part), line()]
        )
        self.assertCountEqual(self.optimize(operations), self.created)

    def test_back_and_forth(self):
        """
        Removing what was added would leave the old key be removed, which relations
        refer to.
        """
        created, changed = (
            self.get_history(self.single),
            self.get_history(self.single, self.composite, self.single),
        )
        operations = changed[len(created) :]
        self.assertEqual(len(operations), 4)
        state = make_state(*self.single)
        for operation in MigrationOptimizer().optimize(operations, APP):
            operation.state_forwards(APP, state)
            self.assertTrue(
                any(f.primary_key for f in state.models[APP, "order"].fields.values())
            )

    def test_relations_stay(self):
        """The default of a relation is one for the key that there is."""
        other = models.CompositePrimaryKey("year", "number", "part")
        operations = [
            migrations.AddField("Order", "pk", KEY["pk"].clone()),
            migrations.AddField("Line", "order", fk("Order", default=(1, 1))),
            migrations.AlterField("Order", "pk", other),
        ]
        self.assertEqual(MigrationOptimizer().optimize(operations, APP), operations)

    def test_code_stays(self):
        before, after = self.get_history(self.single), self.get_history(
            self.single, self.composite
        )
        operations = [
            *before,
            migrations.RunPython(do_nothing),
            *after[len(before) :],
        ]
        self.assertEqual(
            self.optimize(operations)[-3:],
            ["RunPython", "AddField pk", "RemoveField id"],
        )

    def test_steps_are_elided(self):
        before, after = self.get_history(self.single), self.get_history(
            self.single, self.composite
        )
        operations = [
            *before,
            migrations.ExpandPrimaryKey("Order", ["year", "number"]),
            migrations.FillPrimaryKey("Order", ["year", "number"]),
            *after[len(before) :],
        ]
        self.assertCountEqual(self.optimize(operations), self.created)
