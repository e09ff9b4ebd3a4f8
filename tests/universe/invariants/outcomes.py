"""I5, I7: who talked to whom, and who ended it, as the network has it and as we have it.

Whatever happened to the reports, our record of a conversation is the network's within a minute.
The network's side is read from the reports as they were sent, before anything befell them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from contact_center.domain.callbacks import Ended
from contact_center.domain.transfers import TRANSFERRED_OUTSIDE
from contact_center.models import Call, EventLog, Offer, OfferOutcome, TransferState
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.callbacks import CALLED_BACK, was_promised_a_call
from tests.universe.invariants.delays import injected_delay
from tests.universe.invariants.facts import AT_THE_LATEST
from tests.universe.invariants.journal import Journal, Webhook
from tests.universe.invariants.transfers import was_sent_outside
from tests.universe.invariants.world import World
from tests.universe.violation import Violation

#: Our machine's clock may be off by so much when it dates a row.
CLOCK_SECONDS = 4.0
#: States of a transfer that took the caller out of the conversation.
SENT_ON = (TransferState.GONE, TransferState.RETURNED)
#: Why who has waited for as long as a queue lets anybody wait leaves it.
WAITED_TOO_LONG = "waited_too_long"


@dataclass(frozen=True)
class Talk:
    """Customer and agent shared a conference from ``began`` to ``ended``, seconds since 1970.

    A supervisor may have gone on with the customer, until ``customer_left``, or until he was gone,
    too, and the customer ``left_alone``.
    """

    customer: str
    began: float
    ended: float
    customer_left: float
    left_alone: float


def outcomes_are_true(world: World, inside: NetworkInside) -> None:
    """Raise Violation when a conversation or an end is recorded as it was not."""
    journal = world.journal
    talks = talks_of(journal)
    offers: dict[str, list[Offer]] = defaultdict(list)
    for offer in Offer.objects.select_related("call").order_by("pk"):
        offers[offer.call.sid].append(offer)
    for offer, talk in _parts_of(offers, talks):
        _conversation(journal, offer, talk)
    for call in Call.objects.order_by("pk"):
        leg = inside.legs.get(call.sid)
        if leg is not None and leg.ended_at is not None:
            _who_ended(journal, call, leg, offers[call.sid], talks)


def _parts_of(
    offers: dict[str, list[Offer]], talks: dict[str, Talk]
) -> Iterator[tuple[Offer, Talk | None]]:
    """Yield every offer with its part of the talk: where a supervisor took the call over, one part
    ends and the next begins when we say so; the first begins and the last ends as the talk does."""
    for of_call in offers.values():
        for offer in of_call:
            talk = talks.get(offer.conference_name)
            shared = [one for one in of_call if one.conference_key == offer.conference_key]
            if talk is not None and len(shared) > 1:
                began, ended = offer.connected_at, offer.conversation_ended_at
                if offer is not shared[0] and began is not None:
                    talk = replace(talk, began=began.timestamp())
                if offer is not shared[-1] and ended is not None:
                    talk = replace(talk, ended=ended.timestamp())
                else:
                    talk = replace(talk, ended=talk.left_alone)
            yield offer, talk


def talks_of(journal: Journal) -> dict[str, Talk]:
    """Return, by the name of the conference, who shared it and from when to when."""
    found = {}
    for name, reports in journal.by_conference.items():
        talk = _talk(reports)
        if talk is not None:
            found[name] = talk
    return found


def _talk(reports: list[Webhook]) -> Talk | None:
    inside: dict[str, str] = {}
    #: The same with supervisors, of whom one may have the call by now.
    everybody: set[str] = set()
    alone: float | None = None
    began: float | None = None
    ended: float | None = None
    customer = ""
    for report in reports:
        event, label = report.form["StatusCallbackEvent"], report.form.get("ParticipantLabel", "")
        leg_sid = report.request.leg_sid or ""
        if event == "participant-join":
            everybody.add(leg_sid)
            alone = None
        elif event == "participant-leave":
            everybody.discard(leg_sid)
            if everybody == {customer} and alone is None:
                alone = report.at
        if label.startswith("supervisor-"):
            continue
        if event == "participant-join":
            inside[leg_sid] = label
            both = "customer" in inside.values() and len(inside) > 1
            if both and began is None:
                began = report.at
                customer = next(sid for sid, who in inside.items() if who == "customer")
        elif event == "participant-leave":
            inside.pop(leg_sid, None)
            if began is None:
                continue
            if ended is None and len(inside) < 2:
                ended = report.at
            if leg_sid == customer:
                return Talk(customer, began, ended or report.at, report.at, alone or report.at)
    return (
        None
        if began is None or ended is None
        else Talk(customer, began, ended, ended, alone or ended)
    )


def _conversation(journal: Journal, offer: Offer, talk: Talk | None) -> None:
    """I7: when customer and agent met and parted is recorded within a minute."""
    sid = offer.call.sid
    if talk is None:
        if offer.connected_at is not None:
            raise Violation(
                "I7",
                f"Offer {offer.pk} says that customer and agent talked; they never shared a "
                "conference.",
                sid,
            )
        return
    allowed = AT_THE_LATEST + CLOCK_SECONDS
    allowed += injected_delay(journal, sid, talk.began, talk.ended + AT_THE_LATEST)
    if offer.connected_at is None:
        if talk.ended - talk.began > allowed:
            lasted = talk.ended - talk.began
            raise Violation(
                "I7",
                f"Customer and agent talked for {lasted:.0f} s, and offer {offer.pk} never heard "
                "of it.",
                sid,
            )
        return
    for what, ours, truth in (
        ("began", offer.connected_at, talk.began),
        ("ended", offer.conversation_ended_at, talk.ended),
    ):
        if ours is None:
            raise Violation("I7", f"The conversation of offer {offer.pk} never {what}.", sid)
        apart = ours.timestamp() - truth
        if offer.outcome == OfferOutcome.NOT_REACHED and what == "ended":
            # The agent said that a machine is no conversation; its line is ended after that.
            apart = max(apart, 0.0)
        if apart < -CLOCK_SECONDS or apart > allowed:
            raise Violation(
                "I7",
                f"The conversation of offer {offer.pk} {what} {apart:+.1f} s from when it really "
                "did.",
                sid,
            )


def _who_ended(
    journal: Journal, call: Call, leg: Leg, offers: list[Offer], talks: dict[str, Talk]
) -> None:
    """I5: who ended a call, and why, is as it was."""
    assert leg.ended_at is not None
    last = _last_conversation(offers, talks, leg.ended_at)
    ours = (call.ended_by, call.end_reason)
    if was_sent_outside(call):
        # Whoever hangs up there, and whenever: it is the agent who has let him go.
        if ours != ("agent", TRANSFERRED_OUTSIDE):
            raise Violation(
                "I5",
                f"It is recorded as ended by {ours[0]} ({ours[1]}); its agent had sent it outside.",
                call.sid,
            )
        return
    sent_away = _sent_away(call)
    if sent_away is not None:
        # Who is told that the queue does not take him has not abandoned it, whoever hangs up first.
        # Only who was gone before it was decided may have.
        reason, at = sent_away
        if was_promised_a_call(call):
            reason = CALLED_BACK
        undecided = at.timestamp() > leg.ended_at - CLOCK_SECONDS and _left_the_line(journal, leg)
        if ours == ("system", reason) or (undecided and ours == ("customer", "abandoned")):
            return
        raise Violation(
            "I5",
            f"It is recorded as ended by {ours[0]} ({ours[1]}); the caller was sent away "
            f"({reason}).",
            call.sid,
        )
    expected: tuple[str, str] | None = None
    if _caller_left(journal, leg):
        if last is not None and last.connected_at is not None:
            if last.hang_up_asked_at is None:
                expected = ("customer", "customer_hung_up")
        elif last is None and _left_the_line(journal, leg):
            expected = ("customer", "abandoned" if call.is_live else Ended.LEFT.value)
    if expected is not None and ours != expected:
        raise Violation(
            "I5",
            f"It is recorded as ended by {ours[0]} ({ours[1]}); it was {expected[0]} "
            f"({expected[1]}).",
            call.sid,
        )


def _sent_away(call: Call) -> tuple[str, datetime] | None:
    """Return why and when a queue sent the caller away, if that was the last of its doings."""
    last = (
        EventLog.objects.filter(
            call_id=call.pk,
            name__in=(
                *("call.queued", "wait.expired", "call.turned_away", "line.left"),
                *("call.connected", "call.transferred"),
            ),
        )
        .order_by("-pk")
        .first()
    )
    if last is None or last.name in ("call.queued", "call.connected", "call.transferred"):
        return None
    if last.name == "line.left":
        return CALLED_BACK, last.at
    return last.details.get("reason") or WAITED_TOO_LONG, last.at


def _caller_left(journal: Journal, leg: Leg) -> bool:
    """Whether the caller hung up, or the line broke, and nothing else ended the leg."""
    assert leg.ended_at is not None
    return any(
        deed.call_sid == leg.sid
        and deed.who == "customer"
        and deed.deed in ("hangs up", "leg dies")
        and abs(deed.at - leg.ended_at) < CLOCK_SECONDS
        for deed in journal.deeds
    )


def _last_conversation(
    offers: list[Offer], talks: dict[str, Talk], ended_at: float
) -> Offer | None:
    """Return the offer by which the caller talked to an agent until the leg ended."""
    for offer in reversed(offers):
        if offer.transfers.filter(state__in=SENT_ON).exists():
            return None  # whoever hung up in that moment was on the way to somebody else
        talk = talks.get(offer.conference_name)
        taken_over = offer.joins_id is not None
        end = talk.customer_left if talk is not None and taken_over else talk and talk.ended
        if end is not None and abs(end - ended_at) < 0.001:
            return offer
    return None


def _left_the_line(journal: Journal, leg: Leg) -> bool:
    return any(
        webhook.form.get("QueueResult") == "hangup" for webhook in journal.by_leg.get(leg.sid, ())
    )
