from django.db.models.expressions import Case, Func, Value, When
from django.db.models.fields import TextField
from django.db.models.fields.key_text import get_value_field
from django.db.models.fields.tuple_lookups import Tuple, TupleIsNull


class DistinctRow(Func):
    """
    Several columns as one value that is distinct if they are, and NULL if any
    of them is, to be counted.
    """

    output_field = TextField()

    def as_sql(self, compiler, connection, **extra_context):
        cols = [
            (*compiler.compile(col), get_value_field(col.output_field))
            for col in self.get_source_expressions()
        ]
        return connection.ops.distinct_row_sql(cols)

    def as_sqlite(self, compiler, connection, **extra_context):
        # There is no decimal to be cast.
        return self.as_sql(compiler, connection, **extra_context)


def count_composite(count, expression):
    """
    Return the Count() that counts the rows in which no column of the composite
    `expression` is NULL.
    """
    cols = expression.get_cols()
    condition = count.filter
    if count.distinct:
        if condition is not None:
            # The row isn't counted if its first column is NULL.
            cols = [Case(When(condition, then=cols[0])), *cols[1:]]
            condition = None
        # e.g.: COUNT(DISTINCT CASE WHEN a IS NOT NULL AND … THEN (a, b) END)
        counted = DistinctRow(*cols)
    elif all(getattr(col, "target", None) and not col.target.null for col in cols):
        # Such columns of an outer join are NULL together.
        counted = cols[0]
    else:
        # e.g.: COUNT(CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN 1 END)
        counted = Case(When(TupleIsNull(Tuple(*cols), False), then=Value(1)))
    result = count.__class__(counted, filter=condition, distinct=count.distinct)
    result.is_summary = count.is_summary
    return result
