"""During the conversation: hold, resume, mute, unmute, hang up.

*Asked* and *happened* are two facts. What an agent asks is noted and sent; it has happened when
the network says so, in a report or when asked. What the network does not confirm within
CONTROL_SECONDS is looked at, and what is still not so then has failed and says why.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.states import TALKING_STATES, CallState
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Command,
    Consult,
    Leg,
    Offer,
    OfferState,
    Timer,
    Transfer,
    TransferState,
    User,
)
from contact_center.services import facts, supervising, switching
from contact_center.services.commanding import command, teach
from contact_center.services.connecting import give_up, look_at_conference
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call, move_call, move_slot
from contact_center.telephony.port import Telephony

CONTROL_SECONDS = 4

Control = Literal["hold", "resume", "mute", "unmute"]

#: What is told that a caller is on hold now, or is not any more; and that it did not come about.
_HOLD_CHANGED: list[Callable[[Offer, bool], None]] = []
_HOLD_FAILED: list[Callable[[Offer, str], None]] = []


def when_hold_changed(tell: Callable[[Offer, bool], None]) -> Callable[[Offer, bool], None]:
    """Name what is told, under the lock of the call, whether its caller is on hold now."""
    _HOLD_CHANGED.append(tell)
    return tell


def when_hold_failed(tell: Callable[[Offer, str], None]) -> Callable[[Offer, str], None]:
    """Name what is told, under the lock of the call, why a hold or resume did not come about."""
    _HOLD_FAILED.append(tell)
    return tell


@transaction.atomic
def hold(*, offer: Offer, agent: Agent) -> None:
    """Ask that the customer hears music and nobody else. Raises NotAllowed outside a call."""
    call, offer = _conversation(offer, agent)
    require_nobody_consulted(call)
    if offer.hold_asked or offer.held_at is not None:
        return
    ask_to_hold(call, offer, agent)


@transaction.atomic
def resume(*, offer: Offer, agent: Agent) -> None:
    """Ask that the customer is back in the conversation, and whoever the agent talks with instead
    is on hold before that.

    Raises NotAllowed outside a call, and while another one is just coming to the front.
    """
    call, offer = _conversation(offer, agent)
    require_nobody_consulted(call)
    if offer.hold_asked or offer.held_at is None:
        return
    if any(switching.waits(other) for other in switching.others_of(offer)):
        raise NotAllowed(_("Another call is just being put through. Try again in a moment."))
    ask_to_resume(call, offer, agent)


@transaction.atomic
def mute(*, offer: Offer, agent: Agent) -> None:
    """Ask that nobody hears the agent. Raises NotAllowed outside a call."""
    _mute(offer, agent, muted=True)


@transaction.atomic
def unmute(*, offer: Offer, agent: Agent) -> None:
    """Ask that the agent is heard again. Raises NotAllowed outside a call."""
    _mute(offer, agent, muted=False)


@transaction.atomic
def hang_up(*, offer: Offer, agent: Agent, actor: User | None = None) -> None:
    """The agent ends the conversation; the customer hears the goodbye. A second press does nothing.

    ``actor`` is who asks when it is not the agent: a supervisor who signs the agent out. Before the
    customer is there it takes the acceptance back: the caller stays in line.
    """
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    if offer.state == OfferState.ACCEPTED:
        give_up(call, offer, reason="agent_cancelled", agents_fault=False)
        return
    if call.is_voicemail:
        raise NotAllowed(_("This is a voicemail: nobody is on the line."))
    if offer.state != OfferState.CONNECTED or offer.hang_up_asked_at is not None:
        return
    require_not_sent_on(call)
    Offer.objects.filter(pk=offer.pk).update(hang_up_asked_at=timezone.now(), control_problem={})
    record(ev.HangUpAsked(**facts.of_offer(offer, actor or agent.user)))
    command("end_conversation", offer=offer, conference_sid=offer.conference_sid)


def happened(offer: Offer, control: Control) -> None:
    """The network says that this is so now. Idempotent; must run under ``lock_call``."""
    offer = Offer.objects.get(pk=offer.pk)
    if offer.state != OfferState.CONNECTED:
        return
    if control in ("hold", "resume"):
        _hold_happened(offer, held=control == "hold")
    else:
        _mute_happened(offer, muted=control == "mute")


def _hold_happened(offer: Offer, *, held: bool) -> None:
    asked_and_done = offer.hold_asked == ("hold" if held else "resume")
    if (offer.held_at is not None) == held:
        if asked_and_done:
            _confirmed(offer, "hold")
        return
    call = Call.objects.get(pk=offer.call_id)
    event: ev.Event = (ev.CallHeld if held else ev.CallResumed)(**facts.of_offer(offer))
    move_call(call, event)
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    now = timezone.now()
    if held:
        Offer.objects.filter(pk=offer.pk).update(held_at=now)
    else:
        Offer.objects.filter(pk=offer.pk).update(held_at=None, held_for=facts.held_for(offer, now))
    _settled(offer, "hold")
    record(event)
    supervising.hold_changed(offer, held=held)
    (switching.gave_way if held else switching.is_in_front)(offer)
    for tell in _HOLD_CHANGED:
        tell(offer, held)


def _mute_happened(offer: Offer, *, muted: bool) -> None:
    if (offer.muted_at is not None) != muted:
        Offer.objects.filter(pk=offer.pk).update(muted_at=timezone.now() if muted else None)
        record((ev.AgentMuted if muted else ev.AgentUnmuted)(**facts.of_offer(offer)))
        _settled(offer, "mute")
    elif offer.mute_asked == ("mute" if muted else "unmute"):
        _confirmed(offer, "mute")


def _confirmed(offer: Offer, kind: Literal["hold", "mute"]) -> None:
    """It was so before it was asked for: nothing moves, but nobody waits for it any more."""
    asked = offer.hold_asked if kind == "hold" else offer.mute_asked
    _settled(offer, kind)
    record(ev.ControlConfirmed(**facts.of_offer(offer), asked=asked))


def _settled(offer: Offer, kind: Literal["hold", "mute"]) -> None:
    changes: dict[str, Any] = {f"{kind}_asked": "", f"{kind}_asked_at": None, "control_problem": {}}
    Offer.objects.filter(pk=offer.pk).update(**changes)


def _mute(offer: Offer, agent: Agent, *, muted: bool) -> None:
    _call, offer = _conversation(offer, agent)
    if offer.mute_asked or (offer.muted_at is not None) == muted:
        return
    leg = Leg.objects.filter(offer=offer, ended_at=None).first()
    if leg is None:
        raise NotAllowed(_("Your line is not in this call any more."))
    _ask(offer, "mute" if muted else "unmute")
    record(ev.MuteAsked(**facts.of_offer(offer, agent.user), muted=muted))
    command(
        "mute" if muted else "unmute",
        offer=offer,
        conference_sid=offer.conference_sid,
        call_sid=leg.sid,
    )


def ask_to_resume(call: Call, offer: Offer, agent: Agent) -> None:
    """Ask the network for it. Must run as ``switching.bring_to_front``, under ``lock_call``."""
    _ask(offer, "resume")
    record(ev.ResumeAsked(**facts.of_offer(offer, agent.user)))
    offer.refresh_from_db()
    if not switching.bring_to_front(offer):
        command("resume", offer=offer, conference_sid=offer.conference_sid, call_sid=call.sid)


def bring_back(call: Call, offer: Offer) -> None:
    """Resume a caller whose agent consults nobody any more. Must run under ``lock_call``."""
    is_held = offer.held_at is not None and not offer.hold_asked
    if offer.state == OfferState.CONNECTED and is_held and offer.hang_up_asked_at is None:
        ask_to_resume(call, offer, offer.agent)


def ask_to_hold(call: Call, offer: Offer, agent: Agent) -> None:
    """Ask the network for it. Must run under ``lock_call``."""
    _ask(offer, "hold")
    record(ev.HoldAsked(**facts.of_offer(offer, agent.user)))
    command(
        "hold",
        offer=offer,
        conference_sid=offer.conference_sid,
        call_sid=call.sid,
        music_url=addresses.hold(offer.pk),
    )


def _ask(offer: Offer, control: Control) -> None:
    field = "hold" if control in ("hold", "resume") else "mute"
    changes: dict[str, Any] = {
        f"{field}_asked": control,
        f"{field}_asked_at": timezone.now(),
        "control_problem": {},
    }
    Offer.objects.filter(pk=offer.pk).update(**changes)
    set_timer("control", after_seconds=CONTROL_SECONDS, tenant_id=offer.tenant_id, offer=offer)


def _conversation(offer: Offer, agent: Agent) -> tuple[Call, Offer]:
    call, offer = conversation(offer, agent)
    require_not_sent_on(call)
    return call, offer


def require_nobody_consulted(call: Call) -> None:
    """Raise NotAllowed while somebody is consulted about ``call``."""
    if Consult.objects.filter(call=call, ended_at=None).exists():
        raise NotAllowed(_("You are consulting somebody. Complete or cancel that first."))


def require_not_sent_on(call: Call) -> None:
    """Raise NotAllowed while the caller is asked to go elsewhere."""
    if Transfer.objects.filter(call=call, state=TransferState.ASKED).exists():
        raise NotAllowed(_("The caller is just being sent on. Try again in a moment."))


def conversation(offer: Offer, agent: Agent) -> tuple[Call, Offer]:
    """Return the call, locked, and the offer as it is now, in which ``agent`` talks.

    Raises NotAllowed when there is no such conversation, or it is somebody else's.
    """
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    talking = CallState(call.state) in TALKING_STATES and offer.state == OfferState.CONNECTED
    talking = talking and not call.is_voicemail
    if not talking or offer.hang_up_asked_at is not None:
        raise NotAllowed(_("There is no conversation any more."))
    return call, offer


# --- several conversations of one agent --------------------------------------------------------


@on_time("make_way")
def _make_way(timer: Timer) -> None:
    """Another conversation of the agent is to be in front: hold this one."""
    if timer.offer is None:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.select_related("agent__user").get(pk=timer.offer.pk)
    if not switching.is_heard(offer):
        switching.gave_way(offer)  # before whoever waits could see it
        return
    # Who just resumes is held when that is done; who hangs up is out of the way soon.
    is_moving = offer.hold_asked or offer.hang_up_asked_at is not None
    if not is_moving and switching.is_to_make_way(offer):
        ask_to_hold(call, offer, offer.agent)


@on_time("not_held")
def _the_other_was_not_held(timer: Timer) -> None:
    """The conversation in front could not be put on hold: this one does not come about."""
    if timer.offer is None:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.select_related("agent").get(pk=timer.offer.pk)
    if not switching.waits(offer) or not switching.in_the_way_of(offer):
        return
    if offer.state == OfferState.ACCEPTED:
        give_up(call, offer, reason="other_call_not_held", agents_fault=False)
    else:
        control_failed(offer, "resume", _("The other call could not be put on hold."))


# --- when the network does not do it ---------------------------------------------------------


@on_time("control")
def _was_it_done(timer: Timer) -> None:
    """Look at the conference once; if it is still not so a moment later, it has failed."""
    if timer.offer is None:
        return
    offer = Offer.objects.get(pk=timer.offer.pk)
    if offer.state == OfferState.CONNECTED and (offer.hold_asked or offer.mute_asked):
        look_at_conference(offer)
        set_timer("control_failed", after_seconds=1, tenant_id=offer.tenant_id, offer=offer)


@on_time("control_failed")
def _it_was_not_done(timer: Timer) -> None:
    if timer.offer is None:
        return
    lock_call(timer.offer.call_id)
    offer = Offer.objects.get(pk=timer.offer.pk)
    # What was asked since has a timer of its own.
    latest = timezone.now() - timedelta(seconds=CONTROL_SECONDS)
    for asked, asked_at in (
        (offer.hold_asked, offer.hold_asked_at),
        (offer.mute_asked, offer.mute_asked_at),
    ):
        if asked and asked_at is not None and asked_at <= latest:
            control_failed(offer, asked, _("The phone network has not confirmed it."))


def control_failed(offer: Offer, asked: str, reason: str) -> None:
    """Note that what was asked did not happen, for the agent to read."""
    field = "hold" if asked in ("hold", "resume") else "mute"
    waiting = {f"{field}_asked": asked}
    asked_no_more: dict[str, Any] = {f"{field}_asked": "", f"{field}_asked_at": None}
    if Offer.objects.filter(pk=offer.pk, **waiting).update(**asked_no_more):
        note_problem(offer, asked, reason)
        if asked == "hold":
            switching.stays_in_front(offer)
        elif asked == "resume":
            switching.gave_way(offer)
        if field == "hold":
            for tell in _HOLD_FAILED:
                tell(offer, reason)


def note_problem(offer: Offer, asked: str, reason: str) -> None:
    """Say on the agent's card that something asked in a conversation did not happen, and why."""
    problem = {"asked": asked, "reason": reason[:500]}
    Offer.objects.filter(pk=offer.pk).update(control_problem=problem)
    record(ev.ControlFailed(**facts.of_offer(offer), **problem))


def _refused(asked: Command, answer: str) -> None:
    if asked.offer is not None:
        lock_call(asked.offer.call_id)
        control_failed(asked.offer, asked.kind, answer)


def _hang_up_refused(asked: Command, answer: str) -> None:
    """The conference could not be ended: end the customer's leg instead."""
    if asked.offer is None or asked.call is None:
        return
    note_problem(asked.offer, "hang_up", answer)
    command("end_call", offer=asked.offer, call_sid=asked.call.sid)


def hold_line(net: Telephony, asked: Command) -> None:
    """Let one line of a conference hear music, and be heard by nobody."""
    net.hold(
        conference_sid=asked.params["conference_sid"],
        call_sid=asked.params["call_sid"],
        music_url=asked.params["music_url"],
        music_method="POST",
    )


def resume_line(net: Telephony, asked: Command) -> None:
    """Let a line that was held hear and be heard again."""
    net.resume(conference_sid=asked.params["conference_sid"], call_sid=asked.params["call_sid"])


teach(
    "hold",
    hold_line,
    refused=_refused,
)
teach(
    "resume",
    resume_line,
    refused=_refused,
)
for _kind in ("mute", "unmute"):
    teach(
        _kind,
        lambda net, c: net.set_muted(
            conference_sid=c.params["conference_sid"],
            call_sid=c.params["call_sid"],
            muted=c.kind == "mute",
        ),
        refused=_refused,
    )
teach(
    "end_conversation",
    lambda net, c: net.end_conference(conference_sid=c.params["conference_sid"]),
    refused=_hang_up_refused,
)
