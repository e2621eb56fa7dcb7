"""
Every lookup finds what the same question finds in Python, whatever the
columns, their types and values, None and duplicates.
"""

import datetime
import unittest
import uuid
from collections.abc import Iterator
from decimal import Decimal
from unittest import mock

from django.db import connection, transaction
from django.db.models.fields.tuple_lookups import Tuple
from django.test import TestCase

from .models import Wide

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:
    raise unittest.SkipTest("Requires hypothesis.")

# There are few values of each type so that many of them are equal, and the
# first column decides as seldom as the last. Text consists of characters that
# all collations order alike.
COLUMNS = {
    "integer": st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1]),
    "big": st.sampled_from([-(2**63), -1, 0, 2**40, 2**63 - 1]),
    "text": st.text("ab1", min_size=1, max_size=2),
    "date": st.sampled_from(
        [datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date(9999, 1, 1)]
    ),
    "datetime": st.sampled_from(
        [
            datetime.datetime(2024, 2, 29, 1, 2, 3),
            datetime.datetime(2024, 2, 29, 1, 2, 3, 4000),
            datetime.datetime(2025, 1, 1),
        ]
    ),
    "decimal": st.sampled_from(
        [Decimal(value) for value in ("-1.50", "0.00", "1.25", "2.00", "10.00")]
    ),
    "boolean": st.booleans(),
    "uid": st.sampled_from([uuid.UUID(int=n) for n in (0, 1, 2**127, 2**128 - 1)]),
}
COMPARISONS = {
    "exact": lambda row, given: row == given,
    "gt": lambda row, given: row > given,
    "gte": lambda row, given: row >= given,
    "lt": lambda row, given: row < given,
    "lte": lambda row, given: row <= given,
}


@st.composite
def questions(draw, nullable):
    """Draw the columns, rows of the table and rows that are looked up."""
    names = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=2, max_size=5))
    columns = [COLUMNS[name] for name in dict.fromkeys(names)]
    if len(columns) < 2:
        names = ["integer", "text"]
        columns = [COLUMNS[name] for name in names]
    if nullable:
        columns = [st.none() | column for column in columns]
    rows = st.lists(st.tuples(*columns), max_size=12)
    given_columns = [st.none() | column for column in columns]
    table = draw(rows)
    looked_up = draw(st.lists(st.tuples(*given_columns), max_size=12))
    # Half of what is looked up is there.
    looked_up += table[::2]
    return list(dict.fromkeys(names)), table, draw(st.permutations(looked_up))


class PropertyTests(TestCase):
    features = {}

    settings = settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )

    def setUp(self):
        for name, value in self.features.items():
            self.enterContext(mock.patch.object(connection.features, name, value))

    def check(self, names, table, looked_up, nullable):
        with transaction.atomic():
            Wide.objects.bulk_create(Wide(**dict(zip(names, row))) for row in table)
            self.check_lookups(names, table, looked_up, nullable)
            transaction.set_rollback(True)

    def check_lookups(self, names, table, looked_up, nullable):
        queryset = Wide.objects.annotate(row=Tuple(*names))

        def assertFound(lookup, given, matches):
            filters = {f"row__{lookup}": given}
            expected = [row for row in table if None not in row and matches(row)]
            filtered = queryset.filter(**filters)
            found = filtered.values_list("row", flat=True)
            self.assertCountEqual(found, expected, filters)
            self.assertEqual(filtered.count(), len(expected))
            if not nullable and not isinstance(given, Iterator):
                others = [row for row in table if not matches(row)]
                found = queryset.exclude(**filters).values_list("row", flat=True)
                self.assertCountEqual(found, others, filters)

        given = {row for row in looked_up if None not in row}
        assertFound("in", looked_up, lambda row: row in given)
        assertFound("in", set(looked_up), lambda row: row in given)
        assertFound("in", iter(looked_up * 2), lambda row: row in given)
        for key in looked_up[:4]:
            for lookup, compare in COMPARISONS.items():
                assertFound(
                    lookup, key, lambda row: None not in key and compare(row, key)
                )
        for start, end in zip(looked_up, looked_up[1:4]):
            assertFound(
                "range",
                (start, end),
                lambda row: None not in start + end and start <= row <= end,
            )
        nulls = [row for row in table if None in row]
        self.assertCountEqual(
            queryset.filter(row__isnull=True).values_list("row", flat=True), nulls
        )
        self.assertEqual(
            queryset.filter(row__isnull=False).count(), len(table) - len(nulls)
        )
        if None not in sum(table, ()):
            self.assertEqual(
                list(queryset.order_by("row").values_list("row", flat=True)),
                sorted(table),
            )

    def test_lookups(self):
        @self.settings
        @given(questions(nullable=False))
        def check(question):
            self.check(*question, nullable=False)

        check()

    def test_nullable(self):
        @self.settings
        @given(questions(nullable=True))
        def check(question):
            self.check(*question, nullable=True)

        check()


class NoTuplesPropertyTests(PropertyTests):
    features = {
        "supports_tuple_lookups": False,
        "supports_tuple_index_range": False,
        "max_tuple_groups": 0,
    }


class ValuesPropertyTests(PropertyTests):
    features = {"min_tuple_values_rows": 2, "max_tuple_groups": 0}


class ListPropertyTests(PropertyTests):
    features = {"min_tuple_values_rows": None, "max_tuple_groups": 0}


class GroupedPropertyTests(PropertyTests):
    features = {"max_tuple_groups": 1000, "supports_tuple_index_range": False}


@unittest.skipUnless(connection.vendor == "sqlite", "SQLite specific.")
class FewVariablesPropertyTests(PropertyTests):
    features = {"max_variables": 6, "max_tuple_groups": 2}


@unittest.skipUnless(connection.vendor == "postgresql", "PostgreSQL specific.")
class UnnestPropertyTests(PropertyTests):
    features = {"min_tuple_array_rows": 2, "max_tuple_groups": 0}
