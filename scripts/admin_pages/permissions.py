"""
Users of an admin site who may not do everything.

* Who may only view sees every object and saves none.
* Who may change an object, but not the inlines on its page, changes no inline,
  whatever a form says.
* Nobody sees pages, choices or the history of what they may not view.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models.columns import is_composite_field
from django.test import Client
from django.urls import reverse

from .crawl import outcome
from .pages import Data, Page
from .posting import post_and_roll_back
from .report import Report


class Visitor:
    """A user with some permissions, and the client that they use."""

    def __init__(self, name: str, permissions: list[tuple[Any, str]]) -> None:
        users = get_user_model()._default_manager
        users.filter(username=name).delete()
        self.user = users.create_user(name, password=name, is_staff=True)
        for model, action in permissions:
            self.user.user_permissions.add(
                Permission.objects.get(
                    content_type=ContentType.objects.get_for_model(model),
                    codename=get_permission_codename(action, model._meta),
                )
            )
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.user)


def check_permissions(report: Report, superuser: Any, superclient: Client) -> None:
    models = [
        model
        for model in admin.site._registry
        if is_composite_field(model._meta.pk) and model._default_manager.exists()
    ]
    viewer = Visitor("viewer", [(model, "view") for model in models])
    nobody = Visitor("nobody", [])
    for model in models:
        with report.group(f"permissions for {model._meta.label}"):
            pages = ModelPermissions(report, model, superuser, superclient)
            pages.view_only(viewer)
            pages.no_permission(nobody)
            pages.no_inlines()
    names = ["viewer", "nobody", "editor"]
    get_user_model()._default_manager.filter(username__in=names).delete()


class ModelPermissions:
    def __init__(
        self, report: Report, model: Any, superuser: Any, superclient: Client
    ) -> None:
        self.report = report
        self.model = model
        self.superuser = superuser
        self.superclient = superclient
        self.obj = model._default_manager.order_by("pk").first()
        opts = model._meta
        self.base = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        self.page = f"{self.base}{quote(self.obj.pk)}/"

    def get(self, client: Client, url: str, status: int) -> str:
        response = client.get(url)
        self.report.check(
            f"GET {url}", response.status_code == status, outcome(response)
        )
        return str(response.content.decode())

    def refused(
        self, client: Client, url: str, data: Data, statuses: tuple[int, ...] = (403,)
    ) -> None:
        """Post what must change no row."""
        response, changed = post_and_roll_back(client, url, data)
        self.report.check(
            f"POST {url}", response.status_code in statuses, outcome(response)
        )
        self.report.check(f"POST {url}: rows", not changed, changed)

    def form(self, url: str) -> Data:
        """Return what a superuser's browser would send."""
        form = Page(self.superclient.get(url).content.decode()).form_with("_save")
        return {**form, "_save": ["1"]}

    def view_only(self, viewer: Visitor) -> None:
        form = self.form(f"{self.page}change/")
        source = self.get(viewer.client, f"{self.page}change/", 200)
        page = Page(source)
        self.report.check(f"{self.page}: no button", not page.form_with("_save"))
        self.get(viewer.client, self.base, 200)
        self.get(viewer.client, f"{self.page}history/", 200)
        self.get(viewer.client, f"{self.base}add/", 403)
        self.get(viewer.client, f"{self.page}delete/", 403)
        for url in (f"{self.page}change/", f"{self.base}add/"):
            self.refused(viewer.client, url, form)
        self.refused(viewer.client, f"{self.page}delete/", {"post": ["yes"]})
        self.refused(
            viewer.client, f"{self.page}change/", {**form, "_saveasnew": ["1"]}
        )
        data = {
            "action": ["delete_selected"],
            "_selected_action": [str(self.obj.pk)],
            "post": ["yes"],
        }
        # There is no such action for them.
        self.refused(viewer.client, self.base, data, (200, 302, 403))
        editable = self.form(self.base)
        self.refused(viewer.client, self.base, editable, (200, 302, 403))

    def no_permission(self, nobody: Visitor) -> None:
        secret = f"secret of {self.model._meta.label}"
        entry = LogEntry.objects.log_actions(
            self.superuser.pk, [self.obj], 2, secret, single_object=True
        )
        try:
            history = self.get(self.superclient, f"{self.page}history/", 200)
            self.report.check(f"{self.page}: has history", secret in history)
            for url in (self.base, f"{self.base}add/"):
                self.get(nobody.client, url, 403)
            for page in ("change", "delete", "history"):
                found = self.get(nobody.client, f"{self.page}{page}/", 403)
                self.report.check(f"{self.page}{page}: secret", secret not in found)
            index = self.get(nobody.client, reverse("admin:index"), 200)
            self.report.check("index: others' actions", str(self.obj) not in index)
        finally:
            LogEntry.objects.filter(pk=entry.pk).delete()
        for relation in self.model._meta.related_objects:
            field = relation.field
            opts = field.model._meta
            query = urlencode(
                {
                    "app_label": opts.app_label,
                    "model_name": opts.model_name,
                    "field_name": field.name,
                    "term": "",
                }
            )
            self.get(nobody.client, f"{reverse('admin:autocomplete')}?{query}", 403)

    def no_inlines(self) -> None:
        """Who may change this model only can't change what is inline on its page."""
        editor = Visitor("editor", [(self.model, "change"), (self.model, "view")])
        url = f"{self.page}change/"
        form = self.form(url)
        source = self.get(editor.client, url, 200)
        page = Page(source)
        inlines = admin.site._registry[self.model].inlines
        # Those of the model itself may be changed.
        own = [inline for inline in inlines if inline.model is self.model]
        names = [name for name in page.form_with("_save") if "TOTAL_FORMS" in name]
        self.report.check(f"{url}: no other model's", len(names) <= len(own), names)
        for name in list(form):
            if name.endswith("-0-pk"):
                form[f"{name.removesuffix('pk')}DELETE"] = ["on"]
        self.refused(editor.client, url, form, (302,))
