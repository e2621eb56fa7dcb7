class ForeignKeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_foreign_keys(self, cursor, table_name):
        cursor.execute(
            """
            SELECT
                cons.constraint_name, cols.column_name, rcols.table_name,
                rcols.column_name
            FROM
                user_constraints cons
            INNER JOIN
                user_cons_columns cols
                ON cols.constraint_name = cons.constraint_name
            INNER JOIN
                user_cons_columns rcols
                ON rcols.constraint_name = cons.r_constraint_name
                AND rcols.position = cols.position
            WHERE
                cons.constraint_type = 'R' AND
                cons.table_name = UPPER(%s)
            ORDER BY cons.constraint_name, cols.position
            """,
            [table_name],
        )
        return self.group_foreign_keys(
            map(self.identifier_converter, row) for row in cursor.fetchall()
        )
