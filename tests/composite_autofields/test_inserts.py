from unittest import mock

from django.db import IntegrityError, connection, transaction
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import (
    Comment,
    Invoice,
    Label,
    Leading,
    Receipt,
    Tenant,
    Ticket,
    Urgent,
)


class NumbersTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.a, cls.b = (Tenant.objects.create(name=name) for name in "ab")

    def assertStored(self, *objs):
        """The objects' keys are those of the rows, told apart by their titles."""
        rows = Ticket.objects.filter(title__in=[obj.title for obj in objs])
        self.assertCountEqual(
            rows.values_list("tenant_id", "id", "title"),
            [(obj.tenant_id, obj.id, obj.title) for obj in objs],
        )


class SaveTests(NumbersTestCase):
    def test_save(self):
        ticket = Ticket(tenant=self.a, title="one")
        self.assertIs(ticket._is_pk_set(), False)
        self.assertIsNone(ticket.id)
        with self.assertNumQueries(1):
            ticket.save()
        self.assertIs(ticket._is_pk_set(), True)
        self.assertIs(ticket._state.adding, False)
        self.assertEqual(ticket.pk, (self.a.pk, ticket.id))
        self.assertIsInstance(ticket.id, int)
        self.assertStored(ticket)

    def test_save_again(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        number = ticket.id
        ticket.title = "two"
        with self.assertNumQueries(1), CaptureQueriesContext(connection) as context:
            ticket.save()
        self.assertTrue(context[0]["sql"].startswith("UPDATE"))
        self.assertEqual(ticket.id, number)
        self.assertStored(ticket)
        self.assertEqual(Ticket.objects.count(), 1)

    def test_numbers_are_the_tables(self):
        tickets = [
            Ticket.objects.create(tenant=tenant, title=str(index))
            for index, tenant in enumerate([self.a, self.b, self.a, self.b])
        ]
        numbers = [ticket.id for ticket in tickets]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 4)))
        self.assertStored(*tickets)

    def test_given(self):
        number = Ticket.objects.create(tenant=self.a, title="one").id + 100
        given = Ticket.objects.create(tenant=self.a, id=number, title="given")
        self.assertEqual(given.id, number)
        saved = Ticket(tenant=self.b, id=number, title="saved")
        with self.assertNumQueries(2):
            # Is there one to be updated?
            saved.save()
        saved = Ticket(pk=(self.b.pk, number + 1), title="forced")
        with self.assertNumQueries(1):
            saved.save(force_insert=True)
        self.assertEqual(saved.pk, (self.b.pk, number + 1))
        self.assertEqual(Ticket.objects.count(), 4)

    def test_given_again(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Ticket.objects.create(pk=ticket.pk, title="two")

    def test_force_update(self):
        msg = "Cannot force an update in save() with no primary key."
        with self.assertRaisesMessage(ValueError, msg):
            Ticket(tenant=self.a, title="one").save(force_update=True)
        with self.assertRaisesMessage(ValueError, msg):
            Ticket(tenant=self.a, title="one").save(update_fields=["title"])

    def test_no_tenant(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Ticket.objects.create(title="one")

    def test_copy(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        ticket.id = None
        ticket._state.adding = True
        with self.assertNumQueries(1):
            ticket.save()
        self.assertEqual(Ticket.objects.count(), 2)

    def test_proxy(self):
        urgent = Urgent.objects.create(tenant=self.a, title="one")
        self.assertStored(urgent)
        urgents = Urgent.objects.bulk_create(
            [Urgent(tenant=self.b, title=str(index)) for index in range(3)]
        )
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertStored(*urgents)
        self.assertEqual(Urgent.objects.count(), 4)

    def test_get_or_create(self):
        ticket, created = Ticket.objects.get_or_create(tenant=self.a, title="one")
        self.assertIs(created, True)
        self.assertStored(ticket)
        again, created = Ticket.objects.get_or_create(tenant=self.a, title="one")
        self.assertIs(created, False)
        self.assertEqual(again, ticket)
        again, created = Ticket.objects.update_or_create(
            tenant=self.a, title="one", defaults={"code": "x"}
        )
        self.assertIs(created, False)
        self.assertEqual((again, again.code), (ticket, "x"))
        other, created = Ticket.objects.update_or_create(tenant=self.b, title="one")
        self.assertIs(created, True)
        self.assertNotEqual(other.id, ticket.id)

    @skipUnlessDBFeature("has_select_for_update")
    def test_select_for_update(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        with transaction.atomic():
            self.assertEqual(
                Ticket.objects.select_for_update().get(pk=ticket.pk), ticket
            )

    async def test_async(self):
        ticket = await Ticket.objects.acreate(tenant=self.a, title="one")
        self.assertEqual(await Ticket.objects.aget(pk=ticket.pk), ticket)

    def test_percent(self):
        ticket = Ticket.objects.create(tenant=self.a, title="100 %s %% '")
        ticket.refresh_from_db()
        self.assertEqual(ticket.title, "100 %s %% '")

    def test_returning_columns_unsupported(self):
        if connection.vendor in ("oracle", "postgresql"):
            self.skipTest("Columns are always returned.")
        features = type(connection.features)
        # Which fields are returned is cached by the models.
        self.forget_returned_fields()
        self.addCleanup(self.forget_returned_fields)
        with mock.patch.object(features, "can_return_columns_from_insert", False):
            # What is cached on the instance goes before the class.
            connection.features.__dict__.pop("can_return_columns_from_insert", None)
            self.check_last_insert_id()

    def forget_returned_fields(self):
        for model in (Invoice, Leading, Ticket):
            model._meta.__dict__.pop("db_returning_fields", None)

    def check_last_insert_id(self):
        Ticket.objects.create(tenant=self.a, id=1000, title="first")
        ticket = Ticket.objects.create(tenant=self.b, title="one")
        self.assertGreater(ticket.id, 1000)
        self.assertStored(ticket)
        # One with a default isn't returned, the number is.
        leading = Leading.objects.create(kind="b")
        self.assertEqual(Leading.objects.get().pk, leading.pk)
        invoice = Invoice.objects.create()
        self.assertEqual(Invoice.objects.get().serial, invoice.serial)


class BulkCreateTests(NumbersTestCase):
    def make(self, count, **kwargs):
        return [
            Ticket(tenant=(self.a, self.b)[index % 2], title=str(index), **kwargs)
            for index in range(count)
        ]

    def test_bulk_create(self):
        tickets = self.make(5)
        with self.assertNumQueries(1):
            Ticket.objects.bulk_create(tickets)
        numbers = Ticket.objects.order_by("title").values_list("id", flat=True)
        self.assertEqual(list(numbers), list(range(numbers[0], numbers[0] + 5)))
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertStored(*tickets)
            self.assertTrue(all(ticket._is_pk_set() for ticket in tickets))

    def test_batches(self):
        Ticket.objects.create(tenant=self.a, id=500, title="given")
        tickets = self.make(10)
        Ticket.objects.bulk_create(tickets, batch_size=3)
        self.assertEqual(Ticket.objects.distinct().values("id").count(), 11)
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertStored(*tickets)

    def test_given(self):
        tickets = self.make(4)
        number = Ticket.objects.create(tenant=self.a, title="one").id + 100
        tickets[1].id = number
        Ticket.objects.bulk_create(tickets)
        self.assertEqual(tickets[1].id, number)
        self.assertEqual(Ticket.objects.get(title="1").id, number)
        self.assertEqual(Ticket.objects.values("id").distinct().count(), 5)
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertStored(*tickets)

    def test_default_of_other_member(self):
        # A number that was given isn't lost if the key isn't set.
        objs = [Leading(), Leading(number=77), Leading(kind="b"), Leading(number=78)]
        Leading.objects.bulk_create(objs)
        self.assertEqual(objs[1].number, 77)
        self.assertCountEqual(
            Leading.objects.filter(number__in=[77, 78]).values_list("number", "kind"),
            [(77, "a"), (78, "a")],
        )
        self.assertEqual(Leading.objects.values("number").distinct().count(), 4)
        leading = Leading(number=90)
        leading.save()
        self.assertEqual(leading.number, 90)
        self.assertIs(Leading.objects.filter(pk=(90, "a")).exists(), True)
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertCountEqual(Leading.objects.exclude(number=90), objs)

    @skipUnlessDBFeature("supports_ignore_conflicts")
    def test_ignore_conflicts(self):
        Ticket.objects.create(tenant=self.a, title="first", code="x")
        tickets = self.make(3)
        tickets[1].code = "x"
        Ticket.objects.bulk_create(tickets, ignore_conflicts=True)
        # As with other AutoFields.
        self.assertEqual([ticket.id for ticket in tickets], [None] * 3)
        self.assertCountEqual(
            Ticket.objects.values_list("title", flat=True), ["first", "0", "2"]
        )
        self.assertEqual(Ticket.objects.values("id").distinct().count(), 3)

    @skipUnlessDBFeature("supports_update_conflicts")
    def test_update_conflicts(self):
        first = Ticket.objects.create(tenant=self.a, title="first", code="x")
        tickets = self.make(3)
        tickets[1].code = "x"
        unique_fields = {}
        if connection.features.supports_update_conflicts_with_target:
            unique_fields["unique_fields"] = ["code"]
        Ticket.objects.bulk_create(
            tickets, update_conflicts=True, update_fields=["title"], **unique_fields
        )
        self.assertEqual(Ticket.objects.get(code="x").pk, first.pk)
        self.assertCountEqual(
            Ticket.objects.values_list("title", flat=True), ["0", "1", "2"]
        )
        self.assertEqual(Ticket.objects.values("id").distinct().count(), 3)
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertEqual(tickets[1].id, first.id)

    @skipUnlessDBFeature("supports_update_conflicts_with_target")
    def test_update_conflicts_of_key(self):
        first = Ticket.objects.create(tenant=self.a, title="first")
        Ticket.objects.bulk_create(
            [Ticket(pk=first.pk, title="second"), Ticket(tenant=self.a, title="new")],
            update_conflicts=True,
            update_fields=["title"],
            unique_fields=["pk"],
        )
        self.assertCountEqual(
            Ticket.objects.values_list("title", flat=True), ["second", "new"]
        )

    def test_many(self):
        tickets = self.make(2000)
        Ticket.objects.bulk_create(tickets)
        numbers = set(Ticket.objects.values_list("id", flat=True))
        self.assertEqual(len(numbers), 2000)
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertStored(*tickets)


class RelationTests(NumbersTestCase):
    def test_parent_saved_first(self):
        ticket = Ticket(tenant=self.a, title="one")
        comment = Comment(ticket=ticket, text="good")
        msg = "save() prohibited to prevent data loss due to unsaved related object"
        with self.assertRaisesMessage(ValueError, msg):
            comment.save()
        ticket.save()
        comment.save()
        self.assertEqual(comment.ticket_pk, ticket.pk)
        self.assertEqual(comment.pk, (*ticket.pk, comment.id))
        self.assertEqual(list(ticket.comment_set.all()), [comment])
        answer = ticket.comment_set.create(text="yes", answers=comment)
        self.assertEqual(answer.answers_pk, comment.pk)
        self.assertEqual(Comment.objects.get(answers__text="good"), answer)

    def test_bulk_create(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        comments = [Comment(ticket=ticket, text=str(index)) for index in range(3)]
        Comment.objects.bulk_create(comments)
        self.assertEqual(ticket.comment_set.values("id").distinct().count(), 3)

    def test_columns(self):
        fields = [Comment._meta.get_field(name) for name in ("ticket_id", "answers_id")]
        self.assertEqual(
            [field.db_type(connection) for field in fields],
            [
                Ticket._meta.get_field("id").rel_db_type(connection),
                Comment._meta.get_field("id").rel_db_type(connection),
            ],
        )
        self.assertEqual([f.db_type_suffix(connection) for f in fields], [None] * 2)

    def test_many_to_many(self):
        label = Label.objects.create(name="bug")
        one = Ticket.objects.create(tenant=self.a, title="one")
        two = label.tickets.create(tenant=self.b, title="two")
        label.tickets.add(one)
        self.assertCountEqual(label.tickets.all(), [one, two])
        self.assertEqual(list(two.label_set.all()), [label])

    def test_inheritance(self):
        receipt = Receipt(total=3, paid=2)
        with self.assertNumQueries(2):
            receipt.save(force_insert=True)
        self.assertIsNotNone(receipt.serial)
        stored = Receipt.objects.get()
        self.assertEqual(stored, receipt)
        self.assertEqual((stored.total, stored.paid), (3, 2))
        self.assertEqual(stored.invoice_ptr_pk, (2026, receipt.serial))
        invoice = Invoice.objects.create(year=2025)
        child = Receipt(invoice_ptr=invoice, paid=5)
        child.save_base(raw=True)
        self.assertEqual(Receipt.objects.get(paid=5).serial, invoice.serial)
        other = Receipt.objects.create(year=2024)
        self.assertEqual(len({receipt.serial, invoice.serial, other.serial}), 3)

    def test_delete(self):
        ticket = Ticket.objects.create(tenant=self.a, title="one")
        Comment.objects.create(ticket=ticket, text="good")
        ticket.delete()
        self.assertIs(Comment.objects.exists(), False)
        self.assertIsNone(ticket.id)
