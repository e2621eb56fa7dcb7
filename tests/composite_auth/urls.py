from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.urls import include, path


def user(request):
    return HttpResponse(request.user.get_username())


async def async_user(request):
    return HttpResponse((await request.auser()).get_username())


urlpatterns = [
    path("user/", user),
    path("async_user/", async_user),
    path("restricted/", permission_required("composite_auth.change_company")(user)),
    path("", include("django.contrib.auth.urls")),
]
