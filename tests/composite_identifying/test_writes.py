import copy
import pickle

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import (
    Account,
    Bolt,
    Booking,
    Card,
    Customer,
    District,
    Line,
    Machine,
    Order,
    Parcel,
    Part,
    Payment,
    PlainAccount,
    PlainBooking,
    PlainCard,
    PlainCustomer,
    PlainDistrict,
    PlainLine,
    PlainOrder,
    PlainParcel,
    PlainPayment,
    PlainSlip,
    PlainWarehouse,
    Road,
    Slip,
    Toll,
    Town,
    Warehouse,
)
from .testcase import ChainTestCase


class InstanceTests(ChainTestCase):
    def test_key_by_relation(self):
        order = Order.objects.get(pk=("a", 1, 1, 1))
        for line in (
            Line(order=order, number=3),
            Line(order_pk=order.pk, number=3),
            Line(pk=(*order.pk, 3)),
        ):
            self.assertEqual(line.pk, ("a", 1, 1, 1, 3))
            self.assertEqual(line.order, order)
            self.assertTrue(line._is_pk_set())
        line = Line(number=3)
        self.assertFalse(line._is_pk_set())
        line.order = order
        self.assertEqual(line.pk, (*order.pk, 3))
        line.pk = ("b", 1, 1, 1, 1)
        self.assertEqual(line.order, Order.objects.get(pk=("b", 1, 1, 1)))
        line.pk = None
        self.assertIsNone(line.order_pk)

    def test_key_that_is_a_relation(self):
        account = Account.objects.get(pk=("a", 1, 1))
        for card in (
            Card(account=account),
            Card(account_pk=account.pk),
            Card(pk=account.pk),
        ):
            self.assertEqual(card.pk, ("a", 1, 1))
            self.assertEqual(card.account, account)
            self.assertEqual(card, Card.objects.get(pk=account.pk))
            self.assertEqual(hash(card), hash(account.pk))
        card = Card()
        self.assertIsNone(card.pk)
        with self.assertRaises(TypeError):
            hash(card)
        card.pk = ("a", 1, 2)
        self.assertEqual(card.account.customer.pk, ("a", 1, 2))
        self.assertEqual(Booking(card=card, number=7).pk, ("a", 1, 2, 7))
        msg = "'Card.account_pk' must have 3 elements"
        with self.assertRaisesMessage(ValueError, msg):
            card.pk = ("a", 1)

    def test_contradiction(self):
        customer = Customer.objects.get(pk=("a", 1, 1))
        order = Order.objects.get(pk=("a", 1, 2, 1))
        msg = (
            '"Payment.order" shares "customer_number" with "Payment.customer", by '
            "which it is 1 already, not 2."
        )
        with self.assertRaisesMessage(ValueError, msg):
            Payment(customer=customer, order=order)
        payment = Payment.objects.get(customer=customer, number=2)
        with self.assertRaisesMessage(ValueError, msg):
            payment.order = order
        self.assertEqual(payment.customer_pk, customer.pk)
        msg = "Line() got 1 for 'order_number' by 'order' and 2 by 'order_number'."
        with self.assertRaisesMessage(ValueError, msg):
            Line(order=Order(pk=("a", 1, 1, 1)), order_number=2)

    def test_assigned_before_saved(self):
        """The key is taken over from what was unsaved when it was assigned."""
        machine = Machine()
        part = Part(machine=machine, number=1, parent_number=1)
        bolt = Bolt(part=part, position=1)
        self.assertFalse(bolt._is_pk_set())
        msg = "save() prohibited to prevent data loss due to unsaved related object"
        with self.assertRaisesMessage(ValueError, msg):
            bolt.save()
        machine.save()
        part.save()
        bolt.save()
        self.assertEqual(part.pk, (machine.pk, 1, 1))
        self.assertEqual(bolt.pk, (machine.pk, 1, 1, 1))
        self.assertEqual(Bolt.objects.get(part__machine=machine), bolt)

    def test_bulk_create_assigned_before_saved(self):
        machine = Machine()
        part = Part(machine=machine, number=1, parent_number=1)
        bolts = [Bolt(part=part, position=position) for position in (1, 2)]
        machine.save()
        Part.objects.bulk_create([part])
        Bolt.objects.bulk_create(bolts)
        self.assertEqual(
            [bolt.pk for bolt in bolts], [(machine.pk, 1, 1, 1), (machine.pk, 1, 1, 2)]
        )
        self.assertEqual(Bolt.objects.filter(part=part).count(), 2)

    def test_number_of_queries(self):
        order = Order.objects.get(pk=("a", 1, 1, 1))
        with self.assertNumQueries(2):
            line = Line(order=order, number=5)
            line.save()
        with self.assertNumQueries(1):
            line.save()
        with self.assertNumQueries(1):
            Line.objects.create(order=order, number=6)
        with self.assertNumQueries(1):
            line.refresh_from_db()
        with self.assertNumQueries(0):
            self.assertEqual(line.pk, (*order.pk, 5))

    def test_refresh(self):
        card = Card.objects.select_related("account").get(pk=("a", 1, 1))
        Card.objects.filter(pk=card.pk).update(color="new")
        card.refresh_from_db()
        self.assertEqual(card.color, "new")
        with self.assertNumQueries(1):
            self.assertEqual(card.account.balance, 1)

    def test_copies(self):
        line = Line.objects.select_related("order__customer").get(pk=("a", 1, 1, 1, 1))
        card = Card.objects.get(pk=("a", 1, 1))
        for obj in (line, card):
            for other in (pickle.loads(pickle.dumps(obj)), copy.deepcopy(obj)):
                self.assertEqual(other, obj)
                self.assertEqual(other.pk, obj.pk)
        with self.assertNumQueries(0):
            other = pickle.loads(pickle.dumps(line))
            self.assertEqual(other.order.customer.name, "c1")

    def test_validation(self):
        Line(order_pk=("a", 1, 1, 1), number=3).full_clean()
        with self.assertRaises(ValidationError) as cm:
            Line(order_pk=("a", 1, 1, 1), number=1).full_clean()
        self.assertEqual(
            cm.exception.message_dict,
            {"__all__": ["Line with this Order and Number already exists."]},
        )
        with self.assertRaises(ValidationError) as cm:
            Card(account_pk=("a", 1, 1), color="x").full_clean()
        self.assertEqual(
            cm.exception.message_dict,
            {"account": ["Card with this Account already exists."]},
        )
        with self.assertRaises(ValidationError) as cm:
            Line(order_pk=("x", 1, 1, 1), number=1).full_clean()
        self.assertIn("order", cm.exception.message_dict)
        Line.objects.get(pk=("a", 1, 1, 1, 1)).full_clean()
        Card.objects.get(pk=("a", 1, 1)).full_clean()

    def test_duplicates(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Line.objects.create(order_pk=("a", 1, 1, 1), number=1)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Card.objects.create(account_pk=("a", 1, 1))


class BulkTests(ChainTestCase):
    def get_updates(self, objs, model, name):
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(model.objects.bulk_update(objs, [name]), len(objs))
        return [q["sql"] for q in context if "UPDATE" in q["sql"]]

    def test_bulk_update(self):
        lines = list(Line.objects.all())
        for line in lines:
            line.amount += 10
        (line_sql,) = self.get_updates(lines, Line, "amount")
        self.assertEqual(Line.objects.filter(amount__gt=10).count(), 32)
        cards = list(Card.objects.all())
        for card in cards:
            card.color = f"new {card.pk[0]}"
        (card_sql,) = self.get_updates(cards, Card, "color")
        # A key that is a relation is no different from one made of relations.
        self.assertIs("CASE" in card_sql, "CASE" in line_sql)
        self.assertEqual(Card.objects.filter(color="new a").count(), 4)

    @skipUnlessDBFeature("supports_update_conflicts")
    def test_upsert(self):
        supports_target = connection.features.supports_update_conflicts_with_target
        for model, key, name, value in (
            (Line, ("a", 1, 1, 1, 1), "amount", 99),
            (Card, ("a", 1, 1), "color", "z"),
        ):
            unique_fields = ["pk"] if supports_target else None
            model.objects.bulk_create(
                [model(pk=key, **{name: value})],
                update_conflicts=True,
                update_fields=[name],
                unique_fields=unique_fields,
            )
            self.assertEqual(getattr(model.objects.get(pk=key), name), value)
        self.assertEqual((Line.objects.count(), Card.objects.count()), (32, 8))

    @skipUnlessDBFeature("supports_update_conflicts_with_target")
    def test_upsert_by_relation(self):
        Line.objects.bulk_create(
            [Line(order_pk=("a", 1, 1, 1), number=1, amount=98)],
            update_conflicts=True,
            update_fields=["amount"],
            unique_fields=["order", "number"],
        )
        Card.objects.bulk_create(
            [Card(account_pk=("a", 1, 1), color="y")],
            update_conflicts=True,
            update_fields=["color"],
            unique_fields=["account"],
        )
        self.assertEqual(Line.objects.get(amount=98).pk, ("a", 1, 1, 1, 1))
        self.assertEqual(Card.objects.get(color="y").pk, ("a", 1, 1))

    @skipUnlessDBFeature("supports_ignore_conflicts")
    def test_ignore_conflicts(self):
        Line.objects.bulk_create(
            [Line(pk=("a", 1, 1, 1, 1), amount=77), Line(pk=("a", 1, 1, 1, 7))],
            ignore_conflicts=True,
        )
        self.assertEqual(Line.objects.count(), 33)
        self.assertFalse(Line.objects.filter(amount=77))

    def test_update(self):
        self.assertEqual(
            Line.objects.filter(order__customer__name="c1").update(
                amount=F("amount") + 10
            ),
            16,
        )
        self.assertEqual(Line.objects.filter(amount__gt=10).count(), 16)
        self.assertEqual(
            Card.objects.filter(account__customer__district__name="d1").update(
                color="x"
            ),
            4,
        )
        self.assertEqual(
            Slip.objects.filter(line__order__customer=("a", 1, 1)).update(
                line=("b", 1, 1, 1, 1)
            ),
            1,
        )
        self.assertEqual(Slip.objects.get(line=("b", 1, 1, 1, 1)).line.amount, 11)


class DeletionTests(ChainTestCase):
    def test_cascade(self):
        _, deleted = Warehouse.objects.get(code="a").delete()
        self.assertEqual(
            {label.partition(".")[2]: count for label, count in deleted.items()},
            {
                "Warehouse": 1,
                "District": 2,
                "Customer": 4,
                "Order": 8,
                "Line": 16,
                "Parcel": 16,
                "Payment": 8,
                "Account": 4,
                "Card": 4,
                "Booking": 4,
            },
        )
        for model in (District, Customer, Order, Line, Parcel, Payment, Card, Booking):
            self.assertTrue(model.objects.exists())
        self.assertFalse(Line.objects.filter(order__customer__district__warehouse="a"))
        self.assertEqual(Slip.objects.filter(line=None).count(), 4)
        connection.check_constraints()

    def test_order_of_a_payment(self):
        Order.objects.filter(customer=("a", 1, 1)).delete()
        self.assertEqual(Payment.objects.filter(customer=("a", 1, 1)).count(), 2)
        self.assertEqual(
            Payment.objects.filter(customer=("a", 1, 1), order=None).count(), 2
        )

    def test_key_is_unset(self):
        line = Line.objects.get(pk=("a", 1, 1, 1, 1))
        line.delete()
        self.assertFalse(line._is_pk_set())
        card = Card.objects.get(pk=("a", 1, 1))
        card.delete()
        self.assertIsNone(card.pk)

    def test_fast_deletion(self):
        with self.assertNumQueries(1):
            Parcel.objects.filter(line__order__customer=("a", 1, 1)).delete()
        with self.assertNumQueries(1):
            Booking.objects.filter(card__account__customer__number=1).delete()
        with self.assertNumQueries(1):
            (
                Payment.objects.get(pk=("a", 1, 1, 1)).delete()
                if False
                else (Payment.objects.filter(pk=("a", 1, 1, 1)).delete())
            )


class SharedColumnTests(TestCase):
    """The members of a key are relations that share a column."""

    @classmethod
    def setUpTestData(cls):
        cls.bern, cls.thun, cls.bonn = Town.objects.bulk_create(
            Town(country=country, code=code)
            for country, code in (("CH", 1), ("CH", 2), ("DE", 1))
        )
        cls.road = Road.objects.create(start=cls.bern, end=cls.thun)
        Toll.objects.create(road=cls.road, number=1)

    def test_columns(self):
        names = ["country", "start_code", "end_code"]
        self.assertEqual([field.name for field in Road._meta.pk_fields], names)
        self.assertEqual(
            [field.name for field in Toll._meta.pk_fields],
            [*(f"road_{name}" for name in names), "number"],
        )
        with connection.cursor() as cursor:
            self.assertEqual(
                connection.introspection.get_primary_key_columns(
                    cursor, Road._meta.db_table
                ),
                names,
            )

    def test_key(self):
        self.assertEqual(self.road.pk, ("CH", 1, 2))
        self.assertEqual(str(self.road.pk), '["CH", "1", "2"]')
        road = Road(pk=("CH", 2, 1))
        self.assertEqual((road.start_pk, road.end_pk), (("CH", 2), ("CH", 1)))
        with self.assertRaisesMessage(ValueError, "'pk' must have 3 elements."):
            road.pk = ("CH", 2, "CH", 1)
        with self.assertRaisesMessage(ValueError, '"Road.end" shares "country"'):
            Road(start=self.bern, end=self.bonn)

    def test_queries(self):
        for lookup in (
            {"pk": ("CH", 1, 2)},
            {"pk__in": [("CH", 1, 2), ("CH", 2, 1)]},
            {"start": self.bern, "end": self.thun},
            {"tolls__pk": ("CH", 1, 2, 1)},
            {"pk__start": ("CH", 1)},
        ):
            with self.subTest(lookup=lookup):
                self.assertEqual(Road.objects.get(**lookup), self.road)
        self.assertEqual(
            Road.objects.values_list("pk", "start", "end").get(),
            (("CH", 1, 2), ("CH", 1), ("CH", 2)),
        )
        with self.assertNumQueries(1):
            toll = Toll.objects.select_related("road__start", "road__end").get()
            self.assertEqual((toll.road.start, toll.road.end), (self.bern, self.thun))
        self.assertSequenceEqual(Toll.objects.filter(road__end=self.thun), [toll])

    def test_writes(self):
        Road.objects.bulk_create(
            [self.road, Road(start=self.thun, end=self.bern)], ignore_conflicts=True
        )
        self.assertEqual(Road.objects.count(), 2)
        road, created = Road.objects.get_or_create(start=self.bern, end=self.thun)
        self.assertEqual((road, created), (self.road, False))
        with self.assertRaises(ValidationError):
            Road(start=self.bern, end=self.thun).validate_unique()
        self.thun.delete()
        self.assertIs(Road.objects.exists(), False)

    def test_many_to_many(self):
        self.assertSequenceEqual(self.bern.neighbors.all(), [self.thun])
        self.bern.neighbors.add(self.thun, self.bern)
        self.bern.neighbors.remove(("CH", 1))
        self.thun.neighbors.set([self.bern])
        self.assertSequenceEqual(self.thun.neighbor_of.all(), [self.bern])
        self.assertEqual(Road.objects.count(), 2)
        with (
            self.assertRaisesMessage(ValueError, '"Road.end" shares "country"'),
            transaction.atomic(),
        ):
            self.bern.neighbors.add(self.bonn)
        self.bern.neighbors.clear()
        self.assertEqual(Road.objects.get().pk, ("CH", 2, 1))

    def test_fixtures(self):
        for format_ in ("json", "xml", "python"):
            with self.subTest(format=format_):
                text = serializers.serialize(format_, [self.road, Toll.objects.get()])
                objs = [d.object for d in serializers.deserialize(format_, text)]
                self.assertEqual([obj.pk for obj in objs][0], ("CH", 1, 2))
                self.assertEqual(serializers.serialize(format_, objs), text)


class TwinDeletionTests(TestCase):
    """As many queries are needed as with surrogate keys."""

    @classmethod
    def setUpTestData(cls):
        ChainTestCase.create_customer(
            District.objects.create(
                warehouse=Warehouse.objects.create(code="a"), number=1
            ),
            1,
        )
        warehouse = PlainWarehouse.objects.create()
        district = PlainDistrict.objects.create(warehouse=warehouse)
        customer = PlainCustomer.objects.create(district=district)
        for _ in range(2):
            order = PlainOrder.objects.create(customer=customer)
            for _ in range(2):
                line = PlainLine.objects.create(order=order)
                PlainParcel.objects.create(line=line)
        PlainSlip.objects.create(line=line)
        PlainPayment.objects.create(customer=customer, order=order)
        PlainPayment.objects.create(customer=customer)
        account = PlainAccount.objects.create(customer=customer)
        PlainBooking.objects.create(card=PlainCard.objects.create(account=account))

    def count_queries(self, obj):
        with CaptureQueriesContext(connection) as context, transaction.atomic():
            obj.delete()
            transaction.set_rollback(True)
        return [
            query["sql"].split()[0]
            for query in context
            if "SAVEPOINT" not in query["sql"]
        ]

    def test_number_of_queries(self):
        for model, plain in (
            (Warehouse, PlainWarehouse),
            (District, PlainDistrict),
            (Customer, PlainCustomer),
            (Order, PlainOrder),
            (Line, PlainLine),
            (Parcel, PlainParcel),
            (Account, PlainAccount),
            (Card, PlainCard),
        ):
            with self.subTest(model=model.__name__):
                self.assertEqual(
                    self.count_queries(model.objects.order_by("pk").last()),
                    self.count_queries(plain.objects.order_by("pk").last()),
                )
                self.assertEqual(
                    self.count_queries(model.objects.all()),
                    self.count_queries(plain.objects.all()),
                )
