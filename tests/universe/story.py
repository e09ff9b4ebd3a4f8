"""The story of one call, for a person at a terminal: everything that happened, on one time line.

    +12.31  caller     presses 2
    +12.40  webhook    POST /webhooks/voice/menu/1/: our answer was lost; 200 Enqueue; killed
    +12.40  we         call.queued reason=menu
    +13.02  we ask     dequeue: applied after 2 attempts

Times are seconds since the network had the call. After the time line stands what the network has
now, and what our database believes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.db.models import Q

from contact_center.models import Call, Command, EventLog, Offer, Segment, Timer
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.facts import inside_of
from tests.universe.invariants.journal import Webhook
from tests.universe.invariants.world import World

#: Our machine's clock may be off by so much: what befell us just before the call is told, too.
AROUND_SECONDS = 2.0


@dataclass(frozen=True)
class _Line:
    at: float
    who: str
    what: str


def story_of(call_sid: str, world: World) -> str:
    """Return the story of the call of this SID; of an agent's leg, that of its caller."""
    inside = inside_of(world)
    leg = inside.legs.get(call_sid)
    if leg is None:
        return f"The network never had a call {call_sid or 'without a name'}."
    call = Call.objects.filter(sid=call_sid).first()
    if call is None and leg.from_.startswith("client:"):
        call = Call.objects.filter(offers__legs__sid=call_sid).first()
        if call is not None:
            return story_of(call.sid, world)
    lines = sorted(_all_lines(world, inside, leg, call), key=lambda line: line.at)
    told = [f"The story of {call_sid}, who rang {leg.to}:"]
    told += [f"{line.at - leg.created_at:+9.2f}  {line.who:<10} {line.what}" for line in lines]
    told += ["", "In the network now:", *_truth(inside, leg, call)]
    told += ["", "In our database now:", *_belief(call)]
    return "\n".join(told)


def _all_lines(world: World, inside: NetworkInside, leg: Leg, call: Call | None) -> Iterator[_Line]:
    offers = list(Offer.objects.filter(call=call).select_related("agent__user")) if call else []
    legs = {leg.sid: "caller"}
    for offer in offers:
        for sid in offer.legs.values_list("sid", flat=True):
            legs[sid] = f"agent {offer.agent_id}"
    yield _Line(leg.created_at, "caller", f"rings {leg.to}")
    for sid, whose in legs.items():
        own = inside.legs.get(sid)
        if own is not None and own.answered_at is not None:
            yield _Line(own.answered_at, "network", f"the {whose}'s leg is answered")
        if own is not None and own.ended_at is not None:
            yield _Line(own.ended_at, "network", f"the {whose}'s leg is over: {own.status}")
        yield from _webhooks(world.journal.by_leg.get(sid, ()), whose)
    until = leg.ended_at if leg.ended_at is not None else inside.now
    for deed in world.journal.deeds:
        ours = deed.call_sid in legs
        nearby = leg.created_at - AROUND_SECONDS <= deed.at <= until + AROUND_SECONDS
        if ours or (deed.who == "fault" and not deed.call_sid and nearby):
            yield _Line(deed.at, deed.who, deed.deed)
    conferences = {offer.conference_sid for offer in offers if offer.conference_sid}
    yield from _rests(world, set(legs) | conferences)
    if call is not None:
        yield from _events(call)
        yield from _commands(call)


def _webhooks(webhooks: Iterable[Webhook], whose: str) -> Iterator[_Line]:
    for webhook in webhooks:
        form = webhook.form
        said = [
            f"{name}={form[name]}"
            for name in ("Digits", "QueueResult", "DialCallStatus", "StatusCallbackEvent")
            if name in form
        ]
        if webhook.request.purpose == "status":
            said.append(form.get("CallStatus", ""))
        path = urlsplit(webhook.request.url).path
        what = f"{webhook.request.method} {path} ({whose}, {webhook.request.purpose})"
        yield _Line(webhook.at, "webhook", f"{what} {' '.join(said)}".rstrip())
        for at, fault in webhook.faults:
            yield _Line(at, "fault", f"{path}: {fault}")
        for copy in webhook.copies:
            came = f" [{copy.fault}]" if copy.fault else ""
            answer = f"{copy.status} {_verbs(copy.body)}" if copy.status else "killed"
            yield _Line(copy.at, "answer", f"{path}: {answer}{came}".rstrip())


def _verbs(body: bytes) -> str:
    """Return the verbs of a document, with what they say and where they lead."""
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return ""
    return ", ".join(_verb(element) for element in document)


def _verb(element: ElementTree.Element) -> str:
    children = [_verb(child) for child in element]
    target = element.get("action") or element.get("url") or ""
    text = (element.text or "").strip()
    if text.startswith("http"):
        text = urlsplit(text).path
    parts = [
        element.tag,
        f"“{text}”" if text else "",
        f"→ {urlsplit(target).path}" if target else "",
    ]
    inside = f"[{', '.join(children)}]" if children else ""
    return " ".join(part for part in parts if part) + inside


def _rests(world: World, names: set[str]) -> Iterator[_Line]:
    for rest in world.journal.rests:
        if not any(name in rest.path for name in names):
            continue
        path = rest.path.partition("/Accounts/")[2].partition("/")[2] or rest.path
        form = " ".join(
            f"{name}={urlsplit(value).path if value.startswith('http') else value}"
            for name, value in rest.form
        )
        fault = f" [{rest.fault}]" if rest.fault else ""
        yield _Line(rest.at, "REST", f"{rest.method} {path} {form} → {rest.status}{fault}")


def _events(call: Call) -> Iterator[_Line]:
    for event in EventLog.objects.filter(call_id=call.pk).order_by("pk"):
        details = " ".join(
            f"{name}={value}"
            for name, value in event.details.items()
            if value not in ("", None, False)
        )
        agent = f" agent {event.agent_id}" if event.agent_id else ""
        yield _Line(event.at.timestamp(), "we", f"{event.name}{agent} {details}".rstrip())


def _commands(call: Call) -> Iterator[_Line]:
    about = Q(call=call) | Q(offer__call=call)
    for asked in Command.objects.filter(about).order_by("pk"):
        yield _Line(asked.asked_at.timestamp(), "we ask", f"{asked.kind} (command {asked.pk})")
        if asked.outcome_at is not None:
            times = f" after {asked.attempts} attempts" if asked.attempts > 1 else ""
            why = f": {asked.answer}" if asked.answer else ""
            yield _Line(
                asked.outcome_at.timestamp(),
                "we heard",
                f"{asked.kind} (command {asked.pk}): {asked.outcome}{times}{why}",
            )


def _truth(inside: NetworkInside, leg: Leg, call: Call | None) -> Iterator[str]:
    yield f"  the caller's leg: {leg.status}, {_place(inside, leg)}"
    if leg.error is not None:
        yield f"  with error {leg.error[0]}: {leg.error[1]}"
    if call is None:
        return
    for offer in Offer.objects.filter(call=call).order_by("pk"):
        for sid in offer.legs.values_list("sid", flat=True):
            own = inside.legs.get(sid)
            if own is not None:
                yield f"  agent {offer.agent_id}'s leg: {own.status}, {_place(inside, own)}"


def _place(inside: NetworkInside, leg: Leg) -> str:
    if leg.membership is not None:
        return f"in queue {leg.membership.queue.friendly_name}"
    if leg.participant is not None:
        conference = inside.conferences[leg.participant.conference_sid]
        company = len(conference.connected) - 1
        held = ", on hold" if leg.participant.hold else ""
        return f"in conference {conference.friendly_name} with {company} other(s){held}"
    return leg.place


def _belief(call: Call | None) -> Iterator[str]:
    if call is None:
        yield "  nothing: we do not know this call"
        return
    ended = f", ended by {call.ended_by} ({call.end_reason})" if call.ended_by else ""
    yield f"  call {call.pk}: {call.state}{ended}; the network said {call.network_status or '-'}"
    for stay in Segment.objects.filter(call=call).order_by("pk"):
        until = _clock(stay.ended_at) if stay.ended_at else "now"
        yield f"  {stay.kind}: {_clock(stay.started_at)} to {until} {stay.end_reason}".rstrip()
    for offer in Offer.objects.filter(call=call).select_related("slot").order_by("pk"):
        yield (
            f"  offer {offer.pk} to agent {offer.agent_id}: {offer.state} {offer.outcome}; "
            f"the slot is {offer.slot.activity}"
        )
    for timer in Timer.objects.filter(Q(call=call) | Q(offer__call=call)).order_by("due_at"):
        problem = f" ({timer.problem})" if timer.problem else ""
        yield f"  timer {timer.kind} at {_clock(timer.due_at)}{problem}"
    for asked in Command.objects.filter(Q(call=call) | Q(offer__call=call), outcome="waiting"):
        claimed = f", claimed until {_clock(asked.claimed_until)}" if asked.claimed_until else ""
        yield f"  command {asked.pk} {asked.kind} waits to be sent{claimed}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S.%f}"[:-4]
