"""A queue that an agent consults: in its line until somebody is free, and rung by its own rules.

Theory of operation. From the moment when the caller hears music the consult stands in the one line
of all queues (domain/line.py), at the moment when it was asked: among the callers of that queue as
one of them, with its priority. The dispatcher plans it with them, so that the same agents could
have it, in the same order (skills and their relaxing, tiers, strategy, who is free at all), and
nobody who has waited longer is passed over for it. Only the agent who asks is never rung for it.

Where a caller would be offered, the consult rings at that desk as one of a colleague does
(services/consulted.py), and is one from then on. Who declines or does not answer rests as for a
call that was refused, and it is back in line, its age kept. It is no call: it has no stay in the
queue and no offer, so that nothing is counted of it there.

It waits for QUEUE_WAIT_SECONDS, a ring that has begun excepted; then the agent reads that nobody
came, and the caller is still on hold.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.consults import QUEUE_WAIT_SECONDS, ConsultState, Over
from contact_center.domain.routing import Plan
from contact_center.domain.states import Activity
from contact_center.errors import StaleState
from contact_center.event_stream import record
from contact_center.models import AgentSlot, Consult, QueueMember, Timer
from contact_center.models.prepared import update
from contact_center.services import consulted
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call, move_consult
from contact_center.wakeups import wake_clock


def stand_in_line(consult: Consult) -> None:
    """The caller hears music: the consult waits in the queue. Must run under ``lock_call``."""
    of_queue = consulted.name_of_queue(consult)
    event = ev.ConsultWaits(**consulted.of_agent(consult), of_queue=of_queue)
    move_consult(consult, event)
    left = (_until(consult) - timezone.now()).total_seconds()
    set_timer("consult_wait", after_seconds=left, tenant_id=consult.tenant_id, call=consult.call)
    record(event)
    wake_clock()


def ring(plan: Plan, now: datetime) -> None:
    """Ring the desk that the dispatcher has chosen.

    Raises StaleState or IllegalTransition when consult or agent is not any more as it was read.
    """
    assert plan.call.consult_id is not None
    lock_call(plan.call.call_id)
    consult = consulted.fresh(Consult(pk=plan.call.consult_id))
    is_held = consult.offer.held_at is not None and consult.offer.hold_asked != "resume"
    is_open = consult.state == ConsultState.WAITING and not consult.wish
    if not is_open or not is_held or consulted.line_of(consult) is not None:
        raise StaleState(f"consult {consult.pk} was moved on by somebody else.")
    slot = AgentSlot(pk=plan.candidate.slot_id, activity=Activity.IDLE.value)
    consulted.ring_at(consult, plan.candidate.agent_id, slot)
    member = {"queue_id": plan.call.queue_id, "agent_id": plan.candidate.agent_id}
    update(QueueMember, member, last_offered_at=now)


@on_time("consult_wait")
def _waited_long_enough(timer: Timer) -> None:
    if timer.call is None:
        return
    call = lock_call(timer.call.pk)
    consult = consulted.live_of(call)
    if consult is None or consult.state != ConsultState.WAITING or consult.wish:
        return
    if consult.queue is not None and timezone.now() >= _until(consult):
        consulted.end(call, consult, Over.NOBODY_CAME)


def _until(consult: Consult) -> datetime:
    return consult.asked_at + timedelta(seconds=QUEUE_WAIT_SECONDS)
