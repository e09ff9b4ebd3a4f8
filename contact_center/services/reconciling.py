"""Compare what we believe with what the network says, and heal. What it heals is an event.

Reports may be late or lost; nothing is believed for ever. Asked after are: calls of which nothing
was heard for SILENCE_SECONDS, conversations (who is in the conference, held, muted), and callers
who are in the network's queues or in ours but not in both.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.states import SILENCE_SECONDS, WAITING_STATES, CallState
from contact_center.event_stream import record
from contact_center.models import Call, Command, CommandOutcome, Offer, OfferState, Segment
from contact_center.services import facts
from contact_center.services.commanding import command, teach
from contact_center.services.connecting import look_at_conference, send_to_lost
from contact_center.services.ending import live_offer
from contact_center.services.transitions import lock_call
from contact_center.telephony.port import QueueMemberTruth

#: Bounds one round: a large floor is looked at over several.
MOST = 100


@transaction.atomic
def reconcile(now: datetime) -> int:
    """Ask the network after everything due; return how many questions were asked."""
    return sum(
        (
            _ask_after(_silent_calls(now)),
            _look_at(_conversations()),
            _compare_queues(),
        )
    )


def _silent_calls(now: datetime) -> Iterable[Call]:
    silent = Call.objects.filter(
        ended_at=None, heard_at__lt=now - timedelta(seconds=SILENCE_SECONDS)
    ).exclude(pk__in=_being_asked("check_call"))
    fresh = Segment.objects.filter(
        ended_at=None, wait_heard_at__gt=now - timedelta(seconds=SILENCE_SECONDS)
    )
    return silent.exclude(segments__in=fresh)[:MOST]


def _ask_after(calls: Iterable[Call]) -> int:
    asked = 0
    for call in calls:
        command("check_call", call=call, call_sid=call.sid)
        asked += 1
    return asked


def _conversations() -> Iterable[Offer]:
    live = Offer.objects.filter(state__in=[OfferState.CONNECTED], ended_at=None)
    return live.exclude(pk__in=_being_asked("look_at_conference", by="offer_id"))[:MOST]


def _look_at(offers: Iterable[Offer]) -> int:
    looked = 0
    for offer in offers:
        look_at_conference(offer)
        looked += 1
    return looked


def _compare_queues() -> int:
    """Ask who is in each of the network's queues in which we believe somebody to wait."""
    busy = Segment.objects.filter(ended_at=None, kind="queue").exclude(network_queue_sid="")
    pairs = busy.values_list("network_queue_sid", "call__tenant_id").distinct()[:MOST]
    asked = 0
    for sid, tenant_id in pairs:
        command("look_at_queue", tenant_id=tenant_id, queue_sid=sid)
        asked += 1
    return asked


def _being_asked(kind: str, by: str = "call_id") -> Iterable[int]:
    waiting = Command.objects.filter(kind=kind, outcome=CommandOutcome.WAITING)
    return waiting.exclude(**{by: None}).values_list(by, flat=True)


def _queue_was_seen(asked: Command, members: list[QueueMemberTruth]) -> None:
    """Callers the network holds in a queue while we have them elsewhere are sent where they
    belong; callers we believe to wait there but who are not are asked after."""
    queue_sid = asked.params["queue_sid"]
    there = {member.call_sid for member in members}
    for call in Call.objects.filter(sid__in=there, tenant_id=asked.tenant_id):
        if CallState(call.state) in WAITING_STATES:
            continue
        _send_where_it_belongs(call)
    believed = Segment.objects.select_related("call").filter(
        network_queue_sid=queue_sid,
        ended_at=None,
        wait_started_at__lt=asked.asked_at,
        call__state=CallState.QUEUED,
    )
    for segment in believed.exclude(call__sid__in=there)[:MOST]:
        command("check_call", call=segment.call, call_sid=segment.call.sid)


def _send_where_it_belongs(call: Call) -> None:
    call = lock_call(call.pk)
    state = CallState(call.state)
    if state is CallState.ENDED:
        command("end_call", call=call, call_sid=call.sid)
    elif state is CallState.RETURNING:
        last = Offer.objects.filter(call=call).order_by("-pk").first()
        if last is not None:
            send_to_lost(call, last)
    else:
        offer = live_offer(call)
        if offer is None:
            return
        command("redirect_call", offer=offer, call_sid=call.sid, url=addresses.connect(offer.pk))
    record(ev.RealityHealed(**facts.of_call(call), what="the network still had it in a queue"))


teach(
    "look_at_queue",
    lambda net, c: net.fetch_queue_members(queue_sid=c.params["queue_sid"]),
    applied=_queue_was_seen,
)
