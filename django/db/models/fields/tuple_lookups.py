"""
Lookups that compare several columns at once.

A lookup says what is compared: it checks and prepares the values. How the
comparison is written is up to the database: ``connection.ops`` chooses the SQL
that lets it use an index on the columns (django.db.backends.base.tuples).
"""

import operator
import reprlib
from collections.abc import Iterable, Mapping
from itertools import chain
from types import NoneType

from django.core.exceptions import EmptyResultSet, FullResultSet, ValidationError
from django.db import models
from django.db.backends.base.tuples import TupleRows, get_columns
from django.db.models.columns import (
    Composite,
    count_cols,
    get_cols,
    is_composite,
    unnest,
)
from django.db.models.expressions import (
    F,
    Func,
    RawSQL,
    ResolvedOuterRef,
    Subquery,
    Value,
)
from django.db.models.fields import CharField, Field, IntegerField, TextField
from django.db.models.fields.key_text import get_value_field, key_from_text
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Range,
)
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, WhereNode


class Tuple(Composite, Func):
    """
    Several expressions as one.

    It can be filtered, annotated and ordered by:

        City.objects.alias(place=Tuple("country", "name")).filter(
            place__in=[("FR", "Paris"), ("US", "Paris")]
        )
    """

    allows_composite_expressions = True
    function = ""
    output_field = Field()

    def get_cols(self):
        return self.source_expressions

    def resolve_expression(self, *args, **kwargs):
        resolved = super().resolve_expression(*args, **kwargs)
        # A composite expression stands for its columns here too.
        resolved.set_source_expressions(
            [
                col
                for expression in resolved.source_expressions
                for col in get_cols(expression)
            ]
        )
        return resolved

    def replace_expressions(self, replacements):
        return Func.replace_expressions(self, replacements)

    def get_group_by_cols(self):
        return [col for expr in self.get_cols() for col in expr.get_group_by_cols()]

    def as_sqlite(self, compiler, connection, **extra_context):
        # There is no decimal to be cast.
        return self.as_sql(compiler, connection, **extra_context)

    def select_format(self, compiler, sql, params):
        # e.g.: SELECT a, b and not SELECT (a, b).
        return sql[1:-1], params


def is_expression(value):
    return hasattr(value, "resolve_expression")


def is_resolved(lhs):
    """Is it known which columns are looked up, if not of which type?"""
    return isinstance(lhs, (tuple, list)) or is_composite(lhs)


def is_subquery(value):
    return isinstance(value, (Query, Subquery))


class TupleLookupMixin:
    """
    What the lookups of several columns have in common: the values they are
    given are turned into rows of prepared values, one for each column.

    `rhs` becomes one of:

    * a tuple of prepared values,
    * a Tuple(), if any of the values is an expression,
    * another expression of as many columns, e.g. F("pk") or a subquery.
    """

    allows_composite_expressions = True

    # Checks and preparation, when the lookup is made.

    def get_prep_lhs(self):
        is_listed = isinstance(self.lhs, (tuple, list))
        return Tuple(*self.lhs) if is_listed else super().get_prep_lhs()

    def get_prep_lookup(self):
        if not is_resolved(self.lhs):
            return self.rhs
        return self.prepare_rhs_of_columns()

    def prepare_rhs_of_columns(self):
        """Return what to compare the columns of the left-hand side with."""
        rhs = self.rhs
        if is_subquery(rhs):
            return self.prepare_subquery(rhs)
        if is_expression(rhs):
            return self.check_expression(rhs)
        return self.prepare_row(rhs)

    def resolve_expression(
        self, query=None, allow_joins=True, reuse=None, summarize=False, for_save=False
    ):
        resolved = super().resolve_expression(
            query, allow_joins, reuse, summarize, for_save
        )
        is_checked = isinstance(self.rhs, ResolvedOuterRef) or (
            not isinstance(self.rhs, F)
        )
        if is_resolved(self.lhs) and None not in self.lhs_fields and is_checked:
            return resolved
        # It is only now that the columns and their types are known.
        if not is_composite(resolved.lhs):
            raise ValueError(
                f"{self.__class__.__name__} expression only supports tuples and "
                f"composite expressions (received {resolved.lhs!r})."
            )
        rhs = query.resolve_lookup_value(resolved.rhs, reuse, allow_joins, summarize)
        return self.__class__(resolved.lhs, rhs)

    @property
    def lhs_str(self):
        """The left-hand side as it is named in error messages."""
        if not isinstance(self.lhs, (Tuple, tuple, list)):
            return repr(self.lhs.field.name)
        # Columns are named by their field, as is an F() that isn't resolved.
        named = (getattr(col, "target", col) for col in self.lhs)
        return "(%s)" % ", ".join(repr(getattr(col, "name", col)) for col in named)

    @property
    def lhs_fields(self):
        """
        The fields the columns have, which convert the values for them. None
        for a column that isn't resolved yet.
        """
        return [getattr(col, "_output_field_or_none", None) for col in self.lhs]

    def error(self, message, given):
        """Return the error for a value that cannot be looked up."""
        return ValueError(
            f"{self.lookup_name!r} lookup of {self.lhs_str} {message} "
            f"(received {reprlib.repr(given)})"
        )

    def check_expression(self, expression):
        # What a reference is to isn't known before it is resolved.
        if not isinstance(expression, F) and (count_cols(expression) != len(self.lhs)):
            raise ValueError(
                f"{self.lookup_name!r} subquery lookup of {self.lhs_str} "
                f"only supports OuterRef and QuerySet objects (received "
                f"{expression.__class__.__name__!r}) and expressions of "
                f"{len(self.lhs)} columns."
            )
        return expression

    def prepare_subquery(self, subquery):
        """
        Return the subquery to compare with: it must select as many columns as
        are looked up.
        """
        query = getattr(subquery, "query", subquery)
        if not query.has_select_fields:
            self.select_default_fields(query)
        if (received := count_cols(query)) != len(self.lhs):
            lookup_name = "'in'" if self.lookup_name == "in" else f"{self.lookup_name}"
            raise ValueError(
                f"The QuerySet value for the {lookup_name} lookup must have "
                f"{len(self.lhs)} selected fields (received {received})"
            )
        return subquery

    def select_default_fields(self, query):
        """
        Have a query that selects whole objects select what they are referred
        to by: the fields a relation refers to, otherwise the primary key.
        """
        query.clear_select_clause()
        field = getattr(self.lhs, "output_field", None)
        if getattr(field, "related_model", None) is query.model and hasattr(
            self.lhs, "sources"
        ):
            query.set_values([source.name for source in self.lhs.sources])
        else:
            query.add_fields(["pk"])

    def normalize_row(self, value):
        """
        Return the tuple or list for what may be given instead of one: the text
        form of a key, or an object a relation refers to.
        """
        if isinstance(value, (tuple, list)):
            return value
        fields = self.lhs_fields
        if isinstance(value, str) and None not in fields:
            try:
                return key_from_text(value, fields)
            except (ValueError, TypeError, ValidationError):
                pass
        field = getattr(self.lhs, "output_field", None)
        if getattr(field, "is_relation", False):
            from django.db.models.fields.related_lookups import get_normalized_value

            return get_normalized_value(value, self.lhs)
        return None

    def prepare_row(self, value):
        row = self.normalize_row(value)
        if row is None:
            raise self.error("must be a tuple or a list", value)
        if len(row) != len(self.lhs):
            raise self.error(f"must have {len(self.lhs)} elements", value)
        if any(map(is_expression, row)):
            if any(member is None for member in row):
                return (None,) * len(row)
            return self.make_tuple(row)
        return tuple(
            self.prepare_column(field, (member,))[0]
            for field, member in zip(self.lhs_fields, row)
        )

    def make_tuple(self, row):
        """Return the Tuple() for a row that contains expressions."""
        members = []
        for field, member in zip(self.lhs_fields, row):
            if not is_expression(member):
                (member,) = self.prepare_column(field, (member,))
                member = Value(member, output_field=field)
            elif count_cols(member) != 1:
                raise self.error("must have expressions of one column each", row)
            members.append(member)
        return Tuple(*members)

    def prepare_column(self, field, values):
        """
        Return the values, which are all for the same column, as
        Field.get_prep_value() returns them.
        """
        if field is None:
            return values
        if has_plain_values(field, values):
            return values
        types = set(map(type, values))
        if any(issubclass(cls, models.Model) for cls in types):
            values = [self.get_instance_value(field, value) for value in values]
        if any(issubclass(cls, (tuple, list, dict)) for cls in types):
            nested = next(v for v in values if isinstance(v, (tuple, list, dict)))
            if not accepts_nested(get_value_field(field)):
                raise self.error(f"must have a plain value for {field.name!r}", nested)
        try:
            return [
                None if value is None else field.get_prep_value(value)
                for value in values
            ]
        except (TypeError, ValueError, ValidationError) as e:
            message = " ".join(getattr(e, "messages", None) or [str(e)])
            raise ValueError(
                f"{self.lookup_name!r} lookup of {self.lhs_str}: {message}"
            ) from e

    def get_instance_value(self, field, value):
        """
        Return what to look up for a model instance, which stands for itself
        where a column is a foreign key.
        """
        if not isinstance(value, models.Model):
            return value
        if field.remote_field is None or not isinstance(
            value, field.remote_field.model
        ):
            raise self.error(f"cannot have a model instance for {field.name!r}", value)
        if not value._is_pk_set():
            raise ValueError("Model instances passed to related filters must be saved.")
        return getattr(value, field.target_field.attname)

    # SQL.

    def as_oracle(self, compiler, connection):
        # No column of a tuple is a condition that had to be wrapped.
        return self.as_sql(compiler, connection)

    def compile_cols(self, compiler, connection, cols):
        """Return a list of an (sql, params) pair for each of the columns."""
        compiled = []
        for col in cols:
            sql, params = compiler.compile(col)
            field = getattr(col, "_output_field_or_none", None)
            if field is not None:
                internal_type = field.get_internal_type()
                sql = connection.ops.lookup_cast(self.lookup_name, internal_type) % sql
            compiled.append((sql, params))
        return compiled

    def get_db_rows(self, compiler, connection, rows):
        """
        Return the TupleRows for rows of prepared values, or None if these
        cannot be written with the same placeholders in each row.
        """
        columns = []
        placeholders = []
        fields = self.lhs_fields
        changed = False
        for field, values in zip(fields, get_columns(rows)):
            placeholder = "%s"
            if field is not None:
                if not has_plain_values(field, values):
                    values = [
                        field.get_db_prep_value(value, connection, prepared=True)
                        for value in values
                    ]
                    changed = True
                if hasattr(field, "get_placeholder"):
                    found = {
                        field.get_placeholder(value, compiler, connection)
                        for value in values
                    }
                    if len(found) != 1:
                        return None
                    (placeholder,) = found
            columns.append(values)
            placeholders.append(placeholder)
        if changed:
            rows = list(zip(*columns))
        return TupleRows(rows, placeholders, fields)

    def compile_rhs(self, compiler, connection):
        """
        Return a list of an (sql, params) pair for each column of the
        expression on the right-hand side.
        """
        rhs = self.rhs
        if not is_composite(rhs):
            # Raises an error of its own for an OuterRef() in a query that is
            # not a subquery.
            compiler.compile(rhs)
            raise ValueError(
                "Composite field lookups only work with composite expressions."
            )
        if len(rhs) != len(self.lhs):
            raise self.error(f"must have {len(self.lhs)} elements", rhs)
        return [compiler.compile(col) for col in get_cols(rhs)]

    def as_sql(self, compiler, connection):
        lhs = self.compile_cols(compiler, connection, self.lhs)
        if is_subquery(self.rhs):
            return self.subquery_as_sql(compiler, connection, lhs)
        lookup_name = self.lookup_name
        if isinstance(self.rhs, tuple):
            # NULL is neither equal to anything nor greater or less.
            if any(value is None for value in self.rhs):
                raise EmptyResultSet
            rows = self.get_db_rows(compiler, connection, [self.rhs])
            if (overflow := rows.find_overflow(connection)) is not None:
                lookup_name, width = self.cut_overflow(*overflow)
                lhs, rows = lhs[:width], rows[:width]
            rhs = rows.compile_row(0)
        else:
            rhs = self.compile_rhs(compiler, connection)
        condition = connection.ops.tuple_comparison_sql(lookup_name, lhs, rhs)
        if self.lookup_name == "exact":
            return condition
        # Databases find (1, NULL) < (2, 0) to be true, as the first columns
        # differ. But a tuple with a NULL is NULL.
        # e.g.: ((a, b) < (x, y) AND b IS NOT NULL)
        nullable = [col for col in self.lhs.get_cols()[1:] if is_nullable(col)]
        if not isinstance(self.rhs, tuple):
            nullable += [col for col in get_cols(self.rhs)[1:] if is_nullable(col)]
        conditions = [compiler.compile(IsNull(col, False)) for col in nullable]
        return connection.ops.join_conditions([condition, *conditions], "AND")

    def cut_overflow(self, position, sign):
        """
        A value beyond what its column can hold decides the comparison where
        the columns before are equal. Return the name of the lookup to compare
        these columns by, and their number.

        e.g.: (a, b) < (x, 2 ** 70) as SQL:
        WHERE a <= x
        """
        lookup_name = self.lookup_name
        if lookup_name == "exact":
            raise EmptyResultSet
        greater = lookup_name in ("gt", "gte")
        if not position:
            raise EmptyResultSet if greater == (sign > 0) else FullResultSet
        if greater:
            return "gt" if sign > 0 else "gte", position
        return "lte" if sign > 0 else "lt", position

    def check_database(self, connection):
        db = getattr(self.rhs, "_db", None)
        if db is not None and db != connection.alias:
            raise ValueError(
                "Subqueries aren't allowed across different databases. Force "
                "the inner query to be evaluated using `list(inner_query)`."
            )

    def subquery_as_sql(self, compiler, connection, lhs):
        # e.g.: (a, b) > (SELECT U0.x, U0.y FROM … LIMIT 1)
        self.check_database(connection)
        if not connection.features.supports_tuple_comparison_with_subquery(
            self.lookup_name
        ):
            # e.g.: a > (SELECT U0.x …) OR a = (SELECT U0.x …) AND b > …
            rhs = [compiler.compile(query) for query in split_query(self.rhs)]
            return connection.ops.tuple_comparison_sql(self.lookup_name, lhs, rhs)
        return connection.ops.tuple_subquery_sql(
            self.lookup_name, lhs, compiler.compile(self.rhs), self.lhs_fields
        )


# Values of these types are what get_prep_value() and get_db_prep_value() of the
# fields would return, unless a subclass overrides them.
PLAIN_TYPES = {
    (cls.get_prep_value, cls.get_db_prep_value): frozenset([plain_type])
    for cls, plain_type in ((IntegerField, int), (CharField, str), (TextField, str))
}


def has_plain_values(field, values):
    """
    Are the values what they would be prepared to? A look at their types saves
    two calls for each of them, as most keys are made of integers and text.
    """
    while (target := getattr(field, "target_field", None)) is not None:
        foreign_key = models.ForeignKey
        if field.remote_field is not None and (
            type(field).get_prep_value is not foreign_key.get_prep_value
            or type(field).get_db_prep_value is not foreign_key.get_db_prep_value
        ):
            return False
        field = target
    methods = type(field).get_prep_value, type(field).get_db_prep_value
    return set(map(type, values)) <= PLAIN_TYPES.get(methods, frozenset())


def accepts_nested(field):
    """Can a value of the field be a list? Django's own fields take scalars."""
    return (
        not type(field).__module__.startswith("django.db.models.fields")
        or field.get_internal_type() == "JSONField"
    )


def is_nullable(col):
    """
    Can the column be NULL while others of its table are not? Only if it is
    known to be a column of its own that is NOT NULL it can't.
    """
    return getattr(getattr(col, "target", None), "null", True) and not isinstance(
        col, Value
    )


def get_selected_cols(query):
    """Return the expressions for the columns that `query` selects, in order."""
    selected = [*query.select, *query.annotation_select.values()]
    if query.selected is not None:
        selected = [
            query.select[name] if isinstance(name, int) else query.annotations[name]
            for name in query.selected.values()
        ]
    return [col for expression in selected for col in get_cols(expression)]


def split_query(subquery):
    """
    Return a subquery for each of the columns that `subquery` selects. If it is
    the first of several rows, it's the same one for each of them.
    """
    query = getattr(subquery, "query", subquery)
    cols = get_selected_cols(query)
    queries = []
    for col in cols:
        clone = query.clone()
        clone.clear_select_clause()
        clone.set_select([col])
        if clone.is_sliced and not clone.combinator:
            # Rows which are equal by the order given may differ otherwise.
            clone.add_ordering(*cols)
        clone.subquery = True
        queries.append(clone)
    return queries


def make_subquery_tuple(subquery):
    """
    Return the Tuple() of a subquery for each of the columns that `subquery`
    selects, or `subquery` if it is of a kind that may take several.
    """
    # e.g.: SELECT (SELECT U0.x … LIMIT 1), (SELECT U0.y … LIMIT 1)
    if type(subquery) is not Subquery and not isinstance(subquery, Query):
        return subquery
    query = getattr(subquery, "query", subquery)
    selected = [*query.select, *query.annotation_select.values()]
    return Tuple(
        *map(Subquery, split_query(query)),
        # A key that is selected remains one.
        output_field=selected[0].output_field if len(selected) == 1 else None,
    )


class TupleExact(TupleLookupMixin, Exact):
    """
    e.g.: (a, b) == (x, y) as SQL:
    WHERE a = x AND b = y
    """

    def prepare_subquery(self, subquery):
        query = getattr(subquery, "query", subquery)
        if query is subquery and not query.has_limit_one():
            raise ValueError(
                "The QuerySet value for an exact lookup must be limited to "
                "one result using slicing."
            )
        return super().prepare_subquery(subquery)

    def get_prep_lookup(self):
        # A key is None if all of its members are.
        if self.rhs is None and not isinstance(self.lhs, (tuple, list)):
            return None
        return super().get_prep_lookup()


class TupleGreaterThan(TupleLookupMixin, GreaterThan):
    """
    e.g.: (a, b) > (x, y) as SQL, by what the database has an index range for:
    WHERE (a, b) > (x, y)
    WHERE a >= x AND (a > x OR (a = x AND b > y))
    """


class TupleGreaterThanOrEqual(TupleLookupMixin, GreaterThanOrEqual):
    """The same with >= in the last place."""


class TupleLessThan(TupleLookupMixin, LessThan):
    """The same as TupleGreaterThan the other way around."""


class TupleLessThanOrEqual(TupleLookupMixin, LessThanOrEqual):
    """The same with <= in the last place."""


class TupleRange(TupleLookupMixin, Range):
    """
    e.g.: (a, b) between (x1, y1) and (x2, y2) as SQL:
    WHERE (a, b) >= (x1, y1) AND (a, b) <= (x2, y2)
    """

    def get_prep_lookup(self):
        rhs = self.rhs
        if isinstance(rhs, WhereNode):
            return rhs
        if not isinstance(rhs, (tuple, list)) or len(rhs) != 2:
            raise self.error("must be a tuple or a list of two keys", rhs)
        bounds = (
            TupleGreaterThanOrEqual(self.lhs, rhs[0]),
            TupleLessThanOrEqual(self.lhs, rhs[1]),
        )
        return WhereNode(list(bounds), connector=AND)

    def as_sql(self, compiler, connection):
        return compiler.compile(self.rhs)


def is_relation(expression):
    return getattr(getattr(expression, "output_field", None), "is_relation", False)


class TupleIn(TupleLookupMixin, In):
    """
    e.g.: (a, b) in [(x1, y1), (x2, y2), …] as SQL, by the number of values and
    what the database has an index for:
    WHERE (a = x1 AND b IN (y1, y2, …) OR a = x2 AND b IN (…))
    WHERE (a, b) IN ((x1, y1), (x2, y2), …)
    WHERE (a, b) IN (VALUES (x1, y1), (x2, y2), …)
    WHERE (a, b) IN (SELECT x, y FROM …)

    `rhs` becomes a list of distinct tuples of prepared values without any that
    has a None, as NULL is equal to nothing. If there are expressions, it is a
    TupleList() of that list and of a Tuple() for each of the other rows.
    """

    def prepare_rhs_of_columns(self):
        rhs = self.rhs
        if isinstance(rhs, TupleList):
            return TupleList(
                self.prepare_constant_rows(rhs.rows), *rhs.get_source_expressions()
            )
        if is_subquery(rhs):
            subquery = self.prepare_subquery(rhs)
            getattr(subquery, "query", subquery).clear_ordering(clear_default=True)
            return subquery
        if is_expression(rhs):
            return self.check_expression(rhs)
        if isinstance(rhs, (str, bytes, Mapping)) or not isinstance(rhs, Iterable):
            raise self.error("must be a tuple or a list", rhs)
        return self.prepare_rows(list(rhs))

    def check_expression(self, expression):
        # The values of a query that has been compiled, e.g. by delete().
        if isinstance(expression, RawSQL):
            return expression
        raise ValueError(
            f"{self.lookup_name!r} subquery lookup of {self.lhs_str} "
            f"must be a Query object (received {expression.__class__.__name__!r})"
        )

    def prepare_rows(self, rows):
        width = len(self.lhs)
        if not all(issubclass(cls, (tuple, list)) for cls in set(map(type, rows))):
            if is_relation(self.lhs):
                # As single-column relations, these may be given None.
                rows = [row for row in rows if row is not None]
            normalized = self.normalize_instances(rows)
            if normalized is None:
                normalized = list(map(self.normalize_row, rows))
            if None in normalized:
                raise self.error(
                    "must be a collection of tuples or lists",
                    rows[normalized.index(None)],
                )
            rows = normalized
        if set(map(len, rows)) - {width}:
            wrong = next(row for row in rows if len(row) != width)
            raise self.error(f"must have {width} elements each", wrong)
        expressions = []
        if any(
            hasattr(cls, "resolve_expression")
            for cls in set(map(type, chain.from_iterable(rows)))
        ):
            expressions = [
                self.make_tuple(row)
                for row in rows
                if any(map(is_expression, row)) and None not in row
            ]
            rows = [row for row in rows if not any(map(is_expression, row))]
        rows = self.prepare_constant_rows(rows)
        return TupleList(rows, *expressions) if expressions else rows

    def normalize_instances(self, objs):
        """
        Return the rows for the objects of one model a relation refers to, as
        normalize_row() does for each, or None if they are anything else.
        """
        field = getattr(self.lhs, "output_field", None)
        classes = set(map(type, objs))
        if not getattr(field, "is_relation", False) or len(classes) != 1:
            return None
        (model,) = classes
        sources = unnest(field.path_infos[-1].target_fields)
        if len(sources) < 2 or not all(issubclass(model, s.model) for s in sources):
            return None
        if not all(obj._is_pk_set() for obj in objs):
            raise ValueError("Model instances passed to related filters must be saved.")
        return list(map(operator.attrgetter(*(s.attname for s in sources)), objs))

    def prepare_constant_rows(self, rows):
        if not rows:
            return []
        given = get_columns(rows)
        columns = [
            self.prepare_column(field, values)
            for field, values in zip(self.lhs_fields, given)
        ]
        # Spare the creation of many tuples if the given ones can be kept.
        if any(map(operator.is_not, columns, given)) or set(map(type, rows)) != {tuple}:
            rows = zip(*columns)
        if any(NoneType in set(map(type, values)) for values in columns):
            rows = (row for row in rows if not any(value is None for value in row))
        rows = list(rows)
        try:
            return list(dict.fromkeys(rows))
        except TypeError:  # Unhashable values.
            return rows

    def as_sql(self, compiler, connection):
        rhs = self.rhs
        lhs = self.compile_cols(compiler, connection, self.lhs)
        if is_subquery(rhs) or isinstance(rhs, RawSQL):
            return self.subquery_as_sql(compiler, connection, lhs)
        tuples = []
        if isinstance(rhs, TupleList):
            rhs, tuples = rhs.rows, rhs.get_source_expressions()
        conditions = []
        if rhs:
            if (rows := self.get_db_rows(compiler, connection, rhs)) is None:
                tuples = [*map(self.make_tuple, rhs), *tuples]
            elif rows := rows.within_range(connection):
                conditions.append(connection.ops.tuple_in_sql(lhs, rows))
        for row in tuples:
            # e.g.: a = x + 1 AND b = y
            row = [compiler.compile(col) for col in row]
            conditions.append(connection.ops.tuple_comparison_sql("exact", lhs, row))
        if not conditions:
            raise EmptyResultSet
        return connection.ops.join_conditions(conditions, "OR")

    def subquery_as_sql(self, compiler, connection, lhs):
        self.check_database(connection)
        if connection.features.supports_tuple_in_subquery or isinstance(
            self.rhs, RawSQL
        ):
            return connection.ops.tuple_subquery_sql(
                "in", lhs, compiler.compile(self.rhs), self.lhs_fields
            )
        # e.g.: EXISTS(SELECT 1 FROM (SELECT U0.x AS col1, …) V WHERE V.col1 = a …)
        query = getattr(self.rhs, "query", self.rhs).clone()
        query.set_select(get_selected_cols(query))
        query.set_annotation_mask(())
        query.selected = None
        query_compiler = query.get_compiler(connection=connection)
        return connection.ops.tuple_exists_sql(
            lhs, query_compiler.as_sql(with_col_aliases=True)
        )


class TupleList(Func):
    """Rows of plain values, and a Tuple() for each row of expressions."""

    allows_composite_expressions = True

    def __init__(self, rows, *expressions):
        super().__init__(*expressions)
        self.rows = rows


class TupleIsNull(TupleLookupMixin, IsNull):
    """
    A tuple is NULL if any of its columns is.

    e.g.: (a, b) is None as SQL:
    WHERE a IS NULL OR b IS NULL
    e.g.: (a, b) is not None as SQL:
    WHERE a IS NOT NULL AND b IS NOT NULL
    """

    def get_prep_lookup(self):
        if is_expression(self.rhs):
            raise ValueError(
                f"{self.lookup_name!r} doesn't support multi-column subqueries."
            )
        return self.rhs

    def as_sql(self, compiler, connection):
        if not isinstance(self.rhs, bool):
            raise ValueError(
                "The QuerySet value for an isnull lookup must be True or False."
            )
        lookups = [IsNull(col, self.rhs) for col in self.lhs]
        root = WhereNode(lookups, connector=OR if self.rhs else AND)
        return root.as_sql(compiler, connection)


tuple_lookups = {
    lookup.lookup_name: lookup
    for lookup in (
        TupleExact,
        TupleGreaterThan,
        TupleGreaterThanOrEqual,
        TupleIn,
        TupleIsNull,
        TupleLessThan,
        TupleLessThanOrEqual,
        TupleRange,
    )
}
