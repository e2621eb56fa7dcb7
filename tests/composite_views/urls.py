from django.contrib.sitemaps.views import sitemap
from django.urls import path

from . import views

urlpatterns = [
    path("items/<pk:pk>/", views.ItemDetail.as_view(), name="item"),
    path("items/<pk:pk>/update/", views.ItemUpdate.as_view(), name="item-update"),
    path("items/<pk:pk>/delete/", views.ItemDelete.as_view(), name="item-delete"),
    path("create/", views.ItemCreate.as_view(), name="item-create"),
    path(
        "items/<int:year>/<int:month>/<int:day>/<pk:pk>/",
        views.ItemDateDetail.as_view(),
        name="item-date",
    ),
    path("texts/<str:pk>/", views.ItemDetail.as_view(), name="text"),
    path("paths/<path:pk>", views.ItemDetail.as_view(), name="path"),
    path("functions/<pk:pk>/", views.item, name="function"),
    path("async/<pk:pk>/", views.async_item, name="async"),
    path("members/<str:code>/<str:number>/", views.item_of_members, name="members"),
    path("parts/<pk:pk>/", views.PartDetail.as_view(), name="part"),
    path("events/<pk:pk>/", views.EventDetail.as_view(), name="event"),
    path("tags/<pk:pk>/", views.TagDetail.as_view(), name="tag"),
    path("feed/", views.ItemFeed(), name="feed"),
    path("sitemap.xml", sitemap, {"sitemaps": views.sitemaps}, name="sitemap"),
]
