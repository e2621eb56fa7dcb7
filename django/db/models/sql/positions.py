"""
Positions of columns in the SELECT clause.

Most expressions of the SELECT clause are one column of it. Composite ones, such
as composite primary keys, are several, so that the index of an expression in
SQLCompiler.select isn't the position of its column in the SQL.
"""

from django.db import DatabaseError, NotSupportedError
from django.db.models.columns import count_cols, get_cols, is_composite
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Col, F, Ref


class ColumnPosition(Ref):
    """
    Reference by position to a column of the SELECT clause, for the ones that
    can't be referred to by name because they're part of a composite expression.
    """

    def __init__(self, position, col):
        super().__init__(None, col)
        self.position = position

    def get_source_expressions(self):
        # The position is all there is to replace or to relabel.
        return []

    def _resolve_output_field(self):
        return self.source.output_field

    def as_sql(self, compiler, connection):
        return str(self.position), ()


def has_composites(select):
    for expr, _, _ in select:
        if is_composite(expr):
            return True
    return False


def enumerate_columns(select):
    """
    Like enumerate(select, start=1), but count columns. Composite expressions
    are numbered by their first column and lose their alias because that names
    their last one.
    """
    return (
        _enumerate_columns(select) if has_composites(select) else enumerate(select, 1)
    )


def enumerate_single_columns(select):
    """
    Like enumerate_columns(), but leave out composite expressions because one
    position can't refer to them.
    """
    if has_composites(select):
        return (
            (position, selected)
            for position, selected in _enumerate_columns(select)
            if not is_composite(selected[0])
        )
    return enumerate(select, 1)


def _enumerate_columns(select):
    position = 1
    for selected in select:
        if is_composite(selected[0]):
            yield position, (*selected[:2], None)
        else:
            yield position, selected
        position += count_cols(selected[0])


def count_columns(select):
    return sum(count_cols(expr) for expr, _, _ in select)


def get_composite_positions(select):
    """
    Return the positions of the columns that are part of the composite
    expressions of the SELECT clause, by the column's identity.
    """
    if not has_composites(select):
        return {}
    return {
        get_identity(col): position
        for first, (expr, _, _) in enumerate_columns(select)
        if is_composite(expr)
        for position, col in enumerate(get_cols(expr), start=first)
    }


def get_identity(expression):
    # Whatever the output field, it's the same column.
    if isinstance(expression, Col):
        return expression.alias, expression.target


def get_ordering(compiler):
    """
    Yield a 3-tuple of (expression, resolved expression, is_ref) for each term
    of the ORDER BY clause. Composite expressions become a term per column.
    """
    query = compiler.query
    by_position = positions = None
    for expr, is_ref in compiler._order_by_pairs():
        if positions is None:
            # Outside of the query that selects it, a column that is part of a
            # composite expression can only be referred to by position.
            by_position = query.combinator or getattr(compiler, "qualify", None)
            positions = {}
            if compiler.select and (by_position or query.distinct or query.group_by):
                positions = get_composite_positions(compiler.select)
        resolved = expr.resolve_expression(query, allow_joins=True, reuse=None)
        composite = is_composite(resolved.expression)
        if not positions and not composite:
            yield expr, resolved, is_ref
            continue
        terms = get_cols(resolved.expression)
        identities = [get_identity(term) for term in terms]
        selected = bool(positions) and all(key in positions for key in identities)
        if selected and by_position:
            check_nulls_modifier_support(compiler.connection, resolved)
            terms = [
                ColumnPosition(positions[key], term)
                for key, term in zip(identities, terms)
            ]
        elif not composite:
            yield expr, resolved, is_ref or selected
            continue
        elif query.combinator:
            for term in get_member_references(query, expr.expression, terms):
                term = replace_expression(expr, term)
                yield term, term.resolve_expression(query), False
            continue
        for term in terms:
            term = replace_expression(resolved, term)
            yield term, term, is_ref or selected


def replace_expression(ordering, expression):
    ordering = ordering.copy()
    ordering.set_source_expressions([expression])
    return ordering


def check_nulls_modifier_support(connection, ordering):
    features = connection.features
    if features.supports_order_by_nulls_modifier:
        return
    # The emulation of NULLS (FIRST|LAST) can't be combined with ordering by
    # position.
    nulls_first = ordering.descending ^ features.order_by_nulls_first
    if ordering.nulls_last if nulls_first else ordering.nulls_first:
        raise NotSupportedError(
            "nulls_first and nulls_last are not supported on this database backend "
            "when a combined or window-filtered query is ordered by a part of a "
            "selected composite field."
        )


def get_member_references(query, ref, cols):
    """
    Return the references to the members of the composite field that ``ref``
    refers to. Its columns must not be used because other combined queries might
    define them differently.
    """
    if not isinstance(ref, F) or ref.name in query.annotations:
        raise DatabaseError(
            "ORDER BY term does not match any column in the result set."
        )
    # e.g.: F("user__pk") -> F("user__tenant_id"), F("user__id")
    path, separator, _ = ref.name.rpartition(LOOKUP_SEP)
    return [F(f"{path}{separator}{col.target.attname}") for col in cols]
