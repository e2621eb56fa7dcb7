from django.http import HttpResponse
from django.urls import include, path

from .admin import site


def detail(request, pk):
    return HttpResponse(repr(pk))


urlpatterns = [
    path("admindocs/", include("django.contrib.admindocs.urls")),
    path("admin/", site.urls),
    path("seats/<pk:pk>/", detail, name="seat"),
    path("texts/<pk:pk>/", detail, name="text"),
    path("events/<pk:pk>/", detail, name="event"),
]
