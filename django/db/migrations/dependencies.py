"""
In which order do fields come that are made of other fields?

The members of a composite primary key, the fields that a relation is given as
``from_fields`` and those that it refers to, together with what makes these
unique, have to be there before the key or the relation is, and may not go before
it goes. The autodetector asks ColumnDependencies which operations depend on which
others because of that.
"""

from collections import namedtuple
from graphlib import TopologicalSorter

from django.db.migrations.adoption import Adoption
from django.db.migrations.columns import (
    StateColumns,
    has_composite_fields,
    has_named_columns,
    is_column_relation,
    is_unique_set,
)
from django.db.migrations.key_changes import KeyChanges
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
)
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation


class ColumnDependency(
    namedtuple("ColumnDependency", "app_label model_name field_name type")
):
    """
    A dependency on an operation of the type, one of the functions below, that
    concerns the named fields of a model.
    """

    def is_met_by(self, operation):
        return self.type(operation, self.model_name.lower(), self.field_name)


def field_is_there(operation, model_name, name):
    if isinstance(operation, CreateModel):
        return operation.name_lower == model_name and any(
            name == field_name for field_name, _ in operation.fields
        )
    if isinstance(operation, RenameField):
        return operation.model_name_lower == model_name and operation.new_name == name
    return (
        isinstance(operation, (AddField, AlterField))
        and operation.model_name_lower == model_name
        and operation.name == name
    )


def fields_are_unique(operation, model_name, sets):
    """`sets` are sets of names, any of which may be what is unique."""
    if any(d.type is is_done for d in operation._auto_deps):
        # What makes them unique has been done before.
        return False
    if isinstance(operation, AddConstraint):
        return (
            operation.model_name_lower == model_name
            and is_unique_set(operation.constraint)
            and frozenset(operation.constraint.fields) in sets
        )
    return (
        isinstance(operation, AlterUniqueTogether)
        and operation.name_lower == model_name
        and any(frozenset(names) in sets for names in operation.option_value or ())
    )


def reference_is_gone(operation, model_name, name):
    return (
        isinstance(operation, (RemoveField, AlterField))
        and operation.model_name_lower == model_name
        and operation.name == name
    )


def model_is_gone(operation, model_name, name):
    return isinstance(operation, DeleteModel) and operation.name_lower == model_name


def is_done(operation, model_name, done):
    return operation is done


def is_operation(operation, model_name, other):
    return operation is other


class ColumnDependencies:
    """
    What operations depend on because of the columns that fields stand for. It
    is nothing at all in projects that have no fields of several columns.
    """

    def __init__(self, autodetector):
        self.autodetector = autodetector
        self.from_state = autodetector.from_state
        self.to_state = autodetector.to_state
        self.is_needed = has_composite_fields(self.from_state) or has_composite_fields(
            self.to_state
        )
        self.renamed_states = {}
        # What alter_unique_together() has added, by model.
        self.together_operations = {}
        if self.is_needed:
            self.new = StateColumns(self.to_state)
            # The autodetector takes options out of the states as it goes on.
            self.new_sets = get_referenced_sets(self.new)

    # The state before, with the names of the state after.

    @property
    def old(self):
        return StateColumns(self.get_renamed_state())

    def get_renamed_state(self):
        """
        Return the state before with the models and fields renamed that are known
        to have been renamed by now.
        """
        models = self.autodetector.renamed_models
        fields = getattr(self.autodetector, "renamed_fields", {})
        if not models and not fields:
            return self.from_state
        if (key := (len(models), len(fields))) not in self.renamed_states:
            self.renamed_states[key] = get_renamed_state(
                self.from_state, models, fields
            )
        return self.renamed_states[key]

    def after_renames(self, app_label, model_name, model_state):
        """Return the state of a model before, after the renaming of fields."""
        if self.is_needed:
            return self.get_renamed_state().models[app_label, model_name]
        return model_state

    def get_old_together(self, app_label, model_name, option_name, value):
        """Return unique_together before, after the renaming of fields."""
        if self.is_needed:
            options = self.after_renames(app_label, model_name, None).options
            return set(map(tuple, options.get(option_name) or ()))
        return value

    def get_old_field(self, app_label, model_name, name, field):
        """Return a field before, after the renaming of those it names."""
        if self.is_needed and has_named_columns(field):
            return self.after_renames(app_label, model_name, None).fields[name]
        return field

    def get_field(self, model_state, name):
        """Return the field of the state that a name, perhaps of a column, is of."""
        if self.is_needed and name not in model_state.fields:
            model_key = model_state.app_label, model_state.name_lower
            if (found := self.new.find_field(model_key, name)) is not None:
                return self.to_state.models[found[0]].fields[found[1]]
        return model_state.get_field(name)

    # What has to be there before.

    def pop_key_fields(self, app_label, model_name, fields):
        """
        Remove those fields that a new model can't be created without, as its
        primary key is made of them. Return what the model depends on therefore.
        """
        if not self.is_needed:
            return []
        model_key = app_label, model_name
        dependencies = []
        for name, field in self.new.get_key_fields(model_key).items():
            fields.pop(name, None)
            if field.is_relation and field.remote_field.model:
                self.check_key(model_key, [(model_key, name)])
                dependencies += [
                    dependency
                    for dependency in (
                        *self.autodetector._get_dependencies_for_foreign_key(
                            app_label, model_name, field, self.to_state
                        ),
                        *self.get_dependencies(app_label, model_name, field),
                    )
                    if self.get_model_key(dependency) != model_key
                ]
        return dependencies

    def get_model_key(self, dependency):
        dependency, _ = self.autodetector._resolve_dependency(dependency)
        return dependency.app_label, dependency.model_name.lower()

    def check_key(self, model_key, path):
        """
        Refuse a primary key that is made of relations to models whose primary
        keys are made, in turn, of relations to this one.
        """
        field = self.to_state.models[path[-1][0]].fields[path[-1][1]]
        target_key = resolve_relation(field.remote_field.model, *path[-1][0])
        found = self.new.find_key(target_key)
        if found is None or found[0] in self.autodetector.from_state.models:
            return
        if found[0] == model_key:
            if len(path) > 1 or field.given_to_fields == (None,):
                raise ValueError(get_circular_key_message(self.to_state, path))
            return
        if any(found[0] == key for key, _ in path):
            # That model will complain.
            return
        for name, other in self.new.get_key_fields(found[0]).items():
            if other.is_relation and other.remote_field.model:
                self.check_key(model_key, [*path, (found[0], name)])

    def get_dependencies(self, app_label, model_name, field):
        """Return what a relation over several columns depends on."""
        if not self.is_needed or not is_column_relation(field):
            return []
        model_key = app_label, model_name
        if not self.new.is_composite(model_key, field):
            return []
        names = self.new.get_named_fields(model_key, field.given_from_fields)
        dependencies = [
            ColumnDependency(app_label, model_name, name, field_is_there)
            for name in names
        ]
        target_key = resolve_relation(field.remote_field.model, *model_key)
        if field.has_given_to_fields:
            found = [self.new.find_field(target_key, n) for n in field.given_to_fields]
        else:
            found = [self.new.find_key(target_key)]
        for owner, name in filter(None, found):
            label = self.get_label(field, target_key, owner)
            for name, other in self.new.get_named_fields(owner, [name]).items():
                if other is not field:
                    dependencies.append(ColumnDependency(*label, name, field_is_there))
            if field.has_given_to_fields:
                columns = set(self.new.get_target_columns(model_key, field))
                sets = frozenset(
                    names
                    for names in self.new_sets.get(owner, ())
                    if columns == set(self.new.get_named_columns(owner, names))
                )
                dependencies.append(ColumnDependency(*label, sets, fields_are_unique))
        return dependencies

    @staticmethod
    def get_label(field, target_key, owner):
        """Return how to call the model that a relation refers to."""
        if owner == target_key and (
            setting := getattr(field, "swappable_setting", None)
        ):
            return "__setting__", setting
        return owner

    def get_unique_dependencies(self, app_label, model_name, constraint, dependencies):
        """
        Return what the creation of a constraint depends on: on all `dependencies`,
        unless there are relations that depend on the constraint.
        """
        if (
            not self.is_needed
            or not is_unique_set(constraint)
            or frozenset(constraint.fields)
            not in self.new_sets.get((app_label, model_name), ())
        ):
            return dependencies
        names = [*constraint.fields, *constraint.include]
        return self.get_field_dependencies(app_label, model_name, names)

    def get_field_dependencies(self, app_label, model_name, names):
        fields = self.new.get_named_fields((app_label, model_name), names)
        return [
            ColumnDependency(app_label, model_name, name, field_is_there)
            for name in fields
        ]

    def order_unique_together(self, app_label, model_name, value, dependencies):
        """
        Return what the operation depends on that sets unique_together of a new
        model. If there are relations that depend on some of the sets, add an
        operation for these first.
        """
        needed = self.get_needed_sets(app_label, model_name, value)
        if not needed:
            return dependencies
        names = {name for names in needed for name in names}
        field_dependencies = self.get_field_dependencies(app_label, model_name, names)
        if needed == set(value):
            return field_dependencies
        operation = AlterUniqueTogether(name=model_name, unique_together=needed)
        self.autodetector.add_operation(app_label, operation, field_dependencies)
        done = ColumnDependency(app_label, model_name, operation, is_done)
        return [*dependencies, done]

    def get_needed_sets(self, app_label, model_name, value, old=()):
        """Return the sets added to unique_together that relations refer to."""
        sets = self.new_sets.get((app_label, model_name), ()) if self.is_needed else ()
        return {
            names for names in value if frozenset(names) in sets and names not in old
        }

    def alter_unique_together(self, app_label, model_name, old, new, dependencies):
        """
        Add the operations that change unique_together if relations depend on it,
        and return whether they do.

        There may be two: sets that relations are going to refer to are added
        before, and those that they referred to are removed after these change.
        """
        model_key = app_label, model_name
        if not self.is_needed:
            return False
        if model_key in self.together_operations:
            return True
        old_sets = get_referenced_sets(self.old).get(model_key, ())
        kept = {names for names in old if names in new or frozenset(names) in old_sets}
        needed = self.get_needed_sets(app_label, model_name, new, old)
        if not needed and kept <= new:
            return False
        operations = []
        self.together_operations[model_key] = old, operations
        if (value := kept | needed) != old:
            added = new - old if value == new else needed
            names = {name for names in added for name in names}
            operation = AlterUniqueTogether(name=model_name, unique_together=value)
            self.autodetector.add_operation(
                app_label,
                operation,
                self.get_field_dependencies(app_label, model_name, names),
            )
            operations.append(operation)
        if value != new:
            dependencies = [
                *dependencies,
                *(
                    ColumnDependency(app_label, model_name, operation, is_done)
                    for operation in operations
                ),
                *self.get_field_dependencies(
                    app_label, model_name, {name for names in new for name in names}
                ),
            ]
            for names in kept - new:
                dependencies += self.get_unique_removal_dependencies(
                    app_label, model_name, names
                )
            operation = AlterUniqueTogether(name=model_name, unique_together=new)
            self.autodetector.add_operation(app_label, operation, dependencies)
            operations.append(operation)
        return True

    # The order.

    def sort_operations(self):
        """
        Have the operations of each app be in an order in which those of all apps
        can be carried out.

        A model can't be split into one without relations and relations, to be
        added later, if its key is made of these. Hence the first operations of two
        apps could depend on later ones of the other, and nothing could be first.
        """
        if not self.is_needed:
            return
        Adoption(self).add_operations()
        KeyChanges(self).add_dependencies()
        generated_operations = self.autodetector.generated_operations
        sorter = TopologicalSorter()
        labels = {}
        for app_label, app_operations in sorted(generated_operations.items()):
            for operation in app_operations:
                labels[operation] = app_label
                sorter.add(operation)
                for dependency in operation._auto_deps:
                    dependency, _ = self.autodetector._resolve_dependency(dependency)
                    others = generated_operations.get(dependency.app_label, ())
                    sorter.add(
                        operation,
                        *(
                            other
                            for other in others
                            if self.autodetector.check_dependency(other, dependency)
                        ),
                    )
        ordered = {app_label: [] for app_label in generated_operations}
        for operation in sorter.static_order():
            ordered[labels[operation]].append(operation)
        generated_operations.update(ordered)

    @staticmethod
    def order(app_label, first, second):
        """Have an operation of the app come before another one."""
        dependency = ColumnDependency(app_label, "", first, is_operation)
        second._auto_deps = [*second._auto_deps, dependency]

    # What has to be gone before.

    def get_removal_dependencies(self, app_label, model_name, name):
        """Return what the removal of a field depends on."""
        if not self.is_needed:
            return []
        old = self.old
        model_key = app_label, model_name
        columns = set(old.get_columns(model_key, name))
        return [
            self.get_gone(old, other_key, other_name)
            for other_key, other_name, field in old.get_composite_relations()
            if (other_key, other_name) != (model_key, name)
            and not columns.isdisjoint(
                (
                    *old.get_named_columns(other_key, field.given_from_fields),
                    *old.get_target_columns(other_key, field),
                )
            )
        ]

    def order_removal(self, app_label, model_name, name):
        """Have the last operation, which removes a field, be in the right place."""
        if not self.is_needed:
            return
        operation = self.autodetector.generated_operations[app_label][-1]
        model_key = app_label, model_name
        if model_key in self.together_operations:
            # Of the operations that change unique_together it's only the one that
            # removes the field from it which has to be there before.
            operation._auto_deps = [
                dependency
                for dependency in operation._auto_deps
                if dependency.type.name != "ALTER_FOO_TOGETHER"
            ]
            sets, together_operations = self.together_operations[model_key]
            for together in together_operations:
                had_name = any(name in names for names in sets)
                sets = together.option_value
                if had_name and not any(name in names for names in sets):
                    done = ColumnDependency(app_label, model_name, together, is_done)
                    operation._auto_deps.append(done)
        operation._auto_deps += self.get_removal_dependencies(
            app_label, model_name, name
        )

    def get_gone(self, old, model_key, name):
        """Return the dependency on a relation not being there any more."""
        if model_key not in self.to_state.models and name in old.get_key_fields(
            model_key
        ):
            return ColumnDependency(*model_key, name, model_is_gone)
        return ColumnDependency(*model_key, name, reference_is_gone)

    def get_unique_removal_dependencies(self, app_label, model_name, names):
        """Return what must not refer to the named fields by now."""
        if not self.is_needed or not names:
            return []
        old = self.old
        columns = set(old.get_named_columns((app_label, model_name), names))
        return [
            self.get_gone(old, model_key, name)
            for model_key, name, field in old.get_composite_relations()
            if field.has_given_to_fields
            and columns == set(old.get_target_columns(model_key, field))
        ]

    def get_constraint_removal_dependencies(
        self, app_label, model_name, constraint, added
    ):
        """
        Return what the removal of a constraint depends on. One that is replaced
        by another one of its name has to go first whatever depends on it.
        """
        if not is_unique_set(constraint) or constraint.name in [c.name for c in added]:
            return []
        return self.get_unique_removal_dependencies(
            app_label, model_name, constraint.fields
        )

    def pop_old_key_fields(self, app_label, model_name, fields):
        """
        Remove those fields that aren't removed from a deleted model one by one, as
        its primary key is made of them. Return what the deletion depends on.
        """
        if not self.is_needed:
            return []
        old = self.old
        model_key = app_label, model_name
        for name in old.get_key_fields(model_key):
            fields.pop(name, None)
        return [
            ColumnDependency(*other_key, name, model_is_gone)
            for other_key, name, field in old.get_relations()
            if other_key != model_key
            and other_key not in self.to_state.models
            and name in old.get_key_fields(other_key)
            and resolve_relation(field.remote_field.model, *other_key) == model_key
        ]


def get_circular_key_message(state, path):
    names = [
        "%s.%s.%s" % (model_key[0], state.models[model_key].name, name)
        for model_key, name in path
    ]
    models = " and ".join(
        "%s.%s" % (model_key[0], state.models[model_key].name) for model_key, _ in path
    )
    return (
        "The primary key of %s is made of itself, by %s: its columns can't be known. "
        "Declare the columns of the relation as fields of their own and pass them to "
        "it as from_fields." % (models, names[0])
        if len(path) == 1
        else "The primary keys of %s are made of each other, by %s: none of the tables "
        "can be created first. Declare the columns of one of the relations as fields "
        "of their own and leave the relation out of the key."
        % (models, ", ".join(names))
    )


def get_renamed_state(state, models, fields):
    """
    Return the state with models and fields renamed: `models` and `fields` are the
    old names by the new ones. The given state is left as it is, with its fields.
    """
    renamed = ProjectState(real_apps=state.real_apps)
    for model_key, model_state in state.models.items():
        renamed.models[model_key] = clone = model_state.clone()
        for name, field in clone.fields.items():
            clone.fields[name] = field.clone()
            clone.fields[name].name = name
    for (app_label, new_name), old_name in models.items():
        renamed.rename_model(app_label, old_name, new_name)
    for (app_label, model_name, new_name), old_name in fields.items():
        renamed.rename_field(app_label, model_name, old_name, new_name)
    return renamed


def get_referenced_sets(state_columns):
    """
    Return by model the sets of names of fields that are unique, other than
    primary keys, which relations refer to.
    """
    targets = [
        frozenset(state_columns.get_target_columns(model_key, field))
        for model_key, _, field in state_columns.get_relations()
        if field.has_given_to_fields
    ]
    sets = {}
    for model_key, model_state in state_columns.models.items() if targets else ():
        options = model_state.options
        for names in (
            *(options.get("unique_together") or ()),
            *(c.fields for c in options["constraints"] if is_unique_set(c)),
        ):
            columns = frozenset(state_columns.get_named_columns(model_key, names))
            if columns in targets:
                sets.setdefault(model_key, set()).add(frozenset(names))
    return sets
