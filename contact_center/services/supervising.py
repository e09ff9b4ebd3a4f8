"""A supervisor is with a conversation: listens, coaches, barges in, leaves.

The supervisor's browser pulls itself into the conference as an agent's does, with a token that
works once. It always enters muted; who else is to hear it is asked afterwards, in one request for
each change (domain/supervising.py). What was asked has happened when the network says so: in a
report of the conference, in a look at it, or to the reconciler. All come to ``mode_is``.

Requests about one supervisor are made one after the other: the command says "make it what the row
asks for by then", so that an older wish is never sent after a newer one.

Everything here begins with the lock of the call.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.states import CONNECT_SECONDS, TALKING_STATES, CallState
from contact_center.domain.supervising import Mode
from contact_center.errors import NotAllowed, PhoneElsewhere, SwitchedOff
from contact_center.event_stream import record
from contact_center.models import (
    Call,
    Command,
    CommandOutcome,
    Leg,
    Offer,
    OfferState,
    Supervision,
    SupervisionState,
    SupervisorPhone,
    Timer,
    User,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.services import facts
from contact_center.services.commanding import command, teach
from contact_center.services.joining import join_token, let_guest_in, read_join_token
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call, move_supervision
from contact_center.telephony.instructions import Hangup, Instruction
from contact_center.telephony.port import Telephony

JOIN_SALT = "contact_center.supervise"
#: So long after a line was told to enter the conference we look whether it is there.
JOIN_CHECK_SECONDS = 3
#: What the network has not confirmed by then is looked at, and a moment later it has failed.
MODE_SECONDS = 4
LAST_LOOK_SECONDS = 1


# --- the page that is the supervisor's phone ---------------------------------------------------


@transaction.atomic
def claim_phone(*, supervisor: User) -> SupervisorPhone:
    """Make the asking page the supervisor's phone, whichever page was before."""
    phone, _made = SupervisorPhone.objects.update_or_create(
        supervisor=supervisor,
        defaults={"key": secrets.token_hex(16), "claimed_at": timezone.now()},
    )
    return phone


def held_phone(supervisor: User, lease_key: str) -> SupervisorPhone:
    """Return the supervisor's phone when ``lease_key`` names it. Raises PhoneElsewhere."""
    phone = SupervisorPhone.objects.filter(supervisor=supervisor, key=lease_key).first()
    if phone is None:
        raise PhoneElsewhere(_("Your phone is in another tab. Take it over to go on here."))
    return phone


# --- what a supervisor asks --------------------------------------------------------------------


def join(
    *, offer: Offer, supervisor: User, lease_key: str, mode: Mode, private: bool = False
) -> tuple[Supervision, str]:
    """Let ``supervisor`` come to a conversation; return the stay and the token to connect with.

    Whatever the supervisor is with elsewhere is left first. Asked again for the same conversation
    before the token was spent, it gives another (the answer may have been lost). Raises NotAllowed
    where there is no conversation or it is the supervisor's own, SwitchedOff for a mode that is
    not to be had, PhoneElsewhere from another page.
    """
    _require(mode, private, supervisor)
    phone = held_phone(supervisor, lease_key)
    # In a transaction of its own: of two calls nobody holds both.
    for other in Supervision.objects.filter(supervisor=supervisor, ended_at=None):
        if other.call_id != offer.call_id or other.join_spent_at is not None:
            _leave(other, supervisor, reason="moved")
    try:
        return _join(offer, supervisor, phone, mode, private)
    except IntegrityError:
        raise NotAllowed(
            _("You are just joining a conversation from another tab. Go on there.")
        ) from None


@transaction.atomic
def _join(
    offer: Offer, supervisor: User, phone: SupervisorPhone, mode: Mode, private: bool
) -> tuple[Supervision, str]:
    call = lock_call(offer.call_id)
    owner = owner_of(call)
    if owner is None or owner.hang_up_asked_at is not None:
        raise NotAllowed(_("There is no conversation any more."))
    if owner.agent.user_id == supervisor.pk:
        raise NotAllowed(_("This is your own call."))
    now = timezone.now()
    mine = _live().filter(supervisor=supervisor, call=call).first()
    if mine is None:
        mine = Supervision.objects.create(
            tenant_id=call.tenant_id,
            call=call,
            offer=owner,
            supervisor=supervisor,
            is_private=private,
            started_at=now,
            mode_asked=mode,
            mode_asked_at=now,
        )
        set_timer("join_supervision", after_seconds=CONNECT_SECONDS, **_about(mine))
    elif mine.join_spent_at is None:
        _change(mine, is_private=private, mode_asked=mode, mode_asked_at=now)
    asked = ev.SupervisionAsked(
        **facts.of_supervision(mine, supervisor),
        supervision_id=mine.pk,
        mode=mode,
        private=private,
    )
    record(asked)
    return mine, join_token("supervision", mine.pk, salt=JOIN_SALT, identity=phone.identity)


@transaction.atomic
def switch(*, supervision: Supervision, supervisor: User, mode: Mode) -> None:
    """Ask that others hear the supervisor than before. The mode that is so already: nothing.

    Raises NotAllowed when the stay is over or the call is the supervisor's own, SwitchedOff for a
    mode that is not to be had.
    """
    _require(mode, False, supervisor)
    supervision = locked(supervision)
    if supervision.state == SupervisionState.ENDED:
        raise NotAllowed(_("You are not with this conversation any more."))
    if supervision.taken_over_at is not None:
        raise NotAllowed(_("You have taken this call over: the caller hears you."))
    if mode == (supervision.mode_asked or supervision.mode):
        return
    ask(supervision, mode, actor=supervisor)


@transaction.atomic
def leave(*, supervision: Supervision, supervisor: User) -> None:
    """End a stay. A second press does nothing.

    Raises NotAllowed for the one who has taken the call over: it ends by hanging up.
    """
    _leave(supervision, supervisor, reason="left")


@transaction.atomic
def _leave(supervision: Supervision, supervisor: User, *, reason: str) -> None:
    supervision = locked(supervision)
    if supervision.state == SupervisionState.ENDED:
        return
    if supervision.taken_over_at is not None:
        raise NotAllowed(_("You have taken a call over. Hang up to end it, then go on."))
    end(supervision, reason=reason, actor=supervisor)


@transaction.atomic
def browser_joined(*, supervision: Supervision) -> None:
    """The browser says its line is up; look at the conference rather than take its word."""
    if supervision.state == SupervisionState.JOINING:
        look(supervision)


@transaction.atomic
def browser_failed(*, supervision: Supervision, supervisor: User, reason: str) -> None:
    """The browser could not connect: the supervisor is with nobody."""
    supervision = locked(supervision)
    if supervision.state == SupervisionState.JOINING:
        _note_problem(supervision, "join", reason)
        end(supervision, reason="not_joined", actor=supervisor)


def _require(mode: Mode, private: bool, supervisor: User) -> None:
    if mode is Mode.COACH and not current().conference.coach_mode_enabled:
        raise SwitchedOff(_("Coaching is switched off at this site. Listen, or barge in."))
    if private and not (supervisor.tenant and supervisor.tenant.private_listening):
        raise SwitchedOff(_("Here agents are shown who listens. Listen without hiding it."))
    if private and mode is not Mode.LISTEN:
        raise NotAllowed(_("Only who listens can be hidden: whom an agent hears is shown."))


# --- the supervisor's line ---------------------------------------------------------------------


def let_supervisor_in(*, leg_sid: str, identity: str, token: str) -> list[Instruction]:
    """Return what a supervisor's connecting browser is told: its conference, or to hang up.

    The token decides, and it works once; everything else a browser sends may be invented. Whoever
    enters is muted, neither begins nor ends the conference, and makes no sound.
    """
    pk = read_join_token(token, "supervision", salt=JOIN_SALT, identity=identity)
    supervision = Supervision.objects.filter(pk=pk).first() if pk is not None else None
    if supervision is None:
        return [Hangup()]
    call = lock_call(supervision.call_id)
    owner = owner_of(call)
    now = timezone.now()
    spent = Supervision.objects.filter(
        pk=supervision.pk, state=SupervisionState.JOINING, join_spent_at=None
    )
    if owner is None or spent.update(join_spent_at=now) != 1:
        return [Hangup()]
    set_timer("look_for_supervisor", after_seconds=JOIN_CHECK_SECONDS, **_about(supervision))
    return [let_guest_in(supervision, owner, leg_sid=leg_sid, now=now, muted=True)]


def joined(supervision: Supervision, *, conference_sid: str) -> None:
    """The supervisor's line is in the conference: they listen. Idempotent.

    One that entered when the conversation had just ended is in a conference of its own: it is sent
    home.
    """
    supervision = locked(supervision)
    if supervision.state != SupervisionState.JOINING:
        return
    if conference_sid != supervision.offer.conference_sid:
        end(supervision, reason="call_ended")
        return
    now = timezone.now()
    wanted = supervision.mode_asked
    move_supervision(
        supervision,
        SupervisionState.LIVE,
        joined_at=now,
        mode=Mode.LISTEN.value,
        mode_since=now,
        mode_asked="",
        mode_asked_at=None,
        problem={},
    )
    Leg.objects.filter(supervision=supervision, joined_at=None).update(joined_at=now)
    concerned = facts.of_supervision(supervision)
    record(ev.SupervisionBegan(**concerned, supervision_id=supervision.pk))
    if wanted and wanted != Mode.LISTEN:
        ask(supervision, Mode(wanted), actor=supervision.supervisor)


def line_is_over(supervision: Supervision) -> None:
    """The supervisor's line ended, or left the conference, without having been asked to."""
    supervision = locked(supervision)
    if supervision.state == SupervisionState.ENDED:
        return
    never_came = supervision.state == SupervisionState.JOINING
    end(supervision, reason="not_joined" if never_came else "line_lost")


@on_time("look_for_supervisor")
def _is_the_supervisor_in(timer: Timer) -> None:
    for supervision in _of_timer(timer).filter(state=SupervisionState.JOINING):
        look(supervision)


@on_time("join_supervision")
def _joining_took_too_long(timer: Timer) -> None:
    latest = timezone.now() - timedelta(seconds=CONNECT_SECONDS)
    for supervision in _of_timer(timer).filter(
        state=SupervisionState.JOINING, started_at__lte=latest
    ):
        end(supervision, reason="not_joined")


# --- who hears the supervisor: asked, and happened ---------------------------------------------


def ask(supervision: Supervision, mode: Mode, *, actor: User | None = None) -> None:
    """Ask the network that the supervisor is heard as ``mode`` says. Under ``lock_call``.

    Whom the agent hears is shown: a wish to be heard ends the hiding.
    """
    changes: dict[str, Any] = {
        "mode_asked": mode.value,
        "mode_asked_at": timezone.now(),
        "problem": {},
    }
    if mode is not Mode.LISTEN:
        changes["is_private"] = False
    _change(supervision, **changes)
    record(
        ev.SupervisionModeAsked(
            **facts.of_supervision(supervision, actor), supervision_id=supervision.pk, mode=mode
        )
    )
    if supervision.state != SupervisionState.LIVE:
        return  # it is asked for as soon as the line is in
    _send(supervision)
    set_timer("check_mode", after_seconds=MODE_SECONDS, **_about(supervision))


def mode_is(
    supervision: Supervision, mode: Mode, *, coached_sid: str = "", sequence: int | None = None
) -> None:
    """The network says who hears the supervisor. Idempotent; must run under ``lock_call``.

    ``sequence`` is the number of the report that says so; one that is overtaken changes nothing.
    What nobody has asked for is noted, too, for it is so; and put back to what was.
    """
    supervision = _fresh(supervision)
    if not is_newer(supervision, sequence):
        return
    if supervision.state != SupervisionState.LIVE:
        return
    asked, before = supervision.mode_asked, supervision.mode
    # While a request is under way this may be what it was before; then the request's end says more.
    is_settled = asked == mode and not _under_way(supervision)
    if mode != before:
        _change(supervision, mode=mode.value, mode_since=timezone.now(), coached_sid=coached_sid)
    if is_settled:
        _change(supervision, mode_asked="", mode_asked_at=None)
    if is_settled and mode != before:
        _change(supervision, problem={})
    if mode != before or (is_settled and not supervision.problem):
        record(
            ev.SupervisionModeChanged(
                **facts.of_supervision(supervision), supervision_id=supervision.pk, mode=mode
            )
        )
    if not asked and mode != before:
        ask(supervision, Mode(before))
    if mode is Mode.BARGE:
        relieve(supervision)


def is_newer(supervision: Supervision, sequence: int | None) -> bool:
    """Note the number of a report of the conference; return whether no later one was noted."""
    if sequence is None:
        return True
    older = Supervision.objects.filter(pk=supervision.pk, sequence__lt=sequence)
    return older.update(sequence=sequence) == 1


def relieve(supervision: Supervision) -> None:
    """Take out of the conference who had the call before, if ``supervision`` has it now and is
    heard by the customer. Idempotent; must run under ``lock_call``."""
    if supervision.taken_over_at is None or supervision.mode != Mode.BARGE:
        return
    owner = supervision.offer
    lines = Leg.objects.filter(offer__conference_key=owner.conference_key, ended_at=None)
    for line in lines.exclude(offer=owner):
        command(
            "remove_participant",
            offer=owner,
            conference_sid=owner.conference_sid,
            call_sid=line.sid,
        )


def coached_is_gone(offer: Offer, *, but: Supervision | None = None) -> None:
    """Whoever coaches in the conversation of ``offer`` loses the agent who heard them.

    All, ``but`` one who takes the call, are set to listen, and see that. Under ``lock_call``.
    """
    coaching = Q(mode=Mode.COACH) | Q(mode_asked=Mode.COACH)
    spared = [but.pk] if but is not None else []
    for supervision in _live().filter(coaching, offer=offer).exclude(pk__in=spared):
        record(
            ev.SupervisionCoachReset(
                **facts.of_supervision(supervision), supervision_id=supervision.pk
            )
        )
        ask(supervision, Mode.LISTEN)


def hold_changed(offer: Offer, *, held: bool) -> None:
    """Tell the supervisors of a conversation who hears them now. Under ``lock_call``."""
    for supervision in _live().filter(offer=offer):
        record(
            ev.SupervisionHoldChanged(
                **facts.of_supervision(supervision), supervision_id=supervision.pk, held=held
            )
        )


def _send(supervision: Supervision) -> None:
    """Let a command make the network what the row says, unless one is under way.

    That one reads the row when it is sent, and looks at it again when it is done.
    """
    if not _under_way(supervision):
        command(
            "supervise",
            offer=supervision.offer,
            supervision=supervision.pk,
            mode=supervision.mode_asked,
        )


def _requests(supervision: Supervision) -> QuerySet[Command]:
    return Command.objects.filter(
        call_id=supervision.call_id, kind="supervise", params__supervision=supervision.pk
    )


def _under_way(supervision: Supervision) -> bool:
    return _requests(supervision).filter(outcome=CommandOutcome.WAITING).exists()


def is_settled(supervision: Supervision, since: datetime) -> bool:
    """Whether nothing that was asked of the network about this line changed it after ``since``."""
    moving = Q(outcome=CommandOutcome.WAITING) | Q(outcome_at__gte=since)
    return not _requests(supervision).filter(moving).exists()


def _supervise(net: Telephony, asked: Command) -> str:
    """Send what is asked for by now; return what that was."""
    supervision = _fresh_of(asked)
    if supervision is None or not supervision.mode_asked:
        return ""
    mode = Mode(supervision.mode_asked)
    line = _line_of(supervision)
    if line is None:
        return ""
    coached = agents_line(supervision.offer) if mode is Mode.COACH else None
    net.supervise(
        conference_sid=supervision.offer.conference_sid,
        call_sid=line.sid,
        mode=mode,
        # Without anybody to coach the network refuses, and nobody hears anybody by mistake.
        coached_sid=coached.sid if coached is not None else "",
    )
    return mode.value


def _supervised(asked: Command, sent: str) -> None:
    """A report may have said so already; or another wish came while this one was on its way."""
    supervision = _locked_of(asked)
    if supervision is None or supervision.state != SupervisionState.LIVE:
        return
    if supervision.mode_asked and supervision.mode_asked != sent:
        _send(supervision)
    elif sent and supervision.mode_asked == supervision.mode:
        mode_is(supervision, Mode(sent), coached_sid=supervision.coached_sid)


def _not_supervised(asked: Command, answer: str) -> None:
    supervision = _locked_of(asked)
    if supervision is None or supervision.state != SupervisionState.LIVE:
        return
    # Not there any more? The look says so; a wish that came meanwhile is asked for anew.
    look(supervision)
    if supervision.taken_over_at is not None:
        return
    if supervision.mode_asked and supervision.mode_asked != asked.params["mode"]:
        _send(supervision)
    elif supervision.mode_asked:
        _mode_failed(supervision, answer)


def _still_wanted(asked: Command) -> bool:
    supervision = _fresh_of(asked)
    return supervision is not None and supervision.state == SupervisionState.LIVE


@on_time("check_mode")
def _is_it_so(timer: Timer) -> None:
    """Look at the conference once; if it is still not so a moment later, it has failed."""
    for supervision in _overdue(timer, MODE_SECONDS):
        look(supervision)
        set_timer("mode_failed", after_seconds=LAST_LOOK_SECONDS, **_about(supervision))


@on_time("mode_failed")
def _it_was_not_so(timer: Timer) -> None:
    for supervision in _overdue(timer, MODE_SECONDS + LAST_LOOK_SECONDS):
        if supervision.taken_over_at is None and supervision.mode_asked != supervision.mode:
            _mode_failed(supervision, _("The phone network has not confirmed it."))
            # It may have been done all the same, or be done yet: what was before is asked for, so
            # that nobody is heard longer than the page says.
            _change(supervision, mode_asked=supervision.mode, mode_asked_at=timezone.now())
        # The caller must hear who has the call, and nobody else: it is asked for until it is so.
        _send(supervision)
        set_timer("check_mode", after_seconds=MODE_SECONDS, **_about(supervision))


def _overdue(timer: Timer, seconds: float) -> list[Supervision]:
    """Return the stays of this call in which something has been asked for that long."""
    latest = timezone.now() - timedelta(seconds=seconds)
    waiting = _of_timer(timer).filter(state=SupervisionState.LIVE, mode_asked_at__lte=latest)
    return list(waiting)


def _mode_failed(supervision: Supervision, reason: str) -> None:
    asked = supervision.mode_asked
    _note_problem(supervision, asked, reason)
    _change(supervision, mode_asked="", mode_asked_at=None)
    record(
        ev.SupervisionModeFailed(
            **facts.of_supervision(supervision),
            supervision_id=supervision.pk,
            asked=asked,
            reason=reason[:500],
        )
    )


def _note_problem(supervision: Supervision, asked: str, reason: str) -> None:
    _change(supervision, problem={"asked": asked, "reason": reason[:500]})


# --- the end ------------------------------------------------------------------------------------


def end(
    supervision: Supervision, *, reason: str, actor: User | None = None, keep_line: bool = False
) -> None:
    """The supervisor is not with the conversation any more; their line is ended, if it is up and
    somebody else does not see to it. Must run under ``lock_call``."""
    supervision = _fresh(supervision)
    if supervision.state == SupervisionState.ENDED:
        return
    move_supervision(
        supervision,
        SupervisionState.ENDED,
        ended_at=timezone.now(),
        end_reason=reason,
        mode_asked="",
        mode_asked_at=None,
    )
    record(
        ev.SupervisionEnded(
            **facts.of_supervision(supervision, actor),
            supervision_id=supervision.pk,
            reason=reason,
        )
    )
    line = None if keep_line else _line_of(supervision)
    if line is not None:
        command("end_call", offer=supervision.offer, call_sid=line.sid)


def somebody_is_not_heard_yet(offer: Offer) -> bool:
    """Whether who has taken the call of ``offer`` over is still silent to the customer.

    Until that is different the agent's line is not to go.
    """
    owners = Supervision.objects.filter(
        offer__conference_key=offer.conference_key, ended_at=None, taken_over_at__isnull=False
    )
    return owners.exclude(mode=Mode.BARGE).exists()


def conversation_is_over(offer: Offer, *, reason: str) -> None:
    """Nobody is left to be with. Must run in the transaction that ends the conversation."""
    for supervision in _LIVE_WITH.all(offer_id=offer.pk):
        end(supervision, reason=reason)


# --- reading -------------------------------------------------------------------------------------


def owner_of(call: Call) -> Offer | None:
    """Return the offer whose agent talks with the customer now; None when nobody does."""
    if CallState(call.state) not in TALKING_STATES or call.is_voicemail:
        return None
    return _TALKING.first(call_id=call.pk)


_TALKING = Prepared(
    Offer.objects.select_related("agent__user", "queue", "call").filter(
        call_id=Given("call_id"), ended_at=None, state=OfferState.CONNECTED
    )
)


def agents_line(offer: Offer) -> Leg | None:
    """Return the line of whoever has the call of ``offer``."""
    return Leg.objects.filter(offer=offer, ended_at=None).first()


def look(supervision: Supervision) -> None:
    """Ask the network who is in the conference, and how; what it says is then applied."""
    offer = supervision.offer
    command("look_at_conference", offer=offer, name=offer.conference_name)


def locked(supervision: Supervision) -> Supervision:
    """Return the stay as it is now, its call locked to the end of the transaction."""
    lock_call(supervision.call_id)
    return _fresh(supervision)


def _fresh(supervision: Supervision) -> Supervision:
    return _all().get(pk=supervision.pk)


def _all() -> QuerySet[Supervision]:
    return Supervision.objects.select_related("offer__agent", "offer__call", "supervisor")


def _live() -> QuerySet[Supervision]:
    return _all().filter(ended_at=None).order_by("pk")


_LIVE_WITH = Prepared(_live().filter(offer_id=Given("offer_id")))


def _of_timer(timer: Timer) -> QuerySet[Supervision]:
    return _live().filter(call=timer.call)


def _about(supervision: Supervision) -> dict[str, Any]:
    return {"tenant_id": supervision.tenant_id, "call": supervision.offer.call}


def _fresh_of(asked: Command) -> Supervision | None:
    return _all().filter(pk=asked.params["supervision"]).first()


def _locked_of(asked: Command) -> Supervision | None:
    if asked.call_id is None:
        return None
    lock_call(asked.call_id)
    return _fresh_of(asked)


def _line_of(supervision: Supervision) -> Leg | None:
    return Leg.objects.filter(supervision=supervision, ended_at=None).first()


def _change(supervision: Supervision, **changes: Any) -> None:
    Supervision.objects.filter(pk=supervision.pk).update(**changes)
    for name, value in changes.items():
        setattr(supervision, name, value)


teach(
    "supervise",
    _supervise,
    applied=_supervised,
    refused=_not_supervised,
    wanted=_still_wanted,
)
teach(
    "remove_participant",
    lambda net, c: net.remove_participant(
        conference_sid=c.params["conference_sid"], call_sid=c.params["call_sid"]
    ),
)
