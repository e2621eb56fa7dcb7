"""The documentation of models with a composite key (admindocs)."""

import re
import unittest
from unittest import mock

from django.contrib.admindocs import utils
from django.contrib.admindocs.views import get_readable_field_data_type
from django.test import modify_settings

from .admin import site
from .models import Plaque, Reservation, Seat, Ticket
from .testcase import AdminTestCase


@unittest.skipUnless(utils.docutils_is_available, "Requires docutils.")
@modify_settings(INSTALLED_APPS={"append": "django.contrib.admindocs"})
# Its pages have the header of the default site, which others register models with.
@mock.patch("django.contrib.admin.site", site)
class DocsTests(AdminTestCase):
    def get_rows(self, model):
        opts = model._meta
        url = f"/admindocs/models/{opts.app_label}.{opts.model_name}/"
        content = self.client.get(url).content.decode()
        rows = re.findall("<tr>(.*?)</tr>", content, re.DOTALL)
        rows = [re.findall("<td>(.*?)</td>", row, re.DOTALL) for row in rows]
        return {
            row[0].strip(): re.sub("<[^>]*>", "", row[1]).strip() for row in rows if row
        }, content

    def test_description(self):
        self.assertEqual(
            get_readable_field_data_type(Seat._meta.pk),
            "Composite primary key (hall, row, number)",
        )

    def test_key(self):
        rows, content = self.get_rows(Seat)
        self.assertEqual(rows["pk"], "Composite primary key (hall, row, number)")
        self.assertEqual(len(re.findall(r"<tr>\s*<td>pk</td>", content)), 1)
        self.assertEqual(rows["hall"], "Hall")
        self.assertEqual(rows["row"], "Integer")
        self.assertEqual(rows["tickets.all"], "List")
        self.assertEqual(rows["reservations.count"], "Integer")

    def test_relations(self):
        rows, content = self.get_rows(Ticket)
        self.assertEqual(rows["seat"], "Seat")
        self.assertEqual(rows["seat_row"], "Integer")
        self.assertIn('href="/admindocs/models/composite_admin.seat/"', content)
        rows, _ = self.get_rows(Reservation)
        self.assertEqual(rows["pk"], "Composite primary key (seat, evening)")
        rows, _ = self.get_rows(Plaque)
        self.assertEqual(rows["seat"], "Seat")
