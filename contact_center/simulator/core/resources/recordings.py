"""The Recording resource, of an account and of one call, and the sound itself.

Source: twilio.com/docs/voice/api/recording. Deleted recordings are listed on demand.
"""

from __future__ import annotations

from contact_center.simulator.core import taping
from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.recordings import Recording
from contact_center.simulator.core.resources.base import (
    API_VERSION,
    Body,
    Context,
    Reply,
    Resource,
)
from contact_center.simulator.core.resources.dates import within
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822


def _all(context: Context, call_sid: str = "") -> list[Recording]:
    query = context.query
    deleted_too = query.boolean("IncludeSoftDeleted", False)
    return [
        recording
        for recording in reversed(context.world.recordings.values())
        if recording.account_sid == context.account.sid
        and call_sid in ("", recording.call_sid)
        and query.get("CallSid") in ("", recording.call_sid)
        and not query.get("ConferenceSid")  # no conference is recorded here
        and within(query, "DateCreated", recording.started_at)
        and (deleted_too or recording.status != "deleted")
    ]


def _list(context: Context) -> Reply:
    return page(
        context,
        "recordings",
        _all(context),
        lambda recording: recording.sid,
        lambda recording: _body(context, recording),
    )


def _list_of_call(context: Context, call_sid: str) -> Reply | None:
    leg = context.world.legs.get(call_sid)
    if leg is None or leg.account_sid != context.account.sid:
        return None
    return page(
        context,
        "recordings",
        _all(context, call_sid),
        lambda recording: recording.sid,
        lambda recording: _body_of_call(context, recording),
    )


def _found(context: Context, sid: str, call_sid: str = "") -> Recording | None:
    return next((one for one in _all(context, call_sid) if one.sid == sid), None)


def _fetch(context: Context, sid: str) -> Reply | None:
    recording = _found(context, sid)
    return None if recording is None else Reply(200, _body(context, recording))


def _fetch_of_call(context: Context, call_sid: str, sid: str) -> Reply | None:
    recording = _found(context, sid, call_sid)
    return None if recording is None else Reply(200, _body_of_call(context, recording))


def _delete(context: Context, sid: str) -> Reply | None:
    return _deleted(context, _found(context, sid))


def _delete_of_call(context: Context, call_sid: str, sid: str) -> Reply | None:
    return _deleted(context, _found(context, sid, call_sid))


def _deleted(context: Context, recording: Recording | None) -> Reply | None:
    if recording is None or recording.status == "deleted":
        return None
    if recording.status == "in-progress":
        raise RestError(409, 20409, "A recording in progress cannot be deleted.")
    recording.status = "deleted"
    recording.wav = None
    recording.updated_at = context.world.now
    return Reply(204)


def _shared(recording: Recording) -> Body:
    return {
        "account_sid": recording.account_sid,
        "api_version": API_VERSION,
        "call_sid": recording.call_sid,
        "channels": 1,
        "conference_sid": None,
        "date_created": rfc_2822(recording.started_at),
        "date_updated": rfc_2822(recording.updated_at),
        "duration": None if recording.duration is None else str(recording.duration),
        "encryption_details": None,
        "error_code": recording.error_code,
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": "RecordVerb",
        "start_time": rfc_2822(recording.started_at),
        "status": recording.status,
    }


def _body(context: Context, recording: Recording) -> Body:
    uri = context.uri("Recordings", recording.sid)
    below = uri.removesuffix(".json")
    return {
        **_shared(recording),
        "media_url": taping.url(context.world, recording),
        "subresource_uris": {
            "add_on_results": f"{below}/AddOnResults.json",
            "transcriptions": f"{below}/Transcriptions.json",
        },
        "uri": uri,
    }


def _body_of_call(context: Context, recording: Recording) -> Body:
    return {
        **_shared(recording),
        "track": "inbound",
        "uri": context.uri("Calls", recording.call_sid, "Recordings", recording.sid),
    }


# ---- the sound


def fetch_sound(context: Context, sid: str) -> Reply | None:
    """The sound of a recording; None if there is none. Raises 21501 while it is not ready."""
    recording = _found(context, sid)
    if recording is None or recording.status in ("absent", "deleted"):
        return None
    if recording.status != "completed":
        raise RestError(404, 21501, f"The sound of {sid} is not ready yet; ask again.")
    return Reply(200, wav=taping.sound(recording))


SOUND = Resource("*/Recordings/*", {"GET": fetch_sound})
"""The one resource that is no JSON: its path ends with ``.wav``, ``.mp3`` or nothing."""

RESOURCES = (
    Resource("*/Recordings", {"GET": _list}),
    Resource("*/Recordings/*", {"GET": _fetch, "DELETE": _delete}),
    Resource("*/Calls/*/Recordings", {"GET": _list_of_call}),
    Resource("*/Calls/*/Recordings/*", {"GET": _fetch_of_call, "DELETE": _delete_of_call}),
)
