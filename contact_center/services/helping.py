"""An agent asks for help: every supervisor is told, one comes, and the others need not.

Asking needs no supervisor to be there: the request stands on the floor until somebody answers, the
agent takes it back, or the conversation is over.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Agent, HelpOutcome, HelpRequest, Offer, OfferState, User
from contact_center.models.prepared import update
from contact_center.services import facts
from contact_center.services.transitions import lock_call


@transaction.atomic
def ask_for_help(*, offer: Offer, agent: Agent) -> None:
    """Call the supervisors. A second press does nothing. Raises NotAllowed outside a conversation.

    Asked under the lock of the call: a request that begins while the conversation ends would stand
    on the floor for ever.
    """
    lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    if offer.state != OfferState.CONNECTED:
        raise NotAllowed(_("There is no conversation any more."))
    try:
        with transaction.atomic():
            HelpRequest.objects.create(
                tenant_id=offer.tenant_id, offer=offer, asked_at=timezone.now()
            )
    except IntegrityError:
        return  # it was asked for already
    record(ev.HelpAsked(**facts.of_offer(offer, agent.user)))


@transaction.atomic
def withdraw_help(*, offer: Offer, agent: Agent) -> None:
    """The agent needs no help any more. Nothing happens when none is asked for."""
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    if _end(offer, HelpOutcome.WITHDRAWN):
        record(ev.HelpWithdrawn(**facts.of_offer(offer, agent.user)))


@transaction.atomic
def answer_help(*, request: HelpRequest, supervisor: User) -> None:
    """``supervisor`` comes; of two who answer at once one does. A second press does nothing.

    Raises NotAllowed, naming who comes or saying that it is over.
    """
    open_still = HelpRequest.objects.filter(pk=request.pk, answered_by=None, ended_at=None)
    if open_still.update(answered_by=supervisor, answered_at=timezone.now()):
        record(ev.HelpAnswered(**facts.of_offer(request.offer, supervisor)))
        return
    now = HelpRequest.objects.select_related("answered_by", "offer__agent__user").get(pk=request.pk)
    if now.ended_at is not None:
        raise NotAllowed(
            _("%(agent)s needs no help any more.") % {"agent": now.offer.agent.user.display_name}
        )
    if now.answered_by is not None and now.answered_by != supervisor:
        raise NotAllowed(
            _("%(supervisor)s is already coming to %(agent)s.")
            % {
                "supervisor": now.answered_by.display_name,
                "agent": now.offer.agent.user.display_name,
            }
        )


def conversation_is_over(offer: Offer) -> None:
    """Nobody is to come any more. Must run in the transaction that ends the conversation."""
    if _end(offer, HelpOutcome.CALL_ENDED):
        record(ev.HelpEnded(**facts.of_offer(offer)))


def _end(offer: Offer, outcome: HelpOutcome) -> bool:
    live = {"offer_id": offer.pk, "ended_at": None}
    return update(HelpRequest, live, ended_at=timezone.now(), outcome=outcome.value) > 0
