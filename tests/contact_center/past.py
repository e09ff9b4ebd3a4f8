"""A queue's past as rows, for tests of what is made of it."""

from datetime import UTC, datetime, timedelta

from contact_center.domain.states import CallState
from contact_center.domain.waits import Stay
from contact_center.models import Call, Queue, Segment, SegmentKind


def write_past(queue: Queue, stays: list[Stay], until: datetime) -> None:
    """Write ``stays`` as ones of ``queue``, the last of them over ten seconds before ``until``."""
    shift = until - timedelta(seconds=10) - _moment(max(stay.left for stay in stays))
    numbers = range(1, len(stays) + 1)
    calls = Call.objects.bulk_create(
        Call(
            tenant_id=queue.tenant_id,
            sid=f"CA{queue.pk:04x}{number:028x}",
            account_sid="AC" + "1" * 32,
            queue=queue,
            state=CallState.ENDED.value,
            arrived_at=_moment(stay.entered) + shift,
            ended_at=_moment(stay.left) + shift,
            heard_at=_moment(stay.left) + shift,
        )
        for number, stay in zip(numbers, stays, strict=True)
    )
    Segment.objects.bulk_create(
        Segment(
            call=call,
            kind=SegmentKind.QUEUE,
            queue=queue,
            started_at=call.arrived_at,
            placed_at=call.arrived_at,
            ended_at=call.ended_at,
            end_reason=stay.how.value,
            at_head=stay.at_head,
        )
        for call, stay in zip(calls, stays, strict=True)
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
