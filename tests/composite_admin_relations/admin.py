from django.contrib import admin

from . import models

# The same models with different widgets.
site = admin.AdminSite(name="admin")
autocomplete_site = admin.AdminSite(name="autocomplete")
raw_site = admin.AdminSite(name="raw")


class StallInline(admin.TabularInline):
    model = models.Stall
    extra = 1
    show_change_link = True


class BranchInline(admin.StackedInline):
    model = models.Branch
    extra = 1


class GuardInline(admin.TabularInline):
    model = models.Guard
    extra = 1


class StopInline(admin.TabularInline):
    model = models.Stop
    extra = 1


class ShelfInline(admin.TabularInline):
    model = models.Shelf
    extra = 1
    show_change_link = True


class ParcelInline(admin.StackedInline):
    model = models.Parcel
    fk_name = "depot"
    extra = 1


class PosterInline(admin.TabularInline):
    model = models.Poster
    extra = 1


class ManagerInline(admin.TabularInline):
    model = models.Manager


class KeeperInline(admin.TabularInline):
    model = models.Keeper


class VisitInline(admin.StackedInline):
    model = models.Visit
    extra = 0
    prepopulated_fields = {"note": ["is_official"]}


class RouteInline(admin.TabularInline):
    model = models.Route.depots.through
    extra = 1


class TaskInline(admin.TabularInline):
    model = models.Task
    extra = 1
    max_num = 3


class StaffInline(admin.TabularInline):
    model = models.User
    fk_name = "boss"
    extra = 1
    verbose_name = "employee"


class NoteInline(admin.TabularInline):
    model = models.Note
    extra = 1


@admin.register(models.Region, site=site)
class RegionAdmin(admin.ModelAdmin):
    inlines = [StallInline, BranchInline, GuardInline]
    save_as = True


@admin.register(models.Depot, site=site)
class DepotAdmin(admin.ModelAdmin):
    inlines = [
        ShelfInline,
        ParcelInline,
        PosterInline,
        ManagerInline,
        KeeperInline,
        VisitInline,
        RouteInline,
    ]
    list_filter = [
        "routes",
        ("parcels", admin.RelatedOnlyFieldListFilter),
        "shelves",
    ]
    search_fields = ["label"]
    save_as = True
    show_facets = admin.ShowFacets.ALWAYS


@admin.register(models.Parcel, site=site)
class ParcelAdmin(admin.ModelAdmin):
    list_display = ["weight", "depot", "origin"]
    list_select_related = ["depot", "origin"]
    list_filter = [
        "depot",
        ("origin", admin.RelatedOnlyFieldListFilter),
        "origin__label",
        ("origin", admin.EmptyFieldListFilter),
    ]
    show_facets = admin.ShowFacets.ALWAYS
    radio_fields = {"origin": admin.VERTICAL}


@admin.register(models.Poster, site=site)
class PosterAdmin(admin.ModelAdmin):
    list_filter = ["depot"]
    show_facets = admin.ShowFacets.ALWAYS


@admin.register(models.Book, site=site)
class BookAdmin(admin.ModelAdmin):
    readonly_fields = ["shelf"]


@admin.register(models.Shelf, site=site)
class ShelfAdmin(admin.ModelAdmin):
    list_display = ["__str__", "depot"]
    list_filter = ["depot"]


@admin.register(models.Stall, site=site)
class StallAdmin(admin.ModelAdmin):
    pass


@admin.register(models.Keeper, site=site)
class KeeperAdmin(admin.ModelAdmin):
    search_fields = ["name"]


@admin.register(models.Badge, site=site)
class BadgeAdmin(admin.ModelAdmin):
    list_filter = ["keeper"]
    show_facets = admin.ShowFacets.ALWAYS


@admin.register(models.Route, site=site)
class RouteAdmin(admin.ModelAdmin):
    filter_horizontal = ["depots"]
    list_filter = ["depots"]
    show_facets = admin.ShowFacets.ALWAYS


@admin.register(models.User, site=site)
class UserAdmin(admin.ModelAdmin):
    inlines = [TaskInline, StaffInline, NoteInline]


@admin.register(models.Note, site=site)
class NoteAdmin(admin.ModelAdmin):
    list_filter = ["author"]


@admin.register(models.Trip, site=site)
class TripAdmin(admin.ModelAdmin):
    inlines = [StopInline]
    list_filter = ["stops"]


@admin.register(models.Truck, site=site)
class TruckAdmin(admin.ModelAdmin):
    list_filter = ["carrier"]
    show_facets = admin.ShowFacets.ALWAYS


for model in (models.Tenant, models.Manager, models.Branch, models.Carrier):
    site.register(model)


class AutocompleteParcelInline(admin.TabularInline):
    model = models.Parcel
    fk_name = "origin"
    autocomplete_fields = ["depot"]
    extra = 0


@admin.register(models.Keeper, models.Shelf, site=autocomplete_site)
class SearchAdmin(admin.ModelAdmin):
    search_fields = ["pk"]


@admin.register(models.Depot, site=autocomplete_site)
class AutocompleteDepotAdmin(SearchAdmin):
    search_fields = ["label"]
    inlines = [AutocompleteParcelInline]


@admin.register(models.Parcel, site=autocomplete_site)
class AutocompleteParcelAdmin(admin.ModelAdmin):
    autocomplete_fields = ["depot", "origin"]


@admin.register(models.Poster, site=autocomplete_site)
class AutocompletePosterAdmin(admin.ModelAdmin):
    autocomplete_fields = ["depot"]


@admin.register(models.Badge, site=autocomplete_site)
class AutocompleteBadgeAdmin(admin.ModelAdmin):
    autocomplete_fields = ["keeper"]


@admin.register(models.Route, site=autocomplete_site)
class AutocompleteRouteAdmin(admin.ModelAdmin):
    autocomplete_fields = ["depots"]


@admin.register(models.Parcel, site=raw_site)
class RawParcelAdmin(admin.ModelAdmin):
    raw_id_fields = ["depot", "origin"]


@admin.register(models.Poster, site=raw_site)
class RawPosterAdmin(admin.ModelAdmin):
    raw_id_fields = ["depot"]


@admin.register(models.Badge, site=raw_site)
class RawBadgeAdmin(admin.ModelAdmin):
    raw_id_fields = ["keeper"]


@admin.register(models.Manager, site=raw_site)
class RawManagerAdmin(admin.ModelAdmin):
    raw_id_fields = ["depot"]


@admin.register(models.Route, site=raw_site)
class RawRouteAdmin(admin.ModelAdmin):
    raw_id_fields = ["depots"]


class RawParcelInline(admin.TabularInline):
    model = models.Parcel
    fk_name = "origin"
    raw_id_fields = ["depot"]
    extra = 0


@admin.register(models.Depot, site=raw_site)
class RawDepotAdmin(admin.ModelAdmin):
    inlines = [RawParcelInline]


raw_site.register(models.Keeper)
