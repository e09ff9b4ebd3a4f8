"""The call is the colleague's: of an agent who is done with it, or whose line broke.

Until then a consult changes nothing of whose call it is (services/consulting.py). The conference
stays the same, and nobody in it hears that it has another owner.
"""

from contact_center.domain import events as ev
from contact_center.domain.consults import ConsultState, Over, Wish
from contact_center.event_stream import record
from contact_center.models import Call, Consult, Offer, Supervision
from contact_center.services import consulted, facts, supervising, wrapping_up
from contact_center.services.commanding import command
from contact_center.services.connecting import close_lost, next_owner
from contact_center.services.transitions import move_call, move_consult


def inherit(call: Call, offer: Offer, event: ev.AgentLost) -> bool:
    """Give the call of a lost agent to a colleague who talks with the caller already.

    Return False when there is none: who has only been asked has not taken him. Must run under
    ``lock_call``.
    """
    consult = consulted.live_of(call)
    if consult is None or consult.offer_id != offer.pk or consult.state != ConsultState.LIVE:
        return False
    if consult.is_outside:
        return False  # whoever that is, they are not ours: only the agent leaves a caller to them
    if consult.colleague_held_at is not None or offer.held_at is not None:
        return False
    if consult.wish == Wish.CANCEL or consulted.line_of(consult) is None:
        return False
    hand_over(call, offer, consult, Over.INHERITED, lost=event)
    return True


def hand_over(
    call: Call, old: Offer, consult: Consult, over: Over, *, lost: ev.AgentLost | None = None
) -> None:
    """Write the colleague's own offer, which lives in the conference of ``old``, and take the
    agent's line out. Must run under ``lock_call``.
    """
    assert consult.slot is not None
    supervising.coached_is_gone(old)
    new = next_owner(call, old, consult, consult.slot, why="handed_over", after_consult=consult)
    now = new.offered_at
    event = ev.CallHandedOver(
        **facts.of_offer(new, old.agent.user),
        colleague_id=old.agent_id,
        from_offer_id=old.pk,
        reason=over.value,
        talked_seconds=facts.talked_seconds(old),
    )
    move_call(call, event, offers_made=new.fence, heard_at=now)
    move_consult(consult, event, ended_at=now, end_reason=over.value, wish="", wished_at=None)
    Supervision.objects.filter(offer=old, ended_at=None).update(offer=new)
    record(event)
    if lost is not None:
        close_lost(old, lost)
        return
    wrapping_up.begin(old, event)
    line = supervising.agents_line(old)
    if line is not None:
        command(
            "remove_participant",
            offer=new,
            conference_sid=new.conference_sid,
            call_sid=line.sid,
        )
