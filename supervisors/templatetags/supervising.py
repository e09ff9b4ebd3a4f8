"""What is said of a supervisor in a conversation: always who hears whom."""

from collections.abc import Sequence

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.supervising import Mode
from contact_center.models import Offer, Supervision, User
from contact_center.panels import draw
from contact_center.selectors import supervising
from contact_center.selectors.supervising import Presence
from contact_center.templatetags.screen import icon, phone
from supervisors import texts

register = template.Library()

#: The word on the button, by what is asked for.
BUTTONS = {
    "listen": gettext_lazy("Listen"),
    "coach": gettext_lazy("Coach"),
    "barge": gettext_lazy("Barge"),
    "take_over": gettext_lazy("Take over"),
    "hold": gettext_lazy("Hold"),
    "resume": gettext_lazy("Resume"),
    "hang_up": gettext_lazy("Hang up"),
}

#: Why a supervisor is not with a conversation any more, as the end of a sentence about them.
END_WORDS = {
    "call_ended": gettext_lazy("The conversation is over."),
    "agent_gone": gettext_lazy("The agent is out of the conversation."),
    "transferred": gettext_lazy("The agent has sent the caller on."),
    "line_lost": gettext_lazy("Your line broke."),
    "not_joined": gettext_lazy("Your line did not come up."),
    "taken_over": gettext_lazy("Another supervisor has taken the call over."),
}


@register.simple_tag(takes_context=True)
def supervision_bar(context: Context) -> SafeString:
    """Paint the bar of whoever looks, exactly as a push would."""
    request: HttpRequest = context["request"]
    assert isinstance(request.user, User)
    return draw(supervising.SUPERVISION_PANELS["supervision-bar"], request.user)


@register.simple_tag
def supervising_texts() -> dict[str, str]:
    """Return what the modules of the page say, in the language of the request."""
    return texts.page_texts()


@register.simple_tag
def may_coach() -> bool:
    """Whether the site allows coaching at all."""
    return supervising.may_coach()


@register.simple_tag
def heading(supervision: Supervision, offer: Offer) -> str:
    """Return what the supervisor is doing, in the largest words of the floor."""
    agent, caller = _names(offer)
    if supervision.taken_over_at is not None:
        return _("Your call with %(caller)s") % {"caller": caller}
    match supervision.mode:
        case "listen":
            return _("Listening to %(agent)s") % {"agent": agent}
        case "coach":
            return _("Coaching %(agent)s") % {"agent": agent}
        case "barge":
            return _("Barged in: %(agent)s") % {"agent": agent}
    return _("Joining %(agent)s") % {"agent": agent}


@register.simple_tag
def who_hears(supervision: Supervision, offer: Offer) -> str:
    """Return who hears the supervisor now. What was only asked for is not so yet."""
    agent, caller = _names(offer)
    names = {"agent": agent, "caller": caller}
    held = offer.held_at is not None
    if supervision.taken_over_at is not None:
        if supervision.mode != Mode.BARGE:
            return _("The call is yours. %(caller)s does not hear you yet.") % names
        if held:
            return _("%(caller)s is on hold, hears music, and does not hear you.") % names
        return _("%(caller)s hears you.") % names
    match supervision.mode:
        case "coach":
            return _("%(caller)s cannot hear you.") % names
        case "barge" if held:
            return _("%(agent)s hears you. %(caller)s is on hold and hears music.") % names
        case "barge":
            return _("%(agent)s and %(caller)s hear you.") % names
        case _ if supervision.is_private:
            return _("Nobody hears you, and %(agent)s does not see you.") % names
    return _("Nobody hears you.")


@register.simple_tag
def what_failed(supervision: Supervision, offer: Offer) -> str:
    """Return the sentence about what was asked for and did not happen: first who hears whom."""
    problem = supervision.problem
    words = {
        "still": who_hears(supervision, offer),
        "button": BUTTONS.get(problem["asked"], problem["asked"]),
        "reason": problem.get("reason", ""),
    }
    return _("%(still)s %(button)s did not work: %(reason)s Press %(button)s to try again.") % words


@register.simple_tag
def how_it_ended(supervision: Supervision) -> str:
    """Return that the supervisor is out of a conversation, and why."""
    agent, caller = _names(supervision.offer)
    out = _("You are not with %(agent)s and %(caller)s any more.") % {
        "agent": agent,
        "caller": caller,
    }
    return f"{out} {END_WORDS.get(supervision.end_reason, supervision.end_reason)}"


@register.filter
def presence_words(one: Presence) -> str:
    """Return what a supervisor does in a conversation, for everybody who watches."""
    name = {"name": one.name}
    if one.is_owner:
        return _("%(name)s has taken over") % name
    match one.mode:
        case "listen" if one.is_private:
            return _("%(name)s listens, unseen by the agent") % name
        case "listen":
            return _("%(name)s listens") % name
        case "coach":
            return _("%(name)s coaches") % name
        case "barge":
            return _("%(name)s is in the call") % name
    return _("%(name)s is joining") % name


@register.filter
def presence_icon(one: Presence) -> str:
    """Return the icon of what a supervisor does."""
    return "take-over" if one.is_owner else one.mode or "connecting"


def supervisor_flags(present: Sequence[Presence]) -> SafeString:
    """Draw who is with a conversation, for a row of many: what is done to it, and by whom."""
    return format_html_join(
        "",
        '<span class="flag" data-level="{}" title="{}">{}{}'
        '<span class="said-only">: {}</span></span>',
        (
            (
                "warn" if one.mode == "barge" or one.is_owner else "info",
                presence_words(one),
                icon(presence_icon(one)),
                _short(one),
                one.name,
            )
            for one in present
        ),
    )


def _short(one: Presence) -> str:
    if one.is_owner:
        return _("Taken over")
    match one.mode:
        case "listen":
            return _("Listened to")
        case "coach":
            return _("Coached")
        case "barge":
            return _("Barged in")
    return _("Being joined")


def _names(offer: Offer) -> tuple[str, str]:
    return offer.agent.user.display_name, phone(offer.call.from_number)
