"""What the desk says of a consult: to the agent who asks, and to the colleague who is asked."""

from dataclasses import dataclass
from datetime import timedelta

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.consults import QUEUE_WAIT_SECONDS, ConsultState, Over, Talk, Wish
from contact_center.models import Consult, Offer
from contact_center.templatetags.screen import phone

register = template.Library()

#: For so long it is said that a colleague has left a caller who hears the agent.
TOLD_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class Button:
    """Something that an agent can ask for in a consult."""

    wish: Wish
    label: str
    asking: str
    title: str
    url: str
    is_asked: bool
    has_failed: bool


@dataclass(frozen=True)
class Hearing:
    """One of those in a consult, and whom they hear."""

    who: str
    hears: str
    #: As which state the row is drawn.
    state: str


@register.filter
def party(consult: Consult) -> str:
    """Return who is consulted: a name, or a number as it is read."""
    return _name(consult)


@register.filter
def consults(offer: Offer) -> bool:
    """Whether somebody is consulted in a conversation, or about to be."""
    return offer.consult is not None and offer.consult.ended_at is None


#: In words, for the label, while it is asked for, and what it does.
_WORDS = {
    Wish.CUSTOMER: (
        gettext_lazy("Swap"),
        gettext_lazy("Swapping"),
        gettext_lazy("Talk with the caller; %(agent)s hears music"),
    ),
    Wish.COLLEAGUE: (
        gettext_lazy("Swap"),
        gettext_lazy("Swapping"),
        gettext_lazy("Talk with %(agent)s; the caller hears music"),
    ),
    Wish.TOGETHER: (
        gettext_lazy("Merge"),
        gettext_lazy("Merging"),
        gettext_lazy("All three hear each other"),
    ),
    Wish.COMPLETE: (
        gettext_lazy("Complete"),
        gettext_lazy("Completing"),
        gettext_lazy("Leave; the caller goes on with %(agent)s"),
    ),
    Wish.CANCEL: (
        gettext_lazy("Cancel"),
        gettext_lazy("Cancelling"),
        gettext_lazy("Let %(agent)s go and talk with the caller"),
    ),
}


@register.simple_tag
def consult_buttons(consult: Consult) -> list[Button]:
    """Return what can be asked for now, in the order in which it stands there."""
    wishes = [Wish.CANCEL]
    if consult.state == ConsultState.LIVE:
        swap = Wish.CUSTOMER if consult.talk == Talk.COLLEAGUE else Wish.COLLEAGUE
        wishes = [swap, Wish.TOGETHER, Wish.COMPLETE, Wish.CANCEL]
        if consult.talk == Talk.TOGETHER:
            wishes = [Wish.COLLEAGUE, Wish.CUSTOMER, Wish.COMPLETE, Wish.CANCEL]
    return [_button(consult, one, alone=consult.talk == Talk.TOGETHER) for one in wishes]


def _button(consult: Consult, wish: Wish, *, alone: bool) -> Button:
    who = _name(consult)
    label, asking, title = (str(words) for words in _WORDS[wish])
    if alone and wish is Wish.COLLEAGUE:
        label = _("Only %(agent)s") % {"agent": who}
    elif alone and wish is Wish.CUSTOMER:
        label = _("Only the caller")
    if consult.is_outside and wish is Wish.COMPLETE:
        title = _("Leave; the caller and %(agent)s talk on until both hang up")
    if consult.state == ConsultState.LIVE and alone and wish is Wish.CANCEL:
        label = _("Remove %(agent)s") % {"agent": who}
    return Button(
        wish=wish,
        label=label,
        asking=asking,
        title=title % {"agent": who},
        url=reverse(f"agents:consult-{wish.value}", args=[consult.offer_id]),
        is_asked=consult.wish == wish,
        has_failed=consult.problem.get("asked") == wish,
    )


@register.simple_tag
def consult_said(consult: Consult) -> str:
    """Return to the agent how far it is."""
    who = {"agent": _name(consult), "queue": consult.queue.name if consult.queue else ""}
    match ConsultState(consult.state):
        case ConsultState.HOLDING if consult.queue:
            return (
                _("The caller is being put on hold. Then whoever of %(queue)s is next is rung.")
                % who
            )
        case ConsultState.WAITING if consult.refused:
            return (
                _(
                    "Nobody of %(queue)s has come yet. The next who is free is rung; "
                    "the caller hears music."
                )
                % who
            )
        case ConsultState.WAITING:
            return _("Waiting until somebody of %(queue)s is free. The caller hears music.") % who
        case ConsultState.RINGING if consult.queue:
            return _("%(agent)s of %(queue)s is being rung. The caller hears music.") % who
        case ConsultState.HOLDING:
            return _("The caller is being put on hold. Then %(agent)s is rung.") % who
        case ConsultState.RINGING:
            return _("%(agent)s is being rung. The caller hears music.") % who
        case ConsultState.JOINING:
            return _("%(agent)s has accepted, the line is being set up.") % who
    match consult.talk:
        case Talk.CUSTOMER:
            return _("You are talking with the caller. %(agent)s hears music.") % who
        case Talk.TOGETHER:
            return _("You, the caller and %(agent)s hear each other.") % who
    return _("You are talking with %(agent)s. The caller hears music, and neither of you.") % who


@register.filter
def is_told(consult: Consult | None, offer: Offer) -> bool:
    """Whether the agent is still told why nobody is consulted any more: until the caller is back,
    and for a moment where he was not on hold."""
    if consult is None or consult.ended_at is None:
        return False
    return offer.held_at is not None or timezone.now() - consult.ended_at < TOLD_FOR


#: Why nobody is consulted any more, who should be.
OVER_WORDS = {
    Over.DECLINED: gettext_lazy("%(agent)s declined."),
    Over.TIMED_OUT: gettext_lazy("%(agent)s did not answer."),
    Over.FAILED: gettext_lazy("The line of %(agent)s did not come up."),
    Over.BUSY: gettext_lazy("%(agent)s was busy with another call, or away."),
    Over.NOBODY_CAME: gettext_lazy("Nobody of %(agent)s could answer in %(minutes)s minutes."),
    Over.NOT_HELD: gettext_lazy("The caller could not be put on hold, so nobody was rung."),
    Over.ENGAGED: gettext_lazy("%(agent)s is engaged."),
    Over.NO_ANSWER: gettext_lazy("Nobody answered at %(agent)s."),
    Over.NOT_REACHED: gettext_lazy("%(agent)s could not be reached."),
    Over.REFUSED: gettext_lazy("The phone network would not ring %(agent)s: %(reason)s"),
    Over.COLLEAGUE_LEFT: gettext_lazy("%(agent)s has left."),
}


@register.simple_tag
def consult_over(consult: Consult, offer: Offer) -> str:
    """Return to the agent why the colleague is not there, and what to do."""
    said = {
        "agent": _name(consult),
        "reason": consult.problem.get("reason", ""),
        "minutes": QUEUE_WAIT_SECONDS // 60,
    }
    why = str(OVER_WORDS[Over(consult.end_reason)]) % said
    if offer.held_at is None:
        return _("%(why)s You are talking with the caller.") % {"why": why}
    return _("%(why)s The caller is still on hold and hears music. Press Resume.") % {"why": why}


@register.simple_tag
def consult_problem(consult: Consult) -> str:
    """Return what did not come about, and why."""
    label = str(_WORDS[Wish(consult.problem["asked"])][0])
    return _("%(what)s did not work: %(reason)s It is as it was before. Press it to try again.") % {
        "what": label,
        "reason": consult.problem["reason"],
    }


@register.simple_tag
def consulted_said(consult: Consult, offer: Offer) -> str:
    """Return to the colleague how it is."""
    said = {"agent": offer.agent.user.display_name, "caller": phone(offer.call.from_number)}
    if consult.state == ConsultState.JOINING:
        return _("Your line is being set up. The caller hears music.")
    match consult.talk:
        case Talk.CUSTOMER:
            return _("%(agent)s is talking with %(caller)s. You hear music until you are back.") % (
                said
            )
        case Talk.TOGETHER:
            return _("You are in the call: %(caller)s hears you.") % said
    return _("You are talking with %(agent)s. %(caller)s hears music, and neither of you.") % said


@register.simple_tag
def consult_hears(consult: Consult, offer: Offer, for_colleague: bool = False) -> list[Hearing]:
    """Return who is in it and whom each of them hears, as the network has it."""
    is_there = consult.state == ConsultState.LIVE
    asker = _Party(offer.agent.user.display_name, not for_colleague)
    colleague = _Party(_name(consult), for_colleague)
    heard = {
        _Party(_("The caller"), within=_("the caller")): offer.held_at is None,
        asker: True,
        colleague: is_there and consult.colleague_held_at is None,
    }
    rows = []
    for party, hears in heard.items():
        others = [other.within for other, is_heard in heard.items() if is_heard and other != party]
        if party == colleague and not is_there:
            rows.append(Hearing(party.name, _("is not there yet"), "connecting"))
        elif not hears:
            said = _("hear music, nobody else") if party.is_me else _("hears music, nobody else")
            rows.append(Hearing(party.name, said, "hold"))
        else:
            people = {"people": _(" and ").join(others) or _("nobody")}
            said = _("hear %(people)s") if party.is_me else _("hears %(people)s")
            rows.append(Hearing(party.name, said % people, "on-call"))
    return rows


class _Party:
    """Somebody in a consult: as the row begins, and within a sentence."""

    def __init__(self, name: str, is_me: bool = False, within: str = "") -> None:
        self.is_me = is_me
        self.name = _("You") if is_me else name
        self.within = _("you") if is_me else within or name


def _name(consult: Consult) -> str:
    return phone(consult.to_number) if consult.is_outside else consult.party
