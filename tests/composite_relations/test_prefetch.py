from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.test import skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import (
    Badge,
    Box,
    Content,
    Depot,
    Employee,
    Parcel,
    Poster,
    Shelf,
    Task,
)
from .testcase import RelationTestCase


class SelectRelatedTests(RelationTestCase):
    def test_forward(self):
        with self.assertNumQueries(1), CaptureQueriesContext(connection) as context:
            parcels = Parcel.objects.select_related("depot", "origin").order_by("pk")
            self.assertEqual(
                [(parcel.depot, parcel.origin) for parcel in parcels],
                [(parcel.depot, parcel.origin) for parcel in self.parcels],
            )
        sql = context.captured_queries[0]["sql"]
        self.assertEqual((sql.count("INNER JOIN"), sql.count("OUTER JOIN")), (1, 1))

    def test_all(self):
        # Relations that may be NULL aren't followed unless they are named.
        sql = str(Parcel.objects.select_related().query)
        self.assertEqual((sql.count("INNER JOIN"), sql.count("OUTER JOIN")), (1, 0))
        sql = str(Task.objects.select_related().query)
        self.assertEqual(sql.count("JOIN"), 1)

    def test_partially_null(self):
        tasks = Task.objects.select_related("assignee", "reviewer__manager")
        expected = [
            (task.assignee, task.reviewer, task.reviewer and task.reviewer.manager)
            for task in self.tasks
        ]
        with self.assertNumQueries(1):
            self.assertEqual(
                [
                    (
                        task.assignee,
                        task.reviewer,
                        task.reviewer and task.reviewer.manager,
                    )
                    for task in tasks.order_by("pk")
                ],
                expected,
            )

    def test_levels(self):
        contents = Content.objects.select_related("box__shelf__depot").order_by("pk")
        with self.assertNumQueries(1):
            self.assertEqual(
                [c.box and c.box.shelf.depot.name for c in contents],
                [c.box and c.box.shelf.depot.name for c in self.contents],
            )

    def test_reverse_one_to_one(self):
        with self.assertNumQueries(1):
            employees = list(Employee.objects.select_related("badge").order_by("pk"))
            self.assertEqual(
                [getattr(employee, "badge", None) for employee in employees],
                [self.badges[0], self.badges[1], None, self.badges[2], None, None],
            )
            self.assertIs(employees[0].badge.employee, employees[0])

    def test_deferred(self):
        msg = "Parcel.depot cannot be both deferred and traversed"
        for queryset in (
            Parcel.objects.defer("depot"),
            Parcel.objects.defer("depot_code"),
            Parcel.objects.only("origin"),
        ):
            with self.subTest(queryset=str(queryset.query)):
                with self.assertRaisesMessage(FieldError, msg):
                    list(queryset.select_related("depot"))

    @skipUnlessDBFeature("has_select_for_update_of")
    def test_select_for_update_of(self):
        queryset = Parcel.objects.select_related("depot").select_for_update(
            of=("self", "depot")
        )
        with transaction.atomic():
            with CaptureQueriesContext(connection) as context:
                self.assertEqual(
                    [parcel.depot for parcel in queryset.order_by("pk")],
                    [parcel.depot for parcel in self.parcels],
                )
        self.assertIn("FOR UPDATE OF", context.captured_queries[0]["sql"])


class PrefetchTests(RelationTestCase):
    def test_forward(self):
        with self.assertNumQueries(3):
            parcels = list(
                Parcel.objects.prefetch_related("depot", "origin").order_by("pk")
            )
            self.assertEqual(
                [(parcel.depot, parcel.origin) for parcel in parcels],
                [(parcel.depot, parcel.origin) for parcel in self.parcels],
            )
        # Objects are shared, as with a single column.
        self.assertIs(parcels[0].depot, parcels[1].depot)

    def test_forward_partially_null(self):
        expected = [task.assignee for task in self.tasks]
        with self.assertNumQueries(2):
            tasks = Task.objects.prefetch_related("assignee").order_by("pk")
            self.assertEqual([task.assignee for task in tasks], expected)
        unassigned = Task.objects.filter(assignee=None).prefetch_related("assignee")
        with self.assertNumQueries(1):
            self.assertEqual([task.assignee for task in unassigned], [None, None])

    def test_reverse(self):
        with self.assertNumQueries(3):
            depots = Depot.objects.prefetch_related("parcels", "shelves").order_by("pk")
            for depot, other in zip(depots, self.depots):
                self.assertCountEqual(
                    depot.parcels.all(), [p for p in self.parcels if p.depot == other]
                )
                self.assertCountEqual(
                    depot.shelves.all(), [s for s in self.shelves if s.depot == other]
                )
                # There and back.
                for parcel in depot.parcels.all():
                    self.assertIs(parcel.depot, depot)

    def test_levels(self):
        with self.assertNumQueries(4):
            depots = Depot.objects.prefetch_related("shelves__boxes__contents")
            self.assertCountEqual(
                [
                    content
                    for depot in depots
                    for shelf in depot.shelves.all()
                    for box in shelf.boxes.all()
                    for content in box.contents.all()
                ],
                self.contents[:4],
            )
        with self.assertNumQueries(4):
            self.assertEqual(
                [
                    content.box and content.box.shelf.depot
                    for content in Content.objects.prefetch_related(
                        "box__shelf__depot"
                    ).order_by("pk")
                ],
                [c.box and c.box.shelf.depot for c in self.contents],
            )

    def test_unique_fields(self):
        with self.assertNumQueries(2):
            posters = Poster.objects.prefetch_related("depot").order_by("pk")
            self.assertEqual(
                [p.depot for p in posters], [p.depot for p in self.posters]
            )
        with self.assertNumQueries(2):
            depots = Depot.objects.prefetch_related("posters").order_by("pk")
            self.assertEqual(
                [[poster.text for poster in depot.posters.all()] for depot in depots],
                [["one"], ["three"], ["two"], []],
            )

    def test_one_to_one(self):
        with self.assertNumQueries(2):
            employees = Employee.objects.prefetch_related("badge").order_by("pk")
            self.assertEqual(
                [getattr(employee, "badge", None) for employee in employees],
                [self.badges[0], self.badges[1], None, self.badges[2], None, None],
            )
        with self.assertNumQueries(2):
            for badge in Badge.objects.prefetch_related("employee"):
                self.assertEqual(badge.employee.badge, badge)

    def test_self_reference(self):
        with self.assertNumQueries(3):
            employees = Employee.objects.prefetch_related("manager", "staff")
            for employee in employees:
                if employee.number == 1:
                    self.assertIsNone(employee.manager)
                else:
                    self.assertEqual(employee.manager.number, employee.number - 1)
                    self.assertEqual(employee.manager.company_id, employee.company_id)
                self.assertEqual(
                    [other.number for other in employee.staff.all()],
                    [employee.number + 1] if employee.number < 3 else [],
                )

    def test_queryset(self):
        heavy = Parcel.objects.filter(weight__gt=2).select_related("origin")
        with self.assertNumQueries(2):
            depots = Depot.objects.order_by("pk").prefetch_related(
                Prefetch("parcels", heavy, to_attr="heavy")
            )
            self.assertEqual(
                [{parcel.weight for parcel in depot.heavy} for depot in depots],
                [set(), {3, 6}, {4, 5}, set()],
            )
            self.assertIn(depots[2].heavy[0].origin, self.depots)
        forward = Depot.objects.filter(country="A").only("name")
        with self.assertNumQueries(2):
            parcels = Parcel.objects.order_by("pk").prefetch_related(
                Prefetch("depot", forward, to_attr="home")
            )
            self.assertEqual(
                [parcel.home and parcel.home.name for parcel in parcels],
                [
                    p.depot.name if p.depot.country == "A" else None
                    for p in self.parcels
                ],
            )

    @skipUnlessDBFeature("supports_over_clause")
    def test_sliced(self):
        heaviest = Parcel.objects.order_by("-weight")[:1]
        with self.assertNumQueries(2):
            depots = Depot.objects.order_by("pk").prefetch_related(
                Prefetch("parcels", heaviest, to_attr="heaviest")
            )
            self.assertEqual(
                [[parcel.weight for parcel in depot.heaviest] for depot in depots],
                [[2], [6], [5], []],
            )
        shelves = Shelf.objects.order_by("-pk")[1:]
        with self.assertNumQueries(2):
            depots = Depot.objects.order_by("pk").prefetch_related(
                Prefetch("shelves", shelves, to_attr="others")
            )
            self.assertEqual(
                [[shelf.row for shelf in depot.others] for depot in depots],
                [[1], [], [1], [1]],
            )

    def test_many(self):
        # In one query, however many keys there are.
        depots = Depot.objects.bulk_create(
            Depot(country=f"C{n % 7}", code=n, label=n, name=n) for n in range(2100)
        )
        Parcel.objects.bulk_create(Parcel(depot=depot) for depot in depots)
        parcels = list(Parcel.objects.filter(depot__name__gte="0"))
        with self.assertNumQueries(1):
            prefetch_related_objects(parcels, "depot")
        self.assertTrue(all(parcel.depot_pk == parcel.depot.pk for parcel in parcels))
        with self.assertNumQueries(1):
            prefetch_related_objects(depots, "parcels")
        self.assertEqual({len(depot.parcels.all()) for depot in depots}, {1})


class KnownRelatedObjectTests(RelationTestCase):
    def test_reverse_manager(self):
        depot = Depot.objects.get(pk=("B", 1))
        with self.assertNumQueries(1):
            for parcel in depot.parcels.all():
                self.assertIs(parcel.depot, depot)
        with self.assertNumQueries(1):
            for parcel in depot.parcels.filter(weight__gt=1):
                self.assertIs(parcel.depot, depot)
        with self.assertNumQueries(1):
            self.assertIs(depot.posters.get().depot, depot)
        with self.assertNumQueries(1):
            for shelf in depot.shelves.all():
                self.assertIs(shelf.depot, depot)

    def test_given_fields(self):
        employee = Employee.objects.get(pk=self.employees[1].pk)
        with self.assertNumQueries(1):
            for task in employee.tasks.all():
                self.assertIs(task.assignee, employee)
        with self.assertNumQueries(1):
            for other in employee.staff.all():
                self.assertIs(other.manager, employee)

    def test_one_to_one(self):
        employee = Employee.objects.get(pk=self.employees[1].pk)
        with self.assertNumQueries(1):
            self.assertIs(employee.badge.employee, employee)
        badge = Badge.objects.get(pk=self.badges[1].pk)
        with self.assertNumQueries(1):
            self.assertIs(badge.employee.badge, badge)

    def test_nested(self):
        box = Box.objects.get(pk=self.boxes[0].pk)
        with self.assertNumQueries(1):
            self.assertEqual(box.shelf.depot_pk, ("A", 1))
        with self.assertNumQueries(1):
            self.assertEqual({content.box for content in box.contents.all()}, {box})
