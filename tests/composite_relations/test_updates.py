from unittest import skipUnless

from asgiref.sync import async_to_sync

from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, Count, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.test import skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import (
    Badge,
    Company,
    Depot,
    Employee,
    Express,
    Parcel,
    Poster,
    Review,
    Shelf,
    Stock,
    Task,
    Warehouse,
)
from .testcase import RelationTestCase


class UpdateTests(RelationTestCase):
    def assertUpdates(self, queryset, name, value, expected):
        """
        The keys that the relation refers to afterwards, in the objects' order,
        are the `expected` ones.
        """
        with self.assertNumQueries(1):
            self.assertEqual(queryset.update(**{name: value}), len(queryset.all()))
        name = name.removesuffix("_pk")
        objs = queryset.model.objects.order_by("pk")
        self.assertEqual([getattr(obj, f"{name}_pk") for obj in objs], expected)

    def assertUpdatesOrigin(self, value, expected):
        with self.subTest(value=value):
            with transaction.atomic(), self.assertNumQueries(2):
                self.assertEqual(Parcel.objects.update(origin=value), 6)
                self.assertEqual(
                    [p.origin_pk for p in Parcel.objects.order_by("pk")], expected
                )

    def test_values(self):
        for value in (
            self.depots[3],
            ("B", 2),
            ["B", 2],
            ("B", "2"),
            str(self.depots[3].pk),
            Value(("B", 2)),
            Value(self.depots[3]),
            (Value("B"), F("weight") - F("weight") + 2),
        ):
            self.assertUpdatesOrigin(value, [("B", 2)] * 6)
            self.assertUpdatesOrigin(None, [None] * 6)
        Parcel.objects.update(origin_pk=("B", 1))
        self.assertEqual(Parcel.objects.filter(origin=self.depots[2]).count(), 6)
        self.assertUpdatesOrigin(Value(None), [None] * 6)

    def test_expressions(self):
        depots = [parcel.depot_pk for parcel in self.parcels]
        origins = [parcel.origin_pk for parcel in self.parcels]
        for value in (F("depot"), F("depot_pk"), F("depot__pk")):
            self.assertUpdatesOrigin(value, depots)
        Parcel.objects.filter(pk=self.parcels[1].pk).update(origin=None)
        queryset = Parcel.objects.annotate(a=F("depot"))
        queryset.update(origin=F("a"))
        self.assertEqual([p.origin_pk for p in Parcel.objects.order_by("pk")], depots)
        for parcel in self.parcels:
            parcel.save()
        self.assertEqual([p.origin_pk for p in Parcel.objects.order_by("pk")], origins)

    def test_subqueries(self):
        last = Depot.objects.order_by("-name")
        for value in (
            last[:1],
            last.values("pk")[:1],
            last.values("country", "code")[:1],
            Subquery(last.values("pk")[:1]),
            Depot.objects.filter(name="delta"),
        ):
            self.assertUpdatesOrigin(value, [("A", 1)] * 6)
        # The next one of the same country.
        following = Depot.objects.filter(
            country=OuterRef("depot__country"), code__gt=OuterRef("depot__code")
        )
        self.assertUpdatesOrigin(
            Subquery(following.values("pk")[:1]),
            [
                (parcel.depot.country, 2) if parcel.depot.code == 1 else None
                for parcel in self.parcels
            ],
        )
        self.assertUpdatesOrigin(
            Subquery(Depot.objects.filter(pk=OuterRef("depot")).values("pk")),
            [parcel.depot_pk for parcel in self.parcels],
        )
        Poster.objects.update(depot=Depot.objects.filter(name="alpha"))
        self.assertEqual({p.depot_pk for p in Poster.objects.all()}, {("A", "y")})

    def test_subquery_of_equal_rows(self):
        # Each column is selected by itself, but all are from the same row.
        for ordering in ("label", "-label", "country", "-country"):
            depots = Depot.objects.order_by(ordering)
            Parcel.objects.update(origin=depots.values("pk")[:1])
            depot = Depot.objects.filter(sent_parcels__isnull=False).distinct().get()
            field = ordering.removeprefix("-")
            self.assertEqual(getattr(depot, field), getattr(depots[0], field))

    def test_subquery_of_columns_that_are_set(self):
        others = Depot.objects.exclude(pk=OuterRef("origin")).order_by("pk")
        first, second = self.depots[0].pk, self.depots[1].pk
        self.assertUpdatesOrigin(
            Subquery(others.values("pk")[:1]),
            [
                p.origin_pk and (second if p.origin_pk == first else first)
                for p in self.parcels
            ],
        )

    def test_case(self):
        a1, a2, b1, b2 = self.depots
        self.assertUpdatesOrigin(
            Case(
                When(depot=a1, then=Value(b2)),
                When(depot=a2, then=F("depot")),
                default=None,
            ),
            [b2.pk, b2.pk, a2.pk, None, None, a2.pk],
        )
        origins = [None, None, ("B", 2), None, None, ("B", 2)]
        self.assertUpdatesOrigin(Case(When(depot=a2, then=Value(("B", 2)))), origins)
        # What is set is compared with.
        self.assertUpdatesOrigin(
            Case(
                When(origin=None, then=Value(a1)),
                When(origin=b2, then=Value(b1)),
                default=F("origin"),
            ),
            [a1.pk, a1.pk, b1.pk, a1.pk, a1.pk, b1.pk],
        )
        self.assertUpdatesOrigin(
            Case(
                When(origin=a1, then=Value(b2)),
                When(origin=b1, then=Value(a1)),
            ),
            [b2.pk, b2.pk, a1.pk, b2.pk, b2.pk, a1.pk],
        )
        # The company isn't the assignee's only.
        company = self.companies[0]
        Task.objects.filter(company=company).update(
            assignee=Case(When(name="task0", then=F("assignee")), default=None)
        )
        self.assertEqual(
            list(Task.objects.order_by("pk").values_list("company", "assignee"))[:2],
            [(company.pk, (company.pk, 1)), (company.pk, None)],
        )

    def test_filtered(self):
        parcels = Parcel.objects.filter(depot__name="alpha")
        self.assertEqual(parcels.update(origin=self.depots[3]), 2)
        self.assertFinds(
            Parcel.objects.filter(origin=self.depots[3]),
            [self.parcels[2], self.parcels[5]],
        )
        self.assertEqual(
            Parcel.objects.exclude(origin=self.depots[3]).update(origin=None), 4
        )
        self.assertEqual(Parcel.objects.filter(origin=None).count(), 4)

    def test_none(self):
        # The company is a relation of its own.
        companies = [task.company_id for task in self.tasks]
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(Task.objects.update(assignee=None), 7)
        sql = context.captured_queries[0]["sql"]
        self.assertIn("assignee_number", sql)
        self.assertNotIn("company_id", sql)
        self.assertEqual(
            list(Task.objects.order_by("pk").values_list("company", flat=True)),
            companies,
        )
        self.assertEqual(Employee.objects.update(manager=None), 6)
        self.assertEqual(Employee.objects.filter(manager=None).count(), 6)

    def test_none_for_not_null(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Parcel.objects.update(depot=None)
        msg = (
            'Cannot update "Shelf.depot" (depot_country, depot_code) to None: all of '
            "its columns belong to the primary key or to other relations as well."
        )
        with self.assertRaisesMessage(ValueError, msg):
            Shelf.objects.update(depot=None)

    def test_member_of_key(self):
        Shelf.objects.filter(depot=self.depots[3], row=1).update(depot=self.depots[1])
        self.assertFinds(
            Depot.objects.filter(shelves__row=1),
            [self.depots[0], self.depots[2], self.depots[1]],
        )

    def test_shared_column(self):
        a, b = self.companies
        employee = self.employees[5]
        tasks = Task.objects.filter(name="task5")
        tasks.update(assignee=employee)
        tasks.update(assignee=employee, company=b)
        tasks.update(assignee=employee, company_id=str(b.pk))
        tasks.update(assignee=employee, reviewer=self.employees[4])
        self.assertEqual(
            tasks.values_list("company", "assignee", "reviewer").get(),
            (b.pk, employee.pk, self.employees[4].pk),
        )
        for values in (
            {"assignee": employee, "company": a},
            {"company": a.pk, "assignee": employee},
            {"assignee": employee, "reviewer": self.employees[0]},
            {"assignee": employee, "company": F("id")},
        ):
            msg = 'they share "company_id", which cannot be both'
            with self.subTest(values), self.assertRaisesMessage(ValueError, msg):
                tasks.update(**values)
        msg = 'Cannot update "Task.assignee" and "Task.assignee_number"'
        with self.assertRaisesMessage(ValueError, msg):
            tasks.update(assignee=employee, assignee_number=1)
        tasks.update(assignee=None, assignee_number=None)
        self.assertIsNone(tasks.get().assignee)

    def test_wrong_values(self):
        for value, msg in (
            (
                ("A",),
                'Cannot update "Parcel.origin" (origin_country, origin_code) to '
                "('A',): it must be a \"Depot\" instance or a tuple or list of 2 "
                "values.",
            ),
            (5, 'Cannot update "Parcel.origin" (origin_country, origin_code) to 5'),
            ("A", "it is not the text of a key."),
            ('["A"]', "it is not the text of a key."),
            (self.companies[0], 'it must be a "Depot" instance.'),
            (Depot(country="A"), "cannot be used in an ORM query."),
            (("A", "x"), "Field 'code' expected a number but got 'x'."),
            (F("weight"), "an expression of 2 columns is needed (received 1)."),
            (
                Depot.objects.values("country", "code", "name"),
                "an expression of 2 columns is needed (received 3).",
            ),
            (Coalesce("origin", "depot"), "Coalesce expression does not support"),
        ):
            with self.subTest(value=value), self.assertRaisesMessage(ValueError, msg):
                Parcel.objects.update(origin=value)
        with self.assertRaisesMessage(FieldError, "Joined field references"):
            Parcel.objects.update(origin=F("origin__parcels__depot"))

    def test_inherited(self):
        express = [
            Express.objects.create(depot=self.depots[index], fee=index)
            for index in range(3)
        ]
        Express.objects.filter(fee__gt=0).update(origin=self.depots[3], fee=5)
        Express.objects.filter(fee=5).update(depot=F("origin"))
        self.assertEqual(
            list(Express.objects.order_by("pk").values_list("depot", "origin", "fee")),
            [(("A", 1), None, 0), (("B", 2), ("B", 2), 5), (("B", 2), ("B", 2), 5)],
        )
        self.assertFinds(Express.objects.filter(depot=self.depots[3]), express[1:], 1)
        self.assertFinds(Express.objects.exclude(origin__name="bravo"), express[:1])
        self.assertFinds(
            Depot.objects.filter(parcels__express__fee=5).distinct(), [self.depots[3]]
        )
        with self.assertNumQueries(1):
            express = Express.objects.select_related("origin").order_by("pk")
            self.assertEqual(
                [obj.origin for obj in express],
                [None, self.depots[3], self.depots[3]],
            )
        obj = express[0]
        obj.origin = self.depots[0]
        obj.save(update_fields=["origin"])
        self.assertEqual(Parcel.objects.get(pk=obj.pk).origin, self.depots[0])
        Express.objects.update(origin=None)
        self.assertEqual(Express.objects.filter(origin=None).count(), 3)

    def test_foreign_object(self):
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1)
        review = Review.objects.create()
        Review.objects.update(stock=stock)
        self.assertEqual(Review.objects.get().stock, stock)
        stock.reviews.clear()
        self.assertIsNone(Review.objects.get().stock)
        stock.reviews.add(review)
        self.assertEqual(Review.objects.get().stock, stock)


class BulkTests(RelationTestCase):
    def test_bulk_update(self):
        a1, a2, b1, b2 = self.depots
        parcels = self.parcels[:3]
        for parcel, depot, origin in zip(parcels, (b1, b2, a1), (None, a2, b1)):
            parcel.depot, parcel.origin = depot, origin
        self.assertEqual(Parcel.objects.bulk_update(parcels, ["depot", "origin_pk"]), 3)
        self.assertEqual(
            list(Parcel.objects.order_by("pk").values_list("depot", "origin")[:3]),
            [(b1.pk, None), (b2.pk, a2.pk), (a1.pk, b1.pk)],
        )

    def test_bulk_update_given_fields(self):
        for task in self.tasks:
            task.reviewer = (
                None
                if task.reviewer
                else self.employees[0 if task.company == self.companies[0] else 3]
            )
        Task.objects.bulk_update(self.tasks, ["reviewer"])
        self.assertEqual(
            list(Task.objects.order_by("pk").values_list("reviewer", "company")),
            [(task.reviewer_pk, task.company_id) for task in self.tasks],
        )

    def test_bulk_update_composite_key(self):
        # The company is a member of the key.
        for employee in self.employees:
            employee.manager_number = 1 if employee.number == 3 else None
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(
                Employee.objects.bulk_update(self.employees, ["manager"]), 6
            )
        updates = [
            query["sql"]
            for query in context.captured_queries
            if query["sql"].startswith("UPDATE")
        ]
        self.assertEqual(len(updates), 1)
        self.assertFinds(
            Employee.objects.filter(manager__number=1),
            [self.employees[2], self.employees[5]],
        )

    def test_bulk_update_of_key(self):
        msg = "bulk_update() cannot be used with primary key fields."
        with self.assertRaisesMessage(ValueError, msg):
            Shelf.objects.bulk_update(self.shelves, ["depot"])

    def test_bulk_update_unsaved(self):
        self.parcels[0].depot = Depot(country="C")
        msg = (
            "bulk_update() prohibited to prevent data loss due to unsaved related "
            "object 'depot'."
        )
        with self.assertRaisesMessage(ValueError, msg):
            Parcel.objects.bulk_update(self.parcels, ["depot"])

    def test_bulk_create(self):
        with self.assertNumQueries(1):
            Parcel.objects.bulk_create(
                [
                    Parcel(depot=self.depots[3], origin=None, weight=7),
                    Parcel(depot_pk=("B", 2), origin=self.depots[0], weight=8),
                ]
            )
        self.assertEqual(
            list(
                Parcel.objects.filter(depot=self.depots[3])
                .order_by("weight")
                .values_list("origin", flat=True)
            ),
            [None, ("A", 1)],
        )

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL inserts by UNNEST().")
    def test_bulk_create_of_created_columns_by_unnest(self):
        with CaptureQueriesContext(connection) as context:
            Parcel.objects.bulk_create(
                Parcel(depot=self.depots[3], weight=weight) for weight in (7, 8)
            )
        self.assertIn("UNNEST(", context[0]["sql"])
        self.assertEqual(Parcel.objects.filter(depot=self.depots[3]).count(), 2)

    @skipUnlessDBFeature(
        "supports_update_conflicts", "supports_update_conflicts_with_target"
    )
    def test_upsert(self):
        tasks = [
            Task(
                assignee=self.employees[0],
                company=self.companies[0],
                name="new",
                reviewer=self.employees[2],
            ),
            Task(company=self.companies[1], assignee=self.employees[5], name="other"),
        ]
        Task.objects.bulk_create(
            tasks,
            update_conflicts=True,
            update_fields=["reviewer", "name"],
            unique_fields=["assignee"],
        )
        task = Task.objects.get(pk=self.tasks[0].pk)
        self.assertEqual((task.name, task.reviewer), ("new", self.employees[2]))
        self.assertEqual(Task.objects.get(name="other").assignee, self.employees[5])
        self.assertEqual(Task.objects.count(), 8)

    @skipUnlessDBFeature("supports_update_conflicts")
    def test_upsert_of_relation_in_key(self):
        unique_fields = (
            ["pk"]
            if connection.features.supports_update_conflicts_with_target
            else None
        )
        employee = self.employees[2]
        Employee.objects.bulk_create(
            [
                Employee(
                    company=employee.company, number=3, name="new", manager_number=1
                )
            ],
            update_conflicts=True,
            update_fields=["manager"],
            unique_fields=unique_fields,
        )
        employee.refresh_from_db()
        self.assertEqual((employee.name, employee.manager_number), ("3", 1))


class SaveTests(RelationTestCase):
    def test_update_fields(self):
        for names in (["depot"], ["depot_pk"], {"depot"}, ("depot_pk", "depot_code")):
            with self.subTest(names=names):
                parcel = Parcel.objects.get(pk=self.parcels[0].pk)
                parcel.depot = self.depots[3]
                parcel.origin = None
                parcel.weight = 100
                with self.assertNumQueries(1):
                    parcel.save(update_fields=names)
                parcel.refresh_from_db()
                self.assertEqual(
                    (parcel.depot, parcel.origin, parcel.weight),
                    (self.depots[3], self.depots[2], 1),
                )
                self.parcels[0].save()

    def test_update_fields_given_fields(self):
        task = self.tasks[0]
        task.assignee = None
        task.name = "changed"
        task.save(update_fields=["assignee"])
        task = Task.objects.get(pk=task.pk)
        self.assertEqual((task.assignee, task.name), (None, "task0"))
        self.assertEqual(task.company, self.companies[0])

    def test_update_fields_unknown(self):
        msg = "The following fields do not exist in this model"
        with self.assertRaisesMessage(ValueError, msg):
            self.parcels[0].save(update_fields=["depot_id"])

    def test_refresh_from_db(self):
        for names in (["depot"], ["depot_pk"]):
            parcel = Parcel.objects.get(pk=self.parcels[0].pk)
            parcel.weight = 100
            self.assertEqual(parcel.depot, self.depots[0])
            Parcel.objects.filter(pk=parcel.pk).update(depot=self.depots[1])
            with self.assertNumQueries(1):
                parcel.refresh_from_db(fields=names)
            self.assertEqual((parcel.depot, parcel.weight), (self.depots[1], 100))
            self.parcels[0].save()

    def test_get_or_create(self):
        with self.assertNumQueries(1):
            self.assertEqual(
                Parcel.objects.get_or_create(depot=self.depots[0], origin=None),
                (self.parcels[1], False),
            )
        parcel, created = Parcel.objects.get_or_create(
            depot_pk=("B", 2), defaults={"origin": self.depots[0]}
        )
        self.assertIs(created, True)
        self.assertEqual(
            (parcel.depot, parcel.origin), (self.depots[3], self.depots[0])
        )
        parcel, created = Parcel.objects.update_or_create(
            depot=self.depots[3], defaults={"origin": self.depots[1]}
        )
        self.assertIs(created, False)
        parcel.refresh_from_db()
        self.assertEqual(parcel.origin, self.depots[1])

    def test_contains(self):
        parcels = Parcel.objects.filter(depot=self.depots[0])
        self.assertIs(parcels.contains(self.parcels[0]), True)
        self.assertIs(parcels.contains(self.parcels[2]), False)
        self.assertIs(self.depots[0].shelves.contains(self.shelves[0]), True)
        self.assertIs(self.depots[0].shelves.contains(self.shelves[2]), False)

    def test_raw(self):
        table = Parcel._meta.db_table
        with self.assertNumQueries(1):
            parcels = list(Parcel.objects.raw(f"SELECT * FROM {table} ORDER BY id"))
            self.assertEqual(
                [(parcel.depot_pk, parcel.origin_pk) for parcel in parcels],
                [(parcel.depot_pk, parcel.origin_pk) for parcel in self.parcels],
            )
        parcels = Parcel.objects.raw(f"SELECT id FROM {table} ORDER BY id")
        self.assertEqual(parcels[0].depot, self.depots[0])
        with self.assertNumQueries(2):
            parcels = Parcel.objects.raw(f"SELECT * FROM {table} ORDER BY id")
            parcels = parcels.prefetch_related("depot")
            self.assertEqual(
                [parcel.depot for parcel in parcels],
                [parcel.depot for parcel in self.parcels],
            )


class ManagerTests(RelationTestCase):
    def test_add(self):
        depot = self.depots[3]
        with self.assertNumQueries(1):
            depot.parcels.add(*self.parcels[:2])
        self.assertFinds(depot.parcels.all(), self.parcels[:2])
        with self.assertNumQueries(1):
            depot.parcels.add(self.parcels[2], bulk=False)
        self.assertFinds(depot.parcels.all(), self.parcels[:3])
        self.assertEqual(self.parcels[2].depot, depot)
        parcel = Parcel(weight=9)
        depot.parcels.add(parcel, bulk=False)
        self.assertEqual(Parcel.objects.get(weight=9).depot, depot)
        with self.assertRaisesMessage(ValueError, "instance isn't saved."):
            depot.parcels.add(Parcel())
        with self.assertRaisesMessage(TypeError, "'Parcel' instance expected"):
            depot.parcels.add(depot)

    def test_add_shared_column(self):
        self.employees[0].reviews.add(self.tasks[2])
        self.assertEqual(
            Task.objects.get(pk=self.tasks[2].pk).reviewer, self.employees[0]
        )
        msg = '"Task.reviewer" shares "company_id" with "Task.company"'
        with self.assertRaisesMessage(ValueError, msg):
            self.employees[0].reviews.add(self.tasks[4])
        self.assertEqual(
            Task.objects.get(pk=self.tasks[4].pk).company, self.companies[1]
        )

    def test_remove_and_clear(self):
        depot = self.depots[2]
        with self.assertNumQueries(1):
            depot.sent_parcels.remove(self.parcels[0])
        self.assertFinds(depot.sent_parcels.all(), [self.parcels[3]])
        depot.sent_parcels.add(self.parcels[0])
        depot.sent_parcels.remove(self.parcels[0], bulk=False)
        self.assertFinds(depot.sent_parcels.all(), [self.parcels[3]])
        with self.assertRaisesMessage(Depot.DoesNotExist, "is not related to"):
            depot.sent_parcels.remove(self.parcels[2])
        with self.assertNumQueries(1):
            depot.sent_parcels.clear()
        self.assertFinds(depot.sent_parcels.all(), [])
        self.assertEqual(Parcel.objects.filter(origin=None).count(), 4)
        self.depots[0].sent_parcels.clear(bulk=False)
        self.assertEqual(Parcel.objects.filter(origin=None).count(), 5)
        # There is no other depot that a parcel without one were in.
        self.assertFalse(hasattr(depot.parcels, "remove"))
        self.assertFalse(hasattr(depot.parcels, "clear"))

    def test_clear_shared_column(self):
        self.employees[1].reviews.clear()
        tasks = Task.objects.filter(pk__in=[self.tasks[0].pk, self.tasks[1].pk])
        self.assertEqual(
            set(tasks.values_list("company", "reviewer")),
            {(self.companies[0].pk, None)},
        )

    def test_set(self):
        depot = self.depots[2]
        depot.sent_parcels.set([self.parcels[3], self.parcels[5]])
        self.assertFinds(depot.sent_parcels.all(), [self.parcels[3], self.parcels[5]])
        depot.sent_parcels.set([self.parcels[1]], clear=True)
        self.assertFinds(depot.sent_parcels.all(), [self.parcels[1]])
        depot.sent_parcels.set([], bulk=False)
        self.assertFinds(depot.sent_parcels.all(), [])

    def test_create(self):
        depot = self.depots[3]
        parcel = depot.parcels.create(weight=9)
        self.assertIs(parcel.depot, depot)
        self.assertEqual(depot.parcels.get_or_create(weight=9), (parcel, False))
        self.assertIs(depot.parcels.get_or_create(weight=10)[1], True)
        self.assertEqual(
            depot.parcels.update_or_create(weight=9, defaults={"weight": 11}),
            (parcel, False),
        )
        self.assertCountEqual(
            depot.parcels.values_list("depot", "weight"),
            [(("B", 2), 10), (("B", 2), 11)],
        )
        shelf = depot.shelves.create(row=3)
        self.assertEqual(shelf.pk, ("B", 2, 3))
        poster = depot.posters.create(text="four")
        self.assertEqual(poster.depot_pk, ("B", "y"))
        task = self.employees[5].tasks.create(name="new")
        self.assertEqual(task.company, self.companies[1])

    def test_aggregate(self):
        self.assertEqual(
            self.depots[2].sent_parcels.aggregate(n=Count("depot", distinct=True)),
            {"n": 2},
        )

    def test_update(self):
        self.assertEqual(self.depots[2].parcels.update(depot=self.depots[3]), 2)
        self.assertFinds(self.depots[3].parcels.all(), self.parcels[3:5])

    def test_unsaved(self):
        msg = "needs to have a primary key value before this relationship can be used."
        with self.assertRaisesMessage(ValueError, msg):
            Depot(country="A").parcels.all()
        msg = 'needs to have a value for field "code"'
        with self.assertRaisesMessage(ValueError, msg):
            Depot(country="A").parcels.add(self.parcels[0])

    def test_async(self):
        async def use(manager, *parcels):
            await manager.aadd(*parcels)
            counts = [await manager.acount()]
            await manager.aremove(parcels[0])
            counts.append(await manager.acount())
            await manager.aset(parcels)
            counts.append(await manager.acount())
            await manager.aclear()
            counts.append(await manager.acount())
            await manager.acreate(depot=self.depots[0])
            _, created = await manager.aget_or_create(depot_pk=("A", 1))
            await manager.aupdate_or_create(
                depot=self.depots[0], defaults={"weight": 12}
            )
            await Parcel.objects.filter(weight=12).aupdate(depot=self.depots[1])
            return counts, created, await manager.aget()

        counts, created, parcel = async_to_sync(use)(
            self.depots[3].sent_parcels, *self.parcels[:2]
        )
        self.assertEqual(counts, [2, 1, 2, 0])
        self.assertIs(created, False)
        self.assertEqual(
            (parcel.weight, parcel.depot_pk, parcel.origin_pk),
            (12, ("A", 2), ("B", 2)),
        )

    def test_one_to_one(self):
        badge = self.badges[0]
        Badge.objects.filter(pk=badge.pk).update(employee=self.employees[5])
        self.assertEqual(Employee.objects.get(pk=self.employees[5].pk).badge, badge)
        self.assertFalse(
            hasattr(Employee.objects.get(pk=self.employees[0].pk), "badge")
        )

    def test_unrelated_tenant(self):
        company = Company.objects.create()
        self.assertFinds(company.tasks.all(), [])
        self.assertEqual(company.employees.update(manager=None), 0)
