"""How the pages of routing say what a queue goes by, and what that means for a call."""

from collections.abc import Iterable
from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contact_center.domain.eligibility import Why
from contact_center.domain.line import Order
from contact_center.domain.ranking import Ranking
from contact_center.domain.skills import ANY_LEVEL
from contact_center.models import QueueSkill, RelaxingStep, Strategy
from contact_center.selectors.routing_pages import Meaning, MemberNow, Stretch
from contact_center.templatetags.screen import icon

register = template.Library()

ORDER_WORDS = {
    Order.FIFO: gettext_lazy("The oldest call first"),
    Order.LIFO: gettext_lazy("The newest call first, however long others wait"),
}


@register.filter
def order_words(order: Order) -> str:
    """Return which call of a queue is next."""
    return str(ORDER_WORDS[order])


@register.filter
def ranking_words(ranking: Ranking) -> str:
    """Return which of the free agents is rung."""
    return str(Strategy(ranking.value).label)


@register.filter
def needs_words(needs: Iterable[QueueSkill]) -> str:
    """Return what a queue needs: "Spanish ≥ 4, Billing ≥ 2"."""
    return ", ".join(f"{need.skill} ≥ {need.level}" for need in needs)


@register.filter
def seconds_words(wait: timedelta | int) -> str:
    """Return a length of time as it stands in a sentence: 45 s, 2 min, 2 min 30 s."""
    total = int(wait.total_seconds()) if isinstance(wait, timedelta) else wait
    minutes, seconds = divmod(total, 60)
    if total < 120:
        return _("%(n)s s") % {"n": total}
    if not seconds:
        return _("%(n)s min") % {"n": minutes}
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}


@register.filter
def step_words(step: RelaxingStep) -> str:
    """Return what a relaxing step says."""
    said = {"skill": step.skill, "level": step.level, "after": seconds_words(step.after_seconds)}
    if step.skill is None:
        if step.level == ANY_LEVEL:
            return _("After %(after)s no skill is needed any more.") % said
        return _("After %(after)s level %(level)s of every skill is enough.") % said
    if step.level == ANY_LEVEL:
        return _("After %(after)s %(skill)s is not needed any more.") % said
    return _("After %(after)s level %(level)s of %(skill)s is enough.") % said


@register.simple_tag
def ageing_example(minutes: int) -> str:
    """Return what so many minutes a step mean for two callers."""
    return ngettext(
        "Ana, priority 7, comes; Ben, priority 5, waits. Ana's two steps are worth %(n)d minute: "
        "if Ben came earlier than that before her, he is next, else she is.",
        "Ana, priority 7, comes; Ben, priority 5, waits. Ana's two steps are worth %(n)d minutes: "
        "if Ben came earlier than that before her, he is next, else she is.",
        2 * minutes,
    ) % {"n": 2 * minutes}


@register.simple_tag
def able_words(meaning: Meaning) -> str:
    """Return the whole of it in a sentence: how many could take a call at once, and when more."""
    if not meaning.on_duty:
        return _("Nobody who serves this queue is on duty now.")
    first, *later = meaning.stretches
    parts = [
        ngettext(
            "Now %(n)s of the %(all)s agent on duty could take a call at once",
            "Now %(n)s of the %(all)s agents on duty could take a call at once",
            meaning.on_duty,
        )
        % {"n": first.able, "all": meaning.on_duty}
    ]
    before = first.able
    for stretch in later:
        if stretch.able != before:
            parts.append(
                _("%(n)s after %(wait)s")
                % {"n": stretch.able, "wait": seconds_words(stretch.since)}
            )
            before = stretch.able
    return _("%(parts)s, if they are free.") % {"parts": ", ".join(parts)}


@register.simple_tag
def stretch_when(stretch: Stretch) -> str:
    """Return for which part of the wait it holds."""
    if not stretch.since and stretch.until is None:
        return _("At any time")
    if not stretch.since and stretch.until is not None:
        return _("For the first %(wait)s") % {"wait": seconds_words(stretch.until)}
    return _("After %(wait)s") % {"wait": seconds_words(stretch.since)}


@register.simple_tag
def stretch_who(stretch: Stretch, all_tiers: Iterable[int]) -> str:
    """Return who may be rung then."""
    needed = [f"{skill} ≥ {level}" for skill, level in stretch.needs]
    who = (
        _("agents with %(needs)s") % {"needs": get_text_list(needed, _("and"))}
        if needed
        else _("agents with any skills")
    )
    if list(all_tiers) == list(stretch.tiers):
        return who
    tiers = get_text_list([str(tier) for tier in stretch.tiers], _("and"))
    return ngettext(
        "%(who)s, of tier %(tiers)s", "%(who)s, of tiers %(tiers)s", len(stretch.tiers)
    ) % {"who": who, "tiers": tiers or _("none")}


@register.simple_tag
def standing_words(standing: MemberNow) -> SafeString:
    """Draw from when on a member could take a call that arrives now, and what is in the way."""
    if not standing.is_on_duty:
        return _flag("plain", "offline", _("Off duty"), "")
    if standing.blocked is None:
        return _flag("ok", "ok", _("At once"), "")
    why = _why(standing)
    if standing.after is None:
        return _flag("warn", "warn", _("Never"), why)
    return _flag(
        "plain", "clock", _("After %(wait)s") % {"wait": seconds_words(standing.after)}, why
    )


def _why(standing: MemberNow) -> str:
    blocked = standing.blocked
    if blocked is None:
        return ""
    if blocked.why is Why.LACKS_SKILL:
        return _("%(skill)s %(needed)s is needed, has %(has)s") % {
            "skill": standing.skill,
            "needed": blocked.needed,
            "has": blocked.has or _("none"),
        }
    if blocked.why is Why.TIER_NOT_OPEN:
        return _("tier %(tier)s") % {"tier": blocked.tier}
    return blocked.why.value.replace("_", " ")


def _flag(level: str, drawn: str, word: str, why: str) -> SafeString:
    return format_html(
        '<span class="flag" data-level="{}">{}{}</span>{}',
        level,
        icon(drawn),
        word,
        format_html(' <small class="muted">{}</small>', why) if why else "",
    )
