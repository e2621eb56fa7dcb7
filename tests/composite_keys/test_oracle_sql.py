"""
The SQL for Oracle, for which no server is needed: it is compiled for both
sets of features and parsed by a grammar of Oracle's dialect.
"""

from unittest import mock

from django.db import NotSupportedError
from django.db.models import (
    CharField,
    CompositePrimaryKey,
    Count,
    F,
    IntegerField,
    Model,
    OuterRef,
    Q,
    Subquery,
    TextField,
)
from django.db.models.fields.tuple_lookups import Tuple
from django.db.models.functions import Cast
from django.test.utils import isolate_apps

from .models import Article, Event, Five, Measured, Place, Review, Stock
from .oracle import OracleTestCase, sqlglot


class OracleTests(OracleTestCase):
    table = "COMPOSITE_KEYS_STOCK"

    @isolate_apps("composite_keys")
    def test_long_names(self):
        """No name is longer than the 30 characters Oracle took before 12.2."""

        class WarehouseWithAnExtraordinarilyLongName(Model):
            pk = CompositePrimaryKey(
                "identifier_of_the_country_of_the_warehouse",
                "identifier_of_the_warehouse_in_its_country",
            )
            identifier_of_the_country_of_the_warehouse = IntegerField()
            identifier_of_the_warehouse_in_its_country = IntegerField()

        warehouses = WarehouseWithAnExtraordinarilyLongName.objects
        for queryset in (
            warehouses.filter(pk__in=[(1, 2), (3, 4), (5, 6)]).order_by("-pk"),
            warehouses.filter(pk__gt=(1, 2))[:5],
            warehouses.filter(pk__in=warehouses.order_by("pk")[:5]),
            warehouses.values("pk").annotate(text=Cast("pk", TextField())),
            warehouses.distinct().annotate(n=Count("pk", distinct=True)),
        ):
            statement = self.compile(queryset)
            parsed = sqlglot.parse_one(statement, dialect="oracle")
            names = {found.name for found in parsed.find_all(sqlglot.exp.Identifier)}
            self.assertGreater(len(names), 2)
            self.assertEqual([name for name in names if len(name) > 30], [])

    def test_exact(self):
        self.assertEqual(
            self.where(Stock.objects.filter(pk=(1, 2))),
            "(WAREHOUSE_ID = :arg0 AND NUMBER = :arg1)",
        )

    def test_inequalities(self):
        """No version ranges over rows, or compares them by > before 23."""
        self.assertEqual(
            self.where(Stock.objects.filter(pk__gt=(1, 2))),
            "(WAREHOUSE_ID >= :arg0 AND (WAREHOUSE_ID > :arg1 OR "
            "(WAREHOUSE_ID = :arg2 AND NUMBER > :arg3)))",
        )
        for lookup in ("gt", "gte", "lt", "lte"):
            with self.subTest(lookup=lookup):
                self.compile(
                    Five.objects.filter(**{f"pk__{lookup}": (1, 2, "c", 4, 5)})
                )
        self.compile(Stock.objects.filter(pk__range=((1, 2), (3, 4))))

    def test_in(self):
        self.assertEqual(
            self.where(Stock.objects.filter(pk__in=[(1, 2), (1, 3)])),
            "(WAREHOUSE_ID = :arg0 AND NUMBER IN (:arg1, :arg2))",
        )
        self.assertEqual(
            self.where(Stock.objects.filter(pk__in=[(1, 2), (3, 4), (5, 6)])),
            self.expected_list,
        )

    expected_list = (
        "((WAREHOUSE_ID = :arg0 AND NUMBER = :arg1) OR "
        "(WAREHOUSE_ID = :arg2 AND NUMBER = :arg3) OR "
        "(WAREHOUSE_ID = :arg4 AND NUMBER = :arg5))"
    )

    def test_in_chunks(self):
        """No list has more than 1,000 elements."""
        for keys in (
            [(n, n) for n in range(2500)],
            [(1, n) for n in range(2500)],
            [(n % 3, n) for n in range(7000)],
        ):
            sql = self.where(Stock.objects.filter(pk__in=keys))
            for part in sql.split(" IN ")[1:]:
                elements = part.partition(")")[0].count(":arg")
                self.assertLessEqual(elements, 1000)

    def test_too_many_params(self):
        msg = (
            "'in' lookup of 2 columns: 40000 rows need 80000 parameters, but Oracle "
            "supports 65535 in one query. Split the rows."
        )
        with self.assertRaisesMessage(NotSupportedError, msg):
            self.compile(Stock.objects.filter(pk__in=[(n, n) for n in range(40000)]))

    def test_subqueries(self):
        inner = Review.objects.filter(text="a").values("stock")
        sql = self.where(Stock.objects.filter(pk__in=inner))
        self.assertIn("(WAREHOUSE_ID, NUMBER) IN (SELECT U0.WAREHOUSE_ID", sql)
        sql = self.where(Stock.objects.filter(pk=inner[:1]))
        self.assertIn("(WAREHOUSE_ID, NUMBER) = (SELECT", sql)
        # Other comparisons of rows with a subquery don't exist.
        sql = self.where(Stock.objects.filter(pk__gt=inner[:1]))
        self.assertNotIn("(WAREHOUSE_ID, NUMBER) >", sql)
        self.assertIn("WAREHOUSE_ID > (SELECT", sql)
        self.assertIn("NUMBER > (SELECT", sql)

    def test_outer_ref(self):
        self.compile(
            Review.objects.annotate(
                name=Subquery(
                    Stock.objects.filter(pk=OuterRef("stock")).values("name")[:1]
                )
            )
        )

    def test_expressions(self):
        self.compile(Stock.objects.filter(pk__in=[(F("warehouse"), 1), (2, 3), (4, 5)]))
        self.compile(
            Place.objects.alias(place=Tuple("country", "number")).filter(
                place__lt=("FR", 1)
            )
        )
        self.compile(Stock.objects.exclude(Q(pk__in=[(1, 2), (3, 4)]) | Q(pk=(5, 6))))

    def test_count(self):
        self.compile(
            Stock.objects.values("name").annotate(
                n=Count("pk"), distinct=Count("pk", distinct=True)
            )
        )
        self.compile(
            Article.objects.values("title").annotate(Count("pk", distinct=True))
        )

    def test_cast(self):
        for model in (Stock, Article, Event, Measured):
            for output_field in (CharField(max_length=100), TextField()):
                with self.subTest(model=model, output_field=output_field):
                    self.compile(
                        model.objects.annotate(text=Cast("pk", output_field)).values(
                            "text"
                        )
                    )


class Oracle23Tests(OracleTests):
    version = (23, 0)
    expected_list = (
        "(WAREHOUSE_ID, NUMBER) IN " "((:arg0, :arg1), (:arg2, :arg3), (:arg4, :arg5))"
    )

    def setUp(self):
        super().setUp()
        self.assertIs(self.connection.features.supports_tuple_lookups, True)


class VersionTests(OracleTests):
    """The versions differ by features only."""

    version = (23, 0)

    def setUp(self):
        super().setUp()
        self.enterContext(
            mock.patch.object(self.connection.features, "supports_tuple_lookups", False)
        )
