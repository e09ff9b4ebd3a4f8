"""What a supervisor does with a waiting caller: move, give to an agent, pull, another priority.

Each is about one stay in a queue, the one the supervisor saw. Who has gone on since is not
touched: the answer is a sentence. All hold the dispatch row, so that nobody is rung for the caller
while it is decided, and then the call. An agent who is being rung stops being rung where the
decision is against it; who has accepted has the call.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.line import HIGHEST_PRIORITY, LOWEST_PRIORITY
from contact_center.domain.states import Activity, CallState, Presence
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    Call,
    Command,
    PhoneLease,
    Queue,
    Segment,
    SegmentKind,
    User,
)
from contact_center.selectors import hours, limits
from contact_center.services import ending, facts, presence, reserving
from contact_center.services.commanding import command, teach
from contact_center.services.offering import withdraw_offer
from contact_center.services.transitions import (
    enter_segment,
    hold_dispatch,
    lock_call,
    move_call,
)
from contact_center.wakeups import wake_clock

#: Where a call is when a supervisor comes too late, and what is said.
_TOO_LATE = {
    CallState.CONNECTING: gettext_lazy("An agent has just taken this call."),
    CallState.CONNECTED: gettext_lazy("An agent is talking with this caller."),
    CallState.ON_HOLD: gettext_lazy("An agent is talking with this caller."),
    CallState.ENDED: gettext_lazy("The caller has hung up."),
}


# --- to another queue ----------------------------------------------------------------------------


@transaction.atomic
def move(*, stay: Segment, to: Queue, actor: User) -> None:
    """Move a waiting caller to another queue; the age is kept, what was arranged is not.

    A supervisor may fill a queue beyond what it takes; the event says so. Raises NotAllowed where
    nobody answers now, and for a caller who is not waiting there any more.
    """
    call, stay = _held(stay)
    now = timezone.now()
    if to.pk == stay.queue_id:
        raise NotAllowed(_("The caller is in %(queue)s already.") % {"queue": to.name})
    if not hours.hours_of(call.tenant_id, to.pk, now).is_open:
        raise NotAllowed(
            _("%(queue)s is closed now: nobody would answer there.") % {"queue": to.name}
        )
    _stop_ringing(call, reason="moved")
    reserving.end(call, stay, reason="moved", actor=actor)
    is_full = _is_full(call, to)
    left = facts.of_call(call)
    segment = enter_segment(
        call,
        SegmentKind.QUEUE,
        now,
        "moved",
        queue_id=to.pk,
        placed_at=stay.placed_at or stay.started_at,
        at_head=stay.at_head,
        moved_by=actor,
    )
    left["segment_id"], left["actor_id"] = segment.pk, actor.pk
    moved = ev.CallMoved(**left, to_queue_id=to.pk, over_capacity=is_full)
    move_call(call, moved, queue_id=to.pk)
    queued = ev.CallQueued(
        tenant_id=call.tenant_id, call_id=call.pk, queue_id=to.pk, reason="moved", place_kept=True
    )
    record(moved, queued)
    # The wait document of the queue he leaves would send him there as well, when its music ends.
    command(
        "bring_to_queue",
        call=call,
        call_sid=call.sid,
        url=addresses.fallback(),
        segment=segment.pk,
    )


def _is_full(call: Call, queue: Queue) -> bool:
    """Whether the queue takes nobody more who comes by himself. It is locked to the end.

    An arrival that comes near its end waits for the same lock, and counts who was moved, too.
    """
    list(Queue.objects.select_for_update(no_key=True).filter(pk=queue.pk).values_list("pk"))
    known = limits.limits_of(call.tenant_id)
    if queue.pk not in known:
        return False  # made this moment by another process: nobody is in it yet
    line = limits.lines_of(call.tenant_id, [queue.pk], known, timezone.now())[queue.pk]
    return line.waiting >= known[queue.pk].most


def _not_heard_there_yet(asked: Command) -> bool:
    """Whether the caller is still to be brought: in that stay, and not heard of in it.

    An attempt may follow one that was applied; by then he may be on his way to an agent.
    """
    return Segment.objects.filter(
        pk=asked.params["segment"], ended_at=None, wait_started_at=None
    ).exists()


def _was_not_brought(asked: Command, _answer: str) -> None:
    if asked.call is not None:
        command("check_call", call=asked.call, call_sid=asked.call.sid)


teach(
    "bring_to_queue",
    lambda net, c: net.redirect_call(call_sid=c.params["call_sid"], url=c.params["url"]),
    refused=_was_not_brought,
    wanted=_not_heard_there_yet,
)


# --- to one agent --------------------------------------------------------------------------------


@transaction.atomic
def give(*, stay: Segment, agent: Agent, actor: User) -> None:
    """Keep a waiting caller for an agent, whom it rings as soon as that is possible.

    It goes over membership, skills and tier. Raises NotAllowed for an agent who is not on duty, or
    who is being rung for the caller already.
    """
    if agent.user_id == actor.pk:
        _keep_for_oneself(stay, agent, actor)
        return
    call, stay = _held(stay)
    if stay.reserved_for_id == agent.pk:
        return
    if _rings(call, agent):
        raise NotAllowed(_("%(agent)s is being rung for this caller.") % _named(agent))
    _stop_ringing(call, reason="given_to_another")
    agent = presence.locked(agent)
    if agent.presence == Presence.BREAK:
        raise NotAllowed(
            _("%(agent)s is on a break and would not be rung. Choose somebody else.")
            % _named(agent)
        )
    if agent.presence != Presence.AVAILABLE:
        raise NotAllowed(
            _("%(agent)s is not on duty and would not be rung. Choose somebody else.")
            % _named(agent)
        )
    reserving.keep_for(call, stay, agent, actor=actor)


@transaction.atomic
def pull(*, stay: Segment, actor: User) -> None:
    """Keep a waiting caller for the supervisor who asks: it rings at their own desk.

    Raises NotAllowed for who is no agent on duty with a free desk, saying what is in the way.
    """
    agent = Agent.objects.select_related("user").filter(user=actor).first()
    if agent is None:
        raise NotAllowed(
            _("You are no agent: there is no desk of yours at which the call could ring.")
        )
    _keep_for_oneself(stay, agent, actor)


def _keep_for_oneself(stay: Segment, agent: Agent, actor: User) -> None:
    call, stay = _held(stay)
    if stay.reserved_for_id == agent.pk:
        return
    if _rings(call, agent):
        raise NotAllowed(_("This call is ringing at your desk. Answer it there."))
    _stop_ringing(call, reason="given_to_another")
    agent = presence.locked(agent)
    _require_a_free_desk(agent)
    reserving.keep_for(call, stay, agent, actor=actor, pulled=True)


@transaction.atomic
def give_to_nobody(*, stay: Segment, actor: User) -> None:
    """Let everybody have a caller again who was kept for an agent. A second press does nothing.

    If the agent is being rung, it goes on: a phone that rings is answered or not within seconds.
    """
    call, stay = _held(stay)
    reserving.end(call, stay, reason="undone", actor=actor)


def _require_a_free_desk(agent: Agent) -> None:
    """Raise NotAllowed unless a call could ring at the supervisor's own desk now."""
    if agent.presence != Presence.AVAILABLE:
        raise NotAllowed(
            _("You are not on duty as an agent. Go on duty at your desk, then take the call.")
        )
    if not PhoneLease.objects.filter(agent=agent, silent_since=None).exists():
        raise NotAllowed(
            _("Your desk is not heard: no tab of it can ring. Open it, then take the call.")
        )
    doing = set(agent.slots.values_list("activity", flat=True))
    if Activity.IDLE in doing:
        return
    if Activity.NOT_RESPONDING in doing:
        raise NotAllowed(_("Your desk did not answer its last call. Say there that you are back."))
    raise NotAllowed(_("You have a call of your own at your desk. End it first."))


def _named(agent: Agent) -> dict[str, str]:
    return {"agent": agent.user.display_name}


# --- another priority ----------------------------------------------------------------------------


@transaction.atomic
def prioritise(*, stay: Segment, priority: int | None, actor: User) -> None:
    """Give a waiting caller a priority for this stay; None: the queue's own again.

    Raises NotAllowed for what is no priority. The same one again: nothing.
    """
    if priority is not None and not LOWEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
        raise NotAllowed(
            _("A priority is a number from %(lowest)s to %(highest)s.")
            % {"lowest": LOWEST_PRIORITY, "highest": HIGHEST_PRIORITY}
        )
    call, stay = _held(stay)
    if stay.priority == priority:
        return
    stay.priority = priority
    stay.prioritised_by = actor if priority is not None else None
    stay.save(update_fields=["priority", "prioritised_by"])
    concerned = facts.of_call(call, stay)
    concerned["actor_id"] = actor.pk
    record(
        ev.CallPrioritised(
            **concerned,
            priority=priority or _queues_own(stay),
            queues_own=priority is None,
        )
    )
    wake_clock()


def _queues_own(stay: Segment) -> int:
    own = stay.queue.priority if stay.queue is not None else None
    return own or current().queue.default_priority


# --- inside --------------------------------------------------------------------------------------


def _held(seen: Segment) -> tuple[Call, Segment]:
    """Return the call of a stay and the stay as it is now, held to the end of the transaction.

    While it is held nobody is rung for the caller. Raises NotAllowed when the caller is not waiting
    in this stay any more.
    """
    hold_dispatch(seen.call.tenant_id)
    call = lock_call(seen.call_id)
    state = CallState(call.state)
    if state in _TOO_LATE:
        raise NotAllowed(str(_TOO_LATE[state]))
    if state not in (CallState.QUEUED, CallState.OFFERED):
        raise NotAllowed(_("This caller is not waiting any more."))
    stay = Segment.objects.select_related("queue").filter(pk=seen.pk, ended_at=None).first()
    if stay is None:
        raise NotAllowed(
            _("This caller has gone to another queue meanwhile. Look where, then decide.")
        )
    return call, stay


def _stop_ringing(call: Call, *, reason: str) -> None:
    """Take the call back from the agent who is being rung for it, through no fault of theirs."""
    offer = ending.live_offer(call) if call.state == CallState.OFFERED else None
    if offer is not None:
        withdraw_offer(call, offer, reason=reason)


def _rings(call: Call, agent: Agent) -> bool:
    """Whether this very agent is being rung for the call."""
    offer = ending.live_offer(call) if call.state == CallState.OFFERED else None
    return offer is not None and offer.agent_id == agent.pk
