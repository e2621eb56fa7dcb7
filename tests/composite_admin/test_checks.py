from django.contrib import admin
from django.core.checks import Error
from django.test import SimpleTestCase

from .admin import site
from .models import Plaque, Reservation, Seat, Ticket


class CheckTests(SimpleTestCase):
    def check(self, model, **options):
        cls = type("Admin", (admin.ModelAdmin,), options)
        return cls(model, site).check(), cls

    def assertCheck(self, model, ids, **options):
        errors, _ = self.check(model, **options)
        self.assertEqual([error.id for error in errors], ids, errors)

    def test_valid(self):
        for model, options in [
            (Seat, {"list_display": ["pk", "hall", "row", "__str__"]}),
            (Seat, {"list_display": ["pk"], "list_display_links": ["pk"]}),
            (Seat, {"ordering": ["pk"]}),
            (Seat, {"ordering": ["-pk", "hall_id", "row"]}),
            (Seat, {"ordering": ["pk__row"]}),
            (Seat, {"readonly_fields": ["pk", "hall", "row"]}),
            (Seat, {"fields": ["pk", "row"], "readonly_fields": ["pk"]}),
            (Seat, {"search_fields": ["pk", "row", "hall__pk"]}),
            (Seat, {"list_filter": ["hall", "row"]}),
            (Seat, {"list_select_related": ["hall"]}),
            (Seat, {"raw_id_fields": ["hall"]}),
            (Seat, {"exclude": ["pk"]}),
            (Ticket, {"list_display": ["seat", "seat_pk", "seat_row", "seat__row"]}),
            (Ticket, {"list_display": ["seat__pk"]}),
            (Ticket, {"ordering": ["seat", "seat_pk", "seat_row", "seat__pk"]}),
            (Ticket, {"readonly_fields": ["seat", "seat_pk", "seat_row"]}),
            (Ticket, {"fields": ["seat_row"], "readonly_fields": ["seat_row"]}),
            (Ticket, {"raw_id_fields": ["seat"]}),
            (Ticket, {"list_filter": ["seat"]}),
            (Ticket, {"date_hierarchy": "seat__built"}),
            (Reservation, {"date_hierarchy": "evening"}),
            (Reservation, {"fields": ["seat", "evening"]}),
            (Plaque, {"list_display": ["pk", "seat", "seat__pk"]}),
            (Plaque, {"fields": ["seat", "text"]}),
        ]:
            with self.subTest(model=model, **options):
                self.assertCheck(model, [], **options)

    def test_invalid(self):
        for model, options, check_id in [
            (Seat, {"list_display": ["pk", "nothing"]}, "E108"),
            (Seat, {"raw_id_fields": ["pk"]}, "E003"),
            (Seat, {"raw_id_fields": ["row"]}, "E003"),
            (Seat, {"autocomplete_fields": ["pk"]}, "E038"),
            (Seat, {"radio_fields": {"pk": admin.VERTICAL}}, "E023"),
            (Seat, {"filter_horizontal": ["pk"]}, "E020"),
            (Seat, {"date_hierarchy": "pk"}, "E128"),
            (Seat, {"ordering": ["nothing"]}, "E033"),
            (Seat, {"readonly_fields": ["nothing"]}, "E035"),
            (Ticket, {"raw_id_fields": ["seat_row"]}, "E003"),
            (Ticket, {"raw_id_fields": ["seat_pk"]}, "E002"),
            (Ticket, {"autocomplete_fields": ["seat_row"]}, "E038"),
            (Ticket, {"radio_fields": {"seat_row": admin.VERTICAL}}, "E023"),
            (Reservation, {"raw_id_fields": ["pk"]}, "E003"),
        ]:
            with self.subTest(model=model, **options):
                self.assertCheck(model, [f"admin.{check_id}"], **options)

    def test_list_editable(self):
        """The key of a row isn't changed."""
        for model, name in [
            (Seat, "pk"),
            (Seat, "row"),
            (Seat, "hall"),
            (Reservation, "seat"),
            (Reservation, "evening"),
            (Reservation, "seat_row"),
            (Plaque, "seat"),
            (Ticket, "seat_row"),
        ]:
            with self.subTest(model=model, name=name):
                errors, cls = self.check(
                    model, list_display=["__str__", name], list_editable=[name]
                )
                self.assertEqual(
                    errors,
                    [
                        Error(
                            f"The value of 'list_editable[0]' refers to '{name}', "
                            "which is not editable through the admin.",
                            obj=cls,
                            id="admin.E125",
                        )
                    ],
                )
        self.assertCheck(
            Ticket, [], list_display=["reference", "seat"], list_editable=["seat"]
        )

    def test_fields(self):
        for model, name, hint in [
            (
                Seat,
                "pk",
                "Name the members 'hall', 'row', 'number' of 'composite_admin.Seat' "
                "instead, or add 'pk' to 'readonly_fields'.",
            ),
            (
                Ticket,
                "seat_row",
                "Name the relation 'seat' of 'composite_admin.Ticket' instead, or add "
                "'seat_row' to 'readonly_fields'.",
            ),
        ]:
            for options, label in [
                ({"fields": [name]}, "fields[0]"),
                ({"fields": [(name,)]}, "fields[0][0]"),
                (
                    {"fieldsets": [(None, {"fields": [name]})]},
                    'fieldsets[0][1]["fields"]',
                ),
            ]:
                with self.subTest(model=model, label=label):
                    errors, cls = self.check(model, **options)
                    error = errors[0]
                    self.assertEqual(len(errors), 1)
                    self.assertIn(
                        f"refers to '{name}', which has no form field.", error.msg
                    )
                    self.assertEqual(error.hint, hint)
                    self.assertEqual(error.id, "admin.E041")
                    self.assertIs(error.obj, cls)

    def test_fields_of_a_method(self):
        self.assertCheck(
            Seat,
            [],
            fields=["pk"],
            get_readonly_fields=lambda admin, request, obj=None: ["pk"],
        )
