"""The only writer of a state.

A move looks its row up in the tables, then changes the row of the database on the condition that
it is still in the state we read: with any number of processes, one wins. Whoever moves both
machines moves the call before the slot.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from contact_center.domain.events import Event
from contact_center.domain.states import Activity, CallState, next_activity, next_call_state
from contact_center.errors import StaleState
from contact_center.models import AgentSlot, Call, Offer, Segment, SegmentKind


def lock_call(call_id: int) -> Call:
    """Return the call, locked to the end of the transaction.

    Every service that moves a call, its offer or the slot of its offer begins here, so that they
    queue up behind each other per call and never wait for one another in a circle.
    """
    return Call.objects.select_for_update(no_key=True).get(pk=call_id)


def begin_call(call: Call, event: type[Event]) -> None:
    """Write a new call, already where its first ``event`` leads.

    Raises IntegrityError when the call is there already: two copies of one request ran at once.
    """
    call.state = next_call_state(CallState.ARRIVED, event).value
    call.save(force_insert=True)


def move_call(call: Call, event: Event, **changes: Any) -> None:
    """Take ``call`` where ``event`` leads, and write ``changes`` with it.

    Raises IllegalTransition when the table has no such row, StaleState when somebody was faster.
    """
    new = next_call_state(CallState(call.state), type(event))
    _update_one(Call.objects.filter(pk=call.pk, state=call.state), call, state=new.value, **changes)


def move_slot(slot: AgentSlot, event: Event, **changes: Any) -> None:
    """Take ``slot`` where ``event`` leads. Raises as ``move_call``."""
    new = next_activity(Activity(slot.activity), type(event))
    now = timezone.now()
    changes.setdefault("problem", "")
    if new is Activity.IDLE:
        changes["idle_since"] = now
    _update_one(
        AgentSlot.objects.filter(pk=slot.pk, activity=slot.activity),
        slot,
        activity=new.value,
        activity_since=now,
        **changes,
    )


def move_offer(offer: Offer, new_state: str, **changes: Any) -> None:
    """Move ``offer`` on from the state we read. Raises StaleState when somebody was faster."""
    _update_one(
        Offer.objects.filter(pk=offer.pk, state=offer.state), offer, state=new_state, **changes
    )


def enter_segment(call: Call, kind: SegmentKind, at: datetime, why: str, **fields: Any) -> Segment:
    """End the call's present stay and begin the next at the same moment: no gap, no overlap."""
    leave_segment(call, at, why)
    return Segment.objects.create(call=call, kind=kind, started_at=at, **fields)


def leave_segment(call: Call, at: datetime, why: str) -> None:
    """End the call's present stay."""
    Segment.objects.filter(call=call, ended_at=None).update(ended_at=at, end_reason=why)


def _update_one(rows: Any, instance: Any, **changes: Any) -> None:
    if rows.update(**changes) != 1:
        raise StaleState(f"{instance} was moved on by somebody else.")
    for name, value in changes.items():
        setattr(instance, name, value)
