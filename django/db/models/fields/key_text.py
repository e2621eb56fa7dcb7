"""
The text form of a composite key, in Python and in SQL.

It is a JSON array of the members' value_to_string(), with ", " between the
elements and non-ASCII characters kept: '["1", "A755H"]'. There is exactly one
such text for a key, so that texts can be compared: numbers are written with
the decimal places of their field, points in time in UTC.
"""

import datetime
import decimal
import json
import math
from types import SimpleNamespace

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models.columns import is_composite


def get_value_field(field):
    """Return the field whose values a foreign key holds, or the field itself."""
    while (target := getattr(field, "target_field", None)) is not None:
        field = target
    return field


def canonical(field, value):
    """Return `value` as the database would return it."""
    value = field.to_python(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.timezone.utc)
    if isinstance(value, decimal.Decimal) and value.is_finite():
        places = getattr(field, "decimal_places", None)
        if places is not None:
            value = value.quantize(decimal.Decimal(1).scaleb(-places))
            # There is no negative zero in a database.
            value = value or abs(value)
    return value


def member_to_text(field, value):
    if value is None:
        return None
    field = get_value_field(field)
    try:
        holder = SimpleNamespace(**{field.attname: canonical(field, value)})
        return field.value_to_string(holder)
    except (ValidationError, ValueError, TypeError, AttributeError, ArithmeticError):
        # An unsaved instance may have anything as the value of a field.
        return str(value)


def key_to_text(values, fields):
    """Return the text of the key which has `values` for `fields`."""
    return json.dumps(
        [member_to_text(field, value) for field, value in zip(fields, values)],
        ensure_ascii=False,
    )


def key_from_text(text, fields):
    """
    Return the tuple of values for `fields` that `text` stands for. Raise
    ValueError or ValidationError if that is no text of such a key.
    """
    try:
        members = json.loads(text)
    except RecursionError as e:
        raise ValueError("Too many nested arrays.") from e
    if not isinstance(members, list) or len(members) != len(fields):
        raise ValueError(f"A JSON array of {len(fields)} values is expected.")
    return tuple(
        None if member is None else member_from_text(field, member)
        for field, member in zip(fields, members)
    )


def member_from_text(field, member):
    value = get_value_field(field).to_python(member)
    # Text fields make a string of anything.
    if isinstance(member, (list, dict)) and isinstance(value, str):
        raise ValueError(f"{member!r} is not a value of {field.name!r}.")
    return value


def clean_key(field, value):
    """
    Return the key that `value`, which comes from a user, stands for: the text
    form of a value of `field`, or a list or tuple of values. Raise
    ValidationError if no row can have such a key.
    """
    field = get_value_field(field)
    key = field.to_python(value)
    try:
        if key is None or None in key:
            raise ValueError("No member of a key is None.")
        for member_field, member in zip(field.composite_fields, key):
            check_storable(get_value_field(member_field), member)
    except (ValueError, TypeError, ArithmeticError) as e:
        raise ValidationError(
            field.error_messages["invalid"],
            code="invalid",
            params={
                "value": value,
                "members": ", ".join(repr(f.attname) for f in field.composite_fields),
            },
        ) from e
    return key


def check_storable(field, value):
    """Raise an error for a value of `field` which databases refuse to compare."""
    value = field.get_prep_value(value)
    if isinstance(value, str):
        # Surrogates can't be encoded.
        if b"\x00" in value.encode():
            raise ValueError("Null characters are not allowed.")
    elif isinstance(value, datetime.datetime) and value.tzinfo is not None:
        if not settings.USE_TZ:
            raise ValueError("It has a time zone.")
        value.astimezone(datetime.timezone.utc)
    elif isinstance(value, int):
        # What a driver does with such a number differs, up to an error.
        if not -(2**63) <= value < 2**63:
            raise ValueError("There is no room for so large a number.")
    elif isinstance(value, decimal.Decimal):
        max_digits = getattr(field, "max_digits", None)
        if max_digits is not None and value.adjusted() >= max_digits:
            raise ValueError("There are more digits than there is room for.")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("It isn't a finite number.")


class CompositeCastMixin:
    """
    Allow Cast() to turn composite keys into text, which is their text form.

    e.g.: Cast("pk", TextField()) as SQL:
    CAST('["' || "id" || '", ' || to_json("name") || ']' AS text)
    """

    allows_composite_expressions = True

    def resolve_expression(self, *args, **kwargs):
        resolved = super().resolve_expression(*args, **kwargs)
        (source,) = resolved.get_source_expressions()
        if is_composite(source):
            from django.db.models.functions.key_text import KeyText

            if resolved.output_field.get_internal_type() not in (
                "CharField",
                "TextField",
            ):
                given = resolved.output_field.__class__.__name__
                raise ValueError(
                    f"{self.__class__.__name__} expression does not support "
                    "composite primary keys. They can only be cast to a CharField "
                    f"or a TextField (not to {given})."
                )
            resolved.set_source_expressions([KeyText(*source.get_cols())])
        return resolved
