"""A waiting caller is kept for one agent: how that begins, and everything that ends it.

Nobody else is rung for such a caller, so it must not last: it ends when the agent does not take the
call, goes on a break or off duty, and by itself after KEPT_FOR. Routing heeds the time itself
(domain/eligibility.py); the timer here writes down that it is over.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.eligibility import KEPT_FOR
from contact_center.domain.states import OFFERED_STATES, CallState, Presence
from contact_center.event_stream import record
from contact_center.models import Agent, Call, Offer, Segment, SegmentKind, Timer, User
from contact_center.services import facts
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call
from contact_center.wakeups import wake_clock

KEPT_SECONDS = KEPT_FOR.seconds
#: While the agent is being rung nothing is decided; so soon it is looked at again.
LOOK_AGAIN_SECONDS = 5


#: Whoever wants to know that a caller is kept for nobody any more, and why.
_Ended = Callable[[Call, Segment, str], None]
_TOLD: list[_Ended] = []


def when_it_ends(tell: _Ended) -> _Ended:
    """Have ``tell`` called whenever a caller is kept for nobody any more, under ``lock_call``."""
    _TOLD.append(tell)
    return tell


def keep_for(
    call: Call,
    stay: Segment,
    agent: Agent,
    *,
    actor: User,
    pulled: bool = False,
    seconds: int = KEPT_SECONDS,
) -> None:
    """Keep the caller of ``stay`` for ``agent``. Must run under ``lock_call``."""
    if stay.reserved_for_id is not None:
        end(call, stay, reason="given_to_another", actor=actor)
    until = timezone.now() + timedelta(seconds=seconds)
    _write(stay, agent_id=agent.pk, by=actor, until=until)
    set_timer("reservation", after_seconds=seconds, tenant_id=call.tenant_id, call=call)
    record(
        ev.CallReserved(**_concerned(call, stay, agent.pk, actor), pulled=pulled, seconds=seconds)
    )
    wake_clock()


def end(call: Call, stay: Segment, *, reason: str, actor: User | None = None) -> None:
    """Let everybody have the caller of ``stay`` again, if he was kept for somebody.

    Must run under ``lock_call``.
    """
    agent_id = stay.reserved_for_id
    if agent_id is None:
        return
    _write(stay, agent_id=None, by=None, until=None)
    record(ev.ReservationEnded(**_concerned(call, stay, agent_id, actor), reason=reason))
    wake_clock()
    for tell in _TOLD:
        tell(call, stay, reason)


def not_taken(offer: Offer, *, reason: str) -> None:
    """The agent was rung and did not take the call: if it was kept for that agent, no longer."""
    stay = _live().filter(pk=offer.segment_id, reserved_for=offer.agent_id).first()
    if stay is not None:
        end(stay.call, stay, reason=reason)


def agent_is_away(agent: Agent) -> None:
    """The agent cannot be rung any more: whoever was kept for the agent is looked at at once.

    Not here, for whoever changes an agent's presence holds that row, and calls are locked before.
    """
    for stay in _live().filter(reserved_for=agent):
        set_timer("reservation", after_seconds=0, tenant_id=agent.tenant_id, call=stay.call)


@on_time("reservation")
def _does_it_still_hold(timer: Timer) -> None:
    if timer.call is None:
        return
    call = lock_call(timer.call.pk)
    stay = _live().filter(call=call, reserved_for__isnull=False).first()
    if stay is None or stay.reserved_for is None:
        return
    is_over = stay.reserved_until is None or timezone.now() >= stay.reserved_until
    is_away = stay.reserved_for.presence != Presence.AVAILABLE
    if not is_over and not is_away:
        return  # it was kept anew, or the agent is back
    if CallState(call.state) in OFFERED_STATES:
        set_timer(
            "reservation", after_seconds=LOOK_AGAIN_SECONDS, tenant_id=call.tenant_id, call=call
        )
        return
    end(call, stay, reason="agent_away" if is_away else "time_over")


def _live() -> QuerySet[Segment]:
    stays = Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None)
    return stays.select_related("call", "reserved_for")


def _write(stay: Segment, *, agent_id: int | None, by: User | None, until: datetime | None) -> None:
    stay.reserved_for_id, stay.reserved_by, stay.reserved_until = agent_id, by, until
    stay.save(update_fields=["reserved_for", "reserved_by", "reserved_until"])


def _concerned(call: Call, stay: Segment, agent_id: int, actor: User | None) -> facts.Concerned:
    concerned = facts.of_call(call, stay)
    concerned["agent_id"] = agent_id
    concerned["actor_id"] = actor.pk if actor is not None else None
    return concerned
