import gzip
import json
import zipfile
from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase

from .models import Badge, Company, Employee, Profile, Shift, Team
from .testcase import EXCLUDE, TEXT_FORMATS, FixtureTestCase, SerializationTestCase


class DumpedProjectTests(FixtureTestCase):
    def setUp(self):
        super().setUp()
        self.create_objects()

    def test_round_trip(self):
        for format, indent in zip(TEXT_FORMATS, (None, 2, None, 2)):
            with self.subTest(format=format):
                self.assertRoundTrip(format, indent=indent)

    def test_compressed(self):
        for extension in ("gz", "xz"):
            with self.subTest(extension=extension):
                self.dump(f"all.json.{extension}")
                self.delete_all()
                self.load(f"all.json.{extension}")
                self.assertEqual(Employee.objects.count(), 4)
        data = self.dump("plain.json")
        with gzip.open(self.get_path("all.json.gz")) as f:
            self.assertEqual(f.read(), data)
        with zipfile.ZipFile(self.get_path("zipped.json.zip"), "w") as f:
            f.writestr("zipped.json", data)
        self.delete_all()
        self.load("zipped.json.zip")
        self.assertEqual(self.dump("again.json"), data)

    def test_other_database(self):
        data = self.dump("default.json")
        self.load("default.json", database="other")
        self.assertEqual(self.dump("other.json", database="other"), data)
        badge = Badge.objects.using("other").get(color="red")
        self.assertEqual(badge.owner.name, "ann")
        self.assertEqual(badge.owner._state.db, "other")

    def test_load_twice(self):
        """Rows that are there are updated."""
        data = self.dump("all.json")
        Employee.objects.filter(pk=(1, 2)).update(name="other")
        Shift.objects.create(employee=Employee.objects.get(pk=(1, 2)), day="2026-01-01")
        self.load("all.json")
        Shift.objects.filter(employee_pk=(1, 2)).delete()
        self.assertEqual(self.dump("again.json"), data)


class PrimaryKeyOptionTests(FixtureTestCase):
    def setUp(self):
        super().setUp()
        self.create_objects()

    def assertDumped(self, pks, keys, model="employee"):
        label = f"composite_serialization.{model}"
        data = self.dump("some.json", label, primary_keys=pks)
        loaded = self.deserialize("json", data)
        self.assertEqual([item.object.pk for item in loaded], keys)

    def test_text_forms(self):
        a1, a2, b1, b2 = self.employees
        self.assertDumped(str(a2.pk), [a2.pk])
        self.assertDumped(f"{b2.pk},{a1.pk}", [a1.pk, b2.pk])
        self.assertDumped(f" {b2.pk} ,\n{a1.pk} ", [a1.pk, b2.pk])
        self.assertDumped("[1, 1], [2, 2]", [a1.pk, b2.pk])
        self.assertDumped('["7", "7"]', [])

    def test_commas(self):
        team = Team.objects.create(company_id=1, code='a,"]')
        self.assertDumped(str(team.pk), [team.pk], "team")

    def test_key_of_relation(self):
        self.assertDumped('["2", "1", "2026-02-28"]', [Shift.objects.get().pk], "shift")

    def test_relation_as_key(self):
        self.assertDumped("[1, 2]", [Profile.objects.get().pk], "profile")

    def test_single_key(self):
        self.assertDumped("1, 2", [1, 2], "badge")

    def test_invalid(self):
        self.write("some.json", "unchanged")
        prefix = (
            "The --pks of composite_serialization.Employee must be JSON arrays, "
            "separated by commas: "
        )
        for pks, error in (
            ("1,2", "“1” is not a valid key"),
            ("[1]", "“[1]” is not a valid key"),
            ("[1, 2, 3]", "“[1, 2, 3]” is not a valid key"),
            ('["x", 1]', "“['x', 1]” is not a valid key"),
            ("[1, 2", "Expecting"),
            ("[1, 2][1, 1]", "Expecting"),
            ("null", "null is not a value"),
            ("[1, null]", "null is not a value"),
            ("x", "Expecting value"),
            ("[" * 100000, ""),
        ):
            with self.subTest(pks=pks[:20]):
                with self.assertRaisesMessage(CommandError, prefix + error):
                    self.dump(
                        "some.json",
                        "composite_serialization.employee",
                        primary_keys=pks,
                    )
        with open(self.get_path("some.json")) as f:
            self.assertEqual(f.read(), "unchanged")

    def test_excluded(self):
        data = self.dump(
            "some.json",
            "composite_serialization.employee",
            primary_keys="[1, 1]",
            exclude=["composite_serialization"],
        )
        self.assertEqual(data.strip(), b"[]")


class InvalidFixtureTests(FixtureTestCase):
    def assertRefused(self, text, *messages, format="json", error=DeserializationError):
        name = f"bad.{format}"
        path = self.write(name, text)
        with self.assertRaises(error) as context:
            with transaction.atomic():
                self.load(name)
        for message in (f"Problem installing fixture '{path}'", *messages):
            self.assertIn(message, str(context.exception))
        self.assertIs(Company.objects.exists(), False)

    def get_json(self, *objects):
        """Return a fixture of `objects` after one that could be written."""
        company = ("company", 1, {"name": "a"})
        return json.dumps(
            [
                {
                    "model": f"composite_serialization.{model}",
                    "pk": pk,
                    "fields": fields,
                }
                for model, pk, fields in (company, *objects)
            ]
        )

    def test_keys(self):
        for pk in (
            [1],
            [1, 2, 3],
            [],
            1,
            "x",
            "1",
            "[1]",
            {"a": 1},
            ["x", 1],
            "[[1], 2]",
        ):
            with self.subTest(pk=pk):
                self.assertRefused(
                    self.get_json(("employee", pk, {"name": "x"})),
                    "is not a valid key: it must be a list or a JSON array with a "
                    "value for each of 'company_id', 'number'.",
                    f"(composite_serialization.employee:pk={pk})",
                )

    def test_keys_in_xml(self):
        for pk in ("1", "[1]", "[1, 2, 3]", "(1, 1)", "", "[&quot;x&quot;, 1]"):
            with self.subTest(pk=pk):
                self.assertRefused(
                    '<django-objects version="1.0">'
                    '<object model="composite_serialization.company" pk="1">'
                    '<field name="name" type="CharField">a</field></object>'
                    f'<object model="composite_serialization.employee" pk="{pk}">'
                    "</object></django-objects>",
                    "is not a valid key",
                    "(composite_serialization.employee:pk=",
                    format="xml",
                )

    def test_relations(self):
        for value in ([1], [1, 2, 3], 5, "x", "[1]", {"a": 1}, ["x", 1]):
            with self.subTest(value=value):
                self.assertRefused(
                    self.get_json(("badge", 7, {"owner": value})),
                    "is not a valid key",
                    f"(composite_serialization.badge:pk=7) field_value was '{value}'",
                )

    def test_many_to_many(self):
        for value in ([5], [[1]], [[1, 1], [1]], ["x"], [None], [[1, None]]):
            with self.subTest(value=value):
                self.assertRefused(
                    self.get_json(("tag", 7, {"name": "x", "employees": value})),
                    "(composite_serialization.tag:pk=7)",
                )

    def test_nested_list(self):
        for object in (
            ("team", [1, ["x"]], {}),
            ("team", [1, "x"], {"rivals": [[1, ["y"]]]}),
            ("desk", 1, {"employee": [1, ["x"]]}),
            ("desk", 1, {"employee": [1, {"x": 1}]}),
        ):
            self.assertRefused(self.get_json(object), "is not a value of a key")

    def test_single_keys(self):
        """A list where a key of one column is expected."""
        for model, field in (("employee", "company"), ("team", "company")):
            self.assertRefused(
                self.get_json((model, [1, 1], {field: [1, 1]})),
                f"(composite_serialization.{model}:pk=[1, 1]) field_value was '[1, 1]'",
            )
        self.assertRefused(
            self.get_json(("company", [1, 1], {"name": "b"})),
            "(composite_serialization.company:pk=[1, 1])",
        )

    def test_unknown_member(self):
        self.assertRefused(
            self.get_json(("employee", [1, 1], {"nummer": 1})),
            "Employee has no field named 'nummer'",
            "(composite_serialization.employee:pk=[1, 1]) field_value was '1'",
        )
        self.assertRefused(
            '<django-objects version="1.0">'
            '<object model="composite_serialization.employee" pk="[1, 1]">'
            '<field name="nummer" type="IntegerField">1</field>'
            "</object></django-objects>",
            "Employee has no field named 'nummer'",
            "(composite_serialization.employee:pk=[1, 1])",
            format="xml",
        )

    def test_contradictions(self):
        for model, pk, fields, message in (
            (
                "employee",
                [1, 1],
                {"number": 2},
                "'number' is 1 by 'pk' but 2 by 'number'.",
            ),
            (
                "employee",
                [1, 1],
                {"company": 2},
                "'company_id' is 1 by 'pk' but 2 by 'company'.",
            ),
            (
                "employee",
                [1, 1],
                {"manager": [2, 3]},
                "'company_id' is 2 by 'manager' but 1 by 'pk'.",
            ),
            (
                "employee",
                [1, 1],
                {"manager": [1, 3], "manager_number": 4},
                "'manager_number' is 3 by 'manager' but 4 by 'manager_number'.",
            ),
            (
                "employee",
                [1, 1],
                {"manager": [1, 3], "manager_number": None},
                "'manager_number' is 3 by 'manager' but None by 'manager_number'.",
            ),
            (
                "employee",
                [1, 1],
                {"manager": None, "manager_number": 4},
                "'manager' is None but 'company_id' is 1, 'manager_number' is 4.",
            ),
            (
                "badge",
                1,
                {"owner": [1, 1], "owner_number": 2},
                "'owner_number' is 1 by 'owner' but 2 by 'owner_number'.",
            ),
            (
                "shift",
                [1, 1, "2026-01-01"],
                {"employee": [1, 2]},
                "'employee_number' is 2 by 'employee' but 1 by 'pk'.",
            ),
            (
                "shift",
                [1, 1, "2026-01-01"],
                {"day": "2026-01-02"},
                "by 'day'.",
            ),
            (
                "visit",
                1,
                {"host": [1, 1], "object": [1, 2]},
                "'number_ref' is 2 by 'object' but 1 by 'host'.",
            ),
        ):
            with self.subTest(model=model, fields=fields):
                label = f"(composite_serialization.{model}:pk={self.get_pk_text(pk)})"
                self.assertRefused(self.get_json((model, pk, fields)), message, label)

    def get_pk_text(self, pk):
        return json.dumps([str(member) for member in pk]) if pk != 1 else pk

    def test_dangling_relation(self):
        path = self.write("bad.json", self.get_json(("badge", 1, {"owner": [1, 9]})))
        with self.assertRaisesMessage(IntegrityError, "Problem installing fixtures"):
            with transaction.atomic():
                call_command("loaddata", path, verbosity=0)
        self.assertIs(Company.objects.exists(), False)
        self.assertIs(Badge.objects.exists(), False)


class LoadedFixtureTests(TestCase):
    fixtures = ["keys"]
    databases = {"default", "other"}

    def test_objects(self):
        for using in self.databases:
            with self.subTest(using=using):
                badge = Badge.objects.using(using).get()
                self.assertEqual(badge.owner_pk, (1, 1))
                self.assertEqual(badge.owner.manager.pk, (1, 2))
                self.assertEqual(badge.issuer_pk, (1, 2))
                team = Team.objects.using(using).get(pk=(1, "x"))
                self.assertCountEqual(
                    [employee.pk for employee in team.members.all()], [(1, 1), (1, 2)]
                )


class LoadedFixtureTransactionTests(TransactionTestCase):
    available_apps = ["django.contrib.contenttypes", "composite_serialization"]
    fixtures = ["keys"]

    def test_objects(self):
        self.assertEqual(Badge.objects.get().owner.manager.pk, (1, 2))


class SerializedDatabaseTests(SerializationTestCase):
    """What TransactionTestCase does given serialized_rollback = True."""

    def test_round_trip(self):
        self.create_objects()
        before = self.dump()
        # The test apps have no migrations.
        with mock.patch("django.db.migrations.loader.MigrationLoader") as loader:
            loader.return_value.migrated_apps = {"composite_serialization"}
            data = connection.creation.serialize_db_to_string()
        self.assertIn('"owner": [1, 1]', data)
        self.delete_all()
        connection.creation.deserialize_db_from_string(data)
        self.assertEqual(self.dump(), before)

    def dump(self):
        out = StringIO()
        call_command("dumpdata", "composite_serialization", exclude=EXCLUDE, stdout=out)
        return out.getvalue()
