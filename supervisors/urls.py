"""The addresses of the floor."""

from django.urls import path

from supervisors.views import calls, floor

app_name = "supervisors"

urlpatterns = [
    path("", floor.floor, name="floor"),
    path("panels/", floor.panels, name="panels"),
    path("calls/<int:call_id>/", calls.call, name="call"),
]
