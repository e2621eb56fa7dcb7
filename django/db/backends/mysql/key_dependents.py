class KeyIntrospection:
    """Mixin for DatabaseIntrospection."""

    # InnoDB's, with pages of the default size and the row format DYNAMIC.
    max_key_size = 3072

    def get_key_size(self, cursor, table_name, columns):
        # Numbers and dates are small enough to be left out.
        cursor.execute(
            """
            SELECT column_name, character_octet_length
            FROM information_schema.columns
            WHERE table_schema = DATABASE() AND table_name = %s
            """,
            [table_name],
        )
        sizes = dict(cursor.fetchall())
        return sum(sizes.get(name) or 0 for name in columns), self.max_key_size
