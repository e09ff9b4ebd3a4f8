"""One call's timeline: what happened, what we asked of the network, what it asked and reported.

The event log is the spine: every change of a call wrote its event in the same transaction. Beside
it stand the commands with what came of them, the network's reports as they came in, and the
instructions we gave when it asked. The four are put in order by the database, which hands out one
page of names; only what is named is read. So a call of many hours costs what a short one does.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db.models import Count, F, IntegerField, Max, Q, QuerySet, Value

from contact_center.domain import events as ev
from contact_center.domain.explaining import WhyThisAgent, why_this_agent
from contact_center.domain.ranking import Criterion
from contact_center.domain.skills import all_needs
from contact_center.models import (
    Agent,
    Call,
    Command,
    CommandOutcome,
    DialAttempt,
    EventLog,
    Leg,
    Offer,
    Queue,
    RawWebhook,
    Skill,
    StoredAnswer,
    User,
)
from contact_center.selectors.arranging import user_names
from contact_center.selectors.needed import Need, named_needs

#: Moments of one page; of what was sent so many characters are shown.
PAGE_SIZE = 100
SHOWN_CHARACTERS = 2000
#: Conferences and legs whose reports are looked for: more than any call but a broken one has.
MOST_NAMES = 300


class Kind(StrEnum):
    """What a moment is about; what the page can be narrowed to."""

    PLACE = "place"
    OFFER = "offer"
    CONVERSATION = "conversation"
    WRAP_UP = "wrap-up"
    COMMAND = "command"
    REPORT = "report"
    INSTRUCTION = "instruction"
    #: Not a kind of its own: whatever of the others went wrong.
    TROUBLE = "trouble"


#: Events that a supervisor looks for when a call went badly.
TROUBLE = frozenset(
    {
        ev.OfferTimedOut.name,
        ev.OfferFailed.name,
        ev.AgentLost.name,
        ev.VoicemailMissing.name,
        ev.VoicemailDropped.name,
        ev.ControlFailed.name,
        ev.TransferReturned.name,
        ev.ConsultMissed.name,
        ev.ConsultWishFailed.name,
        ev.SupervisionModeFailed.name,
        ev.CommandFailed.name,
        ev.RealityHealed.name,
        ev.ReportSetAside.name,
        ev.JobFailed.name,
    }
)

#: What an event is about, by the first word of its name; these differ from their neighbours.
_KINDS = {
    "offer": Kind.OFFER,
    "call.offered": Kind.OFFER,
    "agent.joined": Kind.OFFER,
    "wrap_up": Kind.WRAP_UP,
    "hold": Kind.CONVERSATION,
    "resume": Kind.CONVERSATION,
    "mute": Kind.CONVERSATION,
    "hang_up": Kind.CONVERSATION,
    "control": Kind.CONVERSATION,
    "conversation": Kind.CONVERSATION,
    "agent": Kind.CONVERSATION,
    "help": Kind.CONVERSATION,
    "supervision": Kind.CONVERSATION,
    "voicemail": Kind.CONVERSATION,
    "call.connected": Kind.CONVERSATION,
    "call.held": Kind.CONVERSATION,
    "call.resumed": Kind.CONVERSATION,
    "call.taken_over": Kind.CONVERSATION,
    "call.transferred": Kind.CONVERSATION,
    "call.left_outside": Kind.CONVERSATION,
    "transfer": Kind.CONVERSATION,
    "command": Kind.COMMAND,
    "report": Kind.REPORT,
}

#: What was asked, and the events of which the first says what came of it.
ANSWERS: Mapping[str, frozenset[str]] = {
    "call.offered": frozenset(
        {"offer.accepted", "offer.declined", "offer.timed_out", "offer.withdrawn"}
    ),
    "offer.accepted": frozenset(
        {"call.connected", "voicemail.opened", "offer.failed", "offer.withdrawn", "agent.lost"}
    ),
    "hold.asked": frozenset({"call.held", "control.confirmed", "control.failed"}),
    "resume.asked": frozenset({"call.resumed", "control.confirmed", "control.failed"}),
    "mute.asked": frozenset(
        {"agent.muted", "agent.unmuted", "control.confirmed", "control.failed"}
    ),
    "hang_up.asked": frozenset({"conversation.ended", "control.failed"}),
    "transfer.asked": frozenset({"call.transferred", "control.failed"}),
    "help.asked": frozenset({"help.answered", "help.withdrawn", "help.ended"}),
    "supervision.asked": frozenset({"supervision.began", "supervision.ended"}),
    "supervision.mode_asked": frozenset(
        {"supervision.mode_changed", "supervision.mode_failed", "supervision.ended"}
    ),
}


def kind_of(event_name: str) -> Kind:
    """Return what an event is about."""
    by_name = _KINDS.get(event_name)
    return by_name or _KINDS.get(event_name.partition(".")[0], Kind.PLACE)


@dataclass(frozen=True)
class Moment:
    """One line of a call's story."""

    at: datetime
    #: Since the call rang in; negative for what was noted before we knew of the call.
    since: timedelta
    kind: Kind
    #: "event", "command", "report" or "instruction": where it is written down.
    source: str
    pk: int
    #: Its name as the log or the network has it.
    name: str
    agent: str = ""
    queue: str = ""
    #: Who asked for it, when a person did.
    actor: str = ""
    #: What else it says: pairs of a name and a value.
    details: Mapping[str, Any] = field(default_factory=dict)
    #: What came of a command; for a report what kept it from being applied.
    outcome: str = ""
    #: What came of what was asked, and how long after: the name of an event, or a command's end.
    answered_by: str = ""
    answered_after: timedelta | None = None
    went_wrong: bool = False
    #: What the reconciler found and did (domain/healing.py).
    found: str = ""
    done: str = ""
    #: The skills that were asked for, by name ("" for one that was removed), with their levels.
    needs: Sequence[tuple[str, int]] = ()
    #: An offer's reason, with the names of the agents in it.
    reason: "Reason | None" = None
    #: As it was written, to unfold.
    raw: str = ""


@dataclass(frozen=True)
class Considered:
    """One agent who could have been given a call, the best first."""

    #: Empty: somebody whose name is not for whoever looks.
    name: str
    idle: timedelta
    #: How long ago this queue had rung there; None: never.
    rung: timedelta | None
    #: What else was compared.
    scores: Mapping[Criterion, float]


@dataclass(frozen=True)
class Reason:
    """Why a call was offered to an agent, with names for ids."""

    why: WhyThisAgent
    considered: Sequence[Considered]
    waited: timedelta | None
    #: What had been asked for; of an offer of an earlier version, what was still needed.
    needs: Sequence[Need]
    #: The supervisors who wanted this agent to have the call, and gave it its priority.
    reserved_by: str = ""
    prioritised_by: str = ""


@dataclass(frozen=True)
class Page:
    """A part of a timeline."""

    moments: Sequence[Moment]
    number: int
    pages: int
    total: int
    kind: Kind | None
    #: How many moments of each kind there are.
    counts: Mapping[Kind, int]

    @property
    def previous(self) -> int | None:
        """The page before; None on the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after; None on the last."""
        return self.number + 1 if self.number < self.pages else None


def timeline(call: Call, *, kind: str = "", page: str = "") -> Page:
    """Return one page of what happened, oldest first.

    ``kind`` is one of Kind, or anything else for all. A ``page`` that there is none of is the
    nearest; where none is named, it is the first, and of a call that goes on the last.
    """
    chosen = Kind(kind) if kind in set(Kind) else None
    sids = sids_of(call)
    counts = _counts(call, sids)
    total = sum(n for each, n in counts.items() if each is not Kind.TROUBLE)
    if chosen is not None:
        total = counts[chosen]
    pages = max(1, -(-total // PAGE_SIZE))
    unnamed = pages if call.ended_at is None else 1
    number = min(max(int(page), 1), pages) if page.isdecimal() and len(page) < 9 else unnamed
    names = _named(call, sids, chosen)[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return Page(
        moments=_moments(call, [(source, pk) for _at, source, pk in names]),
        number=number,
        pages=pages,
        total=total,
        kind=chosen,
        counts=counts,
    )


def newest(call: Call) -> str:
    """Return what changes whenever the timeline does."""
    sids = sids_of(call)
    events = EventLog.objects.filter(call_id=call.pk).aggregate(last=Max("pk"))
    commands = _commands(call).aggregate(last=Max("pk"), outcome=Max("outcome_at"))
    reports = RawWebhook.objects.filter(sid__in=sids).aggregate(last=Max("pk"))
    answers = StoredAnswer.objects.filter(call_sid__in=sids).aggregate(last=Max("pk"))
    told = commands["outcome"].timestamp() if commands["outcome"] else 0
    return f"{events['last']}-{commands['last']}-{told}-{reports['last']}-{answers['last']}"


def sids_of(call: Call) -> list[str]:
    """Return the network's names of the customer's leg, and of the legs and conferences here."""
    legs = legs_of(call).order_by("-pk").values_list("sid", flat=True)
    conferences = (
        Offer.objects.filter(call=call)
        .exclude(conference_sid="")
        .order_by("-pk")
        .values_list("conference_sid", flat=True)
    )
    tried = attempts_of(call).values_list("sid", flat=True)[:MOST_NAMES]
    return [call.sid, *legs[:MOST_NAMES], *conferences[:MOST_NAMES], *tried]


def attempts_of(call: Call) -> QuerySet[DialAttempt]:
    """Return the attempts to call the customer back of which the network has named the leg."""
    return DialAttempt.objects.filter(call=call).exclude(sid="").order_by("pk")


def legs_of(call: Call) -> QuerySet[Leg]:
    """Return the lines of agents and supervisors in a call."""
    return Leg.objects.filter(Q(offer__call=call) | Q(supervision__call=call))


# --- which moments there are ------------------------------------------------------------------

_EVENT, _COMMAND, _REPORT, _INSTRUCTION = range(4)

Names = QuerySet[Any, tuple[datetime, int, int]]


def _events(call: Call) -> QuerySet[EventLog]:
    return EventLog.objects.filter(tenant_id=call.tenant_id, call_id=call.pk)


def _commands(call: Call) -> QuerySet[Command]:
    return Command.objects.filter(call=call)


def _reports(sids: Sequence[str]) -> QuerySet[RawWebhook]:
    return RawWebhook.objects.filter(sid__in=sids)


def _instructions(sids: Sequence[str]) -> QuerySet[StoredAnswer]:
    return StoredAnswer.objects.filter(call_sid__in=sids)


_FAILED = Q(outcome__in=(CommandOutcome.REFUSED, CommandOutcome.GAVE_UP))


def _event_names(kind: Kind) -> list[str]:
    return sorted(name for name in ev.all_events() if kind_of(name) is kind)


def _named(call: Call, sids: Sequence[str], kind: Kind | None) -> Names:
    """Return when each moment was, where it is written and its key there, in order."""
    events, commands = _events(call), _commands(call)
    reports, instructions = _reports(sids), _instructions(sids)
    parts: list[Names] = []
    if kind is None:
        parts = [
            _keys(events, "at", _EVENT),
            _keys(commands, "asked_at", _COMMAND),
            _keys(reports, "received_at", _REPORT),
            _keys(instructions, "created_at", _INSTRUCTION),
        ]
    elif kind is Kind.TROUBLE:
        parts = [
            _keys(events.filter(name__in=sorted(TROUBLE)), "at", _EVENT),
            _keys(commands.filter(_FAILED), "asked_at", _COMMAND),
            _keys(reports.exclude(problem=""), "received_at", _REPORT),
        ]
    else:
        parts = [_keys(events.filter(name__in=_event_names(kind)), "at", _EVENT)]
        if kind is Kind.COMMAND:
            parts.append(_keys(commands, "asked_at", _COMMAND))
        elif kind is Kind.REPORT:
            parts.append(_keys(reports, "received_at", _REPORT))
        elif kind is Kind.INSTRUCTION:
            parts.append(_keys(instructions, "created_at", _INSTRUCTION))
    first, *others = parts
    whole = first.union(*others, all=True) if others else first
    return whole.order_by("moment", "source", "pk")


def _keys(rows: QuerySet[Any], at: str, source: int) -> Names:
    marked = rows.annotate(moment=F(at), source=Value(source, IntegerField())).order_by()
    names: Names = marked.values_list("moment", "source", "pk")
    return names


def _counts(call: Call, sids: Sequence[str]) -> dict[Kind, int]:
    counts = dict.fromkeys(Kind, 0)
    for name, n in _grouped(_events(call), "name"):
        counts[kind_of(name)] += n
        counts[Kind.TROUBLE] += n if name in TROUBLE else 0
    for outcome, n in _grouped(_commands(call), "outcome"):
        counts[Kind.COMMAND] += n
        failed = outcome in (CommandOutcome.REFUSED, CommandOutcome.GAVE_UP)
        counts[Kind.TROUBLE] += n if failed else 0
    reports = _reports(sids).aggregate(all=Count("pk"), bad=Count("pk", filter=~Q(problem="")))
    counts[Kind.REPORT] += reports["all"]
    counts[Kind.TROUBLE] += reports["bad"]
    counts[Kind.INSTRUCTION] += _instructions(sids).count()
    return counts


def _grouped(rows: QuerySet[Any], by: str) -> Iterable[tuple[str, int]]:
    counted = rows.order_by().values_list(by).annotate(n=Count("pk"))
    yield from counted.values_list(by, "n")


# --- reading those of one page ----------------------------------------------------------------


def _moments(call: Call, names: Sequence[tuple[int, int]]) -> list[Moment]:
    def pks(source: int) -> list[int]:
        return [pk for where, pk in names if where == source]

    events = EventLog.objects.in_bulk(pks(_EVENT))
    found: dict[tuple[int, int], Moment] = {}
    for moment in _from_events(call, list(events.values())):
        found[_EVENT, moment.pk] = moment
    for command in Command.objects.in_bulk(pks(_COMMAND)).values():
        found[_COMMAND, command.pk] = _from_command(call, command)
    for report in RawWebhook.objects.in_bulk(pks(_REPORT)).values():
        found[_REPORT, report.pk] = _from_report(call, report)
    for answer in StoredAnswer.objects.in_bulk(pks(_INSTRUCTION)).values():
        found[_INSTRUCTION, answer.pk] = _from_instruction(call, answer)
    # What was tidied away between two statements is not there any more.
    return [found[name] for name in names if name in found]


def _from_events(call: Call, rows: Sequence[EventLog]) -> Iterable[Moment]:
    offered = Offer.objects.filter(call=call).in_bulk(
        {row.offer_id for row in rows if row.name == "call.offered" and row.offer_id}
    )
    names = agent_names(
        call.tenant_id,
        {row.agent_id for row in rows if row.agent_id}
        | {pk for offer in offered.values() for pk in considered_in(offer)},
    )
    people = people_in(call.tenant_id, offered.values())
    queues = dict(
        Queue.objects.filter(
            tenant_id=call.tenant_id, pk__in={row.queue_id for row in rows if row.queue_id}
        ).values_list("pk", "name")
    )
    actors = {
        user.pk: user.display_name
        for user in User.objects.filter(
            tenant_id=call.tenant_id, pk__in={row.actor_id for row in rows if row.actor_id}
        )
    }
    answers = _answers(call, rows)
    skills = skill_names(pk for row in rows for pk, _level in _asked_in(row))
    for row in rows:
        offer = offered.get(row.offer_id or 0) if row.name == "call.offered" else None
        answer = answers.get(row.pk)
        healed = row.name == ev.RealityHealed.name
        yield Moment(
            at=row.at,
            since=row.at - call.arrived_at,
            kind=kind_of(row.name),
            source="event",
            pk=row.pk,
            name=row.name,
            agent=names.get(row.agent_id or 0, ""),
            queue=queues.get(row.queue_id or 0, ""),
            actor=actors.get(row.actor_id or 0, ""),
            details={} if healed else _worth_saying(row.details),
            needs=[(skills.get(pk, ""), level) for pk, level in _asked_in(row)],
            answered_by=answer.name if answer else "",
            answered_after=answer.at - row.at if answer else None,
            went_wrong=row.name in TROUBLE,
            found=row.details.get("found", "") if healed else "",
            done=row.details.get("done", "") if healed else "",
            reason=reason_of(offer, names, people=people) if offer else None,
            # Ids alone say nothing that the line does not.
            raw=_json(_everything_of(row)) if row.details else "",
        )


def _asked_in(row: EventLog) -> Sequence[tuple[int, int]]:
    """Return the skills that an event says were asked for, with their levels."""
    return row.details["needs"] if row.name == ev.SkillsAsked.name else ()


def _answers(call: Call, rows: Sequence[EventLog]) -> dict[int, EventLog]:
    """Return for each thing asked the event that says what came of it, where there is one."""
    asked = [row for row in rows if row.name in ANSWERS and row.offer_id]
    if not asked:
        return {}
    candidates = list(
        _events(call)
        .filter(
            name__in=sorted(frozenset().union(*(ANSWERS[row.name] for row in asked))),
            offer_id__in={row.offer_id for row in asked},
            pk__gt=min(row.pk for row in asked),
        )
        .order_by("pk")[: 4 * PAGE_SIZE]
    )
    answers = {}
    for row in asked:
        for candidate in candidates:
            if (
                candidate.pk > row.pk
                and candidate.offer_id == row.offer_id
                and candidate.name in ANSWERS[row.name]
            ):
                answers[row.pk] = candidate
                break
    return answers


def _from_command(call: Call, row: Command) -> Moment:
    return Moment(
        at=row.asked_at,
        since=row.asked_at - call.arrived_at,
        kind=Kind.COMMAND,
        source="command",
        pk=row.pk,
        name=row.kind,
        details={"attempts": row.attempts} if row.attempts > 1 else {},
        outcome=row.outcome,
        answered_after=row.outcome_at - row.asked_at if row.outcome_at else None,
        went_wrong=row.outcome in (CommandOutcome.REFUSED, CommandOutcome.GAVE_UP),
        raw=_json({"command": row.kind, **row.params, "answer": row.answer}),
    )


def _from_report(call: Call, row: RawWebhook) -> Moment:
    said = row.payload.get("StatusCallbackEvent") or row.payload.get("CallStatus") or ""
    return Moment(
        at=row.received_at,
        since=row.received_at - call.arrived_at,
        kind=Kind.REPORT,
        source="report",
        pk=row.pk,
        name=f"{row.kind} {str(said)[:80]}".strip(),
        outcome=row.problem,
        answered_after=row.applied_at - row.received_at if row.applied_at else None,
        went_wrong=bool(row.problem),
        raw=_as_it_came(row),
    )


def _from_instruction(call: Call, row: StoredAnswer) -> Moment:
    path = urlsplit(row.path).path
    return Moment(
        at=row.created_at,
        since=row.created_at - call.arrived_at,
        kind=Kind.INSTRUCTION,
        source="instruction",
        pk=row.pk,
        name=path.partition("/voice/")[2].partition("/")[0],
        raw=f"{path}\n{row.body}"[:SHOWN_CHARACTERS],
    )


# --- reasons ------------------------------------------------------------------------------------


def considered_in(offer: Offer) -> list[int]:
    """Return the ids of the agents whom an offer's reason names."""
    return [int(seen["agent"]) for seen in offer.reason.get("considered", ()) if "agent" in seen]


def agent_names(tenant_id: int, pks: set[int]) -> dict[int, str]:
    """Return the names of these agents of one organisation."""
    agents = Agent.objects.select_related("user").filter(tenant_id=tenant_id, pk__in=pks)
    return {agent.pk: agent.user.display_name for agent in agents}


def skill_names(pks: Iterable[int]) -> dict[int, str]:
    """Return what these skills are called; of one that was removed there is no name."""
    wanted = set(pks)
    return dict(Skill.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def needed_in(offer: Offer) -> list[int]:
    """Return the ids of the skills that an offer's reason names."""
    why = why_this_agent(offer.reason)
    return [] if why is None else [*all_needs(why.needs, *why.asked.values())]


def people_in(tenant_id: int, offers: Iterable[Offer]) -> dict[int, str]:
    """Return the names of the supervisors whom the reasons of these offers name."""
    said = ("reserved_by", "prioritised_by")
    named = {offer.reason.get(name) for offer in offers for name in said}
    return user_names(tenant_id, {int(pk) for pk in named if pk})


def reason_of(
    offer: Offer,
    names: Mapping[int, str],
    skills: Mapping[int, str] | None = None,
    people: Mapping[int, str] | None = None,
) -> Reason | None:
    """Return why ``offer`` was made, with names for ids; None where nothing was written down."""
    why = why_this_agent(offer.reason)
    if why is None:
        return None
    return Reason(
        why=why,
        considered=[
            Considered(
                name=names.get(seen.agent_id, ""),
                idle=offer.offered_at - seen.idle_since,
                rung=offer.offered_at - seen.last_rung if seen.last_rung else None,
                scores=seen.scores,
            )
            for seen in why.considered
        ],
        waited=offer.offered_at - why.waited_since if why.waited_since else None,
        needs=named_needs(
            all_needs(*why.asked.values()) if why.asked else why.needs,
            why.needs,
            why.asked,
            skills or {},
        ),
        reserved_by=(people or {}).get(why.reserved_by or 0, ""),
        prioritised_by=(people or {}).get(why.prioritised_by or 0, ""),
    )


# --- as it was written ----------------------------------------------------------------------------


def _worth_saying(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person can read of an event's details: no ids, nothing empty or false."""
    return {
        name: value
        for name, value in details.items()
        if value not in ("", None, False, []) and not name.endswith("_id") and name != "needs"
    }


def _everything_of(row: EventLog) -> dict[str, Any]:
    references = {
        name: getattr(row, name) for name in sorted(ev.REFERENCES - {"tenant_id", "call_id"})
    }
    return {"event": row.name, "id": row.pk, **references, **row.details}


def _json(values: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in values.items() if value not in (None, "")}
    return json.dumps(shown, indent=1, ensure_ascii=False)[:SHOWN_CHARACTERS]


def _as_it_came(report: RawWebhook) -> str:
    """Return the fields of a report, one a line; of one that has no readable fields its bytes."""
    if report.body is not None:
        # A byte is a character of Latin-1; what cannot be seen is written like \x00.
        raw = bytes(report.body).decode("latin-1").encode("unicode_escape").decode("ascii")
    else:
        raw = "\n".join(urlencode({name: value}) for name, value in report.payload.items())
    return raw[:SHOWN_CHARACTERS]
