"""A call comes in and finds its way through the menu."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain import menus as rules
from contact_center.domain.calendars import OpenState
from contact_center.domain.sentences import Sentence
from contact_center.domain.skills import Asker, Levels, asked_too
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.models import Call, EndedBy, Segment, SegmentKind
from contact_center.models.prepared import insert, insert_all
from contact_center.selectors import hours, routes
from contact_center.selectors.blocking import blocked_number
from contact_center.services import (
    blocking,
    calling_back,
    closing,
    facts,
    meeting,
    queueing,
    saying,
)
from contact_center.services.instructing import (
    ask_menu,
    current_instructions,
    language_prompt,
    menu_prompt,
)
from contact_center.services.transitions import begin_call
from contact_center.telephony.instructions import Hangup, Instruction


def receive_call(
    *, sid: str, account_sid: str, from_number: str, to_number: str
) -> list[Instruction]:
    """Return what a caller hears first.

    A number nobody has set up leads to the default queue; without any organisation the caller is
    told that the number is not in use. Raises IntegrityError when the call is here already.
    """
    route = routes.route_of(to_number)
    if route is None:
        return [saying.tell(Sentence.NOT_IN_USE), Hangup()]
    now = timezone.now()
    call = Call(
        tenant_id=route.tenant_id,
        sid=sid,
        account_sid=account_sid,
        from_number=_clean(from_number),
        to_number=_clean(to_number),
        number_id=route.number_id,
        arrived_at=now,
        heard_at=now,
    )
    if route.blocks_callers:
        blocked = blocked_number(route.tenant_id, call.from_number, now)
        if blocked is not None:
            return blocking.refuse(call, blocked.pk)
    if route.is_room:
        return meeting.enter_room(call)
    asked = {
        Asker.NUMBER: route.needs,
        Asker.CALLER: routes.needs_of_caller(route, call.from_number),
    }
    for asker, needs in asked.items():
        call.needs = asked_too(call.needs, asker, needs)
    if route.menu_version_id is not None:
        menu = routes.menu_of(route.menu_version_id)
        closed = None if menu.asks_language else _closed_behind(call, menu)
        if closed is None:
            return _enter_menu(call, route.menu_version_id, asked)
        insert(call)
        return closing.turn_away(call, closed, queue_id=None, before=_arrived(call, asked))
    insert(call)
    record(*_arrived(call, asked))
    queue_id = route.queue_id or queueing.default_queue(route.tenant_id).pk
    return _into_queue(call, queue_id, reason="number")


def guide_caller(call: Call, *, turn: int, key: str) -> list[Instruction]:
    """Return what follows the key ("" for none) pressed in round ``turn`` of the menu.

    Must run under ``lock_call``. A turn that is not the present one gets what fits now.
    """
    version_id = call.menu_version_id
    if CallState(call.state) is not CallState.IN_MENU or turn != call.turn or version_id is None:
        return current_instructions(call)
    menu = routes.menu_of(version_id)
    if menu.asks_language and not call.language:
        return _choose_language(call, menu, key)
    step = rules.step(menu.flow, key=key, misses=call.misses)
    pressed: ev.Event = ev.MenuTimedOut(**facts.of_call(call))
    if key:
        pressed = ev.MenuKeyPressed(
            **facts.of_call(call), key=key[:1], understood=step.option is not None
        )
    sentences: list[Instruction] = [
        saying.say(text, call.language or menu.flow.language) for text in step.say
    ]
    if step.queue_id is not None:
        chosen = step.option.key if step.option is not None else ""
        before: tuple[ev.Event, ...] = (pressed,)
        changes: dict[str, Any] = {"menu_key": chosen}
        if step.option is not None and step.option.needs:
            needs = step.option.needs
            before += _asks(call, {Asker.BRANCH: needs})
            changes["needs"] = asked_too(call.needs, Asker.BRANCH, needs)
        return [
            *sentences,
            *_into_queue(call, step.queue_id, reason="menu", before=before, **changes),
        ]
    record(pressed)
    if step.asks:
        return ask_menu(call, step)
    # The network reports the end of the leg; until then the call hears its goodbye.
    Call.objects.filter(pk=call.pk).update(
        ended_by=EndedBy.SYSTEM, end_reason="no_choice_in_menu", misses=step.misses
    )
    return [*sentences, Hangup()]


def _arrived(call: Call, asked: Mapping[Asker, Levels]) -> tuple[ev.Event, ...]:
    """Return that a call came in, and what was asked for at once."""
    arrived = ev.CallArrived(**facts.of_call(call), number_id=call.number_id)
    return (arrived, *_asks(call, asked))


def _asks(call: Call, asked: Mapping[Asker, Levels]) -> tuple[ev.Event, ...]:
    return tuple(
        ev.SkillsAsked(**facts.of_call(call), by=asker.value, needs=sorted(needs.items()))
        for asker, needs in asked.items()
        if needs
    )


def _into_queue(call: Call, queue_id: int, **said: Any) -> list[Instruction]:
    """Put a caller in line, in the place of his callback where he has one there."""
    told = queueing.enqueue(call, queue_id, **said)
    calling_back.take_the_place_of_callback(call)
    return told


def _enter_menu(call: Call, version_id: int, asked: Mapping[Asker, Levels]) -> list[Instruction]:
    """Begin the call in its menu: one row each for the call, its stay and the two facts."""
    call.menu_version_id = version_id
    call.turn = 1
    begin_call(call, ev.MenuEntered)
    insert_all([Segment(call=call, kind=SegmentKind.MENU, started_at=call.arrived_at)])
    entered = ev.MenuEntered(**facts.of_call(call), menu_version_id=version_id)
    record(*_arrived(call, asked), entered)
    menu = routes.menu_of(version_id)
    if menu.asks_language:
        return [language_prompt(call)]
    return [menu_prompt(call, rules.enter(menu.flow))]


def _choose_language(call: Call, menu: routes.KnownMenu, key: str) -> list[Instruction]:
    """The caller pressed the number of a language; it stays for the rest of the call.

    After as many rounds as the menu has without a choice, the menu's own language it is.
    """
    supported = current().ivr.supported_languages
    chosen = supported[int(key) - 1][0] if key in map(str, range(1, len(supported) + 1)) else ""
    if not chosen and call.misses + 1 < menu.flow.rounds:
        call.turn += 1
        Call.objects.filter(pk=call.pk).update(turn=call.turn, misses=call.misses + 1)
        return [language_prompt(call)]
    call.language = chosen or menu.flow.language
    call.menu_version_id = menu.in_language.get(call.language, call.menu_version_id)
    call.misses = 0
    Call.objects.filter(pk=call.pk).update(
        language=call.language, menu_version_id=call.menu_version_id, misses=0
    )
    chose = ev.LanguageChosen(**facts.of_call(call), language=call.language)
    assert call.menu_version_id is not None
    chosen_menu = routes.menu_of(call.menu_version_id)
    # Asked only now, so that the caller is told in the language that was chosen.
    closed = _closed_behind(call, chosen_menu)
    if closed is not None:
        return closing.turn_away(call, closed, queue_id=None, before=(chose,))
    record(chose)
    return ask_menu(call, rules.enter(chosen_menu.flow))


def _closed_behind(call: Call, menu: routes.KnownMenu) -> OpenState | None:
    """Return why nobody answers wherever the menu leads; None while somebody does.

    Nobody is led through a menu to hear at its end that all of it is closed.
    """
    flow = menu.flow
    leads_to = [option.queue_id for option in flow.options]
    if flow.fallback_queue_id is not None:
        leads_to.append(flow.fallback_queue_id)
    return hours.hours_of_menu(call.tenant_id, leads_to, timezone.now())


def _clean(number: str) -> str:
    """Return what a carrier sent as a number, cut to what we store; it may be any text."""
    return number.replace("\x00", "")[:64]
