"""How the page of a call says what happened."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from contact_center.models import (
    CommandOutcome,
    Offer,
    OfferOutcome,
    OfferState,
    Segment,
    SegmentKind,
)
from contact_center.selectors.stories import Moment
from contact_center.templatetags.screen import clock, icon
from supervisors.templatetags.healed import found_sentence, found_word

register = template.Library()

EVENT_WORDS = {
    "call.arrived": gettext_lazy("Call arrived"),
    "menu.entered": gettext_lazy("Heard the menu"),
    "menu.key_pressed": gettext_lazy("Pressed a key"),
    "menu.timed_out": gettext_lazy("Pressed nothing"),
    "language.chosen": gettext_lazy("Chose a language"),
    "room.entered": gettext_lazy("Entered the room"),
    "call.queued": gettext_lazy("Entered the queue"),
    "wait.started": gettext_lazy("Heard the first music"),
    "call.offered": gettext_lazy("Offered"),
    "offer.accepted": gettext_lazy("Accepted"),
    "offer.declined": gettext_lazy("Declined"),
    "offer.timed_out": gettext_lazy("Not answered in time"),
    "offer.withdrawn": gettext_lazy("Offer withdrawn"),
    "offer.failed": gettext_lazy("Could not be connected"),
    "agent.joined": gettext_lazy("Agent is in the conference"),
    "call.connected": gettext_lazy("Caller and agent hear each other"),
    "hold.asked": gettext_lazy("Hold asked for"),
    "call.held": gettext_lazy("On hold"),
    "resume.asked": gettext_lazy("Resume asked for"),
    "call.resumed": gettext_lazy("Off hold"),
    "mute.asked": gettext_lazy("Mute or unmute asked for"),
    "agent.muted": gettext_lazy("Agent muted"),
    "agent.unmuted": gettext_lazy("Agent unmuted"),
    "hang_up.asked": gettext_lazy("Hang-up asked for"),
    "control.confirmed": gettext_lazy("It was so already"),
    "control.failed": gettext_lazy("Something asked for did not happen"),
    "conversation.ended": gettext_lazy("Conversation ended"),
    "agent.lost": gettext_lazy("Agent's line was lost"),
    "call.ended": gettext_lazy("Call ended"),
    "wrap_up.saved": gettext_lazy("Notes saved"),
    "wrap_up.extended": gettext_lazy("More time for wrap-up"),
    "wrap_up.finished": gettext_lazy("Wrap-up finished"),
    "wrap_up.timed_out": gettext_lazy("Wrap-up ran out"),
    "command.failed": gettext_lazy("A request to the network failed"),
    "reality.healed": gettext_lazy("Put right with the network"),
    "report.set_aside": gettext_lazy("A report of the network was set aside"),
    "report.tried_again": gettext_lazy("A report that was set aside is tried again"),
    "report.dropped": gettext_lazy("A report that was set aside was let go"),
    "job.failed": gettext_lazy("Heavy work was given up"),
}

_EVENT_ICONS = {
    "call.arrived": "answered",
    "menu.entered": "keypad",
    "menu.key_pressed": "keypad",
    "call.queued": "queue",
    "call.offered": "ringing",
    "offer.accepted": "answered",
    "offer.declined": "declined",
    "offer.timed_out": "missed",
    "call.connected": "on-call",
    "call.held": "hold",
    "call.resumed": "resume",
    "agent.muted": "mic-off",
    "agent.unmuted": "mic",
    "conversation.ended": "hang-up",
    "agent.lost": "lost",
    "call.ended": "hang-up",
    "wrap_up.finished": "wrap-up",
}

#: What we ask of the network.
COMMAND_WORDS = {
    "dequeue": gettext_lazy("Move the caller to the agent"),
    "redirect_call": gettext_lazy("Give the caller new instructions"),
    "end_call": gettext_lazy("End a line"),
    "end_conference": gettext_lazy("End the conference"),
    "end_conversation": gettext_lazy("End the conversation"),
    "check_call": gettext_lazy("Ask how the call is"),
    "look_at_queue": gettext_lazy("Look who is in the queue"),
    "look_at_conference": gettext_lazy("Look who is in the conference"),
    "hold": gettext_lazy("Put the caller on hold"),
    "resume": gettext_lazy("Take the caller off hold"),
    "mute": gettext_lazy("Mute the agent"),
    "unmute": gettext_lazy("Unmute the agent"),
}

OUTCOME_WORDS = {
    CommandOutcome.WAITING: gettext_lazy("waiting"),
    CommandOutcome.APPLIED: gettext_lazy("done"),
    CommandOutcome.REFUSED: gettext_lazy("refused"),
    CommandOutcome.GAVE_UP: gettext_lazy("given up"),
}

PLACE_WORDS = {
    SegmentKind.MENU: gettext_lazy("Menu"),
    SegmentKind.QUEUE: gettext_lazy("Queue"),
    SegmentKind.CONVERSATION: gettext_lazy("Conversation"),
    SegmentKind.ROOM: gettext_lazy("Room"),
    SegmentKind.GOODBYE: gettext_lazy("Goodbye"),
}

OFFER_WORDS = {
    OfferOutcome.DECLINED: gettext_lazy("Declined"),
    OfferOutcome.TIMED_OUT: gettext_lazy("Not answered"),
    OfferOutcome.WITHDRAWN: gettext_lazy("Withdrawn"),
    OfferOutcome.FAILED: gettext_lazy("Could not be connected"),
    OfferOutcome.LOST: gettext_lazy("Line was lost"),
    OfferOutcome.HANDLED: gettext_lazy("Handled"),
}

OFFER_STATE_WORDS = {
    OfferState.PENDING: gettext_lazy("Rings now"),
    OfferState.ACCEPTED: gettext_lazy("Connecting"),
    OfferState.CONNECTED: gettext_lazy("On call"),
    OfferState.WRAPPING_UP: gettext_lazy("In wrap-up"),
    OfferState.ENDED: gettext_lazy("Over"),
}


@register.simple_tag
def moment_words(moment: Moment) -> str:
    """Return what a moment was, in words; what has none of ours is said as it is called."""
    if moment.found:
        return found_sentence(moment.found) or found_word(moment.found)
    if moment.kind == "event":
        return str(EVENT_WORDS.get(moment.name, moment.name))
    if moment.kind == "command" and moment.name in COMMAND_WORDS:
        return str(COMMAND_WORDS[moment.name])
    return moment.name.replace("_", " ").replace("-", " ").capitalize()


@register.simple_tag
def moment_icon(moment: Moment) -> SafeString:
    """Draw what kind of moment it was."""
    if moment.went_wrong:
        return icon("warn")
    if moment.kind == "command":
        return icon("connecting")
    if moment.kind == "report":
        return icon("signal")
    drawing = _EVENT_ICONS.get(moment.name, "info")
    return icon(drawing, "solid" if drawing == "hold" else "")


@register.simple_tag
def command_outcome(moment: Moment) -> str:
    """Return what came of a request to the network."""
    return str(OUTCOME_WORDS[CommandOutcome(moment.outcome)])


@register.simple_tag
def segment_words(segment: Segment) -> str:
    """Return where the call was."""
    return str(PLACE_WORDS[SegmentKind(segment.kind)])


@register.simple_tag
def segment_length(segment: Segment, as_of: datetime) -> SafeString:
    """Draw how long the call stayed there, up to now when it still does."""
    return format_html(
        '<span class="figure">{}</span>', clock((segment.ended_at or as_of) - segment.started_at)
    )


@register.simple_tag
def offer_words(offer: Offer) -> str:
    """Return what came of an offer, or how far it is."""
    if offer.outcome:
        return str(OFFER_WORDS[OfferOutcome(offer.outcome)])
    return str(OFFER_STATE_WORDS[OfferState(offer.state)])
