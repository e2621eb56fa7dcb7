class ColumnFillOperations:
    """Mixin for DatabaseOperations."""

    # OFFSET 0 has the rows of a batch looked up one by one. The planner would rather
    # read all of the source for each of the batches, to join by a hash of it.
    sql_fill_columns = (
        "UPDATE %(table)s SET (%(columns)s) = (SELECT %(values)s FROM %(source)s "
        "%(alias)s WHERE %(match)s) WHERE %(range)sEXISTS (SELECT 1 FROM "
        "%(source)s %(alias)s WHERE %(match)s AND %(differs)s OFFSET 0)"
    )
