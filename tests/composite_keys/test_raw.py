from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.test import TestCase

from .models import Line, Product, Stock, Warehouse


class RawTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.warehouse = Warehouse.objects.create()
        cls.stock = Stock.objects.create(
            warehouse=cls.warehouse, number=3, name="a", amount=5
        )

    def raw(self, columns, **kwargs):
        columns = ", ".join(map(connection.ops.quote_name, columns))
        table = connection.ops.quote_name(Stock._meta.db_table)
        return Stock.objects.raw(f"SELECT {columns} FROM {table}", **kwargs)

    def test_all_columns(self):
        (stock,) = self.raw(["warehouse_id", "number", "name", "amount"])
        with self.assertNumQueries(0):
            self.assertEqual(stock, self.stock)
            self.assertEqual(stock.pk, (self.warehouse.pk, 3))
            self.assertEqual(stock.name, "a")

    def test_members_in_any_order(self):
        (stock,) = self.raw(["name", "number", "warehouse_id"])
        with self.assertNumQueries(0):
            self.assertEqual(stock.pk, (self.warehouse.pk, 3))

    def test_deferred(self):
        (stock,) = self.raw(["number", "warehouse_id"])
        with self.assertNumQueries(1):
            self.assertEqual(stock.name, "a")

    def test_missing_members(self):
        msg = "Raw query must include the primary key"
        for columns in (["name"], ["number"], ["warehouse_id", "name"]):
            with self.subTest(columns=columns):
                with self.assertRaisesMessage(FieldDoesNotExist, msg):
                    list(self.raw(columns))

    def test_translations_and_annotations(self):
        table = connection.ops.quote_name(Stock._meta.db_table)
        (stock,) = Stock.objects.raw(
            f"SELECT warehouse_id AS w, number AS n, amount + 1 AS more FROM {table}",
            translations={"w": "warehouse_id", "n": "number"},
        )
        self.assertEqual(stock.pk, (self.warehouse.pk, 3))
        self.assertEqual(stock.more, 6)

    def test_converters(self):
        """Members get the types of their fields."""
        product = Product.objects.create()
        line = Line.objects.create(product=product, position=2)
        table = connection.ops.quote_name(Line._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, ["product_id", "position"]))
        (found,) = Line.objects.raw(f"SELECT {columns} FROM {table}")
        self.assertEqual(found.pk, line.pk)
        self.assertEqual(found.pk[0], product.pk)

    def test_prefetch(self):
        stocks = self.raw(["warehouse_id", "number"]).prefetch_related("warehouse")
        with self.assertNumQueries(2):
            self.assertEqual([stock.warehouse for stock in stocks], [self.warehouse])
