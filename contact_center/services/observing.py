"""What the network says of conferences and legs, applied to what we know.

Reports (webhooks) and readings (REST) come to the same few functions, so that a report that is
late, doubled or lost makes no difference to where things end.
"""

from collections.abc import Iterator

from django.utils import timezone

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.healing import Done, Found
from contact_center.domain.states import TALKING_STATES, CallState
from contact_center.event_stream import record
from contact_center.models import Call, Command, EndedBy, Leg, Offer, OfferState, Timer
from contact_center.models.prepared import update
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
        update(Call, {"pk": call.pk}, network_status=status, heard_at=timezone.now())


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


def call_is(call: Call, truth: CallTruth | None) -> bool:
    """Apply what the network says of a customer's leg; return whether we had believed otherwise.

    Must run under ``lock_call``. A leg that the network knows nothing of is over.
    """
    if truth is not None and not truth.is_over:
        if truth.status:
            Call.objects.filter(pk=call.pk).update(
                network_status=truth.status, heard_at=timezone.now()
            )
        return False
    if CallState(call.state) is CallState.ENDED:
        return False
    healed(call, Found.CALL_WAS_OVER, Done.CALL_ENDED, sid=call.sid)
    by, why = _who_ended(call, truth.status if truth is not None else "completed")
    ending.end_call(call, ended_by=by, reason=why)
    return True


def leg_is(leg: Leg, truth: CallTruth | None, call: Call | None) -> bool:
    """Apply that an agent's leg is over; return whether we had believed otherwise.

    ``call`` is the locked call of the leg's offer, if it has one.
    """
    status = truth.status if truth is not None else "completed"
    noted = Leg.objects.filter(pk=leg.pk, ended_at=None)
    if not noted.update(status=status, ended_at=timezone.now()):
        return False
    if call is None or leg.offer is None:
        return True
    offer = Offer.objects.select_related("call").get(pk=leg.offer.pk)
    if offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        back = offer.state == OfferState.CONNECTED and offer.hang_up_asked_at is None
        done = Done.BACK_TO_LINE if back else Done.NOTED
        healed(call, Found.AGENT_LEG_GONE, done, offer=offer, sid=leg.sid)
        ending.agent_left(offer, reason="leg_ended")
    else:
        healed(call, Found.LEG_WAS_OVER, Done.NOTED, offer=offer, sid=leg.sid)
    return True


def seen(call: Call, offer_id: int, look: Look) -> bool:
    """Apply what a look at the conference of an offer shows to have come about: who waited for
    somebody to join, or for a hold, need not wait any longer. Return whether anything was new.

    Must run under ``lock_call``. Whatever else differs is left alone: it may be on its way.
    """
    offer = Offer.objects.select_related("call", "queue", "agent").get(pk=offer_id)
    conference_sid, there, agent_leg = _who_is_there(offer, look)
    if offer.state == OfferState.ACCEPTED and agent_leg is not None:
        connecting.agent_joined(offer, conference_sid=conference_sid)
        if call.sid in there:
            connecting.customer_joined(offer, conference_sid=conference_sid)
        return offer.agent_joined_at is None or call.sid in there
    for control, asked in _controls(offer, call, there, agent_leg):
        if control == asked:
            talking.happened(offer, control)
    return False


def compare(call: Call, offer_id: int, look: Look) -> bool:
    """Heal what differs between the conference of an offer and us; return whether anything did.

    Must run under ``lock_call``, and only while nothing about the call is in flight.
    """
    offer = Offer.objects.select_related("call", "queue", "agent").get(pk=offer_id)
    if offer.state != OfferState.CONNECTED:
        return False
    conference_sid, there, agent_leg = _who_is_there(offer, look)
    differs = False
    for control, asked in _controls(offer, call, there, agent_leg):
        so_far = offer.held_at if control in ("hold", "resume") else offer.muted_at
        if not asked and (so_far is None) == (control in ("hold", "mute")):
            differs = True
            found = Found.HOLD_DIFFERS if control in ("hold", "resume") else Found.MUTE_DIFFERS
            healed(call, found, Done.NOTED, offer=offer, sid=conference_sid)
            talking.happened(offer, control)
    return _who_is_missing(call, offer, conference_sid, agent_leg, there) or differs


def _who_is_there(offer: Offer, look: Look) -> tuple[str, dict[str, ParticipantTruth], Leg | None]:
    conference_sid, participants = look
    there = {one.call_sid: one for one in participants if one.status == "connected"}
    legs = Leg.objects.filter(offer=offer).order_by("-pk")
    return conference_sid, there, next((leg for leg in legs if leg.sid in there), None)


def _controls(
    offer: Offer, call: Call, there: dict[str, ParticipantTruth], agent_leg: Leg | None
) -> Iterator[tuple[talking.Control, str]]:
    """Yield how hold and mute are in the network, each with what is being asked of it."""
    if call.sid in there:
        yield "hold" if there[call.sid].hold else "resume", offer.hold_asked
    if agent_leg is not None:
        yield "mute" if there[agent_leg.sid].muted else "unmute", offer.mute_asked


def _who_is_missing(
    call: Call,
    offer: Offer,
    conference_sid: str,
    agent_leg: Leg | None,
    there: dict[str, ParticipantTruth],
) -> bool:
    if call.sid in there:
        if agent_leg is not None:
            return False
        healed(call, Found.AGENT_NOT_THERE, Done.BACK_TO_LINE, offer=offer, sid=conference_sid)
        ending.agent_left(offer, reason="not_in_conference")
    else:
        # The customer's leaving ends a conference. His line is up: he hears what comes after it.
        command("redirect_call", offer=offer, call_sid=call.sid, url=addresses.after(offer.pk))
        healed(call, Found.CONFERENCE_WAS_OVER, Done.TOLD_AGAIN, offer=offer, sid=call.sid)
    return True


def healed(
    call: Call, found: Found, done: Done, *, offer: Offer | None = None, sid: str = ""
) -> None:
    """Record what was found about ``call`` and what was done about it."""
    concerned = facts.of_offer(offer) if offer is not None else facts.of_call(call)
    record(ev.RealityHealed(**concerned, found=found, done=done, sid=sid))


# --- readings somebody asked for -----------------------------------------------------------------


def _look(net: Telephony, asked: Command) -> Look:
    conference = net.fetch_conference_named(name=asked.params["name"])
    if conference is None:
        return "", []
    return conference.sid, net.fetch_participants(conference_sid=conference.sid)


def _looked(asked: Command, look: Look) -> None:
    """Apply what was seen in a conference in which somebody waits for something to be so."""
    if asked.offer is not None:
        seen(lock_call(asked.offer.call_id), asked.offer.pk, look)


def _call_checked(asked: Command, truth: CallTruth | None) -> None:
    """Apply what the network says of a customer's leg we asked after."""
    if asked.call is None:
        return
    call_is(lock_call(asked.call.pk), truth)
    is_up = truth is not None and not truth.is_over
    if is_up and asked.params.get("agent_left") and asked.offer is not None:
        ending.agent_left(asked.offer, reason="leg_ended")


teach("look_at_conference", _look, applied=_looked)
teach(
    "check_call",
    lambda net, c: net.fetch_call(call_sid=c.params["call_sid"]),
    applied=_call_checked,
)
