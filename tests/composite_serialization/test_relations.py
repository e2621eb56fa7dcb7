from django.core import serializers
from django.core.serializers.base import DeserializationError
from django.test import override_settings

from .models import (
    Badge,
    Break,
    Company,
    Desk,
    Employee,
    Lead,
    Pass,
    Picture,
    Profile,
    Remark,
    Shift,
    Tag,
    Team,
    Visit,
)
from .testcase import FORMATS, SerializationTestCase


class WrittenTests(SerializationTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.create_objects()

    def test_created_columns(self):
        """They aren't written beside the relation."""
        self.assertEqual(
            self.get_fields(Badge.objects.get(color="red")),
            {"owner": [1, 1], "issuer": [2, 2], "color": "red"},
        )

    def test_from_fields(self):
        """The fields are written, and the relation is."""
        self.assertEqual(
            self.get_fields(Employee.objects.get(pk=(1, 1))),
            {
                "company": 1,
                "number": 1,
                "name": "ann",
                "manager_number": 2,
                "manager": [1, 2],
            },
        )

    def test_to_fields(self):
        self.assertEqual(
            self.get_fields(Desk.objects.get(pk=1)), {"employee": [2, "bo, ]"]}
        )

    def test_foreign_object(self):
        self.assertEqual(
            self.get_fields(Visit.objects.get(pk=1)),
            {"company_ref": 1, "number_ref": 2, "host": [1, 2], "object": [1, 2]},
        )

    def test_relation_as_key(self):
        (data,) = self.serialize("python", Profile.objects.get())
        self.assertEqual(
            data,
            {
                "model": "composite_serialization.profile",
                "pk": [1, 2],
                "fields": {"text": "x"},
            },
        )
        self.assertEqual(self.get_fields(Picture.objects.get()), {"profile": [1, 2]})

    def test_key_of_relation(self):
        day = Shift.objects.get().day
        (data,) = self.serialize("python", Shift.objects.get())
        self.assertEqual(data["pk"], [2, 1, day])
        self.assertEqual(data["fields"], {"employee": [2, 1], "day": day})
        self.assertEqual(self.get_fields(Break.objects.get()), {"shift": [2, 1, day]})

    def test_inherited(self):
        """A child has its own fields, as any other."""
        self.assertEqual(self.get_fields(Pass.objects.get()), {"gate": 3})

    def test_many_to_many(self):
        team = Team.objects.get(pk=(1, "x"))
        fields = self.get_fields(team)
        self.assertCountEqual(fields.pop("members"), [[1, 1], [2, 2]])
        self.assertEqual(
            fields, {"company": 1, "code": "x", "tags": [1], "rivals": [[2, "y"]]}
        )
        prefetched = Team.objects.prefetch_related("members").get(pk=(1, "x"))
        with self.assertNumQueries(2):
            self.assertCountEqual(
                self.get_fields(prefetched)["members"], [[1, 1], [2, 2]]
            )

    def test_generic(self):
        remark = Remark.objects.get()
        self.assertEqual(self.get_fields(remark)["object_id"], '["1", "1"]')
        for format in FORMATS:
            with self.subTest(format=format):
                (loaded,) = self.deserialize(format, self.serialize(format, remark))
                self.assertEqual(loaded.object.subject, self.employees[0])

    def test_json(self):
        data = self.serialize("json", Badge.objects.get(color="red"))
        self.assertEqual(
            data,
            '[{"model": "composite_serialization.badge", "pk": 1, "fields": '
            '{"owner": [1, 1], "issuer": [2, 2], "color": "red"}}]',
        )

    def test_xml(self):
        data = self.serialize(
            "xml", Badge.objects.get(color="red"), Desk.objects.get(pk=1)
        )
        self.assertIn(
            '<field name="owner" rel="OneToOneRel" '
            'to="composite_serialization.employee">["1", "1"]</field>',
            data,
        )
        self.assertIn(
            '<field name="employee" rel="ManyToOneRel" '
            'to="composite_serialization.employee">["2", "bo, ]"]</field>',
            data,
        )
        data = self.serialize("xml", Team.objects.get(pk=(1, "x")))
        self.assertIn('<object pk=\'["2", "y"]\'></object>', data)

    def test_none(self):
        badge = Badge.objects.get(color="blue")
        self.assertIsNone(self.get_fields(badge)["issuer"])
        xml = self.serialize("xml", badge)
        self.assertIn('to="composite_serialization.employee"><None></None>', xml)

    def test_partly_null(self):
        """What no other field says is written."""
        badge = Badge.objects.get(color="red")
        badge.issuer_number = None
        badge.save()
        self.assertIsNone(badge.issuer)
        self.assertEqual(self.get_fields(badge)["issuer"], [2, None])
        self.assertIn('>["2", null]</field>', self.serialize("xml", badge))
        for format in FORMATS:
            with self.subTest(format=format):
                (loaded,) = self.deserialize(format, self.serialize(format, badge))
                self.assertEqual(loaded.object.issuer_company_id, 2)
                self.assertIsNone(loaded.object.issuer_number)

    def test_partly_null_from_fields(self):
        visit = Visit.objects.get(pk=2)
        self.assertEqual(
            self.get_fields(visit),
            {"company_ref": 1, "number_ref": None, "host": None, "object": None},
        )
        for format in FORMATS:
            with self.subTest(format=format):
                (loaded,) = self.deserialize(format, self.serialize(format, visit))
                self.assertEqual(loaded.object.company_ref, 1)
                self.assertIsNone(loaded.object.number_ref)

    def test_selected_fields(self):
        badge = Badge.objects.get(color="red")
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.serialize(format, badge, fields=["owner"])
                self.assertIn("owner", str(data))
                self.assertNotIn("issuer", str(data))
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.owner_pk, (1, 1))
        # As with a relation of one column, its attribute isn't its name.
        for name in ("owner_pk", "owner_number"):
            self.assertEqual(self.get_fields(badge, fields=[name]), {})
        # Nor is a key a field.
        self.assertEqual(
            self.get_fields(self.employees[0], fields=["pk", "number"]), {"number": 1}
        )

    def test_unset_key(self):
        employee = Employee(name="x", number=1)
        for format in FORMATS:
            with self.subTest(format=format):
                (loaded,) = self.deserialize(format, self.serialize(format, employee))
                self.assertEqual(loaded.object.pk, (None, 1))
        profile = Profile(text="x")
        for format in FORMATS:
            with self.subTest(format=format):
                (loaded,) = self.deserialize(format, self.serialize(format, profile))
                self.assertIsNone(loaded.object.pk)


class ReadTests(SerializationTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.create_objects()

    def test_lists_and_texts(self):
        for value in ([1, 2], (1, 2), ["1", "2"], '["1", "2"]', "[1,2]"):
            with self.subTest(value=value):
                self.assertEqual(self.read("badge", owner=value).owner_pk, (1, 2))
                self.assertEqual(self.read("badge", owner_pk=value).owner_pk, (1, 2))
                self.assertEqual(self.read("employee", value, name="x").pk, (1, 2))
                self.assertEqual(self.read("profile", value, text="x").pk, (1, 2))
                self.assertEqual(self.read("visit", 1, object=value).number_ref, 2)

    def test_key_only(self):
        """The members need not be said again."""
        shift = self.read("shift", [1, 2, "2026-01-01"])
        self.assertEqual(shift.employee_pk, (1, 2))
        self.assertEqual(shift.employee.company_id, 1)

    def test_members_only(self):
        shift = self.read("shift", employee=[1, 2], day="2026-01-01")
        self.assertEqual(shift.employee_number, 2)
        self.assertEqual(str(shift.pk), '["1", "2", "2026-01-01"]')
        self.assertEqual(self.read("employee", company=1, number=2).pk, (1, 2))
        self.assertEqual(self.read("employee", company_id=1, number=2).pk, (1, 2))

    def test_created_columns(self):
        badge = self.read("badge", owner_company_id=1, owner_number="2")
        self.assertEqual(badge.owner_pk, (1, 2))
        badge = self.read("badge", owner=[1, 2], owner_number=2)
        self.assertEqual(badge.owner_pk, (1, 2))

    def test_relation_sets_fields(self):
        employee = self.read("employee", [1, 5], name="x", manager=[1, 2])
        self.assertEqual(employee.manager_number, 2)
        visit = self.read("visit", host=[1, 2])
        self.assertEqual((visit.company_ref, visit.number_ref), (1, 2))

    def test_fields_set_relation(self):
        employee = self.read("employee", [1, 5], name="x", manager_number=2)
        self.assertEqual(employee.manager, self.employees[1])

    def test_none(self):
        employee = self.read("employee", [1, 5], name="x", manager=None)
        self.assertEqual(employee.pk, (1, 5))
        self.assertIsNone(employee.manager_number)
        visit = self.read("visit", company_ref=1, host=None)
        self.assertEqual((visit.company_ref, visit.number_ref), (1, None))

    def test_none_for_default(self):
        loan = self.read("loan", company=1)
        self.assertEqual(loan.lender_pk, (1, 1))
        self.assertEqual(loan.witness_pk, (1, 1))
        loan = self.read("loan", company=1, lender=None, witness=None)
        self.assertEqual((loan.company_id, loan.lender_number), (1, None))
        self.assertIsNone(loan.witness_number)
        msg = "'lender' is None but 'company_id' is 1, 'lender_number' is 2."
        with self.assertRaisesMessage(DeserializationError, msg):
            self.read("loan", lender_number=2, lender=None)

    def test_unset_member(self):
        """What a key doesn't say may be said by its fields."""
        employee = self.read("employee", [1, None], name="x", number=5)
        self.assertEqual(employee.pk, (1, 5))

    def test_shared_columns(self):
        with self.assertRaisesMessage(
            DeserializationError,
            "'company_id' is 2 by 'manager' but 1 by 'company'.: "
            '(composite_serialization.employee:pk=None) field_value was \'["2", "1"]\'',
        ):
            self.read("employee", company=1, number=1, manager=[2, 1])

    def test_ignorenonexistent(self):
        data = self.serialize("json", *self.employees[:1])
        data = data.replace('"name"', '"nickname"')
        with self.assertRaises(DeserializationError):
            self.deserialize("json", data)
        (loaded,) = self.deserialize("json", data, ignorenonexistent=True)
        self.assertEqual(loaded.object.pk, (1, 1))
        self.assertEqual(loaded.object.manager_pk, (1, 2))

    def test_saved(self):
        for format in FORMATS:
            with self.subTest(format=format):
                data = serializers.serialize(
                    format, [*Badge.objects.order_by("pk"), *Lead.objects.all()]
                )
                Badge.objects.all().delete()
                Lead.objects.all().delete()
                for loaded in self.deserialize(format, data):
                    loaded.save()
                badge = Badge.objects.select_related("owner", "issuer").get(color="red")
                self.assertEqual(badge.owner, self.employees[0])
                self.assertEqual(badge.issuer, self.employees[3])
                self.assertEqual(Lead.objects.get().employee, self.employees[2])

    def test_many_to_many(self):
        for format in FORMATS:
            with self.subTest(format=format):
                data = serializers.serialize(
                    format, [*Team.objects.order_by("pk"), *Tag.objects.all()]
                )
                for manager in (Team.members, Team.tags, Team.rivals, Tag.employees):
                    manager.through.objects.all().delete()
                for loaded in self.deserialize(format, data):
                    loaded.save()
                team = Team.objects.get(pk=(1, "x"))
                a1, _, b1, b2 = self.employees
                self.assertCountEqual(team.members.all(), [a1, b2])
                self.assertEqual(team.tags.get().name, "t")
                self.assertEqual(team.rivals.get().pk, (2, "y"))
                self.assertCountEqual(Tag.objects.get().employees.all(), [a1, b1])

    def test_custom_serializer(self):
        """A serializer that writes values in its own way is asked for members."""
        with override_settings(
            SERIALIZATION_MODULES={"hex": "composite_serialization.hex_serializer"}
        ):
            serializers._serializers = {}
            try:
                data = serializers.serialize("hex", [self.employees[1]])
            finally:
                serializers._serializers = {}
        self.assertEqual(data[0]["pk"], ["0x1", "0x2"])
        self.assertEqual(data[0]["fields"]["company"], "0x1")

    def test_company(self):
        """A model without composite keys is told of no more than ever."""
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.serialize(format, Company(pk=5, name="x"))
                (loaded,) = self.deserialize(format, data)
                self.assertEqual((loaded.object.pk, loaded.object.name), (5, "x"))
