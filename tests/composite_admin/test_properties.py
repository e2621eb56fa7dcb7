"""
A key is what is read from its URL in the admin and from its text form, and no
two keys share a form.
"""

import datetime
import unittest
from decimal import Decimal
from urllib.parse import unquote as unquote_url

from django.contrib.admin.utils import quote, unquote
from django.test import SimpleTestCase, override_settings
from django.urls import resolve, reverse

from .models import Event, Reservation, Text

try:
    from hypothesis import given, settings
    from hypothesis import strategies as st
except ImportError:
    raise unittest.SkipTest("Requires hypothesis.")

special = st.text("/,-_~\"'\\%#? .:;&=+[]{}<>@$()*!\n\tä😀2CF5B", max_size=300)
text = special | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
integer = st.integers(-(2**31), 2**31 - 1)
event_keys = st.tuples(
    st.uuids(),
    st.datetimes(),
    st.dates(),
    st.decimals(-9999999, 9999999, places=2).map(lambda value: value or Decimal(0)),
    integer,
    st.booleans(),
)


@override_settings(ROOT_URLCONF="composite_admin.urls", USE_TZ=False)
class RoundTripTests(SimpleTestCase):
    def check(self, model, members, other_members):
        pk, opts = model._meta.pk, model._meta
        key, other = pk.key_class(members), pk.key_class(other_members)
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        url, other_url = (reverse(name, args=[quote(value)]) for value in (key, other))
        match = resolve(unquote_url(url))
        self.assertEqual(match.url_name, name.removeprefix("admin:"))
        found = match.kwargs["object_id"]
        self.assertEqual(found, quote(key))
        self.assertEqual(unquote(found, opts), str(key))
        self.assertEqual(pk.to_python(unquote(found, opts)), key)
        self.assertEqual(pk.to_python(str(key)), key)
        self.assertEqual(unquote(str(key), opts), str(key))
        self.assertEqual(url == other_url, key == other)
        self.assertEqual(str(key) == str(other), key == other)

    @settings(deadline=None)
    @given(st.tuples(text, text), st.tuples(text, text))
    def test_text(self, members, other_members):
        self.check(Text, members, other_members)

    @settings(deadline=None)
    @given(special, special)
    def test_similar_text(self, first, second):
        self.check(Text, (first, second), (first.replace("_", ","), second))
        self.check(Text, (first, second), (second, first))
        self.check(Text, (first, second), (first + second, ""))

    @settings(deadline=None)
    @given(event_keys, event_keys)
    def test_other_types(self, members, other_members):
        self.check(Event, members, other_members)

    @settings(deadline=None)
    @given(
        st.tuples(text, integer, integer, st.dates()),
        st.tuples(text, integer, integer, st.dates()),
    )
    def test_key_of_a_key(self, members, other_members):
        self.check(Reservation, members, other_members)

    @settings(deadline=None)
    @given(
        st.datetimes(
            datetime.datetime(2, 1, 1),
            datetime.datetime(9998, 1, 1),
            timezones=st.just(datetime.timezone.utc),
        ),
        event_keys,
    )
    def test_aware(self, at, members):
        with self.settings(USE_TZ=True):
            members = (members[0], at, *members[2:])
            others = (*members[:5], not members[5])
            self.check(Event, members, others)
