"""How pages say what keeps a call from an agent, and why a call went where it went.

A sentence has no subject: it stands beside the agent of a call, or beside the call of an agent.
Times in it tick.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contact_center.domain.eligibility import Why
from contact_center.domain.line import Kind, Order
from contact_center.domain.ranking import CRITERIA, Criterion
from contact_center.domain.skills import QUEUE, Asker
from contact_center.models import OfferOutcome
from contact_center.selectors.needed import Need
from contact_center.selectors.reasons import Ahead, InTheWay
from contact_center.selectors.timelines import Considered, Reason
from contact_center.templatetags.screen import clock, icon, remaining, ticking

register = template.Library()

#: What is in the way, short; the state whose colour it has, and its icon.
WHY_WORDS = {
    Why.RESERVED_FOR_ANOTHER: (gettext_lazy("Kept for somebody"), "offline", "user"),
    Why.NOT_A_MEMBER: (gettext_lazy("Does not serve the queue"), "offline", "queue"),
    Why.SIGNED_OUT: (gettext_lazy("Signed out"), "offline", "offline"),
    Why.ON_BREAK: (gettext_lazy("On break"), "break", "break"),
    Why.PHONE_AWAY: (gettext_lazy("Desk not heard"), "not-responding", "lost"),
    Why.NOT_RESPONDING: (gettext_lazy("Not responding"), "not-responding", "not-responding"),
    Why.RINGING: (gettext_lazy("Ringing"), "ringing", "ringing"),
    Why.ON_CALL: (gettext_lazy("On a call"), "on-call", "on-call"),
    Why.WRAPPING_UP: (gettext_lazy("Wrapping up"), "wrap-up", "wrap-up"),
    Why.LEAVING: (gettext_lazy("No further call"), "on-call", "on-call"),
    Why.AT_CAPACITY: (gettext_lazy("At capacity"), "on-call", "on-call"),
    Why.LACKS_SKILL: (gettext_lazy("Lacks a skill"), "offline", "question"),
    Why.TIER_NOT_OPEN: (gettext_lazy("Tier not open"), "offline", "clock"),
    Why.RESTING: (gettext_lazy("Did not take the call"), "not-responding", "declined"),
    Why.PREFERRED_ELSEWHERE: (gettext_lazy("Waits for somebody"), "offline", "user"),
    Why.ANOTHER_CALL_FIRST: (gettext_lazy("Another call first"), "available", "queue"),
    Why.ANOTHER_AGENT_FIRST: (gettext_lazy("Another agent first"), "available", "available"),
}

_REFUSED = {
    OfferOutcome.DECLINED: gettext_lazy("Declined this call {since} ago"),
    OfferOutcome.TIMED_OUT: gettext_lazy("Did not answer this call, {since} ago"),
    OfferOutcome.FAILED: gettext_lazy("Could not be connected to this call, {since} ago"),
}

AHEAD_WORDS = {
    Ahead.HIGHER_PRIORITY: gettext_lazy(
        "About to be rung for another caller, of a higher priority"
    ),
    Ahead.WAITED_LONGER: gettext_lazy("About to be rung for another caller, who has waited longer"),
    Ahead.IN_LINE: gettext_lazy(
        "About to be rung for another caller, who is before this one in line"
    ),
}


def _timed(
    words: object, since_words: object = "", rest: object = ""
) -> Callable[[InTheWay], SafeString]:
    """Return what says ``words``, or ``since_words`` where the moment is known, and the rest."""

    def said(way: InTheWay) -> SafeString:
        since, until = way.blocked.since, way.blocked.until
        knows = since is not None and since_words
        sentence = _filled(since_words, since=since) if knows else _filled(words)
        return sentence + _filled(rest, until=until) if rest and until else sentence

    return said


def _filled(words: object, **values: object) -> SafeString:
    """Return ``words`` with its values; a moment before now counts up, one to come counts down."""
    drawn = {
        name: (ticking(value) if name == "since" else remaining(value))
        if isinstance(value, datetime)
        else value
        for name, value in values.items()
    }
    return format_html(str(words), **drawn) if drawn else conditional_escape(str(words))


def _reserved(way: InTheWay) -> SafeString:
    by = way.by or _("A supervisor")
    agent = way.other_agent or _("an agent of another team")
    if way.blocked.until is None:
        return _filled(_("{by} keeps this call for {agent}"), by=by, agent=agent)
    return _filled(
        _("{by} keeps this call for {agent}, for {until} more"),
        by=by,
        agent=agent,
        until=way.blocked.until,
    )


def _lacks(way: InTheWay) -> SafeString:
    blocked = way.blocked
    skill = way.skill or _("a skill that was removed")
    said = (
        _filled(
            _("Lacks {skill}: has {has}, needs {needed}"),
            skill=skill,
            has=blocked.has,
            needed=blocked.needed,
        )
        if blocked.has
        else _filled(_("Lacks {skill}: needs {needed}"), skill=skill, needed=blocked.needed)
    )
    if blocked.until is None:
        return said
    if way.enough:
        words = _("; {enough} is enough in {until}")
        return said + _filled(words, enough=way.enough, until=blocked.until)
    return said + _filled(_("; not needed any more in {until}"), until=blocked.until)


def _tier(way: InTheWay) -> SafeString:
    return _filled(
        _("Tier {tier} opens in {until}"), tier=way.blocked.tier, until=way.blocked.until
    )


def _rests(way: InTheWay) -> SafeString:
    blocked = way.blocked
    words = (
        _REFUSED[OfferOutcome(way.refusal)]
        if way.refusal
        else _("Did not take this call, {since} ago")
    )
    return _filled(words, since=blocked.since) + _filled(
        _("; may be rung for it again in {until}"), until=blocked.until
    )


def _preferred(way: InTheWay) -> SafeString:
    if not way.other_agent:
        words = _("The caller is kept for an agent of another team for {until} more")
        return _filled(words, until=way.blocked.until)
    words = _("The caller is kept for {agent}, whom the caller knows, for {until} more")
    return _filled(words, agent=way.other_agent, until=way.blocked.until)


def _another_call(way: InTheWay) -> SafeString:
    return _filled(AHEAD_WORDS[way.ahead or Ahead.IN_LINE])


def _another_agent(way: InTheWay) -> SafeString:
    if not way.other_agent:
        return _filled(_("An agent of another team is about to be rung for it"))
    return _filled(_("{agent} is about to be rung for it"), agent=way.other_agent)


#: What is in the way, in a sentence.
SENTENCES: Mapping[Why, Callable[[InTheWay], SafeString]] = {
    Why.RESERVED_FOR_ANOTHER: _reserved,
    Why.NOT_A_MEMBER: _timed(gettext_lazy("Does not serve this queue")),
    Why.SIGNED_OUT: _timed(gettext_lazy("Signed out"), gettext_lazy("Signed out for {since}")),
    Why.ON_BREAK: _timed(gettext_lazy("On break"), gettext_lazy("On break for {since}")),
    Why.PHONE_AWAY: _timed(
        gettext_lazy("Available, but no tab is the phone"),
        gettext_lazy("Available, but the desk has been silent for {since}"),
    ),
    Why.NOT_RESPONDING: _timed(
        gettext_lazy("Did not respond, and has not come back"),
        gettext_lazy("Did not respond {since} ago, and has not come back"),
    ),
    Why.RINGING: _timed(
        gettext_lazy("A call is ringing"),
        gettext_lazy("A call has been ringing for {since}"),
        gettext_lazy("; {until} left to answer"),
    ),
    Why.ON_CALL: _timed(gettext_lazy("On a call"), gettext_lazy("On a call for {since}")),
    Why.WRAPPING_UP: _timed(
        gettext_lazy("Wrapping up"),
        gettext_lazy("Wrapping up for {since}"),
        gettext_lazy("; {until} left"),
    ),
    Why.LEAVING: _timed(
        gettext_lazy("On a call, and a break or the end of the shift comes after it"),
        gettext_lazy("On a call for {since}, and a break or the end of the shift comes after it"),
    ),
    Why.AT_CAPACITY: _timed(gettext_lazy("Has as many calls as the desk has room for")),
    Why.LACKS_SKILL: _lacks,
    Why.TIER_NOT_OPEN: _tier,
    Why.RESTING: _rests,
    Why.PREFERRED_ELSEWHERE: _preferred,
    Why.ANOTHER_CALL_FIRST: _another_call,
    Why.ANOTHER_AGENT_FIRST: _another_agent,
}


@register.simple_tag
def in_the_way(way: InTheWay) -> SafeString:
    """Return what is in the way, as a sentence whose times tick."""
    return SENTENCES[way.blocked.why](way)


@register.simple_tag
def why_mark(why: Why, number: int | None = None) -> SafeString:
    """Draw what is in the way: icon, word and colour, and how often where that is counted."""
    word, state, drawing = WHY_WORDS[why]
    count = format_html(" <b>{}</b>", number) if number is not None else ""
    return format_html(
        '<span class="pill bare" data-state="{}">{}{}{}</span>', state, icon(drawing), word, count
    )


@register.filter
def need_words(need: Need) -> str:
    """Return what of a skill is needed: at first, and by now where that is less."""
    words = {"skill": need.skill or _("a skill that was removed")}
    words |= {"first": str(need.at_first), "now": str(need.now)}
    notes = [] if list(need.by) in ([], [QUEUE]) else [askers_words(need.by)]
    if need.now != need.at_first:
        notes.append(_("at first ≥ %(first)s") % words)
    said = _("%(skill)s ≥ %(now)s") if need.now else _("%(skill)s not any more")
    return said % words + (f" ({', '.join(notes)})" if notes else "")


#: Who asks for a skill.
ASKER_WORDS = {
    QUEUE: gettext_lazy("the queue"),
    Asker.NUMBER.value: gettext_lazy("the number rung"),
    Asker.BRANCH.value: gettext_lazy("the menu"),
    Asker.CALLER.value: gettext_lazy("the caller"),
}


def askers_words(askers: Sequence[str]) -> str:
    """Return who asks for a skill: "asked by the menu and the caller"."""
    names = [str(ASKER_WORDS[asker]) for asker in askers]
    return _("asked by %(whom)s") % {"whom": get_text_list(names, _("and"))}


def asked_words(needs: Sequence[tuple[str, int]], askers: Sequence[str]) -> str:
    """Return what was asked for, and by whom: "Spanish ≥ 3 (asked by the menu)"."""
    said = ", ".join(
        _("%(skill)s ≥ %(level)s")
        % {"skill": skill or _("a skill that was removed"), "level": level}
        for skill, level in needs
    )
    return f"{said} ({askers_words(askers)})"


# --- why did this call go to this agent -----------------------------------------------------------

#: Why the first who could be rung came before the second.
DECIDED_WORDS = {
    Criterion.TIER: gettext_lazy("a tier that comes first"),
    Criterion.LEVEL: gettext_lazy("a level that comes first within the tier"),
    Criterion.HAS_A_CALL: gettext_lazy("no other call at the moment"),
    Criterion.IDLE_SINCE: gettext_lazy("free for longer"),
    Criterion.LAST_RUNG: gettext_lazy("next in turn: rung longer ago in this queue"),
    Criterion.IN_USE: gettext_lazy("fewer calls at the moment"),
    Criterion.HANDLED: gettext_lazy("fewer calls handled since coming on duty"),
    Criterion.TALK_SECONDS: gettext_lazy("less talking since coming on duty"),
    Criterion.POSITION: gettext_lazy("the place in the fixed order"),
    Criterion.MATCH: gettext_lazy("better at what the call needs"),
    Criterion.OTHER_SKILLS: gettext_lazy("fewer skills that this call does not need"),
    Criterion.DRAW: gettext_lazy("the lot"),
    Criterion.AGENT: gettext_lazy("nothing told them apart: the one who was entered first"),
}

ORDER_WORDS = {
    Order.FIFO: gettext_lazy("the oldest call first"),
    Order.LIFO: gettext_lazy("the newest call first, however long others wait"),
}

KIND_OF_CALL_WORDS = {
    Kind.LIVE: gettext_lazy("Caller on the line"),
    Kind.CALLBACK: gettext_lazy("Callback"),
    Kind.VOICEMAIL: gettext_lazy("Voicemail"),
    Kind.OUTGOING: gettext_lazy("Called by an agent"),
}


def _score(seen: Considered, of: Criterion) -> int:
    return int(seen.scores.get(of, 0))


def _rung(seen: Considered) -> str:
    if seen.rung is None:
        return _("not rung yet")
    return _("rung %(time)s before") % {"time": clock(seen.rung)}


def _in_use(seen: Considered) -> str:
    number = _score(seen, Criterion.IN_USE)
    return ngettext("%(n)s call at the moment", "%(n)s calls at the moment", number) % {"n": number}


def _other_skills(seen: Considered) -> str:
    number = _score(seen, Criterion.OTHER_SKILLS)
    return ngettext("%(n)s other skill", "%(n)s other skills", number) % {"n": number}


#: What was compared of an agent, with its value; "" where there is nothing to tell.
SCORE_WORDS: Mapping[Criterion, Callable[[Considered], str]] = {
    Criterion.TIER: lambda seen: _("tier %(n)s") % {"n": _score(seen, Criterion.TIER)},
    Criterion.LEVEL: lambda seen: _("level %(n)s") % {"n": _score(seen, Criterion.LEVEL)},
    Criterion.HAS_A_CALL: lambda seen: (
        _("on a call") if _score(seen, Criterion.HAS_A_CALL) else _("on no call")
    ),
    Criterion.IDLE_SINCE: lambda seen: _("free for %(time)s") % {"time": clock(seen.idle)},
    Criterion.LAST_RUNG: _rung,
    Criterion.IN_USE: _in_use,
    Criterion.HANDLED: lambda seen: _("%(n)s handled") % {"n": _score(seen, Criterion.HANDLED)},
    Criterion.TALK_SECONDS: lambda seen: (
        _("talked %(time)s") % {"time": clock(seen.scores.get(Criterion.TALK_SECONDS, 0))}
    ),
    Criterion.POSITION: lambda seen: _("place %(n)s") % {"n": _score(seen, Criterion.POSITION)},
    Criterion.MATCH: lambda seen: _("levels together %(n)s") % {"n": _score(seen, Criterion.MATCH)},
    Criterion.OTHER_SKILLS: _other_skills,
    Criterion.DRAW: lambda seen: "",
    Criterion.AGENT: lambda seen: "",
}


@register.simple_tag
def scores(reason: Reason, seen: Considered) -> str:
    """Return what was compared of an agent who was considered, in the order of comparing."""
    told = [SCORE_WORDS[criterion](seen) for criterion in compared(reason)]
    return ", ".join(score for score in told if score)


def compared(reason: Reason) -> list[Criterion]:
    """Return what was compared, and tells something: a tier that all are in does not."""
    everybody = reason.considered
    return [
        criterion
        for criterion in CRITERIA[reason.why.ranking]
        if criterion not in (Criterion.TIER, Criterion.LEVEL, Criterion.HAS_A_CALL)
        or len({seen.scores.get(criterion) for seen in everybody}) > 1
    ]


@register.filter
def decided_words(reason: Reason) -> str:
    """Return what put the first before the second."""
    if reason.why.decided_by is None:
        return _("There was nobody else who could be rung.")
    return _("%(what)s.") % {"what": str(DECIDED_WORDS[reason.why.decided_by]).capitalize()}


@register.filter
def which_call_words(reason: Reason) -> str:
    """Return what this call's place in line came of."""
    why = reason.why
    said = [str(KIND_OF_CALL_WORDS[why.kind])]
    if reason.waited is not None:
        said.append(_("waited %(time)s") % {"time": clock(reason.waited)})
    if why.priority is not None and reason.prioritised_by:
        said.append(
            _("priority %(n)s by %(supervisor)s")
            % {"n": why.priority, "supervisor": reason.prioritised_by}
        )
    elif why.priority is not None:
        said.append(_("priority %(n)s") % {"n": why.priority})
    if why.at_head:
        said.append(_("returned to the head of the line"))
    said.append(str(ORDER_WORDS[why.order]))
    return ", ".join(said) + "."


@register.filter
def needed_words(reason: Reason) -> str:
    """Return what the call needed at that moment, and who had asked for it."""
    said = ", ".join(need_words(need) for need in reason.needs)
    if reason.why.relaxed and not reason.why.asked:
        # Written by an earlier version: how much it had been is not known.
        return (
            _("%(needs)s; more at first, less by then.") % {"needs": said}
            if said
            else _("Nothing any more; the needs had been dropped.")
        )
    return said + "." if said else _("No skill.")


#: How many each filter left out, in the order in which they are asked.
LEFT_OUT = {
    "taken": gettext_lazy("%(n)s rung for callers before"),
    "lacking_skill": gettext_lazy("%(n)s without the skill"),
    "tier_not_open": gettext_lazy("%(n)s in tiers not open yet"),
    "resting": gettext_lazy("%(n)s resting after not taking it"),
    "preferred_elsewhere": gettext_lazy("%(n)s passed over for whom the caller knew"),
}


@register.filter
def filter_words(reason: Reason) -> str:
    """Return how many could have been rung, and how many each filter left out."""
    why = reason.why
    free = ngettext("%(n)s was free", "%(n)s were free", why.free) % {"n": why.free}
    said = free if why.on_duty is None else _("%(n)s on duty") % {"n": why.on_duty} + ", " + free
    left_out = [
        str(words) % {"n": n} for name, words in LEFT_OUT.items() if (n := getattr(why, name))
    ]
    if not left_out:
        return _("%(free)s; nobody was left out.") % {"free": said}
    return _("%(free)s; of these left out: %(whom)s.") % {"free": said, "whom": ", ".join(left_out)}
