"""
The key's index is used, whatever the lookup and the number of keys.
"""

import json
import re
import uuid
from unittest import skipUnless

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.test import TestCase, TransactionTestCase

from .models import Article, Five, Line, Product, Review, Shard, Stock, Warehouse


class PlanMixin:
    def explain(self, queryset):
        if connection.vendor == "postgresql":
            # Costs don't matter: can the index be used?
            with transaction.atomic(), connection.cursor() as cursor:
                for name in ("seqscan", "hashjoin", "mergejoin", "material"):
                    cursor.execute(f"SET LOCAL enable_{name} = off")
                return queryset.explain()
        if connection.vendor == "sqlite":
            return queryset.explain()
        if connection.vendor == "mysql":
            return json.loads(queryset.explain(format="JSON"))
        self.skipTest("Cannot explain plans on this database.")

    def assertSearches(self, queryset, *columns):
        """
        The table is searched by the given columns of an index, and no part of
        the query scans it.
        """
        plan = self.explain(queryset)
        table = queryset.model._meta.db_table
        if connection.vendor == "postgresql":
            self.assertNotIn(f"Seq Scan on {table}", plan)
            conditions = re.findall(r"Index Cond: (.*)", plan)
            self.assertTrue(conditions, plan)
            for column in columns:
                self.assertTrue(any(column in line for line in conditions), plan)
        elif connection.vendor == "sqlite":
            self.assertNotIn(f"SCAN {table}", plan)
            searches = re.findall(rf"SEARCH {table} USING .*INDEX \S+ (.*)", plan)
            self.assertTrue(searches, plan)
            for column in columns:
                self.assertTrue(all(column in line for line in searches), plan)
        else:
            tables = [
                node
                for node in find_tables(json.loads(plan))
                if node["table_name"] == table
            ]
            self.assertTrue(tables, plan)
            for node in tables:
                self.assertNotIn(node["access_type"], ("ALL", "index"), plan)
                self.assertTrue(set(columns) <= set(node["used_key_parts"]), plan)


def find_tables(node):
    """Return all tables in a plan as JSON of MySQL or MariaDB."""
    if isinstance(node, list):
        return [table for item in node for table in find_tables(item)]
    if not isinstance(node, dict):
        return []
    found = [node] if "table_name" in node else []
    return found + find_tables(list(node.values()))


class PlanTests(PlanMixin, TransactionTestCase):
    available_apps = ["composite_keys"]

    def setUp(self):
        Warehouse.objects.bulk_create(Warehouse(id=n) for n in range(1, 51))
        Stock.objects.bulk_create(
            Stock(warehouse_id=n, number=m) for n in range(1, 51) for m in range(100)
        )
        Article.objects.bulk_create(
            Article(language=f"l{n}", slug=f"s{m}")
            for n in range(50)
            for m in range(60)
        )
        Product.objects.bulk_create(Product(id=uuid.UUID(int=n)) for n in range(50))
        Line.objects.bulk_create(
            Line(product_id=uuid.UUID(int=n), position=m, comment="c" * 30)
            for n in range(50)
            for m in range(50)
        )
        Five.objects.bulk_create(
            Five(a=n % 10, b=n % 20, c=f"c{n % 30}", d=n % 7, e=n) for n in range(3000)
        )
        # Plans are chosen by statistics.
        for model in (Stock, Article, Five, Line):
            if connection.vendor in ("postgresql", "mysql"):
                keyword = "TABLE" if connection.vendor == "mysql" else ""
                table = connection.ops.quote_name(model._meta.db_table)
                with connection.cursor() as cursor:
                    cursor.execute(f"ANALYZE {keyword} {table}")

    def test_exact(self):
        self.assertSearches(Stock.objects.filter(pk=(1, 2)), "warehouse_id", "number")
        self.assertSearches(Article.objects.filter(pk=("l1", "s2")), "language", "slug")

    def test_in(self):
        for size in (2, 10, 100, 1000):
            with self.subTest(size=size):
                self.assertSearches(
                    Stock.objects.filter(
                        pk__in=[(n % 1000, n // 1000) for n in range(size)]
                    ),
                    "warehouse_id",
                    "number",
                )

    def test_in_text(self):
        for size in (10, 100, 300):
            with self.subTest(size=size):
                self.assertSearches(
                    Article.objects.filter(
                        pk__in=[(f"l{n % 60}", f"s{n}") for n in range(size)]
                    ),
                    "language",
                    "slug",
                )

    def test_mixed_types(self):
        """SQLite doesn't search an index by numbers and text on its own."""
        keys = [(uuid.UUID(int=n % 60), n % 7) for n in range(200)]
        columns = ["product_id", "position"]
        for queryset in (
            Line.objects.filter(pk__in=keys),
            Line.objects.filter(pk__gt=keys[50]).order_by("pk")[:5],
            Line.objects.filter(pk=keys[0]),
        ):
            with self.subTest(queryset=str(queryset.query)[:200]):
                self.assertSearches(queryset, *columns)
        if connection.vendor == "sqlite":
            queryset = Line.objects.filter(pk__in=Line.objects.values("pk")[:5])
            self.assertSearches(queryset, *columns)

    def test_in_groups(self):
        keys = [(n % 3, n) for n in range(60)]
        self.assertSearches(Stock.objects.filter(pk__in=keys), "warehouse_id")

    def test_in_five(self):
        keys = [(n % 10, n % 20, f"c{n % 30}", n % 7, n) for n in range(0, 3000, 9)]
        queryset = Five.objects.filter(pk__in=keys)
        self.assertEqual(queryset.count(), len(keys))
        self.assertSearches(queryset, "a", "b", "c", "d", "e")

    def test_in_subquery(self):
        self.assertSearches(
            (
                Stock.objects.filter(pk__in=Review.objects.values("stock")[:100])
                if connection.features.allow_sliced_subqueries_with_in
                else Stock.objects.filter(pk__in=Review.objects.values("stock"))
            ),
            "warehouse_id",
            "number",
        )

    def test_outer_ref(self):
        inner = Stock.objects.filter(pk=OuterRef("stock"))
        plan = self.explain(Review.objects.filter(Exists(inner)))
        if connection.vendor == "sqlite":
            self.assertNotIn("SCAN U0", plan)

    def test_keyset_page(self):
        """A page of rows is one range of the index, however deep it is."""
        for lookup, ordering in (
            ("pk__gt", "pk"),
            ("pk__gte", "pk"),
            ("pk__lt", "-pk"),
            ("pk__lte", "-pk"),
        ):
            queryset = Stock.objects.filter(**{lookup: (25, 50)}).order_by(ordering)[
                :50
            ]
            with self.subTest(lookup=lookup):
                columns = ["warehouse_id", "number"]
                self.assertSearches(queryset, *columns)
                if connection.vendor in ("sqlite", "postgresql"):
                    plan = self.explain(queryset)
                    self.assertNotIn("Sort", plan)
                    self.assertNotIn("TEMP B-TREE", plan)

    @skipUnless(connection.vendor == "mysql", "Counts the rows read.")
    def test_keyset_page_reads_only_its_rows(self):
        """Nor are the rows before it read, as by "a >= x AND (a > x OR b > y)"."""
        queryset = Stock.objects.filter(pk__gt=(25, 90)).order_by("pk")[:10]
        with connection.cursor() as cursor:
            cursor.execute("FLUSH STATUS")
            self.assertEqual(len(queryset), 10)
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read_%'")
            reads = sum(int(value) for _, value in cursor.fetchall())
        self.assertLess(reads, 30)

    def test_range(self):
        self.assertSearches(
            Stock.objects.filter(pk__range=((25, 50), (25, 60))), "warehouse_id"
        )


class PartitionTests(PlanMixin, TestCase):
    """Keys of few tenants are looked up in the partitions of these only."""

    sql = {
        "postgresql": [
            "CREATE TABLE composite_keys_shard (tenant integer, number integer, "
            "PRIMARY KEY (tenant, number)) PARTITION BY HASH (tenant)",
            *(
                f"CREATE TABLE composite_keys_shard_{n} PARTITION OF "
                f"composite_keys_shard FOR VALUES WITH (MODULUS 16, REMAINDER {n})"
                for n in range(16)
            ),
        ],
        "mysql": [
            "CREATE TABLE composite_keys_shard (tenant integer, number integer, "
            "PRIMARY KEY (tenant, number)) PARTITION BY HASH (tenant) PARTITIONS 16"
        ],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with connection.cursor() as cursor:
            for sql in cls.sql.get(connection.vendor, ()):
                cursor.execute(sql)
        cls.addClassCleanup(cls.drop)

    @classmethod
    def drop(cls):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS composite_keys_shard")

    def setUp(self):
        if connection.vendor not in self.sql:
            self.skipTest("Has no partitions.")
        Shard.objects.bulk_create(
            Shard(tenant=n, number=m) for n in range(40) for m in range(50)
        )

    def get_partitions(self, queryset):
        if connection.vendor == "postgresql":
            plan = self.explain(queryset)
            return set(re.findall(r"on (composite_keys_shard_\d+)\b", plan))
        # The first table of the plan says which partitions are read.
        sql, params = queryset.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN PARTITIONS {sql}", params)
            return set(cursor.fetchone()[3].split(","))

    def test_partitions(self):
        for tenants, size in ((1, 1), (1, 10), (1, 1000), (3, 9), (3, 1000), (3, 5000)):
            keys = [(n % tenants, n // tenants) for n in range(size)]
            queryset = Shard.objects.filter(pk__in=keys)
            with self.subTest(tenants=tenants, size=size):
                self.assertEqual(queryset.count(), min(size, 50 * tenants))
                self.assertLessEqual(len(self.get_partitions(queryset)), tenants)

    def test_lookups(self):
        self.assertEqual(len(self.get_partitions(Shard.objects.filter(pk=(1, 2)))), 1)
        self.assertEqual(Shard.objects.filter(pk__gt=(38, 48)).count(), 51)
        keys = [(n, n) for n in range(60)]
        self.assertEqual(Shard.objects.filter(pk__in=keys).count(), 40)
