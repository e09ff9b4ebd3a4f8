"""After the call: notes, what it came to, more time, finished."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents, painted
from agents.templatetags.desk import lacking_words
from contact_center.models import Agent, OfferState
from contact_center.selectors import access
from contact_center.selectors.after_call import after_call
from contact_center.services import calling_back, wrapping_up


@require_POST
@for_agents
def save(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Keep what was typed so far."""
    offer = access.own_offer(agent, offer_id)
    said = forms.WrapUpForm(request.POST, offer=offer).said()
    wrapping_up.save(offer=offer, agent=agent, **said)
    saved_at = timezone.localtime()
    offer.refresh_from_db()
    lacking = lacking_words(after_call(offer).lacking)
    return answered({"saved": formats.date_format(saved_at, "H:i:s"), "lacking": lacking})


@require_POST
@for_agents
def promise(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Promise the customer a call at another time."""
    offer = access.own_offer(agent, offer_id)
    if not calling_back.is_enabled():
        raise Http404
    said = checked(forms.PromiseForm(request.POST))
    calling_back.promise(
        offer=offer, agent=agent, at=said["at"], mine=said["mine"], notes=said["about"]
    )
    return painted(agent)


@require_POST
@for_agents
def extend(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """More time, as often as the queue allows."""
    wrapping_up.extend(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def finish(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Save what the form says and be done; a second press does nothing.

    What was typed is kept also where something is still lacking.
    """
    offer = access.own_offer(agent, offer_id)
    said = forms.WrapUpForm(request.POST, offer=offer).said()
    try:
        with transaction.atomic():
            if offer.state != OfferState.ENDED:
                wrapping_up.save(offer=offer, agent=agent, **said)
            wrapping_up.finish(offer=offer, agent=agent)
    except wrapping_up.Unfinished:
        wrapping_up.save(offer=offer, agent=agent, **said)
        raise
    return painted(agent)
