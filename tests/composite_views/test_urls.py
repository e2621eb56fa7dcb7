import datetime
import decimal
import uuid
from unittest import mock

from django.db.models.fields.key_text import clean_key
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template import Context, Template
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.utils import isolate_lru_cache
from django.urls import NoReverseMatch, converters, resolve, reverse
from django.urls.keys import quote_key, unquote_key

from .models import Event, Item, Part, Tag

TEXTS = [
    "",
    " ",
    "a",
    "/",
    "a/b",
    "//",
    ",",
    ",,",
    "a,b",
    "-",
    "_",
    "_2C",
    "_2c",
    "__",
    "~",
    '"',
    "'",
    "\\",
    "%",
    "%2F",
    "%%",
    "#",
    "?",
    "a?b=c&d",
    ";",
    ":",
    "@",
    ".",
    "..",
    "a b",
    "ä",
    "😀",
    "\t",
    "\n",
    "\r\n",
    "[1, 2]",
    '["1", "2"]',
    "{{ x }}",
    "<b>",
    "+",
    "x" * 300,
    "/" * 300,
]


@override_settings(ROOT_URLCONF="composite_views.urls")
class ConverterTests(SimpleTestCase):
    def test_form(self):
        for key, expected in (
            (Item(code="A755H", number=1).pk, "A755H,1"),
            (Item(code="a/b", number=-1).pk, "a_2Fb,-1"),
            (Item(code="", number=0).pk, ",0"),
            (("x", 5), "x,5"),
            (["x", 5], "x,5"),
            (Part(item_code="x", item_number=5, position=2).pk, "x,5,2"),
            (
                Event(
                    uid=uuid.UUID(int=5),
                    at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678),
                    day=datetime.date(2026, 1, 2),
                    price=decimal.Decimal("5"),
                ).pk,
                "00000000-0000-0000-0000-000000000005,2026-01-02T03_3A04_3A05.000678,"
                "2026-01-02,5.00",
            ),
            (5, "5"),
            ("a,b", "a_2Cb"),
            (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ):
            with self.subTest(key=key):
                self.assertEqual(quote_key(key), expected)

    def test_no_key(self):
        for key in (
            None,
            (),
            (1, None),
            Item(code="x").pk,
            Item().pk,
            Item(),
            [(1, 2), 3],
        ):
            with self.subTest(key=key):
                with self.assertRaises(ValueError):
                    quote_key(key)
                with self.assertRaises(NoReverseMatch):
                    reverse("item", args=[key])

    def test_round_trip(self):
        urls = set()
        keys = [Item(code=text, number=-5).pk for text in TEXTS]
        keys += [Item(code="x", number=number).pk for number in (0, 10**9)]
        for key in keys:
            with self.subTest(key=key):
                url = reverse("item", args=[key])
                path = self.decode(url)
                self.assertIsNone(resolve(path).kwargs.get("slug"))
                found = resolve(path).kwargs["pk"]
                self.assertEqual(Item._meta.pk.to_python(found), key)
                # As it is, the argument makes the same URL.
                self.assertEqual(reverse("item", args=[found]), url)
                urls.add(url)
        self.assertEqual(len(urls), len(keys))

    def decode(self, url):
        from urllib.parse import unquote

        return unquote(url)

    def test_single_keys(self):
        texts = [text for text in TEXTS if text]
        urls = {reverse("tag", args=[text]) for text in texts}
        self.assertEqual(len(urls), len(texts))
        for text in texts:
            with self.subTest(text=text):
                url = self.decode(reverse("tag", args=[text]))
                self.assertEqual(resolve(url).kwargs, {"pk": text})

    def test_one_form_only(self):
        for text in ("a_b,1", "_2c,1", "_41,1", "a?b,1", "%,1", "_,1"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                unquote_key(text)

    def test_text_form_is_an_argument(self):
        text = '["a/b", "1"]'
        found = resolve(self.decode(reverse("item", args=[text]))).kwargs["pk"]
        self.assertEqual(found, text)

    def test_registered_converter_of_the_same_name(self):
        class Converter(converters.StringConverter):
            pass

        with (
            mock.patch.object(converters, "REGISTERED_CONVERTERS", {}),
            isolate_lru_cache(converters.get_converters),
        ):
            converters.register_converter(Converter, "pk")
            self.assertIsInstance(converters.get_converters()["pk"], Converter)

    def test_template(self):
        item = Item(code='<a "b">', number=1000)
        for source, expected in (
            ("{% url 'item' item.pk %}", "/items/_3Ca%20_22b_22_3E,1000/"),
            ("{% url 'item' pk=item.pk %}", "/items/_3Ca%20_22b_22_3E,1000/"),
            (
                "{{ item.pk }}",
                "[&quot;&lt;a \\&quot;b\\&quot;&gt;&quot;, &quot;1000&quot;]",
            ),
            ("{{ item.pk|safe }}", '["<a \\"b\\">", "1000"]'),
            ("{{ item.pk.1 }}", "1000"),
            (
                "{{ item.pk|urlencode:'' }}",
                "%5B%22%3Ca%20%5C%22b%5C%22%3E%22%2C%20" "%221000%22%5D",
            ),
        ):
            with self.subTest(source=source):
                self.assertEqual(
                    Template(source).render(Context({"item": item})), expected
                )
        with self.settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="de"):
            self.assertIn(
                "&quot;1000&quot;",
                Template("{{ item.pk }}").render(Context({"item": item})),
            )

    def test_redirect(self):
        item = Item(code="a/b", number=1)
        for response in (
            redirect(item),
            redirect("item", item.pk),
            redirect("item", pk=item.pk),
        ):
            self.assertEqual(response.url, "/items/a_2Fb,1/")


class CleanKeyTests(TestCase):
    def test_shortcut(self):
        item = Item.objects.create(code="x", number=1, name="x")
        for pk in (item.pk, str(item.pk), ("x", "1"), ["x", 1]):
            for source in (Item, Item.objects, Item.objects.filter(name="x")):
                self.assertEqual(get_object_or_404(source, pk=pk), item)
        self.assertEqual(get_object_or_404(Item, number=1), item)
        for pk in ("x", "[", ("x", "y"), ("x",), ("x", 2), ("\0", 1), None):
            with self.subTest(pk=pk), self.assertRaises(Http404):
                get_object_or_404(Item, pk=pk)

    def test_single_keys(self):
        Tag.objects.create(name="[1, 2]")
        self.assertEqual(get_object_or_404(Tag, pk="[1, 2]").pk, "[1, 2]")

    def test_key_of_relations(self):
        field = Part._meta.get_field("item")
        self.assertEqual(clean_key(field, '["x", "1"]'), ("x", 1))
