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

    def get_referencing_foreign_keys(self, cursor, table_name):
        # Those of other users, too, as far as this one may see them.
        cursor.execute(
            """
            SELECT
                cons.constraint_name, NULLIF(cons.owner, USER), cons.table_name,
                cols.column_name, rcols.column_name
            FROM
                all_constraints cons
            INNER JOIN
                user_constraints rcons
                ON rcons.constraint_name = cons.r_constraint_name
            INNER JOIN
                all_cons_columns cols
                ON cols.owner = cons.owner
                AND cols.constraint_name = cons.constraint_name
            INNER JOIN
                user_cons_columns rcols
                ON rcols.constraint_name = cons.r_constraint_name
                AND rcols.position = cols.position
            WHERE
                cons.constraint_type = 'R' AND
                cons.r_owner = USER AND
                rcons.table_name = UPPER(%s)
            ORDER BY cons.owner, cons.table_name, cons.constraint_name, cols.position
            """,
            [table_name],
        )
        return self.group_referencing_foreign_keys(
            (value and self.identifier_converter(value) for value in row)
            for row in cursor.fetchall()
        )
