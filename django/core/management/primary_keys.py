"""Primary keys that are given to commands."""

import json

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models.columns import is_composite_field


def get_primary_keys(app_list, text, keys):
    """
    Return the keys which the option --pks gives as `text`: `keys`, which are what
    is between its commas, or tuples if the model has a composite primary key.

    `app_list` has the model, unless it is excluded. Raise CommandError for what is
    no such key.
    """
    pks = [model._meta.pk for models in app_list.values() for model in models]
    if not any(map(is_composite_field, pks)):
        return keys
    (pk,) = pks
    try:
        given = [pk.to_python(key) for key in json.loads(f"[{text}]")]
        if any(key is None or None in key for key in given):
            raise ValueError("null is not a value of a primary key.")
    except (ValueError, ValidationError, RecursionError) as e:
        error = e.messages[0] if isinstance(e, ValidationError) else e
        raise CommandError(
            f"The --pks of {pk.model._meta.label} must be JSON arrays, separated by "
            f"commas: {error}"
        ) from e
    return given
