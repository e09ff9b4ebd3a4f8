"""What the desk's templates work out from an offer."""

from datetime import timedelta

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agents import texts
from contact_center.domain.callbacks import Tried, is_machine
from contact_center.domain.members import Standing
from contact_center.domain.transfers import Returned, To
from contact_center.domain.waits import MINUTE, Estimate
from contact_center.domain.waits import Kind as Said
from contact_center.models import DialAttempt, Offer, Transfer
from contact_center.selectors import desk
from contact_center.selectors.supervising import Presence
from contact_center.selectors.targets import QueueLine
from contact_center.services import wrapping_up
from contact_center.templatetags.screen import phone

register = template.Library()

#: The keys of a telephone and the letters written on them.
KEYPAD = (
    ("1", ""),
    ("2", "ABC"),
    ("3", "DEF"),
    ("4", "GHI"),
    ("5", "JKL"),
    ("6", "MNO"),
    ("7", "PQRS"),
    ("8", "TUV"),
    ("9", "WXYZ"),
    ("*", ""),
    ("0", "+"),
    ("#", ""),
)


@register.simple_tag
def keypad() -> tuple[tuple[str, str], ...]:
    """Return the keys in the order of a telephone."""
    return KEYPAD


@register.filter
def talk_time(offer: Offer) -> timedelta | None:
    """Return how long customer and agent talked; None when they never did."""
    return desk.talk_time(offer)


@register.filter
def waited(offer: Offer) -> timedelta | None:
    """Return how long the caller had waited in line when the conversation began."""
    since = offer.segment.placed_at
    return offer.connected_at - since if offer.connected_at and since else None


@register.filter
def extension(offer: Offer) -> int:
    """Return the seconds that More time adds."""
    return wrapping_up.wrap_up_time(offer.queue)


@register.filter
def may_extend(offer: Offer) -> bool:
    """Whether the queue allows More time once more."""
    return offer.wrap_up_extended < offer.queue.wrap_up_extensions


@register.filter
def lacking_words(lacking: list[str]) -> str:
    """Return what has to be said before a call is finished; nothing where all is said."""
    if not lacking:
        return ""
    return _("Still to be said: %(lacking)s.") % {"lacking": ", ".join(lacking)}


#: What came of an attempt to call somebody back, as his agent is told.
NOT_REACHED_WORDS = {
    Tried.BUSY: gettext_lazy("The line was busy."),
    Tried.NO_ANSWER: gettext_lazy("Nobody answered."),
    Tried.FAILED: gettext_lazy("The number could not be reached."),
    Tried.MACHINE: gettext_lazy("A machine answered."),
    Tried.FAX: gettext_lazy("A fax machine answered."),
    Tried.HUNG_UP: gettext_lazy("The customer hung up at once."),
    Tried.CANCELLED: gettext_lazy("You cancelled the call."),
    Tried.BROKEN_OFF: gettext_lazy("The call was broken off."),
    Tried.NO_LINE: gettext_lazy("Your own line did not come up."),
}

#: What an agent who has called does next.
WHAT_NEXT_WORDS = {
    Tried.BUSY: gettext_lazy("Call again in a few minutes."),
    Tried.NO_ANSWER: gettext_lazy("Call again at another time of the day."),
    Tried.FAILED: gettext_lazy("See that the number is right, then call again."),
    Tried.MACHINE: gettext_lazy("Call again at another time of the day."),
    Tried.FAX: gettext_lazy("Look for another number."),
    Tried.HUNG_UP: gettext_lazy("Call again if it matters."),
    Tried.BROKEN_OFF: gettext_lazy("Call again."),
    Tried.NO_LINE: gettext_lazy("See to microphone and network, then call again."),
}


@register.filter
def seems_a_machine(attempt: DialAttempt | None) -> bool:
    """Whether the network thinks that a machine has answered."""
    return attempt is not None and is_machine(attempt.answered_by)


@register.simple_tag
def not_reached_words(offer: Offer) -> str:
    """Return why the customer of a callback was not reached, and what follows."""
    attempt = offer.called_back
    if attempt is None or attempt.outcome not in NOT_REACHED_WORDS:
        return ""
    said = str(NOT_REACHED_WORDS[Tried(attempt.outcome)])
    callback = attempt.callback
    if callback is None:
        return said  # the agent called of their own accord
    if callback.attempts != attempt.number:
        return said  # others have tried since
    if callback.next_at is not None:
        at = timezone.localtime(callback.next_at)
        today = at.date() == timezone.localdate()
        when = time_format(at, "H:i") if today else date_format(at, "j M H:i")
        return _("%(why)s Attempt %(number)s at %(when)s.") % {
            "why": said,
            "number": attempt.number + 1,
            "when": when,
        }
    if callback.outcome:
        return _("%(why)s That was the last attempt.") % {"why": said}
    return said


@register.simple_tag
def what_next_words(offer: Offer) -> str:
    """Return what the network said of a call that reached nobody, and what the agent does next."""
    attempt = offer.called_back
    if attempt is None or not attempt.outcome:
        return ""
    said = (
        _("The phone network says: %(why)s") % {"why": attempt.problem} if attempt.problem else ""
    )
    return f"{said} {WHAT_NEXT_WORDS.get(Tried(attempt.outcome), '')}".strip()


#: A colleague in the list of those to whom a caller can be sent: as which state it is drawn.
_STANDING_STATES = {
    Standing.FREE: "available",
    Standing.SIGNED_OUT: "offline",
    Standing.ON_BREAK: "break",
    Standing.PHONE_AWAY: "not-responding",
    Standing.NOT_RESPONDING: "not-responding",
    Standing.RINGING: "ringing",
    Standing.ON_CALL: "on-call",
    Standing.WRAPPING_UP: "wrap-up",
    Standing.LEAVING: "on-call",
}


@register.filter
def standing_state(standing: Standing) -> str:
    """Return as which state a colleague is drawn."""
    return _STANDING_STATES[standing]


@register.simple_tag
def queue_words(line: QueueLine) -> str:
    """Return how a queue is doing: who is free, what a caller would be told, who waits."""
    if not line.is_open:
        return _("closed now")
    if not line.on_duty:
        said = [_("nobody is on duty")]
    else:
        said = [
            ngettext("%(n)s free", "%(n)s free", line.free) % {"n": line.free}
            if line.free
            else _("nobody free")
        ]
    if line.estimate is not None and not line.free:
        said.append(_("a wait of %(time)s") % {"time": _minutes(line.estimate)})
    if line.waiting:
        waiting = ngettext("%(n)s waits, the first", "%(n)s wait, the first", line.waiting)
        said.append(waiting % {"n": line.waiting})
    return ", ".join(said)


def _minutes(estimate: Estimate) -> str:
    high = estimate.high // MINUTE
    if estimate.kind is Said.BETWEEN:
        return _("%(low)s to %(high)s min") % {"low": estimate.low // MINUTE, "high": high}
    about = _("about %(high)s min") if estimate.kind is Said.ABOUT else _("less than %(high)s min")
    return about % {"high": high}


#: Why a caller is back whom the agent had sent on.
RETURNED_WORDS = {
    Returned.DECLINED: gettext_lazy("%(who)s declined."),
    Returned.TIMED_OUT: gettext_lazy("%(who)s did not answer."),
    Returned.FAILED: gettext_lazy("The line of %(who)s did not come up."),
    Returned.AGENT_AWAY: gettext_lazy("%(who)s went away."),
    Returned.TIME_OVER: gettext_lazy("%(who)s was busy with another call."),
    Returned.BUSY: gettext_lazy("%(who)s was busy."),
    Returned.NO_ANSWER: gettext_lazy("Nobody answered at %(who)s."),
    Returned.NOT_REACHED: gettext_lazy("%(who)s could not be reached."),
}


@register.filter
def sent_to(transfer: Transfer) -> str:
    """Return where a caller is or was sent: a name, or a number."""
    if transfer.kind == To.NUMBER or transfer.to_number:
        return phone(transfer.to_number)
    if transfer.to_agent is not None:
        return transfer.to_agent.user.display_name
    return transfer.to_queue.name if transfer.to_queue is not None else ""


@register.simple_tag
def came_by(transfer: Transfer) -> str:
    """Return how a caller who was sent on has come here."""
    if transfer.returned:
        why = str(RETURNED_WORDS[Returned(transfer.returned)]) % {"who": sent_to(transfer)}
        return _("Comes back: %(why)s") % {"why": why}
    return _("Sent to you by %(agent)s") % {"agent": transfer.offer.agent.user.display_name}


@register.simple_tag
def caller_is_heard(offer: Offer) -> str:
    """Return who hears the caller. A muted agent gives the caller silence, unless others speak."""
    hearing = [_("you"), *(one.name for one in offer.supervisors if one.mode)]
    heard = _("heard by %(people)s") % {"people": _and(hearing)}
    spoken_to = any(one.mode == "barge" for one in offer.supervisors)
    if offer.muted_at is not None and not spoken_to:
        return _("%(heard)s, hears silence") % {"heard": heard}
    return heard


@register.simple_tag
def you_are_heard(offer: Offer) -> str:
    """Return who hears the agent: on hold the supervisors alone, if there are any."""
    if offer.muted_at is not None:
        return _("heard by nobody")
    hearing = [] if offer.held_at is not None else [_("the caller")]
    hearing += [one.name for one in offer.supervisors if one.mode]
    if not hearing:
        return _("heard by nobody")
    return _("heard by %(people)s") % {"people": _and(hearing)}


@register.simple_tag
def supervisor_is_heard(offer: Offer, one: Presence) -> str:
    """Return what a supervisor does in the agent's conversation, and who hears it."""
    caller = {"caller": phone(offer.call.from_number)}
    match one.mode:
        case "coach":
            return _("coaching: heard by you only, never by %(caller)s") % caller
        case "barge" if offer.held_at is not None:
            return _("in the call: heard by you; %(caller)s hears music") % caller
        case "barge":
            return _("in the call: heard by you and by %(caller)s") % caller
        case "listen":
            return _("listening: heard by nobody")
    return _("joining: heard by nobody")


def _and(people: list[str]) -> str:
    if len(people) == 1:
        return people[0]
    return _("%(people)s and %(last)s") % {"people": ", ".join(people[:-1]), "last": people[-1]}


@register.simple_tag(takes_context=True)
def panel(context: Context, panel_id: str) -> SafeString:
    """Paint one panel of the signed-in agent's desk, exactly as a push or a poll would."""
    shown = desk.DESK_PANELS[panel_id]
    agent = context["request"].user.agent
    return render_to_string(shown.template, shown.context(agent))


@register.simple_tag
def phone_network() -> dict[str, object]:
    """Return what the softphone has to know about the network before it has a token."""
    simulated = settings.MOCK_TWILIO
    return {
        "is_simulated": simulated,
        "simulator_url": settings.SIMULATOR_URL if simulated else "",
        # Echo cancellation hears a test's pure tone as noise and takes it away.
        "raw_microphone": simulated and settings.DEMO,
    }


@register.simple_tag
def page_texts() -> dict[str, str]:
    """Return what the page's modules say, in the language of the request."""
    return texts.page_texts()
