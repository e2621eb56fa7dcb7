from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from . import views

# A participation is found by its composite primary key, and so is a session:
# participations/3,2/ is person 3 in campaign 2.
participation_patterns = [
    path("", views.ParticipationList.as_view(), name="participation_list"),
    path("add/", views.ParticipationAdd.as_view(), name="participation_add"),
    path("<pk:pk>/", views.ParticipationDetail.as_view(), name="participation"),
    path("<pk:pk>/edit/", views.ParticipationEdit.as_view(), name="participation_edit"),
    path(
        "<pk:pk>/remove/",
        views.ParticipationRemove.as_view(),
        name="participation_remove",
    ),
]

session_patterns = [
    path("", views.SessionList.as_view(), name="session_list"),
    path("add/", views.SessionAdd.as_view(), name="session_add"),
    path("<pk:pk>/", views.SessionDetail.as_view(), name="session"),
    path("<pk:pk>/edit/", views.SessionEdit.as_view(), name="session_edit"),
    path("<pk:pk>/remove/", views.SessionRemove.as_view(), name="session_remove"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="participation_list")),
    path("admin/", admin.site.urls),
    path("participations/", include(participation_patterns)),
    path("sessions/", include(session_patterns)),
    path("campaigns/<int:pk>/", views.CampaignDetail.as_view(), name="campaign"),
    path("people/", views.PersonList.as_view(), name="person_list"),
    path("people/<int:pk>/", views.PersonDetail.as_view(), name="person"),
    path("behind-the-scenes/", views.behind_the_scenes, name="behind_the_scenes"),
]
