"""A supervisor takes a call over: becomes the one who talks to the customer.

Ownership first, in the database: the agent's part is over and the supervisor has an offer of their
own, in the same conference. Then the network: the supervisor is heard, and only when that was done
is the agent's line taken out. The customer hears no gap, and is never alone.

The same happens by itself when an agent is lost while a supervisor talks with the customer.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.states import Activity
from contact_center.domain.supervising import Mode
from contact_center.errors import NotAllowed, StaleState
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Leg,
    Offer,
    Supervision,
    SupervisionState,
    User,
)
from contact_center.services import consulted, facts, supervising, wrapping_up
from contact_center.services.connecting import close_lost, next_owner
from contact_center.services.transitions import lock_call, move_call, move_slot

#: What a supervisor may be doing as an agent when a call is taken over.
_FREE = frozenset({Activity.IDLE.value, Activity.NOT_RESPONDING.value})


@transaction.atomic
def take_over(*, supervision: Supervision, supervisor: User) -> None:
    """Make the call the supervisor's. A second press does nothing.

    Raises NotAllowed until the supervisor's line is in the conversation, when that is over or the
    agent ends it, and while the supervisor has a call of their own.
    """
    call = lock_call(supervision.call_id)
    supervision = supervising.locked(supervision)
    if supervision.taken_over_at is not None:
        return
    owner = supervising.owner_of(call)
    if owner is None or supervision.state == SupervisionState.ENDED:
        raise NotAllowed(_("There is no conversation any more."))
    if supervision.state != SupervisionState.LIVE:
        raise NotAllowed(_("Your line is not in this call yet. Try again in a moment."))
    if owner.hang_up_asked_at is not None:
        raise NotAllowed(_("The agent is just ending this call."))
    if consulted.live_of(call) is not None:
        raise NotAllowed(_("The agent is consulting somebody. Try again when that is over."))
    slot = _slot_for(supervisor)
    if slot is None:
        raise NotAllowed(_("You have a call of your own at your desk. End it first."))
    try:
        _make_owner(call, owner, supervision, slot, reason="asked")
    except StaleState:
        # The dispatcher was just ringing the supervisor's own desk.
        raise NotAllowed(_("You have a call of your own at your desk. End it first.")) from None
    relieved = ev.AgentRelieved(
        **facts.of_offer(owner, supervisor), talked_seconds=facts.talked_seconds(owner)
    )
    wrapping_up.begin(owner, relieved)
    record(relieved)
    if supervision.mode == Mode.BARGE and supervision.mode_asked in ("", Mode.BARGE):
        supervising.relieve(supervision)
    else:
        supervising.ask(supervision, Mode.BARGE, actor=supervisor)


def inherit(call: Call, offer: Offer, event: ev.AgentLost) -> bool:
    """Give the call of a lost agent to a supervisor who talks with the customer already.

    Return False when there is none. Must run under ``lock_call``.
    """
    talking = Supervision.objects.filter(
        offer=offer, ended_at=None, mode=Mode.BARGE, mode_asked__in=("", Mode.BARGE)
    )
    for supervision in talking.select_related("supervisor").order_by("pk"):
        line = Leg.objects.filter(supervision=supervision, offer=None, ended_at=None).exists()
        slot = _slot_for(supervision.supervisor) if line else None
        if slot is not None:
            _make_owner(call, offer, supervision, slot, reason="agent_lost")
            close_lost(offer, event)
            return True
    return False


def _make_owner(
    call: Call, old: Offer, supervision: Supervision, slot: AgentSlot, *, reason: str
) -> Offer:
    """Write the supervisor's own offer, which lives in the conference of ``old``.

    The other supervisors stay, with the new owner; one who coached has nobody to coach.
    """
    supervising.coached_is_gone(old, but=supervision)
    new = next_owner(call, old, supervision, slot, why="taken_over", held_at=old.held_at)
    now = new.offered_at
    event = ev.CallTakenOver(
        **facts.of_offer(new, supervision.supervisor),
        supervision_id=supervision.pk,
        from_offer_id=old.pk,
        reason=reason,
    )
    move_call(call, event, offers_made=new.fence, heard_at=now)
    move_slot(slot, event)
    if old.held_at is not None:
        # The customer's hold goes on, now for the new owner.
        move_slot(slot, ev.CallHeld(**facts.of_offer(new)))
    for former in Supervision.objects.filter(offer=old, ended_at=None).exclude(taken_over_at=None):
        # Of one supervisor who takes over from another: the line goes when the new one is heard.
        why = "taken_over" if reason == "asked" else "line_lost"
        supervising.end(former, reason=why, keep_line=reason == "asked")
    Supervision.objects.filter(offer=old, ended_at=None).update(offer=new)
    Supervision.objects.filter(pk=supervision.pk).update(taken_over_at=now, is_private=False)
    supervision.offer, supervision.taken_over_at, supervision.is_private = new, now, False
    record(event)
    return new


def _slot_for(supervisor: User) -> AgentSlot | None:
    """Return the supervisor's own room for a call, made if there is none; None when it is busy."""
    assert supervisor.tenant is not None
    agent, _made = Agent.objects.get_or_create(
        user=supervisor, defaults={"tenant": supervisor.tenant}
    )
    slots = list(agent.slots.order_by("number")) or [AgentSlot.objects.create(agent=agent)]
    slots[0].agent = agent
    return slots[0] if all(slot.activity in _FREE for slot in slots) else None
