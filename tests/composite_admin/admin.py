from django.contrib import admin

from . import models

site = admin.AdminSite(name="admin")


@admin.register(models.Seat, site=site)
class SeatAdmin(admin.ModelAdmin):
    list_display = ["__str__", "pk", "hall", "row", "number", "label", "price"]
    list_editable = ["label"]
    list_filter = ["hall", "row", "is_wheelchair"]
    search_fields = ["label", "pk", "hall__name", "=row"]
    date_hierarchy = "built"
    save_as = True
    show_facets = admin.ShowFacets.ALWAYS


site.register(models.Hall, search_fields=["name"])
site.register(models.Ticket, list_display=["reference", "seat"])
site.register(models.Reservation, list_display=["pk", "seat", "evening"])
site.register(models.Plaque)
site.register(models.Box)
site.register(models.Cushion)
site.register(models.City)
site.register(models.Tour)
site.register(models.Text, list_display=["pk", "note"], list_editable=["note"])
site.register(models.Event, list_display=["pk", "note"], list_editable=["note"])
site.register(models.Tag)
