"""
Ask an admin site for keys that don't exist, and send forms that nobody made.

What must be answered: an error of the form, a redirect, 400, 403 or 404, and
nothing may be written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote as percent_quote
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.db.models.columns import is_composite_field
from django.test import Client
from django.urls import reverse

from .crawl import outcome
from .pages import Data, Page
from .posting import post_and_roll_back
from .report import Report

HUGE = "9" * 400
MEGABYTE = "x" * 1_000_000

# No object has one of these, whatever its key is made of.
TEXTS = [
    ",",
    ",,,,,",
    "no,such,key,at,all",
    "None,None",
    "null",
    "true,false",
    "..",
    "../..",
    "..,..",
    "_2E_2E",
    "_2E_2E,_2E_2E",
    "_00",
    "_00,_00",
    "_ZZ,_2",
    "__",
    "%2C",
    "%2C,%2C",
    "\0",
    "1\0,2",
    "\n,\t",
    "\u202e,\u200b",
    "\U0001f600,\U0001f600",
    f"{HUGE},{HUGE}",
    f"-{HUGE},1",
    "1e999,-1e999",
    "NaN,Infinity",
    "0x1,0b1",
    "' OR 1=1 --,1",
    '"; DROP TABLE person; --',
    "{{ 7 * 7 }},{% csrf_token %}",
    "[]",
    "[[]]",
    "[null, null]",
    "[null, null, null]",
    '[["1"], ["2"]]',
    '{"0": 1, "1": 2}',
    "[1e999, 1]",
    "[NaN, Infinity]",
    '["\\ud800", "\\udfff"]',
    '["\\u0000", "\\u0000", "\\u0000"]',
    f"[{HUGE}, {HUGE}]",
    f"[{'9' * 5000}, 1]",
    '["1", "2"',
    '"1,2"',
    "[" * 100_000,
    "[" * 5000 + "]" * 5000,
    '{"a":' * 5000,
    f"[{'1, ' * 10_000}1]",
    "1," * 10_000,
    MEGABYTE,
    f'["{MEGABYTE}", "{MEGABYTE}"]',
]

# Bytes of a path that are no UTF-8.
PATHS = ["%FF,%FE", "%ED%A0%80,%ED%BF%BF", "%00", "%", "%2F%2F", "1%252C2", "%2e%2e"]

REFUSED = {400, 403, 404}
REDIRECTED = {301, 302}
FORM = {200}


class Attacker:
    def __init__(self, report: Report, client: Client) -> None:
        self.report = report
        self.client = client

    def site(self, labels: list[str]) -> None:
        for model, model_admin in admin.site._registry.items():
            if labels and model._meta.label not in labels:
                continue
            obj = model._default_manager.order_by("pk").first()
            if obj is None:
                continue
            with self.report.group(f"attacks on {model._meta.label}"):
                Attack(self, model, model_admin, obj).all()
        with self.report.group("attacks on the site"):
            self.autocompletion()

    def get(self, url: str, allowed: set[int]) -> None:
        response = self.client.get(url)
        self.report.check(
            f"GET {url}", response.status_code in allowed, outcome(response)
        )

    def post(self, url: str, data: Data, what: str) -> Any:
        """Post a form that may be refused in any way but change nothing."""
        response, changed = post_and_roll_back(self.client, url, data)
        name = f"POST {url} {what}"
        self.report.check(
            name,
            response.status_code in REFUSED | REDIRECTED | FORM,
            outcome(response),
        )
        self.report.check(f"{name}: rows", not changed, changed[:4])
        return response

    def autocompletion(self) -> None:
        url = reverse("admin:autocomplete")
        relations = [
            (model, field)
            for model in admin.site._registry
            for field in model._meta.fields
            if field.is_relation
        ]
        for model, field in relations[:5] + relations[-5:]:
            opts = model._meta
            names = {
                "app_label": opts.app_label,
                "model_name": opts.model_name,
                "field_name": field.name,
                "term": "a",
            }
            for name in names:
                for text in ["", "pk", "\0", "__class__", "../..", HUGE]:
                    query = {**names, name: text}
                    self.get(f"{url}?{urlencode(query)}", REFUSED | FORM)
            for page in ["0", "-1", "x", HUGE, "\0"]:
                query = {**names, "page": page}
                self.get(f"{url}?{urlencode(query)}", REFUSED | FORM)


class Attack:
    """Attacks on the pages of one model, of which `obj` is the first object."""

    def __init__(
        self, attacker: Attacker, model: Any, model_admin: Any, obj: Any
    ) -> None:
        self.attacker = attacker
        self.report = attacker.report
        self.model = model
        self.opts = model._meta
        self.model_admin = model_admin
        self.obj = obj
        self.base = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        )
        self.key = str(quote(obj.pk))
        self.other = model._default_manager.order_by("pk").last()

    def all(self) -> None:
        # What single keys do with such values is Django's own business.
        if is_composite_field(self.opts.pk):
            self.keys()
            self.query_strings()
            self.selections()
            self.deletions()
        self.changes()
        self.formsets()
        self.additions()

    @property
    def relations(self) -> list[Any]:
        """Return the relations over several columns, and those in the key."""
        return [
            field
            for field in self.opts.fields
            if field.is_relation
            and (
                len(getattr(field, "foreign_related_fields", ())) > 1
                or field in self.opts.pk_fields
            )
        ]

    def few(self) -> list[str]:
        """Return some of the texts, for forms that take long to make."""
        texts = [text for text in self.texts() if len(text) < 6000]
        return [*texts[::4], MEGABYTE]

    def texts(self) -> Iterator[str]:
        """Yield texts of keys that no object has, also such as are nearly right."""
        yield from TEXTS
        yield from [f"{self.key},", f",{self.key}", f"{self.key},1", f"{self.key}\0"]
        if is_composite_field(self.opts.pk):
            yield self.key.partition(",")[0]
            members = json.loads(str(self.obj.pk))
            yield json.dumps(members[:-1])
            yield json.dumps([*members, members[0]])
            yield json.dumps([[member] for member in members])
            yield json.dumps(dict.fromkeys(map(str, members)))
            yield json.dumps(members)[:-1]

    # Addresses.

    def keys(self) -> None:
        paths = [percent_quote(text.encode(), safe=",") for text in self.texts()]
        content_type = ContentType.objects.get_for_model(self.model).pk
        shortcut = reverse("admin:index") + f"r/{content_type}/"
        for path in [*paths, *PATHS]:
            for page in ("change", "delete", "history"):
                url = f"{self.base}{path}/{page}/"
                self.attacker.get(url, REFUSED | REDIRECTED)
            self.attacker.get(f"{self.base}{path}/", REFUSED | REDIRECTED)
            self.attacker.get(f"{shortcut}{path}/", REFUSED)

    def query_strings(self) -> None:
        relations = [field.name for field in self.relations]
        names = ["pk", "pk__in", "pk__gt", "pk__isnull", "pk__exact", "pk__range"]
        names += [field.attname for field in self.opts.fields]
        for relation in relations:
            names += [
                f"{relation}__pk",
                f"{relation}__pk__in",
                f"{relation}__pk__exact",
            ]
            names += [f"{relation}__isnull", f"{relation}__in"]
        short = [text for text in self.texts() if len(text) < 6000]
        ours = ["_to_field", "_changelist_filters", "_popup", "o", "p", "q", "e", "all"]
        for name in [*names, *ours]:
            # All for those that are most about keys, a few for the others.
            texts = short if name in ("pk", "pk__in", "_to_field") else short[::5]
            for text in texts:
                query = urlencode({name: text})
                # A search for anything, or a page that is no number, is answered.
                self.attacker.get(f"{self.base}?{query}", REFUSED | REDIRECTED | FORM)
        # Garbage for a single key isn't expected there by Django's autocompletion.
        several = [
            field.name
            for field in self.relations
            if len(field.foreign_related_fields) > 1
        ]
        for text in short[::3]:
            for url in (f"{self.base}add/", f"{self.base}{self.key}/change/"):
                for name in ("_to_field", "_changelist_filters", "_popup", *several):
                    query = urlencode({name: text})
                    self.attacker.get(f"{url}?{query}", REFUSED | REDIRECTED | FORM)

    # Forms.

    def page(self, url: str) -> Page:
        return Page(self.attacker.client.get(url).content.decode())

    def selections(self) -> None:
        for text in self.texts():
            data = {
                "action": ["delete_selected"],
                "_selected_action": [text],
                "post": ["yes"],
            }
            self.attacker.post(self.base, data, f"select {text[:60]!r}")
        data = {"action": ["delete_selected"], "_selected_action": [*TEXTS[:20]] * 40}
        self.attacker.post(self.base, {**data, "post": ["yes"]}, "select many")
        data = {"action": ["no_such_action"], "_selected_action": [str(self.obj.pk)]}
        self.attacker.post(self.base, {**data, "index": ["x"]}, "unknown action")

    def changes(self) -> None:
        """Change members of the key, and relations to what doesn't exist."""
        url = f"{self.base}{self.key}/change/"
        form = self.page(url).form_with("_save")
        form["_save"] = ["1"]
        if is_composite_field(self.opts.pk):
            forged: Data = {"pk": [str(self.other.pk)], "_pk": [str(self.other.pk)]}
            for field in self.opts.fields:
                value = getattr(self.other, field.attname)
                if field.primary_key or field in self.opts.pk_fields:
                    forged[field.name] = forged[field.attname] = [str(value)]
            self.attacker.post(url, {**form, **forged}, "members of another key")
        for field in self.relations:
            if field.name not in form:
                continue
            for text in self.few():
                data = {**form, field.name: [text]}
                self.attacker.post(url, data, f"{field.name} {text[:60]!r}")
        for name in ("_saveasnew", "_addanother", "_continue"):
            for text in (MEGABYTE, "\0"):
                data = {**form, name: [text]}
                self.attacker.post(f"{self.base}{text[:9]}/change/", data, name)
        popup = {"_popup": ["1"], "_to_field": ["no_such_field"]}
        self.attacker.post(url, {**form, **popup}, "popup for no field")

    def formsets(self) -> None:
        """Name other rows, or none, in the forms of inlines and of the changelist."""
        for url, button in (
            (f"{self.base}{self.key}/change/", "_save"),
            (self.base, "_save"),
        ):
            form = self.page(url).form_with(button)
            form["_save"] = ["1"]
            for name in [name for name in form if name.endswith("-TOTAL_FORMS")]:
                self.formset(url, form, name.removesuffix("-TOTAL_FORMS"))

    def formset(self, url: str, form: Data, prefix: str) -> None:
        for text in ["", "-1", "x", "\0", HUGE, "100"]:
            for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
                data = {**form, f"{prefix}-{name}": [text]}
                self.attacker.post(url, data, f"{prefix}-{name} {text[:20]!r}")
        first = [name for name in form if name.startswith(f"{prefix}-0-")]
        if not first or form.get(f"{prefix}-INITIAL_FORMS") == ["0"]:
            return
        others = [name for name in form if name.startswith(f"{prefix}-1-")]
        for name in first:
            suffix = name.removeprefix(f"{prefix}-0-")
            if suffix not in self.hidden(url, prefix):
                continue
            texts = self.few()
            if f"{prefix}-1-{suffix}" in others:
                texts += form[f"{prefix}-1-{suffix}"]  # Another row's, twice.
            texts += [str(self.other.pk), str(quote(self.other.pk))]
            for text in texts:
                if [text] == form[name]:
                    continue
                data = {**form, name: [text]}
                self.attacker.post(url, data, f"{name} {text[:60]!r}")
                if suffix != "pk" or [text] == form.get(f"{prefix}-1-pk"):
                    continue
                data = {**data, f"{prefix}-0-DELETE": ["on"]}
                self.attacker.post(url, data, f"{name} {text[:60]!r} DELETE")

    def hidden(self, url: str, prefix: str) -> set[str]:
        """Return the names of a formset's fields that users don't see."""
        source = self.attacker.client.get(url).content.decode()
        return set(Page(source).hidden_names(f"{prefix}-0-"))

    def additions(self) -> None:
        url = f"{self.base}add/"
        form = self.page(url).form_with("_save")
        if not form:
            return
        form["_save"] = ["1"]
        for field in {*self.relations, *self.opts.pk_fields}:
            if field.name not in form:
                continue
            for text in self.few():
                data = {**form, field.name: [text]}
                self.attacker.post(url, data, f"{field.name} {text[:60]!r}")

    def deletions(self) -> None:
        for text in self.texts():
            path = percent_quote(text.encode(), safe=",")
            data = {"post": ["yes"]}
            self.attacker.post(f"{self.base}{path}/delete/", data, "")
