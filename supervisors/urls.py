"""The addresses of the floor."""

from django.urls import path

from supervisors.views import calls, floor, healed, helping, set_aside

app_name = "supervisors"

urlpatterns = [
    path("", floor.floor, name="floor"),
    path("panels/", floor.panels, name="panels"),
    path("help/<int:request_id>/answer/", helping.answer, name="help-answer"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:call_id>/", calls.call, name="call"),
    path("calls/<int:call_id>/story/", calls.story, name="call-story"),
    path("calls/<int:call_id>/panels/", calls.panels, name="call-panels"),
    path("healed/", healed.healed, name="healed"),
    path("healed/panels/", healed.panels, name="healed-panels"),
    path("healed/rows/", healed.rows, name="healed-rows"),
    path("set-aside/", set_aside.reports, name="set-aside"),
    path("set-aside/try-all-again/", set_aside.try_all_again, name="try-all-again"),
    path("set-aside/<int:report_id>/try-again/", set_aside.try_again, name="try-again"),
    path("set-aside/<int:report_id>/drop/", set_aside.drop, name="drop"),
]
