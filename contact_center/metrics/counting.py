"""Count what happens: a subscriber of every recorded event, after its transaction committed."""

from collections.abc import Mapping, Sequence

from contact_center import metrics
from contact_center.domain import calling_out, voicemails
from contact_center.domain import events as ev
from contact_center.domain.blocking import BLOCKED
from contact_center.domain.overflow import Reason
from contact_center.metrics import declared

#: What came of a call, by the reason of its end. Any other is "other".
OUTCOMES: Mapping[str, str] = {
    "customer_hung_up": "answered",
    "agent_hung_up": "answered",
    "conference_ended": "answered",
    "longest_duration": "answered",
    "abandoned": "abandoned",
    "hung_up_in_menu": "left_in_menu",
    "closed": "closed",
    "emergency_closed": "closed",
    voicemails.LEFT: "voicemail",
    voicemails.NOTHING_SAID: "empty_message",
    voicemails.LISTENED: "listened",
    voicemails.DONE_UNHEARD: "listened",
    **{reason.value: reason.value for reason in Reason},
    BLOCKED: BLOCKED,
    **dict.fromkeys(calling_out.REASONS.values(), "not_reached"),
}

#: What came of an offer, by the event that says so.
OFFERS: Mapping[type[ev.Event], str] = {
    ev.CallOffered: "offered",
    ev.OfferAccepted: "accepted",
    ev.OfferDeclined: "declined",
    ev.OfferTimedOut: "timed_out",
    ev.OfferWithdrawn: "withdrawn",
    ev.OfferFailed: "failed",
    ev.AgentLost: "lost",
}


def count_events(events: Sequence[ev.Event]) -> None:
    """Count each of ``events``; never fails, never waits."""
    if metrics.backend() is not None:
        for event in events:
            _count(event)


def _count(event: ev.Event) -> None:
    if outcome := OFFERS.get(type(event)):
        metrics.count(declared.OFFERS, outcome)
    match event:
        case ev.CallArrived():
            metrics.count(declared.CALLS_ARRIVED)
        case ev.CallEnded():
            metrics.count(declared.CALLS_ENDED, OUTCOMES.get(event.reason, "other"))
        case ev.CallMade():
            metrics.count(declared.CALLS_MADE)
        case ev.CallConnected() if not event.outgoing:
            metrics.took(declared.WAIT_SECONDS, seconds=event.waited_seconds)
        case ev.ConversationEnded() | ev.AgentRelieved() | ev.CallTransferred():
            metrics.took(declared.TALK_SECONDS, seconds=event.talked_seconds)
        case ev.AgentLost() if event.talked_seconds:
            metrics.took(declared.TALK_SECONDS, seconds=event.talked_seconds)
        case ev.RealityHealed():
            metrics.count(declared.HEALED, event.found)
        case ev.ReportSetAside():
            metrics.count(declared.REPORTS_SET_ASIDE, event.why)
        case ev.JobFailed():
            metrics.count(declared.JOBS_FAILED, event.kind)
        case _:
            pass
