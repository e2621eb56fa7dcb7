from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Sum
from django.test.utils import CaptureQueriesContext

from .models import (
    Account,
    Booking,
    Card,
    Customer,
    District,
    Line,
    LineProxy,
    Machine,
    Order,
    Parcel,
    Part,
    Payment,
    Slip,
    Warehouse,
)
from .testcase import ChainTestCase


class LookupTests(ChainTestCase):
    """What the key says isn't looked up in the tables of the keys above."""

    def test_pk_fields(self):
        self.assertEqual(
            [field.column for field in Line._meta.pk_fields],
            [
                "order_customer_district_warehouse_id",
                "order_customer_district_number",
                "order_customer_number",
                "order_number",
                "number",
            ],
        )
        self.assertEqual(
            [field.column for field in Card._meta.pk_fields],
            [
                "account_customer_district_warehouse_id",
                "account_customer_district_number",
                "account_customer_number",
            ],
        )

    def test_no_joins(self):
        customer = Customer.objects.get(pk=("a", 1, 2))
        for lookup, count in (
            ({"order__customer__district__warehouse": "a"}, 16),
            ({"order__customer__district__warehouse__code": "a"}, 16),
            ({"order__customer__district__warehouse__pk": "a"}, 16),
            ({"order__customer__district__number": 2}, 16),
            ({"order__customer__district": ("a", 2)}, 8),
            ({"order__customer__district__in": [("a", 2), ("b", 1)]}, 16),
            ({"order__customer": customer}, 4),
            ({"order__customer__pk": customer.pk}, 4),
            ({"order__customer": str(customer.pk)}, 4),
            ({"order__pk__customer__number": 2}, 16),
            ({"pk__order__customer__district__number": 1}, 16),
            ({"pk__order__customer": customer}, 4),
            ({"pk__order": ("a", 1, 2, 1)}, 2),
            ({"pk__number": 1}, 16),
            ({"pk": ("a", 1, 2, 1, 1)}, 1),
            ({"pk__gte": ("b", 2, 2, 2, 1)}, 2),
            ({"order__gt": ("b", 2, 2, 1)}, 2),
            ({"order__customer__isnull": False}, 32),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Line.objects.filter(**lookup), count)

    def test_no_joins_over_keys_that_are_relations(self):
        customer = Customer.objects.get(pk=("a", 1, 2))
        for lookup, count in (
            ({"card__account__customer__district__warehouse": "a"}, 4),
            ({"card__account__customer__district__number": 1}, 4),
            ({"card__account__customer": customer}, 1),
            ({"card__account": customer.pk}, 1),
            ({"card__account__pk": customer.pk}, 1),
            ({"card": str(customer.pk)}, 1),
            ({"pk__card__account__customer__number": 1}, 4),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Booking.objects.filter(**lookup), count)
        for lookup, count in (
            ({"pk": customer.pk}, 1),
            ({"pk": str(customer.pk)}, 1),
            ({"pk__in": [customer.pk, ("x", 1, 1)]}, 1),
            ({"account": Account(customer=customer)}, 1),
            ({"account__customer__number__gt": 1}, 4),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Card.objects.filter(**lookup), count)

    def test_joins(self):
        for lookup, count, joins in (
            ({"order__note": "o1"}, 16, 1),
            ({"order__customer__name": "c1"}, 16, 2),
            ({"order__customer__district__name": "d1"}, 16, 3),
            ({"order__customer__district__warehouse__name": "wa"}, 16, 4),
            ({"order__payments__number": 1}, 16, 2),
            ({"order__customer__account__balance": 1}, 16, 3),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Line.objects.filter(**lookup), count, joins)

    def test_reverse(self):
        for lookup, count, joins in (
            ({"districts__customers__orders__lines__amount": 1}, 16, 4),
            ({"districts__customers__orders__lines__pk": ("a", 1, 1, 1, 1)}, 1, 4),
            ({"districts__customers__orders": ("a", 1, 1, 1)}, 1, 3),
            ({"districts__customers__account__card__bookings__number": 1}, 8, 5),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Warehouse.objects.filter(**lookup), count, joins)
        Line.objects.filter(pk__order__customer=("a", 1, 1)).delete()
        self.assertSQL(Customer.objects.filter(orders__lines=None).distinct(), 1, 2)
        self.assertSQL(Customer.objects.exclude(orders__lines__amount=1), 1, 1)
        self.assertSQL(Warehouse.objects.exclude(districts__number=3), 2)

    def test_wrong_names(self):
        msg = "Unsupported lookup 'customers' for ForeignKey or join on the field"
        with self.assertRaisesMessage(FieldError, msg):
            Line.objects.filter(order__customer__customers=1)
        msg = "must have 3 elements"
        with self.assertRaisesMessage(ValueError, msg):
            Line.objects.filter(order__customer=("a", 1))
        with self.assertRaisesMessage(ValueError, msg):
            Card.objects.get(pk=("a", 1))

    def test_shared_columns(self):
        self.assertSQL(Payment.objects.filter(order__customer=F("customer")), 8)
        self.assertSQL(Payment.objects.filter(order__customer__number=1), 4)
        self.assertSQL(Payment.objects.filter(order=None), 8)
        self.assertSQL(
            Payment.objects.filter(order__customer__district__name="d1"), 4, 3
        )

    def test_expressions(self):
        self.assertSQL(
            Line.objects.annotate(
                customer=F("order__customer"), code=F("order__customer__district")
            ).filter(customer=("a", 1, 1), code=("a", 1)),
            4,
        )
        self.assertSQL(
            Customer.objects.filter(
                Exists(Line.objects.filter(order__customer=OuterRef("pk"), amount=2))
            ),
            8,
        )
        self.assertSQL(
            Customer.objects.filter(
                pk__in=Line.objects.filter(amount=2).values("order__customer")
            ),
            8,
        )
        self.assertSQL(
            Card.objects.filter(
                account__customer__in=Customer.objects.filter(name="c1")
            ),
            4,
        )
        self.assertSQL(Card.objects.filter(pk=F("account__customer")), 8)

    def test_values_and_ordering(self):
        lines = Line.objects.order_by("-order__customer__district", "pk")
        self.assertSQL(lines, 32)
        self.assertEqual(lines[0].pk, ("b", 2, 1, 1, 1))
        names = [
            "pk",
            "order",
            "order__customer",
            "order__customer__district",
            "order__customer__district__warehouse",
            "order__customer__district__number",
        ]
        rows = lines.values_list(*names)
        self.assertSQL(rows, 32)
        row = (("b", 2, 1, 1, 1), ("b", 2, 1, 1), ("b", 2, 1), ("b", 2), "b", 2)
        self.assertEqual(rows[0], row)
        self.assertEqual(lines.values(*names)[0], dict(zip(names, row)))
        cards = Card.objects.order_by("-account__customer").values_list(
            "pk", "account", "account__customer__district"
        )
        self.assertSQL(cards, 8)
        self.assertEqual(cards[0], (("b", 2, 2), ("b", 2, 2), ("b", 2)))

    def test_aggregation(self):
        rows = (
            Line.objects.values("order__customer")
            .annotate(n=Count("pk"), total=Sum("amount"))
            .order_by("order__customer")
        )
        self.assertSQL(rows, 8)
        self.assertEqual(rows[0], {"order__customer": ("a", 1, 1), "n": 4, "total": 6})
        districts = District.objects.annotate(
            orders=Count("customers__orders", distinct=True),
            cards=Count("customers__account__card", distinct=True),
        ).order_by("pk")
        self.assertEqual(
            [(district.orders, district.cards) for district in districts], [(4, 2)] * 4
        )
        self.assertEqual(
            Booking.objects.aggregate(
                Count("card", distinct=True), districts=Count("card__account__customer")
            ),
            {"card__count": 8, "districts": 8},
        )

    def test_in_bulk(self):
        keys = [("a", 1, 1, 1, 1), ("b", 2, 2, 2, 2)]
        with self.assertNumQueries(1):
            self.assertCountEqual(Line.objects.in_bulk(keys), keys)
        with self.assertNumQueries(1):
            self.assertCountEqual(Card.objects.in_bulk([keys[0][:3]]), [keys[0][:3]])

    def test_proxy(self):
        line = LineProxy.objects.get(
            order__customer=("a", 1, 1),
            amount=1,
            order=(
                "a",
                1,
                1,
                2,
            ),
        )
        self.assertEqual(line.pk, ("a", 1, 1, 2, 1))
        self.assertEqual(line, Line.objects.get(pk=line.pk))

    def test_self_referential_and_circular(self):
        machine = Machine.objects.create()
        other = Machine.objects.create()
        for owner in (machine, other):
            for number, parent in ((1, 1), (2, 1), (3, 2)):
                Part.objects.create(machine=owner, number=number, parent_number=parent)
        part = Part.objects.get(machine=machine, number=3)
        machine.main = part
        machine.save()
        self.assertEqual(part.pk, (machine.pk, 2, 3))
        self.assertEqual(part.parent.parent.number, 1)
        self.assertSQL(Part.objects.filter(parent__parent__number=1), 6, 1)
        self.assertSQL(Part.objects.filter(parent__machine=machine), 3)
        self.assertSQL(Machine.objects.filter(main__parent__number=2), 1, 1)
        self.assertSQL(Part.objects.filter(main_of=machine), 1, 1)
        part.bolts.create(position=1)
        part.nuts.create(position=1)
        self.assertEqual(part.bolts.get().pk, (machine.pk, 2, 3, 1))
        self.assertEqual(part.nuts.get().pk, (1, machine.pk, 2, 3))
        self.assertSQL(Machine.objects.filter(parts__bolts__position=1), 1, 2)


class RelatedTests(ChainTestCase):
    def test_select_related(self):
        with self.assertNumQueries(1):
            parcel = Parcel.objects.select_related(
                "line__order__customer__district__warehouse"
            ).get(pk=("a", 1, 2, 1, 2, 1))
            customer = parcel.line.order.customer
            self.assertEqual(customer.pk, ("a", 1, 2))
            self.assertEqual(customer.district.warehouse.name, "wa")
        with self.assertNumQueries(1):
            booking = Booking.objects.select_related("card__account__customer").get(
                card=("a", 1, 2)
            )
            self.assertEqual(booking.card.account.customer, customer)
        with self.assertNumQueries(1):
            customer = Customer.objects.select_related("account__card").get(
                pk=("a", 1, 2)
            )
            self.assertEqual(customer.account.card, booking.card)
        with self.assertNumQueries(1):
            payments = Payment.objects.select_related("order__customer", "customer")
            self.assertEqual(
                [payment.order and payment.order.customer.pk for payment in payments],
                [p.order_pk and p.customer_pk for p in payments],
            )

    def test_prefetch_down(self):
        with self.assertNumQueries(6):
            warehouses = Warehouse.objects.prefetch_related(
                "districts__customers__orders__lines__parcels"
            )
            parcels = [
                parcel
                for warehouse in warehouses
                for district in warehouse.districts.all()
                for customer in district.customers.all()
                for order in customer.orders.all()
                for line in order.lines.all()
                for parcel in line.parcels.all()
            ]
            self.assertCountEqual(
                [parcel.pk for parcel in parcels],
                [(*line.pk, 1) for parcel in parcels for line in [parcel.line]],
            )
        self.assertEqual(len(parcels), 32)
        with self.assertNumQueries(4):
            customers = Customer.objects.prefetch_related("account__card__bookings")
            self.assertEqual(
                [len(c.account.card.bookings.all()) for c in customers], [1] * 8
            )

    def test_prefetch_up(self):
        with self.assertNumQueries(6):
            parcels = Parcel.objects.prefetch_related(
                "line__order__customer__district__warehouse"
            )
            for parcel in parcels:
                district = parcel.line.order.customer.district
                self.assertEqual(
                    (
                        district.warehouse.pk,
                        district.number,
                    ),
                    parcel.pk[:2],
                )
        with self.assertNumQueries(4):
            for booking in Booking.objects.prefetch_related("card__account__customer"):
                self.assertEqual(booking.card.account.customer.pk, booking.pk[:3])

    def test_prefetch_object(self):
        lines = Line.objects.filter(amount=2)
        with self.assertNumQueries(3):
            for customer in Customer.objects.prefetch_related(
                Prefetch("orders__lines", lines, to_attr="big_lines")
            ):
                for order in customer.orders.all():
                    self.assertEqual([line.amount for line in order.big_lines], [2])

    def test_only_and_defer(self):
        with self.assertNumQueries(1):
            line = Line.objects.only("amount").get(pk=("a", 1, 1, 1, 1))
            self.assertEqual(line.order_pk, ("a", 1, 1, 1))
        with self.assertNumQueries(1):
            self.assertEqual(line.order.note, "o1")
        with self.assertNumQueries(1):
            card = Card.objects.only("account").get(pk=("a", 1, 1))
            self.assertEqual(card.pk, ("a", 1, 1))
        with self.assertNumQueries(1):
            self.assertEqual(card.color, "c1")
        with CaptureQueriesContext(connection) as context:
            line = (
                Line.objects.select_related("order__customer")
                .only("order__customer__name")
                .get(pk=("a", 1, 1, 1, 1))
            )
            self.assertEqual(line.order.customer.name, "c1")
        self.assertEqual(len(context), 1)
        self.assertNotIn("note", context.captured_queries[0]["sql"])

    def test_managers(self):
        order = Order.objects.get(pk=("a", 1, 1, 1))
        line, created = order.lines.get_or_create(number=9, defaults={"amount": 3})
        self.assertTrue(created)
        self.assertEqual(line.pk, ("a", 1, 1, 1, 9))
        with self.assertNumQueries(1):
            _, created = order.lines.get_or_create(number=9, defaults={"amount": 4})
        self.assertFalse(created)
        line, created = order.lines.update_or_create(number=9, defaults={"amount": 5})
        self.assertFalse(created)
        self.assertEqual(Line.objects.get(pk=line.pk).amount, 5)
        line, created = Line.objects.update_or_create(
            pk=(*order.pk, 10), defaults={"amount": 5}
        )
        self.assertTrue(created)
        self.assertEqual(line.order, order)
        self.assertEqual(order.lines.count(), 4)
        slip = Slip.objects.get(line=("a", 1, 1, 2, 2))
        line.slips.add(slip)
        self.assertEqual(line.slips.get(), slip)
        line.slips.clear()
        self.assertIsNone(Slip.objects.get(pk=slip.pk).line_pk)
        card, created = Card.objects.get_or_create(
            account=Account.objects.get(pk=("a", 1, 1))
        )
        self.assertFalse(created)
