"""A call comes in and finds its way through the menu."""

from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain import menus as rules
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.models import (
    Call,
    EndedBy,
    MenuVersion,
    PhoneNumber,
    Queue,
    Segment,
    SegmentKind,
    Tenant,
)
from contact_center.services import facts, queueing, saying
from contact_center.services.instructing import (
    ask_menu,
    current_instructions,
    menu_flow,
    menu_prompt,
)
from contact_center.services.transitions import begin_call
from contact_center.telephony.instructions import Hangup, Instruction


def receive_call(
    *, sid: str, account_sid: str, from_number: str, to_number: str
) -> list[Instruction]:
    """Return what a caller hears first. The same call asking again gets what fits its state.

    A number nobody has set up leads to the default queue; without any organisation the caller is
    told that the number is not in use.
    """
    now = timezone.now()
    number = PhoneNumber.objects.select_related("queue", "menu").filter(e164=to_number).first()
    tenant_id = number.tenant_id if number else _only_tenant()
    if tenant_id is None:
        return [saying.say(saying.NUMBER_NOT_IN_USE), Hangup()]
    known = Call.objects.select_for_update().filter(sid=sid).first()
    if known is not None:
        return current_instructions(known)
    call = Call(
        tenant_id=tenant_id,
        sid=sid,
        account_sid=account_sid,
        from_number=_clean(from_number),
        to_number=_clean(to_number),
        number=number,
        arrived_at=now,
        heard_at=now,
    )
    version = _published(number) if number and number.menu_id else None
    if version is not None:
        return _enter_menu(call, version)
    queue = number.queue if number and number.queue else queueing.default_queue(tenant_id)
    call.save()
    record(ev.CallArrived(**facts.of_call(call), number_id=call.number_id))
    return queueing.enqueue(call, queue, reason="number")


def guide_caller(call: Call, *, turn: int, key: str) -> list[Instruction]:
    """Return what follows the key ("" for none) pressed in round ``turn`` of the menu.

    Must run under ``lock_call``. A turn that is not the present one gets what fits now.
    """
    version = call.menu_version
    if CallState(call.state) is not CallState.IN_MENU or turn != call.turn or version is None:
        return current_instructions(call)
    step = rules.step(menu_flow(version), key=key, misses=call.misses)
    if key:
        record(
            ev.MenuKeyPressed(
                **facts.of_call(call), key=key[:1], understood=step.option is not None
            )
        )
    else:
        record(ev.MenuTimedOut(**facts.of_call(call)))
    sentences: list[Instruction] = [saying.say(text) for text in step.say]
    if step.asks:
        return ask_menu(call, step)
    if step.queue_id is not None:
        if step.option is not None:
            Call.objects.filter(pk=call.pk).update(menu_key=step.option.key)
        queue = Queue.objects.get(pk=step.queue_id)
        return [*sentences, *queueing.enqueue(call, queue, reason="menu")]
    # The network reports the end of the leg; until then the call hears its goodbye.
    Call.objects.filter(pk=call.pk).update(
        ended_by=EndedBy.SYSTEM, end_reason="no_choice_in_menu", misses=step.misses
    )
    return [*sentences, Hangup()]


def _enter_menu(call: Call, version: MenuVersion) -> list[Instruction]:
    """Begin the call in its menu: one row each for the call, its stay and the two facts."""
    call.menu_version = version
    call.turn = 1
    begin_call(call, ev.MenuEntered)
    Segment.objects.create(call=call, kind=SegmentKind.MENU, started_at=call.arrived_at)
    concerned = facts.of_call(call)
    record(
        ev.CallArrived(**concerned, number_id=call.number_id),
        ev.MenuEntered(**concerned, menu_version_id=version.pk),
    )
    return [menu_prompt(call, rules.enter(menu_flow(version)))]


def _published(number: PhoneNumber) -> MenuVersion | None:
    versions = MenuVersion.objects.filter(menu=number.menu, published_at__isnull=False)
    return versions.prefetch_related("choices").order_by("-number").first()


def _only_tenant() -> int | None:
    return Tenant.objects.order_by("pk").values_list("pk", flat=True).first()


def _clean(number: str) -> str:
    """Return what a carrier sent as a number, cut to what we store; it may be any text."""
    return number.replace("\x00", "")[:64]
