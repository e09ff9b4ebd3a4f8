"""What agents choose: on duty, on a break, off; and which tab is their phone."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed, PhoneElsewhere
from contact_center.event_stream import record
from contact_center.models import Agent, AgentSlot, PhoneLease, Timer, User
from contact_center.models.prepared import update
from contact_center.selectors.breaks import what_follows
from contact_center.services import facts, reserving, shifts
from contact_center.services.making_room import make_room
from contact_center.services.timing import on_time
from contact_center.services.transitions import hold_dispatch, move_slot
from contact_center.wakeups import wake_clock

#: A phone that was not heard of for so long gets no offers.
SILENT_AFTER_SECONDS = 15
#: … and after so long its agent is taken off duty.
OFF_DUTY_AFTER_SECONDS = 300
#: After our own restart the desks have this long to find their way back.
GRACE_SECONDS = 30

#: Activities during which an agent has a call or is about to.
ENGAGED = frozenset({Activity.RINGING, Activity.CONNECTING, Activity.ON_CALL, Activity.ON_HOLD})


# --- the phone tab -----------------------------------------------------------------------------


@transaction.atomic
def claim_phone(*, agent: Agent) -> PhoneLease:
    """Make the asking tab the agent's phone, whichever tab was before; return the new lease.

    Raises NotAllowed while a living tab has a call: its audio cannot be carried over.
    """
    now = timezone.now()
    lease = PhoneLease.objects.select_for_update(no_key=True).filter(agent=agent).first()
    if lease is not None and lease.silent_since is None and is_engaged(agent):
        raise NotAllowed(
            _("Your phone is in another tab and has a call. Go on there, or end the call first.")
        )
    lease, _made = PhoneLease.objects.update_or_create(
        agent=agent,
        defaults={
            "key": secrets.token_hex(16),
            "claimed_at": now,
            "heard_at": now,
            "silent_since": None,
            "ring_heard_at": None,
            "microphone_ok": False,
        },
    )
    if agent.presence == Presence.AVAILABLE:
        # The new tab has not shown yet that its ring can be heard.
        write_presence(agent, Presence.OFFLINE, "", now)
    record(ev.PhoneClaimed(**facts.of_agent(agent)))
    return lease


@transaction.atomic
def report_phone(
    *, agent: Agent, lease_key: str, ring_heard: bool | None, microphone_ok: bool | None
) -> PhoneLease:
    """Note what the phone tab found out about its sound; None leaves a value as it was.

    Raises PhoneElsewhere when another tab is the phone.
    """
    lease = held_phone(agent, lease_key)
    if ring_heard is not None:
        lease.ring_heard_at = timezone.now() if ring_heard else None
    if microphone_ok is not None:
        lease.microphone_ok = microphone_ok
    lease.save(update_fields=["ring_heard_at", "microphone_ok"])
    return lease


@transaction.atomic
def beat(*, agent: Agent, lease_key: str) -> bool:
    """The phone tab is alive; return False when another tab is the phone."""
    now = timezone.now()
    mine = {"agent_id": agent.pk, "key": lease_key, "silent_since": None}
    if update(PhoneLease, mine, heard_at=now):
        return True
    back = PhoneLease.objects.filter(agent=agent, key=lease_key).update(
        heard_at=now, silent_since=None
    )
    if not back:
        return False
    record(ev.PhoneHeard(**facts.of_agent(agent)))
    wake_clock()
    return True


def held_phone(agent: Agent, lease_key: str) -> PhoneLease:
    """Return the agent's lease when ``lease_key`` names it. Raises PhoneElsewhere otherwise."""
    lease = PhoneLease.objects.filter(agent=agent, key=lease_key).first()
    if lease is None:
        raise PhoneElsewhere(_("Your phone is in another tab. Take it over to go on here."))
    return lease


@transaction.atomic
def notice_silent_phones(now: datetime) -> int:
    """Mark phones that went silent, take long silent agents off duty; return how many changed."""
    changed = 0
    silent = PhoneLease.objects.filter(
        silent_since=None, heard_at__lt=now - timedelta(seconds=SILENT_AFTER_SECONDS)
    )
    # In one order, for another clock may do the same.
    for lease in (
        silent.exclude(agent__presence=Presence.OFFLINE).select_related("agent").order_by("pk")
    ):
        if PhoneLease.objects.filter(pk=lease.pk, heard_at=lease.heard_at).update(silent_since=now):
            record(ev.PhoneSilent(**facts.of_agent(lease.agent)))
            changed += 1
    gone = PhoneLease.objects.filter(
        silent_since__isnull=False,
        heard_at__lt=now - timedelta(seconds=OFF_DUTY_AFTER_SECONDS),
    )
    for lease in (
        gone.exclude(agent__presence=Presence.OFFLINE).select_related("agent").order_by("pk")
    ):
        if not is_engaged(lease.agent):
            write_presence(lease.agent, Presence.OFFLINE, "", now)
            changed += 1
    return changed


def grant_grace() -> None:
    """Called when a clock starts: our own restart must not make anybody look gone.

    Nobody could be heard while we were away, so every desk on duty has GRACE_SECONDS to find its
    way back before it counts as silent.
    """
    leases = PhoneLease.objects.filter(silent_since=None)
    leases.exclude(agent__presence=Presence.OFFLINE).update(
        heard_at=timezone.now() + timedelta(seconds=GRACE_SECONDS - SILENT_AFTER_SECONDS)
    )


# --- what an agent chooses ---------------------------------------------------------------------


@transaction.atomic
def begin_work(*, agent: Agent) -> None:
    """A new agent is what the settings say (AGENT.DEFAULT_STATUS).

    On a break it is the first of AGENT.BREAK_TYPES. Who is available from the first moment gets no
    call before a tab is their phone, and that tab's first word is that its ring has to be heard.
    """
    agent = locked(agent)
    match current().agent.default_status:
        case "available":
            write_presence(agent, Presence.AVAILABLE, "", timezone.now())
        case "on_break":
            write_presence(agent, Presence.BREAK, next(iter(break_reasons())), timezone.now())


@transaction.atomic
def go_on_duty(*, agent: Agent, lease_key: str) -> None:
    """Become available. Raises NotAllowed until this tab's ring and microphone were shown to work.

    A shift that begins clears a "not responding" left over from the last one.
    """
    agent = locked(agent)
    _require_sound(held_phone(agent, lease_key))
    for slot in agent.slots.filter(activity=Activity.NOT_RESPONDING):
        _come_back(agent, slot)
    write_presence(agent, Presence.AVAILABLE, "", timezone.now())


@transaction.atomic
def set_presence(
    *, agent: Agent, presence: Presence, reason: str = "", lease_key: str = ""
) -> None:
    """Change what the agent chose, now. Raises NotAllowed for an unknown break reason, without
    working sound for Available, or for going offline in mid-call (choose it as next instead)."""
    if presence is Presence.OFFLINE:
        # Nobody is offered a call while it is judged whether they have one.
        hold_dispatch(agent.tenant_id)
    agent = locked(agent)
    check_reason(presence, reason)
    if presence is Presence.AVAILABLE:
        _require_sound(held_phone(agent, lease_key))
    if presence is Presence.OFFLINE and is_engaged(agent):
        raise NotAllowed(_("You are on a call. Choose Offline as what comes after it."))
    write_presence(agent, presence, reason, timezone.now())


@transaction.atomic
def choose_next_presence(*, agent: Agent, presence: Presence | None, reason: str = "") -> None:
    """Choose what comes true when the present call is over; None takes the choice back.

    Raises NotAllowed for an unknown break reason, and when a supervisor signs the agent out.
    """
    agent = locked(agent)
    if agent.sign_out_next:
        raise NotAllowed(_("A supervisor has you signed out after this call."))
    if presence is not None:
        check_reason(presence, reason)
    chosen = presence.value if presence else ""
    Agent.objects.filter(pk=agent.pk).update(
        next_presence=chosen, next_presence_reason=reason if presence else ""
    )
    record(ev.NextPresenceChosen(**facts.of_agent(agent), presence=chosen, reason=reason))


@transaction.atomic
def go_off_duty(*, agent: Agent) -> None:
    """Go offline. Raises NotAllowed in mid-call."""
    set_presence(agent=agent, presence=Presence.OFFLINE)


@transaction.atomic
def come_back(*, agent: Agent, lease_key: str) -> None:
    """An agent who was not responding is back. Raises PhoneElsewhere from another tab."""
    agent = locked(agent)
    lease = held_phone(agent, lease_key)
    if agent.presence == Presence.AVAILABLE:
        _require_sound(lease)
    for slot in agent.slots.filter(activity=Activity.NOT_RESPONDING):
        _come_back(agent, slot)


def show_up(agent: Agent) -> None:
    """The agent has done something at the desk: a call that was missed there during another one
    keeps no further calls away.
    """
    missed = agent.slots.filter(activity=Activity.NOT_RESPONDING, problem="no_answer")
    if missed.exists():
        agent = locked(agent)
        for slot in missed.all():
            _come_back(agent, slot)


def settle(agent: Agent) -> None:
    """After a call: what was chosen as next comes true, and what has ended by itself meanwhile.

    Not while the agent has another call: it is then for the end of that one. Whose last two calls
    end at once waits here for the other, so that one of them sees that none is left.
    """
    agent = Agent.objects.get(pk=agent.pk)
    now = timezone.now()
    if not (agent.sign_out_next or agent.next_presence or shifts.what_is_over(agent, now)):
        return
    agent = locked(agent)
    if has_a_call(agent):
        return
    if agent.sign_out_next:
        write_presence(agent, Presence.OFFLINE, "", now)
        end_sessions(agent)
    elif (over := shifts.what_is_over(agent, now)) is not None:
        write_presence(agent, over.presence, over.reason, now)
    elif agent.next_presence:
        write_presence(
            agent,
            Presence(agent.next_presence),
            agent.next_presence_reason,
            now,
        )


# --- what ends by itself -----------------------------------------------------------------------


@on_time("break")
def _break_is_over(timer: Timer) -> None:
    if timer.agent is None:
        return
    agent = locked(timer.agent)
    now = timezone.now()
    if agent.presence != Presence.BREAK or agent.break_until is None or agent.break_until > now:
        return
    record(
        ev.BreakOver(
            **facts.of_agent(agent),
            reason=agent.presence_reason,
            then=what_follows(agent).value,
        )
    )
    _end_what_is_over(agent, now)


@on_time("shift")
def _shift_may_be_over(timer: Timer) -> None:
    if timer.agent is not None:
        _end_what_is_over(locked(timer.agent), timezone.now())


def _end_what_is_over(agent: Agent, now: datetime) -> None:
    """Make true what follows a break or a shift that is over; after a call if there is one.

    The clock holds the dispatch row (services/timing.py): no call is being offered meanwhile.
    """
    over = shifts.what_is_over(agent, now)
    if over is None:
        # It was not yet time: the setting has changed since, or a break ended by itself.
        shifts.watch_shift(agent)
    elif has_a_call(agent):
        shifts.look_again(agent)
    else:
        write_presence(agent, over.presence, over.reason, now)


def end_sessions(agent: Agent, *, actor: User | None = None, why: str = "") -> None:
    """Sign the agent out everywhere: no session that began until now is accepted any more.

    ``actor`` is None when what was asked for earlier comes true; who asked stands in the log.
    """
    User.objects.filter(pk=agent.user_id).update(sign_outs=F("sign_outs") + 1)
    Agent.objects.filter(pk=agent.pk).update(sign_out_next=False)
    record(ev.AgentSignedOut(**facts.of_agent(agent, actor), why=why))


def break_reasons() -> dict[str, str]:
    """Return the breaks that may be chosen, code to label (AGENT.BREAK_TYPES)."""
    return dict(current().agent.break_types)


def _come_back(agent: Agent, slot: AgentSlot) -> None:
    event = ev.AgentReturned(**facts.of_agent(agent))
    move_slot(slot, event)
    record(event)
    wake_clock()


def write_presence(
    agent: Agent,
    presence: Presence,
    reason: str,
    now: datetime,
    *,
    actor: User | None = None,
    why: str = "",
) -> None:
    """Make ``presence`` true, whatever came before. The agent's row must be locked."""
    was = Presence(agent.presence)
    changes: dict[str, Any] = {
        "presence": presence.value,
        "presence_reason": reason,
        "presence_since": now,
        "break_until": (
            shifts.break_ends_at(agent, reason, now) if presence is Presence.BREAK else None
        ),
        "next_presence": "",
        "next_presence_reason": "",
    }
    if presence is Presence.OFFLINE:
        changes["on_duty_since"] = None
    elif was is Presence.OFFLINE:
        changes["on_duty_since"] = now
    became_available = presence is Presence.AVAILABLE and agent.presence != presence
    Agent.objects.filter(pk=agent.pk).update(**changes)
    for name, value in changes.items():
        setattr(agent, name, value)
    if became_available:
        make_room(agent)
        agent.slots.filter(activity=Activity.IDLE).update(idle_since=now)
    if presence is Presence.OFFLINE:
        agent.slots.filter(missed_in_a_row__gt=0).update(missed_in_a_row=0)
    shifts.set_timers(agent, was=was)
    if presence is not Presence.AVAILABLE:
        reserving.agent_is_away(agent)
    record(
        ev.PresenceChanged(
            **facts.of_agent(agent, actor), presence=presence.value, reason=reason, why=why
        )
    )
    wake_clock()


def _require_sound(lease: PhoneLease) -> None:
    if lease.ring_heard_at is None:
        raise NotAllowed(_("Let the ring be heard first: press Go on duty and confirm the sound."))
    if not lease.microphone_ok:
        raise NotAllowed(_("Your browser has no microphone yet. Allow it, then go on duty."))


def check_reason(presence: Presence, reason: str) -> None:
    """Raise NotAllowed unless a break, and only a break, has a reason from the list."""
    if presence is Presence.BREAK and reason not in break_reasons():
        raise NotAllowed(_("Choose one of the breaks in the list."))
    if presence is not Presence.BREAK and reason:
        raise NotAllowed(_("Only a break has a reason."))


def is_engaged(agent: Agent) -> bool:
    """Whether the agent has a call or is about to."""
    return agent.slots.filter(activity__in=ENGAGED).exists()


def has_a_call(agent: Agent) -> bool:
    """Whether the agent has a call, is about to, or has not finished with one."""
    return agent.slots.filter(activity__in=[*ENGAGED, Activity.WRAPPING_UP]).exists()


def locked(agent: Agent) -> Agent:
    """Return the agent as they are now, locked to the end of the transaction."""
    # A dispatcher that offers this agent a call shares the row's key when it commits, while we wait
    # for the slot it has changed: locking the key, too, would let the two wait for each other.
    rows = Agent.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("user").get(pk=agent.pk)
