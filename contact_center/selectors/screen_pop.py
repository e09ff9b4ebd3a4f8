"""What stands beside a call when it comes: how it came here, what is open, script and link."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from contact_center.domain.call_variables import filled_link, filled_text
from contact_center.domain.line import Kind
from contact_center.domain.scripts import Block, blocks_of
from contact_center.models import (
    Agent,
    Call,
    Contact,
    MenuChoice,
    Offer,
    Queue,
    QueueDesk,
    Segment,
    SegmentKind,
    User,
)
from contact_center.models.prepared import Given, Prepared

#: So much open work of one number is shown.
MOST_OPEN = 5


@dataclass(frozen=True)
class Link:
    """A way into another system, for this call."""

    label: str
    address: str


@dataclass(frozen=True)
class ScreenPop:
    """What is beside one call, beyond who is calling."""

    #: The key that was chosen and the queues it went through; nothing where it came straight.
    way: Sequence[str]
    #: Calls that this number is still to have: callbacks and voicemails, this one apart.
    open_calls: Sequence[Call]
    link: Link | None
    script: Sequence[Block]


_OPEN = Prepared(
    Call.objects.filter(
        ~Q(pk=Given("call_id")),
        tenant_id=Given("tenant_id"),
        from_number=Given("from_number"),
        ended_at=None,
        kind__in=[Kind.CALLBACK.value, Kind.VOICEMAIL.value],
    )
    .select_related("queue", "callback__owner__user", "voicemail")
    .order_by("arrived_at")[:MOST_OPEN]
)
_STAYS = Prepared(
    Segment.objects.filter(
        call_id=Given("call_id"), kind=SegmentKind.QUEUE.value, queue__isnull=False
    )
    .select_related("queue")
    .order_by("started_at", "pk")
)


def screen_pop(
    offer: Offer,
    agent: Agent,
    contact: Contact | None,
    *,
    chosen: MenuChoice | None,
    desk: QueueDesk | None,
) -> ScreenPop:
    """Return what stands beside a call at the agent's desk."""
    values = variables(offer, agent, contact)
    return ScreenPop(
        way=_way_here(offer, chosen),
        open_calls=_open_calls(offer.call),
        link=_link(desk, values),
        script=blocks_of(filled_text(desk.script, values)) if desk is not None else [],
    )


def variables(offer: Offer, agent: Agent, contact: Contact | None) -> dict[str, str]:
    """Return what the gaps of links and scripts are filled with in this call."""
    number = offer.call.from_number
    return {
        "number": number if number.startswith("+") else "",
        "name": contact.name if contact is not None else "",
        "company": contact.company if contact is not None else "",
        "queue": offer.queue.name,
        "called": offer.call.to_number,
        "call": offer.call.sid,
        "agent": agent.user.display_name,
    }


def sample_variables(queue: Queue, user: User) -> dict[str, str]:
    """Return what the gaps would be filled with in some call of a queue."""
    return {
        "number": "+14155550142",
        "name": _("Maren Oduya"),
        "company": _("Quillmarsh Press"),
        "queue": queue.name,
        "called": "+14155550100",
        "call": "CA0123",
        "agent": user.display_name,
    }


def _link(desk: QueueDesk | None, values: dict[str, str]) -> Link | None:
    if desk is None or not desk.link_url:
        return None
    return Link(desk.link_label, filled_link(desk.link_url, values))


def _open_calls(call: Call) -> list[Call]:
    if not call.from_number.startswith("+"):
        return []
    return _OPEN.all(call_id=call.pk, tenant_id=call.tenant_id, from_number=call.from_number)


def _way_here(offer: Offer, chosen: MenuChoice | None) -> list[str]:
    """Return the key and the queues that the call came by; nothing where it came straight."""
    queues: list[str] = []
    for stay in _STAYS.all(call_id=offer.call_id):
        name = stay.queue.name if stay.queue is not None else ""
        if name and queues[-1:] != [name]:
            queues.append(name)
    if len(queues) < 2:
        return []
    return [*([f"{chosen.key}: {chosen.label}"] if chosen is not None else []), *queues]
