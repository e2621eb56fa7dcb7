class KeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    def get_dependents(self, cursor, table_name, columns, primary_key=False, known=()):
        """
        Return what DROP … RESTRICT would refuse to drop, e.g. views, columns that are
        generated from others, triggers on a column, and policies.
        """
        cursor.execute(
            """
            SELECT DISTINCT
                CASE WHEN rewrite.oid IS NULL
                    THEN pg_describe_object(dep.classid, dep.objid, dep.objsubid)
                    ELSE pg_describe_object(
                        'pg_class'::regclass, rewrite.ev_class, 0
                    )
                END
            FROM pg_class target
            JOIN pg_depend dep ON dep.deptype = 'n' AND (
                (
                    dep.refclassid = 'pg_class'::regclass
                    AND dep.refobjid = target.oid
                    AND dep.refobjsubid IN (
                        SELECT attnum FROM pg_attribute
                        WHERE attrelid = target.oid AND attname = ANY(%s)
                    )
                ) OR (
                    %s
                    AND dep.refclassid = 'pg_constraint'::regclass
                    AND dep.refobjid IN (
                        SELECT oid FROM pg_constraint
                        WHERE conrelid = target.oid AND contype = 'p'
                    )
                )
            )
            LEFT JOIN pg_constraint con
                ON dep.classid = 'pg_constraint'::regclass AND con.oid = dep.objid
            LEFT JOIN pg_rewrite rewrite
                ON dep.classid = 'pg_rewrite'::regclass AND rewrite.oid = dep.objid
            WHERE
                target.relname = %s AND
                pg_catalog.pg_table_is_visible(target.oid) AND
                con.contype IS DISTINCT FROM 'f' AND
                -- What goes with any of the columns, e.g. a check constraint.
                NOT EXISTS (
                    SELECT 1 FROM pg_depend auto
                    WHERE
                        auto.classid = dep.classid AND
                        auto.objid = dep.objid AND
                        auto.objsubid = dep.objsubid AND
                        auto.refclassid = dep.refclassid AND
                        auto.refobjid = dep.refobjid AND
                        auto.refobjsubid = dep.refobjsubid AND
                        auto.deptype IN ('a', 'i')
                )
            ORDER BY 1
            """,
            [list(columns), primary_key, table_name],
        )
        return [description for (description,) in cursor.fetchall()]

    def get_partition_columns(self, cursor, table_name):
        cursor.execute(
            """
            SELECT attr.attname
            FROM pg_class target
            JOIN pg_partitioned_table part ON part.partrelid = target.oid
            CROSS JOIN
                unnest(part.partattrs::int2[]) WITH ORDINALITY AS col (num, position)
            LEFT JOIN
                pg_attribute attr
                ON attr.attrelid = target.oid AND attr.attnum = col.num
                AND col.num > 0
            WHERE
                target.relname = %s AND
                pg_catalog.pg_table_is_visible(target.oid)
            ORDER BY col.position
            """,
            [table_name],
        )
        return [name for (name,) in cursor.fetchall()]
