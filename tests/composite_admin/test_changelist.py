"""The list of objects: what it shows, finds, sorts, filters and changes."""

import datetime
import re
from unittest import mock

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.admin.options import ModelAdmin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from .admin import SeatAdmin, site
from .models import Box, Cushion, Event, Plaque, Reservation, Seat, Text, Ticket, Tour
from .testcase import AdminTestCase


class ChangeListTestCase(AdminTestCase):
    def change_list(self, model, data=None, user=None, **options):
        """Return the ChangeList of a model for an admin with these options."""
        request = RequestFactory().get("/", data or {})
        request.user = user or self.superuser
        admin = type("Admin", (ModelAdmin,), options)(model, site)
        return admin.get_changelist_instance(request)

    def keys(self, change_list):
        return [tuple(obj.pk) for obj in change_list.result_list]

    def seats(self, data=None, **options):
        return [
            f"{hall}/{row}/{number}"
            for hall, row, number in self.keys(self.change_list(Seat, data, **options))
        ]


class DisplayTests(ChangeListTestCase):
    def test_key_and_links(self):
        response = self.get("changelist", Seat)
        self.assertContains(response, '<td class="field-pk">main, 4, 12</td>')
        self.assertContains(
            response,
            '<th class="field-__str__"><a href="'
            '/admin/composite_admin/seat/main,4,12/change/">main/4/12</a></th>',
        )
        self.assertContains(
            response, 'value="[&quot;main&quot;, &quot;4&quot;, &quot;12&quot;]"'
        )

    def test_preserved_filters(self):
        response = self.get("changelist", Seat, {"row": "4"})
        self.assertContains(response, "/main,4,12/change/?_changelist_filters=row%3D4")

    def test_columns(self):
        Cushion.objects.create(color="red")
        with self.admin_options(
            Cushion,
            list_display=["pk", "seat", "seat_pk", "seat_row", "seat__pk", "seat__row"],
            list_display_links=["seat"],
        ):
            response = self.get("changelist", Cushion)
            self.assertContains(response, '<td class="field-seat_pk">-</td>')
            Cushion.objects.update(seat=self.seat)
            response = self.get("changelist", Cushion)
            self.assertContains(response, '<td class="field-seat_row">4</td>')
            self.assertContains(response, '<td class="field-seat__row">4</td>')
            self.assertContains(response, '<td class="field-seat_pk">main, 4, 12</td>')
            self.assertContains(response, '<td class="field-seat__pk">main, 4, 12</td>')
            self.assertContains(response, ">main/4/12</a></th>")

    def test_readonly_key(self):
        with self.admin_options(
            Seat, fields=["pk", "hall", "row", "number"], readonly_fields=["pk"]
        ):
            self.assertContains(
                self.get("change", self.seat),
                '<div class="readonly">main, 4, 12</div>',
            )
            self.assertContains(self.get("add", Seat), '<div class="readonly">-</div>')

    def admin_options(self, model, **options):
        return mock.patch.multiple(site.get_model_admin(model), create=True, **options)

    def test_queries(self):
        """They are as many for 3 rows as for 90, on each page."""
        for seat in Seat.objects.all():
            Ticket.objects.create(reference=str(seat), seat=seat)
            Reservation.objects.create(seat=seat, evening=datetime.date(2024, 2, 29))
            Plaque.objects.create(seat=seat, text="For Ada")
        models = [Seat, Ticket, Reservation, Plaque]
        before = [self.count_queries(model) for model in models]
        seats = [Seat(pk=("side", 7, number)) for number in range(90)]
        Seat.objects.bulk_create(seats)
        Ticket.objects.bulk_create(
            Ticket(reference=f"7/{seat.number}", seat=seat) for seat in seats
        )
        Reservation.objects.bulk_create(
            Reservation(seat=seat, evening=datetime.date(2024, 2, 29)) for seat in seats
        )
        Plaque.objects.bulk_create(Plaque(seat=seat, text="For Ada") for seat in seats)
        self.assertEqual([self.count_queries(model) for model in models], before)

    def count_queries(self, model):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            self.get("changelist", model)
        return len(queries)

    def test_facets(self):
        response = self.get("changelist", Seat)
        self.assertContains(response, "Main hall (2)")
        self.assertContains(response, "Side hall (1)")
        self.assertContains(response, "No (3)")

    def test_date_hierarchy(self):
        Seat.objects.filter(pk=self.seat.pk).update(built=datetime.date(2001, 2, 3))
        Seat.objects.filter(pk=self.third.pk).update(built=datetime.date(1999, 2, 3))
        response = self.get("changelist", Seat)
        self.assertContains(response, "?built__year=2001")
        with mock.patch.object(SeatAdmin, "date_hierarchy", "built"):
            self.assertEqual(
                self.seats({"built__year": "2001"}, date_hierarchy="built"),
                ["main/4/12"],
            )

    def test_date_hierarchy_of_key(self):
        for day in (1, 2):
            Reservation.objects.create(
                seat=self.seat, evening=datetime.date(2024, 3, day)
            )
        with self.admin_options(Reservation, date_hierarchy="evening"):
            response = self.get("changelist", Reservation)
            self.assertContains(response, "evening__day=1")
            data = {"evening__year": 2024, "evening__month": 3, "evening__day": 2}
            response = self.get("changelist", Reservation, data)
            self.assertContains(response, "main,4,12,2024-03-02/change/")
            self.assertNotContains(response, "main,4,12,2024-03-01/change/")
        with self.admin_options(Ticket, date_hierarchy="seat__built"):
            self.get("changelist", Ticket)


class OrderingTests(ChangeListTestCase):
    def order_by(self, data=None, **options):
        change_list = self.change_list(Seat, data, **options)
        # The same may be there twice, from the admin and from its queryset.
        return list(dict.fromkeys(change_list.queryset.query.order_by))

    def test_default(self):
        self.assertEqual(self.order_by(), ["-pk"])
        self.assertEqual(self.seats(), ["side/1/1", "main/4/13", "main/4/12"])

    def test_deterministic(self):
        for ordering, order_by in [
            (["pk"], ["pk"]),
            (["-pk"], ["-pk"]),
            (["label"], ["label", "-pk"]),
            (["label", "pk"], ["label", "pk"]),
            (["number", "-hall_id", "row"], ["number", "-hall_id", "row"]),
            (["hall_id", "row"], ["hall_id", "row", "-pk"]),
        ]:
            with self.subTest(ordering=ordering):
                self.assertEqual(self.order_by(ordering=ordering), order_by)

    def test_sort_by_key(self):
        options = {"list_display": ["pk", "label"], "actions": None}
        self.assertEqual(
            self.seats({"o": "0"}, **options), ["main/4/12", "main/4/13", "side/1/1"]
        )
        self.assertEqual(
            self.seats({"o": "-0"}, **options), ["side/1/1", "main/4/13", "main/4/12"]
        )
        response = self.get("changelist", Seat, {"o": "-2"})
        self.assertContains(response, 'class="sortable column-pk sorted descending"')
        # "x" is no number, and there is no tenth column.
        self.assertEqual(len(self.seats({"o": "x.10.-99.1"}, **options)), 3)

    def test_sort_by_relation(self):
        for reference, seat in [("a", self.third), ("b", self.seat)]:
            Ticket.objects.create(reference=reference, seat=seat)
        for order, references in [("1", ["b", "a"]), ("-1", ["a", "b"])]:
            change_list = self.change_list(
                Ticket,
                {"o": order},
                list_display=["reference", "seat"],
                actions=None,
            )
            self.assertEqual(
                [str(ticket) for ticket in change_list.result_list], references
            )

    def test_pages(self):
        Seat.objects.bulk_create(Seat(pk=("side", 7, n)) for n in range(20))
        found = []
        for page in range(1, 6):
            found += self.seats({"p": page}, list_per_page=5)
        self.assertEqual(len(found), 23)
        self.assertEqual(len(set(found)), 23)


class LookupTests(ChangeListTestCase):
    def test_search(self):
        for fields, term, found in [
            (["pk"], "main", ["main/4/13", "main/4/12"]),
            (["pk"], '["main", "4", "12"]', ["main/4/12"]),
            (["pk"], "13", ["main/4/13"]),
            (["=pk"], '"[\\"main\\", \\"4\\", \\"12\\"]"', ["main/4/12"]),
            (["pk__exact"], "main", []),
            (["pk__istartswith"], '"[\\"SIDE"', ["side/1/1"]),
            (["^pk"], "main", []),
            (["pk__row"], "1", ["side/1/1"]),
            (["pk__hall__name"], "mai", ["main/4/13", "main/4/12"]),
            (["row"], "4", ["main/4/13", "main/4/12"]),
            (["=number"], "1", ["side/1/1"]),
            (["number__exact"], "1", ["side/1/1"]),
            (["hall__name"], "side", ["side/1/1"]),
            (["hall__pk"], "side", ["side/1/1"]),
            (["pk", "label"], "first", ["main/4/12"]),
            (["label", "pk", "hall__name"], "hall 13", ["main/4/13"]),
            (["pk"], "[" * 1000, []),
            (["pk"], "%", []),
            (["pk"], "😀", []),
        ]:
            with self.subTest(fields=fields, term=term):
                self.assertEqual(self.seats({"q": term}, search_fields=fields), found)

    def test_search_relation(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        Ticket.objects.create(reference="T2", seat=self.other)
        for fields, term in [
            (["seat__pk"], "12"),
            (["seat__number"], "12"),
            (["seat__label"], "first"),
            (["seat__hall__name", "seat__pk"], "main 12"),
        ]:
            with self.subTest(fields=fields):
                change_list = self.change_list(
                    Ticket, {"q": term}, search_fields=fields
                )
                self.assertEqual([t.pk for t in change_list.result_list], ["T1"])

    def test_search_many(self):
        """No object is found twice."""
        self.main.seats.all()
        change_list = self.change_list(
            type(self.main), {"q": "main"}, search_fields=["seats__pk"]
        )
        self.assertEqual([hall.pk for hall in change_list.result_list], ["main"])

    def test_search_and_delete(self):
        """The same goes for objects that relations to many find twice."""
        for reference in ("T1", "T2"):
            Ticket.objects.create(reference=reference, seat=self.seat, holder="Ada")
        with mock.patch.object(
            site.get_model_admin(Seat), "search_fields", ["tickets__holder"]
        ):
            response = self.get("changelist", Seat, {"q": "ada"})
            self.assertEqual(response.context["cl"].result_count, 1)
            self.assertEqual(len(response.context["cl"].result_list), 1)
            data = {"action": "delete_selected", "_selected_action": str(self.seat.pk)}
            self.client.post(
                self.url("changelist", Seat) + "?q=ada", {**data, "post": "yes"}
            )
        self.assertEqual(Seat.objects.count(), 2)

    def test_lookups(self):
        text = str(self.seat.pk)
        for data, found in [
            ({"pk": text}, ["main/4/12"]),
            ({"pk__exact": text}, ["main/4/12"]),
            ({"pk": '["main","4","12"]'}, ["main/4/12"]),
            ({"pk__gt": text}, ["side/1/1", "main/4/13"]),
            ({"pk__in": text}, ["main/4/12"]),
            ({"pk__in": f"{text},{self.third.pk}"}, ["side/1/1", "main/4/12"]),
            ({"pk__isnull": "0"}, ["side/1/1", "main/4/13", "main/4/12"]),
            ({"row": "4", "number": "13"}, ["main/4/13"]),
            ({"row__in": "1,2"}, ["side/1/1"]),
            ({"hall": "side"}, ["side/1/1"]),
            ({"hall__code": "side"}, ["side/1/1"]),
            ({"hall__in": "side,other"}, ["side/1/1"]),
            ({"pk__row": "1"}, ["side/1/1"]),
        ]:
            with self.subTest(data=data):
                self.assertEqual(self.seats(data), found)

    def test_lookups_of_relation(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        Ticket.objects.create(reference="T2", seat=self.other)
        text = str(self.seat.pk)
        for data in [
            {"seat": text},
            {"seat__exact": text},
            {"seat__pk": text},
            {"seat_pk": text},
            {"seat__in": text},
            {"seat__number": "12"},
            {"seat__number__lt": "13"},
            {"seat_number": "12"},
        ]:
            with self.subTest(data=data):
                change_list = self.change_list(Ticket, data)
                self.assertEqual([t.pk for t in change_list.result_list], ["T1"])

    def test_disallowed(self):
        """What isn't stored with the objects is looked up for filters only."""
        for model, lookup in [
            (Ticket, "seat__label"),
            (Ticket, "seat__hall__name"),
            (Ticket, "seat__hall__seats__label"),
            (Ticket, "seat__pk__hall__name"),
            (Ticket, "seat__tickets__holder"),
            (Seat, "hall__name"),
            (Seat, "pk__hall__name"),
            (Seat, "pk__hall__name__startswith"),
            (Seat, "tickets__holder"),
            (Reservation, "pk__seat__label"),
            (Reservation, "pk__seat__hall__name"),
            (Reservation, "seat__label"),
            (Plaque, "pk__label"),
            (Plaque, "seat__label"),
        ]:
            with self.subTest(model=model, lookup=lookup):
                response = self.client.get(self.url("changelist", model), {lookup: "x"})
                self.assertEqual(response.status_code, 400)
        with mock.patch.object(
            site.get_model_admin(Ticket), "list_filter", ["seat__label"], create=True
        ):
            self.get("changelist", Ticket, {"seat__label": "x"})

    def test_invalid(self):
        for data in [
            {"pk": "x"},
            {"pk": "[]"},
            {"pk": '["main", "4"]'},
            {"pk": "[" * 100_000},
            {"pk": "main,4,12"},
            {"pk__in": "x"},
            {"pk__in": '["main", "4"],["a"]'},
            {"pk__in": '["main", "4", "12"],5'},
            {"pk__in": "[" * 100_000},
            {"pk__contains": "main"},
            {"row": "x"},
            {"pk__nothing": "x"},
        ]:
            with self.subTest(data={k: v[:30] for k, v in data.items()}):
                response = self.client.get(self.url("changelist", Seat), data)
                self.assertRedirects(response, self.url("changelist", Seat) + "?e=1")


class ActionTests(ChangeListTestCase):
    def post(self, model, selected, **data):
        data = {"action": "delete_selected", "_selected_action": selected, **data}
        return self.client.post(self.url("changelist", model), data)

    def test_delete_selected(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        keys = [str(self.seat.pk), str(self.third.pk)]
        response = self.post(Seat, keys)
        self.assertContains(response, "Are you sure")
        hidden = re.findall(
            'type="hidden" name="_selected_action" value="([^"]*)"',
            response.content.decode(),
        )
        self.assertCountEqual([value.replace("&quot;", '"') for value in hidden], keys)
        self.assertContains(response, f'href="{self.url("change", self.seat)}"')
        self.assertEqual(Seat.objects.count(), 3)
        self.post(Seat, keys, post="yes")
        self.assertEqual(list(Seat.objects.all()), [self.other])
        self.assertEqual(Ticket.objects.count(), 0)
        self.assertCountEqual(
            LogEntry.objects.values_list("object_id", "action_flag"),
            [(key, DELETION) for key in keys],
        )

    def test_select_across(self):
        with mock.patch.object(site.get_model_admin(Seat), "list_per_page", 1):
            self.post(Seat, [str(self.seat.pk)], select_across="1", post="yes")
        self.assertFalse(Seat.objects.exists())

    def test_filtered(self):
        """Actions are about rows of the page's queryset only."""
        url = self.url("changelist", Seat) + "?hall=main"
        self.client.post(
            url,
            {
                "action": "delete_selected",
                "_selected_action": [str(self.third.pk)],
                "post": "yes",
            },
        )
        self.assertEqual(Seat.objects.count(), 3)

    def test_forged(self):
        for selected in [
            "x",
            "",
            "[]",
            '["main", "4"]',
            '["main", "4", "x"]',
            '["main", null, "12"]',
            '["main", "4", {"a": 1}]',
            "[" * 100_000,
            '["%s", "4", "12"]' % ("x" * 1_000_000),
            '["main", "4", "%s"]' % ("9" * 1_000_000),
            '["main", "4", 1e999]',
            '["ma\\u0000in", "4", "12"]',
            '["\\ud800", "4", "12"]',
            '["main", "4", "99999999999999999999"]',
        ]:
            with self.subTest(selected=selected[:40]):
                response = self.post(Seat, [selected], post="yes")
                self.assertLess(response.status_code, 500)
                self.assertEqual(Seat.objects.count(), 3)
        # What is right is used.
        self.post(Seat, ["x", str(self.seat.pk)], post="yes")
        self.assertEqual(Seat.objects.count(), 2)


class ListEditableTests(ChangeListTestCase):
    def data(self, *rows, initial=None):
        data = {
            "form-TOTAL_FORMS": len(rows),
            "form-INITIAL_FORMS": len(rows) if initial is None else initial,
            "_save": "Save",
        }
        for i, (key, label) in enumerate(rows):
            data[f"form-{i}-pk"] = key
            data[f"form-{i}-label"] = label
        return data

    def rows(self):
        return list(Seat.objects.order_by("pk").values_list("label", flat=True))

    def test_save(self):
        response = self.get("changelist", Seat)
        self.assertContains(
            response,
            '<input type="hidden" name="form-0-pk" id="id_form-0-pk" '
            'value="[&quot;side&quot;, &quot;1&quot;, &quot;1&quot;]">',
            html=True,
        )
        data = self.data(
            (str(self.third.pk), "Third"),
            (str(self.other.pk), "Changed"),
            (str(self.seat.pk), "Changed, too"),
        )
        response = self.client.post(self.url("changelist", Seat), data, follow=True)
        self.assertContains(response, "2 seats were changed successfully.")
        self.assertEqual(self.rows(), ["Changed, too", "Changed", "Third"])
        self.assertCountEqual(
            LogEntry.objects.values_list("object_id", "action_flag"),
            [(str(self.other.pk), CHANGE), (str(self.seat.pk), CHANGE)],
        )

    def test_queries_of_posted_rows_only(self):
        data = self.data((str(self.seat.pk), "Changed"))
        with CaptureQueriesContext(connection) as queries:
            self.client.post(self.url("changelist", Seat), data)
        sql = [
            query["sql"]
            for query in queries
            if "UPDATE" not in query["sql"]
            and '"label"' in query["sql"].replace("`", '"')
        ]
        self.assertEqual([s for s in sql if "WHERE" not in s.upper()], [])

    def test_other_rows(self):
        """A posted key reaches rows of the admin's queryset only."""
        with mock.patch.object(
            SeatAdmin,
            "get_queryset",
            lambda admin, request: Seat.objects.filter(hall="main"),
        ):
            data = self.data((str(self.third.pk), "Forged"))
            response = self.client.post(self.url("changelist", Seat), data)
        self.assertIn(response.status_code, (200, 400))
        self.assertEqual(self.rows(), ["First", "Second", "Third"])
        self.assertEqual(LogEntry.objects.count(), 0)

    def test_forged(self):
        for key in [
            "",
            "x",
            "[]",
            '["main", "4"]',
            '["main", "4", "14"]',
            '["main", null, "12"]',
            '["main", "4", []]',
            "[" * 100_000,
            '["main", "4", "%s"]' % ("9" * 1_000_000),
            '["%s", "4", "12"]' % ("x" * 1_000_000),
            '["ma\\u0000in", "4", "12"]',
            '["main", "4", "99999999999999999999"]',
        ]:
            for initial in (0, 1):
                with self.subTest(key=key[:40], initial=initial):
                    data = self.data((key, "Forged"), initial=initial)
                    response = self.client.post(self.url("changelist", Seat), data)
                    self.assertLess(response.status_code, 500)
                    self.assertEqual(self.rows(), ["First", "Second", "Third"])
        self.assertEqual(LogEntry.objects.count(), 0)

    def test_changed_members(self):
        data = self.data((str(self.seat.pk), "Changed"))
        data.update({"form-0-hall": "side", "form-0-row": 8, "form-0-number": 8})
        self.client.post(self.url("changelist", Seat), data)
        self.assertEqual(self.rows(), ["Changed", "Second", "Third"])
        self.assertEqual(Seat.objects.count(), 3)

    def test_unique_within_key(self):
        Seat.objects.filter(pk=self.other.pk).update(code="A", sign="B")
        admin = site.get_model_admin(Seat)
        for name, message in [
            ("code", "Seat with this Hall and Code already exists."),
            ("sign", "Constraint “seat_sign_unique” is violated."),
        ]:
            with (
                self.subTest(name=name),
                mock.patch.multiple(
                    admin, list_display=["pk", name], list_editable=[name]
                ),
            ):
                data = self.data((str(self.seat.pk), ""))
                data[f"form-0-{name}"] = {"code": "A", "sign": "B"}[name]
                response = self.client.post(self.url("changelist", Seat), data)
                self.assertEqual(response.status_code, 200)
                errors = response.context["cl"].formset.errors
                self.assertEqual(list(errors[0]), ["__all__"])
        self.assertEqual(Seat.objects.filter(code="A").count(), 1)

    def test_twice(self):
        data = self.data((str(self.seat.pk), "Once"), (str(self.seat.pk), "Twice"))
        response = self.client.post(self.url("changelist", Seat), data)
        self.assertLess(response.status_code, 500)
        self.assertEqual(Seat.objects.count(), 3)
        self.assertEqual(self.rows()[1:], ["Second", "Third"])

    def test_other_keys(self):
        """The key is a relation, or that of a parent."""
        box = Box.objects.create(pk=("side", 9, 9))
        with mock.patch.multiple(
            site.get_model_admin(Box),
            list_display=["__str__", "label", "size"],
            list_editable=["label", "size"],
            create=True,
        ):
            self.assertContains(self.get("changelist", Box), "form-0-seat_ptr")
            data = {
                **self.data((str(self.seat.pk), "Changed")),
                "form-0-seat_ptr": str(box.pk),
                "form-0-size": 7,
            }
            self.client.post(self.url("changelist", Box), data)
        box.refresh_from_db()
        self.assertEqual((box.size, box.label), (7, "Changed"))
        self.assertEqual(self.rows()[:3], ["First", "Second", "Third"])
        plaque = Plaque.objects.create(seat=self.seat, text="For Ada")
        admin = site.get_model_admin(Plaque)
        with mock.patch.multiple(
            admin, list_display=["seat", "text"], list_editable=["text"], create=True
        ):
            self.assertContains(self.get("changelist", Plaque), "form-0-seat")
            data = {
                "form-TOTAL_FORMS": 1,
                "form-INITIAL_FORMS": 1,
                "form-0-seat": str(plaque.pk),
                "form-0-text": "For Bob",
                "_save": "Save",
            }
            self.client.post(self.url("changelist", Plaque), data)
        self.assertEqual(Plaque.objects.get().text, "For Bob")


class TypeTests(ChangeListTestCase):
    def test_other_models(self):
        for model in (Text, Event, Tour):
            self.get("changelist", model)
