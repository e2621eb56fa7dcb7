"""
The admin's pages of models with a composite primary key.

* In URLs a key is quoted by its members: "1,A_2F5".
* Everywhere else it is its text form: '["1", "A/5"]'. That goes for values in
  forms and popups, for log entries, and for the `object_id` that get_object()
  is given.
* A `to_field` of several fields, which a relation refers to, is their names
  joined by commas.
* The key of an object that exists is shown, but not changed.
"""

from urllib.parse import quote, unquote

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models.columns import is_composite_field, unnest
from django.db.models.fields.composite import CompositeAttribute, CompositeKey
from django.db.models.fields.key_text import clean_key, get_value_field, key_to_text
from django.urls.keys import quote_key
from django.views.keys import read_key

# Which fields identify objects, and by which values.


def get_field(opts, to_field=None):
    """
    Return the field whose values identify objects: the primary key, or what
    `to_field` names. Raise FieldDoesNotExist for a name of no field.
    """
    if not to_field:
        return opts.pk
    names = to_field.split(",")
    if len(names) == 1:
        return opts.get_field(to_field)
    from django.db.models.fields.related_columns import FieldTuple

    return FieldTuple(opts.model, unnest(map(opts.get_field, names)))


def is_target(field, rel):
    """Does a relation, given its `rel`, refer to objects by `field`?"""
    columns = getattr(rel.field, "foreign_related_fields", ())
    if is_composite_field(field) or len(columns) > 1:
        return list(columns) == unnest([field])
    return rel.get_related_field() == field


def get_value(obj, attr):
    """Return the value of a field of `obj`, or the text of those of several."""
    if "," not in attr:
        return obj.serializable_value(attr)
    field = get_field(obj._meta, attr)
    return key_to_text(field.value_from_object(obj), field.composite_fields)


# URLs.


def is_key(value):
    """Is `value` that of a composite primary key?"""
    return isinstance(value, CompositeKey)


def is_unset(value):
    return is_key(value) and None in value


def quote_value(value):
    """Return `value` for quote(): a key that is set as it is in URLs."""
    if is_key(value) and not is_unset(value):
        return quote_key(value)
    return value


def quote_link(url, obj):
    """Return what reverse() made for a page of `obj` as part of HTML."""
    # It is quoted once more, which only keys of ASCII characters survive.
    return quote(unquote(url) if is_key(obj.pk) else url)


def from_text(text, content_type):
    """
    Return the key of an object of this type for quote(), given its text. It's
    the text if it's no key of the model's, e.g. as it had another one before.
    """
    model = content_type.model_class()
    if model is not None and is_composite_field(model._meta.pk):
        return read_key(model._meta.pk, text) or text
    return text


def unquote_text(quoted, opts, to_field=None):
    """
    Return the text form of the key of an object that an URL has, which may be
    quoted or the text form itself, or `quoted` as it is if it's no key. Return
    None if the key isn't composite.
    """
    field = get_field(opts, to_field)
    if not is_composite_field(field):
        return None
    key = read_key(field, quoted)
    if key is None:
        return quoted
    return key_to_text(key, get_value_field(field).composite_fields)


def get_object(queryset, field, value):
    """
    Return the object of the queryset with `value` for the key or tuple of
    fields `field`, or None.
    """
    key = read_key(field, value)
    if key is None:
        return None
    names = [column.name for column in field.composite_fields]
    try:
        return queryset.get(**dict(zip(names, key)))
    except (ObjectDoesNotExist, ValidationError, ValueError):
        return None


# Selections.


def filter_selected(queryset, values):
    """
    Return the objects of the queryset with these primary keys, from a form.
    What can't be the key of an object selects none.
    """
    pk = queryset.model._meta.pk
    if is_composite_field(pk):
        values = [key for value in values if (key := read_key(pk, value)) is not None]
    return queryset.filter(pk__in=values)


def get_validator(pk):
    """Return a function that raises ValidationError for what is no key."""
    return (
        (lambda value: clean_key(pk, value))
        if is_composite_field(pk)
        else (pk.to_python)
    )


# Documentation.


def get_attributes(model):
    """Return the names and values of a class, without those of its fields."""
    return [
        (name, value)
        for name, value in vars(model).items()
        if not isinstance(value, CompositeAttribute)
    ]
