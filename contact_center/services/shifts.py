"""What ends by itself: a break that has lasted as long as it may, and a shift that does.

Two timers of an agent say when to look. ``break`` is set when a break with a rule begins, ``shift``
when somebody goes on duty (AGENT.AUTO_LOGOUT_HOURS). Whether it is time is judged when one of them
is due, by the setting and the rule of that moment; services/presence.py then does it, never while
the agent has a call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.breaks import BREAK_OVER, SHIFT_OVER, AfterBreak
from contact_center.domain.states import Presence
from contact_center.models import Agent, Timer
from contact_center.selectors.breaks import rule_of, what_follows
from contact_center.services.timing import set_timer

#: Who has a call when it is time is looked at again after so long, where the end of the call has
#: not brought it about (it was declined, or the line broke).
AGAIN_SECONDS = 30


@dataclass(frozen=True)
class Over:
    """What an agent is to be because their time is over, and why."""

    presence: Presence
    reason: str


def ends_at(agent: Agent) -> datetime | None:
    """Return when the agent's shift is over; None when they are off duty, or it never is."""
    hours = current().agent.auto_logout_hours
    if not hours or agent.on_duty_since is None or agent.presence == Presence.OFFLINE:
        return None
    return agent.on_duty_since + timedelta(hours=hours)


def break_ends_at(agent: Agent, code: str, now: datetime) -> datetime | None:
    """Return when a break of this type that begins now is over; None when nobody says.

    Choosing the break one is on does not make it longer.
    """
    if agent.presence == Presence.BREAK and agent.presence_reason == code:
        return agent.break_until
    rule = rule_of(agent, code)
    return None if rule is None else now + timedelta(minutes=rule.most_minutes)


def what_is_over(agent: Agent, now: datetime) -> Over | None:
    """Return what the agent is to be because a shift or a break is over; None for neither.

    The end of a shift comes before anything that was chosen; the end of a break after it.
    """
    shift_ends = ends_at(agent)
    if shift_ends is not None and shift_ends <= now:
        return Over(Presence.OFFLINE, SHIFT_OVER)
    if agent.presence != Presence.BREAK or agent.next_presence:
        return None
    if agent.break_until is None or agent.break_until > now:
        return None
    match what_follows(agent):
        case AfterBreak.RETURN:
            return Over(Presence.AVAILABLE, BREAK_OVER)
        case AfterBreak.OFFLINE:
            return Over(Presence.OFFLINE, BREAK_OVER)
    return None


def set_timers(agent: Agent, *, was: Presence) -> None:
    """Set and take back the agent's timers after a change of presence. The agent must be locked."""
    if was is Presence.BREAK:
        _timers(agent, "break").delete()
    if (
        agent.presence == Presence.BREAK
        and agent.break_until is not None
        and agent.break_until > timezone.now()
    ):
        _set("break", agent, agent.break_until)
    if agent.presence == Presence.OFFLINE:
        _timers(agent, "shift").delete()
    elif was is Presence.OFFLINE:
        watch_shift(agent)


def watch_shift(agent: Agent) -> None:
    """Let the end of the agent's shift be looked at when it comes. The agent must be locked."""
    _timers(agent, "shift").delete()
    ends = ends_at(agent)
    if ends is not None:
        _set("shift", agent, ends)


def look_again(agent: Agent) -> None:
    """Let it be looked at soon again: the agent has a call."""
    _timers(agent, "shift").delete()
    _set("shift", agent, timezone.now() + timedelta(seconds=AGAIN_SECONDS))


def follow_the_setting() -> None:
    """Called when a clock starts: who is on duty is taken off by the setting as it is now."""
    set_for = dict(Timer.objects.filter(kind="shift").values_list("agent_id", "due_at"))
    for agent in Agent.objects.exclude(presence=Presence.OFFLINE).order_by("pk"):
        ends = ends_at(agent)
        # Earlier is well: it is then looked at again. What was set before a setting was lengthened
        # or switched off finds that out when it is due.
        if ends is None or (agent.pk in set_for and set_for[agent.pk] <= ends):
            continue
        with transaction.atomic():
            rows = Agent.objects.select_for_update(no_key=True)
            watch_shift(rows.get(pk=agent.pk))


def _timers(agent: Agent, kind: str) -> QuerySet[Timer]:
    return Timer.objects.filter(agent=agent, kind=kind)


def _set(kind: str, agent: Agent, at: datetime) -> None:
    seconds = (at - timezone.now()).total_seconds()
    set_timer(kind, after_seconds=seconds, tenant_id=agent.tenant_id, agent=agent)
