"""What the network says of conferences and legs, applied to what we know.

Reports (webhooks) and readings (REST) come to the same few functions, so that a report that is
late, doubled or lost makes no difference to where things end.
"""

from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.states import TALKING_STATES, CallState
from contact_center.event_stream import record
from contact_center.models import Call, Command, EndedBy, Leg, Offer, OfferState, Timer
from contact_center.services import connecting, ending, facts, talking
from contact_center.services.commanding import command, teach
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call
from contact_center.telephony.port import (
    FINAL_CALL_STATUSES,
    CallTruth,
    ParticipantTruth,
    Telephony,
)

#: A leg's status by rank; a report of a lower rank than what is known comes too late.
RANKS = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3}
FINAL_RANK = 4
#: After an agent's leg ended, so long for the customer's own end to be reported.
LEG_CHECK_SECONDS = 1.5

Look = tuple[str, list[ParticipantTruth]]


def rank_of(status: str) -> int | None:
    """Return how far along a status is; None for one we do not know."""
    if status in FINAL_CALL_STATUSES:
        return FINAL_RANK
    return RANKS.get(status)


# --- legs -----------------------------------------------------------------------------------


def call_status(call: Call, status: str) -> None:
    """The customer's leg has ``status``. Terminal absorbs; ranks never go back.

    Must run under ``lock_call``.
    """
    rank = rank_of(status)
    known = rank_of(call.network_status)
    if rank is None or (known is not None and rank < known):
        return
    if rank == FINAL_RANK and CallState(call.state) is not CallState.ENDED:
        by, why = _who_ended(call, status)
        ending.end_call(call, ended_by=by, reason=why, network_status=status)
    else:
        Call.objects.filter(pk=call.pk).update(network_status=status, heard_at=timezone.now())


def leg_status(leg: Leg, status: str) -> None:
    """An agent's leg has ``status``. Its end alone does not say whether the agent was lost."""
    rank = rank_of(status)
    known = rank_of(leg.status)
    if rank is None or (known is not None and rank < known):
        return
    over = rank == FINAL_RANK
    now = timezone.now()
    Leg.objects.filter(pk=leg.pk).update(
        status=status, **({"ended_at": leg.ended_at or now} if over else {})
    )
    if over and leg.offer is not None and leg.offer.ended_at is None:
        # The conference's own report says why; when it does not come, we look.
        set_timer(
            "leg_check", after_seconds=LEG_CHECK_SECONDS, tenant_id=leg.tenant_id, offer=leg.offer
        )


@on_time("leg_check")
def _what_became_of_the_agents_leg(timer: Timer) -> None:
    if timer.offer is None or timer.offer.ended_at is not None:
        return
    if timer.offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        call = timer.offer.call
        command("check_call", call=call, offer=timer.offer, call_sid=call.sid, agent_left=True)


def _who_ended(call: Call, status: str) -> tuple[EndedBy, str]:
    """Return who ended a call whose leg is over, from where it was."""
    if status in ("busy", "failed", "canceled", "no-answer"):
        return EndedBy.NETWORK, status
    state = CallState(call.state)
    if state in TALKING_STATES:
        asked = Offer.objects.filter(
            call=call, ended_at=None, hang_up_asked_at__isnull=False
        ).exists()
        return (EndedBy.AGENT, "agent_hung_up") if asked else (EndedBy.CUSTOMER, "customer_hung_up")
    if state in (CallState.QUEUED, CallState.OFFERED, CallState.CONNECTING, CallState.RETURNING):
        return EndedBy.CUSTOMER, "abandoned"
    if state is CallState.IN_MENU:
        return EndedBy.CUSTOMER, "hung_up_in_menu"
    if state is CallState.IN_ROOM:
        return EndedBy.CUSTOMER, "left_the_room"
    return EndedBy.SYSTEM, "completed"


# --- conferences -------------------------------------------------------------------------------


def joined(offer: Offer, *, call_sid: str, conference_sid: str) -> None:
    """A leg is in the conference of ``offer``."""
    if call_sid == offer.call.sid:
        connecting.customer_joined(offer, conference_sid=conference_sid)
    elif Leg.objects.filter(offer=offer, sid=call_sid).exists():
        connecting.agent_joined(offer, conference_sid=conference_sid)


def left(offer: Offer, *, call_sid: str, reason: str) -> None:
    """A leg left the conference of ``offer``."""
    if call_sid == offer.call.sid:
        ending.customer_left(offer, reason=reason)
        return
    leg = Leg.objects.filter(offer=offer, sid=call_sid).first()
    if leg is not None:
        Leg.objects.filter(pk=leg.pk, ended_at=None).update(ended_at=timezone.now())
        ending.agent_left(offer, reason=reason)


def control_confirmed(offer: Offer, *, call_sid: str, what: str) -> None:
    """A participant's hold or mute is as ``what`` says: hold, unhold, mute or unmute."""
    lock_call(offer.call_id)
    is_customer = call_sid == offer.call.sid
    if is_customer and what in ("hold", "unhold"):
        talking.happened(offer, "hold" if what == "hold" else "resume")
    elif not is_customer and what in ("mute", "unmute"):
        talking.happened(offer, "mute" if what == "mute" else "unmute")


# --- readings ------------------------------------------------------------------------------------


def _look(net: Telephony, asked: Command) -> Look:
    conference = net.fetch_conference_named(name=asked.params["name"])
    if conference is None:
        return "", []
    return conference.sid, net.fetch_participants(conference_sid=conference.sid)


def _looked(asked: Command, look: Look) -> None:
    """Apply what was seen in a conference: who is there, held, muted."""
    conference_sid, participants = look
    if asked.offer is None:
        return
    call = lock_call(asked.offer.call_id)
    offer = Offer.objects.select_related("call", "queue", "agent").get(pk=asked.offer.pk)
    present = {p.call_sid: p for p in participants if p.status == "connected"}
    agent_leg = next((leg for leg in Leg.objects.filter(offer=offer) if leg.sid in present), None)
    if offer.state == OfferState.ACCEPTED and agent_leg is not None:
        connecting.agent_joined(offer, conference_sid=conference_sid)
        if call.sid in present:
            connecting.customer_joined(offer, conference_sid=conference_sid)
        return
    if offer.state != OfferState.CONNECTED:
        return
    customer = present.get(call.sid)
    if customer is not None:
        _heal(
            offer, "hold" if customer.hold else "resume", (offer.held_at is None) == customer.hold
        )
    if agent_leg is not None:
        muted = present[agent_leg.sid].muted
        _heal(offer, "mute" if muted else "unmute", (offer.muted_at is None) == muted)
    elif customer is not None:
        _healed(offer, "the agent's leg was gone")
        ending.agent_left(offer, reason="not_in_conference")


def _heal(offer: Offer, control: talking.Control, differs: bool) -> None:
    fresh = Offer.objects.get(pk=offer.pk)
    if differs and control not in (fresh.hold_asked, fresh.mute_asked):
        _healed(offer, f"the network says {control}")
    talking.happened(offer, control)


def _healed(offer: Offer, what: str) -> None:
    record(ev.RealityHealed(**facts.of_offer(offer), what=what))


def _call_checked(asked: Command, truth: CallTruth | None) -> None:
    """Apply what the network says of a customer's leg we asked after."""
    if asked.call is None:
        return
    call = lock_call(asked.call.pk)
    if truth is None or truth.is_over:
        if CallState(call.state) is not CallState.ENDED:
            record(ev.RealityHealed(**facts.of_call(call), what="the call was over"))
            status = truth.status if truth is not None else "completed"
            by, why = _who_ended(call, status)
            ending.end_call(call, ended_by=by, reason=why)
        return
    Call.objects.filter(pk=call.pk).update(network_status=truth.status, heard_at=timezone.now())
    if asked.params.get("agent_left") and asked.offer is not None:
        ending.agent_left(asked.offer, reason="leg_ended")


teach("look_at_conference", _look, applied=_looked)
teach(
    "check_call",
    lambda net, c: net.fetch_call(call_sid=c.params["call_sid"]),
    applied=_call_checked,
)
