"""The Member resource: who waits in a queue, and taking him out of it.

Source: twilio.com/docs/voice/api/member-resource. Taking out succeeds once for a call; a second
request gets a 400 (twilio.com/docs/api/rest/member), unless the readings say otherwise.
"""

from __future__ import annotations

from contact_center.simulator.core import instructions
from contact_center.simulator.core.account import Handler
from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.queues import Membership
from contact_center.simulator.core.resources import queues
from contact_center.simulator.core.resources.base import Body, Context, Reply, Resource
from contact_center.simulator.core.resources.paging import page
from contact_center.simulator.core.times import rfc_2822


def _list(context: Context, queue_sid: str) -> Reply | None:
    if (queue := queues.found(context, queue_sid)) is None:
        return None
    return page(
        context,
        "queue_members",
        queue.members,
        lambda member: member.leg_sid,
        lambda member: _body(context, member),
    )


def _fetch(context: Context, queue_sid: str, call_sid: str) -> Reply | None:
    queue = queues.found(context, queue_sid)
    member = queue.member(call_sid) if queue else None
    return None if member is None else Reply(200, _body(context, member))


def _dequeue(context: Context, queue_sid: str, call_sid: str) -> Reply | None:
    if (queue := queues.found(context, queue_sid)) is None:
        return None
    form = context.form
    form.required("Url", 21205, "Url parameter is required.")
    handler = Handler(form.url("Url"), form.method("Method"))
    if (member := queue.member(call_sid)) is None:
        if call_sid != "Front" and call_sid not in context.world.legs:
            return None
        if call_sid in queue.taken_out and not context.world.readings.second_dequeue_refused:
            return Reply(200, queue.taken_out[call_sid])
        raise RestError(400, 22001, f"Call {call_sid} is not in queue {queue_sid}.")
    answer = queue.taken_out[member.leg_sid] = _body(context, member)
    leg = context.world.legs[member.leg_sid]
    instructions.redirect(context.world, leg, handler)
    return Reply(200, answer)


def _body(context: Context, member: Membership) -> Body:
    return {
        "call_sid": member.leg_sid,
        "date_enqueued": rfc_2822(member.enqueued_at),
        "position": member.position,
        "queue_sid": member.queue.sid,
        "uri": context.uri("Queues", member.queue.sid, "Members", member.leg_sid),
        "wait_time": member.waited(context.world.now),
    }


RESOURCES = (
    Resource("*/Queues/*/Members", {"GET": _list}),
    Resource("*/Queues/*/Members/*", {"GET": _fetch, "POST": _dequeue}),
)
