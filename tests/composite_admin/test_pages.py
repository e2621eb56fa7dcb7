"""Every page for every kind of key, and for what is no key."""

import datetime
import json
from unittest import mock

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.urls import reverse

from .models import Box, Cushion, Hall, Plaque, Reservation, Seat, Tag, Ticket
from .testcase import AdminTestCase


class PageTests(AdminTestCase):
    def test_urls(self):
        self.assertEqual(
            self.url("change", self.seat),
            "/admin/composite_admin/seat/main,4,12/change/",
        )

    def test_quote(self):
        self.assertEqual(quote(self.seat.pk), "main,4,12")
        self.assertEqual(unquote("main,4,12", Seat._meta), '["main", "4", "12"]')
        self.assertEqual(unquote("main,04,12", Seat._meta), '["main", "4", "12"]')
        self.assertEqual(
            unquote('["main", "4", "12"]', Seat._meta), '["main", "4", "12"]'
        )
        self.assertEqual(unquote("a,b_2C", Tag._meta), "a,b,")
        self.assertEqual(unquote("a,b_2C"), "a,b,")

    def test_pages(self):
        plaque = Plaque.objects.create(seat=self.seat, text="For Ada")
        box = Box.objects.create(pk=("side", 9, 9), label="Box")
        reservation = Reservation.objects.create(
            seat=self.seat, evening=datetime.date(2024, 2, 29)
        )
        for obj, url in [
            (self.seat, "main,4,12"),
            (plaque, "main,4,12"),
            (box, "side,9,9"),
            (reservation, "main,4,12,2024-02-29"),
        ]:
            model = type(obj)
            with self.subTest(model=model):
                self.assertEqual(quote(obj.pk), url)
                self.assertContains(self.get("changelist", model), f"/{url}/change/")
                self.get("add", model)
                response = self.get("change", obj)
                self.assertContains(response, f"/{url}/history/")
                self.assertContains(response, f"/{url}/delete/")
                self.assertContains(self.get("history", obj), f"/{url}/change/")
                self.assertContains(self.get("delete", obj), f"/{url}/change/")

    def test_redirect_from_old_url(self):
        response = self.client.get("/admin/composite_admin/seat/main,4,12/")
        self.assertRedirects(response, self.url("change", self.seat))

    def test_text_form(self):
        for quoted in ('["main", "4", "12"]', '["main","04","12"]', '["main",4,12]'):
            with self.subTest(quoted=quoted):
                url = reverse("admin:composite_admin_seat_change", args=[quoted])
                self.assertContains(self.client.get(url), "main/4/12")

    def test_unknown_key(self):
        index = reverse("admin:index")
        for quoted in [
            "main,4,14",
            "main,4",
            "main",
            "main,4,12,1",
            "main,a,12",
            "main,4,",
            ",,",
            "_5B,4,12",
            "main,4,_FF",
            "main,4,12_00",
            "main_00,4,12",
            "main,4,99999999999999999999999999",
            "main,4,-9223372036854775809",
            '["main", 4]',
            '["main", null, 12]',
            '["main", 4, {}]',
            '[["main"], 4, 12]',
            '{"hall": "main"}',
            '["main", 4, NaN]',
            '["main", 4, 1e999]',
            '["\\ud800", 4, 12]',
            "[" * 5000,
            "[" * 100_000,
            "9" * 100_000,
            '["main", 4, %s]' % ("9" * 1_000_000),
            "main,4," + "9" * 1_000_000,
            "None",
            "(1,2,3)",
            "\ud83d",
        ]:
            for page in ("change", "delete", "history"):
                if "\ud83d" in quoted:
                    continue
                with self.subTest(quoted=quoted[:50], page=page):
                    url = reverse(f"admin:composite_admin_seat_{page}", args=[quoted])
                    response = self.client.get(url)
                    self.assertRedirects(response, index, fetch_redirect_response=False)
                    self.client.cookies.pop("messages", None)
                    response = self.client.post(url, {"label": "x", "post": "yes"})
                    self.assertEqual(response.status_code, 302)
                    self.client.cookies.pop("messages", None)
        self.assertEqual(Seat.objects.count(), 3)
        self.assertEqual(LogEntry.objects.count(), 0)

    def test_unknown_key_message(self):
        url = reverse("admin:composite_admin_seat_change", args=["main,4,14"])
        response = self.client.get(url, follow=True)
        self.assertContains(
            response,
            "Seat with ID “[&quot;main&quot;, &quot;4&quot;, &quot;14&quot;]” "
            "doesn’t exist. Perhaps it was deleted?",
        )

    def test_queries_of_pages(self):
        # The session, the user, the object and the hall.
        with self.assertNumQueries(4):
            self.get("change", self.seat)
        # The number of log entries and those.
        with self.assertNumQueries(4):
            self.get("history", self.seat)

    def test_view_on_site(self):
        ct = ContentType.objects.get_for_model(Seat)
        response = self.get("change", self.seat)
        url = f"/admin/r/{ct.pk}/main,4,12/"
        self.assertContains(response, url)
        response = self.client.get(url)
        self.assertEqual(response.status_code, 302)
        self.assertTrue(response["Location"].endswith("/seats/main,4,12/"))
        text = reverse("admin:view_on_site", args=[ct.pk, str(self.seat.pk)])
        self.assertEqual(self.client.get(text).status_code, 302)
        for key in ("main,4,14", "main", "a,b,c", "[", "[1]", "main_00,4,12"):
            with self.subTest(key=key):
                url = reverse("admin:view_on_site", args=[ct.pk, key])
                self.assertEqual(self.client.get(url).status_code, 404)


class ChangeTests(AdminTestCase):
    def test_add(self):
        data = {"hall": "main", "row": 5, "number": 1, "label": "New", "price": "7"}
        response = self.client.post(self.url("add", Seat), data, follow=True)
        self.assertRedirects(response, self.url("changelist", Seat))
        seat = Seat.objects.get(label="New")
        self.assertEqual(seat.pk, ("main", 5, 1))
        self.assertContains(response, f'<a href="{self.quoted(seat)}">main/5/1</a>')
        entry = LogEntry.objects.get()
        self.assertEqual(entry.action_flag, ADDITION)
        self.assertEqual(entry.object_id, '["main", "5", "1"]')
        self.assertEqual(entry.get_edited_object(), seat)
        self.assertEqual(entry.get_admin_url(), self.url("change", seat))

    def quoted(self, seat):
        return self.url("change", seat).replace(",", "%2C")

    def test_add_duplicate(self):
        data = {"hall": "main", "row": 4, "number": 12, "label": "New", "price": "7"}
        response = self.client.post(self.url("add", Seat), data)
        self.assertContains(
            response, "Seat with this Hall, Row and Number already exists."
        )
        self.seat.refresh_from_db()
        self.assertEqual(self.seat.label, "First")

    def test_add_and_continue(self):
        data = {"hall": "main", "row": 5, "number": 1, "price": "7", "_continue": "1"}
        response = self.client.post(self.url("add", Seat), data)
        self.assertRedirects(response, self.url("change", Seat(pk=("main", 5, 1))))

    def test_initial(self):
        response = self.get("add", Seat, {"hall": "main", "row": "7"})
        form = response.context["adminform"].form
        self.assertEqual(form["hall"].value(), "main")
        self.assertEqual(form["row"].value(), "7")
        response = self.get("add", Ticket, {"seat": '["main","4","12"]'})
        self.assertContains(
            response,
            '<option value="[&quot;main&quot;, &quot;4&quot;, &quot;12&quot;]" '
            "selected>main/4/12</option>",
            html=True,
        )

    def test_initial_many_to_many(self):
        from .models import Tour

        for texts in [
            [self.seat.pk, self.third.pk],
            [self.seat.pk],
        ]:
            value = ",".join(map(str, texts))
            form = self.get("add", Tour, {"seats": value}).context["adminform"].form
            self.assertEqual(form["seats"].value(), list(map(str, texts)))
        # No texts of keys.
        for value in ("a,b", "[,", "[" * 100_000, '["main", "4"]'):
            self.get("add", Tour, {"seats": value})

    def test_change(self):
        response = self.get("change", self.seat)
        form = response.context["adminform"].form
        self.assertEqual(
            list(form.fields),
            ["label", "price", "is_wheelchair", "built", "code", "sign"],
        )
        # The members are shown where they are on the page that adds.
        names = [
            name
            for fieldset in response.context["adminform"]
            for line in fieldset
            for field in line
            for name in [field.field["name"] if field.is_readonly else field.field.name]
        ]
        self.assertEqual(names[:4], ["hall", "row", "number", "label"])
        self.assertContains(response, f'<a href="{self.url("change", self.main)}">')
        # Three of them validate the check constraint.
        with self.assertNumQueries(10):
            self.client.post(
                self.url("change", self.seat), {"label": "Changed", "price": "1"}
            )
        self.seat.refresh_from_db()
        self.assertEqual(self.seat.label, "Changed")
        self.assertEqual(Seat.objects.count(), 3)
        entry = LogEntry.objects.get()
        self.assertEqual(entry.action_flag, CHANGE)
        self.assertEqual(entry.object_id, str(self.seat.pk))
        self.assertContains(self.get("history", self.seat), "Changed Label and Price")
        self.assertContains(
            self.client.get(reverse("admin:index")), self.url("change", self.seat)
        )

    def test_change_forged_members(self):
        data = {"hall": "side", "row": 9, "number": 9, "pk": '["side", "1", "1"]'}
        self.client.post(
            self.url("change", self.seat), {**data, "label": "Forged", "price": "1"}
        )
        self.assertEqual(
            list(Seat.objects.order_by("pk").values_list("pk", "label")),
            [
                (("main", 4, 12), "Forged"),
                (("main", 4, 13), "Second"),
                (("side", 1, 1), "Third"),
            ],
        )

    def test_unique_within_key(self):
        """What is unique for a member of the key is validated."""
        Seat.objects.filter(pk=self.other.pk).update(code="A", sign="B")
        url = self.url("change", self.seat)
        with self.assertNumQueries(7):
            response = self.client.post(url, {"price": "1", "code": "A"})
        self.assertContains(response, "Seat with this Hall and Code already exists.")
        response = self.client.post(url, {"price": "1", "sign": "B"})
        self.assertContains(response, "Seat with this Hall and Sign already exists.")
        below = Seat.objects.create(pk=("main", -1, 1))
        response = self.client.post(
            self.url("change", below), {"price": "1", "label": "x"}
        )
        self.assertContains(response, "Constraint “seat_label_row” is violated.")
        # It's the seat's own, and that of another hall.
        for seat in (self.other, self.third):
            data = {"price": "1", "code": "A", "sign": "B"}
            response = self.client.post(self.url("change", seat), data)
            self.assertEqual(response.status_code, 302)

    def test_legacy_values(self):
        """A member isn't validated, as it can't be corrected."""
        from .models import Text

        obj = Text.objects.create(first="a", second="b")
        validator = mock.Mock(side_effect=ValidationError("No."))
        with mock.patch.object(
            Text._meta.get_field("first"), "_validators", [validator]
        ):
            Text._meta.get_field("first").__dict__.pop("validators", None)
            self.client.post(self.url("change", obj), {"note": "changed"})
        Text._meta.get_field("first").__dict__.pop("validators", None)
        obj.refresh_from_db()
        self.assertEqual(obj.note, "changed")
        self.assertEqual(validator.call_count, 0)

    def test_change_and_continue(self):
        url = self.url("change", self.seat)
        response = self.client.post(url, {"price": "1", "_continue": "1"})
        self.assertRedirects(response, url)

    def test_member_is_relation(self):
        reservation = Reservation.objects.create(
            seat=self.seat, evening=datetime.date(2024, 2, 29)
        )
        response = self.get("change", reservation)
        self.assertEqual(list(response.context["adminform"].form.fields), ["note"])
        self.assertContains(response, self.url("change", self.seat))
        data = {
            "seat": str(self.other.pk),
            "seat_number": 13,
            "evening": "2024-03-01",
            "note": "!",
        }
        self.client.post(self.url("change", reservation), data)
        self.assertEqual(
            list(Reservation.objects.values_list("pk", "note")),
            [(("main", 4, 12, datetime.date(2024, 2, 29)), "!")],
        )

    def test_key_is_relation(self):
        plaque = Plaque.objects.create(seat=self.seat, text="For Ada")
        form = self.get("change", plaque).context["adminform"].form
        self.assertEqual(list(form.fields), ["text"])
        self.client.post(
            self.url("change", plaque), {"text": "For Bob", "seat": str(self.other.pk)}
        )
        self.assertEqual(
            list(Plaque.objects.values_list("pk", "text")),
            [(("main", 4, 12), "For Bob")],
        )

    def test_child(self):
        data = {"hall": "side", "row": 2, "number": 2, "price": "1", "size": 6}
        self.client.post(self.url("add", Box), data)
        box = Box.objects.get()
        self.assertEqual(box.pk, ("side", 2, 2))
        form = self.get("change", box).context["adminform"].form
        self.assertEqual(
            list(form.fields),
            ["label", "price", "is_wheelchair", "built", "code", "sign", "size"],
        )
        self.client.post(self.url("change", box), {**data, "row": 7, "size": 8})
        self.assertEqual(
            list(Box.objects.values_list("pk", "size")), [(("side", 2, 2), 8)]
        )

    def test_save_as_new(self):
        url = self.url("change", self.seat)
        data = {"label": "Copy", "price": "1", "_saveasnew": "1"}
        # The page has no fields for the key, so that it is asked for now.
        response = self.client.post(url, data)
        self.assertContains(
            response, "Seat with this Hall, Row and Number already exists."
        )
        form = response.context["adminform"].form
        self.assertEqual(
            [form[name].value() for name in ("hall", "row", "number", "label")],
            ["main", "4", "12", "Copy"],
        )
        response = self.client.post(
            url, {**data, "hall": "main", "row": 4, "number": 14}
        )
        copy = Seat.objects.get(label="Copy")
        self.assertRedirects(response, self.url("change", copy))
        self.assertEqual(copy.pk, ("main", 4, 14))
        self.assertEqual(Seat.objects.count(), 4)

    def test_popup(self):
        data = {"hall": "main", "row": 5, "number": 1, "price": "7", "_popup": "1"}
        response = self.client.post(self.url("add", Seat), data)
        self.assertEqual(
            self.popup(response), {"value": '["main", "5", "1"]', "obj": "main/5/1"}
        )
        data = {"price": "7", "_popup": "1"}
        response = self.client.post(self.url("change", self.seat), data)
        text = str(self.seat.pk)
        changed = {"action": "change", "value": text, "obj": "main/4/12"}
        self.assertEqual(self.popup(response), {**changed, "new_value": text})
        url = reverse("admin:composite_admin_seat_change", args=[text])
        response = self.client.post(url, data)
        self.assertEqual(self.popup(response), {**changed, "new_value": text})
        data = {"post": "yes", "_popup": "1"}
        response = self.client.post(self.url("delete", self.seat), data)
        self.assertEqual(self.popup(response), {"action": "delete", "value": text})
        response = self.get("changelist", Seat, {"_popup": "1"})
        self.assertContains(
            response,
            'data-popup-opener="[&quot;main&quot;, &quot;4&quot;, &quot;13&quot;]"',
        )

    def popup(self, response):
        return json.loads(response.context["popup_response_data"])

    def test_popup_to_field(self):
        from .models import City

        data = {"country": "Italy", "name": "Rome", "_popup": "1"}
        data["_to_field"] = "country,name"
        response = self.client.post(self.url("add", City), data)
        rome = '["Italy", "Rome"]'
        self.assertEqual(self.popup(response), {"value": rome, "obj": "Rome"})
        for quoted in (rome, "Italy,Rome"):
            url = reverse("admin:composite_admin_city_change", args=[quoted])
            self.assertEqual(
                self.client.get(url, {"_to_field": "country,name"}).status_code, 200
            )
            response = self.client.post(url, {**data, "name": "Roma"})
            self.assertEqual(
                self.popup(response),
                {
                    "action": "change",
                    "value": rome,
                    "obj": "Roma",
                    "new_value": '["Italy", "Roma"]',
                },
            )
            City.objects.update(name="Rome")
        response = self.get(
            "changelist", City, {"_popup": "1", "_to_field": "country,name"}
        )
        self.assertContains(
            response, 'data-popup-opener="[&quot;Italy&quot;, &quot;Rome&quot;]"'
        )
        url = reverse("admin:composite_admin_city_delete", args=[rome])
        response = self.client.post(
            url, {"post": "y", "_popup": "1", "_to_field": "country,name"}
        )
        self.assertEqual(self.popup(response), {"action": "delete", "value": rome})
        self.assertFalse(City.objects.exists())

    def test_disallowed_to_field(self):
        from .models import City

        for model, to_field in [
            (City, "name,country"),
            (City, "country"),
            (City, "country,nothing"),
            (City, ","),
            (Seat, "label,price"),
            (Seat, "label"),
        ]:
            for page in ("add", "changelist"):
                with self.subTest(model=model, to_field=to_field, page=page):
                    response = self.client.get(
                        self.url(page, model), {"_to_field": to_field}
                    )
                    self.assertEqual(response.status_code, 400)
        for to_field in ("pk", "hall,row,number"):
            self.get("add", Seat, {"_to_field": to_field})

    def test_no_fields_to_prepopulate(self):
        from .admin import site

        admin = site.get_model_admin(Seat)
        admin.prepopulated_fields = {"label": ("row",)}
        self.addCleanup(delattr, admin, "prepopulated_fields")
        self.get("add", Seat)
        self.get("change", self.seat)


class DeletionTests(AdminTestCase):
    def test_delete(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        reservation = Reservation.objects.create(
            seat=self.seat, evening=datetime.date(2024, 2, 29)
        )
        Plaque.objects.create(seat=self.seat, text="For Ada")
        response = self.get("delete", self.seat)
        for obj in (self.seat, reservation):
            self.assertContains(response, f'href="{self.url("change", obj)}"')
        self.assertEqual(
            {str(name): count for name, count in response.context["model_count"]},
            {"seats": 1, "tickets": 1, "reservations": 1, "plaques": 1},
        )
        response = self.client.post(
            self.url("delete", self.seat), {"post": "yes"}, follow=True
        )
        self.assertRedirects(response, self.url("changelist", Seat))
        self.assertEqual(Seat.objects.count(), 2)
        self.assertEqual(Ticket.objects.count(), 0)
        entry = LogEntry.objects.get()
        self.assertEqual(entry.action_flag, DELETION)
        self.assertEqual(entry.object_id, str(self.seat.pk))

    def test_nested(self):
        """Objects are below those that they are deleted with."""
        for seat in (self.seat, self.other):
            Ticket.objects.create(reference=f"T{seat.number}", seat=seat)
        response = self.get("delete", self.main)
        hall, seats = response.context["deleted_objects"]
        self.assertIn("Main hall", hall)
        self.assertEqual(len(seats), 4)
        found = dict(zip(seats[::2], seats[1::2]))
        for seat in (self.seat, self.other):
            (name,) = [name for name in found if self.url("change", seat) in name]
            (ticket,) = found[name]
            self.assertIn(f"T{seat.number}", ticket)

    def test_queries(self):
        """They are as many for 3 seats as for 30."""

        def count():
            with self.assertNumQueries(n):
                self.get("delete", self.main)

        n = 10
        count()
        for number in range(30):
            seat = Seat.objects.create(pk=("main", 8, number))
            Ticket.objects.create(reference=number, seat=seat)
        count()

    def test_protected(self):
        cushion = Cushion.objects.create(seat=self.seat, color="red")
        response = self.get("delete", self.seat)
        self.assertContains(response, "would require deleting the following protected")
        self.assertContains(response, self.url("change", cushion))
        self.client.post(self.url("delete", self.seat), {"post": "yes"})
        self.assertEqual(Seat.objects.count(), 3)


class PermissionTests(AdminTestCase):
    def test_view_only(self):
        from django.contrib.auth.models import User

        user = User.objects.create_user("viewer", is_staff=True)
        # Another app's model of the same name has a permission of the same name.
        content_type = ContentType.objects.get_for_model(Seat)
        user.user_permissions.add(content_type.permission_set.get(codename="view_seat"))
        self.client.force_login(user)
        self.get("changelist", Seat)
        response = self.get("change", self.seat)
        self.assertEqual(response.context["adminform"].form.fields, {})
        for page in ("change", "delete"):
            response = self.client.post(self.url(page, self.seat), {"label": "x"})
            self.assertEqual(response.status_code, 403)
        response = self.client.get(self.url("add", Seat))
        self.assertEqual(response.status_code, 403)

    def test_other_querysets(self):
        """Someone else's objects aren't found."""
        from .admin import SeatAdmin

        mine = mock.patch.object(
            SeatAdmin,
            "get_queryset",
            lambda admin, request: Seat.objects.filter(hall="main"),
        )
        with mine:
            self.get("change", self.seat)
            for page in ("change", "delete", "history"):
                response = self.client.get(self.url(page, self.third))
                self.assertRedirects(response, reverse("admin:index"))
            data = {"label": "Copy", "price": "1", "_saveasnew": "1"}
            response = self.client.post(self.url("change", self.third), data)
            self.assertContains(response, "This field is required.", count=3)
            self.assertEqual(Seat.objects.count(), 3)
            self.assertFalse(Hall.objects.filter(seats__label="Copy").exists())
