"""
A relation some of whose columns are NULL has no related object: not for a
condition about a member of its key, for which no table is joined, either.
"""

from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from .models import Employee, Task
from .testcase import RelationTestCase


class PartlyNullRelationTests(RelationTestCase):
    def expect(self, condition):
        """The tasks for which the condition holds in Python."""
        return {
            task.pk
            for task in Task.objects.all()
            if task.assignee is not None and condition(task.assignee)
        }

    def assertTasks(self, queryset, expected):
        with self.assertNumQueries(1) as captured:
            found = {task.pk for task in queryset}
        self.assertEqual(found, expected)
        self.assertNotIn("JOIN", captured[0]["sql"])

    def test_partly_null(self):
        task = self.tasks[3]
        self.assertIsNone(task.assignee)
        self.assertIsNotNone(task.company_id)

    def test_filter_by_shared_member(self):
        company = self.companies[0]
        expected = self.expect(lambda employee: employee.company_id == company.pk)
        self.assertEqual(len(expected), 3)
        for value in (company, company.pk):
            self.assertTasks(Task.objects.filter(assignee__company=value), expected)
        self.assertTasks(Task.objects.filter(assignee__company__in=[company]), expected)

    def test_exclude_by_shared_member(self):
        company = self.companies[0]
        expected = self.expect(lambda employee: employee.company_id == company.pk)
        self.assertTasks(
            Task.objects.exclude(assignee__company=company),
            {task.pk for task in self.tasks} - expected,
        )

    def test_isnull_of_shared_member(self):
        expected = self.expect(lambda employee: True)
        self.assertTasks(Task.objects.filter(assignee__company__isnull=False), expected)
        self.assertTasks(
            Task.objects.filter(assignee__company__isnull=True),
            {task.pk for task in self.tasks} - expected,
        )

    def test_same_as_with_a_join(self):
        company = self.companies[1]
        self.assertQuerySetEqual(
            Task.objects.filter(assignee__company=company),
            Task.objects.filter(assignee__in=Employee.objects.filter(company=company)),
            ordered=False,
        )


@isolate_apps("composite_relations")
class NothingToClearTests(SimpleTestCase):
    def make_country(self):
        class Province(models.Model):
            pk = models.CompositePrimaryKey("country", "name")
            country = models.CharField(max_length=4)
            name = models.CharField(max_length=20)

        class Country(models.Model):
            code = models.CharField(max_length=4, primary_key=True)
            name = models.CharField(max_length=20)
            capital_province = models.ForeignKey(
                Province, models.DO_NOTHING, from_fields=["code", "name"]
            )
            same_province = models.ForeignKey(
                Province,
                models.DO_NOTHING,
                from_fields=["code", "name"],
                related_name="+",
            )

        return Country(code="CH", name="Bern")

    def test_key_is_left_alone(self):
        country = self.make_country()
        msg = (
            'Cannot assign None: "Country.capital_province" has no column of its own '
            "(code, name) that could be set to None."
        )
        with self.assertRaisesMessage(ValueError, msg):
            country.capital_province = None
        self.assertEqual((country.code, country.name), ("CH", "Bern"))

    def test_none_already(self):
        country = self.make_country()
        country.name = None
        country.capital_province = None
        self.assertEqual(country.code, "CH")
        self.assertIsNone(country.capital_province_pk)
