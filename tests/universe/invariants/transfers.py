"""Whom an agent sends on is taken, or comes back with the reason, and is never with nobody."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Count

from contact_center.domain.transfers import To
from contact_center.models import Call, EventLog, Offer, Segment, Transfer, TransferState
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.facts import Facts, Wrong, is_outside
from tests.universe.invariants.journal import Journal
from tests.universe.invariants.patience import Patience
from tests.universe.invariants.rows import CallRow
from tests.universe.invariants.world import World
from tests.universe.violation import Violation

#: What was asked has come about by then, or the agent reads that it has not: a look after four
#: seconds, a last one, and the clock's own pace.
ANSWERED_SECONDS = 7.0
#: Who was rung outside for nothing, and is still there so much later, is on the way back.
BACK_SECONDS = 5.0
#: What follows the stay of a caller who was given to a colleague and hears no more of anybody.
LET_GO = ("goodbye", "message")


class Transfers:
    """Watches those who are being sent on."""

    def __init__(self, inside: NetworkInside, patience: Patience) -> None:
        self._inside = inside
        self._patience = patience
        self._asked: set[str] = set()
        self._seen_legs = 0
        self._rung: Counter[tuple[str | None, str]] = Counter()

    def judge(self) -> None:
        """Judge all that was asked and has not come about, and who is rung. Raises Violation."""
        self._nobody_is_rung_twice()
        asked = Transfer.objects.filter(state=TransferState.ASKED, call__ended_at=None)
        now = self._inside.now
        found = {
            f"transfer {pk}": (sid, kind)
            for pk, sid, kind in asked.values_list("pk", "call__sid", "kind")
        }
        for subject in self._asked - found.keys():
            self._patience.judge(subject, [], now, call_sid="")
        for subject, (sid, kind) in sorted(found.items()):
            sentence = (
                f"The agent asked that he goes to another {kind} and is not told how it went."
            )
            wrong = Wrong("transfer", sentence, ANSWERED_SECONDS)
            self._patience.judge(subject, [wrong], now, call_sid=sid)
        self._asked = set(found)

    def _nobody_is_rung_twice(self) -> None:
        """One telephone outside is rung once for each time that somebody is sent there."""
        legs = list(self._inside.legs.values())
        new, self._seen_legs = legs[self._seen_legs :], len(legs)
        for leg in new:
            if not is_outside(leg):
                continue
            one = (leg.parent_sid, leg.to)
            self._rung[one] += 1
            sent = Transfer.objects.filter(call__sid=leg.parent_sid, to_number=leg.to).count()
            if self._rung[one] > sent:
                raise Violation(
                    "transfer",
                    "Somebody outside is rung twice for one caller.",
                    leg.parent_sid or "",
                )


def the_colleague_alone_is_rung(facts: Facts) -> Iterator[Wrong]:
    """Who was sent to a colleague rings there alone; whom nobody took, where he comes from."""
    row, before = facts.row, facts.before
    if row is None:
        return
    known = {offer.pk for offer in before.offers} if before else set()
    for offer in row.offers:
        if offer.state != "pending" or offer.pk in known:
            continue
        sent = Transfer.objects.filter(
            kind=To.AGENT, stay=offer.segment_id, state=TransferState.GONE
        )
        to = sent.values_list("to_agent_id", flat=True).first()
        if to is not None and to != offer.agent_id:
            yield Wrong(
                "transfer", f"Agent {offer.agent_id} is rung for a caller who was sent to {to}."
            )
        asked = Offer.objects.filter(segment_id=offer.segment_id, agent_id=offer.agent_id)
        if to is not None and asked.exclude(pk=offer.pk).exists():
            yield Wrong("transfer", f"Agent {to} is rung twice for a caller who was sent there.")


def sent_on_hears_no_agent(facts: Facts) -> Iterator[Wrong]:
    """Whom an agent has sent on hears that agent no more, not for a moment."""
    row = facts.row
    if row is None or facts.leg.participant is None:
        return
    for offer in row.offers:
        if offer.state == "wrapping_up" and offer.conference_name == facts.conference_name:
            yield from _hears_who_sent_him_on(facts, row, offer.pk)


def _hears_who_sent_him_on(facts: Facts, row: CallRow, offer_id: int) -> Iterator[Wrong]:
    if not Transfer.objects.filter(offer=offer_id, state=TransferState.GONE).exists():
        return
    lines = Offer.objects.filter(pk=offer_id).values_list("legs__sid", flat=True)
    heard = [sid for sid in lines if sid and facts.hears(sid)]
    if heard:
        yield Wrong(
            "transfer",
            f"The call is {row.state}: the agent has sent him on, and he hears that agent's leg "
            f"{heard[0]}.",
        )


def was_sent_outside(call: Call) -> bool:
    """Whether a caller was at an outside number, to which an agent had sent him, until the end."""
    latest = Segment.objects.filter(call=call).exclude(kind="goodbye").order_by("-pk").first()
    return latest is not None and latest.kind == "outside" and _sent_to_number(latest)


def _sent_to_number(stay: Segment) -> bool:
    gone = Transfer.objects.filter(kind=To.NUMBER, stay=stay, state=TransferState.GONE)
    return gone.exists()


def every_transfer_ended(world: World, inside: NetworkInside) -> None:
    """Raise Violation unless each time somebody was sent on came to one thing, and a true one."""
    _it_is_told_once()
    for transfer in Transfer.objects.select_related("call", "offer", "stay").order_by("pk"):
        problem = _what_is_wrong(transfer, world, inside)
        if problem:
            raise Violation("transfer", problem, transfer.call.sid)


def _it_is_told_once() -> None:
    """As many are said to be sent on, and to come back, as are."""
    for name, states in (
        ("call.transferred", (TransferState.GONE, TransferState.RETURNED)),
        ("transfer.returned", (TransferState.RETURNED,)),
    ):
        told = EventLog.objects.filter(name=name).order_by().values_list("offer_id")
        said = dict(told.annotate(times=Count("pk")))
        sent = Transfer.objects.filter(state__in=states).order_by().values_list("offer_id")
        happened = dict(sent.annotate(times=Count("pk")))
        for offer_id in sorted(said.keys() | happened.keys()):
            if said.get(offer_id, 0) != happened.get(offer_id, 0):
                sid = Offer.objects.values_list("call__sid", flat=True).get(pk=offer_id)
                raise Violation(
                    "transfer",
                    f"{said.get(offer_id, 0)} times {name}, and it was so "
                    f"{happened.get(offer_id, 0)} times.",
                    sid,
                )


def _what_is_wrong(transfer: Transfer, world: World, inside: NetworkInside) -> str:
    if transfer.state == TransferState.ASKED:
        return "What the agent asked came to nothing, and nobody was told."
    if transfer.state == TransferState.RETURNED:
        return _came_back(transfer)
    if transfer.state != TransferState.GONE:
        return ""
    if transfer.stay is None:
        stays = Segment.objects.filter(call=transfer.call, started_at__gte=transfer.left_at)
        return "He was sent on, and is elsewhere." if stays.exists() else ""
    if transfer.kind == To.AGENT:
        return _the_colleague_has_him(transfer)
    if transfer.kind == To.NUMBER:
        return _was_reached(transfer, world.journal, inside, world.excused)
    return ""


def _came_back(transfer: Transfer) -> str:
    """He stands at the head of the line of the queue that he comes from, with the reason."""
    stay = transfer.stay
    if not transfer.returned:
        return "He came back, and nobody knows why."
    if stay is None or stay.kind != "queue" or not stay.at_head:
        return "He came back, and not to the head of a line."
    if stay.queue_id != transfer.offer.queue_id:
        return f"He came back to queue {stay.queue_id}, not to {transfer.offer.queue_id}."
    return ""


def _the_colleague_has_him(transfer: Transfer) -> str:
    """The colleague talked with him, unless he hung up, or waited for too long, before."""
    stay = transfer.stay
    assert stay is not None
    offers = Offer.objects.filter(segment=stay)
    if offers.filter(agent=transfer.to_agent_id).exclude(accepted_at=None).exists():
        return ""
    after = Segment.objects.filter(call=transfer.call, pk__gt=stay.pk).order_by("pk").first()
    if offers.exclude(agent=transfer.to_agent_id).exists() or (
        after is not None and after.kind not in LET_GO
    ):
        return f"Agent {transfer.to_agent_id} did not take him, and he did not come back."
    return ""


def _was_reached(
    transfer: Transfer, journal: Journal, inside: NetworkInside, excused: set[str]
) -> str:
    """Somebody outside answered, or he hung up before it was known; else he had come back."""
    legs = [
        leg
        for leg in inside.legs.values()
        if leg.parent_sid == transfer.call.sid and leg.to == transfer.to_number
    ]
    caller = inside.legs[transfer.call.sid]
    if not legs or any(leg.answered_at is not None for leg in legs) or caller.sid in excused:
        return ""
    over = max(leg.ended_at or 0.0 for leg in legs)
    heard = [
        webhook.arrived_at
        for webhook in journal.by_leg.get(caller.sid, ())
        if "DialCallStatus" in webhook.form and webhook.at >= over and webhook.arrived_at
    ]
    assert caller.ended_at is not None
    if heard and caller.ended_at - min(heard) > BACK_SECONDS:
        return "Nobody answered outside, and he did not come back."
    return ""
