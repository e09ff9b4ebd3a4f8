"""The addresses of the floor."""

from django.urls import path

from supervisors.views import calls, floor, set_aside

app_name = "supervisors"

urlpatterns = [
    path("", floor.floor, name="floor"),
    path("panels/", floor.panels, name="panels"),
    path("calls/<int:call_id>/", calls.call, name="call"),
    path("set-aside/", set_aside.reports, name="set-aside"),
    path("set-aside/<int:report_id>/try-again/", set_aside.try_again, name="try-again"),
    path("set-aside/<int:report_id>/drop/", set_aside.drop, name="drop"),
]
