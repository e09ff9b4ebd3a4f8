"""How the page of a call says what happened."""

from datetime import date, datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contact_center.domain.breaks import BREAK_OVER, SHIFT_OVER
from contact_center.domain.form_fields import FieldKind
from contact_center.domain.states import CallState
from contact_center.models import (
    Call,
    CommandOutcome,
    EndedBy,
    Offer,
    OfferOutcome,
    OfferState,
    Segment,
    SegmentKind,
    WrapUpAnswer,
)
from contact_center.selectors.agents import Happened
from contact_center.selectors.calls import Outcome
from contact_center.selectors.stories import Bar, LegRow, Was
from contact_center.selectors.timelines import Kind, Moment, Page, Reason
from contact_center.templatetags.screen import clock, icon
from supervisors.templatetags.floor import CALL_WORDS, call_end
from supervisors.templatetags.healed import found_sentence, found_word
from supervisors.templatetags.reasons import asked_words

register = template.Library()

EVENT_WORDS = {
    "alert.began": gettext_lazy("An alert began"),
    "alert.ended": gettext_lazy("The alert is over"),
    "alert.acknowledged": gettext_lazy("Somebody takes care of the alert"),
    "alert.snoozed": gettext_lazy("The alert was put off"),
    "alert_rule.changed": gettext_lazy("A limit of alerts was changed"),
    "alert_webhook.changed": gettext_lazy("A webhook of alerts was changed"),
    "call.arrived": gettext_lazy("Call arrived"),
    "menu.entered": gettext_lazy("Heard the menu"),
    "menu.key_pressed": gettext_lazy("Pressed a key"),
    "menu.timed_out": gettext_lazy("Pressed nothing"),
    "language.chosen": gettext_lazy("Chose a language"),
    "room.entered": gettext_lazy("Entered the room"),
    "call.queued": gettext_lazy("Entered the queue"),
    "skills.asked": gettext_lazy("Skills were asked for"),
    "place.kept": gettext_lazy("Has the place of an earlier call"),
    "call.turned_away": gettext_lazy("Was told that nobody answers now"),
    "call.overflowed": gettext_lazy("Was sent on to another queue"),
    "call.moved": gettext_lazy("Was moved to another queue"),
    "call.reserved": gettext_lazy("Is kept for one agent"),
    "reservation.ended": gettext_lazy("Is kept for nobody any more"),
    "call.prioritised": gettext_lazy("Was given another priority"),
    "wait.started": gettext_lazy("Heard the first music"),
    "call.sent_outside": gettext_lazy("Was sent to an outside number"),
    "outside.ended": gettext_lazy("Came back from the outside number"),
    "wait.expired": gettext_lazy("Had waited for too long"),
    "line.left": gettext_lazy("Chose not to wait"),
    "message.asked": gettext_lazy("Was asked for a message"),
    "message.left": gettext_lazy("Left a message"),
    "message.empty": gettext_lazy("Left no message"),
    "voicemail.missing": gettext_lazy("The recording never came"),
    "voicemail.kept": gettext_lazy("The message is here, and in line"),
    "voicemail.opened": gettext_lazy("The agent listens"),
    "voicemail.done": gettext_lazy("The message is dealt with"),
    "voicemail.put_back": gettext_lazy("The agent put the message back in line"),
    "voicemail.dropped": gettext_lazy("The agent was gone: the message is back in line"),
    "callback.asked": gettext_lazy("Is to be called back"),
    "callback.merged": gettext_lazy("The same number asked again: one call is made"),
    "callback.replaced": gettext_lazy("Took the place of a callback"),
    "callback.due": gettext_lazy("May be called now"),
    "callback.delayed": gettext_lazy("May not be called now"),
    "callback.moved": gettext_lazy("Was given another time"),
    "customer.dialled": gettext_lazy("The customer is rung"),
    "customer.answered": gettext_lazy("Somebody, or something, answered"),
    "customer.not_reached": gettext_lazy("Customer was not reached"),
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
    "call.made": gettext_lazy("An agent calls the customer"),
    "calling_out.changed": gettext_lazy("What agents may call was changed"),
    "call.refused": gettext_lazy("Refused: the caller is blocked"),
    "caller.blocked": gettext_lazy("A caller was blocked"),
    "caller.unblocked": gettext_lazy("A caller was unblocked"),
    "control.failed": gettext_lazy("Something asked for did not happen"),
    "help.asked": gettext_lazy("Asked for help"),
    "help.answered": gettext_lazy("A supervisor comes"),
    "help.withdrawn": gettext_lazy("Needs no help any more"),
    "help.ended": gettext_lazy("Nobody needs to come any more"),
    "supervision.asked": gettext_lazy("A supervisor wants to come"),
    "supervision.began": gettext_lazy("A supervisor listens"),
    "supervision.mode_asked": gettext_lazy("Who hears the supervisor: asked for"),
    "supervision.mode_changed": gettext_lazy("Who hears the supervisor: so now"),
    "supervision.mode_failed": gettext_lazy("Who hears the supervisor stayed as it was"),
    "supervision.coach_reset": gettext_lazy("The coached agent is gone: back to listening"),
    "supervision.hold_changed": gettext_lazy("Hold changed who hears the supervisor"),
    "supervision.ended": gettext_lazy("The supervisor is gone"),
    "agent.relieved": gettext_lazy("A supervisor took the call from the agent"),
    "call.taken_over": gettext_lazy("A supervisor talks with the caller now"),
    "transfer.asked": gettext_lazy("Transfer asked for"),
    "call.transferred": gettext_lazy("The agent sent the caller on"),
    "transfer.returned": gettext_lazy("Nobody took the caller: back to the agent"),
    "consult.asked": gettext_lazy("The agent wants to consult somebody"),
    "consult.waits": gettext_lazy("The consult waits for somebody of the queue"),
    "consult.rings": gettext_lazy("Somebody is rung, to be consulted"),
    "consult.accepted": gettext_lazy("The colleague accepted"),
    "consult.declined": gettext_lazy("Somebody of the queue declined, the next is asked"),
    "consult.unanswered": gettext_lazy("Somebody of the queue did not come, the next is asked"),
    "consult.joined": gettext_lazy("The consult has begun, the caller hears music"),
    "consult.missed": gettext_lazy("The colleague could not be consulted"),
    "consult.wished": gettext_lazy("Who hears whom in the consult: asked for"),
    "consult.changed": gettext_lazy("Who hears whom in the consult: so now"),
    "consult.wish_failed": gettext_lazy("Who hears whom in the consult stayed as it was"),
    "consult.ended": gettext_lazy("Nobody is consulted any more"),
    "call.handed_over": gettext_lazy("The colleague has the call now"),
    "call.left_outside": gettext_lazy("The agent left the caller with the outside number"),
    "conversation.ended": gettext_lazy("Conversation ended"),
    "agent.lost": gettext_lazy("Agent's line was lost"),
    "call.ended": gettext_lazy("Call ended"),
    "wrap_up.saved": gettext_lazy("Notes saved"),
    "wrap_up.extended": gettext_lazy("More time for wrap-up"),
    "wrap_up.finished": gettext_lazy("Wrap-up finished"),
    "presence.changed": gettext_lazy("Changed status"),
    "break.over": gettext_lazy("The break has lasted as long as it may"),
    "next_presence.chosen": gettext_lazy("Chose what comes after the call"),
    "agent.signed_out": gettext_lazy("Signed out"),
    "agent.returned": gettext_lazy("Came back"),
    "phone.claimed": gettext_lazy("Took the phone to a tab"),
    "phone.silent": gettext_lazy("The desk fell silent"),
    "phone.heard": gettext_lazy("The desk is heard again"),
    "wrap_up.timed_out": gettext_lazy("Wrap-up ran out"),
    "command.failed": gettext_lazy("A request to the network failed"),
    "reality.healed": gettext_lazy("Put right with the network"),
    "report.set_aside": gettext_lazy("A report of the network was set aside"),
    "report.tried_again": gettext_lazy("A report that was set aside is tried again"),
    "report.dropped": gettext_lazy("A report that was set aside was let go"),
    "job.failed": gettext_lazy("Heavy work was given up"),
    "calendar.made": gettext_lazy("Opening hours were written"),
    "calendar.changed": gettext_lazy("Opening hours were changed"),
    "calendar.removed": gettext_lazy("Opening hours were removed"),
    "calendar.closed": gettext_lazy("Closed in an emergency"),
    "calendar.reopened": gettext_lazy("Reopened after an emergency"),
    "queue.made": gettext_lazy("A queue was made"),
    "queue.changed": gettext_lazy("A queue was changed"),
    "queue.members_changed": gettext_lazy("Who serves a queue was changed"),
    "queue.removed": gettext_lazy("A queue was removed"),
    "skill.made": gettext_lazy("A skill was made"),
    "skill.changed": gettext_lazy("A skill was renamed"),
    "skill.removed": gettext_lazy("A skill was removed"),
    "agent_skill.changed": gettext_lazy("An agent's skill was changed"),
    "outcomes.changed": gettext_lazy("What calls can come to was changed"),
    "queue_desk.changed": gettext_lazy("What stands beside calls was changed"),
    "wrap_up_form.changed": gettext_lazy("The form after calls was changed"),
    "contacts.imported": gettext_lazy("Contacts came from a file"),
    "contacts.exported": gettext_lazy("Contacts were written into a file"),
    "contact.made": gettext_lazy("A contact was written"),
    "contact.changed": gettext_lazy("A contact was changed"),
    "contacts.brought_together": gettext_lazy("Two contacts were brought together"),
    "contact.removed": gettext_lazy("A contact was removed"),
    "ageing.changed": gettext_lazy("What a step of priority is worth was changed"),
    "queue_routing.changed": gettext_lazy("The routing of a queue was changed"),
    "needs.changed": gettext_lazy("What calls need was changed"),
    "break_rule.changed": gettext_lazy("How long a break may last was changed"),
    "wallboard.made": gettext_lazy("A wallboard was made"),
    "wallboard.changed": gettext_lazy("A wallboard was changed"),
    "wallboard.removed": gettext_lazy("A wallboard was removed"),
    "wallboard_link.made": gettext_lazy("A display link was made"),
    "wallboard_link.revoked": gettext_lazy("A display link was withdrawn"),
}

_EVENT_ICONS = {
    "call.arrived": "answered",
    "menu.entered": "keypad",
    "menu.key_pressed": "keypad",
    "call.queued": "queue",
    "skills.asked": "skill",
    "place.kept": "clock",
    "call.turned_away": "closed",
    "call.overflowed": "queue",
    "call.sent_outside": "connecting",
    "outside.ended": "hang-up",
    "wait.expired": "clock",
    "line.left": "leave",
    "call.moved": "queue",
    "call.reserved": "user",
    "message.left": "voicemail",
    "voicemail.kept": "voicemail",
    "voicemail.opened": "voicemail",
    "voicemail.dropped": "lost",
    "callback.delayed": "clock",
    "callback.moved": "clock",
    "call.made": "connecting",
    "call.refused": "closed",
    "customer.dialled": "ringing",
    "customer.answered": "answered",
    "customer.not_reached": "missed",
    "call.offered": "ringing",
    "offer.accepted": "answered",
    "offer.declined": "declined",
    "offer.timed_out": "missed",
    "call.connected": "on-call",
    "call.held": "hold",
    "call.resumed": "resume",
    "agent.muted": "mic-off",
    "agent.unmuted": "mic",
    "help.asked": "help",
    "help.answered": "help",
    "supervision.began": "user",
    "supervision.mode_changed": "user",
    "supervision.ended": "user",
    "agent.relieved": "user",
    "call.taken_over": "on-call",
    "call.transferred": "connecting",
    "transfer.returned": "back",
    "consult.rings": "ringing",
    "consult.waits": "queue",
    "consult.accepted": "answered",
    "consult.declined": "declined",
    "consult.unanswered": "missed",
    "consult.joined": "user",
    "consult.missed": "missed",
    "consult.ended": "user",
    "call.handed_over": "on-call",
    "call.left_outside": "connecting",
    "conversation.ended": "hang-up",
    "agent.lost": "lost",
    "presence.changed": "user",
    "break.over": "break",
    "next_presence.chosen": "clock",
    "agent.signed_out": "sign-out",
    "phone.silent": "lost",
    "call.ended": "hang-up",
    "wrap_up.finished": "wrap-up",
}

#: What we ask of the network.
COMMAND_WORDS = {
    "dequeue": gettext_lazy("Move the caller to the agent"),
    "redirect_call": gettext_lazy("Give the caller new instructions"),
    "transfer": gettext_lazy("Send the caller on"),
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
    "supervise": gettext_lazy("Change who hears the supervisor"),
    "remove_participant": gettext_lazy("Take a line out of the conference"),
    "dial_consulted": gettext_lazy("Ring an outside number, to be consulted"),
    "hold_colleague": gettext_lazy("Put whoever is consulted on hold"),
    "resume_colleague": gettext_lazy("Take whoever is consulted off hold"),
    "bring_to_queue": gettext_lazy("Bring the caller to the other queue"),
    "look_for_recordings": gettext_lazy("Ask whether a message was recorded"),
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
    SegmentKind.CALLBACK: gettext_lazy("Waiting to be called back"),
    SegmentKind.VOICEMAIL: gettext_lazy("Waiting to be listened to"),
    SegmentKind.DIALLING: gettext_lazy("Being called"),
    SegmentKind.CONVERSATION: gettext_lazy("Conversation"),
    SegmentKind.MESSAGE: gettext_lazy("Speaks a message"),
    SegmentKind.LISTENING: gettext_lazy("Open at an agent's desk"),
    SegmentKind.ROOM: gettext_lazy("Room"),
    SegmentKind.GOODBYE: gettext_lazy("Goodbye"),
    SegmentKind.OUTSIDE: gettext_lazy("Outside number"),
}

OFFER_WORDS = {
    OfferOutcome.DECLINED: gettext_lazy("Declined"),
    OfferOutcome.TIMED_OUT: gettext_lazy("Not answered"),
    OfferOutcome.WITHDRAWN: gettext_lazy("Withdrawn"),
    OfferOutcome.FAILED: gettext_lazy("Could not be connected"),
    OfferOutcome.LOST: gettext_lazy("Line was lost"),
    OfferOutcome.HANDLED: gettext_lazy("Handled"),
    OfferOutcome.NOT_REACHED: gettext_lazy("Customer was not reached"),
}

OFFER_STATE_WORDS = {
    OfferState.PENDING: gettext_lazy("Rings now"),
    OfferState.ACCEPTED: gettext_lazy("Connecting"),
    OfferState.CONNECTED: gettext_lazy("On call"),
    OfferState.WRAPPING_UP: gettext_lazy("In wrap-up"),
    OfferState.ENDED: gettext_lazy("Over"),
}


#: What a moment is about: the word and its icon.
KIND_WORDS = {
    Kind.PLACE: (gettext_lazy("The call"), "answered"),
    Kind.OFFER: (gettext_lazy("Offers"), "ringing"),
    Kind.CONVERSATION: (gettext_lazy("Conversation"), "on-call"),
    Kind.WRAP_UP: (gettext_lazy("Wrap-up"), "wrap-up"),
    Kind.COMMAND: (gettext_lazy("Asked of the network"), "connecting"),
    Kind.REPORT: (gettext_lazy("Network reported"), "signal"),
    Kind.INSTRUCTION: (gettext_lazy("Instructions given"), "voice"),
    Kind.TROUBLE: (gettext_lazy("Went wrong"), "warn"),
}

#: What the network asked for when it asked what to do: the first part of the address.
INSTRUCTION_WORDS = {
    "": gettext_lazy("Asked what to do with the call"),
    "menu": gettext_lazy("Asked what follows in the menu"),
    "connect": gettext_lazy("Asked how to join caller and agent"),
    "after": gettext_lazy("Asked what follows the conversation"),
    "lost": gettext_lazy("Asked what to do without the agent"),
    "transferred": gettext_lazy("Asked where the agent sends the caller"),
    "queue-left": gettext_lazy("Asked what follows the queue"),
    "back-from-outside": gettext_lazy("Asked what follows the outside number"),
    "message": gettext_lazy("Asked what follows the message"),
    "no-message": gettext_lazy("Asked what follows, for nothing was said"),
    "browser": gettext_lazy("Asked what to do with a browser's line"),
    "hold": gettext_lazy("Asked what to play on hold"),
}

REPORT_WORDS = {
    "status": gettext_lazy("Line"),
    "conference": gettext_lazy("Conference"),
    "recording": gettext_lazy("Recording"),
}

LEG_WORDS = {
    "customer": gettext_lazy("Caller"),
    "agent": gettext_lazy("Agent"),
    "supervisor": gettext_lazy("Supervisor"),
}

WAS_WORDS = {
    Was.MENU: gettext_lazy("in the menu"),
    Was.WAITED: gettext_lazy("waited"),
    Was.TALKED: gettext_lazy("talked"),
    Was.SPOKE: gettext_lazy("spoke a message"),
    Was.HEARD: gettext_lazy("was listened to"),
    Was.HELD: gettext_lazy("on hold"),
    Was.RANG: gettext_lazy("rang"),
    Was.NOT_ANSWERED: gettext_lazy("rang, not taken"),
    Was.CONNECTED: gettext_lazy("on the call"),
    Was.WRAPPED_UP: gettext_lazy("wrap-up"),
    Was.GOODBYE: gettext_lazy("goodbye"),
    Was.OUTSIDE: gettext_lazy("with an outside number"),
    Was.ELSEWHERE: gettext_lazy("elsewhere"),
}

#: The colour of a bar is that of the state it shows.
_WAS_STATES = {
    Was.MENU: "offline",
    Was.WAITED: "ringing",
    Was.TALKED: "on-call",
    Was.SPOKE: "on-call",
    Was.HEARD: "on-call",
    Was.HELD: "hold",
    Was.RANG: "ringing",
    Was.NOT_ANSWERED: "not-responding",
    Was.CONNECTED: "on-call",
    Was.WRAPPED_UP: "wrap-up",
    Was.GOODBYE: "offline",
    Was.OUTSIDE: "on-call",
    Was.ELSEWHERE: "offline",
}

OUTCOMES_OF_CALLS = {
    Outcome.LIVE: gettext_lazy("Goes on"),
    Outcome.ANSWERED: gettext_lazy("Answered"),
    Outcome.ABANDONED: gettext_lazy("Caller left while waiting"),
    Outcome.LEFT_IN_MENU: gettext_lazy("Caller left in the menu"),
    Outcome.CLOSED: gettext_lazy("Closed"),
    Outcome.EMERGENCY_CLOSED: gettext_lazy("Closed in an emergency"),
    Outcome.FULL: gettext_lazy("Queue was full"),
    Outcome.OVERFLOWED: gettext_lazy("Overflowed"),
    Outcome.WAITED_TOO_LONG: gettext_lazy("Waited for too long"),
    Outcome.NOBODY_SIGNED_IN: gettext_lazy("Nobody was signed in"),
    Outcome.LEFT_BY_KEY: gettext_lazy("Left the queue by a key"),
    Outcome.OUTSIDE: gettext_lazy("Sent to an outside number"),
    Outcome.OUTSIDE_NOT_REACHED: gettext_lazy("Outside number was not reached"),
    Outcome.VOICEMAIL: gettext_lazy("Left a voicemail"),
    Outcome.EMPTY_MESSAGE: gettext_lazy("Left no message"),
    Outcome.CALLED_BACK: gettext_lazy("Asked to be called back"),
    Outcome.CALLBACK_NOT_REACHED: gettext_lazy("Callback: not reached"),
    Outcome.CALLBACK_EXPIRED: gettext_lazy("Callback: too late"),
    Outcome.CALLBACK_CANCELLED: gettext_lazy("Callback: not needed any more"),
    Outcome.NOT_REACHED: gettext_lazy("Called, not reached"),
    Outcome.BLOCKED: gettext_lazy("Blocked caller"),
    Outcome.OTHER: gettext_lazy("Anything else"),
}

RANKING_WORDS = {
    "longest_idle": gettext_lazy("Was free for the longest"),
    "round_robin": gettext_lazy("Was the next in turn"),
    "least_busy": gettext_lazy("Had the fewest calls at the moment"),
    "fewest_calls": gettext_lazy("Had handled the fewest calls since coming on duty"),
    "least_talk": gettext_lazy("Had talked the least since coming on duty"),
    "skills_based": gettext_lazy("Was the best at what the call needs"),
    "fixed_order": gettext_lazy("Was the first in the fixed order"),
    "random": gettext_lazy("Was drawn by lot"),
}


@register.simple_tag
def moment_words(moment: Moment) -> str:
    """Return what a moment was, in words; what has none of ours is said as it is called."""
    if moment.found:
        return found_sentence(moment.found) or found_word(moment.found)
    if moment.source == "event":
        return str(EVENT_WORDS.get(moment.name, moment.name))
    if moment.source == "command" and moment.name in COMMAND_WORDS:
        return str(COMMAND_WORDS[moment.name])
    if moment.source == "instruction" and moment.name in INSTRUCTION_WORDS:
        return str(INSTRUCTION_WORDS[moment.name])
    if moment.source == "report":
        about, _space, said = moment.name.partition(" ")
        word = str(REPORT_WORDS.get(about, about))
        return f"{word}: {said.replace('-', ' ').replace('_', ' ')}" if said else word
    return moment.name.replace("_", " ").replace("-", " ").capitalize()


@register.filter
def answer_words(answer: WrapUpAnswer) -> str:
    """Return an answer as people read it; what could not be understood stands as it was typed."""
    if answer.kind == FieldKind.CHECK:
        return _("yes")
    if answer.kind == FieldKind.DATE and answer.value:
        return date_format(date.fromisoformat(answer.value), "j M Y")
    return answer.typed


#: What an event's details are called; what is not here stands as it is called in the log.
DETAIL_WORDS = {
    "waited_seconds": gettext_lazy("waited"),
    "talked_seconds": gettext_lazy("talked"),
    "seconds": gettext_lazy("time"),
    "ended_by": gettext_lazy("by"),
    "reason": gettext_lazy("reason"),
    "why": gettext_lazy("why"),
    "kind": gettext_lazy("to"),
    "asked": gettext_lazy("asked for"),
    "mode": gettext_lazy("mode"),
    "private": gettext_lazy("in private"),
    "held": gettext_lazy("on hold"),
    "outside": gettext_lazy("an outside number"),
    "of_queue": gettext_lazy("somebody of"),
    "key": gettext_lazy("key"),
    "language": gettext_lazy("language"),
    "place_kept": gettext_lazy("place kept"),
    "attempts": gettext_lazy("attempts"),
    "priority": gettext_lazy("priority"),
    "queues_own": gettext_lazy("the queue's own"),
    "pulled": gettext_lazy("at the supervisor's own desk"),
    "over_capacity": gettext_lazy("though that queue was full"),
    "lacking": gettext_lazy("still missing"),
}


def time_of_day(moment: str) -> str:
    """Return when it was by the clock on the wall: "10:31:07"."""
    return localtime(datetime.fromisoformat(moment)).strftime("%H:%M:%S")


@register.simple_tag
def moment_details(moment: Moment) -> str:
    """Return what else a moment says, in words."""
    if moment.needs:
        return asked_words(moment.needs, [moment.details["by"]])
    said = []
    for name, value in moment.details.items():
        word = str(DETAIL_WORDS.get(name) or name.replace("_", " "))
        if value is True:
            said.append(word)
        elif name == "since":
            said.append(_("waiting since %(time)s") % {"time": time_of_day(value)})
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            said.append(f"{word}: {', '.join(value)}")
        elif name in ("waited_seconds", "talked_seconds", "seconds"):
            said.append(f"{word} {clock(float(value))}")
        else:
            said.append(f"{word}: {str(value).replace('_', ' ')}")
    return ", ".join(said)


@register.simple_tag
def moment_icon(moment: Moment) -> SafeString:
    """Draw what kind of moment it was."""
    if moment.went_wrong:
        return icon("warn")
    if moment.source != "event":
        return icon(KIND_WORDS[moment.kind][1])
    drawing = _EVENT_ICONS.get(moment.name, "info")
    return icon(drawing, "solid" if drawing == "hold" else "")


@register.simple_tag
def moment_answer(moment: Moment) -> str:
    """Return what came of what was asked, and how long after; nothing while it is open."""
    after = brief(moment.answered_after)
    if moment.source == "command":
        word = OUTCOME_WORDS[CommandOutcome(moment.outcome)]
        return _("%(what)s after %(time)s") % {"what": word, "time": after} if after else str(word)
    if moment.source == "report":
        return _("applied after %(time)s") % {"time": after} if after else _("not applied")
    if moment.answered_by:
        said = str(EVENT_WORDS.get(moment.answered_by) or moment.answered_by)
        return _("%(what)s after %(time)s") % {"what": said, "time": after}
    return ""


@register.filter
def brief(length: timedelta | None) -> str:
    """Return a length of time as short as it is: 0.3 s, 18 s, 2:05."""
    if length is None:
        return ""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 10:
        return _("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": int(seconds)}
    return clock(seconds)


@register.filter
def kind_word(kind: Kind) -> str:
    """Return what a kind of moment is called."""
    return str(KIND_WORDS[kind][0])


@register.simple_tag
def kind_icon(kind: Kind) -> SafeString:
    """Draw a kind of moment."""
    return icon(KIND_WORDS[kind][1])


@register.filter
def reason_words(reason: Reason) -> str:
    """Return why a call was offered to an agent, in sentences."""
    why = reason.why
    if why.reserved:
        supervisor = reason.reserved_by or _("A supervisor")
        said = _("%(supervisor)s wanted this agent to have the call.") % {"supervisor": supervisor}
    elif why.preferred:
        said = _("Had just been talking with this caller.")
    else:
        said = str(RANKING_WORDS[why.ranking])
        first = next(iter(reason.considered), None)
        said += f", {clock(first.idle)}." if first else "."
    said += " " + ngettext("%(n)s agent was free", "%(n)s agents were free", why.free) % {
        "n": why.free
    }
    if why.resting:
        said += ", " + _("%(n)s of them resting after not taking it") % {"n": why.resting}
    if why.on_duty is not None:
        said += "; " + _("%(n)s on duty") % {"n": why.on_duty}
    return said + "."


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


@register.simple_tag
def leg_words(leg: LegRow) -> str:
    """Return whose line it was."""
    return leg.agent or str(LEG_WORDS.get(leg.kind, leg.kind))


@register.simple_tag
def call_word(call: Call) -> str:
    """Return where a call is, in a word."""
    return str(CALL_WORDS[CallState(call.state)][0])


@register.simple_tag
def ended_sentence(call: Call, spoke: Offer | None) -> str:
    """Return who ended a call and why, naming the agent who did."""
    if call.ended_by == EndedBy.AGENT and spoke is not None:
        return _("%(agent)s hung up") % {"agent": spoke.agent.user.display_name}
    return call_end(call)


@register.simple_tag
def bar_state(bar: Bar) -> str:
    """Return the state whose colour a bar has."""
    return _WAS_STATES[bar.was]


@register.simple_tag
def bar_words(bar: Bar) -> str:
    """Return what a bar shows, and for how long."""
    return f"{WAS_WORDS[bar.was]} {clock(bar.lasted)}"


@register.simple_tag
def bar_label(bar: Bar) -> str:
    """Return what is written in a bar; nothing where there is no room."""
    return str(WAS_WORDS[bar.was]) if bar.width >= 9 else ""


@register.simple_tag
def kind_count(page: Page, kind: Kind) -> int:
    """Return how many moments of a kind a call has."""
    return page.counts[kind]


@register.filter
def outcome_word(outcome: Outcome) -> str:
    """Return what a call can come to, in words."""
    return str(OUTCOMES_OF_CALLS[outcome])


_PRESENCE_WORDS = {
    "available": gettext_lazy("Available"),
    "offline": gettext_lazy("Offline"),
    "": gettext_lazy("as before"),
}


#: What came about without anybody's choice.
_BY_ITSELF_WORDS = {
    ("offline", SHIFT_OVER): gettext_lazy("Taken off duty: the shift lasted as long as it may"),
    ("offline", BREAK_OVER): gettext_lazy("Taken off duty: the break was over"),
    ("available", BREAK_OVER): gettext_lazy("Available again: the break was over"),
}


@register.simple_tag
def happened_words(row: Happened) -> str:
    """Return what happened to an agent, in words."""
    said = str(EVENT_WORDS.get(row.name) or row.name)
    if row.name == "next_presence.chosen" and row.sign_out:
        return _("To be signed out after the call")
    if row.name == "break.over":
        return f"{said}: {row.reason}"
    if row.name == "presence.changed" and (row.presence, row.reason) in _BY_ITSELF_WORDS:
        return str(_BY_ITSELF_WORDS[row.presence, row.reason])
    if row.name in ("presence.changed", "next_presence.chosen"):
        to = row.reason if row.presence == "break" else _PRESENCE_WORDS.get(row.presence)
        return f"{said}: {to or row.presence}"
    return said


@register.simple_tag
def happened_icon(row: Happened) -> SafeString:
    """Draw what happened to an agent."""
    drawing = _EVENT_ICONS.get(row.name, "info")
    return icon(drawing, "solid" if drawing == "hold" else "")
