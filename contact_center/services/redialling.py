"""Who gave up waiting and rings again soon has the place of the first call, once.

How soon each queue says (`Queue.redial_minutes`). A place belongs to a queue and a number that is
known: nobody who withholds a number has one, for nobody could tell whose it is.
"""

from datetime import datetime

from contact_center.domain import events as ev
from contact_center.domain.telephone_numbers import known_number
from contact_center.models import Call, KeptPlace, Segment, SegmentKind
from contact_center.selectors.places import window_of


def keep_place(call: Call, now: datetime) -> None:
    """Keep the place of ``call``, whose caller has just given up waiting. Under ``lock_call``.

    Of two calls of one number the place of the one given up last is kept. What nobody came back for
    in time goes with the next place that is kept in the queue.
    """
    number, queue_id = known_number(call.from_number), call.queue_id
    if not number or queue_id is None or call.answered_at is not None:
        return
    window = window_of(call.tenant_id, queue_id)
    if window is None:
        return
    stays = Segment.objects.filter(call=call, kind=SegmentKind.QUEUE, queue_id=queue_id)
    stay = stays.order_by("-started_at", "-pk").first()
    if stay is None or stay.placed_at is None:
        return
    KeptPlace.objects.filter(queue_id=queue_id, left_at__lt=now - window).delete()
    KeptPlace.objects.update_or_create(
        queue_id=queue_id,
        e164=number,
        defaults={"call": call, "placed_at": stay.placed_at, "left_at": now},
    )


def take_place(call: Call, queue_id: int, now: datetime) -> KeptPlace | None:
    """Return the place that is kept for the caller in a queue, which is kept no longer then.

    Whoever deletes the row has it: of two who ring at the same moment one does. Somebody who spoke
    with us since has what he came for, and begins anew.
    """
    number = known_number(call.from_number)
    window = window_of(call.tenant_id, queue_id)
    if not number or window is None:
        return None
    place = KeptPlace.objects.filter(queue_id=queue_id, e164=number).first()
    if place is None or now - place.left_at > window:
        return None
    numbers = {number, call.from_number}
    since = Call.objects.filter(tenant_id=call.tenant_id, arrived_at__gte=place.left_at)
    answered = since.filter(from_number__in=numbers, answered_at__isnull=False).exists()
    was_there, _tables = KeptPlace.objects.filter(pk=place.pk, left_at=place.left_at).delete()
    return place if was_there and not answered else None


def place_kept(call: Call, queue_id: int, place: KeptPlace) -> ev.PlaceKept:
    """Return the fact that a caller has a place from before."""
    return ev.PlaceKept(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        queue_id=queue_id,
        of_call_id=place.call_id,
        since=place.placed_at.isoformat(),
    )
