from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import (
    Badge,
    Box,
    Club,
    Company,
    Content,
    Depot,
    Employee,
    Member,
    Parcel,
    Poster,
    Shelf,
    Task,
)


class MemberTestCase(TestCase):
    """The members of two clubs, two of whom have the same number."""

    @classmethod
    def setUpTestData(cls):
        cls.club, cls.other_club = (
            Club.objects.create(name="a"),
            Club.objects.create(name="b"),
        )
        cls.ann, cls.bob = (
            Member.objects.create(club=cls.club, number=number, name=name)
            for number, name in ((1, "Ann"), (2, "Bob"))
        )
        cls.eve = Member.objects.create(club=cls.other_club, number=1, name="Eve")


class RelationTestCase(TestCase):
    """
    Rows whose keys have equal first columns and equal last columns, so that a
    comparison of some of the columns finds too many.
    """

    @classmethod
    def setUpTestData(cls):
        cls.companies = [Company.objects.create(name=name) for name in ("a", "b")]
        cls.employees = [
            Employee.objects.create(company=company, number=number, name=f"{number}")
            for company in cls.companies
            for number in (1, 2, 3)
        ]
        for employee in cls.employees:
            if employee.number > 1:
                employee.manager_number = employee.number - 1
                employee.save()
        a, b = cls.companies
        cls.tasks = [
            Task.objects.create(
                company=company,
                name=f"task{index}",
                assignee_number=assignee,
                reviewer_number=reviewer,
            )
            for index, (company, assignee, reviewer) in enumerate(
                [
                    (a, 1, 2),
                    (a, 2, 2),
                    (a, 3, None),
                    (a, None, 1),
                    (b, 1, 1),
                    (b, None, None),
                    (b, 2, 3),
                ]
            )
        ]
        cls.badges = [
            Badge.objects.create(employee=cls.employees[index], color=color)
            for index, color in ((0, "red"), (1, "blue"), (3, "red"))
        ]
        # The order by name isn't that of the keys.
        cls.depots = [
            Depot.objects.create(country=country, code=code, label=label, name=name)
            for country, code, label, name in (
                ("A", 1, "x", "delta"),
                ("A", 2, "y", "alpha"),
                ("B", 1, "x", "charlie"),
                ("B", 2, "y", "bravo"),
            )
        ]
        a1, a2, b1, b2 = cls.depots
        cls.parcels = [
            Parcel.objects.create(depot=depot, origin=origin, weight=weight)
            for depot, origin, weight in (
                (a1, b1, 1),
                (a1, None, 2),
                (a2, a1, 3),
                (b1, b1, 4),
                (b1, a2, 5),
                (a2, None, 6),
            )
        ]
        cls.posters = [
            Poster.objects.create(depot=depot, text=text)
            for depot, text in ((a1, "one"), (b1, "two"), (a2, "three"))
        ]
        cls.shelves = [
            Shelf.objects.create(depot=depot, row=row, material=f"m{row}")
            for depot in (a1, b1, b2)
            for row in (1, 2)
        ]
        cls.boxes = [
            Box.objects.create(shelf=cls.shelves[shelf], position=position)
            for shelf, position in ((0, 1), (0, 2), (1, 1), (2, 1))
        ]
        cls.contents = [
            Content.objects.create(box=box and cls.boxes[box - 1], name=name)
            for box, name in ((1, "p"), (1, "q"), (2, "p"), (4, "q"), (None, "p"))
        ]

    def assertFinds(self, queryset, objs, joins=None):
        """
        The queryset finds the objects, in any order, with one query that has as
        many joins.
        """
        with self.assertNumQueries(1), CaptureQueriesContext(connection) as context:
            found = list(queryset)
        self.assertCountEqual(found, objs)
        if joins is not None:
            sql = context.captured_queries[0]["sql"]
            self.assertEqual(sql.count(" JOIN "), joins, sql)
