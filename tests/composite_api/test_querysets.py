from unittest import mock

from django.core.cache import cache
from django.core.exceptions import FieldError
from django.core.paginator import Paginator, UnorderedObjectListWarning
from django.db import NotSupportedError, connection
from django.db.models import Count, F, Prefetch, prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_list_or_404, get_object_or_404
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import ignore_warnings

from .models import Card, Customer, Greeting, Invoice, Line, Order
from .testcase import OrdersMixin, day, noon


class DatesTests(OrdersMixin, TestCase):
    def test_dates(self):
        months = [day(1), day(1, month=2)]
        self.assertSequenceEqual(Invoice.objects.dates("date", "month"), months)
        invoices = Invoice.objects.filter(order__customer=self.ann)
        self.assertSequenceEqual(invoices.dates("date", "day"), [day(5)])
        # Across relations.
        self.assertSequenceEqual(
            Line.objects.dates("order__customer__since", "day"), [day(1), day(3)]
        )

    def test_datetimes(self):
        days = [value.replace(hour=0) for value in (noon(1), noon(2), noon(1, month=2))]
        orders = Order.objects.datetimes("placed", "day")
        self.assertSequenceEqual(orders, days)
        orders = Order.objects.filter(customer_pk=self.ann.pk)
        orders = orders.datetimes("placed", "day", order="DESC")
        self.assertSequenceEqual(orders, days[1::-1])


class DistinctTests(OrdersMixin, TestCase):
    def test_values(self):
        lines = Line.objects.values_list("order", flat=True).distinct()
        self.assertCountEqual(lines, [self.first.pk, self.third.pk])
        customers = Line.objects.values("order__customer").distinct()
        self.assertEqual(customers.count(), 2)

    def test_multi_valued(self):
        orders = Order.objects.filter(lines__amount__gt=0)
        self.assertEqual(len(orders), 3)
        self.assertCountEqual(orders.distinct(), [self.first, self.third])
        self.assertEqual(orders.distinct().count(), 2)

    @skipUnlessDBFeature("can_distinct_on_fields")
    def test_fields(self):
        first_lines = [self.lines[0], self.lines[2]]
        for name in ("order", "order_pk", "order__customer"):
            with self.subTest(name=name):
                lines = Line.objects.order_by(name, "position").distinct(name)
                self.assertSequenceEqual(lines, first_lines)
                self.assertEqual(lines.count(), 2)
        lines = Line.objects.order_by("pk").distinct("pk")
        self.assertSequenceEqual(lines, self.lines)


class CombinatorTests(OrdersMixin, TestCase):
    def setUp(self):
        self.of_first = Line.objects.filter(order=self.first)
        self.of_third = Line.objects.filter(order=self.third)

    def test_union(self):
        lines = self.of_first.union(self.of_third, Line.objects.filter(position=1))
        self.assertEqual(lines.count(), 3)
        self.assertIs(lines.exists(), True)
        self.assertSequenceEqual(lines.order_by("pk"), self.lines)
        self.assertSequenceEqual(
            lines.order_by("-order", "position"), [self.lines[2], *self.lines[:2]]
        )
        self.assertSequenceEqual(
            lines.order_by("order_number", "-position", "amount"),
            [self.lines[1], self.lines[0], self.lines[2]],
        )
        self.assertEqual(lines.order_by("pk").first(), self.lines[0])
        self.assertEqual(len(lines[:2]), 2)

    def test_union_of_values(self):
        keys = self.of_first.values_list("order").union(
            Invoice.objects.values_list("order")
        )
        self.assertCountEqual(keys, [(self.first.pk,), (self.third.pk,)])

    @skipUnlessDBFeature("supports_select_intersection")
    def test_intersection(self):
        lines = Line.objects.intersection(self.of_first)
        self.assertCountEqual(lines, self.lines[:2])

    @skipUnlessDBFeature("supports_select_difference")
    def test_difference(self):
        lines = Line.objects.difference(self.of_first)
        self.assertCountEqual(lines, self.lines[2:])
        keys = Order.objects.values_list("pk").difference(
            Line.objects.values_list("order")
        )
        self.assertCountEqual(keys, [(self.second.pk,)])

    def test_contains(self):
        msg = "Calling QuerySet.contains() after union() is not supported."
        with self.assertRaisesMessage(NotSupportedError, msg):
            self.of_first.union(self.of_third).contains(self.lines[0])


class OrderTests(OrdersMixin, TestCase):
    def test_ends(self):
        lines = Line.objects.order_by("order", "position")
        self.assertEqual(lines.reverse().first(), self.lines[2])
        self.assertEqual(Line.objects.first(), self.lines[0])
        self.assertEqual(Line.objects.last(), self.lines[2])
        self.assertEqual(Line.objects.latest("order", "position"), self.lines[2])
        self.assertEqual(Line.objects.earliest("order_pk", "-amount"), self.lines[0])

    def test_get_latest_by(self):
        self.assertEqual(Order.objects.latest(), self.third)
        self.assertEqual(Order.objects.earliest(), self.first)
        self.assertEqual(Customer.objects.latest(), self.bob)

    def test_paginator(self):
        msg = "Pagination may yield inconsistent results"
        with self.assertWarnsMessage(UnorderedObjectListWarning, msg):
            Paginator(Line.objects.all(), 2).page(1)
        for name in ("pk", "order"):
            with self.subTest(name=name):
                paginator = Paginator(Line.objects.order_by(name, "position"), 2)
                self.assertEqual(paginator.count, 3)
                self.assertSequenceEqual(paginator.page(1).object_list, self.lines[:2])
                self.assertSequenceEqual(paginator.page(2).object_list, self.lines[2:])

    @ignore_warnings(category=UnorderedObjectListWarning)
    def test_paginator_values(self):
        paginator = Paginator(Line.objects.values_list("order", flat=True), 2)
        self.assertEqual(len(paginator.page(2)), 1)


class FetchTests(OrdersMixin, TestCase):
    def test_in_bulk(self):
        pks = [self.first.pk, list(self.third.pk), (*self.ann.pk, 99)]
        expected = {self.first.pk: self.first, self.third.pk: self.third}
        self.assertEqual(Order.objects.in_bulk(pks), expected)
        self.assertEqual(Card.objects.in_bulk([self.ann.pk]), {self.ann.pk: self.card})

    def test_in_bulk_by_relation(self):
        expected = {self.ann.pk: self.card}
        with self.assertNumQueries(1):
            cards = Card.objects.in_bulk(field_name="customer_pk")
        self.assertEqual(cards, expected)
        cards = Card.objects.in_bulk(
            [self.ann.pk, self.bob.pk], field_name="customer_pk"
        )
        self.assertEqual(cards, expected)
        # The value is the object, as that of a single-column relation is.
        cards = Card.objects.in_bulk([self.ann.pk], field_name="customer")
        self.assertEqual(cards, {self.ann: self.card})

    def test_in_bulk_batches(self):
        Card.objects.create(customer=self.bob)
        with (
            mock.patch.object(type(connection.features), "max_query_params", new=2),
            mock.patch.object(connection.ops, "bulk_batch_size", return_value=1),
            self.assertNumQueries(2),
        ):
            cards = Card.objects.in_bulk(
                [self.ann.pk, self.bob.pk], field_name="customer_pk"
            )
        self.assertEqual(cards.keys(), {self.ann.pk, self.bob.pk})

    def test_in_bulk_not_unique(self):
        msg = "in_bulk()'s field_name must be a unique field but 'order' isn't."
        with self.assertRaisesMessage(ValueError, msg):
            Invoice.objects.in_bulk([self.first.pk], field_name="order")

    def test_iterator(self):
        lines = Line.objects.order_by("pk").prefetch_related("order")
        found = list(lines.iterator(chunk_size=2))
        self.assertEqual(found, self.lines)
        with self.assertNumQueries(0):
            self.assertEqual([line.order for line in found][2], self.third)
        values = Invoice.objects.order_by("pk").values("order", "payer_pk")
        self.assertEqual(
            list(values.iterator()),
            [
                {"order": self.first.pk, "payer_pk": self.bob.pk},
                {"order": self.third.pk, "payer_pk": None},
            ],
        )

    def test_explain(self):
        self.assertTrue(Line.objects.filter(order=self.first).explain())

    def test_contains_and_exists(self):
        lines = Line.objects.filter(order=self.first)
        for evaluated in (False, True):
            with self.subTest(evaluated=evaluated):
                self.assertIs(lines.contains(self.lines[1]), True)
                self.assertIs(lines.contains(self.lines[2]), False)
                self.assertIs(lines.exists(), True)
                len(lines)
        msg = "QuerySet.contains() cannot be used on unsaved objects."
        with self.assertRaisesMessage(ValueError, msg):
            lines.contains(Line(order=self.first))

    def test_shortcuts(self):
        for pk in (self.first.pk, list(self.first.pk), str(self.first.pk)):
            with self.subTest(pk=pk):
                self.assertEqual(get_object_or_404(Order, pk=pk), self.first)
        self.assertEqual(get_list_or_404(Line, order=self.third), self.lines[2:])
        with self.assertRaises(Http404):
            get_object_or_404(Order, pk=(*self.ann.pk, 99))
        with self.assertRaises(Http404):
            get_list_or_404(Line, order=self.second)


class PrefetchTests(OrdersMixin, TestCase):
    def test_to_attr(self):
        with self.assertNumQueries(3):
            first, second, third = Order.objects.order_by("pk").prefetch_related(
                Prefetch(
                    "lines", Line.objects.filter(amount__gt=1), to_attr="large_lines"
                ),
                Prefetch("customer", Customer.objects.only("name"), to_attr="buyer"),
            )
            self.assertEqual(first.large_lines, [self.lines[0]])
            self.assertEqual(second.large_lines, [])
            self.assertEqual(third.large_lines, [self.lines[2]])
            self.assertEqual([first.buyer.name, third.buyer.name], ["ann", "bob"])

    def test_to_attr_of_nullable(self):
        invoices = Invoice.objects.order_by("pk").prefetch_related(
            Prefetch("payer", to_attr="paid_by")
        )
        self.assertEqual([invoice.paid_by for invoice in invoices], [self.bob, None])

    def test_nested_to_attr(self):
        lines = Line.objects.order_by("pk").prefetch_related(
            Prefetch("order__customer", to_attr="buyer"),
            Prefetch("order__buyer__orders", to_attr="all_orders"),
        )
        with self.assertNumQueries(4):
            found = [line.order.buyer.all_orders for line in lines]
        self.assertCountEqual(found[0], [self.first, self.second])
        self.assertEqual(found[2], [self.third])

    def test_prefetch_related_objects(self):
        orders = [Order.objects.get(pk=self.first.pk), self.third]
        with self.assertNumQueries(3):
            prefetch_related_objects(
                orders, "customer__card", Prefetch("invoices", to_attr="bills")
            )
        with self.assertNumQueries(0):
            self.assertEqual(orders[0].customer.card, self.card)
            self.assertEqual(
                [order.bills for order in orders], [[self.invoice], [self.unpaid]]
            )


class CacheTests(OrdersMixin, TestCase):
    def setUp(self):
        cache.clear()
        self.addCleanup(cache.clear)

    def test_objects(self):
        invoices = Invoice.objects.select_related("order__customer").order_by("pk")
        cache.set("invoices", list(invoices))
        with self.assertNumQueries(0):
            invoice, unpaid = cache.get("invoices")
            self.assertEqual(invoice, self.invoice)
            self.assertEqual(invoice.order.customer, self.ann)
            self.assertIsNone(unpaid.payer)

    def test_keys(self):
        greeting = Greeting(customer=self.ann)
        for key in (self.first.pk, self.invoice.order_pk, greeting.customer_pk):
            with self.subTest(key=key):
                cache.set("key", key)
                found = cache.get("key")
                self.assertEqual(found, key)
                self.assertEqual(str(found), str(key))


class AnnotationTests(OrdersMixin, TestCase):
    def test_relation_as_annotation(self):
        lines = Line.objects.annotate(buyer=F("order__customer")).order_by("pk")
        self.assertEqual([line.buyer for line in lines][0], self.ann.pk)
        counts = Order.objects.order_by("pk").annotate(
            n=Count("lines"), m=Count("invoices__payer", distinct=True)
        )
        self.assertEqual(list(counts.values_list("n", "m")), [(2, 1), (0, 0), (1, 0)])

    def test_functions_of_one_column(self):
        with self.assertRaises((FieldError, ValueError)):
            list(Line.objects.dates("order", "day"))
