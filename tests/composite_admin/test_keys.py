"""Keys of all kinds survive every page."""

import datetime
import html
import re
import uuid
from decimal import Decimal
from urllib.parse import unquote as unquote_url

from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from django.urls import resolve, reverse

from .models import Event, Seat, Text
from .testcase import AdminTestCase

texts = [
    *"/,-_~\"\\%#?.:;&=+$'[]<>@!*()| ",
    "",
    "..",
    "a/../b",
    "//",
    "a b",
    " a ",
    '"quoted"',
    "it's",
    "_2F",
    "_5F2F",
    "%2F",
    "%252F",
    "a,b",
    '["a", "b"]',
    "<script>alert(1)</script>",
    "äöü",
    "e\u0301",
    "😀👩‍👩‍👧",
    "日本語",
    "\u202egnp.exe",
    "line\nline\r\n\ttab",
    "x" * 300,
    "/" * 300,
    "😀" * 300,
    "change",
    "delete/../add",
    "add",
    "None",
    "null",
    "0",
]


class VisitTests(AdminTestCase):
    """Every page for an object is found by the links to it."""

    def visit(self, obj, data, changed):
        model = type(obj)
        url = self.url("change", obj)
        pages = {page: self.url(page, obj) for page in ("change", "delete", "history")}
        for page, page_url in pages.items():
            match = resolve(unquote_url(page_url))
            self.assertEqual(match.url_name.rpartition("_")[2], page)
        changelist = self.get("changelist", model)
        self.assertEqual(self.links(changelist, "/change/"), [url])
        values = re.findall(
            'name="_selected_action" value="([^"]*)"', changelist.content.decode()
        )
        self.assertEqual(list(map(html.unescape, values)), [str(obj.pk)])

        response = self.get("change", obj)
        self.assertIn(pages["delete"], self.links(response, "/delete/"))
        self.assertIn(pages["history"], self.links(response, "/history/"))
        response = self.client.post(url, {**data, "_continue": "1"}, follow=True)
        self.assertRedirects(response, url)
        self.assertIn(
            unquote_url(url), map(unquote_url, self.links(response, "/change/"))
        )
        response = self.client.post(url, data, follow=True)
        self.assertRedirects(response, self.url("changelist", model))
        self.assertEqual(model.objects.get(pk=obj.pk).note, changed)
        self.assertEqual(model.objects.count(), 1)

        entry = LogEntry.objects.latest("pk")
        self.assertEqual(entry.get_edited_object(), obj)
        self.assertEqual(entry.get_admin_url(), url)
        self.assertIn(
            url, self.links(self.client.get(reverse("admin:index")), "/change/")
        )
        response = self.get("history", obj)
        self.assertEqual(len(response.context["action_list"]), 2)
        self.assertIn(url, self.links(response, "/change/"))

        ct = ContentType.objects.get_for_model(model)
        response = self.client.get(f"/admin/r/{ct.pk}/{quote(obj.pk)}/")
        self.assertEqual(response.status_code, 302)
        path = re.sub("^https?://[^/]*", "", response["Location"])
        self.assertEqual(path, obj.get_absolute_url())

        # The key's text may be in the URL, too.
        text_url = reverse(
            f"admin:composite_admin_{model._meta.model_name}_change", args=[str(obj.pk)]
        )
        self.assertEqual(self.client.get(text_url).status_code, 200)

        data = {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-pk": str(obj.pk),
            "form-0-note": "listed",
            "_save": "Save",
        }
        response = self.client.post(self.url("changelist", model), data)
        self.assertEqual(response.status_code, 302)
        self.assertEqual(model.objects.get(pk=obj.pk).note, "listed")

        response = self.get("delete", obj)
        self.assertIn(url, self.links(response, "/change/"))
        response = self.client.post(pages["delete"], {"post": "yes"})
        self.assertEqual(model.objects.count(), 0)
        for page_url in pages.values():
            self.assertRedirects(
                self.client.get(page_url),
                reverse("admin:index"),
                fetch_redirect_response=False,
            )

        model(pk=obj.pk).save(force_insert=True)
        data = {"action": "delete_selected", "_selected_action": str(obj.pk)}
        response = self.client.post(self.url("changelist", model), data)
        self.assertIn(url, self.links(response, "/change/"))
        self.client.post(self.url("changelist", model), {**data, "post": "yes"})
        self.assertEqual(model.objects.count(), 0)

    def links(self, response, suffix):
        self.assertEqual(response.status_code, 200)
        found = re.findall('href="([^"]*)"', response.content.decode())
        return [
            link
            for link in map(html.unescape, found)
            if link.startswith("/admin/composite_admin/") and link.endswith(suffix)
        ]

    def test_texts(self):
        for key in zip(texts, reversed(texts)):
            with self.subTest(key=key):
                obj = Text.objects.create(pk=key)
                self.visit(obj, {"note": "changed"}, "changed")
                LogEntry.objects.all().delete()

    def test_other_types(self):
        utc = datetime.timezone.utc
        for use_tz in (False, True):
            for uid, at, day, price, number, done in [
                (0, datetime.datetime(2024, 2, 29), "2024-02-29", "0", 0, False),
                (
                    1,
                    datetime.datetime(1999, 12, 31, 23, 59, 59, 999999),
                    "0001-01-01",
                    "-1234567.89",
                    -(2**31),
                    True,
                ),
                (
                    2**128 - 1,
                    datetime.datetime(9998, 1, 1, 0, 0, 0, 1),
                    "9999-12-31",
                    "0.01",
                    2**31 - 1,
                    True,
                ),
            ]:
                with (
                    self.subTest(at=at, use_tz=use_tz),
                    override_settings(USE_TZ=use_tz, TIME_ZONE="Asia/Kolkata"),
                ):
                    obj = Event.objects.create(
                        uid=uuid.UUID(int=uid),
                        at=at.replace(tzinfo=utc) if use_tz else at,
                        day=datetime.date.fromisoformat(day),
                        price=Decimal(price),
                        number=number,
                        done=done,
                    )
                    self.visit(obj, {"note": "changed"}, "changed")
                    LogEntry.objects.all().delete()

    def test_negative_numbers(self):
        seat = Seat.objects.create(pk=("main", -4, -2147483648))
        self.assertEqual(quote(seat.pk), "main,-4,-2147483648")
        self.assertContains(self.get("change", seat), "main/-4/-2147483648")

    def test_add(self):
        """A key that is added by the page is that which was typed in."""
        for text in texts:
            # Forms strip blanks, and browsers send other newlines.
            if text != text.strip() or "\n" in text:
                continue
            with self.subTest(text=text):
                response = self.client.post(
                    self.url("add", Text),
                    {"first": text, "second": "", "_continue": "1"},
                    follow=True,
                )
                obj = Text.objects.get()
                self.assertEqual(obj.pk, (text, ""))
                self.assertRedirects(response, self.url("change", obj))
                self.assertIn(
                    unquote_url(self.url("change", obj)),
                    map(unquote_url, self.links(response, "/change/")),
                )
                obj.delete()

    def test_save_as_new(self):
        """The copy starts with the key of the object, to the microsecond."""
        from unittest import mock

        from .admin import site

        obj = Event.objects.create(
            uid=uuid.UUID(int=7),
            at=datetime.datetime(2024, 2, 29, 12, 30, 15, 17),
            day=datetime.date(2024, 2, 29),
            price=Decimal("1.50"),
            number=-1,
            done=True,
        )
        with mock.patch.object(site.get_model_admin(Event), "save_as", True):
            response = self.client.post(
                self.url("change", obj), {"note": "copy", "_saveasnew": "1"}
            )
        errors = response.context["adminform"].form.errors
        self.assertEqual(list(errors), ["__all__"], errors)
        self.assertIn("already exists.", str(errors))
        self.assertEqual(Event.objects.get().note, "")


class QuoteTests(AdminTestCase):
    def test_single_keys(self):
        """What Django does isn't changed."""
        for value, quoted in [
            ("a,b", "a_2Cb"),
            ("a'b", "a'b"),
            ("_", "_5F"),
            ("..", ".."),
            (5, 5),
            (None, None),
            (("a", "b"), ("a", "b")),
        ]:
            with self.subTest(value=value):
                self.assertEqual(quote(value), quoted)
        for quoted in ("a,b", "a_2Cb", "1,2"):
            self.assertEqual(unquote(quoted), quoted.replace("_2C", ","))

    def test_unset(self):
        self.assertEqual(quote(Text(first="a", second=None).pk), ("a", None))
