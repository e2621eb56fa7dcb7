"""
What is built on the lookups works with as many keys as there are.
"""

from unittest import mock

from django.db import connection
from django.db.models import Prefetch
from django.test import TestCase

from .models import Branch, Leaf, Review, Stock, Tree, Warehouse


class LargeSetTests(TestCase):
    size = 3000

    @classmethod
    def setUpTestData(cls):
        cls.warehouses = Warehouse.objects.bulk_create(
            Warehouse(id=n) for n in range(1, 61)
        )
        cls.stocks = Stock.objects.bulk_create(
            Stock(warehouse_id=n % 60 + 1, number=n, name=f"s{n}")
            for n in range(cls.size)
        )
        cls.keys = [stock.pk for stock in cls.stocks]
        cls.reviews = Review.objects.bulk_create(
            Review(stock=stock) for stock in cls.stocks
        )

    def test_in_bulk(self):
        found = Stock.objects.in_bulk(self.keys)
        self.assertEqual(len(found), self.size)
        self.assertEqual(found[self.keys[-1]], self.stocks[-1])
        with self.assertNumQueries(0):
            self.assertEqual(Stock.objects.in_bulk([]), {})

    def test_in_bulk_batches(self):
        """#36416"""
        with (
            mock.patch.object(
                type(connection.features), "max_query_params", new_callable=lambda: 10
            ),
            self.assertNumQueries(3),
        ):
            self.assertEqual(len(Stock.objects.in_bulk(self.keys[:13])), 13)

    def test_prefetch_forward(self):
        with self.assertNumQueries(2):
            reviews = list(Review.objects.prefetch_related("stock"))
        with self.assertNumQueries(0):
            for review in reviews:
                self.assertEqual(review.stock.number, review.stock_number)

    def test_prefetch_reverse(self):
        with self.assertNumQueries(2):
            stocks = list(Stock.objects.prefetch_related("reviews"))
        with self.assertNumQueries(0):
            for stock in stocks:
                (review,) = stock.reviews.all()
                self.assertEqual(review.stock, stock)

    def test_prefetch_of_one_tenant(self):
        queryset = Stock.objects.filter(warehouse=5)
        with self.assertNumQueries(2):
            stocks = list(queryset.prefetch_related("reviews"))
        self.assertEqual([len(stock.reviews.all()) for stock in stocks], [1] * 50)

    def test_prefetch_with_queryset(self):
        queryset = Stock.objects.filter(number__lt=1500).only("name")
        with self.assertNumQueries(2):
            reviews = list(
                Review.objects.order_by("id").prefetch_related(
                    Prefetch("stock", queryset)
                )
            )
        with self.assertNumQueries(0):
            self.assertEqual(reviews[0].stock.pk, self.keys[0])

    def test_prefetch_null(self):
        """Rows of partial keys aren't asked for (#36290)."""
        Review.objects.all().delete()
        Review.objects.create(warehouse_id=1)
        Review.objects.create(stock_number=1)
        Review.objects.create()
        with self.assertNumQueries(1):
            reviews = list(Review.objects.prefetch_related("stock"))
        with self.assertNumQueries(0):
            self.assertEqual([review.stock for review in reviews], [None] * 3)

    def test_select_related(self):
        with self.assertNumQueries(1):
            for review in Review.objects.select_related("stock"):
                self.assertEqual(review.stock.number, review.stock_number)

    def test_delete_cascades(self):
        # More than a batch of them.
        deleted, by_model = Stock.objects.filter(number__gte=1000).delete()
        self.assertEqual(
            by_model, {"composite_keys.Stock": 2000, "composite_keys.Review": 2000}
        )
        self.assertEqual(Stock.objects.count(), 1000)
        self.assertEqual(Review.objects.count(), 1000)

    def test_delete_instances(self):
        Review.objects.all().delete()
        deleted, _ = Stock.objects.filter(pk__in=self.keys[:1500]).delete()
        self.assertEqual(deleted, 1500)

    def test_delete_with_join(self):
        Review.objects.all().delete()
        Stock.objects.filter(warehouse__id__gt=30).delete()
        self.assertEqual(Stock.objects.count(), 1500)

    def test_update(self):
        self.assertEqual(
            Stock.objects.filter(pk__in=self.keys).update(amount=1), self.size
        )

    def test_update_with_join(self):
        queryset = Stock.objects.filter(reviews__text="", warehouse__id__gt=30)
        self.assertEqual(queryset.update(amount=1), 1500)

    def test_bulk_update(self):
        """#36118"""
        for stock in self.stocks:
            stock.name = f"n{stock.number}"
            stock.amount = stock.number
        self.assertEqual(
            Stock.objects.bulk_update(self.stocks, ["name", "amount"]), self.size
        )
        self.assertEqual(
            Stock.objects.filter(name__startswith="n", amount__isnull=False).count(),
            self.size,
        )
        stock = Stock.objects.get(pk=self.keys[77])
        self.assertEqual((stock.name, stock.amount), ("n77", 77))

    def test_managers(self):
        warehouse = self.warehouses[0]
        stock = Stock.objects.filter(warehouse=warehouse).first()
        self.assertEqual(warehouse.stocks.count(), 50)
        self.assertIs(warehouse.stocks.contains(stock), True)
        self.assertEqual(stock.reviews.get().stock, stock)
        review = stock.reviews.create(text="new")
        self.assertEqual(review.stock, stock)
        self.assertEqual(stock.reviews.count(), 2)


class NestedKeysTests(TestCase):
    """A composite key that refers to a composite key."""

    @classmethod
    def setUpTestData(cls):
        cls.trees = Tree.objects.bulk_create(
            Tree(forest=n % 40, number=n) for n in range(1200)
        )
        cls.branches = Branch.objects.bulk_create(
            Branch(tree=tree, number=m) for tree in cls.trees for m in range(2)
        )
        Leaf.objects.bulk_create(Leaf(branch=branch) for branch in cls.branches)

    def test_prefetch(self):
        with self.assertNumQueries(3):
            trees = list(Tree.objects.prefetch_related("branches__leaves"))
        with self.assertNumQueries(0):
            self.assertEqual(
                sum(
                    len(branch.leaves.all())
                    for tree in trees
                    for branch in tree.branches.all()
                ),
                2400,
            )
        with self.assertNumQueries(3):
            leaves = list(Leaf.objects.prefetch_related("branch__tree"))
        with self.assertNumQueries(0):
            for leaf in leaves:
                self.assertEqual(leaf.branch.tree.number, leaf.tree_number)

    def test_delete(self):
        _, deleted = Tree.objects.filter(number__gte=100).delete()
        self.assertEqual(
            deleted,
            {
                "composite_keys.Tree": 1100,
                "composite_keys.Branch": 2200,
                "composite_keys.Leaf": 2200,
            },
        )

    def test_batches_count_columns(self):
        """The collector splits by columns, not by relations."""
        fields = [Leaf._meta.get_field("branch")]
        ops = connection.ops
        objs = self.branches
        with mock.patch.object(
            type(connection.features), "max_query_params", new_callable=lambda: 999
        ):
            if connection.vendor == "sqlite":
                self.assertEqual(ops.bulk_batch_size(fields, objs), 333)
                self.assertEqual(ops.bulk_batch_size([Branch._meta.pk] * 2, objs), 166)
