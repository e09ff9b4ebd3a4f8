"""Put one thing right: look at it again, and, if it is still so, do the least that ends it.

Every function here is about one call. It reads the network
outside of any transaction, then decides and writes under that call's lock. Three rules keep it
from doing harm:

- *Look again.* What a list said is not enough; the one thing is read by itself.
- *Never fight what is in flight.* Something asked of the network about this call that is not
  settled, or that changed after we began to look, is left to those who asked (``is_in_flight``).
  What is over stays over, so the end of a line is taken from whoever says it first.
- *Say it.* What was found and done is an event in the transaction that did it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contact_center import addresses
from contact_center.domain.healing import Done, Found
from contact_center.domain.states import WAITING_STATES, CallState
from contact_center.models import (
    Call,
    Command,
    CommandOutcome,
    Leg,
    Offer,
    OfferState,
    Segment,
)
from contact_center.services import observing, supervising
from contact_center.services.census import Reader
from contact_center.services.commanding import command
from contact_center.services.comparing import (
    QUIET_SECONDS,
    SETTLE_SECONDS,
    Stay,
)
from contact_center.services.observing import healed
from contact_center.services.transitions import lock_call
from contact_center.telephony.port import CallTruth, ConferenceTruth

#: Commands that only look; they change nothing anywhere.
LOOKS = ("check_call", "look_at_conference")


def is_in_flight(call_id: int, since: datetime) -> bool:
    """Whether something about this call is on its way to the network, or has just been settled.

    ``since`` is when we began to look: what was settled after that, or in the SETTLE_SECONDS
    before, may not be in what we saw.
    """
    deeds = Command.objects.filter(call_id=call_id).exclude(kind__in=LOOKS)
    unsettled = Q(outcome=CommandOutcome.WAITING)
    fresh = Q(outcome_at__gt=since - timedelta(seconds=SETTLE_SECONDS))
    return deeds.filter(unsettled | fresh).exists()


# --- a customer's line -----------------------------------------------------------------------


def end_if_over(reader: Reader, call_id: int) -> bool:
    """End a call whose line is over."""
    sid = Call.objects.values_list("sid", flat=True).get(pk=call_id)
    truth = reader.call(sid)
    with transaction.atomic():
        return observing.call_is(lock_call(call_id), truth)


def hang_up_if_there(reader: Reader, call_id: int) -> bool:
    """Hang up the line of a call that we ended already."""
    began = timezone.now()
    sid = Call.objects.values_list("sid", flat=True).get(pk=call_id)
    truth = reader.call(sid)
    if truth is None or truth.is_over or not truth.status:
        return False
    with transaction.atomic():
        call = lock_call(call_id)
        if call.ended_at is None or is_in_flight(call_id, began):
            return False
        command("end_call", call=call, call_sid=sid)
        healed(call, Found.CALL_STILL_THERE, Done.HUNG_UP, sid=sid)
    return True


def tell_again_if_overdue(reader: Reader, call_id: int) -> bool:
    """Tell a caller whose goodbye should be long over to hear it now, and to hang up."""
    began = timezone.now()
    sid = Call.objects.values_list("sid", flat=True).get(pk=call_id)
    if not _is_up(reader.call(sid)):
        return False
    with transaction.atomic():
        call = lock_call(call_id)
        if CallState(call.state) is not CallState.LEAVING or is_in_flight(call_id, began):
            return False
        _tell_again(call, Found.GOODBYE_OVERDUE)
    return True


# --- an agent's line -------------------------------------------------------------------------


def lose_leg_if_over(reader: Reader, leg_id: int) -> bool:
    """Note that the line of an agent or a supervisor is over, and what follows from it."""
    leg = _leg(leg_id)
    truth = reader.call(leg.sid)
    if truth is not None and not truth.is_over:
        return False
    offer = leg.offer
    if offer is not None and offer.state == OfferState.CONNECTED:
        # Of the two lines the customer's says more: when both are over, the customer left.
        end_if_over(reader, offer.call_id)
    with transaction.atomic():
        about = leg.offer or leg.supervision or leg.consult
        call = lock_call(about.call_id) if about is not None else None
        return observing.leg_is(leg, truth, call)


def hang_up_left_over(reader: Reader, leg_id: int) -> bool:
    """Hang up the line of an agent or a supervisor that no conversation needs any more."""
    began = timezone.now()
    leg = _leg(leg_id)
    guest = leg.supervision or leg.consult
    offer = leg.offer or (guest.offer if guest is not None else None)
    if offer is None or not _is_up(reader.call(leg.sid)):
        return False
    with transaction.atomic():
        call = lock_call(offer.call_id)
        if is_in_flight(call.pk, began) or supervising.somebody_is_not_heard_yet(offer):
            return False
        command("end_call", offer=offer, call_sid=leg.sid)
        healed(call, Found.LEG_WITHOUT_OFFER, Done.HUNG_UP, offer=offer, sid=leg.sid)
    return True


def _leg(leg_id: int) -> Leg:
    lines = Leg.objects.select_related(
        "offer__call", "supervision__offer__call", "consult__offer__call"
    )
    return lines.get(pk=leg_id)


# --- a conference ----------------------------------------------------------------------------


def end_left_over(offer_id: int, conference: ConferenceTruth, began: datetime) -> bool:
    """End a conference whose conversation is over; its name is never used again."""
    with transaction.atomic():
        offer = Offer.objects.select_related("call").get(pk=offer_id)
        call = lock_call(offer.call_id)
        if is_in_flight(call.pk, began):
            return False
        command("end_conference", offer=offer, conference_sid=conference.sid)
        healed(
            call,
            Found.CONFERENCE_WITHOUT_OFFER,
            Done.CONFERENCE_ENDED,
            offer=offer,
            sid=conference.sid,
        )
    return True


def compare_conference(reader: Reader, offer_id: int, listed: ConferenceTruth | None) -> bool:
    """Compare who is in the conference of a live offer with who should be; heal.

    A conference that was not listed is looked for once more by its name.
    """
    began = timezone.now()
    offer = Offer.objects.select_related("call").get(pk=offer_id)
    conference = listed or reader.conference(offer.conference_name)
    there = reader.participants(conference.sid) if conference is not None else []
    customer: CallTruth | None = None
    if offer.call.has_leg and not any(one.call_sid == offer.call.sid for one in there):
        customer = reader.call(offer.call.sid)
        if not _is_up(customer):
            with transaction.atomic():
                return observing.call_is(lock_call(offer.call_id), customer)
    with transaction.atomic():
        call = lock_call(offer.call_id)
        look = (conference.sid if conference is not None else "", there)
        if observing.seen(call, offer_id, look, since=began):
            healed(call, Found.JOINED_UNREPORTED, Done.NOTED, offer=offer, sid=look[0])
            return True
        if is_in_flight(call.pk, began) or _moved_since(call, began):
            return False
        return observing.compare(call, offer_id, look)


# --- a queue ---------------------------------------------------------------------------------


def send_where_it_belongs(call_id: int, began: datetime) -> bool:
    """A caller stands in a queue of the network, and is elsewhere with us: tell him anew."""
    with transaction.atomic():
        call = lock_call(call_id)
        if CallState(call.state) in WAITING_STATES or is_in_flight(call_id, began):
            return False
        if _moved_since(call, began):
            return False
        if call.ended_at is not None:
            command("end_call", call=call, call_sid=call.sid)
            healed(call, Found.IN_QUEUE, Done.HUNG_UP, sid=call.sid)
        else:
            _tell_again(call, Found.IN_QUEUE)
    return True


def is_quiet(stay: Stay, began: datetime) -> bool:
    """Whether the network has not mentioned a waiting caller for longer than music lasts."""
    return stay.heard_at < began - timedelta(seconds=QUIET_SECONDS)


def bring_to_queue(reader: Reader, stay: Stay) -> bool:
    """A caller whom we have in line is in no queue of the network: tell him to enter it."""
    began = timezone.now()
    truth = reader.call(stay.call_sid)
    with transaction.atomic():
        call = lock_call(stay.call_id)
        if not _is_up(truth):
            return observing.call_is(call, truth)
        waiting = CallState(call.state) in (CallState.QUEUED, CallState.OFFERED)
        if not waiting or is_in_flight(call.pk, began):
            return False
        still = Segment.objects.filter(pk=stay.segment_id, ended_at=None).exclude(
            wait_heard_at__gt=stay.heard_at
        )
        # Until the network asks for his music again he is not really in line.
        if not still.update(wait_started_at=None):
            return False
        _tell_again(call, Found.NOT_IN_QUEUE)
    return True


def _moved_since(call: Call, began: datetime) -> bool:
    """Whether the call came to where it is after, or shortly before, we began to look."""
    settled = began - timedelta(seconds=SETTLE_SECONDS)
    if call.ended_at is not None:
        return call.ended_at > settled
    return Segment.objects.filter(call=call, ended_at=None, started_at__gt=settled).exists()


def _tell_again(call: Call, found: Found) -> None:
    """Let the network ask what the caller should hear; the answer fits where the call is now."""
    command("redirect_call", call=call, call_sid=call.sid, url=addresses.fallback())
    healed(call, found, Done.TOLD_AGAIN, sid=call.sid)


def _is_up(truth: CallTruth | None) -> bool:
    return truth is not None and bool(truth.status) and not truth.is_over
