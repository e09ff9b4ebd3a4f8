"""The addresses of the floor."""

from django.urls import include, path

from supervisors.views import (
    agents,
    alert_rules,
    alerts,
    calls,
    figures,
    floor,
    healed,
    helping,
    set_aside,
    supervising,
    wallboards,
)

app_name = "supervisors"

urlpatterns = [
    path("", floor.floor, name="floor"),
    path("panels/", floor.panels, name="panels"),
    path("views/", floor.views, name="views"),
    path("views/save/", floor.save_view, name="save-view"),
    path("views/<int:view_id>/forget/", floor.forget_view, name="forget-view"),
    path("agents/<int:agent_id>/", agents.agent, name="agent"),
    path("agents/<int:agent_id>/panels/", agents.panels, name="agent-panels"),
    path("agents/<int:agent_id>/presence/", agents.change_presence, name="agent-presence"),
    path("agents/<int:agent_id>/sign-out/", agents.sign_out, name="agent-sign-out"),
    path(
        "agents/<int:agent_id>/wrap-ups/<int:offer_id>/end/",
        agents.end_wrap_up,
        name="agent-end-wrap-up",
    ),
    path("help/<int:request_id>/answer/", helping.answer, name="help-answer"),
    # with a conversation
    path("phone/claim/", supervising.claim, name="supervise-claim"),
    path("phone/token/", supervising.token, name="supervise-token"),
    path("offers/<int:offer_id>/join/", supervising.join, name="supervise-join"),
    *(
        path(f"supervisions/<int:supervision_id>/{deed}/", view, name=f"supervision-{deed}")
        for deed, view in (
            ("joined", supervising.joined),
            ("failed", supervising.failed),
            ("mode", supervising.mode),
            ("take-over", supervising.take_over),
            ("leave", supervising.leave),
            ("hold", supervising.hold),
            ("resume", supervising.resume),
            ("hang-up", supervising.hang_up),
        )
    ),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/panels/", alerts.panels, name="alert-panels"),
    path("alerts/bell/", alerts.bell, name="alert-bell"),
    path("alerts/mail/", alerts.mail, name="kept-mail"),
    path("alerts/<int:alert_id>/", alerts.alert, name="alert"),
    path("alerts/<int:alert_id>/acknowledge/", alerts.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:alert_id>/snooze/<int:minutes>/", alerts.snooze, name="alert-snooze"),
    path("alerts/rules/", alert_rules.rules, name="alert-rules"),
    path("alerts/rules/<str:kind>/", alert_rules.rule, name="alert-rule"),
    path("alerts/webhooks/", alert_rules.add_webhook, name="alert-webhook-add"),
    path("alerts/webhooks/<int:webhook_id>/<str:deed>/", alert_rules.webhook, name="alert-webhook"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:call_id>/", calls.call, name="call"),
    path("calls/<int:call_id>/story/", calls.story, name="call-story"),
    path("calls/<int:call_id>/panels/", calls.panels, name="call-panels"),
    path("figures/<slug:name>/", figures.figure, name="figure"),
    path("figures/<slug:name>/calls.csv", figures.calls_csv, name="figure-csv"),
    path("queues/<int:queue_id>/", figures.queue, name="queue"),
    path("healed/", healed.healed, name="healed"),
    path("healed/panels/", healed.panels, name="healed-panels"),
    path("healed/rows/", healed.rows, name="healed-rows"),
    path("wallboards/", wallboards.wallboards, name="wallboards"),
    path("wallboards/new/", wallboards.new, name="wallboard-new"),
    path("wallboards/<int:wallboard_id>/", wallboards.wallboard, name="wallboard"),
    path("wallboards/<int:wallboard_id>/show/", wallboards.show, name="wallboard-show"),
    path("wallboards/<int:wallboard_id>/panels/", wallboards.panels, name="wallboard-panels"),
    path("wallboards/<int:wallboard_id>/remove/", wallboards.remove, name="wallboard-remove"),
    path("wallboards/<int:wallboard_id>/links/", wallboards.make_link, name="wallboard-link"),
    path(
        "wallboards/<int:wallboard_id>/links/<int:link_id>/revoke/",
        wallboards.revoke_link,
        name="wallboard-link-revoke",
    ),
    path("set-up/", include("supervisors.setting_up_urls")),
    path("set-aside/", set_aside.reports, name="set-aside"),
    path("set-aside/try-all-again/", set_aside.try_all_again, name="try-all-again"),
    path("set-aside/<int:report_id>/try-again/", set_aside.try_again, name="try-again"),
    path("set-aside/<int:report_id>/drop/", set_aside.drop, name="drop"),
]
