from django.core import serializers
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import (
    Badge,
    Company,
    Country,
    Employee,
    SingleBadge,
    SingleCountry,
    SingleEmployee,
    SingleTeam,
    Team,
)
from .testcase import FORMATS


class TwinTests(TestCase):
    """As many queries are made as for models with keys of one column."""

    @classmethod
    def setUpTestData(cls):
        company = Company.objects.create(name="x")
        employees = [
            Employee.objects.create(company=company, number=number, name=number)
            for number in range(1, 6)
        ]
        singles = [
            SingleEmployee.objects.create(company=company, name=employee.name)
            for employee in employees
        ]
        for employee, single in zip(employees, singles):
            Badge.objects.create(owner=employee, issuer=employees[0])
            SingleBadge.objects.create(owner=single, issuer=singles[0])
        for code in ("a", "b"):
            team = Team.objects.create(company=company, code=code)
            team.members.set(employees)
            single = SingleTeam.objects.create(company=company)
            single.members.set(singles)
        neighbor = single_neighbor = None
        for number in range(3):
            neighbor = Country.objects.create(
                continent="EU", number=number, name=str(number), neighbor=neighbor
            )
            single_neighbor = SingleCountry.objects.create(
                name=str(number), neighbor=single_neighbor
            )

    def count(self, function, *args, **kwargs):
        with CaptureQueriesContext(connection) as context:
            function(*args, **kwargs)
        return len(context)

    def assertSameQueries(self, composite, single, format, expected=None, **options):
        count = self.count(serializers.serialize, format, composite.all(), **options)
        self.assertEqual(
            count, self.count(serializers.serialize, format, single.all(), **options)
        )
        if expected is not None:
            self.assertEqual(count, expected)
        data = serializers.serialize(format, composite.all(), **options)
        single_data = serializers.serialize(format, single.all(), **options)
        read, single_read = [], []
        self.assertEqual(
            self.count(lambda: read.extend(serializers.deserialize(format, data))),
            self.count(
                lambda: single_read.extend(serializers.deserialize(format, single_data))
            ),
        )
        self.assertEqual(
            self.count(lambda: [loaded.save() for loaded in read]),
            self.count(lambda: [loaded.save() for loaded in single_read]),
        )

    def test_relations(self):
        for format in FORMATS:
            with self.subTest(format=format):
                self.assertSameQueries(Badge.objects, SingleBadge.objects, format, 1)
                self.assertSameQueries(
                    Employee.objects, SingleEmployee.objects, format, 1
                )

    def test_many_to_many(self):
        with self.assertNumQueries(2):
            serializers.serialize("json", Team.objects.all()[:1], fields=["members"])
        for format in FORMATS:
            with self.subTest(format=format):
                fields = ["company", "members"]
                self.assertSameQueries(
                    Team.objects, SingleTeam.objects, format, 3, fields=fields
                )
                self.assertSameQueries(
                    Team.objects.prefetch_related("members"),
                    SingleTeam.objects.prefetch_related("members"),
                    format,
                    2,
                    fields=fields,
                )

    def test_many_to_many_columns(self):
        """No more than the keys of the related objects is selected."""
        with CaptureQueriesContext(connection) as context:
            serializers.serialize("json", Team.objects.all()[:1], fields=["members"])
        self.assertNotIn("manager_number", context[-1]["sql"])

    def test_natural_keys(self):
        for format in FORMATS:
            with self.subTest(format=format):
                self.assertSameQueries(
                    Country.objects,
                    SingleCountry.objects,
                    format,
                    use_natural_foreign_keys=True,
                )
