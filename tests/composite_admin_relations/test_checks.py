from django.contrib import admin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects, get_deleted_objects
from django.core.checks import Error
from django.db import DEFAULT_DB_ALIAS
from django.test import RequestFactory, SimpleTestCase

from .admin import site
from .models import Book, Depot, Parcel, Poster, Region, Shelf, Stall, User
from .testcase import AdminTestCase


class CheckTests(SimpleTestCase):
    def get_errors(self, model_admin, model, *registered):
        site = AdminSite()
        for other in registered:
            site.register(other)
        return model_admin(model, site).check()

    def test_valid(self):
        class ShelfInline(admin.TabularInline):
            model = Shelf

        class StallInline(admin.StackedInline):
            model = Stall

        class ParcelInline(admin.StackedInline):
            model = Parcel
            fk_name = "origin"
            raw_id_fields = ["depot"]

        class DepotAdmin(admin.ModelAdmin):
            inlines = [ShelfInline, ParcelInline]
            search_fields = ["label"]

        class RegionAdmin(admin.ModelAdmin):
            inlines = [StallInline]

        class ParcelAdmin(admin.ModelAdmin):
            raw_id_fields = ["depot"]
            radio_fields = {"origin": admin.VERTICAL}
            list_filter = [
                "depot",
                "depot__label",
                ("origin", admin.EmptyFieldListFilter),
                ("origin", admin.RelatedOnlyFieldListFilter),
            ]
            list_select_related = ["depot"]
            list_display = ["depot", "depot__label", "depot_country"]
            readonly_fields = ["depot"]

        for model_admin, model in (
            (DepotAdmin, Depot),
            (RegionAdmin, Region),
            (ParcelAdmin, Parcel),
        ):
            self.assertEqual(self.get_errors(model_admin, model), [])

    def test_columns(self):
        """A column that a relation created is none."""

        class ParcelAdmin(admin.ModelAdmin):
            raw_id_fields = ["depot_country"]
            autocomplete_fields = ["depot_code"]
            radio_fields = {"depot_code": admin.VERTICAL}
            prepopulated_fields = {"depot": ["weight"]}

        self.assertEqual(
            [error.id for error in self.get_errors(ParcelAdmin, Parcel)],
            ["admin.E038", "admin.E003", "admin.E023", "admin.E028"],
        )

    def test_attname(self):
        class ParcelAdmin(admin.ModelAdmin):
            raw_id_fields = ["depot_pk"]

        self.assertEqual(
            self.get_errors(ParcelAdmin, Parcel),
            [
                Error(
                    "The value of 'raw_id_fields[0]' refers to 'depot_pk', which is "
                    "not a field of 'composite_admin_relations.Parcel'.",
                    obj=ParcelAdmin,
                    id="admin.E002",
                )
            ],
        )

    def test_autocomplete(self):
        class ParcelAdmin(admin.ModelAdmin):
            autocomplete_fields = ["depot"]

        self.assertEqual(
            [error.id for error in self.get_errors(ParcelAdmin, Parcel)],
            ["admin.E039"],
        )
        self.assertEqual(
            [error.id for error in self.get_errors(ParcelAdmin, Parcel, Depot)],
            ["admin.E040"],
        )

    def test_inlines(self):
        def get_error(inline_model, parent, **options):
            options.update(model=inline_model)
            inline = type("Inline", (admin.TabularInline,), options)
            model_admin = type("Admin", (admin.ModelAdmin,), {"inlines": [inline]})
            (error,) = self.get_errors(model_admin, parent)
            return error.id, error.msg

        label = "composite_admin_relations"
        self.assertEqual(
            get_error(Stall, Depot),
            (
                "admin.E202",
                f"'{label}.Stall' has no ForeignKey to '{label}.Depot'.",
            ),
        )
        self.assertEqual(
            get_error(Parcel, Depot),
            (
                "admin.E202",
                f"'{label}.Parcel' has more than one ForeignKey to '{label}.Depot'. "
                "You must specify a 'fk_name' attribute.",
            ),
        )
        for name in ("depot_country", "depot_pk"):
            self.assertEqual(get_error(Parcel, Depot, fk_name=name)[0], "admin.E202")
        self.assertEqual(
            get_error(Parcel, Depot, fk_name="origin", exclude=["origin"]),
            (
                "admin.E201",
                "Cannot exclude the field 'origin', because it is the foreign key to "
                f"the parent model '{label}.Depot'.",
            ),
        )


class RelatedObjectsTests(AdminTestCase):
    def test_deleted_objects(self):
        shelf = Shelf.objects.create(depot=self.strange, row=1, material="wood")
        parcel = Parcel.objects.create(depot=self.strange)
        poster = Poster.objects.create(depot=self.strange, text="Come!")
        Parcel.objects.create(depot=self.bern, origin=self.strange, weight=99)
        collector = NestedObjects(using=DEFAULT_DB_ALIAS)
        collector.collect([self.strange])
        root, children = collector.nested()
        self.assertEqual(root, self.strange)
        self.assertCountEqual(children, [shelf, parcel, poster])
        book = Book.objects.create(shelf=shelf, title="Book")
        request = RequestFactory().get("/")
        request.user = self.staff
        to_delete, counts, perms_needed, protected = get_deleted_objects(
            [self.strange], request, site
        )
        self.assertEqual(len(protected), 1)
        self.assertIn(self.get_url(book), protected[0])
        self.assertEqual(perms_needed, set())
        self.assertIn(self.get_url(self.strange).replace("'", "%27"), to_delete[0])
        self.assertNotIn("99 kg", str(to_delete))

    def test_delete(self):
        User.objects.filter(pk=self.bob.pk).update(boss_number=1)
        self.post(self.get_url(self.ann, "delete"), {"post": "yes"})
        self.bob.refresh_from_db()
        self.assertIsNone(self.bob.boss)

    def test_readonly_relation(self):
        shelf = Shelf.objects.create(depot=self.strange, row=1, material="wood")
        book = Book.objects.create(shelf=shelf, title="Book")
        response = self.client.get(self.get_url(book))
        self.assertContains(
            response,
            '<a href="%s">Shelf 1</a>' % self.get_url(shelf).replace("'", "%27"),
            html=True,
        )

    def test_select_related(self):
        """Relations in list_display are loaded along with the objects."""
        Parcel.objects.create(depot=self.bern, origin=self.basel)
        url = self.get_url(Parcel, "changelist")
        with self.assertNumQueries(20) as queries:
            self.client.get(url)
        for depot in (self.bern, self.basel, self.strange):
            Parcel.objects.create(depot=depot, origin=self.bern)
        with self.assertNumQueries(len(queries)):
            self.client.get(url)
