"""
The keys by which relations refer to objects: what a relation's value is, be it
that of one column or a tuple with the values of several.
"""

from django.db.models.fields.tuple_lookups import Tuple, TupleIn
from django.db.models.query_utils import Q


def get_key(relation, values):
    """
    Return the value of `relation` given the values of its columns: the only one,
    or a tuple. None stands for no object, as soon as any of them is None.
    """
    if len(values) == 1:
        return values[0]
    return None if None in values else tuple(values)


def get_related_key(relation, obj):
    """Return the value that `relation` has if it refers to `obj`."""
    return get_key(relation, relation.get_foreign_related_value(obj))


def get_given_key(relation, value):
    """
    Return `value`, given for an object which `relation` refers to, as it is, or
    as a tuple if there are several columns. Raise ValueError if it isn't one, and
    TypeError if it's an object, as that can only be one of another model.
    """
    if len(relation.foreign_related_fields) == 1:
        return value
    if hasattr(value, "_meta"):
        raise TypeError(
            "'%s' instance expected, got %r"
            % (relation.remote_field.model._meta.object_name, value)
        )
    key = relation.get_prep_value(value)
    return None if key is None else get_key(relation, key)


def get_prepared_key(relation, value):
    """
    Return `value`, given for an object to be added, as the value of `relation`.
    Raise ValueError if there are several columns and one of them would be None.
    """
    if len(relation.foreign_related_fields) == 1:
        return relation.get_prep_value(value)
    key = get_given_key(relation, value)
    if key is None:
        raise ValueError(
            'Cannot add "%r": the value for field "%s" is None' % (value, relation.name)
        )
    return key


def get_keys(queryset, relation):
    """Return a queryset of the keys by which `relation` refers to objects."""
    names = [field.attname for field in relation.foreign_related_fields]
    return queryset.values_list(*names, flat=len(names) == 1)


def get_keys_filter(relation, keys):
    """Return the condition for objects which `relation` refers to by `keys`."""
    names = [field.attname for field in relation.foreign_related_fields]
    if len(names) == 1:
        return Q.create([(f"{names[0]}__in", keys)])
    return TupleIn(Tuple(*names), keys)


def get_attnames(model, *names):
    """Return the names of the attributes for the values of relations of `model`."""
    return [model._meta.get_field(name).attname for name in names]
