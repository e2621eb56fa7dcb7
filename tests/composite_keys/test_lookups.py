import datetime
import uuid
from decimal import Decimal

from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import (
    Count,
    Exists,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleExact,
    TupleGreaterThan,
    TupleIn,
)
from django.db.models.functions import Abs, Concat, Upper
from django.db.models.lookups import Exact, GreaterThan, In
from django.test import TestCase, skipUnlessDBFeature

from .models import (
    Article,
    Blob,
    Code,
    Coded,
    Dated,
    Event,
    Five,
    Line,
    Measured,
    Place,
    Product,
    Reading,
    Review,
    Stock,
    Warehouse,
)


class StockTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.first, cls.second = (
            Warehouse.objects.create(name=name) for name in ("first", "second")
        )
        cls.stocks = [
            Stock.objects.create(
                warehouse=warehouse, number=number, name=f"s{number}", amount=number
            )
            for warehouse in (cls.first, cls.second)
            for number in range(3)
        ]
        cls.keys = [stock.pk for stock in cls.stocks]
        cls.reviews = [
            Review.objects.create(stock=stock, text=stock.name) for stock in cls.stocks
        ]
        cls.without = Review.objects.create(text="without")
        cls.partial = Review.objects.create(warehouse_id=cls.first.pk, text="partial")

    def assertStocks(self, queryset, expected):
        self.assertSequenceEqual(queryset.order_by("pk"), expected)


class KeyLookupTests(StockTestCase):
    def test_comparisons(self):
        for lookup, compare in (
            ("exact", tuple.__eq__),
            ("gt", tuple.__gt__),
            ("gte", tuple.__ge__),
            ("lt", tuple.__lt__),
            ("lte", tuple.__le__),
        ):
            for given in [*self.keys, (0, 0), (self.first.pk, 99), (10**6, 0)]:
                expected = [
                    stock for stock in self.stocks if compare(tuple(stock.pk), given)
                ]
                with self.subTest(lookup=lookup, given=given):
                    filters = {f"pk__{lookup}": given}
                    self.assertStocks(Stock.objects.filter(**filters), expected)
                    self.assertStocks(
                        Stock.objects.exclude(**filters),
                        [stock for stock in self.stocks if stock not in expected],
                    )

    def test_range(self):
        for start in self.keys:
            for end in self.keys:
                expected = [stock for stock in self.stocks if start <= stock.pk <= end]
                with self.subTest(start=start, end=end):
                    filters = {"pk__range": (start, end)}
                    self.assertStocks(Stock.objects.filter(**filters), expected)
                    self.assertStocks(
                        Stock.objects.exclude(**filters),
                        [stock for stock in self.stocks if stock not in expected],
                    )

    def test_isnull(self):
        self.assertStocks(Stock.objects.filter(pk__isnull=False), self.stocks)
        self.assertStocks(Stock.objects.filter(pk__isnull=True), [])
        self.assertStocks(Stock.objects.filter(pk=None), [])
        self.assertStocks(Stock.objects.exclude(pk=None), self.stocks)

    def test_none_in_tuple(self):
        key = (self.first.pk, None)
        self.assertStocks(Stock.objects.filter(pk__in=[key]), [])
        self.assertStocks(Stock.objects.exclude(pk__in=[key]), self.stocks)
        self.assertStocks(
            Stock.objects.filter(pk__in=[key, self.keys[1]]), [self.stocks[1]]
        )
        self.assertStocks(Stock.objects.filter(pk=key), [])
        with self.assertNumQueries(0):
            self.assertStocks(Stock.objects.filter(pk__in=[key, (None, None)]), [])

    def test_in_collections(self):
        keys = self.keys[1:3]
        expected = self.stocks[1:3]
        for given in (
            keys,
            tuple(keys),
            set(keys),
            frozenset(keys),
            dict.fromkeys(keys).keys(),
            (key for key in keys),
            map(list, keys),
            [list(key) for key in keys],
            keys * 3,
            [*keys, (None, 1)],
            Stock.objects.filter(pk__in=keys),
            Stock.objects.filter(pk__in=keys).values("pk"),
            Stock.objects.filter(pk__in=keys).values_list("pk", flat=True),
            Stock.objects.filter(pk__in=keys).values("warehouse", "number"),
            Stock.objects.filter(pk__in=keys).values_list("warehouse_id", "number"),
            Stock.objects.filter(pk__in=keys).order_by("name"),
            Subquery(Stock.objects.filter(pk__in=keys).values("pk")),
            Review.objects.filter(stock__in=keys).values("stock"),
            Review.objects.filter(stock__in=keys).values("stock__pk"),
            Review.objects.filter(stock__in=keys).values(
                "warehouse_id", "stock_number"
            ),
        ):
            with self.subTest(given=type(given)):
                self.assertStocks(Stock.objects.filter(pk__in=given), expected)
        self.assertStocks(
            Stock.objects.exclude(pk__in=(key for key in keys)),
            [stock for stock in self.stocks if stock not in expected],
        )

    def test_in_empty(self):
        for given in ([], (), set(), iter(()), {}.keys()):
            with self.subTest(given=given), self.assertNumQueries(0):
                self.assertStocks(Stock.objects.filter(pk__in=given), [])
        self.assertStocks(Stock.objects.exclude(pk__in=[]), self.stocks)

    def test_queryset_evaluates_twice(self):
        queryset = Stock.objects.filter(pk__in=iter(self.keys[:2]))
        self.assertStocks(queryset.all(), self.stocks[:2])
        self.assertStocks(queryset.all(), self.stocks[:2])
        self.assertEqual(str(queryset.query), str(queryset.query))

    def test_given_list_is_not_shared(self):
        keys = self.keys[:1]
        queryset = Stock.objects.filter(pk__in=keys)
        keys.append(self.keys[1])
        self.assertStocks(queryset, self.stocks[:1])

    def test_f(self):
        self.assertStocks(Stock.objects.filter(pk=F("pk")), self.stocks)
        self.assertStocks(Stock.objects.filter(pk__gte=F("pk")), self.stocks)
        self.assertStocks(Stock.objects.filter(pk__gt=F("pk")), [])
        self.assertStocks(Stock.objects.exclude(pk=F("pk")), [])
        self.assertStocks(Stock.objects.filter(reviews__stock=F("pk")), self.stocks)
        self.assertStocks(Stock.objects.filter(pk=F("reviews__stock__pk")), self.stocks)

    def test_f_relation(self):
        self.assertSequenceEqual(
            Review.objects.filter(stock=F("stock")).order_by("id"), self.reviews
        )
        self.assertSequenceEqual(
            Review.objects.filter(stock__pk=F("stock")).order_by("id"), self.reviews
        )

    def test_outer_ref(self):
        for lookup, expected in (
            ("pk", self.stocks),
            ("pk__gt", self.stocks[:-1]),
            ("pk__gte", self.stocks),
            ("pk__lt", self.stocks[1:]),
            ("pk__lte", self.stocks),
        ):
            with self.subTest(lookup=lookup):
                inner = Stock.objects.filter(**{lookup: OuterRef("pk")})
                self.assertStocks(Stock.objects.filter(Exists(inner)), expected)

    def test_outer_ref_relation(self):
        inner = Review.objects.filter(stock=OuterRef("pk"), text="s1")
        self.assertStocks(
            Stock.objects.filter(Exists(inner)), [self.stocks[1], self.stocks[4]]
        )
        inner = Stock.objects.filter(pk=OuterRef("stock"), number=1)
        self.assertSequenceEqual(
            Review.objects.filter(Exists(inner)).order_by("id"),
            [self.reviews[1], self.reviews[4]],
        )
        self.assertSequenceEqual(
            Review.objects.annotate(
                name=Subquery(Stock.objects.filter(pk=OuterRef("stock")).values("name"))
            )
            .order_by("id")
            .values_list("name", flat=True),
            ["s0", "s1", "s2", "s0", "s1", "s2", None, None],
        )

    def test_outer_ref_of_one_column(self):
        inner = Stock.objects.filter(pk=OuterRef("id"))
        msg = "Composite field lookups only work with composite expressions."
        with self.assertRaisesMessage(ValueError, msg):
            list(Warehouse.objects.filter(Exists(inner)))

    def test_subqueries(self):
        for lookup, expected in (
            ("pk", self.stocks[2:3]),
            ("pk__gt", self.stocks[3:]),
            ("pk__gte", self.stocks[2:]),
            ("pk__lt", self.stocks[:2]),
            ("pk__lte", self.stocks[:3]),
        ):
            inner = Stock.objects.filter(pk=self.keys[2])
            for given in (
                inner[:1],
                inner.values("pk")[:1],
                inner.values("warehouse", "number")[:1],
                Subquery(inner.values("pk")),
            ):
                with self.subTest(lookup=lookup):
                    self.assertStocks(Stock.objects.filter(**{lookup: given}), expected)

    def test_subquery_fields_are_kept(self):
        """#36149"""
        inner = Stock.objects.filter(pk=self.keys[2]).values("warehouse", "amount")
        Stock.objects.filter(pk=self.keys[2]).update(amount=0)
        self.assertStocks(Stock.objects.filter(pk=inner[:1]), self.stocks[:1])
        self.assertStocks(Stock.objects.filter(pk__in=inner), self.stocks[:1])

    def test_subquery_of_annotation(self):
        inner = Review.objects.annotate(number=F("stock_number") + 1).values(
            "warehouse_id", "number"
        )
        self.assertStocks(
            Stock.objects.filter(pk__in=inner),
            [self.stocks[i] for i in (1, 2, 4, 5)],
        )
        inner = Review.objects.annotate(key=Tuple("warehouse_id", "stock_number"))
        self.assertStocks(Stock.objects.filter(pk__in=inner.values("key")), self.stocks)

    def test_subquery_through_relation(self):
        """#36584"""
        stocks = Stock.objects.filter(number=1)
        self.assertSequenceEqual(
            Warehouse.objects.filter(stocks__in=stocks).order_by("id"),
            [self.first, self.second],
        )
        self.assertSequenceEqual(
            Review.objects.filter(stock__in=stocks).order_by("id"),
            [self.reviews[1], self.reviews[4]],
        )

    @skipUnlessDBFeature("allow_sliced_subqueries_with_in")
    def test_sliced_subquery(self):
        inner = Stock.objects.order_by("-pk")[:2]
        self.assertStocks(Stock.objects.filter(pk__in=inner), self.stocks[-2:])
        self.assertStocks(Stock.objects.exclude(pk__in=inner), self.stocks[:-2])

    def test_grouped_subquery(self):
        inner = (
            Review.objects.values("warehouse_id", "stock_number")
            .annotate(n=Count("id"))
            .filter(n=1, stock_number__gt=0)
            .values("warehouse_id", "stock_number")
        )
        self.assertStocks(
            Stock.objects.filter(pk__in=inner),
            [self.stocks[i] for i in (1, 2, 4, 5)],
        )

    def test_expressions(self):
        first = self.first.pk
        for given, expected in (
            ((first, Value(1)), self.stocks[1:2]),
            ((first, Value(2) - 1), self.stocks[1:2]),
            ((F("warehouse_id"), 1), [self.stocks[1], self.stocks[4]]),
            ((F("warehouse"), 1), [self.stocks[1], self.stocks[4]]),
            ((first, F("number")), self.stocks[:3]),
            ((F("warehouse__id"), Abs(Value(-2))), [self.stocks[2], self.stocks[5]]),
        ):
            with self.subTest(given=given):
                self.assertStocks(Stock.objects.filter(pk=given), expected)
                self.assertStocks(Stock.objects.filter(pk__in=[given]), expected)
                self.assertStocks(
                    Stock.objects.filter(pk__in=[given, self.keys[0]]),
                    sorted({*expected, self.stocks[0]}, key=lambda stock: stock.pk),
                )
                self.assertStocks(
                    Stock.objects.exclude(pk__in=[given, (0, 0), (None, 1)]),
                    [stock for stock in self.stocks if stock not in expected],
                )
        self.assertStocks(
            Stock.objects.filter(pk__gt=(first, Value(1) + 0)), self.stocks[2:]
        )
        self.assertStocks(
            Stock.objects.filter(pk__range=((F("warehouse"), 1), (F("warehouse"), 1))),
            [self.stocks[1], self.stocks[4]],
        )

    def test_outer_ref_in_tuple(self):
        inner = Stock.objects.filter(pk=(OuterRef("pk"), 1))
        self.assertSequenceEqual(
            Warehouse.objects.filter(Exists(inner)).order_by("id"),
            [self.first, self.second],
        )
        inner = Stock.objects.filter(pk__in=[(OuterRef("pk"), 1), (0, 0)])
        self.assertSequenceEqual(
            Warehouse.objects.annotate(
                stock=Subquery(inner.values("name")),
            )
            .order_by("id")
            .values_list("stock", flat=True),
            ["s1", "s1"],
        )

    def test_in_with_expression_as_lhs(self):
        """#37291"""
        self.assertStocks(
            Stock.objects.filter(TupleIn(F("pk"), self.keys[:2])), self.stocks[:2]
        )
        self.assertStocks(
            Stock.objects.filter(TupleExact(F("pk"), self.keys[1])), self.stocks[1:2]
        )
        self.assertStocks(
            Stock.objects.annotate(found=TupleIn(F("pk"), self.keys[:2])).filter(
                found=True
            ),
            self.stocks[:2],
        )

    def test_instances_of_members(self):
        self.assertStocks(Stock.objects.filter(pk=(self.first, 1)), self.stocks[1:2])
        self.assertStocks(
            Stock.objects.filter(pk__in=[(self.first, 1), (self.second, 1)]),
            [self.stocks[1], self.stocks[4]],
        )
        for given in ((self.first, self.first), (self.stocks[0], 1)):
            with self.subTest(given=given):
                msg = "'exact' lookup of 'pk' cannot have a model instance for"
                with self.assertRaisesMessage(ValueError, msg):
                    Stock.objects.filter(pk=given)
        msg = "Model instances passed to related filters must be saved."
        with self.assertRaisesMessage(ValueError, msg):
            Stock.objects.filter(pk=(Warehouse(), 1))

    def test_relation(self):
        for lookup, given, expected in (
            ("stock", self.stocks[1], self.reviews[1:2]),
            ("stock", self.keys[1], self.reviews[1:2]),
            ("stock__in", self.stocks[:2], self.reviews[:2]),
            ("stock__in", set(self.stocks[:2]), self.reviews[:2]),
            ("stock__in", [self.stocks[0], self.keys[1]], self.reviews[:2]),
            ("stock__gt", self.stocks[3], self.reviews[4:]),
            ("stock__lte", self.stocks[3], self.reviews[:4]),
            ("stock__range", self.stocks[1:3], self.reviews[1:3]),
            ("stock__pk", self.keys[1], self.reviews[1:2]),
            ("stock__pk__in", self.keys[1:3], self.reviews[1:3]),
            ("stock__isnull", True, [self.without, self.partial]),
            ("stock__isnull", False, self.reviews),
            ("stock", None, [self.without, self.partial]),
        ):
            with self.subTest(lookup=lookup, given=given):
                self.assertSequenceEqual(
                    Review.objects.filter(**{lookup: given}).order_by("id"), expected
                )
                self.assertSequenceEqual(
                    Review.objects.exclude(**{lookup: given}).order_by("id"),
                    [
                        review
                        for review in [*self.reviews, self.without, self.partial]
                        if review not in expected
                    ],
                )

    def test_reverse_relation(self):
        for lookup, given, expected in (
            ("stocks", self.stocks[1], [self.first]),
            ("stocks", self.keys[4], [self.second]),
            ("stocks__in", self.stocks[2:4], [self.first, self.second]),
            ("stocks__pk", self.keys[1], [self.first]),
            ("stocks__pk__in", self.keys[3:], [self.second] * 3),
            ("stocks__pk__gt", self.keys[3], [self.second] * 2),
            ("stocks__isnull", True, []),
        ):
            with self.subTest(lookup=lookup):
                self.assertSequenceEqual(
                    Warehouse.objects.filter(**{lookup: given}).order_by("id"), expected
                )
                self.assertSequenceEqual(
                    Warehouse.objects.exclude(**{lookup: given}).order_by("id"),
                    [w for w in (self.first, self.second) if w not in expected],
                )

    def test_filtered_relation(self):
        self.assertSequenceEqual(
            Warehouse.objects.annotate(
                chosen=FilteredRelation(
                    "stocks", condition=Q(stocks__pk__in=self.keys[2:4])
                )
            )
            .order_by("id")
            .values_list("id", "chosen__pk"),
            [(self.first.pk, self.keys[2]), (self.second.pk, self.keys[3])],
        )

    def test_aggregate_filter(self):
        self.assertEqual(
            Stock.objects.aggregate(
                total=Sum("amount", filter=Q(pk__in=self.keys[1:3])),
                rest=Sum("amount", filter=~Q(pk__in=self.keys[1:])),
            ),
            {"total": 3, "rest": 0},
        )

    def test_delete_and_update(self):
        self.assertEqual(
            Stock.objects.filter(pk__in=self.keys[:2]).update(name="new"), 2
        )
        self.assertStocks(Stock.objects.filter(name="new"), self.stocks[:2])
        Review.objects.all().delete()
        Stock.objects.filter(pk__in=self.keys[:2]).delete()
        self.assertStocks(Stock.objects.all(), self.stocks[2:])
        Stock.objects.filter(
            pk__in=self.keys[2:], warehouse__name="second", number__gt=0
        ).delete()
        self.assertStocks(Stock.objects.all(), self.stocks[2:4])


class BadInputTests(StockTestCase):
    def assertBad(self, message, **lookup):
        with self.assertRaisesMessage(ValueError, message):
            list(Stock.objects.filter(**lookup))

    def test_no_tuple(self):
        for name in ("exact", "gt", "gte", "lt", "lte"):
            for given in (1, "foo", True, {"a": 1}, {1, 2}, b"ab", 1.5):
                with self.subTest(name=name, given=given):
                    self.assertBad(
                        f"'{name}' lookup of 'pk' must be a tuple or a list "
                        f"(received {given!r})",
                        **{f"pk__{name}": given},
                    )

    def test_none(self):
        for name in ("gt", "gte", "lt", "lte", "in"):
            with self.subTest(name=name):
                self.assertBad("must be a tuple or a list", **{f"pk__{name}": None})

    def test_wrong_length(self):
        for name in ("exact", "gt", "gte", "lt", "lte"):
            for given in ((), (1,), (1, 2, 3)):
                with self.subTest(name=name, given=given):
                    self.assertBad(
                        f"'{name}' lookup of 'pk' must have 2 elements "
                        f"(received {given!r})",
                        **{f"pk__{name}": given},
                    )
                    self.assertBad(
                        "'in' lookup of 'pk' must have 2 elements each "
                        f"(received {given!r})",
                        pk__in=[(1, 1), given],
                    )

    def test_in(self):
        for given in (1, "[[1, 1]]", b"12", {(1, 1): 1}, True):
            with self.subTest(given=given):
                self.assertBad(
                    "'in' lookup of 'pk' must be a tuple or a list", pk__in=given
                )
        for given in ([1, 2], [(1, 1), None], ["foo"], [{1, 2}]):
            with self.subTest(given=given):
                self.assertBad(
                    "'in' lookup of 'pk' must be a collection of tuples or lists",
                    pk__in=given,
                )

    def test_range(self):
        for given in ((), ((1, 1),), ((1, 1), (1, 2), (1, 3)), 1, "ab"):
            with self.subTest(given=given):
                self.assertBad(
                    "'range' lookup of 'pk' must be a tuple or a list of two keys",
                    pk__range=given,
                )

    def test_nested(self):
        self.assertBad(
            "'exact' lookup of 'pk' must have a plain value for 'warehouse' "
            "(received (1, 2))",
            pk=((1, 2), 3),
        )
        self.assertBad(
            "'in' lookup of 'pk' must have a plain value for 'number' (received [4])",
            pk__in=[(1, 2), (3, [4])],
        )
        msg = "'exact' lookup of 'pk' must have a plain value for 'slug'"
        with self.assertRaisesMessage(ValueError, msg):
            Article.objects.filter(pk=("en", ["a"]))

    def test_wrong_types(self):
        self.assertBad(
            "'exact' lookup of 'pk': Field 'number' expected a number but got 'a'.",
            pk=(1, "a"),
        )
        self.assertBad(
            "'in' lookup of 'pk': Field 'number' expected a number but got 'a'.",
            pk__in=[(1, 1), (1, "a")],
        )
        msg = "'exact' lookup of 'pk': “x” is not a valid UUID."
        with self.assertRaisesMessage(ValueError, msg):
            Event.objects.filter(pk=("x", datetime.datetime(2024, 1, 1)))

    def test_isnull(self):
        msg = "The QuerySet value for an isnull lookup must be True or False."
        for given in (1, "a", (1, 2)):
            with self.subTest(given=given):
                self.assertBad(msg, pk__isnull=given)

    def test_expressions(self):
        for given in (Value(1), F("number"), Upper("name"), Exact(F("number"), 1)):
            with self.subTest(given=given):
                self.assertBad(
                    "'exact' subquery lookup of 'pk' only supports", pk=given
                )
                self.assertBad(
                    "'in' subquery lookup of 'pk' must be a Query object", pk__in=given
                )
        self.assertBad(
            "'exact' lookup of 'pk' must have expressions of one column each",
            pk=(F("pk"), 1),
        )

    def test_queryset_with_wrong_columns(self):
        """#36392"""
        for given, received in (
            (Stock.objects.values("number"), 1),
            (Stock.objects.values("pk", "name"), 3),
            (Stock.objects.values("warehouse", "number", "name"), 3),
            (Warehouse.objects.all(), 1),
            (Warehouse.objects.values("stocks__pk", "name"), 3),
            (Stock.objects.values("reviews__stock__pk", "pk"), 4),
            (Stock.objects.values("number").annotate(n=Count("pk")).values("n"), 1),
            (Review.objects.values("stock", "id"), 3),
            (Five.objects.all(), 5),
        ):
            with self.subTest(given=str(given.query)):
                self.assertBad(
                    "The QuerySet value for the 'in' lookup must have 2 selected "
                    f"fields (received {received})",
                    pk__in=given,
                )
                self.assertBad(
                    "The QuerySet value for the exact lookup must have 2 selected "
                    f"fields (received {received})",
                    pk=given[:1],
                )
                self.assertBad(
                    "The QuerySet value for the gt lookup must have 2 selected "
                    f"fields (received {received})",
                    pk__gt=given[:1],
                )

    def test_subquery_must_be_limited(self):
        self.assertBad(
            "The QuerySet value for an exact lookup must be limited to one result "
            "using slicing.",
            pk=Stock.objects.values("pk"),
        )

    def test_key_for_single_column(self):
        msg = "The QuerySet value for the 'in' lookup must have 1 selected fields"
        with self.assertRaisesMessage(ValueError, msg):
            Warehouse.objects.filter(pk__in=Stock.objects.all())
        msg = "CompositePrimaryKey cannot be used as a lookup value."
        with self.assertRaisesMessage(ValueError, msg):
            list(Stock.objects.filter(number=F("pk")))

    def test_single_column_lookups_refuse(self):
        for lookup in (Exact, GreaterThan, In):
            with self.subTest(lookup=lookup):
                msg = f"{lookup.__name__} expression does not support composite"
                with self.assertRaisesMessage(ValueError, msg):
                    list(Stock.objects.filter(lookup(F("pk"), [1, 2])))
        for name in ("contains", "iexact", "regex", "startswith", "year"):
            with self.subTest(name=name):
                msg = f"Unsupported lookup '{name}' for CompositePrimaryKey"
                with self.assertRaisesMessage(FieldError, msg):
                    Stock.objects.filter(**{f"pk__{name}": "a"})


class OverflowTests(StockTestCase):
    """Numbers that no column can hold are compared nonetheless."""

    def test_beyond_range(self):
        first, big = self.first.pk, 10**30
        for lookup, given, expected in (
            ("exact", (first, big), []),
            ("exact", (-big, 1), []),
            ("in", [(first, big), (first, 1), (-big, 0)], self.stocks[1:2]),
            ("in", [(first, big)], []),
            ("gt", (first, big), self.stocks[3:]),
            ("gt", (first, -big), self.stocks),
            ("gte", (first, big), self.stocks[3:]),
            ("gte", (self.second.pk, -big), self.stocks[3:]),
            ("lt", (first, big), self.stocks[:3]),
            ("lt", (first, -big), []),
            ("lte", (self.second.pk, -big), self.stocks[:3]),
            ("gt", (big, 0), []),
            ("gt", (-big, 0), self.stocks),
            ("lt", (big, 0), self.stocks),
            ("lt", (-big, 0), []),
            ("range", ((-big, 0), (first, big)), self.stocks[:3]),
        ):
            with self.subTest(lookup=lookup, given=given):
                filters = {f"pk__{lookup}": given}
                self.assertStocks(Stock.objects.filter(**filters), expected)
                self.assertStocks(
                    Stock.objects.exclude(**filters),
                    [stock for stock in self.stocks if stock not in expected],
                )


class MemberTypeTests(TestCase):
    def assertLookups(self, *objs):
        """Objects in the order of their keys are found by all lookups."""
        model = type(objs[0])
        objs = model.objects.bulk_create(objs)
        keys = [obj.pk for obj in objs]
        other = keys[len(keys) // 2]
        for lookup, given in (
            ("exact", other),
            ("in", [other]),
            ("in", keys),
            ("in", keys * 10),
            ("in", [*keys[1:], tuple(None for _ in other)]),
            ("gt", other),
            ("gte", other),
            ("lt", other),
            ("lte", other),
            ("range", (keys[0], other)),
        ):
            expected = {
                "exact": lambda key: key == given,
                "in": lambda key: key in given,
                "gt": lambda key: key > given,
                "gte": lambda key: key >= given,
                "lt": lambda key: key < given,
                "lte": lambda key: key <= given,
                "range": lambda key: given[0] <= key <= given[1],
            }[lookup]
            with self.subTest(lookup=lookup, given=str(given)[:50]):
                found = model.objects.filter(**{f"pk__{lookup}": given})
                self.assertCountEqual(
                    [tuple(obj.pk) for obj in found],
                    [tuple(key) for key in keys if expected(key)],
                )
        self.assertEqual(model.objects.in_bulk(keys).keys(), set(keys))
        text = [str(key) for key in keys]
        self.assertEqual(model.objects.filter(pk__in=text).count(), len(keys))

    def test_text(self):
        self.assertLookups(
            *(
                Article(language=language, slug=slug)
                for language in ("de", "en")
                for slug in ("a", "b' or 1=1", "c%s", 'd"', "e\\", "é", "日本")
            )
        )

    def test_uuid_and_datetime(self):
        self.assertLookups(
            *(
                Event(uid=uuid.UUID(int=i), at=datetime.datetime(2024, 1, day, 1, 2, 3))
                for i in range(3)
                for day in (1, 2, 3)
            )
        )

    def test_date_and_time(self):
        self.assertLookups(
            *(
                Dated(day=datetime.date(2024, 1, day), time=datetime.time(hour, 30))
                for day in (1, 2, 3)
                for hour in (1, 2, 3)
            )
        )

    def test_decimal_and_boolean(self):
        self.assertLookups(
            *(
                Measured(price=Decimal(price), done=done)
                for price in ("-1.500", "0.125", "2.000", "10.000")
                for done in (False, True)
            )
        )

    def test_foreign_key_to_uuid(self):
        products = [Product.objects.create(id=uuid.UUID(int=i)) for i in range(3)]
        self.assertLookups(
            *(
                Line(product=product, position=position)
                for product in products
                for position in (1, 2, 3)
            )
        )

    def test_ip(self):
        self.assertLookups(
            *(
                Reading(ip=ip, seconds=seconds)
                for ip in ("10.0.0.1", "10.0.0.2", "192.168.0.1")
                for seconds in (-(2**40), 0, 2**40)
            )
        )

    def test_five(self):
        self.assertLookups(
            *(
                Five(a=a, b=b, c=c, d=d, e=e)
                for a in (1, 2)
                for b in (1, 2)
                for c in "ab"
                for d in (1, 2)
                for e in (1, 2, 3)
            )
        )

    @skipUnlessDBFeature("supports_index_on_text_field")
    def test_binary(self):
        objs = Blob.objects.bulk_create(
            Blob(number=number, digest=digest)
            for number in (1, 2)
            for digest in (b"", b"\0\xff'", b"%s")
        )
        keys = [obj.pk for obj in objs]
        self.assertEqual(Blob.objects.filter(pk__in=keys).count(), 6)
        self.assertEqual(Blob.objects.filter(pk__in=keys[:2] * 2).count(), 2)
        self.assertEqual(Blob.objects.get(pk=keys[4]).number, 2)
        self.assertEqual(Blob.objects.filter(pk__gt=keys[3]).count(), 2)
        memory = [(number, memoryview(digest)) for number, digest in keys]
        self.assertEqual(Blob.objects.filter(pk__in=memory).count(), 6)

    def test_custom_field(self):
        objs = Coded.objects.bulk_create(
            Coded(code=Code(letter, number), number=i)
            for letter in "AB"
            for number in (1, 2)
            for i in (1, 2)
        )
        keys = [obj.pk for obj in objs]
        self.assertEqual(Coded.objects.get(pk=(Code("A", 2), 1)), objs[2])
        self.assertCountEqual(Coded.objects.filter(pk__in=keys[1:5]), objs[1:5])
        self.assertCountEqual(Coded.objects.filter(pk__gt=(Code("B", 1), 1)), objs[5:])
        self.assertEqual(Coded.objects.get(pk='["A0002", "1"]'), objs[2])

    def test_values_are_converted(self):
        """Values which a single key would accept are accepted in a key."""
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=5)
        for number in ("5", 5.0, Decimal(5)):
            with self.subTest(number=number):
                self.assertEqual(Stock.objects.get(pk=(warehouse.pk, number)), stock)
                self.assertEqual(
                    Stock.objects.get(pk__in=[(str(warehouse.pk), number), (0, 0)]),
                    stock,
                )
        uid = uuid.uuid4()
        event = Event.objects.create(uid=uid, at=datetime.datetime(2024, 1, 2))
        self.assertEqual(Event.objects.get(pk=(str(uid), "2024-01-02")), event)
        self.assertEqual(
            Event.objects.get(pk__in=[(uid.hex, "2024-01-02"), (uid, "2024-01-03")]),
            event,
        )


class TupleTests(TestCase):
    """Lookups on tuples of columns which are no key."""

    @classmethod
    def setUpTestData(cls):
        cls.places = [
            Place.objects.create(country=country, number=number, name=name)
            for country, number, name in (
                ("FR", 1, "Paris"),
                ("FR", 2, "Lyon"),
                ("US", 1, "Paris"),
                ("US", None, "Nowhere"),
                (None, 1, "Stateless"),
                (None, None, "Nothing"),
            )
        ]

    def assertPlaces(self, queryset, indexes):
        self.assertSequenceEqual(
            queryset.order_by("id"), [self.places[index] for index in indexes]
        )

    def test_lookups(self):
        queryset = Place.objects.alias(place=Tuple("country", "number"))
        for lookup, given, expected in (
            ("exact", ("FR", 1), [0]),
            ("in", [("FR", 1), ("US", 1)], [0, 2]),
            ("in", {("FR", 1), ("US", None)}, [0]),
            ("gt", ("FR", 1), [1, 2]),
            ("gte", ("FR", 2), [1, 2]),
            ("lt", ("FR", 2), [0]),
            ("lte", ("FR", 2), [0, 1]),
            ("range", (("FR", 2), ("US", 1)), [1, 2]),
            ("gt", ("FR", None), []),
            ("range", (("FR", 2), (None, 1)), []),
            ("isnull", True, [3, 4, 5]),
            ("isnull", False, [0, 1, 2]),
        ):
            with self.subTest(lookup=lookup):
                self.assertPlaces(
                    queryset.filter(**{f"place__{lookup}": given}), expected
                )

    def test_subqueries(self):
        queryset = Place.objects.alias(place=Tuple("country", "number"))
        inner = Place.objects.filter(name="Paris").values("country", "number")
        self.assertPlaces(queryset.filter(place__in=inner), [0, 2])
        self.assertPlaces(queryset.filter(place=inner.order_by("id")[:1]), [0])
        self.assertPlaces(queryset.filter(place=Tuple(Value("FR"), "number")), [0, 1])
        self.assertPlaces(
            queryset.filter(
                Exists(
                    Place.objects.alias(other=Tuple("country", "number")).filter(
                        other=OuterRef("place")
                    )
                )
            ),
            [0, 1, 2],
        )

    def test_annotation(self):
        queryset = Place.objects.annotate(place=Tuple("country", "number"))
        self.assertSequenceEqual(
            queryset.order_by("id").values_list("place", flat=True)[:3],
            [("FR", 1), ("FR", 2), ("US", 1)],
        )
        self.assertEqual(
            queryset.values("name", "place").get(id=self.places[0].pk),
            {"name": "Paris", "place": ("FR", 1)},
        )
        place = queryset.annotate(upper=Upper("name")).get(id=self.places[1].pk)
        self.assertEqual((place.place, place.upper), (("FR", 2), "LYON"))

    def test_order_by(self):
        queryset = Place.objects.annotate(place=Tuple("number", "country")).filter(
            place__isnull=False
        )
        for ordering, expected in (
            (["place"], [0, 2, 1]),
            (["-place"], [1, 2, 0]),
            ([F("place").desc()], [1, 2, 0]),
            ([Tuple("country", "number")], [0, 1, 2]),
            ([Tuple("country", "number").desc()], [2, 1, 0]),
        ):
            with self.subTest(ordering=ordering):
                self.assertSequenceEqual(
                    queryset.order_by(*ordering), [self.places[i] for i in expected]
                )

    def test_expressions(self):
        queryset = Place.objects.alias(
            place=Tuple(Concat("country", Value("-")), F("number") + 1)
        )
        self.assertPlaces(queryset.filter(place=("FR-", 2)), [0])
        self.assertPlaces(queryset.filter(place__in=[("FR-", 2), ("US-", 2)]), [0, 2])
        keys = [("FR-", 2), *((f"{i}", i) for i in range(50))]
        self.assertPlaces(queryset.filter(place__in=keys), [0])

    def test_nested(self):
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1, name="a")
        queryset = Stock.objects.alias(both=Tuple("pk", "name"))
        self.assertEqual(queryset.get(both=(warehouse.pk, 1, "a")), stock)
        self.assertEqual(queryset.get(both__in=[(warehouse.pk, 1, "a")]), stock)

    def test_lookup_classes(self):
        self.assertPlaces(
            Place.objects.filter(TupleExact((F("country"), F("number")), ("FR", 1))),
            [0],
        )
        self.assertPlaces(
            Place.objects.filter(
                TupleGreaterThan(Tuple("country", "number"), ("FR", 2))
            ),
            [2],
        )
        self.assertPlaces(
            Place.objects.filter(
                TupleExact((F("country"), F("number")), (F("country"), 1))
            ),
            [0, 2],
        )

    def test_count(self):
        queryset = Place.objects.annotate(place=Tuple("country", "number"))
        self.assertEqual(queryset.aggregate(n=Count("place")), {"n": 3})
        Place.objects.create(country="FR", number=1)
        self.assertEqual(queryset.aggregate(n=Count("place")), {"n": 4})
        self.assertEqual(queryset.aggregate(n=Count("place", distinct=True)), {"n": 3})
        self.assertEqual(
            Place.objects.aggregate(n=Count(Tuple("country", "number"), distinct=True)),
            {"n": 3},
        )

    def test_group_by(self):
        Place.objects.create(country="FR", number=1)
        self.assertSequenceEqual(
            Place.objects.annotate(place=Tuple("country", "number"))
            .filter(place__isnull=False)
            .values("place")
            .annotate(n=Count("id"))
            .order_by("country", "number")
            .values_list("place", "n"),
            [(("FR", 1), 2), (("FR", 2), 1), (("US", 1), 1)],
        )

    def test_sliced_and_filtered(self):
        queryset = (
            Place.objects.annotate(place=Tuple("country", "number"))
            .filter(place__isnull=False)
            .order_by("id")[:2]
        )
        self.assertEqual(queryset.count(), 2)
        self.assertEqual(
            queryset.aggregate(
                n=Count("id", filter=Q(place__in=[("FR", 1), ("US", 1)]))
            ),
            {"n": 1},
        )

    def test_one_column_only(self):
        msg = "Upper expression does not support composite primary keys."
        with self.assertRaisesMessage(ValueError, msg):
            Place.objects.annotate(x=Upper(Tuple("country", "name")))

    def test_bad_input(self):
        queryset = Place.objects.alias(place=Tuple("country", "number"))
        for lookup, given, message in (
            ("exact", 1, "'exact' lookup of ('country', 'number') must be a tuple"),
            ("exact", ("a",), "of ('country', 'number') must have 2 elements"),
            ("in", [1], "of ('country', 'number') must be a collection of tuples"),
            ("in", [("a", "b")], "Field 'number' expected a number but got 'b'"),
        ):
            with (
                self.subTest(lookup=lookup, given=given),
                self.assertRaisesMessage(ValueError, message),
            ):
                queryset.filter(**{f"place__{lookup}": given})
        with self.assertRaises(FieldError):
            queryset.filter(place__contains="a")

    def test_conditional_expression(self):
        places = Place.objects.annotate(
            found=TupleIn(Tuple("country", "number"), [("FR", 1), ("FR", 2)])
        ).filter(country="FR")
        self.assertEqual([bool(place.found) for place in places], [True, True])

    def test_func_with_params(self):
        queryset = Place.objects.alias(
            place=Tuple(
                "country",
                Func(
                    F("number"),
                    Value(10),
                    function="COALESCE",
                    output_field=IntegerField(),
                ),
            )
        )
        self.assertPlaces(queryset.filter(place=("US", 10)), [3])
        self.assertPlaces(
            queryset.filter(place__in=[("US", 10), ("FR", 1), ("XX", 1)]), [0, 3]
        )
        self.assertPlaces(queryset.filter(place__gt=("US", 1)), [3])
        if connection.features.supports_tuple_lookups:
            self.assertPlaces(queryset.exclude(place__lt=("US", 10)), [3])
