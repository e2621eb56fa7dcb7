from urllib.parse import parse_qsl, urlsplit

from composite_forms.forged_keys import MALFORMED, UNKNOWN

from .models import (
    Badge,
    Carrier,
    Depot,
    Keeper,
    Note,
    Parcel,
    Poster,
    Route,
    Shelf,
    Trip,
    Truck,
)
from .testcase import STRANGE, AdminTestCase


class FilterTests(AdminTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.light = Parcel.objects.create(depot=cls.bern, origin=cls.basel, weight=1)
        cls.heavy = Parcel.objects.create(depot=cls.strange, weight=9)

    def get_changelist(self, model, query=None, site="admin"):
        response = self.client.get(self.get_url(model, "changelist", site), query)
        self.assertEqual(response.status_code, 200)
        return response.context["cl"]

    def get_choices(self, changelist, index=0):
        """Return the choices of a filter as (label, query, selected)."""
        spec = changelist.filter_specs[index]
        return [
            (
                str(choice["display"]),
                dict(parse_qsl(urlsplit(choice["query_string"]).query)),
                choice["selected"],
            )
            for choice in spec.choices(changelist)
        ]

    def check_choices(self, model, index, expected):
        """
        Follow each choice of a filter: `expected` has the number of the
        objects that are shown then, which is also that of the facet.
        """
        choices = self.get_choices(self.get_changelist(model), index)
        self.assertEqual([label for label, *_ in choices], list(expected))
        for number, (label, query, selected) in enumerate(choices):
            self.assertIs(selected, number == 0)
            changelist = self.get_changelist(model, query)
            self.assertEqual(len(changelist.result_list), expected[label])
            if number:
                self.assertIn(f"({expected[label]})", label)
            selected = [
                label
                for label, _, selected in self.get_choices(changelist, index)
                if selected
            ]
            self.assertEqual(selected, [label])

    def test_foreign_key(self):
        self.check_choices(
            Parcel,
            0,
            {"All": 2, "Bern (1)": 1, "Basel (0)": 0, "Bonn (0)": 0, "Str&nge (1)": 1},
        )
        choices = self.get_choices(self.get_changelist(Parcel))
        self.assertEqual(choices[1][1], {"depot__pk__exact": '["CH", "1"]'})
        self.assertEqual(choices[4][1], {"depot__pk__exact": str(self.strange.pk)})

    def test_no_join(self):
        """The columns of the relation are compared, with those of its key."""
        url = self.get_url(Shelf, "changelist")
        Shelf.objects.create(depot=self.bern, row=1, material="wood")
        with self.assertNumQueries(6) as queries:
            self.client.get(url, {"depot__pk__exact": str(self.bern.pk)})
        filtered = [
            query["sql"]
            for query in queries
            if "COUNT(" in query["sql"] and "WHERE" in query["sql"]
        ]
        self.assertEqual(len(filtered), 1)
        self.assertNotIn("JOIN", filtered[0])

    def test_related_only(self):
        self.check_choices(Parcel, 1, {"All": 2, "Basel (1)": 1, "- (1)": 1})

    def test_field_of_related_object(self):
        choices = self.get_choices(self.get_changelist(Parcel), 2)
        self.assertEqual(
            [label for label, *_ in choices],
            ["All", "Basel (1)", "Bern (0)", "Bonn (0)", "Str&nge (0)"],
        )
        changelist = self.get_changelist(Parcel, choices[1][1])
        self.assertSequenceEqual(changelist.result_list, [self.light])

    def test_empty(self):
        self.check_choices(Parcel, 3, {"All": 2, "Empty (1)": 1, "Not empty (1)": 1})

    def test_several_values(self):
        changelist = self.get_changelist(
            Parcel, {"depot__pk__exact": [str(self.bern.pk), str(self.strange.pk)]}
        )
        self.assertEqual(len(changelist.result_list), 2)

    def test_to_fields(self):
        Poster.objects.create(depot=self.strange, text="Come!")
        self.check_choices(
            Poster,
            0,
            {"All": 1, "Bern (0)": 0, "Basel (0)": 0, "Bonn (0)": 0, "Str&nge (1)": 1},
        )
        choices = self.get_choices(self.get_changelist(Poster))
        self.assertEqual(choices[1][1], {"depot__exact": '["1", "Bern"]'})

    def test_key_that_is_a_relation(self):
        keeper = Keeper.objects.create(depot=self.bern, name="Kim")
        Keeper.objects.create(depot=self.strange, name="Ian")
        Badge.objects.create(keeper=keeper, color="red")
        self.check_choices(Badge, 0, {"All": 1, "Ian (0)": 0, "Kim (1)": 1})

    def test_single_key_of_text(self):
        carrier = Carrier.objects.create(name=STRANGE)
        Truck.objects.create(carrier=carrier)
        Carrier.objects.create(name="plain")
        self.check_choices(Truck, 0, {"All": 1, f"{STRANGE} (1)": 1, "plain (0)": 0})

    def test_many_to_many(self):
        for name, depots in (
            ("one", [self.bern, self.strange]),
            ("two", [self.bern]),
            ("three", []),
        ):
            Route.objects.create(name=name).depots.set(depots)
        self.check_choices(
            Route,
            0,
            {
                "All": 3,
                "Bern (2)": 2,
                "Basel (0)": 0,
                "Bonn (0)": 0,
                "Str&nge (1)": 1,
                "- (1)": 1,
            },
        )
        # The reverse side has a single key.
        choices = self.get_choices(self.get_changelist(Depot), 0)
        self.assertEqual(
            [label for label, *_ in choices],
            ["All", "one (2)", "two (1)", "three (0)", "- (2)"],
        )

    def test_many_to_many_through(self):
        trip = Trip.objects.create(name="Trip")
        trip.stops.add(self.strange)
        choices = self.get_choices(self.get_changelist(Trip))
        self.assertEqual(choices[4][1], {"stops__pk__exact": str(self.strange.pk)})
        for number, count in ((1, 0), (4, 1)):
            changelist = self.get_changelist(Trip, choices[number][1])
            self.assertEqual(len(changelist.result_list), count)

    def test_reverse_relation(self):
        for depot in (self.bern, self.strange):
            Shelf.objects.create(depot=depot, row=1, material="wood")
        Shelf.objects.create(depot=self.bern, row=2, material="steel")
        self.check_choices(
            Depot, 0, {"All": 4, "1 kg (1)": 1, "9 kg (1)": 1, "- (2)": 2}
        )
        choices = self.get_choices(self.get_changelist(Depot), 1)
        self.assertEqual(
            [
                (label, len(self.get_changelist(Depot, query).result_list))
                for label, query, _ in choices
            ],
            [
                ("All", 4),
                ("Shelf 1 (1)", 1),
                ("Shelf 1 (1)", 1),
                ("Shelf 2 (1)", 1),
                ("- (2)", 2),
            ],
        )
        self.assertIn(
            {"shelves__pk__exact": '["CH", "1", "2"]'},
            [query for _, query, _ in choices],
        )

    def test_shared_column(self):
        Note.objects.create(author=self.eve, title="Note")
        changelist = self.get_changelist(Note, {"author__pk__exact": str(self.eve.pk)})
        self.assertEqual(len(changelist.result_list), 1)
        changelist = self.get_changelist(Note, {"author__pk__exact": str(self.ann.pk)})
        self.assertEqual(len(changelist.result_list), 0)

    def test_lookups(self):
        """Lookups of keys needn't be those of a filter."""
        bern, strange = str(self.bern.pk), str(self.strange.pk)
        for model, query, count in (
            (Parcel, {"depot__in": f"{bern},{strange}"}, 2),
            (Parcel, {"depot__pk__in": f"{bern}, {strange}"}, 2),
            (Parcel, {"depot": strange}, 1),
            (Parcel, {"depot_pk": bern}, 1),
            (Parcel, {"origin__isnull": "True"}, 1),
            (Depot, {"pk__in": f"{bern},{strange}"}, 2),
            (Depot, {"pk__in": bern}, 1),
            (Depot, {"country__in": f"CH,{STRANGE}"}, 2),
        ):
            with self.subTest(query=query):
                changelist = self.get_changelist(model, query)
                self.assertEqual(len(changelist.result_list), count)

    def test_malformed(self):
        url = self.get_url(Parcel, "changelist")
        for text in MALFORMED:
            for lookup in ("depot__pk__exact", "depot__in", "depot", "depot__pk__in"):
                with self.subTest(lookup=lookup, text=text[:50]):
                    response = self.client.get(url, {lookup: text})
                    self.assertRedirects(
                        response, f"{url}?e=1", fetch_redirect_response=False
                    )
        for text in UNKNOWN:
            with self.subTest(text=text[:50]):
                changelist = self.get_changelist(Parcel, {"depot__pk__exact": text})
                self.assertEqual(len(changelist.result_list), 0)
