"""
Which columns is this, in the state of a project?

A project's state knows fields by name and models by (app label, name), and
nothing of it is bound to a model. Still, which columns a composite primary key
or a relation over several columns stands for follows from the names, those that
the fields were given and those of the columns that relations create. Who has to
know it to reload, rename or order anything asks here.

See django.db.models.columns for the same about models.
"""

import copy

from django.apps import apps as global_apps
from django.core.exceptions import FieldDoesNotExist
from django.db.migrations.utils import FieldReference, resolve_relation
from django.db.models import CompositePrimaryKey, Field, UniqueConstraint
from django.db.models.columns import unnest
from django.db.models.fields import AutoFieldMixin
from django.db.models.index_columns import rename_in_index


def is_column_relation(field):
    """Is `field` a relation that is stored in one or several columns?"""
    return field.is_relation and hasattr(field, "given_to_fields")


def has_named_columns(field):
    """Do the arguments of `field` name other fields whose columns it uses?"""
    return isinstance(field, CompositePrimaryKey) or getattr(
        field, "is_multicolumn", False
    )


def has_composite_fields(state):
    """
    Is there a field of several columns in the state? Relations to composite
    primary keys are left out, as the keys themselves have been counted.
    """
    for model_state in state.models.values():
        for field in model_state.fields.values():
            # As has_named_columns(), which would take half as long again.
            if isinstance(field, CompositePrimaryKey) or getattr(
                field, "is_multicolumn", False
            ):
                return True
    return False


class StateColumns:
    """
    The columns of the fields of a project's state.

    A column is a pair: the key in ``state.models`` of the model that has it, and
    the name of the field which holds it, as ("shop", "shipment") and
    "item_product_id".
    """

    def __init__(self, state):
        self.models = state.models
        self.columns = {}

    def find_field(self, model_key, name):
        """
        Return the model and the name of the field that `name` stands for in a
        model: the name of a field, its attname or that of a column it creates.
        It may be inherited. Return None if there isn't any.
        """
        model_state = self.models.get(model_key)
        if model_state is None:
            return None
        if name in model_state.fields:
            return model_key, name
        for field_name, field in model_state.fields.items():
            if (
                name.startswith(f"{field_name}_")
                and is_column_relation(field)
                and (
                    name in (f"{field_name}_id", f"{field_name}_pk")
                    or (model_key, name) in self.get_columns(model_key, field_name)
                )
            ):
                return model_key, field_name
        for base_key in get_base_keys(model_state):
            if (found := self.find_field(base_key, name)) is not None:
                return found

    def find_key(self, model_key):
        """Return the model and the name of the field that is the primary key."""
        model_state = self.models.get(model_key)
        if model_state is None:
            return None
        keys = [(n, f) for n, f in model_state.fields.items() if f.primary_key]
        for name, field in keys:
            # It is the key whatever other field says that it is.
            if isinstance(field, CompositePrimaryKey):
                return model_key, name
        for name, _ in keys:
            return model_key, name
        for base_key in get_base_keys(model_state):
            if (found := self.find_key(base_key)) is not None:
                return found

    def get_columns(self, model_key, name):
        """Return the columns of the field that `name` stands for, in order."""
        try:
            return self.columns[model_key, name]
        except KeyError:
            # A relation that is found again while its columns are being looked
            # for has none: it refers to itself.
            self.columns[model_key, name] = ()
        columns = self.columns[model_key, name] = self.find_columns(model_key, name)
        return columns

    def find_columns(self, model_key, name):
        found = self.find_field(model_key, name)
        if found is None:
            return ((model_key, name),)
        if found != (model_key, name):
            columns = self.get_columns(*found)
            # A single column of several was asked for.
            column = (found[0], name)
            return (column,) if column in columns else columns
        field = self.models[model_key].fields[name]
        if isinstance(field, CompositePrimaryKey):
            return self.get_named_columns(model_key, field.field_names)
        if not is_column_relation(field):
            return ((model_key, name),)
        if field.given_from_fields:
            return self.get_named_columns(model_key, field.given_from_fields)
        targets = self.get_target_columns(model_key, field)
        if len(targets) == 1 and not field.is_multicolumn:
            return ((model_key, f"{name}_id"),)
        return tuple((model_key, f"{name}_{target}") for _, target in targets)

    def get_named_columns(self, model_key, names):
        return tuple(
            dict.fromkeys(
                column for name in names for column in self.get_columns(model_key, name)
            )
        )

    def get_target_columns(self, model_key, field):
        """Return the columns that a relation refers to, in order."""
        target_key = resolve_relation(field.remote_field.model, *model_key)
        if target_key not in self.models:
            return self.get_foreign_columns(target_key, field.given_to_fields)
        if field.given_to_fields != (None,):
            return self.get_named_columns(target_key, field.given_to_fields)
        found = self.find_key(target_key)
        return ((target_key, "id"),) if found is None else self.get_columns(*found)

    def get_foreign_columns(self, model_key, names):
        """Return the named columns of a model of an app without migrations."""
        try:
            opts = global_apps.get_model(*model_key)._meta
            fields = [
                opts.pk if name is None else opts.get_field(name) for name in names
            ]
        except (LookupError, FieldDoesNotExist):
            return tuple((model_key, name or "id") for name in names)
        return tuple((model_key, field.attname) for field in unnest(fields))

    def get_named_fields(self, model_key, names):
        """
        Return the names of the fields of a model that have to be there for the
        fields with these names to be, these included.
        """
        result = {}
        names = list(names)
        while names:
            found = self.find_field(model_key, names.pop())
            if found is None or found[0] != model_key or found[1] in result:
                continue
            field = self.models[model_key].fields[found[1]]
            result[found[1]] = field
            names.extend(getattr(field, "field_names", ()))
            names.extend(getattr(field, "given_from_fields", ()))
        return result

    def get_key_fields(self, model_key):
        """Return the fields of a model that its primary key is made of, by name."""
        found = self.find_key(model_key)
        if found is None or found[0] != model_key:
            return {}
        return self.get_named_fields(model_key, found[1:])

    def get_relations(self):
        """Return (model key, name, relation) for relations with columns."""
        for model_key, model_state in self.models.items():
            for name, field in model_state.fields.items():
                if is_column_relation(field):
                    yield model_key, name, field

    def get_composite_relations(self):
        """Return (model key, name, relation) for relations of several columns."""
        return [
            (model_key, name, field)
            for model_key, name, field in self.get_relations()
            if self.is_composite(model_key, field)
        ]

    def is_composite(self, model_key, field):
        """Has a relation several columns?"""
        return (
            field.is_multicolumn or len(self.get_target_columns(model_key, field)) > 1
        )

    def is_referenced(self, model_key, names):
        """Is there a relation with the named fields of a model as to_fields?"""
        columns = set(self.get_named_columns(model_key, names))
        return any(
            field.has_given_to_fields
            and columns == set(self.get_target_columns(other_key, field))
            for other_key, _, field in self.get_relations()
        )


def get_base_keys(model_state):
    return [
        resolve_relation(base, model_state.app_label)
        for base in model_state.bases
        if isinstance(base, str)
    ]


def get_column_references(state, model_key, name, field=None):
    """
    Return (model_state, name, field, reference) for relations of several columns
    that refer to a column of a model's field, by its own name or by a composite
    primary key it is a member of.
    """
    if not has_composite_fields(state):
        return
    for field_name, other in state.models[model_key].fields.items():
        # A field that is being renamed.
        if other is field:
            name = field_name
    state_columns = StateColumns(state)
    columns = set(state_columns.get_columns(model_key, name))
    for other_key, other_name, other in state_columns.get_composite_relations():
        targets = state_columns.get_target_columns(other_key, other)
        if not columns.isdisjoint(targets):
            reference = FieldReference((other.remote_field, None), None)
            yield state.models[other_key], other_name, other, reference


def add_dependent_models(apps, model_keys):
    """
    Add to the models which are to be rendered anew those that refer to one of
    them by several columns, and so on, since their columns depend on it.
    """
    queue = list(model_keys)
    for app_label, model_name in queue:
        model = apps.all_models[app_label].get(model_name)
        if model is None:
            continue
        dependents = [
            field.model
            for field in model._meta._relation_tree
            if getattr(field, "is_multicolumn", False)
        ]
        if dependents:
            # They may refer to a proxy.
            dependents += [
                child for child in model.__subclasses__() if hasattr(child, "_meta")
            ]
        for dependent in dependents:
            # The table of a ManyToManyField is that of the model which has it.
            opts = (dependent._meta.auto_created or dependent)._meta
            if (model_key := (opts.app_label, opts.model_name)) not in model_keys:
                model_keys.add(model_key)
                queue.append(model_key)
    return model_keys


# Renaming.


class FieldRename:
    """
    What else has another name once a field is renamed: its attname, the columns
    that it creates, those that relations to it create, and so on.

        rename = FieldRename(state)
        ...  # Rename a field.
        rename.apply(model_key, old_name, new_name)
    """

    def __init__(self, state):
        self.state = state
        self.models = state.models
        self.has_composite_fields = has_composite_fields(state)
        self.columns = self.get_columns() if self.has_composite_fields else None

    def get_columns(self):
        """Return the columns that relations create, by model and relation."""
        state_columns = StateColumns(self.state)
        columns = {}
        for model_key, name, field in state_columns.get_relations():
            if not field.given_from_fields:
                columns.setdefault(model_key, {})[name] = [
                    column for _, column in state_columns.get_columns(model_key, name)
                ]
        return columns

    def apply(self, model_key, old_name, new_name):
        """Have what names the field, or one of its columns, use the new names."""
        if not self.has_composite_fields:
            return
        names = {model_key: {old_name: new_name}}
        if is_column_relation(self.state.models[model_key].fields[new_name]):
            for suffix in ("_id", "_pk"):
                names[model_key][old_name + suffix] = new_name + suffix
        relations = self.columns.get(model_key, {})
        if old_name in relations:
            relations[new_name] = relations.pop(old_name)
        self.rename(names, {})
        # Columns that have been renamed may be what other fields and their
        # columns are named after.
        while names:
            previous, self.columns = self.columns, self.get_columns()
            names = {}
            for other_key, relations in self.columns.items():
                renamed = {
                    old: new
                    for name, columns in relations.items()
                    for old, new in zip(previous[other_key][name], columns)
                    if old != new
                }
                if renamed:
                    names[other_key] = renamed
            self.rename(names, names)

    def rename(self, names, created):
        """
        Replace names of fields, which are given by model, in what names them.
        `created` are those of columns that relations created.
        """
        if not names:
            return
        self.names = names
        renamed = {model_key: self.get_names(model_key) for model_key in self.models}
        for model_key, model_state in self.models.items():
            for name, field in model_state.fields.items():
                if has_named_columns(field):
                    targets = field.is_relation and self.get_names(
                        resolve_relation(field.remote_field.model, *model_key)
                    )
                    model_state.fields[name] = rename_in_field(
                        field, renamed[model_key], targets or {}
                    )
        for model_key, model_state in self.models.items():
            if renamed[model_key]:
                self.rename_in_options(
                    model_key, renamed[model_key], created.get(model_key, {})
                )
        # Fields have been replaced.
        if self.state._relations is not None:
            self.state._relations = None

    def get_names(self, model_key):
        """Return new names by old names for a model, also inherited ones."""
        names = {}
        if (model_state := self.state.models.get(model_key)) is not None:
            for base_key in get_base_keys(model_state):
                names.update(self.get_names(base_key))
        names.update(self.names.get(model_key, {}))
        return names

    def rename_in_options(self, model_key, renamed, created):
        options = self.models[model_key].options
        for option in ("index_together", "unique_together"):
            if any(
                name in renamed for names in options.get(option) or () for name in names
            ):
                options[option] = {
                    rename_all(names, renamed) for names in options[option]
                }
        state_columns = StateColumns(self.state)
        for option in ("constraints", "indexes"):
            options[option] = [
                # A constraint that a relation depends on can't be dropped and
                # created as others are when a field of theirs is renamed.
                rename_in_index(
                    index,
                    (
                        renamed
                        if is_unique_set(index)
                        and state_columns.is_referenced(
                            model_key, rename_all(index.fields, renamed)
                        )
                        else created
                    ),
                )
                for index in options[option]
            ]


def rename_all(names, renamed):
    return tuple(renamed.get(name, name) for name in names)


def rename_in_field(field, renamed, targets):
    """
    Return the field, or one in its place in whose arguments names of fields of
    its own model, `renamed`, and of the related one, `targets`, are replaced.
    """
    if isinstance(field, CompositePrimaryKey):
        names = rename_all(field.field_names, renamed)
        if names != field.field_names:
            field = clone_field(field)
            field.field_names = names
        return field
    from_fields = rename_all(field.given_from_fields, renamed)
    to_fields = rename_all(field.given_to_fields, targets)
    if (from_fields, to_fields) != (field.given_from_fields, field.given_to_fields):
        field = clone_field(field)
        field.given_from_fields = from_fields
        field.given_to_fields = to_fields
        if from_fields:
            field.from_fields = list(from_fields)
        if field.has_given_to_fields:
            field.to_fields = list(to_fields)
    return field


def clone_field(field):
    clone = field.clone()
    if (name := field.__dict__.get("name")) is not None:
        clone.name = name
    return clone


def is_unique_set(constraint):
    """Can relations refer to the fields of the constraint?"""
    return (
        isinstance(constraint, UniqueConstraint)
        and bool(constraint.fields)
        and constraint.condition is None
        and not constraint.expressions
    )


# Optimizing.


def get_own_names(field):
    """Return the names in the arguments of a field of fields of its own model."""
    if not has_named_columns(field):
        return ()
    return getattr(field, "field_names", ()) or getattr(field, "given_from_fields", ())


def get_target_names(field):
    """Return the names in the arguments of a field of fields of the related model."""
    if not getattr(field, "has_given_to_fields", False):
        return ()
    return field.given_to_fields


def is_named(name, names):
    """Could the field `name`, its attname or a column of it be one of `names`?"""
    return any(n == name or n.startswith(f"{name}_") for n in names)


def names_field(field, model_key, name, reference_key):
    """
    Could the arguments of a field of the model `model_key` name the field `name`
    of the model `reference_key`?
    """
    return (
        model_key == reference_key and is_named(name, get_own_names(field))
    ) or bool(
        (names := get_target_names(field))
        and is_named(name, names)
        and resolve_relation(field.remote_field.model, *model_key) == reference_key
    )


def created_model_depends_on_operation(app_label, create_model, operation):
    """Could the fields that `create_model` adds not be the same after `operation`?"""
    model_key = app_label, create_model.name_lower
    return depends_on_operation(model_key, dict(create_model.fields), operation)


def depends_on_operation(model_key, fields, operation):
    """
    Could `fields`, which are given by name, of a model not be the same if they
    were added to it after the operation rather than before? The operation is on a
    field, or on what is unique.
    """
    named = [field for field in fields.values() if has_named_columns(field)]
    if not named:
        return False
    model_name = getattr(operation, "model_name", None) or getattr(
        operation, "name", None
    )
    if model_name is None:
        return False
    operation_key = model_key[0], model_name.lower()
    option_name = getattr(operation, "option_name", None)
    if option_name in ("unique_together", "constraints"):
        return any(
            get_target_names(field)
            and resolve_relation(field.remote_field.model, *model_key) == operation_key
            for field in named
        )
    if option_name is not None or not hasattr(operation, "model_name"):
        return False
    names = [operation.name]
    if new_name := getattr(operation, "new_name", None):
        names.append(new_name)
        # Columns that a relation creates are renamed along with the fields it
        # refers to, wherever these are.
        known = {f"{name}{suffix}" for name in fields for suffix in ("", "_id", "_pk")}
        own_names = {name for field in named for name in get_own_names(field)}
        if any("_" in name for name in own_names - known):
            return True
    return any(
        names_field(field, model_key, name, operation_key)
        for field in named
        for name in names
    )


def rename_in_created_model(app_label, operation, rename):
    """
    Return a CreateModel() operation whose fields and constraints use the new name
    of the field that the operation `rename` renames.
    """
    operation = copy.copy(operation)
    model_key = app_label, operation.name_lower
    fields = dict(operation.fields)
    renamed = {rename.old_name: rename.new_name}
    names = {
        name
        for field in fields.values()
        for name in (*get_own_names(field), *get_target_names(field))
    }
    for name in names - fields.keys():
        if name.startswith(f"{rename.old_name}_"):
            renamed[name] = rename.new_name + name.removeprefix(rename.old_name)
    operation.fields = [
        (
            name,
            (
                rename_in_field(
                    field,
                    renamed,
                    (
                        renamed
                        if field.is_relation
                        and resolve_relation(field.remote_field.model, *model_key)
                        == model_key
                        else {}
                    ),
                )
                if has_named_columns(field)
                else field
            ),
        )
        for name, field in fields.items()
    ]
    if constraints := operation.options.get("constraints"):
        constraints = [
            rename_in_index(constraint, renamed if is_unique_set(constraint) else {})
            for constraint in constraints
        ]
        operation.options = {**operation.options, "constraints": constraints}
    return operation


# Models of apps without migrations.


def without_relations(model, fields):
    """
    Return the fields for the state of a model without relations: plain ones take
    the place of those the primary key is made of.
    """
    pk = model._meta.pk
    if not isinstance(pk, CompositePrimaryKey) or pk.model is not model:
        return fields
    fields = dict(fields)
    names = []
    for column in pk.composite_fields:
        names.append(column.attname)
        if column.attname not in fields:
            fields[column.attname] = get_plain_field(column)
    fields[pk.name] = rename_in_field(pk.clone(), dict(zip(pk.field_names, names)), {})
    fields[pk.name].field_names = tuple(names)
    return list(fields.items())


def get_plain_field(column):
    """Return a field for the column which isn't a relation, nor created by one."""
    target = column
    while hasattr(target, "target_field"):
        target = target.target_field
    cls = next(
        cls
        for cls in type(target).__mro__
        if issubclass(cls, Field) and not issubclass(cls, AutoFieldMixin)
    )
    _, _, args, kwargs = target.deconstruct()
    for name in ("primary_key", "unique", "db_index", "default", "db_default"):
        kwargs.pop(name, None)
    return cls(*args, **{**kwargs, "db_column": column.column})
