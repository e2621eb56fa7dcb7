import copy
import pickle
from unittest import mock

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.db.models.signals import (
    post_delete,
    post_init,
    post_save,
    pre_delete,
    pre_init,
    pre_save,
)
from django.forms.models import model_to_dict
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import isolate_apps

from .models import (
    Card,
    Customer,
    Greeting,
    Invoice,
    Line,
    Member,
    Order,
    Plan,
    Step,
)
from .testcase import OrdersMixin, day, noon


class SignalTests(OrdersMixin, TestCase):
    def receive(self, *signals):
        """Return a list of what the signals will say."""
        received = []

        def receiver(signal, sender, instance=None, args=(), kwargs=(), **named):
            received.append(
                (
                    names[signal],
                    sender,
                    dict(kwargs) if instance is None else tuple(instance.pk),
                    named.get("created"),
                    named.get("update_fields"),
                )
            )

        names = {
            pre_init: "pre_init",
            post_init: "post_init",
            pre_save: "pre_save",
            post_save: "post_save",
            pre_delete: "pre_delete",
            post_delete: "post_delete",
        }
        for signal in signals:
            for sender in (Order, Line, Card):
                signal.connect(receiver, sender=sender)
                self.addCleanup(signal.disconnect, receiver, sender=sender)
        return received

    def test_init(self):
        received = self.receive(pre_init, post_init)
        Line(order=self.first, position=7)
        self.assertEqual(
            received,
            [
                ("pre_init", Line, {"order": self.first, "position": 7}, None, None),
                ("post_init", Line, (*self.first.pk, 7), None, None),
            ],
        )

    def test_save(self):
        received = self.receive(pre_save, post_save)
        line = Line.objects.create(order=self.first, position=7)
        self.assertEqual(
            received,
            [
                ("pre_save", Line, line.pk, None, None),
                ("post_save", Line, line.pk, True, None),
            ],
        )
        received.clear()
        Order.objects.get(pk=self.first.pk).save(update_fields=["note"])
        fields = frozenset(["note"])
        self.assertEqual(
            received,
            [
                ("pre_save", Order, self.first.pk, None, fields),
                ("post_save", Order, self.first.pk, False, fields),
            ],
        )

    def test_delete(self):
        """The keys of what was deleted are known to the last signal."""
        received = self.receive(pre_delete, post_delete)
        keys = [tuple(line.pk) for line in self.lines[:2]]
        order_pk = tuple(self.first.pk)
        Order.objects.get(pk=self.first.pk).delete()
        self.assertCountEqual(
            [event[:3] for event in received],
            [
                (name, sender, pk)
                for name in ("pre_delete", "post_delete")
                for sender, pk in [
                    (Order, order_pk),
                    *((Line, key) for key in keys),
                ]
            ],
        )
        self.assertEqual(received[-1][:3], ("post_delete", Order, order_pk))

    def test_key_after_delete(self):
        line = self.lines[0]
        line.delete()
        self.assertEqual(line.pk, (None,) * 4)
        self.assertIs(line._is_pk_set(), False)


class ModelToDictTests(OrdersMixin, TestCase):
    def test_relations(self):
        self.assertEqual(
            model_to_dict(self.invoice),
            {
                "id": self.invoice.pk,
                "order": self.first.pk,
                "payer": self.bob.pk,
                "number": 3,
                "date": day(5),
            },
        )
        self.assertIsNone(model_to_dict(self.unpaid)["payer"])
        self.assertIsNone(model_to_dict(Invoice())["order"])
        # Not what a form doesn't have: the key itself, the columns.
        self.assertEqual(
            model_to_dict(self.lines[0]),
            {"order": self.first.pk, "position": 1, "amount": 5},
        )
        self.assertEqual(
            model_to_dict(self.card), {"customer": self.ann.pk, "color": "red"}
        )

    def test_text_form(self):
        """A widget that writes a value writes the text form."""
        value = model_to_dict(self.invoice, fields=["order"])["order"]
        self.assertEqual(str(value), str(self.first.pk))
        value = model_to_dict(Greeting(customer=self.ann))["customer"]
        self.assertEqual(value, (self.shop.pk, "ann"))
        self.assertEqual(str(value), f'["{self.shop.pk}", "ann"]')

    def test_fields_and_exclude(self):
        self.assertEqual(
            model_to_dict(self.invoice, fields=["order", "date"], exclude=["date"]),
            {"order": self.first.pk},
        )
        self.assertNotIn("order", model_to_dict(self.invoice, exclude=["order"]))

    def test_queries(self):
        invoice = Invoice.objects.get(pk=self.invoice.pk)
        with self.assertNumQueries(0):
            model_to_dict(invoice)


class CopyTests(OrdersMixin, TestCase):
    copies = [
        ("copy", copy.copy),
        ("deepcopy", copy.deepcopy),
        ("pickle", lambda value: pickle.loads(pickle.dumps(value))),
    ]

    def assertCopies(self, obj, *names):
        for name, make_copy in self.copies:
            with self.subTest(obj=obj, copy=name), self.assertNumQueries(0):
                copied = make_copy(obj)
                self.assertIs(type(copied), type(obj))
                self.assertEqual(
                    copied.get_deferred_fields(), obj.get_deferred_fields()
                )
                for attname in names:
                    value = getattr(obj, attname)
                    found = getattr(copied, attname)
                    self.assertEqual(found, value)
                    self.assertEqual(str(found), str(value))

    def test_instances(self):
        self.assertCopies(self.first, "pk", "customer_pk", "number")
        self.assertCopies(self.lines[0], "pk", "order_pk")
        self.assertCopies(self.invoice, "pk", "order_pk", "payer_pk")
        self.assertCopies(self.unpaid, "payer_pk", "payer")
        self.assertCopies(self.card, "pk", "customer_pk")
        self.assertCopies(Line(), "pk", "order_pk")

    def test_related_objects(self):
        invoice = Invoice.objects.select_related("order__customer").get(
            pk=self.invoice.pk
        )
        self.assertCopies(invoice, "order_pk", "order")
        order = Order.objects.prefetch_related("lines").get(pk=self.first.pk)
        for make_copy in (copy.copy, lambda value: pickle.loads(pickle.dumps(value))):
            with self.assertNumQueries(0):
                self.assertEqual(len(make_copy(order).lines.all()), 2)

    def test_deferred_relation(self):
        invoice = Invoice.objects.defer("order").get(pk=self.invoice.pk)
        self.assertCopies(invoice, "payer_pk")
        for name, make_copy in self.copies:
            with self.subTest(copy=name):
                copied = make_copy(invoice)
                with self.assertNumQueries(1):
                    self.assertEqual(copied.order_pk, self.first.pk)

    def test_changes_of_copy(self):
        copied = copy.copy(self.invoice)
        copied.order = self.second
        self.assertEqual(self.invoice.order_pk, self.first.pk)
        self.assertEqual(self.invoice.order, self.first)

    def test_keys(self):
        greeting = Greeting(customer=self.ann)
        for key in (
            self.first.pk,
            self.lines[0].order_pk,
            self.card.pk,
            greeting.customer_pk,
        ):
            for name, make_copy in self.copies:
                with self.subTest(key=key, copy=name):
                    copied = make_copy(key)
                    self.assertEqual(copied, key)
                    self.assertEqual(str(copied), str(key))

    def test_querysets(self):
        invoices = Invoice.objects.order_by("pk")
        orders = Order.objects.filter(customer=self.ann)
        for queryset in [
            invoices.filter(order=self.first),
            invoices.filter(order_pk=self.first.pk),
            invoices.filter(order__in=[self.first, self.third]),
            invoices.filter(order__in=orders),
            invoices.exclude(payer=self.bob),
            invoices.filter(models.Exists(orders.filter(pk=models.OuterRef("order")))),
            invoices.select_related("order__customer", "payer"),
            invoices.prefetch_related("order"),
            invoices.only("order"),
            invoices.annotate(buyer=models.F("order__customer")),
            invoices.annotate(n=models.Count("order__lines")),
            invoices.values("order", "payer_pk"),
            invoices.values_list("order__customer", flat=True),
            Order.objects.filter(pk__in=[self.first.pk]).order_by("pk"),
            Order.objects.filter(pk__gt=self.first.pk).order_by("-customer"),
        ]:
            for name, make_copy in self.copies:
                with self.subTest(sql=str(queryset.query), copy=name):
                    self.assertEqual(list(make_copy(queryset)), list(queryset))
                    query = make_copy(queryset.query)
                    self.assertEqual(str(query), str(queryset.query))
                    restored = queryset.model.objects.all()
                    restored.query = query
                    self.assertEqual(len(restored), len(queryset))

    def test_historical_models(self):
        state = ProjectState.from_apps(apps)
        HistoricalInvoice = state.apps.get_model("composite_api", "Invoice")
        invoice = HistoricalInvoice.objects.get(pk=self.invoice.pk)
        for key in (invoice.order_pk, invoice.order.pk):
            for name, make_copy in self.copies:
                with self.subTest(copy=name):
                    copied = make_copy(key)
                    self.assertEqual(copied, self.first.pk)
                    self.assertEqual(str(copied), str(self.first.pk))

    @isolate_apps("composite_api")
    def test_isolated_models(self):
        class Point(models.Model):
            pk = models.CompositePrimaryKey("x", "y")
            x = models.IntegerField()
            y = models.IntegerField()

        key = Point(x=1, y=2).pk
        self.assertEqual(str(copy.copy(key)), '["1", "2"]')
        self.assertEqual(str(copy.deepcopy([key])[0]), '["1", "2"]')
        # The model can't be found by its name.
        self.assertEqual(pickle.loads(pickle.dumps(key)), (1, 2))


class TestDataTests(OrdersMixin, TestCase):
    """Objects of setUpTestData() are copied for each test."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.by_key = {cls.first.pk: cls.first, cls.invoice.order_pk: cls.first}

    def check(self):
        self.assertEqual(self.invoice.order_pk, self.by_key[self.first.pk].pk)
        self.assertEqual(str(self.first.pk), str(next(iter(self.by_key))))
        self.assertIs(self.by_key[self.first.pk], self.first)
        self.assertQuerySetEqual(
            Line.objects.order_by("pk"),
            [line.pk for line in self.lines],
            transform=lambda line: line.pk,
        )
        self.assertQuerySetEqual(Order.objects.all(), self.by_order, ordered=False)
        self.invoice.order = self.second
        self.first.number = 77

    @property
    def by_order(self):
        return [self.third, self.second, Order(customer=self.ann, number=1)]

    def test_once(self):
        self.check()

    def test_again(self):
        self.check()


class InstanceTests(OrdersMixin, TestCase):
    def test_equality_and_hash(self):
        same = Order(customer=self.ann, number=1)
        self.assertEqual(same, self.first)
        self.assertEqual(hash(same), hash(self.first))
        self.assertNotEqual(Order(customer=self.bob, number=1), self.first)
        member = Member.objects.create(shop=self.shop, number=5, name="m")
        self.assertNotEqual(Customer.objects.get(pk=member.pk), member)
        msg = "Model instances without primary key value are unhashable"
        with self.assertRaisesMessage(TypeError, msg):
            hash(Order(customer=self.ann))

    def test_from_db(self):
        names = [field.attname for field in Invoice._meta.concrete_fields]
        invoice = Invoice.from_db(
            "default", names, [1, *self.first.pk, None, None, 5, day(1)]
        )
        self.assertEqual(invoice.order_pk, self.first.pk)
        self.assertIsNone(invoice.payer_pk)
        self.assertEqual(invoice._state.db, "default")
        invoice = Invoice.from_db("default", ["id", "order_number"], [1, 1])
        self.assertIn("order_customer_number", invoice.get_deferred_fields())

    def test_serializable_value(self):
        for name in ("order", "order_pk"):
            self.assertEqual(self.invoice.serializable_value(name), self.first.pk)
            self.assertEqual(self.lines[0].serializable_value(name), self.first.pk)
        self.assertIsNone(self.unpaid.serializable_value("payer"))
        self.assertEqual(self.first.serializable_value("pk"), self.first.pk)
        self.assertEqual(self.invoice.serializable_value("order_number"), 1)

    def test_validate_unique(self):
        for obj, message in [
            (
                Order(customer=self.ann, number=1, placed=noon(1)),
                "Order with this Customer and Number already exists.",
            ),
            (
                Line(order=self.first, position=2),
                "Line with this Order and Position already exists.",
            ),
            (
                Invoice(order=self.first, number=3, date=day(1)),
                "Invoice with this Order and Number already exists.",
            ),
        ]:
            with self.subTest(obj=obj):
                with self.assertRaises(ValidationError) as cm:
                    obj.full_clean()
                self.assertEqual(cm.exception.message_dict, {"__all__": [message]})
        Order(customer=self.bob, number=2, placed=noon(1)).full_clean()

    def test_unique_error_message(self):
        error = self.invoice.unique_error_message(Invoice, ("order", "number"))
        self.assertEqual(
            error.messages, ["Invoice with this Order and Number already exists."]
        )
        error = self.card.unique_error_message(Card, ("customer",))
        self.assertEqual(error.messages, ["Card with this Customer already exists."])

    def test_next_and_previous(self):
        """Objects of the same date are ordered by their keys."""
        twin = Order.objects.create(customer=self.bob, number=2, placed=noon(1))
        orders = [self.first, twin, self.second, self.third]
        for order, following in zip(orders, orders[1:]):
            with self.subTest(order=order):
                self.assertEqual(order.get_next_by_placed(), following)
                self.assertEqual(following.get_previous_by_placed(), order)
        self.assertEqual(self.first.get_next_by_placed(customer=self.ann), self.second)
        with self.assertRaises(Order.DoesNotExist):
            self.third.get_next_by_placed()
        self.assertEqual(self.invoice.get_next_by_date(), self.unpaid)
        msg = "get_next/get_previous cannot be used on unsaved objects."
        with self.assertRaisesMessage(ValueError, msg):
            Order(placed=noon(1)).get_next_by_placed()


class OrderWithRespectToTests(OrdersMixin, TestCase):
    def test_order(self):
        a, b, c = [Step.objects.create(order=self.first, name=n) for n in "abc"]
        other = Step.objects.create(order=self.second, name="z")
        self.assertEqual([step._order for step in (a, b, c, other)], [0, 1, 2, 0])
        self.assertSequenceEqual(self.first.get_step_order(), [a.pk, b.pk, c.pk])
        with self.assertNumQueries(1):
            self.first.set_step_order([c.pk, a.pk, b.pk])
        self.assertSequenceEqual(self.first.steps.all(), [c, a, b])
        self.assertSequenceEqual(self.second.get_step_order(), [other.pk])
        a = Step.objects.get(pk=a.pk)
        self.assertEqual(a.get_next_in_order(), b)
        self.assertEqual(a.get_previous_in_order(), c)
        with self.assertRaises(Step.DoesNotExist):
            Step.objects.get(pk=b.pk).get_next_in_order()
        with self.assertRaises(Step.DoesNotExist):
            other.get_next_in_order()


class ManagerTests(OrdersMixin, TestCase):
    def test_use_in_migrations(self):
        state = ProjectState.from_apps(apps)
        HistoricalOrder = state.apps.get_model("composite_api", "Order")
        orders = HistoricalOrder.objects.with_note()
        self.assertEqual({order.pk for order in orders}, {self.first.pk, self.third.pk})
        line = state.apps.get_model("composite_api", "Line").objects.create(
            order=orders.get(pk=self.first.pk), position=9
        )
        self.assertEqual(Line.objects.get(position=9).pk, line.pk)


class SwappableTests(SimpleTestCase):
    def test_swapped(self):
        self.assertIsNone(Plan._meta.swapped)
        with override_settings(COMPOSITE_API_PLAN_MODEL="composite_api.Order"):
            self.assertEqual(Plan._meta.swapped, "composite_api.Order")

    @isolate_apps("composite_api")
    def test_relation_to_swappable(self):
        with override_settings(COMPOSITE_API_PLAN_MODEL="composite_api.Custom"):

            class Custom(models.Model):
                pk = models.CompositePrimaryKey("x", "y")
                x = models.IntegerField()
                y = models.IntegerField()

            class Use(models.Model):
                plan = models.ForeignKey("composite_api.Custom", models.CASCADE)

            field = Use._meta.get_field("plan")
            self.assertEqual(field.swappable_setting, "COMPOSITE_API_PLAN_MODEL")
            kwargs = field.deconstruct()[3]
            self.assertEqual(kwargs["to"].setting_name, "COMPOSITE_API_PLAN_MODEL")
            self.assertEqual(Use(plan=Custom(x=1, y=2)).plan_pk, (1, 2))


class LimitChoicesTests(OrdersMixin, TestCase):
    def test_limit_choices_to(self):
        field = Invoice._meta.get_field("payer")
        for limit in (
            {"since__lt": day(2)},
            models.Q(pk=self.ann.pk),
            models.Q(pk__in=[self.ann.pk]),
            models.Q(shop=self.shop),
            lambda: {"orders__note": "a"},
        ):
            with (
                self.subTest(limit=limit),
                mock.patch.object(field.remote_field, "limit_choices_to", limit),
            ):
                self.assertEqual(
                    field.get_choices(include_blank=False),
                    [(self.ann.pk, str(self.ann))],
                )
                field.clean(self.ann.pk, None)
                msg = (
                    f"customer instance with pk {tuple(self.bob.pk)!r} is not a valid "
                    "choice."
                )
                with self.assertRaisesMessage(ValidationError, msg):
                    field.clean(self.bob.pk, None)


class DeferredFieldTests(OrdersMixin, TestCase):
    def test_connection_is_kept(self):
        """A deferred relation is loaded from where the object is from."""
        invoice = Invoice.objects.using(connection.alias).defer("order").first()
        self.assertEqual(invoice.order._state.db, connection.alias)
