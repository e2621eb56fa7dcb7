"""
Checks of the changes of keys that a migration makes, before its first statement.

A change of a key that can't be made is refused before it alters anything. If the
database can't roll back schema changes, what other operations of the migration have
done before stays nevertheless, and they can't be done again. So the checks are made
when the migration starts, as far as it can be known what they are going to find.
"""

from contextlib import suppress
from itertools import takewhile

from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.key_checks import KnownTables
from django.db.backends.base.relations import RelationForeignKey, is_multicolumn
from django.db.migrations.keys import changes_key, get_apps, get_models_with_keys
from django.db.migrations.operations.base import OperationCategory
from django.db.migrations.state import ProjectState
from django.db.models.columns import get_column_names, has_column

# Where the values of a field come from: nobody knows, or it's added, with values of
# its own or with the same one in all rows. The latter is in place of columns, too.
UNKNOWN, ADDED, CONSTANT = object(), object(), object()


def is_known(operation):
    """Has an operation no other effect on rows than what the states tell?"""
    return operation.category in (
        OperationCategory.ADDITION,
        OperationCategory.REMOVAL,
        OperationCategory.ALTERATION,
    )


def check_key_changes(editor, migration, state, backwards=False):
    """
    Raise KeyChangeError if it's known by now that the migration can't change a key.
    `state` is the one before the migration, in either direction.
    """
    operations = migration.operations[:: -1 if backwards else 1]
    if backwards and not all(operation.reversible for operation in operations):
        return
    known = list(takewhile(is_known, operations))
    positions = [i for i, operation in enumerate(known) if changes_key(operation)]
    if not positions or not positions[-1]:
        # What is done first is checked in time.
        return
    steps = get_steps(migration, state, backwards)
    forecast = KeyForecast(editor.connection, migration.app_label, steps[0][1])
    for operation, from_state, to_state in steps[: positions[-1] + 1]:
        if changes_key(operation):
            forecast.check(editor, operation, from_state, to_state)
        forecast.add(operation, from_state, to_state)


def get_steps(migration, state, backwards):
    """
    Return the operations, each with the states before and after, in the order in
    which they are carried out.
    """
    state = copy_state(state)
    steps = []
    for operation in migration.operations:
        before = state
        state = state.clone()
        operation.state_forwards(migration.app_label, state)
        steps.append((operation, before, state))
    if backwards:
        return [(operation, after, before) for operation, before, after in steps[::-1]]
    return steps


def copy_state(state):
    """Return a copy whose fields operations may alter, as RenameField() does."""
    models = {}
    for model_key, model_state in state.models.items():
        models[model_key] = model_state = model_state.clone()
        for name, field in model_state.fields.items():
            model_state.fields[name] = field.clone()
    copied = ProjectState(models, state.real_apps)
    copied.apps = state.apps.clone()
    copied.is_delayed = state.is_delayed
    return copied


def get_added_values(field):
    """Return CONSTANT if adding a field gives the same value to all rows, or ADDED."""
    is_constant = (
        field.has_default()
        and field.default is not None
        and not field.has_db_default()
        and not field.generated
    )
    return CONSTANT if is_constant else ADDED


def get_foreign_keys(apps):
    """Return (table, RelationForeignKey) pairs."""
    foreign_keys = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if getattr(field, "db_constraint", False) and has_column(field):
                # It may refer to a field that was removed before it is.
                with suppress(FieldDoesNotExist):
                    foreign_keys.add((model._meta.db_table, RelationForeignKey(field)))
    return foreign_keys


class KeyForecast(KnownTables):
    """
    What is known, before a migration, of the tables as they will be when one of its
    operations changes a key.

    `state` is the one that the database is in, which is also asked: operations that
    were carried out by a run that was interrupted aren't carried out again.
    """

    def __init__(self, connection, app_label, state):
        self.connection = connection
        self.introspection = connection.introspection
        self.app_label = app_label
        self.state = state
        # By model and name, where the values of fields come from: the name of a field
        # of `state`, or one of the above. Those of others are what they are.
        self.sources = {}
        # The columns that changes of other keys have added or dropped.
        self.replaced = set()
        # Models of which operations alter fields or options, e.g. remove a generated
        # field that depends on columns which a change of a key drops.
        self.altered = set()
        self.columns = {}
        self.tables = set(map(self.convert, self.introspection.table_names()))

    def convert(self, name):
        return self.introspection.identifier_converter(name)

    def add(self, operation, from_state, to_state):
        """Add what an operation does."""
        if hasattr(operation, "model_name"):
            self.altered.add((self.app_label, operation.model_name.lower()))
        for model_key, model_state in to_state.models.items():
            if model_key in from_state.models:
                olds = from_state.models[model_key].fields
                self.add_fields(operation, model_key, olds, model_state.fields)

    def add_fields(self, operation, model_key, olds, news):
        added = [name for name in news if name not in olds]
        removed = [name for name in olds if name not in news]
        source = None
        if added and removed and hasattr(operation, "new_name"):
            (old_name,) = removed
            source = self.sources.get((model_key, old_name), old_name)
        for name in added:
            # If there was another one of the name, columns could be mistaken.
            is_new = (model_key, name) not in self.sources
            # The default that is given to rows isn't kept in each state.
            field = getattr(operation, "field", None) or news[name]
            found = source or get_added_values(field)
            self.sources[model_key, name] = found if is_new else UNKNOWN
        for name, field in olds.items():
            if news.get(name) is not field:
                self.sources[model_key, name] = UNKNOWN

    def check(self, editor, operation, from_state, to_state):
        """Check the change of a key by an operation."""
        models = get_models_with_keys(operation, self.app_label, from_state, to_state)
        if models is None or not operation.allow_migrate_model(
            self.connection.alias, models[1]
        ):
            return
        self.located = self.locate_columns(from_state)
        self.altered_tables = {
            from_state.apps.get_model(*model_key)._meta.db_table
            for model_key in self.altered
            if model_key in from_state.models
        }
        self.dropped_references = {
            (table, foreign_key.columns)
            for table, foreign_key in (
                get_foreign_keys(get_apps(self.state))
                - get_foreign_keys(from_state.apps)
            )
        }
        for change in editor.check_primary_key(*models, self):
            for name in (
                *change.added_names,
                *change.removed_names,
                *change.temporary.values(),
            ):
                self.replaced.add((change.table, name))

    def has_dependents(self, table):
        return self.has_table(table) and table not in self.altered_tables

    def locate_columns(self, state):
        """
        Return the columns that aren't in the database what they are in a state, by
        table and name: the name of a column, CONSTANT, or None.
        """
        located = {}
        for (model_key, name), source in self.sources.items():
            if source is not UNKNOWN and model_key in state.models:
                model = state.apps.get_model(*model_key)
                field = model._meta.get_field(name)
                if has_column(field):
                    for column in get_column_names([field]):
                        located[model._meta.db_table, column] = self.get_source(
                            model_key, field, source
                        )
        for (model_key, name), source in self.sources.items():
            if source is UNKNOWN:
                for apps in (self.state.apps, state.apps):
                    located.update(dict.fromkeys(get_columns(apps, model_key, name)))
        located.update(dict.fromkeys(self.replaced))
        return located

    def get_source(self, model_key, field, source):
        """Return what has the values of a field that is added or was renamed."""
        if not field.column or is_multicolumn(field):
            return None
        if self.has_column(field.model._meta.db_table, field.column):
            # The operation has been carried out.
            return field.column
        if source is ADDED:
            return None
        if source is CONSTANT:
            return CONSTANT
        columns = get_columns(self.state.apps, model_key, source)
        if len(columns) == 1:
            ((table, column),) = columns
            return column if table == field.model._meta.db_table else None

    # KnownTables.

    def has_table(self, table):
        return self.convert(table) in self.tables

    def has_column(self, table, column):
        if table not in self.columns:
            self.columns[table] = set()
            if self.has_table(table):
                with self.connection.cursor() as cursor:
                    self.columns[table] = {
                        self.convert(info.name)
                        for info in self.introspection.get_table_description(
                            cursor, table
                        )
                    }
        return self.convert(column) in self.columns[table]

    def locate(self, table, column):
        found = self.located.get((table, column), column)
        if found in (None, CONSTANT) or self.has_column(table, found):
            return found

    def has_columns(self, table, columns):
        return all(self.locate(table, column) == column for column in columns)

    def get_columns(self, table, columns):
        found = [self.locate(table, column) for column in columns]
        return [] if None in found else [name for name in found if name != CONSTANT]


def get_columns(apps, model_key, name):
    """Return (table, column) pairs for a field, if there is one in `apps`."""
    model = apps.all_models[model_key[0]].get(model_key[1])
    if model is None:
        return []
    return [
        (model._meta.db_table, column)
        for field in model._meta.local_fields
        if field.name == name and has_column(field)
        for column in get_column_names([field])
    ]
