from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Prefetch
from django.test import TestCase

from .models import Card, Customer, Invoice, Line, Order
from .testcase import OrdersMixin


class RawTests(OrdersMixin, TestCase):
    key_columns = ["order_customer_shop_id", "order_customer_number", "order_number"]

    def raw(self, model, columns=None, order_by="", **kwargs):
        qn = connection.ops.quote_name
        columns = ", ".join(map(qn, columns)) if columns else "*"
        return model.objects.raw(
            f"SELECT {columns} FROM {qn(model._meta.db_table)} {order_by}", **kwargs
        )

    def test_all_columns(self):
        invoice, unpaid = self.raw(Invoice, order_by="ORDER BY id")
        with self.assertNumQueries(0):
            self.assertEqual(invoice.order_pk, self.first.pk)
            self.assertEqual(invoice.payer_pk, self.bob.pk)
            self.assertIsNone(unpaid.payer_pk)
            self.assertIsNone(unpaid.payer)
        with self.assertNumQueries(1):
            self.assertEqual(invoice.order, self.first)

    def test_deferred_relation(self):
        invoice = self.raw(Invoice, ["id", "date"], order_by="ORDER BY id")[0]
        self.assertGreaterEqual(invoice.get_deferred_fields(), set(self.key_columns))
        # All columns of the relation are loaded at once.
        with self.assertNumQueries(1):
            self.assertEqual(invoice.order_pk, self.first.pk)
        with self.assertNumQueries(1):
            self.assertEqual(invoice.order, self.first)

    def test_some_columns_of_relation(self):
        columns = ["id", "order_number"]
        invoice = self.raw(Invoice, columns, order_by="ORDER BY id")[0]
        with self.assertNumQueries(1):
            self.assertEqual(invoice.order_pk, self.first.pk)

    def test_only_columns_of_relation(self):
        with self.assertRaisesMessage(
            FieldDoesNotExist, "Raw query must include the primary key"
        ):
            list(self.raw(Invoice, self.key_columns))
        # They are the key of others.
        lines = list(self.raw(Line, [*self.key_columns, "position"]))
        self.assertCountEqual(lines, self.lines)
        with self.assertNumQueries(0):
            self.assertCountEqual(
                [line.order_pk for line in lines],
                [self.first.pk, self.first.pk, self.third.pk],
            )
        (card,) = self.raw(Card, ["customer_shop_id", "customer_number"])
        self.assertEqual(card, self.card)
        with self.assertNumQueries(1):
            self.assertEqual(card.color, "red")

    def test_missing_member(self):
        for columns in (self.key_columns, ["position"], ["amount"]):
            with (
                self.subTest(columns=columns),
                self.assertRaisesMessage(
                    FieldDoesNotExist, "Raw query must include the primary key"
                ),
            ):
                list(self.raw(Line, columns))

    def test_translations_and_annotations(self):
        names = {"s": "order_customer_shop_id", "c": "order_customer_number"}
        queryset = Invoice.objects.raw(
            "SELECT id, order_customer_shop_id AS s, order_customer_number AS c, "
            "order_number, number + 1 AS next_number FROM composite_api_invoice "
            "ORDER BY id",
            translations=names,
        )
        invoice = queryset[0]
        with self.assertNumQueries(0):
            self.assertEqual(invoice.order_pk, self.first.pk)
            self.assertEqual(invoice.next_number, 4)
        self.assertEqual(
            queryset.columns, ["id", *names.values(), "order_number", "next_number"]
        )

    def test_prefetch(self):
        with self.assertNumQueries(3):
            invoice, unpaid = self.raw(
                Invoice, order_by="ORDER BY id"
            ).prefetch_related("order", "payer")
            self.assertEqual(invoice.order, self.first)
            self.assertEqual(invoice.payer, self.bob)
            self.assertIsNone(unpaid.payer)
        with self.assertNumQueries(3):
            orders = self.raw(Order).prefetch_related(
                "lines", Prefetch("invoices", to_attr="bills")
            )
            lines = {order: list(order.lines.all()) for order in orders}
            bills = {order: order.bills for order in orders}
        self.assertEqual(
            lines,
            {
                self.first: self.lines[:2],
                self.second: [],
                self.third: self.lines[2:],
            },
        )
        self.assertEqual(
            bills,
            {self.first: [self.invoice], self.second: [], self.third: [self.unpaid]},
        )

    def test_key_as_params(self):
        sql = "SELECT * FROM composite_api_customer WHERE (shop_id, number) = (%s, %s)"
        self.assertSequenceEqual(Customer.objects.raw(sql, self.ann.pk), [self.ann])
