from django.urls import include, path
from django.views.generic import RedirectView

from . import views

# A participation is found by its composite primary key, one path converter
# per member: participations/3/2/ is person 3 in campaign 2.
participation_patterns = [
    path("", views.ParticipationList.as_view(), name="participation_list"),
    path("add/", views.ParticipationAdd.as_view(), name="participation_add"),
    path(
        "<int:person_id>/<int:campaign_id>/",
        views.ParticipationEdit.as_view(),
        name="participation_edit",
    ),
    path(
        "<int:person_id>/<int:campaign_id>/remove/",
        views.ParticipationRemove.as_view(),
        name="participation_remove",
    ),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="participation_list")),
    path("participations/", include(participation_patterns)),
    path(
        "campaigns/<int:pk>/",
        views.CampaignDetail.as_view(),
        name="campaign_detail",
    ),
    path("people/", views.PersonList.as_view(), name="person_list"),
    path("people/<int:pk>/", views.PersonDetail.as_view(), name="person_detail"),
    path("behind-the-scenes/", views.behind_the_scenes, name="behind_the_scenes"),
]
