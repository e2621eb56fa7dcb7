from django.core.exceptions import FieldError
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.test import TestCase

from .models import Customer, Invoice, Line
from .testcase import OrdersMixin


class UpdateTests(OrdersMixin, TestCase):
    def assertNumbers(self, *numbers):
        found = Invoice.objects.order_by("pk").values_list("number", flat=True)
        self.assertSequenceEqual(found, numbers)

    def assertPayers(self, *payers):
        found = [invoice.payer for invoice in Invoice.objects.order_by("pk")]
        self.assertSequenceEqual(found, payers)

    def test_member_without_join(self):
        with self.assertNumQueries(1):
            self.assertEqual(Invoice.objects.update(number=F("order__number")), 2)
        self.assertNumbers(1, 1)
        Invoice.objects.update(number=F("order__customer__shop"))
        self.assertNumbers(self.shop.pk, self.other_shop.pk)
        Invoice.objects.update(number=F("order__customer__number") + F("order__number"))
        self.assertNumbers(2, 2)
        Invoice.objects.update(number=Coalesce(F("payer__shop_id"), -1))
        self.assertNumbers(self.other_shop.pk, -1)

    def test_join(self):
        msg = "Joined field references are not permitted in this query"
        for name in ("order__note", "order__customer__name", "payer__since"):
            with self.subTest(name=name), self.assertRaisesMessage(FieldError, msg):
                Invoice.objects.update(number=F(name))
        with self.assertRaisesMessage(FieldError, msg):
            Invoice.objects.update(payer=F("order__customer__card__customer"))
        self.assertNumbers(3, 4)

    def test_relation_to_relation(self):
        for name in ("order__customer", "order__customer_pk"):
            with self.subTest(name=name):
                Invoice.objects.update(payer=None)
                with self.assertNumQueries(1):
                    Invoice.objects.update(payer=F(name))
                self.assertPayers(self.ann, self.bob)

    def test_relation_to_itself(self):
        Invoice.objects.update(payer=F("payer"))
        self.assertPayers(self.bob, None)

    def test_relation_to_subquery(self):
        customers = Customer.objects.filter(shop=OuterRef("order__customer__shop"))
        Invoice.objects.update(payer=Subquery(customers.values("pk")[:1]))
        self.assertPayers(self.ann, self.bob)

    def test_other_number_of_columns(self):
        msg = "an expression of 2 columns is needed (received 3)."
        with self.assertRaisesMessage(ValueError, msg):
            Invoice.objects.update(payer=F("order"))
        msg = "expressions are not allowed in this query (number=F('pk'))."
        with self.assertRaisesMessage(FieldError, msg), transaction.atomic():
            Invoice.objects.update(number=F("order"))
        self.assertPayers(self.bob, None)

    def test_save(self):
        self.invoice.number = F("order__number") + 10
        self.invoice.save()
        self.invoice.refresh_from_db()
        self.assertEqual(self.invoice.number, 11)

    def test_condition_across_relations(self):
        lines = Line.objects.filter(order__customer__shop=self.shop)
        self.assertEqual(lines.update(amount=F("position")), 2)
        self.assertSequenceEqual(
            Line.objects.order_by("pk").values_list("amount", flat=True), [1, 2, 7]
        )
        updated = Invoice.objects.filter(order__customer=F("payer")).update(number=0)
        self.assertEqual(updated, 0)
