"""The keys that views are given by URLs."""

from django.core.exceptions import ValidationError
from django.db.models.columns import is_composite_field
from django.db.models.fields.key_text import clean_key
from django.urls.keys import unquote_key


def filter_by_key(queryset, pk):
    """
    Return the objects with this primary key: none if it is composite and `pk`,
    its text form or a tuple, can't be the key of an object.
    """
    if is_unknown_key(queryset.model, pk):
        return queryset.none()
    return queryset.filter(pk=pk)


def check_key(queryset, kwargs):
    """
    Return the keyword arguments for get() of `queryset`, a manager or queryset.
    Raise DoesNotExist if they ask for a key that no object can have.
    """
    model = getattr(queryset, "model", None)
    if "pk" in kwargs and model is not None and is_unknown_key(model, kwargs["pk"]):
        raise model.DoesNotExist
    return kwargs


def is_unknown_key(model, pk):
    """Is `pk` given for a composite key of `model` but the key of no object?"""
    field = model._meta.pk
    if not is_composite_field(field) or not isinstance(pk, (str, list, tuple)):
        return False
    if not isinstance(pk, str) and any(
        hasattr(member, "resolve_expression") for member in pk
    ):
        return False
    try:
        clean_key(field, pk)
    except ValidationError:
        return True
    return False


def read_key(field, value):
    """
    Return the composite key that `value` stands for: the URL form of a value of
    `field`, its text form, or a tuple. Return None if no object has such a key.
    """
    try:
        # No URL form starts with a bracket.
        if isinstance(value, str) and not value.startswith("["):
            value = unquote_key(value)
            if isinstance(value, str):
                return None
        return clean_key(field, value)
    except (ValidationError, ValueError):
        return None


def get_key(model, value):
    """
    Return `value`, which identifies an object of `model`, for a lookup. Raise
    DoesNotExist if it stands for a composite key that no object has.
    """
    field = model._meta.pk
    if not is_composite_field(field):
        return value
    key = read_key(field, value)
    if key is None:
        raise model.DoesNotExist
    return key
