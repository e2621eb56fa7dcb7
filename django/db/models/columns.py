"""
Which columns is this?

A field usually stands for one column, and so does an expression. A composite
primary key, a relation over several columns and a ``Tuple()`` stand for
several, in order. Whoever has to know asks here: the ORM, the SQL compiler,
the lookups and the schema editors.

The protocol:

* A field without a column of its own that stands for the columns of other
  fields has a ``composite_fields`` attribute: these fields, in order.
* An expression that stands for several columns inherits from ``Composite``
  and returns one expression for each of them from ``get_cols()``.

This module imports nothing from the ORM so that all of it can import this.
"""

from itertools import chain

from django.core.exceptions import FieldError


class Composite:
    """
    Mixin for expressions that stand for several columns.

    Subclasses return from get_cols() one expression for each column, in
    order, none of which is composite itself.
    """

    def get_cols(self):
        raise NotImplementedError(
            "Subclasses of Composite must provide a get_cols() method."
        )

    def __len__(self):
        return len(self.get_cols())

    def __iter__(self):
        return iter(self.get_cols())

    def get_lookup(self, lookup):
        from django.db.models.fields.tuple_lookups import tuple_lookups

        # A lookup of a single column ("contains", "regex") cannot be applied
        # to several, so only those that say that they can are found.
        found = self.output_field.get_lookup(lookup)
        if found is not None and getattr(found, "allows_composite_expressions", False):
            return found
        return tuple_lookups.get(lookup)

    def get_transform(self, name):
        found = self.output_field.get_transform(name)
        if found is not None and getattr(found, "allows_composite_expressions", False):
            return found

    def replace_expressions(self, replacements):
        if not replacements or self in replacements:
            return replacements.get(self, self)
        cols = self.get_cols()
        replaced = [col.replace_expressions(replacements) for col in cols]
        if all(new is old for new, old in zip(replaced, cols)):
            return self
        # The replacements need not be columns of one table, e.g. references
        # to the columns of a subquery that is aggregated over.
        from django.db.models.fields.tuple_lookups import Tuple

        return Tuple(*replaced)


def get_lookup_names(expression):
    """Return the names of the lookups which `expression` has."""
    names = expression.output_field.get_lookups()
    if is_composite(expression):
        return [name for name in names if expression.get_lookup(name) is not None]
    return names


# Does an expression stand for several columns? This is asked for each expression
# of each query, so it is isinstance() without a function around it.
is_composite = Composite.__instancecheck__


def check_composite(expression, source):
    """Refuse a composite `source` of an expression that takes one column."""
    if is_composite(source) and not expression.allows_composite_expressions:
        raise ValueError(
            f"{expression.__class__.__name__} expression does not support "
            "composite primary keys."
        )


def get_cols(expression):
    """Return the single-column expressions `expression` stands for, in order."""
    return expression.get_cols() if is_composite(expression) else [expression]


def count_cols(expression):
    """
    Return how many columns `expression` has, be it an expression, a tuple or
    list of single-column expressions or a query.
    """
    if isinstance(expression, (tuple, list)):
        return sum(map(count_cols, expression))
    if is_composite(expression):
        return len(expression)
    query = getattr(expression, "query", expression)
    if hasattr(query, "has_select_fields"):
        return count_selected_cols(query)
    return 1


def count_row_cols(expressions):
    """Return how many columns a row of the `expressions` has."""
    return sum(map(count_cols, expressions))


def count_selected_cols(query):
    """
    Return how many columns `query` selects when it is used as a subquery. A
    query that selects whole objects stands for their primary key.
    """
    if not query.has_select_fields:
        return len(query.model._meta.pk_fields)
    if query.selected is None:
        expressions = chain(query.select, query.annotation_select.values())
        return len(query.extra_select) + sum(map(count_cols, expressions))
    # Expressions are selected by their position in `select` or by the name of
    # an annotation. What is left are extra(select=…) columns.
    total = 0
    for selected in query.selected.values():
        if isinstance(selected, int):
            selected = query.select[selected]
        elif isinstance(selected, str):
            selected = query.annotations.get(selected)
        total += count_cols(selected)
    return total


def key_or_none(values):
    """Return the tuple for a key or a relation, which is None if any value is."""
    return None if None in values else tuple(values)


def get_row_class(expression):
    """Return what makes a value of the columns' values of `expression`."""
    field = expression.output_field
    stands_for_object = (
        getattr(field, "primary_key", False)
        or getattr(field, "is_multicolumn", False)
        or getattr(field, "auto_created", False)
    )
    return key_or_none if stands_for_object else tuple


def separate_cols(subquery):
    """
    Return the expression to annotate `subquery` by: a subquery for each of the
    columns if it selects several, as it can't be one value.
    """
    query = getattr(subquery, "query", subquery)
    if (
        not query.has_select_fields
        or query.combinator
        or count_selected_cols(query) == 1
    ):
        return subquery
    from django.db.models.fields.tuple_lookups import make_subquery_tuple

    return make_subquery_tuple(subquery)


def expand_select(select):
    """
    Return (expression, alias) pairs with the columns of composite expressions
    in place of these, so that each can be given an alias of its own.
    """
    return [
        pair
        for expression, alias in select
        for pair in (
            ((col, None) for col in expression.get_cols())
            if is_composite(expression)
            else ((expression, alias),)
        )
    ]


def is_constant_rows(value):
    """
    Is `value` a list or tuple of rows of plain values, i.e. is there nothing
    in it that has to be resolved?

    A list of 50,000 keys has few types of values, and looking at these is many
    times cheaper than resolving each of the values.
    """
    if not value or not isinstance(value[0], (list, tuple)):
        return False
    if not all(issubclass(cls, (list, tuple)) for cls in set(map(type, value))):
        return False
    return not any(
        hasattr(cls, "resolve_expression") or issubclass(cls, (list, tuple))
        for cls in set(map(type, chain.from_iterable(value)))
    )


def has_column(field):
    """Does `field`, or a relation, have columns in the table of its model?"""
    return not field.many_to_many and (
        bool(getattr(field, "column", None))
        or (field.is_relation and is_composite_field(field))
    )


def is_composite_field(field):
    """Does `field` stand for the columns of other fields?"""
    return getattr(field, "column", None) is None and hasattr(
        type(field), "composite_fields"
    )


def is_reverse_relation(field):
    """Is `field` the other side of a relation of another model?"""
    return (
        field.auto_created
        and not field.concrete
        # A link to a parent with a composite primary key.
        and not getattr(field, "is_multicolumn", False)
    )


def can_be_nulled(relation):
    """
    Can `relation` be set to None in the database? One that has several columns
    may be None because of a column which isn't its own.
    """
    if getattr(relation, "is_multicolumn", False):
        from django.db.models.fields.related_columns import get_cleared_fields

        # That its columns aren't known is an error of its own.
        return not relation.has_known_columns or bool(get_cleared_fields(relation))
    return relation.null


def get_deferred_names(instance):
    """
    Return the names of the deferred fields of `instance`, and of the relations
    with a column that is deferred.
    """
    names = instance.get_deferred_fields()
    if names:
        names.update(
            relation.attname
            for relation in instance._meta.multicolumn_relations
            if any(field.attname in names for field in relation.local_related_fields)
        )
    return names


def unnest(fields):
    """Return the fields which hold the columns of `fields`, in order."""
    result = []
    for field in fields:
        if is_composite_field(field):
            result.extend(unnest(field.composite_fields))
        else:
            result.append(field)
    return result


def add_column_names(opts, names):
    """Return `names` of fields with those of the relations' columns added."""
    for relation in opts.multicolumn_relations:
        if relation.name in names or relation.attname in names:
            names = {*names, *(field.name for field in relation.local_related_fields)}
    return names


def replace_relations(fields):
    """
    Return `fields` with the columns of the relations that have several in place
    of these. A member of the primary key is left out, as it can't be set,
    unless there is nothing else.
    """
    replaced = {}
    for field in fields:
        columns = [field]
        if getattr(field, "is_multicolumn", False):
            columns = field.local_related_fields
            columns = [f for f in columns if f not in field.model._meta.pk_fields] or (
                columns
            )
        replaced.update(dict.fromkeys(columns))
    return list(replaced)


def expand_relations(query, values):
    """
    Return the (field, model, value) triples of an UPDATE with a triple for each
    column in place of those of the relations that have several.
    """
    for field, _, _ in values:
        if field.column is None:
            from django.db.models.sql.relation_update import split_relations

            return split_relations(query, values)
    return values


def get_column_names(fields):
    """
    Return the names of the columns of `fields`, in order. What relations share
    is named once.
    """
    return list(dict.fromkeys(field.column for field in unnest(fields)))


def get_column_name_hint(field):
    """Return what to do about the name of a field's column, if it is too long."""
    relation = getattr(field, "relation", None)
    if relation is None:
        return "Set the column name manually using 'db_column'."
    return (
        f"Declare the fields that '{relation.name}' refers by, set the column names "
        "manually using 'db_column', and name the fields in 'from_fields'."
    )


def resolve_cols(transform, targets, alias, field):
    """
    Return the expression for `targets`, fields of the table `alias` that
    `field` refers to: one column, or several.
    """
    if len(targets) == 1:
        return transform(targets[0], alias)
    if getattr(transform, "has_transforms", False):
        raise FieldError(
            "Transforms of %r are not supported as it has %d columns."
            % (field.name, len(targets))
        )
    from django.db.models.expressions import ColPairs

    cols = [transform(target, alias) for target in targets]
    return ColPairs(
        cols[0].alias,
        [col.target for col in cols],
        [col.output_field for col in cols],
        field,
    )


def exclude_null_cols(query, clause, join_info, targets, alias, value=None):
    """
    Have a negated clause about several columns match rows in which any but the
    first of them is NULL, or any of those they are compared with. The first
    one is what the caller deals with, as it does with a single column.
    """
    from django.db.models.sql.where import AND

    cols = [
        query._get_col(target, source, alias)
        for target, source in zip(targets[1:], join_info.targets[1:])
    ]
    for col in (*cols, *(get_cols(value) if is_composite(value) else ())):
        target = getattr(col, "target", None)
        if target is not None and query.is_nullable(target):
            clause.add(target.get_lookup("isnull")(col, False), AND)


def is_key(field):
    """Is `field` a composite primary key?"""
    return is_composite_field(field) and not field.is_relation


def may_share(opts, names):
    """
    May the members of a composite primary key with these names have a column in
    common? Relations may, e.g. that of the tenant to which both of them belong.
    """
    return all(is_composite_field(opts.get_field(name)) for name in names)


def is_key_member(pk, names):
    """
    Do `names`, the rest of a lookup after "pk", start with a member of the
    composite primary key `pk`? Names of the key's own lookups are not members:
    pk__in is a lookup even if a member is named "in".
    """
    if not names or not is_composite_field(pk):
        return False
    lookup = pk.get_lookup(names[0])
    return not getattr(lookup, "allows_composite_expressions", False) and any(
        names[0] in (field.name, field.attname)
        for field in (*getattr(pk, "fields", ()), *pk.composite_fields)
    )
