"""
States of projects with keys and relations of several columns, and what the
autodetector says about two of them.
"""

from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.test import TransactionTestCase

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


class MigrationTestCase(RelationMigrationsMixin, TransactionTestCase):
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
