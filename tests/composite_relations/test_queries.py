from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.test import skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import (
    Badge,
    Box,
    Company,
    Content,
    Depot,
    Employee,
    Parcel,
    Poster,
    Review,
    Shelf,
    Task,
)
from .testcase import RelationTestCase


class LookupTests(RelationTestCase):
    def test_exact(self):
        depot = self.depots[1]
        expected = [parcel for parcel in self.parcels if parcel.depot == depot]
        for lookup in (
            {"depot": depot},
            {"depot": ("A", 2)},
            {"depot": ["A", 2]},
            {"depot": ("A", "2")},
            {"depot": str(depot.pk)},
            {"depot": (Value("A"), 2)},
            {"depot_pk": ("A", 2)},
            {"depot_pk": str(depot.pk)},
            {"depot__exact": depot},
            {"depot__pk": ("A", 2)},
            {"depot__pk": depot.pk},
            {"depot__country": "A", "depot__code": 2},
            {"depot_country": "A", "depot_code": 2},
            {"depot__pk__country": "A", "depot__pk__code": 2},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(Parcel.objects.filter(**lookup), expected, joins=0)

    def test_exact_given_fields(self):
        employee = self.employees[1]
        expected = [task for task in self.tasks if task.assignee == employee]
        for lookup in (
            {"assignee": employee},
            {"assignee": (employee.company_id, 2)},
            {"assignee_pk": (employee.company_id, 2)},
            {"assignee__company": employee.company, "assignee__number": 2},
            {"assignee__company_id": employee.company_id, "assignee__number": 2},
            {"assignee__company__pk": employee.company_id, "assignee__number": 2},
            {"assignee__pk__company": employee.company, "assignee__number": 2},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(Task.objects.filter(**lookup), expected, joins=0)

    def test_exact_to_unique_fields(self):
        for lookup in (
            {"depot": self.depots[2]},
            {"depot": ("B", "x")},
            {"depot_pk": ("B", "x")},
            {"depot": '["B", "x"]'},
            {"depot__country": "B", "depot__label": "x"},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(
                    Poster.objects.filter(**lookup), [self.posters[1]], joins=0
                )
        # The key isn't what the poster has.
        self.assertFinds(
            Poster.objects.filter(depot__pk=("B", 1)), [self.posters[1]], joins=1
        )

    def test_in(self):
        depots = [self.depots[0], self.depots[2]]
        keys = [depot.pk for depot in depots]
        expected = [parcel for parcel in self.parcels if parcel.depot in depots]
        for value in (
            depots,
            keys,
            set(keys),
            list(map(str, keys)),
            [depots[0], keys[1]],
            [depots[0], str(keys[1])],
            [("A", 1), ["B", 1], ("A", None)],
        ):
            with self.subTest(value=value):
                self.assertFinds(Parcel.objects.filter(depot__in=value), expected, 0)
        self.assertFinds(Parcel.objects.filter(depot__in=iter(depots)), expected, 0)
        self.assertFinds(
            Parcel.objects.filter(depot__in=(depot.pk for depot in depots)), expected, 0
        )
        self.assertFinds(Parcel.objects.filter(depot_pk__in=keys), expected, 0)
        self.assertFinds(Parcel.objects.filter(depot__pk__in=keys), expected, 0)

    def test_in_nothing(self):
        for value in ([], Depot.objects.none(), [("A", None)]):
            with self.subTest(value=value):
                self.assertSequenceEqual(Parcel.objects.filter(depot__in=value), [])
                self.assertCountEqual(
                    Parcel.objects.exclude(depot__in=value), self.parcels
                )

    def test_in_queryset(self):
        depots = Depot.objects.filter(code=1)
        expected = [parcel for parcel in self.parcels if parcel.depot.code == 1]
        for queryset in (
            depots,
            depots.order_by("label"),
            depots.distinct(),
            depots.only("name"),
            depots.values("pk"),
            depots.values_list("country", "code"),
            depots.annotate(n=Count("parcels")).values("pk"),
            Parcel.objects.filter(depot__code=1).values("depot"),
            Parcel.objects.filter(depot__code=1).values("depot__pk"),
        ):
            with self.subTest(queryset=queryset):
                self.assertFinds(
                    Parcel.objects.filter(depot__in=queryset), expected, None
                )
        self.assertFinds(
            Poster.objects.filter(depot__in=depots), self.posters[:2], joins=0
        )

    @skipUnlessDBFeature("allow_sliced_subqueries_with_in")
    def test_in_sliced_queryset(self):
        # By name: A2, B2, B1, A1.
        expected = [p for p in self.parcels if p.depot.name in ("alpha", "bravo")]
        depots = Depot.objects.order_by("name")[:2]
        for queryset in (depots, depots.values("pk"), Depot.objects.distinct()[:2]):
            with self.subTest(queryset=queryset):
                self.assertFinds(Parcel.objects.filter(depot__in=queryset), expected)
        tasks = Task.objects.filter(
            assignee__in=Employee.objects.distinct().order_by("-pk")[:2]
        )
        self.assertFinds(tasks, [self.tasks[6]])

    def test_isnull(self):
        none = [parcel for parcel in self.parcels if parcel.origin is None]
        some = [parcel for parcel in self.parcels if parcel.origin is not None]
        for lookup in ({"origin__isnull": True}, {"origin": None}, {"origin_pk": None}):
            with self.subTest(lookup=lookup):
                self.assertFinds(Parcel.objects.filter(**lookup), none, joins=0)
                self.assertFinds(Parcel.objects.exclude(**lookup), some, joins=0)
        self.assertFinds(Parcel.objects.filter(origin__isnull=False), some, joins=0)
        self.assertFinds(Parcel.objects.exclude(origin__isnull=False), none, joins=0)
        self.assertFinds(Parcel.objects.filter(origin__pk__isnull=True), none, joins=0)

    def test_partially_null(self):
        # The company of a task without an assignee is not null.
        none = [task for task in self.tasks if task.assignee is None]
        some = [task for task in self.tasks if task.assignee is not None]
        self.assertFinds(Task.objects.filter(assignee=None), none)
        self.assertFinds(Task.objects.filter(assignee__isnull=False), some)
        self.assertFinds(Task.objects.exclude(assignee=self.employees[5]), self.tasks)
        self.assertFinds(
            Task.objects.exclude(assignee__in=[self.employees[0], self.employees[4]]),
            [task for task in self.tasks if task not in (self.tasks[0], self.tasks[6])],
        )

    def test_inequalities(self):
        keys = {
            parcel: parcel.origin and (parcel.origin.country, parcel.origin.code)
            for parcel in self.parcels
        }
        depot = self.depots[1]
        for lookup, condition in (
            ("gt", lambda key: key > ("A", 2)),
            ("gte", lambda key: key >= ("A", 2)),
            ("lt", lambda key: key < ("A", 2)),
            ("lte", lambda key: key <= ("A", 2)),
        ):
            expected = [p for p, key in keys.items() if key and condition(key)]
            others = [p for p in self.parcels if p not in expected]
            for value in (depot, ("A", 2), str(depot.pk)):
                with self.subTest(lookup=lookup, value=value):
                    kwargs = {f"origin__{lookup}": value}
                    self.assertFinds(Parcel.objects.filter(**kwargs), expected)
                    self.assertFinds(Parcel.objects.exclude(**kwargs), others)
        self.assertFinds(
            Parcel.objects.filter(origin__range=[("A", 2), self.depots[2]]),
            [p for p, key in keys.items() if key and ("A", 2) <= key <= ("B", 1)],
        )

    def test_subquery(self):
        depots = Depot.objects.filter(name="alpha")
        expected = [parcel for parcel in self.parcels if parcel.depot.name == "alpha"]
        for value in (
            depots[:1],
            depots.values("pk")[:1],
            Subquery(depots.values("pk")[:1]),
            Subquery(depots.values("country", "code")[:1]),
        ):
            with self.subTest(value=value):
                self.assertFinds(Parcel.objects.filter(depot=value), expected)

    def test_wrong_values(self):
        for value, msg in (
            (("A",), "'exact' lookup of 'depot' must have 2 elements"),
            (("A", 1, 2), "'exact' lookup of 'depot' must have 2 elements"),
            (5, "'exact' lookup of 'depot' must have 2 elements"),
            ("A", "'exact' lookup of 'depot' must have 2 elements"),
            (("A", "x"), "Field 'code' expected a number but got 'x'."),
            (self.companies[0], 'Must be "Depot" instance.'),
            (Depot(), "Model instances passed to related filters must be saved."),
            (Depot.objects.all(), "must be limited to one result using slicing."),
            (Company.objects.all()[:1], 'Use a QuerySet for "Depot".'),
            (Depot.objects.values("name")[:1], "must have 2 selected fields"),
        ):
            with self.subTest(value=value), self.assertRaisesMessage(ValueError, msg):
                Parcel.objects.filter(depot=value)
        for value, msg in (
            ([("A",)], "'in' lookup of 'depot' must have 2 elements each"),
            ([1], "'in' lookup of 'depot' must have 2 elements each"),
            ([self.companies[0]], 'Must be "Depot" instance.'),
            (Depot.objects.values("name"), "must have 2 selected fields (received 1)"),
        ):
            with self.subTest(value=value), self.assertRaisesMessage(ValueError, msg):
                Parcel.objects.filter(depot__in=value)

    def test_unsupported_lookup(self):
        for name in ("depot", "pk", "shelf", "shelf__pk"):
            # Single columns have it, so that it isn't the one that is meant.
            msg = "Unsupported lookup 'contains'"
            with self.subTest(name=name), self.assertRaises(FieldError) as context:
                Box.objects.filter(
                    **{f"{'shelf__depot' if name == 'depot' else name}__contains": 1}
                )
            self.assertIn(msg, str(context.exception))
            self.assertNotIn("perhaps", str(context.exception))
        msg = "perhaps you meant isnull?"
        with self.assertRaisesMessage(FieldError, msg):
            Box.objects.filter(pk__isnul=1)


class SpanningTests(RelationTestCase):
    def test_other_fields(self):
        self.assertFinds(
            Parcel.objects.filter(depot__name="alpha"),
            [parcel for parcel in self.parcels if parcel.depot.name == "alpha"],
            joins=1,
        )
        self.assertFinds(
            Parcel.objects.filter(origin__name="alpha"), [self.parcels[4]], joins=1
        )

    def test_members_of_members(self):
        content = [
            c for c in self.contents if c.box and c.box.shelf.depot_pk == ("A", 1)
        ]
        depot = self.depots[0]
        for lookup in (
            {"box__shelf__depot": depot},
            {"box__shelf__depot": ("A", 1)},
            {"box__shelf__depot_pk": ("A", 1)},
            {"box__shelf__depot__pk": ("A", 1)},
            {"box__shelf__depot__in": [depot]},
            {"box__shelf__pk__depot": depot},
            {"box__pk__shelf__pk__depot__pk": depot.pk},
            {"box__shelf__depot__country": "A", "box__shelf__depot__code": 1},
            {"box_shelf_depot_country": "A", "box_shelf_depot_code": 1},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(Content.objects.filter(**lookup), content, joins=0)
        self.assertFinds(
            Content.objects.filter(box__shelf__depot__name="delta"), content, joins=3
        )
        self.assertFinds(
            Content.objects.filter(box__shelf__material="m1"),
            [c for c in self.contents if c.box and c.box.shelf.material == "m1"],
            joins=2,
        )
        self.assertFinds(
            Content.objects.filter(box=(*depot.pk, 1, 2)), [self.contents[2]], joins=0
        )

    def test_promoted_joins(self):
        expected = [
            parcel
            for parcel in self.parcels
            if parcel.weight == 2 or parcel.origin and parcel.origin.name == "alpha"
        ]
        self.assertFinds(
            Parcel.objects.filter(Q(weight=2) | Q(origin__name="alpha")), expected, 1
        )
        queryset = Parcel.objects.filter(origin__name__isnull=True)
        self.assertIn("LEFT OUTER JOIN", str(queryset.query))
        self.assertFinds(queryset, [self.parcels[1], self.parcels[5]])
        self.assertNotIn(
            "OUTER", str(Parcel.objects.filter(origin__name="alpha").query)
        )

    def test_reverse(self):
        for lookup in (
            {"parcels": self.parcels[3]},
            {"parcels": self.parcels[3].pk},
            {"parcels__in": [self.parcels[3]]},
            {"parcels__weight": 4},
            {"shelves": self.shelves[2], "parcels__weight": 4},
            {"shelves__boxes__contents": self.contents[3]},
            {"posters__text": "two"},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(Depot.objects.filter(**lookup), [self.depots[2]])
        # The key of what refers to it is composite.
        shelf = self.shelves[2]
        for lookup in (
            {"shelves": shelf},
            {"shelves": shelf.pk},
            {"shelves": str(shelf.pk)},
            {"shelves__in": [shelf]},
            {"shelves__pk": shelf.pk},
            {"shelves__in": Shelf.objects.filter(pk=shelf.pk)},
            {"shelves__pk__depot": self.depots[2], "shelves__pk__row": 1},
        ):
            with self.subTest(lookup=lookup):
                self.assertFinds(Depot.objects.filter(**lookup), [self.depots[2]], 1)
        self.assertFinds(Depot.objects.filter(shelves=None), [self.depots[1]])
        self.assertFinds(
            Depot.objects.filter(shelves__isnull=False).distinct(),
            [self.depots[0], *self.depots[2:]],
        )
        self.assertFinds(
            Employee.objects.filter(badge__isnull=True),
            [self.employees[index] for index in (2, 4, 5)],
        )
        self.assertFinds(
            Employee.objects.filter(badge=self.badges[1]), [self.employees[1]]
        )

    def test_self_reference(self):
        first, second, third, *_ = self.employees
        self.assertFinds(Employee.objects.filter(manager=first), [second], joins=0)
        self.assertFinds(Employee.objects.filter(manager__manager=first), [third], 1)
        self.assertFinds(Employee.objects.filter(staff__staff=third), [first], 2)
        self.assertFinds(
            Employee.objects.filter(manager__name="1", company=self.companies[1]),
            [self.employees[4]],
        )
        self.assertFinds(
            Employee.objects.filter(staff=None), [third, self.employees[5]]
        )

    def test_filtered_relation(self):
        queryset = Depot.objects.alias(
            heavy=FilteredRelation("parcels", condition=Q(parcels__weight__gt=4))
        )
        self.assertFinds(
            queryset.filter(heavy__isnull=False), [self.depots[1], self.depots[2]]
        )
        self.assertFinds(queryset.filter(heavy=None), [self.depots[0], self.depots[3]])
        self.assertFinds(
            queryset.filter(heavy__origin__name="alpha"), [self.depots[2]], joins=2
        )
        self.assertFinds(
            queryset.exclude(heavy__origin__name="alpha"),
            [depot for depot in self.depots if depot != self.depots[2]],
        )
        forward = Parcel.objects.annotate(
            home=FilteredRelation("origin", condition=Q(origin__country="B"))
        )
        self.assertEqual(
            list(forward.order_by("pk").values_list("home", "home__name")),
            [
                (
                    (p.origin.pk, p.origin.name)
                    if p.origin and p.origin.country == "B"
                    else (None, None)
                )
                for p in self.parcels
            ],
        )
        with self.assertNumQueries(1):
            self.assertEqual(
                [
                    getattr(parcel, "home", None)
                    for parcel in forward.select_related("home").order_by("pk")
                ],
                [
                    p.origin if p.origin and p.origin.country == "B" else None
                    for p in self.parcels
                ],
            )


class ExpressionTests(RelationTestCase):
    def test_f(self):
        same = [parcel for parcel in self.parcels if parcel.depot == parcel.origin]
        for value in ("depot", "depot_pk", "depot__pk"):
            with self.subTest(value=value):
                self.assertFinds(Parcel.objects.filter(origin=F(value)), same, joins=0)
                self.assertFinds(
                    Parcel.objects.exclude(origin=F(value)),
                    [parcel for parcel in self.parcels if parcel not in same],
                )
        self.assertFinds(Parcel.objects.filter(depot=F("origin")), same, joins=0)
        self.assertFinds(
            Parcel.objects.exclude(depot=F("origin")),
            [parcel for parcel in self.parcels if parcel not in same],
        )
        self.assertFinds(
            Parcel.objects.filter(depot__gt=F("origin")),
            [p for p in self.parcels if p.origin and p.depot.pk > p.origin.pk],
        )
        self.assertFinds(
            Task.objects.filter(assignee=F("reviewer")), [self.tasks[1], self.tasks[4]]
        )
        self.assertFinds(
            Task.objects.exclude(assignee=F("reviewer")),
            [task for task in self.tasks if task not in (self.tasks[1], self.tasks[4])],
        )
        self.assertFinds(
            Parcel.objects.filter(depot=F("origin__parcels__depot")).distinct(), same
        )

    def test_f_foreign_object(self):
        # It isn't a foreign key, but has columns as well.
        self.assertSequenceEqual(Review.objects.filter(stock=F("stock")), [])
        self.assertEqual(
            str(Review.objects.annotate(x=F("stock")).query).count("JOIN"), 0
        )

    def test_f_in_tuple(self):
        self.assertFinds(
            Parcel.objects.filter(depot=(F("origin__country"), F("origin__code"))),
            [parcel for parcel in self.parcels if parcel.depot == parcel.origin],
            joins=0,
        )

    def test_annotate(self):
        queryset = Parcel.objects.annotate(a=F("origin"), b=F("depot__pk")).order_by(
            "pk"
        )
        self.assertEqual(
            [(parcel.a, parcel.b) for parcel in queryset],
            [(p.origin_pk, p.depot_pk) for p in self.parcels],
        )
        self.assertFinds(
            Parcel.objects.annotate(a=F("origin")).filter(a=self.depots[2]),
            [self.parcels[0], self.parcels[3]],
        )
        self.assertFinds(
            Parcel.objects.alias(a=F("origin")).filter(a__isnull=True),
            [self.parcels[1], self.parcels[5]],
        )
        self.assertFinds(
            Parcel.objects.alias(a=F("origin")).filter(a=F("depot")), [self.parcels[3]]
        )
        self.assertFinds(
            Parcel.objects.alias(a=F("origin")).exclude(a__in=[("B", 1), ("A", 2)]),
            # NULL isn't known to be none of them.
            [self.parcels[2]],
        )

    def test_outer_ref(self):
        without = [d for d in self.depots if all(p.depot != d for p in self.parcels)]
        for value in ("pk",):
            parcels = Parcel.objects.filter(depot=OuterRef(value))
            self.assertFinds(Depot.objects.filter(~Exists(parcels)), without)
        expected = [parcel for parcel in self.parcels if parcel.origin]
        for value in ("origin", "origin_pk", "origin__pk"):
            with self.subTest(value=value):
                self.assertFinds(
                    Parcel.objects.filter(
                        Exists(Depot.objects.filter(pk=OuterRef(value)))
                    ),
                    expected,
                    joins=0,
                )
        # Parcels that were sent from where other parcels are.
        self.assertFinds(
            Parcel.objects.filter(
                Exists(
                    Parcel.objects.filter(depot=OuterRef("origin")).exclude(
                        pk=OuterRef("pk")
                    )
                )
            ),
            [
                parcel
                for parcel in self.parcels
                if any(p.depot == parcel.origin and p != parcel for p in self.parcels)
            ],
        )
        self.assertFinds(
            Parcel.objects.filter(
                depot__in=Depot.objects.filter(pk=OuterRef("origin"))
            ),
            [self.parcels[3]],
        )

    def test_subquery_annotation(self):
        heaviest = Parcel.objects.filter(depot=OuterRef("pk")).order_by("-weight")
        expected = []
        for depot in self.depots:
            parcels = [parcel for parcel in self.parcels if parcel.depot == depot]
            parcels.sort(key=lambda parcel: -parcel.weight)
            expected.append(parcels[0].origin_pk if parcels else None)
        queryset = Depot.objects.order_by("pk")
        for annotation in (
            heaviest.values("origin")[:1],
            Subquery(heaviest.values("origin")[:1]),
            Subquery(heaviest.values("origin__pk")[:1]),
        ):
            with self.subTest(annotation=annotation):
                annotated = queryset.annotate(x=annotation)
                self.assertEqual([depot.x for depot in annotated], expected)
                self.assertEqual(list(annotated.values_list("x", flat=True)), expected)
                self.assertFinds(annotated.filter(x=("A", 2)), [self.depots[2]])
                self.assertEqual(
                    annotated.aggregate(n=Count("x")),
                    {"n": sum(key is not None for key in expected)},
                )
        several = Subquery(heaviest.values("weight", "origin_country")[:1])
        self.assertEqual(
            list(queryset.annotate(x=several).values_list("x", flat=True)),
            [(2, None), (6, None), (5, "A"), (None, None)],
        )

    def test_subquery_annotation_ties(self):
        # Both columns are of the same row, though the order doesn't say which.
        parcels = Parcel.objects.filter(origin=None)
        parcels |= Parcel.objects.filter(origin__isnull=False)
        parcels = parcels.order_by("depot_country").values("depot")
        for depot in Depot.objects.annotate(x=Subquery(parcels[:1])):
            self.assertIn(depot.x, [("A", 1), ("A", 2)])

    def test_exists_ignores_columns(self):
        parcels = Parcel.objects.filter(depot=OuterRef("pk")).values("depot", "weight")
        self.assertEqual(
            list(
                Depot.objects.annotate(x=Exists(parcels))
                .order_by("pk")
                .values_list("x", flat=True)
            ),
            [True, True, True, False],
        )


class ExcludeTests(RelationTestCase):
    """exclude() finds the objects that filter() doesn't."""

    def assertExcludes(self, model, *args, **kwargs):
        objs = set(model.objects.all())
        found = set(model.objects.filter(*args, **kwargs))
        self.assertTrue(found)
        self.assertTrue(objs - found)
        self.assertFinds(model.objects.exclude(*args, **kwargs), objs - found)
        self.assertFinds(model.objects.filter(~Q(*args, **kwargs)), objs - found)
        self.assertFinds(model.objects.exclude(~Q(*args, **kwargs)), found)

    def test_forward(self):
        for kwargs in (
            {"origin": self.depots[2]},
            {"origin__in": [self.depots[1], self.depots[2]]},
            {"origin__in": Depot.objects.filter(code=1)},
            {"origin__pk": ("B", 1)},
            {"origin__name": "alpha"},
            {"origin__name__in": ["alpha", "charlie"]},
            {"origin__country": "B"},
            {"origin__code": 1},
            {"origin__isnull": True},
            {"origin__gt": ("A", 2)},
            {"origin__name": "charlie", "weight": 1},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Parcel, **kwargs)

    def test_reverse(self):
        for kwargs in (
            {"parcels": self.parcels[0]},
            {"parcels__weight": 5},
            {"parcels__weight__gt": 3},
            {"parcels__origin": self.depots[2]},
            {"parcels__origin__name": "alpha"},
            {"parcels__origin": None},
            {"parcels": None},
            {"parcels__isnull": False},
            {"sent_parcels__depot": self.depots[1]},
            {"sent_parcels__depot__posters__text": "one"},
            {"shelves": self.shelves[0]},
            {"shelves__in": self.shelves[:3]},
            {"shelves__in": Shelf.objects.filter(boxes__isnull=True)},
            {"shelves__row": 1},
            {"shelves__boxes__position": 2},
            {"shelves__boxes__contents__name": "q"},
            {"shelves__boxes__contents__isnull": False},
            {"posters__text": "two"},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Depot, **kwargs)

    def test_reverse_of_forward(self):
        for kwargs in (
            {"origin__shelves__row": 1},
            {"origin__shelves__boxes__position": 1},
            {"origin__shelves__boxes__isnull": True},
            {"origin__shelves__isnull": True},
            {"origin__parcels__weight": 1},
            {"depot__sent_parcels__depot__name": "delta"},
            {"depot__posters__depot__posters__text": "one"},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Parcel, **kwargs)

    def test_shared_column(self):
        for kwargs in (
            {"tasks__name": "task0"},
            {"tasks__reviewer__name": "2"},
            {"reviews__name": "task1"},
            {"staff__name": "2"},
            {"staff__staff__name": "3"},
            {"manager__staff__tasks__name": "task1"},
            {"badge__color": "red"},
            {"badge": None},
            {"staff__badge__color": "blue"},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Employee, **kwargs)
        for kwargs in (
            {"employees__tasks__name": "task4"},
            {"employees__badge__color": "blue"},
            {"tasks__assignee__badge__color": "blue"},
            {"employees__staff__reviews__name": "task6"},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Company, **kwargs)

    def test_chain(self):
        for kwargs in (
            {"box__shelf__depot__name": "delta"},
            {"box__shelf__depot": self.depots[0]},
            {"box__shelf__depot__parcels__weight": 4},
            {"box__contents__name": "p"},
            {"box__shelf__boxes__contents__name": "p"},
            {"box__shelf__depot__shelves__row": 2},
            {"box__shelf__depot__posters__text": "one"},
        ):
            with self.subTest(**kwargs):
                self.assertExcludes(Content, **kwargs)

    def test_f(self):
        self.assertExcludes(Depot, parcels__origin=F("pk"))
        self.assertExcludes(Parcel, origin__parcels__weight=F("weight"))

    def test_subquery_is_correlated(self):
        queryset = Depot.objects.exclude(parcels__weight=5)
        with CaptureQueriesContext(connection) as context:
            list(queryset)
        sql = context.captured_queries[0]["sql"]
        for column in ("country", "code"):
            self.assertIn(f"depot_{column}", sql)
        # The depot is not joined.
        self.assertEqual(sql.count("JOIN"), 0)

    def test_same_join(self):
        # Of the shelves in row 1, those which aren't in row 2.
        self.assertFinds(
            Depot.objects.filter(Q(shelves__row=1) & ~Q(shelves__row=2)),
            [self.depots[0], *self.depots[2:]],
        )
        self.assertFinds(
            Depot.objects.filter(Q(shelves__row=1) & ~Q(shelves__material="m1")), []
        )
        self.assertFinds(
            Depot.objects.filter(Q(parcels__weight=5) & ~Q(parcels__origin=None)),
            [self.depots[2]],
        )

    def test_null_in_reverse_side(self):
        self.assertFinds(
            Depot.objects.exclude(sent_parcels__in=Parcel.objects.filter(origin=None)),
            self.depots,
        )
        self.assertFinds(
            Box.objects.exclude(contents__in=Content.objects.filter(box=None)),
            self.boxes,
        )
        self.assertFinds(
            Badge.objects.exclude(employee__tasks__reviewer=None),
            [
                badge
                for badge in self.badges
                if all(
                    task.reviewer is not None
                    for task in self.tasks
                    if task.assignee == badge.employee
                )
                and any(task.assignee == badge.employee for task in self.tasks)
            ],
        )
