import datetime
import json
import uuid
from decimal import Decimal

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import NotSupportedError, connection
from django.db.models import CharField, Exists, F, IntegerField, OuterRef, TextField
from django.db.models.functions import Cast
from django.test import TestCase, override_settings, skipUnlessDBFeature

from .models import (
    Article,
    Blob,
    Code,
    Coded,
    Dated,
    Event,
    Line,
    Measured,
    Place,
    Product,
    Reading,
    Review,
    Stock,
    Token,
    Untextual,
    Warehouse,
)

UID = uuid.UUID("12345678-abcd-4abc-8abc-1234567890ab")
TEXTS = [
    "",
    " ",
    "plain",
    'quo"te',
    "back\\slash",
    "sla/sh, comma - dash _ ~",
    "new\nline\ttab\r\b\f",
    "control \x01\x1f\x7f",
    "Grüße, 日本語, 😀",
    "100% %s %(a)s",
    '["1", "2"]',
    "it's; --",
]


class TextFormTests(TestCase):
    # A key of each type and its text.
    cases = [
        (Stock(warehouse_id=1, number=-2), '["1", "-2"]'),
        (Article(language="de", slug="Grüße, ok"), '["de", "Grüße, ok"]'),
        (Line(product_id=UID, position=3), f'["{UID}", "3"]'),
        (
            Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, 3)),
            f'["{UID}", "2024-02-29T01:02:03"]',
        ),
        (
            Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, 3, 4500)),
            f'["{UID}", "2024-02-29T01:02:03.004500"]',
        ),
        (
            Dated(day=datetime.date(987, 6, 5), time=datetime.time(4, 3, 2, 100)),
            '["0987-06-05", "04:03:02.000100"]',
        ),
        (
            Dated(day=datetime.date(2024, 6, 5), time=datetime.time(4, 3, 2)),
            '["2024-06-05", "04:03:02"]',
        ),
        (Measured(price=Decimal("1.5"), done=True), '["1.500", "True"]'),
        (Measured(price=Decimal("-0.25"), done=False), '["-0.250", "False"]'),
        (Measured(price=Decimal("0"), done=False), '["0.000", "False"]'),
        (Measured(price=Decimal("1E+3"), done=False), '["1000.000", "False"]'),
        (Reading(ip="10.0.0.1", seconds=2**40), '["10.0.0.1", "1099511627776"]'),
        (Reading(ip="2001:db8::1", seconds=0), '["2001:db8::1", "0"]'),
        (Coded(code=Code("A", 7), number=1), '["A0007", "1"]'),
    ]

    def test_value_to_string(self):
        for obj, text in self.cases:
            with self.subTest(text=text):
                self.assertEqual(str(obj.pk), text)
                self.assertEqual(obj._meta.pk.value_to_string(obj), text)

    def test_texts(self):
        for value in TEXTS:
            with self.subTest(value=value):
                text = str(Article(language="en", slug=value).pk)
                self.assertEqual(text, json.dumps(["en", value], ensure_ascii=False))
                self.assertEqual(Article._meta.pk.to_python(text), ("en", value))

    def test_to_python(self):
        for obj, text in [
            *self.cases,
            (Blob(number=1, digest=b"\0\xff"), '["1", "AP8="]'),
            (
                Untextual(weight=0.1, duration=datetime.timedelta(days=1, seconds=2)),
                '["0.1", "1 00:00:02"]',
            ),
        ]:
            with self.subTest(text=text):
                key = obj._meta.pk.to_python(text)
                self.assertEqual(key, obj.pk)
                self.assertEqual(str(key), text)
                if not isinstance(obj, Blob):
                    self.assertEqual(list(map(type, key)), list(map(type, obj.pk)))

    def test_to_python_values(self):
        pk = Line._meta.pk
        for value in ([str(UID), "3"], (str(UID), 3), (UID, 3)):
            with self.subTest(value=value):
                self.assertEqual(pk.to_python(value), (UID, 3))
        self.assertIsNone(pk.to_python(None))

    def test_malformed(self):
        pk = Stock._meta.pk
        for value in (
            "",
            "1",
            "foo",
            "[1",
            "[1]",
            "[1, 2, 3]",
            '["a", 1]',
            "[[1], 2]",
            '{"a": 1, "b": 2}',
            '"12"',
            "null",
            "(1, 2)",
            "[1e999, 1]",
            "[1, -Infinity]",
            "[" * 100000,
            [1],
            (1, 2, 3),
            5,
            {1: 2},
            ("a", 1),
        ):
            with (
                self.subTest(value=str(value)[:20]),
                self.assertRaises(ValidationError) as cm,
            ):
                pk.to_python(value)
            self.assertEqual(cm.exception.code, "invalid")
            self.assertIn(
                "'warehouse_id', 'number'", cm.exception.message % (cm.exception.params)
            )
        with self.assertRaises(ValidationError):
            Article._meta.pk.to_python('["en", ["nested"]]')

    @override_settings(USE_TZ=True)
    def test_aware(self):
        zone = datetime.timezone(datetime.timedelta(hours=2))
        obj = Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, tzinfo=zone))
        self.assertEqual(str(obj.pk), f'["{UID}", "2024-02-28T23:02:00+00:00"]')
        self.assertEqual(Event._meta.pk.to_python(str(obj.pk)), obj.pk)

    def test_one_to_one_member(self):
        self.assertEqual(str(Token(warehouse_id=1, key="k").pk), '["1", "k"]')

    def test_invalid_value_has_text_nonetheless(self):
        # An unsaved instance may have anything in its fields.
        self.assertEqual(str(Stock(warehouse_id=1, number="x").pk), '["1", "x"]')


class TextFormLookupTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.warehouse = Warehouse.objects.create()
        cls.stocks = [
            Stock.objects.create(warehouse=cls.warehouse, number=number)
            for number in range(3)
        ]
        cls.texts = [str(stock.pk) for stock in cls.stocks]

    def test_lookups(self):
        one = self.texts[1]
        for lookup, expected in (
            ({"pk": one}, self.stocks[1:2]),
            ({"pk__exact": one}, self.stocks[1:2]),
            ({"pk__in": self.texts[:2]}, self.stocks[:2]),
            ({"pk__in": [one, self.stocks[2].pk]}, self.stocks[1:]),
            ({"pk__gt": one}, self.stocks[2:]),
            ({"pk__gte": one}, self.stocks[1:]),
            ({"pk__lt": one}, self.stocks[:1]),
            ({"pk__lte": one}, self.stocks[:2]),
            ({"pk__range": (one, self.texts[2])}, self.stocks[1:]),
        ):
            with self.subTest(lookup=lookup):
                self.assertSequenceEqual(
                    Stock.objects.filter(**lookup).order_by("pk"), expected
                )

    def test_get(self):
        for stock, text in zip(self.stocks, self.texts):
            self.assertEqual(Stock.objects.get(pk=text), stock)

    def test_in_bulk(self):
        self.assertEqual(
            Stock.objects.in_bulk(self.texts[1:]),
            {stock.pk: stock for stock in self.stocks[1:]},
        )

    def test_relation(self):
        review = Review.objects.create(stock=self.stocks[1])
        self.assertEqual(Review.objects.get(stock=self.texts[1]), review)
        self.assertEqual(Review.objects.get(stock__in=self.texts), review)
        self.assertEqual(Review.objects.get(stock__pk=self.texts[1]), review)

    def test_malformed(self):
        for value in ("", "foo", "[1]", '["a", 1]', '{"a": 1}', "[[1], 2]"):
            with self.subTest(value=value):
                msg = "'exact' lookup of 'pk' must be a tuple or a list"
                with self.assertRaisesMessage(ValueError, msg):
                    Stock.objects.filter(pk=value)
                msg = "'in' lookup of 'pk' must be a collection of tuples or lists"
                with self.assertRaisesMessage(ValueError, msg):
                    Stock.objects.filter(pk__in=[value])

    def test_text_is_no_collection(self):
        msg = "'in' lookup of 'pk' must be a tuple or a list"
        with self.assertRaisesMessage(ValueError, msg):
            Stock.objects.filter(pk__in=str(self.texts))


class CastTests(TestCase):
    def assertCast(self, *objs):
        for obj in objs:
            obj.save(force_insert=True)
        model = type(objs[0])
        for output_field in (TextField(), CharField()):
            rows = model.objects.annotate(text=Cast("pk", output_field))
            self.assertEqual(len(rows), len(objs))
            for row in rows:
                self.assertEqual(row.text, str(row.pk))
        for obj in objs:
            found = model.objects.annotate(text=Cast("pk", TextField())).get(
                text=str(obj.pk)
            )
            self.assertEqual(found, obj)

    def test_integers(self):
        warehouse = Warehouse.objects.create()
        self.assertCast(
            Stock(warehouse=warehouse, number=1), Stock(warehouse=warehouse, number=-20)
        )

    def test_text(self):
        texts = TEXTS
        if connection.features.interprets_empty_strings_as_nulls:
            texts = [text for text in texts if text]
        self.assertCast(
            *(Article(language=f"l{i}", slug=text) for i, text in enumerate(texts))
        )

    def test_uuid_foreign_key(self):
        product = Product.objects.create(id=UID)
        self.assertCast(Line(product=product, position=1))

    def test_datetime(self):
        self.assertCast(
            Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, 3)),
            Event(uid=UID, at=datetime.datetime(2024, 2, 29, 13, 2, 3, 450)),
            Event(uid=UID, at=datetime.datetime(1987, 1, 1)),
        )

    @override_settings(USE_TZ=True)
    def test_aware_datetime(self):
        utc = datetime.timezone.utc
        self.assertCast(
            Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=utc)),
            Event(uid=UID, at=datetime.datetime(2024, 2, 1, 1, 2, 3, 45, tzinfo=utc)),
        )

    def test_date_and_time(self):
        self.assertCast(
            Dated(day=datetime.date(2024, 2, 29), time=datetime.time(1, 2, 3)),
            Dated(day=datetime.date(1987, 1, 1), time=datetime.time(23, 2, 3, 120)),
            Dated(day=datetime.date(1987, 1, 1), time=datetime.time(0, 0)),
        )

    def test_decimal_and_boolean(self):
        self.assertCast(
            Measured(price=Decimal("1.5"), done=True),
            Measured(price=Decimal("-0.125"), done=False),
            Measured(price=Decimal("123456"), done=False),
            Measured(price=Decimal("0"), done=False),
        )

    def test_ip(self):
        self.assertCast(
            Reading(ip="10.0.0.1", seconds=2**40), Reading(ip="2001:db8::1", seconds=0)
        )

    def test_outer_ref(self):
        """Generic references to keys as text, e.g. of django-guardian."""
        warehouse = Warehouse.objects.create()
        stocks = [
            Stock.objects.create(warehouse=warehouse, number=number)
            for number in range(2)
        ]
        Place.objects.create(name=str(stocks[1].pk))
        self.assertSequenceEqual(
            Stock.objects.filter(
                Exists(Place.objects.filter(name=Cast(OuterRef("pk"), CharField())))
            ),
            stocks[1:],
        )
        self.assertSequenceEqual(
            Stock.objects.annotate(text=Cast(F("pk"), TextField())).filter(
                text__in=Place.objects.values("name")
            ),
            stocks[1:],
        )

    def test_other_types(self):
        msg = (
            "Cast expression does not support composite primary keys. They can only "
            "be cast to a CharField or a TextField (not to IntegerField)."
        )
        with self.assertRaisesMessage(ValueError, msg):
            Stock.objects.annotate(text=Cast("pk", IntegerField()))

    def test_unsupported_member(self):
        msg = (
            "Casting a composite key to text isn't supported for FloatField 'weight' "
            f"on {connection.display_name}."
        )
        with self.assertRaisesMessage(NotSupportedError, msg):
            list(Untextual.objects.annotate(text=Cast("pk", TextField())))

    def test_single_key(self):
        warehouse = Warehouse.objects.create()
        text = Warehouse.objects.annotate(text=Cast("pk", TextField())).get().text
        self.assertEqual(text, str(warehouse.pk))


class SerializationTests(TestCase):
    def assertRoundTrip(self, *objs):
        model = type(objs[0])
        for obj in objs:
            obj.save(force_insert=True)
        for name in ("json", "jsonl", "xml", "python"):
            with self.subTest(format=name):
                data = serializers.serialize(name, model.objects.all())
                loaded = [item.object for item in serializers.deserialize(name, data)]
                self.assertCountEqual([obj.pk for obj in loaded], [o.pk for o in objs])
                self.assertEqual(
                    {type(value) for obj in loaded for value in obj.pk},
                    {type(value) for obj in objs for value in obj.pk},
                )

    def test_uuid_and_datetime(self):
        """#36062"""
        self.assertRoundTrip(Event(uid=UID, at=datetime.datetime(2024, 2, 29, 1, 2, 3)))

    def test_foreign_key_members(self):
        """The raw values of foreign keys are written."""
        product = Product.objects.create(id=UID, name="name")
        self.assertRoundTrip(Line(product=product, position=1))

    def test_text(self):
        self.assertRoundTrip(Article(language="de", slug='Grüße, "ok"'))

    def test_decimal(self):
        self.assertRoundTrip(Measured(price=Decimal("1.500"), done=True))

    def test_custom_field(self):
        self.assertRoundTrip(Coded(code=Code("B", 12), number=3))

    @skipUnlessDBFeature("supports_index_on_text_field")
    def test_binary(self):
        blob = Blob(number=1, digest=b"\0\xff")
        data = serializers.serialize("xml", [blob])
        (loaded,) = serializers.deserialize("xml", data)
        self.assertEqual(loaded.object.pk, blob.pk)

    def test_unset_key(self):
        for name in ("json", "xml"):
            with self.subTest(format=name):
                data = serializers.serialize(name, [Stock(number=1)])
                (loaded,) = serializers.deserialize(name, data)
                self.assertIs(loaded.object._is_pk_set(), False)
        self.assertNotIn("pk=", serializers.serialize("xml", [Stock(number=1)]))
