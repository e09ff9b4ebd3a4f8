"""Callers who are not taken: blocked by a supervisor, refused on arrival.

A call that is refused is answered by nobody, not even by a sentence, and costs nothing; the caller
hears what the telephone network says of a call that is rejected. It is written with an outcome of
its own, in no queue and in none of its figures. Whoever withholds a number cannot be blocked.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.blocking import BLOCKED, LONGEST_DAYS, LONGEST_REASON
from contact_center.domain.telephone_numbers import known_number
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    BlockedCaller,
    Call,
    EndedBy,
    PhoneNumber,
    Segment,
    SegmentKind,
    Tenant,
    User,
)
from contact_center.services import facts
from contact_center.services.transitions import begin_call
from contact_center.telephony.instructions import Instruction, Reject


def refuse(call: Call, blocked_id: int) -> list[Instruction]:
    """Write ``call`` as refused and return what the network is told: to reject it.

    Raises IntegrityError when the call is here already.
    """
    call.ended_by, call.end_reason = EndedBy.SYSTEM, BLOCKED
    begin_call(call, ev.CallRefused)
    Segment.objects.create(call=call, kind=SegmentKind.GOODBYE, started_at=call.arrived_at)
    concerned = facts.of_call(call)
    record(
        ev.CallArrived(**concerned, number_id=call.number_id),
        ev.CallRefused(**concerned, blocked=blocked_id),
    )
    return [Reject()]


@transaction.atomic
def block(*, number: str, reason: str, days: int | None, actor: User) -> BlockedCaller:
    """Refuse whoever calls with ``number`` from now on, for ``days``, or for good where None.

    A number that is blocked already has the new reason and end. Raises NotAllowed for what is no
    number with its country, for one of our own, without a reason, and for too long.
    """
    if actor.tenant_id is None:
        raise NotAllowed(_("Only somebody of an organisation can block callers."))
    known, reason = known_number(number), reason.strip()
    if not known:
        raise NotAllowed(_("Write the number with a plus and its country, as +1 415 555 0142."))
    if PhoneNumber.objects.filter(tenant_id=actor.tenant_id, e164=known).exists():
        raise NotAllowed(_("This is one of your own numbers."))
    if not reason:
        raise NotAllowed(_("Say why, for whoever reads this list later."))
    if len(reason) > LONGEST_REASON or (days is not None and not 1 <= days <= LONGEST_DAYS):
        raise NotAllowed(
            _("A reason has at most %(letters)s letters, and a time at most %(days)s days.")
            % {"letters": LONGEST_REASON, "days": LONGEST_DAYS}
        )
    now = timezone.now()
    # Two who block one number at the same moment write one entry.
    Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant_id)
    blocked, _made = BlockedCaller.objects.update_or_create(
        tenant_id=actor.tenant_id,
        number=known,
        defaults={
            "reason": reason,
            "blocked_by": actor,
            "blocked_at": now,
            "expires_at": now + timedelta(days=days) if days is not None else None,
        },
    )
    record(ev.CallerBlocked(tenant_id=actor.tenant_id, actor_id=actor.pk, blocked=blocked.pk))
    return blocked


@transaction.atomic
def unblock(*, blocked: BlockedCaller, actor: User) -> None:
    """Take calls from that number again. A second press does nothing."""
    was_there, _tables = BlockedCaller.objects.filter(pk=blocked.pk).delete()
    if was_there:
        record(
            ev.CallerUnblocked(tenant_id=blocked.tenant_id, actor_id=actor.pk, blocked=blocked.pk)
        )
