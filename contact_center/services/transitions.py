"""The only writer of a state.

A move looks its row up in the tables, then changes the row of the database on the condition that
it is still in the state we read: with any number of processes, one wins. Whoever moves both
machines moves the call before the slot.
"""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from contact_center.domain.consults import ConsultState, next_consult_state
from contact_center.domain.events import Event
from contact_center.domain.states import Activity, CallState, next_activity, next_call_state
from contact_center.errors import StaleState
from contact_center.models import (
    AgentSlot,
    Call,
    Consult,
    DispatchLock,
    Offer,
    Segment,
    SegmentKind,
    Supervision,
    Transfer,
)
from contact_center.models.prepared import Given, Prepared, insert, insert_and_count, update
from contact_center.selectors.limits import WAITING


def lock_call(call_id: int) -> Call:
    """Return the call, locked to the end of the transaction.

    Every service that moves a call, its offer or the slot of its offer begins here, so that they
    queue up behind each other per call and never wait for one another in a circle.
    """
    call = _CALL.first(pk=call_id)
    if call is None:
        raise Call.DoesNotExist(f"There is no call {call_id}.")
    return call


def lock_call_of(sid: str) -> Call | None:
    """Return the call whose customer's leg is ``sid``, locked; None when there is no such call."""
    return _CALL_OF.first(sid=sid)


_LOCKED = Call.objects.select_for_update(no_key=True)
_CALL = Prepared(_LOCKED.filter(pk=Given("pk")))
_CALL_OF = Prepared(_LOCKED.filter(sid=Given("sid")))


def hold_dispatch(tenant_id: int) -> bool:
    """Let nobody else pair callers and agents until the transaction ends.

    Whoever only must not be overtaken by a dispatch holds it, too. It is taken before any call: a
    dispatcher moves calls while it holds it. Return whether a consult stood in the line of a queue
    when the row was asked for, so that a dispatch reads of none where there is none.
    """
    if not (rows := _DISPATCH_ROW.all(tenant_id=tenant_id)):
        DispatchLock.objects.get_or_create(tenant_id=tenant_id)
        rows = _DISPATCH_ROW.all(tenant_id=tenant_id)
    return any(asks for _tenant_id, asks in rows)


_ASKING = Consult.objects.filter(
    tenant_id=OuterRef("tenant_id"), ended_at=None, state=ConsultState.WAITING.value
)
_DISPATCH_ROW = Prepared(
    DispatchLock.objects.select_for_update()
    .filter(tenant_id=Given("tenant_id"))
    .values_list("tenant_id", Exists(_ASKING))
)


def begin_call(call: Call, event: type[Event]) -> None:
    """Write a new call, already where its first ``event`` leads.

    Raises IntegrityError when the call is there already: two copies of one request ran at once.
    """
    call.state = next_call_state(CallState.ARRIVED, event).value
    insert(call)


def move_call(call: Call, event: Event, **changes: Any) -> None:
    """Take ``call`` where ``event`` leads, and write ``changes`` with it.

    Raises IllegalTransition when the table has no such row, StaleState when somebody was faster.
    """
    new = next_call_state(CallState(call.state), type(event))
    _change(call, {"state": call.state}, state=new.value, **changes)


def move_slot(slot: AgentSlot, event: Event, **changes: Any) -> None:
    """Take ``slot`` where ``event`` leads. Raises as ``move_call``."""
    new = next_activity(Activity(slot.activity), type(event))
    now = timezone.now()
    changes.setdefault("problem", "")
    if new is Activity.IDLE:
        changes["idle_since"] = now
    _change(slot, {"activity": slot.activity}, activity=new.value, activity_since=now, **changes)


def move_offer(offer: Offer, new_state: str, **changes: Any) -> None:
    """Move ``offer`` on from the state we read. Raises StaleState when somebody was faster."""
    _change(offer, {"state": offer.state}, state=new_state, **changes)


def move_supervision(supervision: Supervision, new_state: str, **changes: Any) -> None:
    """Move ``supervision`` on from the state we read. Raises StaleState as ``move_offer``."""
    _change(supervision, {"state": supervision.state}, state=new_state, **changes)


def move_consult(consult: Consult, event: Event, **changes: Any) -> None:
    """Take ``consult`` where ``event`` leads. Raises as ``move_call``."""
    new = next_consult_state(ConsultState(consult.state), type(event))
    _change(consult, {"state": consult.state}, state=new.value, **changes)


def move_transfer(transfer: Transfer, new_state: str, **changes: Any) -> None:
    """Move ``transfer`` on from the state we read. Raises StaleState as ``move_offer``."""
    _change(transfer, {"state": transfer.state}, state=new_state, **changes)


def enter_segment(call: Call, kind: SegmentKind, at: datetime, why: str, **fields: Any) -> Segment:
    """End the call's present stay and begin the next at the same moment: no gap, no overlap."""
    segment = Segment(call=call, kind=kind, started_at=leave_segment(call, at, why), **fields)
    insert(segment)
    return segment


def join_line(
    call: Call, at: datetime, why: str, *, queue_id: int, **fields: Any
) -> tuple[Segment, int]:
    """As ``enter_segment``, of a queue; return also about how many are in its line.

    Whoever wants to know exactly counts under a lock (services/overflowing.py).
    """
    segment = Segment(
        call=call,
        kind=SegmentKind.QUEUE,
        started_at=leave_segment(call, at, why),
        queue_id=queue_id,
        **fields,
    )
    return segment, insert_and_count(segment, WAITING, queue_id=queue_id)


def leave_segment(call: Call, at: datetime, why: str) -> datetime:
    """End the call's present stay; return when, which is not before it began.

    A machine's clock is set back now and then, and two machines never quite agree: a stay would be
    shorter than nothing. A call that ended ``at`` the same moment ends with its last stay.
    """
    present = {"call_id": call.pk, "ended_at": None}
    if update(Segment, {**present, "started_at__lte": at}, ended_at=at, end_reason=why):
        return at
    began = _BEGAN.first(call_id=call.pk)
    if began is None:
        return at  # it was nowhere yet
    update(Segment, present, ended_at=began[0], end_reason=why)
    if call.ended_at == at:
        _change(call, {}, ended_at=began[0])
    return began[0]


_BEGAN = Prepared(
    Segment.objects.filter(call_id=Given("call_id"), ended_at=None).values_list("started_at")
)


def _change(
    instance: Call | AgentSlot | Offer | Supervision | Transfer | Consult,
    as_read: dict[str, Any],
    **changes: Any,
) -> None:
    if update(type(instance), {"pk": instance.pk, **as_read}, **changes) != 1:
        # By its number: a dispatch has not read whose slot it is.
        name = type(instance).__name__.lower()
        raise StaleState(f"{name} {instance.pk} was moved on by somebody else.")
    for name, value in changes.items():
        setattr(instance, name, value)
