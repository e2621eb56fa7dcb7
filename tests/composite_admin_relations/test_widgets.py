import json
from html.parser import HTMLParser
from unittest import mock
from urllib.parse import parse_qs, quote, urlsplit

from composite_forms.forged_keys import MALFORMED, UNKNOWN

from django.contrib.admin.key_lookups import split_values
from django.contrib.admin.widgets import url_params_from_lookup_dict
from django.contrib.auth.models import Permission
from django.contrib.auth.models import User as Staff
from django.db.models import Q
from django.test import RequestFactory, SimpleTestCase

from .admin import site
from .models import Badge, Depot, Keeper, Manager, Parcel, Poster, Route, Shelf
from .testcase import STRANGE, AdminTestCase


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a" and "id" in attrs:
            self.links[attrs["id"]] = attrs


class WidgetTestCase(AdminTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.keeper = Keeper.objects.create(depot=cls.strange, name="Kim")

    def get_links(self, response):
        parser = Links()
        parser.feed(response.content.decode())
        return parser.links

    def check_refused(self, url, data, name, texts):
        """Each of these texts, sent for a relation, is an error of the form."""
        for text in texts:
            with self.subTest(text=text[:50]):
                response = self.client.post(url, {**data, name: text})
                self.assertEqual(response.status_code, 200)
                self.assertEqual(list(response.context["adminform"].errors), [name])

    def check_malformed(self, site):
        """What isn't a key, or nobody's, is refused by the forms of a site."""
        for model, name, data in (
            (Parcel, "depot", {"weight": "1"}),
            (Poster, "depot", {"text": "x"}),
            (Badge, "keeper", {"color": "x"}),
            (Route, "depots", {"name": "x"}),
        ):
            url = self.get_url(model, "add", site)
            self.check_refused(url, data, name, [*MALFORMED, *UNKNOWN])
            self.assertFalse(model.objects.exists())


class SelectTests(WidgetTestCase):
    def test_links(self):
        """The links to the related object are filled in by JavaScript."""
        for model, name, to_field in (
            (Parcel, "depot", "pk"),
            (Poster, "depot", "code,label"),
            (Badge, "keeper", "depot"),
        ):
            with self.subTest(model=model.__name__):
                links = self.get_links(self.client.get(self.get_url(model, "add")))
                related = model._meta.get_field(name).related_model
                url = self.get_url(related)
                base = url.removesuffix("add/").removesuffix("change/")
                self.assertEqual(
                    links[f"change_id_{name}"]["data-href-template"],
                    f"{base}__fk__/change/?_to_field={to_field}&_popup=1",
                )
                self.assertEqual(
                    links[f"add_id_{name}"]["href"],
                    f"{base}add/?_to_field={to_field}&_popup=1",
                )

    def test_options(self):
        fields = self.get_fields(self.client.get(self.get_url(Poster, "add")))
        self.assertIn('["1", "Bern"]', fields.inputs["depot"]["options"])
        fields = self.get_fields(self.client.get(self.get_url(Badge, "add")))
        self.assertIn(str(self.strange.pk), fields.inputs["keeper"]["options"])

    def test_columns_are_in_no_form(self):
        for model, names in (
            (Parcel, {"depot", "origin", "weight"}),
            (Badge, {"keeper", "color"}),
            (Shelf, {"depot", "row", "material"}),
            (Manager, {"depot", "name"}),
        ):
            response = self.client.get(self.get_url(model, "add"))
            form = response.context["adminform"].form
            self.assertEqual(form.fields.keys(), names)

    def test_add(self):
        for model, name, value, data in (
            (Parcel, "depot", str(self.strange.pk), {"weight": "2"}),
            (Poster, "depot", '["4", "Str&nge"]', {"text": "Come!"}),
            (Badge, "keeper", str(self.strange.pk), {"color": "red"}),
            (Manager, "depot", str(self.strange.pk), {"name": "Max"}),
        ):
            with self.subTest(model=model.__name__):
                self.post(self.get_url(model, "add"), {**data, name: value})
                related = getattr(model.objects.get(), name)
                self.assertIn(related, [self.strange, self.keeper])

    def test_limit_choices_to(self):
        fields = self.client.get(self.get_url(Parcel, "add")).context["adminform"]
        self.assertEqual(
            [str(value) for value, _ in fields.form["origin"].field.choices],
            ["", '["CH", "1"]', '["CH", "2"]'],
        )
        url = self.get_url(Parcel, "add")
        data = {"depot": str(self.bern.pk), "weight": "2"}
        self.check_refused(url, data, "origin", [str(self.bonn.pk)])
        self.post(url, {**data, "origin": str(self.basel.pk)})
        self.assertEqual(Parcel.objects.get().origin, self.basel)

    def test_radio_fields(self):
        parcel = Parcel.objects.create(depot=self.bern, origin=self.basel)
        fields = self.get_fields(self.client.get(self.get_url(parcel)))
        self.assertEqual(fields.data["origin"], '["CH", "2"]')

    def test_filter_horizontal(self):
        route = Route.objects.create(name="Route")
        route.depots.set([self.bern, self.strange])
        url = self.get_url(route)
        data = self.get_data(url)
        self.assertCountEqual(data["depots"], ['["CH", "1"]', str(self.strange.pk)])
        self.post(url, {**data, "depots": ['["CH", "2"]', str(self.strange.pk)]})
        self.assertCountEqual(route.depots.all(), [self.basel, self.strange])

    def test_malformed(self):
        self.check_malformed("admin")

    def test_initial(self):
        """The query string of an add page has the text of a key."""
        query = {"depot": str(self.strange.pk)}
        data = self.get_fields(self.client.get(self.get_url(Parcel, "add"), query)).data
        self.assertEqual(data["depot"], str(self.strange.pk))
        query = {"depots": f"{self.strange.pk},{self.bern.pk}"}
        response = self.client.get(self.get_url(Route, "add"), query)
        self.assertCountEqual(
            self.get_fields(response).data["depots"],
            [str(self.strange.pk), str(self.bern.pk)],
        )

    def test_malformed_initial(self):
        for site_name in ("admin", "autocomplete", "raw"):
            for model, name in (
                (Parcel, "depot"),
                (Poster, "depot"),
                (Badge, "keeper"),
                (Route, "depots"),
            ):
                url = self.get_url(model, "add", site_name)
                for text in MALFORMED:
                    with self.subTest(url=url, text=text[:50]):
                        response = self.client.get(url, {name: text})
                        self.assertEqual(response.status_code, 200)


class PopupTests(WidgetTestCase):
    """What popups are opened with, and what they tell the page."""

    def get_popup_response(self, url, data):
        response = self.client.post(url, {**data, "_popup": "1"})
        self.assertEqual(self.get_errors(response), [])
        self.assertTemplateUsed(response, "admin/popup_response.html")
        return json.loads(response.context["popup_response_data"])

    def get_popup_url(self, model, value, page="change"):
        """Return the URL that JavaScript makes of a link's template."""
        template = self.get_url(model, "changelist")
        return f"{template}{quote(value, safe='!()*~')}/{page}/"

    def test_add(self):
        data = self.get_data(self.get_url(Depot, "add"))
        data.update({"country": STRANGE, "code": "7", "label": "New"})
        for to_field, value in (
            ("", json.dumps([STRANGE, "7"], ensure_ascii=False)),
            ("pk", json.dumps([STRANGE, "7"], ensure_ascii=False)),
            ("code,label", '["7", "New"]'),
        ):
            with self.subTest(to_field=to_field):
                Depot.objects.filter(code=7).delete()
                response = self.get_popup_response(
                    self.get_url(Depot, "add"),
                    {**data, "_to_field": to_field},
                )
                self.assertEqual(response, {"value": value, "obj": "New"})

    def test_change(self):
        for to_field, value, new_value in (
            ("pk", str(self.strange.pk), str(self.strange.pk)),
            ("code,label", '["4", "Str&nge"]', '["4", "New"]'),
        ):
            with self.subTest(to_field=to_field):
                Depot.objects.filter(code=4).update(label="Str&nge")
                url = self.get_popup_url(Depot, value)
                data = self.get_data(f"{url}?_popup=1&_to_field={to_field}")
                self.assertEqual(data["_to_field"], to_field)
                response = self.get_popup_response(url, {**data, "label": "New"})
                self.assertEqual(
                    response,
                    {
                        "action": "change",
                        "value": value,
                        "obj": "New",
                        "new_value": new_value,
                    },
                )

    def test_delete(self):
        for to_field, value in (
            ("pk", str(self.bonn.pk)),
            ("code,label", '["4", "Str&nge"]'),
        ):
            with self.subTest(to_field=to_field):
                response = self.get_popup_response(
                    self.get_popup_url(Depot, value, "delete"),
                    {"post": "yes", "_to_field": to_field},
                )
                self.assertEqual(response, {"action": "delete", "value": value})
        self.assertCountEqual(Depot.objects.all(), [self.bern, self.basel])

    def test_key_that_is_a_relation(self):
        url = self.get_popup_url(Keeper, str(self.strange.pk))
        data = self.get_data(f"{url}?_popup=1&_to_field=depot")
        response = self.get_popup_response(url, {**data, "name": "Ian"})
        self.assertEqual(
            response,
            {
                "action": "change",
                "value": str(self.strange.pk),
                "obj": "Ian",
                "new_value": str(self.strange.pk),
            },
        )

    def test_lookup(self):
        """A link of the list tells what is chosen."""
        for model, to_field, value in (
            (Depot, "pk", str(self.strange.pk)),
            (Depot, "code,label", '["4", "Str&nge"]'),
            (Keeper, "depot", str(self.strange.pk)),
        ):
            with self.subTest(model=model.__name__, to_field=to_field):
                response = self.client.get(
                    self.get_url(model, "changelist"),
                    {"_popup": "1", "_to_field": to_field},
                )
                values = OpenerValues()
                values.feed(response.content.decode())
                self.assertIn(value, values.values)

    def test_to_field(self):
        """There has to be a relation to these fields."""
        for to_field in (
            "label",
            "label,code",
            "code,label,country",
            "code,",
            ",",
            "code,x",
            "x,y",
            "parcels,label",
            "routes,posters",
            "code\x00,label",
        ):
            with self.subTest(to_field=to_field):
                for page in ("changelist", "add"):
                    response = self.client.get(
                        self.get_url(Depot, page), {"_to_field": to_field}
                    )
                    self.assertEqual(response.status_code, 400)
                response = self.client.get(
                    self.get_url(self.bern), {"_to_field": to_field}
                )
                self.assertEqual(response.status_code, 400)

    def test_malformed(self):
        for to_field in ("pk", "code,label"):
            for value in [*MALFORMED, *UNKNOWN]:
                with self.subTest(to_field=to_field, value=value[:50]):
                    if value == "CH,1" and to_field == "pk":
                        continue
                    response = self.client.get(
                        self.get_popup_url(Depot, value),
                        {"_popup": "1", "_to_field": to_field},
                    )
                    self.assertEqual(response.status_code, 302)


class OpenerValues(HTMLParser):
    def __init__(self):
        super().__init__()
        self.values = []

    def handle_starttag(self, tag, attrs):
        if "data-popup-opener" in dict(attrs):
            self.values.append(dict(attrs)["data-popup-opener"])


class RawIdTests(WidgetTestCase):
    def get_input(self, obj, name):
        response = self.client.get(self.get_url(obj, site="raw"))
        attrs = self.get_fields(response).inputs[name]
        link = self.get_links(response).get(f"lookup_id_{name}")
        return response, attrs, link

    def test_foreign_key(self):
        parcel = Parcel.objects.create(depot=self.strange, origin=self.bern)
        response, attrs, link = self.get_input(parcel, "depot")
        self.assertEqual(attrs["value"], str(self.strange.pk))
        self.assertIn("vForeignKeyRawIdAdminField", attrs["class"])
        self.assertEqual(
            link["href"], "/raw/composite_admin_relations/depot/?_to_field=pk"
        )
        self.assertContains(
            response,
            '<strong><a href="%s">Str&amp;nge</a></strong>'
            % self.get_url(self.strange, site="raw").replace("'", "%27"),
            html=True,
        )
        _, _, link = self.get_input(parcel, "origin")
        self.assertEqual(
            parse_qs(urlsplit(link["href"]).query),
            {"country": ["CH"], "_to_field": ["pk"]},
        )
        url = self.get_url(parcel, site="raw")
        data = {**self.get_data(url), "depot": '["CH",2]', "origin": ""}
        self.post(url, data)
        parcel.refresh_from_db()
        self.assertEqual(parcel.depot, self.basel)
        self.assertIsNone(parcel.origin)

    def test_one_to_one(self):
        manager = Manager.objects.create(depot=self.strange, name="Max")
        _, attrs, _ = self.get_input(manager, "depot")
        self.assertEqual(attrs["value"], str(self.strange.pk))

    def test_to_fields(self):
        poster = Poster.objects.create(depot=self.strange, text="x")
        response, attrs, link = self.get_input(poster, "depot")
        self.assertEqual(attrs["value"], '["4", "Str&nge"]')
        self.assertEqual(
            link["href"],
            "/raw/composite_admin_relations/depot/?_to_field=code%2Clabel",
        )
        self.assertContains(response, "Str&amp;nge</a></strong>")
        url = self.get_url(poster, site="raw")
        self.post(url, {**self.get_data(url), "depot": '["1", "Bern"]'})
        poster.refresh_from_db()
        self.assertEqual(poster.depot, self.bern)

    def test_key_that_is_a_relation(self):
        badge = Badge.objects.create(keeper=self.keeper, color="red")
        response, attrs, link = self.get_input(badge, "keeper")
        self.assertEqual(attrs["value"], str(self.strange.pk))
        self.assertContains(response, "Kim</a></strong>")
        self.assertIn("_to_field=depot", link["href"])

    def test_many_to_many(self):
        route = Route.objects.create(name="Route")
        route.depots.set([self.bern, self.bonn])
        _, attrs, link = self.get_input(route, "depots")
        self.assertEqual(attrs["value"], '["CH", "1"],["DE", "3"]')
        self.assertEqual(attrs["class"], "vManyToManyRawIdAdminField vTextField")
        self.assertEqual(link["href"], "/raw/composite_admin_relations/depot/")
        url = self.get_url(route, site="raw")
        for value, depots in (
            (f"{self.strange.pk},{self.bern.pk}", [self.strange, self.bern]),
            ('["CH", "1"],["CH", "1"]', [self.bern]),
            (' ["CH",1] , ["CH" , "2"]\n', [self.bern, self.basel]),
            ("", []),
        ):
            with self.subTest(value=value):
                self.post(url, {"name": "Route", "depots": value})
                self.assertCountEqual(route.depots.all(), depots)

    def test_unchanged(self):
        route = Route.objects.create(name="Route")
        route.depots.set([self.strange])
        data = {"name": "Route", "depots": f"[{json.dumps(STRANGE)}, 4]"}
        response = self.post(self.get_url(route, site="raw"), data)
        self.assertEqual(
            response.wsgi_request.user.logentry_set.get().change_message, "[]"
        )

    def test_malformed(self):
        # A text of no key isn't shown as a link.
        self.check_malformed("raw")
        lists = [
            '["CH", "1"],',
            ',["CH", "1"]',
            '["CH", "1"],,["CH", "2"]',
            '["CH", "1"]["CH", "2"]',
            '["CH", "1"],["CH", "99"]',
            '["CH", "1"],5',
            '[["CH", "1"],["CH", "2"]]',
            '["CH", "1"]],[["CH", "2"]',
            "CH,1",
            ",",
        ]
        url = self.get_url(Route, "add", "raw")
        self.check_refused(url, {"name": "x"}, "depots", lists)
        self.assertFalse(Route.objects.exists())


class SplitValuesTests(SimpleTestCase):
    def test_single_key(self):
        field = Route._meta.pk
        self.assertEqual(split_values(field, "1,2"), ["1", "2"])
        self.assertEqual(split_values(field, "[1,2],"), ["[1", "2]", ""])

    def test_composite_key(self):
        field = Depot._meta.pk
        self.assertEqual(
            split_values(field, '["a,b", "1"],["],[", "2"]'),
            ['["a,b", "1"]', '["],[", "2"]'],
        )
        for text in ("1", "1,2", '["a", "1"],', '["a", "1"],2', "[" * 100_000):
            self.assertEqual(split_values(field, text), [text])


class UrlParametersTests(SimpleTestCase):
    def test_keys(self):
        depot = Depot(country="CH", code=1)
        for lookups, expected in (
            ({"pk": ("CH", 1)}, {"pk": '["CH", "1"]'}),
            ({"pk": depot.pk}, {"pk": '["CH", "1"]'}),
            ({"pk": lambda: ("CH", 1)}, {"pk": '["CH", "1"]'}),
            (
                {"pk__in": [("CH", 1), ("DE", 2)]},
                {"pk__in": '["CH", "1"],["DE", "2"]'},
            ),
            ({"code__in": (1, 2)}, {"code__in": "1,2"}),
        ):
            with self.subTest(lookups=lookups):
                self.assertEqual(url_params_from_lookup_dict(lookups, Depot), expected)
        self.assertEqual(
            url_params_from_lookup_dict({"depot": depot}, Shelf),
            {"depot": '["CH", "1"]'},
        )
        self.assertEqual(
            url_params_from_lookup_dict({"depot__isnull": False}, Shelf),
            {"depot__isnull": "0"},
        )
        self.assertEqual(url_params_from_lookup_dict(Q(pk=1), Shelf), {})

    def test_allowed_lookups(self):
        """Those of limit_choices_to are, with the keys that it has."""
        request = RequestFactory().get("/")
        limits = [{"parcels__origin__in": [("CH", 1), ("CH", 2)]}]
        model_admin = site.get_model_admin(Depot)
        for text, allowed in (
            ('["CH", "1"],["CH", "2"]', True),
            ('["CH", "1"],["CH", "3"]', False),
        ):
            with mock.patch.object(Depot._meta, "related_fkey_lookups", limits):
                self.assertIs(
                    model_admin.lookup_allowed("parcels__origin__in", text, request),
                    allowed,
                )


class AutocompleteTests(WidgetTestCase):
    url = "/autocomplete/autocomplete/"

    def get_results(self, model, name, term=""):
        opts = model._meta
        response = self.client.get(
            self.url,
            {
                "term": term,
                "app_label": opts.app_label,
                "model_name": opts.model_name,
                "field_name": name,
            },
        )
        self.assertEqual(response.status_code, 200)
        return json.loads(response.content)

    def test_results(self):
        for model, name, expected in (
            (
                Parcel,
                "depot",
                [
                    {"id": '["CH", "1"]', "text": "Bern"},
                    {"id": '["CH", "2"]', "text": "Basel"},
                    {"id": '["DE", "3"]', "text": "Bonn"},
                    {"id": str(self.strange.pk), "text": "Str&nge"},
                ],
            ),
            (
                Poster,
                "depot",
                [
                    {"id": '["1", "Bern"]', "text": "Bern"},
                    {"id": '["2", "Basel"]', "text": "Basel"},
                    {"id": '["3", "Bonn"]', "text": "Bonn"},
                    {"id": '["4", "Str&nge"]', "text": "Str&nge"},
                ],
            ),
            (
                Parcel,
                "origin",
                [
                    {"id": '["CH", "1"]', "text": "Bern"},
                    {"id": '["CH", "2"]', "text": "Basel"},
                ],
            ),
            (Badge, "keeper", [{"id": str(self.strange.pk), "text": "Kim"}]),
        ):
            with self.subTest(model=model.__name__, name=name):
                self.assertEqual(
                    self.get_results(model, name),
                    {"results": expected, "pagination": {"more": False}},
                )
        self.assertEqual(
            self.get_results(Route, "depots")["results"][0]["id"], '["CH", "1"]'
        )

    def test_pagination(self):
        Depot.objects.bulk_create(
            Depot(country="XX", code=code, label=f"{code}") for code in range(100, 150)
        )
        results = self.get_results(Parcel, "depot")
        self.assertEqual(len(results["results"]), 20)
        self.assertIs(results["pagination"]["more"], True)

    def test_selected(self):
        parcel = Parcel.objects.create(depot=self.strange, origin=self.bern)
        poster = Poster.objects.create(depot=self.strange, text="x")
        badge = Badge.objects.create(keeper=self.keeper, color="red")
        route = Route.objects.create(name="Route")
        route.depots.set([self.bern, self.strange])
        for obj, name, value, options in (
            (parcel, "depot", str(self.strange.pk), [str(self.strange.pk)]),
            (parcel, "origin", '["CH", "1"]', ["", '["CH", "1"]']),
            (poster, "depot", '["4", "Str&nge"]', ['["4", "Str&nge"]']),
            (badge, "keeper", str(self.strange.pk), [str(self.strange.pk)]),
            (
                route,
                "depots",
                ['["CH", "1"]', str(self.strange.pk)],
                ['["CH", "1"]', str(self.strange.pk)],
            ),
        ):
            with self.subTest(obj=obj, name=name):
                url = self.get_url(obj, site="autocomplete")
                fields = self.get_fields(self.client.get(url))
                self.assertEqual(fields.data[name], value)
                # Others are loaded as they are searched for.
                self.assertEqual(fields.inputs[name]["options"], options)
                self.post(url, fields.data)

    def test_add(self):
        url = self.get_url(Parcel, "add", "autocomplete")
        self.post(url, {"depot": str(self.strange.pk), "weight": "2"})
        self.assertEqual(Parcel.objects.get().depot, self.strange)
        url = self.get_url(Poster, "add", "autocomplete")
        self.post(url, {"depot": '["4", "Str&nge"]', "text": "x"})
        self.assertEqual(Poster.objects.get().depot, self.strange)

    def test_malformed(self):
        self.check_malformed("autocomplete")

    def test_permission(self):
        staff = Staff.objects.create_user("bob", is_staff=True)
        staff.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="composite_admin_relations",
                codename="add_parcel",
            )
        )
        self.client.force_login(staff)
        query = {
            "app_label": "composite_admin_relations",
            "model_name": "parcel",
            "field_name": "depot",
        }
        self.assertEqual(self.client.get(self.url, query).status_code, 403)
        # A column that a relation created is none.
        self.client.force_login(self.staff)
        query["field_name"] = "depot_country"
        self.assertEqual(self.client.get(self.url, query).status_code, 403)
