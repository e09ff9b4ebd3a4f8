"""How the floor says states and reasons: a word with its icon, never colour alone."""

from datetime import datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contact_center.domain.line import Kind
from contact_center.domain.states import CallState
from contact_center.domain.status import ShownState, ShownStatus
from contact_center.models import Call, EndedBy, User
from contact_center.selectors import access
from contact_center.selectors.floor import EndedRow
from contact_center.selectors.grid import AgentRow, Help, Long
from contact_center.selectors.looks import Look, Sort
from contact_center.templatetags.screen import icon, ticking
from contact_center.templatetags.several import other_calls
from supervisors.templatetags.supervising import supervisor_flags

register = template.Library()

AGENT_WORDS = {
    ShownState.AVAILABLE: gettext_lazy("Available"),
    ShownState.RINGING: gettext_lazy("Ringing"),
    ShownState.CONNECTING: gettext_lazy("Connecting"),
    ShownState.ON_CALL: gettext_lazy("On call"),
    ShownState.HOLD: gettext_lazy("On hold"),
    ShownState.WRAP_UP: gettext_lazy("Wrap-up"),
    ShownState.BREAK: gettext_lazy("Break"),
    ShownState.NOT_RESPONDING: gettext_lazy("Not responding"),
    ShownState.OFFLINE: gettext_lazy("Offline"),
}

LISTENING = gettext_lazy("Listening to a voicemail")

#: A call's state: the word, and the colour and icon of the state of an agent that is like it.
CALL_WORDS = {
    CallState.ARRIVED: (gettext_lazy("Ringing in"), "offline", "answered"),
    CallState.IN_MENU: (gettext_lazy("In the menu"), "offline", "keypad"),
    CallState.QUEUED: (gettext_lazy("Waiting"), "offline", "clock"),
    CallState.OFFERED: (gettext_lazy("Ringing an agent"), "ringing", "ringing"),
    CallState.CONNECTING: (gettext_lazy("Connecting"), "on-call", "connecting"),
    CallState.CONNECTED: (gettext_lazy("On call"), "on-call", "on-call"),
    CallState.ON_HOLD: (gettext_lazy("On hold"), "hold", "hold"),
    CallState.RETURNING: (gettext_lazy("Back to the line"), "not-responding", "back"),
    CallState.TRANSFERRING: (gettext_lazy("Being transferred"), "on-call", "connecting"),
    CallState.OUTSIDE: (gettext_lazy("With an outside number"), "on-call", "connecting"),
    CallState.LEAVING: (gettext_lazy("Hears goodbye"), "offline", "hang-up"),
    CallState.SPEAKING: (gettext_lazy("Leaves a message"), "on-call", "voicemail"),
    CallState.IN_ROOM: (gettext_lazy("In a room"), "on-call", "on-call"),
    CallState.ENDED: (gettext_lazy("Ended"), "offline", "hang-up"),
}

#: The same of a message: nobody is on the line.
VOICEMAIL_WORDS = {
    CallState.QUEUED: (gettext_lazy("Voicemail in line"), "offline", "voicemail"),
    CallState.OFFERED: (gettext_lazy("Voicemail rings an agent"), "ringing", "voicemail"),
    CallState.CONNECTED: (gettext_lazy("Listened to"), "on-call", "voicemail"),
}

#: Who ended a call and why, in words. Reasons that the network names are its own words.
END_WORDS = {
    (EndedBy.CUSTOMER, "abandoned"): gettext_lazy("Caller left while waiting"),
    (EndedBy.SYSTEM, "left_by_key"): gettext_lazy("Left the queue by a key"),
    (EndedBy.SYSTEM, "voicemail"): gettext_lazy("Left a voicemail"),
    (EndedBy.SYSTEM, "empty_message"): gettext_lazy("Left no message"),
    (EndedBy.AGENT, "listened"): gettext_lazy("Voicemail dealt with"),
    (EndedBy.SYSTEM, "marked_done"): gettext_lazy("Voicemail marked as done"),
    (EndedBy.CUSTOMER, "hung_up_in_menu"): gettext_lazy("Caller left in the menu"),
    (EndedBy.CUSTOMER, "customer_hung_up"): gettext_lazy("Caller hung up"),
    (EndedBy.AGENT, "agent_hung_up"): gettext_lazy("Agent hung up"),
    (EndedBy.NETWORK, "conference_ended"): gettext_lazy("Network ended the conversation"),
    (EndedBy.NETWORK, "busy"): gettext_lazy("Network: busy"),
    (EndedBy.NETWORK, "failed"): gettext_lazy("Network: the call failed"),
    (EndedBy.NETWORK, "canceled"): gettext_lazy("Network: the call was cancelled"),
    (EndedBy.NETWORK, "no-answer"): gettext_lazy("Network: not answered"),
    (EndedBy.SYSTEM, "room_full"): gettext_lazy("The room was full"),
    (EndedBy.SYSTEM, "closed"): gettext_lazy("Closed"),
    (EndedBy.SYSTEM, "emergency_closed"): gettext_lazy("Closed in an emergency"),
    (EndedBy.SYSTEM, "full"): gettext_lazy("Queue was full"),
    (EndedBy.SYSTEM, "overflowed"): gettext_lazy("Overflowed"),
    (EndedBy.SYSTEM, "waited_too_long"): gettext_lazy("Waited for too long"),
    (EndedBy.SYSTEM, "nobody_signed_in"): gettext_lazy("Nobody was signed in"),
    (EndedBy.AGENT, "transferred_outside"): gettext_lazy("Transferred to an outside number"),
    (EndedBy.AGENT, "left_outside"): gettext_lazy("Left with an outside number"),
    (EndedBy.SYSTEM, "outside"): gettext_lazy("Sent to an outside number"),
    (EndedBy.SYSTEM, "outside_not_reached"): gettext_lazy("Outside number was not reached"),
    (EndedBy.SYSTEM, "called_back"): gettext_lazy("Asked to be called back"),
    (EndedBy.SYSTEM, "callback_not_reached"): gettext_lazy("Callback: not reached"),
    (EndedBy.SYSTEM, "callback_expired"): gettext_lazy("Callback: too late"),
    (EndedBy.SYSTEM, "callback_cancelled"): gettext_lazy("Callback: cancelled"),
    (EndedBy.SYSTEM, "callback_called_again"): gettext_lazy("Callback: called again first"),
    (EndedBy.CUSTOMER, "callback_left"): gettext_lazy("Customer left while waiting"),
    (EndedBy.NETWORK, "not_reached_busy"): gettext_lazy("Called: busy"),
    (EndedBy.NETWORK, "not_reached_no_answer"): gettext_lazy("Called: nobody answered"),
    (EndedBy.NETWORK, "not_reached_failed"): gettext_lazy("Called: not reachable"),
    (EndedBy.NETWORK, "not_reached_fax"): gettext_lazy("Called: a fax machine answered"),
    (EndedBy.AGENT, "not_reached_machine"): gettext_lazy("Called: a machine answered"),
    (EndedBy.AGENT, "not_reached_cancelled"): gettext_lazy("Called: the agent cancelled"),
    (EndedBy.CUSTOMER, "not_reached_hung_up"): gettext_lazy("Called: hung up at once"),
    (EndedBy.SYSTEM, "not_reached_broken_off"): gettext_lazy("Called: broken off"),
    (EndedBy.SYSTEM, "not_reached_no_line"): gettext_lazy("Called: the agent had no line"),
    (EndedBy.SYSTEM, "blocked"): gettext_lazy("Refused: the caller is blocked"),
    (EndedBy.SYSTEM, "completed"): gettext_lazy("Contact center ended it"),
}
_END_BY = {
    EndedBy.CUSTOMER: gettext_lazy("Caller"),
    EndedBy.AGENT: gettext_lazy("Agent"),
    EndedBy.SYSTEM: gettext_lazy("Contact center"),
    EndedBy.NETWORK: gettext_lazy("Network"),
}

SORT_WORDS = {
    Sort.NEED: gettext_lazy("Who needs help first"),
    Sort.NAME: gettext_lazy("By name"),
    Sort.TIME: gettext_lazy("Longest in state first"),
    Sort.QUEUE: gettext_lazy("By queue"),
}

LONG_WORDS = {
    Long.CALL: gettext_lazy("Long call"),
    Long.HOLD: gettext_lazy("Long hold"),
    Long.WRAP_UP: gettext_lazy("Long wrap-up"),
    Long.BREAK: gettext_lazy("Break is over"),
}

PROBLEM_WORDS = {
    "no_answer": gettext_lazy("Did not answer"),
    "connect_failed": gettext_lazy("Could not be connected"),
    "lost": gettext_lazy("Line was lost"),
}


@register.simple_tag
def agent_state(
    state: ShownState,
    looks: str = "",
    since: datetime | None = None,
    status: ShownStatus | None = None,
    listens: bool = False,
) -> SafeString:
    """Draw an agent's state, with how long it has lasted when ``since`` is given, and what other
    calls there are when the whole ``status`` is. Whose call is a message listens to it.
    """
    is_listening = listens and state is ShownState.ON_CALL
    drawn = _agent_state(state, looks, since, is_listening)
    others = other_calls(status) if status is not None else ""
    if not others:
        return drawn
    return format_html('{} <span class="muted also">{}</span>', drawn, others)


def _agent_state(
    state: ShownState, looks: str, since: datetime | None, is_listening: bool
) -> SafeString:
    return format_html(
        '<span class="pill{}" data-state="{}">{}{} {}</span>',
        f" {looks}" if looks else "",
        "on-call" if state is ShownState.CONNECTING else state.value,
        icon(
            "voicemail" if is_listening else state.value,
            "solid" if state is ShownState.HOLD else "",
        ),
        LISTENING if is_listening else AGENT_WORDS[state],
        ticking(since),
    )


@register.filter
def sees_everything(user: User) -> bool:
    """Whether ``user`` may watch the whole organisation, not only some teams."""
    return access.may_supervise(user) and access.scope_of(user).is_whole


@register.filter
def state_word(state: str) -> str:
    """Return what a state is called."""
    return str(AGENT_WORDS[ShownState(state)])


@register.filter
def sort_word(sort: str) -> str:
    """Return what an order is called."""
    return str(SORT_WORDS[Sort(sort)])


@register.filter
def sorted_by(look: Look, sort: str) -> str:
    """Return the address of the same in another order."""
    return address(look.sorted_by(Sort(sort)))


@register.filter
def at_page(look: Look, page: int) -> str:
    """Return the address of another page of the same."""
    return address(look.at_page(page))


@register.filter
def address(look: Look) -> str:
    """Return where a way of looking at the floor stands."""
    floor = reverse("supervisors:floor")
    return f"{floor}?{look.query}" if look.query else floor


@register.simple_tag
def agent_count(state: ShownState, number: int, look: Look, is_chosen: bool) -> SafeString:
    """Draw how many agents are in a state; it leads to them, and once they are chosen to all."""
    return format_html(
        '<a class="pill bare" id="count-{}" data-look href="{}"{} data-state="{}">'
        "{}{} <b>{}</b></a>",
        state.value,
        address(look),
        SafeString(' aria-current="true"') if is_chosen else "",
        "on-call" if state is ShownState.CONNECTING else state.value,
        icon(state.value, "solid" if state is ShownState.HOLD else ""),
        AGENT_WORDS[state],
        number,
    )


@register.simple_tag
def call_state(state: str, kind: str = Kind.LIVE) -> SafeString:
    """Draw where a call is."""
    words = VOICEMAIL_WORDS if kind == Kind.VOICEMAIL else CALL_WORDS
    word, colour, drawing = words.get(CallState(state)) or CALL_WORDS[CallState(state)]
    return format_html(
        '<span class="pill bare" data-state="{}">{}{}</span>',
        colour,
        icon(drawing, "solid" if drawing == "hold" else ""),
        word,
    )


@register.simple_tag
def agent_problem(problem: str) -> str:
    """Return why an agent is not responding."""
    return str(PROBLEM_WORDS.get(problem) or problem)


@register.simple_tag
def agent_flags(row: AgentRow) -> SafeString:
    """Draw what a supervisor should know about an agent beside the state."""
    flags: list[tuple[str, str, object]] = []
    if row.help is Help.ASKED:
        flags.append(("breach", "help", _("Asks for help")))
    elif row.help is Help.COMING:
        flags.append(("info", "help", _("Help is coming")))
    if row.missed and row.status.problem in ("", "no_answer"):
        word = _missed_words(row.missed)
        flags.append(("breach" if row.status.problem else "warn", "missed", word))
    elif row.status.problem:
        word = str(PROBLEM_WORDS.get(row.status.problem, row.status.problem))
        flags.append(("breach", "missed", word))
    if row.too_long is not None:
        flags.append(("warn", "clock", LONG_WORDS[row.too_long]))
    if row.is_silent:
        flags.append(("warn", "lost", _("Desk is silent")))
    if row.next_presence:
        flags.append(("plain", "clock", _next_words(row.next_presence)))
    drawn = format_html_join(
        "",
        '<span class="flag" data-level="{}">{}{}</span>',
        ((level, icon(drawing), word) for level, drawing, word in flags),
    )
    return supervisor_flags(row.supervisors) + drawn


def _missed_words(missed: int) -> str:
    return ngettext("Missed %(n)s call in a row", "Missed %(n)s calls in a row", missed) % {
        "n": missed
    }


def _next_words(presence: str) -> str:
    return (
        _("Then a break")
        if presence == "break"
        else _("Then %(presence)s") % {"presence": presence}
    )


@register.simple_tag
def call_end(call: Call | EndedRow) -> str:
    """Return who ended a call and why, in words; a reason without words of ours stands as it is."""
    known = END_WORDS.get((EndedBy(call.ended_by), call.end_reason)) if call.ended_by else None
    if known is not None:
        return str(known)
    if not call.ended_by:
        return call.end_reason or "—"
    return _("%(who)s: %(reason)s") % {
        "who": _END_BY[EndedBy(call.ended_by)],
        "reason": call.end_reason.replace("_", " ") or "—",
    }
