from django.urls import path

from .admin import autocomplete_site, raw_site, site

urlpatterns = [
    path("admin/", site.urls),
    path("autocomplete/", autocomplete_site.urls),
    path("raw/", raw_site.urls),
]
