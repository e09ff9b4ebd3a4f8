"""An agent calls a customer.

Theory of operation. The call that is made is one of ours from the first moment: with a stay, an
offer that is accepted already, a slot that is taken, so that routing gives the agent nothing
meanwhile. The agent's browser joins the offer's conference as for any call (connecting.py); then
the customer is rung into it, and the agent hears it ring (dialling.py). Once the customer answers
it is a conversation like every other. Where nobody can be spoken to the call ends, the agent is
free at once, with no wrap-up, and reads why.

A call is made for a queue that the agent serves: its form, outcomes and wrap-up time are the
call's. In the queue's line it never was, and none of its figures counts it.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.line import Kind
from contact_center.domain.states import CONNECT_SECONDS, Activity, Presence
from contact_center.domain.telephone_numbers import Unfit, outside_number, region_of
from contact_center.errors import NotAllowed, StaleState
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    DialAttempt,
    Offer,
    OfferState,
    PhoneNumber,
    Queue,
    Segment,
    SegmentKind,
    name_without_leg,
)
from contact_center.models.prepared import insert
from contact_center.selectors import calling_out
from contact_center.services import facts, presence
from contact_center.services.offering import join_token
from contact_center.services.timing import set_timer
from contact_center.services.transitions import begin_call, hold_dispatch, move_slot

_UNFIT = {
    Unfit.NOT_ONE: gettext_lazy(
        "There is no such number. Write it as you would dial it, or with a plus and its country."
    ),
    Unfit.EMERGENCY: gettext_lazy(
        "Emergency numbers cannot be called from here. Use a telephone: it tells them where you "
        "are."
    ),
    Unfit.PREMIUM: gettext_lazy("This number costs extra, so it is not called."),
    Unfit.NOT_ORDINARY: gettext_lazy("This is no telephone that people have."),
}

#: What keeps an agent from calling, by what a slot is doing.
_BUSY = {
    Activity.RINGING: gettext_lazy("A call rings here. Answer it or decline it first."),
    Activity.WRAPPING_UP: gettext_lazy("Finish the wrap-up of your last call first."),
}


def call_out(
    *,
    agent: Agent,
    written: str,
    lease_key: str,
    queue_id: int | None = None,
    shown_id: int | None = None,
) -> tuple[Offer, str]:
    """An agent calls a number; return the offer, and the token with which the browser connects.

    ``queue_id`` is for which queue, ``shown_id`` which number of ours the customer sees; None for
    the first there is. Asked again from the same tab before the token was spent it returns a new
    one, for the answer may have been lost. Who is on a break may call, and stays on it.

    Raises PhoneElsewhere, and NotAllowed: a number that is not called, an agent who is off duty or
    has a call, a queue the agent does not serve, a number of ours that is not to be shown.
    """
    try:
        with transaction.atomic():
            return _call_out(agent, written, lease_key, queue_id, shown_id)
    except (IntegrityError, StaleState):
        raise NotAllowed(_("Something came in between. Press Call again.")) from None


def _call_out(
    agent: Agent, written: str, lease_key: str, queue_id: int | None, shown_id: int | None
) -> tuple[Offer, str]:
    # Nobody is offered a call while it is judged whether they have one.
    hold_dispatch(agent.tenant_id)
    agent = presence.locked(agent)
    lease = presence.held_phone(agent, lease_key)
    queue = _queue_for(agent, queue_id)
    shown = _number_shown(agent, shown_id)
    number = allowed_number(written, agent, shown)
    asked = _asked_already(agent, number)
    if asked is not None:
        return asked, join_token(asked, lease)
    if agent.presence == Presence.OFFLINE:
        raise NotAllowed(_("You are off duty. Go on duty first, then call."))
    offer = _begin(agent, _free_slot(agent), queue, shown, number)
    return offer, join_token(offer, lease)


def allowed_number(written: str, agent: Agent, shown: PhoneNumber) -> str:
    """Return what an agent typed as E.164 has it; without a country it is one of the number shown.

    Raises NotAllowed where nobody may call.
    """
    countries = calling_out.countries_called(agent.tenant)
    number = outside_number(written, region_of(shown.e164), countries=countries)
    if number is Unfit.ABROAD:
        raise NotAllowed(
            _("Your organisation does not call this country. It calls: %(countries)s.")
            % {"countries": ", ".join(sorted(countries))}
        )
    if isinstance(number, Unfit):
        raise NotAllowed(str(_UNFIT[number]))
    if PhoneNumber.objects.filter(tenant_id=agent.tenant_id, e164=number).exists():
        raise NotAllowed(_("This is one of your own numbers."))
    return number


def _queue_for(agent: Agent, queue_id: int | None) -> Queue:
    queues = calling_out.queues_called_for(agent)
    if not queues:
        raise NotAllowed(
            _(
                "Calls are made for a queue, and you serve none yet. An administrator can add you "
                "to one."
            )
        )
    for queue in queues:
        if queue_id in (None, queue.pk):
            return queue
    raise NotAllowed(_("You do not serve this queue any more. Choose another one."))


def _number_shown(agent: Agent, shown_id: int | None) -> PhoneNumber:
    numbers = calling_out.numbers_shown(agent.tenant_id)
    if not numbers:
        raise NotAllowed(
            _("No number may be shown to whom you call. An administrator can allow one.")
        )
    for number in numbers:
        if shown_id in (None, number.pk):
            return number
    raise NotAllowed(_("This number may not be shown any more. Choose another one."))


def _asked_already(agent: Agent, number: str) -> Offer | None:
    """Return the call that the same press has made already, whose answer was lost."""
    return (
        Offer.objects.select_related("slot", "call")
        .filter(
            agent=agent,
            state=OfferState.ACCEPTED,
            join_spent_at=None,
            call__kind=Kind.OUTGOING,
            call__from_number=number,
        )
        .first()
    )


def _free_slot(agent: Agent) -> AgentSlot:
    """Return the slot that takes the call. Raises NotAllowed while the agent has another."""
    slots = list(agent.slots.order_by("number"))
    for slot in slots:
        activity = Activity(slot.activity)
        if activity in _BUSY:
            raise NotAllowed(str(_BUSY[activity]))
        if activity in presence.ENGAGED:
            raise NotAllowed(_("You are on a call. Hang up first, then call."))
    return slots[0]


def _begin(agent: Agent, slot: AgentSlot, queue: Queue, shown: PhoneNumber, number: str) -> Offer:
    now = timezone.now()
    call = Call(
        tenant_id=agent.tenant_id,
        kind=Kind.OUTGOING.value,
        sid=name_without_leg(),
        account_sid=current().twilio.acting_sid,
        from_number=number,
        to_number=shown.e164,
        number=shown,
        queue=queue,
        arrived_at=now,
        heard_at=now,
        offers_made=1,
    )
    begin_call(call, ev.CallMade)
    stay = Segment.objects.create(call=call, kind=SegmentKind.DIALLING, queue=queue, started_at=now)
    offer = Offer(
        tenant_id=agent.tenant_id,
        call=call,
        segment=stay,
        queue=queue,
        agent=agent,
        slot=slot,
        state=OfferState.ACCEPTED,
        fence=1,
        offered_at=now,
        deadline=now,
        accepted_at=now,
    )
    insert(offer)
    DialAttempt.objects.create(call=call, offer=offer, number=1, begun_at=now)
    event = ev.CallMade(**facts.of_offer(offer, agent.user))
    move_slot(slot, event, missed_in_a_row=0)
    set_timer("connect", after_seconds=CONNECT_SECONDS, tenant_id=offer.tenant_id, offer=offer)
    record(event)
    return offer


@transaction.atomic
def read_result(*, offer: Offer, agent: Agent) -> None:
    """The agent has read why nobody was reached: it is shown no longer."""
    if offer.agent_id == agent.pk:
        DialAttempt.objects.filter(offer=offer).update(is_read=True)
