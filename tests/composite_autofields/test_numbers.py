"""Which numbers are allocated: never one that a row of the table has, or had."""

import json
import tempfile
from io import StringIO
from pathlib import Path

from django.core import serializers
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase, skipUnlessDBFeature

from .models import Comment, Invoice, Leading, Legacy, Receipt, Tenant, Ticket


class NumberTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.a, cls.b = (Tenant.objects.create(name=name) for name in "ab")

    def create(self, **kwargs):
        return Ticket.objects.create(**{"tenant": self.a, "title": "x", **kwargs})

    def test_not_used_again(self):
        last = [self.create(), self.create()][-1]
        number = last.id
        last.delete()
        self.assertEqual(self.create().id, number + 1)
        Ticket.objects.all().delete()
        self.assertEqual(self.create().id, number + 2)
        Ticket.objects.filter(tenant=self.b).delete()
        self.assertEqual(self.create(tenant=self.b).id, number + 3)

    def test_not_used_again_by_bulk_create(self):
        Ticket.objects.bulk_create([Ticket(tenant=self.a) for _ in range(3)])
        last = Ticket.objects.order_by("id").last()
        Ticket.objects.filter(id__gt=last.id - 2).delete()
        Ticket.objects.bulk_create([Ticket(tenant=self.b) for _ in range(2)])
        numbers = Ticket.objects.filter(tenant=self.b).values_list("id", flat=True)
        self.assertGreater(min(numbers), last.id)

    def test_not_used_again_after_cascade(self):
        ticket = self.create()
        comment = Comment.objects.create(ticket=ticket)
        number = comment.id
        self.a.delete()
        comment = Comment.objects.create(ticket=self.create(tenant=self.b))
        self.assertGreater(comment.id, number)

    def test_not_used_again_after_update(self):
        ticket = self.create()
        number = ticket.id
        Ticket.objects.filter(pk=ticket.pk).update(id=-1)
        self.assertEqual(self.create().id, number + 1)

    def test_leading(self):
        leading = Leading.objects.create()
        number = leading.number
        leading.delete()
        self.assertEqual(Leading.objects.create().number, number + 1)

    def test_given(self):
        if connection.vendor in ("oracle", "postgresql"):
            self.skipTest("Identity columns don't follow the values.")
        number = self.create().id
        self.create(tenant=self.b, id=number + 1000)
        self.assertEqual(self.create().id, number + 1001)
        Ticket.objects.filter(id=number + 1001).update(id=number + 2000)
        if connection.vendor == "sqlite":
            self.assertEqual(self.create().id, number + 2001)

    def test_sqlsequencereset(self):
        number = self.create().id
        self.create(tenant=self.b, id=number + 1000)
        out = StringIO()
        call_command(
            "sqlsequencereset", "composite_autofields", stdout=out, stderr=StringIO()
        )
        with connection.cursor() as cursor:
            for sql in out.getvalue().splitlines():
                if sql.startswith("SELECT") and Legacy._meta.db_table not in sql:
                    cursor.execute(sql)
        self.assertEqual(self.create().id, number + 1001)

    def test_sequence_reset_sql(self):
        number = self.create().id
        self.create(tenant=self.b, id=number + 1000)
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), [Ticket]):
                cursor.execute(sql)
        self.assertEqual(self.create().id, number + 1001)

    def test_last_number(self):
        if connection.vendor != "sqlite":
            self.skipTest("Others have their own limits.")
        Ticket.objects.create(tenant=self.a, id=2**63 - 3)
        msg = "NOT NULL constraint failed: composite_autofields_ticket.id"
        with self.assertRaisesMessage(IntegrityError, msg), transaction.atomic():
            Ticket.objects.bulk_create([Ticket(tenant=self.b) for _ in range(3)])
        Ticket.objects.bulk_create([Ticket(tenant=self.b)])
        self.assertEqual(self.create().id, 2**63 - 1)
        with self.assertRaisesMessage(IntegrityError, msg), transaction.atomic():
            self.create()

    def load(self, objects):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "tickets.json")
            path.write_text(json.dumps(objects))
            call_command("loaddata", path, verbosity=0)

    def test_loaddata(self):
        number = self.create().id + 500
        self.load(
            [
                {
                    "model": "composite_autofields.ticket",
                    "pk": [self.b.pk, number],
                    "fields": {"title": "loaded"},
                }
            ]
        )
        self.assertEqual(Ticket.objects.get(title="loaded").id, number)
        self.assertEqual(self.create().id, number + 1)

    def test_loaddata_without_number(self):
        self.load(
            [
                {
                    "model": "composite_autofields.ticket",
                    "fields": {"tenant": self.b.pk, "title": f"loaded{index}"},
                }
                for index in range(2)
            ]
        )
        one, two = Ticket.objects.order_by("title")
        self.assertEqual((two.tenant, two.id), (self.b, one.id + 1))

    def test_serializers(self):
        comment = Comment.objects.create(ticket=self.create(), text="good")
        invoice = Receipt.objects.create(total=4)
        for format in ("json", "xml"):
            with self.subTest(format=format):
                data = serializers.serialize(
                    format,
                    [
                        *Ticket.objects.all(),
                        comment,
                        *Invoice.objects.all(),
                        invoice,
                    ],
                )
                Ticket.objects.all().delete()
                Invoice.objects.all().delete()
                for obj in serializers.deserialize(format, data):
                    obj.save()
                self.assertEqual(Comment.objects.get().pk, comment.pk)
                self.assertEqual(Receipt.objects.get().pk, invoice.pk)

    def test_full_clean(self):
        ticket = Ticket(tenant=self.a, title="x", code="c")
        ticket.full_clean()
        ticket.save()
        ticket.full_clean()


class ResetTests(TransactionTestCase):
    available_apps = ["composite_autofields"]
    reset_sequences = True

    def create(self):
        tenant = Tenant.objects.create(name="a")
        return [
            Ticket.objects.create(tenant=tenant, title=title) for title in ("a", "b")
        ]

    def test_first(self):
        self.assertEqual([ticket.id for ticket in self.create()], [1, 2])

    def test_second(self):
        self.assertEqual([ticket.id for ticket in self.create()], [1, 2])

    def test_flush(self):
        self.create()
        call_command("flush", verbosity=0, interactive=False, reset_sequences=True)
        self.assertEqual([ticket.id for ticket in self.create()], [1, 2])

    def test_flush_without_reset(self):
        self.create()
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        numbers = [ticket.id for ticket in self.create()]
        if connection.vendor == "mysql":
            # Tables of any size are truncated.
            self.assertIn(numbers, ([1, 2], [3, 4]))
        else:
            self.assertEqual(numbers, [3, 4])

    def test_reset_with_rows(self):
        # As is done before the first test, when there are rows of migrations.
        self.create()
        with connection.cursor() as cursor:
            sequences = [
                sequence
                for sequence in connection.introspection.sequence_list()
                if sequence["table"] == Ticket._meta.db_table
            ]
            self.assertEqual([sequence["column"] for sequence in sequences], ["id"])
            if connection.vendor == "postgresql":
                # This is how the sequence is told apart from the rows there.
                return
            for sql in connection.ops.sequence_reset_by_name_sql(no_style(), sequences):
                cursor.execute(sql)
        self.assertEqual([ticket.id for ticket in self.create()], [3, 4])

    @skipUnlessDBFeature("supports_transactions")
    def test_many(self):
        tenant = Tenant.objects.create(name="a")
        Ticket.objects.bulk_create([Ticket(tenant=tenant) for _ in range(10000)])
        self.assertEqual(Ticket.objects.values("id").distinct().count(), 10000)


class UnmanagedTests(TransactionTestCase):
    """A table that was created by others, e.g. without any index."""

    available_apps = ["composite_autofields"]

    def setUp(self):
        suffix = Ticket._meta.get_field("id").db_parameters(connection)["type"]
        identity = Ticket._meta.get_field("id").db_type_suffix(connection) or ""
        key = ", KEY (id)" if connection.vendor == "mysql" else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE composite_autofields_legacy ("
                f"id {suffix} NOT NULL {identity}, tenant_id integer NOT NULL, "
                f"title varchar(20) NOT NULL, PRIMARY KEY (tenant_id, id){key})"
            )
        self.addCleanup(self.drop)

    def drop(self):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE composite_autofields_legacy")

    def test_numbers(self):
        objs = [
            Legacy.objects.create(tenant_id=tenant, title="x") for tenant in (1, 2, 1)
        ]
        self.assertEqual([obj.id for obj in objs], [1, 2, 3])
        objs = Legacy.objects.bulk_create([Legacy(tenant_id=2) for _ in range(3)])
        self.assertEqual(Legacy.objects.values("id").distinct().count(), 6)
        self.assertEqual(Legacy.objects.get(pk=(1, 3)).title, "x")
