"""
update() of relations that have several columns.

A relation is set by setting its columns: whatever it is set to is split into a
value for each of them.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.columns import count_cols, get_cols
from django.db.models.expressions import Case, F, Value, When
from django.db.models.fields.key_text import get_value_field, key_from_text
from django.db.models.fields.related_columns import (
    get_cleared_fields,
    is_composite_relation,
    is_own_column,
)
from django.db.models.fields.tuple_lookups import is_subquery, split_query

# What a column is set to if it keeps its value.
UNCHANGED = object()


def split_relations(query, values):
    """
    Return the (field, model, value) triples of an UPDATE with a triple for each
    column in place of those of the relations.

    Raise ValueError if a column would be set to two different values.
    """
    query.is_relation_split = True
    expanded = {}
    for field, model, value in values:
        if is_set_by_columns(field):
            columns = zip(field.local_related_fields, split_value(field, value, query))
        else:
            columns = [(field, value)]
        for column, column_value in columns:
            if column_value is UNCHANGED:
                continue
            if column in expanded:
                check_same_value(column, expanded[column], (field, model, column_value))
            expanded[column] = field, model, column_value
    return [(column, model, value) for column, (_, model, value) in expanded.items()]


def is_set_by_columns(field):
    return not field.column and is_composite_relation(field) and not field.one_to_many


def check_same_value(column, first, second):
    """Refuse to set a column to one value for itself and to another one."""
    (field, _, value), (other_field, _, other_value) = first, second
    if not is_same_value(column, value, other_value):
        name = column.model._meta.object_name
        raise ValueError(
            f'Cannot update "{name}.{field.name}" and "{name}.{other_field.name}": '
            f'they share "{column.attname}", which cannot be both {value!r} and '
            f"{other_value!r}."
        )


def is_same_value(column, value, other_value):
    values = [
        getattr(v, column.target_field.attname) if isinstance(v, models.Model) else v
        for v in (value, other_value)
    ]
    if None in values or any(hasattr(v, "resolve_expression") for v in values):
        return values[0] == values[1]
    try:
        return column.to_python(values[0]) == column.to_python(values[1])
    except ValidationError:
        return False


def split_value(relation, value, query):
    """Return what each column of `relation` is set to by `value`, in order."""
    fields = relation.local_related_fields
    if isinstance(value, Value):
        value = value.value
    if isinstance(value, Case):
        return split_case(relation, value, query)
    if hasattr(value, "resolve_expression"):
        return split_expression(relation, value, query)
    if value is None:
        cleared = get_nulled_fields(relation)
        return [None if field in cleared else UNCHANGED for field in fields]
    return [
        UNCHANGED if member is None and not is_own_column(relation, field) else member
        for field, member in zip(fields, get_members(relation, value))
    ]


def get_nulled_fields(relation):
    """
    Return the fields that are set to NULL if the relation is set to None. If
    none of its own can be, the database says so, as of a single column.
    """
    fields = relation.local_related_fields
    nulled = get_cleared_fields(relation) or [
        field for field in fields if is_own_column(relation, field)
    ]
    if not nulled:
        raise ValueError(
            f"Cannot update {describe(relation)} to None: all of its columns belong "
            "to the primary key or to other relations as well."
        )
    return nulled


def describe(relation):
    # e.g.: "Shipment.item" (item_product_id, item_order_id)
    columns = ", ".join(field.attname for field in relation.local_related_fields)
    return f'"{relation.model._meta.object_name}.{relation.name}" ({columns})'


def get_members(relation, value):
    """Return the values of the columns for an object, a tuple or a key's text."""
    targets = relation.foreign_related_fields
    related_model = relation.remote_field.model
    if isinstance(value, models.Model):
        if not isinstance(value, related_model._meta.concrete_model):
            raise ValueError(
                f'Cannot update {describe(relation)} to "{value!r}": it must be a '
                f'"{related_model._meta.object_name}" instance.'
            )
        if not value._is_pk_set():
            raise ValueError(
                f"Unsaved model instance {value!r} cannot be used in an ORM query."
            )
        return [getattr(value, target.attname) for target in targets]
    if isinstance(value, str):
        try:
            return key_from_text(value, targets)
        except (ValueError, TypeError, ValidationError) as e:
            raise ValueError(
                f"Cannot update {describe(relation)} to {value!r}: it is not the "
                "text of a key."
            ) from e
    if not isinstance(value, (list, tuple)) or len(value) != len(targets):
        raise ValueError(
            f"Cannot update {describe(relation)} to {value!r}: it must be a "
            f'"{related_model._meta.object_name}" instance or a tuple or list of '
            f"{len(targets)} values."
        )
    return [
        (
            member.prepare_database_save(target)
            if isinstance(member, models.Model)
            else member
        )
        for target, member in zip(targets, value)
    ]


def split_expression(relation, expression, query):
    # e.g.: SET a = (SELECT x FROM … LIMIT 1), b = (SELECT y FROM … LIMIT 1)
    fields = relation.local_related_fields
    resolved = expression.resolve_expression(query, allow_joins=False, for_save=True)
    if is_subquery(resolved):
        subquery = getattr(resolved, "query", resolved)
        if not subquery.has_select_fields:
            subquery.clear_select_clause()
            is_related = subquery.model is relation.remote_field.model
            targets = relation.foreign_related_fields
            subquery.set_values([f.name for f in targets] if is_related else ["pk"])
    if count_cols(resolved) != len(fields):
        # The repr() of a queryset are its rows.
        given = expression.__class__.__name__ if is_subquery(resolved) else expression
        raise ValueError(
            f"Cannot update {describe(relation)} to {given}: an expression of "
            f"{len(fields)} columns is needed (received {count_cols(resolved)})."
        )
    return split_query(resolved) if is_subquery(resolved) else get_cols(resolved)


def split_case(relation, case, query):
    # e.g.: SET a = CASE WHEN … THEN x ELSE a END, b = CASE WHEN … THEN y ELSE b END
    conditions = [when.condition for when in case.cases]
    results = [split_value(relation, when.result, query) for when in case.cases]
    default = split_value(relation, case.default, query)
    split = []
    for field, *column in zip(relation.local_related_fields, *results, default):
        *column, column_default = [get_expression(field, value) for value in column]
        column_case = case.copy()
        column_case.cases = list(map(When, conditions, column))
        column_case.default = column_default
        column_case.output_field = get_value_field(field)
        split.append(
            column_case.resolve_expression(query, allow_joins=False, for_save=True)
        )
    return split


def get_expression(field, value):
    if value is UNCHANGED:
        return F(field.attname)
    if hasattr(value, "resolve_expression"):
        return value
    return Value(value, output_field=get_value_field(field))
