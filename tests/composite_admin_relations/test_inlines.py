import datetime

from composite_forms.forged_keys import MALFORMED, UNKNOWN

from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Staff
from django.utils.html import escape

from .models import (
    Book,
    Branch,
    Depot,
    Guard,
    Keeper,
    Manager,
    Note,
    Parcel,
    Poster,
    Region,
    Route,
    Shelf,
    Stall,
    Task,
    User,
    Visit,
)
from .testcase import STRANGE, AdminTestCase


class InlineTestCase(AdminTestCase):
    def get_form(self, response, prefix, index=0):
        """Return a row of a formset on a page."""
        for formset in response.context["inline_admin_formsets"]:
            if formset.formset.prefix == prefix:
                return list(formset)[index]

    def get_names(self, form):
        """Return the names of the fields of a row, and of those to be read."""
        fields = [field for fieldset in form for line in fieldset for field in line]
        return (
            [field.field.name for field in fields if not field.is_readonly],
            [field.field["name"] for field in fields if field.is_readonly],
        )

    def check_ignored(self, url, data, models):
        """The data may be no error, as with a single key, but nothing is written."""
        before = [list(model.objects.order_by("pk").values()) for model in models]
        response = self.client.post(url, data)
        self.assertIn(response.status_code, [200, 302])
        after = [list(model.objects.order_by("pk").values()) for model in models]
        self.assertEqual(before, after)

    def check_refused(self, url, data, models):
        """The data is an error of a form, and nothing is written."""
        before = [list(model.objects.order_by("pk").values()) for model in models]
        response = self.client.post(url, data)
        after = [list(model.objects.order_by("pk").values()) for model in models]
        self.assertEqual(before, after)
        self.assertEqual(response.status_code, 200)
        self.assertGreater(len(response.context["errors"]), 0)
        return response


class SingleParentTests(InlineTestCase):
    """A composite key that contains the single key of the parent."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.stall = Stall.objects.create(region=cls.region, row=STRANGE[:20], number=1)
        cls.coast = Region.objects.create(name="Coast")
        cls.others = Stall.objects.create(region=cls.coast, row="X", number=1)

    def setUp(self):
        super().setUp()
        self.url = self.get_url(self.region)
        self.data = self.get_data(self.url)

    def test_page(self):
        response = self.client.get(self.url)
        data = self.data
        self.assertEqual(data["stalls-0-pk"], str(self.stall.pk))
        self.assertEqual(data["stalls-0-region"], str(self.region.pk))
        # The members of a key are for new rows.
        self.assertNotIn("stalls-0-row", data)
        self.assertNotIn("stalls-0-number", data)
        self.assertEqual(data["stalls-1-row"], "")
        form = self.get_form(response, "stalls")
        self.assertEqual(self.get_names(form), (["label"], ["row", "number"]))
        form = self.get_form(response, "stalls", 1)
        self.assertEqual(self.get_names(form), (["row", "number", "label"], []))
        # show_change_link
        self.assertContains(response, f'href="{escape(self.get_url(self.stall))}"')
        self.assertContains(response, f"<p>{escape(self.stall.row)}</p>", html=True)

    def test_edit(self):
        self.post(
            self.url,
            {
                **self.data,
                "stalls-0-label": "Edited",
                "stalls-1-row": "B",
                "stalls-1-number": "2",
            },
        )
        self.assertCountEqual(
            self.region.stalls.values_list("pk", "label"),
            [(self.stall.pk, "Edited"), ((self.region.pk, "B", 2), "")],
        )

    def test_unchanged(self):
        with self.assertNumQueries(9) as queries:
            self.post(self.url, self.data)
        self.assertEqual(
            [
                query["sql"]
                for query in queries
                if "UPDATE" in query["sql"] and "stall" in query["sql"]
            ],
            [],
        )

    def test_delete(self):
        self.post(self.url, {**self.data, "stalls-0-DELETE": "on"})
        self.assertEqual(list(Stall.objects.all()), [self.others])

    def test_duplicate(self):
        data = {
            **self.data,
            "stalls-1-row": self.stall.row,
            "stalls-1-number": "1",
        }
        self.check_refused(self.url, data, [Stall])
        data.update(
            {
                "stalls-TOTAL_FORMS": "3",
                "stalls-1-row": "B",
                "stalls-2-row": "B",
                "stalls-2-number": "1",
            }
        )
        self.check_refused(self.url, data, [Stall])

    def test_members_of_existing_row(self):
        """What isn't shown as a field can't be changed."""
        self.post(
            self.url,
            {**self.data, "stalls-0-row": "Z", "stalls-0-number": "99"},
        )
        self.assertCountEqual(Stall.objects.all(), [self.stall, self.others])

    def test_forged_key(self):
        for text in [str(self.others.pk), *MALFORMED, *UNKNOWN]:
            with self.subTest(text=text[:50]):
                data = {**self.data, "stalls-0-pk": text}
                self.check_refused(self.url, {**data, "stalls-0-label": "x"}, [Stall])
                # A row that is to be deleted may have been deleted before.
                self.post(self.url, {**data, "stalls-0-DELETE": "on"})
                self.assertCountEqual(Stall.objects.all(), [self.stall, self.others])
        # That of a row of another parent, along with all that it has.
        data = {
            **self.data,
            "stalls-0-pk": str(self.others.pk),
            "stalls-0-region": str(self.coast.pk),
            "stalls-0-row": "X",
            "stalls-0-number": "1",
            "stalls-0-label": "forged",
        }
        self.check_refused(self.url, data, [Stall])

    def test_missing_key(self):
        data = {**self.data, "stalls-0-label": "x"}
        del data["stalls-0-pk"]
        self.check_refused(self.url, data, [Stall])

    def test_same_row_twice(self):
        data = {
            **self.data,
            "stalls-TOTAL_FORMS": "2",
            "stalls-INITIAL_FORMS": "2",
            "stalls-1-pk": str(self.stall.pk),
            "stalls-1-label": "x",
        }
        self.client.post(self.url, data)
        self.assertEqual(Stall.objects.count(), 2)

    def test_add_page(self):
        url = self.get_url(Region, "add")
        data = self.get_data(url)
        self.assertEqual(data["stalls-0-pk"], "")
        self.post(
            url,
            {
                **data,
                "name": "North",
                "stalls-0-row": "A",
                "stalls-0-number": "1",
            },
        )
        region = Region.objects.get(name="North")
        self.assertEqual(region.stalls.get().pk, (region.pk, "A", 1))

    def test_save_as_new(self):
        self.post(
            self.url,
            {**self.data, "name": "Copy", "stalls-0-label": "x", "_saveasnew": "1"},
        )
        region = Region.objects.get(name="Copy")
        self.assertEqual(region.stalls.get().pk, (region.pk, self.stall.row, 1))
        self.assertEqual(region.stalls.get().label, "x")
        self.assertEqual(Stall.objects.get(pk=self.stall.pk).label, "")

    def test_save_as_new_unchanged(self):
        """A row that has nothing but its key is copied, too."""
        self.post(self.url, {**self.data, "name": "Copy", "_saveasnew": "1"})
        region = Region.objects.get(name="Copy")
        self.assertEqual(region.stalls.get().pk, (region.pk, self.stall.row, 1))

    def test_save_as_new_of_other_keys(self):
        """Keys that don't contain the parent's have to be changed."""
        for model, prefix, name in (
            (Guard, "guards", "depot"),
            (Branch, "branches", "code"),
        ):
            with self.subTest(model=model.__name__):
                if model is Guard:
                    row = Guard.objects.create(
                        depot=self.strange, region=self.region, name="Ann"
                    )
                else:
                    row = Branch.objects.create(
                        country="FR", code=9, label="Paris", region=self.region
                    )
                data = {**self.get_data(self.url), "_saveasnew": "1"}
                response = self.check_refused(self.url, data, [model, Region])
                fields = self.get_fields(response)
                # It is shown as a field now, with the value of the original.
                value = fields.data[f"{prefix}-0-{name}"]
                self.assertEqual(value, str(getattr(row, f"{name}_pk", row.pk[1])))
                row.delete()

    def test_save_as_new_forged(self):
        for text in [*MALFORMED, *UNKNOWN[-1:]]:
            with self.subTest(text=text[:50]):
                data = {**self.data, "stalls-0-pk": text, "stalls-0-label": "x"}
                self.check_refused(
                    self.url, {**data, "_saveasnew": "1"}, [Stall, Region]
                )
        data = {**self.data, "stalls-1-pk": str(self.stall.pk), "_saveasnew": "1"}
        for name in ("row", "number", "label"):
            del data[f"stalls-1-{name}"]
        self.check_refused(self.url, data, [Stall, Region])

    def test_inherited_key(self):
        """The key is that of a parent model, the relation isn't part of it."""
        branch = Branch.objects.create(
            country=STRANGE, code=9, label="Paris", region=self.region
        )
        data = self.get_data(self.url)
        self.assertEqual(data["branches-0-depot_ptr"], str(branch.pk))
        form = self.get_form(self.client.get(self.url), "branches")
        self.assertEqual(self.get_names(form), (["label", "size"], ["country", "code"]))
        self.post(
            self.url,
            {
                **data,
                "branches-0-size": "5",
                "branches-1-country": "FR",
                "branches-1-code": "10",
                "branches-1-label": "Lyon",
            },
        )
        self.assertCountEqual(
            self.region.branches.values_list("country", "code", "label", "size"),
            [(STRANGE, 9, "Paris", 5), ("FR", 10, "Lyon", 1)],
        )
        # Another depot's key.
        data = {
            **data,
            "branches-0-depot_ptr": str(self.bern.pk),
            "branches-0-label": "forged",
        }
        self.check_refused(self.url, data, [Branch, Depot])

    def test_key_that_is_another_relation(self):
        """It is chosen for a new row, and sent in a hidden field for others."""
        guard = Guard.objects.create(depot=self.strange, region=self.region, name="Ann")
        others = Guard.objects.create(depot=self.bonn, region=self.coast, name="Eve")
        response = self.client.get(self.url)
        fields = self.get_fields(response)
        self.assertEqual(fields.data["guards-0-depot"], str(self.strange.pk))
        self.assertEqual(fields.inputs["guards-0-depot"]["type"], "hidden")
        self.assertIn(str(self.bern.pk), fields.inputs["guards-1-depot"]["options"])
        form = self.get_form(response, "guards")
        self.assertEqual(self.get_names(form), (["name"], ["depot"]))
        data = self.get_data(self.url)
        self.post(
            self.url,
            {
                **data,
                "guards-0-name": "Anna",
                "guards-1-depot": str(self.bern.pk),
                "guards-1-name": "Bob",
            },
        )
        self.assertCountEqual(
            self.region.guards.values_list("depot_pk", "name"),
            [(guard.pk, "Anna"), (self.bern.pk, "Bob")],
        )
        for text in [str(others.pk), str(self.basel.pk), *MALFORMED, *UNKNOWN]:
            with self.subTest(text=text[:50]):
                self.check_ignored(
                    self.url,
                    {
                        **data,
                        "guards-TOTAL_FORMS": "1",
                        "guards-0-depot": text,
                        "guards-0-name": "forged",
                    },
                    [Guard],
                )
        self.post(self.url, {**self.get_data(self.url), "guards-0-DELETE": "on"})
        self.assertEqual(Guard.objects.count(), 2)

    def test_permissions(self):
        for codenames, data, expected in (
            (["view_stall"], {"stalls-0-label": "x"}, [""]),
            (["view_stall"], {"stalls-0-DELETE": "on"}, [""]),
            (["change_stall"], {"stalls-0-label": "x"}, ["x"]),
            (["view_stall", "delete_stall"], {"stalls-0-DELETE": "on"}, []),
            (
                ["view_stall", "add_stall"],
                {"stalls-0-label": "x", "stalls-1-row": "B", "stalls-1-number": "2"},
                ["", ""],
            ),
            ([], {"stalls-0-label": "x"}, [""]),
        ):
            with self.subTest(codenames=codenames, data=data):
                Stall.objects.all().delete()
                Stall.objects.create(region=self.region, row="A", number=1)
                staff = Staff.objects.create_user("bob", is_staff=True)
                staff.user_permissions.set(
                    Permission.objects.filter(
                        content_type__app_label="composite_admin_relations",
                        codename__in=[*codenames, "change_region"],
                    )
                )
                self.client.force_login(staff)
                fields = self.get_data(self.url)
                if codenames:
                    self.assertEqual(fields["stalls-0-pk"][-9:], '"A", "1"]')
                if codenames == ["view_stall"]:
                    form = self.get_form(self.client.get(self.url), "stalls")
                    names = self.get_names(form)
                    self.assertEqual(names[0], [])
                    self.assertEqual(set(names[1]), {"row", "number", "label"})
                self.post(self.url, {**self.data, **fields, **data})
                self.assertEqual(
                    list(self.region.stalls.values_list("label", flat=True)), expected
                )
                staff.delete()


class CompositeParentTests(InlineTestCase):
    def setUp(self):
        super().setUp()
        self.url = self.get_url(self.strange)

    def test_identifying(self):
        shelf = Shelf.objects.create(depot=self.strange, row=1, material="wood")
        others = Shelf.objects.create(depot=self.bern, row=1, material="wood")
        data = self.get_data(self.url)
        self.assertEqual(data["shelves-0-pk"], str(shelf.pk))
        self.assertEqual(data["shelves-0-depot"], str(self.strange.pk))
        form = self.get_form(self.client.get(self.url), "shelves")
        self.assertEqual(self.get_names(form), (["material"], ["row"]))
        self.post(
            self.url,
            {
                **data,
                "shelves-0-material": "steel",
                "shelves-1-row": "2",
                "shelves-1-material": "glass",
            },
        )
        self.assertEqual(
            list(self.strange.shelves.values_list("row", "material")),
            [(1, "steel"), (2, "glass")],
        )
        for forged in (
            {"shelves-0-pk": str(others.pk)},
            {"shelves-0-depot": str(self.bern.pk)},
            {"shelves-0-pk": str(others.pk), "shelves-0-depot": str(self.bern.pk)},
            {"shelves-1-row": "3", "shelves-1-depot": str(self.bern.pk)},
            *({"shelves-0-pk": text} for text in [*MALFORMED, *UNKNOWN]),
            *(
                {"shelves-1-row": "3", "shelves-1-depot": text}
                for text in [*MALFORMED, *UNKNOWN]
            ),
        ):
            with self.subTest(forged={name: v[:50] for name, v in forged.items()}):
                self.check_refused(
                    self.url,
                    {
                        **data,
                        "shelves-0-material": "forged",
                        "shelves-1-material": "forged",
                        **forged,
                    },
                    [Shelf],
                )
        self.post(self.url, {**self.get_data(self.url), "shelves-0-DELETE": "on"})
        self.assertEqual(self.strange.shelves.get().row, 2)

    def test_protected(self):
        shelf = Shelf.objects.create(depot=self.strange, row=1, material="wood")
        Book.objects.create(shelf=shelf, title="Book")
        data = {**self.get_data(self.url), "shelves-0-DELETE": "on"}
        response = self.check_refused(self.url, data, [Shelf, Book])
        self.assertContains(response, "protected related objects: book Book")

    def test_single_key(self):
        """An inline of a model with a single key, two relations, and fk_name."""
        parcel = Parcel.objects.create(depot=self.strange, weight=3)
        others = Parcel.objects.create(depot=self.bern, origin=self.basel)
        data = self.get_data(self.url)
        self.assertEqual(data["parcels-0-id"], str(parcel.pk))
        self.assertEqual(data["parcels-0-depot"], str(self.strange.pk))
        self.post(
            self.url,
            {
                **data,
                "parcels-0-weight": "4",
                "parcels-1-weight": "5",
                "parcels-1-origin": '["CH", "1"]',
            },
        )
        self.assertCountEqual(
            self.strange.parcels.values_list("weight", "origin_pk"),
            [(4, None), (5, ("CH", 1))],
        )
        for forged in (
            {"parcels-0-id": str(others.pk)},
            {"parcels-0-depot": str(self.bern.pk)},
            {"parcels-0-origin": str(self.bonn.pk)},
        ):
            self.check_ignored(
                self.url,
                {**data, "parcels-TOTAL_FORMS": "1", "parcels-0-weight": "9", **forged},
                [Parcel],
            )

    def test_to_fields(self):
        poster = Poster.objects.create(depot=self.strange, text="Come!")
        others = Poster.objects.create(depot=self.bern, text="Go!")
        data = self.get_data(self.url)
        self.assertEqual(data["posters-0-depot"], '["4", "Str&nge"]')
        self.post(
            self.url,
            {**data, "posters-0-text": "Edited", "posters-1-text": "Added"},
        )
        self.assertCountEqual(
            self.strange.posters.values_list("text", flat=True), ["Edited", "Added"]
        )
        for forged in (
            {"posters-0-id": str(others.pk)},
            {"posters-0-depot": '["1", "Bern"]'},
        ):
            self.check_ignored(
                self.url, {**data, "posters-0-text": "x", **forged}, [Poster]
            )
        self.assertEqual(poster.depot, self.strange)

    def test_one_to_one(self):
        data = self.get_data(self.url)
        self.assertEqual(data["manager-MAX_NUM_FORMS"], "1")
        self.post(self.url, {**data, "manager-0-name": "Max"})
        self.assertEqual(Manager.objects.get().depot, self.strange)
        data = self.get_data(self.url)
        self.post(self.url, {**data, "manager-0-name": "Moritz"})
        self.assertEqual(Manager.objects.get().name, "Moritz")
        data = {**self.get_data(self.url), "manager-0-depot": str(self.bern.pk)}
        self.check_refused(self.url, {**data, "manager-0-name": "x"}, [Manager])

    def test_relation_that_is_the_key(self):
        others = Keeper.objects.create(depot=self.bern, name="Ian")
        data = self.get_data(self.url)
        self.post(self.url, {**data, "keeper-0-name": "Kim"})
        keeper = Keeper.objects.get(depot=self.strange)
        data = self.get_data(self.url)
        self.assertEqual(data["keeper-0-depot"], str(keeper.pk))
        self.post(self.url, {**data, "keeper-0-name": "Tom"})
        keeper.refresh_from_db()
        self.assertEqual(keeper.name, "Tom")
        for text in [str(others.pk), *MALFORMED, *UNKNOWN]:
            with self.subTest(text=text[:50]):
                data["keeper-0-depot"] = text
                self.check_refused(self.url, {**data, "keeper-0-name": "x"}, [Keeper])
        self.post(self.url, {**self.get_data(self.url), "keeper-0-DELETE": "on"})
        self.assertEqual(Keeper.objects.get(), others)

    def test_many_to_many(self):
        route = Route.objects.create(name="Route")
        data = self.get_data(self.url)
        self.post(self.url, {**data, "Route_depots-0-route": str(route.pk)})
        self.assertEqual(list(route.depots.all()), [self.strange])
        data = self.get_data(self.url)
        self.post(self.url, {**data, "Route_depots-0-DELETE": "on"})
        self.assertEqual(list(route.depots.all()), [])

    def test_add_page(self):
        url = self.get_url(Depot, "add")
        data = {
            **self.get_data(url),
            "country": STRANGE,
            "code": "7",
            "label": "New",
            "shelves-0-row": "1",
            "shelves-0-material": "wood",
            "parcels-0-weight": "8",
            "posters-0-text": "Come!",
            "manager-0-name": "Max",
            "keeper-0-name": "Kim",
        }
        self.post(url, data)
        depot = Depot.objects.get(code=7)
        self.assertEqual(depot.shelves.get().pk, (STRANGE, 7, 1))
        self.assertEqual(depot.parcels.get().weight, 8)
        self.assertEqual(depot.posters.get().depot_pk, (7, "New"))
        self.assertEqual(depot.manager.name, "Max")
        self.assertEqual(depot.keeper.name, "Kim")
        # The same once more.
        self.check_refused(url, data, [Depot, Shelf, Parcel])

    def test_add_page_with_errors(self):
        """Rows come back as they were sent."""
        url = self.get_url(Depot, "add")
        data = {
            **self.get_data(url),
            "country": "CH",
            "code": "x",
            "shelves-0-row": "1",
            "shelves-0-material": "wood",
        }
        response = self.check_refused(url, data, [Depot, Shelf])
        self.assertEqual(self.get_fields(response).data["shelves-0-row"], "1")

    def test_errors_on_existing_row(self):
        Shelf.objects.create(depot=self.strange, row=1, material="wood")
        data = {**self.get_data(self.url), "shelves-0-material": ""}
        response = self.check_refused(self.url, data, [Shelf])
        form = self.get_form(response, "shelves")
        self.assertEqual(self.get_names(form), (["material"], ["row"]))

    def test_widgets_of_key_members(self):
        """A key with a date, a point in time, and a boolean."""
        Visit.objects.create(
            depot=self.strange,
            at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678),
            day=datetime.date(2026, 1, 2),
            is_official=True,
        )
        data = self.get_data(self.url)
        form = self.get_form(self.client.get(self.url), "visits")
        self.assertEqual(self.get_names(form), (["note"], ["at", "day", "is_official"]))
        # They are prepopulated from in new rows only.
        self.assertEqual(form.prepopulated_fields, [])
        self.post(self.url, {**data, "visits-0-note": "Edited"})
        self.assertEqual(Visit.objects.get().note, "Edited")
        self.post(
            self.url,
            {
                **data,
                "country": "FR",
                "code": "8",
                "label": "Copy",
                "visits-0-note": "Copied",
                "_saveasnew": "1",
            },
        )
        visit = Depot.objects.get(code=8).visits.get()
        self.assertEqual(visit.note, "Copied")
        self.assertEqual(visit.day, datetime.date(2026, 1, 2))
        self.assertIs(visit.is_official, True)

    def test_queries(self):
        """There are as many queries for many rows as for one."""
        Shelf.objects.create(depot=self.strange, row=1, material="wood")
        with self.assertNumQueries(14) as queries:
            self.client.get(self.url)
        Shelf.objects.bulk_create(
            Shelf(depot=self.strange, row=row, material="wood") for row in range(2, 9)
        )
        with self.assertNumQueries(len(queries)):
            self.client.get(self.url)


class SharedColumnsTests(InlineTestCase):
    def setUp(self):
        super().setUp()
        self.url = self.get_url(self.ann)

    def test_identifying(self):
        """The child's key has the parent's, as columns that it names."""
        task = Task.objects.create(user=self.ann, position=1, name="Task")
        others = Task.objects.create(user=self.bob, position=1, name="Task")
        data = self.get_data(self.url)
        self.assertEqual(data["tasks-0-pk"], str(task.pk))
        form = self.get_form(self.client.get(self.url), "tasks")
        self.assertEqual(self.get_names(form), (["name"], ["position"]))
        form = self.get_form(self.client.get(self.url), "tasks", 1)
        self.assertEqual(self.get_names(form), (["position", "name"], []))
        self.post(
            self.url,
            {
                **data,
                "tasks-0-name": "Edited",
                "tasks-1-position": "2",
                "tasks-1-name": "Added",
            },
        )
        self.assertEqual(
            list(self.ann.tasks.values_list("pk", "name")),
            [
                ((self.tenant.pk, 1, 1), "Edited"),
                ((self.tenant.pk, 1, 2), "Added"),
            ],
        )
        for forged in (
            {"tasks-0-pk": str(others.pk)},
            {"tasks-0-user": str(self.bob.pk)},
            {"tasks-0-user": str(self.eve.pk)},
        ):
            self.check_refused(
                self.url, {**data, "tasks-0-name": "forged", **forged}, [Task]
            )

    def test_max_num(self):
        Task.objects.bulk_create(
            Task(user=self.ann, position=position, name="Task") for position in range(3)
        )
        data = self.get_data(self.url)
        self.assertEqual(data["tasks-TOTAL_FORMS"], "3")
        self.assertEqual(data["tasks-2-pk"], f'["{self.tenant.pk}", "1", "2"]')

    def test_self_relation(self):
        """Rows of the parent's own model, which share its tenant."""
        User.objects.filter(pk=self.bob.pk).update(boss_number=1)
        data = self.get_data(self.url)
        self.assertEqual(data["staff-0-pk"], str(self.bob.pk))
        form = self.get_form(self.client.get(self.url), "staff")
        self.assertEqual(self.get_names(form)[0], ["name"])
        self.post(
            self.url,
            {
                **data,
                "staff-0-name": "Rob",
                "staff-1-number": "7",
                "staff-1-name": "Zoe",
            },
        )
        self.assertEqual(
            list(self.ann.staff.values_list("pk", "name")),
            [((self.tenant.pk, 2), "Rob"), ((self.tenant.pk, 7), "Zoe")],
        )
        data = {**data, "staff-0-pk": str(self.eve.pk), "staff-0-name": "x"}
        self.check_refused(self.url, data, [User])

    def test_relation_that_is_not_identifying(self):
        data = self.get_data(self.url)
        self.assertNotIn("notes-0-author_number", data)
        self.post(self.url, {**data, "notes-0-title": "Note"})
        note = Note.objects.get()
        self.assertEqual(note.author, self.ann)
        self.assertEqual(note.tenant, self.tenant)
