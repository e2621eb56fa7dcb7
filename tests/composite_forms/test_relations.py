import datetime
import decimal
from unittest import mock

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import modelform_factory

from .models import Address, Depot, Event, Manager, Note, Parcel, Shelf, Task, User
from .testcase import FormTestCase

CONTRADICTION = ["This value contradicts “Tenant”."]


class SharedColumnTests(FormTestCase):
    def get_data(self, **kwargs):
        data = {
            "tenant": self.tenant.pk,
            "author": str(self.ann.pk),
            "reader": "",
            "title": "x",
        }
        return {
            **data,
            **{
                name: str(getattr(value, "pk", value)) for name, value in kwargs.items()
            },
        }

    def create_note(self, **kwargs):
        return Note.objects.create(
            **{"tenant": self.tenant, "author": self.ann, "title": "x", **kwargs}
        )

    def test_all_fields(self):
        form = modelform_factory(Note, fields="__all__")()
        self.assertEqual(list(form.fields), ["tenant", "author", "reader", "title"])

    def test_columns_of_excluded_relations(self):
        form = modelform_factory(Note, exclude=["author"])()
        self.assertEqual(
            list(form.fields), ["tenant", "author_number", "reader", "title"]
        )

    def test_named_columns(self):
        names = ["author_number", "author", "tenant"]
        form = modelform_factory(Note, fields=names)()
        self.assertEqual(list(form.fields), names)

    def test_declared_columns(self):
        class Form(forms.ModelForm):
            author_number = forms.IntegerField(required=False)

            class Meta:
                model = Note
                fields = "__all__"

        self.assertIn("author_number", Form().fields)

    def test_create(self):
        Form = modelform_factory(Note, fields="__all__")
        note = Form(self.get_data(reader=self.bob)).save()
        note.refresh_from_db()
        self.assertEqual(
            (note.tenant, note.author, note.reader), (self.tenant, self.ann, self.bob)
        )
        note = Form(self.get_data(title="y")).save()
        note.refresh_from_db()
        self.assertIsNone(note.reader)

    def test_contradiction(self):
        Form = modelform_factory(Note, fields="__all__")
        form = Form(self.get_data(author=self.eve))
        self.assertEqual(form.errors, {"author": CONTRADICTION})
        form = Form(self.get_data(reader=self.eve))
        self.assertEqual(form.errors, {"reader": CONTRADICTION})
        form = Form(self.get_data(author=self.eve, reader=self.eve))
        self.assertEqual(
            form.errors, {"author": CONTRADICTION, "reader": CONTRADICTION}
        )
        self.assertEqual(form.errors.as_data()["author"][0].code, "contradiction")

    def test_error_messages(self):
        Form = modelform_factory(
            Note,
            fields="__all__",
            labels={"tenant": "Mandant"},
            error_messages={"author": {"contradiction": "Nicht von %(other)s."}},
        )
        form = Form(self.get_data(author=self.eve))
        self.assertEqual(form.errors, {"author": ["Nicht von Mandant."]})

    def test_contradiction_of_relations(self):
        Form = modelform_factory(Note, fields=["author", "reader", "title"])
        form = Form(self.get_data(author=self.eve, reader=self.bob))
        self.assertEqual(form.errors, {"reader": ["This value contradicts “Author”."]})
        self.assertEqual(Form(self.get_data(author=self.eve)).save().tenant, self.other)

    def test_change(self):
        Form = modelform_factory(Note, fields="__all__")
        note = self.create_note(reader=self.bob)
        self.assertEqual(note.author, self.ann)
        data = self.get_data(tenant=self.other, author=self.eve, reader=self.eve)
        form = Form(data, instance=note)
        self.assertIs(form.is_valid(), True)
        self.assertEqual(form.changed_data, ["tenant", "author", "reader"])
        form.save()
        note = Note.objects.get()
        self.assertEqual(
            (note.tenant, note.author, note.reader), (self.other, self.eve, self.eve)
        )
        # The tenant alone can't be changed.
        form = Form(self.get_data(author=self.eve, reader=self.eve), instance=note)
        self.assertEqual(
            form.errors, {"author": CONTRADICTION, "reader": CONTRADICTION}
        )

    def test_relation_that_is_no_field(self):
        note = self.create_note()
        for names, errors in (
            (["tenant"], {"tenant": ["This value contradicts “author”."]}),
            (["tenant", "reader"], {"tenant": ["This value contradicts “author”."]}),
        ):
            note.refresh_from_db()
            Form = modelform_factory(Note, fields=names)
            form = Form(self.get_data(tenant=self.other), instance=note)
            self.assertEqual(form.errors, errors)
        for names in (["author", "reader"], ["author"]):
            note = Note.objects.get()
            Form = modelform_factory(Note, fields=names)
            form = Form(self.get_data(author=self.eve), instance=note)
            self.assertEqual(
                form.errors, {"author": ["This value contradicts “tenant”."]}
            )

    def test_tenant_of_the_view(self):
        Form = modelform_factory(Note, fields=["author", "title"])
        for author, errors in (
            (self.ann, {}),
            (self.eve, {"author": ["This value contradicts “tenant”."]}),
        ):
            note = Note(tenant=self.tenant)
            form = Form(self.get_data(author=author), instance=note)
            self.assertEqual(form.errors, errors)

    def test_columns_as_fields(self):
        Form = modelform_factory(Note, fields=["tenant", "author_number", "title"])
        form = Form({"tenant": self.tenant.pk, "author_number": 2, "title": "x"})
        note = form.save()
        self.assertEqual(note.author, self.bob)
        form = Form(
            {"tenant": self.other.pk, "author_number": 1, "title": "x"}, instance=note
        )
        self.assertEqual(form.save().author, self.eve)
        # There is no such user.
        data = {"tenant": self.other.pk, "author_number": 2, "title": "x"}
        for instance in (note, None):
            form = Form(data, instance=instance)
            self.assertEqual(list(form.errors), ["author_number"])
        Form = modelform_factory(Note, fields=["author_number"])
        form = Form(data, instance=Note.objects.get())
        self.assertEqual(list(form.errors), ["author_number"])
        form = Form({"author_number": 5}, instance=Note())
        self.assertEqual(form.errors, {})

    def test_relation_and_columns(self):
        Form = modelform_factory(Note, fields=["author", "author_number", "title"])
        data = self.get_data()
        self.assertEqual(Form({**data, "author_number": 1}).save().author, self.ann)
        form = Form({**data, "author_number": 2})
        self.assertEqual(
            form.errors, {"author": ["This value contradicts “Author number”."]}
        )
        Form = modelform_factory(
            Note, fields=["tenant", "author", "reader", "reader_number", "title"]
        )
        form = Form({**data, "reader_number": 2, "title": "y"})
        self.assertEqual(
            form.errors, {"reader": ["This value contradicts “Reader number”."]}
        )

    def test_unique(self):
        self.create_note()
        message = "Note with this Author and Title already exists."
        for names in (
            ["author", "title"],
            ["tenant", "author_number", "title"],
            "__all__",
        ):
            with self.subTest(names=names):
                Form = modelform_factory(Note, fields=names)
                form = Form({**self.get_data(), "author_number": 1})
                self.assertEqual(form.errors, {"__all__": [message]})
        Form = modelform_factory(Note, fields=["author"])
        self.assertEqual(Form(self.get_data(), instance=Note(title="x")).errors, {})

    def test_errors_of_the_model(self):
        data = {**self.get_data(), "author_number": 1}
        for raised, names, expected in (
            ("author_number", ["author", "title"], "author"),
            ("author_number", ["tenant", "author", "author_number"], "author_number"),
            ("author", ["tenant", "author_number"], "author_number"),
            ("reader", ["author", "reader"], "reader"),
        ):
            with (
                self.subTest(raised=raised, names=names),
                mock.patch.object(
                    Note, "clean", side_effect=ValidationError({raised: "No."})
                ),
            ):
                form = modelform_factory(Note, fields=names)(data)
                self.assertEqual(form.errors, {expected: ["No."]})

    def test_column_without_object(self):
        Form = modelform_factory(Address, fields="__all__")
        self.assertEqual(list(Form().fields), ["country", "depot"])
        address = Form({"country": "FR", "depot": ""}).save()
        address.refresh_from_db()
        self.assertEqual((address.country, address.depot), ("FR", None))
        form = Form({"country": "FR", "depot": str(self.bern.pk)}, instance=address)
        self.assertEqual(form.errors, {"depot": ["This value contradicts “Country”."]})
        form = Form({"country": "CH", "depot": str(self.bern.pk)}, instance=address)
        self.assertEqual(form.save().depot, self.bern)
        form = Form({"country": "CH", "depot": ""}, instance=address)
        self.assertIsNone(form.save().depot)
        self.assertEqual(Address.objects.get().country, "CH")

    def test_missing(self):
        Form = modelform_factory(Note, fields="__all__")
        form = Form({})
        required = ["This field is required."]
        self.assertEqual(
            form.errors, {"tenant": required, "author": required, "title": required}
        )

    def test_none(self):
        note = self.create_note(reader=self.bob)

        class Form(forms.ModelForm):
            author = forms.ModelChoiceField(User.objects.all(), required=False)

            class Meta:
                model = Note
                fields = ["author", "reader"]

        form = Form({"author": "", "reader": ""}, instance=note)
        self.assertEqual(form.errors, {"author": ["This field is required."]})


class ExistingKeyTests(FormTestCase):
    error = ["The primary key of an existing object can’t be changed."]

    def test_members(self):
        Form = modelform_factory(Depot, fields="__all__")
        data = {"country": "CH", "code": 1, "label": "new"}
        Form(data, instance=self.bern).save()
        self.bern.refresh_from_db()
        self.assertEqual(self.bern.label, "new")
        for changed, errors in (
            ({"country": "DE"}, {"country": self.error}),
            ({"code": "9"}, {"code": self.error}),
            (
                {"country": "DE", "code": "9"},
                {"country": self.error, "code": self.error},
            ),
        ):
            form = Form({**data, **changed}, instance=self.bern)
            self.assertEqual(form.errors, errors)
            self.assertEqual(self.bern.pk, ("CH", 1))
            with self.assertRaises(ValueError):
                form.save()
        self.assertEqual(Depot.objects.count(), 3)

    def test_new(self):
        Form = modelform_factory(Depot, fields="__all__")
        data = {"country": "CH", "code": 1, "label": "new"}
        self.assertEqual(
            Form(data).errors,
            {"__all__": ["Depot with this Country and Code already exists."]},
        )
        depot = Form({**data, "code": 7}).save()
        self.assertEqual(depot.pk, ("CH", 7))
        # A copy.
        depot._state.adding = True
        self.assertEqual(Form({**data, "code": 8}, instance=depot).save().pk[1], 8)
        self.assertEqual(Depot.objects.count(), 5)

    def test_relation(self):
        shelf = Shelf.objects.create(depot=self.bern, row=1)
        Form = modelform_factory(Shelf, fields="__all__")
        data = {"depot": str(self.bern.pk), "row": 1, "material": "wood"}
        Form(data, instance=shelf).save()
        form = Form({**data, "depot": str(self.basel.pk)}, instance=shelf)
        self.assertEqual(form.errors, {"depot": self.error})
        self.assertEqual(Shelf.objects.get().pk, ("CH", 1, 1))
        self.assertEqual(shelf.depot, self.bern)

    def test_relation_that_shares_columns(self):
        task = Task.objects.create(user=self.ann, position=1, name="x")
        Form = modelform_factory(Task, fields="__all__")
        self.assertEqual(list(Form().fields), ["tenant", "user", "position", "name"])
        data = {
            "tenant": self.tenant.pk,
            "user": str(self.ann.pk),
            "position": 1,
            "name": "y",
        }
        Form(data, instance=task).save()
        form = Form({**data, "user": str(self.bob.pk)}, instance=task)
        self.assertEqual(form.errors, {"user": self.error})
        form = Form(
            {**data, "tenant": self.other.pk, "user": str(self.eve.pk)}, instance=task
        )
        self.assertEqual(form.errors, {"tenant": self.error, "user": self.error})
        self.assertEqual(Task.objects.get().name, "y")
        form = Form(data)
        self.assertEqual(
            form.errors,
            {"__all__": ["Task with this Tenant, Number and Position already exists."]},
        )

    def test_inherited(self):
        from .models import Captain

        captain = Captain.objects.create(tenant=self.tenant, number=7, ship="x")
        Form = modelform_factory(Captain, fields="__all__")
        data = {"tenant": self.tenant.pk, "number": 7, "name": "n", "ship": "y"}
        self.assertEqual(list(Form().fields), list(data))
        Form(data, instance=captain).save()
        form = Form({**data, "number": 8}, instance=captain)
        self.assertEqual(form.errors, {"number": self.error})
        self.assertEqual(list(Form(data).errors), ["__all__"])
        self.assertEqual(Form({**data, "number": 9}).save().pk, (self.tenant.pk, 9))

    def test_untouched(self):
        # Text fields strip blanks, and widgets show no microseconds.
        depot = Depot.objects.create(country=" x ", code=1, label="x")
        Form = modelform_factory(Depot, fields="__all__")
        data = {"country": " x ", "code": "1", "label": "y"}
        self.assertEqual(Form(data, instance=depot).save().pk, (" x ", 1))
        form = Form({**data, "country": "x"}, instance=depot)
        self.assertEqual(form.errors, {"country": self.error})
        form = Form(data, instance=depot, initial={"code": 5})
        self.assertEqual(form.errors, {})
        form = Form({**data, "code": "5"}, instance=depot, initial={"code": 5})
        self.assertEqual(form.errors, {"code": self.error})
        self.assertEqual(Depot.objects.filter(country=" x ").count(), 1)
        event = Event.objects.create(
            at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678),
            price=decimal.Decimal("1.50"),
            ratio=0.1,
        )
        Form = modelform_factory(Event, fields="__all__")
        form = Form(instance=event)
        data = {name: form[name].value() for name in form.fields}
        data["at"] = "2026-01-02 03:04:05"
        data["duration"] = "1"
        Form(data, instance=event).save()
        self.assertEqual(Event.objects.get().at, event.at)
        data["at"] = "2026-01-02 03:04:06"
        form = Form(data, instance=event)
        self.assertEqual(form.errors, {"at": self.error})

    def test_error_message(self):
        Form = modelform_factory(
            Depot, fields="__all__", error_messages={"code": {"key_changed": "No."}}
        )
        form = Form({"country": "CH", "code": 5, "label": "x"}, instance=self.bern)
        self.assertEqual(form.errors, {"code": ["No."]})

    def test_disabled(self):
        class Form(forms.ModelForm):
            code = forms.IntegerField(disabled=True)

            class Meta:
                model = Depot
                fields = "__all__"

        form = Form({"country": "CH", "code": 5, "label": "x"}, instance=self.bern)
        self.assertEqual(form.save().pk, ("CH", 1))

    def test_pk(self):
        with self.assertRaisesMessage(Exception, "Unknown field(s) (pk)"):
            modelform_factory(Depot, fields=["pk"])


class UniqueTests(FormTestCase):
    def test_one_to_one(self):
        Manager.objects.create(depot=self.bern, name="x")
        Form = modelform_factory(Manager, fields="__all__")
        form = Form({"depot": str(self.bern.pk), "name": "y"})
        self.assertEqual(
            form.errors, {"depot": ["Manager with this Depot already exists."]}
        )
        Form({"depot": str(self.basel.pk), "name": "y"}).save()

    def test_constraint(self):
        Parcel.objects.create(depot=self.bern, weight=5)
        Form = modelform_factory(Parcel, fields="__all__")
        form = Form({"depot": str(self.bern.pk), "weight": 5})
        self.assertEqual(
            form.errors,
            {"__all__": ["Parcel with this Depot and Weight already exists."]},
        )
        self.assertEqual(Form({"depot": '["CH", "2"]', "weight": 5}).errors, {})
        Form = modelform_factory(Parcel, fields=["weight"])
        self.assertEqual(Form({"weight": 5}).errors, {})

    def test_unique_together_with_a_member(self):
        depot = Depot.objects.create(country="AT", code=1, label="Graz")
        Form = modelform_factory(Depot, fields="__all__")
        data = {"country": "AT", "code": 1, "label": "Bern"}
        form = Form(data, instance=depot)
        self.assertEqual(
            form.errors, {"__all__": ["Depot with this Code and Label already exists."]}
        )
        with self.assertNumQueries(1):
            self.assertEqual(Form({**data, "label": "Linz"}, instance=depot).errors, {})

    def test_key_with_a_relation(self):
        Shelf.objects.create(depot=self.bern, row=1)
        Form = modelform_factory(Shelf, fields="__all__")
        form = Form({"depot": str(self.bern.pk), "row": 1})
        self.assertEqual(
            form.errors, {"__all__": ["Shelf with this Depot and Row already exists."]}
        )
        Form = modelform_factory(Shelf, fields=["row"])
        form = Form({"row": 1}, instance=Shelf(depot=self.bern))
        self.assertEqual(form.errors, {})
