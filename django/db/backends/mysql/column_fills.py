class ColumnFillOperations:
    """Mixin for DatabaseOperations."""

    # e.g.: UPDATE line JOIN order V0 ON V0.id = line.order_id
    #       SET line.order_tenant_id = V0.tenant_id, line.order_number = V0.number
    #       WHERE … AND …
    # STRAIGHT_JOIN is a JOIN that starts with the rows to fill.
    sql_fill_columns = (
        "UPDATE %(table)s STRAIGHT_JOIN %(source)s %(alias)s ON %(match)s "
        "SET %(assignments)s WHERE %(range)s%(differs)s"
    )

    def get_touched_columns(self, table):
        """Return the columns with ON UPDATE CURRENT_TIMESTAMP."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT column_name FROM information_schema.columns
                WHERE table_schema = DATABASE() AND table_name = %s
                    AND LOWER(extra) LIKE '%%on update current_timestamp%%'
                ORDER BY ordinal_position
                """,
                [table],
            )
            return [name for (name,) in cursor.fetchall()]
