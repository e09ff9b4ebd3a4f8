"""Addresses that need nobody signed in: boards on a wall, each opened by its link."""

from django.urls import path

from supervisors.views import wall

urlpatterns = [
    path("ended/", wall.ended, name="wall-ended"),
    path("<slug:token>/", wall.wall, name="wall"),
    path("<slug:token>/panels/", wall.panels, name="wall-panels"),
]
