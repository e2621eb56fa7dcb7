from unittest import mock

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import Article, Document, Line, Product, Stock, Warehouse


class BulkUpdateTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.warehouse = Warehouse.objects.create()
        cls.stocks = Stock.objects.bulk_create(
            Stock(warehouse=cls.warehouse, number=n, name=f"s{n}", amount=n)
            for n in range(20)
        )

    def get_values(self):
        return list(Stock.objects.order_by("pk").values_list("name", "amount"))

    def change(self):
        for stock in self.stocks[5:]:
            stock.name = f"new {stock.number}"
            stock.amount = None if stock.number % 3 == 0 else -stock.number
        return [(stock.name, stock.amount) for stock in self.stocks]

    def test_values(self):
        expected = self.change()
        objs = self.stocks[5:]
        self.assertEqual(Stock.objects.bulk_update(objs, ["name", "amount"]), 15)
        self.assertEqual(self.get_values(), expected)

    def test_null(self):
        for stock in self.stocks:
            stock.amount = None
        Stock.objects.bulk_update(self.stocks, ["amount"])
        self.assertEqual(Stock.objects.filter(amount=None).count(), 20)

    def test_missing_rows(self):
        objs = [*self.stocks[:2], Stock(warehouse=self.warehouse, number=99)]
        self.assertEqual(Stock.objects.bulk_update(objs, ["name"]), 2)

    def test_duplicates(self):
        """The first of several objects for a row is the one that counts."""
        objs = [
            Stock(warehouse=self.warehouse, number=1, name=name)
            for name in ("first", "second")
        ]
        self.assertEqual(Stock.objects.bulk_update(objs, ["name"]), 1)
        self.assertEqual(Stock.objects.get(number=1).name, "first")

    def test_expressions(self):
        first, second = self.stocks[:2]
        first.amount = F("amount") + 100
        second.amount = Value(7)
        self.stocks[2].name = Upper("name")
        Stock.objects.bulk_update(self.stocks[:3], ["name", "amount"])
        self.assertEqual(self.get_values()[:3], [("s0", 100), ("s1", 7), ("S2", 2)])

    def test_filtered(self):
        """Only rows of the queryset are updated."""
        self.change()
        queryset = Stock.objects.filter(number__lt=10)
        self.assertEqual(queryset.bulk_update(self.stocks, ["name"]), 10)
        self.assertEqual(Stock.objects.filter(name__startswith="new").count(), 5)

    def test_related_manager(self):
        other = Warehouse.objects.create()
        self.change()
        self.assertEqual(other.stocks.bulk_update(self.stocks, ["name"]), 0)
        self.assertEqual(self.warehouse.stocks.bulk_update(self.stocks, ["name"]), 20)

    @skipUnlessDBFeature("supports_update_from_values", "min_tuple_array_rows")
    def test_arrays(self):
        """Many rows are an array for each column, in which NULL may be."""
        expected = self.change()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Stock.objects.bulk_update(self.stocks, ["name", "amount"])
        self.assertEqual(self.get_values(), expected)
        self.assertIn("FROM unnest(", queries[0]["sql"])
        # All of a column may be None, which has no type.
        for stock in self.stocks:
            stock.amount = None
        Stock.objects.bulk_update(self.stocks, ["name", "amount"])
        self.assertEqual(Stock.objects.filter(amount=None).count(), 20)

    @skipUnlessDBFeature("supports_update_from_values")
    def test_batches(self):
        expected = self.change()
        with self.assertNumQueries(1):
            Stock.objects.bulk_update(self.stocks, ["name", "amount"])
        with self.assertNumQueries(4):
            Stock.objects.bulk_update(self.stocks, ["name", "amount"], batch_size=6)
        with (
            mock.patch.object(
                connection.ops, "max_tuple_values_rows", lambda num_cols: 30 // num_cols
            ),
            self.assertNumQueries(3),
        ):
            Stock.objects.bulk_update(self.stocks, ["name", "amount"])
        self.assertEqual(self.get_values(), expected)

    @skipUnlessDBFeature("supports_update_from_values")
    def test_sql(self):
        with CaptureQueriesContext(connection) as context:
            Stock.objects.bulk_update(self.stocks[:2], ["name"])
        (query,) = context
        self.assertIn("VALUES (", query["sql"])
        self.assertNotIn("CASE", query["sql"])

    def test_unchanged(self):
        """Rows are counted whether or not their values change."""
        for objs in (self.stocks[:1], self.stocks):
            with self.subTest(objs=len(objs)):
                rows_updated = Stock.objects.bulk_update(objs, ["name"])
                self.assertEqual(rows_updated, len(objs))

    def test_without_joins(self):
        expected = self.change()
        with mock.patch.object(
            connection.features, "supports_update_from_values", False
        ):
            Stock.objects.bulk_update(self.stocks, ["name", "amount"])
        self.assertEqual(self.get_values(), expected)

    def test_foreign_key_and_types(self):
        product, other = (Product.objects.create() for _ in range(2))
        lines = Line.objects.bulk_create(
            Line(product=product, position=n) for n in range(5)
        )
        documents = Document.objects.bulk_create(
            Document(first=n, second=f"d{n}", product=product) for n in range(5)
        )
        for n, document in enumerate(documents):
            document.product = [None, other][n % 2]
            document.data = [None, {"a": [1, "b%s"]}][n % 2]
            document.digest = [None, b"\0\xff"][n % 2]
            document.price = [None, "1.25"][n % 2]
            document.text = "x'y\"%s\\"
        for line in lines:
            line.note = "n"
        self.assertEqual(Line.objects.bulk_update(lines, ["note"]), 5)
        names = ["product", "data", "digest", "price", "text"]
        self.assertEqual(Document.objects.bulk_update(documents, names), 5)
        for document in Document.objects.order_by("pk"):
            odd = document.first % 2
            self.assertEqual(document.product, other if odd else None)
            self.assertEqual(document.data, {"a": [1, "b%s"]} if odd else None)
            self.assertEqual(bytes(document.digest or b""), b"\0\xff" if odd else b"")
            self.assertEqual(str(document.price), "1.25" if odd else "None")
            self.assertEqual(document.text, "x'y\"%s\\")

    def test_text_members(self):
        articles = Article.objects.bulk_create(
            Article(language=f"l{n}", slug="s'%s") for n in range(3)
        )
        for article in articles:
            article.title = f"title of {article.language}"
        Article.objects.bulk_update(articles, ["title"])
        self.assertEqual(Article.objects.get(language="l2").title, "title of l2")

    def test_members(self):
        for name in ("number", "warehouse", "pk"):
            with self.subTest(name=name), self.assertRaises(ValueError):
                Stock.objects.bulk_update(self.stocks, [name])

    def test_unset_key(self):
        msg = "All bulk_update() objects must have a primary key set."
        with self.assertRaisesMessage(ValueError, msg):
            Stock.objects.bulk_update([Stock(number=1)], ["name"])
