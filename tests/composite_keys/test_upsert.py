from django.db import connection
from django.test import TestCase, skipUnlessDBFeature

from .models import Line, Product, Stock, Warehouse


@skipUnlessDBFeature("supports_update_conflicts")
class UpsertTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.warehouse = Warehouse.objects.create()
        cls.stock = Stock.objects.create(warehouse=cls.warehouse, number=1, name="old")

    def assertUpserts(self, **kwargs):
        Stock.objects.bulk_create(
            [
                Stock(warehouse=self.warehouse, number=1, name="new"),
                Stock(warehouse=self.warehouse, number=2, name="two"),
            ],
            update_conflicts=True,
            update_fields=["name"],
            **kwargs,
        )
        self.assertEqual(
            list(Stock.objects.order_by("pk").values_list("number", "name")),
            [(1, "new"), (2, "two")],
        )

    @skipUnlessDBFeature("supports_update_conflicts_with_target")
    def test_unique_fields(self):
        for unique_fields in (
            ["pk"],
            ["warehouse", "number"],
            ["warehouse_id", "number"],
            ("number", "warehouse"),
        ):
            with self.subTest(unique_fields=unique_fields):
                self.assertUpserts(unique_fields=unique_fields)

    def test_without_target(self):
        if connection.features.supports_update_conflicts_with_target:
            self.skipTest("Requires unique fields.")
        self.assertUpserts()

    @skipUnlessDBFeature("supports_update_conflicts_with_target")
    def test_pk_of_single_key(self):
        Warehouse.objects.bulk_create(
            [Warehouse(pk=self.warehouse.pk, name="new")],
            update_conflicts=True,
            update_fields=["name"],
            unique_fields=["pk"],
        )
        self.warehouse.refresh_from_db()
        self.assertEqual(self.warehouse.name, "new")

    @skipUnlessDBFeature("supports_update_conflicts_with_target")
    def test_members_not_adjacent(self):
        product = Product.objects.create()
        for note in ("old", "new"):
            Line.objects.bulk_create(
                [Line(product=product, position=1, note=note)],
                update_conflicts=True,
                update_fields=["note"],
                unique_fields=["pk"],
            )
        self.assertEqual(Line.objects.get().note, "new")

    def test_members_cannot_be_updated(self):
        unique_fields = (
            ["pk"]
            if connection.features.supports_update_conflicts_with_target
            else None
        )
        for update_fields, msg in (
            (["number"], "bulk_create() cannot be used with primary keys in"),
            (["warehouse"], "bulk_create() cannot be used with primary keys in"),
            (["pk"], "bulk_create() can only be used with concrete fields in"),
        ):
            with (
                self.subTest(update_fields=update_fields),
                self.assertRaisesMessage(ValueError, msg),
            ):
                Stock.objects.bulk_create(
                    [self.stock],
                    update_conflicts=True,
                    update_fields=update_fields,
                    unique_fields=unique_fields,
                )

    @skipUnlessDBFeature("supports_ignore_conflicts")
    def test_ignore_conflicts(self):
        Stock.objects.bulk_create(
            [Stock(warehouse=self.warehouse, number=1, name="new")],
            ignore_conflicts=True,
        )
        self.assertEqual(Stock.objects.get().name, "old")

    def test_update_or_create(self):
        stock, created = Stock.objects.update_or_create(
            pk=(self.warehouse.pk, 1), defaults={"name": "new"}
        )
        self.assertEqual((stock, created, stock.name), (self.stock, False, "new"))
        stock, created = Stock.objects.get_or_create(
            pk=(self.warehouse.pk, 9), defaults={"name": "nine"}
        )
        self.assertEqual((stock.pk, created), ((self.warehouse.pk, 9), True))
