from django.test import TestCase, modify_settings, override_settings
from django.urls import reverse

from .models import Event, Item, Part, Tag
from .test_urls import TEXTS

MALFORMED = [
    "x",
    "5",
    ",",
    "x,",
    "x,y",
    "x,1,2",
    "x,1,",
    "_00,1",
    "x,_5B1_5D",
    "x," + "9" * 10_000,
    "_5B_22x_22_5D",
    '_5B_22x_22_2C "1"_5D' + "x",
    "_5B" * 10_000,
    "%00,1",
    "%ED%A0%80,1",
    "%FF,1",
    "x,1e5",
    "x,Infinity",
    "x,99",
    "a_b,1",
]


@override_settings(ROOT_URLCONF="composite_views.urls")
class ViewTests(TestCase):
    def test_detail(self):
        Item.objects.bulk_create(
            Item(code=text, number=-index, name="x") for index, text in enumerate(TEXTS)
        )
        for item in Item.objects.all():
            with self.subTest(pk=item.pk):
                url = item.get_absolute_url()
                response = self.client.get(url)
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.context["object"], item)
                for name in ("function", "async"):
                    response = self.client.get(reverse(name, args=[item.pk]))
                    self.assertContains(response, "x")
                if "/" not in item.code:
                    response = self.client.get(reverse("text", args=[item.pk]))
                    self.assertEqual(response.context["object"], item)
                response = self.client.get(reverse("path", args=[str(item.pk)]))
                self.assertEqual(response.context["object"], item)

    def test_queries(self):
        item = Item.objects.create(code="x", number=1, name="x")
        with self.assertNumQueries(1) as context:
            self.client.get(item.get_absolute_url())
        self.assertIn("WHERE", context.captured_queries[0]["sql"])

    def test_malformed(self):
        Item.objects.create(code="x", number=1, name="x")
        for key in MALFORMED:
            for path in (
                f"/items/{key}/",
                f"/items/{key}/update/",
                f"/items/{key}/delete/",
                f"/functions/{key}/",
                f"/async/{key}/",
                f"/parts/{key}/",
                f"/events/{key}/",
                f"/items/2026/1/2/{key}/",
                f"/texts/{key}/",
                f"/members/x/{key}/",
            ):
                with self.subTest(path=path[:50]):
                    self.assertEqual(self.client.get(path).status_code, 404)
                    self.assertEqual(self.client.post(path).status_code // 100, 4)
        for text in (
            "[",
            "[]",
            '["x"]',
            '["x", "y"]',
            '["x", null]',
            '["x", 1e999]',
            '["\\u0000", "1"]',
            '["\\ud800", "1"]',
            "[" * 9999,
            "null",
            "{}",
        ):
            with self.subTest(text=text[:20]):
                response = self.client.get(reverse("text", args=[text]))
                self.assertEqual(response.status_code, 404)

    @override_settings(DEBUG=True)
    def test_message(self):
        response = self.client.get("/items/x/")
        self.assertContains(
            response, "No item found matching the query", status_code=404
        )

    def test_update(self):
        item = Item.objects.create(code="a/b", number=1, name="x")
        url = reverse("item-update", args=[item.pk])
        data = {"code": "a/b", "number": 1, "name": "y", "day": "2026-01-02"}
        response = self.client.post(url, data)
        self.assertRedirects(response, "/items/a_2Fb,1/")
        response = self.client.post(url, {**data, "number": 2})
        self.assertContains(response, "The primary key of an existing object")
        self.assertEqual(Item.objects.get().name, "y")

    def test_create(self):
        data = {"code": "?", "number": 1, "name": "y", "day": "2026-01-02"}
        response = self.client.post("/create/", data)
        self.assertRedirects(response, "/items/_3F,1/")
        response = self.client.post("/create/", data)
        self.assertContains(response, "Item with this Code and Number already exists.")

    def test_delete(self):
        item = Item.objects.create(code="a/b", number=1, name="x")
        Item.objects.create(code="a/b", number=2, name="y")
        response = self.client.post(reverse("item-delete", args=[item.pk]))
        self.assertRedirects(response, "/done/x/", fetch_redirect_response=False)
        self.assertEqual(Item.objects.get().name, "y")

    def test_date_detail(self):
        item = Item.objects.create(code="x", number=1, name="x", day="2026-01-02")
        url = reverse("item-date", args=[2026, 1, 2, item.pk])
        self.assertEqual(self.client.get(url).context["object"], item)
        url = reverse("item-date", args=[2026, 1, 3, item.pk])
        self.assertEqual(self.client.get(url).status_code, 404)

    def test_other_keys(self):
        item = Item.objects.create(code="a,b", number=1, name="x")
        part = Part.objects.create(item=item, position=2)
        self.assertEqual(part.get_absolute_url(), "/parts/a_2Cb,1,2/")
        response = self.client.get(part.get_absolute_url())
        self.assertEqual(response.context["object"], part)
        event = Event.objects.create(
            uid="00000000-0000-0000-0000-000000000005",
            at="2026-01-02T03:04:05.000678",
            day="2026-01-02",
            price="5",
        )
        event = Event.objects.get()
        response = self.client.get(reverse("event", args=[event.pk]))
        self.assertEqual(response.context["object"], event)
        self.assertContains(response, reverse("event", args=[event.pk]))
        tag = Tag.objects.create(name='["a", "1"]')
        response = self.client.get(reverse("tag", args=[tag.pk]))
        self.assertEqual(response.context["object"], tag)

    @modify_settings(INSTALLED_APPS={"append": "django.contrib.sitemaps"})
    def test_feed_and_sitemap(self):
        Item.objects.create(code="a/b", number=1, name="x")
        self.assertContains(self.client.get("/feed/"), "/items/a_2Fb,1/</guid>")
        self.assertContains(self.client.get("/sitemap.xml"), "/items/a_2Fb,1/</loc>")
