class ForeignKeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_foreign_keys(self, cursor, table_name):
        """
        A foreign key to a partitioned table has one to each of its partitions in
        the catalog, too, which is left out.
        """
        cursor.execute(
            """
            SELECT con.conname, a1.attname, target.relname, a2.attname
            FROM pg_constraint con
            JOIN pg_class source ON con.conrelid = source.oid
            JOIN pg_class target ON con.confrelid = target.oid
            LEFT JOIN pg_constraint parent ON con.conparentid = parent.oid
            CROSS JOIN
                unnest(con.conkey, con.confkey)
                WITH ORDINALITY AS pair (attnum, to_attnum, position)
            JOIN
                pg_attribute a1
                ON source.oid = a1.attrelid AND a1.attnum = pair.attnum
            JOIN
                pg_attribute a2
                ON target.oid = a2.attrelid AND a2.attnum = pair.to_attnum
            WHERE
                source.relname = %s AND
                con.contype = 'f' AND
                parent.conrelid IS DISTINCT FROM con.conrelid AND
                source.relnamespace = target.relnamespace AND
                pg_catalog.pg_table_is_visible(source.oid)
            ORDER BY con.oid, pair.position
        """,
            [table_name],
        )
        return self.group_foreign_keys(cursor.fetchall())

    def get_referencing_foreign_keys(self, cursor, table_name):
        """
        Of a partitioned table, and of a foreign key to one, that of the table as a
        whole is returned only.
        """
        cursor.execute(
            """
            SELECT
                con.conname,
                CASE WHEN pg_catalog.pg_table_is_visible(source.oid)
                    THEN NULL ELSE namespace.nspname END,
                source.relname, a1.attname, a2.attname
            FROM pg_constraint con
            JOIN pg_class source ON con.conrelid = source.oid
            JOIN pg_namespace namespace ON source.relnamespace = namespace.oid
            JOIN pg_class target ON con.confrelid = target.oid
            CROSS JOIN
                unnest(con.conkey, con.confkey)
                WITH ORDINALITY AS pair (attnum, to_attnum, position)
            JOIN
                pg_attribute a1
                ON source.oid = a1.attrelid AND a1.attnum = pair.attnum
            JOIN
                pg_attribute a2
                ON target.oid = a2.attrelid AND a2.attnum = pair.to_attnum
            WHERE
                target.relname = %s AND
                con.contype = 'f' AND
                con.conparentid = 0 AND
                pg_catalog.pg_table_is_visible(target.oid)
            ORDER BY con.oid, pair.position
        """,
            [table_name],
        )
        return self.group_referencing_foreign_keys(cursor.fetchall())
