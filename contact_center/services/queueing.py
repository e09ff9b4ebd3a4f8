"""A call waits: into the line, what it hears there, its place, and out again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.overflow import Reason
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import WAITING_STATES, CallState
from contact_center.event_stream import record
from contact_center.models import (
    IN_LINE,
    Agent,
    Call,
    EndedBy,
    Offer,
    Queue,
    Segment,
    SegmentKind,
)
from contact_center.models.prepared import Given, Prepared, update
from contact_center.selectors import hours, limits
from contact_center.selectors.acquaintances import last_agent_of
from contact_center.services import (
    announcing,
    choosing,
    closing,
    facts,
    overflowing,
    redialling,
    saying,
    sending_outside,
)
from contact_center.services.transitions import (
    enter_segment,
    join_line,
    lock_call,
    move_call,
)
from contact_center.telephony.instructions import Enqueue, Instruction, Leave, Pause, Play, Say
from contact_center.wakeups import wake_clock

#: For so long the agent whose line broke is tried before anybody else.
PREFERRED_SECONDS = 20
#: How long a wait document without music lasts.
SILENT_SECONDS = 15


def enqueue(
    call: Call, queue_id: int, *, reason: str, before: tuple[ev.Event, ...] = (), **changes: Any
) -> list[Instruction]:
    """Put ``call`` at the end of a queue; return the instructions that take it there.

    Whoever gave up waiting there a moment ago gets the place he had (services/redialling.py).
    Out of the queue's hours the call is turned away instead; where the queue does not take it, it
    has been there for no time at all and goes where the queue overflows to. ``before`` are the
    facts that led here, recorded together with it; ``changes`` are written to the call with its
    move.
    """
    now = timezone.now()
    state = hours.hours_of(call.tenant_id, queue_id, now)
    if not state.is_open:
        return closing.turn_away(call, state, queue_id=queue_id, before=before, **changes)
    segment, waiting = join_line(call, now, reason, queue_id=queue_id, placed_at=now)
    way = overflowing.way_in(call, queue_id, waiting, now)
    if way.reason is None:
        kept = redialling.take_place(call, queue_id, now)
        if kept is not None:
            update(Segment, {"pk": segment.pk}, placed_at=kept.placed_at)
            before = (*before, redialling.place_kept(call, queue_id, kept))
        _prefer_last_agent(call, segment, queue_id, now)
        return _queued(call, segment, reason, before, changes)
    if way.outside:
        return sending_outside.send_outside(call, queue_id, way, now, before=before, **changes)
    if way.message_for is not None:
        return overflowing.take_message(
            call, way.message_for, way.reason, now, before=before, **changes
        )
    if way.queue_id is None:
        return overflowing.turn_away(call, queue_id, way.reason, now, before=before, **changes)
    return _enter(
        call,
        way.queue_id,
        now,
        placed_at=now,
        at_head=False,
        reason=way.reason,
        before=(*before, overflowing.overflowed(call, queue_id, way)),
        **changes,
    )


def go_on(call: Call) -> list[Instruction]:
    """Return what follows for a caller who has left the line by himself, or has waited too long:
    another queue, or the goodbye.

    He keeps his age for the place in the other queue's line; how long he may wait there is counted
    anew. Must run under ``lock_call``; asked again it answers by what is so then.
    """
    now = timezone.now()
    stays = Segment.objects.select_related("queue").filter(call=call, kind=SegmentKind.QUEUE)
    stay = stays.order_by("-started_at", "-pk").first()
    assert stay is not None
    assert stay.queue_id is not None
    why = Reason(call.end_reason)
    way = overflowing.way_on(call, stay.queue_id, why, now)
    if way.outside:
        return sending_outside.send_outside(call, stay.queue_id, way, now)
    if way.message_for is not None:
        return overflowing.take_message(call, way.message_for, why, now)
    if way.queue_id is None:
        return overflowing.goodbye(call, stay.queue, why)
    return _enter(
        call,
        way.queue_id,
        now,
        placed_at=stay.placed_at or now,
        at_head=False,
        reason=why,
        before=(overflowing.overflowed(call, stay.queue_id, way),),
    )


def return_to_line(
    call: Call, queue: Queue, *, reason: str, preferred: Agent | None = None
) -> list[Instruction]:
    """Put ``call`` back at the head of ``queue``, its age kept.

    ``preferred`` is tried alone for PREFERRED_SECONDS.
    """
    now = timezone.now()
    return _enter(
        call,
        queue.pk,
        now,
        placed_at=_age_kept(call) or now,
        at_head=True,
        reason=reason,
        preferred=preferred,
    )


def enter_transferred(
    call: Call, queue_id: int, *, reason: str, at_head: bool = False
) -> tuple[Segment, list[Instruction]]:
    """Put a caller whom an agent sends on into the line of a queue, his age kept; return his stay.

    An agent has decided: neither hours nor capacity are asked. Must run under ``lock_call``.
    """
    now = timezone.now()
    told = _enter(
        call,
        queue_id,
        now,
        placed_at=_age_kept(call) or now,
        at_head=at_head,
        reason=reason,
    )
    stay = live_segment(call)
    assert stay is not None
    return stay, told


def stay_in_line(call: Call) -> list[Instruction]:
    """Return the instructions that keep a waiting call where it is in our line.

    Must run under ``lock_call``.
    """
    segment = live_segment(call)
    assert segment is not None
    call.turn += 1
    Call.objects.filter(pk=call.pk).update(turn=call.turn)
    return [_enqueue_instruction(segment, turn=call.turn)]


def keep_waiting(segment_id: int, *, call_sid: str, queue_sid: str) -> list[Instruction]:
    """Return what a waiting caller hears next; the request is the caller's heartbeat.

    The first one makes the segment offerable: only then is the caller really in the network's
    queue and the queue's SID known.
    """
    now = timezone.now()
    segment = _WAITING.first(pk=segment_id, call_sid=call_sid)
    if segment is None or segment.ended_at or CallState(segment.call.state) not in WAITING_STATES:
        return [Leave()]
    if _waits_too_long(segment, now) and _give_up_waiting(segment, now):
        return [Leave()]
    is_stuck = _stuck_on_the_way(segment, now)
    told = announcing.Announcement() if is_stuck else announcing.announce(segment, now)
    first: list[Say] = []
    if segment.wait_started_at is None:
        first = _why_here(segment)
        _begin_waiting(segment, now, queue_sid, told.written)
    else:
        update(Segment, {"pk": segment.pk}, wait_heard_at=now, **told.written)
    if is_stuck:
        return [Leave()]
    if segment.dialogue:
        choosing.go_on_waiting(segment)  # he hears the music again: it came to nothing
    return choosing.listening(segment, [*first, *told.said, music(segment.queue)])


def _why_here(segment: Segment) -> list[Say]:
    """Return what is said to a customer who talked with somebody a moment ago.

    In the line, and not on the way to it: whoever is back at once need not let him hear it out.
    """
    if segment.at_head and Offer.ended_by_a_broken_line(segment.call_id):
        return [saying.tell(Sentence.LOST_AGENT, segment.call.language)]
    return []


#: What a wait request looks at; it is asked of every caller, all the time.
_WAITING = Prepared(
    Segment.objects.select_related("call", "queue__estimate")
    .only(
        "started_at", "ended_at", "placed_at", "at_head", "wait_started_at",
        "announced_at", "told_place", "told_wait", "comforted_at",
        "dialogue", "call__turn",
        "call__tenant_id", "call__state", "call__queue_id", "call__language", "queue__music_url",
        "queue__music", "queue__leave_key", "queue__callback_key", "queue__voicemail_key",
        "queue__max_wait_seconds",
        "queue__announce", "queue__announce_first_after", "queue__announce_every",
        "queue__announce_only_if_better", "queue__comfort_every", "queue__comfort_text",
        "queue__estimate__queue_id", "queue__estimate__looked_at", "queue__estimate__is_quiet",
        "queue__estimate__gap", "queue__estimate__last_wait", "queue__estimate__leaving",
        "queue__estimate__predictor", "queue__estimate__measured",
    )
    .filter(pk=Given("pk"), kind=SegmentKind.QUEUE, call__sid=Given("call_sid"))
)  # fmt: skip


def _begin_waiting(
    segment: Segment, now: datetime, queue_sid: str, told: Mapping[str, Any]
) -> None:
    with transaction.atomic():
        begun = update(
            Segment,
            {"pk": segment.pk, "wait_started_at": None},
            wait_started_at=now,
            wait_heard_at=now,
            network_queue_sid=queue_sid,
            **told,
        )
        if begun:
            record(ev.WaitStarted(**facts.of_call(segment.call, segment)))
            wake_clock()


def _waits_too_long(segment: Segment, now: datetime) -> bool:
    """Whether the caller of ``segment`` has to leave, unless an agent is being rung for him."""
    if CallState(segment.call.state) is not CallState.QUEUED or segment.queue is None:
        return False
    longest = timedelta(seconds=limits.longest_wait(segment.queue))
    return now - segment.started_at >= longest


@transaction.atomic
def _give_up_waiting(segment: Segment, now: datetime) -> bool:
    """Take a caller who has waited too long out of our line; return whether he was still in it.

    He leaves the network's queue with the answer; where he goes he asks with the next request
    (``go_on``). From here on no dispatcher can offer him, so that nobody is rung for a caller who
    is on his way out.
    """
    call = lock_call(segment.call.pk)
    live = live_segment(call)
    if CallState(call.state) is not CallState.QUEUED or live is None or live.pk != segment.pk:
        return False
    reason = Reason.WAITED_TOO_LONG
    event = ev.WaitExpired(
        **facts.of_call(call, segment),
        waited_seconds=round((now - segment.started_at).total_seconds(), 1),
    )
    move_call(call, event, ended_by=EndedBy.SYSTEM, end_reason=reason)
    enter_segment(call, SegmentKind.GOODBYE, now, reason, queue_id=segment.queue_id)
    record(event)
    return True


def live_segment(call: Call) -> Segment | None:
    """Return where the call is now."""
    return Segment.objects.select_related("queue").filter(call=call, ended_at=None).first()


def music(queue: Queue | None) -> Play | Pause:
    """Return what is heard in a queue and on hold: its file, its music, the setting's, or silence.

    CONFERENCE.WAIT_URL left empty is silence by choice.
    """
    file = queue.music.name if queue else ""
    if file:
        return Play(addresses.wait_music(file))
    own = queue.music_url if queue else ""
    address = own or current().conference.wait_url
    return Play(addresses.media(address)) if address else Pause(SILENT_SECONDS)


def default_queue(tenant_id: int) -> Queue:
    """Return the queue for calls that no rule places, made on first use (QUEUE.DEFAULT_NAME)."""
    queue, _made = Queue.objects.get_or_create(
        tenant_id=tenant_id, name=current().queue.default_name
    )
    return queue


def _enter(
    call: Call,
    queue_id: int,
    now: datetime,
    *,
    placed_at: datetime,
    at_head: bool,
    reason: str,
    preferred: Agent | None = None,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> list[Instruction]:
    segment = enter_segment(
        call,
        SegmentKind.QUEUE,
        now,
        reason,
        queue_id=queue_id,
        placed_at=placed_at,
        at_head=at_head,
        preferred_agent=preferred,
        preferred_until=now + timedelta(seconds=PREFERRED_SECONDS) if preferred else None,
    )
    return _queued(call, segment, reason, before, changes)


def _queued(
    call: Call,
    segment: Segment,
    reason: str,
    before: tuple[ev.Event, ...],
    changes: Mapping[str, Any],
) -> list[Instruction]:
    """The call is in line, in its stay ``segment``."""
    event = ev.CallQueued(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        queue_id=segment.queue_id,
        reason=reason,
        place_kept=segment.at_head,
    )
    move_call(call, event, queue_id=segment.queue_id, ended_by="", end_reason="", **changes)
    record(*before, event)
    return [_enqueue_instruction(segment)]


def _prefer_last_agent(call: Call, segment: Segment, queue_id: int, now: datetime) -> None:
    """Keep a caller for a while for the agent who answered him last, where the queue says so."""
    kept_for = limits.wait_for_last_agent(call.tenant_id, queue_id)
    agent_id = last_agent_of(call, queue_id, now) if kept_for is not None else None
    if agent_id is None or kept_for is None:
        return
    update(
        Segment,
        {"pk": segment.pk},
        preferred_agent_id=agent_id,
        preferred_until=now + kept_for,
    )


def _enqueue_instruction(segment: Segment, turn: int = 0) -> Enqueue:
    return Enqueue(
        queue_name=f"q_{segment.queue_id}",
        wait_url=addresses.wait(segment.pk),
        action=addresses.queue_left(segment.pk, turn),
    )


def _age_kept(call: Call) -> datetime | None:
    stays = Segment.objects.filter(call=call, kind__in=IN_LINE)
    return stays.order_by("-started_at").values_list("placed_at", flat=True).first()


def _stuck_on_the_way(segment: Segment, now: datetime) -> bool:
    """Whether an agent has been ready for this caller for two seconds and he is still here.

    Then the request that should have moved him is late or lost, and he moves himself.
    """
    if CallState(segment.call.state) is not CallState.CONNECTING:
        return False
    return segment.offers.filter(
        ended_at=None, agent_joined_at__lt=now - timedelta(seconds=2), customer_sent_at=None
    ).exists()
