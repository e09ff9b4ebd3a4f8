"""A caller chooses to be called back: the number, the confirmation, the place that is kept.

He stays in line while he decides, and an agent who is free comes first. Once he has confirmed he
leaves the line on the telephone, and a call of its own stands in it instead, in the same place
(services/dialling.py says what becomes of it). Nobody is called back twice for one wait: who asks
again, for a number that the queue is to call already, keeps the older place, and whoever rings
himself takes the place of his callback.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.callbacks import Ended, Tried, is_machine
from contact_center.domain.line import Kind
from contact_center.domain.overflow import Reason
from contact_center.domain.sentences import Sentence, sentence
from contact_center.domain.states import WAITING_STATES, CallState
from contact_center.domain.telephone_numbers import (
    Unfit,
    customers_number,
    regions_for,
    spoken_digits,
)
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    Call,
    Callback,
    DialAttempt,
    Offer,
    Queue,
    Segment,
    SegmentKind,
    User,
    name_without_leg,
)
from contact_center.models.prepared import Given, Prepared, update
from contact_center.services import dialling, facts, queueing, saying
from contact_center.services.choosing import ask_back, choice, go_on_waiting, leave_line
from contact_center.services.connecting import give_up
from contact_center.services.ending import goodbye, live_offer
from contact_center.services.offering import withdraw_offer
from contact_center.services.transitions import begin_call, lock_call
from contact_center.services.wrapping_up import OPEN_STATES
from contact_center.telephony.instructions import Hangup, Instruction, Leave, Say

#: The keys of the confirmation.
YES, OTHER = "1", "2"
#: A number ends with this key.
END = "#"


def is_enabled() -> bool:
    """Whether anybody is called back (CALL.CALLBACK_ENABLED)."""
    return current().call.callback_enabled


# --- the dialogue --------------------------------------------------------------------------------


@choice("callback", Sentence.PRESS_TO_BE_CALLED, is_offered=is_enabled)
def _asked(call: Call, segment: Segment, keys: str) -> list[Instruction]:
    """Begin the dialogue, or follow it: confirm the number; type another one; confirm that.

    Which number is to be confirmed stands in the dialogue. Who says nothing goes on waiting.
    """
    _choice, _dot, step = segment.dialogue.partition(".")
    if not call.is_live:
        return go_on_waiting(segment)  # he was called back just now
    if not segment.dialogue:
        own = customers_number(call.from_number, _regions(call))
        if isinstance(own, Unfit):
            return _ask_for_number(call, segment)
        return _ask_to_confirm(call, segment, own, Sentence.CALLBACK_CONFIRM_OWN)
    if step == "number":
        if not keys:
            return go_on_waiting(segment)
        typed = customers_number(keys, _regions(call))
        if isinstance(typed, Unfit):
            return _ask_for_number(call, segment, _why_not(typed))
        return _ask_to_confirm(call, segment, typed, Sentence.CALLBACK_CONFIRM_TYPED)
    if keys == YES:
        return _confirmed(call, segment, step)
    if keys == OTHER:
        return _ask_for_number(call, segment)
    return go_on_waiting(segment)


def _why_not(unfit: Unfit) -> Sentence:
    is_none = unfit is Unfit.NOT_ONE
    return Sentence.CALLBACK_NOT_A_NUMBER if is_none else Sentence.CALLBACK_NOT_CALLED


def _regions(call: Call) -> list[str]:
    return regions_for(call.from_number, call.to_number)


def called_instead(call: Call, turn: int, key: str) -> list[Instruction]:
    """Return what a caller hears whom no queue takes, and who may be called back by a key.

    Must run under ``lock_call``. He comes to the line of the last queue he was offered to, with the
    age he has.
    """
    own = customers_number(call.from_number, _regions(call))
    leaving = CallState(call.state) is CallState.LEAVING and call.end_reason != Reason.CALLED_BACK
    if not leaving or turn != call.turn or key != YES or isinstance(own, Unfit):
        return goodbye(call)
    now = timezone.now()
    stay = Segment.objects.filter(call=call, kind=SegmentKind.QUEUE).order_by("-pk").first()
    place = stay or Segment(queue_id=call.queue_id, placed_at=call.arrived_at)
    asked, is_new = ask(call, place, own, now)
    Call.objects.filter(pk=call.pk).update(end_reason=Reason.CALLED_BACK)
    return [*_told(call, asked, is_new), *goodbye(call)]


def _told(call: Call, asked: Callback, is_new: bool) -> list[Say]:
    words = Sentence.CALLBACK_PROMISED if is_new else Sentence.CALLBACK_MERGED
    told = [saying.tell(words, call.language)]
    if asked.next_at is not None:
        told.append(saying.tell(Sentence.CALLBACK_LATER, call.language))
    return told


def _ask_for_number(call: Call, segment: Segment, why: Sentence | None = None) -> list[Instruction]:
    spoken = call.language or current().ivr.default_language
    said = [Sentence.CALLBACK_TYPE_NUMBER] if why is None else [why, Sentence.CALLBACK_TYPE_NUMBER]
    question = saying.say(" ".join(sentence(each, spoken) for each in said), spoken)
    return [ask_back(call, segment, "callback.number", question, most_digits=None, finish_on=END)]


def _ask_to_confirm(
    call: Call, segment: Segment, number: str, words: Sentence
) -> list[Instruction]:
    read = spoken_digits(number, _regions(call)[0])
    question = saying.tell(words, call.language, number=read)
    return [ask_back(call, segment, f"callback.{number}", question)]


def _confirmed(call: Call, segment: Segment, number: str) -> list[Instruction]:
    now = timezone.now()
    asked, is_new = ask(call, segment, number, now)
    leave_line(call, segment, "callback", Reason.CALLED_BACK, now)
    return [*_told(call, asked, is_new), Leave()]


# --- asking --------------------------------------------------------------------------------------


def ask(call: Call, segment: Segment, number: str, now: datetime) -> tuple[Callback, bool]:
    """Put a callback to ``number`` in line in the place of ``segment``; return whether it is new.

    One to the same number waits in that queue already: then it keeps the older of the two places.
    Must run under ``lock_call``.
    """
    assert segment.queue_id is not None
    # Of two who ask for one number at the same moment, the second one sees the first one's.
    Queue.objects.select_for_update(no_key=True).filter(pk=segment.queue_id).values_list(
        "pk"
    ).first()
    waiting = waiting_callback(call.tenant_id, segment.queue_id, number)
    if waiting is not None:
        older = lock_call(waiting.call_id)
        if CallState(older.state) in WAITING_STATES:
            _keep_the_older_place(older, segment)
            record(ev.CallbackMerged(**facts.of_call(older), asked_in=call.pk))
            return Callback.objects.get(pk=waiting.pk), False
    callback = _put_in_line(
        call,
        number,
        queue_id=segment.queue_id,
        placed_at=segment.placed_at or now,
        at_head=segment.at_head,
        now=now,
        expires_at=now + timedelta(hours=current().call.callback_window),
    )
    dialling.look_at(callback.call)
    callback.refresh_from_db()
    return callback, True


def _put_in_line(
    asked_in: Call,
    number: str,
    *,
    queue_id: int,
    placed_at: datetime,
    at_head: bool,
    now: datetime,
    expires_at: datetime,
    owner: Agent | None = None,
    actor: User | None = None,
    promised_at: datetime | None = None,
    notes: str = "",
) -> Callback:
    """Write the callback, its call and its stay."""
    call = Call(
        tenant_id=asked_in.tenant_id,
        kind=Kind.CALLBACK.value,
        asked_in=asked_in,
        sid=name_without_leg(),
        account_sid=asked_in.account_sid,
        from_number=number,
        to_number=asked_in.to_number,
        number_id=asked_in.number_id,
        queue_id=queue_id,
        menu_version_id=asked_in.menu_version_id,
        menu_key=asked_in.menu_key,
        language=asked_in.language,
        arrived_at=now,
        heard_at=now,
    )
    begin_call(call, ev.CallbackAsked)
    Segment.objects.create(
        call=call,
        kind=SegmentKind.CALLBACK,
        queue_id=queue_id,
        started_at=now,
        placed_at=placed_at,
        at_head=at_head,
    )
    callback = Callback.objects.create(
        call=call,
        owner=owner,
        notes=notes,
        next_at=promised_at,
        is_scheduled=promised_at is not None,
        expires_at=expires_at,
    )
    concerned = facts.of_call(call)
    if actor is not None:
        concerned["actor_id"] = actor.pk
    if owner is not None:
        concerned["agent_id"] = owner.pk
    record(
        ev.CallbackAsked(
            **concerned,
            asked_in=asked_in.pk,
            elsewhere=number != asked_in.from_number,
            promised_at=promised_at.isoformat() if promised_at else "",
        )
    )
    return callback


def _keep_the_older_place(call: Call, segment: Segment) -> None:
    """Let a callback stand where ``segment`` stands, if that is nearer the head."""
    stays = Segment.objects.filter(call=call, kind=SegmentKind.CALLBACK, ended_at=None)
    if segment.placed_at is not None:
        stays.filter(placed_at__gt=segment.placed_at).update(placed_at=segment.placed_at)
    if segment.at_head:
        stays.update(at_head=True)


_WAITING = Prepared(
    Callback.objects.filter(
        call__tenant_id=Given("tenant_id"),
        call__queue_id=Given("queue_id"),
        call__from_number=Given("number"),
        call__kind=Kind.CALLBACK.value,
        call__ended_at=None,
        is_scheduled=False,
    ).order_by("pk")
)


def waiting_callback(tenant_id: int, queue_id: int, number: str) -> Callback | None:
    """Return the callback to a number that a queue has in line; one that was scheduled is not."""
    return _WAITING.first(tenant_id=tenant_id, queue_id=queue_id, number=number)


# --- the customer before the agent ---------------------------------------------------------------


def customer_answered(call: Call, attempt_id: int, sid: str, who: str) -> list[Instruction]:
    """Return what somebody is told who answers before an agent was rung: he is next in line.

    A machine is hung up on, and tried again later; what the network is not sure of is a person.
    Must run under ``lock_call``.
    """
    attempt = DialAttempt.objects.get(pk=attempt_id)
    if attempt.ended_at is not None or not dialling.know_leg(call, attempt, sid):
        return [Hangup()]
    dialling.answered_by(call, attempt_id, who)
    if is_machine(who) or who == "fax":
        attempt.refresh_from_db()
        dialling.not_reached(call, attempt, Tried.MACHINE)
        return [Hangup()]
    dialling.reached(call)
    assert call.queue_id is not None
    queue = Queue.objects.get(pk=call.queue_id)
    return [
        saying.tell(Sentence.CALLBACK_HERE, call.language),
        *queueing.return_to_line(call, queue, reason="called_back"),
    ]


# --- calling again -------------------------------------------------------------------------------


def take_the_place_of_callback(call: Call) -> None:
    """Let a caller who has come into a queue stand where his callback stood, which then ends.

    Must run under ``lock_call``: a caller's own call is locked before that of his callback, and
    never the other way round.
    """
    if CallState(call.state) is not CallState.QUEUED or not is_enabled():
        return
    if call.queue_id is None or not call.from_number.startswith("+"):
        return
    waiting = waiting_callback(call.tenant_id, call.queue_id, call.from_number)
    if waiting is None or not end(lock_call(waiting.call_id), Ended.CALLED_AGAIN):
        return
    stays = Segment.objects.filter(call_id=waiting.call_id, kind=SegmentKind.CALLBACK)
    placed_at, at_head = stays.order_by("-pk").values_list("placed_at", "at_head")[0]
    update(Segment, {"call_id": call.pk, "ended_at": None}, placed_at=placed_at, at_head=at_head)
    record(ev.CallbackReplaced(**facts.of_call(call), callback=waiting.call_id))


def end(call: Call, how: Ended, *, actor: User | None = None) -> bool:
    """End a callback whatever is being done about it, unless somebody talks with the customer.

    Return whether it was ended. Must run under ``lock_call``.
    """
    stays = Segment.objects.filter(call=call, kind=SegmentKind.CALLBACK, ended_at=None)
    if CallState(call.state) not in WAITING_STATES or not stays.exists():
        return False
    offer = live_offer(call)
    if offer is not None and CallState(call.state) is CallState.OFFERED:
        withdraw_offer(call, offer, reason=how.value)
    elif offer is not None:
        give_up(call, offer, reason=how.value, agents_fault=False)
    else:
        dialling.break_off(call)
    call = lock_call(call.pk)
    if CallState(call.state) is CallState.QUEUED:
        dialling.finish(call, how, actor=actor)
    return True


# --- what people do about it ---------------------------------------------------------------------


@transaction.atomic
def promise(
    *, offer: Offer, agent: Agent, at: datetime | None, mine: bool, notes: str = ""
) -> Callback:
    """An agent promises the customer of a conversation to call at ``at``; a second time moves it.

    ``at`` is None for as soon as may be.

    ``mine``: the agent is tried first, alone for OWNER_SECONDS (services/dialling.py). Raises
    NotAllowed for a number that is not called, and for a time that is not within the window.
    """
    call = lock_call(offer.call_id)
    offer = Offer.objects.select_related("agent__user").get(pk=offer.pk)
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    if offer.state not in OPEN_STATES:
        raise NotAllowed(_("This call is wrapped up. Promise a call while it is open."))
    number = customers_number(call.from_number, _regions(call))
    if isinstance(number, Unfit):
        raise NotAllowed(_("This caller's number is withheld, or is not one that we call."))
    now = timezone.now()
    if at is None:
        at, expires_at = now, now + timedelta(hours=current().call.callback_window)
    else:
        expires_at = _within_the_window(at, now)
    owner = agent if mine else None
    made = Callback.objects.filter(call__asked_in=call, is_scheduled=True, call__ended_at=None)
    earlier = made.select_related("call").first()
    if earlier is not None:
        _move(lock_call(earlier.call_id), at, expires_at, agent.user)
        Callback.objects.filter(pk=earlier.pk).update(owner=owner, notes=notes)
        return Callback.objects.get(pk=earlier.pk)
    callback = _put_in_line(
        call,
        number,
        queue_id=offer.queue_id,
        placed_at=at,
        at_head=False,
        now=now,
        expires_at=expires_at,
        owner=owner,
        actor=agent.user,
        promised_at=at,
        notes=notes,
    )
    dialling.look_at(callback.call)
    return callback


@transaction.atomic
def move(*, callback: Callback, actor: User, at: datetime | None = None) -> None:
    """Give a callback another time; None lets its turn come now.

    Nobody is rung in quiet hours all the same. Raises NotAllowed for one that is not waiting, and
    for a time that is not within the window.
    """
    call = lock_call(callback.call_id)
    now = timezone.now()
    expires_at = callback.expires_at if at is None else _within_the_window(at, now)
    _move(call, at, expires_at, actor)


@transaction.atomic
def cancel(*, callback: Callback, actor: User) -> None:
    """Call nobody back. Raises NotAllowed when it is over, or the customer is on the line."""
    if not end(lock_call(callback.call_id), Ended.CANCELLED, actor=actor):
        raise NotAllowed(_("This callback is over, or the customer is on the line."))


def _move(call: Call, at: datetime | None, expires_at: datetime, actor: User) -> None:
    stays = Segment.objects.filter(call=call, kind=SegmentKind.CALLBACK, ended_at=None)
    waits = CallState(call.state) is CallState.QUEUED and stays.exists()
    if not waits or dialling.live_attempt(call) is not None:
        raise NotAllowed(_("This callback is not waiting: somebody has it at this moment."))
    Callback.objects.filter(call=call).update(next_at=at, expires_at=expires_at)
    stays.update(wait_started_at=None)
    concerned = facts.of_call(call)
    concerned["actor_id"] = actor.pk
    owner = Callback.objects.values_list("owner_id", flat=True).get(call=call)
    if owner is not None:
        concerned["agent_id"] = owner
    record(ev.CallbackMoved(**concerned, to=at.isoformat() if at else ""))
    dialling.look_at(call)


def _within_the_window(at: datetime, now: datetime) -> datetime:
    """Return when a callback expires that is promised for ``at``. Raises NotAllowed."""
    hours = current().call.callback_window
    if at <= now:
        raise NotAllowed(_("Choose a time that is still to come."))
    if at > now + timedelta(hours=hours):
        raise NotAllowed(
            ngettext(
                "A call can be promised for the next hour; this is later.",
                "A call can be promised for the next %(hours)s hours; this is later.",
                hours,
            )
            % {"hours": hours}
        )
    return at + timedelta(hours=hours)
