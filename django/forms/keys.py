"""
The values of choices that are objects with a composite primary key: the text
form of the key, '["1", "A755H"]', which is what widgets render and what is
read back.
"""

from django.core.exceptions import ValidationError
from django.db.models.columns import is_composite_field, unnest
from django.db.models.fields.key_text import clean_key, key_to_text


def get_key_field(formfield):
    """
    Return what a ModelChoiceField's values are values of if these have several
    columns, i.e. a composite primary key or the fields that `to_field_name` is
    a tuple or list of. It is None for values of a single column.
    """
    queryset, name = formfield.queryset, formfield.to_field_name
    if queryset is None:
        return None
    opts = queryset.model._meta
    if not name or name == "pk":
        if not is_composite_field(opts.pk):
            return None
        if not opts.pk.is_relation:
            return opts.pk
        # The columns of a OneToOneField, which may be called otherwise than
        # those that it refers to, e.g.: ("cover_book_id", …)
        name = (opts.pk.name,)
    elif isinstance(name, str):
        return None
    from django.db.models.fields.related_columns import FieldTuple

    return FieldTuple(queryset.model, unnest(map(opts.get_field, name)))


def prepare_key(key_field, value):
    """
    Return the text for an object, a tuple or a text in any form, or the value
    as it is if it can't be the key of an object.
    """
    if hasattr(value, "_meta"):
        value = key_field.value_from_object(value)
        if None in value:
            return None
    if value is None or value == "":
        return value
    try:
        key = clean_key(key_field, value)
    except ValidationError:
        return str(value)
    return key_to_text(key, key_field.composite_fields)


def get_choice(formfield, key_field, value):
    """Return the object of the field's queryset that `value` stands for."""
    queryset = formfield.queryset
    if isinstance(value, queryset.model):
        value = key_field.value_from_object(value)
    try:
        key = clean_key(key_field, value)
        return filter_by_keys(queryset, key_field, [key]).get()
    except (ValidationError, ValueError, TypeError, queryset.model.DoesNotExist) as e:
        raise ValidationError(
            formfield.error_messages["invalid_choice"],
            code="invalid_choice",
            params={"value": value},
        ) from e


def get_choices(formfield, key_field, values):
    """Return a queryset of the objects that `values`, from a form, stand for."""
    if not isinstance(values, (list, tuple, set, frozenset)):
        raise ValidationError(
            formfield.error_messages["invalid_list"], code="invalid_list"
        )
    keys = {}
    for value in values:
        try:
            key = clean_key(key_field, value)
        except ValidationError as e:
            raise ValidationError(
                formfield.error_messages["invalid_pk_value"],
                code="invalid_pk_value",
                params={"pk": value},
            ) from e
        keys[key_to_text(key, key_field.composite_fields)] = key
    queryset = filter_by_keys(formfield.queryset, key_field, list(keys.values()))
    found = {prepare_key(key_field, obj) for obj in queryset}
    for text in keys:
        if text not in found:
            raise ValidationError(
                formfield.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": text},
            )
    return queryset


def filter_by_keys(queryset, key_field, keys):
    """Return the objects of the queryset which have one of these keys."""
    from django.db.models import Q
    from django.db.models.fields.tuple_lookups import Tuple, TupleIn

    names = [field.name for field in key_field.composite_fields]
    if len(keys) == 1:
        return queryset.filter(Q.create(list(zip(names, keys[0]))))
    if key_field.primary_key:
        return queryset.filter(pk__in=keys)
    return queryset.filter(TupleIn(Tuple(*names), keys))
