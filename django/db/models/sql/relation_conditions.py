"""
Conditions about relations of several columns.

What a query says of a single column it has to say of each of several, and
there is no related object if any of them is NULL.
"""

from django.db.models.columns import unnest


def get_other_null_fields(relation, fields):
    """
    Return the columns of `relation`, other than `fields`, which may be NULL:
    there is no related object then.
    """
    return [
        field
        for field in relation.local_related_fields
        if field.null and field not in fields
    ]


def is_null_elsewhere(relation, fields):
    """
    Can `relation` be NULL although these of its columns aren't, as they can't be
    or have values by another relation? These are those of no related object.
    """
    from django.db.models.fields.related_columns import is_own_column

    return not any(
        field.null and is_own_column(relation, field) for field in fields
    ) and bool(get_other_null_fields(relation, fields))


def require_related_object(query, clause, condition, relation, targets, alias):
    """
    Have a condition about some of the columns of `relation`, for which the
    related table isn't joined, hold for rows that have a related object only.

    e.g.: filter(city__country="CH") as SQL:
    WHERE country = 'CH' AND city IS NOT NULL
    """
    if len(relation.local_related_fields) == 1:
        return
    from django.db.models.sql.where import AND, OR

    # The same as a join finds: each column of what isn't there is NULL.
    is_null = condition.lookup_name == "isnull" and condition.rhs is True
    for field in get_other_null_fields(relation, targets):
        lookup = field.get_lookup("isnull")(
            query._get_col(field, field, alias), is_null
        )
        clause.add(lookup, OR if is_null else AND)


def get_prefix_fields(relation):
    """
    Return the names of what `relation` refers to, and its pairs of fields in
    the same order. If it is the primary key, whose columns may have to be those
    of one row, this is the only name.
    """
    pairs = relation.related_fields
    if len(pairs) > 1:
        by_target = {target: (field, target) for field, target in pairs}
        members = unnest([pairs[0][1].model._meta.pk])
        if set(members) == by_target.keys():
            return ["pk"], [by_target[member] for member in members]
    return [target.name for _, target in pairs], pairs


def pair_cols(cols, names):
    """
    Return the lookup to compare by, the expression and the name for each of
    `names`: there is one for each of the columns, or one for all.
    """
    if len(names) < len(cols):
        from django.db.models.expressions import ColPairs
        from django.db.models.fields.tuple_lookups import TupleExact

        targets = [col.target for col in cols]
        field = cols[0].target.model._meta.pk
        return [(TupleExact, ColPairs(cols[0].alias, targets, targets, field), *names)]
    return [
        (col.target.get_lookup("exact"), col, name) for col, name in zip(cols, names)
    ]
