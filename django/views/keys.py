"""The keys that views are given by URLs."""

from django.core.exceptions import ValidationError
from django.db.models.columns import is_composite_field
from django.db.models.fields.key_text import clean_key


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
