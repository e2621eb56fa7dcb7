from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.forms.models import model_to_dict, modelform_factory
from django.test import override_settings
from django.test.utils import ignore_warnings

from .forged_keys import MALFORMED, UNKNOWN
from .models import (
    Badge,
    Captain,
    Depot,
    Event,
    Group,
    Keeper,
    Parcel,
    Person,
    Poster,
    Tag,
    User,
    Voyage,
)
from .testcase import FormTestCase


class ModelChoiceFieldTests(FormTestCase):
    def setUp(self):
        self.field = forms.ModelChoiceField(Depot.objects.all())

    def test_choices(self):
        self.assertEqual(
            [(str(value), label) for value, label in self.field.choices],
            [
                ("", "---------"),
                ('["CH", "1"]', "Bern"),
                ('["CH", "2"]', "Basel"),
                ('["DE", "3"]', "Bonn"),
            ],
        )
        value = list(self.field.choices)[1][0]
        self.assertEqual(value, '["CH", "1"]')
        self.assertEqual(hash(value), hash('["CH", "1"]'))
        self.assertEqual(value.instance, self.bern)

    def test_clean(self):
        for value in (
            '["CH", "1"]',
            '["CH",1]',
            ("CH", 1),
            ["CH", "1"],
            self.bern.pk,
            self.bern,
        ):
            with self.subTest(value=value), self.assertNumQueries(1):
                self.assertEqual(self.field.clean(value), self.bern)

    def test_empty(self):
        field = forms.ModelChoiceField(Depot.objects.all(), required=False)
        for value in ("", None, [], ()):
            self.assertIsNone(field.clean(value))

    def test_large_numbers(self):
        """A member that is a relation to an integer refuses those, as others do."""
        for number in (2**63, -(2**63) - 1, 10**400):
            for user in (f"[{number}, 1]", f"[1, {number}]"):
                for field, value, code in (
                    (forms.ModelChoiceField, user, "invalid_choice"),
                    (forms.ModelMultipleChoiceField, [user], "invalid_pk_value"),
                ):
                    with self.subTest(user=user[:30], field=field):
                        with self.assertRaises(ValidationError) as cm:
                            field(User.objects.all()).clean(value)
                        self.assertEqual(cm.exception.code, code)

    def test_malformed(self):
        for value in (*MALFORMED, [[1], "CH"], [1], ("CH", None), ("CH", {}), 5, {1}):
            with self.subTest(value=str(value)[:50]), self.assertNumQueries(0):
                with self.assertRaises(ValidationError) as cm:
                    self.field.clean(value)
                self.assertEqual(cm.exception.code, "invalid_choice")

    def test_unknown(self):
        for value in (*UNKNOWN, ("CH", 99), Depot(country="CH", code=99)):
            with self.subTest(value=str(value)[:50]):
                with self.assertRaises(ValidationError) as cm:
                    self.field.clean(value)
                self.assertEqual(cm.exception.code, "invalid_choice")

    def test_outside_of_queryset(self):
        field = forms.ModelChoiceField(Depot.objects.filter(country="CH"))
        self.assertEqual(field.clean('["CH", "1"]'), self.bern)
        with self.assertRaises(ValidationError):
            field.clean('["DE", "3"]')

    def test_prepare_value(self):
        for value in (self.bern, self.bern.pk, ("CH", 1), ["CH", "1"], '["CH",1]'):
            self.assertEqual(self.field.prepare_value(value), '["CH", "1"]')
        self.assertIsNone(self.field.prepare_value(None))
        self.assertIsNone(self.field.prepare_value(Depot(country="CH")))
        self.assertEqual(self.field.prepare_value(""), "")
        self.assertEqual(self.field.prepare_value("[1"), "[1")

    def test_has_changed(self):
        for initial in (self.bern, self.bern.pk, ("CH", 1), '["CH", "1"]'):
            self.assertIs(self.field.has_changed(initial, '["CH", "1"]'), False)
            self.assertIs(self.field.has_changed(initial, '["CH", "2"]'), True)
            self.assertIs(self.field.has_changed(initial, ""), True)
        self.assertIs(self.field.has_changed(None, ""), False)
        self.assertIs(self.field.has_changed(None, '["CH", "1"]'), True)

    def test_rendered(self):
        class Form(forms.Form):
            depot = self.field

        for initial in (self.bern, self.bern.pk, ("CH", 1), '["CH", "1"]'):
            html = str(Form(initial={"depot": initial})["depot"])
            self.assertInHTML(
                '<option value="[&quot;CH&quot;, &quot;1&quot;]" selected>Bern'
                "</option>",
                html,
            )
            self.assertEqual(html.count("selected"), 1)
        self.assertIn("selected", str(Form({"depot": '["CH", "2"]'})["depot"]))
        self.assertNotIn("selected>Be", str(Form({"depot": '["CH", "2"]'})["depot"]))
        for value in MALFORMED:
            with self.subTest(value=value[:50]):
                form = Form({"depot": value})
                self.assertIs(form.is_valid(), False)
                self.assertNotIn("selected", str(form["depot"]))

    def test_widgets(self):
        for widget, expected in (
            (
                forms.HiddenInput,
                '<input type="hidden" name="depot" '
                'value="[&quot;CH&quot;, &quot;1&quot;]">',
            ),
            (
                forms.RadioSelect,
                '<input type="radio" name="depot" required '
                'value="[&quot;CH&quot;, &quot;1&quot;]" checked>',
            ),
        ):
            form = forms.Form(initial={"depot": self.bern.pk}, auto_id=False)
            form.fields["depot"] = forms.ModelChoiceField(
                Depot.objects.all(), widget=widget
            )
            self.assertInHTML(expected, str(form["depot"]))

    def test_disabled(self):
        class Form(forms.Form):
            depot = forms.ModelChoiceField(Depot.objects.all(), disabled=True)

        for initial in (self.bern, self.bern.pk, '["CH", "1"]'):
            form = Form({"depot": '["CH", "2"]'}, initial={"depot": initial})
            self.assertIs(form.is_valid(), True)
            self.assertIs(form.has_changed(), False)
            self.assertEqual(form.cleaned_data["depot"], self.bern)

    def test_to_field_names(self):
        field = forms.ModelChoiceField(
            Depot.objects.all(), to_field_name=("code", "label")
        )
        text = '["2", "Basel"]'
        self.assertEqual(str(list(field.choices)[2][0]), text)
        self.assertEqual(field.clean(text), self.basel)
        self.assertEqual(field.clean(self.basel), self.basel)
        self.assertIs(field.has_changed(self.basel, text), False)
        with self.assertRaises(ValidationError):
            field.clean('["CH", "1"]')
        fields = forms.ModelMultipleChoiceField(
            Depot.objects.all(), to_field_name=("code", "label")
        )
        self.assertCountEqual(
            fields.clean([text, '["1", "Bern"]']), [self.basel, self.bern]
        )

    def test_single_to_field_name(self):
        field = forms.ModelChoiceField(Depot.objects.all(), to_field_name="label")
        self.assertEqual(str(list(field.choices)[1][0]), "Bern")
        self.assertEqual(field.clean("Bern"), self.bern)
        field = forms.ModelChoiceField(Depot.objects.all(), to_field_name="pk")
        self.assertEqual(field.clean('["CH", "1"]'), self.bern)

    def test_inherited_key(self):
        captain = Captain.objects.create(tenant=self.tenant, number=7, ship="x")
        field = forms.ModelChoiceField(Captain.objects.all())
        text = f'["{self.tenant.pk}", "7"]'
        self.assertEqual(str(list(field.choices)[1][0]), text)
        self.assertEqual(field.clean(text), captain)
        self.assertEqual(field.clean(captain), captain)

    def test_key_is_relation(self):
        keeper = Keeper.objects.create(depot=self.bern)
        badge = Badge.objects.create(keeper=keeper)
        Badge.objects.create(keeper=Keeper.objects.create(depot=self.basel))
        text = '["CH", "1"]'
        for obj in (keeper, badge):
            queryset = obj._meta.default_manager.filter(pk__lte=("CH", 2))
            with self.subTest(model=obj._meta.label):
                field = forms.ModelChoiceField(queryset.order_by("pk"))
                self.assertEqual(str(list(field.choices)[1][0]), text)
                for value in (text, obj, obj.pk):
                    self.assertEqual(field.clean(value), obj)
                for value in ('["CH"]', '["CH", "x"]', '["CH", "3"]', '["DE", "3"]'):
                    with self.assertRaises(ValidationError):
                        field.clean(value)
                field = forms.ModelMultipleChoiceField(queryset)
                self.assertEqual(field.prepare_value([obj, obj.pk]), [text, text])
                self.assertSequenceEqual(field.clean([text]), [obj])
                self.assertEqual(len(field.clean([text, '["CH", "2"]'])), 2)
                with self.assertRaisesMessage(ValidationError, '["DE", "3"]'):
                    field.clean([text, '["DE", "3"]'])

    def test_unhashable(self):
        field = forms.ModelChoiceField(
            Event.objects.all(), to_field_name=("ratio", "data")
        )
        for value in ('["1", {"a": []}]', '["1", []]', ("1", {})):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                field.clean(value)

    def test_no_queryset(self):
        field = forms.ModelChoiceField(None)
        self.assertEqual(field.prepare_value(5), 5)

    @override_settings(USE_TZ=True)
    @ignore_warnings(category=RuntimeWarning)
    def test_hostile_values(self):
        self.check_hostile_values()

    @override_settings(USE_TZ=False)
    def test_hostile_values_without_time_zones(self):
        self.check_hostile_values()

    def check_hostile_values(self):
        field = forms.ModelChoiceField(Event.objects.all())
        moment = "2026-01-01T10:00:00+00:00"
        for value in (
            f'["{moment}", "1e1000000", "1"]',
            f'["{moment}", "123456789012", "1"]',
            f'["{moment}", "NaN", "1"]',
            f'["{moment}", "1.00", "nan"]',
            f'["{moment}", "1.00", "1e999"]',
            '["9999-12-31T23:59:59-10:00", "1.00", "1"]',
            '["0001-01-01T00:00:00+10:00", "1.00", "1"]',
            '["2026-99-01T00:00:00", "1.00", "1"]',
            '[5, "1.00", "1"]',
            '[[], "1.00", "1"]',
        ):
            with self.subTest(value=value), self.assertNumQueries(0):
                with self.assertRaises(ValidationError):
                    field.clean(value)
        for value in (
            '["0001-01-01T00:00:00", "1.00", "1"]',
            f'["{moment}", "1.005", "1"]',
            f'["{moment}", "1.00", "-1e300"]',
        ):
            with self.subTest(value=value), self.assertRaises(ValidationError):
                field.clean(value)
            with self.subTest(value=value), self.assertRaises(ValidationError):
                forms.ModelMultipleChoiceField(Event.objects.all()).clean([value])


class ModelMultipleChoiceFieldTests(FormTestCase):
    def setUp(self):
        self.field = forms.ModelMultipleChoiceField(Depot.objects.all())

    def test_clean(self):
        for value in (
            ['["CH", "1"]', '["DE", "3"]'],
            ['["CH",1]', '["DE", "3"]', '["DE", "3"]'],
            [("CH", 1), ["DE", 3]],
            [self.bern, self.bonn],
            (self.bern.pk, self.bonn.pk),
        ):
            with self.subTest(value=value), self.assertNumQueries(1):
                self.assertCountEqual(self.field.clean(value), [self.bern, self.bonn])

    def test_many(self):
        Depot.objects.bulk_create(
            Depot(country="FR", code=code, label=f"{code}") for code in range(10, 1510)
        )
        texts = [str(depot.pk) for depot in Depot.objects.all()]
        with self.assertNumQueries(1):
            self.assertEqual(len(self.field.clean(texts)), 1503)

    def test_malformed(self):
        for value in MALFORMED:
            with self.subTest(value=value[:50]), self.assertNumQueries(0):
                with self.assertRaises(ValidationError) as cm:
                    self.field.clean(['["CH", "1"]', value])
                self.assertEqual(cm.exception.code, "invalid_pk_value")
        for value in (5, "x", '["CH", "1"]'):
            with self.subTest(value=value), self.assertRaises(ValidationError) as cm:
                self.field.clean(value)
            self.assertEqual(cm.exception.code, "invalid_list")

    def test_unknown(self):
        for value in UNKNOWN:
            with self.subTest(value=value[:50]), self.assertNumQueries(1):
                with self.assertRaises(ValidationError) as cm:
                    self.field.clean(['["CH", "1"]', value])
                self.assertEqual(cm.exception.code, "invalid_choice")

    def test_has_changed(self):
        texts = ['["DE", "3"]', '["CH", "1"]']
        for initial in ([self.bern, self.bonn], [("CH", 1), ("DE", 3)], texts):
            self.assertIs(self.field.has_changed(initial, texts), False)
            self.assertIs(self.field.has_changed(initial, texts[:1]), True)
        self.assertIs(self.field.has_changed(None, []), False)

    def test_rendered(self):
        class Form(forms.Form):
            depots = self.field

        html = str(Form(initial={"depots": [self.bern, ("DE", 3)]})["depots"])
        self.assertEqual(html.count("selected"), 2)
        html = str(Form(initial={"depots": [self.bern]})["depots"].as_hidden())
        self.assertIn('value="[&quot;CH&quot;, &quot;1&quot;]"', html)


class ManyToManyTests(FormTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.people = [
            Person.objects.create(country="CH", number=number) for number in range(3)
        ]
        cls.tags = [Tag.objects.create(name=name) for name in "ab"]

    def test_to_composite_key(self):
        first, second, third = self.people
        group = Group.objects.create()
        group.members.set([first])
        Form = modelform_factory(Group, fields="__all__")
        form = Form(instance=group)
        self.assertEqual(form.initial["members"], [first])
        self.assertEqual(str(form).count("selected"), 1)
        texts = [str(second.pk), str(third.pk)]
        form = Form({"members": texts}, instance=group)
        self.assertIs(form.has_changed(), True)
        form.save()
        self.assertCountEqual(group.members.all(), [second, third])
        form = Form({"members": ["[1]"]}, instance=group)
        self.assertEqual(form.errors, {"members": ["“[1]” is not a valid value."]})

    def test_from_composite_key(self):
        person = self.people[0]
        Form = modelform_factory(Person, fields=["tags", "friends"])
        data = {
            "tags": [self.tags[0].pk],
            "friends": [str(friend.pk) for friend in self.people[1:]],
        }
        form = Form(data, instance=person)
        form.save()
        self.assertSequenceEqual(person.tags.all(), self.tags[:1])
        self.assertCountEqual(person.friends.all(), self.people[1:])
        form = Form(data, instance=person)
        self.assertIs(form.has_changed(), False)
        form = modelform_factory(Person, fields="__all__")(
            {"country": "DE", "number": 5, **data}
        )
        self.assertCountEqual(form.save().friends.all(), self.people[1:])


class RelationFieldTests(FormTestCase):
    def test_formfield(self):
        form = modelform_factory(Parcel, fields="__all__")()
        self.assertEqual(list(form.fields), ["depot", "origin", "weight"])
        self.assertIs(form.fields["depot"].required, True)
        self.assertIs(form.fields["origin"].required, False)

    def test_limit_choices_to(self):
        Form = modelform_factory(Parcel, fields="__all__")
        field = Form().fields["origin"]
        self.assertSequenceEqual(field.queryset, [self.bern, self.basel])
        form = Form({"depot": str(self.bonn.pk), "origin": str(self.bonn.pk)})
        self.assertEqual(list(form.errors), ["origin", "weight"])

    def test_create_and_change(self):
        Form = modelform_factory(Parcel, fields="__all__")
        form = Form({"depot": '["CH", "1"]', "origin": "", "weight": 3})
        parcel = form.save()
        parcel.refresh_from_db()
        self.assertEqual((parcel.depot, parcel.origin), (self.bern, None))
        self.assertEqual(
            model_to_dict(parcel),
            {"id": parcel.pk, "depot": ("CH", 1), "origin": None, "weight": 3},
        )
        form = Form(instance=parcel)
        self.assertInHTML(
            '<option value="[&quot;CH&quot;, &quot;1&quot;]" selected>Bern</option>',
            str(form["depot"]),
        )
        data = {"depot": '["CH", "1"]', "origin": '["CH", "2"]', "weight": 3}
        form = Form(data, instance=parcel)
        self.assertEqual(form.changed_data, ["origin"])
        form.save()
        parcel.refresh_from_db()
        self.assertEqual(parcel.origin, self.basel)
        form = Form({**data, "origin": ""}, instance=parcel)
        form.save()
        parcel.refresh_from_db()
        self.assertIsNone(parcel.origin)

    def test_initial(self):
        Form = modelform_factory(Parcel, fields="__all__")
        for initial in (self.bern, self.bern.pk, ("CH", 1), '["CH", "1"]'):
            form = Form(initial={"depot": initial})
            self.assertIn("selected>Bern", str(form["depot"]))
            form = Form({"depot": '["CH", "1"]'}, initial={"depot": initial})
            self.assertNotIn("depot", form.changed_data)

    def test_created_columns(self):
        msg = (
            "'depot_country' cannot be specified for Parcel model form as it is a "
            "non-editable field"
        )
        with self.assertRaisesMessage(FieldError, msg):
            modelform_factory(Parcel, fields=["depot", "depot_country"])

    def test_to_fields(self):
        Form = modelform_factory(Poster, fields="__all__")
        form = Form()
        self.assertIn('value="[&quot;1&quot;, &quot;Bern&quot;]"', str(form["depot"]))
        poster = Form({"depot": '["2", "Basel"]', "text": "x"}).save()
        self.assertEqual(poster.depot, self.basel)
        form = Form({"depot": '["2", "Basel"]', "text": "x"}, instance=poster)
        self.assertIs(form.has_changed(), False)
        self.assertIn("selected>Basel", str(Form(instance=poster)["depot"]))
        form = Form({"depot": '["CH", "1"]', "text": "x"})
        self.assertEqual(list(form.errors), ["depot"])

    def test_inherited_key(self):
        captain = Captain.objects.create(tenant=self.tenant, number=7, ship="x")
        Form = modelform_factory(Voyage, fields="__all__")
        self.assertIsNone(Form.base_fields["captain"].to_field_name)
        self.assertIn(
            f'["{self.tenant.pk}", "7"]', str(list(Form()["captain"])[1].data["value"])
        )
        voyage = Form({"captain": str(captain.pk)}).save()
        self.assertEqual(voyage.captain, captain)
        self.assertIs(
            Form({"captain": str(captain.pk)}, instance=voyage).has_changed(), False
        )

    def test_key_is_relation(self):
        keeper = Keeper.objects.create(depot=self.bern)
        Form = modelform_factory(Badge, fields="__all__")
        self.assertInHTML(
            '<option value="[&quot;CH&quot;, &quot;1&quot;]">'
            "Keeper object ([&quot;CH&quot;, &quot;1&quot;])</option>",
            str(Form()["keeper"]),
        )
        data = {"keeper": str(keeper.pk), "color": "red"}
        badge = Form(data).save()
        self.assertEqual(badge.pk, ("CH", 1))
        form = Form({**data, "color": "blue"}, instance=badge)
        self.assertEqual(form.changed_data, ["color"])
        form.save()
        self.assertEqual(Badge.objects.get().color, "blue")
        self.assertEqual(list(Form(data).errors), ["keeper"])
        Keeper.objects.create(depot=self.basel)
        form = Form({**data, "keeper": '["CH", "2"]'}, instance=badge)
        self.assertEqual(list(form.errors), ["keeper"])

    def test_queries(self):
        Form = modelform_factory(Parcel, fields="__all__")
        form = Form({"depot": '["CH", "1"]', "origin": '["CH", "2"]', "weight": 3})
        # As for single keys: each choice, each relation, the constraint.
        with self.assertNumQueries(5):
            self.assertIs(form.is_valid(), True)
        with self.assertNumQueries(1):
            form.save()

    def test_formfield_of_user(self):
        field = modelform_factory(User, fields="__all__")().fields
        self.assertEqual(list(field), ["tenant", "number", "name"])
