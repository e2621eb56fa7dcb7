"""
Open every page of an admin site.

A crawler opens the pages with Django's test client and tells a report what it
found: how many pages, which of them failed, and where the number of queries of
a changelist depends on the number of its rows.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from .pages import Page
from .posting import post_and_roll_back
from .report import Report, describe

# Whoever follows these is no longer logged in, or somewhere else.
ELSEWHERE = ("logout", "jsi18n", "password_change")

SEARCHES = ["a", "é'\"%_\\", '["', ",", "1 2", "x" * 300]


class Crawler:
    def __init__(self, report: Report, client: Client, user: Any, limit: int) -> None:
        """`limit` is how many values of each filter are tried, 0 for all."""
        self.report = report
        self.client = client
        self.user = user
        self.limit = limit or None
        self.seen: set[str] = set()

    def open(self, url: str) -> Page | None:
        """Open a page, once; return what is on it, None if it was open before."""
        if url in self.seen:
            return None
        self.seen.add(url)
        response = self.client.get(url, follow=True)
        content_type = response.get("Content-Type", "")
        # The admin sends who has a link that no longer works to the index.
        lost = [target for target, _ in response.redirect_chain]
        self.report.check(url, response.status_code == 200, outcome(response))
        self.report.check(url, not lost or "e=1" not in lost[-1], f"went to {lost}")
        if content_type.startswith("text/html"):
            return Page(response.content.decode())
        return Page("")

    def follow(self, url: str, page: Page) -> None:
        """
        Open what a page links to in the admin, of pages of the same kind, e.g. those
        to change a city, a few.
        """
        kinds: Counter[tuple[str, ...]] = Counter()
        for link in page.links:
            if "__fk__" in link:
                continue  # A template of the links of other objects.
            target = urljoin(url, link)
            parts = urlsplit(target)
            if parts.netloc or not parts.path.startswith(reverse("admin:index")):
                continue
            if any(name in parts.path for name in ELSEWHERE):
                continue
            names = [name for name, _ in parse_qsl(parts.query)]
            # e.g.: ("", "admin", "geography", "city", "change", "_popup")
            segments = parts.path.split("/")
            kind = (*segments[:4], *segments[-2:-1], *names)
            kinds[kind] += 1
            if kinds[kind] <= 3:
                self.open(parts._replace(fragment="").geturl())

    def site(self, labels: list[str]) -> None:
        for name in ("index", "password_change"):
            self.open(reverse(f"admin:{name}"))
        for model, model_admin in admin.site._registry.items():
            if labels and model._meta.label not in labels:
                continue
            with self.report.group(f"pages of {model._meta.label}"):
                ModelPages(self, model, model_admin).all()


class ModelPages:
    def __init__(self, crawler: Crawler, model: Any, model_admin: Any) -> None:
        self.crawler = crawler
        self.report = crawler.report
        self.model = model
        self.model_admin = model_admin

    def url(self, page: str, *args: Any, **query: Any) -> str:
        opts = self.model._meta
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)
        return f"{url}?{urlencode(query, doseq=True)}" if query else url

    def all(self) -> None:
        self.changelist()
        self.objects()
        self.popups()
        self.row_counts()

    def get_changelist(self, **query: str) -> ChangeList:
        request = RequestFactory().get(self.url("changelist"), query)
        request.user = self.crawler.user
        return self.model_admin.get_changelist_instance(request)

    # The changelist.

    def changelist(self) -> None:
        url = self.url("changelist")
        self.crawler.open(url)
        cl = self.get_changelist()
        for query in self.queries(cl):
            self.crawler.open(url + query)
        self.filters(cl)

    def queries(self, cl: ChangeList) -> Iterator[str]:
        """Yield the query strings of the links on a changelist, and some more."""
        last = cl.paginator.num_pages
        yield cl.get_query_string({"p": last})
        yield cl.get_query_string({"all": ""})
        yield cl.get_query_string({"_facets": ""})
        for number, name in enumerate(cl.list_display):
            if cl.get_ordering_field(name):
                yield cl.get_query_string({"o": number})
                yield cl.get_query_string({"o": -number, "p": last})
                yield cl.get_query_string({"o": f"{number}.-1"})
        if cl.search_fields:
            for text in [*SEARCHES, *self.words()]:
                yield cl.get_query_string({"q": text})
        for spec in cl.filter_specs:
            for choice in itertools.islice(spec.choices(cl), self.crawler.limit):
                yield choice["query_string"]
        if cl.date_hierarchy:
            for lookup in ("year", "month", "day"):
                yield f"?{cl.date_hierarchy}__{lookup}=1"

    def filters(self, cl: ChangeList) -> None:
        """Each row is on the page of one of a filter's values, and only there."""
        list_filter = list(self.model_admin.get_list_filter(self.get_request()))
        for spec, entry in zip(cl.filter_specs, list_filter):
            # The others would look for their own values each time.
            with patch.object(type(self.model_admin), "list_filter", [entry]):
                found = 0
                for choice in itertools.islice(spec.choices(cl), 1, None):
                    query = dict(parse_qsl(choice["query_string"].removeprefix("?")))
                    rows = self.get_changelist(**query).result_count
                    found += rows
            self.report.check(
                f"rows by {entry}", found == cl.result_count, [found, cl.result_count]
            )

    def words(self) -> list[str]:
        """Return something to search for, which the first object has."""
        obj = self.sample()[:1]
        return [word for found in obj for word in [str(found.pk), str(found)]]

    def row_counts(self) -> None:
        """A page of a hundred rows takes as many queries as one of ten."""
        page_size = self.model_admin.list_per_page
        counts = {}
        try:
            for size in (10, 100):
                self.model_admin.list_per_page = size
                with CaptureQueriesContext(connection) as context:
                    self.crawler.client.get(self.url("changelist"))
                counts[size] = len(context)
        finally:
            self.model_admin.list_per_page = page_size
        self.report.check(
            f"{self.url('changelist')}: queries", counts[10] == counts[100], counts
        )
        self.report.note(f"{counts[100]} queries")

    # Objects.

    def sample(self) -> list[Any]:
        """Return the first and the last object."""
        objects = self.model._default_manager.order_by("pk")
        return list(objects[:1]) + list(objects.reverse()[:1])

    def objects(self) -> None:
        if self.model_admin.has_add_permission(self.get_request()):
            self.open_and_follow(self.url("add"))
        for obj in self.sample():
            for name in ("change", "delete", "history"):
                self.open_and_follow(self.admin_url(name, obj))
            self.save_unchanged(obj)
        # These come last, as the test client keeps what they are asked for.
        self.crawler.open(self.url("changelist", e=1))

    def admin_url(self, name: str, obj: Any) -> str:
        """Return the address of a page of `obj`, as the admin's templates do."""
        from django.contrib.admin.utils import quote

        return self.url(name, quote(obj.pk))

    def get_request(self) -> Any:
        request = RequestFactory().get("/")
        request.user = self.crawler.user
        return request

    def open_and_follow(self, url: str) -> None:
        page = self.crawler.open(url)
        if page is not None:
            self.crawler.follow(url, page)

    def save_unchanged(self, obj: Any) -> None:
        """Saving a page as it is changes nothing: no object, and no log entry."""
        url = self.admin_url("change", obj)
        page = Page(self.crawler.client.get(url).content.decode())
        data = page.form_with("_save")
        if not self.model_admin.has_change_permission(self.get_request(), obj):
            return
        response, changed = post_and_roll_back(
            self.crawler.client, url, {**data, "_save": ["1"]}
        )
        problems = get_errors(response) if response.status_code == 200 else ""
        self.report.check(
            f"{url}: save", response.status_code == 302, [outcome(response), problems]
        )
        self.report.check(f"{url}: saved rows", not changed, changed)

    # Popups.

    def popups(self) -> None:
        """What popups show that no link leads to."""
        self.crawler.open(self.url("changelist", _popup=1))
        self.crawler.open(self.url("add", _popup=1))


def outcome(response: Any) -> str:
    """Return the status of a response, and what was raised where it's 500."""
    info = getattr(response, "exc_info", None)
    return f"{response.status_code} {describe(info[1]) if info else ''}"


def get_errors(response: Any) -> Any:
    context = response.context or {}
    if "adminform" not in context:
        return "no form"
    errors = dict(context["adminform"].form.errors)
    for formset in context.get("inline_admin_formsets", []):
        formset = formset.formset
        if not formset.is_valid():
            errors[formset.prefix] = [formset.errors, formset.non_form_errors()]
    return errors
