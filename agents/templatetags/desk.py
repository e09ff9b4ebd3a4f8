"""What the desk's templates work out from an offer."""

from datetime import timedelta

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from agents import texts
from contact_center.models import Offer
from contact_center.selectors import desk
from contact_center.services import wrapping_up

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
