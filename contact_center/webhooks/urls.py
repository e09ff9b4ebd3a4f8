"""Where the phone network reaches us. The paths are settings (WEBHOOKS.VOICE_PATH …); the URLs
we give out are built from the same settings in contact_center/addresses.py."""

from django.urls import path

from contact_center.addresses import CONFERENCE_PATH
from contact_center.conf import current
from contact_center.webhooks import converters as converters  # <row:…>
from contact_center.webhooks import views


def _voice(rest: str) -> str:
    return current().webhooks.voice_path.lstrip("/") + rest


urlpatterns = [
    path(_voice(""), views.arrival, name="voice"),
    path(_voice("menu/<row:turn>/"), views.menu, name="voice-menu"),
    path(_voice("wait/<row:segment_id>/"), views.wait, name="voice-wait"),
    path(_voice("wait-key/<row:segment_id>/<row:turn>/"), views.wait_key, name="voice-wait-key"),
    path(_voice("message/<row:voicemail_id>/"), views.message, name="voice-message"),
    path(_voice("no-message/<row:voicemail_id>/"), views.no_message, name="voice-no-message"),
    path(_voice("queue-left/<row:segment_id>/"), views.queue_left, name="voice-queue-left"),
    path(
        _voice("queue-left/<row:segment_id>/<row:turn>/"),
        views.queue_left,
        name="voice-queue-left-again",
    ),
    path(
        _voice("callback-instead/<row:turn>/"),
        views.callback_instead,
        name="voice-callback-instead",
    ),
    path(_voice("called/<row:attempt_id>/"), views.called, name="voice-called"),
    path(_voice("connect/<row:offer_id>/"), views.connect, name="voice-connect"),
    path(_voice("after/<row:offer_id>/"), views.after, name="voice-after"),
    path(
        _voice("back-from-outside/<row:segment_id>/"),
        views.back_from_outside,
        name="voice-back-from-outside",
    ),
    path(_voice("lost/<row:offer_id>/"), views.lost, name="voice-lost"),
    path(_voice("transferred/<row:transfer_id>/"), views.transferred, name="voice-transferred"),
    path(_voice("hold/<row:offer_id>/"), views.hold, name="voice-hold"),
    path(_voice("browser/"), views.browser, name="voice-browser"),
    path(_voice("fallback/"), views.fallback, name="voice-fallback"),
    path(current().webhooks.status_path.lstrip("/"), views.status, name="webhook-status"),
    path(
        current().webhooks.status_path.lstrip("/") + "<row:attempt_id>/",
        views.dialled,
        name="webhook-dialled",
    ),
    path(
        current().webhooks.status_path.lstrip("/") + "<row:attempt_id>/answered-by/",
        views.answered_by,
        name="webhook-answered-by",
    ),
    path(
        current().webhooks.status_path.lstrip("/") + "consulted/<row:consult_id>/",
        views.consulted,
        name="webhook-consulted",
    ),
    path(current().webhooks.recording_path.lstrip("/"), views.recording, name="webhook-recording"),
    path(CONFERENCE_PATH.lstrip("/"), views.conference, name="webhook-conference"),
]
