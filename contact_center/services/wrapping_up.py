"""After the conversation: notes, what it came to, more time, and ready again."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.consults import Over
from contact_center.domain.form_fields import LONGEST_ANSWER, FieldKind, read_answer
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Disposition,
    Offer,
    OfferOutcome,
    OfferState,
    Queue,
    Timer,
    User,
    WrapUpAnswer,
    WrapUpField,
)
from contact_center.selectors.after_call import after_call
from contact_center.services import (
    consulted,
    facts,
    helping,
    presence,
    supervising,
    switching,
)
from contact_center.services.timing import cancel_timers, on_time, set_timer
from contact_center.services.transitions import move_offer, move_slot
from contact_center.wakeups import wake_clock

#: Wrap-up of a queue that says nothing else.
DEFAULT_SECONDS = 60
LONGEST_NOTES = 10_000
#: Of what was not said, as the table has it.
LONGEST_LACKING = 300

#: States of an offer in which its notes may still be written.
OPEN_STATES = (OfferState.CONNECTED, OfferState.WRAPPING_UP)


class Unsaid(Enum):
    """Not "nothing", but: leave it as it is."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID


class Unfinished(NotAllowed):
    """The queue wants to know something of the call that nobody has said yet."""

    code = "unfinished"

    def __init__(self, lacking: list[str]) -> None:
        super().__init__(
            _("Before this call is finished, say: %(lacking)s.") % {"lacking": ", ".join(lacking)}
        )


def wrap_up_time(queue: Queue) -> int:
    """Return the seconds an agent has after a call of ``queue``."""
    return queue.wrap_up_seconds or DEFAULT_SECONDS


_Over = (
    ev.ConversationEnded
    | ev.AgentRelieved
    | ev.CallTransferred
    | ev.CallHandedOver
    | ev.CallLeftOutside
    | ev.VoicemailDone
)


def begin(offer: Offer, event: _Over) -> None:
    """The agent's conversation is over: the agent wraps up. Must run under ``lock_call``.

    Who has taken the call over has nothing to write: the agent's wrap-up is the call's.
    """
    now = timezone.now()
    seconds = wrap_up_time(offer.queue)
    move_offer(
        offer,
        OfferState.WRAPPING_UP,
        conversation_ended_at=now,
        wrap_up_until=now + timedelta(seconds=seconds),
        hold_asked="",
        mute_asked="",
        held_at=None,
        held_for=facts.held_for(offer, now),
        muted_at=None,
    )
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    cancel_timers("connect", "control", "longest", "listening", offer=offer)
    helping.conversation_is_over(offer)
    consulted.conversation_is_over(offer, Over.CALL_ENDED)
    if isinstance(event, ev.ConversationEnded):
        supervising.conversation_is_over(offer, reason="call_ended")
    elif isinstance(event, ev.CallTransferred | ev.CallLeftOutside):
        supervising.conversation_is_over(offer, reason="transferred")
    switching.gave_way(offer)
    if offer.is_taken_over:
        _close(offer, ev.WrapUpFinished(**facts.of_offer(offer), why="taken_over"))
        return
    set_timer("wrap_up", after_seconds=seconds, tenant_id=offer.tenant_id, offer=offer)


@transaction.atomic
def save(
    *,
    offer: Offer,
    agent: Agent,
    notes: str | Unsaid = UNSAID,
    disposition: Disposition | Unsaid | None = UNSAID,
    answers: Mapping[int, str] | None = None,
) -> None:
    """Keep what the agent wrote; what is unsaid stays. ``answers`` are by the field's id.

    An answer is kept as it was typed, whether or not it says anything yet. Raises NotAllowed once
    wrap-up is over, for a text that is too long and for an outcome that is not offered.
    """
    offer = _own(offer, agent)
    if offer.state not in OPEN_STATES:
        raise NotAllowed(_("This call is wrapped up. Its notes can no longer be changed here."))
    if notes is not UNSAID and len(notes) > LONGEST_NOTES:
        raise NotAllowed(
            _("Notes can have %(limit)s characters; these have %(length)s.")
            % {"limit": LONGEST_NOTES, "length": len(notes)}
        )
    if isinstance(disposition, Disposition) and not _offered(disposition, offer):
        raise NotAllowed(_("Choose one of the outcomes in the list."))
    if notes is not UNSAID:
        offer.notes = notes.replace("\x00", "")
    if disposition is not UNSAID:
        offer.disposition = disposition
    offer.notes_saved_at = timezone.now()
    offer.save(update_fields=["notes", "disposition", "notes_saved_at"])
    _write_answers(offer, answers or {})
    record(ev.WrapUpSaved(**facts.of_offer(offer, agent.user)))


@transaction.atomic
def extend(*, offer: Offer, agent: Agent) -> None:
    """Give the agent the queue's wrap-up time once more.

    Raises NotAllowed after as many times as the queue allows.
    """
    offer = _own(offer, agent)
    if offer.state != OfferState.WRAPPING_UP or offer.wrap_up_until is None:
        raise NotAllowed(_("There is no wrap-up to extend."))
    if offer.wrap_up_extended >= offer.queue.wrap_up_extensions:
        raise NotAllowed(
            _("This wrap-up was extended %(times)s times; that is as often as the queue allows.")
            % {"times": offer.wrap_up_extended}
        )
    seconds = wrap_up_time(offer.queue)
    until = max(offer.wrap_up_until, timezone.now()) + timedelta(seconds=seconds)
    move_offer(
        offer,
        OfferState.WRAPPING_UP,
        wrap_up_until=until,
        wrap_up_extended=offer.wrap_up_extended + 1,
    )
    cancel_timers("wrap_up", offer=offer)
    set_timer(
        "wrap_up",
        after_seconds=(until - timezone.now()).total_seconds(),
        tenant_id=offer.tenant_id,
        offer=offer,
    )
    record(ev.WrapUpExtended(**facts.of_offer(offer, agent.user), seconds=seconds))


@transaction.atomic
def finish(*, offer: Offer, agent: Agent) -> None:
    """The agent is done. A second press does nothing.

    Raises NotAllowed while the call is still on, and Unfinished while something has to be said.
    """
    offer = _own(offer, agent)
    if offer.state == OfferState.ENDED:
        return
    if offer.state != OfferState.WRAPPING_UP:
        raise NotAllowed(_("The call is not over yet."))
    lacking = after_call(offer).lacking
    if lacking:
        raise Unfinished(lacking)
    _close(offer, ev.WrapUpFinished(**facts.of_offer(offer, agent.user)))
    presence.show_up(agent)


@transaction.atomic
def end_for_agent(*, offer: Offer, actor: User, why: str) -> None:
    """A supervisor ends a wrap-up; what was saved of it stays. Nothing happens when it is over.

    Raises NotAllowed while the call is still on.
    """
    offer = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    if offer.state == OfferState.ENDED:
        return
    if offer.state != OfferState.WRAPPING_UP:
        raise NotAllowed(_("The call is not over yet."))
    lacking = after_call(offer).lacking
    _close(offer, ev.WrapUpFinished(**facts.of_offer(offer, actor), why=why, lacking=lacking))


def end_for_return(offer: Offer) -> None:
    """The caller of this conversation comes back to its agent, who can take him without delay.

    What was saved stays with the conversation. Must run under ``lock_call``.
    """
    offer = Offer.objects.select_for_update(of=("self",), no_key=True).get(pk=offer.pk)
    if offer.state == OfferState.WRAPPING_UP:
        _close(offer, ev.WrapUpFinished(**facts.of_offer(offer), why="transfer_returned"))


@on_time("wrap_up")
def _wrap_up_time_is_over(timer: Timer) -> None:
    if timer.offer is None:
        return
    offer = Offer.objects.select_for_update(no_key=True).get(pk=timer.offer.pk)
    if offer.state == OfferState.WRAPPING_UP:
        # The agent is free again all the same; what was not said is said of the call.
        lacking = after_call(offer).lacking
        _close(offer, ev.WrapUpTimedOut(**facts.of_offer(offer), lacking=lacking))


def _close(offer: Offer, event: ev.WrapUpFinished | ev.WrapUpTimedOut) -> None:
    move_offer(
        offer,
        OfferState.ENDED,
        outcome=OfferOutcome.HANDLED,
        ended_at=timezone.now(),
        lacking=", ".join(event.lacking)[:LONGEST_LACKING],
    )
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    cancel_timers("wrap_up", offer=offer)
    record(event)
    presence.settle(offer.agent)
    wake_clock()


def _own(offer: Offer, agent: Agent) -> Offer:
    locked = Offer.objects.select_for_update(of=("self",), no_key=True)
    fresh = locked.select_related("queue").get(pk=offer.pk)
    if fresh.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    return fresh


def _write_answers(offer: Offer, answers: Mapping[int, str]) -> None:
    """Keep what stands in the fields; a field that is asked no more keeps what was typed in it."""
    if not answers:
        return
    fields = WrapUpField.objects.filter(tenant_id=offer.tenant_id, pk__in=answers)
    had = {row.field_id: row for row in WrapUpAnswer.objects.filter(offer=offer)}
    for field in fields.filter(Q(queue=None) | Q(queue_id=offer.queue_id)).order_by("pk"):
        typed = answers[field.pk].replace("\x00", "")
        if len(typed) > LONGEST_ANSWER:
            raise NotAllowed(
                _("“%(field)s” can have %(limit)s characters; these are %(length)s.")
                % {"field": field.label, "limit": LONGEST_ANSWER, "length": len(typed)}
            )
        row = had.get(field.pk)
        if (row.typed if row is not None else "") == typed:
            continue
        row = row or WrapUpAnswer(offer=offer, field=field)
        row.label, row.kind, row.position = field.label, field.kind, field.position
        row.typed = typed
        row.value = read_answer(FieldKind(field.kind), typed, field.choices).value
        row.save()


def _offered(disposition: Disposition, offer: Offer) -> bool:
    return (
        disposition.tenant_id == offer.tenant_id
        and disposition.is_active
        and disposition.queue_id in (None, offer.queue_id)
    )
