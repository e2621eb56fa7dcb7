"""
What instances do with the relations that have several columns.

The columns are fields like any other, which Model deals with. What is left for
the relations is to be told apart from their columns where both can be given, to
be reloaded along with them, and to be referred to by constraints.
"""

from django.db.models.columns import unnest
from django.db.models.expressions import Value
from django.db.models.fields.parent_links import get_pk_value
from django.db.models.fields.related_columns import is_same_value
from django.db.models.fields.tuple_lookups import Tuple


def prepare_relation_kwargs(model, args, kwargs):
    """
    Have the keyword arguments of Model.__init__() say for each column what is
    to become of it, given what they say for the relations.

    Raise TypeError or ValueError if they say two things of a column.
    """
    from django.db.models.base import DEFERRED

    opts = model._meta
    positional = opts.concrete_fields[: len(args)]
    for relation in opts.multicolumn_relations:
        given = [
            name
            for name in (relation.name, relation.attname)
            if kwargs.get(name, DEFERRED) is not DEFERRED
        ]
        if given:
            check_relation_kwargs(model, relation, given, positional, kwargs)
            # The default isn't wanted.
            for column in relation.created_columns:
                kwargs.setdefault(column.name, None)


def check_relation_kwargs(model, relation, given, positional, kwargs):
    """Raise an error if a column is given differently from its relation."""
    fields = relation.local_related_fields
    for field in relation.created_columns:
        if field in positional:
            raise TypeError(
                f"{model.__qualname__}() got both positional and keyword arguments "
                f"for field {relation.name!r}."
            )
    for name in given:
        values = get_values(relation, kwargs[name])
        for other in (*given, *(field.attname for field in fields)):
            if other == name or other not in kwargs:
                continue
            other_values = get_values(relation, kwargs[other])
            if other not in given:
                other_values = [
                    kwargs[other] if field.attname == other else None
                    for field in fields
                ]
            for field, value, other_value in zip(fields, values, other_values):
                if not (
                    value is None
                    or other_value is None
                    or is_same_value(field, value, other_value)
                ):
                    raise ValueError(
                        f"{model.__qualname__}() got {value!r} for "
                        f"{field.attname!r} by {name!r} and {other_value!r} by "
                        f"{other!r}."
                    )


def get_values(relation, value):
    """Return the values of the columns if `value` is of the right type."""
    if isinstance(value, relation.remote_field.model):
        return relation.get_foreign_related_value(value)
    fields = relation.local_related_fields
    if isinstance(value, (list, tuple)) and len(value) == len(fields):
        return value
    # None, or something that will be refused, or understood, later.
    return [None] * len(fields)


def has_no_key(instance, pk):
    """Does `instance` have no value at all for the key of one of its parents?"""
    value = get_pk_value(instance, pk)
    return value is None or (isinstance(value, tuple) and set(value) == {None})


def is_key_check(model, names):
    """
    Is it the primary key of `model` that is checked if the fields with these
    names must be unique, or a part of it?
    """
    opts = model._meta
    return len(opts.pk_fields) == 1 or set(opts.pk_fields).issuperset(
        unnest(map(opts.get_field, names))
    )


def refresh_relations(instance, db_instance, deferred):
    """
    Have the relations whose columns were loaded by refresh_from_db() forget
    their objects, or take over those that were loaded too.
    """
    for relation in instance._meta.multicolumn_relations:
        if any(field.attname in deferred for field in relation.local_related_fields):
            continue
        if relation.is_cached(db_instance):
            obj = relation.get_cached_value(db_instance)
            relation.set_cached_value(instance, obj)
        elif relation.is_cached(instance):
            relation.delete_cached_value(instance)


def get_relation_expressions(instance, meta, exclude):
    """Return expressions for the relations of `instance` by their names."""
    return {
        relation.name: Tuple(
            *[
                Value(getattr(instance, field.attname), field)
                for field in relation.local_related_fields
            ]
        )
        for relation in meta.multicolumn_relations
        if relation.name not in exclude and relation in meta.local_fields
    }
