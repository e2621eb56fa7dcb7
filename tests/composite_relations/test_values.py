import re

from django.db import connection, models
from django.db.models import Case, Count, F, Max, Q, Sum, When
from django.test import SimpleTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext, isolate_apps

from .models import (
    Badge,
    Box,
    Company,
    Content,
    Depot,
    Employee,
    Parcel,
    Poster,
    Shelf,
    Task,
)
from .testcase import RelationTestCase


class ValuesTests(RelationTestCase):
    def test_values(self):
        parcels = Parcel.objects.order_by("pk")
        for name in ("origin", "origin_pk", "origin__pk"):
            with self.subTest(name=name):
                keys = [parcel.origin_pk for parcel in self.parcels]
                self.assertIn(None, keys)
                with self.assertNumQueries(1), CaptureQueriesContext(connection) as ctx:
                    self.assertEqual(
                        list(parcels.values(name)), [{name: key} for key in keys]
                    )
                self.assertNotIn("JOIN", ctx.captured_queries[0]["sql"])
                self.assertEqual(
                    list(parcels.values_list(name, "weight")),
                    [(parcel.origin_pk, parcel.weight) for parcel in self.parcels],
                )
                self.assertEqual(list(parcels.values_list(name, flat=True)), keys)
                self.assertEqual(
                    [row[0] for row in parcels.values_list(name, named=True)], keys
                )

    def test_partially_null(self):
        self.assertEqual(
            list(Task.objects.order_by("pk").values_list("assignee", "company")),
            [(task.assignee_pk, task.company_id) for task in self.tasks],
        )

    def test_through_relations(self):
        contents = Content.objects.order_by("pk")
        self.assertEqual(
            list(
                contents.values_list(
                    "box", "box__shelf", "box__shelf__depot", "box__shelf__depot__code"
                )
            ),
            [
                (
                    c.box and c.box.pk,
                    c.box and c.box.shelf.pk,
                    c.box and c.box.shelf.depot.pk,
                    c.box and c.box.shelf.depot.code,
                )
                for c in self.contents
            ],
        )
        self.assertEqual(
            str(contents.values("box__shelf__depot").query).count("JOIN"), 0
        )
        self.assertEqual(
            list(Poster.objects.order_by("pk").values_list("depot", "depot__pk")),
            [(poster.depot_pk, poster.depot.pk) for poster in self.posters],
        )

    def test_reverse(self):
        self.assertCountEqual(
            Depot.objects.filter(country="B").values_list("code", "shelves"),
            [(shelf.depot.code, shelf.pk) for shelf in self.shelves[2:]],
        )
        self.assertEqual(
            list(Depot.objects.filter(pk=("A", 2)).values_list("shelves", flat=True)),
            [None],
        )
        self.assertEqual(
            list(Employee.objects.order_by("pk").values_list("badge", "badge__color"))[
                :3
            ],
            [(self.badges[0].pk, "red"), (self.badges[1].pk, "blue"), (None, None)],
        )

    def test_distinct(self):
        keys = {parcel.origin_pk for parcel in self.parcels}
        self.assertCountEqual(
            Parcel.objects.values_list("origin", flat=True).distinct(), keys
        )
        self.assertEqual(Parcel.objects.values("origin").distinct().count(), len(keys))

    @skipUnlessDBFeature("can_distinct_on_fields")
    def test_distinct_fields(self):
        last = {}
        for parcel in self.parcels:
            last[parcel.depot_pk] = parcel
        for name, ordering in (
            ("depot_pk", "depot_pk"),
            ("depot__pk", "depot__pk"),
            ("depot__pk", "depot_pk"),
        ):
            with self.subTest(name=name, ordering=ordering):
                self.assertSequenceEqual(
                    Parcel.objects.order_by(ordering, "-pk").distinct(name),
                    [last[key] for key in sorted(last)],
                )
        employees = Task.objects.order_by("assignee").distinct("assignee")
        self.assertEqual(
            len(employees), len({task.assignee_pk for task in self.tasks}) + 1
        )

    def test_in_bulk(self):
        by_key = {badge.employee_pk: badge for badge in self.badges}
        self.assertEqual(Badge.objects.in_bulk(field_name="employee_pk"), by_key)
        with self.assertNumQueries(1):
            self.assertEqual(
                Badge.objects.in_bulk(list(by_key)[:2], field_name="employee_pk"),
                dict(list(by_key.items())[:2]),
            )
        msg = "in_bulk()'s field_name must be a unique field but 'depot_pk' isn't."
        with self.assertRaisesMessage(ValueError, msg):
            Parcel.objects.in_bulk(field_name="depot_pk")

    @skipUnlessDBFeature("supports_select_union")
    def test_union(self):
        depots = {parcel.depot_pk for parcel in self.parcels}
        origins = {parcel.origin_pk for parcel in self.parcels}
        first, second = (
            Parcel.objects.order_by().values_list(name, flat=True)
            for name in ("depot", "origin")
        )
        self.assertCountEqual(first.union(second), depots | origins)
        self.assertEqual(
            list(
                first.union(
                    Depot.objects.order_by().values_list("pk", flat=True)
                ).order_by("-depot")
            ),
            [("B", 2), ("B", 1), ("A", 2), ("A", 1)],
        )
        if connection.features.supports_select_intersection:
            self.assertCountEqual(first.intersection(second), depots & origins)
        if connection.features.supports_select_difference:
            self.assertCountEqual(first.difference(second), depots - origins)


class OrderingTests(RelationTestCase):
    def test_key(self):
        parcels = Parcel.objects.filter(origin__isnull=False)
        expected = sorted(
            (parcel for parcel in self.parcels if parcel.origin),
            key=lambda parcel: (parcel.origin.pk, parcel.pk),
        )
        backwards = sorted(
            expected,
            key=lambda p: ([d.pk for d in self.depots].index(p.origin.pk), -p.pk),
            reverse=True,
        )
        for name in ("origin_pk", "origin__pk"):
            with self.subTest(name=name):
                self.assertSequenceEqual(parcels.order_by(name, "pk"), expected)
                self.assertSequenceEqual(parcels.order_by(f"-{name}", "pk"), backwards)
                self.assertSequenceEqual(
                    parcels.order_by(f"-{name}", "pk").reverse(), backwards[::-1]
                )
                self.assertSequenceEqual(
                    parcels.order_by(F(name).desc(), "pk"), backwards
                )
                self.assertNotIn("JOIN", str(parcels.order_by(name).query))

    def test_related_ordering(self):
        # As by a single column, the order is that of the related model.
        names = [parcel.depot.name for parcel in self.parcels]
        self.assertEqual(
            [parcel.depot.name for parcel in Parcel.objects.order_by("depot")],
            sorted(names),
        )
        self.assertEqual(
            [parcel.depot.name for parcel in Parcel.objects.order_by("-depot")],
            sorted(names, reverse=True),
        )
        # Of a model that has none it is its key's.
        contents = Content.objects.filter(box__isnull=False).order_by("-box", "pk")
        self.assertSequenceEqual(contents, [self.contents[i] for i in (3, 2, 0, 1)])
        self.assertEqual(str(contents.query).count("JOIN"), 0)

    def test_nulls(self):
        nulls = [parcel for parcel in self.parcels if not parcel.origin]
        for name in ("origin_pk", "origin"):
            queryset = Parcel.objects.order_by(F(name).asc(nulls_last=True), "pk")
            self.assertEqual(list(queryset)[-2:], nulls)
            queryset = Parcel.objects.order_by(F(name).desc(nulls_first=True), "pk")
            self.assertEqual(list(queryset)[:2], nulls)

    def test_latest(self):
        parcels = Parcel.objects.filter(origin__isnull=False)
        self.assertEqual(parcels.latest("origin_pk", "pk"), self.parcels[3])
        self.assertEqual(parcels.earliest("origin_pk"), self.parcels[2])
        self.assertEqual(parcels.order_by("depot_pk", "weight").last(), self.parcels[4])
        self.assertEqual(Shelf.objects.last(), self.shelves[-1])

    def test_member_of_key(self):
        self.assertSequenceEqual(
            Shelf.objects.order_by("-pk__depot__pk", "pk__row"),
            [self.shelves[index] for index in (4, 5, 2, 3, 0, 1)],
        )


class AggregationTests(RelationTestCase):
    def count(self, objs, name):
        counts = {}
        for obj in objs:
            key = getattr(obj, name)
            counts[key] = counts.get(key, 0) + 1
        return counts

    def test_group_by(self):
        for name in ("depot", "depot_pk", "depot__pk", "origin"):
            counts = self.count(self.parcels, f"{name.partition('_')[0]}_pk")
            groups = Parcel.objects.order_by().values(name).annotate(n=Count("pk"))
            with self.subTest(name=name):
                self.assertCountEqual(
                    groups, [{name: key, "n": n} for key, n in counts.items()]
                )
                self.assertNotIn("JOIN", str(groups.query))
                self.assertEqual(groups.count(), len(counts))
                self.assertCountEqual(
                    groups.filter(n__gt=1).values_list(name, flat=True),
                    [key for key, n in counts.items() if n > 1],
                )
                self.assertEqual(
                    groups.aggregate(total=Sum("n"), most=Max("n")),
                    {"total": 6, "most": max(counts.values())},
                )
                self.assertCountEqual(
                    groups.values_list("n", name),
                    [(n, key) for key, n in counts.items()],
                )
        groups = Parcel.objects.values("depot").annotate(n=Count("pk"))
        self.assertCountEqual(
            groups.filter(depot__name="delta"), [{"depot": ("A", 1), "n": 2}]
        )
        self.assertSequenceEqual(
            groups.order_by("-depot__pk").values_list("depot", "n"),
            [(("B", 1), 2), (("A", 2), 2), (("A", 1), 2)],
        )
        self.assertSequenceEqual(
            Parcel.objects.values("depot")
            .annotate(n=Count("origin"))
            .order_by("n", "-depot_pk"),
            [
                {"depot": ("A", 2), "n": 1},
                {"depot": ("A", 1), "n": 1},
                {"depot": ("B", 1), "n": 2},
            ],
        )

    def test_group_by_annotation(self):
        self.assertCountEqual(
            Parcel.objects.annotate(o=F("origin"))
            .values_list("o")
            .annotate(Count("pk")),
            list(self.count(self.parcels, "origin_pk").items()),
        )
        self.assertCountEqual(
            Parcel.objects.values("weight", o=F("origin")).annotate(n=Count("pk")),
            [{"weight": p.weight, "o": p.origin_pk, "n": 1} for p in self.parcels],
        )

    def test_subquery_of_groups(self):
        twice = Parcel.objects.values("depot").annotate(n=Sum("weight")).filter(n__gt=5)
        self.assertFinds(
            Depot.objects.filter(pk__in=twice.values("depot")), self.depots[1:3]
        )

    def test_count(self):
        origins = [p.origin_pk for p in self.parcels if p.origin]
        for name in ("origin", "origin_pk", "origin__pk"):
            with self.subTest(name=name):
                with CaptureQueriesContext(connection) as context:
                    self.assertEqual(
                        Parcel.objects.aggregate(
                            n=Count(name),
                            distinct=Count(name, distinct=True),
                            light=Count(name, filter=Q(weight__lt=4)),
                            distinct_heavy=Count(
                                name, distinct=True, filter=Q(weight__gt=3)
                            ),
                        ),
                        {
                            "n": len(origins),
                            "distinct": len(set(origins)),
                            "light": 2,
                            "distinct_heavy": 2,
                        },
                    )
                self.assertNotIn("JOIN", context.captured_queries[0]["sql"])
        self.assertEqual(
            Task.objects.aggregate(
                n=Count("assignee"), m=Count("reviewer", distinct=True)
            ),
            {"n": 5, "m": 4},
        )

    def test_reverse_count(self):
        queryset = Depot.objects.order_by("pk").annotate(
            parcel_count=Count("parcels", distinct=True),
            shelf_count=Count("shelves", distinct=True),
            first_rows=Count("shelves", distinct=True, filter=Q(shelves__row=1)),
            box_count=Count("shelves__boxes", distinct=True),
            content_count=Count("shelves__boxes__contents", distinct=True),
        )
        with self.assertNumQueries(1):
            rows = list(
                queryset.values_list(
                    "pk",
                    "parcel_count",
                    "shelf_count",
                    "first_rows",
                    "box_count",
                    "content_count",
                )
            )
        self.assertEqual(
            rows,
            [
                (
                    depot.pk,
                    sum(p.depot == depot for p in self.parcels),
                    sum(s.depot == depot for s in self.shelves),
                    sum(s.depot == depot and s.row == 1 for s in self.shelves),
                    sum(b.shelf.depot == depot for b in self.boxes),
                    sum(
                        c.box is not None and c.box.shelf.depot == depot
                        for c in self.contents
                    ),
                )
                for depot in self.depots
            ],
        )
        self.assertEqual(
            [depot.pk for depot in queryset.filter(shelf_count=0)], [("A", 2)]
        )
        employees = Employee.objects.annotate(n=Count("tasks"), m=Count("staff"))
        self.assertEqual(
            {(e.company_id, e.number): (e.n, e.m) for e in employees},
            {
                e.pk: (
                    sum(task.assignee == e for task in self.tasks),
                    sum(other.manager == e for other in self.employees),
                )
                for e in self.employees
            },
        )
        companies = Company.objects.annotate(n=Count("employees__tasks")).order_by("pk")
        self.assertEqual([company.n for company in companies], [3, 2])

    def test_conditional(self):
        self.assertEqual(
            Parcel.objects.aggregate(
                from_b1=Sum(
                    Case(When(origin=self.depots[2], then="weight"), default=0)
                ),
                other=Sum("weight", filter=~Q(origin=self.depots[2])),
                same=Sum("weight", filter=Q(origin=F("depot"))),
            ),
            {"from_b1": 5, "other": 16, "same": 4},
        )

    def test_aggregate_over_annotation(self):
        self.assertEqual(
            Parcel.objects.annotate(o=F("origin")).aggregate(
                n=Count("o"), m=Count("o", distinct=True)
            ),
            {"n": 4, "m": 3},
        )
        self.assertEqual(
            Parcel.objects.order_by("pk")[:2].aggregate(n=Count("origin")), {"n": 1}
        )
        self.assertEqual(
            Parcel.objects.annotate(o=F("origin"))
            .distinct()
            .aggregate(n=Count("o"), m=Count("depot", distinct=True)),
            {"n": 4, "m": 3},
        )

    def test_one_column_only(self):
        msg = "Max expression does not support composite primary keys."
        with self.assertRaisesMessage(ValueError, msg):
            Parcel.objects.aggregate(Max("origin"))


class DeferTests(RelationTestCase):
    def get_columns(self, queryset):
        return {field.attname for field in queryset.model._meta.concrete_fields} - (
            queryset[0].get_deferred_fields()
        )

    def test_only(self):
        depot = {"depot_country", "depot_code"}
        origin = {"origin_country", "origin_code"}
        parcels = Parcel.objects.order_by("pk")
        for queryset, columns in (
            (parcels.only("depot"), {"id", *depot}),
            (parcels.only("depot_pk"), {"id", *depot}),
            (parcels.only("depot_code"), {"id", "depot_code"}),
            (parcels.only("weight"), {"id", "weight"}),
            (parcels.only("depot", "weight"), {"id", "weight", *depot}),
            (parcels.defer("depot"), {"id", "weight", *origin}),
            (parcels.defer("depot_pk"), {"id", "weight", *origin}),
            (
                parcels.defer("depot_code"),
                {"id", "weight", "depot_country", *origin},
            ),
            (parcels.only("depot", "origin").defer("depot"), {"id", *origin}),
        ):
            with self.subTest(queryset=queryset):
                self.assertEqual(self.get_columns(queryset), columns)

    def test_only_given_fields(self):
        tasks = Task.objects.order_by("pk")
        self.assertEqual(
            self.get_columns(tasks.only("assignee")),
            {"id", "company_id", "assignee_number"},
        )
        # The company is a field of its own.
        self.assertEqual(
            self.get_columns(tasks.defer("assignee")),
            {"id", "company_id", "name", "reviewer_number"},
        )

    def test_only_members(self):
        for name in ("pk__depot", "pk__row", "pk", "row"):
            with self.subTest(name=name):
                self.assertEqual(
                    self.get_columns(Shelf.objects.only(name)),
                    {"depot_country", "depot_code", "row"},
                )
        queryset = Box.objects.only("pk__shelf__material").select_related("shelf")
        with self.assertNumQueries(1):
            self.assertEqual({box.shelf.material for box in queryset}, {"m1", "m2"})
        self.assertEqual(queryset[0].shelf.get_deferred_fields(), set())
        self.assertEqual(
            self.get_columns(Shelf.objects.defer("pk__row")),
            {"depot_country", "depot_code", "row", "material"},
        )

    def test_deferred_columns_are_loaded_together(self):
        parcel = Parcel.objects.only("weight").get(pk=self.parcels[0].pk)
        with self.assertNumQueries(1):
            self.assertEqual(parcel.depot_pk, ("A", 1))
            self.assertEqual(parcel.depot_code, 1)
        parcel = Parcel.objects.defer("depot").get(pk=self.parcels[0].pk)
        with self.assertNumQueries(2):
            self.assertEqual(parcel.depot, self.depots[0])

    def test_select_related(self):
        queryset = Parcel.objects.order_by("pk").select_related("depot")
        for queryset, columns in (
            (queryset.only("depot__name"), {"name", "country", "code"}),
            (queryset.defer("depot__name"), {"label", "country", "code"}),
            (queryset.defer("weight"), {"name", "label", "country", "code"}),
            (queryset.defer("origin"), {"name", "label", "country", "code"}),
            (queryset.only("depot"), {"name", "label", "country", "code"}),
        ):
            with self.subTest(queryset=queryset):
                with self.assertNumQueries(1):
                    depot = queryset[0].depot
                    self.assertEqual(depot.pk, ("A", 1))
                self.assertEqual(
                    {"name", "label", "country", "code"} - depot.get_deferred_fields(),
                    columns,
                )


@isolate_apps("composite_relations")
class MetaOrderingTests(SimpleTestCase):
    def get_model(self, *names):
        class Store(models.Model):
            pk = models.CompositePrimaryKey("country", "code")
            country = models.CharField(max_length=10)
            code = models.IntegerField()
            name = models.CharField(max_length=10)

        class Row(models.Model):
            pk = models.CompositePrimaryKey("store", "number")
            store = models.ForeignKey(Store, models.CASCADE)
            number = models.IntegerField()
            name = models.CharField(max_length=10)

            class Meta:
                ordering = names

        return Row

    def test_members(self):
        Row = self.get_model(
            "-pk__number", "pk__store", "pk__store__name", "store__pk__code", "store_pk"
        )
        self.assertEqual(Row._check_ordering(), [])
        columns = re.sub(
            r'["`]|composite_relations_', "", str(Row.objects.all().query).lower()
        )
        self.assertIn(
            "order by row.number desc, row.store_country asc, row.store_code asc, "
            "store.name asc",
            columns,
        )

    def test_no_members(self):
        Row = self.get_model()
        for name in ("pk__name", "store__pk__name", "pk__unknown", "pk__store__x"):
            with self.subTest(name=name):
                Row._meta.ordering = [name]
                (error,) = Row._check_ordering()
                self.assertEqual(error.id, "models.E015")
                self.assertIn(repr(name), error.msg)
