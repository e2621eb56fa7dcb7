import threading

from django.core.exceptions import FieldError
from django.db import DatabaseError, connection, transaction
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import Card, Customer, Invoice, Line, Member, Order, Shop
from .testcase import OrdersMixin, noon


class SelectForUpdateOfTests(OrdersMixin, TestCase):
    def assertLocks(self, queryset, of, models, **kwargs):
        with CaptureQueriesContext(connection) as queries:
            objects = list(queryset.select_for_update(of=of, **kwargs))
        self.assertTrue(objects)
        qn = connection.ops.quote_name
        tables = ", ".join(qn(model._meta.db_table) for model in models)
        sql = queries[-1]["sql"]
        self.assertIn(f" OF {tables}", sql)
        return sql

    @skipUnlessDBFeature("has_select_for_update_of")
    def test_relations(self):
        member = Member.objects.create(shop=self.shop, number=9, name="m")
        Card.objects.create(customer=member)
        invoices = Invoice.objects.select_related("order__customer__shop")
        lines = Line.objects.select_related("order__customer")
        for queryset, of, models in [
            (invoices, ["self"], [Invoice]),
            (invoices, ["order"], [Order]),
            (invoices, ["self", "order"], [Invoice, Order]),
            (invoices, ["order__customer__shop"], [Shop]),
            # Relations that are the key.
            (lines, ["self", "order__customer"], [Line, Customer]),
            (
                Line.objects.select_related("order").only("amount", "order__note"),
                ["self", "order"],
                [Line, Order],
            ),
            (Card.objects.select_related("customer"), ["customer"], [Customer]),
            (
                Customer.objects.select_related("card").filter(card__color="red"),
                ["self", "card"],
                [Customer, Card],
            ),
            # Tables of one model.
            (Member.objects.all(), ["self"], [Member]),
            (Member.objects.all(), ["customer_ptr"], [Customer]),
            (
                Customer.objects.select_related("member").filter(member__points=0),
                ["self", "member"],
                [Customer, Member],
            ),
        ]:
            with self.subTest(model=queryset.model, of=of):
                self.assertLocks(queryset, of, models)

    @skipUnlessDBFeature("has_select_for_update_of", "has_select_for_update_nowait")
    def test_options(self):
        queryset = Invoice.objects.select_related("order")
        sql = self.assertLocks(queryset, ["order"], [Order], nowait=True)
        self.assertTrue(sql.endswith(" NOWAIT"))
        sql = self.assertLocks(queryset, ["order"], [Order], skip_locked=True)
        self.assertTrue(sql.endswith(" SKIP LOCKED"))

    @skipUnlessDBFeature("has_select_for_update_of")
    def test_names_of_columns(self):
        msg = (
            "Invalid field name(s) given in select_for_update(of=(...)): order_pk, "
            "order_number, payer. Only relational fields followed in the query are "
            "allowed. Choices are: self, order."
        )
        queryset = Invoice.objects.select_related("order")
        with self.assertRaisesMessage(FieldError, msg):
            list(queryset.select_for_update(of=("order_pk", "order_number", "payer")))


class ConcurrentLockTests(TransactionTestCase):
    available_apps = ["composite_api"]

    def setUp(self):
        shop = Shop.objects.create(name="s")
        customer = Customer.objects.create(shop=shop, number=1)
        self.orders = [
            Order.objects.create(customer=customer, number=n, placed=noon(n))
            for n in (1, 2)
        ]
        for order in self.orders:
            Line.objects.create(order=order, position=1)

    def in_other_connection(self, function):
        """Return what the function returns, or the error."""
        result = []

        def run():
            try:
                with transaction.atomic():
                    result.append(function())
            except DatabaseError as error:
                result.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return result[0]

    @skipUnlessDBFeature("has_select_for_update_nowait")
    def test_nowait(self):
        first, second = self.orders

        def lock(pk):
            return Order.objects.select_for_update(nowait=True).get(pk=pk)

        with transaction.atomic():
            self.assertEqual(lock(first.pk), first)
            self.assertIsInstance(
                self.in_other_connection(lambda: lock(first.pk)), DatabaseError
            )
            self.assertEqual(self.in_other_connection(lambda: lock(second.pk)), second)

    @skipUnlessDBFeature("has_select_for_update_skip_locked")
    def test_skip_locked(self):
        first, second = self.orders

        def lock():
            orders = Order.objects.select_for_update(skip_locked=True)
            return list(orders.filter(pk__in=[first.pk, second.pk]))

        with transaction.atomic():
            list(Order.objects.select_for_update().filter(pk=first.pk))
            self.assertEqual(self.in_other_connection(lock), [second])

    @skipUnlessDBFeature("has_select_for_update_of", "has_select_for_update_nowait")
    def test_of(self):
        line = Line.objects.get(order=self.orders[0])
        queryset = Line.objects.select_related("order").filter(pk=line.pk)
        with transaction.atomic():
            list(queryset.select_for_update(of=["order"]))
            self.assertEqual(
                self.in_other_connection(
                    lambda: list(queryset.select_for_update(of=["self"], nowait=True))
                ),
                [line],
            )
            self.assertIsInstance(
                self.in_other_connection(
                    lambda: list(queryset.select_for_update(nowait=True))
                ),
                DatabaseError,
            )
