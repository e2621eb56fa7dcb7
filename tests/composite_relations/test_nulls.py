"""
A relation some of whose columns are NULL has no related object: not for a
condition about a member of its key, for which no table is joined, either.
"""

from django.db import models
from django.test import SimpleTestCase, TestCase
from django.test.utils import isolate_apps

from .models import Club, Employee, Match, Member, Task
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


class SharedNullableColumnTests(TestCase):
    """The column that relations share may be NULL, but isn't as another one is."""

    @classmethod
    def setUpTestData(cls):
        club = Club.objects.create(name="a")
        member = Member.objects.create(club=club, number=1)
        cls.both = Match.objects.create(home=member, guest=member)
        cls.away = Match.objects.create(guest=member)
        cls.club = Match.objects.create(club=club)
        cls.none = Match.objects.create()

    def test_values(self):
        for name in ("home__club", "home__club_id", "home__number"):
            with self.subTest(name=name):
                self.assertEqual(
                    [
                        value is not None
                        for value in Match.objects.order_by("pk").values_list(
                            name, flat=True
                        )
                    ],
                    [True, False, False, False],
                )

    def test_expressions(self):
        self.assertEqual(
            list(
                Match.objects.order_by("pk")
                .annotate(club_of_home=models.F("home__club"))
                .values_list("club_of_home", flat=True)
            ),
            [self.both.club_id, None, None, None],
        )
        self.assertEqual(
            Match.objects.aggregate(count=models.Count("home__club")), {"count": 1}
        )

    def test_own_column(self):
        """No table is joined for a column which only the relation uses."""
        sql = str(Match.objects.values("home__number").query)
        self.assertNotIn("JOIN", sql)


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
