"""The Conference resource. Source: twilio.com/docs/voice/api/conference-resource."""

from __future__ import annotations

from contact_center.simulator.core import rooms
from contact_center.simulator.core.conferences import Conference
from contact_center.simulator.core.errors import RestError
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


def _list(context: Context) -> Reply:
    query = context.query
    name, status = query.get("FriendlyName"), query.get("Status")
    conferences = [
        conference
        for conference in reversed(context.world.conferences.values())
        if conference.account_sid == context.account.sid
        and name in ("", conference.friendly_name)
        and status in ("", conference.status)
        and within(query, "DateCreated", conference.created_at)
        and within(query, "DateUpdated", conference.updated_at)
    ]
    return page(
        context,
        "conferences",
        conferences,
        lambda conference: conference.sid,
        lambda conference: _body(context, conference),
    )


def found(context: Context, sid: str) -> Conference | None:
    """The account's conference of this SID, live or not."""
    conference = context.world.conferences.get(sid)
    if conference is None or conference.account_sid != context.account.sid:
        return None
    return conference


def _fetch(context: Context, sid: str) -> Reply | None:
    conference = found(context, sid)
    return None if conference is None else Reply(200, _body(context, conference))


def _update(context: Context, sid: str) -> Reply | None:
    if (conference := found(context, sid)) is None:
        return None
    context.form.refuse("AnnounceUrl")
    status = context.form.get("Status")
    if status not in ("", "completed"):
        raise RestError(400, 20001, f"Status must be completed, not {status!r}.")
    if status and conference.live:
        rooms.end_by_rest(context.world, conference)
    return Reply(200, _body(context, conference))


def _body(context: Context, conference: Conference) -> Body:
    uri = context.uri("Conferences", conference.sid)
    below = uri.removesuffix(".json")
    return {
        "account_sid": conference.account_sid,
        "api_version": API_VERSION,
        "call_sid_ending_conference": conference.ended_by,
        "date_created": rfc_2822(conference.created_at),
        "date_updated": rfc_2822(conference.updated_at),
        "friendly_name": conference.friendly_name,
        "reason_conference_ended": conference.reason_ended,
        "region": "us1",
        "sid": conference.sid,
        "status": conference.status,
        "subresource_uris": {
            "participants": f"{below}/Participants.json",
            "recordings": f"{below}/Recordings.json",
        },
        "uri": uri,
    }


RESOURCES = (
    Resource("*/Conferences", {"GET": _list}),
    Resource("*/Conferences/*", {"GET": _fetch, "POST": _update}),
)
