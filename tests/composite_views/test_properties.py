"""
A key is what is read from its URL and from its text form, whatever it is made
of, and no two keys have the same.
"""

import datetime
import unittest
import uuid
from decimal import Decimal
from urllib.parse import unquote

from django.test import SimpleTestCase, override_settings
from django.urls import resolve, reverse

from .models import Event, Item, Part

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:
    raise unittest.SkipTest("Requires hypothesis.")

special = st.text("/,-_~\"'\\%#? .:;&=+[]{}<>@$()*!\n\t\0aä😀2CF", max_size=300)
text = special | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
integer = st.integers(-(2**63), 2**63 - 1)
item_keys = st.tuples(text, integer)
event_keys = st.tuples(
    st.uuids() | st.just(uuid.UUID(int=0)),
    st.datetimes(),
    st.dates(),
    st.decimals(-9999999, 9999999, places=2).map(lambda value: value or Decimal(0)),
)
part_keys = st.tuples(text, integer, integer)


@override_settings(ROOT_URLCONF="composite_views.urls", USE_TZ=False)
class RoundTripTests(SimpleTestCase):
    def check(self, name, model, members, other_members):
        pk = model._meta.pk
        key, other = pk.key_class(members), pk.key_class(other_members)
        url, other_url = (reverse(name, args=[value]) for value in (key, other))
        found = resolve(unquote(url)).kwargs["pk"]
        self.assertEqual(pk.to_python(found), key)
        self.assertEqual(pk.to_python(str(key)), key)
        self.assertEqual(url == other_url, key == other)
        self.assertEqual(str(key) == str(other), key == other)
        self.assertEqual(reverse(name, args=[found]), url)

    @settings(deadline=None)
    @given(item_keys, item_keys)
    def test_text(self, members, other_members):
        self.check("item", Item, members, other_members)

    @settings(deadline=None)
    @given(special, integer)
    def test_similar_text(self, value, number):
        self.check("item", Item, (value, number), (value.replace("_", ","), number))
        self.check("item", Item, (value, number), (value[1:], number))

    @settings(deadline=None)
    @given(part_keys, part_keys)
    def test_key_of_a_key(self, members, other_members):
        self.check("part", Part, members, other_members)

    @settings(deadline=None)
    @given(event_keys, event_keys)
    def test_other_types(self, members, other_members):
        self.check("event", Event, members, other_members)

    @settings(deadline=None)
    @given(
        st.datetimes(
            datetime.datetime(2, 1, 1),
            datetime.datetime(9998, 1, 1),
            timezones=st.just(datetime.timezone.utc),
        )
    )
    def test_aware(self, at):
        with self.settings(USE_TZ=True):
            members = (uuid.UUID(int=1), at, at.date(), Decimal("1.50"))
            others = (uuid.UUID(int=1), at, at.date(), Decimal("1.00"))
            self.check("event", Event, members, others)

    @settings(deadline=None)
    @given(text, text)
    def test_single_key(self, value, other):
        if not value or not other:
            return
        url, other_url = (reverse("tag", args=[key]) for key in (value, other))
        self.assertEqual(resolve(unquote(url)).kwargs["pk"], value)
        self.assertEqual(url == other_url, value == other)
