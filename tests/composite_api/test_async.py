from asgiref.sync import sync_to_async

from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection
from django.db.models import Count, F, Prefetch, aprefetch_related_objects
from django.http import Http404
from django.shortcuts import aget_list_or_404, aget_object_or_404
from django.test import TestCase

from .models import Card, Customer, Invoice, Line, Order
from .testcase import OrdersMixin, day, noon


class AsyncTests(OrdersMixin, TestCase):
    async def test_get(self):
        for lookup in (
            {"pk": self.first.pk},
            {"pk": str(self.first.pk)},
            {"customer": self.ann, "number": 1},
            {"customer_pk": self.ann.pk, "number": 1},
        ):
            with self.subTest(lookup=lookup):
                self.assertEqual(await Order.objects.aget(**lookup), self.first)
        with self.assertRaises(Order.DoesNotExist):
            await Order.objects.aget(customer=self.bob, number=2)

    async def test_ends(self):
        orders = Order.objects.all()
        self.assertEqual(await orders.afirst(), self.first)
        self.assertEqual(await orders.alast(), self.third)
        self.assertEqual(await orders.aearliest(), self.first)
        self.assertEqual(await orders.alatest(), self.third)
        self.assertEqual(await orders.alatest("customer", "-number"), self.third)
        self.assertEqual(await Customer.objects.alatest(), self.bob)

    async def test_questions(self):
        orders = Order.objects.filter(customer=self.ann)
        self.assertIs(await orders.aexists(), True)
        self.assertIs(await orders.acontains(self.second), True)
        self.assertIs(await orders.acontains(self.third), False)
        self.assertEqual(await orders.acount(), 2)
        self.assertEqual(
            await orders.aaggregate(
                pks=Count("pk"), customers=Count("customer", distinct=True)
            ),
            {"pks": 2, "customers": 1},
        )
        self.assertTrue(await orders.aexplain())

    async def test_create(self):
        order = await Order.objects.acreate(customer=self.ann, number=3, placed=noon(3))
        self.assertEqual(order.pk, (*self.ann.pk, 3))
        order, created = await Order.objects.aget_or_create(
            pk=order.pk, defaults={"placed": noon(4)}
        )
        self.assertEqual((created, order.placed), (False, noon(3)))
        order, created = await Order.objects.aget_or_create(
            customer_pk=self.bob.pk, number=3, defaults={"placed": noon(4)}
        )
        self.assertEqual((created, order.customer_pk), (True, self.bob.pk))
        order, created = await Order.objects.aupdate_or_create(
            pk=order.pk, defaults={"note": "new"}
        )
        self.assertIs(created, False)
        order, created = await Order.objects.aupdate_or_create(
            customer=self.bob,
            number=4,
            defaults={"note": "old"},
            create_defaults={"placed": noon(5), "note": "new"},
        )
        self.assertEqual((created, order.note), (True, "new"))
        self.assertEqual(await Order.objects.filter(note="new").acount(), 2)

    async def test_update_or_create_by_relation(self):
        invoice, created = await Invoice.objects.aupdate_or_create(
            order=self.first, defaults={"payer": self.ann, "date": day(6)}
        )
        self.assertEqual((created, invoice), (False, self.invoice))
        await self.invoice.arefresh_from_db(fields=["payer"])
        self.assertEqual(self.invoice.payer_pk, self.ann.pk)

    async def test_bulk(self):
        lines = await Line.objects.abulk_create(
            [Line(order=self.second, position=n) for n in range(3)]
        )
        for line in lines:
            line.amount = line.position * 2
        await Line.objects.abulk_update(lines, ["amount"])
        amounts = Line.objects.filter(order=self.second).values_list(
            "amount", flat=True
        )
        self.assertEqual([n async for n in amounts.order_by("pk")], [0, 2, 4])
        found = await Line.objects.ain_bulk([line.pk for line in lines])
        self.assertEqual(found, {line.pk: line for line in lines})
        found = await Card.objects.ain_bulk(field_name="customer_pk")
        self.assertEqual(found, {self.ann.pk: self.card})
        self.unpaid.order, self.unpaid.payer = self.second, self.ann
        await Invoice.objects.abulk_update([self.unpaid], ["order", "payer"])
        await self.unpaid.arefresh_from_db()
        self.assertEqual(self.unpaid.order_pk, self.second.pk)
        self.assertEqual(self.unpaid.payer_pk, self.ann.pk)

    async def test_upsert(self):
        if not connection.features.supports_update_conflicts:
            self.skipTest("Upserts aren't supported.")
        kwargs = {}
        if connection.features.supports_update_conflicts_with_target:
            kwargs = {"unique_fields": ["pk"]}
        await Line.objects.abulk_create(
            [
                Line(order=self.first, position=1, amount=50),
                Line(order=self.first, position=3, amount=30),
            ],
            update_conflicts=True,
            update_fields=["amount"],
            **kwargs,
        )
        amounts = self.first.lines.order_by("pk").values_list("amount", flat=True)
        self.assertEqual([n async for n in amounts], [50, 1, 30])

    async def test_iterate(self):
        orders = Order.objects.order_by("pk").prefetch_related("lines")
        expected = [self.first, self.second, self.third]
        self.assertEqual([order async for order in orders], expected)
        found = [order async for order in orders.aiterator(chunk_size=2)]
        self.assertEqual(found, expected)
        self.assertEqual(
            [len(order._prefetched_objects_cache["lines"]) for order in found],
            [2, 0, 1],
        )
        keys = Line.objects.order_by("pk").values_list("order_pk", flat=True)
        self.assertEqual(
            [key async for key in keys], [self.first.pk] * 2 + [self.third.pk]
        )
        raw = Order.objects.raw("SELECT * FROM composite_api_order WHERE number = 2")
        self.assertEqual([order async for order in raw], [self.second])

    async def test_update_and_delete(self):
        lines = Line.objects.filter(order=self.first)
        self.assertEqual(await lines.aupdate(amount=F("position")), 2)
        self.assertEqual((await lines.adelete())[0], 2)
        self.assertEqual(await Line.objects.acount(), 1)

    async def test_instance(self):
        order = Order(customer=self.bob, number=9, placed=noon(9))
        await order.asave()
        self.assertIs(await Order.objects.filter(pk=order.pk).aexists(), True)
        order.note = "x"
        await order.asave(update_fields=["note"])
        await Order.objects.filter(pk=order.pk).aupdate(note="y")
        await order.arefresh_from_db()
        self.assertEqual(order.note, "y")
        self.assertEqual((await order.adelete())[0], 1)
        self.assertIs(await Order.objects.filter(number=9).aexists(), False)

    async def test_related_manager(self):
        invoices = self.second.invoices
        invoice = await invoices.acreate(date=day(7))
        self.assertEqual(invoice.order_pk, self.second.pk)
        invoice, created = await invoices.aget_or_create(
            number=1, defaults={"date": day(8)}
        )
        self.assertEqual((created, invoice.order_pk), (True, self.second.pk))
        found, created = await invoices.aupdate_or_create(
            number=1, defaults={"date": day(9)}
        )
        self.assertEqual((created, found), (False, invoice))
        await invoices.aadd(self.invoice)
        await self.invoice.arefresh_from_db()
        self.assertEqual(self.invoice.order_pk, self.second.pk)

        paid = self.ann.invoices
        await paid.aset([invoice, self.unpaid])
        self.assertEqual(await paid.acount(), 2)
        await paid.aremove(invoice)
        self.assertEqual([i async for i in paid.all()], [self.unpaid])
        await paid.aadd(invoice, bulk=False)
        await paid.aclear()
        self.assertIs(await paid.aexists(), False)

    async def test_prefetch_related_objects(self):
        orders = [order async for order in Order.objects.order_by("pk")]
        await aprefetch_related_objects(
            orders, "lines", "customer__card", Prefetch("invoices", to_attr="bills")
        )
        self.assertEqual([order.customer for order in orders][2], self.bob)
        self.assertEqual(orders[0].customer.card, self.card)
        self.assertEqual([len(order.lines.all()) for order in orders], [2, 0, 1])
        self.assertEqual([len(order.bills) for order in orders], [1, 0, 1])

    async def test_related_object(self):
        invoice = await Invoice.objects.aget(pk=self.invoice.pk)
        with self.assertRaises(SynchronousOnlyOperation):
            invoice.order
        self.assertEqual(invoice.order_pk, self.first.pk)
        self.assertEqual(await sync_to_async(lambda: invoice.order)(), self.first)

    async def test_shortcuts(self):
        found = await aget_object_or_404(Order, pk=str(self.first.pk))
        self.assertEqual(found, self.first)
        found = await aget_list_or_404(Line, order=self.third)
        self.assertEqual(found, self.lines[2:])
        with self.assertRaises(Http404):
            await aget_object_or_404(Order, pk=(*self.ann.pk, 99))
