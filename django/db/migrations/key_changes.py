"""
In which order do operations come that change the primary key of a model?

One operation changes the key of a model, and with it the columns of all relations
to it: the AddField(), AlterField() or RemoveField() of a CompositePrimaryKey. What
the new key is made of is there before, and what only the old one was made of goes
afterwards. The autodetector generates operations in the order of names. Whatever
depends on a key that changes is put in order here.
"""

from django.db.migrations.columns import (
    get_base_keys,
    get_own_names,
    is_column_relation,
    is_unique_set,
)
from django.db.migrations.keys import is_composite_key
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    AlterUniqueTogether,
    CreateModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
)
from django.db.migrations.utils import resolve_relation
from django.db.models import Q


def get_model_key(app_label, operation):
    name = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    return app_label, name.lower()


def get_dependent_keys(state_columns, model_key):
    """
    Return the models whose primary keys the columns of a relation to the model
    follow: its own, and those of models which its key refers to.
    """
    found = set()
    queue = [model_key]
    for model_key in queue:
        key = state_columns.find_key(model_key)
        if key is None or key[0] in found:
            continue
        found.add(key[0])
        for field in state_columns.get_named_fields(*key[:1], key[1:]).values():
            if follows_key(field):
                queue.append(resolve_relation(field.remote_field.model, *key[0]))
    return found


def is_unmanaged(model_state):
    return not model_state.options.get("managed", True)


def follows_key(field):
    """Does a field have the columns of the key that it refers to?"""
    return (
        is_column_relation(field)
        and field.given_to_fields == (None,)
        and not field.given_from_fields
    )


def get_relation_targets(model_key, field):
    """Return the models whose keys the columns of a relation are made for."""
    if field.many_to_many and not getattr(field.remote_field, "through", None):
        return [model_key, resolve_relation(field.remote_field.model, *model_key)]
    if follows_key(field):
        return [resolve_relation(field.remote_field.model, *model_key)]
    return []


class KeyChanges:
    """
    The changes of keys that a run of the autodetector has found.

    columns
        The ColumnDependencies of the run.
    operations
        The operations that change the key, by model.
    """

    def __init__(self, columns):
        self.columns = columns
        self.autodetector = columns.autodetector
        self.new = columns.new
        self.generated = [
            (app_label, operation)
            for app_label, operations in sorted(
                self.autodetector.generated_operations.items()
            )
            for operation in operations
        ]
        self.operations = {}
        self.old_models = columns.get_renamed_state().models
        for app_label, operation in self.generated:
            model_key = get_model_key(app_label, operation)
            if model_key in self.old_models and self.changes_key(model_key, operation):
                self.operations[model_key] = operation

    def changes_key(self, model_key, operation):
        if isinstance(operation, (AddField, AlterField)):
            return is_composite_key(operation.field)
        return isinstance(operation, RemoveField) and is_composite_key(
            self.old_models[model_key].fields.get(operation.name)
        )

    def add_dependencies(self):
        """Have operations depend on those that change a key, or these on them."""
        self.old = self.columns.old
        self.check_unmanaged()
        if not self.operations:
            return
        self.predecessors = self.get_predecessors()
        for model_key, change in self.operations.items():
            self.order_members(model_key, change)
        for model_key in self.operations:
            self.order_changes(model_key)
        for app_label, operation in self.generated:
            self.order_sets(app_label, operation)
        for app_label, operation in self.generated:
            self.order_unbound(app_label, operation)
        for app_label, operation in self.generated:
            self.order_relation(app_label, operation)
        for app_label, operation in self.generated:
            self.order_option(app_label, operation)
        for app_label, operation in self.generated:
            self.order_generated_field(app_label, operation)

    def check_unmanaged(self):
        """
        Refuse another key of a model that isn't managed if there are columns that
        have to follow it: no migration would mention them.
        """
        changed = {
            model_key
            for model_key, model_state in self.new.models.items()
            if is_unmanaged(model_state)
            and model_key in self.old_models
            and is_unmanaged(self.old_models[model_key])
            and self.has_other_key(model_key)
        }
        for model_key, name, field in self.new.get_relations() if changed else ():
            model_state = self.new.models[model_key]
            target = resolve_relation(field.remote_field.model, *model_key)
            if not follows_key(field) or is_unmanaged(model_state):
                continue
            for key in sorted(changed & get_dependent_keys(self.new, target)):
                raise ValueError(
                    "The primary key of %s.%s, which isn't managed, is another one "
                    "than in its migrations, and %s.%s.%s refers to it. Alter the "
                    "tables by the means of your database, and write a migration with "
                    "SeparateDatabaseAndState() whose state_operations change the key."
                    % (
                        key[0],
                        self.new.models[key].name,
                        model_key[0],
                        model_state.name,
                        name,
                    )
                )

    def has_other_key(self, model_key):
        """Is a composite key another one, or a key composite that was not?"""
        old, new = (
            state_columns.get_columns(*found) if found is not None else ()
            for state_columns in (self.old, self.new)
            for found in [state_columns.find_key(model_key)]
        )
        return old != new and max(len(old), len(new)) > 1

    def get_predecessors(self):
        """Return the operations which others depend on by now."""
        autodetector = self.autodetector
        predecessors = {}
        for _, operation in self.generated:
            predecessors[operation] = found = set()
            for dependency in operation._auto_deps:
                dependency, _ = autodetector._resolve_dependency(dependency)
                found.update(
                    other
                    for other in autodetector.generated_operations.get(
                        dependency.app_label, ()
                    )
                    if autodetector.check_dependency(other, dependency)
                )
        return predecessors

    def depends(self, operation, other):
        queue = [operation]
        seen = set()
        for operation in queue:
            if operation is other:
                return True
            if operation not in seen:
                seen.add(operation)
                queue.extend(self.predecessors[operation])
        return False

    def order(self, first, second):
        """
        Have the first of two operations, pairs with the labels of their apps, come
        before the second one, unless it depends on that.
        """
        (app_label, first), (_, second) = first, second
        if not self.depends(first, second):
            self.columns.order(app_label, first, second)
            self.predecessors[second].add(first)

    def get_change(self, model_key):
        return model_key[0], self.operations[model_key]

    # The key itself.

    def order_members(self, model_key, change):
        change = self.get_change(model_key)
        old = self.old.get_key_fields(model_key)
        new = self.new.get_key_fields(model_key)
        for app_label, operation in self.generated:
            if operation is change[1] or get_model_key(app_label, operation) != (
                model_key
            ):
                continue
            if isinstance(operation, (AddField, AlterField)):
                name = operation.name
                is_member = name in new and not self.is_demoted(model_key, name)
                if is_member and not self.is_restored(model_key, name):
                    self.order((app_label, operation), change)
                elif name in old or name in new:
                    self.order(change, (app_label, operation))
            elif isinstance(operation, RemoveField) and operation.name in old:
                self.order(change, (app_label, operation))

    def order_changes(self, model_key):
        """
        Have a key that is made of a relation to a model whose key changes, too, change
        while it isn't made of that, so that its columns don't change twice.
        """
        change = self.get_change(model_key)
        old = get_dependent_keys(self.old, model_key)
        new = get_dependent_keys(self.new, model_key)
        # Names of columns that relations have no longer.
        names_old_columns = any(
            name not in self.old_models[model_key].fields
            for field in self.old.get_key_fields(model_key).values()
            for name in get_own_names(field)
        )
        for other_key in sorted((old | new) - {model_key}):
            if other_key in self.operations:
                other = self.get_change(other_key)
                if names_old_columns or other_key not in new:
                    self.order(change, other)
                else:
                    self.order(other, change)

    def is_demoted(self, model_key, name):
        """Has a field been the primary key that isn't any more?"""
        before = self.old_models[model_key].fields.get(name)
        after = self.new.models[model_key].fields[name]
        return before is not None and before.primary_key and not after.primary_key

    def is_restored(self, model_key, name):
        """
        Does a field become the primary key by the removal of a composite one? That's
        "id", unless there are columns that have to follow it.
        """
        return (
            name == "id"
            and name in self.old_models[model_key].fields
            and isinstance(self.operations[model_key], RemoveField)
            and not self.has_dependents(self.old, model_key)
            and not self.has_dependents(self.new, model_key)
        )

    def has_dependents(self, state_columns, model_key):
        for other_key, model_state in state_columns.models.items():
            if model_key in get_base_keys(model_state):
                return True
            for field in model_state.fields.values():
                if field.is_relation and field.remote_field.model:
                    target = resolve_relation(field.remote_field.model, *other_key)
                    if target == model_key or (
                        field.many_to_many and other_key == model_key
                    ):
                        return True
        return False

    # What depends on it.

    def order_unbound(self, app_label, operation):
        """
        Have a relation that referred to a key by other fields, its from_fields, and
        doesn't do so any more, be altered while the key is the old one. It has
        columns of its own then, and they follow the key.
        """
        if not isinstance(operation, AlterField) or not follows_key(operation.field):
            return
        model_key = get_model_key(app_label, operation)
        old_field = self.old_models[model_key].fields.get(operation.name)
        if (
            old_field is None
            or not is_column_relation(old_field)
            or not old_field.given_from_fields
            or old_field.given_to_fields != (None,)
        ):
            return
        target = resolve_relation(old_field.remote_field.model, *model_key)
        for key in sorted(get_dependent_keys(self.old, target)):
            if key in self.operations:
                change = self.get_change(key)
                # The fields of the new key aren't what its columns are made for.
                self.remove_dependencies(operation, change)
                self.order((app_label, operation), change)

    def remove_dependencies(self, operation, other):
        """Have an operation not depend on another one by itself."""
        app_label, other = other
        autodetector = self.autodetector
        kept = []
        for dependency in operation._auto_deps:
            resolved, _ = autodetector._resolve_dependency(dependency)
            if resolved.app_label != app_label or not autodetector.check_dependency(
                other, resolved
            ):
                kept.append(dependency)
        operation._auto_deps = kept
        self.predecessors[operation].discard(other)

    def order_relation(self, app_label, operation):
        """
        Have relations be added when the keys that they refer to have changed. One
        that is going to refer to other fields does so before, unless these become
        the key.
        """
        if isinstance(operation, CreateModel):
            fields = [field for _, field in operation.fields]
        elif isinstance(operation, (AddField, AlterField)):
            fields = [operation.field]
        else:
            return
        model_key = get_model_key(app_label, operation)
        for field in fields:
            if not field.is_relation or not field.remote_field.model:
                continue
            for target in get_relation_targets(model_key, field):
                for key in get_dependent_keys(self.new, target):
                    if key in self.operations:
                        self.order(self.get_change(key), (app_label, operation))
            if getattr(field, "has_given_to_fields", False) or (
                is_column_relation(field) and field.given_to_fields != (None,)
            ):
                target = resolve_relation(field.remote_field.model, *model_key)
                if target in self.operations and isinstance(operation, AlterField):
                    pair = (app_label, operation), self.get_change(target)
                    self.order(
                        *(reversed(pair) if self.needs_key(target, field) else pair)
                    )

    def needs_key(self, target, field):
        """Is what a relation is going to refer to unique by the target's new key?"""
        names = field.given_to_fields
        return (
            not field.given_from_fields
            and None not in names
            and self.is_new_key(target, names)
        )

    def order_sets(self, app_label, operation):
        """
        Have what relations refer to be unique all the time, by the key or by what
        takes its place.
        """
        model_key = get_model_key(app_label, operation)
        if model_key not in self.operations:
            return
        change = self.get_change(model_key)
        if isinstance(operation, AddConstraint):
            added, removed = [operation.constraint], []
        elif isinstance(operation, RemoveConstraint):
            constraints = self.old_models[model_key].options["constraints"]
            added, removed = [], [c for c in constraints if c.name == operation.name]
        elif isinstance(operation, AlterUniqueTogether):
            before = set(self.old_models[model_key].options.get("unique_together", ()))
            after = set(operation.option_value or ())
            if any(self.is_old_key(model_key, names) for names in after - before):
                self.order((app_label, operation), change)
            if any(self.is_new_key(model_key, names) for names in before - after):
                self.order(change, (app_label, operation))
            return
        else:
            return
        if any(
            is_unique_set(c) and self.is_old_key(model_key, c.fields) for c in added
        ):
            self.order((app_label, operation), change)
        if any(
            is_unique_set(c) and self.is_new_key(model_key, c.fields) for c in removed
        ):
            self.order(change, (app_label, operation))

    def is_old_key(self, model_key, names):
        return is_same_set(self.old, model_key, names)

    def is_new_key(self, model_key, names):
        return is_same_set(self.new, model_key, names)

    def order_option(self, app_label, operation):
        """
        Have constraints and indexes that name columns of relations be added when
        the columns are there, and be removed as long as they are.
        """
        model_key = get_model_key(app_label, operation)
        if isinstance(operation, (AddConstraint, AddIndex)) or (
            self.names_columns(model_key, operation)
        ):
            for change in self.get_followed_changes(self.new, model_key):
                self.order(change, (app_label, operation))
        elif isinstance(operation, (RemoveConstraint, RemoveIndex)):
            for change in self.get_followed_changes(self.old, model_key):
                self.order((app_label, operation), change)

    def names_columns(self, model_key, operation):
        """Does a key, or a set of fields, name columns that a relation created?"""
        if isinstance(operation, (AlterUniqueTogether, AlterIndexTogether)):
            names = [name for names in operation.option_value or () for name in names]
        elif isinstance(operation, (AddField, AlterField)):
            names = get_own_names(operation.field)
        else:
            return False
        model_state = self.new.models.get(model_key)
        return model_state is not None and any(
            n not in model_state.fields for n in names
        )

    def get_followed_changes(self, state_columns, model_key):
        """Return the changes that columns of relations of the model follow."""
        model_state = state_columns.models.get(model_key)
        if model_state is None:
            return []
        return self.get_changes_of_fields(state_columns, model_key, model_state.fields)

    def get_changes_of_fields(self, state_columns, model_key, fields):
        """Return the changes that columns of the fields, given by name, follow."""
        keys = set()
        for field in fields.values():
            if follows_key(field):
                target = resolve_relation(field.remote_field.model, *model_key)
                keys |= get_dependent_keys(state_columns, target)
        return [self.get_change(key) for key in sorted(keys) if key in self.operations]

    def order_generated_field(self, app_label, operation):
        """
        Have generated fields be added when the columns of relations, and the members
        of keys, that their expressions name are what they are going to be, and be
        removed as long as they are what they were.
        """
        if not isinstance(operation, (AddField, AlterField, RemoveField)):
            return
        model_key = get_model_key(app_label, operation)
        if is_added := isinstance(operation, AddField):
            state_columns, field = self.new, operation.field
        else:
            state_columns = self.old
            field = self.old_models[model_key].fields.get(operation.name)
        if field is None or not field.generated:
            return
        names = Q(field.expression).referenced_base_fields
        fields = state_columns.get_named_fields(model_key, names)
        changes = self.get_changes_of_fields(state_columns, model_key, fields)
        if model_key in self.operations and not fields.keys().isdisjoint(
            state_columns.get_key_fields(model_key)
        ):
            changes.append(self.get_change(model_key))
        for change in changes:
            pair = (app_label, operation)
            self.order(*((change, pair) if is_added else (pair, change)))


def is_same_set(state_columns, model_key, names):
    """Are these the columns of the model's primary key, in any order?"""
    found = state_columns.find_key(model_key)
    return found is not None and set(state_columns.get_columns(*found)) == set(
        state_columns.get_named_columns(model_key, names)
    )
