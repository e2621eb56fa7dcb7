from django import forms
from django.forms.models import inlineformset_factory, modelformset_factory

from .forged_keys import MALFORMED, UNKNOWN
from .models import (
    Captain,
    Depot,
    Manager,
    Note,
    Parcel,
    Poster,
    Shelf,
    Shift,
    Task,
    Tenant,
    Token,
    Use,
    User,
)
from .testcase import FormTestCase

NO_MATCH = "The inline value did not match the parent instance."
KEY_CHANGED = ["The primary key of an existing object can’t be changed."]


class FormSetTestCase(FormTestCase):
    def get_data(self, *rows, initial=0, prefix="form"):
        data = {
            f"{prefix}-TOTAL_FORMS": len(rows),
            f"{prefix}-INITIAL_FORMS": initial,
        }
        for index, row in enumerate(rows):
            data.update({f"{prefix}-{index}-{name}": str(row[name]) for name in row})
        return data

    def get_row(self, depot, **kwargs):
        return {
            "pk": str(depot.pk),
            "country": depot.country,
            "code": depot.code,
            "label": depot.label,
            **kwargs,
        }

    def get_posted(self, formset):
        """Return the data that a browser sends for a formset as it is."""
        data = {}
        for form in [formset.management_form, *formset]:
            for field in form:
                value = field.value()
                if value is not None and value is not False:
                    data[field.html_name] = field.field.widget.format_value(value)
                    if isinstance(data[field.html_name], list):
                        (data[field.html_name],) = data[field.html_name]
        return data


class ModelFormSetTests(FormSetTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.FormSet = modelformset_factory(Depot, fields="__all__", extra=1)

    def test_rendered(self):
        html = str(self.FormSet())
        self.assertInHTML(
            '<input type="hidden" name="form-0-pk" '
            'value="[&quot;CH&quot;, &quot;1&quot;]" id="id_form-0-pk">',
            html,
        )
        self.assertInHTML(
            '<input type="hidden" name="form-3-pk" id="id_form-3-pk">', html
        )

    def test_round_trip(self):
        formset = self.FormSet()
        data = self.get_posted(formset)
        formset = self.FormSet(data)
        self.assertIs(formset.is_valid(), True, formset.errors)
        self.assertIs(formset.has_changed(), False)
        with self.assertNumQueries(0):
            self.assertEqual(formset.save(), [])

    def test_save(self):
        data = self.get_data(
            self.get_row(self.bern, label="Berne"),
            self.get_row(self.basel),
            {"pk": "", "country": "FR", "code": 5, "label": "Lyon"},
            initial=2,
        )
        formset = self.FormSet(data, queryset=Depot.objects.filter(country="CH"))
        saved = formset.save()
        self.assertEqual([depot.pk for depot in saved], [("CH", 1), ("FR", 5)])
        self.assertEqual(formset.changed_objects, [(self.bern, ["label"])])
        self.assertSequenceEqual(
            Depot.objects.values_list("label", flat=True),
            ["Berne", "Basel", "Bonn", "Lyon"],
        )

    def test_queries(self):
        data = self.get_posted(self.FormSet())
        for index in range(3):
            data[f"form-{index}-label"] = f"new{index}"
        # The queryset, and for each form its key and its unique_together.
        with self.assertNumQueries(7):
            self.assertIs(self.FormSet(data).is_valid(), True)

    def test_malformed_keys(self):
        for key in (*MALFORMED, *UNKNOWN, ""):
            with self.subTest(key=key[:50]):
                row = self.get_row(self.bern, pk=key, label="hacked")
                formset = self.FormSet(self.get_data(row, initial=1))
                self.assertIs(formset.is_valid(), False)
                self.assertIn("pk", formset.errors[0])
                str(formset)
        data = self.get_data(self.get_row(self.bern, label="hacked"), initial=1)
        for key in ([1, 1], ["CH", 1, 2], [[]], {}, 5, None, ("CH", None)):
            with self.subTest(key=key):
                data["form-0-pk"] = key
                self.assertIs(self.FormSet(data).is_valid(), False)
        del data["form-0-pk"]
        self.assertIs(self.FormSet(data).is_valid(), False)
        self.assertIs(Depot.objects.filter(label="hacked").exists(), False)

    def test_key_of_a_row_outside_of_the_queryset(self):
        row = self.get_row(self.bonn, label="hacked")
        for kwargs in (
            {},
            {"can_delete": True},
            {"edit_only": True},
            {"fields": ["label"]},
        ):
            with self.subTest(**kwargs):
                FormSet = modelformset_factory(
                    Depot, **{"fields": "__all__", "extra": 1, **kwargs}
                )
                formset = FormSet(
                    self.get_data({**row, "DELETE": "on"}, initial=1),
                    queryset=Depot.objects.filter(country="CH"),
                )
                if formset.is_valid():
                    formset.save()
                self.bonn.refresh_from_db()
                self.assertEqual(self.bonn.label, "Bonn")
                self.assertEqual(Depot.objects.count(), 3)

    def test_changed_members(self):
        formset = self.FormSet(
            self.get_data(self.get_row(self.bern, country="DE"), initial=1)
        )
        self.assertEqual(formset.errors, [{"country": KEY_CHANGED}])
        # The key of another row in a form with the values of this one.
        row = self.get_row(self.bern, pk=self.bonn.pk, label="hacked")
        formset = self.FormSet(self.get_data(row, initial=1))
        self.assertEqual(
            formset.errors, [{"country": KEY_CHANGED, "code": KEY_CHANGED}]
        )

    def test_same_key_twice(self):
        rows = [self.get_row(self.bern), self.get_row(self.bern, label="x")]
        formset = self.FormSet(self.get_data(*rows, initial=2))
        self.assertEqual(
            formset.non_form_errors(),
            [
                "Please correct the duplicate data for country and code, which must be "
                "unique."
            ],
        )
        row = {"country": "FR", "code": 5, "label": "a"}
        formset = self.FormSet(self.get_data(row, {**row, "label": "b"}))
        self.assertEqual(
            formset.non_form_errors(),
            [
                "Please correct the duplicate data for country and code, which must be "
                "unique."
            ],
        )

    def test_existing_key(self):
        row = {"country": "CH", "code": 1, "label": "a"}
        formset = self.FormSet(self.get_data(row))
        self.assertEqual(
            formset.errors,
            [{"__all__": ["Depot with this Country and Code already exists."]}],
        )

    def test_delete_and_order(self):
        FormSet = modelformset_factory(
            Depot, fields=["label"], extra=0, can_delete=True, can_order=True
        )
        data = self.get_posted(FormSet())
        data["form-1-DELETE"] = "on"
        data["form-0-ORDER"] = "5"
        formset = FormSet(data)
        self.assertIs(formset.is_valid(), True)
        formset.save()
        self.assertEqual(formset.deleted_objects[0].label, "Basel")
        self.assertSequenceEqual(Depot.objects.all(), [self.bern, self.bonn])
        self.assertEqual(
            [form.instance for form in formset.ordered_forms], [self.bonn, self.bern]
        )

    def test_edit_only_and_max_num(self):
        FormSet = modelformset_factory(
            Depot, fields="__all__", edit_only=True, max_num=1, extra=1
        )
        self.assertEqual(len(FormSet().forms), 3)
        row = {"country": "FR", "code": 5, "label": "a"}
        formset = FormSet(self.get_data(row))
        formset.is_valid()
        formset.save()
        self.assertEqual(Depot.objects.count(), 3)

    def test_deleted_meanwhile(self):
        data = self.get_posted(self.FormSet())
        Depot.objects.get(pk=("CH", 2)).delete()
        formset = self.FormSet(data)
        self.assertIs(formset.is_valid(), False)
        self.assertEqual(list(formset.errors[1]), ["pk"])

    def test_save_without_commit(self):
        data = self.get_data(self.get_row(self.bern, label="x"), initial=1)
        formset = self.FormSet(data)
        (depot,) = formset.save(commit=False)
        self.assertEqual(depot.label, "x")
        depot.save()
        self.assertEqual(Depot.objects.count(), 3)

    def test_widget(self):
        FormSet = modelformset_factory(
            Depot, fields="__all__", widgets={"pk": forms.TextInput}
        )
        self.assertIn('type="text" name="form-0-pk"', str(FormSet()))

    def test_inherited_key(self):
        Captain.objects.create(tenant=self.tenant, number=7, name="a", ship="x")
        FormSet = modelformset_factory(Captain, fields="__all__", extra=1)
        data = self.get_posted(FormSet())
        data["form-0-ship"] = "y"
        formset = FormSet(data)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertEqual(Captain.objects.get().ship, "y")
        data["form-0-number"] = "8"
        self.assertEqual(FormSet(data).errors[0], {"number": KEY_CHANGED})

    def test_unique_constraint_of_relation(self):
        FormSet = modelformset_factory(Parcel, fields="__all__", extra=2)
        row = {"depot": self.bern.pk, "weight": 1}
        formset = FormSet(self.get_data(row, row))
        self.assertEqual(
            formset.non_form_errors(),
            [
                "Please correct the duplicate data for depot and weight, which must be "
                "unique."
            ],
        )
        formset = FormSet(self.get_data(row, {**row, "depot": self.basel.pk}))
        self.assertEqual(formset.errors, [{}, {}])

    def test_shared_columns(self):
        FormSet = modelformset_factory(Note, fields="__all__", extra=2)
        row = {"tenant": self.tenant.pk, "author": self.ann.pk, "title": "x"}
        other = {"tenant": self.other.pk, "author": self.eve.pk, "title": "x"}
        formset = FormSet(self.get_data(row, other))
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertEqual(Note.objects.count(), 2)
        formset = FormSet(self.get_data({**row, "title": "y"}, {**row, "title": "y"}))
        self.assertEqual(len(formset.non_form_errors()), 1)
        formset = FormSet(self.get_data(row, {**row, "author": self.eve.pk}))
        self.assertEqual(list(formset.errors[1]), ["author"])

    def test_same_columns_of_different_objects(self):
        FormSet = modelformset_factory(Task, fields="__all__", extra=2)
        row = {
            "tenant": self.tenant.pk,
            "user": self.ann.pk,
            "position": 1,
            "name": "x",
        }
        formset = FormSet(self.get_data(row, {**row, "user": self.bob.pk}))
        self.assertIs(formset.is_valid(), True, formset.non_form_errors())
        formset = FormSet(self.get_data(row, row))
        self.assertEqual(len(formset.non_form_errors()), 1)

    def test_unique_for_date(self):
        FormSet = modelformset_factory(Shift, fields="__all__", extra=2)
        row = {"tenant": self.tenant.pk, "user": self.ann.pk, "day": "2026-01-02"}
        formset = FormSet(self.get_data(row, row))
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset = modelformset_factory(
            Shift, fields=["tenant", "user", "number", "day"], extra=2
        )(self.get_data({**row, "number": 1}, {**row, "number": 1}))
        self.assertEqual(len(formset.non_form_errors()), 1)


class InlineFormSetTests(FormSetTestCase):
    def test_created_columns(self):
        FormSet = inlineformset_factory(
            Depot, Parcel, fk_name="depot", fields="__all__", extra=1
        )
        parcel = Parcel.objects.create(depot=self.bern, weight=1)
        Parcel.objects.create(depot=self.basel, weight=1)
        formset = FormSet(instance=self.bern)
        self.assertEqual(formset.prefix, "parcels")
        self.assertEqual(len(formset.forms), 2)
        self.assertInHTML(
            '<input type="hidden" name="parcels-0-depot" '
            'value="[&quot;CH&quot;, &quot;1&quot;]" id="id_parcels-0-depot">',
            str(formset),
        )
        data = self.get_posted(formset)
        self.assertIs(FormSet(data, instance=self.bern).has_changed(), False)
        data.update({"parcels-0-weight": "4", "parcels-1-weight": "5"})
        formset = FormSet(data, instance=self.bern)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        parcel.refresh_from_db()
        self.assertEqual((parcel.depot, parcel.weight), (self.bern, 4))
        self.assertCountEqual(
            self.bern.parcels.values_list("weight", flat=True), [4, 5]
        )

    def test_unchanged_forms(self):
        FormSet = inlineformset_factory(
            Depot, Parcel, fk_name="depot", fields="__all__", extra=3
        )
        data = self.get_posted(FormSet(instance=self.bern))
        data["parcels-0-weight"] = "5"
        formset = FormSet(data, instance=self.bern)
        self.assertIs(formset.is_valid(), True, formset.non_form_errors())
        self.assertEqual([parcel.weight for parcel in formset.save()], [5])

    def test_instance(self):
        for model, fk_name in ((Parcel, "depot"), (Poster, None), (Shelf, None)):
            FormSet = inlineformset_factory(
                Depot, model, fk_name=fk_name, fields="__all__", extra=1
            )
            for form in (
                FormSet(instance=self.bern).forms[0],
                FormSet(instance=self.bern).empty_form,
            ):
                with self.subTest(model=model):
                    self.assertEqual(form["depot"].value()[0], "[")
            form = FormSet(instance=self.bern).forms[0]
            self.assertEqual(form.instance.depot, self.bern)

    def test_several_relations(self):
        with self.assertRaisesMessage(ValueError, "has more than one ForeignKey"):
            inlineformset_factory(Depot, Parcel, fields="__all__")
        with self.assertRaisesMessage(ValueError, "has no ForeignKey to"):
            inlineformset_factory(Depot, Note, fields="__all__")
        with self.assertRaisesMessage(ValueError, "is not a ForeignKey"):
            inlineformset_factory(Depot, Parcel, fk_name="weight", fields="__all__")

    def test_forged_parent(self):
        FormSet = inlineformset_factory(
            Depot, Parcel, fk_name="depot", fields="__all__", extra=1
        )
        parcel = Parcel.objects.create(depot=self.basel, weight=1)
        for key in (str(self.basel.pk), *MALFORMED, *UNKNOWN):
            with self.subTest(key=key[:50]):
                row = {"depot": key, "weight": 7}
                formset = FormSet(
                    self.get_data(row, prefix="parcels"), instance=self.bern
                )
                self.assertEqual(
                    formset.errors,
                    [{"depot": [NO_MATCH]}],
                )
        row = {"id": parcel.pk, "depot": str(self.bern.pk), "weight": 7}
        formset = FormSet(
            self.get_data(row, initial=1, prefix="parcels"), instance=self.bern
        )
        if formset.is_valid():
            formset.save()
        parcel.refresh_from_db()
        self.assertEqual((parcel.depot, parcel.weight), (self.basel, 1))

    def test_other_text_of_the_parent(self):
        FormSet = inlineformset_factory(
            Depot, Parcel, fk_name="depot", fields="__all__", extra=1
        )
        row = {"depot": '["CH",1]', "weight": 7}
        formset = FormSet(self.get_data(row, prefix="parcels"), instance=self.bern)
        self.assertEqual(formset.errors, [{}])

    def test_identifying(self):
        FormSet = inlineformset_factory(Depot, Shelf, fields="__all__", extra=1)
        Shelf.objects.create(depot=self.bern, row=1)
        data = self.get_posted(FormSet(instance=self.bern))
        self.assertEqual(data["shelves-0-pk"], '["CH", "1", "1"]')
        self.assertNotIn("shelves-1-pk", data)
        data.update({"shelves-0-material": "wood", "shelves-1-row": "2"})
        formset = FormSet(data, instance=self.bern)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertCountEqual(
            self.bern.shelves.values_list("pk", "material"),
            [(("CH", 1, 1), "wood"), (("CH", 1, 2), "")],
        )
        # A row of another parent.
        shelf = Shelf.objects.create(depot=self.basel, row=1)
        data["shelves-0-pk"] = str(shelf.pk)
        formset = FormSet(data, instance=self.bern)
        if formset.is_valid():
            formset.save()
        self.assertEqual(Shelf.objects.get(pk=shelf.pk).material, "")
        self.assertEqual(Shelf.objects.count(), 3)
        # Another member.
        data = self.get_posted(FormSet(instance=self.bern))
        data["shelves-0-row"] = "9"
        formset = FormSet(data, instance=self.bern)
        self.assertEqual(formset.errors[0], {"row": KEY_CHANGED})

    def test_duplicates_of_identifying(self):
        FormSet = inlineformset_factory(Depot, Shelf, fields="__all__", extra=2)
        new = Depot(country="FR", code=9, label="x")
        for instance in (self.bern, new, Depot()):
            formset = FormSet(
                self.get_data({"row": 1}, {"row": 1}, prefix="shelves"),
                instance=instance,
            )
            self.assertEqual(
                formset.non_form_errors(),
                ["Please correct the duplicate data for row."],
            )
        Shelf.objects.create(depot=self.bern, row=1)
        formset = FormSet(
            self.get_data({"row": 1}, prefix="shelves"), instance=self.bern
        )
        self.assertEqual(
            formset.errors,
            [{"__all__": ["Shelf with this Depot and Row already exists."]}],
        )

    def test_from_fields(self):
        FormSet = inlineformset_factory(User, Task, fields="__all__", extra=2)
        # There is no choice of the parent's columns.
        self.assertEqual(list(FormSet.form.base_fields), ["user", "position", "name"])
        data = self.get_data(
            {"position": 1, "name": "a"}, {"position": 2, "name": "b"}, prefix="tasks"
        )
        formset = FormSet(data, instance=self.ann)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertCountEqual(
            self.ann.tasks.values_list("pk", flat=True),
            [(self.tenant.pk, 1, 1), (self.tenant.pk, 1, 2)],
        )
        data = self.get_posted(FormSet(instance=self.ann))
        data.update({"tasks-0-DELETE": "on", "tasks-1-name": "c"})
        formset = FormSet(data, instance=self.ann)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertEqual(Task.objects.get().name, "c")
        # Existing, and twice in the formset.
        row = {"position": 2, "name": "d"}
        formset = FormSet(self.get_data(row, prefix="tasks"), instance=self.ann)
        self.assertEqual(
            formset.errors,
            [
                {
                    "__all__": [
                        "Task with this Tenant, Number and Position already exists."
                    ]
                }
            ],
        )
        row["position"] = 7
        formset = FormSet(self.get_data(row, row, prefix="tasks"), instance=self.ann)
        self.assertEqual(len(formset.non_form_errors()), 1)

    def test_named_columns(self):
        FormSet = inlineformset_factory(
            User, Task, fields=["tenant", "position", "name"], extra=1
        )
        row = {"tenant": self.other.pk, "position": 1, "name": "a"}
        formset = FormSet(self.get_data(row, prefix="tasks"), instance=self.ann)
        self.assertEqual(
            formset.errors, [{"tenant": ["This value contradicts “User”."]}]
        )
        row["tenant"] = self.tenant.pk
        formset = FormSet(self.get_data(row, prefix="tasks"), instance=self.ann)
        self.assertEqual(formset.errors, [{}])
        formset.save()
        self.assertEqual(self.ann.tasks.count(), 1)

    def test_shared_column(self):
        FormSet = inlineformset_factory(Tenant, Note, fields="__all__", extra=1)
        row = {"author": self.eve.pk, "title": "x"}
        error = {"author": ["This value contradicts “Tenant”."]}
        for instance in (self.tenant, Tenant(name="new")):
            formset = FormSet(self.get_data(row, prefix="notes"), instance=instance)
            self.assertEqual(formset.errors, [error])
        formset = FormSet(self.get_data(row, prefix="notes"), instance=self.other)
        self.assertEqual(formset.errors, [{}])
        formset.save()
        self.assertEqual(Note.objects.get().author, self.eve)

    def test_column_of_new_parent(self):
        FormSet = inlineformset_factory(
            Tenant, Note, fields=["author_number", "title"], extra=1
        )
        row = {"author_number": 1, "title": "x"}
        formset = FormSet(self.get_data(row, prefix="notes"), instance=Tenant())
        self.assertEqual(formset.errors, [{}])
        formset = FormSet(self.get_data(row, prefix="notes"), instance=self.other)
        self.assertEqual(formset.errors, [{}])
        formset.save()
        self.assertEqual(Note.objects.get().author, self.eve)
        row["author_number"] = 9
        formset = FormSet(self.get_data(row, prefix="notes"), instance=self.other)
        self.assertEqual(list(formset.errors[0]), ["author_number"])

    def test_relation_of_shared_column(self):
        FormSet = inlineformset_factory(
            User, Note, fk_name="author", fields="__all__", extra=1
        )
        self.assertEqual(list(FormSet.form.base_fields), ["author", "reader", "title"])
        row = {"reader": self.eve.pk, "title": "x"}
        formset = FormSet(self.get_data(row, prefix="notes"), instance=self.ann)
        self.assertEqual(
            formset.errors, [{"reader": ["This value contradicts “Author”."]}]
        )
        row = {"reader": self.bob.pk, "title": "x"}
        formset = FormSet(self.get_data(row, prefix="notes"), instance=self.ann)
        self.assertEqual(formset.errors, [{}])
        formset.save()
        self.assertEqual(Note.objects.get().reader, self.bob)

    def test_to_fields(self):
        FormSet = inlineformset_factory(Depot, Poster, fields="__all__", extra=1)
        data = self.get_posted(FormSet(instance=self.bern))
        self.assertEqual(data["posters-0-depot"], '["1", "Bern"]')
        data["posters-0-text"] = "x"
        formset = FormSet(data, instance=self.bern)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertEqual(Poster.objects.get().depot_pk, (1, "Bern"))
        data["posters-0-depot"] = '["2", "Basel"]'
        self.assertIs(FormSet(data, instance=self.bern).is_valid(), False)

    def test_one_to_one(self):
        FormSet = inlineformset_factory(Depot, Manager, fields="__all__")
        self.assertEqual(len(FormSet(instance=self.bern).forms), 1)
        data = self.get_posted(FormSet(instance=self.bern))
        data["manager-0-name"] = "x"
        formset = FormSet(data, instance=self.bern)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertEqual(self.bern.manager.name, "x")

    def test_new_parent(self):
        FormSet = inlineformset_factory(Depot, Shelf, fields="__all__", extra=1)
        data = self.get_posted(FormSet())
        self.assertNotIn("shelves-0-depot", data)
        data["shelves-0-row"] = "1"
        depot = Depot(country="FR", code=9, label="x")
        formset = FormSet(data, instance=depot)
        self.assertIs(formset.is_valid(), True, formset.errors)
        depot.save()
        formset.save()
        self.assertEqual(Shelf.objects.get().pk, ("FR", 9, 1))

    def test_new_parent_with_defaults(self):
        FormSet = inlineformset_factory(Token, Use, fields="__all__", extra=1)
        data = self.get_posted(FormSet(instance=Token()))
        self.assertNotIn("uses-0-token", data)
        data["uses-0-place"] = "x"
        token = Token(name="t")
        formset = FormSet(data, instance=token)
        self.assertIs(formset.is_valid(), True, formset.errors)
        token.save()
        formset.save()
        self.assertEqual(Use.objects.get().token, token)

    def test_save_as_new(self):
        FormSet = inlineformset_factory(Depot, Shelf, fields="__all__", extra=0)
        Shelf.objects.create(depot=self.bern, row=1, material="wood")
        data = self.get_posted(FormSet(instance=self.bern))
        copy = Depot.objects.create(country="FR", code=9, label="x")
        formset = FormSet(data, instance=copy, save_as_new=True)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertCountEqual(
            Shelf.objects.values_list("pk", "material"),
            [(("CH", 1, 1), "wood"), (("FR", 9, 1), "wood")],
        )

    def test_under_single_key(self):
        FormSet = inlineformset_factory(Tenant, User, fields="__all__", extra=1)
        data = self.get_posted(FormSet(instance=self.tenant))
        self.assertEqual(data["users-0-pk"], str(self.ann.pk))
        data.update(
            {
                "users-0-name": "Anna",
                "users-1-DELETE": "on",
                "users-2-number": "3",
                "users-2-name": "Cid",
            }
        )
        formset = FormSet(data, instance=self.tenant)
        self.assertIs(formset.is_valid(), True, formset.errors)
        formset.save()
        self.assertSequenceEqual(
            self.tenant.users.values_list("number", "name"), [(1, "Anna"), (3, "Cid")]
        )
        data = self.get_posted(FormSet(instance=self.tenant))
        data["users-0-pk"] = str(self.eve.pk)
        data["users-0-name"] = "hacked"
        formset = FormSet(data, instance=self.tenant)
        if formset.is_valid():
            formset.save()
        self.assertIs(User.objects.filter(name="hacked").exists(), False)

    def test_custom_form(self):
        class ShelfForm(forms.ModelForm):
            class Meta:
                model = Shelf
                exclude = ["material"]

        FormSet = inlineformset_factory(Depot, Shelf, form=ShelfForm, extra=1)
        self.assertEqual(list(FormSet.form.base_fields), ["depot", "row"])

        class TaskForm(forms.ModelForm):
            class Meta:
                model = Task
                exclude = ["name"]

        FormSet = inlineformset_factory(User, Task, form=TaskForm, extra=1)
        self.assertEqual(list(FormSet.form.base_fields), ["user", "position"])

        class NamedForm(forms.ModelForm):
            class Meta:
                model = Task
                fields = ["tenant", "position"]

        FormSet = inlineformset_factory(User, Task, form=NamedForm, extra=1)
        self.assertEqual(list(FormSet.form.base_fields), ["tenant", "position"])
        with self.assertRaisesMessage(Exception, "is prohibited"):
            inlineformset_factory(User, Task)
