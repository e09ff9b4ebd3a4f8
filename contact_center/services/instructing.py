"""What a call is told to do, given the state it is in now.

A request that is stale (an old turn, a late redirect) is not an error: the caller is listening,
and gets instructions that fit.
"""

from dataclasses import replace

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import menus as rules
from contact_center.domain.overflow import Reason
from contact_center.domain.sentences import language_offer
from contact_center.domain.states import CallState
from contact_center.domain.voicemails import LEFT, NOTHING_SAID
from contact_center.models import Call, Offer
from contact_center.selectors import routes
from contact_center.services import (
    connecting,
    consulting_outside,
    ending,
    meeting,
    queueing,
    saying,
    sending_outside,
    taking_messages,
    transferring,
)
from contact_center.telephony.instructions import Gather, Hangup, Instruction

#: Who left the line for one of these has somewhere to go.
WENT_ON = (Reason.WAITED_TOO_LONG, Reason.LEFT_BY_KEY)


def current_instructions(call: Call) -> list[Instruction]:
    """Return what ``call`` is told when it asks out of turn. Must run under ``lock_call``."""
    state = CallState(call.state)
    if state is CallState.IN_MENU and call.menu_version_id is not None:
        if not call.language and routes.menu_of(call.menu_version_id).asks_language:
            return [language_prompt(call)]
        first = rules.enter(routes.menu_of(call.menu_version_id).flow)
        # The rounds he has had stay counted.
        return ask_menu(call, replace(first, misses=call.misses))
    if state is CallState.IN_ROOM:
        return meeting.stay_in_room(call)
    if state in (CallState.QUEUED, CallState.OFFERED):
        return queueing.stay_in_line(call)
    if state is CallState.CONNECTING:
        offer = ending.live_offer(call)
        return connecting.connect_customer(call, offer) if offer else queueing.stay_in_line(call)
    if state in (CallState.CONNECTED, CallState.ON_HOLD):
        offer = ending.live_offer(call)
        if offer is not None:
            return [connecting.customer_joins(offer)]
    if state is CallState.RETURNING:
        last = Offer.objects.filter(call=call).order_by("-pk").first()
        if last is not None:
            return ending.come_back_to_line(call, last)
    if state is CallState.TRANSFERRING:
        return transferring.go_on(call)
    if state is CallState.OUTSIDE:
        return (
            transferring.ask_again(call)
            or consulting_outside.after_it(call)
            or sending_outside.ask_again(call)
        )
    if state is CallState.SPEAKING:
        return taking_messages.prompt(call)
    if state is CallState.LEAVING and call.end_reason in WENT_ON:
        return queueing.go_on(call)
    if state is CallState.LEAVING and call.end_reason in (LEFT, NOTHING_SAID):
        return taking_messages.goodbye(call)
    if state is CallState.LEAVING:
        return ending.goodbye(call)
    return [Hangup()]


def ask_menu(call: Call, step: rules.MenuStep) -> list[Instruction]:
    """Return the prompts of ``step`` with a fresh turn to answer them to."""
    call.turn += 1
    Call.objects.filter(pk=call.pk).update(turn=call.turn, misses=step.misses)
    return [menu_prompt(call, step)]


def language_prompt(call: Call) -> Gather:
    """Return the choice of a language: those of IVR.SUPPORTED_LANGUAGES, in their order.

    Each is offered in itself.
    """
    supported = current().ivr.supported_languages
    return Gather(
        action=addresses.menu(call.turn),
        prompts=tuple(
            saying.say(language_offer(code, label, str(number)), code)
            for number, (code, label) in enumerate(supported, start=1)
        ),
        num_digits=1,
        timeout_seconds=current().ivr.digit_timeout,
    )


def menu_prompt(call: Call, step: rules.MenuStep) -> Gather:
    """Return the prompts of ``step``, answered to the call's present turn."""
    assert call.menu_version_id is not None
    language = call.language or routes.menu_of(call.menu_version_id).flow.language
    return Gather(
        action=addresses.menu(call.turn),
        prompts=tuple(saying.say(text, language) for text in step.say),
        num_digits=1,
        timeout_seconds=routes.menu_of(call.menu_version_id).timeout_seconds,
    )
