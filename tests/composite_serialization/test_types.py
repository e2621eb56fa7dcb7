import datetime
import decimal
import json
import unittest
import uuid
from io import BytesIO

from django.core import serializers
from django.db.models import GenericIPAddressField
from django.test import (
    SimpleTestCase,
    TestCase,
    override_settings,
    skipUnlessDBFeature,
)

from .models import (
    Blob,
    BlobReference,
    Code,
    Coded,
    Moment,
    Period,
    Price,
    Reference,
    Thing,
    Word,
)
from .testcase import FORMATS

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:
    st = None

UID = uuid.UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
NOW = datetime.datetime(2024, 2, 29, 23, 59, 58, 123456)
NASTY = (
    "",
    " ",
    " a\t",
    "a\nb",
    "a\r\nb\r",
    '["1", "2"]',
    "null",
    "1",
    "a,b-c_d~e/f\\g\"h'i",
    "<a>&amp;]]>",
    "Grüße 漢字 🙂",
    "\u2028\u0085\xa0",
    "%s {} :",
    "- a: 1",
    "2024-02-29",
)


def deserialize(format, data):
    # Given text, the deserializer of JSONL separates it by whatever separates
    # lines in Unicode. What is loaded from a fixture is bytes.
    stream = BytesIO(data.encode()) if format == "jsonl" else data
    return [loaded.object for loaded in serializers.deserialize(format, stream)]


class TypeTestCase:
    def assertKept(self, obj, **options):
        """The key of `obj`, and a relation to it, are read as they were."""
        name = obj._meta.model_name
        model = BlobReference if name == "blob" else Reference
        reference = model(pk=1, **{name: obj})
        for format in FORMATS:
            data = serializers.serialize(format, [obj, reference], **options)
            read, read_reference = deserialize(format, data)
            self.assertEqual(read.pk, obj.pk, format)
            self.assertEqual(str(read.pk), str(obj.pk), format)
            for given_value, value in zip(obj.pk, read.pk):
                if not isinstance(given_value, (bytes, memoryview)):
                    self.assertIs(type(value), type(given_value), format)
            relation = model._meta.get_field(name)
            self.assertEqual(getattr(read_reference, relation.attname), obj.pk, format)
            for column, value in zip(relation.local_related_fields, obj.pk):
                self.assertEqual(getattr(read_reference, column.attname), value, format)
            again = serializers.serialize(format, [read, read_reference], **options)
            self.assertEqual(again, data)


class TypeTests(TypeTestCase, SimpleTestCase):
    def test_microseconds(self):
        self.assertKept(Moment(at=NOW, time=NOW.time()))
        self.assertKept(Moment(at=NOW.replace(microsecond=0), time=datetime.time()))

    def test_json_of_microseconds(self):
        """Fields have milliseconds, as ever; keys have all there is."""
        (data,) = json.loads(
            serializers.serialize("json", [Moment(at=NOW, time=NOW.time())])
        )
        self.assertEqual(data["pk"], ["2024-02-29T23:59:58.123456", "23:59:58.123456"])
        self.assertEqual(data["fields"]["at"], "2024-02-29T23:59:58.123")

    @unittest.skipUnless("yaml" in FORMATS, "Requires PyYAML.")
    def test_no_references_in_yaml(self):
        """The values of a key and of its fields are the same objects."""
        for obj in (
            Moment(at=NOW.replace(microsecond=0), time=NOW.time()),
            Period(day=NOW.date(), length=datetime.timedelta(1)),
            Price(amount=decimal.Decimal("1.000"), is_net=True),
        ):
            with self.subTest(obj=obj):
                self.assertNotIn("&", serializers.serialize("yaml", [obj]))

    @override_settings(USE_TZ=True)
    def test_time_zones(self):
        for hours in (0, 5.5, -11):
            tz = datetime.timezone(datetime.timedelta(hours=hours))
            for at in (NOW, NOW.replace(microsecond=0)):
                with self.subTest(hours=hours, at=at):
                    self.assertKept(Moment(at=at.replace(tzinfo=tz), time=at.time()))

    def test_duration(self):
        for length in (
            datetime.timedelta(),
            datetime.timedelta(days=-1, microseconds=1),
            datetime.timedelta(days=400, hours=5, microseconds=999999),
        ):
            with self.subTest(length=length):
                self.assertKept(Period(day=NOW.date(), length=length))

    def test_decimal(self):
        for amount in ("0.000", "1.500", "-123456789.125"):
            with self.subTest(amount=amount):
                self.assertKept(Price(amount=decimal.Decimal(amount), is_net=True))
        self.assertKept(Price(amount=decimal.Decimal("1.000"), is_net=False))

    def test_uuid_and_big_integer(self):
        for number in (0, -(2**63), 2**63 - 1):
            with self.subTest(number=number):
                self.assertKept(Thing(uid=UID, number=number))

    def test_text(self):
        for text in NASTY:
            with self.subTest(text=text):
                self.assertKept(Word(language="x", text=text))
                self.assertKept(Word(language=text, text="x"), indent=2)

    def test_control_characters(self):
        """Only XML can't express them, outside of keys."""
        word = Word(language="x", text="a\x00\x1f")
        for format in FORMATS:
            with self.subTest(format=format):
                if format == "xml":
                    msg = (
                        'Word.text (pk:["x", "a\\u0000\\u001f"]) contains '
                        "unserializable characters"
                    )
                    with self.assertRaisesMessage(ValueError, msg):
                        serializers.serialize(format, [word])
                else:
                    data = serializers.serialize(format, [word])
                    (read,) = deserialize(format, data)
                    self.assertEqual(read.pk, word.pk)
                reference = Reference(pk=1, word=word)
                data = serializers.serialize(format, [reference])
                (read,) = deserialize(format, data)
                self.assertEqual(read.word_pk, word.pk)

    def test_custom_field(self):
        self.assertKept(Coded(code=Code("B", 12), ip="10.0.0.1"))
        self.assertKept(Coded(code=Code("B", 0), ip="2001:db8::1"))

    def test_binary_and_float(self):
        for digest in (b"", b"\x00\xff", memoryview(b"abc")):
            for number in (0.1, -1e300, 5.0):
                with self.subTest(digest=digest, number=number):
                    self.assertKept(Blob(number=number, digest=digest))


@unittest.skipUnless(st, "Requires hypothesis.")
class TypePropertyTests(TypeTestCase, SimpleTestCase):
    def test_all_types(self):
        text = st.text(
            st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"),
            max_size=10,
        )
        objects = st.one_of(
            st.builds(Moment, at=st.datetimes(), time=st.times()),
            st.builds(
                Period,
                day=st.dates(),
                length=st.timedeltas(
                    datetime.timedelta(days=-(10**5)), datetime.timedelta(days=10**5)
                ),
            ),
            st.builds(
                Price,
                amount=st.decimals(-(10**8), 10**8, places=3).map(
                    lambda d: d or abs(d)
                ),
                is_net=st.booleans(),
            ),
            st.builds(Thing, uid=st.uuids(), number=st.integers(-(2**63), 2**63 - 1)),
            st.builds(Word, language=text, text=text),
            st.builds(
                Coded,
                code=st.builds(Code, st.sampled_from("AßZ"), st.integers(0, 9999)),
                ip=st.ip_addresses().map(str).map(GenericIPAddressField().to_python),
            ),
            st.builds(
                Blob,
                number=st.floats(allow_nan=False, allow_infinity=False),
                digest=st.binary(max_size=10),
            ),
        )

        @settings(
            max_examples=200,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(objects)
        def test(obj):
            self.assertKept(obj)

        test()


class StoredTypeTests(TestCase):
    def assertStored(self, *objs):
        """What the database returns is written and read."""
        model = type(objs[0])
        name = model._meta.model_name
        reference_model = BlobReference if name == "blob" else Reference
        for obj in objs:
            obj.save(force_insert=True)
            reference_model.objects.create(**{name: obj})
        stored = list(model.objects.order_by("pk"))
        references = list(reference_model.objects.select_related(name).order_by("pk"))
        for format in FORMATS:
            with self.subTest(format=format):
                data = serializers.serialize(format, [*stored, *references])
                reference_model.objects.all().delete()
                model.objects.all().delete()
                for read in deserialize(format, data):
                    read.save()
                self.assertEqual(list(model.objects.order_by("pk")), stored)
                found = reference_model.objects.select_related(name).order_by("pk")
                self.assertEqual(
                    [getattr(reference, name) for reference in found],
                    [getattr(reference, name) for reference in references],
                )

    def test_types(self):
        self.assertStored(
            Moment(at=NOW, time=NOW.time()), Moment(at=NOW, time=datetime.time())
        )
        self.assertStored(
            Period(day=NOW.date(), length=datetime.timedelta(days=3, microseconds=1))
        )
        self.assertStored(Price(amount=decimal.Decimal("1.500"), is_net=True))
        self.assertStored(Thing(uid=UID, number=2**63 - 1))
        self.assertStored(Coded(code=Code("B", 12), ip="2001:db8::1"))

    def test_text(self):
        self.assertStored(*[Word(language="x", text=text) for text in NASTY[3:]])

    @skipUnlessDBFeature("supports_index_on_text_field")
    def test_binary(self):
        self.assertStored(Blob(number=0.1, digest=b"\x00\xff"))

    @override_settings(USE_TZ=True)
    def test_time_zones(self):
        at = NOW.replace(tzinfo=datetime.timezone.utc)
        self.assertStored(Moment(at=at, time=NOW.time()))
