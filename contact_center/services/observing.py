"""What the network says of conferences and legs, applied to what we know.

Reports (webhooks) and readings (REST) come to the same few functions, so that a report that is
late, doubled or lost makes no difference to where things end.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.callbacks import TRIED_BY_STATUS, Tried
from contact_center.domain.healing import Done, Found
from contact_center.domain.states import TALKING_STATES, CallState
from contact_center.domain.supervising import Mode, mode_of
from contact_center.event_stream import record
from contact_center.models import (
    Call,
    Command,
    DialAttempt,
    EndedBy,
    Leg,
    LegKind,
    Offer,
    OfferState,
    Supervision,
    SupervisionState,
    Timer,
)
from contact_center.models.prepared import Given, Prepared, update
from contact_center.services import (
    connecting,
    consulted,
    consulting,
    dialling,
    ending,
    facts,
    supervising,
    talking,
    transferring,
)
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
        _customers_leg_is_over(call, status, network_status=status)
    else:
        update(Call, {"pk": call.pk}, network_status=status, heard_at=timezone.now())


def dialled_leg(call: Call, attempt_id: int, *, sid: str, status: str) -> None:
    """The leg of a customer whom we call back has ``status``. Must run under ``lock_call``."""
    attempt = DialAttempt.objects.get(pk=attempt_id)
    if attempt.ended_at is None and not dialling.know_leg(call, attempt, sid):
        return
    if call.sid == sid:
        call_status(call, status)
    elif rank_of(status) != FINAL_RANK:
        # Nobody wants it any more; its name may have come to us too late to say so.
        command("end_call", call=call, call_sid=sid)


def _customers_leg_is_over(call: Call, status: str, network_status: str = "") -> None:
    attempt = dialling.live_attempt(call)
    if attempt is not None:
        dialling.not_reached(call, attempt, TRIED_BY_STATUS.get(status, Tried.FAILED))
        return
    by, why = _who_ended(call, status)
    ending.end_call(call, ended_by=by, reason=why, network_status=network_status)


def leg_status(leg: Leg, status: str) -> None:
    """A leg of an agent or a supervisor has ``status``. The end of an agent's alone does not say
    whether the agent was lost."""
    rank = rank_of(status)
    known = rank_of(leg.status)
    if rank is None or (known is not None and rank < known):
        return
    over = rank == FINAL_RANK
    now = timezone.now()
    Leg.objects.filter(pk=leg.pk).update(
        status=status, **({"ended_at": leg.ended_at or now} if over else {})
    )
    if over and leg.supervision is not None and leg.offer is None:
        supervising.line_is_over(leg.supervision)
    elif over and leg.consult is not None and leg.offer is None:
        consulted.line_is_over(leg.consult, status, line=leg)
    elif over and leg.offer is not None and leg.offer.ended_at is None:
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
        return EndedBy.CUSTOMER, ending.left_the_line(call)
    if state is CallState.TRANSFERRING:
        return EndedBy.CUSTOMER, "customer_hung_up"
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
        return
    leg = _line_in(offer, call_sid)
    if leg is not None and leg.supervision is not None:
        supervising.joined(leg.supervision, conference_sid=conference_sid)
    elif leg is not None and leg.consult is not None:
        consulted.joined(leg.consult, conference_sid=conference_sid, line=leg)
    elif leg is not None:
        connecting.agent_joined(offer, conference_sid=conference_sid)


def left(offer: Offer, *, call_sid: str, reason: str) -> None:
    """A leg left the conference of ``offer``."""
    if call_sid == offer.call.sid:
        ending.customer_left(offer, reason=reason)
        return
    leg = _line_in(offer, call_sid)
    # Who never came does not leave: why, its status says.
    if leg is not None and not (leg.kind == LegKind.OUTSIDE and leg.joined_at is None):
        Leg.objects.filter(pk=leg.pk, ended_at=None).update(ended_at=timezone.now())
        _line_is_gone(leg, reason)


def _line_in(offer: Offer, sid: str) -> Leg | None:
    """Return the line of an agent, a colleague or a supervisor of the call of ``offer``."""
    return _LINE_IN.first(sid=sid, call_id=offer.call_id)


_LINE_IN = Prepared(
    Leg.objects.select_related("offer", "supervision", "consult")
    .filter(sid=Given("sid"))
    .filter(
        Q(offer__call_id=Given("call_id"))
        | Q(supervision__call_id=Given("call_id"))
        | Q(consult__call_id=Given("call_id"))
    )
)


def _line_is_gone(leg: Leg, reason: str) -> None:
    """Whoever had this line is not in the conversation any more."""
    if leg.offer is not None:
        ending.agent_left(leg.offer, reason=reason)
    elif leg.supervision is not None:
        supervising.line_is_over(leg.supervision)
    elif leg.consult is not None:
        consulted.line_is_over(leg.consult, line=leg)


def control_confirmed(offer: Offer, *, call_sid: str, what: str) -> None:
    """A participant's hold or mute is as ``what`` says: hold, unhold, mute or unmute."""
    lock_call(offer.call_id)
    is_customer = call_sid == offer.call.sid
    line = None if is_customer else _line_in(offer, call_sid)
    if line is not None and line.consult is not None and line.offer is None:
        if what in ("hold", "unhold"):
            consulting.colleague_is(line.consult, held=what == "hold")
        return
    if is_customer and what in ("hold", "unhold"):
        talking.happened(offer, "hold" if what == "hold" else "resume")
    elif not is_customer and what in ("mute", "unmute"):
        talking.happened(offer, "mute" if what == "mute" else "unmute")


def supervisors_line(sid: str) -> Leg | None:
    """Return the line of a supervisor; None when it is somebody else's."""
    lines = Leg.objects.select_related("offer", "supervision")
    return lines.filter(sid=sid, supervision__isnull=False).first()


def supervisor_is(
    leg: Leg, *, muted: bool, coaching: bool, coached_sid: str = "", sequence: int | None = None
) -> None:
    """A supervisor's line is muted, or coaches, or neither. Must run under ``lock_call``.

    Once the customer hears who has taken the call over, to mute that line is what it is to an
    agent's.
    """
    supervision = leg.supervision
    if supervision is None:
        return
    if leg.offer is not None and supervision.mode == Mode.BARGE and not supervision.mode_asked:
        if supervising.is_newer(supervision, sequence):
            talking.happened(leg.offer, "mute" if muted else "unmute")
        return
    supervising.mode_is(
        supervision,
        mode_of(muted=muted, coaching=coaching),
        coached_sid=coached_sid if coaching else "",
        sequence=sequence,
    )


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
    if CallState(call.state) is CallState.ENDED or not call.has_leg:
        return False
    healed(call, Found.CALL_WAS_OVER, Done.CALL_ENDED, sid=call.sid)
    _customers_leg_is_over(call, truth.status if truth is not None else "completed")
    return True


def leg_is(leg: Leg, truth: CallTruth | None, call: Call | None) -> bool:
    """Apply that a line of agent or supervisor is over; return whether we had believed otherwise.

    ``call`` is the locked call of the leg, if it has one.
    """
    status = truth.status if truth is not None else "completed"
    noted = Leg.objects.filter(pk=leg.pk, ended_at=None)
    if not noted.update(status=status, ended_at=timezone.now()):
        return False
    if call is None:
        return True
    if leg.offer is None:
        if leg.supervision is not None and leg.supervision.ended_at is None:
            healed(
                call, Found.SUPERVISOR_GONE, Done.NOTED, offer=leg.supervision.offer, sid=leg.sid
            )
            supervising.line_is_over(leg.supervision)
        goes_on = leg.consult is not None and leg.consult.stay_id is not None
        if leg.consult is not None and (leg.consult.ended_at is None or goes_on):
            healed(call, Found.AGENT_LEG_GONE, Done.NOTED, offer=leg.consult.offer, sid=leg.sid)
            consulted.line_is_over(leg.consult, status, line=leg)
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


def seen(call: Call, offer_id: int, look: Look, *, since: datetime) -> bool:
    """Apply what a look at the conference of an offer shows to have come about: who waited for
    somebody to join, or for a hold, need not wait any longer. Return whether anything was new.

    Must run under ``lock_call``. Whatever else differs is left alone: it may be on its way.
    ``since`` is when the look was asked for.
    """
    offer = _who_has_it(call, offer_id)
    if not call.has_leg:
        for one in look[1]:
            if one.label == dialling.CUSTOMER_LABEL:
                dialling.learn(offer, one.call_sid)
                call = offer.call
    conference_sid, there, agent_leg = _who_is_there(offer, look)
    if offer.state == OfferState.ACCEPTED and agent_leg is not None:
        connecting.agent_joined(offer, conference_sid=conference_sid)
        if call.sid in there:
            connecting.customer_joined(offer, conference_sid=conference_sid)
        return offer.agent_joined_at is None or call.sid in there
    if call.sid not in there and transferring.leave(call):
        return True
    for control, asked in _controls(offer, call, there, agent_leg):
        if control == asked:
            talking.happened(offer, control)
    somebody_came = _supervisors_seen(offer, conference_sid, there, since)
    return consulting.seen(call, offer, conference_sid, there, since) or somebody_came


def _who_has_it(call: Call, offer_id: int) -> Offer:
    """Return the offer, or who has taken its conversation over."""
    offer = Offer.objects.select_related("call", "queue", "agent").get(pk=offer_id)
    owner = supervising.owner_of(call)
    taken = owner is not None and owner.conference_key == offer.conference_key
    return owner if owner is not None and taken else offer


def _supervisors_seen(
    offer: Offer, conference_sid: str, there: dict[str, ParticipantTruth], since: datetime
) -> bool:
    """Apply that supervisors are in the conference and heard as they asked; return whether one
    had come unnoticed."""
    somebody_came = False
    for supervision, line in _supervisors_in(offer):
        truth = there.get(line.sid)
        if truth is None:
            continue
        if supervision.state == SupervisionState.JOINING:
            supervising.joined(supervision, conference_sid=conference_sid)
            somebody_came = True
        elif supervision.mode_asked == _mode(truth) and supervising.is_settled(supervision, since):
            _supervisor_seen(line, truth)
    return somebody_came


def _supervisors_in(offer: Offer) -> Iterator[tuple[Supervision, Leg]]:
    """Yield the supervisors who are with a conversation, each with their line."""
    for line in _SUPERVISORS_IN.all(offer_id=offer.pk):
        if line.supervision is not None:
            yield line.supervision, line


_SUPERVISORS_IN = Prepared(
    Leg.objects.select_related("offer", "supervision__offer")
    .filter(supervision__offer_id=Given("offer_id"), supervision__ended_at=None, ended_at=None)
    .order_by("pk")
)


def _mode(truth: ParticipantTruth) -> Mode:
    return mode_of(muted=truth.muted, coaching=truth.coaching)


def _supervisor_seen(line: Leg, truth: ParticipantTruth) -> None:
    supervisor_is(
        line,
        muted=truth.muted,
        coaching=truth.coaching,
        coached_sid=truth.coached_call_sid or "",
    )


def _supervisors_differ(
    call: Call, offer: Offer, conference_sid: str, there: dict[str, ParticipantTruth]
) -> bool:
    """Heal what differs about supervisors; return whether anything did."""
    differs = False
    for supervision, line in _supervisors_in(offer):
        if supervision.state != SupervisionState.LIVE or line.offer is not None:
            continue  # still on the way; or compared as whoever has the call
        truth = there.get(line.sid)
        if truth is None:
            healed(call, Found.SUPERVISOR_GONE, Done.NOTED, offer=offer, sid=line.sid)
            supervising.line_is_over(supervision)
        elif not supervision.mode_asked and _mode(truth) != supervision.mode:
            healed(call, Found.SUPERVISOR_DIFFERS, Done.ASKED_AGAIN, offer=offer, sid=line.sid)
            _supervisor_seen(line, truth)
        else:
            continue
        differs = True
    return differs


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
    if call.sid in there:
        differs = _supervisors_differ(call, offer, conference_sid, there) or differs
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
        seen(lock_call(asked.offer.call_id), asked.offer.pk, look, since=asked.asked_at)


def _leg_of(net: Telephony, asked: Command) -> CallTruth | None:
    sid = asked.params["call_sid"]
    return net.fetch_call(call_sid=sid) if sid.startswith("CA") else None


def _call_checked(asked: Command, truth: CallTruth | None) -> None:
    """Apply what the network says of a customer's leg we asked after."""
    if asked.call is None:
        return
    call = lock_call(asked.call.pk)
    is_up = truth is not None and not truth.is_over
    if call.sid == asked.params["call_sid"]:
        call_is(call, truth)
        # Who is yet to be called back has no line that could be over.
        is_up = is_up or not call.has_leg
    if is_up and asked.params.get("agent_left") and asked.offer is not None:
        ending.agent_left(asked.offer, reason="leg_ended")


teach("look_at_conference", _look, applied=_looked)
teach(
    "check_call",
    _leg_of,
    applied=_call_checked,
)
