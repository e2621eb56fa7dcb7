"""
bulk_update() of objects with a composite primary key.

A CASE with a branch for each object compares each row with the keys of all
objects. Where the database can, their values are joined by key instead.
"""

from itertools import chain

from django.db import connections, transaction
from django.db.backends.base.tuples import TupleRows, get_columns


def joined_update(queryset, objs, fields, batch_size):
    """
    Set the `fields` of the rows of `objs` to the objects' values and return the
    number of rows found, or None if that requires a CASE.
    """
    connection = connections[queryset.db]
    opts = queryset.model._meta
    query = queryset.query
    if (
        not connection.features.supports_update_from_values
        or query.has_filters()
        or query.is_sliced
        or query.combinator
        or query.distinct
        or any(field.generated or field.model is not opts.model for field in fields)
    ):
        return None
    attnames = [field.attname for field in fields]
    # The first of several objects for a row wins, as in a CASE.
    rows = {}
    for obj in objs:
        rows.setdefault(obj.pk, [getattr(obj, attname) for attname in attnames])
    if any(
        hasattr(cls, "resolve_expression")
        for cls in set(map(type, chain.from_iterable(rows.values())))
    ):
        return None
    key_fields = list(opts.pk_fields)
    num_cols = len(key_fields) + len(fields)
    max_rows = connection.ops.max_tuple_values_rows(num_cols) or len(rows)
    step = min(batch_size or max_rows, max_rows)
    rows = list(rows.items())
    batches = [
        make_rows(rows[offset : offset + step], key_fields, fields, connection)
        for offset in range(0, len(rows), step)
    ]
    if None in batches or not all(
        connection.ops.can_update_from_values(batch[: len(key_fields)])
        for batch in batches
    ):
        return None
    rows_updated = 0
    with transaction.atomic(using=queryset.db, savepoint=False):
        with connection.cursor() as cursor:
            for batch in batches:
                sql, params = connection.ops.update_from_values_sql(
                    opts.db_table, key_fields, fields, batch
                )
                cursor.execute(sql, params)
                rows_updated += cursor.rowcount
    return rows_updated


def make_rows(rows, key_fields, fields, connection):
    """
    Return the TupleRows of the objects' keys and values, or None if a column
    requires several placeholders.
    """
    columns = [
        [field.get_db_prep_value(value, connection) for value in values]
        for field, values in zip(key_fields, get_columns([key for key, _ in rows]))
    ]
    columns += [
        [field.get_db_prep_save(value, connection) for value in values]
        for field, values in zip(fields, get_columns([values for _, values in rows]))
    ]
    fields = [*key_fields, *fields]
    placeholders = []
    for field, values in zip(fields, columns):
        placeholder = "%s"
        if hasattr(field, "get_placeholder"):
            found = {field.get_placeholder(v, None, connection) for v in values}
            if len(found) != 1:
                return None
            (placeholder,) = found
        placeholders.append(placeholder)
    return TupleRows(list(zip(*columns)), placeholders, fields)
