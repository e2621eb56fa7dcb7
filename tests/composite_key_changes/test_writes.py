from unittest import mock, skipUnless

from django.db import connection
from django.db.backends.base.column_fills import ColumnFill
from django.db.migrations.exceptions import KeyChangeError
from django.test.utils import CaptureQueriesContext

from .test_schema import KeyChangeTestCase, auto_key, reference


class WriteTests(KeyChangeTestCase):
    """What is written while a key changes isn't lost."""

    def setUp(self):
        super().setUp()
        self.create_shop(Note={"id": auto_key(), "order": reference(null=True)})
        self.insert_orders()
        self.insert("Note", (1, 10), (2, None))

    def test_refused(self):
        """References which nobody filled aren't dropped."""
        run = ColumnFill.run
        quote = connection.ops.quote_name

        def run_and_write(fill, *args, **kwargs):
            run(fill, *args, **kwargs)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE %s SET %s = 12 WHERE id = 2"
                    % (quote("key_changes_note"), quote("order_id"))
                )

        msg = (
            "The primary key of key_changes.Order can't be changed to (tenant, "
            "number). Solve this and run migrate again.\n"
            "* 1 row of key_changes_note refers to key_changes_order by order_id but "
            "not by (order_tenant_id, order_number)."
        )
        with (
            mock.patch.object(ColumnFill, "run", run_and_write),
            self.assertRaisesMessage(KeyChangeError, msg),
        ):
            self.apply(self.to_composite)
        self.assertEqual(self.get_objects("Order")["primary_key"], ("id",))
        rows = [(1, 10), (2, None if connection.features.can_rollback_ddl else 12)]
        self.assertEqual(self.select("Note", "id", "order_id"), rows)
        # Columns that are there, and were filled, are no reason to stop.
        self.apply(self.to_composite)
        last = (2, None, None) if connection.features.can_rollback_ddl else (2, 2, 1)
        self.assertEqual(
            self.select("Note", "id", "order_tenant_id", "order_number"),
            [(1, 1, 1), last],
        )

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_locks(self):
        with CaptureQueriesContext(connection) as queries:
            self.apply(self.to_composite)
        statements = [query["sql"] for query in queries]
        lock = (
            'LOCK TABLE "key_changes_note", "key_changes_order" IN SHARE ROW EXCLUSIVE '
            "MODE"
        )
        self.assertIn(lock, statements)
        first, *_ = (
            index for index, sql in enumerate(statements) if sql.startswith("UPDATE")
        )
        self.assertLess(statements.index(lock), first)
