from unittest import mock

from django.db import router
from django.test import TestCase, override_settings

from .models import Card, Customer, Invoice, Line, Order, Shop
from .testcase import OrdersMixin, day, noon


class RecordingRouter:
    """Writes down what it is asked, and has no opinion."""

    def __init__(self):
        self.asked = []

    def db_for_read(self, model, **hints):
        self.asked.append((model, hints.get("instance")))


class RelationRouter:
    def allow_relation(self, obj1, obj2, **hints):
        return True


class DatabaseTests(OrdersMixin, TestCase):
    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        # The same keys with other values.
        cls.other_ann = Customer(shop_id=cls.shop.pk, number=1, name="other ann")
        Shop(pk=cls.shop.pk, name="other s").save(using="other")
        cls.other_ann.save(using="other")
        cls.other_first = Order.objects.db_manager("other").create(
            customer=cls.other_ann, number=1, placed=noon(1)
        )

    def test_same_key(self):
        self.assertEqual(self.other_ann.pk, self.ann.pk)
        for database, name in [("default", "ann"), ("other", "other ann")]:
            customer = Customer.objects.using(database).get(pk=self.ann.pk)
            self.assertEqual(customer.name, name)
            self.assertEqual(customer._state.db, database)
        self.ann.refresh_from_db(using="other")
        self.assertEqual(self.ann.name, "other ann")

    def test_save_to_other(self):
        self.second.save(using="other")
        self.assertEqual(Order.objects.using("other").count(), 2)
        self.assertEqual(self.second._state.db, "other")
        self.assertEqual(Order.objects.using("default").count(), 3)

    def test_related_objects(self):
        with self.assertNumQueries(0, using="default"):
            order = Order.objects.using("other").get()
            self.assertEqual(order.customer._state.db, "other")
            self.assertEqual(order.customer.name, "other ann")
            invoice = order.invoices.create(date=day(1))
            self.assertEqual(invoice._state.db, "other")
            line = Line(order=order, position=1)
            line.save()
            self.assertEqual(line._state.db, "other")
            self.assertSequenceEqual(order.lines.all(), [line])
            (found,) = Order.objects.using("other").prefetch_related(
                "customer", "lines"
            )
            self.assertEqual(found.customer._state.db, "other")
            self.assertEqual(found.lines.all()[0]._state.db, "other")
            found, created = order.lines.get_or_create(position=1)
            self.assertIs(created, False)
        self.assertEqual(Line.objects.count(), 3)

    def test_delete(self):
        Line(order=self.other_first, position=1).save()
        Customer.objects.using("other").get(pk=self.ann.pk).delete()
        self.assertIs(Line.objects.using("other").exists(), False)
        self.assertEqual(Line.objects.count(), 3)
        self.assertEqual(Customer.objects.count(), 2)

    def test_other_databases_object(self):
        msg = "the current database router prevents this relation."
        for assign in [
            lambda: setattr(self.invoice, "order", self.other_first),
            lambda: setattr(self.invoice, "payer", self.other_ann),
            lambda: setattr(self.other_ann, "card", self.card),
            lambda: Invoice(order=self.other_first, payer=self.ann),
        ]:
            with self.assertRaisesMessage(ValueError, msg):
                assign()
        self.assertEqual(self.invoice.order_pk, self.first.pk)
        self.assertEqual(self.invoice.order, self.first)
        self.assertEqual(self.invoice.payer, self.bob)
        self.assertEqual(self.card.customer, self.ann)
        invoice = self.other_first.invoices.create(date=day(1))
        with self.assertRaisesMessage(ValueError, msg):
            self.first.invoices.add(invoice, bulk=False)

    def test_allowed_relation(self):
        with override_settings(DATABASE_ROUTERS=[RelationRouter()]):
            self.invoice.order = self.other_first
            Card(customer=self.other_ann)
        self.assertEqual(self.invoice.order.customer.name, "other ann")

    def test_subqueries(self):
        msg = "Subqueries aren't allowed across different databases."
        orders = Order.objects.using("other")
        for value in (orders, orders.values("pk"), orders.values("customer", "number")):
            with self.assertRaisesMessage(ValueError, msg):
                list(Invoice.objects.filter(order__in=value))
        # Keys are the same everywhere.
        self.assertSequenceEqual(
            Invoice.objects.filter(order__in=list(orders)), [self.invoice]
        )

    def test_bulk_create(self):
        Line.objects.using("other").bulk_create(
            [Line(order=self.other_first, position=n) for n in (1, 2)]
        )
        found = Line.objects.using("other").in_bulk([(*self.first.pk, 2)])
        self.assertEqual([line._state.db for line in found.values()], ["other"])

    def test_hints(self):
        recorder = RecordingRouter()
        invoice = Invoice.objects.get(pk=self.invoice.pk)
        with mock.patch.object(router, "routers", [recorder]):
            order = invoice.order
            list(order.lines.all())
            order.customer.card
        self.assertEqual(
            recorder.asked,
            [
                (Order, invoice),
                # By the manager and by its queryset.
                (Line, order),
                (Line, order),
                (Customer, order),
                (Card, self.ann),
            ],
        )
