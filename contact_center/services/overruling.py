"""What a supervisor does to an agent: change presence, end a stuck wrap-up, sign somebody out.

Each says who did it and why, in the log and at the agent's desk. None cuts a call by the way: what
cannot be true during a call waits for its end, and a call is ended only by somebody who has named
the very call.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Agent, Offer, OfferState, PhoneLease, User
from contact_center.services import facts, listening, presence, talking, wrapping_up
from contact_center.services.transitions import hold_dispatch

#: A reason is a sentence, not a report.
LONGEST_WHY = 200

#: Activities that end by themselves in a moment, one way or the other.
_ABOUT_TO_TALK = frozenset({Activity.RINGING, Activity.CONNECTING})
#: … and those after which what was chosen comes true.
_WITH_A_CALL = frozenset({Activity.ON_CALL, Activity.ON_HOLD, Activity.WRAPPING_UP})


@transaction.atomic
def change_presence(
    *, agent: Agent, to: Presence, reason: str = "", why: str = "", actor: User
) -> None:
    """Make the agent available, on a break or off duty: now, or after a call that is on.

    Raises NotAllowed for an unknown break, for Available without a phone that works, and for
    Offline while a call rings.
    """
    if to is Presence.OFFLINE:
        hold_dispatch(agent.tenant_id)
    agent = presence.locked(agent)
    presence.check_reason(to, reason)
    why = _said(why)
    if _does(agent, _WITH_A_CALL):
        _choose_next(agent, to, reason, actor=actor, why=why)
        return
    if to is Presence.OFFLINE and _does(agent, _ABOUT_TO_TALK):
        raise NotAllowed(_rings(agent))
    if to is Presence.AVAILABLE:
        _require_a_phone(agent)
    presence.write_presence(agent, to, reason, timezone.now(), actor=actor, why=why)


@transaction.atomic
def end_wrap_up(*, offer: Offer, why: str = "", actor: User) -> None:
    """End a wrap-up that does not end. Raises NotAllowed while the call is still on."""
    wrapping_up.end_for_agent(offer=offer, actor=actor, why=_said(why))


@transaction.atomic
def sign_out(*, agent: Agent, why: str = "", actor: User, cut: int | None = None) -> None:
    """Sign the agent out everywhere, and take them off duty; a wrap-up ends with it.

    During a call it waits for the end of the call and its wrap-up; a voicemail that is open goes
    back in line. ``cut`` is the offer whose call
    somebody has confirmed to end at once: the caller hears the goodbye. Raises NotAllowed while a
    call rings, and when the call is not the one that was confirmed.
    """
    why = _said(why)
    hold_dispatch(agent.tenant_id)
    # Calls and offers are locked before the agent, as everywhere.
    offers = list(Offer.objects.filter(agent=agent, ended_at=None).order_by("pk"))
    talking_in = [offer for offer in offers if offer.state == OfferState.CONNECTED]
    if cut is not None:
        if cut not in {offer.pk for offer in talking_in}:
            raise NotAllowed(
                _("That call is over. Look what %(agent)s is doing now, then decide.")
                % {"agent": agent.user.display_name}
            )
        for offer in talking_in:
            if not offer.is_voicemail:
                talking.hang_up(offer=offer, agent=agent, actor=actor)
    for offer in [offer for offer in talking_in if offer.is_voicemail]:
        # Nobody is on the line who would notice: it goes back in line at once.
        listening.put_back(offer=offer, agent=agent, actor=actor)
        talking_in.remove(offer)
    if not talking_in:
        for offer in offers:
            if offer.state == OfferState.WRAPPING_UP:
                wrapping_up.end_for_agent(offer=offer, actor=actor, why=why)
    agent = presence.locked(agent)
    if _does(agent, _ABOUT_TO_TALK):
        raise NotAllowed(_rings(agent))
    if _does(agent, _WITH_A_CALL):
        _choose_next(agent, Presence.OFFLINE, "", actor=actor, why=why, sign_out=True)
        return
    presence.write_presence(agent, Presence.OFFLINE, "", timezone.now(), actor=actor, why=why)
    presence.end_sessions(agent, actor=actor, why=why)


def _choose_next(
    agent: Agent,
    chosen: Presence,
    reason: str,
    *,
    actor: User,
    why: str,
    sign_out: bool = False,
) -> None:
    Agent.objects.filter(pk=agent.pk).update(
        next_presence=chosen.value, next_presence_reason=reason, sign_out_next=sign_out
    )
    record(
        ev.NextPresenceChosen(
            **facts.of_agent(agent, actor),
            presence=chosen.value,
            reason=reason,
            why=why,
            sign_out=sign_out,
        )
    )


def _require_a_phone(agent: Agent) -> None:
    lease = PhoneLease.objects.filter(agent=agent, silent_since=None).first()
    if lease is None or lease.ring_heard_at is None or not lease.microphone_ok:
        raise NotAllowed(
            _("No phone of %(agent)s is ready to ring. Only they can go on duty, at their desk.")
            % {"agent": agent.user.display_name}
        )


def _rings(agent: Agent) -> str:
    return _(
        "A call is ringing at %(agent)s's desk. In a few seconds it is taken or goes on to "
        "somebody else; then try again."
    ) % {"agent": agent.user.display_name}


def _does(agent: Agent, activities: frozenset[Activity]) -> bool:
    return agent.slots.filter(activity__in=activities).exists()


def _said(why: str) -> str:
    return " ".join(why.replace("\x00", "").split())[:LONGEST_WHY]
