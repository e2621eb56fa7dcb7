from unittest import mock, skipUnless

from django.db import connection, migrations, models
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


class NumberTests(KeyChangeTestCase):
    """
    An AutoField numbers rows also while it isn't the key any more, or not yet: a
    RunPython operation may come before the one that removes it, or the other key.
    """

    def create_rows(self, *numbers):
        """Create one row by save(), and others by bulk_create()."""
        model = self.get_model("Order")
        first, *others = (model(tenant_id=2, number=number) for number in numbers)
        first.save()
        model.objects.bulk_create(others)
        self.assertIsNotNone(first.id)
        self.assertEqual(model.objects.get(tenant=2, number=numbers[0]).id, first.id)

    def assertNumbers(self, count):
        numbers = self.get_model("Order").objects.values_list("id", flat=True)
        self.assertEqual(len(numbers), count)
        self.assertEqual(len(set(numbers) - {None}), count)

    def test_old_key(self):
        self.create_shop()
        self.insert_orders()
        self.apply(self.to_composite)
        self.create_rows(7, 8, 9)
        self.assertNumbers(6)
        order = self.get_model("Order").objects.create(id=99, tenant_id=2, number=5)
        self.assertEqual((order.pk, order.id), ((2, 5), 99))
        self.apply(self.to_single)
        self.create_rows(10, 11, 12)
        self.assertNumbers(10)

    def test_new_key(self):
        self.create_shop(
            Order={
                "pk": models.CompositePrimaryKey("tenant", "number"),
                "tenant": reference("key_changes.Tenant"),
                "number": models.IntegerField(),
            }
        )
        self.insert("Tenant", (1, "a"), (2, "b"))
        self.insert("Order", (1, 1), (1, 2), (2, 1))
        self.apply(
            migrations.AddField(
                "Order", "id", models.BigAutoField(auto_created=True, primary_key=True)
            )
        )
        self.create_rows(7, 8, 9)
        self.assertNumbers(6)
        self.apply(self.to_single)
        self.create_rows(10, 11, 12)
        self.assertNumbers(9)
