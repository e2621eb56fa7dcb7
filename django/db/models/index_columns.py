"""
The columns of indexes and constraints that name relations of several columns.

A relation is named as any field is, in ``fields`` or in an expression, and is
indexed, or unique, by its columns.
"""

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models.columns import is_composite_field, unnest


def get_column_label(field):
    """
    Return a name for the column or columns of `field` that is the same before
    and after it is known which columns a relation has.
    """
    return field.column or f"{field.name}_id"


def repeat_for_columns(fields, values):
    """
    Return a value for each column of `fields`, given one for each field, or
    none at all.
    """
    if not values:
        return values
    by_column = {}
    for field, value in zip(fields, values):
        for column_field in unnest([field]):
            by_column.setdefault(column_field.column, value)
    return list(by_column.values())


def unnest_names(model, names, exclude):
    """
    Return `names` of fields of a constraint with those of its columns in place
    of a relation that has several. It isn't None in the same way as another if
    that is so because of a different column.
    """
    return [
        column_name
        for name in names
        for column_name in (
            [name]
            if exclude and name in exclude
            else [field.name for field in unnest([model._meta.get_field(name)])]
        )
    ]


def unnest_expressions(model, expressions):
    """
    Return `expressions` of an index or constraint with one for each column in
    place of one that refers to a relation that has several.
    """
    from django.db.models.expressions import F, OrderBy

    result = []
    for expression in expressions:
        reference = expression
        if isinstance(expression, OrderBy):
            reference = expression.expression
        fields = ()
        if isinstance(reference, F):
            fields = [
                field
                for field in model._meta.fields
                if reference.name in (field.name, field.attname)
                and getattr(field, "is_multicolumn", False)
            ]
        if not fields:
            result.append(expression)
        for field in unnest(fields):
            column = F(field.name)
            if reference is not expression:
                ordered = expression.copy()
                ordered.expression = column
                column = ordered
            result.append(column)
    return result


def rename_in_index(index, renamed):
    """
    Return the index or constraint, or one in its place whose fields are named
    as in `renamed`, new names by old ones.
    """
    names = getattr(index, "fields", ())
    new_names = [
        (
            "-" + renamed.get(name[1:], name[1:])
            if name[:1] == "-"
            else renamed.get(name, name)
        )
        for name in names
    ]
    if new_names == list(names):
        return index
    _, args, kwargs = index.deconstruct()
    return type(index)(*args, **{**kwargs, "fields": new_names})


def check_single_columns(model, constraint, references):
    """
    Return errors for those `references`, tuples of a name and of lookups, that are
    relations of several columns, to each of which an operator would apply.
    """
    errors = []
    for name, *lookups in sorted(references):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if lookups or not field.is_relation or not is_composite_field(field):
            continue
        try:
            names = ", ".join(repr(column.name) for column in unnest([field]))
        except FieldDoesNotExist:
            # The relation has an error of its own.
            continue
        errors.append(
            checks.Error(
                f"{constraint.__class__.__name__} '{constraint.name}' refers to "
                f"'{name}', a relation of several columns.",
                hint=f"Refer to its columns one by one: {names}.",
                obj=model,
                id="postgres.E005",
            )
        )
    return errors
