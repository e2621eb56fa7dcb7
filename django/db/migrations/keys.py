"""
Which primary key is in effect, in the state of a project?

Migrations change the key of a table by operations on fields, one by one. In
between a model may have more than one primary key, or none. One rule tells what
its key is:

* If there is a CompositePrimaryKey, that is the key, whatever other field says
  primary_key=True. Such a field is *demoted*: it has a column with unique values,
  and is the key again as soon as the composite primary key goes.
* If a CompositePrimaryKey goes that was the only one, the key is the field "id",
  which Django takes for the key of models that have no other.

The states keep the fields as they were given. They are demoted in the models that
are made of the states, see ModelState.render().
"""

from functools import wraps

from django.core.exceptions import FieldDoesNotExist
from django.db.migrations.utils import resolve_relation
from django.db.models import CompositePrimaryKey


def is_composite_key(field):
    return isinstance(field, CompositePrimaryKey)


def get_composite_key(fields):
    """Return the composite primary key among the fields, or None."""
    return next(filter(is_composite_key, fields), None)


def set_key(model_state, body):
    """
    Have the fields in `body`, of which a model is going to be made, agree which of
    them is the primary key. Others that say so are unique ones.
    """
    fields = [body[name] for name in model_state.fields]
    keys = [field for field in fields if field.primary_key]
    if get_composite_key(keys) is not None:
        for field in keys:
            if not is_composite_key(field):
                field.primary_key = False
                field._unique = True
    elif not keys and not any(isinstance(base, str) for base in model_state.bases):
        body["_is_keyless"] = True


def is_keyless(model):
    """
    Has the table of the model, which was made of a state, no primary key? The model
    has one nevertheless, Django's "id", which isn't in the table.
    """
    return "_is_keyless" in model.__dict__


def restore_key(model_state, removed_field):
    """
    Have the field "id" be the primary key of the model if the key was removed
    and there isn't any other.
    """
    if not is_composite_key(removed_field):
        return
    fields = model_state.fields
    if "id" in fields and not any(field.primary_key for field in fields.values()):
        fields["id"] = field = fields["id"].clone()
        field.name = "id"
        field.primary_key = True


def get_state_with_key(state, app_label, model_name, names):
    """
    Return the state with another primary key of the model, one that is made of
    the named fields. The given state is left as it is.
    """
    state = state.clone()
    fields = state.models[app_label, model_name].fields
    if len(names) > 1:
        key = CompositePrimaryKey(*names)
        has_key = get_composite_key(fields.values()) is not None
        alter = state.alter_field if has_key else state.add_field
        alter(app_label, model_name, "pk", key, preserve_default=True)
    else:
        (name,) = names
        if name not in fields:
            raise FieldDoesNotExist(
                f"{app_label}.{model_name} has no field named '{name}'"
            )
        field = fields[name].clone()
        field.primary_key = True
        state.alter_field(app_label, model_name, name, field, preserve_default=True)
        for other, field in list(fields.items()):
            if is_composite_key(field):
                state.remove_field(app_label, model_name, other)
    return state


def get_apps(state):
    """
    Return the models of a state, all of whose relations are to each other. Operations
    may have left those of models that are related to what they altered by others only
    as they were, and what refers to a key wouldn't be found.
    """
    state.clear_delayed_apps_cache()
    state.is_delayed = False
    return state.apps


# Operations.


def get_models_with_keys(operation, app_label, from_state, to_state):
    """
    Return the models of the two states if an operation on a field changes the key
    of its model, that is if the field is a CompositePrimaryKey, or None.
    """
    model_key = app_label, operation.model_name_lower
    states = from_state, to_state
    fields = [state.models[model_key].fields.get(operation.name) for state in states]
    if any(map(is_composite_key, fields)):
        return [get_apps(state).get_model(*model_key) for state in states]


def alters_keys(method):
    """
    Have a method of an operation that alters the database change the primary key
    of the table, and all relations to it, if the field is a CompositePrimaryKey.
    """

    @wraps(method)
    def alter_database(self, app_label, schema_editor, from_state, to_state):
        models = get_models_with_keys(self, app_label, from_state, to_state)
        if models is None:
            return method(self, app_label, schema_editor, from_state, to_state)
        if self.allow_migrate_model(schema_editor.connection.alias, models[1]):
            schema_editor.alter_primary_key(*models)

    return alter_database


# Optimizing.


def changes_key(operation):
    """
    May an operation change the key of its model? No field but a CompositePrimaryKey
    can have the name.
    """
    return hasattr(operation, "model_name") and getattr(operation, "name", "") == "pk"


def must_keep_order(app_label, first, second):
    """
    Do two operations, of which the first is one on a field, have to be carried out
    in this order, since one of them changes the key of a model and the other one is
    on another field of the model, or on a relation to it?
    """
    if not hasattr(second, "model_name_lower") or not hasattr(second, "name"):
        return False
    if changes_key(first):
        change, other = first, second
    elif changes_key(second):
        change, other = second, first
    else:
        return False
    if hasattr(other, "new_name"):
        return False
    if change.model_name_lower == other.model_name_lower:
        return True
    field = getattr(other, "field", None)
    return (
        field is not None
        and field.is_relation
        and resolve_relation(
            field.remote_field.model, app_label, other.model_name_lower
        )
        == (app_label, change.model_name_lower)
    )
