"""Whom an organisation does not take calls from."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from contact_center.domain.telephone_numbers import known_number
from contact_center.models import BlockedCaller, Call
from contact_center.models.prepared import Given, Prepared

MOST_SHOWN = 500

_BLOCKED = Prepared(
    BlockedCaller.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=Given("now")),
        tenant_id=Given("tenant_id"),
        number=Given("number"),
    ).order_by()
)


def blocked_number(tenant_id: int, from_number: str, now: datetime) -> BlockedCaller | None:
    """Return the entry that keeps a caller out at ``now``; None for one who is taken."""
    number = known_number(from_number)
    if not number:
        return None
    return _BLOCKED.first(tenant_id=tenant_id, number=number, now=now)


def blocked_callers(tenant_id: int) -> QuerySet[BlockedCaller]:
    """Return who is blocked, or was until lately, the newest first."""
    return BlockedCaller.objects.filter(tenant_id=tenant_id).select_related("blocked_by")


def blocked_page(tenant_id: int, call: Call | None) -> dict[str, Any]:
    """Return the list, and the number of the call from which somebody comes to it."""
    return {
        "as_of": timezone.now(),
        "rows": list(blocked_callers(tenant_id)[:MOST_SHOWN]),
        "number": known_number(call.from_number) if call is not None else "",
    }
