"""Queues: made, changed, given agents and removed by admins.

What is written here holds for the next call and for who waits already: the dispatcher reads a queue
each time it looks at its line. A call that rings or is talked goes on as it began.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.states import CallState
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    Call,
    Consult,
    DispatchLock,
    MenuChoice,
    MenuVersion,
    Offer,
    Queue,
    QueueMember,
    Segment,
    User,
    Wallboard,
)
from contact_center.services import storing
from contact_center.services.wrapping_up import DEFAULT_SECONDS
from contact_center.wakeups import wake_clock

#: More than any center has; the floor and every list of queues stay readable.
MOST_QUEUES = 500


def inherited() -> dict[str, object]:
    """Return what each field of a queue means today that is left empty, by its name."""
    configuration = current()
    return {
        "priority": configuration.queue.default_priority,
        "strategy": configuration.queue.default_routing_strategy,
        "ring_seconds": configuration.call.default_timeout,
        "wrap_up_seconds": DEFAULT_SECONDS,
        "service_level_seconds": configuration.queue.default_service_level_threshold,
        "capacity": configuration.queue.default_max_size,
        "max_wait_seconds": configuration.queue.default_max_wait_time,
        "overflow_percent": configuration.queue.overflow_threshold,
    }


@transaction.atomic
def make_queue(*, values: Mapping[str, Any], actor: User) -> Queue:
    """Make a queue; ``values`` by field. Raises NotAllowed when the name is taken, or too many."""
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can make queues."))
    if Queue.objects.filter(tenant=actor.tenant).count() >= MOST_QUEUES:
        raise NotAllowed(
            _("There are %(most)s queues already. Remove one first.") % {"most": MOST_QUEUES}
        )
    made = Queue(tenant=actor.tenant)
    _write(made, values)
    record(ev.QueueMade(tenant_id=made.tenant_id, actor_id=actor.pk, queue_id=made.pk))
    return made


@transaction.atomic
def change_queue(*, queue_id: int, values: Mapping[str, Any], actor: User) -> None:
    """Change the fields named in ``values``. Raises NotAllowed when it is gone, or its name taken.

    Saving what is so already changes nothing, and is no event.
    """
    queue = queue_of(actor, queue_id)
    before = _told(queue, values)
    _write(queue, values)
    after = _told(queue, values)
    changes = {name: (before[name], after[name]) for name in values if before[name] != after[name]}
    if not changes:
        return
    record(
        ev.QueueChanged(
            tenant_id=queue.tenant_id, actor_id=actor.pk, queue_id=queue.pk, changes=changes
        )
    )
    # Another order of service may have somebody rung at once.
    wake_clock()


@transaction.atomic
def add_members(*, queue_id: int, agent_ids: Collection[int], actor: User) -> int:
    """Let these agents serve a queue; return how many did not before.

    An agent of another organisation is as good as none. Raises NotAllowed when the queue is gone.
    """
    queue = queue_of(actor, queue_id)
    agents = Agent.objects.filter(tenant_id=queue.tenant_id, pk__in=agent_ids, user__is_active=True)
    new = agents.exclude(memberships__queue=queue).order_by("pk").values_list("pk", flat=True)
    added = list(new)
    QueueMember.objects.bulk_create(
        (QueueMember(queue=queue, agent_id=pk) for pk in added), ignore_conflicts=True
    )
    _record_members(queue, actor, added=added)
    return len(added)


@transaction.atomic
def remove_members(*, queue_id: int, agent_ids: Collection[int], actor: User) -> int:
    """Let these agents serve a queue no more; return how many did.

    A call that rings at their desk or is talked there goes on. Raises NotAllowed when the queue is
    gone.
    """
    _keep_the_dispatcher_out(actor)
    queue = queue_of(actor, queue_id)
    members = queue.members.filter(agent_id__in=agent_ids)
    removed = sorted(members.values_list("agent_id", flat=True))
    members.delete()
    _record_members(queue, actor, removed=removed)
    return len(removed)


def remove_queue(*, queue_id: int, actor: User) -> None:
    """Remove a queue. Raises NotAllowed when it is gone, or with the reason why it must stay."""
    try:
        with transaction.atomic():
            _keep_the_dispatcher_out(actor)
            queue = queue_of(actor, queue_id)
            reason = why_it_stays(queue)
            if reason:
                raise NotAllowed(reason)
            record(
                ev.QueueRemoved(
                    tenant_id=queue.tenant_id,
                    actor_id=actor.pk,
                    queue_id=queue.pk,
                    label=queue.name,
                )
            )
            queue.delete()
            storing.forget_file(queue.music.name)
    except IntegrityError:
        # At the very last moment a call came in; the database has kept both.
        raise NotAllowed(_("A call has just come into this queue. Load the page again."))


def why_it_stays(queue: Queue) -> str:
    """Return why a queue cannot be removed, with what to do instead; empty when it can.

    Nothing that was counted is ever lost: a queue in which calls have been stays.
    """
    here = Call.objects.filter(queue=queue).exclude(state=CallState.ENDED.value).count()
    if here:
        return ngettext(
            "A call is in this queue now. Lead no number and no menu here, and let it be answered.",
            "%(count)s calls are in this queue now. Lead no number and no menu here, and let them "
            "be answered.",
            here,
        ) % {"count": here}
    numbers = list(queue.numbers.order_by("e164").values_list("e164", flat=True))
    if numbers:
        return ngettext(
            "%(numbers)s leads here. Lead it elsewhere first.",
            "%(numbers)s lead here. Lead them elsewhere first.",
            len(numbers),
        ) % {"numbers": ", ".join(numbers)}
    menus = ", ".join(_menus_with(queue))
    if menus:
        return _(
            "The menu %(menus)s leads here, or an earlier version of it does. Lead its keys "
            "elsewhere and take away who serves this queue: it gets no calls then."
        ) % {"menus": menus}
    if queue.name == current().queue.default_name:
        return _(
            "Calls that no number and no menu sends elsewhere come here: it is DEFAULT_NAME of the "
            "settings. The next such call would make it again."
        )
    boards = ", ".join(
        Wallboard.objects.filter(queues=queue).order_by("name").values_list("name", flat=True)
    )
    if boards:
        return _("The wallboard %(boards)s shows it. Take it off there first.") % {"boards": boards}
    if _has_a_history(queue):
        return _(
            "Calls have been in this queue, and their figures stay. Leave it as it is: nothing "
            "leads here, and once nobody serves it, it is only a name."
        )
    if Consult.objects.filter(queue=queue).exists():
        return _(
            "Agents have consulted this queue, and that stays with their calls. Leave it as it is: "
            "once nobody serves it, it is only a name."
        )
    return ""


# --- inside --------------------------------------------------------------------------------------


def _write(queue: Queue, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        theirs = getattr(value, "tenant_id", queue.tenant_id) if isinstance(value, Model) else None
        if theirs not in (None, queue.tenant_id):
            raise NotAllowed(_("This belongs to another organisation."))
        setattr(queue, name, value)
    try:
        with transaction.atomic():
            queue.save()
    except IntegrityError:
        raise NotAllowed(_("Another queue has this name already. Choose a different one."))


def _told(queue: Queue, names: Collection[str]) -> dict[str, Any]:
    """Return fields as an event tells them: of a reference its id."""
    fields = {field.name: field for field in Queue._meta.fields}
    return {name: fields[name].value_from_object(queue) for name in names}


def _record_members(
    queue: Queue, actor: User, *, added: Collection[int] = (), removed: Collection[int] = ()
) -> None:
    if not added and not removed:
        return
    record(
        ev.QueueMembersChanged(
            tenant_id=queue.tenant_id,
            actor_id=actor.pk,
            queue_id=queue.pk,
            added=list(added),
            removed=list(removed),
        )
    )
    # Whoever waits may be rung for by somebody new at once.
    wake_clock()


def _menus_with(queue: Queue) -> list[str]:
    versions = MenuVersion.objects.filter(
        pk__in=MenuChoice.objects.filter(queue=queue).values("version")
    ) | MenuVersion.objects.filter(fallback_queue=queue)
    return sorted(set(versions.order_by().values_list("menu__name", flat=True)))


def _has_a_history(queue: Queue) -> bool:
    return (
        Segment.objects.filter(queue=queue).exists()
        or Offer.objects.filter(queue=queue).exists()
        or Call.objects.filter(queue=queue).exists()
    )


def _keep_the_dispatcher_out(actor: User) -> None:
    """Take the organisation's dispatch row: a dispatch writes to members in an order of its own.

    First of all, like the dispatcher (docs/concurrency.md); whoever has none dispatches nothing.
    """
    list(DispatchLock.objects.select_for_update().filter(tenant=actor.tenant))


def queue_of(actor: User, queue_id: int) -> Queue:
    """Return the queue, locked. Another organisation's is as good as none."""
    queue = (
        Queue.objects.select_for_update(no_key=True)
        .filter(pk=queue_id, tenant=actor.tenant)
        .first()
    )
    if queue is None or actor.tenant is None:
        raise NotAllowed(_("This queue is not there any more. Load the page again."))
    return queue
