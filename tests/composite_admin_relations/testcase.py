import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote

from django.contrib.auth.models import User as Staff
from django.test import TestCase, override_settings
from django.urls.keys import quote_key

from .models import Depot, Region, Tenant, User

# A key with what has a meaning in URLs, HTML, JSON, and JavaScript.
STRANGE = "/,-_~\"'\\%#? <b>&$& é😀"


class Fields(HTMLParser):
    """The data that a browser would send for the form of a page."""

    def __init__(self):
        super().__init__()
        self.data = {}
        self.select = None
        self.options = []
        self.labels = {}
        self.inputs = {}

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "input" and name and "disabled" not in attrs:
            kind = attrs.get("type", "text")
            self.inputs[name] = attrs
            if kind in ("checkbox", "radio"):
                if "checked" in attrs:
                    self.data[name] = attrs.get("value", "on")
            elif kind != "submit":
                self.data[name] = attrs.get("value") or ""
        elif tag == "select" and name:
            self.select, self.selected, self.several = name, [], "multiple" in attrs
            self.inputs[name] = attrs
        elif tag == "option":
            self.options.append(attrs.get("value"))
            if "selected" in attrs and self.select:
                self.selected.append(attrs["value"])
        elif tag == "textarea" and name:
            self.data[name] = ""

    def handle_endtag(self, tag):
        if tag == "select" and self.select:
            if self.several or self.selected:
                self.data[self.select] = (
                    self.selected if self.several else self.selected[0]
                )
            else:
                self.data[self.select] = ""
            self.inputs[self.select]["options"] = self.options
            self.select, self.options = None, []


@override_settings(ROOT_URLCONF="composite_admin_relations.urls")
class AdminTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = Staff.objects.create_superuser("ann", password="secret")
        cls.bern, cls.basel, cls.bonn = (
            Depot.objects.create(country=country, code=code, label=label)
            for country, code, label in (
                ("CH", 1, "Bern"),
                ("CH", 2, "Basel"),
                ("DE", 3, "Bonn"),
            )
        )
        cls.strange = Depot.objects.create(country=STRANGE, code=4, label="Str&nge")
        cls.region = Region.objects.create(name="Alps")
        cls.tenant = Tenant.objects.create(name="first")
        cls.other = Tenant.objects.create(name="second")
        cls.ann, cls.bob = (
            User.objects.create(tenant=cls.tenant, number=number, name=name)
            for number, name in ((1, "Ann"), (2, "Bob"))
        )
        cls.eve = User.objects.create(tenant=cls.other, number=1, name="Eve")

    def setUp(self):
        self.client.force_login(self.staff)

    def get_url(self, obj, page="change", site="admin"):
        """Return the URL of an admin's page for an object, or for a model."""
        opts = obj._meta
        url = f"/{site}/{opts.app_label}/{opts.model_name}/"
        if isinstance(obj, type):
            return url if page == "changelist" else f"{url}{page}/"
        return f"{url}{quote(quote_key(obj.pk), safe=',')}/{page}/"

    def get_fields(self, response):
        self.assertEqual(response.status_code, 200)
        fields = Fields()
        fields.feed(response.content.decode())
        return fields

    def get_data(self, url):
        """Return the data that a browser sends for a page as it is."""
        data = self.get_fields(self.client.get(url)).data
        return {name: value for name, value in data.items() if "__prefix__" not in name}

    def get_errors(self, response):
        """Return the texts of a page's errors."""
        self.assertEqual(response.status_code, 200)
        return [
            unescape(re.sub("<[^>]+>", "", error))
            for error in re.findall(
                r'<ul class="errorlist[^"]*"[^>]*>(.*?)</ul>',
                response.content.decode(),
                re.DOTALL,
            )
        ]

    def post(self, url, data, expected=302):
        response = self.client.post(url, data)
        if response.status_code == 200 and expected == 302:
            self.fail(
                [
                    response.context["adminform"].errors,
                    *(
                        formset.formset.errors
                        for formset in response.context["inline_admin_formsets"]
                    ),
                ]
            )
        self.assertEqual(response.status_code, expected)
        return response
