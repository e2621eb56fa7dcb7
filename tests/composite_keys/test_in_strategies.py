"""
The SQL that is chosen by the database's features and the number of values.
"""

import sqlite3
from unittest import mock, skipUnless

from django.core.exceptions import FullResultSet
from django.db import NotSupportedError, connection
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple
from django.db.models.functions import Upper
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import Article, Blob, Code, Coded, Five, Place, Stock, Warehouse
from .test_lookups import KeyLookupTests, MemberTypeTests, OverflowTests, TupleTests


def patch_features(**features):
    return mock.patch.multiple(connection.features, **features)


def where(queryset):
    """Return the condition of a queryset without quotes and table names."""
    sql, params = queryset.query.sql_with_params()
    sql = sql.partition(" WHERE ")[2]
    table = connection.ops.quote_name(queryset.model._meta.db_table)
    quote = connection.ops.quote_name("x")[0]
    return sql.replace(f"{table}.", "").replace(quote, ""), params


class FeaturesMixin:
    """Run the tests of lookups with other features of the database."""

    features = {}

    def setUp(self):
        super().setUp()
        self.enterContext(patch_features(**self.features))


class NoTuplesTests(FeaturesMixin, KeyLookupTests):
    features = {
        "supports_tuple_lookups": False,
        "supports_tuple_index_range": False,
        "max_tuple_groups": 0,
    }


class NoTuplesOverflowTests(FeaturesMixin, OverflowTests):
    features = NoTuplesTests.features


class NoTuplesTupleTests(FeaturesMixin, TupleTests):
    features = NoTuplesTests.features


class NoTuplesMemberTypeTests(FeaturesMixin, MemberTypeTests):
    features = NoTuplesTests.features


class NoIndexRangeTests(FeaturesMixin, KeyLookupTests):
    features = {"supports_tuple_index_range": False}


class IndexRangeTests(FeaturesMixin, KeyLookupTests):
    features = {"supports_tuple_index_range": True}


class ValuesTests(FeaturesMixin, MemberTypeTests):
    features = {"min_tuple_values_rows": 2, "max_tuple_groups": 0}


class ListTests(FeaturesMixin, MemberTypeTests):
    features = {"min_tuple_values_rows": None, "max_tuple_groups": 0}


class GroupedTests(FeaturesMixin, MemberTypeTests):
    features = {"max_tuple_groups": 10000}


@skipUnless(connection.vendor == "sqlite", "SQLite specific.")
class FewVariablesTests(FeaturesMixin, MemberTypeTests):
    features = {"max_variables": 4}


@skipUnless(connection.vendor == "sqlite", "SQLite specific.")
class FewVariablesTupleTests(FeaturesMixin, TupleTests):
    features = {"max_variables": 4}


@skipUnless(connection.vendor == "sqlite", "SQLite specific.")
class ValuesIndexTests(FeaturesMixin, MemberTypeTests):
    features = {"supports_tuple_values_index": True}


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific.")
class UnnestTests(FeaturesMixin, MemberTypeTests):
    features = {"min_tuple_array_rows": 2, "max_tuple_groups": 0}


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific.")
class PostgreSQLValuesTests(FeaturesMixin, MemberTypeTests):
    features = {
        "min_tuple_array_rows": 10**6,
        "min_tuple_values_rows": 2,
        "max_tuple_groups": 0,
    }


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific.")
class BoundParamsTests(FeaturesMixin, MemberTypeTests):
    features = {
        "uses_server_side_binding": True,
        "max_bound_params": 4,
        "min_tuple_array_rows": 2,
    }


class ShapeTests(TestCase):
    """The SQL of each strategy."""

    def assertWhere(self, queryset, sql, params=None):
        found, found_params = where(queryset)
        self.assertEqual(found, sql)
        if params is not None:
            self.assertEqual(list(found_params), params)

    def test_one_key(self):
        for lookup in ({"pk": (1, 2)}, {"pk__in": [(1, 2)]}, {"pk__in": [(1, 2)] * 3}):
            with self.subTest(lookup=lookup):
                self.assertWhere(
                    Stock.objects.filter(**lookup),
                    "(warehouse_id = %s AND number = %s)",
                    [1, 2],
                )

    def test_one_group(self):
        self.assertWhere(
            Stock.objects.filter(pk__in=[(1, 2), (1, 3), (1, 2)]),
            "(warehouse_id = %s AND number IN (%s, %s))",
            [1, 2, 3],
        )

    def test_groups(self):
        self.assertWhere(
            Stock.objects.filter(pk__in=[(1, 2), (3, 4), (1, 5), (3, 6), (3, 7)]),
            "((warehouse_id = %s AND number IN (%s, %s)) OR "
            "(warehouse_id = %s AND number IN (%s, %s, %s)))",
            [1, 2, 5, 3, 4, 6, 7],
        )

    def test_groups_of_five(self):
        self.assertWhere(
            Five.objects.filter(
                pk__in=[(1, 2, "a", 3, 4), (1, 2, "a", 3, 5), (1, 2, "a", 3, 6)]
            ),
            "(a = %s AND b = %s AND c = %s AND d = %s AND e IN (%s, %s, %s))",
            [1, 2, "a", 3, 4, 5, 6],
        )

    def test_constant_columns(self):
        """Columns that are the same in all rows are compared first."""
        keys = [(1, 2, str(n), n, n) for n in range(3)]
        with patch_features(min_tuple_values_rows=None):
            self.assertWhere(
                Five.objects.filter(pk__in=keys),
                "(a = %s AND b = %s AND (c, d, e) IN "
                "((%s, %s, %s), (%s, %s, %s), (%s, %s, %s)))",
                [1, 2, "0", 0, 0, "1", 1, 1, "2", 2, 2],
            )

    def test_too_many_groups(self):
        keys = [(n, m) for n in range(4) for m in range(2)]
        with patch_features(max_tuple_groups=4, min_tuple_values_rows=None):
            sql, params = where(Stock.objects.filter(pk__in=keys))
            self.assertEqual(sql.count("warehouse_id = %s"), 4)
        with patch_features(max_tuple_groups=3, min_tuple_values_rows=None):
            self.assertWhere(
                Stock.objects.filter(pk__in=keys),
                "(warehouse_id, number) IN (%s)" % ", ".join(["(%s, %s)"] * 8),
                [member for key in keys for member in key],
            )

    def test_groups_of_one(self):
        """Rows that differ in the first column are not worth being grouped."""
        with patch_features(max_tuple_groups=100, min_tuple_values_rows=None):
            self.assertWhere(
                Stock.objects.filter(pk__in=[(1, 2), (3, 4), (5, 6)]),
                "(warehouse_id, number) IN ((%s, %s), (%s, %s), (%s, %s))",
            )

    def test_comparisons(self):
        with patch_features(
            supports_tuple_lookups=True, supports_tuple_index_range=True
        ):
            for lookup, operator in (
                ("gt", ">"),
                ("gte", ">="),
                ("lt", "<"),
                ("lte", "<="),
            ):
                with self.subTest(lookup=lookup):
                    self.assertWhere(
                        Stock.objects.filter(**{f"pk__{lookup}": (1, 2)}),
                        f"(warehouse_id, number) {operator} (%s, %s)",
                        [1, 2],
                    )
        with patch_features(supports_tuple_index_range=False):
            for lookup, strict, last in (
                ("gt", ">", ">"),
                ("gte", ">", ">="),
                ("lt", "<", "<"),
                ("lte", "<", "<="),
            ):
                with self.subTest(lookup=lookup):
                    self.assertWhere(
                        Stock.objects.filter(**{f"pk__{lookup}": (1, 2)}),
                        f"(warehouse_id {strict}= %s AND (warehouse_id {strict} %s "
                        f"OR (warehouse_id = %s AND number {last} %s)))",
                        [1, 1, 1, 2],
                    )

    def test_comparison_of_five(self):
        with patch_features(supports_tuple_index_range=False):
            self.assertWhere(
                Five.objects.filter(pk__lte=(1, 2, "c", 4, 5)),
                "(a <= %s AND (a < %s OR (a = %s AND (b < %s OR (b = %s AND "
                "(c < %s OR (c = %s AND (d < %s OR (d = %s AND e <= %s)))))))))",
                [1, 1, 1, 2, 2, "c", "c", 4, 4, 5],
            )

    def test_range(self):
        with patch_features(
            supports_tuple_lookups=True, supports_tuple_index_range=True
        ):
            self.assertWhere(
                Stock.objects.filter(pk__range=((1, 2), (3, 4))),
                "((warehouse_id, number) >= (%s, %s) AND "
                "(warehouse_id, number) <= (%s, %s))",
                [1, 2, 3, 4],
            )

    def test_disjunction(self):
        with patch_features(supports_tuple_lookups=False, max_tuple_groups=0):
            self.assertWhere(
                Stock.objects.filter(pk__in=[(1, 2), (3, 4)]),
                "((warehouse_id = %s AND number = %s) OR "
                "(warehouse_id = %s AND number = %s))",
                [1, 2, 3, 4],
            )

    def test_exists(self):
        """Databases without row values compare with a subquery's columns."""
        with patch_features(supports_tuple_lookups=False):
            if connection.features.supports_tuple_in_subquery:
                self.skipTest("Supports (a, b) IN (SELECT …) nonetheless.")
            sql, _ = where(Stock.objects.filter(pk__in=Stock.objects.filter(name="a")))
            self.assertIn("EXISTS(SELECT 1 FROM (SELECT U0.warehouse_id AS col1", sql)
            self.assertIn("(V0.col1 = warehouse_id AND V0.col2 = number)", sql)

    def test_nullable(self):
        with patch_features(
            supports_tuple_lookups=True, supports_tuple_index_range=True
        ):
            self.assertWhere(
                Place.objects.alias(place=Tuple("country", "number")).filter(
                    place__lt=("FR", 1)
                ),
                "((country, number) < (%s, %s) AND number IS NOT NULL)",
            )

    def test_all_keys_beyond_range(self):
        queryset = Stock.objects.exclude(pk__in=[(1, 10**30)])
        with self.assertRaises(FullResultSet):
            queryset.query.where.as_sql(
                queryset.query.get_compiler("default"), connection
            )

    def test_prefetch_one_column_is_as_ever(self):
        """Single-column relations get the SQL of Django 5.2."""
        warehouses = [Warehouse.objects.create() for _ in range(3)]
        for warehouse in warehouses:
            Stock.objects.create(warehouse=warehouse, number=1)
        with CaptureQueriesContext(
            connection,
        ) as context:
            list(Stock.objects.order_by("pk").prefetch_related("warehouse"))
        sql = context[-1]["sql"].partition(" WHERE ")[2]
        column = connection.ops.quote_name("composite_keys_warehouse") + (
            "." + connection.ops.quote_name("id")
        )
        ids = [warehouse.pk for warehouse in warehouses]
        if connection.vendor == "sqlite":
            expected = "(%s)" % " OR ".join(f"{column} = {pk}" for pk in ids)
        else:
            expected = f"({column}) IN (%s)" % ", ".join(f"({pk})" for pk in ids)
        self.assertEqual(sql, expected)


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific.")
class PostgreSQLTests(TestCase):
    def test_arrays(self):
        with patch_features(max_tuple_groups=0, min_tuple_array_rows=2):
            sql, params = where(Five.objects.filter(pk__in=[(1,) * 5, (2,) * 5]))
        self.assertEqual(
            sql,
            "(a, b, c, d, e) IN (SELECT * FROM unnest(%s::integer[], %s::integer[], "
            "%s::varchar[], %s::integer[], %s::integer[]))",
        )
        self.assertEqual(params, ([1, 2], [1, 2], ["1", "2"], [1, 2], [1, 2]))

    def test_typed_values(self):
        """Values which no array can be made of are listed."""
        with patch_features(max_tuple_groups=0, min_tuple_values_rows=2):
            with mock.patch.object(connection.ops, "can_unnest", return_value=False):
                sql, _ = where(Five.objects.filter(pk__in=[(1,) * 5, (2,) * 5]))
        self.assertEqual(
            sql,
            "(a, b, c, d, e) IN (VALUES ((%s)::integer, (%s)::integer, "
            "(%s)::varchar, (%s)::integer, (%s)::integer), (%s, %s, %s, %s, %s))",
        )

    def test_short_list(self):
        keys = [(n, n) for n in range(19)]
        sql, _ = where(Stock.objects.filter(pk__in=keys))
        self.assertNotIn("unnest", sql)
        sql, _ = where(Stock.objects.filter(pk__in=[*keys, (20, 20)]))
        self.assertIn("unnest", sql)

    def test_mixed_types(self):
        """There are no arrays of several Python types."""
        keys = [(n, b"a") for n in range(20)] + [
            (n, memoryview(b"b")) for n in range(20)
        ]
        sql, _ = where(Blob.objects.filter(pk__in=keys))
        Blob.objects.create(number=1, digest=b"b")
        self.assertEqual(Blob.objects.filter(pk__in=keys).count(), 1)

    def test_special_text(self):
        texts = [
            "",
            "NULL",
            "null",
            "{",
            "}",
            ",",
            '"',
            "\\",
            "a b",
            "'",
            "{a,b}",
            "%s",
        ]
        Article.objects.bulk_create(Article(language="l", slug=text) for text in texts)
        keys = [(str(n), "x") for n in range(40)] + [("l", text) for text in texts]
        self.assertEqual(Article.objects.filter(pk__in=keys).count(), len(texts))

    def test_values_are_not_truncated(self):
        """Casts have no length: 11 characters are not cut to the column's 10."""
        Article.objects.create(language="x" * 10, slug="a")
        keys = [("x" * 11, "a"), *((str(n), "a") for n in range(50))]
        self.assertEqual(Article.objects.filter(pk__in=keys).count(), 0)

    def test_many_bound_params(self):
        keys = [(n, n) for n in range(40000)]
        with patch_features(uses_server_side_binding=True):
            sql, params = where(Stock.objects.filter(pk__in=keys))
            self.assertEqual(
                sql,
                "(warehouse_id, number) IN "
                "(SELECT * FROM unnest(%s::integer[], %s::integer[]))",
            )
            self.assertEqual(len(params), 2)


@skipUnless(connection.vendor == "sqlite", "SQLite specific.")
class SQLiteTests(TestCase):
    def test_values(self):
        keys = [(1, 2), (3, 4)]
        for supported, expected in (
            (False, "(SELECT * FROM (VALUES (%s, %s), (%s, %s)))"),
            (True, "(VALUES (%s, %s), (%s, %s))"),
        ):
            with (
                self.subTest(supported=supported),
                patch_features(supports_tuple_values_index=supported),
            ):
                sql, _ = where(Stock.objects.filter(pk__in=keys))
                self.assertEqual(sql, f"(warehouse_id, number) IN {expected}")

    def test_mixed_affinity(self):
        """An index of numbers and text is searched by all of its columns."""
        sql, _ = where(
            Coded.objects.filter(pk__in=[(Code("A", 1), 1), (Code("B", 2), 2)])
        )
        self.assertEqual(
            sql, "(1, code, number) IN (SELECT 1, * FROM (VALUES (%s, %s), (%s, %s)))"
        )
        queryset = Coded.objects.alias(both=Tuple("code", "number"))
        inner = Place.objects.values("country", "number")
        sql, _ = where(queryset.filter(both__in=inner))
        self.assertIn("(1, code, number) IN (SELECT 1, * FROM (SELECT", sql)

    def test_one_parameter_beyond_limit(self):
        keys = [(n, n) for n in range(50)]
        with patch_features(max_variables=100):
            sql, params = where(Stock.objects.filter(pk__in=keys))
        self.assertEqual(
            sql,
            "(warehouse_id, number) IN (SELECT json_extract(value, '$[0]'), "
            "json_extract(value, '$[1]') FROM json_each(%s))",
        )
        self.assertEqual(len(params), 1)

    def test_one_group_beyond_limit(self):
        """Many keys of few tenants are given as one parameter as well."""
        with patch_features(max_variables=100):
            keys = [(1, n) for n in range(200)]
            _, params = where(Stock.objects.filter(pk__in=keys))
            self.assertLess(len(params), 5)

    def test_binary_beyond_limit(self):
        keys = [(n, b"\0'%s") for n in range(50)]
        with patch_features(max_variables=100):
            sql, params = where(Blob.objects.filter(pk__in=keys))
        self.assertEqual(params, ())
        self.assertIn("(0, X'00272573')", sql)
        Blob.objects.create(number=7, digest=b"\0'%s")
        with patch_features(max_variables=100):
            self.assertEqual(Blob.objects.get(pk__in=keys).number, 7)

    @skipUnless(hasattr(sqlite3.Connection, "getlimit"), "Requires Python 3.11+.")
    def test_limit_is_read_from_connection(self):
        connection.features.__dict__.pop("max_variables", None)
        self.addCleanup(connection.features.__dict__.pop, "max_variables", None)
        limit = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 77)
        self.addCleanup(
            connection.connection.setlimit, sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit
        )
        self.assertEqual(connection.features.max_variables, 77)
        warehouse = Warehouse.objects.create()
        Stock.objects.create(warehouse=warehouse, number=1)
        keys = [(warehouse.pk + n, 1) for n in range(500)]
        self.assertEqual(Stock.objects.filter(pk__in=keys).count(), 1)

    def test_prefetch_one_column_beyond_depth(self):
        """1,000 keys are "Expression tree is too large" on Django 5.2."""
        Warehouse.objects.bulk_create(Warehouse(id=n) for n in range(1, 1501))
        Stock.objects.bulk_create(
            Stock(warehouse_id=n, number=1) for n in range(1, 1501)
        )
        with self.assertNumQueries(2):
            stocks = list(Stock.objects.prefetch_related("warehouse"))
        self.assertEqual({stock.warehouse.pk for stock in stocks}, set(range(1, 1501)))


@skipUnless(connection.vendor == "mysql", "MySQL and MariaDB specific.")
class MySQLTests(TestCase):
    keys = [(n, n + 1) for n in range(300)]

    def test_values(self):
        for row, expected in (
            (False, "IN (VALUES (%s, %s), (%s, %s), "),
            (True, "IN (SELECT * FROM (VALUES ROW(%s, %s), ROW(%s, %s), "),
        ):
            with (
                self.subTest(row=row),
                patch_features(
                    requires_row_in_tuple_values=row, min_tuple_values_rows=200
                ),
            ):
                sql, _ = where(Stock.objects.filter(pk__in=self.keys))
                self.assertIn(expected, sql)

    def test_text_is_listed(self):
        """Text in VALUES would have another collation than the column."""
        keys = [(str(n), str(n)) for n, _ in self.keys]
        sql, _ = where(Article.objects.filter(pk__in=keys))
        self.assertNotIn("VALUES", sql)


class ManyKeysTests(TestCase):
    """The number of keys isn't limited by the database."""

    @classmethod
    def setUpTestData(cls):
        cls.warehouses = Warehouse.objects.bulk_create(
            Warehouse(id=n) for n in range(1, 101)
        )
        cls.stocks = Stock.objects.bulk_create(
            Stock(warehouse_id=n, number=m) for n in range(1, 101) for m in range(10)
        )
        cls.articles = Article.objects.bulk_create(
            Article(language=f"l{n}", slug=f"s{m}")
            for n in range(100)
            for m in range(5)
        )

    def test_many(self):
        found = [stock.pk for stock in self.stocks[::7]]
        for size in (1, 10, 500, 1000, 2000, 10000, 50000):
            missing = [(n % 1000 + 1000, n) for n in range(size)]
            keys = found + missing
            with self.subTest(size=size), self.assertNumQueries(1):
                self.assertCountEqual(
                    Stock.objects.filter(pk__in=keys).values_list("pk", flat=True),
                    found,
                )

    def test_many_equal_members(self):
        """Columns of VALUES are named by its first row on MariaDB."""
        for first in ([], [(0, 1)]):
            keys = [*((n, n) for n in range(1000, 3000)), (5, 5), *first]
            with self.subTest(first=first):
                self.assertEqual(Stock.objects.get(pk__in=keys).pk, (5, 5))

    def test_many_of_one_tenant(self):
        keys = [(1, n) for n in range(50000)]
        self.assertEqual(Stock.objects.filter(pk__in=keys).count(), 10)
        self.assertEqual(Stock.objects.exclude(pk__in=keys).count(), 990)

    def test_many_texts(self):
        found = [article.pk for article in self.articles[::3]]
        for size in (500, 20000):
            keys = found + [(f"x{n % 300}", f"slug-{n}") for n in range(size)]
            with self.subTest(size=size), self.assertNumQueries(1):
                self.assertCountEqual(
                    Article.objects.filter(pk__in=keys).values_list("pk", flat=True),
                    found,
                )

    def test_exclude(self):
        keys = [(n % 1000 + 1000, n) for n in range(3000)]
        keys += [stock.pk for stock in self.stocks[1:]]
        self.assertCountEqual(Stock.objects.exclude(pk__in=keys), self.stocks[:1])

    def test_combined(self):
        """Many keys along with other conditions and expressions."""
        keys = [(n % 1000 + 1000, n) for n in range(5000)]
        keys += [stock.pk for stock in self.stocks]
        self.assertEqual(
            Stock.objects.filter(pk__in=keys, number__gte=5).exclude(pk=(1, 5)).count(),
            499,
        )
        self.assertEqual(
            Stock.objects.filter(pk__in=[*keys[:5000], (F("warehouse"), 3)]).count(),
            100,
        )

    def test_tuple_of_functions(self):
        keys = [(f"X{n % 300}", f"slug-{n}") for n in range(2000)] + [("L5", "s3")]
        self.assertEqual(
            Article.objects.alias(both=Tuple(Upper("language"), "slug")).get(
                both__in=keys
            ),
            Article.objects.get(pk=("l5", "s3")),
        )

    @skipUnlessDBFeature("supports_tuple_lookups")
    def test_too_many_params(self):
        if connection.vendor == "sqlite":
            self.skipTest("Keys are given as one parameter.")
        with patch_features(max_query_params=1000):
            msg = (
                "'in' lookup of 2 columns: 600 rows need 1200 parameters, but "
                f"{connection.display_name} supports 1000 in one query. Split the rows."
            )
            queryset = Stock.objects.filter(pk__in=[(n, n) for n in range(600)])
            with self.assertRaisesMessage(NotSupportedError, msg):
                list(queryset)
